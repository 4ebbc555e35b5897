"""SDK and retry-library knowledge: the YAML files, compiled so that a reader needs look-ups only.

`load_sdks` gives one JSON value, made for caching under its digest:

- `symbols`: dotted name -> entries, tried in order: the first whose `when` holds for the call (most have none).
  `what` says which entry it is: object (calling the symbol makes one), call, passes, text, record or free.
- `objects`: "sdk.kind" -> `calls`, `makes` and `same` by attribute path, `free` paths, `site`, `pipe`.
- Every signature has `args` (role -> keywords, the first one passed wins), `positional`, `defaults` (role -> `Default`)
  and where it differs from the plain case `counts` and `units` (keyword -> word), `unbounded` (role -> values that mean
  no limit), `inherit` (keywords whose objects lend roles), `builds` (what such a keyword stands for when it is a text or
  not passed), `layers` (retries built in), `until` (what held before a version of a distribution). A role is what is
  passed here, else what is passed to an inherited object, else the default here, else the inherited default; retries of
  all of them multiply.
  A keyword `a.b` is a nested key or attribute, `a.*.b` the same of any element of a list.
- `retries`: `layers` and `stops` by dotted name.
- `http`: raw HTTP, see `costgate.knowledge.http_tables`.
- `needles`, `marks`, `tails`: texts of which a file has one at least if it is to be read.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from costgate.knowledge.http_tables import Http, http_tables
from costgate.knowledge.sdk_tables import (
    FORMAT,
    Compiler,
    Default,
    Knowledge,
    Retries,
    Spec,
    retry_tables,
    shown,
)
from costgate.knowledge.sdk_words import SCHEMAS, check_words, schema_error
from costgate.knowledge.strict import load

__all__ = [
    "Default",
    "Knowledge",
    "Retries",
    "Spec",
    "check_sdk",
    "check_words",
    "compiled",
    "digest",
    "load_sdks",
    "schema_error",
    "shipped",
    "shown",
]

_HERE = Path(__file__).parent
PACKED = "compiled.json"
"""Where a built package has the compiled form."""
_HTTP = ("clients.yaml", "endpoints.yaml")


def load_sdks(extra: Sequence[tuple[str, str]] = ()) -> Knowledge:
    """Compile the shipped files and a user's own, given as (where, text), which `check_sdk` has accepted.

    UserError at file:line where two files claim one symbol or path.
    """
    files = dict(shipped())
    files.update(extra)
    parsed = {where: load(text, shown(where)) for where, text in files.items()}
    sdks = {where: data for where, data in parsed.items() if "library" not in data}
    compiler = Compiler(files, sdks)
    retries = retry_tables(files, {where: data for where, data in parsed.items() if "library" in data})
    http = load_http()
    for name in http["passes"]:
        compiler.symbols.setdefault(name, [{"what": "passes", "sdk": "", "passes": 0, "positional": []}])
    return compiler.result(digest(extra), retries, http)


@lru_cache(maxsize=4)
def compiled(extra: tuple[tuple[str, str], ...]) -> Knowledge:
    """The same, once: two trees of a comparison teach the same as a rule, and nobody changes what is compiled."""
    return (packed() if not extra else None) or load_sdks(extra)


@cache
def packed() -> Knowledge | None:
    """What was compiled when the package was built; None in a checkout, or where the files are others since."""
    try:
        made: Knowledge = json.loads((_HERE / PACKED).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return made if isinstance(made, dict) and made.get("digest") == digest() else None


def load_http() -> Http:
    """Compile what is known of raw HTTP: the libraries and the endpoints."""
    clients, endpoints = (load((_HERE / "http" / name).read_text(encoding="utf-8"), name) for name in _HTTP)
    return http_tables(clients, endpoints)


def digest(extra: Sequence[tuple[str, str]] = ()) -> str:
    """SHA-256 over the shipped files, their schemas and `extra`: the key under which the compiled form may be cached."""
    state = _shipped_digest().copy()
    for where, text in extra:
        state.update(f"\0{where}\0{text}".encode(errors="surrogatepass"))
    return str(state.hexdigest())


@cache
def _shipped_digest() -> Any:
    state = hashlib.sha256(f"{FORMAT}".encode())
    http = [(name, (_HERE / "http" / name).read_text(encoding="utf-8")) for name in _HTTP]
    schemas = [(name, (_HERE / name).read_text(encoding="utf-8")) for name in SCHEMAS]
    for where, text in (*shipped(), *http, *schemas):
        state.update(f"\0{where}\0{text}".encode(errors="surrogatepass"))
    return state


def check_sdk(text: str, where: str) -> None:
    """Validate one SDK or retry-library file against its schema and everything shipped; UserError at where:line."""
    check_words(text, where)
    load_sdks([(where, text)])


def shipped() -> Iterator[tuple[str, str]]:
    """The files of the package: where and text of each."""
    for folder in ("sdks", "retries"):
        for path in sorted((_HERE / folder).glob("*.yaml")):
            yield f"costgate:{folder}/{path.name}", path.read_text(encoding="utf-8")

"""Public token encodings: rank data shipped with the package, checked, and made into an encoder without network."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costgate.model.error import UserError

if TYPE_CHECKING:
    import tiktoken

_FOLDER = Path(__file__).with_name("tokenizers")
_INDEX = _FOLDER / "index.json"


@cache
def encoder(name: str) -> tiktoken.Encoding:
    """The encoder of one of the encodings in index.json.

    It carries a name of ours: registering the data as a plugin of the library would break every other user of the
    process, and its own loader goes to the network.
    """
    import tiktoken

    entry = _entry(name)
    return tiktoken.Encoding(
        f"costgate/{name}", pat_str=entry["pattern"], mergeable_ranks=ranks(name), special_tokens={}
    )


def ranks(name: str) -> dict[bytes, int]:
    """Token bytes -> rank. The file holds the length of every token, then all tokens, both in rank order.

    UserError when the data is not what it was when the package was built.
    """
    import hashlib
    import zlib
    from itertools import accumulate, pairwise

    entry = _entry(name)
    data = zlib.decompress((_FOLDER / f"{name}.zlib").read_bytes())
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise UserError("the rank data is damaged", where=f"tokenizers/{name}.zlib", hint="reinstall the package")
    tokens = entry["tokens"]
    ends = accumulate(data[:tokens], initial=tokens)
    return {data[start:end]: rank for rank, (start, end) in enumerate(pairwise(ends))}


def fingerprint(name: str) -> str:
    """What a remembered count depends on besides the text."""
    return str(_entry(name)["sha256"][:16])


@cache
def _index() -> Any:
    return json.loads(_INDEX.read_text(encoding="utf-8"))


def _entry(name: str) -> Any:
    return _index()[name]

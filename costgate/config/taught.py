"""What a team teaches: its own SDK files, where they stand in a tree, and which of a pull request's count."""

from __future__ import annotations

import hashlib
import json
import posixpath
from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

from costgate.config.measured import with_measured
from costgate.config.named import listed_text
from costgate.config.prices import with_prices
from costgate.knowledge.sdk_fill import symbols_of
from costgate.knowledge.sdks import shown
from costgate.knowledge.strict import load
from costgate.model.call import CallSite
from costgate.model.config import Config
from costgate.model.error import UserError
from costgate.model.report import ExceptionDoc
from costgate.model.snapshot import Reading
from costgate.model.tree import Tree
from costgate.model.value import Known, Unknown, Value

FOLDER = ".costgate/sdks/"
FOLDER_PARTS = (".costgate/", FOLDER)
MAX_FILES = 200
MAX_BYTES = 1_000_000

_TELLING = ("model", "output_limit", "samples", "reasoning", "reasoning_budget", "turn_limit")
"""Roles that a head may not make say something else by teaching."""
_TALKING = ("chat", "responses", "completion")

Sdks: TypeAlias = "tuple[tuple[str, str], ...]"
"""Where an SDK file stands, and its text."""


def teach(config: Config, tree: Tree) -> Config:
    """The configuration with the SDK files of a tree (those of the folder `.costgate/sdks` and those written in it), and
    with the measured figures and the organisation's prices that it names.
    """
    _check_aliases(config)
    return with_prices(with_measured(replace(config, sdks=(*_inline(config), *_files(tree))), tree), tree)


def fingerprint(config: Config) -> str | None:
    """SHA-256 of the configuration file, or over it and all that counts beside it, where there is any: SDK files, the
    measured figures, the versions of what offers predicates.
    """
    if not config.sdks and config.measured_file is None and not config.predicates:
        return config.sha256
    state = hashlib.sha256((config.sha256 or "").encode())
    for where, text in config.sdks:
        state.update(f"\0{where}\0{text}".encode(errors="surrogatepass"))
    if config.measured_file is not None:
        state.update(repr((config.measured_sites, sorted(config.measured.items()))).encode())
    for offer in config.predicates:
        state.update(f"\0{offer.name} {offer.version}".encode())
    return state.hexdigest()


def trusted_sdks(base: Sdks, head: Sdks) -> Sdks:
    """The base's SDK files, and those of the head about something that the base does not speak of.

    What a new file calls free is not: to say that a call costs nothing permits, and does not describe.
    """
    known = {_identity(each) for each in base}
    claimed = {symbol for each in base for symbol in symbols_of(_parsed(each))}
    new = (each for each in head if _identity(each) not in known and claimed.isdisjoint(symbols_of(_parsed(each))))
    return (*base, *((f"{where}#head", _unfreed(where, text)) for where, text in new))


def hidden_by(plain: Reading, taught: Reading) -> bool:
    """Whether a call is lost, or says less, by what was taught: then that permits, and does not describe."""
    told = {_place(site): site for site in taught.calls}
    return any(_says_less(told.get(_place(site)), site) for site in plain.calls if site.counted)


def withheld(change: ExceptionDoc) -> ExceptionDoc:
    """The same change, told as one that waits for the merge, if it is about something taught."""
    if not change["reason"].startswith(("sdks.", "aliases.")):
        return change
    text = change["reason"].rpartition(" (")[0]
    return {**change, "reason": f"{text} (not in force here: with it calls of this change would not be seen)"}


def _says_less(taught: CallSite | None, plain: CallSite) -> bool:
    alike = taught is not None and (taught.kind == plain.kind or {taught.kind, plain.kind} <= set(_TALKING))
    if taught is None or not alike or not taught.counted:
        return True
    pairs = ((taught.arg(role), plain.arg(role)) for role in _TELLING)
    if any(not isinstance(old, Unknown) and _said(new) != _said(old) for new, old in pairs):
        return True
    return any(layer.unbounded for layer in plain.retries) and not any(layer.unbounded for layer in taught.retries)


def _said(value: Value) -> object:
    return value.values if isinstance(value, Known) else type(value)


def _place(site: CallSite) -> tuple[str, int | None, int, int]:
    return site.span.path, site.span.cell, site.span.line, site.span.column


def _unfreed(where: str, text: str) -> str:
    data = _parsed((where, text))
    if not isinstance(data, dict) or "free" not in data:
        return text
    return json.dumps({key: value for key, value in data.items() if key != "free"}, ensure_ascii=False)


def taught_words(config: Config) -> dict[str, str]:
    """Each SDK file and alias in words that differ when it does."""
    files = {f"sdks.{_identity(each)}": f"{shown(each[0])} {_digest(each[1])}" for each in config.sdks}
    return {**files, **{f"aliases.{name}": target for name, target in config.aliases.items()}}


def _inline(config: Config) -> Iterator[tuple[str, str]]:
    """Documents in the configuration, as text whose every line is that of the document's beginning."""
    for index, each in enumerate(config.raw.get("sdks", ())):
        line = config.lines.get(f"sdks/{index}", 1)
        yield f"{config.source}#sdks[{index}]", "\n" * (line - 1) + json.dumps(each, ensure_ascii=False)


def _check_aliases(config: Config) -> None:
    """An alias stands for something else in the end."""
    for name in config.aliases:
        seen = [name]
        while (target := config.aliases.get(seen[-1])) is not None:
            if target in seen:
                where = f"{config.source}:{config.lines.get(f'aliases/{name}', 1)}"
                raise UserError(f"the alias {' -> '.join((*seen, target))} stands for itself", where=where)
            seen.append(target)


def _files(tree: Tree) -> Iterator[tuple[str, str]]:
    entries = [entry for entry in tree.entries() if f"{posixpath.dirname(entry.path)}/" == FOLDER or f"{entry.path}/" in FOLDER_PARTS]
    for entry in entries:
        if entry.kind != "file":
            raise UserError(f"is a {entry.kind}, which is not followed", where=f"{entry.path}:1", hint="keep the files themselves")
    paths = [entry.path for entry in entries if entry.path.startswith(FOLDER) and entry.path.endswith((".yaml", ".yml"))]
    if len(paths) > MAX_FILES:
        raise UserError(f"more than {MAX_FILES} SDK files", where=FOLDER)
    for path in paths:
        yield path, listed_text(tree, path, MAX_BYTES)


def _parsed(file: tuple[str, str]) -> object:
    return load(file[1], shown(file[0]))


def _identity(file: tuple[str, str]) -> str:
    data = _parsed(file)
    said = (data.get("sdk") or data.get("library")) if isinstance(data, dict) else None
    return str(said or shown(file[0]))


def _digest(text: str) -> str:
    return hashlib.sha256(text.strip().encode(errors="surrogatepass")).hexdigest()[:12]

"""A root configuration with what it extends, the organisation's policy above it, and the nested files below it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from costgate.config.build import build
from costgate.config.check import check
from costgate.config.document import Document, read_yaml
from costgate.config.extend import FILE, Shelf, chain, merged, nested
from costgate.config.offered import offer_named
from costgate.config.packs import Pack, files_below, folder_pack
from costgate.config.waivers import located
from costgate.model.config import Config, Lock, Offer, PathSetting
from costgate.model.error import UserError
from costgate.model.text import decoded
from costgate.model.waiver import Waiver
from costgate.policy.glob import literal, matches


@dataclass(frozen=True, slots=True)
class Reach:
    """What a root configuration may draw on: files of its tree, and the policy of who runs the command."""

    root: str
    shelf: Shelf
    paths: Callable[[], Iterable[str]]
    policy: Path | None = None


def is_alone(document: Document, reach: Reach) -> bool:
    """Whether the document is the whole configuration."""
    return reach.policy is None and not document.data.keys() & {"extends", "nested", "predicates"}


def composed(document: Document, reach: Reach) -> Config:
    """The configuration of all of them together. UserError at the place of whatever is wrong in any."""
    wider: tuple[Document, ...] = ()
    packs: tuple[Pack, ...] = ()
    if reach.policy is not None:
        policy, shelf, packs = _policy(reach.policy)
        above = chain(policy, shelf, reach.root)
        wider, packs = above.documents, (*packs, *above.packs)
    own = chain(document, reach.shelf, reach.root)
    documents = (*wider, *own.documents)
    whole = merged(documents)
    parts = [located(build(each, "")) for each in documents]
    files = nested(documents, _nested_files(document, reach))
    inner = {where: located(build(each, "")) for where, each in files.items()}
    config = build(whole, _digest((*documents, *files.values())))
    config = replace(
        config,
        source=document.where,
        waivers=tuple(waiver for part in parts for waiver in part.waivers),
        parts=(*parts, *inner.values()),
        locks=tuple(_locks((*documents, *files.values()))),
        extends=tuple(each.where for each in (*documents[:-1], *files.values())),
        predicates=tuple(_offers(documents, reach.root)),
        rule_files=tuple(rule for pack in {each.name: each for each in (*packs, *own.packs)}.values() for rule in pack.rules),
    )
    for where, part in inner.items():
        config = _with(config, where.rpartition("/")[0], part)
    return config


def _policy(path: Path) -> tuple[Document, Shelf, tuple[Pack, ...]]:
    """The document of a policy, what it may extend, and its rules: a file with what stands beside it, or a folder."""
    top = path.resolve() if path.is_dir() else path.resolve().parent
    shelf = shelf_of(top)
    if path.is_dir():
        pack = folder_pack(".", shelf.read, shelf.below)
        if pack is None:
            raise UserError("has no costgate.yaml and no rules", where=str(path), hint="check --policy")
        document = read_yaml(decoded(pack.config, str(path)), f"{path}/{FILE}")
        packs: tuple[Pack, ...] = (pack,)
    else:
        if not path.is_file():
            raise UserError("no such file", where=str(path), hint="check --policy")
        document, packs = read_yaml(path.read_text("utf-8-sig"), str(path)), ()
    check(document)
    return document, shelf, packs


def shelf_of(top: Path) -> Shelf:
    """The files of a folder on disk; no link leads out of it."""

    def read(name: str) -> bytes | None:
        file = top / name
        return file.read_bytes() if file.is_file() and file.resolve().is_relative_to(top) else None

    return Shelf(read, partial(files_below, top))


def _offers(documents: Iterable[Document], root: str) -> Iterable[Offer]:
    seen: set[str] = set()
    for document in documents:
        for index, name in enumerate(document.data.get("predicates", ())):
            offer = offer_named(name, root)
            if offer is None:
                hint = f"install it beside costgate, outside of the judged tree: pip install {name}"
                raise document.error(("predicates", index), f"no installed distribution {name} offers predicates", hint)
            if name not in seen:
                seen.add(name)
                yield offer


def _nested_files(document: Document, reach: Reach) -> dict[str, Document]:
    globs = document.data.get("nested", ())
    found = {}
    for path in reach.paths() if globs else ():
        folder, _, name = path.rpartition("/")
        if name != FILE or not folder or not matches(folder, globs):
            continue
        data = reach.shelf.read(path)
        if data is None:
            continue
        inner = read_yaml(decoded(data, path), path)
        check(inner)
        found[path] = inner
    return found


def _locks(documents: Iterable[Document]) -> Iterable[Lock]:
    """Each locked rule, with the settings of rules in narrower documents: a rule has an id and a name."""
    documents = tuple(documents)
    for at, document in enumerate(documents):
        for key in document.data.get("locked", ()):
            if key.startswith("rules."):
                narrower = tuple(each for later in documents[at + 1 :] for each in _rules_set(later))
                yield Lock(key.removeprefix("rules."), document.where, narrower)


def _rules_set(document: Document) -> Iterable[tuple[str, str]]:
    for path, line in document.lines.items():
        if (len(path) == 2 and path[0] == "rules") or (len(path) == 4 and path[0] == "paths" and path[2] == "rules"):
            yield str(path[-1]), f"{document.where}:{line}"


def _with(config: Config, folder: str, inner: Config) -> Config:
    """A nested configuration holds for its folder, and there over what wider ones say."""
    rules = (PathSetting((f"{literal(folder)}/",), inner.rules),) if inner.rules else ()
    return replace(
        config,
        paths=(*config.paths, *rules),
        budgets=(*config.budgets, *(replace(each, glob=_held(folder, each.glob)) for each in inner.budgets)),
        profiles=(*config.profiles, *(replace(each, sites=_held(folder, each.sites)) for each in inner.profiles)),
        waivers=(*config.waivers, *(_held_waiver(folder, each) for each in inner.waivers)),
    )


def _held_waiver(folder: str, waiver: Waiver) -> Waiver:
    if waiver.fingerprint is not None:
        where = f"{waiver.path}:{waiver.line}"
        raise UserError("a nested waiver has a path, glob or call", where=where, hint="a fingerprint may be of any folder")
    glob, call = (None if each is None else _held(folder, each) for each in (waiver.glob, waiver.call))
    return replace(waiver, glob=glob, call=call)


def _held(folder: str, glob: str) -> str:
    path, separator, function = glob.partition("::")
    inside = path if path.startswith("/") else f"/{path}" if "/" in path.rstrip("/") else f"/**/{path}"
    return f"{literal(folder)}{inside}{separator}{function}"


def _digest(documents: Iterable[Document]) -> str:
    import json

    state = hashlib.sha256()
    for document in documents:
        state.update(f"{document.where}\0{json.dumps(document.data, sort_keys=True, default=str)}\0".encode(errors="surrogatepass"))
    return state.hexdigest()

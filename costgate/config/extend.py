"""`extends:` and nested files: several configuration documents become one, and what a wider one locks stays as it says."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from costgate.config.check import check
from costgate.config.document import Document, read_pyproject, read_yaml
from costgate.config.packs import Pack, folder_pack, pack_named
from costgate.knowledge.strict import line_of
from costgate.model.error import UserError
from costgate.model.text import decoded

Read: TypeAlias = "Callable[[str], bytes | None]"
"""The bytes of a file by its path from the root; None when there is none."""
Below: TypeAlias = "Callable[[str], Iterable[str]]"
"""The paths of all files below a folder."""
LISTS = ("exclude", "paths", "budgets", "profiles", "sdks", "prices", "workloads", "predicates")
"""Keys whose entries add up, the wider document's first; of two about one thing the later holds."""
MAPPINGS = ("rules", "models", "aliases", "currencies")
FILE = "costgate.yaml"
OWN = ("extends", "locked", "nested", "waivers")
"""Keys that say something about their own document only."""
NESTED = ("rules", "budgets", "profiles", "waivers")
"""What a nested file may set."""
MOST = 20


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where documents are taken from that others extend."""

    read: Read
    below: Below


@dataclass(frozen=True, slots=True)
class Chain:
    """A document with those that it extends, the widest first, and the packs among them."""

    documents: tuple[Document, ...]
    packs: tuple[Pack, ...] = ()


def chain(document: Document, shelf: Shelf, root: str, seen: tuple[str, ...] = ()) -> Chain:
    """Everything that a document extends. UserError at its line for what is not there, or comes round again."""
    said = document.data.get("extends", ())
    named = [said] if isinstance(said, str) else list(said)
    documents: list[Document] = []
    packs: list[Pack] = []
    for index, name in enumerate(named):
        place: tuple[str | int, ...] = ("extends",) if isinstance(said, str) else ("extends", index)
        if name in seen or name == document.where:
            raise document.error(place, f"{name} extends itself", " -> ".join(dict.fromkeys((*seen, document.where))) + f" -> {name}")
        if len(seen) >= MOST:
            raise document.error(place, f"more than {MOST} files extend each other")
        wider, pack = _wider(document, place, name, shelf, root)
        more = chain(wider, shelf, root, (*seen, document.where, name))
        documents += [each for each in more.documents if all(each.where != other.where for other in documents)]
        packs += [*more.packs, *([pack] if pack else ())]
    return Chain((*documents, document), tuple({pack.name: pack for pack in packs}.values()))


def merged(documents: Iterable[Document]) -> Document:
    """One document of several, the widest first. UserError where a narrower one sets what a wider one has locked."""
    *wider, last = documents
    if not wider:
        return last
    locked: dict[str, str] = {}
    data: dict[str, Any] = {}
    shifts: dict[str, int] = {}
    for document in (*wider, last):
        _check_locks(document, locked)
        shifts = {key: len(data.get(key, ())) for key in LISTS}
        _add(data, document.data)
        locked |= {key: document.where for key in document.data.get("locked", ()) if key not in locked}
    data |= {key: last.data[key] for key in OWN if key in last.data}
    data.pop("extends", None)
    lines = {_shifted(path, shifts): line for path, line in last.lines.items()}
    return Document(data, lines, last.where)


def nested(documents: Iterable[Document], files: Mapping[str, Document]) -> dict[str, Document]:
    """Nested documents, the widest first, each with its globs held to its folder. UserError for what it may not set.

    `documents`: those that hold for all of the tree, that of the root last.
    """
    made = {}
    locked: dict[str, str] = {}
    for root in documents:
        locked = dict.fromkeys(root.data.get("locked", ()), root.where) | locked
    for where in sorted(files, key=lambda each: (each.count("/"), each)):
        document = files[where]
        for key in document.data:
            if key not in NESTED:
                raise document.error((key,), f"{key} belongs into {root.where}", f"a nested file sets {', '.join(NESTED)}")
        _check_locks(document, locked)
        made[where] = document
    return made


def _wider(
    document: Document, place: tuple[str | int, ...], name: str, shelf: Shelf, root: str
) -> tuple[Document, Pack | None]:
    if "/" in name or name.endswith((".yaml", ".yml", ".toml")):
        if name.startswith(("/", "~")) or ".." in name.split("/"):
            raise document.error(place, f"{name} leads out of the root", "give a path from the root, or a pack")
        data = shelf.read(name)
        if data is not None:
            return _parsed(data, name), None
        folder = folder_pack(name.rstrip("/"), shelf.read, shelf.below)
        if folder is None:
            hint = "install it with pip, or check it out and pass it as --policy: judging fetches nothing"
            plain = "a path from the root, or the name of an installed pack"
            raise document.error(place, f"there is no {name}", hint if ":" in name else plain)
        return _parsed(folder.config, f"{folder.name}/{FILE}"), folder
    pack = pack_named(name, root)
    if pack is None:
        hint = f"install it where costgate runs: pip install {name}"
        raise document.error(place, f"no installed distribution {name} is a pack", hint)
    return _parsed(pack.config, f"{name}:costgate.yaml"), pack


def _parsed(data: bytes, where: str) -> Document:
    text = decoded(data, where)
    document = read_pyproject(text, where) if where.endswith(".toml") else read_yaml(text, where)
    if document is None:
        raise UserError("has no table [tool.costgate]", where=where)
    check(document)
    return document


def _check_locks(document: Document, locked: Mapping[str, str]) -> None:
    for key, by in locked.items():
        path = tuple(key.split("."))
        value: Any = document.data
        for step in path:
            value = value.get(step) if isinstance(value, Mapping) else None
        if value is not None:
            line = line_of(document.lines, path)
            raise UserError(f"{key} is locked by {by}", where=f"{document.where}:{line}", hint="remove it here")


def _add(data: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if key in OWN:
            continue
        if key in LISTS:
            data[key] = [*data.get(key, ()), *value]
        elif key in MAPPINGS:
            data[key] = {**data.get(key, {}), **{name: _setting(data.get(key, {}).get(name), each) for name, each in value.items()}}
        else:
            data[key] = value


def _setting(wider: Any, narrower: Any) -> Any:
    """A rule's setting over a wider one: what the narrower does not say stays."""
    if not isinstance(wider, dict) and not isinstance(narrower, dict):
        return narrower
    old, new = (each if isinstance(each, dict) else {} if each is None else {"severity": each} for each in (wider, narrower))
    params = {**old.get("params", {}), **new.get("params", {})}
    return {**old, **new, **({"params": params} if params else {})}


def _shifted(path: tuple[str | int, ...], shifts: Mapping[str, int]) -> tuple[str | int, ...]:
    if len(path) > 1 and isinstance(path[0], str) and isinstance(path[1], int) and path[0] in shifts:
        return (path[0], path[1] + shifts[path[0]], *path[2:])
    return path

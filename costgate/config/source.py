"""Where the configuration of a tree stands, and the one way from its bytes to a Config."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from costgate.config.build import build
from costgate.config.check import check, schema_text
from costgate.config.compose import Reach, composed, is_alone
from costgate.config.document import MAX_CHARACTERS, Document, read_pyproject, read_yaml
from costgate.config.extend import FILE, Shelf
from costgate.config.packs import files_below
from costgate.config.waivers import located
from costgate.model.config import Config
from costgate.model.error import UserError
from costgate.model.text import decoded
from costgate.model.tree import Cache, NoCache, Tree

NAMES = ("costgate.yaml", "costgate.yml", "pyproject.toml")
"""The files of a root that may hold the configuration; two of them at once are an error."""


def parse_config(text: str, where: str) -> Config:
    """The settings of a costgate.yaml; UserError at where:line."""
    return _checked(read_yaml(text, where), _digest(text))


def parse_pyproject(text: str, where: str) -> Config | None:
    """The settings of [tool.costgate]; None when the file has no such table."""
    document = read_pyproject(text, where)
    return None if document is None else _checked(document, _digest(text))


def load_config(
    root: Path, explicit: Path | None = None, cache: Cache | None = None, policy: Path | None = None
) -> Config:
    """The configuration file given, else the one in the root folder, else the defaults; under `policy` if there is one."""
    memory = NoCache() if cache is None else cache
    reach = Reach(str(root), _shelf(root), partial(_nested_in, root), policy)
    if explicit is None:
        found = {name: data for name in NAMES if (data := _read_found(root, name)) is not None}
        return _choose(found, memory, reach)
    if not explicit.exists():
        raise UserError("no such file", where=str(explicit), hint="check --config")
    # what it extends stands beside it: the judged tree must not be able to write a part of it
    reach = Reach(str(root), _shelf(explicit.resolve().parent), lambda: (), policy)
    config = _recall(_read_file(explicit, str(explicit)), str(explicit), memory, reach)
    if config is None:
        raise UserError("has no table [tool.costgate]", where=str(explicit))
    return config


def tree_config(
    tree: Tree, cache: Cache | None = None, name: str | None = None, policy: Path | None = None, root: str = "."
) -> Config:
    """The configuration in the root of a tree (a base commit, the index), else the defaults.

    With a `name` the file of that path in the tree is the only one that counts. `root`: where the tree is on disk.
    """
    found: dict[str, bytes] = {}
    for each in NAMES if name is None else (name,):
        if each in tree:
            try:
                found[each] = tree.read(each)
            except OSError as error:
                raise UserError(f"cannot be read: {error.strerror or error}", where=each) from error
    shelf = Shelf(partial(_read_tree, tree), partial(_below_in, tree))
    reach = Reach(root, shelf, lambda: (each.path for each in tree.entries()), policy)
    return _choose(found, NoCache() if cache is None else cache, reach)


def _shelf(root: Path) -> Shelf:
    return Shelf(lambda name: None if (root / name).is_dir() else _read_found(root, name), partial(files_below, root))


def _below_in(tree: Tree, folder: str) -> Iterator[str]:
    return (each.path for each in tree.entries() if each.path.startswith(f"{folder}/"))


def _read_tree(tree: Tree, name: str) -> bytes | None:
    try:
        return tree.read(name)
    except KeyError:
        return None
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror or error}", where=name) from error


def _nested_in(root: Path) -> Iterator[str]:
    for folder, names, files in os.walk(root):
        names[:] = [name for name in names if not name.startswith(".") and name != "node_modules"]
        if FILE in files:
            yield (Path(folder) / FILE).relative_to(root).as_posix()


def _read_found(root: Path, name: str) -> bytes | None:
    path = root / name
    if not path.exists() and not path.is_symlink():
        return None
    if not path.resolve().is_relative_to(root.resolve()):
        raise UserError("is a link that leads out of the tree", where=name)
    return _read_file(path, name)


def _read_file(path: Path, where: str) -> bytes:
    if not path.is_file():
        raise UserError("is not a file", where=where)
    try:
        with path.open("rb") as file:
            return file.read(4 * MAX_CHARACTERS + 1)
    except OSError as error:
        raise UserError(f"cannot be read: {error.strerror}", where=where) from error


def _choose(found: Mapping[str, bytes], cache: Cache, reach: Reach) -> Config:
    configs = [config for name, data in found.items() if (config := _recall(data, name, cache, reach)) is not None]
    if len(configs) > 1:
        names = [config.source or "" for config in configs]
        raise UserError(f"a second configuration beside {names[0]}", where=names[1], hint="keep one of them")
    if not configs and reach.policy is not None:
        return composed(Document({}, {}, str(reach.policy)), reach)
    return configs[0] if configs else Config()


def _recall(data: bytes, where: str, cache: Cache, reach: Reach) -> Config | None:
    """The configuration in some bytes. What an earlier run found valid needs neither YAML nor the schema again."""
    read = read_pyproject if where.endswith(".toml") else read_yaml
    digest = hashlib.sha256(data).hexdigest()
    key = hashlib.sha256(f"{read.__name__} {digest} {schema_text()}".encode()).hexdigest()
    known = cache.get("config", key) if reach.policy is None else None
    if isinstance(known, dict) and isinstance(known.get("data"), dict):
        return located(replace(build(Document(known["data"], {}, where), digest), lines=known.get("lines", {})))
    document = read(decoded(data, where), where)
    if document is None:
        return None
    check(document)
    if not is_alone(document, reach):
        return composed(document, reach)
    config = located(build(document, digest))
    cache.put("config", key, {"data": config.raw, "lines": config.lines})
    return config


def _checked(document: Document, digest: str) -> Config:
    check(document)
    return located(build(document, digest))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()

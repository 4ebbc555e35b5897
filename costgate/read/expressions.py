"""The expressions of modules that are not held any longer, kept small in this run, and in the cache for the next ones."""

from __future__ import annotations

import marshal
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from costgate.model.tree import Cache
from costgate.read.extract import key_of
from costgate.read.modules import Module
from costgate.read.python import VERSION

_KIND = "terms"
Packed = tuple[str, bytes]
"""Expressions under the key of their module's content."""


class Expressions:
    """What was read is not read again, so that a warm run needs no parser."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}
        self._keys: dict[str, str] = {}
        self._known: dict[str, int] = {}
        """How many of a module somebody has who will put them into the cache, or found them there."""
        self._of_others: dict[str, list[bytes]] = defaultdict(list)

    def recall(self, module: Module, cache: Cache) -> None:
        """Give a module the expressions that were read before, by this run or an earlier one."""
        packed = self._kept.pop(module.path, None)
        known = _unpacked(packed) if packed is not None else cache.get(_KIND, _key(module.source))
        if isinstance(known, list):
            module.terms.update({(start, end): term for start, end, term in known})
        if packed is None:
            self._known[module.path] = len(module.terms)

    def keep(self, module: Module) -> None:
        """Keep the expressions of a module that is not held any longer."""
        self._kept[module.path] = _packed([[*place, term] for place, term in module.terms.items()])
        if module.path not in self._keys:
            self._keys[module.path] = _key(module.source)

    def fresh(self) -> list[Packed]:
        """Those of modules of which more are kept than is known; what is given is known from then on."""
        found = []
        for path, packed in self._kept.items():
            count = len(_unpacked(packed))
            if count > self._known.get(path, 0):
                self._known[path] = count
                found.append((self._keys[path], packed))
        return found

    def take(self, fresh: Iterable[Packed]) -> None:
        """Take over what another process has read."""
        for key, packed in fresh:
            self._of_others[key].append(packed)

    def put(self, cache: Cache) -> None:
        """Leave all that is new to the next run."""
        self.take(self.fresh())
        for key, parts in self._of_others.items():
            terms = {(start, end): [start, end, term] for packed in parts for start, end, term in _unpacked(packed)}
            cache.put(_KIND, key, list(terms.values()))


def _packed(rows: list[list[Any]]) -> bytes:
    """Expressions as bytes; without those that are nested deeper than can be packed, which are read again."""
    try:
        return marshal.dumps(rows)
    except ValueError:
        return marshal.dumps([row for row in rows if _is_packable(row)])


def _is_packable(row: list[Any]) -> bool:
    try:
        marshal.dumps([row])
    except ValueError:
        return False
    return True


def _unpacked(packed: bytes) -> list[list[Any]]:
    return marshal.loads(packed)  # type: ignore[no-any-return]  # noqa: S302 - packed by this very run


def _key(source: bytes) -> str:
    return f"{key_of(source)}.{VERSION}"

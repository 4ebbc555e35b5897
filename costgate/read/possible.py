"""Which files of a tree can hold a call at all, as far as imports and a look at their bytes tell."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from costgate.read.imports import Imports, imports_of
from costgate.read.prefilter import Scan, ends, wanted
from costgate.read.ties import Ties

_BY_NAME = re.compile(rb"import\w*\(\s*[\"']([\w.]+)[\"']")
"""What has the name of a module handed in to import it: `import_module`, or a function of the tree around it."""
MAX_SENDING = 2_000
"""Of more files than that around an address it is not asked whether one sends a request."""


class Marks:
    """What gives a file away that can hold a call: imports of an SDK, addresses of models, calls that are an SDK's alone."""

    def __init__(self, knowledge: Mapping[str, Any]) -> None:
        symbols = (symbol.partition("()")[0] for symbol in knowledge["symbols"])
        self._roots = frozenset(module.partition(".")[0] for module in knowledge["modules"])
        self._sdks = _Names((*symbols, *(f"{module}." for module in knowledge["modules"] if "." in module)))
        http = knowledge["http"]
        self.telling = wanted((), (), knowledge["tails"], http)
        self.address = ends(http)
        self.seed: Scan = wanted(knowledge["needles"], (), knowledge["tails"], http)
        self.strong = Scan(plain=http["needles"])
        self.sends = re.compile(rb"\b(?:" + b"|".join(re.escape(each.encode()) for each in http["tails"]) + rb")\s*\(")
        self._asks = re.compile(rb"\.(?:" + b"|".join(re.escape(each.encode()) for each in http["unknown"]) + rb")\s*\(")
        self._libraries = _Names(each for part in ("functions", "objects", "requests") for each in http[part])

    def imported(self, imports: Imports) -> bool:
        """Whether one of a file's imports may be something of an SDK."""
        ours = ((module, taken) for module, taken in imports if module.partition(".")[0] in self._roots)
        return any(self._sdks.has(module, *each) for module, taken in ours for each in taken)

    def given_away(self, data: bytes) -> bool:
        """Whether a file that names an SDK has more than the name: many are plain English, or share their first word."""
        imports = imports_of(data)
        if b"costgate:" in data or self.telling.search(data) or self.imported(imports) or self._generated(imports, data):
            return True
        return any(self._sdks.has(name.decode(), "", name.decode()) for name in _BY_NAME.findall(data))

    def _generated(self, imports: Imports, data: bytes) -> bool:
        """Whether an import may lead to a package of the tree that is called like an SDK, as one is that is generated."""
        for module, taken in imports:
            inner = module.lstrip(".").split(".")
            for at, part in enumerate(inner):
                if part in self._roots and any(self._sdks.has(".".join(inner[at:]), *each) for each in taken):
                    return True
            for name, local in taken:
                used = rb"\b" + re.escape(local.encode(errors="surrogatepass")) + rb"\.\w"
                if name in self._roots and re.search(used, data):
                    return True
        return False

    def sending(self, imports: Imports, data: bytes) -> bool:
        """Whether a file may send a request, or has from elsewhere what sends one."""
        return bool(self._asks.search(data)) or any(self._libraries.has(module, *each) for module, taken in imports for each in taken)


class _Names:
    """Dotted names, and whether an import may lead to one of them."""

    def __init__(self, names: Iterable[str]) -> None:
        names = list(names)
        self._beginnings = frozenset(each for name in names for each in _beginnings(name.rstrip(".")))
        self._modules = frozenset(name.rpartition(".")[0] for name in names) - {""}
        self._asked: dict[tuple[str, str, str], bool] = {}

    def has(self, module: str, name: str, local: str) -> bool:
        key = module, name, local
        if key not in self._asked:
            self._asked[key] = local != ":" and self._leads(f"{module}.{name}" if name and name != "*" else module, not local)
        return self._asked[key]

    def _leads(self, dotted: str, quoted: bool) -> bool:
        if dotted in self._beginnings:
            return True
        inner = any(each in self._modules for each in _beginnings(dotted))
        return inner and not (quoted and dotted.rpartition(".")[2][:1].isupper())  # a class is no module to import


def _beginnings(dotted: str) -> list[str]:
    parts = dotted.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]


def with_company(paths: Iterable[str], package: Callable[[str], str], given_away: Callable[[str], bool]) -> list[str]:
    """Of files that name an SDK those in whose package one is given away; what is in none is taken together."""
    found: dict[str, list[str]] = {}
    for path in paths:
        top = package(path)
        found.setdefault("" if top == path else top, []).append(path)
    kept = {path for group in found.values() if any(map(given_away, group)) for path in group}
    return [path for path in paths if path in kept]


def is_sent(path: str, ties: Ties, marks: Marks) -> bool:
    """Whether a request may be sent to an address in a file: by what the file leads to, or by who has the address from it."""

    def sends(each: str) -> bool:
        return marks.sending(ties.imports[each], ties.bytes_of(each))

    own = ties.said(path).classes
    heirs = {each for each in ties.importers(path) if own & ties.said(each).bases} if own else set()
    return any(_any(each, lambda file: _named(ties, file), sends) for each in {path, *heirs}) or _any(path, ties.importers, sends)


def _named(ties: Ties, path: str) -> set[str]:
    """What a file imports by statement."""
    return {file for local, files in ties.bound(path).items() if local not in ("", ":") for file in files}


def _any(path: str, further: Callable[[str], set[str]], holds: Callable[[str], bool]) -> bool:
    """Whether something holds of a file or of one that it leads to; of many that is not asked."""
    seen, todo = {path}, [path]
    while todo and len(seen) <= MAX_SENDING:
        each = todo.pop()
        if holds(each):
            return True
        new = further(each) - seen
        todo += new
        seen |= new
    return len(seen) > MAX_SENDING

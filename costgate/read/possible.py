"""Which files of a tree can hold a call at all, as far as imports and a look at their bytes tell."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from costgate.knowledge.http_tables import ends_of
from costgate.knowledge.providers import hosts
from costgate.read.imports import Imports, imports_of
from costgate.read.prefilter import Scan, ends, wanted
from costgate.read.ties import Ties

_BY_NAME = re.compile(rb"import\w*\(\s*[\"']([\w.]+)[\"']")
"""What has the name of a module handed in to import it: `import_module`, or a function of the tree around it."""
_SELF, _WITHIN = "itself", "within"
MAX_SENDING = 2_000
"""Of more files than that around an address it is not asked whether one sends a request."""


class Marks:
    """What gives a file away that can hold a call: imports of an SDK, addresses of models, calls that are an SDK's alone."""

    def __init__(self, knowledge: Mapping[str, Any]) -> None:
        symbols = (symbol.partition("()")[0] for symbol in knowledge["symbols"])
        self._roots = frozenset(module.partition(".")[0] for module in knowledge["modules"])
        self._sdks = _Names((*symbols, *(f"{module}." for module in knowledge["modules"] if "." in module)))
        http = knowledge["http"]
        self._knowledge = knowledge
        self.telling = wanted(knowledge)
        self.address = ends(http)
        self.seed: Scan = wanted(knowledge, knowledge["needles"], knowledge["marks"])
        self.strong = Scan(plain=http["needles"])
        self.sends = re.compile(rb"\b(?:" + b"|".join(re.escape(each.encode()) for each in http["tails"]) + rb")\s*\(")
        self._asks = re.compile(rb"\.(?:" + b"|".join(re.escape(each.encode()) for each in http["unknown"]) + rb")\s*\(")
        self._libraries = _Names(each for part in ("functions", "objects", "requests") for each in http[part])

    def imported(self, imports: Imports, data: bytes | None = None) -> bool:
        """Whether one of a file's imports may be something of an SDK, and with its bytes: whether it is used as that would be."""
        ours = ((module, taken) for module, taken in imports if module.partition(".")[0] in self._roots)
        return any(self._sdks.has(module, *each, data) for module, taken in ours for each in taken)

    @cached_property
    def common(self) -> Common:
        """The addresses that other services have, too."""
        return Common(self._knowledge["http"]["endpoints"])

    @cached_property
    def _surely(self) -> Scan:
        http = self._knowledge["http"]
        quoted = [end for end in http["quoted"] if end not in self.common.ends]
        return wanted({**self._knowledge, "http": {**http, "quoted": quoted}})

    def given_away(self, data: bytes) -> bool:
        """Whether a file that names an SDK has more than the name: many are plain English, or share their first word."""
        imports = imports_of(data)
        if b"costgate:" in data or self._surely.search(data) or self.imported(imports, data) or self._generated(imports, data):
            return True
        return any(self._sdks.has(name.decode(), "", name.decode()) for name in _BY_NAME.findall(data))

    def _generated(self, imports: Imports, data: bytes) -> bool:
        """Whether an import may lead to a package of the tree that is called like an SDK, as one is that is generated."""
        for module, taken in imports:
            inner = module.lstrip(".").split(".")
            for at, part in enumerate(inner):
                if part in self._roots and any(self._sdks.has(".".join(inner[at:]), *each, data) for each in taken):
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
        self._asked: dict[tuple[str, str, str], str] = {}

    def has(self, module: str, name: str, local: str, data: bytes | None = None) -> bool:
        """With the bytes of the file: what may be a module that holds one of the names counts where something of it is used."""
        key = module, name, local
        if key not in self._asked:
            self._asked[key] = "" if local == ":" else self._leads(f"{module}.{name}" if name and name != "*" else module, not local)
        found = self._asked[key]
        if found != _WITHIN or data is None or name in ("", "*"):
            return bool(found)
        return f"{local}.".encode(errors="surrogatepass") in data

    def _leads(self, dotted: str, quoted: bool) -> str:
        if dotted in self._beginnings:
            return _SELF
        inner = any(each in self._modules for each in _beginnings(dotted))
        return _WITHIN if inner and not (quoted and dotted.rpartition(".")[2][:1].isupper()) else ""  # a class is no module to import


def _beginnings(dotted: str) -> list[str]:
    parts = dotted.split(".")
    return [".".join(parts[:count]) for count in range(1, len(parts) + 1)]


class Common:
    """Ends of addresses that other services have, too, and what has to stand beside one if it is that of a model endpoint.

    `costgate.read.endpoints` believes such an address at a known host, or by the keys of the body, or by a word around it.
    """

    def __init__(self, endpoints: Iterable[Mapping[str, Any]]) -> None:
        found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for endpoint in endpoints:
            for end, _ in ends_of(endpoint):
                found[end].append(endpoint)
        self.ends = {end: each for end, each in found.items() if all(endpoint["weak"] for endpoint in each)}
        self._every = Scan(ended=self.ends)
        self._scans = {end: Scan(ended=(end,)) for end in self.ends}

    def of(self, data: bytes) -> set[str]:
        """Those that a file has."""
        return {end for end, scan in self._scans.items() if scan.search(data)} if self._every.search(data) else set()

    def believed(self, ends: Iterable[str], files: Iterable[bytes]) -> bool:
        """Whether files say enough for one of these addresses to be a model's."""
        ways = {way for end in ends for endpoint in self.ends[end] for way in _ways(endpoint)}
        missing = {text for way in ways for text in way}
        scan = Scan(plain=missing)
        for data in files if ways else ():
            found = scan.texts(data.lower())
            if not found:
                continue
            missing -= found
            if any(way.isdisjoint(missing) for way in ways):
                return True
            scan = Scan(plain=missing)  # what was seen, such as the word model, is not looked for in all others
        return False


def _ways(endpoint: Mapping[str, Any]) -> Iterator[frozenset[str]]:
    """Texts that all have to be there, for each way to believe an address."""
    for keys in endpoint["cue"]:
        yield frozenset(part.lower() for key in keys for part in key.removeprefix("@query.").split("."))
    for word in (*endpoint["hints"], *(each.lstrip("*") for each in (*endpoint["hosts"], *hosts()))):
        yield frozenset((word.lower(),))


def with_company(
    paths: Iterable[str], package: Callable[[str], str], marks: Marks, bytes_of: Callable[[str], bytes], tree: Iterable[str]
) -> list[str]:
    """Of files that name an SDK those in whose package one is given away; what is in none is taken together.

    `tree`: all files, since what completes an address may stand in any file of a package.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for path in paths:
        groups[_group(path, package)].append(path)
    kept = {top for top, group in groups.items() if any(marks.given_away(bytes_of(path)) for path in group)}
    doubtful = {top: {end for path in groups[top] for end in marks.common.of(bytes_of(path))} for top in groups.keys() - kept}
    within: dict[str, list[str]] = defaultdict(list)
    for path in tree if any(doubtful.values()) else ():
        within[_group(path, package)].append(path)
    kept |= {top for top, ends in doubtful.items() if marks.common.believed(ends, map(bytes_of, within[top]))}
    return [path for path in paths if _group(path, package) in kept]


def _group(path: str, package: Callable[[str], str]) -> str:
    top = package(path)
    return "" if top == path else top


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

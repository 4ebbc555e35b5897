"""What a file's bytes tell of its ties to others: imports, classes and bases, what it sets on the objects of others."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

Imports: TypeAlias = "tuple[tuple[str, tuple[tuple[str, str], ...]], ...]"
"""The module named in each import, and (name, local name) for what is taken from it; for a plain import "" is taken."""

_START = re.compile(rb"[ \t\"]*(?=from[ \t]|import[ \t])")
_INNER = re.compile(rb"[;:][ \t]*(?=from[ \t]|import[ \t])")
_STATEMENT = re.compile(
    rb"from[ \t]+([.\w]+)[ \t]+import[ \t]*(\((?:[^)#]|#[^\n]*)*|(?:[^\n#;\\]|\\\r?\n)*)|import[ \t]+((?:[^\n#;\\]|\\\r?\n)*)"
)
_BOUND = re.compile(rb"([\w.]+|\*)(?:[ \t]+as[ \t]+(\w+))?")
_COMMENT = re.compile(rb"#[^\n]*")
_CLASS = re.compile(rb"^[ \t]*class[ \t]+(\w+)(?:[^(:\n]*\(([^()]*(?:\([^()]*\)[^()]*)*)\))?", re.MULTILINE)
WORD = re.compile(rb"\w+")
_SET = re.compile(rb"^[ \t]*(?!self\.|cls\.)([A-Za-z_]\w*)(?:\.\w+)*\.\w+[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)
_SET_BY_NAME = re.compile(rb"\bsetattr\(\s*(\w+)")
_OF_CLASS = re.compile(rb"^[ \t]+(cls|[A-Z]\w*)\.\w+[ \t]*(?::[^=\n]*)?=(?!=)", re.MULTILINE)
_DEF = re.compile(rb"\bdef[ \t]+(\w+)")
_GIVEN = re.compile(rb"^[ \t]*(\w+)[ \t]*(?::[^=\n]*)?=[ \t]*(?:await[ \t]+)?(\w+)", re.MULTILINE)
_HELD = re.compile(rb"[ \t]as[ \t]+(\w+)[ \t]*:")
_QUOTED = re.compile(rb"[\"']([\w.]+)[\"']([ \t]*:)?")
_INIT = re.compile(rb"\bdef[ \t]+__init__\s*\(\s*\w+\s*,((?:[^()#]|\([^()]*\)|#[^\n]*)*)")
_PLAIN = re.compile(rb"(?:\A|,)\s*\w+\s*(?=,|\Z)")


def imports_of(data: bytes) -> Imports:
    """The imports of a file. Words in text and comments may add some, which does no harm.

    Of a module that is named in text where modules are imported by name, the local name is "" where it may be the value
    that is asked for, and ":" where it is the key of a dict.
    """
    return tuple(_imports(data))


def _imports(data: bytes) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    seen: set[int] = set()
    at = data.find(b"import")
    while at >= 0:
        start = data.rfind(b"\n", 0, at) + 1
        for place in _places(data, start, at):
            if place not in seen:
                seen.add(place)
                yield from _told(data, place)
        at = data.find(b"import", at + 6)
    if b"import_module" in data or b"__import__" in data:
        for name, key in set(_QUOTED.findall(data)):
            yield name.decode("utf-8", "replace"), (("", ":" if key else ""),)


def _places(data: bytes, start: int, end: int) -> Iterator[int]:
    """Where an import statement may begin in a line, up to the word `import`."""
    first = _START.match(data, start, end + 7)
    if first is not None:
        yield first.end()
    for each in _INNER.finditer(data, start, end + 7):
        yield each.end()


def _told(data: bytes, place: int) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    match = _STATEMENT.match(data, place)
    module, names, plain = match.groups() if match is not None else (None, None, None)
    if module:
        taken = _BOUND.findall(_COMMENT.sub(b"", names or b""))
        yield module.decode("utf-8", "replace"), tuple(_pair(name, alias or name) for name, alias in taken)
    for name, alias in _BOUND.findall(plain or b""):
        if name not in (b"as", b"*"):
            yield name.decode("utf-8", "replace"), (("", (alias or name.split(b".")[0]).decode("utf-8", "replace")),)


def _pair(name: bytes, alias: bytes) -> tuple[str, str]:
    return name.decode("utf-8", "replace"), alias.decode("utf-8", "replace")


def classes_of(data: bytes) -> tuple[frozenset[bytes], frozenset[bytes]]:
    """The names of a file's classes, and the words of what they extend."""
    found = _CLASS.findall(data) if b"class" in data else []
    return frozenset(name for name, _ in found), frozenset(word for _, bases in found for word in WORD.findall(bases))


def owners_of(data: bytes, imported: set[bytes]) -> frozenset[bytes]:
    """The first words of what attributes are set on, `self` left out; for local names what they stand for, as far as imported."""
    owners = set(_SET.findall(data)) | (set(_SET_BY_NAME.findall(data)) if b"setattr(" in data else set())
    local = owners - imported
    if not local:
        return frozenset(owners)
    for name, given in _GIVEN.findall(data):
        if name in local:
            owners.add(given)
    for match in _HELD.finditer(data):
        if match.group(1) in local:
            owners |= set(WORD.findall(data[data.rfind(b"\n", 0, match.start()) + 1 : match.start()]))
    return frozenset(owners & imported)


def setters_of(data: bytes, classes: frozenset[bytes]) -> frozenset[bytes]:
    """The functions in whose body, or behind which, something is set on a class."""
    return frozenset(_setters(data, classes)) if classes else frozenset()


def setters(data: bytes) -> frozenset[bytes]:
    """The functions of a file that set something on a class of it."""
    return setters_of(data, classes_of(data)[0]) if _OF_CLASS.search(data) else frozenset()


def _setters(data: bytes, classes: frozenset[bytes]) -> Iterator[bytes]:
    starts: list[int] = []
    names: list[bytes] = []
    for match in _OF_CLASS.finditer(data):
        if match.group(1) != b"cls" and match.group(1) not in classes:
            continue
        if not starts:
            defs = list(_DEF.finditer(data))
            starts, names = [each.start() for each in defs], [each.group(1) for each in defs]
        at = bisect_left(starts, match.start())
        if at and not names[at - 1].startswith(b"__"):
            yield names[at - 1]


def handed_in(data: bytes) -> frozenset[bytes]:
    """The classes whose constructor has a parameter without annotation and default: what it holds, who builds them tells."""
    inits = [each.start() for each in _INIT.finditer(data) if _PLAIN.search(each.group(1))]
    if not inits:
        return frozenset()
    found = [(each.start(), each.group(1)) for each in _CLASS.finditer(data)]
    places = [at for at, _ in found]
    return frozenset(found[bisect_left(places, at) - 1][1] for at in inits if bisect_left(places, at))


def behind(name: str, data: bytes) -> set[bytes]:
    """The words that stand behind a name and a dot."""
    chains = re.findall(re.escape(name.encode(errors="surrogatepass")) + rb"((?:\s*\.\s*\w+)+)", data)
    return {word for chain in chains for word in WORD.findall(chain)}


def reached(start: Iterable[str], edges: Mapping[str, Iterable[str]]) -> set[str]:
    """Everything that edges lead to, the start included."""
    return led_to(start, lambda each: edges.get(each, ()))


def led_to(start: Iterable[str], further: Callable[[str], Iterable[str]]) -> set[str]:
    """Everything that is led to from a start, the start included."""
    seen = set(start)
    todo = list(seen)
    while todo:
        for each in further(todo.pop()):
            if each not in seen:
                seen.add(each)
                todo.append(each)
    return seen


def turned(edges: Mapping[str, Iterable[str]]) -> dict[str, set[str]]:
    """The same edges the other way round."""
    found: dict[str, set[str]] = defaultdict(set)
    for path, files in edges.items():
        for file in files:
            found[file].add(path)
    return found

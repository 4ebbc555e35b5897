"""What the bytes of a file say of names: which it sets, extends, calls, imports, renames and hands over."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache

from costgate.knowledge.values import queued
from costgate.read.hints import LINE

SET, EXTENDED, CALLED, IMPORTED, HANDED, QUEUED, RENAMED = range(7)
"""Where each kind stands in what `words_of` gives. What is renamed are pairs: a name, and another that it has."""
KINDS = 7
_SET = re.compile(rb"\n[ \t]*+(?!self\.|cls\.)[A-Za-z_]\w*+(?:\.\w*+)*?\.(\w++)[ \t]*+(?::[^=\n]*)?=(?!=)")
_CLASS = re.compile(rb"class[ \t]+\w+[^(:\n]*\(([^()]*(?:\([^()]*\)[^()]*)*)\)")
_IMPORTED = re.compile(rb"import\b[ \t]*(\([^)]*|(?:[^\n\\]++|\\\s*+)*+)")
_TAKEN_FROM = re.compile(rb"(?:from[ \t]+[\w.]+)?[ \t]*\Z")
_WORD = re.compile(rb"\w+")
_CALLED = re.compile(rb"\(\s*+(\w++)")
"""Of text read backwards: from a parenthesis on there is less to try than from each word."""
_AS = re.compile(rb"as(?=\s++(\w++))")
_PARTIAL = re.compile(rb"partial(?:method)?\(\s*(?:\w+\.)*(\w+)\s*[,)]")
_WORD_BEFORE = re.compile(rb"(\w++)\s*\Z")
_TARGET_BEFORE = re.compile(rb"(\w++)\s*+=\s*[\w.]*\Z")
_BEFORE = 120
"""Bytes; a pattern that begins with any word is tried at each word of a file, one that is looked back from is not."""
_TAKERS = (
    rb"to_thread|submit|run_in_executor|run_in_threadpool|apply_async|Thread|Process|Timer|map|imap|starmap|add_task|call_soon|partial"
)
_HANDING = re.compile(rb"\((?:" + _TAKERS[::-1] + rb")")
"""A call of one of them, of text read backwards."""
GIVEN = re.compile(rb"\(\s*(?:None\s*,\s*|target\s*=\s*)?((?:\w+\.)*(\w+))\s*(?:,\s*((?:\w+\.)*(\w+))\s*(?=[,)])|(?=[,)]))")
"""A function that is handed over, as the first argument or the second."""


def words_of(data: bytes) -> list[str]:
    """The words of each kind, each once, as one text."""
    backwards = data[::-1]
    kinds = (
        _SET.findall(b"\n" + data),
        _words(_bases(data)),
        (word[::-1] for word in _CALLED.findall(backwards)),
        {*_words(_imported(data))} - {b"as"},
        _handed(data, backwards),
        _queued(data),
        (b"%b:%b" % pair for pair in _renamed(data)),
    )
    return [b" ".join({*words}).decode("ascii") for words in kinds]


def are_words(kept: object) -> list[str] | None:
    """Such texts as they were kept."""
    plain = isinstance(kept, list) and len(kept) == KINDS and all(isinstance(each, str) and each.isascii() for each in kept)
    return kept if isinstance(kept, list) and plain and all(":" in each for each in kept[RENAMED].split()) else None


def _words(texts: Iterable[bytes]) -> Iterator[bytes]:
    return (word for text in texts for word in _WORD.findall(text))


def _bases(data: bytes) -> Iterator[bytes]:
    """What stands in the parentheses of each class statement."""
    at = data.find(b"class")
    while at >= 0:
        match = _CLASS.match(data, at) if not _line_before(data, at).strip(b" \t") else None
        if match is not None:
            yield match.group(1)
        at = data.find(b"class", at + 5 if match is None else match.end())


def _imported(data: bytes) -> Iterator[bytes]:
    """What stands behind `import` in each statement that begins a line."""
    for match in _IMPORTED.finditer(data):
        if _TAKEN_FROM.match(_line_before(data, match.start()).lstrip(b" \t")):
            yield match.group(1)


def _line_before(data: bytes, at: int) -> bytes:
    start = max(at - LINE, 0)
    return data[max(data.rfind(b"\n", start, at) + 1, start) : at]


def _handed(data: bytes, backwards: bytes) -> Iterator[bytes]:
    """Names that something is given which calls them: `pool.submit(ask, text)`."""
    for match in _HANDING.finditer(backwards):
        given = GIVEN.match(data, len(data) - match.start() - 1)
        if given is not None:
            yield from (word for word in given.group(2, 4) if word)


def _queued(data: bytes) -> Iterator[bytes]:
    """Names of functions that a queue of tasks calls: `ask.delay(text)`."""
    for match in _later().finditer(data):
        if word := _before(_WORD_BEFORE, data, match.start()):
            yield word


@cache
def _later() -> re.Pattern[bytes]:
    return re.compile(rb"\.(?:" + "|".join(queued()).encode() + rb")\s*\(")


def _renamed(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """A name and another one that it gets by `as`, or by what is made of it: `mine = partial(ask, ...)`."""
    for match in _AS.finditer(data):
        if data[match.start() - 1 : match.start()].isspace() and (name := _before(_WORD_BEFORE, data, match.start())):
            yield name, match.group(1)
    for match in _PARTIAL.finditer(data):
        if own := _before(_TARGET_BEFORE, data, match.start()):
            yield match.group(1), own


def _before(pattern: re.Pattern[bytes], data: bytes, at: int) -> bytes:
    match = pattern.search(data[max(at - _BEFORE, 0) : at])
    return match.group(1) if match is not None else b""

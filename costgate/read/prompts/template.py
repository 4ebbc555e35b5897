"""Template syntax as a tree of nodes: text, holes, blocks. Tolerant, linear in the text, and it evaluates nothing.

Two families are told apart: tags in `{% %}` with `{{ }}` for values, and everything in `{{ }}`. What a tag is not known
to do is left out of the text, as it is not sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

MAX_NESTING = 40

_OPENER = {"jinja": re.compile(r"\{[#%{]"), "handlebars": re.compile(r"\{\{")}
_ARGUMENT = re.compile(r"""\s*(?:(\w+)\s*=\s*)?(?:("[^"\n]*"|'[^'\n]*')|[^,()"']+)\s*(?:[,)]|$)""")
_NAME = re.compile(r"[$@]?([A-Za-z_][\w.]*)")
_QUOTED = re.compile(r"""["']([^"'\n]{1,400})["']""")
_ROLE = re.compile(r"""_?\.?(?:role|chat)\(\s*(?:role\s*=\s*)?["'](\w{1,40})["']""")
_BRACES = re.compile(r"\{\{\s*\$?([A-Za-z_][\w.\- ]{0,60}?)\s*\}\}|\{([A-Za-z_]\w{0,60}(?:\.\w+|\[\w+\])*)\}")
_DOLLAR = re.compile(r"\$\$|\$\{?([A-Za-z_]\w*)\}?")

_LOOPS = frozenset({"for", "each", "while", "tablerow"})
_TESTS = frozenset({"if", "unless", "case", "ifequals", "unlessequals", "ifchanged"})
_OTHERWISE = frozenset({"else", "elif", "elsif", "when", "elseif"})
_SILENT = frozenset({"macro", "comment", "capture"})
_VERBATIM = frozenset({"raw", "verbatim"})
_OTHER_BLOCKS = frozenset({"block", "filter", "call", "with", "autoescape", "trans", "section", "chat", "generation"})
_BLOCKS = _LOOPS | _TESTS | _SILENT | _VERBATIM | _OTHER_BLOCKS


@dataclass(slots=True)
class Said:
    """Static text, and where it starts."""

    text: str
    at: int


@dataclass(slots=True)
class Value:
    """A hole, by the name of what fills it, or the call of a macro."""

    name: str
    at: int
    word: str = ""
    given: str = ""


@dataclass(slots=True)
class Other:
    """A tag that brings in another file, changes the role, or names a parent. `kind`: include | extends | import | role.

    `others`: files to take where that one lacks; `optional`: nothing is missing where there is none.
    """

    kind: str
    name: str
    at: int
    others: tuple[str, ...] = ()
    optional: bool = False


@dataclass(slots=True)
class Block:
    """A block. `kind`: loop | test | block | macro | other; a test has several branches."""

    kind: str
    name: str
    at: int
    branches: list[list[Node]] = field(default_factory=lambda: [[]])
    word: str = ""


Node: TypeAlias = "Said | Value | Other | Block"


@dataclass(slots=True)
class _Tag:
    """One tag: its text without delimiters; `trims`: whether white space before and behind it goes."""

    kind: str
    body: str
    start: int
    end: int
    trims: tuple[bool, bool] = (False, False)


def parse(text: str, syntax: str) -> list[Node]:
    """The nodes of a text in one of the syntaxes: jinja, handlebars, braces, dollar, none."""
    if syntax in _OPENER:
        return _Builder(text).build(_tags(text, syntax))
    pattern = {"braces": _BRACES, "dollar": _DOLLAR}.get(syntax)
    return [Said(text, 0)] if pattern is None else list(_flat(text, pattern))


def _flat(text: str, pattern: re.Pattern[str]) -> Iterator[Node]:
    at = 0
    for match in pattern.finditer(text):
        if match.start() > at:
            yield Said(text[at : match.start()], at)
        name = next((group for group in match.groups() if group), None)
        yield Said("$", match.start()) if name is None else Value(name.strip(), match.start())
        at = match.end()
    if at < len(text):
        yield Said(text[at:], at)


def _tags(text: str, syntax: str) -> Iterator[_Tag]:
    at = 0
    lost: set[str] = set()
    while (match := _OPENER[syntax].search(text, at)) is not None:
        start = match.start()
        kind, closer = _kind(text, start, syntax)
        end = -1 if closer in lost else text.find(closer, match.end())
        if end < 0:
            lost.add(closer)
            at = match.end()
            continue
        at = end + len(closer)
        inner = text[match.end() : end].strip("{}") if kind == "value" else text[match.end() : end]
        mark = "-~+"
        yield _Tag(kind, inner.strip(mark).strip(), start, at, (inner[:1] in ("-", "~"), inner[-1:] in ("-", "~")))


def _kind(text: str, start: int, syntax: str) -> tuple[str, str]:
    if syntax == "jinja":
        return {"#": ("comment", "#}"), "%": ("tag", "%}"), "{": ("value", "}}")}[text[start + 1]]
    ahead = text[start + 2 : start + 6].lstrip("~")
    if ahead.startswith("!--"):
        return "comment", "--}}"
    if ahead.startswith("!"):
        return "comment", "}}"
    return ("value", "}}}") if ahead.startswith("{") else ("mixed", "}}")


class _Builder:
    """Nodes from tags, with a stack of open blocks; unclosed ones end with the text, stray ends are passed over."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root: list[Node] = []
        self.open: list[Block] = []
        self.trim = False

    def build(self, tags: Iterator[_Tag]) -> list[Node]:
        at = 0
        verbatim: str | None = None
        for tag in tags:
            word = _word(tag.body)
            if verbatim is not None:
                if tag.kind == "value" or word not in (f"end{verbatim}", f"/{verbatim}"):
                    continue
                verbatim = None
            self.said(at, tag.start, cut=tag.trims[0])
            at, self.trim = tag.end, tag.trims[1]
            if tag.kind in ("tag", "mixed") and word.lstrip("#") in _VERBATIM:
                verbatim = word.lstrip("#")
            else:
                self.take(tag, word)
        self.said(at, len(self.text), cut=False)
        return self.root

    def said(self, start: int, end: int, *, cut: bool) -> None:
        text = self.text[start:end]
        if self.trim:
            start += len(text) - len(text.lstrip())
            text = text.lstrip()
        if cut:
            text = text.rstrip()
        if text:
            self.put(Said(text, start))

    def put(self, node: Node) -> None:
        (self.open[-1].branches[-1] if self.open else self.root).append(node)

    def take(self, tag: _Tag, word: str) -> None:
        if tag.kind == "comment":
            return
        if tag.kind == "value":
            self.value(tag)
        elif tag.kind == "tag":
            self.tag(tag.body, word, tag.start)
        else:
            self.mixed(tag, word)

    def mixed(self, tag: _Tag, word: str) -> None:
        sign, rest = tag.body[:1], tag.body[1:].lstrip("~ *>")
        if sign == "#":
            self.begin(rest, _word(rest), tag.start)
        elif sign == "^" and rest:
            self.begin(f"unless {rest}", "unless", tag.start)
        elif sign == "/":
            self.end()
        elif sign == ">":
            self.put(Other("include", _first(rest), tag.start))
        elif word in _OTHERWISE or tag.body == "^":
            self.otherwise()
        elif word == "role":
            self.put(Other("role", _first(tag.body[4:]), tag.start))
        elif word == "history":
            self.put(Value("history", tag.start))
        else:
            self.value(tag)

    def tag(self, body: str, word: str, at: int) -> None:
        rest = body[len(word) :].strip()
        if word.startswith("end"):
            self.end()
        elif word in _OTHERWISE:
            self.otherwise()
        elif word in ("include", "render", "extends", "import"):
            several = tuple(_QUOTED.findall(rest)[1:]) if rest.startswith(("[", "(")) else ()
            self.put(Other({"render": "include"}.get(word, word), _quoted(rest), at, several, "ignore missing" in rest))
        elif word == "from":
            self.put(Other("import", _quoted(rest), at))
        elif word == "set" and "=" not in rest:
            self.begin(body, "capture", at)
        elif word in _BLOCKS:
            self.begin(body, word, at)

    def begin(self, body: str, word: str, at: int) -> None:
        if len(self.open) >= MAX_NESTING:
            return
        rest = body[len(word) :].strip() if body.startswith(word) else body
        if word in _LOOPS:
            over = rest.partition(" in ")[2] if " in " in rest else rest
            block = Block("loop", _name(over), at)
        elif word in _TESTS:
            block = Block("test", _name(rest), at)
        elif word in ("block", "macro"):
            block = Block(word, _name(rest), at, word=rest.partition("(")[2])
        elif word in _SILENT:
            block = Block("silent", "", at)
        elif word in _OTHER_BLOCKS:
            block = Block("other", "", at, word=body)
        else:  # a section of a template without logic: a list or a truth, as the data has it
            block = Block("loop", _name(body), at)
        self.put(block)
        self.open.append(block)

    def otherwise(self) -> None:
        if self.open and self.open[-1].kind in ("test", "loop"):
            self.open[-1].branches.append([])

    def end(self) -> None:
        if self.open:
            self.open.pop()

    def value(self, tag: _Tag) -> None:
        quoted = _QUOTED.fullmatch(tag.body)
        if quoted:
            self.put(Said(quoted.group(1), tag.start))
            return
        switch = _ROLE.match(tag.body)
        if switch:
            self.put(Other("role", switch.group(1), tag.start))
            return
        called = tag.body.partition("(")[0].strip() if "(" in tag.body else ""
        self.put(Value(_name(tag.body), tag.start, called, tag.body.partition("(")[2] if called else ""))


def arguments(parameters: str, given: str) -> dict[str, str]:
    """The parameters of a macro that a call gives a text in quotes, by position or by name."""
    names = re.findall(r"(\w+)\s*(?:=[^,)]*)?[,)]|(\w+)\s*$", parameters[:400])
    words = [one or other for one, other in names]
    found: dict[str, str] = {}
    for at, match in enumerate(_ARGUMENT.finditer(given[:2_000])):
        name = match.group(1) or (words[at] if at < len(words) else "")
        if name in words and match.group(2) is not None:
            found[name] = match.group(2)[1:-1]
    return found


def _word(body: str) -> str:
    return body.split(None, 1)[0].lower() if body.split(None, 1) else ""


def _name(body: str) -> str:
    """The name of what a tag speaks of: the first name in it that is no helper's when another follows."""
    quoted = _QUOTED.match(body.strip())
    if quoted:
        return quoted.group(1)
    words = _NAME.findall(_QUOTED.sub(" ", body.partition("|")[0])[:400])
    if len(words) > 1 and words[0] in ("json", "media", "safe", "not"):
        return str(words[1])
    return str(words[0]) if words else "a value"


def _quoted(body: str) -> str:
    """A name in quotes; empty for an expression, whose value only a run knows."""
    quoted = _QUOTED.match(body.strip(" (["))
    return quoted.group(1) if quoted else ""


def _first(body: str) -> str:
    """A name in quotes, or the first word where that is a name."""
    words = body.split(None, 1)
    quoted = _quoted(body)
    return quoted or (words[0] if words and re.fullmatch(r"[\w./@-]{1,400}", words[0]) else "")

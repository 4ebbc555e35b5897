"""Values in data files of the tree that code loads: JSON, TOML, YAML, INI, examples of environment files."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costgate.knowledge.strict import Lines
from costgate.model.error import UserError
from costgate.model.prompt import Hole, Text
from costgate.model.value import Span
from costgate.read.paths import read_text
from costgate.read.sequences import MAX_DIGITS
from costgate.read.things import Args, Choice, Lit, Map, Nope, Rec, Seq, Str, Thing, choice
from costgate.read.yamllines import YamlLines

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

MAX_CHARACTERS = 400_000
MAX_VALUES = 20_000
EXAMPLES = (".env.example", ".env.sample", ".env.template", ".env.dist", "env.example", "example.env")
"""Files that show which environment a program expects."""
_VARIABLE = re.compile(r"^\s*(?:export\s+)?(\w+)\s*=\s*(.*?)\s*$", re.MULTILINE)


def loaded(ev: Evaluator, form: str, source: Thing, path: str, span: Span) -> Thing:
    """What loading a file or a text of that form gives. `path` is the file of the code that does."""
    if isinstance(source, Choice):
        return either([loaded(ev, form, each, path, span) for each in source.options])
    if isinstance(source, Rec) and source.symbol in ("open", "path"):
        source = read_text(ev, source.args.positional[0] if source.symbol == "open" and source.args.positional else source, path, span)
    if not isinstance(source, Str):
        return source if isinstance(source, Nope) else Nope("a text that is not followed", outside=True)
    hole = next((part for part in source.parts if isinstance(part, Hole)), None)
    if hole is not None:
        return Nope(f"{hole.name} is not known", (span,), outside=True)
    if len(source.parts) != 1 or not isinstance(source.parts[0], Text):
        return Nope("a text that is put together", outside=True)
    return _parsed(form, source.parts[0], own=source.parts[0].span.path == path)


def _parsed(form: str, part: Text, *, own: bool) -> Thing:
    if form == "yaml":
        return marked_values(part, "argument" if own else "config")
    name = part.span.path
    if len(part.text) > MAX_CHARACTERS:
        return Nope(f"{name} is too large to read values from", outside=True)
    try:
        value = _PARSERS[form](part.text, name)
    except (ValueError, UserError, RecursionError):
        return Nope(f"{name} is not read as {form.upper()}", (part.span,), outside=True)
    return _Things(part, "argument" if own else "config").thing(value, 0)


def as_things(value: Any, part: Text) -> Thing:
    """Settings that are read already, each at its line of the text that they stand in."""
    return _Things(part, "config").thing(value, 0)


def marked_values(part: Text, origin: str = "config") -> Thing:
    """The values of a YAML text, each with the lines that it stands on."""
    from costgate.knowledge.strict import load_marked

    name = part.span.path
    if len(part.text) > MAX_CHARACTERS:
        return Nope(f"{name} is too large to read values from", outside=True)
    try:
        value, lines = load_marked(part.text, name)
    except (UserError, RecursionError) as error:
        told = f": {error.message} (line {error.where.rpartition(':')[2]})" if isinstance(error, UserError) else ""
        return Nope(f"{name} is not read as YAML{told}", (part.span,), outside=True)
    return _Marked(part, origin, lines).value(value, ())


def either(found: Sequence[Thing]) -> Thing:
    """One of several files: several that hold settings are told key by key, which stay few where the files are many."""
    maps = [each for each in found if isinstance(each, Map)]
    if len(maps) < 2:
        return choice(list(found))
    keys = dict.fromkeys(key for each in maps for key in each.entries)
    entries = {key: either([each.entries[key] for each in maps if key in each.entries]) for key in keys}
    maybe = frozenset(key for key in keys if any(key not in each.entries or key in each.maybe for each in maps))
    more = next((each.more for each in maps if each.more), None)
    rest = [each for each in found if not isinstance(each, Map)]
    return choice([Map(entries, maybe, more), *rest])


class _Things:
    """Plain data as things, each at its line: that of its key, which is looked for in the text."""

    def __init__(self, part: Text, origin: str) -> None:
        self.part = part
        self.origin = origin
        self.left = MAX_VALUES

    def thing(self, value: Any, at: int) -> Thing:
        self.left -= 1
        if self.left < 0:
            return Nope(f"{self.part.span.path} holds too many values", outside=True)
        if isinstance(value, dict):
            return Map({str(key): self.thing(each, self.find(str(key), at)) for key, each in value.items()})
        if isinstance(value, list):
            return Seq(tuple(self.thing(each, at) for each in value))
        return self.scalar(value, self.place(at))

    def scalar(self, value: Any, place: Span) -> Thing:
        if isinstance(value, str):
            return Str((Text(value, place),) if value else (), self.origin, (place,))
        if value is None:
            return Lit(None, trail=(place,))
        if isinstance(value, int) and abs(value) >= 10**MAX_DIGITS:  # TOML writes them in hexadecimal, of any length
            return Nope("a number beyond what is read", (place,), outside=True)
        return Lit(value if isinstance(value, (bool, int, Decimal)) else str(value), self.origin, (place,))

    def find(self, key: str, at: int) -> int:
        quoted = rf"""(?:^|[\s{{,.\[])["']?{re.escape(key)}["']?\s*[:=\]]"""
        match = re.compile(quoted, re.MULTILINE).search(self.part.text, at)
        return at if match is None else match.start() + len(match.group()) - len(match.group().lstrip())

    def place(self, at: int) -> Span:
        return Span(self.part.span.path, self.part.span.line + self.part.text.count("\n", 0, at))


class _Marked(_Things):
    """Plain data whose parser told the line of every key and item."""

    def __init__(self, part: Text, origin: str, lines: Lines) -> None:
        super().__init__(part, origin)
        self.lines = YamlLines(part.text, lines)

    def value(self, value: Any, keys: tuple[str | int, ...]) -> Thing:
        self.left -= 1
        if self.left < 0:
            return Nope(f"{self.part.span.path} holds too many values", outside=True)
        if isinstance(value, dict):
            return Map({str(key): self.value(each, (*keys, key)) for key, each in value.items()})
        if isinstance(value, list):
            return Seq(tuple(self.value(each, (*keys, at)) for at, each in enumerate(value)))
        first, last = self.lines.of(keys)
        start = self.part.span.line - 1
        more = last > first
        return self.scalar(value, Span(self.part.span.path, start + first, 1, start + last if more else 0, 1 if more else 0))


def _toml(text: str, where: str) -> Any:
    import tomllib

    return tomllib.loads(text, parse_float=Decimal)


def _ini(text: str, where: str) -> Any:
    import configparser

    parser = configparser.RawConfigParser()
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise ValueError(str(error)) from error
    return {name: dict(parser[name]) for name in parser}


_PARSERS = {
    "json": lambda text, where: json.loads(text, parse_float=Decimal),
    "toml": _toml,
    "ini": _ini,
}


def example_of(ev: Evaluator, name: str) -> Thing | None:
    """The value that an example of an environment file in the tree gives a variable."""
    for path in EXAMPLES:
        if path not in ev.tree:
            continue
        found = read_text(ev, Str((Text(path, Span("", 1)),)), "", Span("", 1))
        text = found.plain if isinstance(found, Str) else None
        for match in _VARIABLE.finditer(text or ""):
            value = match.group(2).split(" #")[0].strip().strip("\"'")
            if match.group(1) == name and value:
                place = Span(path, (text or "").count("\n", 0, match.start(1)) + 1)
                return Str((Text(value, place),), "config", (place,))
    return None


def section(base: Rec, args: Args) -> Thing | None:
    """`parser.get(section, option)` of an INI file."""
    found: Thing = base.args.positional[0]
    for each in args.positional[:2]:
        name = each.plain if isinstance(each, Str) else None
        if not isinstance(found, Map) or name is None:
            return Nope("a setting that is not followed", outside=True)
        found = found.entries.get(name) or found.entries.get(name.lower()) or Nope(f"no `{name}` in the file", outside=True)
    return found

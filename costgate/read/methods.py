"""What methods of strings, dicts, files and settings do to the values we follow."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING

from costgate.model.prompt import Hole, Text
from costgate.model.value import Span
from costgate.read.fields import fields
from costgate.read.loaded import section
from costgate.read.paths import joined, read_text
from costgate.read.sequences import number
from costgate.read.templating import by_name, of_text, render
from costgate.read.things import OPEN, Args, Choice, Inst, Lit, Map, Nope, Partial, Rec, Seq, Str, Thing, choice, falsy
from costgate.read.values import as_map, certainly_none, entry, is_none, otherwise, overlaid, spread, weakest

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

Method = Callable[["Evaluator", Thing, Args, str, Span], "Thing | None"]

_FIELD = re.compile(r"\{\{|\}\}|\{([^{}!:]*)(?:![rsa])?(?::[^{}]*)?\}")
PERCENT = re.compile(r"%%|%(?:\((\w+)\))?[-#0 +]*\d*(?:\.\d+)?[sdrfgixX]")
_DOLLAR = re.compile(r"\$\$|\$\{?(\w+)\}?")


def argument(args: Args, position: int, *names: str) -> Thing | None:
    """One argument, by position or by one of its names."""
    if position < len(args.positional):
        return args.positional[position]
    return next((args.named.entries[name] for name in names if name in args.named.entries), None)


def _format(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    if not isinstance(base, Str):
        return None
    counter = count()

    def value(match: re.Match[str]) -> Thing | str:
        if match.group() in ("{{", "}}"):
            return match.group()[0]
        name = match.group(1).split(".")[0].split("[")[0]
        if name == "" or name.isdecimal() and len(name) < 9:
            index = int(name) if name else next(counter)
            return args.positional[index] if index < len(args.positional) else Nope(f"argument {index}")
        return args.named.entries.get(name, Nope(name))

    return filled(base, _FIELD, value, span)


def filled(base: Str, pattern: re.Pattern[str], value: Callable[[re.Match[str]], Thing | str], span: Span) -> Thing:
    """A text with each match of a pattern replaced by what stands there: text, or a thing's parts."""
    pieces: list[tuple[Thing, str, Span]] = []
    for part in base.parts:
        if isinstance(part, Hole):
            pieces.append((Str((part,)), "", part.span))
            continue
        at = 0
        for match in pattern.finditer(part.text):
            if match.start() > at:
                pieces.append((Str((Text(part.text[at : match.start()], part.span),)), "", part.span))
            found = value(match)
            said = Str((Text(found, part.span),)) if isinstance(found, str) else found
            named = match.group(1) or "" if pattern.groups else match.group()
            pieces.append((said, named.strip(), part.span))
            at = match.end()
        if at < len(part.text):
            pieces.append((Str((Text(part.text[at:], part.span),)), "", part.span))
    origin, trail = weakest([base, *(thing for thing, _, _ in pieces)]), base.trail or (span,)
    return choice([Str(parts, origin, trail) for parts in spread(pieces)])


def _strip(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    if not isinstance(base, Str) or base.plain is None or len(base.parts) > 1 or not base.parts:
        return base if isinstance(base, Str) else None
    first = base.parts[0]
    return Str((Text(first.text.strip(), first.span),), base.origin, base.trail) if isinstance(first, Text) else base


def _join(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    if not isinstance(base, Str) or base.plain is None or not args.positional:
        return None
    items = args.positional[0]
    if not isinstance(items, Seq):
        return Str((Hole("joined text", span),), trail=(span,))
    between = Str((Text(base.plain, span),) if base.plain else ())
    pieces: list[tuple[Thing, str, Span]] = []
    sure = False
    for item in items.items:
        if isinstance(item, Choice) and any(map(is_none, item.options)):
            pieces.append((_left_out(item, between, behind=not sure), "item", span))
            continue
        pieces += [(between, "", span)] if sure and between.parts else []
        pieces.append((item, "item", span))
        sure = True
    if items.more is not None:
        pieces.append((Str((Hole("further items", span, repeated=True),)), "", span))
    return choice([Str(parts, weakest(items.items), (span,)) for parts in spread(pieces)])


def _left_out(item: Choice, between: Str, *, behind: bool) -> Thing:
    """An item of a list that it may lack, with what sets it off from the items before it, or from those behind."""
    texts = [each for each in item.options if isinstance(each, Str)]
    sides = [(each.parts, between.parts) if behind else (between.parts, each.parts) for each in texts]
    given = [replace(each, parts=(*one, *other)) for each, (one, other) in zip(texts, sides, strict=True)]
    return Choice((*given, *(each for each in item.options if not isinstance(each, Str) and not is_none(each)), Str(())))


def _replace(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    if not isinstance(base, Str) or len(args.positional) < 2:
        return None
    old, new = args.positional[:2]
    if isinstance(old, Str) and old.plain:
        return filled(base, re.compile(re.escape(old.plain)), lambda match: new, span)
    pattern = _put_together(old) if isinstance(old, Str) else None
    return base if pattern is None else filled(base, pattern, lambda match: Nope(match.group(1)), span)


def _put_together(old: Str) -> re.Pattern[str] | None:
    """What is replaced in a loop over names, such as "{" + name + "}": every name between the same marks."""
    said = "".join(re.escape(part.text) if isinstance(part, Text) else r"(\w+)" for part in old.parts)
    marked = [part.text for part in old.parts if isinstance(part, Text)]
    one = len(old.parts) - len(marked) == 1 and len(old.parts) > 1
    return re.compile(said) if one and all(re.search(r"\W", text) for text in marked) else None


def _get(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    """`.get(key, default)` and `.pop(key, default)`; the default of a dict that is handed in is a function's default."""
    if isinstance(base, Choice):
        return choice([_get(ev, each, args, path, span) or Nope("get") for each in base.options])
    key, default = argument(args, 0, "key"), argument(args, 1, "default") or Lit(None)
    more = base.more if isinstance(base, Map) else base.why if isinstance(base, Nope) and base.outside else None
    if isinstance(base, Rec) and base.symbol == "ini":
        return section(base, args)
    if not isinstance(base, Map):
        dict_like = isinstance(key, (Str, Lit, Nope, Choice, Partial))
        return (_instead(default, more) if dict_like else Nope(more, outside=True, empty=True)) if more is not None else None
    text = key.plain if isinstance(key, Str) else None
    if text is None:
        return choice([*base.entries.values(), default]) if more is None else _instead(default, more)
    if text not in base.entries:
        return default if more is None else _instead(default, more)
    found = entry(base, text, key.origin) if isinstance(key, Str) and key.origin in OPEN else base.entries[text]
    return choice([found, default]) if text in base.maybe else found


def _popped(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    """What `pop()` takes out: of an attribute, which is seen as its methods leave it, what is out already."""
    key = argument(args, 0, "key")
    taken = base.gone.get(key.plain or "") if isinstance(base, Map) and base.gone and isinstance(key, Str) else None
    return taken if taken is not None else _get(ev, base, args, path, span)


def _instead(default: Thing, why: str) -> Thing:
    """A default that holds unless something from outside says otherwise."""
    if is_none(default):
        return Nope(why, outside=True, empty=True)
    return otherwise((Nope(why, outside=True, empty=True),), (default,))


def _items(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    if not isinstance(base, Map):
        return None
    pairs = (Seq((Str((Text(key, span),), trail=(span,)), value)) for key, value in base.entries.items())
    return Seq(tuple(pairs), base.more)


def _keys(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    return Seq(tuple(Str((Text(key, span),), trail=(span,)) for key in base.entries), base.more) if isinstance(base, Map) else None


def _values(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    return Seq(tuple(base.entries.values()), base.more) if isinstance(base, Map) else None


def _copied(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    return base if isinstance(base, (Map, Seq, Inst, Rec)) else None


def _updated_copy(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    """`settings.model_copy(update={"model": "x"})`: the object with other fields."""
    update = args.named.entries.get("update")
    if not isinstance(base, Inst) or update is None:
        return _copied(ev, base, args, path, span)
    given = base.args or Args(named=Map({}, more="the object is handed in"))
    return replace(base, args=Args(given.positional, overlaid(given.named, as_map(update)), given.more), home=None)


def _read(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    if isinstance(base, Rec) and base.symbol == "open" and base.args.positional:
        return read_text(ev, base.args.positional[0], path, span)
    return read_text(ev, base, path, span) if isinstance(base, Rec) and base.symbol == "path" else None


def _opened(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    return Rec("open", Args((base,)), span) if isinstance(base, Rec) and base.symbol == "path" else None


def _joinpath(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    return joined((base, *args.positional), span) if isinstance(base, Rec) and base.symbol == "path" else None


def _same_path(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    return base if isinstance(base, Rec) and base.symbol == "path" else None


def _substitute(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    if not isinstance(base, Rec) or base.symbol != "string.Template" or not base.args.positional:
        return None
    text = base.args.positional[0]
    if not isinstance(text, Str):
        return text
    entries = args.named.entries

    def value(match: re.Match[str]) -> Thing | str:
        return "$" if match.group() == "$$" else entries.get(match.group(1), Nope(match.group(1)))

    return filled(text, _DOLLAR, value, span)


def _secret(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    return base if isinstance(base, (Str, Lit)) else None


def _lower(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    if isinstance(base, Str):
        parts = (replace(part, text=part.text.lower()) if isinstance(part, Text) else part for part in base.parts)
        return replace(base, parts=tuple(parts))
    return None


def _parsed_line(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    return Rec("namespace", base.args, span) if isinstance(base, Rec) and not base.args.positional else None


def dumped(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    """`model_dump()`, `asdict()`: the fields of what is seen; whoever leaves some out leaves them to be there or not."""
    if isinstance(base, Inst):

        found = fields(ev, base)
        chosen = args.named.entries.keys() & {"exclude", "include", "exclude_none", "exclude_unset", "exclude_defaults"}
        if chosen == {"exclude_none"}:
            entries = {key: each for key, each in found.entries.items() if not certainly_none(each)}
            return Map(entries, frozenset(key for key, each in entries.items() if falsy(each) is not False), found.more)
        return replace(found, maybe=frozenset(found.entries)) if chosen else found
    return base.args.named if isinstance(base, Rec) and not base.args.positional else None


METHODS: dict[str, Method] = {
    "get_template": by_name,
    "from_string": of_text,
    "render": render,
    "render_async": render,
    "format": _format,
    "strip": _strip,
    "lstrip": _strip,
    "rstrip": _strip,
    "join": _join,
    "replace": _replace,
    "get": _get,
    "pop": _popped,
    "getint": lambda ev, base, args, path, span: number(ev, Args((_get(ev, base, args, path, span) or Nope("get"),)), path, span),
    "parse_args": _parsed_line,
    "parse_known_args": lambda ev, base, args, path, span: Seq((_parsed_line(ev, base, args, path, span) or base, Nope("the rest"))),
    "items": _items,
    "keys": _keys,
    "values": _values,
    "copy": _updated_copy,
    "read": _read,
    "read_text": _read,
    "open": _opened,
    "joinpath": _joinpath,
    "resolve": _same_path,
    "absolute": _same_path,
    "expanduser": _same_path,
    "substitute": _substitute,
    "safe_substitute": _substitute,
    "decode": _secret,
    "encode": lambda ev, base, args, path, span: base if isinstance(base, (Str, Map)) else None,
    "get_secret_value": _secret,
    "lower": _lower,
    "model_dump": dumped,
    "dict": dumped,
    "model_copy": _updated_copy,
}

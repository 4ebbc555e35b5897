"""What the standard library does to the values we follow: environment, paths, strings, dicts, functools."""

from __future__ import annotations

import posixpath
import re
import textwrap
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from costgate.model.prompt import Hole, Text
from costgate.model.value import Span
from costgate.read.loaded import example_of, loaded, section
from costgate.read.paths import joined, make_path, path_of, read_text
from costgate.read.sequences import any_item, enumerated, extreme, listed, number, paired, same_items, zipped
from costgate.read.templating import by_name, of_text, render
from costgate.read.things import (
    Args,
    Choice,
    Cls,
    Inst,
    Lit,
    Map,
    Nope,
    Obj,
    Partial,
    Rec,
    Ref,
    Seq,
    Str,
    Thing,
    choice,
    falsy,
)
from costgate.read.values import (
    as_map,
    as_parts,
    certainly_none,
    concatenated,
    is_none,
    otherwise,
    overlaid,
    text_of,
    weakest,
    with_origin,
)

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

Handler = Callable[["Evaluator", Args, str, Span], Thing]
Method = Callable[["Evaluator", Thing, Args, str, Span], "Thing | None"]

_FIELD = re.compile(r"\{\{|\}\}|\{([^{}!:]*)(?:![rsa])?(?::[^{}]*)?\}")
PERCENT = re.compile(r"%%|%(?:\((\w+)\))?[-#0 +]*\d*(?:\.\d+)?[sdrfgixX]")
_DOLLAR = re.compile(r"\$\$|\$\{?(\w+)\}?")


def _argument(args: Args, position: int, *names: str) -> Thing | None:
    if position < len(args.positional):
        return args.positional[position]
    return next((args.named.entries[name] for name in names if name in args.named.entries), None)


def _environment(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    name = _argument(args, 0, "key")
    shown = name.plain if isinstance(name, Str) and name.plain else "of a computed name"
    default = _argument(args, 1, "default")
    if default is None or (isinstance(default, Lit) and default.value is None):
        return example_of(ev, shown) or Nope(f"environment variable {shown}", (span,), outside=True, empty=True)
    return with_origin(default, "env-default")


def _first(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    return args.positional[0] if args.positional else Nope("an empty call")


def _second(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    return args.positional[1] if len(args.positional) > 1 else Nope("an empty call")


def _cast(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    """The value, or where it is not followed, what its type promises."""
    value = _second(ev, args, path, span)
    promise = args.positional[0] if args.positional else value
    if isinstance(promise, Ref) and not isinstance(value, Obj):
        return ev.catalog.held(promise.dotted, span) or value
    return Inst(promise) if isinstance(promise, Cls) and not isinstance(value, Inst) else value


def _module(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    """importlib.import_module("package.module")."""
    name = _argument(args, 0, "name")
    text = name.plain if isinstance(name, Str) else None
    if not text:
        return Nope("a module whose name is known only at run time")
    module = ev.project.module(path)
    return Ref(text) if module is None else ev.imported(module, text)


def _path(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    if len(args.positional) == 1 and isinstance(args.positional[0], Choice):
        return choice([_path(ev, Args((each,)), path, span) for each in args.positional[0].options])
    return joined(args.positional, span)


def _dirname(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    text = path_of(args.positional[0]) if args.positional else None
    return Nope("a path that is put together at run time") if text is None else make_path(posixpath.dirname(text), span)


def _package(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    """importlib.resources.files("package") or of the module's own package."""
    name = args.positional[0] if args.positional else None
    dotted = name.plain if isinstance(name, Str) else None
    if dotted is None:
        return Nope("the resources of a package chosen at run time")
    if dotted.endswith(".py"):
        return make_path(posixpath.dirname(dotted), span)
    found = ev.project.find(path, dotted)
    return make_path(posixpath.dirname(found[0]), span) if found else Nope(f"resources of {dotted}, outside the tree")


def _resource_text(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    folder = _package(ev, args, path, span)
    name = _argument(args, 1, "resource")
    return read_text(ev, joined((folder, name), span), path, span) if name is not None else folder


def _open(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    return Rec("open", args, span)


def _dict(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    first = args.positional[0] if args.positional else Map({})
    return overlaid(paired(first) or as_map(first), args.named)


def _layered(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    """ChainMap(first, second): the first that has a key gives it."""
    found = Map({})
    for each in reversed(args.positional):
        found = overlaid(found, as_map(each))
    return found


def _text(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    if not args.positional:
        return Str(())
    first = args.positional[0]
    return first if isinstance(first, (Nope, Choice)) else Str(as_parts(first, "str()", span), trail=(span,))


def _partial(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    if not args.positional:
        return Nope("an empty partial")
    return Partial(args.positional[0], Args(args.positional[1:], args.named, args.more))


def _getattr(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    name = args.positional[1] if len(args.positional) > 1 else None
    if isinstance(name, Str) and name.plain:
        found = ev.attribute(args.positional[0], name.plain, None)
        missing = isinstance(found, Nope) or isinstance(found, Partial) and isinstance(args.positional[0], Nope)
        if len(args.positional) > 2 and isinstance(found, Ref) and not ev.catalog.knows(found.dotted):
            return with_origin(args.positional[2], "function-default")
        return args.positional[2] if missing and len(args.positional) > 2 else found
    return Nope("getattr with a name known only at run time")


def _asdict(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    first = args.positional[0] if args.positional else None
    return (_dumped(ev, first, Args(), path, span) if first is not None else None) or Nope("a dict made of an object")


def _replaced(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    """dataclasses.replace(instance, field=...)"""
    first = args.positional[0] if args.positional else None
    if not isinstance(first, Inst):
        return Nope("a copy of an object that is not followed")
    given = first.args or Args(named=Map({}, more="the object is handed in"))
    return Inst(first.cls, Args(given.positional, overlaid(given.named, args.named), given.more))


def _namespace(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    return Rec("namespace", args, span)


def _handed(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    """asyncio.to_thread(f, ...) and the like give what f gives."""
    if not args.positional:
        return Nope("an empty call")
    return ev.call(args.positional[0], Args(args.positional[1:], args.named, args.more), path, span)


def _load(form: str) -> Handler:
    """json.load(file), json.loads(text) and the like."""
    return lambda ev, args, path, span: loaded(ev, form, args.positional[0] if args.positional else Nope("nothing"), path, span)
def _urljoin(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    """Only the end of an address is asked for: what is joined to, and what comes behind its last slash."""
    base, rest = _argument(args, 0, "base"), _argument(args, 1, "url")
    if base is None or rest is None:
        return Nope("an address that is put together at run time")
    if isinstance(base, Str) and base.plain and isinstance(rest, Str) and rest.plain:
        return text_of(urljoin(base.plain, rest.plain), span)
    return concatenated([(base, "base"), (text_of("/", span), ""), (rest, "url")], span)


def _urlunsplit(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    parts = args.positional[0] if args.positional else None
    if not isinstance(parts, Seq) or len(parts.items) not in (5, 6):
        return Nope("an address that is put together at run time")
    scheme, place, inner, query = (*parts.items[:3], parts.items[-2])
    start = [(scheme, "scheme"), (text_of("://", span), ""), (place, "host"), (text_of("/", span), "")]
    ends = [(inner, "path"), (text_of("?", span), ""), (query, "query")]
    return concatenated(start + ends, span)


def _urlencode(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    pairs = args.positional[0] if args.positional else None
    if not isinstance(pairs, Map):
        return Nope("a query that is put together at run time")
    parts = [[(text_of(f"&{name}=", span), ""), (value, name)] for name, value in pairs.entries.items()]
    return concatenated([piece for pair in parts for piece in pair], span) if parts else Str(())


FUNCTIONS: dict[str, Handler] = {
    "urllib.parse.urljoin": _urljoin,
    "urllib.parse.urlunsplit": _urlunsplit,
    "urllib.parse.urlunparse": _urlunsplit,
    "urllib.parse.urlencode": _urlencode,
    "os.getenv": _environment,
    "os.environ.get": _environment,
    "os.environ.setdefault": _environment,
    "builtins.open": _open,
    "io.open": _open,
    "builtins.dict": _dict,
    "collections.OrderedDict": _dict,
    "collections.ChainMap": _layered,
    "builtins.list": listed,
    "builtins.tuple": listed,
    "builtins.str": _text,
    "builtins.int": number,
    "builtins.getattr": _getattr,
    "builtins.min": extreme(min),
    "builtins.max": extreme(max),
    "builtins.zip": zipped,
    "builtins.enumerate": enumerated,
    "builtins.sorted": same_items,
    "builtins.reversed": same_items,
    "builtins.set": same_items,
    "random.choice": any_item,
    "secrets.choice": any_item,
    "functools.partial": _partial,
    "functools.partialmethod": _partial,
    "types.SimpleNamespace": _namespace,
    "json.dumps": _first,
    "json.load": _load("json"),
    "json.loads": _load("json"),
    "tomllib.load": _load("toml"),
    "tomllib.loads": _load("toml"),
    "copy.copy": _first,
    "copy.deepcopy": _first,
    "textwrap.dedent": lambda ev, args, path, span: _dedent(_first(ev, args, path, span)),
    "inspect.cleandoc": lambda ev, args, path, span: _dedent(_first(ev, args, path, span)),
    "typing.cast": _cast,
    "importlib.import_module": _module,
    "builtins.__import__": _module,
    "pathlib.Path": _path,
    "pathlib.PurePath": _path,
    "os.path.join": _path,
    "os.path.dirname": _dirname,
    "os.path.abspath": _first,
    "os.path.realpath": _first,
    "os.path.normpath": _first,
    "os.path.expanduser": _first,
    "importlib.resources.files": _package,
    "importlib_resources.files": _package,
    "importlib.resources.read_text": _resource_text,
    "pkgutil.get_data": _resource_text,
    "asyncio.to_thread": _handed,
    "dataclasses.asdict": _asdict,
    "dataclasses.replace": _replaced,
    "builtins.vars": _asdict,
    "string.Template": lambda ev, args, path, span: Rec("string.Template", args, span),
}


def _dedent(thing: Thing) -> Thing:
    """Remove common indentation; text around holes is dedented as if the holes were words."""
    if not isinstance(thing, Str):
        return thing
    mark = "\x00"
    joined_text = "".join(part.text if isinstance(part, Text) else mark for part in thing.parts)
    pieces = textwrap.dedent(joined_text).split(mark)
    holes = [part for part in thing.parts if isinstance(part, Hole)]
    spans = [part.span for part in thing.parts if isinstance(part, Text)] or [Span("", 1)]
    parts: list[Text | Hole] = []
    for index, piece in enumerate(pieces):
        if piece:
            parts.append(Text(piece, spans[min(index, len(spans) - 1)]))
        if index < len(holes):
            parts.append(holes[index])
    return Str(tuple(parts), thing.origin, thing.trail)


# methods -------------------------------------------------------------------------------------------------------


def _format(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    if not isinstance(base, Str):
        return None
    counter = iter(range(1000))

    def value(match: re.Match[str]) -> Thing | str:
        if match.group() in ("{{", "}}"):
            return match.group()[0]
        name = match.group(1).split(".")[0].split("[")[0]
        if name == "" or name.isdigit():
            index = int(name) if name else next(counter)
            return args.positional[index] if index < len(args.positional) else Nope(f"argument {index}")
        return args.named.entries.get(name, Nope(name))

    return filled(base, _FIELD, value, span)


def filled(base: Str, pattern: re.Pattern[str], value: Callable[[re.Match[str]], Thing | str], span: Span) -> Thing:
    """A text with each match of a pattern replaced by what stands there: text, or a thing's parts."""
    parts: list[Text | Hole] = []
    things: list[Thing] = [base]
    for part in base.parts:
        if isinstance(part, Hole):
            parts.append(part)
            continue
        at = 0
        for match in pattern.finditer(part.text):
            if match.start() > at:
                parts.append(Text(part.text[at : match.start()], part.span))
            found = value(match)
            if isinstance(found, str):
                parts.append(Text(found, part.span))
            else:
                things.append(found)
                parts.extend(as_parts(found, match.group().strip("{}$%()s "), part.span))
            at = match.end()
        if at < len(part.text):
            parts.append(Text(part.text[at:], part.span))
    return Str(tuple(parts), weakest(things), base.trail or (span,))


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
    parts: list[Text | Hole] = []
    for index, item in enumerate(items.items):
        if index and base.plain:
            parts.append(Text(base.plain, span))
        parts.extend(as_parts(item, "item", span))
    if items.more is not None:
        parts.append(Hole("further items", span, repeated=True))
    return Str(tuple(parts), weakest(items.items), (span,))


def _replace(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    if not isinstance(base, Str) or len(args.positional) < 2:
        return None
    old, new = args.positional[:2]
    if not isinstance(old, Str) or not old.plain:
        return base
    return filled(base, re.compile(re.escape(old.plain)), lambda match: new, span)


def _get(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    """`.get(key, default)` and `.pop(key, default)`; the default of a dict that is handed in is a function's default."""
    if isinstance(base, Choice):
        return choice([_get(ev, each, args, path, span) or Nope("get") for each in base.options])
    key, default = _argument(args, 0, "key"), _argument(args, 1, "default") or Lit(None)
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
    return choice([base.entries[text], default]) if text in base.maybe else base.entries[text]


def _popped(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    """What `pop()` takes out: of an attribute, which is seen as its methods leave it, what is out already."""
    key = _argument(args, 0, "key")
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


def _dumped(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    """`model_dump()`, `asdict()`: the fields of what is seen; whoever leaves some out leaves them to be there or not."""
    if isinstance(base, Inst):
        from costgate.read.classes import fields

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
    "model_dump": _dumped,
    "dict": _dumped,
    "model_copy": _updated_copy,
}

"""What the standard library does to the values we follow: environment, paths, strings, dicts, functools."""

from __future__ import annotations

import posixpath
import textwrap
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from costgate.model.prompt import Hole, Text
from costgate.model.value import Span
from costgate.read.loaded import example_of, loaded
from costgate.read.methods import argument, dumped
from costgate.read.paths import joined, make_path, path_of, read_text
from costgate.read.sequences import any_item, enumerated, extreme, listed, number, paired, same_items, zipped
from costgate.read.things import (
    Args,
    Choice,
    Cls,
    Inst,
    Lit,
    Map,
    Mod,
    Nope,
    Obj,
    Partial,
    Rec,
    Ref,
    Seq,
    Str,
    Thing,
    choice,
)
from costgate.read.values import (
    as_map,
    as_parts,
    concatenated,
    defaulted,
    overlaid,
    text_of,
    with_origin,
)

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

Handler = Callable[["Evaluator", Args, str, Span], Thing]



def _environment(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    name = argument(args, 0, "key")
    shown = name.plain if isinstance(name, Str) and name.plain else "of a computed name"
    default = argument(args, 1, "default")
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
    name = argument(args, 0, "name")
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
    if isinstance(name, Mod):
        return make_path(posixpath.dirname(name.path) if name.path.endswith(".py") else name.path, span)
    dotted = name.plain if isinstance(name, Str) else None
    if dotted is None:
        return Nope("the resources of a package chosen at run time")
    if dotted.endswith(".py"):
        return make_path(posixpath.dirname(dotted), span)
    found = ev.project.find(path, dotted)
    return make_path(posixpath.dirname(found[0]), span) if found else Nope(f"resources of {dotted}, outside the tree")


def _resource_text(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    folder = _package(ev, args, path, span)
    name = argument(args, 1, "resource")
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
    if isinstance(first, Rec) and first.symbol == "path" and first.args.positional:
        return first.args.positional[0]
    return first if isinstance(first, (Nope, Choice)) else Str(as_parts(first, "str()", span), trail=(span,))


def _partial(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    if not args.positional:
        return Nope("an empty partial")
    return Partial(args.positional[0], Args(args.positional[1:], args.named, args.more))


def _getattr(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    name = args.positional[1] if len(args.positional) > 1 else None
    if isinstance(name, Str) and name.instead:
        name = Choice((replace(name, instead=()), *name.instead))
    if isinstance(name, Choice) and any(isinstance(each, Str) for each in name.options):
        return choice([_getattr(ev, Args((args.positional[0], each, *args.positional[2:])), path, span) for each in name.options])
    if isinstance(name, Str) and name.plain:
        found = ev.attribute(args.positional[0], name.plain, None)
        missing = isinstance(found, Nope) or isinstance(found, Partial) and isinstance(args.positional[0], Nope)
        if len(args.positional) > 2 and isinstance(found, Ref) and not ev.catalog.knows(found.dotted):
            return with_origin(args.positional[2], "function-default")
        if not missing or len(args.positional) < 3:
            return found
        owner = args.positional[0]
        return args.positional[2] if isinstance(owner, (Inst, Cls, Mod)) else defaulted(args.positional[2], owner)
    return Nope("getattr with a name known only at run time")


def _asdict(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    first = args.positional[0] if args.positional else None
    return (dumped(ev, first, Args(), path, span) if first is not None else None) or Nope("a dict made of an object")


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
    base, rest = argument(args, 0, "base"), argument(args, 1, "url")
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

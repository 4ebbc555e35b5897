"""Objects of the standard library that statements fill one by one: parsers of a command line, readers of INI files."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from costgate.read import outline as ol
from costgate.read.loaded import loaded
from costgate.read.things import Args, Lit, Map, Nope, Rec, Str, Thing
from costgate.read.values import is_none, overlaid, with_origin

if TYPE_CHECKING:
    from costgate.model.value import Span
    from costgate.read.evaluate import Evaluator
    from costgate.read.frame import Frame

_COMMAND_LINE = ("argparse.ArgumentParser",)
_INI = ("configparser.ConfigParser", "configparser.RawConfigParser", "configparser.SafeConfigParser")
METHODS = ("add_argument", "set_defaults", "read", "read_string", "read_file")


def fills(thing: Thing) -> bool:
    """Whether statements about it matter."""
    return isinstance(thing, Rec) and thing.symbol in (*_COMMAND_LINE, *_INI, "ini")


def fill(ev: Evaluator, thing: Rec, row: list[Any], frame: Frame) -> Rec:
    """The object after one statement: `parser.add_argument("--model", default=...)`, `config.read("app.ini")`."""
    inner = replace(frame, base=row[ol.C_START], at=row[ol.C_START])
    term = frame.module.term(row[ol.C_START], row[ol.C_END])
    if term[0] != "call":
        return thing
    args = ev.arguments(term[2], inner)
    span = frame.module.span(row[ol.C_START])
    if thing.symbol in _COMMAND_LINE:
        return _argument(thing, row[ol.C_TAIL], args, span)
    first = args.positional[0] if args.positional else Nope("a file that is not followed", outside=True)
    if row[ol.C_TAIL] == "read":
        first = Rec("open", Args((first,)), span)
    table = loaded(ev, "ini", first, frame.module.path, span)
    before = thing.args.positional[0] if thing.symbol == "ini" else Map({})
    both = overlaid(before, table) if isinstance(before, Map) and isinstance(table, Map) else table
    return Rec("ini", Args((both,)), thing.span)


def _argument(parser: Rec, method: str, args: Args, span: Span) -> Rec:
    known = parser.args.named.entries
    if method == "set_defaults":
        given = {name: with_origin(each, "function-default") for name, each in args.named.entries.items()}
        return replace(parser, args=Args((), Map({**known, **given})))
    if method != "add_argument":
        return parser
    name, value = option(args, span)
    return parser if name is None else replace(parser, args=Args((), Map({**known, name: value})))


def option(args: Args, span: Span) -> tuple[str | None, Thing]:
    """The name and the default that `("-m", "--model", default="x")` gives a value of the command line."""
    words = [each.plain for each in args.positional if isinstance(each, Str) and each.plain]
    said = args.named.entries.get("dest")
    long = next((word for word in words if word.startswith("--")), None) or next(iter(words), "")
    plain = next((word for word in words if not word.startswith("-")), None)
    name = said.plain if isinstance(said, Str) else (plain or long.split("/")[0].lstrip("-").replace("-", "_"))
    default = args.named.entries.get("default")
    action, flag = args.named.entries.get("action"), args.named.entries.get("is_flag")
    if default is None and (isinstance(action, Str) and action.plain == "store_true" or isinstance(flag, Lit) and flag.value):
        default = Lit(False, trail=(span,))
    if default is None or is_none(default):
        return name or None, Nope(f"`{long or name}` of the command line", (span,), outside=True, empty=True)
    return name or None, with_origin(default, "function-default")

"""Objects of the standard library that statements fill one by one: parsers of a command line, readers of INI files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from costgate.read import outline as ol
from costgate.read.frame import Frame
from costgate.read.loaded import loaded
from costgate.read.things import Args, Func, Lit, Map, Nope, Rec, Str, Thing, choice
from costgate.read.values import is_none, overlaid, with_origin

if TYPE_CHECKING:
    from costgate.model.value import Span
    from costgate.read.evaluate import Evaluator
    from costgate.read.modules import Module
    from costgate.read.python import Term

_COMMAND_LINE = ("argparse.ArgumentParser",)
_INI = ("configparser.ConfigParser", "configparser.RawConfigParser", "configparser.SafeConfigParser")
METHODS = ("add_argument", "set_defaults", "read", "read_string", "read_file")
_PARTS = ("add_argument_group", "add_mutually_exclusive_group", "add_subparsers", "add_parser")
MAX_GIVEN = 400
"""How far into a call's arguments an object is looked for that a function is given."""
_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?=\s*[,)])")


def fills(thing: Thing) -> bool:
    """Whether statements about it matter."""
    return isinstance(thing, Rec) and thing.symbol in (*_COMMAND_LINE, *_INI, "ini")


def statements(module: Module, scope: int, name: str, thing: Rec) -> Iterator[list[Any]]:
    """The calls of a scope that fill an object: on itself or one of its parts, or of a function that is given one."""
    names = {name, *_parts(module, scope, name)} if thing.symbol in _COMMAND_LINE else {name}
    for row in module.calls.get(scope, ()):
        owner, _, method = row[ol.C_CALLEE].rpartition(".")
        inside = row[ol.C_FUNCTION_END], min(row[ol.C_END], row[ol.C_FUNCTION_END] + MAX_GIVEN)
        if method in METHODS if owner in names else method not in _PARTS and names & {*_WORD.findall(module.text(*inside))}:
            yield row


def _parts(module: Module, scope: int, name: str) -> Iterator[str]:
    """The groups and the parsers of commands that a parser is asked for: `group = parser.add_argument_group()`."""
    found = {name}
    rows = (row for row in module.facts["bindings"] if row[ol.B_SCOPE] == scope and row[ol.B_KIND] == "=")
    for row in rows:
        owner, _, method = module.text(row[ol.B_START], row[ol.B_END]).partition("(")[0].strip().rpartition(".")
        if owner in found and method in _PARTS:
            found.add(row[ol.B_TARGET])
            yield row[ol.B_TARGET]


def fill(ev: Evaluator, thing: Rec, row: list[Any], frame: Frame) -> Rec:
    """The object after one statement: `parser.add_argument("--model", default=...)`, `config.read("app.ini")`."""
    inner = frame._replace(base=row[ol.C_START], at=row[ol.C_START])
    term = frame.module.term(row[ol.C_START], row[ol.C_END])
    if term[0] != "call":
        return thing
    if row[ol.C_TAIL] not in METHODS:
        return _handed(ev, thing, term, inner)
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


def _handed(ev: Evaluator, thing: Rec, term: Term, frame: Frame) -> Rec:
    """The object after a function of the tree was given it, or a part of it: `add_model_options(parser)`."""
    from costgate.read.mutate import mutated

    function = ev.term(term[1], frame)
    if not isinstance(function, Func) or function.bound is not None:
        return thing
    module = ev.project.module(function.path)
    params = module.scope(function.scope)[ol.S_PARAMS] if module is not None else ()
    for at, (keyword, given) in enumerate(term[2]):
        name = keyword or (params[at][ol.P_NAME] if at < len(params) else "")
        mark = (function.path, function.scope, -1, f"{name} is filled")
        if module is None or given[0] != "name" or name not in {each[ol.P_NAME] for each in params}:
            continue
        with ev.once(mark) as fresh:
            if not fresh:
                continue
            env = {(function.path, function.scope): ev.bound(function, ev.arguments(term[2], frame))}
            after = mutated(ev, name, thing, None, Frame(module, function.scope, None, env))
        thing = after if isinstance(after, Rec) else thing
    return thing


def _argument(parser: Rec, method: str, args: Args, span: Span) -> Rec:
    """The parser with one more option. One that two commands have holds what either says."""
    known = parser.args.named.entries
    if method == "set_defaults":
        given = {name: with_origin(each, "function-default") for name, each in args.named.entries.items()}
        return replace(parser, args=Args((), Map({**known, **given})))
    if method != "add_argument":
        return parser
    name, value = option(args, span)
    if name is None:
        return parser
    value = choice([known[name], value]) if name in known else value
    return replace(parser, args=Args((), Map({**known, name: value})))


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

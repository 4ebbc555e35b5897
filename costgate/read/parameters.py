"""What a parameter of a function holds: what a caller binds, else its default, else that the caller decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from costgate.knowledge.values import value_functions
from costgate.read import outline as ol
from costgate.read.builders import handed_in
from costgate.read.filled import option
from costgate.read.frame import Frame
from costgate.read.python import Term
from costgate.read.things import Args, Cls, Func, Inst, Later, Map, Nope, Obj, Rec, Seq, Thing, choice, seen
from costgate.read.values import closed, is_none, last_name, with_origin

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator
    from costgate.read.modules import Module


def parameter(ev: Evaluator, name: str, frame: Frame) -> Thing | None:
    """A parameter of the scope of a frame. None: it has no such parameter."""
    module, scope = frame.module, frame.scope
    row = module.scope(scope)
    for index, param in enumerate(row[ol.S_PARAMS]):
        if param[ol.P_NAME] != name:
            continue
        given = frame.env.get((module.path, scope), {})
        ev.needs(frame.env, (module.path, scope), name)
        if name in given:
            return seen(given[name])
        owner = module.lookup_class(scope)
        if index == 0 and owner is not None and not _static(module, scope):
            cls = Cls(module.path, owner)
            return cls if name == "cls" or row[ol.S_NAME] == "__new__" else Inst(cls)
        ev.asked.add((module.path, scope, name))
        return _unset(ev, param, frame)
    return None


def _static(module: Module, scope: int) -> bool:
    return any(module.text(*each).strip() == "staticmethod" for each in module.scope(scope)[ol.S_DECORATORS])


def _unset(ev: Evaluator, param: list[Any], frame: Frame) -> Thing:
    """A parameter that nobody binds: its default, which a caller may replace, or what its annotation promises."""
    function = frame.module.qualified(frame.scope) or "a lambda"
    place = frame.module.span(frame.module.scope(frame.scope)[ol.S_START])
    if param[ol.P_KIND] == "**":
        return Map({}, more=f"`**{param[ol.P_NAME]}` of `{function}` is the caller's")
    if param[ol.P_KIND] == "*":
        return Seq((), more=f"`*{param[ol.P_NAME]}` of `{function}` is the caller's")
    outside = frame._replace(scope=frame.module.scope(frame.scope)[ol.S_PARENT], at=None)
    note = param[ol.P_ANNOTATION]
    if param[ol.P_DEFAULT] is not None:
        value = ev.slice(outside, *param[ol.P_DEFAULT])
        promised = ev.annotated(note, outside) if is_none(value) else None
        return promised or _defaulted(ev, value, outside)
    option = _optioned(ev, frame, param[ol.P_NAME])
    if option is not None:
        return option
    promised = ev.annotated(note, frame._replace(at=None))
    if promised is not None:
        return promised
    given = handed_in(ev, frame.module, frame.scope, param[ol.P_NAME]) if note is None else None
    if given is not None:
        return given
    empty = note is not None and _optional(frame.module.term(*note))
    why = f"parameter `{param[ol.P_NAME]}` of `{function}`: the caller decides"
    return Nope(why, (place,), outside=True, empty=empty)


def _optioned(ev: Evaluator, frame: Frame, name: str) -> Thing | None:
    """What a decorator of a command line gives a parameter: `@option("--model", default="x")`."""
    module = frame.module
    for start, end in module.scope(frame.scope)[ol.S_DECORATORS]:
        if name.replace("_", "-") not in module.text(start, end).replace("_", "-"):
            continue
        made = ev.slice(Frame(module, module.scope(frame.scope)[ol.S_PARENT], start, {}, start), start, end)
        if isinstance(made, Rec) and value_functions().get(made.symbol) == "option":
            own, value = option(made.args, module.span(start))
            if own == name:
                return value
    return None


def _optional(term: Term) -> bool:
    if term[0] == "op" and term[1] == "|":
        return any(each == ["const", None] for each in term[2])
    return term[0] == "item" and term[1][0] in ("name", "attr") and last_name(term[1]) == "Optional"


def _defaulted(ev: Evaluator, value: Thing, frame: Frame) -> Thing:
    """A default of Depends(factory) is what the factory makes; a literal is a function's default."""
    if isinstance(value, Rec) and value.symbol.endswith(".Depends") and value.args.positional:
        return ev.call(value.args.positional[0], Args(), frame.module.path, None)
    if isinstance(value, Rec) and value_functions().get(value.symbol) == "default":
        first = value.args.positional[0] if value.args.positional else value.args.named.entries.get("default")
        required = first is None or isinstance(first, Nope) and not first.outside
        value = Nope("it is required of the user", outside=True) if required or first is None else first
    return with_origin(choice(ev.catalog.unsaid([value])), "function-default")


def bound(ev: Evaluator, function: Func, args: Args) -> dict[str, Thing]:
    """The parameters of a function as one call binds them; those it does not pass hold their defaults for certain."""
    module = ev.project.module(function.path)
    assert module is not None
    params = module.scope(function.scope)[ol.S_PARAMS]
    positional = ((function.bound,) if function.bound is not None else ()) + args.positional
    frame = Frame(module, function.scope, None)
    result: dict[str, Thing] = {}
    rest = dict(args.named.entries)
    index = 0
    for param in params:
        name, kind = param[ol.P_NAME], param[ol.P_KIND]
        if kind == "*":
            result[name] = _rest(positional[index:], args.more)
            index = len(positional)
        elif kind == "**":
            result[name] = _kept(dict(rest), args.named.maybe.intersection(rest), args.named.more)
        elif kind == "" and index < len(positional):
            result[name] = positional[index]
            index += 1
        elif name in rest:
            value = rest.pop(name)
            default = _certain(ev, param, frame) if name in args.named.maybe else None
            result[name] = value if default is None else choice([seen(value), default])
        elif args.named.more or (args.more and kind == ""):
            result[name] = _perhaps(ev, param, frame, args.named.more or args.more or "")
        else:
            result[name] = _certain(ev, param, frame)
    return result


def _rest(given: tuple[Thing, ...], more: str | None) -> Thing:
    if any(isinstance(each, Later) for each in given):
        return Later(lambda: Seq(tuple(seen(each) for each in given), more))
    return Seq(given, more)


def _kept(given: dict[str, Thing], maybe: frozenset[str], more: str | None) -> Thing:
    if any(isinstance(each, Later) for each in given.values()):
        return Later(lambda: Map({name: seen(each) for name, each in given.items()}, maybe, more))
    return Map(given, maybe, more)


def _perhaps(ev: Evaluator, param: list[Any], frame: Frame, more: str) -> Thing:
    """A parameter that may be among what is not seen of a call: unknown, but of the kind that its default or annotation says."""
    default = param[ol.P_DEFAULT] is not None
    told = _unset(ev, param, frame) if default or param[ol.P_ANNOTATION] is not None else None
    kinds = (Cls, Func, Inst) if default else (Obj,)
    return told if isinstance(told, kinds) else Nope(more, outside=True, empty=True)


def _certain(ev: Evaluator, param: list[Any], frame: Frame) -> Thing:
    """The default of a parameter that a call is seen not to pass: the same for every such call."""
    key = ("default", frame.module.path, frame.scope, param[ol.P_NAME])
    return ev.remembered(key, (), lambda: closed(_unset(ev, param, frame)))

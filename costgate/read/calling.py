"""What a call gives back: functions, classes and lambdas of the tree, SDK objects, the standard library."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from typing import TYPE_CHECKING

from costgate.knowledge.values import value_functions
from costgate.model.value import Span
from costgate.read import outline as ol
from costgate.read.conditions import taken
from costgate.read.constructed import foreign_args, foreign_base
from costgate.read.dictlike import FIELDS, as_dict, of_fields
from costgate.read.enums import by_value, is_enum
from costgate.read.filling import of_template
from costgate.read.frame import Frame
from costgate.read.library import FUNCTIONS
from costgate.read.loaded import loaded
from costgate.read.methods import METHODS
from costgate.read.parsed import parsed, parses
from costgate.read.promptfiles import FILLS, filled, folder_of, opened
from costgate.read.repeats import library_layer
from costgate.read.templating import WORDS as TEMPLATES
from costgate.read.things import (
    Args,
    Choice,
    Cls,
    Env,
    Func,
    Inst,
    Layer,
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
    fingerprint,
)
from costgate.read.values import from_outside, is_none, merge, reason

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator
    from costgate.read.modules import Module

MAX_CALLS = 8


def call(ev: Evaluator, function: Thing, args: Args, path: str, span: Span | None) -> Thing:
    """What calling something gives back. `path` is the file of the call, `span` its place where that is known."""
    if isinstance(function, Choice):
        found = [call(ev, each, args, path, span) for each in function.options if not is_none(each)]
        return choice(found) if found else Nope("nothing is called")
    if isinstance(function, Partial):
        target = function.target
        if isinstance(target, Ref) and target.dotted.startswith("."):
            return _method(ev, function.args.positional[0], target.dotted[1:], args, path, span)
        return call(ev, target, merge(function.args, args), path, span)
    if isinstance(function, Func):
        return _function(ev, function, args)
    if isinstance(function, Cls):
        return _construct(ev, function, args, path, span)
    if isinstance(function, Obj):
        return _of_object(ev, function, args, path, span or Span(path, 1))
    if isinstance(function, Inst):
        method = ev.attribute(function, "__call__", None)
        return method if isinstance(method, Nope) else call(ev, method, args, path, span)
    if isinstance(function, Rec) and function.symbol == "collections.namedtuple":
        return _named_tuple(function.args, args, span or Span(path, 1))
    if isinstance(function, Rec) and function.symbol == FIELDS:
        return of_fields(function.args, args, span or Span(path, 1))
    if isinstance(function, Rec) and repeats(ev, function) and args.positional:
        return _repeated(ev, function, args.positional[0])
    if isinstance(function, Ref):
        return _foreign(ev, function.dotted, args, path, span or Span(path, 1))
    return Nope(f"a call of {reason(function, 'something')} is not followed", outside=from_outside(function))


def _of_object(ev: Evaluator, function: Obj, args: Args, path: str, span: Span) -> Thing:
    for made in ev.catalog.objects[function.kind]["makes"].get(function.path, ()):
        if "folder" in made and (functions := folder_of(ev, made, args, path, span)) is not None:
            return functions
        args = opened(ev, made, args, path, span)
        if not ev.catalog.fits(made, args):
            return Nope(f"what `.{function.path}()` is given is not followed")
    return ev.catalog.called(function, args, span)


def repeats(ev: Evaluator, thing: Thing) -> bool:
    """Whether it is what a retry library makes of its settings: a decorator."""
    return isinstance(thing, Rec) and "decorator" in ev.catalog.layers.get(thing.symbol, {}).get("form", ())


def _repeated(ev: Evaluator, decorator: Rec, given: Thing) -> Thing:
    """`retry(stop=...)(client.create)`: the same method, with a layer more."""

    if not isinstance(given, Obj):
        return given
    found = library_layer(ev, decorator.symbol, decorator.args, decorator.span)
    if found is None:
        return given
    counts = "unbounded" if found.unbounded else "attempts" if found.attempts is not None else "unknown"
    attempts = None if found.attempts is None else Lit(found.attempts)
    return replace(given, layers=(*given.layers, Layer(found.what, attempts, counts, decorator.span)))


def _named_tuple(maker: Args, args: Args, span: Span) -> Thing:
    names = maker.positional[1] if len(maker.positional) > 1 else None
    if isinstance(names, Str) and names.plain is not None:
        fields = names.plain.replace(",", " ").split()
    elif isinstance(names, Seq) and names.more is None:
        fields = [each.plain or "" for each in names.items if isinstance(each, Str)]
    else:
        return Nope("a named tuple whose fields are not seen")
    given = dict(zip(fields, args.positional, strict=False))
    return Rec("namespace", Args((), Map({**given, **args.named.entries}, args.named.maybe, args.named.more), args.more), span)


def _foreign(ev: Evaluator, dotted: str, args: Args, path: str, span: Span) -> Thing:

    handler = FUNCTIONS.get(dotted)
    if handler is not None:
        return handler(ev, args, path, span)
    entry = ev.catalog.entry(dotted, args)
    if entry is not None and entry["what"] == "folder":
        return folder_of(ev, entry, args, path, span) or Rec(dotted, args, span)
    args = args if entry is None else opened(ev, entry, args, path, span)
    made = ev.catalog.make(dotted, args, span)
    if made is not None:
        return made
    word = value_functions().get(dotted)
    if word in ("yaml", "json", "toml") and args.positional:
        return loaded(ev, word, args.positional[0], path, span)
    if word in TEMPLATES or word == FIELDS:
        return Rec(word, args, span)
    if word == FILLS:
        return filled(args)
    if word == "environment":
        return FUNCTIONS["os.getenv"](ev, args, path, span)
    passed = ev.catalog.passed(dotted, args)
    return passed if passed is not None else Rec(dotted, args, span)


def _method(ev: Evaluator, base: Thing, name: str, args: Args, path: str, span: Span | None) -> Thing:

    if isinstance(base, Cls) and parses(name):
        return parsed(ev, base, name, args, path, span or Span(path, 1))
    handler = METHODS.get(name)
    found = handler(ev, base, args, path, span or Span(path, 1)) if handler is not None else None
    found = of_template(ev, base, name, args) if found is None else found
    if found is not None:
        return found
    if isinstance(base, Nope):
        return base
    return Nope(f"the result of `.{name}()` is not followed", outside=from_outside(base))


def _construct(ev: Evaluator, cls: Cls, args: Args, path: str, span: Span | None) -> Thing:

    if is_enum(ev, cls):
        found = by_value(ev, cls, args)
        if found is not None:
            return found
    base = foreign_base(ev, cls)
    if base is not None:
        made = ev.catalog.make(base, foreign_args(ev, Inst(cls, args), base), span or Span(path, 1))
        if isinstance(made, Obj):
            return made
    made = Inst(cls, args)
    return as_dict(ev, made, path, span or Span(path, 1)) or made


def _function(ev: Evaluator, function: Func, args: Args) -> Thing:
    module = ev.project.module(function.path)
    mark = (function.path, function.scope)
    if module is None:
        return Nope(f"{function.path} could not be read")
    if mark in ev.active or len(ev.active) > MAX_CALLS:
        ev.cut_short(mark if mark in ev.active else "calls")
        return Nope("the call goes too deep to follow")
    held: list[object] = []
    key = (mark, ev.number(function.bound), fingerprint(args, held), _same(function.env, held))
    return ev.remembered(key, tuple(held), lambda: _entered(ev, module, function, args))


def _entered(ev: Evaluator, module: Module, function: Func, args: Args) -> Thing:
    mark = (function.path, function.scope)
    env = {**(function.env or {}), mark: ev.bound(function, args)}
    ev.active.append(mark)
    try:
        return _returned(ev, module, function.scope, env)
    finally:
        ev.active.pop()
        ev.closed(mark)


def _same(env: Env | None, held: list[object]) -> Hashable:
    if not env:
        return None
    bound = ((mark, tuple((name, fingerprint(each, held, 1)) for name, each in own.items())) for mark, own in env.items())
    return tuple(bound)


def _returned(ev: Evaluator, module: Module, scope: int, env: Env) -> Thing:

    row = module.scope(scope)
    if row[ol.S_KIND] == "lambda":
        block = module.facts["blocks"][row[ol.S_BLOCK]]
        frame = Frame(module, scope, block[ol.K_START], env)
        return ev.slice(frame, block[ol.K_START], block[ol.K_END])
    found = []
    for jump in module.jumps.get(scope, ()):
        if jump[ol.J_KIND] not in ("return", "yield"):
            continue
        frame = Frame(module, scope, jump[ol.J_START], env)
        sure = taken(ev, frame, jump[ol.J_BLOCK])
        if sure is False:
            continue
        bare = jump[ol.J_START] == jump[ol.J_END]
        found.append(Lit(None) if bare else ev.slice(frame, jump[ol.J_START], jump[ol.J_END]))
        if sure and jump[ol.J_KIND] == "return":
            break
    made = choice(found) if found else Lit(None)
    return _promised(ev, made, module, scope) if isinstance(made, Nope) else made


def _promised(ev: Evaluator, made: Thing, module: Module, scope: int) -> Thing:
    """Where the body is not followed, the return annotation still says what comes out."""
    note = module.scope(scope)[ol.S_RETURNS]
    frame = Frame(module, module.scope(scope)[ol.S_PARENT], None)
    return ev.annotated(note, frame) or made

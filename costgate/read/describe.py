"""Everything that is known of a call site: in its body, or seen from one of its callers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from costgate.knowledge.providers import has_custom_hosts, provider_of_url, split_model
from costgate.model.call import ROLES, CallSite, Context, Loop, RetryLayer, Run
from costgate.model.finding import Gap
from costgate.model.value import ABSENT, Absent, Known, Span, Unknown, Value
from costgate.read import outline as ol
from costgate.read.arguments import Roles, joined
from costgate.read.constructed import foreign_args
from costgate.read.ending import ended, gets_out
from costgate.read.evaluate import Evaluator
from costgate.read.frame import Frame
from costgate.read.handed import decorated_tool, tool_functions
from costgate.read.ignored import ignored_roles
from costgate.read.keeping import caching_of
from costgate.read.lending import objects_in
from costgate.read.loops import decorator_layers, handed_layers, loops_and_retries
from costgate.read.modules import Module, is_test
from costgate.read.passed import MAPS, arguments_of, rounds
from costgate.read.pictures import asked_as
from costgate.read.promptfiles import opened
from costgate.read.python import Term
from costgate.read.repeats import one_of_layers, product, sdk_layers
from costgate.read.request import frames, sent
from costgate.read.retrieval import passages
from costgate.read.runs import expanded, requests_of, runs_in, unseen
from costgate.read.segments import one_of, prompt_of
from costgate.read.shown import shown
from costgate.read.sites import Found
from costgate.read.spares import spare_models
from costgate.read.streams import stream_closed
from costgate.read.things import Args, Env, Func, Inst, Nope, Obj, Seq, Thing, choice, options_of
from costgate.read.values import merge

NOWHERE = Span("", 1)


def describe(ev: Evaluator, found: Found, env: Env, *, callers: Sequence[tuple[Module, list[Any]]] = ()) -> CallSite:
    """One entry of `calls[]`: the site in its body, or seen from the last of its callers, which bind parameters (`env`)."""
    module, row = found.module, found.row
    args = _arguments(ev, found, env)
    targets: list[Obj | None] = [*_rebound(ev, found, env)] if env and found.target is not None else []
    target, *others = targets or [found.target, *found.others]
    spares = _spares(ev, target)
    holders = [target, *others]
    target, *others = expanded(holders)
    others = [*others, *spares]
    roles = Roles(ev.catalog, found.spec, args, target)
    alike = [Roles(ev.catalog, spec, args, each) for each in others if each and (spec := ev.catalog.call_spec(each))]
    requests, further = requests_of(holders, (roles, *alike), found.spec)
    asked = [product(sdk_layers(each, NOWHERE, _maker(each))) for each in (roles, *alike)] if spares else []
    for role in list(dict.fromkeys(name for each in (roles, *alike) for name in each.values)) if alike else ():
        roles.values[role] = joined([each.values.get(role, ABSENT) for each in (roles, *alike)])
    where, at_row = callers[-1] if callers else (module, row)
    span = where.span(at_row[ol.C_START], at_row[ol.C_END])
    loops, retries = _handing(ev, found, env)
    for inner, inner_row, inside in frames(ev, found.request, env) if found.request is not None else ():
        more_loops, more_retries = loops_and_retries(ev, inside, inner_row[ol.C_START])
        loops += more_loops
        retries += more_retries + decorator_layers(ev, inner, inner_row[ol.C_SCOPE])
    leaves = False
    for each, its_row in ((module, row), *callers):
        frame = Frame(each, its_row[ol.C_SCOPE], its_row[ol.C_START], env, its_row[ol.C_START])
        more_loops, more_retries = loops_and_retries(ev, frame, its_row[ol.C_START])
        loops = (ended(more_loops) if leaves else more_loops) + loops
        leaves = leaves or gets_out(each, its_row[ol.C_SCOPE])
        retries = decorator_layers(ev, each, its_row[ol.C_SCOPE]) + more_retries + retries
    billable = found.kind not in ("model-object", "agent")
    values = {role: value for role, value in roles.values.items() if role in ROLES}
    provider = _said_provider(roles) or _provider(found, target, values, roles.provider)
    own = sdk_layers(roles, span, provider)
    if spares:
        retries += [*own, _falling_back(asked, len(spares) + 1, span)]
    else:
        retries += one_of_layers([own, *(sdk_layers(each, span, _maker_of(found, each)) for each in alike)])
        provider = provider if all(_maker_of(found, each) == provider for each in alike) else None
    if "model" in values:
        values["model"] = _named(values["model"], found, target)
    unsaid = isinstance(values.get("output_limit", ABSENT), Absent) and not isinstance(values.get("model"), Known)
    if unsaid and found.spec.get("by_model"):
        values["output_limit"] = Unknown("the model decides what comes back, and is not known")
    many = roles.each() if found.spec.get("fan_out") else None
    loops += [Loop("fan-out", len(many.items) if isinstance(many, Seq) and many.more is None else None, span)] if many else []
    element = _one_of(many) if found.spec.get("fan_out") is True else None
    prompt = prompt_of(roles, span, ev, element) if billable or found.kind == "agent" else None
    runs: tuple[Run, ...] = ()
    if requests is not None:
        prompts = [prompt, *(prompt_of(other, span, ev) for other in alike)]
        prompt, runs = one_of(prompts), tuple(runs_in(holders, (roles, *alike), prompts, found.spec)) if billable else ()
    function = where.qualified(at_row[ol.C_SCOPE])
    sdk = str(found.spec.get("sdk") or (target.sdk if target is not None else ""))
    around = ((module, row), *callers) if found.kind not in ("model-object", "agent", "embedding") else ()
    context = Context(
        function,
        bool(where.scope(at_row[ol.C_SCOPE])[ol.S_ASYNC]),
        is_test(where.path),
        tuple(each for each in loops if billable or each.kind != "recursion"),
        None if callers or found.request is not None else stream_closed(module, row),
    )
    return CallSite(
        key=f"{where.path}::{function}::{sdk}:{_path(found)}",
        span=span,
        kind=found.kind,
        sdk=sdk,
        callee=shown(where.text(at_row[ol.C_START], at_row[ol.C_FUNCTION_END]) if callers else _callee(found)),
        provider=provider,
        args=values,
        prompt=prompt,
        retries=tuple(retries),
        context=context,
        roles=frozenset(role for role in {*found.spec["args"], *(target.made["args"] if target else {})} if role in ROLES),
        gaps=(*_gaps(values, span), *(() if requests is None else unseen(requests, further, (roles, *alike), span))),
        releases=roles.releases,
        fallbacks=spare_models(roles.slots["fallback"].thing) if "fallback" in roles.slots else (),
        passages=next((n for each in around if (n := passages(ev, each[0], each[1][ol.C_SCOPE], env)) is not None), None),
        tool_functions=(
            *(name for each in (roles, *alike) if "tools" in each.slots for name in tool_functions(ev, each.slots["tools"].thing)),
            *(decorated_tool(ev, where, at_row[ol.C_SCOPE]) if found.kind == "agent-run" else ()),
        ),
        asked_as=asked_as(args) if found.kind == "image" else {},
        caching=caching_of(roles),
        ignored=() if callers else ignored_roles(module, row, roles),
        requests=requests if billable else None,
        runs=runs,
        **_spelled(found, bool(callers), provider),
    )


def _spares(ev: Evaluator, target: Obj | None) -> list[Obj]:
    """The objects that take the call when the first one fails."""
    slot = target.settings.get("fallback") if target is not None else None
    if slot is None or target is None:
        return []
    objects = [each.at(target.path) for each in objects_in(slot.thing)]
    return [each for each in objects if ev.catalog.call_spec(each) is not None]


def _maker(roles: Roles) -> str | None:
    made = roles.target.made if roles.target is not None else {}
    provider = roles.spec.get("provider") or made.get("provider") or roles.provider
    return str(provider) if provider else None


def _maker_of(found: Found, roles: Roles) -> str | None:
    """Who answers where another of a few objects takes the call."""
    return _said_provider(roles) or _provider(found, roles.target, roles.values, roles.provider)


def _falling_back(requests: Sequence[int | None], objects: int, span: Span) -> RetryLayer:
    """Falling back as a layer: it multiplies evenly where every object makes as many requests."""
    even = len(set(requests)) == 1 and requests[0] is not None and len(requests) == objects
    return RetryLayer("fallback", len(requests) if even else None, False if even else None, span)


def _one_of(many: Thing | None) -> Thing | None:
    """What one request of those for many sends."""
    if not isinstance(many, Seq):
        return None if many is None else Nope("one of many", outside=True)
    return choice([*many.items, *([Nope("further ones", outside=True)] if many.more else [])])


def _spelled(found: Found, called: bool, provider: str | None) -> dict[str, Any]:
    """How roles are written in the call, where all of its arguments stand in it."""
    if called or found.request is not None or found.handed >= 0 or found.cls is not None or found.given != Args():
        return {}
    spec = found.spec
    plain = {
        role: tuple(each for each in keywords if not {"*"} & set(each) and each not in {**spec.get("units", {}), **spec.get("counts", {})})
        for role, keywords in spec["args"].items()
    }
    other = spec.get("elsewhere")
    for role, keyword in other["args"].items() if other and provider not in other["own"] else ():
        plain[role] = (keyword, *plain[role]) if provider is not None else ()  # whoever answers may not know the first word
    keywords = {role: names for role, names in plain.items() if names and role in ROLES}
    return {"keywords": keywords, "positional": tuple(spec.get("positional", ())), "writes": spec.get("writes", {})}


def _handing(ev: Evaluator, found: Found, env: Env) -> tuple[list[Loop], list[RetryLayer]]:
    """What repeats a method that is handed over: a map over many, a function of the tree that retries it."""
    if found.handed < 0:
        return [], []
    module, row = found.module, found.row
    frame = Frame(module, row[ol.C_SCOPE], row[ol.C_START], env, row[ol.C_START])
    if row[ol.C_TAIL] in MAPS:
        return [Loop("fan-out", rounds(ev, module, row, env), module.span(row[ol.C_START]))], []
    taker = ev.slice(frame, row[ol.C_START], row[ol.C_FUNCTION_END])
    return [], handed_layers(ev, taker) if isinstance(taker, Func) else []


def _arguments(ev: Evaluator, found: Found, env: Env) -> Args:
    if found.request is not None:
        return sent(ev, found.request, env)
    args = merge(found.given, arguments_of(ev, found.module, found.row, env, found.handed))
    args = opened(ev, found.spec, args, found.module.path, found.module.span(found.row[ol.C_START], found.row[ol.C_END]))
    if found.cls is None:
        return args

    return foreign_args(ev, Inst(found.cls, args), found.symbol)


def objects_behind(ev: Evaluator, found: Found) -> set[tuple[str, int | None, int, int]]:
    """Where the objects were built that a call is made through, or is given."""
    args = _arguments(ev, found, {})
    things: list[Thing] = [*args.positional, *args.named.entries.values()]
    for target in (found.target, *found.others) if found.target is not None else ():
        things += [target, *(slot.thing for slot in target.settings.values())]
    objects = [each for thing in things for each in objects_in(thing) if each.span.path]
    return {(each.span.path, each.span.cell, each.span.line, each.span.column) for each in objects}


def _rebound(ev: Evaluator, found: Found, env: Env) -> list[Obj]:
    """The objects that take the call, as a caller binds them."""
    row = found.row
    frame = Frame(found.module, row[ol.C_SCOPE], row[ol.C_START], env, row[ol.C_START])
    thing = ev.slice(frame, row[ol.C_START], row[ol.C_FUNCTION_END])
    return [each for each in options_of(thing) if isinstance(each, Obj) and ev.catalog.call_spec(each)]


def _callee(found: Found) -> str:
    return found.module.text(found.row[ol.C_START], found.row[ol.C_FUNCTION_END])


def _path(found: Found) -> str:
    return found.target.path if found.target is not None else found.symbol.rpartition(".")[2]


def _named(value: Value, found: Found, target: Obj | None) -> Value:
    """The model's own name where the SDK spells provider and model in one."""
    made = target.made if target is not None else {}
    spelled = str(found.spec.get("model_format") or made.get("model_format") or "plain")
    if not isinstance(value, Known) or spelled in ("plain", "deployment"):
        return value
    own = found.spec.get("provider") or made.get("provider")
    names = tuple(split_model(each, spelled, own)[1] if isinstance(each, str) else each for each in value.values)
    return replace(value, values=tuple(dict.fromkeys(names)))


def _said_provider(roles: Roles) -> str | None:
    """The provider that an argument of its own names."""
    said = roles.values.get("provider")
    names = said.values if isinstance(said, Known) else ()
    return names[0] if len(names) == 1 and isinstance(names[0], str) else None


def _provider(found: Found, target: Obj | None, values: Mapping[str, Any], lent: str | None) -> str | None:
    """Who answers: the endpoint decides, then the model's own spelling, then the client."""
    made = target.made if target is not None else {}
    own = found.spec.get("provider") or made.get("provider") or lent
    url = values.get("base_url")
    if isinstance(url, Known):
        at_home = own if has_custom_hosts(own) else None
        told = {(provider_of_url(each) or at_home) if isinstance(each, str) else own for each in url.values}
        return told.pop() if len(told) == 1 else None
    if isinstance(url, Unknown) and not has_custom_hosts(own):
        return None
    spelled = str(found.spec.get("model_format") or made.get("model_format") or "plain")
    model = values.get("model")
    if isinstance(model, Known) and spelled != "deployment":
        names = [each for each in model.values if isinstance(each, str)]
        providers = {split_model(name, spelled, own)[0] for name in names}
        return providers.pop() if len(providers) == 1 else own
    return own


def _gaps(values: Mapping[str, Any], span: Span) -> Iterator[Gap]:
    limit = values.get("output_limit")
    if isinstance(limit, Unknown):
        yield Gap("output_limit", limit.why, span)


def digest(found: Found) -> str:
    """A digest of the call as written, free of formatting and comments: tells twins in one function apart."""
    return digest_of(found.module, found.row)


def digest_of(module: Module, row: list[Any]) -> str:
    """The same of any call."""
    term = module.term(row[ol.C_START], row[ol.C_END])
    return hashlib.sha256(json.dumps(_bare(term)).encode()).hexdigest()[:8]


def _bare(term: Term) -> Any:
    if not isinstance(term, list):
        return term
    if term and term[0] in ("str", "num", "fstr", "call") and isinstance(term[-1], int):
        term = term[:-1]
    if term[:1] == ["num"] and not term[1].isdecimal():
        return ["num", repr(float(term[1]))]
    if term[:2] == ["op", "+"] and all(part[0] == "str" for part in term[2]):  # neighbours are one literal
        return ["str", "".join(part[1] for part in term[2])]
    return [_bare(each) for each in term]

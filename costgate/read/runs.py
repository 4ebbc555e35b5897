"""What one call of an object runs, where it runs an agent for each element of a list: the tasks of a crew, say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from costgate.model.call import Run
from costgate.model.finding import Gap
from costgate.model.money import Range
from costgate.model.prompt import Prompt
from costgate.model.value import Known, Span, Unknown
from costgate.read.catalog import Catalog
from costgate.read.given import dig, given
from costgate.read.lending import lend, unlent
from costgate.read.segments import one_of
from costgate.read.things import (
    Args,
    Lit,
    Map,
    Nope,
    Obj,
    Rec,
    Ref,
    Runs,
    Seq,
    Slot,
    Step,
    Str,
    Thing,
    falsy,
    options_of,
)
from costgate.read.values import is_none, reason

if TYPE_CHECKING:
    from costgate.read.arguments import Roles

Spec = Mapping[str, Any]


def runs_of(catalog: Catalog, plain: Obj) -> Runs:
    """What a call of the object runs. `plain`: the object as built, without what its agents lend it; no rows: not seen."""
    spec, named = plain.made["runs"], plain.named or Map({})
    if "each" not in spec:
        return _taking_turns(spec, named)
    listed = dig(named, spec["each"].split("."))
    lists = [each for each in options_of(listed) if isinstance(each, Seq)] if listed is not None else []
    if not any(each.items for each in lists) or len(lists) < len(options_of(listed or Lit(None))):
        why = named.more if listed is None else reason(listed, "not followed") if not isinstance(listed, Seq) else listed.more
        return Runs((), f"`{spec['each']}`: {why or 'none are seen'}")
    managed = _managed(spec, named)
    rows = [tuple(_steps(catalog, plain, spec, named, each, by_manager=each_way)) for each in lists for each_way in managed]
    return Runs(tuple(rows), _further(spec, named, lists, managed))


def _taking_turns(spec: Spec, named: Map) -> Runs:
    """A team of agents of whom one runs at each turn, or one agent that may ask more than its limit says."""
    keyword = _said(spec.get("further", {}), {"object": [named]})
    further = None if keyword is None else f"`{keyword}` may lead to further requests"
    if "turn" not in spec:
        return Runs((), further)
    listed = dig(named, spec["turn"].split(".")) or Nope(named.more or "none are seen")
    if not isinstance(listed, Seq) or listed.more:
        return Runs((), f"`{spec['turn']}`: {listed.more if isinstance(listed, Seq) else reason(listed, 'not followed')}", ())
    members = [each for item in listed.items for each in options_of(item)]
    idle = spec.get("idle", ())
    return Runs((), further, tuple(each for each in members if not (isinstance(each, Rec) and each.symbol in idle)))


def expanded(targets: Iterable[Obj | None]) -> list[Obj | None]:
    """The objects that take a call, with those that run one after the other in place of what runs them."""
    found: list[Obj | None] = []
    for target in targets:
        steps = [step for row in target.runs.rows for step in row] if target is not None and target.runs is not None else []
        options = [option for step in steps for option in step.options]
        found += [each.at(target.path) for each in options] if options and target is not None else [target]
    return found


def requests_of(targets: Sequence[Obj | None], asked: Sequence[Roles], spec: Spec) -> tuple[Range | None, str | None]:
    """How many requests one call makes, and why there may be more; None where nothing says that it runs several agents.

    `asked`: the roles of each of the expanded targets, in their order. `spec`: the signature of the call.
    """
    rest = iter(asked)
    found: list[tuple[int, int | None]] = []
    further: str | None = None
    for target in targets:
        runs = target.runs if target is not None else None
        if target is None or runs is None or not any(runs.rows):
            roles = next(rest, None)
            if target is not None and runs is not None:
                further = further or runs.further
                found += _without_rows(target, runs, roles)
            continue
        further = further or runs.further
        for row in runs.rows:
            sizes = [_requests(step, rest) for step in row]
            ends = [high for _, high in sizes if high is not None]
            whole = len(ends) == len(sizes) and runs.further is None
            found.append((sum(low for low, _ in sizes), sum(ends) if whole else None))
    if not found:
        return None, None
    highs = [high for _, high in found if high is not None]
    times = _times(asked[0], spec)
    whole = len(highs) == len(found) and not spec.get("more_runs")
    low, high = min(low for low, _ in found) * (times or 1), max(highs) * times if whole and times is not None else None
    low = 1 if spec.get("some_runs") else low
    further = further or ("it does more than run them" if spec.get("more_runs") else None)
    if high is None and any(target.runs.rows for target in targets if target is not None and target.runs is not None):
        further = further or "an agent has no limit that is seen"
    return Range(low, low if low == high else None, high, "bounded"), further


def _without_rows(target: Obj, runs: Runs, roles: Roles | None) -> list[tuple[int, int | None]]:
    """The same for an object whose own limit is one on turns; nothing where it is one on requests."""
    if "each" in target.made["runs"] or roles is None or runs.further is not None:
        return [(1, None)] if "each" in target.made["runs"] or runs.further is not None else []
    besides = _besides(target)
    if runs.taking_turns is None:
        return [(1, _limit(roles, besides))] if besides else []
    turns = _limit(roles, 0)
    limits = [_limit_of(roles, each) for each in runs.taking_turns]
    known = [each for each in limits if each is not None]
    return [(1, turns * (max(known) + besides) if turns is not None and known and len(known) == len(limits) else None)]


def _limit_of(roles: Roles, member: Thing) -> int | None:
    """The most requests that one run of a member of a team makes."""
    if not isinstance(member, Obj):
        return None
    own = type(roles)(roles.catalog, {"args": {}}, Args(), member)
    return None if member.runs is not None and member.runs.further else _limit(own, _besides(member))


def _times(roles: Roles, spec: Spec) -> int | None:
    """How often a call runs all of it; None where an argument says that, and is not seen."""
    if "times" not in spec:
        return 1
    given = dict(zip(spec.get("positional", ()), roles.args.positional, strict=False)) | dict(roles.args.named.entries)
    said = given.get(spec["times"])
    return said.value if isinstance(said, Lit) and isinstance(said.value, int) and said.value > 0 else None


def runs_in(targets: Sequence[Obj | None], asked: Sequence[Roles], prompts: Sequence[Prompt | None], spec: Spec) -> Iterator[Run]:
    """The agents that one call runs one after the other, where it always runs the same from the first on."""
    runs = targets[0].runs if len(targets) == 1 and targets[0] is not None else None
    if runs is None or len(runs.rows) != 1 or spec.get("some_runs") or len(asked) != len(prompts):
        return
    rest, said = iter(asked), iter(prompts)
    for step in runs.rows[0]:
        least, most = _requests(step, rest)
        prompt = one_of([next(said) for _ in step.options])
        if prompt is not None:
            yield Run(prompt, least, most)


def unseen(requests: Range, further: str | None, asked: Iterable[Roles], span: Span) -> Iterator[Gap]:
    """What is not known of the agents that a call runs: how many requests they make at most, and texts that they send."""
    if further is not None:
        yield Gap("turns", f"how many requests it makes is not known: {further}", span)
    hidden = (each.values.get(role) for each in asked for role in ("system", "prompt"))
    for why in dict.fromkeys(each.why for each in hidden if isinstance(each, Unknown)):
        yield Gap("prompt", f"a part of what it sends is not known: {why}", span)


def _requests(step: Step, asked: Iterator[Roles]) -> tuple[int, int | None]:
    """The fewest and the most requests of one step; it makes one at least where nothing leaves it out."""
    limits = [_limit(next(asked), _besides(option)) for option in step.options]
    known = [each for each in limits if each is not None]
    return int(step.sure), max(known, default=0) if len(known) == len(limits) else None


def _besides(alone: Obj) -> int:
    """The requests besides those of its limit that what an element or an agent is set to may lead to."""
    told = alone.made.get("runs", {}).get("besides", {})
    return max((most for keyword, most in told.items() if alone.named is not None and _is_set(alone.named, keyword)), default=0)


def _limit(roles: Roles, besides: int) -> int | None:
    value = roles.values.get("turn_limit")
    members = value.values if isinstance(value, Known) else ()
    numbers = [each for each in members if isinstance(each, int) and not isinstance(each, bool)]
    return max(numbers) + besides if numbers and len(numbers) == len(members) else None


def _steps(catalog: Catalog, plain: Obj, spec: Spec, named: Map, listed: Seq, *, by_manager: bool) -> Iterator[Step]:
    manager = _manager(catalog, plain, spec, named) if by_manager else None
    for item in listed.items:
        elements = [each for each in options_of(item) if not is_none(each)]
        skipped = any(isinstance(each, Rec) and each.symbol in spec.get("skips", ()) for each in elements)
        skipped = skipped or listed.more is not None and all(isinstance(each, Nope) for each in elements)
        sure = not skipped and len(elements) == len(options_of(item))
        options = [_one(plain, spec, each, manager) for each in elements]
        yield Step(tuple(map(_with_tools, options) if by_manager else options), sure)
    others = dig(named, [spec["manager"].get("others", "")]) if by_manager else None
    for each in others.items if isinstance(others, Seq) else ():
        yield Step((_one(plain, spec, Map({}, more="the manager words it at run time"), each),), sure=False)


def _one(plain: Obj, spec: Spec, element: Thing, worker: Thing | None) -> Obj:
    """One element as the object that runs it alone: with the settings of its agent, and what the element itself says."""
    named = element.args.named if isinstance(element, Rec) else element if isinstance(element, Map) else None
    if named is None:
        named = Map({}, more=reason(element, "it is not followed"))
    by = worker or dig(named, spec["by"].split(".")) or Nope(named.more or f"no `{spec['by']}` is seen")
    workers = [each for each in options_of(by) if isinstance(each, Obj)]
    word = spec["by"].rpartition(".")[2]
    lends: Spec = {"inherit": [word], "args": {}}
    lent = Args((), Map({word: by}))
    settings, defaults, layers, provider = lend(lends, lent)
    strange = None if len(workers) == len(options_of(by)) else reason(by, f"`{word}` is not followed")
    more = plain.more or strange or next((each.more for each in workers if each.more), None)
    own = given(spec, Args((), named))
    if "prompt" not in own and named.more:
        own["prompt"] = Slot(spec["args"]["prompt"][0], Nope(named.more, outside=True, empty=True), hidden=True)
    if more and "system" not in settings:
        settings["system"] = Slot(word, Nope(more, outside=True, empty=True), hidden=True)
    kept = {role: slot for role, slot in plain.settings.items() if role not in spec["args"]}
    words = {**(workers[0].made["args"] if workers else {}), **spec["args"]}
    made = {**plain.made, "args": words, "defaults": {**defaults, **plain.made.get("defaults", {})}}
    if provider is not None:
        made["provider"] = provider
    settings, layers = {**settings, **kept, **own}, [*plain.layers, *layers]
    alone = replace(plain, settings=settings, made=made, layers=tuple(layers), more=more, hidden=unlent(lends, lent), named=named)
    adds = _said(spec.get("adds_tools", {}), {"object": [plain.named], "by": [each.named for each in workers]})
    return alone if adds is None else _with_tools(alone)


def _with_tools(made: Obj) -> Obj:
    """With tools of the SDK's own beside those that are passed."""
    slot = made.settings.get("tools", Slot("tools", Seq(())))
    own = slot.thing if isinstance(slot.thing, Seq) else Seq(())
    more = replace(own, more=own.more or "tools of the SDK's own")
    return replace(made, settings={**made.settings, "tools": replace(slot, thing=more, counts=None)})


# who runs the elements -------------------------------------------------------------------------------------------


def _managed(spec: Spec, named: Map) -> list[bool]:
    """Whether one agent runs every element; both where that is not seen."""
    manager = spec.get("manager")
    said = named.entries.get(manager["when"]["name"]) if manager is not None else None
    if manager is None or said is None or is_none(said):
        return [False]
    answers: dict[bool, None] = {}
    for each in options_of(said):
        word = each.dotted if isinstance(each, Ref) else each.plain if isinstance(each, Str) else None
        answers.update(dict.fromkeys([word in manager["when"]["is"]] if word is not None else [False, True]))
    return list(answers)


def _manager(catalog: Catalog, plain: Obj, spec: Spec, named: Map) -> Thing:
    """The agent that runs every element, as passed, or as the SDK makes it of a model."""
    manager = spec["manager"]
    found = named.entries.get(manager["by"])
    if found is not None and not is_none(found):
        return found
    made = manager.get("made")
    model = named.entries.get(made["of"]) if made is not None else None
    if model is None:
        return Nope(named.more or f"no `{manager['by']}` is seen", outside=True)
    return catalog.make(made["symbol"], Args((), Map({made["as"]: model})), plain.span) or Nope("it is not followed")


# what else makes requests ----------------------------------------------------------------------------------------


def _further(spec: Spec, named: Map, lists: Sequence[Seq], managed: Sequence[bool]) -> str | None:
    """Why there may be requests that no step makes; None where there are none."""
    told = spec.get("further", {})
    why = next((f"`{spec['each']}`: {each.more}" for each in lists if each.more), None)
    if any(managed):
        why = why or "a manager hands work on as often as it likes"
    items = [each for listed in lists for item in listed.items for each in options_of(item) if isinstance(each, Rec)]
    found = [by for each in items if (by := dig(each.args.named, spec["by"].split("."))) is not None]
    workers = [each.named for by in found for each in options_of(by) if isinstance(each, Obj)]
    keyword = _said(told, {"object": [named], "each": [each.args.named for each in items], "by": workers})
    return why or (f"`{keyword}` may lead to further requests" if keyword is not None else None)


def _said(keywords: Mapping[str, Sequence[str]], given: Mapping[str, Iterable[Map | None]]) -> str | None:
    """The first of some keywords that is set to more than nothing."""
    pairs = ((each, key) for part, maps in given.items() for each in maps for key in keywords.get(part, ()))
    return next((key for each, key in pairs if each is not None and _is_set(each, key)), None)


def _is_set(named: Map, keyword: str) -> bool:
    thing = named.entries.get(keyword)
    return thing is not None and not is_none(thing) and falsy(thing) is not True

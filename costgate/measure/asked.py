"""From a call site and a workload's figures to what is asked of a model: sizes, turns, repetitions, by model."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from costgate.measure.caching import writing_of
from costgate.measure.case import Case, Measuring, case_of
from costgate.measure.caveats import contradictions, of_call
from costgate.measure.ends import NONE, ONE, at_least
from costgate.measure.history import Turns, largest
from costgate.measure.meters import Asked
from costgate.measure.output import highest
from costgate.measure.price import price_of, unpriced
from costgate.measure.site import answers_of, declared_for, models_of, processing_of, profile_of, retrieved, turns_of
from costgate.model.call import Caching, CallSite
from costgate.model.config import Profile
from costgate.model.finding import Gap
from costgate.model.money import Range
from costgate.model.value import Span
from costgate.model.workload import Figures, Workload


@dataclass(frozen=True, slots=True)
class Site:
    """One call of a workload as each model it may ask; `certain` shares when a mix says them, else alternatives."""

    key: str | None
    asked: tuple[Asked, ...]
    shared: bool
    cases: tuple[Case, ...] = ()
    call: CallSite | None = None
    gaps: tuple[Gap, ...] = ()
    calls: Range = ONE
    """How often a request makes it."""

    @property
    def known(self) -> bool:
        """Whether each model has a size."""
        return bool(self.asked) and len(self.asked) == len(self.cases or self.asked)


def site_of(call: CallSite, workload: Workload, figures: Figures, setting: Measuring, mix: Iterable[str] = ()) -> Site:
    """The call as the workload makes it. `mix`: models to ask in place of the workload's own."""
    profile = declared_for(call, setting.config, profile_of(workload, figures, call))
    names: tuple[str | None, ...] = tuple(mix) or tuple(workload.mix)
    gaps: list[Gap] = []
    if not names:
        names, unknown = models_of(call)
        gaps += unknown
    turns, told = _turns(call, workload, figures)
    gaps += told
    calls, told = _calls(call, figures)
    gaps += told
    if figures.chunk_tokens is not None and figures.chunks is None and call.passages is None:
        why = "how many passages are retrieved is not known: say `retrieval: {chunks: ...}`"
        gaps.append(Gap("retrieval", why, call.span))
    asked, cases = [], []
    for name in names:
        case = _case(call, name, profile, setting)
        cases.append(case)
        gaps += [gap for gap in case.gaps if gap not in gaps and not (gap.what == "prompt" and figures.input_tokens)]
        first = figures.input_tokens or (None if case.prompt is None else case.prompt.input)
        if case.output is None or first is None:
            continue
        one = _noted(
            Asked(
                site=call.key,
                what=case.price.model if case.price else name or "?",
                price=case.price,
                first=first,
                fixed=NONE if figures.input_tokens or case.prompt is None else case.prompt.static,
                retrieved=NONE if workload.retrieval_hole else retrieved(figures, call),
                visible=case.output.visible,
                thinking=case.output.thinking or NONE,
                way=processing_of(call),
                answers=answers_of(call),
                calls=calls,
                turns=_grown(turns, case.output.visible, figures),
                share=workload.mix.get(name or "", ONE),
                writing=writing_of(call.caching, case.price),
            ),
            figures,
        )
        asked.append(one)
        gaps += contradictions(one, figures, call.span)
        gaps += of_call(one, call, figures, profile, case.reasoning.on)
    return Site(call.key, tuple(asked), bool(workload.mix), tuple(cases), call, tuple(gaps), calls)


def planned(workload: Workload, figures: Figures, setting: Measuring, span: Span) -> Site:
    """The one call of a workload without code, from its declaration alone."""
    turns = Turns(figures.turns or ONE, workload.history or "none", NONE, workload.window, workload.summary or NONE)
    visible = figures.output_tokens or NONE
    gaps: list[Gap] = []
    asked = []
    for name in workload.mix or ("",):
        price = price_of(name, None, setting.book, setting.config) if name else None
        if name and price is None:
            gaps.append(unpriced(name, None, setting.book, span))
        one = _noted(
            Asked(
                site=None,
                what=price.model if price else name or "tokens",
                price=price,
                first=figures.input_tokens or NONE,
                retrieved=retrieved(figures, None),
                visible=visible,
                thinking=figures.reasoning_tokens or NONE,
                calls=figures.calls_per_request or ONE,
                turns=_grown(turns, visible, figures),
                share=workload.mix.get(name, ONE),
                writing=writing_of(Caching(), price),
            ),
            figures,
        )
        asked.append(one)
        gaps += contradictions(one, figures, span)
    return Site(None, tuple(asked), True, (), None, tuple(gaps))


def _noted(asked: Asked, figures: Figures) -> Asked:
    """With whether the provider's cache takes what is sent; without a word on caching that is no matter."""
    least = asked.writing.least or (None if asked.price is None else asked.price.cache_minimum)
    if least is None or (figures.cache_hit is None and not asked.writing.on):
        return asked
    sent = largest(asked.turns, asked.first + asked.retrieved)
    return replace(asked, caches=sent.high is None or sent.high >= least)


def as_model(asked: Asked, model: str, setting: Measuring) -> Asked | None:
    """The same call answered by another model, with its tokens as they are; None when that one has no price."""
    price = price_of(model, None, setting.book, setting.config)
    if price is None:
        return None
    sent = largest(asked.turns, asked.first + asked.retrieved)
    caches = price.cache_minimum is None or sent.high is None or sent.high >= price.cache_minimum
    return replace(asked, what=price.model, price=price, way="", caches=caches, writing=writing_of(asked.writing.said, price))


def _case(call: CallSite, name: str | None, profile: Profile, setting: Measuring) -> Case:
    case = case_of(call, name, profile, setting)
    if case.price is not None or name is None or call.provider is None:
        return case
    elsewhere = case_of(replace(call, provider=None), name, profile, setting)
    return case if elsewhere.price is None else elsewhere


def _turns(call: CallSite, workload: Workload, figures: Figures) -> tuple[Turns, list[Gap]]:
    limit = highest(call.arg("turn_limit"), None) if call.requests is None else call.requests.high
    count, gaps = figures.turns or turns_of(call), []
    if limit is not None and figures.turns is not None and (count.high is None or count.high > limit):
        why = f"{count.high or 'more'} turns are declared, the code stops after {limit}"
        gaps.append(Gap("turns", why, call.span))
        likely = None if count.likely is None else min(count.likely, limit)
        count = Range(min(count.low, limit), likely, limit, count.basis)
    if workload.history is None and count.high != 1:
        why = "every turn is taken to send what the first does: say what is sent again in `turns: {history: ...}`"
        gaps.append(Gap("history", why, call.span))
    return Turns(count, workload.history or "none", NONE, workload.window, workload.summary or NONE), gaps


def _grown(turns: Turns, visible: Range, figures: Figures) -> Turns:
    """With what each turn adds: as declared, else the answer at least, and nobody knows what at most."""
    if not turns.grows:
        return turns
    return replace(turns, adds=figures.history_adds or replace(at_least(visible), basis="bounded"))


def _calls(call: CallSite, figures: Figures) -> tuple[Range, list[Gap]]:
    if figures.calls_per_request is not None:
        return figures.calls_per_request, []
    if not call.context.loops:
        return ONE, []
    most: int | None = 1
    for loop in call.context.loops:
        most = None if most is None or loop.bound is None else most * loop.bound
    if most is not None:
        return Range(min(1, most), None, most, "bounded"), []
    loop = next(each for each in call.context.loops if each.bound is None)
    why = f"the loop at {loop.span.path}:{loop.span.line} repeats the call, and nothing bounds it: say `calls_per_request`"
    return Range(1, None, None, "bounded"), [Gap("calls_per_request", why, call.span)]

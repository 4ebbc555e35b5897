"""Measures a reading: tokens, price, thinking, answer and cost of every call, and their sums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from costgate.knowledge.prices import PriceBook
from costgate.measure import tokens
from costgate.measure.case import Case, Measuring, case_of, returned
from costgate.measure.cost import MILLION
from costgate.measure.memory import Remembering
from costgate.measure.price import aliased
from costgate.measure.prompt import merge_sizes
from costgate.measure.sections import sections
from costgate.measure.site import declared_for, models_of, turns_of
from costgate.measure.spare import spare_factor
from costgate.model.call import CallSite
from costgate.model.config import Config
from costgate.model.money import Cost, Number, Range, spread, total
from costgate.model.prompt import PromptSource
from costgate.model.snapshot import Measure, PromptTokens, Reading, Reasoning, Snapshot
from costgate.model.tree import Cache
from costgate.model.value import unanimous


def measure(reading: Reading, book: PriceBook, config: Config, cache: Cache, label: str) -> Snapshot:
    """What one tree costs. Only counted calls enter the sums; what is not known is None and a gap, never zero."""
    setting = Measuring(book, config, Remembering(cache))
    measures = {call.key: _measured(call, setting) for call in reading.calls}
    counted = [measures[call.key] for call in reading.calls if call.counted]
    return Snapshot(
        label=label,
        reading=reading,
        measures=measures,
        prompts=_prompts(reading, measures, setting),
        input_tokens=_sum(each.input_tokens for each in counted),
        cost=_sum(each.cost.per_call for each in counted),
    )


def _measured(call: CallSite, setting: Measuring) -> Measure:
    models, gaps = models_of(call)
    declared = declared_for(call, setting.config)
    cases = [case_of(call, model, declared, setting) for model in models]
    first = cases[0]
    prompt = merge_sizes([case.prompt for case in cases if case.prompt is not None])
    return Measure(
        price=first.price if all(case.price == first.price for case in cases) else None,
        static_tokens=None if prompt is None else prompt.static,
        sources=() if prompt is None else prompt.sources,
        holes=() if prompt is None else prompt.holes,
        input_tokens=None if prompt is None else prompt.input.times(turns_of(call)),
        output_tokens=_spread(returned(call, case.output) for case in cases),
        reasoning=_reasoning([case.reasoning for case in cases]),
        cost=_cost_of_cases(cases),
        gaps=tuple(dict.fromkeys([*gaps, *(gap for case in cases for gap in case.gaps)])),
        measurement=first.measurement,
        fallback=spare_factor(call, setting.book, setting.config) if call.fallbacks else None,
    )


def _cost_of_cases(cases: list[Case]) -> Cost:
    """The spread over the models, with the derivation of the dearest; not known if one of them has no price."""
    ranges = [case.cost.per_call for case in cases if case.cost.per_call is not None]
    if len(ranges) < len(cases):
        return Cost(None)
    return Cost(spread(ranges), max(cases, key=_height).cost.lines)


def _height(case: Case) -> tuple[bool, Number]:
    cost = case.cost.per_call
    return (True, 0) if cost is None or cost.high is None else (False, cost.high)


def _reasoning(found: list[Reasoning]) -> Reasoning:
    first = found[0]
    bounds = [each.bound for each in found if each.on is not False]
    return Reasoning(
        on=unanimous(each.on for each in found),
        by_default=unanimous(each.by_default for each in found),
        effort=first.effort if all(each.effort == first.effort for each in found) else None,
        bound=max((bound for bound in bounds if bound is not None), default=None) if None not in bounds else None,
    )


def _prompts(reading: Reading, measures: Mapping[str, Measure], setting: Measuring) -> tuple[PromptTokens, ...]:
    names = {
        call.key: tuple(
            aliased(model, call.provider, setting.config) for model in models_of(call)[0] if model is not None
        )
        for call in reading.calls
    }
    return tuple(_prompt(source, names, measures, setting.cache) for source in reading.prompts)


def _prompt(
    source: PromptSource, names: Mapping[str, tuple[str, ...]], measures: Mapping[str, Measure], cache: Cache
) -> PromptTokens:
    size = _source_size(source, names, cache)
    rates = {
        price.rates["input"]
        for key in source.used_by
        if (found := measures.get(key)) is not None and (price := found.price) is not None and "input" in price.rates
    }
    cost = spread(size.times(rate / MILLION) for rate in rates) if rates else None
    return PromptTokens(source, size, sections(source, _models(source, names)[0], cache), cost)


def _models(source: PromptSource, names: Mapping[str, tuple[str, ...]]) -> list[str | None]:
    found = list(dict.fromkeys(name for key in source.used_by for name in names.get(key, ())))
    return [*found] or [source.model]


def _source_size(source: PromptSource, names: Mapping[str, tuple[str, ...]], cache: Cache) -> Range:
    """A source as the models count it that it is sent to; as an unnamed model would when none is known."""
    return spread(tokens.count(source.text, name, cache) for name in _models(source, names))


def _sum(ranges: Iterable[Range | None]) -> Range | None:
    known = [each for each in ranges if each is not None]
    return total(known) if known else None


def _spread(ranges: Iterable[Range | None]) -> Range | None:
    """The range of all of them; None as soon as one is not known."""
    members = list(ranges)
    known = [each for each in members if each is not None]
    return spread(known) if known and len(known) == len(members) else None

"""One call measured as one of the models it may use: price, prompt, answer, thinking, cost."""

from __future__ import annotations

from dataclasses import dataclass

from costgate.knowledge.prices import PriceBook
from costgate.knowledge.reasoning import habit_of, reasoning_of
from costgate.measure.caching import writing_of
from costgate.measure.cost import cost_of, has_rates
from costgate.measure.media import KINDS, media_cost
from costgate.measure.output import NOTHING, Output, output_of
from costgate.measure.price import aliased, price_of, unpriced
from costgate.measure.prompt import PromptSize, Sizer, filled, over_runs, size_of
from costgate.measure.seen import as_measured, drift_of, kept_of
from costgate.measure.site import (
    BY_TOKEN,
    FRAMED,
    OBJECTS,
    SILENT,
    answers_of,
    measured_for,
    processing_of,
    tools_at,
    turns_of,
)
from costgate.model.call import CallSite
from costgate.model.config import Config, Profile
from costgate.model.finding import Gap
from costgate.model.measured import Measurement
from costgate.model.money import Cost, Price, Range
from costgate.model.snapshot import Reasoning
from costgate.model.tree import Cache


@dataclass(frozen=True, slots=True)
class Measuring:
    """What every measure of a run depends on."""

    book: PriceBook
    config: Config
    cache: Cache


@dataclass(frozen=True, slots=True)
class Case:
    """A call measured as one of the models it may use. `output`: one answer, None where it is not counted in tokens."""

    price: Price | None
    prompt: PromptSize | None
    output: Output | None
    reasoning: Reasoning
    cost: Cost
    gaps: tuple[Gap, ...]
    measurement: Measurement | None = None


def case_of(call: CallSite, model: str | None, declared: Profile, setting: Measuring) -> Case:
    """The call as `model` would answer it; None for a model that cannot be named."""
    name = None if model is None else aliased(model, call.provider, setting.config)
    price = None if model is None else price_of(model, call.provider, setting.book, setting.config)
    flag = None if price is None else price.reasoning
    day = setting.book.on or setting.book.date
    reasoning = reasoning_of(name, call.args, flag, day)
    sizer = Sizer(name, declared.holes, call.kind in FRAMED, setting.cache)
    prompt = None if call.prompt is None else size_of(call.prompt, tools_at(call), sizer)
    prompt = prompt and over_runs(prompt, call.runs, tools_at(call), sizer)
    seen = measured_for(call, setting.config)
    drift = None if seen is None else drift_of(seen, declared, prompt)
    if seen is not None:
        declared = as_measured(declared, seen, answers_of(call))
        if prompt is not None and seen.input_tokens is not None and seen.text_tokens is not None:
            prompt = filled(prompt, seen.input_tokens, seen.text_tokens)
    answer = None
    if call.kind in SILENT:
        answer = NOTHING
    elif call.kind in BY_TOKEN:
        answer = output_of(call.arg("output_limit"), price, declared, reasoning, habit_of(name, flag, day))
    gaps = _gaps(call, model, price, prompt, setting.book)
    cost = Cost(None)
    if call.kind in KINDS:
        cost, why = media_cost(call, model, price, prompt, declared, setting.book, setting.config)
        gaps = _media_gaps(call, gaps, cost, why)
    if price is not None and prompt is not None and answer is not None:
        way, turns, writing = processing_of(call), turns_of(call), writing_of(call.caching, price)
        cost = cost_of(price, prompt.input, answer, answers_of(call), way, turns, kept_of(seen, declared), writing)
        gaps += _rate_gaps(call, price, cost)
    return Case(price, prompt, answer, reasoning, cost, gaps, drift)


def returned(call: CallSite, answer: Output | None) -> Range | None:
    """All tokens that come back from one call."""
    return None if answer is None else answer.billed.times(answers_of(call)).times(turns_of(call))


def _gaps(
    call: CallSite, model: str | None, price: Price | None, prompt: PromptSize | None, book: PriceBook
) -> tuple[Gap, ...]:
    """Why there is no cost. Objects have none of their own, so that nothing is missing."""
    gaps: list[Gap] = []
    if call.kind in OBJECTS:
        return ()
    if model is not None and price is None:
        gaps.append(unpriced(model, call.provider, book, call.span))
    if call.kind not in BY_TOKEN:
        gaps.append(Gap("price", f"a call of the kind {call.kind} is not billed by text tokens alone", call.span))
    elif prompt is None:
        gaps.append(Gap("prompt", "what the call sends is not known", call.span))
    return tuple(gaps)


def _media_gaps(call: CallSite, gaps: tuple[Gap, ...], cost: Cost, why: str) -> tuple[Gap, ...]:
    """What is still not known of a call that is not billed by text."""
    if cost.per_call is not None:
        return (Gap("hole", why, call.span),) if why else ()
    return tuple(Gap("price", why, each.span) if why and each.what == "price" else each for each in gaps[:1] or gaps)


def _rate_gaps(call: CallSite, price: Price, cost: Cost) -> tuple[Gap, ...]:
    if cost.per_call is None:
        return (Gap("price", f"the price book has no price per token for {price.model}", call.span),)
    processing = processing_of(call)
    if has_rates(price, processing):
        return ()
    way = processing.rstrip("_")
    return (Gap("price", f"no {way} price is listed for {price.model}: the standard price is taken", call.span),)

"""Measured against declared: what holds of both, and how far they are apart."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from costgate.measure.caching import Kept
from costgate.measure.prompt import PromptSize
from costgate.model.config import Profile
from costgate.model.measured import Measurement
from costgate.model.money import Range

_FINE = Decimal("0.01")


def as_measured(declared: Profile, seen: Profile, answers: Range) -> Profile:
    """The declaration with what was measured in its place. A request that asks for several answers was measured whole."""
    if seen.output_tokens is None:
        return declared
    each = int(answers.low) if answers.low == answers.high and answers.low else 1
    thinking = None if seen.reasoning_tokens is None else _part(seen.reasoning_tokens, each)
    return replace(declared, output_tokens=_part(seen.output_tokens, each), reasoning_tokens=thinking)


def kept_of(*given: Profile | None) -> Kept:
    """The shares of the input that the provider's cache takes, by the first that says anything of them."""
    found = (Kept(each.cache_hit, each.cache_write, each.cache_write_1h) for each in given if each is not None)
    return next((kept for kept in found if kept.said), Kept())


def _part(whole: Range, of: int) -> Range:
    low, likely, high = (None if end is None else -(-int(end) // of) for end in (whole.low, whole.likely, whole.high))
    return Range(low or 0, likely, high, whole.basis)


def drift_of(seen: Profile, declared: Profile, prompt: PromptSize | None) -> Measurement | None:
    """Where the measurement comes from, with what it is by the declaration."""
    if seen.measurement is None:
        return None
    said = declared.output_tokens
    if said is not None and declared.reasoning_tokens is not None and seen.reasoning_tokens is not None:
        said = said + declared.reasoning_tokens
    back = seen.output_tokens
    if back is not None and seen.reasoning_tokens is not None:
        back = back + seen.reasoning_tokens
    sized = prompt is not None and bool(prompt.holes) and all(hole.tokens is not None for hole in prompt.holes)
    return replace(
        seen.measurement,
        input_drift=_factor(seen.input_tokens, prompt.input if prompt is not None and sized else None),
        output_drift=_factor(back, said),
    )


def _factor(measured: Range | None, declared: Range | None) -> Decimal | None:
    """The measured mean by the nearest end of what is declared; 1 inside of it."""
    if measured is None or declared is None or measured.likely is None:
        return None
    mean = Decimal(measured.likely)
    if declared.high is not None and mean > declared.high:
        return (mean / max(Decimal(declared.high), Decimal(1))).quantize(_FINE)
    if mean < declared.low:
        return (mean / Decimal(declared.low)).quantize(_FINE)
    return Decimal(1)

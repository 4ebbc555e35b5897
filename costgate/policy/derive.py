"""Facts that take more than a look: each function reads one from a subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import TypeAlias

from costgate.model.call import CallSite, Loop, RetryLayer
from costgate.model.finding import Gap
from costgate.model.money import Price, Range
from costgate.model.value import ABSENT, Absent, Known, Scalar, Unknown, is_absent, is_known, negate, some
from costgate.policy.subject import CallSubject, ExceptionSubject, GapSubject, RunSubject

Datum: TypeAlias = "Scalar | Absent | Known | Unknown | Range | tuple[object, ...]"
"""What a fact can be. Unknown carries why; a tuple is a list of subjects or of text."""

NOT_WHOLE = "only what the change can reach was read; --full reads everything"


def or_absent(value: Datum) -> Datum:
    """None means that there is none."""
    return ABSENT if value is None else value


def or_unknown(value: Datum, why: str) -> Datum:
    """None means that it is not known."""
    return Unknown(why) if value is None else value


def measured(subject: CallSubject, value: Datum, what: str) -> Datum:
    """A measured number; when there is none, the first gap that tells why."""
    if value is not None:
        return value
    gaps = subject.measure.gaps + subject.site.gaps
    return Unknown(gaps[0].why if gaps else f"the {what} is not known")


def argument(role: str, subject: CallSubject) -> Datum:
    """What is known of one argument."""
    return subject.site.arg(role)


def accepts(role: str, subject: CallSubject) -> Datum:
    """Whether the signature has the argument at all."""
    return role in subject.site.roles


def origin(role: str, subject: CallSubject) -> Datum:
    """Where the value of an argument comes from."""
    value = subject.site.arg(role)
    return value.origin if isinstance(value, Known) else value


def reasoning(subject: CallSubject, field: str) -> Datum:
    """The effort or the bound of reasoning; none is Absent only where the arguments are visible."""
    value: Datum = getattr(subject.measure.reasoning, field)
    hidden = [arg for arg in map(subject.site.arg, ("reasoning", "reasoning_budget")) if isinstance(arg, Unknown)]
    return hidden[0] if value is None and hidden else or_absent(value)


def granted(site: CallSite) -> Datum:
    """The reasoning tokens that the arguments grant; -1 leaves it to the model, whose own limit is no budget."""
    values = [site.arg(role) for role in ("reasoning", "reasoning_budget")]
    hidden = next((value for value in values if isinstance(value, Unknown)), None)
    said = [each for value in values if isinstance(value, Known) for each in value.values]
    numbers = [each for each in said if isinstance(each, int) and not isinstance(each, bool)]
    if hidden is not None:
        return hidden
    return max(numbers) if numbers and all(number > 0 for number in numbers) else ABSENT


def said(site: CallSite, *roles: str) -> Datum:
    """Whether any of the arguments is passed."""
    given = [negate(is_absent(site.arg(role))) for role in roles]
    hidden = [value.why for value in map(site.arg, roles) if isinstance(value, Unknown)]
    return or_unknown(some(given), hidden[0] if hidden else f"{roles[0]} is passed only sometimes")


def priced(subject: CallSubject) -> Datum:
    """Whether the price book has the model. Without a price, only a model that we can name is missing from the book."""
    measure = subject.measure
    if measure.price is not None or measure.cost.per_call is not None:
        return True
    model = subject.site.arg("model")
    if isinstance(model, Unknown):
        return model
    if not isinstance(model, Known) or not is_known(model):
        return Unknown("no model is named")
    missing = [gap for gap in measure.gaps if gap.what == "price"]
    some_listed = len(set(model.values)) > 1 and len(missing) < len(set(model.values))
    return Unknown("it depends on which of several models is called") if some_listed else False


def local(site: CallSite) -> Datum:
    """Whether requests stay on machines of the caller's own, which no price book lists."""
    from costgate.knowledge.providers import is_local

    return Unknown("the provider is not known") if site.provider is None else is_local(site.provider)


def of_price(subject: CallSubject, field: str) -> Datum:
    """One field of the price entry, Absent when the entry does not say."""
    price: Price | None = subject.measure.price
    if price is None:
        return Unknown(_unpriced(subject))
    return or_absent(getattr(price, field))


def rate(subject: CallSubject, unit: str) -> Datum:
    """Money per million tokens of one billing unit."""
    price = subject.measure.price
    return Unknown(_unpriced(subject)) if price is None else or_absent(price.rates.get(unit))


def batchable(subject: CallSubject) -> Datum:
    """Whether the model lists a price for requests that are sent as a batch."""
    price = subject.measure.price
    return Unknown(_unpriced(subject)) if price is None else "batch_input" in price.rates


def fallback_factor(subject: CallSubject) -> Datum:
    """How much dearer the call gets when its fallback takes it; Absent where there is none."""
    fallbacks = subject.site.fallbacks
    if fallbacks == ():
        return ABSENT
    why = "a fallback is not seen" if fallbacks is None else "the price of the model or of its fallback is not known"
    return or_unknown(subject.measure.fallback, why)


def days_left(subject: CallSubject) -> Datum:
    """Days from the date of the run to the model's retirement; negative when it is past."""
    end = of_price(subject, "deprecation_date")
    return days_between(subject.as_of, end) if isinstance(end, str) else end


def measurement(subject: CallSubject, field: str) -> Datum:
    """One field of what traffic showed; Absent where nothing was measured, or the measurement does not say."""
    found = subject.measure.measurement
    return ABSENT if found is None else or_absent(getattr(found, field))


def measurement_age(subject: CallSubject) -> Datum:
    """Days from the last day that was measured to the date of the run."""
    until = measurement(subject, "until")
    if until is ABSENT and subject.measure.measurement is not None:
        return Unknown("the measurement does not say of when it is")
    return days_between(until, subject.as_of) if isinstance(until, str) else until


def book_age(subject: RunSubject) -> Datum:
    """Days from the date of the price book to the date of the run."""
    if subject.book_date is None:
        return Unknown("the run has no price book")
    return days_between(subject.book_date, subject.as_of)


def days_between(start: str | None, end: str | None) -> Datum:
    """Days from one date to another."""
    if start is None or end is None:
        return Unknown("the run has no date")
    try:
        return (date.fromisoformat(end) - date.fromisoformat(start)).days
    except ValueError:
        return Unknown(f"{start} or {end} is not a date")


def waits(layer: RetryLayer) -> Datum:
    """Whether a retry library or a loop pauses; what an SDK does between tries is its own business.

    What makes one try only has nothing to wait for.
    """
    if layer.ends is None and layer.waits is None or layer.attempts == 1:
        return ABSENT
    return or_unknown(layer.waits, f"whether {layer.what} waits is not known")


def errors(layer: RetryLayer) -> Datum:
    """The errors that a loop or a retry library repeats the request on; an SDK knows best what it may repeat."""
    if layer.on is None and layer.ends is None:
        return ABSENT
    return or_unknown(layer.on, f"which errors {layer.what} repeats on is not known")


def stream_closed(site: CallSite) -> Datum:
    """Whether the stream is closed; Absent when nothing is streamed."""
    if is_absent(site.arg("stream")):
        return ABSENT
    return or_unknown(site.context.stream_closed, "whether the stream is closed is not known")


def product(layers: Iterable[RetryLayer]) -> Range:
    """Requests for one logical call, the first included: a range that is open where a layer has no known end.

    A loop that goes round only on errors of the program's own need not multiply what repeats a failed request: no SDK raises them.
    """
    low, own, high, certain = 1, 1, 1, True
    for layer in layers:
        attempts = layer.attempts or 1
        high *= attempts
        if _on_own_errors(layer):
            own = max(own, attempts)
        else:
            low *= attempts
        certain = certain and layer.attempts is not None
    low = max(low, own)
    if not certain:
        return Range(low, None, None, "bounded")
    return Range.exact(low) if low == high else Range(low, None, high, "bounded")


def _on_own_errors(layer: RetryLayer) -> bool:
    """Whether a layer repeats only on classes of the tree, which have no dotted name."""
    return bool(layer.on) and not any("." in name for name in layer.on or ())


def unbounded(layers: tuple[RetryLayer, ...]) -> Datum:
    """Whether some retry layer never gives up."""
    unsure = [layer.what for layer in layers if layer.unbounded is None]
    truth = some(layer.unbounded for layer in layers)
    return or_unknown(truth, f"how often {unsure[0] if unsure else 'it'} repeats is not known")


def attempts(layer: RetryLayer) -> Datum:
    """Tries of one layer; Absent when it never gives up."""
    if layer.attempts is not None:
        return layer.attempts
    return ABSENT if layer.unbounded else Unknown(f"how often {layer.what} repeats is not known")


def bound(loop: Loop) -> Datum:
    """The largest number of rounds; Absent for a loop without end."""
    if loop.bound is not None:
        return loop.bound
    return ABSENT if loop.kind == "forever" else Unknown(f"how often the {loop.kind} loop runs is not known")


def reasoning_within(subject: CallSubject) -> Datum:
    """Whether the output limit covers reasoning as well, from what is known of the model."""
    from costgate.knowledge.reasoning import habit_of

    model = subject.measure.price.model if subject.measure.price else None
    if model is None:
        return Unknown(_unpriced(subject))
    return or_unknown(habit_of(model).within, "whether the output limit covers reasoning is not known")


def capped(site: CallSite) -> Datum:
    """Whether turns or money end an agent's run."""
    return said(site, "turn_limit", "budget")


def call_gaps(subject: CallSubject) -> tuple[Gap, ...]:
    """Everything that is not known about a call."""
    return subject.site.gaps + subject.measure.gaps


def gap(view: Gap | GapSubject) -> Gap:
    """The gap itself, whether it is a member of a call's list or a subject of its own."""
    return view.gap if isinstance(view, GapSubject) else view


def gap_path(view: Gap | GapSubject) -> Datum:
    """The file a gap is in; Absent when it is about no place."""
    span = gap(view).span
    return ABSENT if span is None else span.path


def priced_share(subject: RunSubject) -> Datum:
    """How many of a hundred counted calls have a cost; Absent when no call is counted."""
    counted = [site.key for site in subject.snapshot.reading.calls if site.counted]
    if not counted:
        return ABSENT
    costs = [subject.snapshot.measures[key].cost.per_call for key in counted if key in subject.snapshot.measures]
    return 100 * sum(cost is not None for cost in costs) // len(counted)


def of_whole(subject: RunSubject, tell: Callable[[RunSubject], Datum]) -> Datum:
    """What adds up all of a tree; Unknown where only what a change can reach was read. A check is about its files alone."""
    return tell(subject) if subject.snapshot.reading.whole or subject.mode == "check" else Unknown(NOT_WHOLE)


def unread(subject: RunSubject) -> Datum:
    """How many files were not read, or only partly."""
    reading = subject.snapshot.reading
    return len(reading.unread) if reading.whole else Unknown(NOT_WHOLE)


def used(subject: ExceptionSubject) -> Datum:
    """Whether an exception met a finding; Unknown where what it is about may not have been read."""
    return Unknown(NOT_WHOLE) if not subject.used and not subject.whole else subject.used


def _unpriced(subject: CallSubject) -> str:
    model = subject.site.arg("model")
    return model.why if isinstance(model, Unknown) else "the price book has no entry for the model"

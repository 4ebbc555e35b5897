"""Facts that take more than a look: each function reads one from a subject."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from costgate.model.call import CallSite, Loop, RetryLayer
from costgate.model.finding import Gap
from costgate.model.money import Number, Price, Range, total, weakest
from costgate.model.prompt import Hole, Prompt, Text
from costgate.model.snapshot import Measure
from costgate.model.value import ABSENT, Absent, Known, Scalar, Truth, Unknown, is_absent, is_known, negate, some
from costgate.policy.subject import CallSubject, ChangeSubject, ExceptionSubject, GapSubject, PromptSubject, RunSubject

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
    """Whether a retry library or a loop pauses; what an SDK does between tries is its own business."""
    if layer.ends is None and layer.waits is None:
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
    """Requests for one logical call, the first included: a range that is open where a layer has no known end."""
    low, certain = 1, True
    for layer in layers:
        low *= layer.attempts or 1
        certain = certain and layer.attempts is not None
    return Range.exact(low) if certain else Range(low, None, None, "bounded")


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


def leads_with_hole(site: CallSite) -> Datum:
    """Whether the prompt begins with a part known only at run time, which defeats prefix caching."""
    if site.prompt is None:
        return Unknown("the prompt is not known")
    return bool(site.prompt.segments) and isinstance(site.prompt.segments[0], Hole)


FIRST = {"tools": 0, "system": 1, "developer": 1}
"""The order in which parts go out, whatever order the arguments stand in; what is not named here comes last."""


def prefix_tokens(site: CallSite, measure: Measure) -> Datum:
    """Tokens of the fixed text before the first hole: what a cache can keep from one request to the next."""
    return _part_tokens(site, measure, 0)


def tail_tokens(site: CallSite, measure: Measure) -> Datum:
    """Tokens of the fixed text behind the first hole: no cache reaches it."""
    return _part_tokens(site, measure, 1)


def tool_tokens(site: CallSite, measure: Measure) -> Datum:
    """Tokens of the fixed text that describes tools; Absent where none is passed, unknown where none of it is seen."""
    if is_absent(site.arg("tools")):
        return ABSENT
    if site.prompt is None:
        return Unknown("the prompt is not known")
    told = [part for part in site.prompt.segments if isinstance(part, Text) and part.role == "tools"]
    others = [part for part in site.prompt.segments if isinstance(part, Text) and part.role != "tools"]
    return _tokens_of(measure, told, others) if told else Unknown("what the tools say is not known")


def _part_tokens(site: CallSite, measure: Measure, side: int) -> Datum:
    """Tokens of one side of the first hole, where each prompt that the call may send has the same text there."""
    if site.prompt is None:
        return Unknown("the prompt is not known")
    if not any(isinstance(part, Text) for part in site.prompt.segments):
        return Unknown("no fixed text is seen, and there may be some in what the prompt is made of")
    splits = [_split(prompt) for prompt in (site.prompt, *site.prompt.alternatives)]
    if any(each[side] != splits[0][side] for each in splits):
        return Unknown("the call may send one of several prompts")
    return _tokens_of(measure, splits[0][side], [part for each in splits for part in each[1 - side]])


def _split(prompt: Prompt) -> tuple[list[Text], list[Text]]:
    ordered = sorted(prompt.segments, key=lambda part: FIRST.get(part.role, len(FIRST)))
    at = next((place for place, part in enumerate(ordered) if isinstance(part, Hole)), len(ordered))
    before = [part for part in ordered[:at] if isinstance(part, Text)]
    return before, [part for part in ordered[at:] if isinstance(part, Text)]


def _tokens_of(measure: Measure, parts: Iterable[Text], others: Iterable[Text]) -> Range:
    """The sum of the places that hold `parts`. A place shared with `others` may be all theirs: that opens the low end."""
    places, shared = {part.span for part in parts}, {part.span for part in others}
    sizes = [source for source in measure.sources if source.span in places]
    own = total(source.tokens for source in sizes if source.span not in shared)
    both = total(source.tokens for source in sizes if source.span in shared)
    return own + Range(0, None if both.high else 0, both.high, both.basis)


def reasoning_within(subject: CallSubject) -> Datum:
    """Whether the output limit covers reasoning as well, from what is known of the model."""
    from costgate.knowledge.reasoning import habit_of

    model = subject.measure.price.model if subject.measure.price else None
    if model is None:
        return Unknown(_unpriced(subject))
    return or_unknown(habit_of(model).within, "whether the output limit covers reasoning is not known")


def prompt_count(site: CallSite, what: str) -> Datum:
    """How many messages, alternatives, or repeated holes a prompt has."""
    if site.prompt is None:
        return Unknown("the prompt is not known")
    if what == "messages":
        return site.prompt.messages
    if what == "alternatives":
        return 1 + len(site.prompt.alternatives)
    count = sum(1 for segment in site.prompt.segments if isinstance(segment, Hole) and segment.repeated)
    whole = site.arg("prompt")
    return whole if isinstance(whole, Unknown) and not count else count


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


def side(subject: ChangeSubject) -> CallSite:
    """The call in the head, or in the base when it is removed."""
    site = subject.change.after or subject.change.before
    if site is None:
        raise ValueError("a change without a call on either side")
    return site


def changes(subject: RunSubject, kind: str) -> Datum:
    """How many changes are of one kind; Absent when nothing is compared."""
    if subject.comparison is None:
        return ABSENT
    return sum(1 for change in subject.comparison.changes if change.kind == kind)


def run_factor(subject: RunSubject, field: str) -> Datum:
    """All counted calls after divided by all before, one request each; Absent when nothing is compared."""
    if subject.comparison is None:
        return ABSENT
    before: Range | None = getattr(subject.comparison.base, field)
    after: Range | None = getattr(subject.comparison.head, field)
    if before is None or after is None:
        return Unknown("the sum of one side is not known")
    return _ratio(after, before)


def priced_share(subject: RunSubject) -> Datum:
    """How many of a hundred counted calls have a cost; Absent when no call is counted."""
    counted = [site.key for site in subject.snapshot.reading.calls if site.counted]
    if not counted:
        return ABSENT
    costs = [subject.snapshot.measures[key].cost.per_call for key in counted if key in subject.snapshot.measures]
    return 100 * sum(cost is not None for cost in costs) // len(counted)


def difference(after: Range, before: Range) -> Range:
    """Part by part: low - low, likely - likely, high - high."""
    return Range(
        after.low - before.low,
        None if after.likely is None or before.likely is None else after.likely - before.likely,
        None if after.high is None or before.high is None else after.high - before.high,
        weakest(after.basis, before.basis),
    )


def of_whole(subject: RunSubject, tell: Callable[[RunSubject], Datum]) -> Datum:
    """What adds up all of a tree; Unknown where only what a change can reach was read. A check is about its files alone."""
    return tell(subject) if subject.snapshot.reading.whole or subject.mode == "check" else Unknown(NOT_WHOLE)


def unread(subject: RunSubject) -> Datum:
    """How many files were not read, or only partly."""
    reading = subject.snapshot.reading
    return len(reading.unread) if reading.whole else Unknown(NOT_WHOLE)


def copy_of(subject: PromptSubject) -> Datum:
    """An earlier place with the same text; Unknown where it may stand in a file that was not read."""
    return ABSENT if subject.copy_of is None and subject.whole else subject.copy_of or Unknown(NOT_WHOLE)


def used(subject: ExceptionSubject) -> Datum:
    """Whether an exception met a finding; Unknown where what it is about may not have been read."""
    return Unknown(NOT_WHOLE) if not subject.used and not subject.whole else subject.used


def mentioned(subject: PromptSubject) -> Datum:
    """Whether anything names a prompt file; Absent for text in code and for instructions of agents."""
    source = subject.prompt.source
    if not source.format or source.load != "code":
        return ABSENT
    return Unknown("which files are read may be decided at run time") if source.mentioned is None else source.mentioned


def prompt_growth(subject: PromptSubject) -> Datum:
    """Tokens that the prompt gained; Absent when it is new or nothing is compared."""
    return ABSENT if subject.before is None else difference(subject.prompt.tokens, subject.before)


def factor(subject: ChangeSubject, what: str) -> Datum:
    """After divided by before, end by end; Absent for a call that one side does not have."""
    if subject.before is None or subject.after is None:
        return ABSENT
    before, after = _size(subject.before, what), _size(subject.after, what)
    if before is None or after is None:
        return Unknown(f"the {what} of one side is not known")
    return _ratio(after, before)


def price_factor(subject: ChangeSubject) -> Datum:
    """Price after divided by price before: from the unit that grew least to the one that grew most."""
    if subject.before is None or subject.after is None:
        return ABSENT
    before, after = subject.before.price, subject.after.price
    if before is None or after is None:
        return Unknown("the price of one side is not known")
    units = ("input", "output")
    ratios = [share for unit in units if (share := _share(after.rates.get(unit), before.rates.get(unit))) is not None]
    return Range(min(ratios), None, max(ratios)) if ratios else Unknown("the two prices have no unit in common")


def same_model(subject: ChangeSubject) -> Truth:
    """Whether both sides ask for the same model; None when one side's is not known, or there is one side only."""
    before, after = subject.change.before, subject.change.after
    if before is None or after is None:
        return None
    old, new = before.arg("model"), after.arg("model")
    if isinstance(old, Unknown) or isinstance(new, Unknown):
        return False if any(cause.what == "model" for cause in subject.change.causes) else None
    return _members(old) == _members(new)


def model_changed(subject: ChangeSubject) -> Datum:
    """Whether the call asks for another model than before; Absent for a call that one side does not have."""
    if subject.change.before is None or subject.change.after is None:
        return ABSENT
    return or_unknown(negate(same_model(subject)), "the model of one side is not known")


def _members(value: Known | Absent) -> frozenset[object]:
    return frozenset(value.values) if isinstance(value, Known) else frozenset((ABSENT,))


def _size(measure: Measure, what: str) -> Range | None:
    return measure.cost.per_call if what == "cost" else measure.input_tokens


def _ratio(after: Range, before: Range) -> Datum:
    ends = [_share(after.low, before.low), _share(after.high, before.high)]
    known = [end for end in ends if end is not None]
    if before.low < 0 or not known:
        return Unknown("the base has no size to compare with")
    likely = _share(after.likely, before.likely)
    high = max(known) if len(known) == len(ends) else None
    low = min(known) if len(known) == len(ends) else Decimal(0)
    return Range(low, likely, high, weakest(after.basis, before.basis))


def _share(part: Number | None, whole: Number | None) -> Decimal | None:
    return None if part is None or not whole else Decimal(part) / Decimal(whole)


def _unpriced(subject: CallSubject) -> str:
    model = subject.site.arg("model")
    return model.why if isinstance(model, Unknown) else "the price book has no entry for the model"

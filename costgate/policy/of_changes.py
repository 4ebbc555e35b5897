"""Facts about two sides: what a change did to a call, and to all of them together."""

from __future__ import annotations

from decimal import Decimal

from costgate.model.call import CallSite
from costgate.model.money import Number, Range, weakest
from costgate.model.snapshot import Measure
from costgate.model.value import ABSENT, Absent, Known, Truth, Unknown, negate
from costgate.policy.derive import Datum, or_unknown
from costgate.policy.subject import ChangeSubject, RunSubject


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


def difference(after: Range, before: Range) -> Range:
    """Part by part: low - low, likely - likely, high - high."""
    return Range(
        after.low - before.low,
        None if after.likely is None or before.likely is None else after.likely - before.likely,
        None if after.high is None or before.high is None else after.high - before.high,
        weakest(after.basis, before.basis),
    )


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

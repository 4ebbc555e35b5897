"""What changed between two snapshots, by how much, and why. Deltas are taken part by part on matched calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from costgate.compare.lines import Line, grown, lines_of
from costgate.compare.match import match
from costgate.model.call import CallSite, Loop, RetryLayer
from costgate.model.money import ZERO, Cost, Price, Range, total, weakest
from costgate.model.prompt import Prompt
from costgate.model.snapshot import Cause, Change, Comparison, HoleTokens, Measure, Reading, Snapshot
from costgate.model.value import Absent, Known, Span, Unknown, Value

NAMES = {
    "model": "model",
    "output_limit": "output cap",
    "reasoning": "reasoning",
    "reasoning_budget": "reasoning budget",
    "samples": "samples",
    "turn_limit": "turn limit",
    "service_tier": "service tier",
    "batch": "batch",
    "fallback": "fallback",
    "cache": "prompt caching",
    "timeout": "timeout",
}
"""The roles whose change is a cause, in the words of the report."""

FREE = frozenset({NAMES["timeout"], "retries", "loop"})
"""Causes that leave the cost of one request as it is."""

RELEASE = "version of "
"""How the cause begins that another release of a distribution is; the distribution's name follows."""

PRICE = "price of "
"""How the cause begins that is another price of the same model; the unit follows."""
BILLED = ("input", "output", "cache_read", "cache_write", "output_reasoning")

_REPEATED = "agent-run"
"""The kind whose prompt is sent once a turn."""


def compare(base: Snapshot, head: Snapshot) -> Comparison:
    """Both sides on matched calls.

    A base call is unknown, never removed, where the head could not read its file or another that it was found through; and
    what such a file held, a prompt for example, is unknown, never saved.
    """
    unread = head.reading.unread.keys()
    lost_since = unread - base.reading.unread.keys()
    changes: list[Change] = []
    lost = 0
    for old, new in match(base.reading.calls, head.reading.calls):
        if old is not None and new is None and _seen_in(old, base.reading) & unread:
            lost += 1
            continue
        change = _change(old, new, base.measures, head.measures)
        if change is None:
            continue
        blind = _seen_in(old, base.reading) & lost_since if old is not None and new is not None else frozenset()
        changes.append(_unsaved(change, blind) if blind else change)
    changes.sort(key=_order)
    counted = [each for each in changes if _counts(each)]
    return Comparison(
        base,
        head,
        tuple(changes),
        total(each.tokens for each in counted if each.tokens is not None),
        total(each.cost for each in counted if each.cost is not None),
        lost + sum(each.cost is None for each in counted),
    )


def _seen_in(site: CallSite, reading: Reading) -> frozenset[str]:
    return reading.consulted.get(site.key, frozenset()) | {site.span.path}


def _unsaved(change: Change, blind: frozenset[str]) -> Change:
    """The change without what it would save because these files were not read."""
    causes = tuple(replace(each, after="not read", delta_tokens=None) if each.path in blind else each for each in change.causes)
    return replace(change, tokens=_no_less(change.tokens), cost=_no_less(change.cost), causes=causes)


def _no_less(delta: Range | None) -> Range | None:
    return None if delta is not None and delta.low < 0 else delta


def _counts(change: Change) -> bool:
    sides = (change.before, change.after)
    return any(side is not None and side.counted for side in sides)


def _order(change: Change) -> tuple[Decimal, str]:
    size = change.cost.high if change.cost is not None and change.cost.high is not None else None
    size = size if size is not None else change.cost.low if change.cost is not None else 0
    return (-abs(Decimal(size)), change.key)


def _change(
    old: CallSite | None, new: CallSite | None, before: Mapping[str, Measure], after: Mapping[str, Measure]
) -> Change | None:
    if old is None and new is not None:
        measure = after[new.key]
        cause = Cause("call added", new.span.path, new.span.line, None, new.callee)
        return Change("added", new.key, None, new, _own(new, measure.input_tokens), _own(new, measure.cost.per_call), (cause,))
    if new is None and old is not None:
        measure = before[old.key]
        cause = Cause("call removed", old.span.path, old.span.line, old.callee, None)
        tokens, cost = _own(old, measure.input_tokens), _own(old, measure.cost.per_call)
        return Change("removed", old.key, old, None, _negative(tokens), _negative(cost), (cause,))
    assert old is not None and new is not None
    return _pair(old, new, before[old.key], after[new.key])


def _pair(old: CallSite, new: CallSite, before: Measure, after: Measure) -> Change | None:
    causes = tuple(_causes(old, new, before, after))
    tokens = _tokens(old, new, before, after)
    if before.cost.per_call is None and after.cost.per_call is None:
        cost = Range.exact(0) if _zero(tokens) and all(cause.what in FREE or cause.what.startswith(RELEASE) for cause in causes) else None
    elif old.counted and new.counted:
        cost = _cost(before.cost, after.cost)
    else:
        cost = _difference(_own(old, before.cost.per_call), _own(new, after.cost.per_call))
    if tokens is None and (before.cost.per_call is None or before.cost.per_call.high is None):
        cost = None
    same_price = before.cost.per_call == after.cost.per_call
    if same_price and before.cost.per_call is not None and not causes:
        cost = Range.exact(0)
    if tokens is not None and tokens.unbounded and cost is not None:
        cost = Range(cost.low, None, None, cost.basis)
    moved = old.span.path != new.span.path or old.context.function != new.context.function
    repriced = tuple(_repriced(new, before.price, after.price))
    if causes or not _zero(tokens):
        return Change("changed", new.key, old, new, tokens, cost, (*causes, *repriced))
    if not same_price and not _zero(cost):
        return Change("repriced", new.key, old, new, tokens, cost, repriced)
    if moved:
        place = Cause("moved", new.span.path, new.span.line, old.span.path, new.span.path, 0)
        return Change("moved", new.key, old, new, Range.exact(0), Range.exact(0), (place,))
    return None


def _own(site: CallSite, given: Range | None) -> Range | None:
    """What counts in sums: an entry that is not counted costs nothing of its own."""
    return given if site.counted else Range.exact(0)


def _zero(given: Range | None) -> bool:
    return given is not None and given.low == given.high == 0


def _negative(given: Range | None) -> Range | None:
    if given is None:
        return None
    high = None if given.high is None else -given.high
    return Range(-given.low, None if given.likely is None else -given.likely, high, given.basis)


def _difference(old: Range | None, new: Range | None) -> Range | None:
    """Low with low, likely with likely, high with high; an end that both leave open cancels."""
    if old is None or new is None:
        return Range.exact(0) if old is None and new is None else None
    low = new.low - old.low
    likely = None if new.likely is None or old.likely is None else new.likely - old.likely
    if new.high is None and old.high is None:
        return Range(low, low if likely is None else likely, low, weakest(old.basis, new.basis))
    high = None if new.high is None or old.high is None else new.high - old.high
    return Range(low, likely, high, weakest(old.basis, new.basis))


def _cost(before: Cost, after: Cost) -> Range | None:
    """Line by line, so that an input without a bound on both sides hides no change of the output.

    What is open on both sides cancels at one rate; at two, so is the difference. Where the lines are those of one of
    several models, whole against whole.
    """
    if not (_adds_up(before) and _adds_up(after)):
        return _difference(before.per_call, after.per_call)
    old = {(line.layer, line.unit): line for line in before.lines}
    new = {(line.layer, line.unit): line for line in after.lines}
    parts = []
    for name in dict.fromkeys((*old, *new)):
        was, now = old.get(name), new.get(name)
        part = _difference(was.amount if was else ZERO, now.amount if now else ZERO)
        if part is None:
            return None
        if was and now and was.rate != now.rate and was.amount.unbounded and now.amount.unbounded:
            part = Range(part.low, None, None, part.basis)
        parts.append(part)
    return total(parts)


def _adds_up(cost: Cost) -> bool:
    return cost.per_call is not None and total(line.amount for line in cost.lines) == cost.per_call


def _tokens(old: CallSite, new: CallSite, before: Measure, after: Measure) -> Range | None:
    """Static text against static text; holes that both have cancel, and so do renamed ones.

    None when text went away while another hole without a bound came in place of one: it may stand in there.
    """
    if not new.counted and not old.counted:
        return Range.exact(0)
    if new.counted != old.counted:
        return _difference(_own(old, before.input_tokens), _own(new, after.input_tokens))
    static = _difference(before.static_tokens, after.static_tokens)
    gone, come = _others(before.holes, after.holes), _others(after.holes, before.holes)
    if static is not None and new.kind == _REPEATED and not (_zero(static) and not gone and not come):
        return _repeated(before.input_tokens, after.input_tokens)
    if static is None or (not gone and not come):
        return static
    lost, won = _sized(gone), _sized(come)
    if lost.unbounded and (static.low < 0 or not won.unbounded):
        return None
    sizes = _difference(lost, won)
    return None if sizes is None else static + sizes


def _repeated(old: Range | None, new: Range | None) -> Range | None:
    """A prompt that is sent again at each turn: where nothing limits the turns, nothing limits the difference."""
    gained = _difference(old, new)
    if gained is None or old is None or new is None or not (old.unbounded and new.unbounded):
        return gained
    return Range(gained.low, None, None, gained.basis)


def _others(holes: Iterable[HoleTokens], known: Iterable[HoleTokens]) -> list[HoleTokens]:
    names = [hole.name for hole in known]
    left = []
    for hole in holes:
        if hole.name in names:
            names.remove(hole.name)
        else:
            left.append(hole)
    return left


def _sized(holes: Iterable[HoleTokens]) -> Range:
    return total(hole.tokens if hole.tokens is not None else Range(0, None, None, "bounded") for hole in holes)


def _causes(old: CallSite, new: CallSite, before: Measure, after: Measure) -> Iterable[Cause]:
    changed: list[str] = []
    kept = [_kept(site) for site in (old, new)]
    for role, name in NAMES.items():
        one, other = old.arg(role), new.arg(role)
        if _told(one) != _told(other) and not (role == "cache" and kept[0] != kept[1]):  # a time says more than a mark
            place = _place(other, new.span) if not isinstance(other, Absent) else new.span
            changed.append(role)
            yield Cause(name, place.path, place.line, _told(one), _told(other))
    if kept[0] != kept[1]:
        yield Cause(NAMES["cache"], new.span.path, new.span.line, kept[0], kept[1])
    if _attempts(old.retries) != _attempts(new.retries):
        place = next((layer.span for layer in new.retries if layer.span), new.span)
        changed.append("retries")
        yield Cause("retries", place.path, place.line, _attempts(old.retries), _attempts(new.retries))
    if old.requests != new.requests:
        yield Cause("requests", new.span.path, new.span.line, _asked(old.requests), _asked(new.requests))
    yield from _releases(old, new, changed)
    if old.counted != new.counted:
        ways = {True: "here", False: "at its callers"}
        yield Cause("counted", new.span.path, new.span.line, ways[old.counted], ways[new.counted])
    loops = [" ".join(map(_loop, site.context.loops)) or None for site in (old, new)]
    if loops[0] != loops[1]:
        place = new.context.loops[0].span if new.context.loops else new.span
        yield Cause("loop", place.path, place.line, loops[0], loops[1])
    lines = _lines(old, new)
    for cause in _sources(_by_path(before), _by_path(after), (old.span.path, new.span.path)):
        first, last = lines.get(cause.path, (0, 0))
        longer = first and (cause.delta_tokens or 0) > 0
        yield replace(cause, line=first, end_line=last) if longer else cause


def _kept(site: CallSite) -> str | None:
    """For how long parts of the prompt are kept in the provider's cache."""
    words = {None: "for a time that is not seen", "": "for the shortest time"}
    return ", ".join(sorted(words.get(each, f"for {each}") for each in site.caching.times)) or None


def _asked(requests: Range | None) -> str | None:
    """How many requests one call makes."""
    if requests is None:
        return None
    if requests.high is None:
        return f"{requests.low} or more"
    return f"{requests.low}" if requests.low == requests.high else f"{requests.low} to {requests.high}"


def _lines(old: CallSite, new: CallSite) -> dict[str, tuple[int, int]]:
    """For each file, the lines of the head in which the prompt gained most."""
    before, after = ([] if each.prompt is None else _sent(each.prompt) for each in (old, new))
    found: dict[str, tuple[int, int]] = {}
    for path, first, last in grown(before, after):
        found.setdefault(path, (first, last))
    return found


def _sent(prompt: Prompt) -> list[Line]:
    """The lines of a prompt; of several that a call sends, each line that any of them has, by the place it stands at."""
    if not prompt.alternatives:
        return lines_of(prompt.segments)
    every = (line for each in (prompt, *prompt.alternatives) for line in lines_of(each.segments))
    return sorted(dict.fromkeys(every), key=lambda line: (line.path, line.number))


def _repriced(site: CallSite, before: Price | None, after: Price | None) -> Iterable[Cause]:
    """Other rates of one and the same model: nothing in the code did that."""
    if before is None or after is None or (before.model, before.provider) != (after.model, after.provider):
        return
    for unit in dict.fromkeys((*before.rates, *after.rates)):
        was, now = before.rates.get(unit), after.rates.get(unit)
        if was != now and unit in BILLED:
            yield Cause(f"{PRICE}{unit}", site.span.path, site.span.line, _rate(was), _rate(now))


def _rate(rate: Decimal | None) -> str | None:
    return None if rate is None else f"{rate.normalize():f}"


def _releases(old: CallSite, new: CallSite, roles: Iterable[str]) -> Iterable[Cause]:
    """Other releases of distributions, where what changed depends on them."""
    seen = set()
    for role in roles:
        was, now = old.releases.get(role), new.releases.get(role)
        if was is None or now is None or was.distribution != now.distribution or was.version == now.version:
            continue
        if now.distribution not in seen:
            seen.add(now.distribution)
            written = now.span or was.span
            named = f"{RELEASE}{now.distribution}" + (f" in {written.path}" if written is not None else "")
            place = written or new.span
            yield Cause(named, place.path, place.line, was.version, now.version)


def _sources(
    old: dict[str, list[tuple[int, int]]], new: dict[str, list[tuple[int, int]]], move: tuple[str, str]
) -> Iterable[Cause]:
    """Per file, how much prompt text grew or shrank, placed at the part that differs most. Moved text did neither."""
    if move[0] in old and move[0] not in new and move[1] not in old:
        old[move[1]] = old.pop(move[0])
    for gone, come in _moved(old, new):
        del old[gone], new[come]
    for path in sorted(old.keys() | new.keys()):
        was, now = old.get(path, []), new.get(path, [])
        left = [size for size, _ in was]
        changed = []
        for size, line in now:
            if size in left:
                left.remove(size)
            else:
                changed.append((size, line))
        delta = sum(size for size, _ in now) - sum(size for size, _ in was)
        if not delta:
            continue
        line = max(changed)[1] if changed else (now or was)[0][1]
        sums = [f"{sum(size for size, _ in each):,} tokens" if each else None for each in (was, now)]
        yield Cause(f"prompt {path}", path, line, sums[0], sums[1], delta)


def _moved(
    old: dict[str, list[tuple[int, int]]], new: dict[str, list[tuple[int, int]]]
) -> list[tuple[str, str]]:
    """Pairs of a file that only the base reads and one that only the head reads, with parts of the same sizes."""
    come = [path for path in new if path not in old]
    pairs = []
    for path in (path for path in old if path not in new):
        sizes = [size for size, _ in old[path]]
        twin = next((each for each in come if [size for size, _ in new[each]] == sizes), None)
        if twin is not None:
            come.remove(twin)
            pairs.append((path, twin))
    return pairs


def _by_path(measure: Measure) -> dict[str, list[tuple[int, int]]]:
    found: dict[str, list[tuple[int, int]]] = {}
    for source in measure.sources:
        size = source.tokens.likely if source.tokens.likely is not None else source.tokens.low
        found.setdefault(source.span.path, []).append((int(size), source.span.line))
    return found


def _told(value: Value) -> str | None:
    if isinstance(value, Absent):
        return None
    if isinstance(value, Unknown):
        return "unknown"
    return " or ".join("nothing" if isinstance(each, Absent) else str(each) for each in value.values)


def _loop(loop: Loop) -> str:
    return loop.kind if loop.bound is None else f"{loop.kind} of {loop.bound:,}"


def _place(value: Value, otherwise: Span) -> Span:
    trail = value.trail if isinstance(value, (Known, Unknown)) else ()
    return next((span for span in reversed(trail) if span.path), otherwise)


def _attempts(layers: Iterable[RetryLayer]) -> str | None:
    result = 1
    for layer in layers:
        if layer.unbounded:
            return "unbounded"
        if layer.attempts is None:
            return "unknown"
        result *= layer.attempts
    return f"{result} requests at worst"

"""From files to figures: every record read once, joined, counted once, and tallied for its targets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from costgate.model.measured import Imported, Measured, Spread
from costgate.model.money import Range
from costgate.usage.files import records
from costgate.usage.growth import growth_of
from costgate.usage.join import SITE, Sites, Target, join
from costgate.usage.metrics import Metrics, is_metric
from costgate.usage.record import Left, Recogniser, Usage, usage_of
from costgate.usage.spans import Traces, is_span
from costgate.usage.spikes import Day, spikes_of
from costgate.usage.tally import Tally

_MICRO = 1_000_000
_DAY = 86_400 * _MICRO
_SESSIONS = 200_000
_TURNS = 400
_IDS = 5_000_000
_MODELS = 50
_STRANGERS = 2_000
_FINE = Decimal("0.0001")
_FULL_DAYS = 3

Tell = Callable[[str, int, int], None]


@dataclass(slots=True)
class _Group:
    """All that is known of one target so far."""

    input: Tally = field(default_factory=Tally)
    output: Tally = field(default_factory=Tally)
    visible: Tally = field(default_factory=Tally)
    reasoning: Tally = field(default_factory=Tally)
    requests: int = 0
    unnumbered: bool = False
    sent: int = 0
    back: int = 0
    read: int = 0
    written: int = 0
    hour: int = 0
    thought: int = 0
    failed: int = 0
    answered: int = 0
    cost: Decimal = Decimal(0)
    costed: int = 0
    since: int | None = None
    until: int | None = None
    models: Counter[str] = field(default_factory=Counter)
    sources: set[str] = field(default_factory=set)
    ways: set[str] = field(default_factory=set)
    days: dict[str, Day] = field(default_factory=dict)
    sessions: dict[str, list[tuple[int, int]]] = field(default_factory=dict)

    def add(self, usage: Usage) -> None:
        """One record more."""
        number = usage.requests
        self.unnumbered |= number is None
        self.requests += number or 0
        self.sent += usage.input
        self.back += usage.output
        self.read += usage.cache_read
        self.written += usage.cache_write
        self.hour += usage.cache_write_1h
        self.thought += usage.reasoning
        self.sources.add(usage.source)
        if usage.cost is not None:
            self.cost += usage.cost
            self.costed += 1
        if usage.model is not None and (usage.model in self.models or len(self.models) < _MODELS):
            self.models[usage.model] += number or 1
        self._dated(usage)
        if usage.total:
            return
        self.input.add(usage.input)
        self.output.add(usage.output)
        self.reasoning.add(usage.reasoning)
        self.visible.add(usage.output - usage.reasoning)
        if usage.session is not None and (usage.session in self.sessions or len(self.sessions) < _SESSIONS):
            turns = self.sessions.setdefault(usage.session, [])
            if len(turns) < _TURNS:
                turns.append((usage.when or len(turns), usage.input))

    def _dated(self, usage: Usage) -> None:
        if usage.when is None:
            return
        self.since = usage.when if self.since is None else min(self.since, usage.when)
        self.until = usage.when if self.until is None else max(self.until, usage.when)
        day = self.days.setdefault(_day(usage.when), Day())
        day.requests += usage.requests or 0
        day.input += usage.input
        day.output += usage.output


@dataclass(slots=True)
class _Import:
    sites: Sites
    groups: dict[tuple[Target, bool], _Group] = field(default_factory=dict)
    """Per target, single requests apart from totals, which may be of the same requests."""
    left: Counter[str] = field(default_factory=Counter)
    strangers: Counter[str] = field(default_factory=Counter)
    ids: set[int] = field(default_factory=set)
    read: int = 0
    used: int = 0

    def take(self, found: Usage | Left) -> None:
        """One record's worth."""
        self.read += 1
        usage = found.of if isinstance(found, Left) else found
        if usage is not None and self._seen_before(usage):
            self.left["records that were told before"] += 1
            return
        if isinstance(found, Left):
            self.left[found.why] += 1
            if found.of is not None and (found.failed or found.answered):
                for joint in join(found.of, self.sites):
                    group = self.groups.setdefault((joint.target, found.of.total), _Group())
                    group.failed += found.failed
                    group.answered += found.answered
            return
        joints = join(found, self.sites)
        if not joints:
            who = found.workload or found.prompt or found.function or found.name or found.model or "nothing"
            self.strangers[who if who in self.strangers or len(self.strangers) < _STRANGERS else "others"] += found.requests or 1
            return
        self.used += 1
        for joint in joints:
            group = self.groups.setdefault((joint.target, found.total), _Group())
            group.ways.add(joint.by)
            group.add(found)

    def _seen_before(self, usage: Usage) -> bool:
        if usage.id is None:
            return False
        key = hash((usage.id, usage.model, usage.total))
        if key in self.ids:
            return True
        if len(self.ids) < _IDS:
            self.ids.add(key)
        return False


def collect(files: Iterable[Path], sites: Sites, given: str | None, columns: Mapping[str, str], tell: Tell) -> Imported:
    """Read all files. `given`: the one source they are of, else each record decides; `columns`: our name -> a header."""
    made, recogniser = _Import(sites), Recogniser(given)
    paths = list(files)
    traces, metrics = Traces(recogniser), Metrics()
    for number, path in enumerate(paths):
        tell("looking for spans", number, len(paths))
        _note_spans(path, traces)
    for number, path in enumerate(paths):
        tell("reading measured usage", number, len(paths))
        for record in records(path, made.left):
            if is_metric(record):
                metrics.note(record, made.left)
            else:
                made.take(_found(record, columns, traces))
    for record in metrics.records():
        made.take(_found(record, {}, traces))
    groups = sorted(_apart(made).items(), key=lambda each: (each[0].kind, each[0].name))
    measured = tuple(_measured(target, group, sites) for target, group in groups)
    return Imported(made.read, made.used, tuple(each for each in measured if each.requests or each.input_total), made.left, made.strangers)


def _apart(made: _Import) -> dict[Target, _Group]:
    """One group for each target: its single requests where there are any, since totals may count the same ones again."""
    found: dict[Target, _Group] = {}
    for (target, total), group in sorted(made.groups.items(), key=lambda each: each[0][1]):
        if total and target in found and found[target].requests:
            made.left[f"totals beside single requests of {target.name}"] += 1
        else:
            found[target] = group
    return found


def _note_spans(path: Path, traces: Traces) -> None:
    """A first look at files of spans, whose parents often come after them. Other files are left at their first record."""
    ignored: Counter[str] = Counter()
    for number, record in enumerate(records(path, ignored)):
        if is_span(record):
            traces.note(record, ignored)
        elif number > 100 and not traces.places:
            return


def _found(record: dict[str, Any], columns: Mapping[str, str], traces: Traces) -> Usage | Left:
    if is_span(record):
        return traces.usage(record)
    record = _renamed(record, columns)
    source = traces.recogniser.source_of(record)
    if source is None:
        return Left("records of no known source")
    return usage_of(record, source)


def _renamed(record: dict[str, Any], columns: Mapping[str, str]) -> dict[str, Any]:
    """Column names of tables in their plain form, and the ones that the user named in ours."""
    plain = {_plain(key): value for key, value in record.items() if isinstance(value, str) and _plain(key) not in record}
    named = {ours: record[theirs] for ours, theirs in columns.items() if theirs in record}
    return {**plain, **record, **named} if plain or named else record


@lru_cache(maxsize=4096)
def _plain(header: str) -> str:
    return "".join(char if char.isalnum() else "_" for char in header.strip().lower()).strip("_")


def _measured(target: Target, group: _Group, sites: Sites) -> Measured:
    thinks = group.thought > 0
    joined = sites.sites_of.get(target.name, ()) if target.kind != SITE else ()
    several = len(joined) > 1
    return Measured(
        target=target.name,
        kind=target.kind,
        joined_by=tuple(sorted(group.ways)),
        sources=tuple(sorted(group.sources)),
        requests=group.requests,
        since=None if group.since is None else _day(group.since),
        until=None if group.until is None else _day(group.until),
        models=dict(group.models.most_common()),
        input=_input(group, target.kind, bool(joined)),
        output=None if joined else (group.visible if thinks else group.output).spread(),
        reasoning=group.reasoning.spread() if thinks and not joined else None,
        cached_share=_share(group.read, group.sent) if group.read or group.written else None,
        written_share=_share(group.written - group.hour, group.sent) if group.written > group.hour else None,
        hour_share=_share(group.hour, group.sent) if group.hour else None,
        failed=group.failed,
        answered=group.answered,
        per_month=_traffic(group),
        turns=None if several else _turns(group),
        growth=None if several else growth_of(group.sessions.values()),
        spikes=spikes_of(group.days),
        input_total=group.sent,
        output_total=group.back,
        cost=group.cost if group.costed else None,
    )


def _traffic(group: _Group) -> Range | None:
    """Requests of thirty days, where at least one whole day was seen: the quietest, the mean and the busiest day."""
    if group.since is None or group.until is None or group.unnumbered or group.until - group.since < _DAY:
        return None
    days = [group.days.get(day, Day()).requests for day in _days(group.since, group.until)]
    whole = days[1:-1] if len(days) >= _FULL_DAYS + 2 else days
    part = Decimal(len(group.sessions)) / group.input.number if _in_sessions(group) else Decimal(1)
    mean, least, most = (int(number * 30 * part) for number in (Decimal(sum(whole)) / len(whole), min(whole), max(whole)))
    return Range(min(least, mean), mean, max(most, mean), "measured")


def _in_sessions(group: _Group) -> bool:
    """Whether nearly every request says which conversation it is of."""
    return sum(map(len, group.sessions.values())) * 10 >= group.input.number * 9 > 0


def _turns(group: _Group) -> Spread | None:
    if not _in_sessions(group):
        return None
    turns = Tally()
    for session in group.sessions.values():
        turns.add(len(session))
    return turns.spread()


def _input(group: _Group, kind: str, has_sites: bool) -> Spread | None:
    """Of a call site, what its requests send. Of a workload, what the first turn of a conversation does.

    Where a workload's calls are known and their input does not grow, the call sites say it better: they know what of it
    is text in the code.
    """
    growth = growth_of(group.sessions.values())
    if kind == SITE:
        return group.input.spread()
    if growth is None or growth.regime == "flat":
        return None if has_sites else group.input.spread()
    first = Tally()
    for session in group.sessions.values():
        first.add(min(session)[1])
    return first.spread()


def _days(since: int, until: int) -> Iterator[str]:
    for day in range(since // _DAY, min(until // _DAY, since // _DAY + 3650) + 1):
        yield _day(day * _DAY)


def _day(when: int) -> str:
    return datetime.fromtimestamp(when // _MICRO, UTC).date().isoformat()


def _share(part: int, whole: int) -> Decimal | None:
    return (Decimal(part) / whole).quantize(_FINE) if whole else None

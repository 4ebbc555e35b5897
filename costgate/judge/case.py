"""The cases put to the rules: every call, prompt, change, file, ... of a run, with the facts that go with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from costgate.model.call import CallSite
from costgate.model.config import Budget
from costgate.model.finding import Gap
from costgate.model.money import Range
from costgate.model.snapshot import Change, Comparison, Measure, PromptTokens, Snapshot
from costgate.model.value import Span
from costgate.policy.glob import matches
from costgate.policy.subject import (
    CallSubject,
    ChangeSubject,
    ExceptionSubject,
    FileSubject,
    GapSubject,
    PortfolioSubject,
    PromptSubject,
    RunSubject,
    Subjects,
    WorkloadSubject,
    WrapperSubject,
)

OBJECT_KINDS = ("model-object", "agent")
AGENT_KINDS = ("agent", "agent-run")
NOWHERE = Span(".", 1)
UNMEASURED = Measure()


@dataclass(frozen=True, slots=True)
class Case:
    """One question to the rules of one `each`. `key` is the identity, free of line numbers."""

    key: str
    span: Span
    facts: Subjects
    call_key: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """What is judged. `paths`: the files it is about (changed, or given); None: the whole tree."""

    snapshot: Snapshot
    mode: str
    comparison: Comparison | None = None
    paths: frozenset[str] | None = None
    budgets: tuple[Budget, ...] = ()
    as_of: str | None = None
    currency: str = "USD"
    ignores_added: int = 0
    book_date: str | None = None
    exceptions: tuple[ExceptionSubject, ...] = ()
    changes: Mapping[str, Change] = field(default_factory=dict)
    """The change that touches each head call, by its key."""
    makers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The workloads that make each call, by its key."""
    placed: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Those of them that only the change puts the call into."""

    @property
    def subject(self) -> RunSubject:
        """The run as rules see it."""
        return RunSubject(
            self.mode,
            self.snapshot,
            self.comparison,
            self.as_of,
            self.currency,
            ignores_added=self.ignores_added,
            book_date=self.book_date,
        )


def cases(each: str, run: Run) -> tuple[Case, ...]:
    """Every case of one kind, in a fixed order, with keys made unique."""
    facts: Subjects = {"run": run.subject}
    found = [replace(case, facts={**facts, **case.facts}) for case in MAKERS[each](run)]
    seen: Counter[str] = Counter()
    unique = []
    for case in found:
        seen[case.key] += 1
        unique.append(case if seen[case.key] == 1 else replace(case, key=f"{case.key}#{seen[case.key]}"))
    return tuple(unique)


def budget_for(path: str, declared: int | None, budgets: Iterable[Budget]) -> int | None:
    """The token budget of a prompt: the last one in the configuration that matches, else the one declared with it."""
    found = [budget.tokens for budget in budgets if matches(path, (budget.glob,))]
    return found[-1] if found else declared


def _about(run: Run, path: str) -> bool:
    return run.mode != "check" or run.paths is None or path in run.paths


def _call_subject(run: Run, site: CallSite, handed: Collection[str] = ()) -> CallSubject:
    change = run.changes.get(site.key)
    measure = run.snapshot.measures.get(site.key, UNMEASURED)
    compared = run.comparison is not None
    nested = f"{site.span.path}::{site.context.function}" in handed
    makers = run.makers.get(site.key, ())
    return CallSubject(site, measure, change.kind if change else None, compared, run.as_of, makers, nested)


def _sites(run: Run) -> list[CallSite]:
    return [site for site in run.snapshot.reading.calls if _about(run, site.span.path) and not _stood_for(site)]


def _stood_for(site: CallSite) -> bool:
    # An object whose calls are entries of their own: those carry its settings, and are judged in its place.
    return site.kind in OBJECT_KINDS and not site.counted


def _calls(run: Run) -> Iterator[Case]:
    for site in _sites(run):
        yield Case(site.key, site.span, {"call": _call_subject(run, site)}, site.key)


def _agents(run: Run) -> Iterator[Case]:
    handed = {name for site in run.snapshot.reading.calls for name in site.tool_functions}
    for site in _sites(run):
        if site.kind in AGENT_KINDS:
            subject = _call_subject(run, site, handed)
            yield Case(site.key, site.span, {"call": subject, "agent": subject}, site.key)


def _wrappers(run: Run) -> Iterator[Case]:
    callers: dict[str, list[CallSite]] = {}
    for site in run.snapshot.reading.calls:
        if site.via is not None:
            callers.setdefault(site.via, []).append(site)
    for site in _sites(run):
        if site.key in callers:
            wrapper = WrapperSubject(site, tuple(callers[site.key]))
            yield Case(site.key, site.span, {"call": _call_subject(run, site), "wrapper": wrapper}, site.key)


def _prompts(run: Run) -> Iterator[Case]:
    base = run.comparison.base.prompts if run.comparison else ()
    before = dict(keyed(base))
    first: dict[str, Span] = {}
    for key, prompt in keyed(run.snapshot.prompts):
        span, text = prompt.source.span, " ".join(prompt.source.text.split())
        original = first.setdefault(text, span)
        if _about(run, span.path):
            copied = None if original is span else f"{original.path}:{original.line}"
            yield Case(key, span, {"prompt": _prompt_subject(run, prompt, before.get(key), copied)})


def _prompt_subject(run: Run, prompt: PromptTokens, before: PromptTokens | None, copy_of: str | None) -> PromptSubject:
    # what a change says of its own budget only counts where it is stricter than what the base says
    declared = [each.source.budget for each in (prompt, before) if each is not None and each.source.budget is not None]
    budget = budget_for(prompt.source.span.path, min(declared, default=None), run.budgets)
    sizes = None if before is None else before.tokens
    return PromptSubject(prompt, budget, sizes, run.comparison is not None, copy_of, run.snapshot.reading.whole)


def keyed(prompts: Iterable[PromptTokens]) -> Iterator[tuple[str, PromptTokens]]:
    """A prompt source is known by its file, its role, and its place among those of the same file and role."""
    seen: Counter[str] = Counter()
    for prompt in sorted(prompts, key=lambda each: (each.source.span.path, _place(each.source.span))):
        name = f"{prompt.source.span.path}:{prompt.source.load}:{prompt.source.role}"
        seen[name] += 1
        yield f"{name}:{seen[name]}", prompt


def _place(span: Span) -> tuple[int, int, int]:
    return (span.cell or 0, span.line, span.column)


def _changes(run: Run) -> Iterator[Case]:
    if run.comparison is None:
        return
    base, head = run.comparison.base, run.comparison.head
    for change in run.comparison.changes:
        before = base.measures.get(change.before.key, UNMEASURED) if change.before else None
        after = head.measures.get(change.after.key, UNMEASURED) if change.after else None
        site = change.after or change.before
        if site is None or _stood_for(site):
            continue
        facts: dict[str, Any] = {"change": ChangeSubject(change, before, after)}
        if change.after:
            facts["call"] = _call_subject(run, change.after)
        if change.before and before:
            facts["before"] = CallSubject(change.before, before, None, compared=True, as_of=run.as_of)
        yield Case(site.key, site.span, facts, site.key)


def _files(run: Run) -> Iterator[Case]:
    if run.paths is None:
        return
    unread = run.snapshot.reading.unread
    calls = Counter(site.span.path for site in run.snapshot.reading.calls)
    for path in sorted({*run.paths, *unread}):
        file = FileSubject(path, path in run.paths, unread.get(path), calls[path])
        yield Case(path, Span(path, 1), {"file": file})


def _gaps(run: Run) -> Iterator[Case]:
    for gap in run.snapshot.reading.gaps:
        if gap.span is None or _about(run, gap.span.path):
            yield _gap(gap, None, None)
    for site in _sites(run):
        for gap in site.gaps + run.snapshot.measures.get(site.key, UNMEASURED).gaps:
            yield _gap(gap, site.key, site.span)


def _gap(gap: Gap, call_key: str | None, fallback: Span | None) -> Case:
    span = gap.span or fallback or NOWHERE
    return Case(f"{span.path}:{gap.what}:{call_key or ''}", span, {"gap": GapSubject(gap, call_key)}, call_key)


def _exceptions(run: Run) -> Iterator[Case]:
    for exception in run.exceptions:
        key = f"{exception.kind}:{exception.path}:{','.join(exception.rules)}"
        yield Case(key, Span(exception.path, exception.line), {"exception": exception})


def _workloads(run: Run) -> Iterator[Case]:
    base = {each.workload.name: each for each in run.comparison.base.workloads} if run.comparison else {}
    for cost in run.snapshot.workloads:
        name = cost.workload.name
        subject = WorkloadSubject(cost, base.get(name), run.snapshot.portfolio, run.as_of)
        yield Case(name, cost.span, {"workload": subject})


def _portfolio(run: Run) -> Iterator[Case]:
    cost = run.snapshot.portfolio
    if cost is None:
        return
    pairs = None
    if run.comparison is not None:
        base = {each.workload.name: each for each in run.comparison.base.workloads}
        heads = {each.workload.name: each for each in run.snapshot.workloads}
        pairs = tuple((base[name], heads[name]) for name in cost.members if name in base)
    yield Case(cost.plan.name, cost.span, {"portfolio": PortfolioSubject(cost, pairs)})


def _run(run: Run) -> Iterator[Case]:
    yield Case("run", _largest(run), {})


def _largest(run: Run) -> Span:
    """A run has no place of its own: its findings are shown where most of the growth comes from."""
    changes = [change for change in (run.comparison.changes if run.comparison else ()) if change.after]
    if not changes:
        return NOWHERE
    change = max(changes, key=lambda each: (_size(each.tokens), _size(each.cost), each.key))
    return change.after.span if change.after else NOWHERE


def _size(delta: Range | None) -> Any:
    if delta is None:
        return 0
    return delta.likely if delta.likely is not None else delta.low if delta.high is None else delta.high


MAKERS: Mapping[str, Callable[[Run], Iterator[Case]]] = {
    "call": _calls,
    "agent": _agents,
    "wrapper": _wrappers,
    "prompt": _prompts,
    "change": _changes,
    "file": _files,
    "gap": _gaps,
    "exception": _exceptions,
    "workload": _workloads,
    "portfolio": _portfolio,
    "run": _run,
}
"""What a rule may say in `each` -> how its cases are made."""

"""The folded part of a comment: one line each, so that lines can be left out of the middle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from costgate.model.report import CallDoc, ChangeDoc, ExceptionDoc, FindingDoc, Report
from costgate.render import findingnotes
from costgate.render.advice import GapGroup, assumptions, gap_groups
from costgate.render.figures import UNKNOWN, apart, count, money, money_change, plural, token_change, tokens
from costgate.render.phrase import POLICY, because, coverage, is_partial, kinds, prices, reasons, values
from costgate.render.rank import ranked_calls, ranked_changes, ranked_findings
from costgate.render.words import SPEECH, Linker, name, own, prose, titled

_EACH = 5
_MOST = 120
_KINDS = 20
T = TypeVar("T")


def lines(report: Report, linker: Linker, calls: int, findings: int) -> Iterator[str]:
    """Everything that did not fit above the fold (`calls` and `findings` of each did), and what the figures rest on."""
    yield from _totals(report)
    yield from _more_changes(report, linker, calls)
    yield from _calls(report, linker)
    yield from _listed("#### More findings", findingnotes.below(report, findings), lambda note: findingnotes.line(report, note, linker))
    exceptions = report["exceptions_changed"][findings:]
    yield from _listed("#### More exceptions", exceptions, lambda one: exception_line(one, linker))
    for group in gap_groups(report)[:_KINDS]:
        yield from _gap(group)
    yield from _listed("#### What the figures rest on", assumptions(report), lambda one: f"- {SPEECH.spell(one)}")
    hidden = ranked_findings(finding for finding in report["findings"] if finding["state"] != "open")
    yield from _listed("#### Existing, suppressed and waived", _alike(hidden), lambda found: _hidden(found, linker))
    yield from _seen(report)


def _listed(title: str, items: Sequence[T], spell: Callable[[T], str]) -> Iterator[str]:
    """No more items than could ever fit are spelled, so that a huge report costs no more time than a large one."""
    rest = [f"- and {count(len(items) - _MOST)} more"] if len(items) > _MOST else []
    yield from titled(title, [*map(spell, items[:_MOST]), *rest])


def change_name(change: ChangeDoc, linker: Linker) -> str:
    """Where the changed call stands: in the head, or in the base if it is gone."""
    if change["after"] is not None:
        return linker.call(change["after"]["path"], change["after"]["line"], change["after"]["function"])
    gone = change["before"]
    if gone is None:
        return name(change["key"])
    return f"{Linker(None, None).call(gone['path'], gone['line'], gone['function'])} (removed)"


def token_step(change: ChangeDoc) -> str:
    """Prompt tokens, old → new, with the difference."""
    old, new = (side and tokens(side["input_tokens"]) for side in (change["before"], change["after"]))
    return own(_step(old, new, apart(change["delta"]["tokens"], token_change(change["delta"]["tokens"]), (old, new))))


def cost_step(change: ChangeDoc, currency: str) -> str:
    """Money per call, old → new, with the difference."""
    old, new = (side and money(side["cost_per_call"], currency) for side in (change["before"], change["after"]))
    return own(_step(old, new, apart(change["delta"]["cost"], money_change(change["delta"]["cost"], currency), (old, new))))


def _step(old: str | None, new: str | None, difference: str) -> str:
    ends = [end or "none" for end in (old, new)]
    both = " → ".join(ends) if ends[0] != ends[1] else ends[0]
    return both if both == difference == UNKNOWN else f"{both} ({difference})"


def exception_line(one: ExceptionDoc, linker: Linker) -> str:
    """One exception that the change adds, removes or alters."""
    rules = ", ".join(name(rule) for rule in one["rules"][:_EACH])
    rules = f" for {rules}" if rules else "" if one["kind"] == POLICY else " for no rule"
    reason = prose(one["reason"]) or "no reason given"
    where = linker.at(one["path"], one["line"])
    return f"- {prose(one['change'])} {prose(one['kind'])}{rules} at {where}: {reason}"


def _totals(report: Report) -> Iterator[str]:
    currency, totals = report["provenance"]["currency"], report["totals"]
    said = [
        f"- {label}: {own(money(side['cost_per_call'], currency))}, {tokens(side['input_tokens'])} prompt tokens, "
        f"{count(side['priced'])} of {plural(side['counted'], 'call')} priced"
        for label, side in (("Before", totals["base"]), ("After", totals["head"]))
        if side is not None and not is_partial(report)
    ]
    yield from titled("#### One request through every call", said)


def _more_changes(report: Report, linker: Linker, shown: int) -> Iterator[str]:
    currency, more = report["provenance"]["currency"], ranked_changes(report["changes"])[shown:]
    yield from _listed("#### Smaller changes", more, lambda change: _change_line(change, currency, linker))
    if report["changes"]:
        yield ""
        yield f"Calls: {own(kinds(report['changes']))}."


def _change_line(change: ChangeDoc, currency: str, linker: Linker) -> str:
    steps = f"tokens {token_step(change)}; cost {cost_step(change, currency)}"
    return f"- {change['kind']} {change_name(change, linker)}: {steps}{_because(change)}"


def _because(change: ChangeDoc) -> str:
    said = [SPEECH.spell(one) for one in because(change)[:_EACH]]
    return f"; {', '.join(said)}" if said else ""


def _calls(report: Report, linker: Linker) -> Iterator[str]:
    currency = report["provenance"]["currency"]
    yield from _listed("#### Calls", ranked_calls(report["calls"]), lambda call: _call_line(call, currency, linker))


def _call_line(call: CallDoc, currency: str, linker: Linker) -> str:
    unknown = "".join(f"; {SPEECH.spell(reason)}" for reason in reasons(call)[:_EACH])
    cost, thousand = (own(money(call["cost_per_call"], currency, calls)) for calls in (1, 1000))
    return (
        f"- {linker.call(call['path'], call['line'], call['function'], call['cell'])}: "
        f"{name(values(call['model'], 'none'))}, output cap {prose(values(call['output_limit'], 'none'))}, "
        f"prompt {tokens(call['input_tokens'])} tokens, {cost} per call, {thousand} per 1,000 calls{unknown}"
    )


def _gap(group: GapGroup) -> Iterator[str]:
    said = []
    for why, places in group.whys[:_EACH]:
        shown = ", ".join(name(one) for one in places[:_EACH])
        more = f" and {count(len(places) - _EACH)} more" if len(places) > _EACH else ""
        said.append(f"- {prose(why)}{f': {shown}{more}' if shown else ''}")
    if len(group.whys) > _EACH:
        said.append(f"- and for {plural(len(group.whys) - _EACH, 'other reason')}")
    yield from titled(
        f"#### Not known: {prose(group.what)} ({count(group.number)})", [f"Declare: {group.declare}", "", *said]
    )


def _alike(hidden: Iterable[FindingDoc]) -> list[list[FindingDoc]]:
    """Findings of one rule that are hidden for one reason, together."""
    groups: dict[tuple[str, str, str | None], list[FindingDoc]] = {}
    for one in hidden:
        groups.setdefault((one["state"], one["rule"], one["suppressed_by"]), []).append(one)
    return [*groups.values()]


def _hidden(found: Sequence[FindingDoc], linker: Linker) -> str:
    first = found[0]
    places = [*dict.fromkeys(linker.at(one["path"], one["line"], one["cell"]) for one in found if one["path"])]
    where = f" at {', '.join(places[:_EACH])}" if places else ""
    more = f" and {plural(len(places) - _EACH, 'other place')}" if len(places) > _EACH else ""
    why = prose(first["suppressed_by"] or first["message"])
    return f"- {first['state']} {name(first['rule'])}{where}{more}: {why}"


def _seen(report: Report) -> Iterator[str]:
    said = [f"- {own(clause)}" for clause in coverage(report)]
    said.append(f"- {SPEECH.spell(prices(report))}")
    if report["abstentions"]:
        said.append(f"- {plural(len(report['abstentions']), 'rule decision')} left open for want of facts")
    skipped = report["coverage"]["skipped"]
    said += [f"- not or only partly read: {name(one['path'])}: {prose(one['why'])}" for one in skipped[:_EACH]]
    if len(skipped) > _EACH:
        said.append(f"- and {plural(len(skipped) - _EACH, 'more file')}")
    yield from titled("#### What was seen", said)

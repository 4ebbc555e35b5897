"""The report document: everything that was read, measured, compared and judged, in the shape of model/report.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from costgate.judge.case import NOWHERE
from costgate.judge.figures import gap as gap_doc
from costgate.judge.figures import money_doc, number, range_doc
from costgate.judge.figures import span as span_doc
from costgate.judge.judgement import Judgement
from costgate.judge.prompts import prompt_docs
from costgate.judge.spending import portfolio_doc, saving_doc, workload_docs
from costgate.knowledge.vocabularies import carrier
from costgate.model import report as doc
from costgate.model.call import CallSite, RetryLayer
from costgate.model.finding import Finding, Rule, Suppression
from costgate.model.fix import Edit
from costgate.model.measured import Measurement
from costgate.model.money import CostLine, Price
from costgate.model.snapshot import Cause, Change, Comparison, HoleTokens, Measure, Reasoning, Snapshot, SourceTokens
from costgate.model.value import Absent, Known, Span, Unknown, Value
from costgate.model.waiver import Plea
from costgate.model.workload import Saving

DOCS = "docs/rules/{name}.md"


def document(
    judgement: Judgement,
    measured: Snapshot | Comparison,
    provenance: doc.ProvenanceDoc,
    tool: doc.ToolDoc,
    exceptions: Iterable[doc.ExceptionDoc] = (),
    savings: Mapping[str, Sequence[Saving]] | None = None,
) -> doc.Report:
    """The whole report. In a diff `calls` holds the head calls that the change affects, else every call.

    `savings`: what levers would save, by the key of the call or the name of the workload that a finding is about.
    `exceptions`: what the change does to the configuration and the baseline; inline ignores come from the judgement.
    """
    head = measured.head if isinstance(measured, Comparison) else measured
    base = measured.base if isinstance(measured, Comparison) else None
    changes = measured.changes if isinstance(measured, Comparison) else ()
    levers = {rule.id: rule.lever for rule in judgement.rules}
    makers = {key: each.workload.name for each in head.workloads for key in each.sites}
    return {
        "schema": doc.SCHEMA,
        "tool": tool,
        "provenance": _counted(provenance),
        "rules": [_rule(each) for each in judgement.rules],
        "calls": [_call(site, head.measures[site.key], makers) for site in _shown(head, measured, judgement)],
        "prompts": prompt_docs(measured),
        "workloads": workload_docs(measured),
        "portfolio": portfolio_doc(measured),
        "totals": {
            "head": _totals(head, base is not None),
            "base": None if base is None else _totals(base, compared=True),
            "delta": _delta(measured) if isinstance(measured, Comparison) else None,
        },
        "changes": [_change(each, measured) for each in changes if isinstance(measured, Comparison)],
        "findings": [_finding(each, levers, savings or {}) for each in judgement.findings],
        "exceptions_changed": [*map(_plea, judgement.pleas), *map(_ignore, judgement.ignores_added), *exceptions],
        "abstentions": [{"rule": each.rule, "key": each.key, "why": each.why} for each in judgement.abstentions],
        "gaps": [gap_doc(each) for each in head.reading.gaps],
        "coverage": _coverage(head),
        "verdict": {"result": judgement.verdict_result, "reasons": list(judgement.reasons)},
    }


def _ignore(added: Suppression) -> doc.ExceptionDoc:
    return {
        "kind": "ignore",
        "change": "added",
        "rules": list(added.rules),
        "path": added.span.path,
        "line": added.span.line,
        "reason": added.reason,
    }


def _plea(plea: Plea) -> doc.ExceptionDoc:
    reason = f"{plea.source}: {plea.text}"
    return {"kind": "justification", "change": "added", "rules": list(plea.rules), "path": ".", "line": 1, "reason": reason}


def _shown(head: Snapshot, measured: Snapshot | Comparison, judgement: Judgement) -> Iterable[CallSite]:
    if isinstance(measured, Snapshot):
        return head.reading.calls
    changed = {change.after.key for change in measured.changes if change.after is not None}
    found = {each.call_key for each in judgement.findings if each.state == "open" and each.call_key is not None}
    return [site for site in head.reading.calls if site.key in changed | found]


def _places(trail: Iterable[Span]) -> list[doc.PlaceDoc]:
    seen: list[doc.PlaceDoc] = []
    for span in trail:
        place: doc.PlaceDoc = {"path": span.path, "line": span.line}
        if span.cell is not None:
            place["cell"] = span.cell
        if span.path and place not in seen:
            seen.append(place)
    return seen


def _plain(value: Any) -> Any:
    return None if isinstance(value, Absent) else str(value) if isinstance(value, Decimal) else value


def _value(value: Value) -> doc.ValueDoc:
    if isinstance(value, Known):
        values = [_plain(each) for each in value.values]
        return {"state": "known", "values": values, "origin": value.origin, "why": None, "trail": _places(value.trail)}
    if isinstance(value, Unknown):
        return {"state": "unknown", "values": [], "origin": None, "why": value.why, "trail": _places(value.trail)}
    return {"state": "absent", "values": [], "origin": None, "why": None, "trail": []}


def _reasoning(value: Value, found: Reasoning) -> doc.ReasoningDoc:
    return {**_value(value), "on": found.on, "default_on": found.by_default, "bound": found.bound}


def product(layers: Iterable[RetryLayer]) -> int | None:
    """Requests for one logical call that keeps failing; None when a layer is unknown or has no bound."""
    result = 1
    for layer in layers:
        if layer.attempts is None:
            return None
        result *= layer.attempts
    return result


def _counted(provenance: doc.ProvenanceDoc) -> doc.ProvenanceDoc:
    by = carrier()
    return provenance if by is None else {**provenance, "vocabularies": by}


_LONGEST_NAME, _MOST_NAMES = 300, 50


def _layer(layer: RetryLayer) -> doc.LayerDoc:
    found: doc.LayerDoc = {
        "what": layer.what,
        "attempts": layer.attempts,
        "unbounded": layer.unbounded,
        "path": layer.span.path if layer.span else None,
        "line": layer.span.line if layer.span else None,
    }
    if layer.on is not None:
        found["on"] = [name[:_LONGEST_NAME] for name in layer.on[:_MOST_NAMES]]
    if layer.waits is not None:
        found["waits"] = layer.waits
    return found


def _retries(site: CallSite) -> doc.RetriesDoc:
    flags = {layer.unbounded for layer in site.retries}
    return {
        "layers": [_layer(layer) for layer in site.retries],
        "product": product(site.retries),
        "unbounded": True if True in flags else None if None in flags else False,
    }


def _call(site: CallSite, measure: Measure, makers: Mapping[str, str]) -> doc.CallDoc:
    span, loops = site.span, site.context.loops
    tags = site.arg("tags")
    return {
        "key": site.key,
        "path": span.path,
        "line": span.line,
        "end_line": span.end_line or span.line,
        "start_column": span.column,
        "end_column": span.end_column or span.column,
        "cell": span.cell,
        "kind": site.kind,
        "sdk": site.sdk,
        "provider": site.provider,
        "callee": site.callee,
        "function": site.context.function,
        "context": {
            "async": site.context.is_async,
            "test": site.context.in_test,
            "loop": {"kind": loops[0].kind, "bound": loops[0].bound} if loops else None,
            "stream": {"closed": site.context.stream_closed},
        },
        "via": site.via,
        "counted": site.counted,
        "workload": makers.get(site.key),
        "model": _value(site.arg("model")),
        "output_limit": _value(site.arg("output_limit")),
        "reasoning": _reasoning(site.arg("reasoning"), measure.reasoning),
        "samples": _value(site.arg("samples")),
        "retries": _retries(site),
        "turn_limit": _value(site.arg("turn_limit")),
        "requests": range_doc(site.requests),
        "tags": [str(each) for each in tags.values if isinstance(each, str)] if isinstance(tags, Known) else [],
        "prompt": {
            "static_tokens": range_doc(measure.static_tokens),
            "holes": [_hole(each) for each in measure.holes],
            "sources": [_source(each) for each in measure.sources],
        },
        "input_tokens": range_doc(measure.input_tokens),
        "output_tokens": range_doc(measure.output_tokens),
        "cost_per_call": money_doc(measure.cost.per_call),
        "cost_lines": [_line(each) for each in measure.cost.lines],
        "price": None if measure.price is None else _price(measure.price),
        "measured": None if measure.measurement is None else _measurement(measure.measurement),
        "gaps": [gap_doc(each) for each in (*site.gaps, *measure.gaps)],
    }


def _hole(hole: HoleTokens) -> doc.HoleDoc:
    size = hole.tokens
    made: doc.HoleDoc = {
        "name": hole.name,
        "path": hole.span.path,
        "line": hole.span.line,
        "low": None if size is None else int(size.low),
        "likely": None if size is None or size.likely is None else int(size.likely),
        "high": None if size is None or size.high is None else int(size.high),
        "basis": None if size is None else size.basis,
    }
    if hole.span.cell is not None:
        made["cell"] = hole.span.cell
    return made


def _source(each: SourceTokens) -> doc.SourceDoc:
    size = each.tokens.likely or each.tokens.low
    made: doc.SourceDoc = {"path": each.span.path, "line": each.span.line, "tokens": int(size)}
    if each.span.cell is not None:
        made["cell"] = each.span.cell
    if each.optional:
        made["optional"] = True
    return made


def _price(price: Price) -> doc.PriceDoc:
    return {"model": price.model, "provider": price.provider, "source": price.source, "since": price.since}


def _measurement(found: Measurement) -> doc.MeasuredDoc:
    drifts = (None if each is None else str(number(each)) for each in (found.input_drift, found.output_drift))
    sent, back = drifts
    return {
        "path": found.place.path,
        "line": found.place.line,
        "requests": found.requests,
        "since": found.since,
        "until": found.until,
        "models": list(found.models),
        "growth": found.regime,
        "spikes": found.spikes,
        "input_drift": sent,
        "output_drift": back,
    }


def _line(line: CostLine) -> doc.CostLineDoc:
    amount = money_doc(line.amount)
    assert amount is not None
    return {
        "layer": line.layer,
        "unit": line.unit,
        "quantity": span_doc(line.quantity),
        "rate": str(number(line.rate)),
        "amount": amount,
        "basis": line.basis,
    }




def _totals(snapshot: Snapshot, compared: bool) -> doc.TotalsDoc:
    """Sums over the tree; in a change of which only what it can reach was read, there are none."""
    known = snapshot.reading.whole or not compared
    counted = [site for site in snapshot.reading.calls if site.counted]
    return {
        "input_tokens": range_doc(snapshot.input_tokens) if known else None,
        "cost_per_call": money_doc(snapshot.cost) if known else None,
        "calls": len(snapshot.reading.calls),
        "counted": len(counted),
        "priced": sum(snapshot.measures[site.key].cost.per_call is not None for site in counted),
    }


def _delta(comparison: Comparison) -> doc.DeltaDoc:
    return {"tokens": range_doc(comparison.tokens), "cost": money_doc(comparison.cost)}


def _change(change: Change, comparison: Comparison) -> doc.ChangeDoc:
    return {
        "kind": change.kind,
        "key": change.key,
        "before": _side(change.before, comparison.base.measures),
        "after": _side(change.after, comparison.head.measures),
        "delta": {"tokens": range_doc(change.tokens), "cost": money_doc(change.cost)},
        "causes": [_cause(each) for each in change.causes],
    }


def _side(site: CallSite | None, measures: Mapping[str, Measure]) -> doc.SideDoc | None:
    if site is None:
        return None
    measure = measures[site.key]
    return {
        "path": site.span.path,
        "line": site.span.line,
        "function": site.context.function,
        "callee": site.callee,
        "model": _value(site.arg("model")),
        "input_tokens": range_doc(measure.input_tokens),
        "output_tokens": range_doc(measure.output_tokens),
        "cost_per_call": money_doc(measure.cost.per_call),
    }


def _cause(cause: Cause) -> doc.CauseDoc:
    made: doc.CauseDoc = {
        "what": cause.what,
        "path": cause.path,
        "line": cause.line,
        "before": cause.before,
        "after": cause.after,
        "delta_tokens": cause.delta_tokens,
    }
    return made if cause.end_line is None else {**made, "end_line": cause.end_line}


_NO_PLACE = Span("", 0)
"""The place of what is about the whole tree, as every output knows it."""


def _finding(finding: Finding, levers: Mapping[str, str], savings: Mapping[str, Sequence[Saving]]) -> doc.FindingDoc:
    span = finding.span if finding.span.path != NOWHERE.path else _NO_PLACE
    made: doc.FindingDoc = {
        "rule": finding.rule,
        "severity": finding.severity,
        "path": span.path,
        "line": span.line,
        "end_line": span.end_line or span.line,
        "start_column": span.column,
        "end_column": span.end_column or span.column,
        "cell": span.cell,
        "call_key": finding.call_key,
        "message": finding.message,
        "data": dict(finding.data),
        "fingerprint": finding.fingerprint,
        "line_hash": finding.line_hash,
        "state": finding.state,
        "suppressed_by": finding.suppressed_by,
        "fix_available": finding.fix_available,
    }
    if finding.fix is not None:
        made["fix"] = {"safe": finding.fix.safe, "edits": [_edit(each) for each in finding.fix.edits]}
    if finding.waiver is not None:
        waiver = finding.waiver
        made["waiver"] = {
            "owner": waiver.owner,
            "until": waiver.until,
            "reason": waiver.reason,
            "path": waiver.path,
            "line": waiver.line,
        }
    if finding.byte_columns is not None:
        made["start_byte"], made["end_byte"] = finding.byte_columns
    if finding.justified_by is not None:
        made["justified_by"] = finding.justified_by
    lever = levers.get(finding.rule)
    for each in savings.get(finding.call_key or "", ()) if lever else ():
        if each.lever == lever:
            made["saving"] = saving_doc(each)
    return made


def _edit(edit: Edit) -> doc.EditDoc:
    span = edit.span
    return {
        "path": edit.path,
        "start_line": span.line,
        "start_column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "text": edit.text,
    }


def _rule(rule: Rule) -> doc.RuleDoc:
    return {
        "id": rule.id,
        "name": rule.name,
        "summary": rule.summary,
        "help": rule.why.strip(),
        "fix": rule.fix,
        "docs": DOCS.format(name=rule.name),
        "severity": rule.severity,
        "confidence": rule.confidence,
        "enforced": rule.enforced,
    }


def _coverage(snapshot: Snapshot) -> doc.CoverageDoc:
    reading = snapshot.reading
    counted = [site for site in reading.calls if site.counted]
    measures = snapshot.measures
    return {
        "scope": "tree" if reading.whole else "change",
        "files": reading.files,
        "read": reading.read,
        "skipped": [{"path": path, "why": why} for path, why in reading.unread.items()],
        "calls": len(reading.calls),
        "counted": len(counted),
        "model_known": sum(isinstance(site.arg("model"), Known) for site in counted),
        "priced": sum(measures[site.key].cost.per_call is not None for site in counted),
        "input_known": sum(
            (tokens := measures[site.key].input_tokens) is not None and not tokens.unbounded for site in counted
        ),
        "capped": sum(isinstance(site.arg("output_limit"), Known) for site in counted),
    }

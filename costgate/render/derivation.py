"""How the cost of one call comes about, line by line, with what it takes for granted: made from a report alone."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from costgate.model.report import (
    CallDoc,
    ChangeDoc,
    CostLineDoc,
    HoleDoc,
    PlaceDoc,
    RangeDoc,
    Report,
    ValueDoc,
)
from costgate.render import escape, figures
from costgate.render.figures import count, money, tokens
from costgate.render.options import Options
from costgate.render.phrase import Speech, cause, prices, values
from costgate.render.rank import ranked_causes, ranked_findings
from costgate.render.steps import at, multiplied, said, workload_steps
from costgate.render.supposed import Supposition, suppositions

SPEECH = Speech(escape.terminal, escape.terminal)
ORIGINS = {
    "argument": "given in the call",
    "client": "given to the client",
    "sdk-default": "the SDK's own default",
    "function-default": "the default of a parameter",
    "env-default": "the default of a setting or environment variable",
    "config": "from a file that the code loads",
    "declared": "declared in costgate.yaml",
}
_AGENT = "agent-run"
_ERRORS = 6


def calls_at(report: Report, path: str, line: int, cell: int | None = None) -> list[CallDoc]:
    """The calls whose expression covers the place, else those that something at this place decides about."""
    here = [
        call
        for call in report["calls"]
        if call["path"] == path and call["cell"] == cell and call["line"] <= line <= call["end_line"]
    ]
    if here or cell is not None:
        return here
    return [call for call in report["calls"] if any(one["path"] == path and one["line"] == line for one in _rests_on(call))]


def lines_with_calls(report: Report, path: str) -> list[int]:
    """Where the calls of one file begin."""
    return sorted({call["line"] for call in report["calls"] if call["path"] == path})


def derivation(report: Report, calls: Iterable[CallDoc], options: Options) -> str:
    """One derivation after the other, in lines of `options.width`."""
    made = ["\n".join(_wrapped(_call(report, call), max(options.width, 40))) for call in calls]
    return escape.log("\n\n".join(made))


def _wrapped(lines: Iterable[str], width: int) -> Iterator[str]:
    for line in lines:
        indent = " " * (len(line) - len(line.lstrip()) + 2)
        yield from textwrap.wrap(line, width, subsequent_indent=indent, break_on_hyphens=False) or [""]


def _rests_on(call: CallDoc) -> Iterator[PlaceDoc]:
    for value in (call["model"], call["reasoning"], *_settings(call).values()):
        yield from value["trail"]
    for part in (*call["prompt"]["holes"], *call["prompt"]["sources"]):
        yield {"path": part["path"], "line": part["line"]}
    for layer in call["retries"]["layers"]:
        if layer["path"] is not None and layer["line"] is not None:
            yield {"path": layer["path"], "line": layer["line"]}


def _settings(call: CallDoc) -> dict[str, ValueDoc]:
    return {
        "output limit": call["output_limit"],
        "answers per request": call["samples"],
        "turn limit": call["turn_limit"],
    }


def _call(report: Report, call: CallDoc) -> Iterator[str]:
    yield from _opening(report, call)
    yield from _titled("Model", _model(call))
    yield from _titled("Sent", _sent(call))
    yield from _titled("Comes back", _back(call))
    yield from _titled("Cost of one run" if call["kind"] == _AGENT else "Cost of one request", _cost(report, call))
    for workload in report["workloads"]:
        if call["key"] in workload["sites"]:
            yield from _titled(f"In the workload {said(workload['name'])}", workload_steps(report, workload, call["key"]))
    yield from _titled("What repeats it", _repeats(call))
    yield from _titled("What this change does to it", _changed(report, call))
    yield from _titled("Taken for granted, and how to change it", map(_supposed, suppositions(report, call)))
    yield from _titled("Not known", (f"{at(one['path'], one['line'])}: {said(one['why'])}" for one in call["gaps"]))
    yield from _titled("Found here", _findings(report, call))


def _titled(title: str, lines: Iterable[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield ""
        yield title
        yield from (f"  {line}" for line in found)


def _opening(report: Report, call: CallDoc) -> Iterator[str]:
    function = f" in {said(call['function'])}" if call["function"] else ""
    yield f"{at(call['path'], call['line'], call['cell'])}  {said(call['callee'])}{function}"
    seller = f", {said(call['provider'])} answers" if call["provider"] else ""
    workload = f", workload {said(call['workload'])}" if call["workload"] else ""
    yield f"  {said(call['kind'])}, by what is known of {said(call['sdk'])}{seller}{workload}"
    through = next((one for one in report["calls"] if one["key"] == call["via"]), None)
    if through is not None:
        yield f"  the request itself is sent by the wrapper at {at(through['path'], through['line'], through['cell'])}"
    elif call["via"] is not None:
        yield f"  the request itself is sent by a wrapper: {said(call['via'])}"
    callers = [at(one["path"], one["line"], one["cell"]) for one in report["calls"] if one["via"] == call["key"]]
    if not call["counted"]:
        instead = f": its callers are, at {', '.join(callers[:5])}{' and more' if len(callers) > 5 else ''}" if callers else ""
        yield f"  not counted in sums{instead}"


def _model(call: CallDoc) -> Iterator[str]:
    yield from _value(call["model"], "no model is passed")
    price = call.get("price")
    if price is not None:
        sold = f"{said(price['model'])} of {said(price['provider'])}" if price["provider"] else said(price["model"])
        since = f", the price since {said(price['since'])}" if price["since"] else ""
        yield f"priced as {sold}{since} ({said(price['source'])})"


def _value(value: ValueDoc, absent: str) -> Iterator[str]:
    """What holds and who says so, then the places from the call back to where it is written."""
    if value["state"] == "absent":
        yield absent
        return
    if value["state"] == "unknown":
        yield f"not known: {said(value['why'] or 'nothing says it')}"
    else:
        yield f"{said(values(value, 'nothing'))}, {ORIGINS.get(value['origin'] or '', 'as written')}"
    trail = value["trail"]
    for step, one in enumerate(trail):
        lead = "set at" if step == len(trail) - 1 and value["state"] == "known" else "by way of"
        yield f"  {lead} {at(one['path'], one['line'])}"


def _sent(call: CallDoc) -> Iterator[str]:
    prompt, whole = call["prompt"], call["input_tokens"]
    for source in prompt["sources"]:
        some = ", in some requests" if source.get("optional") else ""
        yield f"{count(source['tokens'])} written at {at(source['path'], source['line'])}{some}"
    for hole in prompt["holes"]:
        yield f"{_hole_size(hole)} for {said(hole['name'])} at {at(hole['path'], hole['line'])}"
    frame = _framing(call)
    measured = whole is not None and whole["basis"] == "measured"
    if frame is not None and not measured and (frame["high"] is None or int(frame["high"])):
        yield f"{tokens(frame)} around messages, tools and schemas, and for what is filled in more than once"
    if whole is None:
        yield "= not known"
        return
    asked = call.get("requests")
    turns = ", over all turns of the run" if call["kind"] == _AGENT else ""
    if asked is not None:
        most = "any number" if asked["high"] is None else int(asked["high"])
        turns = f", over {int(asked['low'])} requests at least and {most} at most"
    yield f"= {tokens(whole)} tokens ({whole['basis']}){turns}"


def _hole_size(hole: HoleDoc) -> str:
    if hole["basis"] is None:
        return "?"
    size: RangeDoc = {
        "low": hole["low"] or 0, "likely": hole["likely"], "high": hole["high"],
        "unbounded": hole["high"] is None, "basis": hole["basis"],
    }  # fmt: skip
    return f"{tokens(size)} ({hole['basis']})"


def _framing(call: CallDoc) -> RangeDoc | None:
    """What is sent beyond the text and the holes; None where a run sends it several times, or nobody knows."""
    whole, static = call["input_tokens"], call["prompt"]["static_tokens"]
    if whole is None or static is None or call["kind"] == _AGENT:
        return None
    holes = call["prompt"]["holes"]
    low = int(whole["low"]) - int(static["low"]) - sum(hole["low"] or 0 for hole in holes)
    highs = [whole["high"], static["high"], *(hole["high"] for hole in holes)]
    if None in highs:
        return {"low": max(low, 0), "likely": None, "high": max(low, 0), "unbounded": False, "basis": whole["basis"]}
    first, *parts = (int(high) for high in highs if high is not None)
    high = max(first - sum(parts), 0)
    return {"low": max(low, 0), "likely": None, "high": max(high, low, 0), "unbounded": False, "basis": whole["basis"]}


def _back(call: CallDoc) -> Iterator[str]:
    for name, value in _settings(call).items():
        if value["state"] != "absent":
            first, *rest = _value(value, "")
            yield f"{name} {first}"
            yield from rest
    yield _thinking(call)
    answer = call["output_tokens"]
    if answer is not None:
        likely = "" if answer["likely"] in (None, answer["low"]) else f", likely {count(int(answer['likely'] or 0))}"
        yield f"= {tokens(answer)} tokens{likely} ({answer['basis']})"


def _thinking(call: CallDoc) -> str:
    found = call["reasoning"]
    if found["on"] is None:
        return "whether it reasons before it answers is not known"
    said = "by default" if found["on"] == found["default_on"] and found["state"] == "absent" else "as the call asks"
    if not found["on"]:
        return f"no reasoning, {said}"
    bound = f"at most {count(found['bound'])} tokens" if found["bound"] else "without a limit of its own"
    return f"reasoning {said}, {bound}, billed as output"


def _cost(report: Report, call: CallDoc) -> Iterator[str]:
    currency, cost = report["provenance"]["currency"], call["cost_per_call"]
    for line in call["cost_lines"]:
        yield _cost_line(line, currency)
    if cost is None:
        yield "= not known"
        return
    thousand = money(cost, currency, 1000)
    yield f"= {money(cost, currency)} ({cost['basis']}); {thousand} for 1,000"
    yield SPEECH.spell(prices(report))


def _cost_line(line: CostLineDoc, currency: str) -> str:
    return f"{said(line['layer'])}: {multiplied(line, currency)} ({line['basis']})"


def _repeats(call: CallDoc) -> Iterator[str]:
    for layer in call["retries"]["layers"]:
        attempts = "without end" if layer["unbounded"] else f"{layer['attempts'] or '?'} requests at worst"
        errors = ", ".join(said(each) for each in layer.get("on", ())[:_ERRORS])
        on = f", on {errors}" if errors else ""
        yield f"after a failure, {said(layer['what'])}: {attempts}{on}, {at(layer['path'], layer['line'])}"
    if len(call["retries"]["layers"]) > 1:
        product = call["retries"]["product"]
        yield f"together {'no bound' if product is None else count(product) + ' requests at worst'}"
    loop = call["context"]["loop"]
    if loop is not None:
        times = f"{count(loop['bound'])} times" if loop["bound"] else "as often as it turns"
        yield f"it stands in a loop ({said(loop['kind'])}), {times}"


def _changed(report: Report, call: CallDoc) -> Iterator[str]:
    change: ChangeDoc | None = next(
        (one for one in report["changes"] if one["key"] == call["key"] and one["after"] is not None), None
    )
    if change is None:
        return
    currency = report["provenance"]["currency"]
    sides = [side and money(side["cost_per_call"], currency) for side in (change["before"], change["after"])]
    ends = " → ".join(side or "none" for side in sides)
    yield f"{change['kind']}: {ends} ({figures.money_change(change['delta']['cost'], currency)})"
    for one in ranked_causes(change):
        yield f"because {SPEECH.spell(cause(one))} at {at(one['path'], one['line'])}"


def _supposed(one: Supposition) -> str:
    return f"- {SPEECH.spell(one.what)}. {SPEECH.spell(one.change)}."


def _findings(report: Report, call: CallDoc) -> Iterator[str]:
    rules = {rule["id"]: rule for rule in report["rules"]}
    for finding in ranked_findings(one for one in report["findings"] if one["call_key"] == call["key"]):
        rule = rules.get(finding["rule"])
        state = "" if finding["state"] == "open" else f" ({finding['state']})"
        name = f" {said(rule['name'])}" if rule else ""
        yield f"{finding['severity']} {said(finding['rule'])}{name}{state}: {said(finding['message'])}"

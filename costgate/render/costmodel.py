"""The cost-model document: for each workload what finance and the team want on paper, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from costgate.model.report import PortfolioDoc, RangeDoc, Report, SavingDoc, WorkloadDoc, WorkloadLineDoc
from costgate.render.figures import amount, count, is_zero, money, money_change, plural, tokens
from costgate.render.options import Options
from costgate.render.phrase import prices
from costgate.render.spending import cap, month, ranked_workloads
from costgate.render.words import SPEECH, name, own, prose

_LAYERS = {
    "inference": "raw inference",
    "reasoning": "reasoning",
    "retries": "retries and fallbacks",
    "context": "context (fixed text, history, retrieval)",
    "agents": "further turns",
    "platform": "platform",
}
_MOST = 400
"""Lines of a workload's derivation that are spelled out."""


def render(report: Report, options: Options) -> str:
    """One document for all workloads of the report."""
    return "\n".join(_document(report)).rstrip("\n") + "\n"


def _document(report: Report) -> Iterator[str]:
    provenance = report["provenance"]
    currency = provenance["currency"]
    yield f"# Cost model of {prose(provenance['repository'])}"
    yield ""
    at = f", commit {provenance['head_sha'][:7]}" if provenance["head_sha"] else ""
    yield f"As of {provenance['as_of']}{at}; {SPEECH.spell(prices(report))}. All figures are estimates before the bill, in"
    yield f"{currency}; a range is from the cheapest to the dearest course of things, `+` says that nothing bounds it. A month"
    yield "has 30 days."
    workloads = ranked_workloads(report["workloads"])
    if not workloads:
        yield ""
        yield "No workload is declared: say `workloads:` in costgate.yaml, and traffic makes a month of the calls below."
        return
    if report["portfolio"] is not None:
        yield from _portfolio(report["portfolio"], currency)
    for one in workloads:
        yield from _workload(one, report, currency)


def _portfolio(portfolio: PortfolioDoc, currency: str) -> Iterator[str]:
    yield from ("", f"## Portfolio: {prose(portfolio['name'])}", "")
    yield own(f"{plural(len(portfolio['members']), 'workload')}, {month(portfolio['per_month'], currency)} a month.")
    if portfolio["budget"] is not None:
        yield own(f"Budget: {cap(portfolio['budget'], currency)}.")
    yield from ("", "| Workload | Per month | Share |", "| --- | ---: | ---: |")
    for member in portfolio["members"]:
        yield _row(name(member["name"]), own(month(member["per_month"], currency)), _share(member["share"]))
    if portfolio["missing"]:
        yield ""
        yield f"Without a monthly figure: {', '.join(map(name, portfolio['missing']))}."
    if portfolio["showback"]:
        yield from ("", "| By | Value | Per month | Share |", "| --- | --- | ---: | ---: |")
    for row in portfolio["showback"]:
        by = row["by"] if row["tag"] is None else f"tag {name(row['tag'])}"
        value = "none" if row["value"] is None else prose(row["value"])
        yield _row(by, value, own(month(row["per_month"], currency)), _share(row["share"]))


def _workload(one: WorkloadDoc, report: Report, currency: str) -> Iterator[str]:
    yield from ("", f"## {prose(one['name'])}", "")
    yield from _scope(one, report)
    yield from _unit_economics(one, currency)
    yield from _run_rate(one, report, currency)
    yield from _sensitivity(one, currency)
    yield from _contribution(one)
    yield from _drivers(one, currency)
    yield from _request(one, currency)
    yield from _monitoring(one)


def _scope(one: WorkloadDoc, report: Report) -> Iterator[str]:
    calls = {call["key"]: call for call in report["calls"]}
    yield from ("### Scope", "")
    facts = [f"Owner: {prose(one['owner'])}" if one["owner"] else "Owner: nobody is named"]
    facts += [f"Team: {prose(one['team'])}"] if one["team"] else []
    facts += [f"{prose(tag)}: {prose(value)}" for tag, value in one["tags"].items()]
    yield from (f"- {fact}" for fact in facts)
    yield f"- Declared in {name(one['path'])}, line {one['line']}"
    if one["planned"] and not one["sites"]:
        yield "- Planned: there is no code yet, all figures are declared"
    for key in one["sites"]:
        call = calls.get(key)
        where = name(f"{call['path']}:{call['line']}") if call else name(key)
        yield f"- Call {where}" + (f" in {name(call['function'])}" if call and call["function"] else "")
    for key in one["unknown"]:
        yield f"- Not priced: {name(key)}"


def _unit_economics(one: WorkloadDoc, currency: str) -> Iterator[str]:
    yield from ("", "### Unit economics", "")
    yield own(f"One request: {money(one['per_request'], currency)}; {tokens(_whole(one['tokens']))} tokens.")
    if one["unit"] is not None:
        unit = one["unit"]
        yield own(f"One {prose(unit['name'])}: {money(unit['cost'], currency)}") + own(_worth(one, currency)) + "."
    if one["layers"]:
        yield from ("", "| Layer | Per request | Share |", "| --- | ---: | ---: |")
        whole = one["per_request"]
        for layer, doc in one["layers"].items():
            yield _row(_LAYERS.get(layer, prose(layer)), own(money(doc, currency)), _part(doc, whole))
    if one["usage"] is not None:
        yield from _usage(one, currency)
    yield from _lines(one["lines"], currency)


def _worth(one: WorkloadDoc, currency: str) -> str:
    unit = one["unit"]
    if unit is None or unit["value"] is None:
        return ""
    return f", worth {_plain(unit['value'], currency)}, margin {money_change(unit['margin'], currency)}"


def _usage(one: WorkloadDoc, currency: str) -> Iterator[str]:
    usage = one["usage"]
    if usage is None:
        return
    yield ""
    yield own(f"Deployment ({prose(usage['kind'])}): {money(usage['fixed'], currency)} a month, whatever is sent.")
    if usage["used"] is not None:
        full = Decimal(usage["used"]["low"]) > 1
        yield f"Used: {_percent(usage['used'])} of its capacity; {'more than it can do' if full else 'the rest is idle'}."
    if usage["per_million"] is not None:
        yield own(f"A million tokens at full use: {money(usage['per_million'], currency)}.")
    if usage["managed"] is not None:
        yield own(f"The same tokens at the price per token: {money(usage['managed'], currency)} a month.")
    if usage["break_even"] is not None:
        most = None if usage["capacity"] is None else usage["capacity"]["high"]
        beyond = most is not None and Decimal(usage["break_even"]["low"]) > Decimal(most)
        yield f"Both cost the same at {_amount(usage['break_even'])} tokens a month{', which is more than it can do' if beyond else ''}."


def _lines(lines: list[WorkloadLineDoc], currency: str) -> Iterator[str]:
    if not lines:
        return
    yield from ("", "| Component | What | Unit | Quantity | Rate | Per request |", "| --- | --- | --- | ---: | ---: | ---: |")
    for line in lines[:_MOST]:
        rate, quantity = own(_plain(line["rate"], currency)), _quantity(line)
        paid = own(money(_sorted(line["amount"]), currency))
        yield _row(line["layer"], prose(line["what"]), prose(line["unit"]), quantity, rate, paid)
    if len(lines) > _MOST:
        yield _row(f"and {count(len(lines) - _MOST)} more", *[""] * 5)


def _run_rate(one: WorkloadDoc, report: Report, currency: str) -> Iterator[str]:
    yield from ("", "### Monthly run rate", "")
    if one["traffic"] is None:
        yield "No traffic is declared, so that there is no monthly figure."
    else:
        yield own(f"{_amount(one['traffic'])} requests a month: {month(one['per_month'], currency)}.")
        if one["buffer"] is not None:
            with_buffer = month(one["forecast_month"], currency)
            yield own(f"With the buffer of {_percent(one['buffer'])}: {with_buffer}.")
    if one["delta"] is not None and one["delta"]["per_month"] is not None and not is_zero(one["delta"]["per_month"]):
        yield own(f"This change: {money_change(one['delta']['per_month'], currency)} a month.")
    rests = [*one["assumptions"], *_sizes(one, report)]
    if rests:
        yield from ("", "What it rests on:", "")
        yield from (f"- {prose(each)}" for each in rests)


def _sizes(one: WorkloadDoc, report: Report) -> Iterator[str]:
    """What is declared or measured about the prompts and answers of its calls, wherever that stands."""
    for call in report["calls"]:
        if call["key"] not in one["sites"]:
            continue
        for hole in call["prompt"]["holes"]:
            if hole["low"] is not None and hole["basis"] is not None:
                low, high = hole["low"], hole["high"]
                size = tokens({"low": low, "likely": None, "high": high, "unbounded": high is None, "basis": "exact"})
                likely = "" if hole["likely"] in (None, hole["low"]) else f", likely {hole['likely']:,}"
                yield f"what fills {hole['name']}: {size}{likely} tokens ({hole['basis']})"
        answer = call["output_tokens"]
        if answer is not None:
            yield f"an answer of {call['function'] or 'the call'}: {tokens(answer)} tokens ({answer['basis']})"


def _sensitivity(one: WorkloadDoc, currency: str) -> Iterator[str]:
    if not one["scenarios"]:
        return
    yield from ("", "### Sensitivity", "", "| If | Per request | Per month |", "| --- | ---: | ---: |")
    for each in one["scenarios"]:
        yield _row(
            prose(each["name"]), own(money(each["per_request"], currency)), own(month(each["per_month"], currency))
        )


def _contribution(one: WorkloadDoc) -> Iterator[str]:
    yield from ("", "### Share of the portfolio", "")
    yield f"{_share(one['share'])} of the month." if one["share"] else "None: it has no month, or is no member."
    if one["overlaps"]:
        yield f"Its calls are counted in {', '.join(map(name, one['overlaps']))}, too."


def _drivers(one: WorkloadDoc, currency: str) -> Iterator[str]:
    yield from ("", "### Drivers and levers", "")
    drivers = sorted(one["layers"].items(), key=lambda each: -_size(each[1]))[:3]
    if drivers:
        named = (f"{_LAYERS.get(layer, layer)} ({money(doc, currency)})" for layer, doc in drivers)
        yield own(f"What drives a request: {', '.join(named)}.")
        yield ""
    if not one["savings"]:
        yield "No lever is known to save: nothing can be said without guessing."
        return
    yield from ("| Lever | What | Saves a request | Saves a month | If |", "| --- | --- | ---: | ---: | --- |")
    yield from (_saving(each, currency) for each in one["savings"])


def _saving(saving: SavingDoc, currency: str) -> str:
    request, month_saved = saving["per_request"], saving["per_month"]
    cells = (own(money(request, currency)), own(money(month_saved, currency)) if month_saved else "no traffic")
    return _row(prose(saving["lever"]), prose(saving["what"]), *cells, prose(saving["given"]))


def _request(one: WorkloadDoc, currency: str) -> Iterator[str]:
    yield from ("", "### Budget", "")
    if not one["budgets"]:
        yield "No budget is declared."
    for each in one["budgets"]:
        at = ", ".join(f"{line}%" for line in each["warn_at"])
        yield own(f"- {cap(each, currency)}; warns at {at}")
    yield ""
    yield "- [ ] requested by the owner"
    yield "- [ ] approved by"


def _monitoring(one: WorkloadDoc) -> Iterator[str]:
    yield from ("", "### Monitoring", "")
    if one["revisit"] is not None:
        yield f"- To be looked at again on {one['revisit']}."
    else:
        yield "- No date is set to look at it again: say `revisit`."
    yield "- Compare the first week of traffic with the figures above, then once a quarter."
    for gap in one["gaps"]:
        yield f"- Not known: {prose(gap['why'])}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _share(share: str | None) -> str:
    return "" if share is None else f"{amount(Decimal(share))}%"


def _part(part: RangeDoc, whole: RangeDoc | None) -> str:
    if whole is None:
        return ""
    for one, other in ((part["likely"], whole["likely"]), (part["low"], whole["low"])):
        if one is not None and other is not None and Decimal(other):
            return f"{amount(Decimal(one) * 100 / Decimal(other))}%"
    return ""


def _percent(doc: RangeDoc) -> str:
    ends = [None if end is None else amount(Decimal(end) * 100) for end in (doc["low"], doc["high"])]
    return f"{ends[0]}%" if ends[0] == ends[1] else f"{ends[0]}%+" if ends[1] is None else f"{ends[0]}–{ends[1]}%"


def _amount(doc: RangeDoc) -> str:
    ends = [None if end is None else amount(Decimal(end)) for end in (doc["low"], doc["high"])]
    return str(ends[0]) if ends[0] == ends[1] else f"{ends[0]}+" if ends[1] is None else f"{ends[0]}–{ends[1]}"


def _quantity(line: WorkloadLineDoc) -> str:
    return _amount(_sorted(line["quantity"]))


def _sorted(doc: RangeDoc) -> RangeDoc:
    """The ends by size: those of a share that makes things cheaper stand the other way round."""
    if doc["high"] is None or Decimal(doc["low"]) <= Decimal(doc["high"]):
        return doc
    return {**doc, "low": doc["high"], "high": doc["low"]}


def _whole(doc: RangeDoc | None) -> RangeDoc | None:
    if doc is None:
        return None
    low, likely, high = (None if end is None else int(Decimal(end)) for end in (doc["low"], doc["likely"], doc["high"]))
    return {**doc, "low": low or 0, "likely": likely, "high": high}


def _plain(text: str, currency: str) -> str:
    return money({"low": text, "likely": None, "high": text, "unbounded": False, "basis": "exact"}, currency)


def _size(doc: RangeDoc) -> Decimal:
    return Decimal(next(end for end in (doc["likely"], doc["low"]) if end is not None))


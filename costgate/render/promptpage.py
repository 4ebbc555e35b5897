"""One prompt in full: its size and budget, who sends it and for how much, how its tokens split, what only a run knows."""

from __future__ import annotations

from collections.abc import Iterator

from costgate.model.report import CallDoc, PromptDoc, Report
from costgate.render import escape, figures
from costgate.render.figures import count, plural, share, size
from costgate.render.phrase import lines, open_findings, place, values

MAX_CALLS = 30
_WHEN = {
    "always": "sent with every request of a coding agent",
    "conditional": "sent by a coding agent when the files at hand match",
    "on-demand": "sent by a coding agent when it is asked for",
}
_NAMED = {True: "other files name it", False: "and nothing in the tree names it", None: "it may be chosen at run time"}


def render_prompts(report: Report, path: str) -> str:
    """The prompts of one file as lines of text, and the larger ones that it is part of."""
    own = [each for each in report["prompts"] if each["path"] == path]
    above = [each for each in report["prompts"] if each["path"] != path and _is_part(each, path)]
    blocks = ["\n".join(_one(each, report)) for each in own]
    if above:
        shown = (f"  {escape.terminal(place(each['path'], each['line']))}, {_sent(each)}" for each in above)
        blocks.append("\n".join(["Part of", *shown]))
    return "\n\n".join(blocks)


def _is_part(each: PromptDoc, path: str) -> bool:
    return any(section["path"] == path for section in each.get("sources", ()))


def _one(each: PromptDoc, report: Report) -> Iterator[str]:
    kind = each.get("format") or "text in code"
    tokens = figures.tokens(each["tokens"])
    yield f"{escape.terminal(place(each['path'], each['line'], each.get('cell')))}: {kind}, {tokens} tokens{_budget(each)}"
    if each["role"]:
        yield f"  role {escape.terminal(each['role'], 60)}"
    yield from _senders(each, report)
    yield from _split(each)
    yield from _holes(each)
    for finding in open_findings(report):
        if (finding["path"], finding["line"]) == (each["path"], each["line"]):
            yield f"  {finding['severity']} {escape.terminal(finding['rule'], 60)}: {escape.terminal(finding['message'], 400)}"


def _budget(each: PromptDoc) -> str:
    if each["budget"] is None:
        return ""
    return f", {share(int(size(each['tokens'])), each['budget'])} of its budget of {count(each['budget'])}"


def _sent(each: PromptDoc) -> str:
    if each["used_by"]:
        return f"sent by {plural(len(each['used_by']), 'call')}"
    return _WHEN.get(each["load"]) or f"sent by no call that is seen: {_NAMED[each.get('mentioned')]}"


def _senders(each: PromptDoc, report: Report) -> Iterator[str]:
    yield f"  {_sent(each)}"
    calls = {call["key"]: call for call in report["calls"]}
    users = sorted((calls[key] for key in each["used_by"] if key in calls), key=lambda call: (call["path"], call["line"]))
    for call in users[:MAX_CALLS]:
        yield f"    {_call(call, each, report['provenance']['currency'])}"
    if len(users) > MAX_CALLS:
        yield f"    and {plural(len(users) - MAX_CALLS, 'other call')}"


def _call(call: CallDoc, each: PromptDoc, currency: str) -> str:
    where = escape.terminal(place(call["path"], call["line"], call["cell"]))
    function = escape.terminal(call["function"], 80) or "(module)"
    model = escape.terminal(values(call["model"], "no model"), 80)
    whole = figures.money(call["cost_per_call"], currency)
    own = figures.money(each.get("cost_per_call"), currency)
    cost = f"{own} of {whole} per call" if call["cost_per_call"] is not None else "not priced"
    return f"{where}  {function}  {model}  {cost}"


def _split(each: PromptDoc) -> Iterator[str]:
    sections = each.get("sources", [])
    whole = sum(section["tokens"] for section in sections)
    if not sections:
        return
    yield "  its tokens"
    for section in sections:
        where = escape.terminal(f"{section['path']}{lines(section['line'], section.get('end_line'))}")
        yield f"    {count(section['tokens']):>8}  {share(section['tokens'], whole):>4}  {where}"


def _holes(each: PromptDoc) -> Iterator[str]:
    holes = each.get("holes", [])
    if holes:
        yield "  known only at run time"
    for hole in holes:
        bound = "  without bound" if hole["unbounded"] else ""
        yield f"    {escape.terminal(hole['name'], 80)}  {escape.terminal(place(hole['path'], hole['line']))}{bound}"

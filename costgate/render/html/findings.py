"""The tables of findings and of changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from costgate.model.report import CauseDoc, ChangeDoc, FindingDoc, Report, RuleDoc, SideDoc
from costgate.render import figures
from costgate.render.html.tables import Block, Cell, Places, Row, Table, code, table, text
from costgate.render.phrase import Speech, because, ignore_comment, values
from costgate.render.rank import SEVERITY, place_key, ranked_causes, ranked_changes, ranked_findings
from costgate.render.spending import saved

_FINDINGS = (("Severity", False), ("Rule", False), ("Where", False), ("What", False))
_CHANGES = (("Change", False), ("Call", False), ("Prompt tokens", True), ("Cost per call", True), ("Because", False))
SPEECH = Speech(lambda words: f"`{text(words, 120)}`", text)


def findings(report: Report, places: Places) -> Table:
    """Open findings, the worst first, then what is existing, suppressed or waived."""
    rules = {rule["id"]: rule for rule in report["rules"]}
    ranked = ranked_findings(report["findings"])
    ranked.sort(key=lambda one: one["state"] != "open")
    currency = report["provenance"]["currency"]
    rows = [_finding(one, rules.get(one["rule"]), places, currency) for one in ranked]
    return table(
        "findings", "Findings", _FINDINGS, rows, filters=("Severity", "State", "Rule"), none="Nothing was found."
    )


def _finding(one: FindingDoc, rule: RuleDoc | None, places: Places, currency: str) -> Row:
    name = text(rule["name"], 80) if rule else ""
    state = "" if one["state"] == "open" else f"{one['state']}: {one['suppressed_by'] or 'no reason given'}"
    where: Cell = places.at(one["path"], one["line"], one["cell"]) if one["path"] else "the whole run"
    message = text(one["message"])
    cells: tuple[Cell, ...] = (
        {"tag": one["severity"]} if not state else {"tag": one["severity"], "sub": text(one["state"], 20)},
        {"code": text(one["rule"], 60), "sub": name},
        where,
        message,
    )
    order = (SEVERITY[one["severity"]], (one["rule"], place_key(one)), place_key(one), one["message"])
    facets = ((one["severity"],), (one["state"],), (" ".join(filter(None, (text(one["rule"], 60), name))),))
    return Row(cells, facets, tuple(_finding_blocks(one, rule, state, currency)), order)


def _finding_blocks(one: FindingDoc, rule: RuleDoc | None, state: str, currency: str) -> Iterator[Block]:
    facts: list[tuple[str, Cell]] = []
    if state:
        facts.append(("State", text(state)))
    if rule and rule["help"].strip():
        facts.append(("Why", text(rule["help"], 1200)))
    if rule and rule["fix"].strip():
        facts.append(("Fix", text(rule["fix"], 800)))
    if "saving" in one:
        facts.append(("Mending it", text(saved(one["saving"], currency), 400)))
    if not state:
        facts.append(("To accept it", _way_out(one, bool(rule and rule.get("enforced")))))
    yield Block("facts", "", facts)


def _way_out(one: FindingDoc, enforced: bool) -> str:
    if one["call_key"] is None:
        return "change the rule's settings in costgate.yaml, on the base branch"
    comment = f"`{text(ignore_comment(one), 100)}`"
    place = "in the call, on the base branch: this rule is enforced" if enforced else "in the call"
    return f"write {comment} {place}"


def changes(report: Report, places: Places) -> Table:
    """Changed calls, the largest difference first; what only moved comes last."""
    currency = report["provenance"]["currency"]
    moved = [change for change in report["changes"] if change["kind"] == "moved"]
    ranked = [*ranked_changes(report["changes"]), *moved]
    rows = [_change(one, currency, places, number) for number, one in enumerate(ranked)]
    return table(
        "changes", "What changes", _CHANGES, rows, filters=("Kind",), none="No call of a model changes."
    )


def _change(one: ChangeDoc, currency: str, places: Places, number: int) -> Row:
    side = one["after"] or one["before"]
    there = places if one["after"] else Places(None, None)
    name = there.at(side["path"], side["line"], sub=side["function"]) if side else code(one["key"])
    causes = [SPEECH.spell(each) for each in because(one)]
    cells: tuple[Cell, ...] = (
        {"tag": one["kind"]},
        name,
        figures.token_change(one["delta"]["tokens"]),
        figures.money_change(one["delta"]["cost"], currency),
        "; ".join(causes[:2]) + (f" and {len(causes) - 2:,} more" if len(causes) > 2 else ""),
    )
    tokens, cost = (0 if doc is None else figures.size(doc) for doc in (one["delta"]["tokens"], one["delta"]["cost"]))
    order = (number, one["key"], tokens, cost, ";".join(causes))
    blocks = [Block("table", "Before and after", list(_sides(one, currency)))]
    if one["causes"]:
        blocks.append(Block("table", "Because", list(_causes(ranked_causes(one), places))))
    return Row(cells, ((one["kind"],),), blocks, order)


def _sides(one: ChangeDoc, currency: str) -> Iterator[Sequence[Cell]]:
    before, after, delta = one["before"], one["after"], one["delta"]
    yield "", "Before", "After", "Difference"
    rows: Sequence[tuple[str, Any, str]] = (
        ("Stands at", lambda side: Places(None, None).at(side["path"], side["line"], sub=side["function"]), ""),
        ("Asks", lambda side: code(side["callee"]), ""),
        ("Model", lambda side: code(values(side["model"], "none"), 80), ""),
        ("Prompt tokens", lambda side: figures.tokens(side["input_tokens"]), figures.token_change(delta["tokens"])),
        ("Output tokens", lambda side: figures.tokens(side["output_tokens"]), ""),
        (
            "Cost per call",
            lambda side: figures.money(side["cost_per_call"], currency),
            figures.money_change(delta["cost"], currency),
        ),
    )
    for label, of, difference in rows:
        yield label, _of(before, of), _of(after, of), difference


def _of(side: SideDoc | None, of: Any) -> Cell:
    cell: Cell = "none" if side is None else of(side)
    return cell


def _causes(found: Sequence[CauseDoc], places: Places) -> Iterator[Sequence[Cell]]:
    yield "What", "Where", "Before", "After", "Tokens"
    for one in found[:20]:
        tokens = "" if one["delta_tokens"] is None else figures.signed(one["delta_tokens"])
        ends = ("" if end is None else code(end, 120) for end in (one["before"], one["after"]))
        yield text(one["what"], 120), places.at(one["path"], one["line"]), *ends, tokens
    if len(found) > 20:
        yield f"and {len(found) - 20:,} more", "", "", "", ""

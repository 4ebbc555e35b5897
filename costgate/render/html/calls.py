"""The table of calls, and what a call unfolds to: where its figures come from, step by step."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from costgate.model.report import CallDoc, CostLineDoc, HoleDoc, RangeDoc, Report, ValueDoc
from costgate.render import figures
from costgate.render.html.charts import total
from costgate.render.html.tables import Block, Cell, Places, Row, Table, code, table, text
from costgate.render.phrase import values
from costgate.render.rank import ranked_calls

_COLUMNS = (
    ("Call", False),
    ("Model", False),
    ("Output cap", True),
    ("Prompt tokens", True),
    ("Per call", True),
    ("Per 1,000 calls", True),
)
_EACH = 12
_ARGUMENTS = (
    ("Model", "model"),
    ("Output cap", "output_limit"),
    ("Reasoning", "reasoning"),
    ("Samples", "samples"),
    ("Turn limit", "turn_limit"),
)


def calls(report: Report, places: Places) -> Table:
    """Every call that counts, the dearest first, then those inside of wrappers."""
    inner = [call for call in report["calls"] if not call["counted"]]
    found: dict[str, list[str]] = {}
    for finding in report["findings"]:
        if finding["state"] == "open" and finding["call_key"]:
            found.setdefault(finding["call_key"], []).append(finding["rule"])
    rows = [_row(call, report, places, found) for call in [*ranked_calls(report["calls"]), *inner]]
    filters = ("Kind", "Model", "Workload", "With")
    title = "Changed calls as they are now" if report["provenance"]["mode"] == "diff" else "Calls"
    return table("calls", title, _COLUMNS, rows, filters=filters, none="No call of a model was found.")


def _row(call: CallDoc, report: Report, places: Places, found: Mapping[str, Sequence[str]]) -> Row:
    currency, cost = report["provenance"]["currency"], call["cost_per_call"]
    model = values(call["model"], "none")
    cells: tuple[Cell, ...] = (
        places.at(call["path"], call["line"], call["cell"], sub=call["function"] or "(module)"),
        code(model, 80),
        text(values(call["output_limit"], "none"), 40),
        figures.tokens(call["input_tokens"]),
        figures.money(cost, currency),
        figures.money(cost, currency, 1000),
    )
    where = (call["path"], -1 if call["cell"] is None else call["cell"], call["line"])
    order = (
        where,
        (model, where),
        _cap(call["output_limit"]),
        *map(_upper, (call["input_tokens"], cost, cost)),
    )
    facets = (
        (text(call["kind"], 40),),
        tuple(text(str(one), 80) for one in call["model"]["values"] if one is not None) or ("not known",),
        (text(call["workload"], 80),) if call["workload"] else (),
        tuple(_marks(call, found)),
    )
    return Row(cells, facets, tuple(_blocks(call, currency, places, found)), order)


def _marks(call: CallDoc, found: Mapping[str, Sequence[str]]) -> Iterator[str]:
    if call["key"] in found:
        yield "findings"
    if call["cost_per_call"] is None:
        yield "no price"
    elif call["cost_per_call"]["unbounded"]:
        yield "no upper bound"
    if call["model"]["state"] == "unknown":
        yield "unknown model"
    if call["context"]["loop"]:
        yield "a loop around it"
    if not call["counted"]:
        yield "counted through callers"
    if call["context"]["test"]:
        yield "test code"


def _upper(doc: RangeDoc | None) -> tuple[int, Decimal, Decimal]:
    """Unknown, then by the upper end, then what nothing bounds."""
    if doc is None:
        return 0, Decimal(0), Decimal(0)
    if doc["high"] is None:
        return 2, Decimal(doc["low"]), Decimal(0)
    return 1, Decimal(doc["high"]), Decimal(doc["low"])


def _cap(value: ValueDoc) -> tuple[int, int]:
    numbers = [one for one in value["values"] if isinstance(one, int)]
    if value["state"] == "unknown":
        return 0, 0
    return (2, 0) if value["state"] == "absent" or None in value["values"] else (1, max(numbers, default=0))


def _blocks(call: CallDoc, currency: str, places: Places, found: Mapping[str, Sequence[str]]) -> Iterator[Block]:
    facts: list[Any] = [
        ("Asks", code(call["callee"])),
        ("SDK", text(", ".join(filter(None, (call["sdk"], call["provider"]))), 100)),
        ("Kind", text(call["kind"], 40)),
    ]
    if call["workload"]:
        facts.append(("Workload", text(call["workload"], 100)))
    if call["via"]:
        facts.append(("Through", code(call["via"])))
    if not call["counted"]:
        facts.append(("Counted", "no: its callers are"))
    facts += [(label, _argument(call[name])) for label, name in _ARGUMENTS]  # type: ignore[literal-required]
    facts.append(("Requests for one call", _requests(call)))
    loop = call["context"]["loop"]
    if loop:
        facts.append(("Loop", text(f"{loop['kind']}, {_bound(loop['bound'])}", 100)))
    if call["key"] in found:
        facts.append(("Findings", text(", ".join(sorted(found[call["key"]])), 200)))
    yield Block("facts", "What it is", facts)
    if call["cost_lines"]:
        yield Block("table", "How the cost comes about", list(_derivation(call["cost_lines"], currency)))
    if call["prompt"]["sources"] or call["prompt"]["holes"]:
        yield Block("table", "What the prompt is made of", list(_prompt(call, places)))
    if call["model"]["trail"]:
        yield Block("list", "How the model is known", [places.at(one["path"], one["line"]) for one in call["model"]["trail"]])
    if call["retries"]["layers"]:
        lines = [("Layer", "Attempts", "Where")]
        lines += [
            (text(one["what"], 80), _attempts(one["attempts"], one["unbounded"]), places.at(one["path"], one["line"]))  # type: ignore[misc]
            for one in call["retries"]["layers"][:_EACH]
        ]
        yield Block("table", "What repeats it", lines)
    if call["gaps"]:
        yield Block("list", "Not known", [text(gap["why"]) for gap in call["gaps"][:_EACH]])


def _argument(value: ValueDoc) -> str:
    if value["state"] == "unknown":
        return text(f"not known: {value['why'] or 'nothing says'}", 300)
    if value["state"] == "absent":
        return "not set"
    return text(f"{values(value, 'none')} (from {value['origin'] or 'the code'})", 300)


def _requests(call: CallDoc) -> str:
    if call["retries"]["unbounded"]:
        return "without bound"
    product = call["retries"]["product"]
    return "not known" if product is None else f"up to {product:,}" if product > 1 else "1"


def _bound(bound: int | None) -> str:
    return "no bound known" if bound is None else f"at most {bound:,} times"


def _attempts(attempts: int | None, unbounded: bool | None) -> str:
    return "without bound" if unbounded else "?" if attempts is None else f"{attempts:,}"


def _derivation(lines: Sequence[CostLineDoc], currency: str) -> Iterator[Sequence[Cell]]:
    yield "Layer", "Quantity", "Rate", "Amount", "Known by"
    for line in lines:
        quantity = line["quantity"]
        yield (
            text(line["layer"], 60),
            figures.tokens(quantity) if _whole(quantity) else text(f"{quantity['low']}–{quantity['high'] or ''}", 60),
            text(f"{line['rate']} per {line['unit']}", 80),
            figures.money(line["amount"], currency),
            text(line["basis"], 40),
        )
    yield "Together", "", "", figures.money(total([line["amount"] for line in lines]), currency), ""


def _whole(doc: RangeDoc) -> bool:
    return all(isinstance(end, int) for end in (doc["low"], doc["high"]) if end is not None)


def _prompt(call: CallDoc, places: Places) -> Iterator[Sequence[Cell]]:
    holes = call["prompt"]["holes"]
    pieces: Counter[tuple[str, int, bool]] = Counter()
    for source in call["prompt"]["sources"]:
        pieces[source["path"], source["line"], source.get("optional", False)] += source["tokens"]
    sources = pieces.most_common()
    yield "Part", "Tokens", "Known by"
    for (path, line, optional), tokens in sources[:_EACH]:
        yield places.at(path, line), f"{tokens:,}", "text in the repository" + (", in some requests" if optional else "")
    for hole in holes[:_EACH]:
        name = text(hole["name"], 60)
        yield places.at(hole["path"], hole["line"], sub=name), _hole(hole), text(hole["basis"] or "not known", 40)
    left = max(len(sources) - _EACH, 0) + max(len(holes) - _EACH, 0)
    if left:
        yield f"and {left:,} more", "", ""


def _hole(hole: HoleDoc) -> str:
    if hole["low"] is None:
        return "?"
    size: RangeDoc = {
        "low": hole["low"],
        "likely": hole["likely"],
        "high": hole["high"],
        "unbounded": hole["high"] is None,
        "basis": hole["basis"] or "bounded",
    }
    return figures.tokens(size)

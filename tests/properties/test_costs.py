"""What holds of the cost of a call and of the judgement, whatever the sizes, the prices and the code."""

from __future__ import annotations

import ast
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from costgate.gate import report_of_files
from costgate.measure.caching import Kept
from costgate.measure.cost import cost_of
from costgate.measure.output import Output
from costgate.model.money import Price, Range

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
RATES = st.decimals("0.01", "90", places=2)


def sources() -> list[str]:
    pages = sorted((ROOT / "tests" / "read" / "cases").glob("*.md"))
    blocks = [block for page in pages for block in _BLOCK.findall(page.read_text(encoding="utf-8"))]
    return [block for block in blocks if "# reads:" in block and _parses(block)]


def _parses(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


SOURCES = sources()


@st.composite
def prices(draw: st.DrawFn) -> Price:
    """A price whose tiers get dearer, as every published one does."""
    rates = {unit: draw(RATES) for unit in ("input", "output")}
    rates |= {unit: draw(RATES) for unit in draw(st.sets(st.sampled_from(("cache_read", "cache_write", "output_reasoning"))))}
    tiers, above = [], 0
    for _ in range(draw(st.integers(0, 2))):
        above += draw(st.integers(1, 200_000))
        last = {**rates, **{unit: rate for tier in tiers for unit, rate in tier.items() if isinstance(rate, Decimal)}}
        tiers.append({"above": above, **{unit: rate + draw(RATES) for unit, rate in last.items()}})
    return Price("m", "p", rates, tiers=tuple(tiers))


@st.composite
def ranges(draw: st.DrawFn, most: int = 400_000) -> Range:
    low, likely, high = sorted(draw(st.integers(0, most)) for _ in range(3))
    return Range(low, draw(st.sampled_from((likely, None))), draw(st.sampled_from((high, high, None))), "declared")


def ends(given_: Range | None) -> list[Decimal | None]:
    assert given_ is not None
    return [None if end is None else Decimal(end) for end in (given_.low, given_.likely, given_.high)]


def kept(price: Price) -> Kept:
    cheaper = price.rates.get("cache_read", Decimal(99)) < price.rates["input"]
    return Kept(read=Range.exact(Decimal("0.25") if cheaper else 0))


@settings(max_examples=200, deadline=None)
@given(prices(), ranges(), ranges(), st.integers(0, 300_000), st.booleans())
def test_more_tokens_of_a_call_never_cost_less(price: Price, sent: Range, answer: Range, more: int, out: bool) -> None:
    one = Range.exact(1)
    before = cost_of(price, sent, Output(answer), one, kept=kept(price))
    larger = (sent, Output(answer + Range.exact(more))) if out else (sent + Range.exact(more), Output(answer))
    after = cost_of(price, *larger, one, kept=kept(price))
    for was, now in zip(ends(before.per_call), ends(after.per_call), strict=True):
        assert now is None or (was is not None and now >= was)


@settings(max_examples=200, deadline=None)
@given(prices(), ranges(), ranges(), ranges(5), st.data())
def test_the_range_of_a_call_contains_what_any_point_of_it_costs(price: Price, sent: Range, answer: Range, answers: Range, data: st.DataObject) -> None:
    def point(span: Range) -> Range:
        return Range.exact(data.draw(st.integers(int(span.low), int(span.low if span.high is None else span.high))))

    whole = cost_of(price, sent, Output(answer), answers).per_call
    exact = cost_of(price, point(sent), Output(point(answer)), point(answers)).per_call
    assert whole is not None and exact is not None
    assert whole.low <= exact.low
    assert whole.high is None or exact.low <= whole.high


@settings(max_examples=200, deadline=None)
@given(prices(), ranges(), ranges())
def test_the_lines_of_a_call_add_up_at_each_end(price: Price, sent: Range, answer: Range) -> None:
    cost = cost_of(price, sent, Output(answer), Range.exact(1))
    assert cost.per_call is not None
    assert cost.per_call.low == sum(line.amount.low for line in cost.lines)
    highs = [line.amount.high for line in cost.lines]
    assert (cost.per_call.high is None) == (None in highs)
    for line in cost.lines:
        assert line.amount.low == line.quantity.low * line.rate / 1_000_000


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.sampled_from(SOURCES))
def test_another_style_of_writing_changes_no_key_and_no_cost(source: str) -> None:
    assert costs(ast.unparse(ast.parse(source))) == costs(source)


def costs(source: str) -> dict[str, Any]:
    measured: Any = report_of_files({"app.py": source})[0]
    return {site.key: (measured.measures[site.key].cost.per_call, measured.measures[site.key].input_tokens) for site in measured.reading.calls}


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.sampled_from(SOURCES), st.integers(0, 10_000))
def test_an_ignore_hides_what_it_names_and_nothing_else(source: str, choice: int) -> None:
    before: Any = report_of_files({"app.py": source})[1]
    found = [each for each in before.findings if each.call_key is not None and each.state == "open"]
    assume(found)
    meant = found[choice % len(found)]
    lines = source.split("\n")
    row = lines[meant.span.line - 1]
    lines.insert(meant.span.line - 1, f"{row[: len(row) - len(row.lstrip())]}# costgate: ignore[{meant.rule}] as agreed")
    changed = "\n".join(lines)
    assume(_parses(changed))
    after: Any = report_of_files({"app.py": changed})[1]
    states = {each.fingerprint: each.state for each in after.findings}
    for each in before.findings:
        same_place = each.rule == meant.rule and (each.span.line, each.call_key is None) == (meant.span.line, False)
        if not same_place and each.fingerprint != meant.fingerprint:
            assert states[each.fingerprint] == each.state

"""The page: one file, no request, no markup from the judged tree, and the figures of the report in it."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from costgate.model.report import RangeDoc, Report
from costgate.render import render
from costgate.render.html.charts import by_call, layers, steps, total
from costgate.render.html.tables import Places
from costgate.render.options import Options

LINKS = "https://github.example/acme/assistant"
FIXTURES = ["audit_report", "diff_report", "check_report", "unchanged_report", "priced_report"]
NOWHERE = Places(None, None)


class Page(HTMLParser):
    """Elements with their attributes, and the text of scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.raw: list[tuple[str, str]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        tag = self.elements[-1][0] if self.elements else ""
        if tag in {"script", "style"} and self.cdata_elem:
            self.raw.append((tag, data))
        else:
            self.words.append(data)


@pytest.fixture(params=FIXTURES)
def page(request: pytest.FixtureRequest) -> Page:
    return Page(render(request.getfixturevalue(request.param), "html", Options(links=LINKS)))


def test_nothing_is_asked_of_the_outside(page: Page) -> None:
    for tag, given in page.elements:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base", "video", "audio", "source"}
        assert not {"src", "srcset", "action", "background", "style", "ping", "poster", "data"} & set(given), (tag, given)
        if "href" in given:
            assert tag == "a" and str(given["href"]).startswith(("#", f"{LINKS}/blob/{'1f' * 20}/")), given
    for tag, text in page.raw:
        assert not re.search(r"@import|url\(|https?:", text) or tag == "script" and "@import" not in text


def test_the_policy_allows_what_the_page_holds_and_nothing_else(page: Page) -> None:
    [policy] = [given["content"] for tag, given in page.elements if given.get("http-equiv") == "Content-Security-Policy"]
    assert policy is not None and policy.startswith("default-src 'none'; ") and "unsafe" not in policy
    digests = {
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for tag, text in page.raw
        if not text.startswith("{")
    }
    assert digests == set(re.findall(r"'sha256-([^']+)'", policy)) and len(digests) == 2


def test_nothing_judged_becomes_markup(page: Page) -> None:
    ours = {"html", "head", "meta", "title", "style", "body", "script", "noscript"}
    assert [tag for tag, _ in page.elements if tag == "script"] == ["script", "script"]
    assert {tag for tag, _ in page.elements} - ours <= set(
        "a header div p span button h1 h2 h3 nav ul ol li main section dl dt dd details summary form label input select "
        "option table thead tbody tr th td svg rect code footer".split()
    )
    assert not [given for _, given in page.elements if any(name.startswith("on") for name in given)]
    assert not re.search("[\u202e\x1b\u2028]", "".join(page.words))


def test_the_data_cannot_end_its_script(diff_report: Report) -> None:
    diff_report["findings"][0]["message"] = "</script><script>alert(1)</script><!--"
    text = render(diff_report, "html")
    [data] = [raw for tag, raw in Page(text).raw if raw.startswith("{")]
    assert json.loads(data)["findings"] and not re.search("[<>&]", data) and data.isascii()
    assert "alert(1)</script>" not in text


def test_the_same_report_gives_the_same_page(diff_report: Report) -> None:
    assert render(diff_report, "html") == render(diff_report, "html")


def test_what_the_page_says(audit_report: Report, diff_report: Report) -> None:
    audit = " ".join("".join(Page(render(audit_report, "html")).words).split())
    for words in ("6 model calls in 6 files", "3 errors, 1 warning, 1 info", "66% (4 of 6)", "Tokens by prompt source", "budget 1,000"):
        assert words in audit, words
    assert "What changes" not in audit
    diff = " ".join("".join(Page(render(diff_report, "html")).words).split())
    for words in ("What changes", "From before to after", "Exceptions and policy that this change edits", "2e2e2e2e"):
        assert words in diff, words


def test_what_a_month_costs(priced_report: Report, audit_report: Report) -> None:
    page = Page(render(priced_report, "html"))
    words = " ".join("".join(page.words).split())
    for said in ("A month by workload", "answers: cost by layer", "128% of $20,000 a month, over it", "1,200,000", "98.5%"):
        assert said in words, said
    [data] = [raw for tag, raw in page.raw if raw.startswith("{")]
    blocks = {title: lines for _, title, lines in json.loads(data)["workloads"][0][3]}
    assert list(blocks)[:4] == ["What it is", "How a request's cost comes about", "Budgets", "Under other circumstances"]
    assert "A month has a price once costgate.yaml declares workloads" not in words
    assert "A month has a price once costgate.yaml declares workloads" in "".join(Page(render(audit_report, "html")).words)


def _spread(low: str, high: str | None) -> RangeDoc:
    return {"low": low, "likely": None, "high": high, "unbounded": high is None, "basis": "exact"}


def test_a_sum_is_open_where_a_part_is() -> None:
    assert (total([_spread("1.5", "2"), _spread("1", "3")])["low"], total([_spread("1", "3")])["high"]) == ("2.5", "3")
    assert total([_spread("1", "3"), _spread("1", None)])["unbounded"]


def _line(layer: str, low: str, high: str | None) -> Any:
    return {"layer": layer, "unit": "1M tokens", "quantity": _spread(low, high), "rate": "1", "amount": _spread(low, high), "basis": "exact"}


def test_the_waterfall_of_layers(audit_report: Report) -> None:
    lines = [_line("input", "1", "1"), _line("output", "0", "3")]
    audit_report["calls"] = [{**audit_report["calls"][0], "cost_lines": lines}]
    chart = layers(audit_report)
    assert chart is not None
    assert [(bar.start, bar.sure, bar.span, bar.open) for bar in chart.bars] == [
        ("0", "25", "0", False),
        ("25", "0", "75", False),
        ("0", "25", "75", False),
    ]
    audit_report["calls"][0]["cost_lines"][1]["amount"] = _spread("0", None)
    chart = layers(audit_report)
    assert chart is not None and [bar.open for bar in chart.bars] == [False, True, True]


def test_the_steps_from_before_to_after_add_up(diff_report: Report) -> None:
    totals = diff_report["totals"]
    assert totals["base"] is not None
    totals["base"] = {**totals["head"], "cost_per_call": _spread("1", "2")}
    totals["head"] = {**totals["head"], "cost_per_call": _spread("1", "5")}
    diff_report["changes"] = [one for one in diff_report["changes"] if one["kind"] in {"changed", "moved"}][:1]
    diff_report["changes"][0]["delta"]["cost"] = _spread("0", "4")
    chart = steps(diff_report, NOWHERE)
    assert chart is not None
    # 2, +4, then what no listed change explains, then 5; the largest level is 6
    drawn = [(bar.kind, bar.start, bar.sure) for bar in chart.bars]
    assert drawn == [("total", "0", "33.333"), ("more", "33.333", "66.667"), ("less", "83.333", "16.667"), ("total", "0", "83.333")]


def test_long_charts_say_what_they_leave_out(audit_report: Report) -> None:
    audit_report["calls"] = [audit_report["calls"][1]] * 40
    chart = by_call(audit_report, NOWHERE)
    assert chart is not None and len(chart.bars) == 15 and "25 cheaper calls left out here" in chart.note


def test_what_a_prompt_is_made_of_names_a_place_once(audit_report: Report) -> None:
    call = next(one for one in audit_report["calls"] if one["prompt"]["sources"])
    piece = {**call["prompt"]["sources"][0], "tokens": 7}
    call["prompt"]["sources"] = [piece, {**piece, "tokens": 5}]  # type: ignore[typeddict-item]
    rows = json.loads(re.search(r'id="data">(.*?)</script>', render(audit_report, "html"), re.DOTALL)[1])["calls"]  # type: ignore[index]
    [lines] = [
        block[2] for row in rows for block in row[3]
        if block[1] == "What the prompt is made of" and row[0][0]["code"] == f"{call['path']}:{call['line']}"
    ]  # fmt: skip
    assert lines[1][1:] == ["12", "text in the repository"] and "7" not in [line[1] for line in lines]

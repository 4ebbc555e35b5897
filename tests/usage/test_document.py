"""The file of measured figures: what an import writes is read again, and what a person wrote survives."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from costgate.config.measured import parse_measured
from costgate.model.error import UserError
from costgate.model.measured import Growth, Measured, Spike, Spread
from costgate.model.money import Range
from costgate.usage.document import written

ONE = Measured(
    target="bot/answer.py::answer", kind="site", joined_by=("code",), sources=("otel-genai",), requests=20, since="2026-11-01",
    until="2026-11-20", models={'we"ird: {model}\n': 20}, input=Spread(1200, 1575, 1950, 1450, 1950, 2000),
    output=Spread(200, 236, 260, 236, 270, 280), reasoning=Spread(0, 64, 100, 60, 120, 130), text_tokens=195,
    cached_share=Decimal("0.6502"), failed=1, answered=5, growth=Growth("linear", 5, 250), turns=Spread(4, 4, 4, 4, 4, 4),
    spikes=(Spike("2026-11-09", "output per request", Decimal("6.0")),),
)  # fmt: skip
OTHER = replace(ONE, target="support", kind="workload", per_month=Range(1000, 1500, 3000, "measured"))


def test_what_is_written_is_read() -> None:
    made = written(None, "m.yaml", [ONE, OTHER], "2026-11-27")
    sites, workloads = parse_measured(made.text, "m.yaml")
    (site,) = sites
    assert site.sites == "bot/answer.py::answer"
    assert site.input_tokens == Range(1200, 1575, 1950, "measured") and site.text_tokens == 195
    assert site.output_tokens == Range(200, 236, 260, "measured")
    assert site.measurement is not None
    assert (site.measurement.until, site.measurement.requests, site.measurement.regime) == ("2026-11-20", 20, "linear")
    assert site.measurement.place.line == made.text.splitlines().index('- site: "bot/answer.py::answer"') + 1
    figures = workloads["support"]
    assert figures.traffic == Range(1000, 1500, 3000, "measured")
    assert figures.retry_rate == Range.exact(Decimal("0.05"), "measured")
    assert figures.response_cache == Range.exact(Decimal("0.2"), "measured")
    assert figures.history_adds == Range.exact(250, "measured")


def test_an_import_renews_its_own_entries_and_adds_new_ones() -> None:
    first = written(None, "m.yaml", [ONE], "2026-11-27").text
    again = written(first, "m.yaml", [replace(ONE, requests=40), OTHER], "2026-12-01")
    assert (again.renewed, again.new, again.kept) == (("bot/answer.py::answer",), ("support",), ())
    assert "requests: 40" in again.text and "requests: 20\n  since" in again.text.partition("- workload")[2]
    assert written(again.text, "m.yaml", [replace(ONE, requests=40), OTHER], "2026-12-01").text == again.text


@pytest.mark.parametrize(
    "edit",
    [
        lambda text: text.replace("likely: 1575", "likely: 1600"),
        lambda text: text.replace("  requests: 20", "  requests: 20  # counted by hand"),
        lambda text: text.replace("  requests: 20", '  note: "a week with a holiday"\n  requests: 20'),
        lambda text: "".join(line for line in text.splitlines(keepends=True) if "digest" not in line),
        lambda text: text.replace("  requests: 20\n", ""),
    ],
)
def test_an_edited_entry_is_left_alone_byte_for_byte(edit: object) -> None:
    first = written(None, "m.yaml", [ONE, OTHER], "2026-11-27").text
    entry, mark, rest = first.partition("- workload")
    edited = edit(entry) + mark + rest  # type: ignore[operator]
    assert edited != first
    again = written(edited, "m.yaml", [replace(ONE, requests=99), replace(OTHER, requests=98)], "2026-12-01")
    assert again.kept == ("bot/answer.py::answer",)
    assert again.text.startswith(edit(entry))  # type: ignore[operator]
    assert "requests: 99" not in again.text and "requests: 98" in again.text


def test_what_stands_around_entries_survives() -> None:
    mine = '''# ours
measured:
# by hand, from the invoice
- site: "bot/old.py::old"
  input_tokens: {low: 1, likely: 2, high: 3}

# the end
'''
    made = written(mine, "m.yaml", [ONE], "2026-11-27").text
    assert made.startswith(mine)
    assert len(parse_measured(made, "m.yaml")[0]) == 2
    for empty in ("measured:\n", "measured: []\n", "# nothing yet\nmeasured:\n", "measured:"):
        assert len(parse_measured(written(empty, "m.yaml", [ONE], "2026-11-27").text, "m.yaml")[0]) == 1


@pytest.mark.parametrize(
    ("text", "where", "complaint"),
    [
        ("other: 1\n", "m.yaml:1", "unknown key"),
        ("measured:\n- site: a.py::f\n  input_tokens: {low: 5, likely: 3, high: 9}\n", "m.yaml:3", "must grow"),
        ("measured:\n- site: a.py::f\n  input_tokens: {low: -5, likely: 3, high: 9}\n", "m.yaml:3", "whole number"),
        ("measured:\n- site: a.py::f\n  cache_hit: 1.2\n", "m.yaml:3", "a share from 0 to 1"),
        ("measured:\n- {site: a.py::f, cache_hit: '0.8', cache_write: '0.3'}\n", "m.yaml:2", "more than everything"),
        ("measured:\n- site: a.py::f\n  until: 2026-02-30\n", "m.yaml:3", "is no day"),
        ("measured:\n- site: a.py::f\n  workload: w\n", "m.yaml:2", "one of site and workload"),
        ("measured:\n- requests: 5\n", "m.yaml:2", "one of site and workload"),
        ("measured:\n- site: a.py::f\n- site: a.py::f\n", "m.yaml:3", "a second entry"),
        ("measured:\n- site: ../a.py::f\n", "m.yaml:2", "leaves the root"),
        ("measured:\n- site: a.py\n", "m.yaml:2", "path::function"),
        ("measured:\n- site: a.py::f\n  reqests: 5\n", "m.yaml:3", 'did you mean "requests"'),
    ],
)
def test_mistakes_by_hand_are_told_at_their_line(text: str, where: str, complaint: str) -> None:
    with pytest.raises(UserError, match=complaint) as caught:
        parse_measured(text, "m.yaml")
    assert caught.value.where == where


@pytest.mark.parametrize("name", ["😀 model", "a\u2028b\x85c\x7f", 'q"uo\\te', "tab\tline\n", "null", "- x: y", "\U0010ffff", "é"])
def test_any_name_of_a_model_comes_back(name: str) -> None:
    from costgate.knowledge.strict import load

    text = written(None, "m.yaml", [replace(ONE, models={name: 3})], "2026-11-27").text
    assert load(text, "m.yaml")["measured"][0]["models"] == {name: 3}
    assert all(char.isprintable() or char == "\n" for char in text)

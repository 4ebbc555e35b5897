"""`costgate prices` and `--prices`: what holds on which day, by which book, and what a mistake says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from costgate.knowledge import prices

SHIPPED = sorted((Path(prices.__file__).parent / "prices").glob("*.json"))[-1]
CODE = '''from openai import OpenAI

OpenAI().chat.completions.create(model="o3", messages=[{"role": "user", "content": "Hello"}], max_completion_tokens=100)
'''


def test_show_tells_every_date_tier_and_limit(shop: Any) -> None:
    said = " ".join(shop.run("prices", "show", "o3").out.split())
    assert "openai/o3, in USD" in said
    assert "until 2025-06-10 input 10 per 1M tokens" in said
    assert "from 2025-06-10 (holds now) input 2 per 1M tokens" in said
    assert "max output 100,000 tokens" in said
    assert "reasoning always, effort medium by default, within the output limit" in said
    tiers = " ".join(shop.run("prices", "show", "gemini-2.5-pro").out.split())
    assert "requests of more than 200,000 input tokens, whole input 2.5 per 1M tokens" in tiers
    assert "input_mchars 15 per 1M characters" in " ".join(shop.run("prices", "show", "tts-1").out.split())


def test_show_tells_what_holds_here(shop: Any) -> None:
    shop.start({"costgate.yaml": 'prices:\n- {model: o3, multiplier: "0.5"}\n'})
    said = " ".join(shop.run("prices", "show", "o3").out.split())
    assert "here, by costgate.yaml input 1 per 1M tokens" in said


def test_a_name_that_is_not_listed(shop: Any) -> None:
    shop.run("prices", "show", "gpt-4.11").mistake("no model 'gpt-4.11'", "nearest: gpt-4.1")
    shop.run("prices", "show", "gpt-4").out.startswith("openai/gpt-4,")
    shop.run("prices", "show", "claude", "--provider", "anthropic").mistake("no model 'claude' at anthropic")
    shop.run("prices", "show", "qqqqqqqqqqqqqqqqqq").mistake("names are exact")


def test_prices_of_a_day(shop: Any) -> None:
    shop.start({"a.py": CODE})
    now = shop.run("audit", "--format", "json").report
    then = shop.run("audit", "--format", "json", "--prices", "2025-05-01").report
    lines = [[(line["layer"], line["rate"]) for line in each["calls"][0]["cost_lines"]] for each in (then, now)]
    assert lines == [[("input", "10"), ("output", "40")], [("input", "2"), ("output", "8")]]
    assert then["provenance"]["price_book"] == {**now["provenance"]["price_book"], "on": "2025-05-01"}
    assert "prices of 2025-05-01" in shop.run("audit", "--prices", "2025-05-01").out
    shop.commit({"a.py": CODE.replace("100", "200")})
    assert shop.diff("--prices", "2025-05-01").report["changes"][0]["delta"]["cost"]["high"] == "0.004"


def test_a_book_of_ones_own(shop: Any) -> None:
    shop.start({"a.py": CODE})
    book = SHIPPED.read_text().replace('"input":"2","cache_read":"0.5","output":"8"', '"input":"3","cache_read":"0.5","output":"9"')
    shop.write({"mine.json": book, "broken.json": "{}"})
    found = shop.run("audit", "--format", "json", "--prices", "mine.json").report["calls"][0]["cost_lines"]
    assert [line["rate"] for line in found] == ["3", "9"]
    told = shop.run("prices", "diff", SHIPPED.stem, "mine.json").out
    assert "openai/o3 input: 2 -> 3 (+50 %)" in told and "prices changed" in told
    shop.run("audit", "--prices", "broken.json").mistake("broken.json", "not a price book")
    shop.run("audit", "--prices", "gone.json").mistake("gone.json", "cannot be read")
    shop.run("audit", "--prices", "yesterday").mistake("no price book 'yesterday'", SHIPPED.stem)
    shop.run("prices", "diff", "2026-02-30").mistake("no price book '2026-02-30'")


def test_two_days_of_one_book(shop: Any) -> None:
    told = shop.run("prices", "diff", "2025-05-01", "2025-07-01").out
    assert "openai/o3 output: 40 -> 8 (-80 %)" in told
    assert shop.run("prices", "diff", "2025-07-01", "2025-07-01").out == "no difference\n"


def test_the_shipped_book_is_what_json_says(shop: Any) -> None:
    assert len(json.loads(SHIPPED.read_text())["models"]) > 4000

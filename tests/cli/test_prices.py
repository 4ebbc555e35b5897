"""`costgate prices` and `--prices`: what holds on which day, by which book, and what a mistake says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from costgate.knowledge import prices

SHIPPED = max((Path(prices.__file__).parent / "prices").glob("*.json"))
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
    shop.run("prices", "show", "dall-e-3").mistake("no price of 'dall-e-3' as a whole", "openai/hd/1024-x-1024/dall-e-3")


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


def test_a_price_change_is_told_apart_from_a_change_of_the_code(shop: Any) -> None:
    shop.start({"a.py": CODE})
    then = ("--base-prices", "2025-05-01")
    (change,) = shop.diff(*then).report["changes"]
    assert change["kind"] == "repriced"
    causes = {(cause["what"], cause["before"], cause["after"]) for cause in change["causes"]}
    assert causes == {("price of input", "10", "2"), ("price of output", "40", "8")}
    assert change["delta"]["cost"]["high"].startswith("-")
    shop.commit({"a.py": CODE.replace("100", "200")})
    (change,) = shop.diff(*then).report["changes"]
    assert change["kind"] == "changed"
    assert {"output cap", "price of input", "price of output"} == {cause["what"] for cause in change["causes"]}
    assert shop.diff().report["changes"][0]["kind"] == "changed"
    assert len(shop.diff().report["changes"][0]["causes"]) == 1


def rates(shop: Any, *arguments: str) -> list[str]:
    ran = shop.run("audit", "--format", "json", *arguments)
    assert ran.code in (0, 1), ran
    return [line["rate"] for line in ran.report["calls"][0]["cost_lines"]]


def test_a_contract_has_days(shop: Any) -> None:
    shop.start(
        {
            "a.py": CODE,
            "costgate.yaml": 'prices:\n- {model: o3, input: "1.5", output: 6, from: 2026-01-01, until: 2027-01-01}\n'
            '- {model: o3, multiplier: "0.5", from: 2027-01-01}\n',
        }
    )
    assert rates(shop, "--as-of", "2025-12-31") == ["2", "8"]
    assert rates(shop, "--as-of", "2026-01-01") == ["1.5", "6"]
    assert rates(shop, "--as-of", "2026-12-31") == ["1.5", "6"]
    assert rates(shop, "--as-of", "2027-01-01") == ["1", "4"]
    assert rates(shop, "--prices", "2025-12-31", "--as-of", "2026-06-01") == ["2", "8"], "the prices of that day"


def test_other_currencies_fixed_capacity_and_an_organisations_file(shop: Any) -> None:
    shop.start(
        {
            "a.py": CODE.replace('"o3"', '"our-llama"'),
            "costgate.yaml": "prices_from: shared/prices.yaml\nprices:\n- model: our-llama\n"
            "  fixed: {units: 3, price: 6500, capacity: 10B/month, utilisation: 40%}\n",
            "shared/prices.yaml": 'currencies: {EUR: "1.10"}\nprices:\n- {model: our-llama, currency: EUR, input: 2, output: 4}\n'
            '- {model: o3, currency: EUR, input: 2, output: 4}\nmodels: {reasoner: o3}\n',
        }
    )
    assert rates(shop) == ["4.875", "4.875"], "19,500 a month over 4 billion tokens"
    shop.commit({"costgate.yaml": "prices_from: shared/prices.yaml\n"})
    assert rates(shop) == ["2.2", "4.4"]
    shop.commit({"a.py": CODE.replace('"o3"', '"reasoner"')})
    assert rates(shop) == ["2.2", "4.4"]


def test_overrides_that_are_none(shop: Any) -> None:
    shop.start({"a.py": CODE})
    for text, *words in (
        ("- {model: gpt-4.11, input: 1, output: 2}", "costgate.yaml:2", "no model 'gpt-4.11'", "did you mean gpt-4.1"),
        ("- {model: our-own, multiplier: 2}", "costgate.yaml:2", "no model 'our-own' to multiply"),
        ('- {model: "gpd-*", multiplier: 2}', "costgate.yaml:2", "no model of the price book matches 'gpd-*'"),
        ("- {model: o3, input: -1}", "costgate.yaml:2", "from 0 to 1000000"),
        ("- {model: o3, input: 2 EUR}", "costgate.yaml:2", "money per million tokens"),
        ("- {model: o3, input: 2, currency: EUR}", "costgate.yaml:2", "is in EUR", "currencies: {EUR: 1.08}"),
        ("- {model: o3, multiplier: 2, currency: EUR}", "costgate.yaml:2", "a multiplier has no currency"),
        ("- {model: o3, input: 2, from: 2026-02-30}", "costgate.yaml:2", "is no day"),
        ("- {model: o3, input: 2, from: 2026-03-01, until: 2026-01-01}", "costgate.yaml:2", "before it begins"),
        ("- {model: o3, input: 2}\n- {model: o3, input: 3}", "costgate.yaml:3", "about the same"),
        ("- {model: x, fixed: {units: 0, price: 1, capacity: 1/day, utilisation: 1}}", "costgate.yaml:2", "whole number from 1"),
        ("- {model: x, fixed: {units: 1, price: -1, capacity: 1/day, utilisation: 1}}", "costgate.yaml:2", "not a number"),
        ("- {model: x, fixed: {units: 1, price: 1, capacity: 1B, utilisation: 1}}", "costgate.yaml:2", "per what"),
        ("- {model: x, fixed: {units: 1, price: 1, capacity: 1/day, utilisation: 0}}", "costgate.yaml:2", "no token has a price"),
        ("- {model: x, fixed: {units: 1, price: 1, capacity: 1/day, utilisation: 140%}}", "costgate.yaml:2", "more than 100"),
    ):
        shop.write({"costgate.yaml": f"prices:\n{text}\n"})
        for _ in range(2):  # the second time the configuration is remembered
            shop.run("audit").mistake(*words)
    shop.write({"costgate.yaml": "prices:\n- {model: gpt-4.11, input: 1, output: 2, custom: true}\n"})
    assert shop.run("audit").code == 0
    shop.write({"costgate.yaml": "prices_from: gone.yaml\n"})
    shop.run("audit").mistake("gone.yaml", "`prices_from:` names it")
    shop.write({"costgate.yaml": "prices_from: p.yaml\n", "p.yaml": "fail_on: error\n"})
    shop.run("audit").mistake("p.yaml", "no key 'fail_on'")
    shop.write({"p.yaml": "\n\nprices:\n- {model: our-own, multiplier: 2}\n"})
    shop.run("audit").mistake("p.yaml:4", "to multiply")


def test_prices_that_are_extended(shop: Any) -> None:
    shop.start(
        {
            "a.py": CODE,
            "costgate.yaml": "extends: org.yaml\nprices:\n- {model: o3, input: 3, output: 4, currency: EUR}\n",
            "org.yaml": "currencies: {EUR: 2}\nprices:\n- {model: o3, input: 5, output: 5}\n",
        }
    )
    assert rates(shop) == rates(shop) == ["6", "8"], "the repository's own holds, with the organisation's rate of exchange"
    shop.write({"org.yaml": "currencies: {EUR: 2}\nprices:\n- {model: our-own, multiplier: 5}\n"})
    shop.run("audit").mistake("org.yaml:3", "no model 'our-own' to multiply")

"""`costgate usage import`: from traces to figures that are in force, without touching what a person wrote."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

TRACES = Path(__file__).parents[1] / "usage" / "traces"
CODE = '''from openai import OpenAI

client = OpenAI()


def answer(question: str) -> str:
    reply = client.chat.completions.create(
        model="gpt-4.1-mini",
        messages=[{"role": "system", "content": "You are helpful."}, {"role": "user", "content": question}],
        max_tokens=800,
    )
    return reply.choices[0].message.content
'''
CONFIG = "measured: costgate-measured.yaml\n"


def first_call(ran: Any) -> dict[str, Any]:
    found: dict[str, Any] = ran.report["calls"][0]
    return found


def test_measured_beats_declared_and_a_longer_prompt_still_costs_more(shop: Any) -> None:
    profile = "profiles:\n- {sites: bot/answer.py, holes: {content: 20}, output_tokens: 50}\n"
    shop.start({"bot/answer.py": CODE, "costgate.yaml": profile})
    before = first_call(shop.run("audit", "--format", "json"))
    assert (before["input_tokens"]["high"], before["output_tokens"]["high"]) == (37, 50)
    ran = shop.run("usage", "import", str(TRACES / "semconv.jsonl"))
    assert ran.code == 0 and "set `measured: costgate-measured.yaml`" in ran.err
    assert "bot/answer.py::answer (site, joined by code): 20 requests" in ran.out
    said = " ".join(ran.out.split())
    assert "answers of 50 tokens (declared), measured 300 on average, 6 times" in said
    assert "prompts of 33–37 tokens (declared), measured 1,575 on average, 42.6 times" in said
    assert "5 requests: Report.summarise" in said or "5 requests: bot.summary.summarise" in said
    shop.commit({"costgate.yaml": CONFIG + profile})
    shop.git("branch", "--force", "main")
    after = first_call(shop.run("audit", "--format", "json"))
    assert after["input_tokens"] == {"low": 1200, "likely": 1575, "high": 1950, "unbounded": False, "basis": "measured"}
    assert after["output_tokens"]["likely"] == 300, "236 visible, 64 of reasoning"
    assert after["cost_per_call"]["basis"] == "measured"
    shop.commit({"bot/answer.py": CODE.replace("You are helpful.", "You are helpful. " * 40)})
    change = shop.diff().report["changes"][0]
    assert change["delta"]["tokens"]["low"] > 100
    assert change["delta"]["cost"]["low"] == change["delta"]["cost"]["high"] != "0"
    assert "measured" in shop.run("explain", "bot/answer.py:7").out


def test_hand_edits_survive_and_a_dry_run_writes_nothing(shop: Any) -> None:
    shop.start({"bot/answer.py": CODE, "costgate.yaml": CONFIG, "costgate-measured.yaml": "measured:\n"})
    dry = shop.run("usage", "import", "--dry-run", str(TRACES / "semconv.jsonl"))
    assert dry.code == 0 and "nothing written" in " ".join(dry.out.split()) and dry.err == ""
    target = shop.root / "costgate-measured.yaml"
    assert target.read_text() == "measured:\n"
    shop.run("usage", "import", str(TRACES / "semconv.jsonl"))
    edited = target.read_text().replace("likely: 1575", "likely: 1600  # a quiet week")
    target.write_text(edited.replace("{low: 1200, likely: 1600  # a quiet week, high", "{low: 1200, likely: 1600, high"))
    mine = target.read_text()
    ran = shop.run("usage", "import", str(TRACES / "openinference.jsonl"))
    assert ran.code == 0 and "edited by hand: bot/answer.py::answer" in " ".join(ran.out.split())
    assert target.read_text() == mine


def test_what_the_head_measures_anew_counts_and_what_it_changes_does_not(shop: Any) -> None:
    entry = '- site: "bot/answer.py::answer"\n  output_tokens: {low: 10, likely: 20, high: 30}\n'
    shop.start({"bot/answer.py": CODE, "costgate.yaml": CONFIG, "costgate-measured.yaml": "measured:\n" + entry})
    cheaper = entry.replace("likely: 20, high: 30", "likely: 11, high: 12")
    other = CODE.replace("def answer", "def reply")
    added = '- site: "bot/reply.py::reply"\n  output_tokens: {low: 1, likely: 2, high: 3}\n'
    shop.commit({"bot/answer.py": CODE.replace("800", "900"), "bot/reply.py": other, "costgate-measured.yaml": "measured:\n" + cheaper + added})
    report = shop.diff().report
    assert {call["function"]: call["output_tokens"]["high"] for call in report["calls"]} == {"answer": 30, "reply": 3}
    told = [each["reason"] for each in report["exceptions_changed"]]
    assert any("bot/answer.py::answer" in each and "not in force here" in each for each in told), told
    assert any("bot/reply.py::reply" in each and "in force" in each for each in told), told


def test_totals_tables_and_joins_by_word(shop: Any) -> None:
    shop.start({"bot/answer.py": CODE})
    rows = "".join(f"2026-11-{day:02},gpt-4.1,{1000 + day},Greeting,100\n" for day in range(1, 29))
    shop.write({"export.csv": "day,Model,Tokens In,Prompt Name,Tokens Out\n" + rows})
    columns = ("--columns", "input_tokens=Tokens In", "--columns", "output_tokens=Tokens Out", "--columns", "time=day")
    ran = shop.run("usage", "import", "export.csv", *columns, "--join", "prompt=greeting:bot/answer.py::answer", "--dry-run")
    assert ran.code == 0, ran
    assert "joined by prompt, as told): 28 requests, 2026-11-01 to 2026-11-28" in " ".join(ran.out.split())
    assert "the code asks for gpt-4.1-mini, measured gpt-4.1 in 28 of 28 requests" in " ".join(ran.out.split())


def test_mistakes(shop: Any) -> None:
    shop.start({"bot/answer.py": CODE, "x.json": json.dumps([{"hello": "world"}] * 3)})
    assert shop.run("usage", "import").code == 2
    shop.run("usage", "import", "gone.json").mistake("gone.json", "no such file")
    shop.run("usage", "import", "x.json", "--source", "otel").mistake("no source 'otel'")
    shop.run("usage", "import", "x.json", "--columns", "input").mistake("OURS=HEADER")
    shop.run("usage", "import", "x.json", "--join", "prompt=a:nowhere").mistake("neither a workload nor a call site")
    ran = shop.run("usage", "import", "x.json")
    assert ran.code == 2 and "3 records: records of no known source" in ran.out
    assert "nothing in these files belongs to a call site" in ran.err
    shop.write({"costgate-measured.yaml": "measured:\n- site: bot/answer.py::answer\n  requests: -1\n", "costgate.yaml": CONFIG})
    shop.run("audit").mistake("costgate-measured.yaml:3")
    (shop.root / "costgate-measured.yaml").unlink()
    shop.run("audit").mistake("costgate-measured.yaml", "`measured:` names it", "costgate usage import")
    assert shop.run("usage", "sources").out.count("\n") >= 12


def test_a_workloads_conversations_as_they_were(shop: Any) -> None:
    workload = "workloads:\n- name: support\n  sites: [\"bot/answer.py::answer\"]\n  traffic: 1000/day\n  turns: {count: 9, history: resend}\n"
    shop.start({"bot/answer.py": CODE, "costgate.yaml": CONFIG + workload, "costgate-measured.yaml": "measured:\n"})
    assert shop.run("usage", "import", str(TRACES / "semconv.jsonl")).code == 0
    report = shop.run("audit", "--format", "json").report
    (cost,) = report["workloads"]
    # 1,200 and 250 more each turn, 300 come back each time; 1,024 of 1,575 are read from the cache at a quarter of the price
    sent, cached = 1200 + 1450 + 1700 + 1950, "65.02%"
    assert cost["tokens"] == {"low": str(sent + 4 * 300), "likely": "7500", "high": "7500", "unbounded": False, "basis": "measured"}
    assert f"cache hit: {cached} (measured)" in cost["assumptions"]
    priced = sent * (1 - Decimal("0.75") * Decimal("0.6502")) * Decimal("0.4") + 1200 * Decimal("1.6")
    assert Decimal(cost["per_request"]["likely"]) == priced / 1_000_000
    said = " ".join(shop.run("explain", "bot/answer.py:7").out.split())
    assert "In the workload support" in said and "a month at 30,000 requests (declared)" in said


def test_idle_capacity_is_told(shop: Any) -> None:
    workload = (
        "workloads:\n- name: support\n  sites: [\"bot/answer.py::answer\"]\n  traffic: 1000/day\n"
        "  deployment: {kind: self-hosted, gpus: 3, price: 6_500, capacity: 10B/month, utilisation: 40%}\n"
    )
    shop.start({"bot/answer.py": CODE, "costgate.yaml": workload})
    said = " ".join(shop.run("usage", "import", "--dry-run", str(TRACES / "openai-usage.json")).out.split())
    assert "support: the deployment can do" in said and "4,500,000 used" in said, said


HELPER = """from openai import OpenAI


def complete(text):
    return OpenAI().responses.create(model="gpt-4.1", input=text, max_output_tokens=200)
"""
CALLERS = """from client import complete


def one(q):
    complete("Hello " + q)


def two(q):
    complete("Bye " + q)
"""


def test_traces_that_name_a_helper_hold_for_the_calls_that_it_makes(shop: Any) -> None:
    record = {"model": "gpt-4.1", "input_tokens": 1000, "output_tokens": 50, "cached_tokens": 200, "time": "2026-11-20T10:00:00Z"}
    lines = "\n".join(json.dumps({**record, "file": "client.py", "function": "complete"}) for _ in range(20))
    workload = "workloads: [{name: w, sites: [client.py]}, {name: v, sites: ['app.py']}]\n"
    shop.start({"client.py": HELPER, "app.py": CALLERS, "t.jsonl": lines, "costgate.yaml": CONFIG + workload, "costgate-measured.yaml": ""})
    ran = shop.run("usage", "import", "t.jsonl")
    assert "client.py::complete (site, joined by code): 20 requests" in ran.out
    assert "v (workload, joined by code)" in ran.out
    calls = shop.run("audit", "--format", "json").report["calls"]
    costs = {call["function"]: (call["output_tokens"]["basis"], call["cost_per_call"]["likely"]) for call in calls if call["counted"]}
    each = (800 * Decimal(2) + 200 * Decimal("0.5") + 50 * 8) / 1_000_000
    assert {name: (basis, Decimal(cost)) for name, (basis, cost) in costs.items()} == {"one": ("measured", each), "two": ("measured", each)}
    shop.write({"app.py": CALLERS.partition("\n\n\ndef two")[0] + "\n"})
    assert "app.py::one (site, joined by code): 20 requests" in shop.run("usage", "import", "t.jsonl").out


def test_a_profile_of_a_helper_gives_way_to_one_of_the_call(shop: Any) -> None:
    profiles = "profiles:\n- {sites: 'app.py::one', output_tokens: 7}\n- {sites: 'client.py::complete', output_tokens: 9}\n"
    shop.start({"client.py": HELPER, "app.py": CALLERS, "costgate.yaml": profiles})
    calls = shop.run("audit", "--format", "json").report["calls"]
    assert {call["function"]: call["output_tokens"]["high"] for call in calls if call["counted"]} == {"one": 7, "two": 9}

"""A budget for a month, on real repositories: the gate says no, and a branch cannot talk it round."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

LONG = "Answer with great care, cite the source, and never guess. " * 60
CONFIG = """\
workloads:
  - name: answers
    owner: ann
    tags: {feature: chat}
    sites: [app.py]
    traffic: 40_000/day
    holes: {content: {low: 10, likely: 40, high: 200}}
    output_tokens: {low: 20, likely: 100, high: 200}
    budgets: {cost_per_month: 120}
portfolio: {name: shop, cost_per_month: 1_000}
"""


def _open(ran: Any) -> set[str]:
    return {one["rule"] for one in ran.report["findings"] if one["state"] == "open"}


def test_a_longer_prompt_breaks_the_budget_of_a_month(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "costgate.yaml": CONFIG})
    shop.commit({"app.py": call.replace('"You are helpful."', repr(LONG))})
    ran = shop.diff()
    (answers,) = ran.report["workloads"]
    assert (ran.code, {"CG951", "CG958"} <= _open(ran)) == (1, True)
    assert float(answers["delta"]["per_month"]["likely"]) > 100
    assert ran.report["portfolio"]["delta"] == answers["delta"]["per_month"]
    (finding,) = [one for one in ran.report["findings"] if one["rule"] == "CG951"]
    assert (finding["path"], finding["line"]) == ("costgate.yaml", 2)


def test_a_branch_cannot_talk_its_budget_round(shop: Any, call: str) -> None:
    """Less traffic, a larger budget, a cheaper model by declaration, shorter answers: all told, none in force."""
    shop.start({"app.py": call, "costgate.yaml": CONFIG})
    easier = (
        CONFIG.replace("40_000/day", "40/day")
        .replace("cost_per_month: 120", "cost_per_month: 9_999")
        .replace("    sites: [app.py]\n", "    sites: [app.py]\n    model: gpt-4.1-nano\n")
        .replace("likely: 100, high: 200", "likely: 21, high: 22")
    )
    shop.commit({"app.py": call.replace('"You are helpful."', repr(LONG)), "costgate.yaml": easier})
    ran = shop.diff()
    assert (ran.code, "CG951" in _open(ran)) == (1, True)
    assert ran.report["workloads"][0]["traffic"]["likely"] == 1_200_000
    told = {one["reason"] for one in ran.report["exceptions_changed"]}
    assert "workloads answers.traffic: 40_000/day → 40/day (not in force here)" in told
    assert "workloads answers.model: gpt-4.1-nano (not in force here)" in told
    assert "workloads answers.budgets.cost_per_month: 120 → 9_999 (not in force here)" in told


def test_a_cap_that_was_broken_before_is_an_old_finding_until_it_gets_worse(shop: Any, call: str) -> None:
    tight = CONFIG.replace("cost_per_month: 120", "cost_per_month: 1")
    shop.start({"app.py": call, "costgate.yaml": tight})
    shop.commit({"other.py": "X = 1\n"})
    same = shop.diff()
    assert (same.code, _open(same)) == (0, set())
    assert [one["state"] for one in same.report["findings"] if one["rule"] == "CG951"] == ["existing"]
    shop.commit({"app.py": call.replace("You are helpful.", "You are helpful and brief.")})
    worse = shop.diff()
    assert (worse.code, "CG951" in _open(worse)) == (1, True)


def test_a_workload_that_the_branch_adds_is_judged_with_it(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "costgate.yaml": "fail_on: error\n"})
    shop.commit({"costgate.yaml": "fail_on: error\n" + CONFIG.replace("cost_per_month: 120", "cost_per_month: 1")})
    ran = shop.diff()
    assert (ran.code, "CG951" in _open(ran)) == (1, True)


def test_single_files_and_folders(shop: Any, call: str) -> None:
    shop.start({"bot/app.py": call, "lib/x.py": "X = 1\n", "costgate.yaml": CONFIG.replace("[app.py]", "[bot/app.py]")})
    assert shop.run("check", "bot/app.py", "--format", "json").report["workloads"] == []
    whole = shop.run("audit", "--format", "json").report["workloads"]
    assert shop.run("audit", "lib", "--format", "json").report["workloads"] == whole, "a month is not of a folder"


def test_what_if_and_the_outputs_of_a_saved_report(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "costgate.yaml": CONFIG})
    ran = shop.run("audit", "--format", "json", "--what-if", "traffic=2x", "--what-if", "answers.model=gpt-4.1")
    scenario = ran.report["workloads"][0]["scenarios"][-1]
    assert scenario["name"] == "what if traffic=2x, answers.model=gpt-4.1"
    shop.write({"report.json": json.dumps(ran.report)})
    rows = list(csv.DictReader(io.StringIO(shop.run("render", "report.json", "--format", "csv").out)))
    assert {row["estimate"] for row in rows} == {"true"}
    months = sum(float(row["per_month_likely"]) for row in rows)
    assert abs(months - float(ran.report["workloads"][0]["per_month"]["likely"])) < 1e-9
    focus = list(csv.DictReader(io.StringIO(shop.run("render", "report.json", "--format", "focus").out)))
    assert {(row["BilledCost"], row["x_Estimated"], row["x_Owner"]) for row in focus} == {("0", "true", "ann")}
    assert abs(sum(float(row["EffectiveCost"]) for row in focus) - months) < 1e-9
    document = shop.run("render", "report.json", "--format", "costmodel").out
    for part in ("### Scope", "### Unit economics", "### Monthly run rate", "### Sensitivity", "### Drivers and levers"):
        assert part in document
    assert "what if traffic=2x, answers.model=gpt-4.1" in document


def test_mistakes(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "costgate.yaml": CONFIG})
    shop.run("audit", "--what-if", "trafic=2x").mistake('unknown key "trafic"', 'did you mean "traffic"?')
    shop.run("audit", "--what-if", "answer.traffic=2x").mistake("no workload is named 'answer'", "did you mean answers?")
    shop.run("audit", "--what-if", "traffic=lots").mistake("--what-if", "requests per time such as")
    shop.write({"costgate.yaml": CONFIG.replace("40_000/day", "40_000/dya")})
    shop.run("audit").mistake("costgate.yaml:6:", "unknown unit 'dya'", 'did you mean "/day"?')
    shop.write({"costgate.yaml": "fail_on: error\n"})
    shop.run("audit", "--what-if", "traffic=2x").mistake("no workload is declared")


def test_a_budget_over_nothing_is_told(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "costgate.yaml": "portfolio: {name: bots, cost_per_month: 500}\n"})
    ran = shop.run("audit", "--format", "json")
    assert [each["rule"] for each in ran.report["findings"]].count("CG967") == 1
    assert ran.report["portfolio"]["members"] == [] and ran.report["portfolio"]["per_month"] is None
    shop.write({"costgate.yaml": "portfolio: {name: bots}\n"})
    assert shop.run("audit", "--format", "json").report["portfolio"] is None


APART = """\
workloads:
  - {name: lab, sites: ["lab.py"]}
paths:
  - {workloads: [lab], rules: {unbounded-retry: warning, oversized-input: {params: {limit: 1}}}}
"""


def _seen(report: dict[str, Any], rule: str) -> dict[str, str]:
    return {one["path"]: one["severity"] for one in report["findings"] if one["rule"] == rule}


def test_a_workload_has_settings_of_its_own(shop: Any, retried: str) -> None:
    shop.start({"lab.py": retried, "shop.py": retried, "costgate.yaml": APART})
    assert _seen(shop.run("audit", "--format", "json").report, "CG201") == {"lab.py": "warning", "shop.py": "error"}
    narrow = APART.replace("{workloads: [lab]", "{globs: [shop.py], workloads: [lab]")
    shop.write({"costgate.yaml": narrow})
    assert _seen(shop.run("audit", "--format", "json").report, "CG201") == {"lab.py": "error", "shop.py": "error"}


def test_a_change_cannot_put_its_code_into_a_workload_with_looser_settings(shop: Any, call: str, retried: str) -> None:
    shop.start({"lab.py": call, "shop.py": call, "costgate.yaml": APART})
    shop.commit({"shop.py": retried, "costgate.yaml": APART.replace('sites: ["lab.py"]', 'sites: ["*.py"]')})
    assert (shop.diff().code, _seen(shop.diff().report, "CG201")) == (1, {"shop.py": "error"})
    shop.commit({"costgate.yaml": APART + "  - {workloads: [other], rules: {unbounded-retry: off}}\n"})
    shop.diff().mistake("costgate.yaml:5: ", "there is no workload other", "declared: lab")


HELPER = "from openai import OpenAI\n\nclient = OpenAI()\n\n\ndef ask(text):\n    return client.responses.create(model='gpt-4.1', input=text, max_output_tokens=9)\n"
ONCE = "from lab import ask\n\n\ndef main():\n    return ask('Hi')\n"
FOREVER = "from lab import ask\n\n\ndef main():\n    while True:\n        print(ask('Hi'))\n"
APART_BY_HELPER = """\
workloads:
  - {name: lab, sites: ["lab.py::ask"]}
paths:
  - {workloads: [lab], rules: {call-in-endless-loop: warning}}
"""


def test_settings_of_a_helper_hold_for_those_who_call_it(shop: Any) -> None:
    shop.start({"lab.py": HELPER, "shop.py": FOREVER, "costgate.yaml": APART_BY_HELPER})
    assert _seen(shop.run("audit", "--format", "json").report, "CG301") == {"shop.py": "warning"}
    shop.write({"costgate.yaml": APART_BY_HELPER.replace("lab.py::ask", "lab.py")})
    assert _seen(shop.run("audit", "--format", "json").report, "CG301") == {"shop.py": "error"}, "a file is not its callers"


def test_a_change_cannot_call_a_helper_to_get_its_settings(shop: Any) -> None:
    shop.start({"lab.py": HELPER, "lab_run.py": ONCE, "costgate.yaml": APART_BY_HELPER})
    shop.commit({"shop.py": FOREVER})
    assert (shop.diff().code, _seen(shop.diff().report, "CG301")) == (1, {"shop.py": "error"})


def test_what_the_base_has_in_a_workload_keeps_its_settings(shop: Any) -> None:
    shop.start({"lab.py": HELPER, "shop.py": ONCE, "costgate.yaml": APART_BY_HELPER})
    shop.commit({"shop.py": FOREVER})
    assert (shop.diff().code, _seen(shop.diff().report, "CG301")) == (0, {"shop.py": "warning"})


def test_a_change_cannot_lead_a_workload_to_its_code_either(shop: Any, call: str, retried: str) -> None:
    entered = APART.replace('sites: ["lab.py"]', 'sites: ["none.py"], entrypoints: ["lab.py::main"]')
    ways = "from shop import answer\n\n\ndef main():\n    return answer()\n"
    alone = retried.replace("question: str", "").replace("input=question", "input='Hi'")
    shop.start({"lab.py": "def main():\n    return 1\n", "shop.py": call, "costgate.yaml": entered})
    shop.commit({"shop.py": alone, "lab.py": ways})
    assert (shop.diff().code, _seen(shop.diff().report, "CG201")) == (1, {"shop.py": "error"})


def test_a_change_does_not_get_round_stricter_settings_of_a_workload(shop: Any) -> None:
    strict = APART_BY_HELPER.replace("warning", "error").replace("paths:", "rules: {call-in-endless-loop: warning}\npaths:")
    shop.start({"lab.py": HELPER, "lab_run.py": ONCE, "costgate.yaml": strict})
    shop.commit({"shop.py": FOREVER})
    assert (shop.diff().code, _seen(shop.diff().report, "CG301")) == (1, {"shop.py": "error"})

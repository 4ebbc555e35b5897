"""What a pull request may try to pass the gate that judges it. Each attack works once merged, and not before."""

from __future__ import annotations

import time
from typing import Any

import pytest

BUDGET = "rules: {call-over-cost-budget: {severity: error, params: {limit: '0.0001'}}}\n"
TEAM = """\
id: TEAM101
name: any-response
severity: error
confidence: high
summary: A call
why: so
fix: no
match:
  each: call
  call.kind: {eq: responses}
message: "{call.callee}"
"""
ENDLESS, DEAR, OURS = "endless", "dear", "ours"
"""What the change does wrong: a retry without end, a call over its budget, what a rule of the team forbids."""

FREE = """\
sdk: openai-free
modules: [openai]
objects:
  client:
    made_by: [{symbols: [openai.OpenAI]}]
    calls: {responses.create: {kind: moderation, args: {model: model}}}
free: [openai.OpenAI.responses.create, openai.OpenAI]
examples: [{code: "x = 1", sees: []}]
"""

MEASURED = """\
measured:
  - {{site: "{0}", requests: 100, output_tokens: {{low: {1}, likely: {1}, high: {1}}}, input_tokens: {{low: 5, likely: 5, high: 5}}}}
"""

PLAN = "workloads: [{name: answers, sites: [app.py], traffic: 40000/day, budgets: {cost_per_month: 1}}]\n"

ATTACKS: dict[str, tuple[str, dict[str, str], dict[str, str]]] = {
    "the configuration": (ENDLESS, {"costgate.yaml": "fail_on: error\n"}, {"costgate.yaml": "enforce: warn\n"}),
    "a severity": (ENDLESS, {"costgate.yaml": "fail_on: error\n"}, {"costgate.yaml": "rules: {unbounded-retry: warning}\n"}),
    "a rule switched off": (ENDLESS, {"costgate.yaml": "fail_on: error\n"}, {"costgate.yaml": "rules: {unbounded-retry: off}\n"}),
    "a parameter": (DEAR, {"costgate.yaml": BUDGET}, {"costgate.yaml": BUDGET.replace("0.0001", "90")}),
    "an exclude": (ENDLESS, {"costgate.yaml": "fail_on: error\n"}, {"costgate.yaml": "exclude: ['*.py']\n"}),
    "a rule of the team": (OURS, {".costgate/rules/a.yml": TEAM}, {".costgate/rules/a.yml": TEAM.replace("responses", "ocr")}),
    "an alias of a model": (DEAR, {"costgate.yaml": BUDGET}, {"costgate.yaml": BUDGET + "models: {gpt-4.1: gpt-4.1-nano}\n"}),
    "a baseline": (ENDLESS, {"costgate.yaml": "fail_on: error\n"}, {"costgate.yaml": "baseline: known.json\n", "known.json": "FINGERPRINT"}),
    "a waiver": (
        ENDLESS,
        {"costgate.yaml": "fail_on: error\n"},
        {"costgate.yaml": "waivers: [{rule: unbounded-retry, glob: '**', reason: x, owner: me, until: 2099-01-01}]\n"},
    ),
    "a multiplier of next to nothing": (DEAR, {"costgate.yaml": BUDGET}, {"costgate.yaml": BUDGET + "prices: [{model: gpt-4.1, multiplier: '0.0001'}]\n"}),
    "an inline ignore": (ENDLESS, {"costgate.yaml": "fail_on: error\n"}, {"app.py": "IGNORED"}),
    "a wider file": (
        ENDLESS,
        {"costgate.yaml": "extends: org.yaml\n", "org.yaml": "fail_on: error\n"},
        {"org.yaml": "rules: {unbounded-retry: off}\n"},
    ),
    "a nested file": (
        ENDLESS,
        {"costgate.yaml": "nested: ['lib']\n"},
        {"lib/costgate.yaml": "rules: {unbounded-retry: off}\n", "lib/app.py": "WRONG", "app.py": "X = 1\n"},
    ),
    "a justification": (
        ENDLESS,
        {"costgate.yaml": "fail_on: error\n"},
        {"costgate.yaml": "justify: {rules: [unbounded-retry]}\n"},
    ),
    "measured figures of more calls": (
        DEAR,
        {"costgate.yaml": f"{BUDGET}measured: m.yaml\n", "m.yaml": MEASURED.format("app.py::answer", 500)},
        {"m.yaml": MEASURED.format("app.py::answer", 500) + MEASURED.format("*.py::answer", 1).partition("\n")[2]},
    ),
    "measured figures of what is declared": (
        DEAR,
        {"costgate.yaml": f"{BUDGET}profiles: [{{sites: 'app.py::answer', output_tokens: 500}}]\n"},
        {
            "costgate.yaml": f"{BUDGET}profiles: [{{sites: 'app.py::answer', output_tokens: 500}}]\nmeasured: m.yaml\n",
            "m.yaml": MEASURED.format("app.py::answer", 1),
        },
    ),
    "measured figures of a workload": (
        DEAR,
        {"costgate.yaml": PLAN},
        {"costgate.yaml": f"{PLAN}measured: m.yaml\n", "m.yaml": "measured:\n  - {workload: answers, traffic: {low: 1, likely: 1, high: 1}}\n"},
    ),
    "a workload that is measured": (
        DEAR,
        {"costgate.yaml": f"{BUDGET}profiles: [{{sites: 'app.py::answer', output_tokens: 500}}]\n"},
        {
            "costgate.yaml": f"{BUDGET}profiles: [{{sites: 'app.py::answer', output_tokens: 500}}]\nmeasured: m.yaml\nworkloads: [{{name: new, sites: [app.py]}}]\n",
            "m.yaml": "measured:\n  - {workload: new, output_tokens: {low: 1, likely: 1, high: 1}}\n",
        },
    ),
    "a folder for tests": (ENDLESS, {"costgate.yaml": "fail_on: error\n"}, {"tests/test_app.py": "WRONG", "app.py": "GONE"}),
}
NOT_BY_DIFF = ("an alias of a model", "a baseline", "a justification", "an inline ignore", "a folder for tests")
"""Attacks whose effect once merged is shown elsewhere, or is no matter of configuration."""

DEAR_CALL = 'from openai import OpenAI\n\n\ndef answer():\n    return OpenAI().responses.create(model="gpt-4.1", input="Hi", max_output_tokens=900)\n'


def _wrong(kind: str, retried: str) -> str:
    return retried if kind == ENDLESS else DEAR_CALL


def _files(shop: Any, files: dict[str, str], wrong: str) -> None:
    made = {path: wrong if text == "WRONG" else text for path, text in files.items()}
    if "known.json" in made:
        shop.write({"app.py": wrong})
        assert shop.run("baseline", "create").code == 0
        made["known.json"] = (shop.root / "costgate-baseline.json").read_text()
        (shop.root / "costgate-baseline.json").unlink()
    if made.get("app.py") == "IGNORED":
        made["app.py"] = wrong.replace("output_text", "output_text  # costgate: ignore[CG201] it is fine")
    if made.get("app.py") == "GONE":
        (shop.root / "app.py").unlink()
        del made["app.py"]
    shop.commit(made)


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_the_change_fails_all_the_same(shop: Any, call: str, retried: str, name: str) -> None:
    kind, base, attack = ATTACKS[name]
    wrong = _wrong(kind, retried)
    shop.start({"app.py": call if kind == ENDLESS else "X = 1\n", **base})
    shop.commit({"app.py": wrong})
    assert shop.diff().code == 1, "without the attack"
    _files(shop, attack, wrong)
    ran = shop.diff()
    assert (ran.code, ran.report["verdict"]["result"]) == (1, "fail"), ran.err


@pytest.mark.parametrize("name", sorted(set(ATTACKS) - set(NOT_BY_DIFF)))
def test_the_attack_would_work_if_the_base_had_it(shop: Any, call: str, retried: str, name: str) -> None:
    kind, base, attack = ATTACKS[name]
    wrong = _wrong(kind, retried)
    merged = {**base, **{path: text for path, text in attack.items() if not path.endswith(".py")}}
    shop.start({"app.py": call if kind == ENDLESS else "X = 1\n", **merged})
    shop.commit({"lib/app.py" if name == "a nested file" else "app.py": wrong})
    assert shop.diff().code == 0


@pytest.mark.parametrize(
    "attack",
    [
        {".costgate/sdks/free.yaml": FREE},
        {"costgate.yaml": "fail_on: error\naliases: {openai: json}\n"},
        {".costgate/sdks/mine.yaml": "sdk: mine\nfunctions: [{symbols: [app.answer], kind: ocr, args: {prompt: question}}]\n"},
        {"costgate.yaml": "fail_on: error\naliases: {app.client: json.loads, app.OpenAI: json.loads}\n"},
        {name: "raise SystemExit(0)\n" for name in ("git.py", "yaml.py", "json.py", "costgate/__init__.py", "costgate/cli.py", "sitecustomize.py")},
        {"acme-1.0.dist-info/entry_points.txt": "[costgate.predicates]\nx = acme\n[costgate.packs]\nx = acme\n", "acme-1.0.dist-info/METADATA": "Name: acme\nVersion: 1.0\n", "acme.py": "raise SystemExit(0)\n"},
        {"pyproject.toml": "[tool.costgate]\nfail_on = 'info'\nenforce = 'warn'\n"},
    ],
)
def test_files_that_take_no_part_in_the_judgement(shop: Any, call: str, retried: str, attack: dict[str, str]) -> None:
    shop.start({"app.py": call, "costgate.yaml": "fail_on: error\n"})
    shop.commit({"app.py": retried, **attack})
    ran = shop.run("diff", "--base", "main", "--format", "json")
    assert ran.code != 0
    if ran.code == 1:
        assert any(one["rule"] == "CG201" and one["state"] == "open" for one in ran.report["findings"])


def test_traffic_set_to_nothing(shop: Any) -> None:
    plan = "workloads:\n  - name: answers\n    sites: ['app.py']\n    traffic: {}/day\n    budgets: {{cost_per_month: 1}}\n"
    shop.start({"app.py": "X = 1\n", "costgate.yaml": plan.format(40000)})
    shop.commit({"app.py": DEAR_CALL})
    before = shop.diff()
    assert before.code == 1, before.out
    shop.commit({"costgate.yaml": plan.format(1)})
    assert shop.diff().code == 1
    shop.commit({"costgate.yaml": "fail_on: error\n"})
    assert shop.diff().code == 1
    shop.commit({"costgate.yaml": plan.format(0)})
    assert shop.diff().code == 2


def test_a_pattern_that_would_backtrack(shop: Any) -> None:
    rule = TEAM.replace("call.kind: {eq: responses}", f"call.model: {{matches: '{'*a' * 30}*b'}}")
    shop.start({"app.py": "X = 1\n", ".costgate/rules/a.yml": rule})
    shop.commit({"app.py": DEAR_CALL.replace("gpt-4.1", "a" * 5000)})
    start = time.monotonic()
    assert shop.diff().code in (0, 1)
    assert time.monotonic() - start < 60


def test_a_predicate_that_nobody_has(shop: Any) -> None:
    shop.start({"app.py": "X = 1\n", ".costgate/rules/a.yml": TEAM.replace("call.kind: {eq: responses}", "predicate: acme_check")})
    shop.run("audit").mistake(".costgate/rules/a.yml:10: ", "distribution:predicate")

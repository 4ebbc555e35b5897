"""Each protection against a pull request that wants to pass, taken away: the attack that it stops has to work then.

`test_attacks.py` plays the attacks against the command as it is. Here they are played in this process, once as it is and
once without the one function that stands in the way, so that an attack that is stopped by something else, or by nothing, is
noticed.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from costgate import cli
from costgate.config import offered, packs, trust
from costgate.gate import policy, runs
from costgate.judge import judgement, suppress

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
DEAR = 'from openai import OpenAI\n\n\ndef answer():\n    return OpenAI().responses.create(model="gpt-4.1", input="Hi", max_output_tokens=900)\n'
QUIET = {"costgate.yaml": "fail_on: error\n"}
TAUGHT = "sdk: mine\nfunctions: [{symbols: [app.answer], kind: ocr, args: {}}]\n"
CHEAP = BUDGET.replace("0.0001", "0.001")
THIEF = "raise SystemExit('taken from the judged tree')\n"


@pytest.fixture
def gate(shop: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., int]:
    """The command in this process; its exit code."""
    for name, value in {**shop.environment, "PYTHONSAFEPATH": "1"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(shop.root)

    def run(*arguments: str) -> int:
        code = cli.main([*(arguments or ("diff", "--base", "main"))])
        capsys.readouterr()
        return code

    return run


def heads_word(patch: pytest.MonkeyPatch) -> None:
    """The configuration of the head judges."""
    patch.setattr(policy, "trusted", lambda base, head: head)


def heads_rules(patch: pytest.MonkeyPatch) -> None:
    """The rules of the head judge."""
    known = policy.policy_of

    def of_the_head(before: Any, head: Any, root: Any, setting: Any) -> Any:
        made = known(before, head, root, setting)
        return replace(made, rules=policy.rules_of(head, made.config))

    patch.setattr(runs, "policy_of", of_the_head)


def heads_baseline(patch: pytest.MonkeyPatch) -> None:
    """The baseline of the head hides findings."""
    known = policy.policy_of

    def of_the_head(before: Any, head: Any, root: Any, setting: Any) -> Any:
        made = known(before, head, root, setting)
        here = policy.config_of(head, root, setting)
        return replace(made, baseline=policy.tree_baseline(head, here.baseline))

    patch.setattr(runs, "policy_of", of_the_head)


def heads_workloads(patch: pytest.MonkeyPatch) -> None:
    """The head's figures replace the base's."""
    patch.setattr(trust, "trusted_workloads", lambda base, head: (head.workloads, {}))


def heads_names(patch: pytest.MonkeyPatch) -> None:
    """What the head says about models that the base speaks of counts."""
    kept = trust.trusted
    patch.setattr(policy, "trusted", lambda base, head: replace(kept(base, head), models={**base.models, **head.models}))


def new_ignores(patch: pytest.MonkeyPatch) -> None:
    """Ignores count as if they had been there."""
    patch.setattr(suppress, "_stood_before", lambda fired, ignores, hiding: True)


def disguise(patch: pytest.MonkeyPatch) -> None:
    """What stands in a test's folder is a test."""
    patch.setattr(judgement, "undisguised", lambda comparison: comparison)


def hidden_calls(patch: pytest.MonkeyPatch) -> None:
    """Nobody looks whether what the head teaches hides a call."""
    patch.setattr(runs, "hidden_by", lambda plain, taught_: ())


def heads_measurements(patch: pytest.MonkeyPatch) -> None:
    """What the head says was measured beats what the base says."""
    kept = trust.trusted

    def of_the_head(base: Any, head: Any) -> Any:
        made = kept(base, head)
        workloads = tuple(replace(each, proposed=False) for each in made.workloads)
        sites = (*base.measured_sites, *head.measured_sites)  # of two the later holds
        return replace(made, measured_sites=sites, proposed_sites=0, measured={**base.measured, **head.measured}, workloads=workloads)

    patch.setattr(policy, "trusted", of_the_head)


DECLARED = BUDGET + "profiles: [{sites: 'app.py::answer', output_tokens: 500}]\n"
PLANNED = """\
workloads:
  - {name: answers, sites: ['app.py'], traffic: 40000/day, budgets: {cost_per_month: 1}}
"""
def measured(site: str, tokens: int) -> str:
    size = f"{{low: {tokens}, likely: {tokens}, high: {tokens}}}"
    return f"measured:\n  - {{site: '{site}', requests: 100, output_tokens: {size}, input_tokens: {{low: 5, likely: 5, high: 5}}}}\n"


RETRY, MONEY, OURS = "retry", "money", "ours"
ATTACKS: dict[str, tuple[str, dict[str, str], dict[str, str], Callable[[pytest.MonkeyPatch], None]]] = {
    "the configuration": (RETRY, QUIET, {"costgate.yaml": "enforce: warn\n"}, heads_word),
    "a severity": (RETRY, QUIET, {"costgate.yaml": "rules: {unbounded-retry: warning}\n"}, heads_word),
    "a rule switched off": (RETRY, QUIET, {"costgate.yaml": "rules: {unbounded-retry: off}\n"}, heads_word),
    "a parameter": (MONEY, {"costgate.yaml": BUDGET}, {"costgate.yaml": BUDGET.replace("0.0001", "90")}, heads_word),
    "an exclude": (RETRY, QUIET, {"costgate.yaml": "exclude: ['*.py']\n"}, heads_word),
    "an alias of a model": (
        MONEY,
        {"costgate.yaml": CHEAP + "models: {ours: gpt-4.1}\n"},
        {"costgate.yaml": CHEAP + "models: {ours: gpt-4.1-nano}\n"},
        heads_names,
    ),
    "a waiver": (
        RETRY,
        QUIET,
        {"costgate.yaml": "waivers: [{rule: unbounded-retry, glob: '**', reason: x, owner: me, until: 2099-01-01}]\n"},
        heads_word,
    ),
    "a multiplier of next to nothing": (MONEY, {"costgate.yaml": BUDGET}, {"costgate.yaml": BUDGET + "prices: [{model: gpt-4.1, multiplier: '0.0001'}]\n"}, heads_word),
    "a wider file": (RETRY, {"costgate.yaml": "extends: org.yaml\n", "org.yaml": "fail_on: error\n"}, {"org.yaml": "rules: {unbounded-retry: off}\n"}, heads_word),
    "a nested file": (
        RETRY,
        {"costgate.yaml": "nested: ['lib']\n"},
        {"lib/costgate.yaml": "rules: {unbounded-retry: off}\n", "lib/app.py": "WRONG", "app.py": "X = 1\n"},
        heads_word,
    ),
    "a justification": (RETRY, QUIET, {"costgate.yaml": "justify: {rules: [unbounded-retry]}\n"}, heads_word),
    "a baseline": (RETRY, QUIET, {"costgate.yaml": "baseline: known.json\n", "known.json": "BASELINE"}, heads_baseline),
    "a rule of the team": (OURS, {".costgate/rules/a.yml": TEAM}, {".costgate/rules/a.yml": TEAM.replace("responses", "ocr")}, heads_rules),
    "an inline ignore": (RETRY, QUIET, {"app.py": "IGNORED"}, new_ignores),
    "a folder for tests": (RETRY, QUIET, {"tests/test_app.py": "WRONG", "app.py": "GONE"}, disguise),
    "an SDK file": (MONEY, {"costgate.yaml": BUDGET.replace("call-over", "diff-over")}, {".costgate/sdks/mine.yaml": TAUGHT}, hidden_calls),
    "measured figures of more calls": (
        MONEY,
        {"costgate.yaml": f"{BUDGET}measured: m.yaml\n", "m.yaml": measured("app.py::answer", 500)},
        {"m.yaml": measured("app.py::answer", 500) + measured("*.py::answer", 1).partition("\n")[2]},
        heads_measurements,
    ),
    "measured figures of what is declared": (
        MONEY,
        {"costgate.yaml": DECLARED},
        {"costgate.yaml": f"{DECLARED}measured: m.yaml\n", "m.yaml": measured("app.py::answer", 1)},
        heads_measurements,
    ),
    "measured figures of a workload": (
        MONEY,
        {"costgate.yaml": PLANNED},
        {"costgate.yaml": f"{PLANNED}measured: m.yaml\n", "m.yaml": "measured:\n  - {workload: answers, traffic: {low: 1, likely: 1, high: 1}}\n"},
        heads_measurements,
    ),
    "a workload that is measured": (
        MONEY,
        {"costgate.yaml": DECLARED},
        {
            "costgate.yaml": f"{DECLARED}measured: m.yaml\nworkloads: [{{name: new, sites: [app.py]}}]\n",
            "m.yaml": "measured:\n  - {workload: new, output_tokens: {low: 1, likely: 1, high: 1}}\n",
        },
        heads_measurements,
    ),
    "an alias of a name": (RETRY, {"costgate.yaml": "fail_on: error\n"}, {"costgate.yaml": "fail_on: error\naliases: {openai: json}\n"}, hidden_calls),
}


def _write(shop: Any, files: dict[str, str], wrong: str) -> None:
    made = {path: wrong if text == "WRONG" else text for path, text in files.items()}
    if made.get("app.py") == "IGNORED":
        made["app.py"] = wrong.replace("output_text", "output_text  # costgate: ignore[CG201] it is fine")
    if made.get("app.py") == "GONE":
        (shop.root / "app.py").unlink()
        del made["app.py"]
    if "known.json" in made:
        assert cli.main(["baseline", "create"]) == 0
        made["known.json"] = (shop.root / "costgate-baseline.json").read_text()
        (shop.root / "costgate-baseline.json").unlink()
    shop.write(made)
    shop.git("add", "--all")
    shop.git("commit", "--quiet", "-m", "Change\n\nCostgate-Justify: it has to be")


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_without_its_protection_the_attack_works(
    shop: Any, gate: Callable[..., int], call: str, retried: str, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    kind, base, attack, remove = ATTACKS[name]
    wrong = retried if kind == RETRY else DEAR.replace("gpt-4.1", "ours") if "alias of a model" in name else DEAR
    shop.start({"app.py": call if kind == RETRY else "X = 1\n", **base})
    shop.commit({"app.py": wrong})
    assert gate() == 1, "without the attack"
    _write(shop, attack, wrong)
    assert gate() == 1, "with it"
    remove(monkeypatch)
    assert gate() == 0, "with it, and nothing in its way"


def test_traffic(shop: Any, gate: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    plan = "workloads:\n  - name: answers\n    sites: ['app.py']\n    traffic: {}/day\n    budgets: {{cost_per_month: 1}}\n"
    shop.start({"app.py": "X = 1\n", "costgate.yaml": plan.format(40000)})
    shop.commit({"app.py": DEAR})
    shop.commit({"costgate.yaml": plan.format(1)})
    assert gate() == 1
    heads_workloads(monkeypatch)
    assert gate() == 0


def test_a_predicate_of_the_judged_tree(shop: Any, gate: Callable[..., int], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The thief ends the process, which is what an attack that runs code would begin with."""
    site = tmp_path / "site"
    info = site / "acme_thief-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-thief\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[costgate.predicates]\ndear = acme_thief:dear\n")
    shop.start({
        "app.py": DEAR, "acme_thief.py": THIEF, "costgate.yaml": "predicates: [acme-thief]\n",
        ".costgate/rules/a.yml": TEAM.replace("call.kind: {eq: responses}", "predicate: acme-thief:dear"),
    })  # fmt: skip
    monkeypatch.syspath_prepend(site)
    monkeypatch.syspath_prepend(shop.root)
    assert gate("audit") == 2
    monkeypatch.setattr(offered, "_outside", lambda place, root: True)
    with pytest.raises(SystemExit, match="taken from the judged tree"):
        gate("audit")


def test_a_pack_of_the_judged_tree(shop: Any, gate: Callable[..., int], monkeypatch: pytest.MonkeyPatch) -> None:
    shop.start({
        "app.py": DEAR, "costgate.yaml": "extends: acme-own\nfail_on: info\n", "acme_own/costgate.yaml": "rules: {unbounded-output: off}\n",
        "acme_own-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: acme-own\nVersion: 1.0\n",
        "acme_own-1.0.dist-info/entry_points.txt": "[costgate.packs]\nx = acme_own\n",
    })  # fmt: skip
    monkeypatch.syspath_prepend(shop.root)
    assert gate("audit") == 2
    monkeypatch.setattr(packs, "_refuse_judged", lambda name, place, root: None)
    assert gate("audit") in (0, 1)


@pytest.mark.parametrize("name", ["yaml.py", "costgate/__init__.py"])
def test_modules_in_the_root(shop: Any, call: str, retried: str, name: str) -> None:
    """The protection is how the command is started; started otherwise, a module of the judged tree ends the run as passed."""
    shop.start({"app.py": call, **QUIET})
    shop.commit({"app.py": retried, name: "raise SystemExit(0)\n"})
    assert shop.diff().code == 1
    code = "import sys; from costgate.cli import main; sys.exit(main(['diff', '--base', 'main']))"
    source = str(Path(__file__).parents[2])
    environment = {**shop.environment, "PYTHONPATH": os.pathsep.join((str(shop.root), source))}
    ran = subprocess.run([sys.executable, "-c", code], cwd=shop.root, env=environment, capture_output=True, check=False)
    assert ran.returncode == 0


def test_the_tables_name_the_same_attacks() -> None:
    from importlib.util import module_from_spec, spec_from_file_location

    spec = spec_from_file_location("attacks", Path(__file__).with_name("test_attacks.py"))
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert set(module.ATTACKS) <= set(ATTACKS)



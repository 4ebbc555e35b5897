"""One policy above many repositories: what is extended, locked and nested, and packs that are read and not imported."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ORG = "locked: [rules.unbounded-retry, fail_on, exclude]\nfail_on: error\nrules: {unbounded-retry: error, unbounded-output: error}\n"
UNCAPPED = 'from openai import OpenAI\n\nOpenAI().responses.create(model="gpt-4.1", input="Hi")\n'
RULE = """\
id: ACME{number}
name: {name}
severity: error
confidence: high
summary: A call
why: so
fix: no
match:
  each: call
  call.kind: {{eq: responses}}
message: "{{call.callee}}"
"""


def _open(ran: Any) -> list[tuple[str, str]]:
    return [(one["rule"], one["severity"]) for one in ran.report["findings"] if one["state"] == "open"]


def test_a_file_is_extended_and_the_narrower_word_holds(shop: Any) -> None:
    shop.start({"app.py": UNCAPPED, "org.yaml": ORG, "costgate.yaml": "extends: org.yaml\nrules: {unbounded-output: {params: {cap: 9}}}\n"})
    assert ("CG101", "error") in _open(shop.run("audit", "--format", "json"))
    shop.write({"costgate.yaml": "extends: [org.yaml]\nrules: {unbounded-output: info}\n"})
    assert ("CG101", "info") in _open(shop.run("audit", "--format", "json"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("extends: org.yaml\nfail_on: info\n", 2),
        ("extends: org.yaml\nexclude: ['app.py']\n", 2),
        ("extends: org.yaml\nrules:\n  unbounded-retry: off\n", 3),
        ("extends: org.yaml\nrules:\n  CG201: off\n", 3),
        ("extends: org.yaml\npaths:\n  - globs: ['**']\n    rules:\n      CG201: off\n", 5),
    ],
)
def test_what_is_locked_cannot_be_set(shop: Any, call: str, text: str, line: int) -> None:
    shop.start({"app.py": call, "org.yaml": ORG, "costgate.yaml": text})
    shop.run("audit").mistake(f"costgate.yaml:{line}: ", "locked by org.yaml")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"costgate.yaml": "fail_on: error\nextends: b.yaml\n", "b.yaml": "extends: c.yaml\n", "c.yaml": "extends: b.yaml\n"}, ("c.yaml:1: ", "extends itself (costgate.yaml -> b.yaml -> c.yaml -> b.yaml)")),
        ({"costgate.yaml": "extends: costgate.yaml\n"}, ("costgate.yaml:1: ", "extends itself")),
        ({"costgate.yaml": "fail_on: error\nextends:\n  - missing/x.yaml\n"}, ("costgate.yaml:3: ", "there is no missing/x.yaml")),
        ({"costgate.yaml": "extends: ../x.yaml\n"}, ("costgate.yaml:1: ", "leads out of the root")),
        ({"costgate.yaml": "extends: git+https://example.com/acme/policy\n"}, ("costgate.yaml:1: ", "judging fetches nothing")),
        ({"costgate.yaml": "extends: no-such-pack\n"}, ("costgate.yaml:1: ", "no installed distribution no-such-pack", "pip install")),
        ({"costgate.yaml": "extends: requests\n"}, ("no installed distribution requests is a pack",)),
        ({"costgate.yaml": "extends: b.yaml\n", "b.yaml": "fail_on: error\nrulse: {}\n"}, ("b.yaml:2: ", "rules")),
        ({"costgate.yaml": "extends: b.yaml\n", "b.yaml": "rules:\n  unbounded-retyr: error\n"}, ("b.yaml:2: ", "did you mean")),
        ({"costgate.yaml": "extends: b.yaml\n", "b.yaml": "locked: [rules.nonsense]\n"}, ("b.yaml", "nonsense")),
        ({"costgate.yaml": "extends: b.yaml\n", "b.yaml": "locked:\n  - unbounded-retry\n"}, ("b.yaml:2: ", 'no key "unbounded-retry" to lock', "rules.unbounded-retry")),
        ({"costgate.yaml": "locked: [fail_onn]\n"}, ("costgate.yaml:1: ", "did you mean fail_on?")),
    ],
)
def test_what_cannot_be_extended(shop: Any, call: str, files: dict[str, str], words: tuple[str, ...]) -> None:
    shop.start({"app.py": call, **files})
    ran = shop.run("audit")
    if words:
        ran.mistake(*words)


def test_a_policy_of_who_runs_it_is_above_both_sides(shop: Any, call: str, retried: str, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yaml"
    policy.write_text(ORG)
    shop.start({"app.py": call})
    shop.commit({"app.py": retried, "costgate.yaml": "enforce: warn\n"})
    ran = shop.diff("--policy", str(policy))
    assert (ran.code, ran.report["provenance"]["policy"]["source"]) == (1, "base")
    shop.commit({"costgate.yaml": "rules: {CG201: off}\n"})
    shop.run("diff", "--base", "main", "--policy", str(policy)).mistake("costgate.yaml:1: ", "locked")


def test_what_a_change_does_to_an_extended_file_does_not_count(shop: Any, call: str, retried: str) -> None:
    shop.start({"app.py": call, "org.yaml": ORG, "costgate.yaml": "extends: org.yaml\n"})
    shop.commit({"app.py": retried, "org.yaml": "rules: {unbounded-retry: off}\n"})
    ran = shop.diff()
    assert ran.code == 1
    assert any("rules.CG201: error → off" in one["reason"] for one in ran.report["exceptions_changed"])
    shop.commit({"costgate.yaml": "{}\n"})
    ran = shop.diff()
    assert ran.code == 1 and any("extends: org.yaml" in one["reason"] for one in ran.report["exceptions_changed"])


def test_the_nearest_file_of_a_monorepo_holds_below_it(shop: Any) -> None:
    nested = "budgets: [{path: big.md, tokens: 3}]\nrules: {unbounded-output: off}\n"
    app = UNCAPPED.replace('"Hi"', 'open("big.md").read()')
    shop.start({
        "costgate.yaml": "nested: ['services/*']\nlocked: [rules.unbounded-retry]\nrules: {unbounded-output: error}\n",
        "services/a/costgate.yaml": nested, "services/a/app.py": UNCAPPED, "services/b/app.py": UNCAPPED,
        "services/a/big.md": "far too many words for that", "other/costgate.yaml": "fail_on: info\n", "big.md": "far too many words here", "app.py": app,
    })  # fmt: skip
    ran = shop.run("audit", "--format", "json")
    assert {one["path"] for one in ran.report["findings"] if one["rule"] == "CG101" and one["state"] == "open"} == {"services/b/app.py", "app.py"}
    assert not [one for one in ran.report["findings"] if one["rule"] == "CG601"], "the budget is not for the file of that name at the top"
    shop.write({"services/a/costgate.yaml": "rules:\n  CG201: off\n"})
    shop.run("audit").mistake("services/a/costgate.yaml:2: ", "locked by costgate.yaml")
    shop.write({"services/a/costgate.yaml": "budgets: []\nfail_on: never\n"})
    shop.run("audit").mistake("services/a/costgate.yaml:2: ")
    shop.write({"org.yaml": "locked: [budgets]\n", "costgate.yaml": "extends: org.yaml\nnested: ['services/*']\n", "services/a/costgate.yaml": nested})
    shop.run("audit").mistake("services/a/costgate.yaml:1: ", "budgets is locked by org.yaml")
    shop.write({"services/a/costgate.yaml": "exclude: []\n"})
    shop.run("audit").mistake("services/a/costgate.yaml:1: ", "belongs into costgate.yaml")


def _pack(folder: Path, rule: str = RULE.format(number=101, name="acme-call"), config: str = "rules: {acme-call: error}\n") -> None:
    (folder / "acme_policy" / "rules").mkdir(parents=True)
    (folder / "acme_policy" / "__init__.py").write_text("raise SystemExit('imported')\n")
    (folder / "acme_policy" / "costgate.yaml").write_text(config)
    (folder / "acme_policy" / "rules" / "call.yml").write_text(rule)
    info = folder / "acme_policy-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-policy\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[costgate.packs]\npolicy = acme_policy\n")


def _audit(shop: Any, site: Path) -> subprocess.CompletedProcess[str]:
    code = "import sys; from costgate.cli import main; sys.exit(main(['audit', '--format', 'text', '--fail-on', 'error']))"
    source = str(Path(__file__).parents[2])
    environment = {**shop.environment, "PYTHONPATH": os.pathsep.join((source, str(site)))}
    return subprocess.run([sys.executable, "-c", code], cwd=shop.root, env=environment, capture_output=True, text=True, check=False)


def test_a_pack_is_read_and_not_imported(shop: Any, tmp_path: Path) -> None:
    _pack(tmp_path / "site")
    shop.start({"app.py": UNCAPPED, "costgate.yaml": "extends: acme-policy\n"})
    ran = _audit(shop, tmp_path / "site")
    assert ran.returncode == 1 and "ACME101" in ran.stdout, ran.stderr


def test_a_pack_in_the_judged_tree_is_refused(shop: Any) -> None:
    _pack(shop.root)
    shop.start({"app.py": UNCAPPED, "costgate.yaml": "extends: acme-policy\n"})
    ran = _audit(shop, shop.root)
    assert ran.returncode == 2 and "lies in the tree that it would judge" in ran.stderr


def test_ids_of_a_pack_that_collide(shop: Any, tmp_path: Path) -> None:
    _pack(tmp_path / "site", "# a rule\n" + RULE.format(number=101, name="unbounded-output"), "{}\n")
    shop.start({"app.py": UNCAPPED, "costgate.yaml": "extends: acme-policy\n"})
    ran = _audit(shop, tmp_path / "site")
    assert ran.returncode == 2 and "acme-policy:rules/call.yml:2: unbounded-output is already the rule in" in ran.stderr

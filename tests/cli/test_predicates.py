"""Predicates of installed distributions: asked where the policy names them, and never taken from the judged tree."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import machinery
from pathlib import Path
from typing import Any

import pytest

from costgate.config.offered import offer_named

RULE = """\
id: ACME101
name: dated-model
severity: error
confidence: high
summary: A model
why: so
fix: no
params:
  most: {type: number, default: 3, doc: How many.}
match:
  each: call
  all:
    - call.kind: {eq: responses}
    - predicate: acme-checks:dear
message: "{call.callee} {$most}"
examples:
  bad:
    - title: dear
      code: |
        from openai import OpenAI

        OpenAI().responses.create(model="gpt-4.1", input="Hi")  # expect: ACME101
  good:
    - title: cheap
      code: |
        from openai import OpenAI

        OpenAI().responses.create(model="gpt-4.1-nano", input="Hi")
    - title: another kind
      code: |
        from openai import OpenAI

        OpenAI().embeddings.create(model="gpt-4.1", input="Hi")
"""
PATH = ".costgate/rules/dear.yml"
CODE = """\
import acme_tables
from costgate.model.value import Known


def dear(fact, params):
    model = fact("call.model")
    if not isinstance(model, Known):
        return None
    return all(name in acme_tables.DEAR for name in model.values) and params["most"] == 3
"""
CALL = 'from openai import OpenAI\n\nOpenAI().responses.create(model="gpt-4.1", input="Hi", max_output_tokens=5)\n'
NAMED = "predicates: [acme-checks]\n"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """An installed distribution with a predicate, which imports another module of its own."""
    return install(tmp_path / "site")


def install(site: Path, code: str = CODE, points: str = "dear = acme_checks:dear") -> Path:
    """A distribution in a folder of its own."""
    info = site / "acme_checks-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "acme_checks.py").write_text(code)
    (site / "acme_tables.py").write_text('DEAR = {"gpt-4.1"}\n')
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-checks\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[costgate.predicates]\n{points}\n")
    return site


def run(shop: Any, *path: Path, command: tuple[str, ...] = ("audit", "--fail-on", "error")) -> subprocess.CompletedProcess[str]:
    """The command with folders on the path, the first before all others."""
    code = f"import sys; from costgate.cli import main; sys.exit(main({list(command)!r}))"
    source = str(Path(__file__).parents[2])
    environment = {**shop.environment, "PYTHONPATH": os.pathsep.join((*map(str, path), source))}
    return subprocess.run([sys.executable, "-c", code], cwd=shop.root, env=environment, capture_output=True, text=True, check=False)


def test_it_is_asked_where_the_configuration_names_it(shop: Any, site: Path) -> None:
    shop.start({"app.py": CALL, "costgate.yaml": NAMED, PATH: RULE})
    ran = run(shop, site)
    assert ran.returncode == 1 and "ACME101" in ran.stdout, ran.stderr
    shop.write({"app.py": CALL.replace("gpt-4.1", "gpt-4.1-mini")})
    assert run(shop, site).returncode == 0
    ran = run(shop, site, command=("rules", "check"))
    assert (ran.returncode, ran.stdout) == (0, "1 rule file, every example as marked, every condition needed\n"), ran.stderr


@pytest.mark.parametrize(
    ("config", "rule", "words"),
    [
        ("fail_on: error\n", RULE, (f"{PATH}:1: ", "names no acme-checks", "predicates: [acme-checks]")),
        (NAMED, RULE.replace("checks:dear", "checks:daer"), (f"{PATH}:1: ", "offers no predicate daer", "it has dear")),
        ("fail_on: error\npredicates:\n  - pytest\n", RULE, ("costgate.yaml:3: ", "no installed distribution pytest offers predicates")),
        (NAMED, RULE.replace("acme-checks:dear", "stacked_retreis"), (f"{PATH}:14: ", "stacked_retries, or distribution:predicate")),
        (NAMED, RULE.replace("acme-checks:dear", "os.system"), (f"{PATH}:14: ", "distribution:predicate")),
    ],
)
def test_mistakes(shop: Any, site: Path, config: str, rule: str, words: tuple[str, ...]) -> None:
    shop.start({"app.py": CALL, "costgate.yaml": config, PATH: rule})
    ran = run(shop, site)
    assert ran.returncode == 2 and all(word in ran.stderr for word in words), ran.stderr


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("def dear(fact, params):\n    return 1 / 0\n", "failed: ZeroDivisionError"),
        ("def dear(fact, params):\n    return 'yes'\n", "gave a str"),
        ("def dear(fact, params):\n    return fact('call.modell')\n", "there is no fact call.modell"),
        ("import nowhere_to_be_found\n", "cannot be imported: No module named"),
        ("x = 1\n", "cannot be imported: module 'acme_checks' has no attribute 'dear'"),
    ],
)
def test_what_a_predicate_does_wrong_is_told_and_is_no_bug_of_ours(shop: Any, tmp_path: Path, code: str, words: str) -> None:
    shop.start({"app.py": CALL, "costgate.yaml": NAMED, PATH: RULE})
    ran = run(shop, install(tmp_path / "site", code))
    assert ran.returncode == 2 and words in ran.stderr, ran.stderr


def test_one_that_cannot_tell_abstains(shop: Any, tmp_path: Path) -> None:
    code = "from costgate.model.value import Unknown\n\n\ndef dear(fact, params):\n    return Unknown('the price list is away')\n"
    shop.start({"app.py": CALL, "costgate.yaml": NAMED, PATH: RULE})
    ran = run(shop, install(tmp_path / "site", code), command=("audit", "--format", "json"))
    assert '"the price list is away"' in ran.stdout


THIEF = "raise SystemExit('taken from the judged tree')\n"


def _judged_first(shop: Any, site: Path) -> subprocess.CompletedProcess[str]:
    """With the judged tree before everything else, as `python -m` and a careless PYTHONPATH have it."""
    return run(shop, shop.root, site)


@pytest.mark.parametrize("name", ["acme_checks.py", "acme_tables.py", "acme_checks/__init__.py"])
def test_no_module_of_it_is_taken_from_the_judged_tree(shop: Any, site: Path, name: str) -> None:
    shop.start({"app.py": CALL, "costgate.yaml": NAMED, PATH: RULE, name: THIEF})
    ran = _judged_first(shop, site)
    assert ran.returncode == 1 and "ACME101" in ran.stdout and "taken" not in ran.stderr, ran.stderr


def test_a_distribution_in_the_judged_tree_offers_nothing(shop: Any) -> None:
    shop.start({"app.py": CALL, "costgate.yaml": NAMED, PATH: RULE})
    install(shop.root, THIEF)
    ran = _judged_first(shop, shop.root)
    assert ran.returncode == 2 and "no installed distribution acme-checks" in ran.stderr, ran.stderr


def test_nor_one_that_is_installed_as_a_pointer_into_it(shop: Any, site: Path) -> None:
    """An editable install: the metadata is in the environment, the code is in the checkout."""
    shop.start({"app.py": CALL, "costgate.yaml": NAMED, PATH: RULE, "acme_checks.py": THIEF})
    (site / "acme_checks.py").unlink()
    (site / "acme_checks.py").symlink_to(shop.root / "acme_checks.py")
    ran = run(shop, site)
    assert ran.returncode == 2 and "lies in the tree that it would judge" in ran.stderr, ran.stderr


def _diff(shop: Any, site: Path) -> subprocess.CompletedProcess[str]:
    return run(shop, site, command=("diff", "--base", "main", "--format", "json"))


def test_a_change_cannot_bring_one(shop: Any, site: Path) -> None:
    """What only the head names is not asked: where the base has a policy that rules, where it has none the rule abstains."""
    (site / "acme_checks.py").write_text(THIEF)
    shop.start({"app.py": CALL, "costgate.yaml": "fail_on: error\n"})
    shop.commit({"app.py": CALL.replace("=5", "=6"), "costgate.yaml": NAMED, PATH: RULE})
    ran = _diff(shop, site)
    assert ran.returncode == 0 and "predicates: acme-checks (not in force here)" in ran.stdout, ran.stderr


def test_nor_in_a_repository_without_a_policy(shop: Any, site: Path) -> None:
    (site / "acme_checks.py").write_text(THIEF)
    shop.start({"app.py": "X = 1\n"})
    shop.commit({"app.py": CALL, "costgate.yaml": NAMED, PATH: RULE})
    ran = _diff(shop, site)
    assert ran.returncode == 0 and "the base does not name acme-checks" in ran.stdout, ran.stderr


def test_what_the_base_names_judges_the_change(shop: Any, site: Path) -> None:
    shop.start({"app.py": "X = 1\n", "costgate.yaml": NAMED, PATH: RULE})
    shop.commit({"app.py": CALL, "costgate.yaml": "fail_on: error\n"})
    ran = _diff(shop, site)
    assert ran.returncode == 2 and "names no acme-checks" in ran.stderr, "the head has a rule that it cannot ask"
    (shop.root / PATH).unlink()
    shop.commit({})
    ran = _diff(shop, site)
    assert ran.returncode == 1 and '"ACME101"' in ran.stdout, ran.stderr


PACK = {"policy/costgate.yaml": "rules: {acme-call: error}\n"}
PACK_RULE = RULE[: RULE.index("examples:")].replace("    - predicate: acme-checks:dear\n", "").replace("dated-model", "acme-call")
PACK_RULE = PACK_RULE.replace("params:\n  most: {type: number, default: 3, doc: How many.}\n", "").replace(" {$most}", "")


def test_a_folder_is_a_pack(shop: Any) -> None:
    shop.start({"app.py": CALL, **PACK, "policy/rules/a.yml": PACK_RULE, "costgate.yaml": "extends: policy/\n"})
    ran = shop.run("audit", "--format", "json", "--fail-on", "error")
    assert (ran.code, [one["rule"] for one in ran.report["findings"] if one["severity"] == "error"]) == (1, ["ACME101"]), ran.err
    shop.commit({"policy/rules/a.yml": PACK_RULE.replace("responses", "ocr"), "app.py": CALL + CALL.replace("import", "import ", 1)})
    ran = shop.diff()
    assert ran.code == 1, "the base's rules judge"
    assert any("rule file altered (not in force here)" in one["reason"] for one in ran.report["exceptions_changed"])
    shop.write({"policy/rules/a.yml": PACK_RULE.replace("eq:", "eqq:")})
    shop.run("audit").mistake("policy/rules/a.yml:11: ", "eqq")
    shop.write({"costgate.yaml": "extends: nowhere/\n"})
    shop.run("audit").mistake("costgate.yaml:1: ", "there is no nowhere/")


def test_a_folder_of_another_checkout_is_a_policy(shop: Any, tmp_path: Path) -> None:
    org = tmp_path / "org"
    (org / "rules").mkdir(parents=True)
    (org / "costgate.yaml").write_text("locked: [rules.acme-call]\nrules: {acme-call: error}\n")
    (org / "rules" / "a.yml").write_text(PACK_RULE)
    shop.start({"app.py": "X = 1\n"})
    shop.commit({"app.py": CALL})
    assert shop.diff().code == 0
    assert shop.diff("--policy", str(org)).code == 1
    shop.commit({"costgate.yaml": "rules: {acme-call: off}\n"})
    shop.run("diff", "--base", "main", "--policy", str(org)).mistake("costgate.yaml:1: ", "acme-call is locked by")
    (org / "rules" / "b.yml").symlink_to("/etc/hostname")
    shop.run("diff", "--base", "main", "--policy", str(org)).mistake("rules/b.yml")


def test_a_distribution_is_found_where_a_backport_has_taken_the_place_of_the_finder(
    site: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What `import importlib_metadata`, which many libraries do, changes for the whole process."""
    monkeypatch.syspath_prepend(site)
    monkeypatch.delattr(machinery.PathFinder, "find_distributions", raising=False)
    offer = offer_named("acme-checks", str(tmp_path / "judged"))
    assert offer is not None and offer.points == {"dear": "acme_checks:dear"}
    assert offer_named("acme-checks", str(tmp_path)) is None
    assert offer_named("acme-missing", str(tmp_path / "judged")) is None

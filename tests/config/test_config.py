"""What a configuration may say, what it means, and where a complaint points."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import jsonschema
import pytest
import yaml

from costgate.config import load_config, parse_config, parse_pyproject, tree_config
from costgate.config.check import schema_text
from costgate.knowledge.prices import load_book
from costgate.knowledge.strict import load
from costgate.model.config import Budget, Config, PathSetting, PriceOverride, Profile, RuleSetting
from costgate.model.error import UserError
from costgate.model.money import Range
from costgate.policy.rule import load_rules
from costgate.policy.settings import check_settings
from costgate.store.cache import SqliteCache
from costgate.store.trees import FilesTree

FULL = """\
fail_on: warning
enforce: warn
persona: auditor
exclude: ["legacy/", "*.ipynb"]
rules:
  CG101: off
  unbounded-retry: error
  CG102:
    severity: info
    enforce: block
    params: {limit: 1.5, models: [a, b], strict: true}
paths:
  - globs: [scripts/**]
    rules:
      CG103: off
budgets:
  - glob: prompts/*.md
    tokens: 2000
  - path: AGENTS[1].md
    tokens: 4000
profiles:
  - sites: app/*.py::answer
    holes:
      question: 200
      history: 0..3000
      document: {low: 10, likely: 800, high: 5000}
      rest: {likely: 7}
    output_tokens: 100..300
    reasoning_tokens: 50
models:
  my-deployment: gpt-4.1
prices:
  - model: gpt-4.1
    input: 1.10
    output: 4
  - model: other
    multiplier: 0.85
require_reason: false
"""


def test_everything_a_configuration_can_say() -> None:
    config = parse_config(FULL, "costgate.yaml")
    assert config.source == "costgate.yaml"
    assert config.sha256 is not None
    assert (config.fail_on, config.enforce, config.persona) == ("warning", "warn", "auditor")
    assert config.require_reason is False
    assert config.exclude == ("legacy/", "*.ipynb")
    assert config.rules == {
        "CG101": RuleSetting("off"),
        "unbounded-retry": RuleSetting("error"),
        "CG102": RuleSetting("info", {"limit": "1.5", "models": ("a", "b"), "strict": True}, "block"),
    }
    assert config.paths == (PathSetting(("scripts/**",), {"CG103": RuleSetting("off")}),)
    assert config.budgets == (Budget("prompts/*.md", 2000), Budget("/AGENTS[[]1].md", 4000))
    assert config.profiles == (
        Profile(
            "app/*.py::answer",
            {
                "question": Range(200, 200, 200, "declared"),
                "history": Range(0, None, 3000, "declared"),
                "document": Range(10, 800, 5000, "declared"),
                "rest": Range(0, 7, None, "declared"),
            },
            Range(100, None, 300, "declared"),
            Range(50, 50, 50, "declared"),
        ),
    )
    assert config.models == {"my-deployment": "gpt-4.1"}
    assert config.prices == (
        PriceOverride("gpt-4.1", {"input": Decimal("1.10"), "output": Decimal(4)}),
        PriceOverride("other", {}, Decimal("0.85")),
    )
    assert config.lines == {
        "rules/CG101": 6,
        "rules/unbounded-retry": 7,
        "rules/CG102": 8,
        "paths/0/rules/CG103": 15,
        "prices/0": 33,
        "prices/1": 36,
    }


def test_nothing_said_is_the_default() -> None:
    config = parse_config("# later\n", "c.yaml")
    assert (config.source, config.rules, config.enforce) == ("c.yaml", {}, "block")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a: 1\nb: c: d", "c:2: not valid YAML"),
        ("- a", "c:1: must be a mapping of settings"),
        ("fail_on: error\nfail-on: error", 'c:2: unknown key "fail-on" (did you mean "fail_on"?)'),
        ("zzz: 1", 'c:1: unknown key "zzz" (known: extends, locked, '),
        ("fail_on: eror", 'c:1: fail_on must be one of info, warning, error, not "eror" (did you mean "error"?)'),
        ("enforce: true", "c:1: enforce must be one of block, warn, not true"),
        ("persona: boss", "c:1: persona must be one of default, strict, auditor"),
        ("require_reason: off", 'c:1: require_reason must be true or false, not "off"'),
        ("rules:\n  CG101: warn", "c:2: rules.CG101 must be off, info, warning, error, or an object"),
        ("rules:\n  CG101: eror", "c:2: rules.CG101 must be off, info, warning, error, or an object"),
        ("rules:\n  CG101:\n    sevrity: off", 'c:3: unknown key "sevrity" in rules.CG101 (did you mean "severity"?)'),
        ("rules:\n  CG101:\n    params: {a: {b: 1}}", "c:3: rules.CG101.params.a must be a value or a list of values"),
        ("rules: on", 'c:1: rules must be a mapping, not "on"'),
        ("exclude: a", 'c:1: exclude must be a list of globs, not "a"'),
        ("exclude:\n  - a\n  - ../b", "c:3: exclude[1] leaves the root"),
        ("exclude:\n  - a\\b", "c:2: exclude[0] has a backslash (paths are written with /"),
        ("exclude: ['!a']", "c:1: exclude[0] begins with !"),
        ("paths:\n  - globs: []\n    rules: {}", "c:2: paths[0].globs must be a list of at least one glob"),
        ("paths:\n  - globs: [a]", "c:2: paths[0] lacks rules"),
        (
            "budgets:\n  - glob: a\n    token: 3",
            'c:3: unknown key "token" in budgets[0] (did you mean "tokens"?; 1 more',
        ),
        ("budgets:\n  - glob: a\n    tokens: -3", "c:3: budgets[0].tokens must be a whole number of tokens from 1 to"),
        ("budgets:\n  - glob: a\n    tokens: 1_000", "c:3: budgets[0].tokens must be a whole number"),
        ("budgets:\n  - glob: a\n    tokens: 99999999999", "c:3: budgets[0].tokens must be a whole number"),
        ("budgets:\n  - tokens: 3", "c:2: budgets[0] needs one of path and glob"),
        ("budgets:\n  - {tokens: 3, path: a, glob: b}", "c:2: budgets[0] needs one of path and glob"),
        (
            "budgets:\n  - {tokens: 3, glob: b}\n  - {tokens: 4, glob: b}",
            "c:3: budgets[1] is about the same as budgets[0]",
        ),
        ("profiles:\n  - {}", "c:2: profiles[0] lacks sites"),
        ("profiles:\n  - sites: a\n    holes:\n      x: 1.5", "c:4: profiles[0].holes.x must be whole tokens, not 1.5"),
        ("profiles:\n  - sites: a\n    holes:\n      x: 9..3", "c:4: profiles[0].holes.x must grow from low to"),
        ("profiles:\n  - sites: a\n    holes: {x: {low: 9, likely: 3}}", "c:3: profiles[0].holes.x must grow"),
        ("profiles:\n  - sites: a\n    holes: {x: {lo: 3}}", 'c:3: unknown key "lo" in profiles[0].holes.x'),
        ("profiles:\n  - sites: a\n    output_tokens: {}", "c:3: profiles[0].output_tokens must be"),
        ("prices:\n  - model: x", "c:2: prices[0] needs either rates"),
        ("prices:\n  - {model: x, input: 1, multiplier: 2}", "c:2: prices[0] needs either rates"),
        ("prices:\n  - model: x\n    input: -1", "c:3: prices[0].input must be money per million tokens"),
        ("prices:\n  - model: x\n    input: 1e3", "c:3: prices[0].input must be money"),
        ("prices:\n  - model: x\n    input: nan", "c:3: prices[0].input must be money"),
        ("prices:\n  - model: x\n    multiplier: 5000", "c:3: prices[0].multiplier must be a factor above 0, up to 1000"),
        ("prices:\n  - model: x\n    multiplier: 0", "c:3: prices[0].multiplier must be a factor above 0, up to 1000"),
        ('currencies:\n  EUR: "0.0"', "c:2: currencies.EUR must be a factor above 0"),
        ("currencies:\n  USD: 2", "c:2: currencies.USD: the price book is in USD, which is worth 1"),
        ("profiles:\n  - sites: a.py\n    pages: 0", "c:3: profiles[0].pages must be more than nothing"),
        ("prices:\n  - {model: x, inptu: 3}", 'c:2: unknown key "inptu" in prices[0] (did you mean "input"?)'),
        ("models:\n  a: 3", "c:2: models.a must be a name, not 3"),
        ("#" * 1_000_001, "c: larger than"),
    ],
)
def test_complaints(text: str, complaint: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_config(text, "c")
    assert str(caught.value).startswith(complaint)


TOML = """\
[project]
name = "costgate-user"
fail_on = "not ours"

[tool.costgate]
fail_on = "error"  # rules
exclude = ["legacy/"]

[tool.costgate.rules]
CG101 = "off"
CG102 = {severity = "error", params = {limit = 1.50}}

[[tool.costgate.budgets]]
glob = "a"
tokens = 3

[[tool.costgate.budgets]]
glob = "b"
tokens = 4

[[tool.costgate.prices]]
model = "m"
input = 1.10
"""


def test_pyproject() -> None:
    config = parse_pyproject(TOML, "pyproject.toml")
    assert config is not None
    assert (config.fail_on, config.exclude) == ("error", ("legacy/",))
    assert config.rules["CG102"].params == {"limit": "1.50"}
    assert config.prices == (PriceOverride("m", {"input": Decimal("1.10")}),)
    assert config.lines == {"rules/CG101": 10, "rules/CG102": 11, "prices/0": 21}


@pytest.mark.parametrize(
    "text", ["", "[tool.other]\n", '[project]\ndependencies = ["costgate-ci"]\n', "costgate = [\n["]
)
def test_a_pyproject_of_others(text: str) -> None:
    if text.endswith("["):
        with pytest.raises(UserError, match=r"^p:2: not valid TOML"):
            parse_pyproject(text, "p")
    else:
        assert parse_pyproject(text, "p") is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[tool]\ncostgate = 3\n", "p: [tool.costgate] must be a table"),
        (TOML.replace("tokens = 4", "tokens = -4"), "p:19: budgets[1].tokens must be"),
        (TOML.replace('glob = "b"', 'globb = "b"'), 'p:18: unknown key "globb" in budgets[1] (did you mean "glob"?)'),
        (TOML.replace("input = 1.10", "input = nan"), "p:23: prices[0].input must be"),
        (TOML.replace("input = 1.10", "input = 1e999999999"), "p:23: prices[0].input must be"),
        (TOML.replace("input = 1.10", "input = 2026-01-01"), "p:23: prices[0].input must be"),
        ("[tool.costgate]\nx = " + "[" * 100_000, "p: not valid TOML"),
        (TOML.replace("input = 1.10", "input = " + "9" * 5000), "p: not valid TOML: a number of more than 4,300 digits"),
        (TOML.replace("tokens = 4", "tokens = 0x" + "f" * 5000), "p:19: budgets[1].tokens must be"),
    ],
)
def test_complaints_about_a_pyproject(text: str, complaint: str) -> None:
    with pytest.raises(UserError) as caught:
        parse_pyproject(text, "p")
    assert str(caught.value).startswith(complaint)


@pytest.mark.parametrize("name", ["costgate.yaml", "costgate.yml"])
def test_found_in_the_root(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("fail_on: info\n")
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["costgate-ci"]\n')
    config = load_config(tmp_path)
    assert (config.source, config.fail_on) == (name, "info")


def test_nothing_found(tmp_path: Path) -> None:
    assert load_config(tmp_path) == Config()
    assert tree_config(FilesTree({})) == Config()


def test_two_at_once_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "costgate.yaml").write_text("fail_on: info\n")
    (tmp_path / "pyproject.toml").write_text('[tool.costgate]\nfail_on = "info"\n')
    with pytest.raises(UserError, match=r"^pyproject.toml: a second configuration beside costgate.yaml"):
        load_config(tmp_path)
    with pytest.raises(UserError, match=r"^costgate.yml: a second configuration beside costgate.yaml"):
        tree_config(FilesTree({"costgate.yaml": "", "costgate.yml": ""}))


def test_an_explicit_file_is_the_only_one_read(tmp_path: Path) -> None:
    (tmp_path / "costgate.yaml").write_text("bad: [")
    other = tmp_path / "policy.txt"
    other.write_text("fail_on: info\n")
    assert load_config(tmp_path, other).fail_on == "info"
    project = tmp_path / "pyproject.toml"
    project.write_text(TOML)
    assert load_config(tmp_path, project).fail_on == "error"
    project.write_text("[project]\n")
    with pytest.raises(UserError, match="has no table"):
        load_config(tmp_path, project)
    with pytest.raises(UserError, match="no such file"):
        load_config(tmp_path, tmp_path / "gone.yaml")
    with pytest.raises(UserError, match="is not a file"):
        load_config(tmp_path, tmp_path)


def test_a_byte_order_mark_is_no_mistake_and_latin_1_is(tmp_path: Path) -> None:
    (tmp_path / "costgate.yaml").write_bytes("\ufefffail_on: info\n".encode())
    assert load_config(tmp_path).fail_on == "info"
    (tmp_path / "costgate.yaml").write_bytes(b"fail_on: info\nexclude: [\xe9]\n")
    with pytest.raises(UserError, match=r"^costgate.yaml:2: is not UTF-8"):
        load_config(tmp_path)


def test_a_link_out_of_the_tree_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside.yaml").write_text("fail_on: info\n")
    root = tmp_path / "root"
    root.mkdir()
    (root / "costgate.yaml").symlink_to("../outside.yaml")
    with pytest.raises(UserError, match="leads out of the tree"):
        load_config(root)


def test_the_configuration_of_a_tree() -> None:
    config = tree_config(FilesTree({"costgate.yaml": FULL, "sub/costgate.yaml": "x: ["}))
    assert config == parse_config(FULL, "costgate.yaml")


def test_what_was_valid_once_is_remembered(tmp_path: Path) -> None:
    (tmp_path / "costgate.yaml").write_text(FULL)
    with SqliteCache(tmp_path / "cache") as cache:
        fresh = load_config(tmp_path, cache=cache)
    code = (
        "import sys, pathlib; from costgate.config import load_config; from costgate.store.cache import SqliteCache\n"
        f"root = pathlib.Path({str(tmp_path)!r})\n"
        "config = load_config(root, cache=SqliteCache(root / 'cache'))\n"
        "assert not {'yaml', 'jsonschema', 'tomllib'} & sys.modules.keys()\n"
        "print(config)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.stderr == ""
    assert run.stdout.strip() == str(fresh)


def test_a_mistake_is_never_remembered_as_valid(tmp_path: Path) -> None:
    (tmp_path / "costgate.yaml").write_text("bad: 1\n")
    with SqliteCache(tmp_path / "cache") as cache:
        for _ in range(2):
            with pytest.raises(UserError, match="unknown key"):
                load_config(tmp_path, cache=cache)


RULES = load_rules()


def test_rules_by_id_and_by_name() -> None:
    config = parse_config("rules: {unbounded-output: off}\npaths: [{globs: [a], rules: {CG201: error}}]\n", "c")
    checked = check_settings(RULES, config)
    assert checked.rules == {"CG101": RuleSetting("off")}
    assert checked.paths[0].rules == {"CG201": RuleSetting("error")}
    assert checked.lines == {"rules/CG101": 1, "paths/0/rules/CG201": 2}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("rules:\n  CG1011: off", "c:2: there is no rule 'CG1011' (did you mean CG101?)"),
        ("rules:\n  unbound-output: off", "c:2: there is no rule 'unbound-output' (did you mean unbounded-output?)"),
        ("rules:\n  zzz: off", "c:2: there is no rule 'zzz' (costgate rules list shows them all)"),
        ("rules:\n  CG101: off\n  unbounded-output: off", "c:3: 'unbounded-output' is set twice"),
        ("paths:\n  - globs: [a]\n    rules:\n      CG9999: off", "c:4: there is no rule 'CG9999'"),
        ("rules:\n  CG802: {params: {zzz: 1}}", "c:2: CG802 has no parameter 'zzz' (known: "),
    ],
)
def test_rules_that_do_not_exist(text: str, complaint: str) -> None:
    with pytest.raises(UserError) as caught:
        check_settings(RULES, parse_config(text, "c"))
    assert str(caught.value).startswith(complaint)


def test_the_published_schema_takes_both_typings() -> None:
    validator = jsonschema.Draft202012Validator(json.loads(schema_text()))
    validator.check_schema(validator.schema)
    for read in (load(FULL, "f"), yaml.safe_load(FULL)):
        assert [error.message for error in validator.iter_errors(read)] == []


def test_every_rate_of_the_schema_is_one_that_a_price_book_has() -> None:
    properties = json.loads(schema_text())["properties"]["prices"]["items"]["properties"]
    book = load_book()
    units = {unit for line in book.lines.values() for unit in re.findall(r'"(\w+)":', line)}
    assert properties.keys() - {"model", "multiplier", "currency", "custom", "fixed"} <= units


def test_the_schema_and_the_type_name_the_same_settings() -> None:
    derived = {"source", "sha256", "raw", "lines", "measured_file", "measured_sites", "what_if", "proposed", "proposed_sites", "parts", "locks", "rule_files"}
    used_up = {"currencies", "locked", "nested"}
    assert set(json.loads(schema_text())["properties"]) - used_up == set(Config.__slots__) - derived

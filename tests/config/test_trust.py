"""Whose word counts in a pull request."""

from __future__ import annotations

from dataclasses import replace

import pytest

from costgate.config import exceptions_changed, parse_config, policy_changes, trusted
from costgate.measure.site import declared_for, measured_for
from costgate.model.call import CallSite, Context
from costgate.model.config import Config, Profile
from costgate.model.money import Range
from costgate.model.value import Span
from costgate.model.workload import Figures

CALL = CallSite("a.py::ask::sdk:chat", Span("a.py", 1), "chat", "sdk", "chat", None, {}, context=Context("ask"))
BASE = """\
fail_on: warning
exclude: [legacy/]
rules: {CG101: error, CG102: {params: {limit: 3}}}
paths: [{globs: [scripts/**], rules: {CG103: info}}]
budgets: [{glob: a.md, tokens: 100}]
profiles: [{sites: a.py, holes: {question: 500}}]
models: {mine: gpt-4.1}
prices: [{model: m, input: 2}]
"""
HEAD = """\
fail_on: error
enforce: warn
exclude: [legacy/, app/]
rules: {CG101: off, CG102: {params: {limit: 30}, enforce: warn}}
paths: [{globs: [scripts/**], rules: {CG103: off}}]
budgets: [{glob: a.md, tokens: 900}]
profiles:
  - {sites: a.py, holes: {question: 1, document: 70}, output_tokens: 9}
  - {sites: b.py, holes: {x: 2..3}}
models: {mine: cheap, other: gpt-4.1-mini}
prices: [{model: m, input: 1}, {model: n, multiplier: 0.5}]
require_reason: false
baseline: known.json
"""


def test_policy_is_the_bases_and_descriptions_may_be_added() -> None:
    base, head = parse_config(BASE, "costgate.yaml"), parse_config(HEAD, "costgate.yaml")
    used = trusted(base, head)
    assert replace(used, profiles=base.profiles, models=base.models, proposed=0) == base
    assert used.models == {"mine": "gpt-4.1", "other": "gpt-4.1-mini"}
    assert used.profiles == (*head.profiles, *base.profiles)


def test_what_was_measured_of_a_workload_is_the_bases_and_may_be_added() -> None:
    many, few = Figures(traffic=Range.exact(9_000, "measured")), Figures(traffic=Range.exact(1, "measured"))
    base = replace(parse_config(BASE, "costgate.yaml"), measured={"answers": many})
    head = replace(parse_config(HEAD, "costgate.yaml"), measured={"answers": few, "drafts": few})
    assert trusted(base, head).measured == {"answers": many, "drafts": few}


def test_of_a_workload_that_the_base_declares_nobody_else_tells_what_was_measured() -> None:
    plan = "workloads: [{name: answers, sites: [a.py], traffic: 9/day}]\n"
    few = Figures(traffic=Range.exact(1, "measured"))
    base = parse_config(plan, "costgate.yaml")
    new = plan.replace("}]", "}, {name: drafts, sites: [b.py]}]")
    head = replace(parse_config(new, "costgate.yaml"), measured={"answers": few, "drafts": few})
    assert trusted(base, head).measured == {"drafts": few}
    told = {each.text.partition(":")[0]: each.in_force for each in policy_changes(base, head)}
    assert told == {"measured answers": False, "measured drafts": True, "workloads drafts": True}


def test_what_a_new_workload_measured_beats_no_size_of_the_base() -> None:
    sizes = "profiles: [{sites: a.py, output_tokens: 500, holes: {question: 600}}]\n"
    few = Figures(output_tokens=Range.exact(1, "measured"), reasoning_tokens=Range.exact(2, "measured"), holes={"question": Range.exact(1, "measured")})
    head = replace(parse_config(f"{sizes}workloads: [{{name: new, sites: [a.py]}}]\n", "c"), measured={"new": few})
    used = declared_for(CALL, trusted(parse_config(sizes, "c"), head))
    assert (used.output_tokens, used.holes["question"]) == (Range.exact(500, "declared"), Range.exact(600, "declared"))
    assert used.reasoning_tokens == Range.exact(2, "declared")


def seen(sites: str, tokens: int) -> Profile:
    return Profile(sites, output_tokens=Range.exact(tokens, "measured"))


@pytest.mark.parametrize(
    ("base", "mine", "added", "holds"),
    [
        ("fail_on: error\n", (), (seen("*.py::ask", 1),), 1),
        ("fail_on: error\n", (seen("a.py::ask", 500),), (seen("*.py::ask", 1), seen("a.py", 2)), 500),
        ("fail_on: error\n", (seen("a.py::ask", 500),), (seen("a.py::ask", 1),), 500),
        ("profiles: [{sites: a.py, output_tokens: 500}]\n", (), (seen("a.py::ask", 1),), None),
        ("workloads: [{name: x, sites: [a.py], output_tokens: 500}]\n", (), (seen("a.py::ask", 1),), None),
        ("workloads: [{name: x, sites: [a.py], traffic: 5/day}]\n", (), (seen("a.py::ask", 1),), 1),
        ("profiles: [{sites: b.py, output_tokens: 500}]\n", (), (seen("a.py::ask", 1),), 1),
    ],
)
def test_what_a_head_measured_holds_where_the_base_says_nothing(base: str, mine: tuple[Profile, ...], added: tuple[Profile, ...], holds: int | None) -> None:
    own = replace(parse_config(base, "costgate.yaml"), measured_sites=mine)
    found = measured_for(CALL, trusted(own, replace(parse_config(base, "costgate.yaml"), measured_sites=(*mine, *added))))
    assert (None if found is None or found.output_tokens is None else found.output_tokens.low) == holds


@pytest.mark.parametrize("sites", ["a.py", "a.py::ask", "*"])
def test_a_head_adds_sizes_and_cannot_outdo_those_of_the_base(sites: str) -> None:
    head = parse_config(
        f"profiles: [{{sites: '{sites}', holes: {{question: 1, document: 70}}, output_tokens: 9}}]", "c"
    )
    declared = declared_for(CALL, trusted(parse_config(BASE, "c"), head))
    assert {name: tokens.high for name, tokens in declared.holes.items()} == {"question": 500, "document": 70}
    assert declared.output_tokens == Range.exact(9, "declared")


def test_every_change_is_told_and_only_additions_of_description_are_in_force() -> None:
    changes = policy_changes(parse_config(BASE, "c"), parse_config(HEAD, "c"))
    assert [(each.change, each.text) for each in changes if not each.in_force] == [
        ("changed", "fail_on: warning → error"),
        ("changed", "enforce: block → warn"),
        ("changed", "require_reason: true → false"),
        ("changed", "baseline: not set → known.json"),
        ("added", "exclude: app/"),
        ("changed", "rules.CG101: error → off"),
        ("changed", "rules.CG102.limit: 3 → 30"),
        ("added", "rules.CG102.enforce: warn"),
        ("changed", "paths scripts/**.CG103: info → off"),
        ("changed", "budgets a.md: 100 tokens → 900 tokens"),
        ("changed", "prices m.input: 2 → 1"),
        ("added", "prices n.multiplier: 0.5"),
        ("changed", "profiles a.py.question: 500 tokens → 1 tokens"),
        ("changed", "models.mine: gpt-4.1 → cheap"),
    ]
    assert [each.text for each in changes if each.in_force] == [
        "profiles a.py.document: 70 tokens",
        "profiles a.py.output_tokens: 9 tokens",
        "profiles b.py.x: 2..3 tokens",
        "models.other: gpt-4.1-mini",
    ]
    assert [(each.rules, each.line) for each in changes if each.rules] == [
        (("CG101",), 4),
        (("CG102",), 4),
        (("CG102",), 4),
        (("CG103",), 5),
    ]


def test_a_head_that_drops_its_configuration_changes_nothing() -> None:
    base = parse_config(BASE, "c")
    assert trusted(base, Config()) == base
    gone = [each.text for each in policy_changes(base, Config()) if each.change == "removed"]
    assert "budgets a.md: 100 tokens" in gone and "exclude: legacy/" in gone


def test_the_first_configuration_counts_whole() -> None:
    head = parse_config(HEAD, "c")
    assert trusted(Config(), head) == head
    assert policy_changes(Config(), head) == ()


def test_no_change_no_line() -> None:
    base = parse_config(BASE, "c")
    assert policy_changes(base, base) == ()
    assert trusted(base, base) == base


def test_what_the_report_says_of_a_baseline_and_of_the_policy() -> None:
    base, head = parse_config("fail_on: error\n", "costgate.yaml"), parse_config("fail_on: warning\n", "costgate.yaml")
    entry = {"rule": "CG101", "path": "a.py", "message": "no cap"}
    assert exceptions_changed(base, head, {"1": entry, "2": entry}, {"2": entry, "3": {}}) == (
        {"kind": "baseline entry", "change": "added", "rules": [""], "path": ".", "line": 1, "reason": ""},
        {"kind": "baseline entry", "change": "removed", "rules": ["CG101"], "path": "a.py", "line": 1, "reason": "no cap"},
        {
            "kind": "policy",
            "change": "changed",
            "rules": [],
            "path": "costgate.yaml",
            "line": 1,
            "reason": "fail_on: error → warning (not in force here)",
        },
    )

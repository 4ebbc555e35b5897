"""Whose word counts in a pull request."""

from __future__ import annotations

from dataclasses import replace

import pytest

from costgate.config import loosened, parse_config, trusted
from costgate.measure.site import declared_for
from costgate.model.call import CallSite, Context
from costgate.model.config import Config
from costgate.model.money import Range
from costgate.model.value import Span

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
"""


def test_policy_is_the_bases_and_descriptions_may_be_added() -> None:
    base, head = parse_config(BASE, "costgate.yaml"), parse_config(HEAD, "costgate.yaml")
    used = trusted(base, head)
    assert replace(used, profiles=base.profiles, models=base.models) == base
    assert used.models == {"mine": "gpt-4.1", "other": "gpt-4.1-mini"}
    assert used.profiles == (*head.profiles, *base.profiles)


@pytest.mark.parametrize("sites", ["a.py", "a.py::ask", "*"])
def test_a_head_adds_sizes_and_cannot_outdo_those_of_the_base(sites: str) -> None:
    head = parse_config(
        f"profiles: [{{sites: '{sites}', holes: {{question: 1, document: 70}}, output_tokens: 9}}]", "c"
    )
    declared = declared_for(CALL, trusted(parse_config(BASE, "c"), head))
    assert {name: tokens.high for name, tokens in declared.holes.items()} == {"question": 500, "document": 70}
    assert declared.output_tokens == Range.exact(9, "declared")


def test_every_change_is_told_and_only_additions_of_description_are_in_force() -> None:
    assert loosened(parse_config(BASE, "c"), parse_config(HEAD, "c")) == (
        "fail_on: warning -> error",
        "enforce: block -> warn",
        "require_reason: true -> false",
        "exclude added: app/",
        "rules.CG101: error -> off",
        "rules.CG102.limit: 3 -> 30",
        "rules.CG102.enforce added: warn",
        "paths scripts/**.CG103: info -> off",
        "budgets a.md: 100 tokens -> 900 tokens",
        "prices m.input: 2 -> 1",
        "prices n.multiplier added: 0.5",
        "profiles a.py.question: 500 tokens -> 1 tokens",
        "models.mine: gpt-4.1 -> cheap",
        "profiles a.py.document added: 70 tokens (in force where the base says nothing)",
        "profiles a.py.output_tokens added: 9 tokens (in force where the base says nothing)",
        "profiles b.py.x added: 2..3 tokens (in force where the base says nothing)",
        "models.other added: gpt-4.1-mini (in force where the base says nothing)",
    )


def test_a_head_that_drops_its_configuration_changes_nothing() -> None:
    base = parse_config(BASE, "c")
    assert trusted(base, Config()) == base
    assert "budgets a.md removed: 100 tokens" in loosened(base, Config())
    assert "exclude removed: legacy/" in loosened(base, Config())


def test_the_first_configuration_counts_whole() -> None:
    head = parse_config(HEAD, "c")
    assert trusted(Config(), head) == head
    assert loosened(Config(), head) == ()


def test_no_change_no_line() -> None:
    base = parse_config(BASE, "c")
    assert loosened(base, base) == ()
    assert trusted(base, base) == base

"""Whose word counts about workloads in a pull request."""

from __future__ import annotations

from costgate.config import exceptions_changed, parse_config, policy_changes, trusted
from costgate.measure.site import declared_for
from costgate.model.call import CallSite, Context
from costgate.model.config import Config
from costgate.model.money import Range
from costgate.model.value import Span

CALL = CallSite("a.py::ask::sdk:chat", Span("a.py", 1), "chat", "sdk", "chat", None, {}, context=Context("ask"))
BASE = """\
fail_on: error
workloads:
  - name: answers
    sites: [a.py]
    traffic: 1_000/day
    holes: {question: 500}
    budgets: {cost_per_month: 100}
portfolio: {cost_per_month: 1_000}
"""
HEAD = """\
workloads:
  - name: answers
    sites: [a.py, b.py]
    traffic: 10/day
    holes: {question: 1, document: 70}
    output_tokens: 9
    model: gpt-4.1-nano
    budgets: {cost_per_month: 9_999}
  - name: labels
    sites: [c.py]
    traffic: 5/day
    budgets: {cost_per_month: 7}
portfolio: {cost_per_month: 1M}
"""


def of(text: str) -> Config:
    return parse_config(text, "costgate.yaml")


def test_what_the_base_says_stays_and_what_describes_is_added() -> None:
    used = trusted(of(BASE), of(HEAD))
    labels, answers = used.workloads
    assert labels.budgets.cost_per_month == 7, "a new workload is taken whole"
    assert answers.figures.traffic == Range.exact(30_000, "declared")
    assert {name: size.high for name, size in answers.figures.holes.items()} == {"question": 500, "document": 70}
    assert answers.figures.output_tokens == Range.exact(9, "declared")
    assert answers.budgets.cost_per_month == 100
    assert answers.sites == ("a.py",)
    assert answers.mix == {}, "a model that stands in place of the code's"
    assert used.portfolio is not None
    assert used.portfolio.cost_per_month == 1_000


def test_each_workload_stands_where_the_head_has_it() -> None:
    used = trusted(of(BASE), of(HEAD))
    lines = {each.name: used.lines[each.place] for each in used.workloads}
    assert lines == {"answers": 2, "labels": 9}
    assert used.lines["portfolio"] == 13


def test_a_workload_that_the_head_takes_away_still_judges_it() -> None:
    (answers,) = trusted(of(BASE), of("fail_on: error")).workloads
    assert answers.budgets.cost_per_month == 100


def test_what_contradicts_the_base_is_left_out() -> None:
    base = "workloads: [{name: w, sites: [a.py], input_tokens: 900}]"
    head = "workloads: [{name: w, sites: [a.py], holes: {question: 1}, retry_rate: 5%}]"
    (used,) = trusted(of(base), of(head)).workloads
    assert used.figures.holes == {}
    assert used.figures.input_tokens == Range.exact(900, "declared")


def test_the_change_is_told_key_by_key() -> None:
    told = {each.text: (each.change, each.in_force, each.line) for each in policy_changes(of(BASE), of(HEAD))}
    assert told["workloads answers.traffic: 1_000/day → 10/day"] == ("changed", False, 2)
    assert told["workloads answers.holes.document: 70"] == ("added", True, 2)
    assert told["workloads answers.budgets.cost_per_month: 100 → 9_999"] == ("changed", False, 2)
    assert told["workloads answers.model: gpt-4.1-nano"] == ("added", False, 2)
    assert told['workloads labels: sites: ["c.py"], traffic: 5/day, budgets: {"cost_per_month": 7}'] == ("added", True, 9)
    assert told['portfolio: {"cost_per_month": "1_000"} → {"cost_per_month": "1M"}'] == ("changed", False, 13)
    assert all(each["kind"] == "policy" for each in exceptions_changed(of(BASE), of(HEAD), {}, {}))


def test_a_profile_that_the_head_adds_cannot_outdo_a_workload_of_the_base() -> None:
    head = f"{BASE}profiles: [{{sites: a.py, holes: {{question: 1}}}}]"
    assert declared_for(CALL, trusted(of(BASE), of(head))).holes["question"].high == 500


def test_nor_a_workload_a_profile_of_the_base() -> None:
    base = "profiles: [{sites: a.py, holes: {question: 500}}]"
    head = f"{base}\nworkloads: [{{name: w, sites: [a.py], holes: {{question: 1}}}}]"
    assert declared_for(CALL, trusted(of(base), of(head))).holes["question"].high == 500

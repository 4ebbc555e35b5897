"""Whose request it was: by code, workload, tag, prompt, name, model, or what the user says; and never by a guess."""

from __future__ import annotations

from typing import Any

import pytest

from costgate.model.error import UserError
from costgate.model.report import Report
from costgate.usage.join import Sites, Target, join, sites_of
from costgate.usage.record import Usage


def used(**said: Any) -> Usage:
    return Usage("table", 100, 10, **said)


@pytest.fixture
def sites(report: Report) -> Sites:
    keys = {call["path"]: call["key"] for call in report["calls"]}
    report = {**report, "workloads": [{"name": "support", "sites": [keys["bot/answer.py"]]}, {"name": "drafts", "sites": []}]}
    return sites_of(report, ("prompt=v2:bot/summary.py::Report.summarise", "model=house-model:drafts"))


def names(usage: Usage, sites: Sites) -> list[tuple[str, str]]:
    return [(joint.target.name, joint.by) for joint in join(usage, sites)]


ANSWER = [("bot/answer.py::answer", "code"), ("support", "code")]


@pytest.mark.parametrize("file", ["bot/answer.py", "/srv/app/bot/answer.py", "C:\\app\\bot\\answer.py", "./bot/answer.py", "/usr/lib/python3/site-packages/bot/answer.py"])
@pytest.mark.parametrize("function", ["answer", "bot.answer.answer", None, "outer.<locals>.answer"])
def test_a_deployed_file_is_the_one_it_ends_like(file: str, function: str | None, sites: Sites) -> None:
    assert names(used(file=file, function=function), sites) == ANSWER


@pytest.mark.parametrize("function", ["summarise", "Report.summarise", "bot.summary.Report.summarise"])
def test_methods_by_their_bare_or_qualified_name(function: str, sites: Sites) -> None:
    assert names(used(file="/x/bot/summary.py", function=function), sites) == [("bot/summary.py::Report.summarise", "code")]


def test_what_fits_several_fits_none(sites: Sites) -> None:
    assert names(used(file="/x/bot/draft.py", model="gpt-4.1"), sites) == [], "two functions call this model"
    assert names(used(file="/x/bot/draft.py", function="draft"), sites) == [("bot/draft.py::draft", "code")]
    assert names(used(file="/x/bot/draft.py", function="aft"), sites) == []
    assert names(used(file="/x/other.py", function="nothing"), sites) == []


def test_words_of_the_record(sites: Sites) -> None:
    assert names(used(workload="support"), sites) == [("support", "workload"), ("bot/answer.py::answer", "workload")]
    assert names(used(tags=("x", "workload:drafts")), sites) == [("drafts", "tag")]
    assert names(used(prompt="support"), sites)[0] == ("support", "prompt")
    assert names(used(name="summarise"), sites) == [("bot/summary.py::Report.summarise", "name")]
    assert names(used(model="anthropic/claude-haiku-4-5-20251001"), sites) == [("bot/summary.py::Report.summarise", "model")]
    assert names(used(model="claude-haiku"), sites) == [], "a name that begins alike is a stranger"
    assert names(used(), sites) == []


def test_what_the_user_says_comes_first(sites: Sites) -> None:
    assert names(used(prompt="V2", file="bot/answer.py", function="answer"), sites)[0] == (
        "bot/summary.py::Report.summarise",
        "prompt, as told",
    )
    assert names(used(model="house-model"), sites) == [("drafts", "model, as told")]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ("prompt", "must begin with"),
        ("colour=red:support", "must begin with"),
        ("prompt=red", "lacks what to join with"),
        ("prompt=:support", "lacks what to join with"),
        ("prompt=red:nowhere", "neither a workload nor a call site"),
        ("prompt=red:bot/answer.py::other", "neither a workload nor a call site"),
    ],
)
def test_joins_that_are_none(words: str, complaint: str, report: Report) -> None:
    with pytest.raises(UserError, match=complaint):
        sites_of({**report, "workloads": [{"name": "support"}]}, (words,))


def test_a_value_may_hold_colons(report: Report) -> None:
    sites = sites_of({**report, "workloads": [{"name": "support"}]}, ("tag=team:red:support", "tag=a:b:bot/answer.py::answer"))
    assert sites.said == {("tag", "team:red"): Target("workload", "support"), ("tag", "a:b"): Target("site", "bot/answer.py::answer")}

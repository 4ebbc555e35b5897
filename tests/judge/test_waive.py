"""Waivers: of which finding they speak, until when and up to what they hold, and what is told where they do not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from costgate.judge import judge
from costgate.model.config import Config
from costgate.model.finding import Finding
from costgate.model.money import Cost, Range
from costgate.model.prompt import PromptSource
from costgate.model.snapshot import Change, Measure, PromptTokens
from costgate.model.value import Span
from costgate.model.waiver import Ceiling, Waiver

UNCAPPED = {"call.output_limit": {"is": "absent"}}
DAY = "2026-11-22"


def a_waiver(**more: Any) -> Waiver:
    return Waiver(**{"rules": ("CG101",), "reason": "for now", "until": DAY, **more})


def only(rules: list[Any], measured: Any, *waivers: Waiver, mode: str = "audit", **more: Any) -> Finding:
    (found,) = judge(rules, measured, Config(waivers=waivers), mode=mode, as_of=DAY, **more).findings
    return found


def test_a_waived_finding_says_by_whom_until_when_and_why(site: Any, snapshot: Any, rule: Any) -> None:
    own, other = a_waiver(glob="app.py", owner="me"), a_waiver(glob="app.py", reason="later")
    found = only([rule(UNCAPPED)], snapshot(site()), own, other)
    assert (found.state, found.suppressed_by, found.waiver) == ("waived", f"waiver of me until {DAY}: for now", own)
    ended = replace(own, until="2026-11-21")
    assert only([rule(UNCAPPED)], snapshot(site()), ended, other).waiver == other, "the first that holds"
    lost = only([rule(UNCAPPED)], snapshot(site()), ended, replace(other, until="2026-11-20"))
    assert (lost.state, lost.waiver, lost.message) == ("open", None, "client.chat.completions.create (the waiver of nobody ended on 2026-11-20)")


@pytest.mark.parametrize(
    ("about", "holds"),
    [
        ({"glob": "app.py"}, True),
        ({"glob": "*.txt"}, False),
        ({"call": "app.py::ask"}, True),
        ({"call": "app.py::as*"}, True),
        ({"call": "app.py::tell"}, False),
        ({"call": "b.py::ask"}, False),
        ({"rules": ("CG102",), "glob": "app.py"}, False),
        ({"rules": ("CG102", "CG101"), "glob": "app.py"}, True),
        ({"fingerprint": "0" * 64}, False),
        ({}, False),
    ],
)
def test_it_speaks_of_files_of_calls_or_of_one_finding(site: Any, snapshot: Any, rule: Any, about: dict[str, Any], holds: bool) -> None:
    rules, tree = [rule(UNCAPPED), rule({"call.kind": {"eq": "none"}}, "CG102")], snapshot(site())
    found = only(rules, tree, a_waiver(**about))
    assert (found.state == "waived") is holds
    assert only(rules, tree, a_waiver(fingerprint=found.fingerprint)).state == "waived"


def test_a_call_that_is_gone_is_waived_by_where_it_stood(site: Any, snapshot: Any, comparison: Any, rule: Any) -> None:
    gone = site()
    both = comparison(snapshot(gone), snapshot(), Change("removed", gone.key, gone, None, None, None))
    of_changes = rule({"change.kind": {"eq": "removed"}}, each="change", message="gone")
    assert [only([of_changes], both, a_waiver(call=f"app.py::{name}"), mode="diff").state for name in ("ask", "tell")] == ["waived", "open"]
    unread = rule({"file.unread": {"eq": True}}, each="file", message="unread")
    tree = snapshot(unread={"app.py": "broken"})
    assert [only([unread], tree, a_waiver(**about), paths=("app.py",)).state for about in ({"call": "app.py::*"}, {"glob": "app.py"})] == ["open", "waived"]


def test_a_finding_about_the_run_is_waived_as_that(site: Any, snapshot: Any, rule: Any) -> None:
    whole = rule({"run.mode": {"eq": "audit"}}, each="run")
    states = [only([whole], snapshot(site()), a_waiver(glob=glob)).state for glob in ("/.", ".", "*", "app.py", "**")]
    assert states == ["waived", "open", "open", "open", "open"], "the configuration writes `path: .` as /."


def test_what_is_said_of_exceptions_cannot_be_waived(site: Any, snapshot: Any, rule: Any, ignore: Any) -> None:
    unused = rule({"exception.kind": {"eq": "ignore"}}, each="exception")
    tree = snapshot(site(), ignores=(ignore(50),))
    assert only([unused], tree, a_waiver(glob="app.py")).state == "open"


def limited(**ceiling: Any) -> Waiver:
    return a_waiver(glob="**/*", owner="me", ceiling=Ceiling(**ceiling))


def test_a_ceiling_holds_the_likely_end_or_else_the_high_one(site: Any, snapshot: Any, rule: Any) -> None:
    def told(waiver: Waiver, tokens: Range | None, cost: Range | None = None) -> str:
        found = only([rule(UNCAPPED, message="m")], snapshot(site(), measures={"app.py::ask": Measure(input_tokens=tokens, cost=Cost(cost))}), waiver)
        assert (found.state == "waived") is (found.message == "m")
        return found.message

    below, tokens = "m", limited(tokens=100)
    assert told(tokens, Range(1, 100, 900)) == told(tokens, Range(1, None, 100)) == below
    assert told(tokens, Range(1, 101, 900)) == "m (the waiver does not hold: its ceiling is 100, the tokens 101)"
    assert told(tokens, Range(1, None, 101)) == "m (the waiver does not hold: its ceiling is 100, the tokens 101)"
    assert told(tokens, Range(1, None, None)) == told(tokens, None) == "m (the waiver does not hold: its ceiling is 100, and nothing bounds the tokens)"
    money = limited(cost_per_call=Decimal("0.5"))
    assert told(money, None, Range.exact(Decimal("0.5"))) == below
    assert told(money, None, Range.exact(Decimal("0.6"))) == "m (the waiver does not hold: its ceiling is 0.5, the cost of a call 0.6)"
    both = limited(tokens=100, cost_per_call=Decimal("0.5"))
    assert told(both, Range.exact(200), Range.exact(Decimal("0.1"))).endswith("its ceiling is 100, the tokens 200)")
    assert told(both, Range.exact(200), Range.exact(Decimal("0.9"))).endswith("its ceiling is 0.5, the cost of a call 0.9)"), "the money first"
    assert told(both, Range.exact(20), Range.exact(Decimal("0.1"))) == below == told(limited(), None)


def test_the_ceiling_of_a_prompt_of_the_run_and_of_what_has_no_size(site: Any, snapshot: Any, rule: Any) -> None:
    prompt = PromptTokens(PromptSource(Span("p.md", 1), "text", "system", "always", ()), Range.exact(50))
    long = rule({"prompt.tokens": {"gt": 1}}, each="prompt", message="m")
    assert [only([long], snapshot(prompts=(prompt,)), limited(tokens=most)).state for most in (50, 49)] == ["waived", "open"]
    assert only([long], snapshot(prompts=(prompt,)), limited(cost_per_call=Decimal(9))).state == "open", "a prompt has no price of its own"
    whole = rule({"run.mode": {"eq": "audit"}}, each="run", message="m")
    tree = replace(snapshot(site()), input_tokens=Range.exact(50), cost=Range.exact(Decimal(2)))

    def about_all(**ceiling: Any) -> str:
        return only([whole], tree, replace(limited(**ceiling), glob="/.")).state

    assert [about_all(tokens=50), about_all(tokens=49), about_all(cost_per_call=Decimal(2)), about_all(cost_per_call=Decimal(1))] == ["waived", "open"] * 2
    unread = rule({"file.unread": {"eq": True}}, each="file", message="m")
    tree = replace(tree, reading=replace(tree.reading, unread={"b.py": "broken"}))
    assert only([unread], tree, limited(tokens=9_000), paths=()).state == "open"

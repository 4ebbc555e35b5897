"""Builders for judged things: calls, snapshots, comparisons, rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from costgate.model.call import CallSite, Context
from costgate.model.finding import Rule, Suppression
from costgate.model.money import Cost, Price, Range
from costgate.model.snapshot import Change, Comparison, Measure, Reading, Snapshot
from costgate.model.value import Known, Span, Value

ROLES = frozenset({"model", "output_limit", "turn_limit", "reasoning"})


def a_site(key: str = "app.py::ask", line: int = 3, *, path: str = "app.py", last: int = 0, **fields: Any) -> CallSite:
    """A chat call; keyword arguments replace fields, `args` is merged over a known model."""
    args: dict[str, Value] = {"model": Known(("gpt-4.1",)), **fields.pop("args", {})}
    site = CallSite(
        key=key,
        span=Span(path, line, 1, last or line, 40),
        kind="chat",
        sdk="openai",
        callee="client.chat.completions.create",
        provider="openai",
        args=args,
        context=Context(function="ask"),
        roles=ROLES,
    )
    return replace(site, **fields)


def a_measure(tokens: int = 100, cost: str = "0.01") -> Measure:
    """A priced measure of exact size."""
    price = Price("gpt-4.1", "openai", {"input": Decimal(2), "output": Decimal(8)}, max_output=32768)
    size = Range.exact(tokens)
    return Measure(price=price, static_tokens=size, input_tokens=size, cost=Cost(Range.exact(Decimal(cost))))


def a_snapshot(*sites: CallSite, label: str = "head", ignores: tuple[Suppression, ...] = (), **more: Any) -> Snapshot:
    """A snapshot of some calls; `reading` fields and `prompts` as keywords."""
    prompts = more.pop("prompts", ())
    measures: Mapping[str, Measure] = more.pop("measures", {})
    reading = Reading(calls=sites, suppressions=ignores, files=3, read=2, **more)
    return Snapshot(label, reading, {site.key: measures.get(site.key, a_measure()) for site in sites}, prompts)


def a_comparison(base: Snapshot, head: Snapshot, *changes: Change, **more: Any) -> Comparison:
    """Two snapshots side by side."""
    fields = {"tokens": Range.exact(0), "cost": Range.exact(Decimal(0)), "unknown": 0, **more}
    return Comparison(base, head, changes, **fields)


def a_rule(match: Mapping[str, Any], rule_id: str = "CG101", each: str = "call", **fields: Any) -> Rule:
    """A rule of severity error."""
    rule = Rule(
        id=rule_id,
        name=f"name-of-{rule_id.lower()}",
        severity="error",
        confidence="high",
        summary="Something is wrong",
        why="",
        fix="",
        message="{call.callee}" if each == "call" else "wrong",
        each=each,
        match=match,
    )
    return replace(rule, **fields)


def an_ignore(line: int, *rules: str, reason: str = "it is fine", path: str = "app.py") -> Suppression:
    """An inline ignore on one line."""
    return Suppression(Span(path, line, 1, line, 30), rules or ("CG101",), reason)


@pytest.fixture
def site() -> Callable[..., CallSite]:
    return a_site


@pytest.fixture
def measure() -> Callable[..., Measure]:
    return a_measure


@pytest.fixture
def snapshot() -> Callable[..., Snapshot]:
    return a_snapshot


@pytest.fixture
def comparison() -> Callable[..., Comparison]:
    return a_comparison


@pytest.fixture
def rule() -> Callable[..., Rule]:
    return a_rule


@pytest.fixture
def ignore() -> Callable[..., Suppression]:
    return an_ignore

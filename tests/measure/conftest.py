"""Builders for what the measuring stage reads: calls, prompts, readings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from costgate.knowledge.prices import load_book
from costgate.measure.measure import measure
from costgate.model.call import CallSite, Context
from costgate.model.config import Config
from costgate.model.prompt import Hole, Prompt, Text
from costgate.model.snapshot import Measure, Reading
from costgate.model.tree import NoCache
from costgate.model.value import Known, Span, Unknown, Value

SEGMENT = Text | Hole


def value_of(given: Any) -> Value:
    """A Value as it is, a tuple as a set of values, anything else as one value."""
    if isinstance(given, Known | Unknown):
        return given
    return Known(given if isinstance(given, tuple) else (given,))


def make_call(*segments: str | SEGMENT, **fields: Any) -> CallSite:
    """A chat call with these segments (plain text is a user message); keywords are fields, or else arguments."""
    own = {"kind", "provider", "key", "counted", "prompt", "function", "path", "messages", "alternatives"}
    args = {role: value_of(given) for role, given in fields.items() if role not in own}
    path = fields.get("path", "app.py")
    parts = tuple(
        Text(part, Span(path, line), "user") if isinstance(part, str) else part
        for line, part in enumerate(segments, 10)
    )
    prompt = Prompt(parts, fields.get("messages", 1), fields.get("alternatives", ()))
    return CallSite(
        key=fields.get("key", "app.py::ask"),
        span=Span(path, 5, 1, 8, 2),
        kind=fields.get("kind", "chat"),
        sdk="openai",
        callee="client.chat.completions.create",
        provider=fields.get("provider", "openai"),
        args=args,
        prompt=fields.get("prompt", prompt if segments else None),
        context=Context(function=fields.get("function", "ask")),
        counted=fields.get("counted", True),
    )


def make_hole(name: str, **fields: Any) -> Hole:
    """A hole on line 20."""
    return Hole(name, Span("app.py", fields.pop("line", 20)), "user", **fields)


def measured(call: CallSite, config: Config | None = None) -> Measure:
    """The measure of one call with the shipped book."""
    snapshot = measure(Reading(calls=(call,)), load_book(), config or Config(), NoCache(), "head")
    return snapshot.measures[call.key]


@pytest.fixture
def a_call() -> Callable[..., CallSite]:
    """Makes a call."""
    return make_call


@pytest.fixture
def a_hole() -> Callable[..., Hole]:
    """Makes a hole."""
    return make_hole


@pytest.fixture
def measured_call() -> Callable[..., Measure]:
    """Measures one call."""
    return measured

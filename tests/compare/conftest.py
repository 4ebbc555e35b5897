"""Builders for compared things: calls with a prompt, and the snapshots that hold them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from costgate.knowledge.prices import load_book
from costgate.measure.measure import measure
from costgate.model.call import CallSite, Context
from costgate.model.config import Config
from costgate.model.prompt import Hole, Prompt, Text
from costgate.model.snapshot import Reading, Snapshot
from costgate.model.tree import NoCache
from costgate.model.value import Known, Span, Value

FIELDS = {"kind", "counted", "function", "path", "via", "retries", "loops", "line"}


def a_site(*segments: str, **given: Any) -> CallSite:
    """A chat call. A segment in braces is a hole; keywords are fields, or else arguments."""
    path, function, line = given.get("path", "app.py"), given.get("function", "ask"), given.get("line", 5)
    args: dict[str, Value] = {"model": Known(("gpt-4o",)), "output_limit": Known((200,))}
    for role, value in given.items():
        if role not in FIELDS:
            args[role] = Known((value,), trail=(Span(path, line + 1),)) if isinstance(value, str | int) else value
    parts = tuple(
        Hole(text[1:-1], Span(path, number), "user") if text[:1] == "{" else Text(text, Span(path, number), "user")
        for number, text in enumerate(segments, line + 2)
    )
    return CallSite(
        key=f"{path}::{function}::openai:chat",
        span=Span(path, line, 1, line + 4, 2),
        kind=given.get("kind", "chat"),
        sdk="openai",
        callee="client.chat.completions.create",
        provider="openai",
        args=args,
        prompt=Prompt(parts) if parts else None,
        retries=given.get("retries", ()),
        context=Context(function=function, loops=given.get("loops", ())),
        via=given.get("via"),
        counted=given.get("counted", True),
    )


def a_tree(*sites: CallSite, **reading: Any) -> Snapshot:
    """The snapshot of some calls, measured with the shipped book."""
    return measure(Reading(calls=sites, **reading), load_book(), Config(), NoCache(), "tree")


@pytest.fixture
def site() -> Callable[..., CallSite]:
    return a_site


@pytest.fixture
def tree() -> Callable[..., Snapshot]:
    return a_tree

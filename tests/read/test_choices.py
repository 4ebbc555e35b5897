"""What falls together when several things may hold, and what that costs."""

from __future__ import annotations

import pytest

from costgate.model.prompt import Hole, Text
from costgate.model.value import Span
from costgate.read.things import Choice, Lit, Map, Str, choice

PLACE = Span("app.py", 1)


def test_what_is_the_same_falls_together() -> None:
    """Texts by what they say, however it is put together, numbers by kind, dicts only where it is the same one."""
    whole, parted = Str((Text("gpt-4o", PLACE),)), Str((Text("gpt", PLACE), Text("-4o", PLACE)))
    made = choice([whole, parted, Lit(1), Lit(True), Lit(1), Map({}), Map({})])
    assert made == Choice((parted, Lit(1), Lit(True), Map({}), Map({})))
    assert choice([holed := Str((Text("a ", PLACE), Hole("b", PLACE))), holed]) == Choice((holed, holed))


def test_texts_are_put_together_once_each_and_not_for_those_with_holes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text to which branches add is one of many with holes, each of many parts."""
    put: list[Str] = []
    plain = Str.plain.fget  # type: ignore[attr-defined]
    monkeypatch.setattr(Str, "plain", property(lambda text: put.append(text) or plain(text)))
    choice([Str((Text(f"answer number {index} ", PLACE), Hole("question", PLACE))) for index in range(10)])
    assert len(put) == 10

"""The prompts of a report, field by field, and what a change made of each."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from costgate.judge.prompts import prompt_docs
from costgate.model.money import Range
from costgate.model.prompt import Hole, PromptSource, Text
from costgate.model.snapshot import PromptTokens, SourceTokens
from costgate.model.value import Span

SIZE = Range(3, 4, None, "bounded")
SIZED = {"low": 3, "likely": 4, "high": None, "unbounded": True, "basis": "bounded"}
NOTHING = {"low": 0, "likely": 0, "high": 0, "unbounded": False, "basis": "exact"}


def in_code(text: str, tokens: Range = SIZE, line: int = 3, **more: Any) -> PromptTokens:
    return PromptTokens(PromptSource(Span("app.py", line, 1, line + 2, cell=4), text, "system", "always", ("a", "b"), **more), tokens)


def in_file(*parts: Text | Hole, **more: Any) -> PromptTokens:
    source = PromptSource(Span("p.md", 1), "text", "user", "once", (), 70, "prompty", parts, mentioned=False)
    return PromptTokens(source, Range.exact(9), **more)


def test_a_prompt_in_code_and_one_in_a_file(snapshot: Any) -> None:
    holes = (Text("Be kind.", Span("p.md", 1)), Hole("name", Span("p.md", 2)), Hole("items", Span("p.md", 5), repeated=True))
    sections = (SourceTokens(Span("p.md", 1, 1, 4), SIZE), SourceTokens(Span("p.md", 6), Range(7, None, 9)))
    code, file = prompt_docs(snapshot(prompts=(in_code("Be kind."), in_file(*holes, sources=sections, cost=Range.exact(Decimal("0.50"))))))
    assert code == {
        "path": "app.py", "line": 3, "tokens": SIZED, "role": "system", "load": "always", "budget": None, "used_by": ["a", "b"], "end_line": 5, "cell": 4,
        "format": "", "cost_per_call": None,
    }  # fmt: skip
    assert file == {
        "path": "p.md", "line": 1, "tokens": {"low": 9, "likely": 9, "high": 9, "unbounded": False, "basis": "exact"}, "role": "user", "load": "once",
        "budget": 70, "used_by": [], "end_line": 1, "cell": None, "format": "prompty",
        "cost_per_call": {"low": "0.5", "likely": "0.5", "high": "0.5", "unbounded": False, "basis": "exact"},
        "sources": [{"path": "p.md", "line": 1, "tokens": 4, "end_line": 4}, {"path": "p.md", "line": 6, "tokens": 7, "end_line": 6}],
        "holes": [{"name": "name", "path": "p.md", "line": 2, "unbounded": False}, {"name": "items", "path": "p.md", "line": 5, "unbounded": True}],
        "mentioned": False,
    }  # fmt: skip


def test_what_a_change_made_of_it(snapshot: Any, comparison: Any) -> None:
    """Each is held against the one of the same file, role and place there; of one that grew the lines are told."""
    long, short = in_code("One.\nTwo.\nThree.", Range.exact(12)), in_code("One.", Range(5, 5, 6, "bounded"))
    same, new = in_code("Same.", Range.exact(4), 20), in_code("New.", Range.exact(2), 30)
    base, head = snapshot(prompts=(short, replace(same, tokens=Range.exact(40)))), snapshot(prompts=(new, long, same))
    came, grew, stayed = prompt_docs(comparison(base, head))
    assert (came["delta"], "grew" in came) == ({"low": 2, "likely": 2, "high": 2, "unbounded": False, "basis": "exact"}, False)
    assert (grew["delta"], grew["grew"]) == (
        {"low": 7, "likely": 7, "high": 6, "unbounded": False, "basis": "bounded"},
        [{"path": "app.py", "line": 4, "end_line": 5}],
    )
    assert (stayed["delta"], "grew" in stayed) == (NOTHING, False), "the same text is the same however it is counted"
    assert came == {**prompt_docs(head)[0], "delta": came["delta"]}


def test_a_file_that_grew_is_told_by_its_parts(snapshot: Any, comparison: Any) -> None:
    first, more = Text("One.", Span("p.md", 4)), Text("Two.", Span("shared.md", 8))
    before, after = in_file(first), in_file(first, more)
    [found] = prompt_docs(comparison(snapshot(prompts=(before,)), snapshot(prompts=(replace(after, source=replace(after.source, text="other")),))))
    assert found["grew"] == [{"path": "shared.md", "line": 8, "end_line": 8}]

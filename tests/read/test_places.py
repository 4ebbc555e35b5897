"""Where a prompt's parts stand, also behind text that takes more bytes than characters."""

from __future__ import annotations

from costgate.gate import report_of_files
from costgate.model.prompt import Text

CODE = """from openai import OpenAI

OpenAI().responses.create(
    model="gpt-4.1",
    instructions="{first}",
    input="second",
)
"""


def lines(first: str) -> list[tuple[str, int]]:
    measured, _ = report_of_files({"app.py": CODE.replace("{first}", first)})
    (call,) = measured.reading.calls  # type: ignore[union-attr]
    assert call.prompt is not None
    return sorted((part.text, part.span.line) for part in call.prompt.segments if isinstance(part, Text))


def test_lines_behind_wide_characters() -> None:
    wide = "日本語のプロンプト" * 8
    assert lines(wide) == [("second", 6), (wide, 5)]


def test_lines_behind_plain_text() -> None:
    assert lines("first") == [("first", 5), ("second", 6)]

"""The examples in the SDK and retry files, read by the real reader: exactly these entries, with these values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from costgate.gate import report_of_files
from costgate.judge.document import document
from costgate.knowledge.strict import load

KNOWLEDGE = Path(__file__).parents[2] / "costgate" / "knowledge"
PROVENANCE: Any = {}
UNREAD: dict[str, str] = {}
"""What the reader does not follow yet, by example; each entry must really fail (strict)."""
FIXED = ("line", "kind", "provider", "attempts")


def cases() -> Iterator[Any]:
    for folder in ("sdks", "retries", "http"):
        for path in sorted((KNOWLEDGE / folder).glob("*.yaml")):
            data = load(path.read_text(encoding="utf-8"), path.name)
            for number, example in enumerate(data.get("examples", ())):
                name = f"{path.stem}-{number}"
                marks = [pytest.mark.xfail(reason=UNREAD[name], strict=True)] if name in UNREAD else []
                yield pytest.param(example, id=name, marks=marks)


def shown(value: Any) -> Any:
    """A value of the report as an example writes it."""
    if isinstance(value, Mapping) and "state" in value:
        return value["values"][0] if value["state"] == "known" and len(value["values"]) == 1 else value["state"]
    return value


def attempts(call: Mapping[str, Any]) -> Any:
    return "unbounded" if call["retries"]["unbounded"] else call["retries"]["product"]


@pytest.mark.parametrize("example", list(cases()))
def test_reader_sees_what_the_example_says(example: Any) -> None:
    measured, judged = report_of_files({"app.py": example["code"]})
    calls: Any = document(judged, measured, PROVENANCE, {"name": "costgate", "version": "0"})["calls"]
    found = sorted((call["line"], call["kind"]) for call in calls)
    assert found == sorted((entry["line"], entry["kind"]) for entry in example["sees"])
    for entry in example["sees"]:
        (call, *_) = [each for each in calls if (each["line"], each["kind"]) == (entry["line"], entry["kind"])]
        if "provider" in entry:
            assert call["provider"] == entry["provider"]
        if "attempts" in entry:
            assert attempts(call) == entry["attempts"], call["retries"]
        for role in entry:
            if role not in FIXED and role != "prompt" and role in call:
                said = "absent" if entry[role] == "unbounded" else entry[role]
                assert str(shown(call[role])) == str(said), role

"""Comparing two readings: what counts as the same entry, and what as an equal field."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

SCRIPT = Path(__file__).parents[2] / "scripts" / "compare_readings.py"


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compare_readings", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


script = load_script()


def entry(line: int, callee: str = "client.create", **changes: Any) -> dict[str, Any]:
    plain = {"kind": "chat", "sdk": "openai", "model": {"state": "unknown"}, "output_cap": "absent", "retry": "none"}
    return {"file": "a.py", "line": line, "callee": callee, **plain, "loop": "none", **changes}


def test_entries_agree_by_file_line_and_callee_without_white_space() -> None:
    first = [entry(1), entry(2, "f(x).create"), entry(3)]
    second = [entry(1), entry(2, "f( x )\n.create"), entry(3, "other.create"), entry(4)]
    result = script.compare(first, second)
    assert (result.both, result.only_first, result.only_second) == (2, 1, 2)
    assert result.agreed() == pytest.approx(400 / 7)
    assert "a.py:4 client.create: only second" in result.differences


def test_fields_of_agreed_entries_are_compared() -> None:
    first = [entry(1, model={"state": "known", "values": ["b", "a"]}, retry="bounded", attempts=3), entry(2), entry(9, kind="ocr")]
    second = [entry(1, model={"state": "known", "values": ["a", "b"]}, retry="bounded", wrapper=True), entry(2, kind="batch")]
    result = script.compare(first, second)
    assert result.equal_share("model values") == 100
    assert result.equal_share("attempts") == 0
    assert result.equal_share("output_cap_value") is None
    assert result.equal_share("kind") == result.equal_share("wrapper") == 50
    assert "a.py:1 client.create: attempts: 3 | -" in result.differences


def test_table_of_two_folders(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for folder, entries in (("first", [entry(1), entry(2)]), ("second", [entry(1, loop="bounded")])):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "pkg.yaml").write_text(yaml.safe_dump({"entries": entries}), "utf-8")
    assert script.main([str(tmp_path / "first"), str(tmp_path / "second"), "--list"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert "  a.py:1 client.create: loop: none | bounded" in out
    assert out[-1].split()[:5] == ["all", "1", "1", "0", "66.7%"]


def test_unknown_package_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="not in both folders: nothing"):
        script.main([str(tmp_path), str(tmp_path), "nothing"])


def test_prompt_sources_of_agreed_entries_are_compared() -> None:
    """Where entries are labelled for their prompts alone, only these are."""

    def labelled(*sources: tuple[int, str]) -> dict[str, Any]:
        told = [{"file": "p.py", "line": line, "role": role} for line, role in sources]
        return {"file": "a.py", "line": 1, "callee": "ask", "prompt_sources": told}

    result = script.compare([labelled((1, "system"), (2, "user"), (3, "user"))], [labelled((1, "user"), (2, "user"), (4, "user"))])
    assert result.sources == {"both": 2, "role": 1, "first": 1, "second": 1}
    assert "a.py:1 ask: prompt source p.py:4: only second" in result.differences
    assert script.sources(result) == "prompt sources: 2 in both, 1 and 1 in one, agreed 66.7%, role 50.0%"
    assert not result.counted

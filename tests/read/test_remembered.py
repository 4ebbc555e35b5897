"""Readings that an earlier run has made: the same as new ones, and gone with anything that they rest on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from costgate.gate import knowledge
from costgate.model.snapshot import Reading
from costgate.model.tree import Cache, NoCache
from costgate.read import link, remembered
from costgate.read.packed import UnpackError, pack, unpack
from costgate.read.remembered import reading_of
from costgate.store.cache import SqliteCache
from costgate.store.trees import FilesTree

FILES = {
    "app.py": (
        "import json\nfrom pathlib import Path\nfrom openai import OpenAI\n"
        "limits = json.loads(Path('limits.json').read_text())\n"
        "OpenAI(timeout=1.5).chat.completions.create(model='gpt-4.1', max_tokens=limits['most'], messages=[\n"
        "    {'role': 'system', 'content': f'Be kind. {who}'}])\n"
    ),
    "limits.json": '{"most": 40}',
    "other.py": "x = 1\n",
}


def _read(files: dict[str, str], cache: Cache) -> Reading:
    known: dict[str, Any] = {**knowledge(NoCache(), ()), "aliases": {}}
    return reading_of(FilesTree(files), known, cache, lambda done, files: None, reach=False)


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """How many trees have been read anew."""
    made: list[object] = []
    kept = link.read_tree

    def counted(*given: Any, **named: Any) -> Reading:
        made.append(given)
        return kept(*given, **named)

    monkeypatch.setattr(link, "read_tree", counted)
    return lambda: len(made)


def test_a_remembered_reading_is_the_same(tmp_path: Path, reads: Callable[[], int]) -> None:
    """Equal to the last part, across runs."""
    fresh = _read(FILES, NoCache())
    with SqliteCache(tmp_path) as cache:
        assert _read(FILES, cache) == fresh
    with SqliteCache(tmp_path) as cache:
        assert _read(FILES, cache) == fresh
    assert reads() == 2
    assert fresh.calls and fresh.prompts


@pytest.mark.parametrize(
    "change",
    [
        {"app.py": FILES["app.py"].replace("4.1", "4o")},
        {"limits.json": '{"most": 41}'},
        {"new.py": ""},
        {"other.py": "x = 2\n"},
    ],
)
def test_it_is_gone_with_what_it_rests_on(tmp_path: Path, reads: Callable[[], int], change: dict[str, str]) -> None:
    """Python files, data that code loads, and which files there are."""
    with SqliteCache(tmp_path) as cache:
        _read(FILES, cache)
        changed = {**FILES, **change}
        assert _read(changed, cache) == _read(changed, NoCache())
    assert reads() == 3


def test_a_file_that_code_does_not_load_changes_nothing(tmp_path: Path, reads: Callable[[], int]) -> None:
    """Only data that was read counts."""
    with SqliteCache(tmp_path) as cache:
        _read({**FILES, "notes.txt": "a"}, cache)
        _read({**FILES, "notes.txt": "b"}, cache)
    assert reads() == 1


@pytest.mark.parametrize("data", [["c", "Path", "/"], ["c", "Span"], ["x"], [], ["n", "abc"], ["d", 1], ["c", "Span", 1]])
def test_planted_data_makes_nothing(data: Any) -> None:
    """Only the model's own types, with all their fields."""
    with pytest.raises(UnpackError):
        unpack(data)


def test_packing_is_plain_json() -> None:
    """It survives the cache's encoding."""
    reading = _read(FILES, NoCache())
    assert unpack(json.loads(json.dumps(pack(reading)))) == reading


def test_all_code_that_reads_decides_whether_a_reading_still_holds() -> None:
    code = Path(remembered.__file__).parent
    assert {path.parent for path in code.rglob("*.py")} <= set(remembered.READERS)

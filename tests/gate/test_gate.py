"""The stages wired together: which files differ, what is in scope, what files given as text give."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costgate.gate import audit, changed_paths, check, report_of_files
from costgate.model.error import UserError
from costgate.model.setting import Setting
from costgate.model.snapshot import Comparison, Snapshot
from costgate.model.tree import NoCache
from costgate.store.trees import FilesTree

ASK = 'from openai import OpenAI\n\nOpenAI().responses.create(model="gpt-4.1", input="Hello", max_output_tokens={cap})\n'
FILES = st.dictionaries(st.sampled_from(["a.py", "b.md", "c/d.py"]), st.sampled_from(["", "x = 1\n", "y\n"]))
SETTING = Setting("2026-11-22", NoCache())


@settings(max_examples=60, deadline=None)
@given(one=FILES, other=FILES)
def test_the_files_that_differ(one: dict[str, str], other: dict[str, str]) -> None:
    found = changed_paths(FilesTree(one), FilesTree(other))
    assert found == {path for path in one.keys() | other.keys() if one.get(path) != other.get(path)}
    assert found == changed_paths(FilesTree(other), FilesTree(one))


def test_files_as_text() -> None:
    alone, judged = report_of_files({"app.py": ASK.format(cap=100)})
    assert isinstance(alone, Snapshot) and len(alone.reading.calls) == 1
    assert judged.verdict_result == "pass"
    both, _ = report_of_files({"app.py": ASK.format(cap=900)}, before={"app.py": ASK.format(cap=100)})
    assert isinstance(both, Comparison) and [cause.what for cause in both.changes[0].causes] == ["output cap"]


def test_excluded_files_have_no_say() -> None:
    alone, _ = report_of_files({"old/app.py": ASK.format(cap=100)}, config_text="exclude: [old/**]\n")
    assert isinstance(alone, Snapshot) and alone.reading.calls == ()


def test_a_root_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "app.py").write_text(ASK.format(cap=100))
    (tmp_path / "link").symlink_to("real")
    for paths in ([tmp_path / "link"], [tmp_path / "link" / "app.py"]):
        assert [call["path"] for call in audit(paths, SETTING)["calls"]] == ["app.py"]
    made = check([tmp_path / "link" / "app.py"], tmp_path / "link", SETTING)
    assert made is not None and [call["path"] for call in made["calls"]] == ["app.py"]


def test_two_folders_without_one_root(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    (tmp_path / "one" / "app.py").write_text(ASK.format(cap=100))
    with pytest.raises(UserError, match="lies outside"):
        audit([tmp_path / "one", tmp_path / "two"], SETTING)

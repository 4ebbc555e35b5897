"""Trees from a plain folder and from memory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from costgate.model.tree import Entry
from costgate.store.trees import FilesTree, FolderTree, is_lfs_pointer


def fill(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(path)


def test_a_folder_without_what_nobody_wrote(tmp_path: Path) -> None:
    fill(tmp_path, "a.py", "b/c.py", "b/.env", ".prompt", "ü b/x\ny.md", "b/site/x.py")
    fill(tmp_path, ".venv/x.py", ".git/config", "b/.cache/x", "node_modules/x/a.js", "b/__pycache__/a.pyc", "venv/x.py")
    fill(tmp_path, "own-env/pyvenv.cfg", "own-env/lib/x.py")
    tree = FolderTree(tmp_path)
    assert [entry.path for entry in tree.entries()] == [
        ".prompt",
        "a.py",
        "b/.env",
        "b/c.py",
        "b/site/x.py",
        "ü b/x\ny.md",
    ]
    assert tree.entries()[1] == Entry("a.py", None, 4, "file")
    assert tree.read("b/c.py") == b"b/c.py"
    assert "b/c.py" in tree
    assert "b" not in tree


def test_links_pipes_and_unreadable_folders(tmp_path: Path) -> None:
    root = tmp_path / "root"
    fill(tmp_path, "outside/secret.py", "root/a.py")
    (root / "folder").symlink_to(tmp_path / "outside")
    (root / "file.py").symlink_to(tmp_path / "outside" / "secret.py")
    (root / "loop").symlink_to(root)
    os.mkfifo(root / "pipe")
    (root / "locked").mkdir(mode=0o000)
    tree = FolderTree(root)
    assert {entry.path: entry.kind for entry in tree.entries()} == {
        "a.py": "file",
        "file.py": "symlink",
        "folder": "symlink",
        "loop": "symlink",
    }
    for path in ("folder/secret.py", "file.py", "loop/a.py", "pipe"):
        with pytest.raises(OSError, match=r"not followed|not a regular file"):
            tree.read(path)
    with pytest.raises(KeyError):
        tree.read("../outside/secret.py")


def test_the_root_may_itself_be_behind_a_link(tmp_path: Path) -> None:
    fill(tmp_path, "real/sub/a.py")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    tree = FolderTree(tmp_path / "link")
    assert [entry.path for entry in tree.entries()] == ["sub/a.py"]
    assert tree.read("sub/a.py") == b"real/sub/a.py"


def test_a_deep_folder(tmp_path: Path) -> None:
    deep = "/".join(["d"] * 700)
    fill(tmp_path, f"{deep}/a.py")
    assert [entry.path for entry in FolderTree(tmp_path).entries()] == [f"{deep}/a.py"]


def test_files_in_memory() -> None:
    tree = FilesTree({"b.py": "é", "a.py": b"\xff"}, "rule example")
    assert tree.label == "rule example"
    assert tree.entries() == (Entry("a.py", size=1), Entry("b.py", size=2))
    assert tree.read("b.py") == "é".encode()
    assert "a.py" in tree
    assert "c.py" not in tree
    with pytest.raises(KeyError):
        tree.read("c.py")


def test_pointers_to_large_files() -> None:
    pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n"
    assert is_lfs_pointer(pointer)
    assert not is_lfs_pointer(b"# " + pointer)
    assert not is_lfs_pointer(pointer + b"x" * 2000)

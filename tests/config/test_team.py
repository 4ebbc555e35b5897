"""The rule files of a tree are all read, or the run ends with the place."""

from __future__ import annotations

import pytest

from costgate.config import team_rules
from costgate.config.team import MAX_BYTES, MAX_FILES
from costgate.model.error import UserError
from costgate.store.trees import FilesTree, FolderTree


def test_the_files_of_the_folder_sorted():
    files = {
        ".costgate/rules/b.yml": "b",
        ".costgate/rules/deep/a.yaml": "\ufeffa",
        ".costgate/rules/README.md": "no rule",
        ".costgate/other.yml": "no rule",
        "rules/c.yml": "no rule",
    }
    assert team_rules(FilesTree(files)) == ((".costgate/rules/b.yml", "b"), (".costgate/rules/deep/a.yaml", "a"))
    assert team_rules(FilesTree({"app.py": ""})) == ()


@pytest.mark.parametrize(
    ("data", "message"),
    [(b"a: \xff", ".costgate/rules/a.yml:1: is not UTF-8"), (b" " * (MAX_BYTES + 1), "larger than")],
)
def test_what_cannot_be_read_ends_the_run(data, message):
    with pytest.raises(UserError, match=message):
        team_rules(FilesTree({".costgate/rules/a.yml": data}))


def test_more_than_a_team_has():
    with pytest.raises(UserError, match="more than"):
        team_rules(FilesTree({f".costgate/rules/{at}.yml": "" for at in range(MAX_FILES + 1)}))


@pytest.mark.parametrize("link", [".costgate", ".costgate/rules", ".costgate/rules/a.yml"])
def test_links_are_refused_not_skipped(tmp_path, link):
    outside = tmp_path / "outside"
    (outside / "rules").mkdir(parents=True)
    tree = tmp_path / "tree"
    (tree / link).parent.mkdir(parents=True)
    (tree / link).symlink_to(outside if link == ".costgate" else outside / "rules")
    with pytest.raises(UserError, match="is a symlink"):
        team_rules(FolderTree(tree))


def test_a_folder_that_is_no_repository_has_them_too(tmp_path):
    (tmp_path / ".costgate" / "rules").mkdir(parents=True)
    (tmp_path / ".costgate" / "rules" / "a.yml").write_text("a")
    assert team_rules(FolderTree(tmp_path)) == ((".costgate/rules/a.yml", "a"),)

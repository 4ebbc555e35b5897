"""The list of repositories: three forms, one name each, and a clear word about what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from costgate.fleet.listing import Item, read_list
from costgate.model.error import UserError


def listed(folder: Path, text: str, name: str = "list.txt") -> tuple[Item, ...]:
    path = folder / name
    path.write_text(text)
    return read_list(path)


def test_lines_with_paths_urls_refs_and_comments(tmp_path: Path) -> None:
    found = listed(tmp_path, "# ours\n\n../api\nhttps://host/team/api.git main  # the gateway\ngit@host:team/bot.git\n")
    assert [(item.name, item.ref, item.remote) for item in found] == [
        ("api", None, False),
        (found[1].name, "main", True),
        ("bot", None, True),
    ]
    assert found[0].source == str(tmp_path.parent / "api")
    assert found[1].name.startswith("api-")


def test_a_name_does_not_depend_on_what_comes_after(tmp_path: Path) -> None:
    one = listed(tmp_path, "a/api\nb/api\n")
    two = listed(tmp_path, "a/api\nb/api\nc/api\n")
    assert two[:2] == one
    assert len({item.name for item in two}) == 3


def test_yaml_says_who_owns_what(tmp_path: Path) -> None:
    text = "repositories:\n- https://host/a.git\n- {source: ./b, name: bee, owner: ann, team: support}\n"
    first, second = listed(tmp_path, text, "fleet.yaml")
    assert (first.name, second.name, second.owner, second.team) == ("a", "bee", "ann", "support")
    assert second.source == str(tmp_path / "b")


def test_a_folder_of_checkouts(tmp_path: Path) -> None:
    (tmp_path / "x").mkdir()
    (tmp_path / "y").mkdir()
    (tmp_path / "note.txt").write_text("no repository")
    assert [item.name for item in read_list(tmp_path)] == ["x", "y"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("l.txt", "# nothing\n", "names no repository"),
        ("l.txt", "a b c\n", "l.txt:1: more than a source and a ref"),
        ("l.txt", "--upload-pack=x\n", "l.txt:1: '--upload-pack=x' is neither"),
        ("l.txt", "./a main\n", "l.txt:1: a ref is for git URLs"),
        ("l.yaml", "repos: []\n", "lacks `repositories:`"),
        ("l.yaml", "repositories:\n- {source: a}\n- {sorce: b}\n", "l.yaml:3: an entry needs a `source`"),
        ("l.yaml", "repositories:\n- source: a\n  onwer: x\n", 'l.yaml:3: unknown key "onwer" (did you mean "owner"?)'),
        ("l.yaml", "repositories:\n- {source: a, team: 3}\n", "l.yaml:2: team must be text"),
        ("l.yaml", "repositories:\n- {source: a, name: ../x}\n", "'../x' is no name"),
        (
            "l.yaml",
            "repositories:\n- {source: a, name: x}\n- {source: b, name: X}\n",
            "l.yaml:3: the name 'X' is given already",
        ),
        ("l.yaml", "repositories: [\n", "not valid YAML"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, name: str, text: str, said: str) -> None:
    with pytest.raises(UserError) as error:
        listed(tmp_path, text, name)
    assert said in str(error.value)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    (tmp_path / "l").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="not UTF-8"):
        read_list(tmp_path / "l")
    with pytest.raises(UserError, match="no such list"):
        read_list(tmp_path / "missing")

"""How git is asked: in an environment in which it starts nothing that a repository names. Loads nothing heavy."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

WORKTREE = ("ls-files", "-z", "-t", "--stage", "--cached", "--others", "--exclude-standard")
"""The files of a work tree, each with a tag: `?` is not tracked, `S` is left out by a sparse checkout."""
KINDS = {"120000": "symlink", "160000": "submodule"}


def environment(*settings: tuple[str, str]) -> dict[str, str]:
    """What is added to the environment of git: it starts nothing of the repository's own, and asks nobody anything."""
    found = {
        "GIT_ALLOW_PROTOCOL": "none",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "LANGUAGE": "C",
        "LC_ALL": "C",
    }
    given = os.environ.get("GIT_CONFIG_COUNT", "")
    first = int(given) if given.isdecimal() else 0
    own = (("core.fsmonitor", "false"), ("core.hooksPath", os.devnull), *settings)
    for number, (key, value) in enumerate(own, first):
        found[f"GIT_CONFIG_KEY_{number}"] = key
        found[f"GIT_CONFIG_VALUE_{number}"] = value
    found["GIT_CONFIG_COUNT"] = str(first + len(own))
    return found


def own_index(home: str) -> dict[str, str]:
    """The index that a hook of git is told to read, as an absolute path; the repository's own for one of another."""
    told = os.environ.get("GIT_INDEX_FILE")
    if not told:
        return {}
    index, folder = os.path.realpath(told), os.path.realpath(home)
    return {"GIT_INDEX_FILE": index if index.startswith(f"{folder}{os.sep}") else f"{home}/index"}


def git_folder(root: str) -> str | None:
    """Where a repository keeps its own files: `.git`, or what the file of that name says in a linked work tree."""
    mark = f"{root}/.git"
    if os.path.isdir(mark):
        return mark
    try:
        with open(mark, encoding="utf-8", errors="surrogateescape") as file:
            word, _, place = file.read(4_000).rstrip("\n").partition(": ")
    except OSError:
        return None
    return os.path.join(root, place) if word == "gitdir" else None


def tagged(output: bytes) -> Iterator[tuple[str, str, str | None, str]]:
    """Tag, path, blob and kind of each record that `WORKTREE` lists; no blob for what is not tracked."""
    for record in output.decode("utf-8", "surrogateescape").split("\0")[:-1]:
        tag, _, rest = record.partition(" ")
        yield tag, *((rest, None, "file") if tag == "?" else staged(rest))


def staged(record: str) -> tuple[str, str | None, str]:
    """Path, blob and kind: `mode type id<TAB>path` of a commit, `mode id stage<TAB>path` of the index; ValueError for neither."""
    fields, _, path = record.partition("\t")
    mode, *rest = fields.split(" ")
    if len(rest) != 2 or not path:
        raise ValueError(f"no record of git: {record[:80]}")
    return path, rest[-1] if rest[0] in ("blob", "commit") else rest[0], KINDS.get(mode, "file")

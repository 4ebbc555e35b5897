"""What `check` can say without argument parser, database or parser of code: an answer given before, or that there is no call.

Everything here is a short cut. Where anything is unusual it says None, and the command runs as if this did not exist.
"""

from __future__ import annotations

import os
import sys
import time

from costgate.store.answers import CONFIGS, TOLD, Answers, content, is_told, listed, packed, unpacked
from costgate.store.folder import cache_folder
from costgate.store.inside import Inside
from costgate.store.root import top_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

HUGE = 60_000_000
_VALUED = {"--fail-on": ("error", "warning", "info", "never"), "--persona": ("default", "strict", "auditor")}
_QUIET = ("--quiet", "-q")
_SEEN_BY = ("COLUMNS", "NO_COLOR", "FORCE_COLOR", "TERM", "GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITLAB_CI", "CI_PROJECT_URL")


def answered(words: Sequence[str]) -> int | None:
    """Say what an earlier run said, or nothing where no file can hold a call; the exit code. None: it has to be run."""
    files = plain_files(words)
    try:
        if not files or not all(os.path.isfile(each) for each in files):
            return None
        here = os.path.realpath(os.getcwd())
        top = top_of(here)
        answers = Answers(cache_folder())
        found = answers.get("answer", *_asked(words, files, here))
        if found is not None and len(found) == 5 and _holds(answers, here, top, found):
            _say(found[4])
            return int(found[0])
        return 0 if _is_idle(answers, files, top or here) else None
    except (OSError, ValueError, LookupError):  # the cache is damaged in a way of its own
        return None


def _asked(words: Sequence[str], files: Sequence[str], here: str) -> list[str]:
    """What an answer is an answer to: the command, where, what its files are, the day, and how it is looked at."""
    seen = sys.stdout is not None and sys.stdout.isatty()
    looks = [f"{name}={os.environ.get(name)}" for name in _SEEN_BY]
    if seen:
        looks.append(repr(_columns()))
    real = [os.path.realpath(each) for each in files]
    return [*words, "", *real, "", here, time.strftime("%Y-%m-%d", time.gmtime()), str(seen), *looks]


def keep(words: Sequence[str], code: int, text: str, rest: Mapping[str, str], names: str, told: Mapping[str, str]) -> None:
    """Keep an answer with what it rests on: names and contents of the tree, and what configured the run."""
    parts = [b"%d" % code, names.encode(), packed(rest), packed(told), text.encode("utf-8", "replace")]
    files = plain_files(words)
    if files:
        Answers(cache_folder()).put(parts, "answer", *_asked(words, files, os.path.realpath(os.getcwd())))


def keep_screen(needles: Iterable[bytes], folders: Iterable[str]) -> None:
    """Keep the texts of which a file with a call has one at least, and the hidden folders that count in a tree."""
    parts = [b"%d" % len(list(folders)), *(each.encode() for each in folders), *needles]
    Answers(cache_folder()).put(parts, "screen")


def keep_valid(root: str, told: Mapping[str, str], rest: Mapping[str, str]) -> None:
    """Keep that a configuration was found in order, with the files that it rests on."""
    day = time.strftime("%Y-%m-%d", time.gmtime())
    Answers(cache_folder()).put([packed(told), packed(rest)], "valid", root, day)


def _holds(answers: Answers, here: str, top: str | None, found: Sequence[bytes]) -> bool:
    """Whether all that an answer rests on is as it was."""
    root = top or here
    _, names, contents, told, _ = found
    if not is_told(root, unpacked(told)):
        return False
    folders: frozenset[str] = frozenset()
    if top is None:
        screen = answers.get("screen")
        if screen is None:
            return False
        folders = frozenset(each.decode() for each in screen[1 : 1 + int(screen[0])])
    inside = Inside(root)
    if any(content(inside, path) != each for path, each in unpacked(contents).items()):
        return False
    return listed(root, folders, top is not None) == names.decode()


def _is_idle(answers: Answers, files: Sequence[str], root: str) -> bool:
    """Whether no file can hold a call or be one that calls read, and whatever configures the run is known to be in order."""
    if not all(each.endswith(".py") for each in files):
        return False
    screen = answers.get("screen")
    if screen is None or not _in_order(answers, root):
        return False
    needles = screen[1 + int(screen[0]) :]
    return not any(_may_matter(each, needles) for each in files)


def plain_files(words: Sequence[str]) -> list[str] | None:
    """The files given, where nothing else is but options that change nothing as long as there is nothing to say."""
    files: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        name, equals, value = word.partition("=")
        if name in _VALUED:
            value = value if equals else rest.pop(0) if rest else ""
            if value not in _VALUED[name]:
                return None
        elif word.startswith("-") and word not in _QUIET:
            return None
        elif word not in _QUIET:
            files.append(word)
    return files


def _may_matter(file: str, needles: Iterable[bytes]) -> bool:
    with open(file, "rb") as opened:
        data = opened.read(HUGE + 1)
    return len(data) > HUGE or b"costgate:" in data or any(needle in data for needle in needles)


def _in_order(answers: Answers, root: str) -> bool:
    """Whether nothing configures the run, or what does was found in order before and is as it was."""
    named = (f"{root}/{name}" for name in (TOLD, *CONFIGS[:-1]))
    if any(map(os.path.lexists, named)) or _is_project(root):
        found = answers.get("valid", root, time.strftime("%Y-%m-%d", time.gmtime()))
        inside = Inside(root)
        return (
            found is not None
            and len(found) == 2
            and is_told(root, unpacked(found[0]))
            and all(content(inside, path) == each for path, each in unpacked(found[1]).items())
        )
    return True


def _is_project(root: str) -> bool:
    """Whether pyproject.toml may hold a table of ours."""
    try:
        with open(f"{root}/pyproject.toml", "rb") as file:
            return b"costgate" in file.read()
    except FileNotFoundError:
        return False


def _columns() -> tuple[int, int]:
    try:
        return tuple(os.get_terminal_size(1))  # type: ignore[return-value]
    except OSError:
        return (0, 0)


def _say(text: bytes) -> None:
    if not text or sys.stdout is None:
        return
    from costgate.terminal import say

    say(text.decode().rstrip("\n"))

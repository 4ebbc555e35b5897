"""Globs over the paths of a tree, the same everywhere in the configuration.

`*` and `?` stay within a folder, `**` as a whole folder name crosses folders, `[ab]` and `[!ab]` are sets. A glob
without a slash matches the file name in any folder; one that ends in a slash, everything below that folder; one that
starts with a slash is held to the root. Matching takes time proportional to glob times path, whatever the glob.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import TypeAlias

_Part: TypeAlias = "re.Pattern[str] | None"
"""What matches one folder or file name; None is `**`."""
_NOTHING = re.compile(r"(?!)")


def matches(path: str, globs: Iterable[str]) -> bool:
    """Whether a POSIX path relative to the root matches one of the globs."""
    names = path.split("/")
    return any(_match(_compile(glob), names) for glob in globs)


def site_matches(path: str, function: str, sites: str) -> bool:
    """Whether a call in `function` ("" at module level) of `path` is one of `sites`: a glob on path::function.

    Without "::" every call of the matching files is meant; in the function part `*` crosses dots.
    """
    file_glob, separator, function_glob = sites.partition("::")
    if not matches(path, (file_glob,)):
        return False
    return not separator or _name(function_glob).match(function) is not None


def literal(path: str) -> str:
    """The glob that matches exactly this path (or, when it ends in a slash, what lies below it)."""
    return "/" + re.sub(r"[*?\[]", r"[\g<0>]", path.removeprefix("/"))


def _match(parts: tuple[_Part, ...], names: list[str]) -> bool:
    at = name = 0
    retry: tuple[int, int] | None = None
    while name < len(names):
        part = parts[at] if at < len(parts) else _NOTHING
        if part is None:
            at, retry = at + 1, (at + 1, name)
        elif part.match(names[name]):
            at, name = at + 1, name + 1
        elif retry:
            at, name = retry[0], retry[1] + 1
            retry = (at, name)
        else:
            return False
    return all(part is None for part in parts[at:])


@lru_cache(maxsize=2048)
def _compile(glob: str) -> tuple[_Part, ...]:
    names = glob.removeprefix("/").split("/")
    if names[-1] == "":
        names[-1] = "**"
    if len(names) == 1 and not glob.startswith("/"):
        names.insert(0, "**")
    if names[-1] == "**":
        names.append("*")
    return tuple(None if name == "**" else _name(name) for name in names)


@lru_cache(maxsize=2048)
def _name(glob: str) -> re.Pattern[str]:
    """One name as a pattern. What follows a star is taken at its first place, which needs no backtracking."""
    stretches = [""]
    at = 0
    while at < len(glob):
        if glob[at] == "*":
            stretches.append("")
            at += 1
        elif glob[at] == "[" and (end := glob.find("]", at + 2)) > 0:
            stretches[-1] += _set(glob[at + 1 : end])
            at = end + 1
        else:
            stretches[-1] += "." if glob[at] == "?" else re.escape(glob[at])
            at += 1
    if len(stretches) == 1:
        return re.compile(stretches[0] + r"\Z", re.DOTALL)
    first, *between, last = stretches
    middle = "".join(f"(?>.*?{stretch})" for stretch in between if stretch)
    return re.compile(rf"{first}{middle}.*{last}\Z", re.DOTALL)


def _set(inside: str) -> str:
    negated = len(inside) > 1 and inside[0] in "!^"
    body = re.sub(r"[\\\[\]^&~|]", r"\\\g<0>", inside[1:] if negated else inside)
    try:
        re.compile(f"[{body}]")
    except re.error:  # a range written backwards: its ends and the hyphen as they stand
        body = body.replace("-", r"\-")
    return f"[^{body}]" if negated else f"[{body}]"

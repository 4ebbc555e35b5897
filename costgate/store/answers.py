"""Answers of earlier checks, each with all that it rests on, given again only where none of that has changed.

One small file for each, so that a hook which has nothing new to say loads neither a database nor a parser. Whatever is
wrong with such a file makes it a miss. What is kept rests on the bytes of everything that was read, on the names of all
files of the tree, and on the code and data of this package; nothing is trusted for its time of change alone but the
package's own files.
"""

from __future__ import annotations

import hashlib
import os
import sys

from costgate.store.inside import Inside
from costgate.store.plumbing import WORKTREE, environment, git_folder, own_index, tagged

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MOST = 600
"""Files in the folder of answers; beyond that the half written longest ago goes."""
CONFIGS = ("costgate.yaml", "costgate.yml", "pyproject.toml")
TOLD = ".costgate"
_MARK = b"costgate answer 1"
_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_LARGEST = 50_000_000


def digest(*parts: bytes) -> str:
    """A digest of several pieces, each told apart from its neighbours."""
    state = hashlib.sha256()
    for part in parts:
        state.update(b"%d:" % len(part))
        state.update(part)
    return state.hexdigest()


def made_by() -> str:
    """A digest of what makes answers: the interpreter, this package's files by size and time, what is installed."""
    found = [sys.version.encode(), _PACKAGE.encode(errors="surrogateescape")]
    folders = [_PACKAGE]
    if not os.path.isdir(f"{_PACKAGE}/_rules"):
        folders.append(f"{os.path.dirname(_PACKAGE)}/rules")
    while folders:
        try:
            members = sorted(os.scandir(folders.pop()), key=lambda member: member.name)
        except OSError:
            continue
        for member in members:
            if member.is_dir():
                folders += [] if member.name == "__pycache__" else [member.path]
            else:
                status = member.stat()
                found.append(f"{member.path}\0{status.st_size}\0{status.st_mtime_ns}".encode(errors="surrogateescape"))
    for folder in sys.path:
        try:
            found.append(b"%d" % os.stat(folder).st_mtime_ns)
        except OSError:
            found.append(b"")
    return digest(*found)


class Answers:
    """The answers in a folder, under what made them."""

    def __init__(self, folder: str) -> None:
        self.folder = f"{folder}/answers"
        self.maker = made_by()

    def get(self, *asked: str) -> list[bytes] | None:
        """The parts that were kept for what is asked."""
        try:
            with open(self._path(asked), "rb") as file:
                data = file.read(_LARGEST)
        except OSError:
            return None
        head, _, body = data.partition(b"\n")
        if head != _MARK + b" " + digest(body).encode():
            return None
        parts, at = [], 0
        while at < len(body):
            end = body.index(b":", at)
            size = int(body[at:end])
            parts.append(body[end + 1 : end + 1 + size])
            at = end + 1 + size
        return parts

    def put(self, parts: Sequence[bytes], *asked: str) -> None:
        """Keep parts for what is asked. Not to be able to is no failure."""
        body = b"".join(b"%d:" % len(part) + part for part in parts)
        path = self._path(asked)
        draft = f"{path}.{os.getpid()}"
        try:
            os.makedirs(self.folder, 0o700, exist_ok=True)
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(_MARK + b" " + digest(body).encode() + b"\n" + body)
            os.replace(draft, path)
            self._shrink()
        except OSError:
            _remove(draft)

    def _path(self, asked: Iterable[str]) -> str:
        return f"{self.folder}/{digest(self.maker.encode(), *(each.encode(errors='surrogateescape') for each in asked))}"

    def _shrink(self) -> None:
        with os.scandir(self.folder) as members:
            files = sorted((member.stat().st_mtime_ns, member.path) for member in members)
        for _, path in files[: len(files) // 2] if len(files) > MOST else ():
            _remove(path)


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return


def names_of(entries: Iterable[tuple[str, str, str | None]]) -> str:
    """A digest of the names of a tree: path and kind of every entry, and the blob of what is not on disk."""
    lines = sorted(f"{path}\0{kind}\0{blob or ''}" for path, kind, blob in entries)
    return digest("\n".join(lines).encode(errors="surrogateescape"))


def listed(root: str, folders: frozenset[str], git: bool) -> str | None:
    """The names of the files in a repository's work tree, or in a folder; None where that cannot be told this way.

    `folders`: hidden folders that count in a folder of no repository.
    """
    inside = Inside(root)
    found: list[tuple[str, str, str | None]] = []
    if not git:
        for path in inside.walk(folders):
            there = inside.at(path)
            if there is not None:
                found.append((path.rstrip("/"), there[0] if path.endswith("/") else _kind(there[0]), None))
        return names_of(found)
    output = _printed(root)
    if output is None:
        return None
    seen: dict[str, tuple[str, str, str | None]] = {}
    try:
        rows = list(tagged(output))
    except ValueError:  # git answers what makes no sense, which whoever asks in full is told
        return None
    for tag, path, blob, kind in rows:
        there = inside.at(path)
        if there is not None:
            name = path if there[0] != "folder" else path.rstrip("/")
            seen[name] = (name, _kind(there[0]), None)
        elif tag == "S":
            seen[path] = (path, kind, blob)
    return names_of(seen.values())


def _kind(kind: str) -> str:
    return "submodule" if kind == "folder" else kind


def _printed(root: str) -> bytes | None:
    """What git lists of a work tree; None where it cannot be asked without more ado."""
    told = os.environ
    if not hasattr(os, "posix_spawnp") or any(name in told for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR")):
        return None
    home = git_folder(root)
    if home is None:
        return None
    around = {**told, **environment(), **own_index(home)}
    reading, writing = os.pipe()
    nowhere = os.open(os.devnull, os.O_RDWR)
    try:
        actions = [(os.POSIX_SPAWN_DUP2, nowhere, 0), (os.POSIX_SPAWN_DUP2, writing, 1), (os.POSIX_SPAWN_DUP2, nowhere, 2)]
        child = os.posix_spawnp("git", ["git", "-C", root, *WORKTREE], around, file_actions=actions)
    except OSError:
        os.close(reading)
        return None
    finally:
        os.close(writing)
        os.close(nowhere)
    with os.fdopen(reading, "rb") as file:
        output = file.read()
    _, status = os.waitpid(child, 0)
    return output if status == 0 else None


def content(inside: Inside, path: str) -> str:
    """A digest of a file's bytes, "" for one that is not there or cannot be read."""
    try:
        return digest(inside.read(path))
    except (OSError, KeyError):
        return ""


def told_by(root: str, further: Iterable[str] = ()) -> dict[str, str]:
    """The files that may configure a run, with the digest of each: those of the root, `further` ones, all of `.costgate`."""
    found = {name: _loose(f"{root}/{name}") for name in (*CONFIGS, *further)}
    folders = [TOLD]
    while folders:
        folder = folders.pop()
        try:
            members = list(os.scandir(f"{root}/{folder}"))
        except OSError:
            continue
        for member in members:
            path = f"{folder}/{member.name}"
            if member.is_dir(follow_symlinks=False):
                folders.append(path)
            else:
                found[path] = _loose(f"{root}/{path}")
    return found


def is_told(root: str, told: Mapping[str, str]) -> bool:
    """Whether what configured a run is as it was."""
    return told_by(root, [path for path in told if not path.startswith(f"{TOLD}/")]) == told


def _loose(path: str) -> str:
    """A digest of what stands at a path, links followed as the configuration's reader does; "" for nothing."""
    try:
        with open(path, "rb") as file:
            return digest(os.path.realpath(path).encode(errors="surrogateescape"), file.read(_LARGEST))
    except OSError:
        return "?" if os.path.lexists(path) else ""


def packed(rest: Mapping[str, str]) -> bytes:
    """Paths with their digests, as bytes."""
    return b"\0".join(f"{path}\0{each}".encode(errors="surrogateescape") for path, each in sorted(rest.items()))


def unpacked(data: bytes) -> dict[str, str]:
    """Paths with their digests again."""
    words = data.decode(errors="surrogateescape").split("\0") if data else []
    return dict(zip(words[::2], words[1::2], strict=True))

"""Repositories: which commits to look at, and a commit, the index or the work tree as a tree of files.

Only plumbing that runs nothing of the repository's own: no hook, filter, pager, fsmonitor, diff driver or network.
"""

from __future__ import annotations

import errno
import os
import re
import subprocess
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from costgate.model.error import UserError
from costgate.model.tree import Entry
from costgate.store.forked import of_this_process
from costgate.store.plumbing import WORKTREE, environment, own_index, staged, tagged
from costgate.store.root import find_root
from costgate.store.trees import MAX_BYTES, Folder, closed

__all__ = ["Repository", "find_root", "open_repository"]
PATIENCE = 600
"""Seconds after which a git that does not answer is ended. A work tree on a slow network share may take minutes."""
_CLOSED = re.compile(r"^warning: could not open directory '(.+)/(?:': .*|[^/]*)$", re.MULTILINE)
"""A folder that git passes over; of a long line it leaves out the end."""
_BASES = ("remotes/origin/HEAD", "remotes/origin/main", "remotes/origin/master", "heads/main", "heads/master")


def open_repository(root: Path) -> Repository:
    """The repository whose top level is `root`; UserError when there is none that git accepts."""
    repository = Repository(root)
    repository.check()
    return repository


class Repository:
    """One repository. Close it, or use it in a `with`, to end the process that reads its objects."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._index: dict[str, str] = {}
        self._objects: subprocess.Popen[bytes] | None = None
        of_this_process(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the process that reads objects."""
        process, self._objects = self._objects, None
        if process is not None:
            process.kill()
            process.communicate()

    def left_behind(self) -> object:
        """Start another process that reads objects; that of the parent would mix up the answers."""
        process, self._objects = self._objects, None
        return process

    def run(self, *arguments: str, settings: tuple[tuple[str, str], ...] = ()) -> tuple[int, bytes, str]:
        """Exit status, output and error output of one git command, with some of git's settings overridden."""
        try:
            done = subprocess.run(
                ["git", *arguments],
                cwd=self.root,
                env=self._environment(*settings),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=PATIENCE,
            )
        except (FileNotFoundError, PermissionError) as error:
            raise UserError("git is not installed, or not on the PATH") from error
        except subprocess.TimeoutExpired as error:
            raise self._silent(arguments[0]) from error
        if done.returncode < 0:  # ended by a signal: whatever it printed until then is not the answer
            hint = f"signal {-done.returncode} ended it; memory may have run out"
            raise UserError(f"git {arguments[0]} was ended before it answered", where=os.fspath(self.root), hint=hint)
        return done.returncode, done.stdout, _text(done.stderr)

    def _silent(self, what: str) -> UserError:
        hint = "run the same git command by hand; a lock or a slow disk may hold it up"
        return UserError(f"git {what} did not answer in {PATIENCE:g} seconds", where=os.fspath(self.root), hint=hint)

    def _environment(self, *settings: tuple[str, str]) -> dict[str, str]:
        return {**os.environ, **environment(*settings), **self._index}

    def listing(self, *arguments: str) -> list[str]:
        """The NUL-separated records that a git command prints; UserError when it fails."""
        return _text(self.printed(*arguments)).split("\0")[:-1]

    def printed(self, *arguments: str) -> bytes:
        """What a git command that lists files prints; UserError when it fails."""
        return self.warned(*arguments)[0]

    def warned(self, *arguments: str) -> tuple[bytes, str]:
        """The same, and of what it warns beside that."""
        status, output, complaint = self.run(*arguments)
        if status:
            raise UserError("git cannot list the files", where=os.fspath(self.root), hint=_first_line(complaint))
        return output, complaint

    def check(self) -> None:
        """Raise a UserError unless git itself takes `root` for the top level of a repository."""
        where = os.fspath(self.root)
        if not os.access(self.root, os.X_OK) or not self.root.is_dir():  # git would be run in the current folder
            raise UserError("not a git repository", where=where)
        status, output, complaint = self.run("rev-parse", "--show-toplevel")
        if "dubious ownership" in complaint:
            hint = f"git config --global --add safe.directory {where}"
            raise UserError("git does not trust this repository: it belongs to another user", where=where, hint=hint)
        if status:
            raise UserError("not a git repository", where=where, hint=_first_line(complaint))
        if b"\0" in output or os.path.realpath(_text(output).removesuffix("\n")) != os.path.realpath(self.root):
            hint = "unset GIT_DIR and GIT_WORK_TREE" if "GIT_DIR" in os.environ else "give its top level"
            raise UserError("not the top level of the repository that git sees here", where=where, hint=hint)
        if os.environ.get("GIT_INDEX_FILE"):
            home = _text(self.run("rev-parse", "--absolute-git-dir")[1]).removesuffix("\n")
            self._index = own_index(home)

    def resolve(self, ref: str) -> str:
        """The commit id that a ref names; UserError when it names none."""
        status, output, _ = self.run("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")
        if not status:
            return _id(output)
        if self.head() is None and ref in ("HEAD", "@"):
            raise UserError("the repository has no commits yet", where=os.fspath(self.root))
        hint = "see git branch --all and git log"
        if self.is_shallow():
            hint = "the clone is shallow: check out with fetch-depth: 0, or run git fetch --unshallow"
        elif re.fullmatch(r"\w[\w./-]*", ref) and self.run("remote")[1]:
            hint = f"git fetch origin {ref.removeprefix('origin/')}"
        raise UserError(f'unknown ref "{ref}"', hint=hint)

    def head(self) -> str | None:
        """The commit that is checked out; None before the first one."""
        status, output, _ = self.run("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        return None if status else _id(output)

    def merge_base(self, one: str, other: str) -> str:
        """The commit where two histories part; UserError when the clone does not hold one."""
        status, output, complaint = self.run("merge-base", self.resolve(one), self.resolve(other))
        if not status:
            return _id(output)
        if self.is_shallow():
            raise UserError(
                f"the clone is too shallow to hold the merge base of {one} and {other}",
                hint="check out with fetch-depth: 0, or run git fetch --unshallow",
            )
        if status == 1:
            raise UserError(f"{one} and {other} have no common history", hint="give another --base")
        raise UserError(f"git cannot compare {one} and {other}", hint=_first_line(complaint))

    def default_base(self) -> str:
        """The branch that changes go to: the remote's default branch, else main or master."""
        names = [f"refs/{name}" for name in _BASES]
        _, output, _ = self.run("for-each-ref", "--format=%(refname)", *names)
        found = _text(output).split()
        for name in names:
            if name in found:
                return name.removeprefix("refs/").removeprefix("remotes/").removeprefix("heads/")
        raise UserError(
            "there is no branch to compare with", where=os.fspath(self.root), hint="give one with --base REF"
        )

    def is_shallow(self) -> bool:
        """Whether the history is cut off."""
        return _text(self.run("rev-parse", "--is-shallow-repository")[1]).strip() == "true"

    def is_dirty(self) -> bool:
        """Whether the work tree or the index differs from the head, files not yet added included."""
        status, drivers, complaint = self.run("config", "-z", "--name-only", "--get-regexp", r"^filter\..")
        if status not in (0, 1):  # 1: there are none. Those that are not known could not be switched off
            raise UserError("git cannot read its settings", where=os.fspath(self.root), hint=_first_line(complaint))
        names = {name.rpartition(".")[0] for name in _text(drivers).split("\0")[:-1]}
        off = (("clean", ""), ("process", ""), ("required", "false"))
        settings = tuple((f"{name}.{key}", value) for name in sorted(names) for key, value in off)
        arguments = ("--porcelain", "-z", "--untracked-files=normal", "--ignore-submodules=all", "--no-renames")
        status, output, complaint = self.run("status", *arguments, settings=settings)
        if status:
            raise UserError("git cannot read the work tree", where=os.fspath(self.root), hint=_first_line(complaint))
        return bool(output)

    def is_ignored(self, path: Path) -> bool:
        """Whether git ignores a file or folder below the root."""
        return self.run("check-ignore", "--quiet", "--", os.fspath(path.absolute()))[0] == 0

    def commit_time(self, commit: str) -> int:
        """When a commit was made, in seconds since 1970."""
        data = self.read_object(self.resolve(commit))
        found = re.search(rb"^committer .*> (\d+) [+-]\d+$", data, re.MULTILINE)
        return int(found[1]) if found else 0

    def trailers(self, base: str, head: str, key: str) -> list[tuple[str, str]]:
        """(commit, text) of every trailer of that key in the commits that `head` has and `base` has not."""
        form = f"--format=%H%x1f%(trailers:key={key},valueonly,unfold,separator=%x1f)"
        status, output, complaint = self.run("log", "-z", "--max-count=1000", form, "--end-of-options", f"{base}..{head}")
        if status:
            raise UserError("git cannot list the commits", where=os.fspath(self.root), hint=_first_line(complaint))
        said = (record.strip("\n").split("\x1f") for record in _text(output).split("\0") if record.strip())
        return [(commit, text) for commit, *texts in said for text in texts if text.strip()]

    def name(self) -> str:
        """owner/name as the remote "origin" has it, without host or credentials; else the folder's name."""
        _, output, _ = self.run("config", "--get", "remote.origin.url")
        return repository_name(_text(output).strip()) or Path(os.path.realpath(self.root)).name

    def commit(self, ref: str, label: str = "") -> BlobTree:
        """The files of a commit."""
        found = self.resolve(ref)
        tree = BlobTree(self, ("ls-tree", "-r", "-z", "--full-tree", found), label or ref)
        if not tree.entries() and self.read_object(f"{found}^{{tree}}"):
            raise nonsense("ls-tree")
        return tree

    def index(self) -> BlobTree:
        """The files as they are staged."""
        if self.listing("ls-files", "-z", "--unmerged"):
            raise UserError("the index holds a merge with conflicts", hint="resolve and add them first")
        return BlobTree(self, ("ls-files", "-z", "--stage"), "index")

    def worktree(self) -> WorkTree:
        """The files as they are on disk."""
        return WorkTree(self)

    def read_object(self, name: str) -> bytes:
        """The content of an object; OSError when this clone does not hold it."""
        if self._objects is None:
            self._objects = subprocess.Popen(
                ["git", "cat-file", "--batch"],
                cwd=self.root,
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            )
        process = self._objects
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(f"{name}\n".encode())
            process.stdin.flush()
            if not _answers(process.stdout):
                self.close()
                raise self._silent("cat-file")
            header = process.stdout.readline().split()
            if len(header) == 3 and not header[2].isdigit():
                self.close()
                raise nonsense("cat-file")
            if len(header) == 3 and int(header[2]) <= MAX_BYTES:
                size = int(header[2])
                data: bytes = process.stdout.read(size + 1)
                if len(data) == size + 1:
                    return data[:-1]
        except BrokenPipeError:
            header = []
        # what it wrote to its error output is never read, so it may not go on: a full pipe would stop it
        self.close()
        if len(header) == 3 and int(header[2]) > MAX_BYTES:
            raise OSError(errno.EFBIG, f"larger than {MAX_BYTES:,} bytes")
        raise OSError(errno.ENOENT, "not in this clone")


class BlobTree:
    """A commit or the index: files whose content stands in the object store. Nothing is checked out."""

    def __init__(self, repository: Repository, arguments: tuple[str, ...], label: str) -> None:
        self.label = label
        self._repository = repository
        self._arguments = arguments

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        return _by_path([_blob_entry(record) for record in self._repository.listing(*self._arguments)])

    def entries(self) -> tuple[Entry, ...]:
        """Every file, sorted by path."""
        return tuple(self._entries.values())

    def read(self, path: str) -> bytes:
        """The bytes of one file: KeyError when there is no such file, OSError when it cannot be read."""
        return _read_blob(self._repository, self._entries[path])

    def __contains__(self, path: str) -> bool:
        return path in self._entries


class WorkTree:
    """The files on disk that are tracked, or not ignored. What a sparse checkout leaves out is read from the index."""

    def __init__(self, repository: Repository, label: str = "worktree") -> None:
        self.label = label
        self._repository = repository
        self._folder = Folder(repository.root)

    @cached_property
    def _entries(self) -> dict[str, Entry]:
        output, complaint = self._repository.warned(*WORKTREE)
        found = [closed(path) for path in _CLOSED.findall(complaint)]
        for tag, path, blob, kind in _tagged(output):
            on_disk = self._folder.entry(path)
            if on_disk is not None:
                found.append(on_disk)
            elif tag == "S":
                found.append(Entry(path, blob, None, kind))
        return _by_path(found)

    def entries(self) -> tuple[Entry, ...]:
        """Every file, sorted by path. Disk and index may differ, so only what is not on disk has a blob."""
        return tuple(self._entries.values())

    def read(self, path: str) -> bytes:
        """The bytes of a file on disk, listed or not: KeyError when there is none, OSError when it cannot be read."""
        try:
            return self._folder.read(path)
        except KeyError:
            if path not in self._entries:
                raise
        if self._entries[path].blob is None:
            raise OSError(errno.ENOENT, "vanished while the tree was read", path)
        return _read_blob(self._repository, self._entries[path])

    def __contains__(self, path: str) -> bool:
        return path in self._entries


def repository_name(url: str) -> str | None:
    """owner/name from the URL of a remote; None from a local path or anything else without an owner."""
    found = re.fullmatch(r"(?:(?!file:)[\w.+-]+://[^/]+/|[^/@:]*@?[^/:@]{2,}:(?!//))/*([^?#]+?)(?:\.git)?/*", url)
    name = found[1] if found else ""
    return name if re.fullmatch(r"[\w.~-]+(?:/[\w.~-]+)+", name) else None


def _read_blob(repository: Repository, entry: Entry) -> bytes:
    if entry.kind != "file" or entry.blob is None:
        raise OSError(errno.EINVAL, f"a {entry.kind}, which is not followed", entry.path)
    try:
        return repository.read_object(entry.blob)
    except OSError as error:
        raise OSError(error.errno, error.strerror, entry.path) from error


def _blob_entry(record: str) -> Entry:
    try:
        path, blob, kind = staged(record)
    except ValueError:
        raise nonsense("ls-tree or ls-files") from None
    return Entry(path, blob, None, kind)


def _tagged(output: bytes) -> list[tuple[str, str, str | None, str]]:
    try:
        return list(tagged(output))
    except ValueError:
        raise nonsense("ls-files") from None


def _by_path(entries: list[Entry]) -> dict[str, Entry]:
    return {entry.path: entry for entry in sorted(entries, key=lambda entry: entry.path)}


def _answers(stream: IO[bytes]) -> bool:
    """Whether something is to be read before patience ends; where that cannot be asked, it is taken for granted."""
    import select

    if not hasattr(select, "poll"):
        return True
    waiting = select.poll()
    waiting.register(stream, select.POLLIN)
    return bool(waiting.poll(PATIENCE * 1000))


def nonsense(what: str) -> UserError:
    """What git printed cannot be."""
    return UserError(f"git {what} answers what makes no sense", hint="is the git on the PATH a real one?")


def _id(output: bytes) -> str:
    found = _text(output).strip()
    if not re.fullmatch(r"[0-9a-f]{40,64}", found):
        raise nonsense("rev-parse")
    return found


def _text(output: bytes) -> str:
    return output.decode("utf-8", "surrogateescape")


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0]

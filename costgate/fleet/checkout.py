"""A clone of a repository for the time of one audit, and the stamp that tells whether what is read changed meanwhile."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from costgate.model.error import UserError

# Nothing of the repository's own runs: no hook, filter or submodule; a password is never asked for.
_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "protocol.ext.allow": "never",
    "filter.lfs.smudge": "",
    "filter.lfs.process": "",
    "filter.lfs.required": "false",
    "credential.interactive": "never",
    "advice.detachedHead": "false",
}
_ENVIRONMENT = {"GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1", "GIT_ASKPASS": "true", "SSH_ASKPASS": "true"}


def clone(source: str, ref: str | None, folder: Path, timeout: float) -> str:
    """Fetch one commit of `source` into `folder` and return its name; UserError with git's reason."""
    folder.mkdir(parents=True)
    _git(folder, timeout, "init", "--quiet", "--template=")
    _git(
        folder,
        timeout,
        "fetch",
        "--quiet",
        "--depth=1",
        "--no-tags",
        "--no-recurse-submodules",
        "--",
        source,
        ref or "HEAD",
    )
    _git(folder, timeout, "checkout", "--quiet", "--detach", "FETCH_HEAD")
    return _git(folder, timeout, "rev-parse", "HEAD").strip()


def stamp(folder: Path) -> str:
    """A digest of the names, sizes and times of the files below a folder, git's own left out."""
    seen = sha256()
    for path, size, time in _files(folder):
        seen.update(f"{path}\0{size}\0{time}\n".encode(errors="surrogateescape"))
    return seen.hexdigest()[:16]


def _files(folder: Path) -> Iterator[tuple[str, int, int]]:
    for place, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(files):
            path = Path(place, name)
            try:
                about = os.lstat(path)
            except OSError:  # gone since the folder was listed: the next stamp differs
                continue
            yield os.path.relpath(path, folder), about.st_size, about.st_mtime_ns


def _git(folder: Path, timeout: float, *words: str) -> str:
    settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
    try:
        done = subprocess.run(  # noqa: S603 - a list, and after `--` what is not ours
            ["git", *settings, *words],  # noqa: S607 - the git that the user uses
            cwd=folder,
            env={**os.environ, **_ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise UserError(f"git {words[0]} took more than {timeout:g} seconds") from None
    except FileNotFoundError:
        raise UserError("git is not installed, or not on the PATH") from None
    if done.returncode != 0:
        raise UserError(f"git {words[0]}: {_reason(done.stderr)}")
    return done.stdout


def _reason(told: str) -> str:
    """The line in which git says what is wrong; advice comes after it."""
    lines = [line.strip() for line in told.splitlines() if line.strip()] or ["no reason given"]
    return (
        next((line for line in lines if line.startswith(("fatal:", "error:"))), lines[0]).partition(": ")[2] or lines[0]
    )

"""Where a run takes place: the top of what is read, its repository where there is one, the paths below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from costgate.model.error import UserError
from costgate.model.tree import Tree
from costgate.store.git import Repository, find_root, open_repository
from costgate.store.trees import EditedTree, FolderTree


@dataclass(frozen=True, slots=True)
class Place:
    """The top of what is read, and the repository that it is of, if any."""

    root: Path
    repository: Repository | None

    def tree(self, edited: Mapping[str, bytes] | None = None) -> Tree:
        """What is there on disk. `edited`: what some files would be."""
        found: Tree = self.repository.worktree() if self.repository is not None else FolderTree(self.root)
        return EditedTree(found, edited) if edited else found


@contextmanager
def place_of(paths: Sequence[Path]) -> Iterator[Place]:
    """The repository that the paths lie in, or the folder given when there is none or it is ignored by the one around it."""
    root, repository = _root(paths)
    try:
        yield Place(root, repository)
    finally:
        if repository is not None:
            repository.close()


@contextmanager
def place_at(start: Path) -> Iterator[Place]:
    """The repository that a folder lies in, or the folder."""
    root = find_root(start)
    if root is None:
        yield Place(start, None)
        return
    with open_repository(root) as repository:
        yield Place(root, repository)


def root_of(paths: Sequence[Path]) -> Path:
    """The top of what is read when these are audited."""
    with place_of(paths) as place:
        return place.root


def _root(paths: Sequence[Path]) -> tuple[Path, Repository | None]:
    first = paths[0]
    for path in paths:
        if not path.exists():
            raise UserError("no such file or folder", where=str(path))
    folder = (first if first.is_dir() else first.parent).resolve()
    root = find_root(folder)
    if root is None:
        return folder, None
    repository = open_repository(root)
    if folder != root and repository.is_ignored(folder):
        repository.close()
        return folder, None
    return root, repository


def scopes(root: Path, paths: Sequence[Path]) -> tuple[str, ...]:
    """The paths below the top; none for all of it. UserError for one that lies outside."""
    top, scopes = root.resolve(), []
    for path in paths:
        try:
            scopes.append(path.resolve().relative_to(top).as_posix())
        except ValueError:
            raise UserError(
                "lies outside of what is audited", where=str(path), hint=f"audit {top} on its own"
            ) from None
    return () if "." in scopes else tuple(scopes)


def below(root: Path, files: Sequence[Path]) -> list[str]:
    """Files as paths below the top. UserError for one that is not there, or lies outside."""
    found = []
    for file in files:
        if not file.exists():
            raise UserError("no such file", where=str(file))
        try:
            found.append(file.resolve().relative_to(root.resolve()).as_posix())
        except ValueError:
            raise UserError("lies outside the repository", where=str(file)) from None
    return found

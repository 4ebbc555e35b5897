"""The files of a tree that prompts are read from: text within bounds, never through a link, never outside of the tree."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, field

from costgate.model.error import UserError
from costgate.model.finding import Gap
from costgate.model.tree import Tree
from costgate.model.value import Span

MAX_BYTES = 4_000_000
MAX_INCLUDES = 400
"""Files that one prompt may be put together from, each time counted."""
MAX_DEPTH = 12
MAX_IMPORTS = 2_000
"""The same for what the agent instructions of one tree import."""


class Refused(Exception):
    """A file that is not read, with the reason in words."""


@dataclass
class Shelf:
    """One tree, with what was found wrong on the way. `unread` maps a path to why it was not, or only partly, read."""

    tree: Tree
    unread: dict[str, str] = field(default_factory=dict)
    gaps: dict[tuple[str, int, str], Gap] = field(default_factory=dict)
    aliases: dict[str, dict[str, int]] = field(default_factory=dict)
    """Names of models that a proxy of the tree gives, with what each may stand for, and the line."""
    texts: dict[str, str] = field(default_factory=dict)
    imports: int = 0
    declared: object = None
    """What files of a language of prompt functions declare, once somebody has asked."""
    _links: frozenset[str] | None = None

    def text(self, path: str) -> str:
        """The text of a file of the tree; Refused with the reason."""
        if path not in self.texts:
            self.texts[path] = self._read(path)
        return self.texts[path]

    def _read(self, path: str) -> str:
        if path in self.links:
            raise Refused("a symbolic link, which is not followed")
        try:
            data = self.tree.read(path)
        except KeyError:
            raise Refused("no such file in the tree") from None
        except OSError as error:
            raise Refused(f"it cannot be read: {error.args[-1] if error.args else 'gone'}") from None
        if len(data) > MAX_BYTES:
            raise Refused(f"{len(data):,} bytes are more than is read of a prompt")
        if data.startswith(b"version https://git-lfs"):
            raise Refused("a Git LFS pointer, its content is not here")
        if b"\x00" in data:
            utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
            raise Refused("it is UTF-16, and prompts are read as UTF-8" if utf16 else "it is binary")
        try:
            return data.decode("utf-8-sig").replace("\r\n", "\n")
        except UnicodeDecodeError as error:
            raise Refused(f"it is not UTF-8: byte {error.start:,}") from None

    @property
    def links(self) -> frozenset[str]:
        """The symbolic links of the tree."""
        if self._links is None:
            self._links = frozenset(entry.path for entry in self.tree.entries() if entry.kind == "symlink")
        return self._links

    def gap(self, path: str, line: int, why: str) -> None:
        """Remember something that is not known about a prompt, once."""
        self.gaps.setdefault((path, line, why), Gap("prompt_file", why, Span(path, line)))

    def beside(self, path: str, name: str, places: tuple[str, ...] = ("",)) -> str:
        """The file that a prompt at `path` means by `name`: beside it, in a folder above, at the root. Refused if none.

        `places` are folders tried in each of these, "" for the folder itself.
        """
        if not name or "\0" in name or len(name) > 400:
            raise Refused("it has no usable name")
        if name.startswith(("/", "~")) or ":" in name[:8]:
            raise Refused("it leaves the repository")
        left = 0
        for candidate in self._candidates(path, name, places):
            if candidate.startswith(".."):
                left += 1
            elif candidate in self.tree or candidate in self.links:
                return candidate
        if left and name.startswith(".."):
            raise Refused("it leaves the repository")
        raise Refused("no such file in the tree")

    def _candidates(self, path: str, name: str, places: tuple[str, ...]) -> Iterator[str]:
        folder = posixpath.dirname(path)
        while True:
            for place in places:
                yield posixpath.normpath(posixpath.join(folder, place, name))
            if not folder:
                return
            folder = posixpath.dirname(folder)


def told(error: UserError) -> str:
    """Why strict YAML was refused, without the place, which the gap has."""
    return error.message

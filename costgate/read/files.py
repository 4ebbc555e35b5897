"""The files of one tree as the reader holds them: source, outline and expressions of each, and why one could not be read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence

from costgate.model.tree import Cache, NoCache, Tree
from costgate.read import outline as ol
from costgate.read.expressions import Expressions
from costgate.read.extract import HUGE, left_out, outlines, source_of, unpacked
from costgate.read.modules import Module
from costgate.read.notebook import SUFFIX, notebook, searchable


class Files:
    """What is known of files by now. `handed_over`: names worth noting where they are passed on without being called.

    `can_call`: whether a part of a source may hold a call, which is told where that part is not read.
    """

    def __init__(self, tree: Tree, cache: Cache, handed_over: frozenset[str], can_call: Callable[[bytes, int, int], bool]) -> None:
        self.tree = tree
        self.cache = cache
        self.keeps = not isinstance(cache, NoCache)
        self.unread: dict[str, str] = {}
        """Why files were not read, or not all of them."""
        self.known: dict[str, bytes] = {}
        """The outlines of those outlined so far, packed."""
        self.outlined: set[str] = set()
        """The files whose outlines another process has had."""
        self.expressions = Expressions()
        self.sources: dict[str, bytes] = {}
        """Those of files that are to be outlined, or whose modules are held. The tree has them still."""
        self.sizes: dict[str, int] = {}
        """The bytes of the sources taken up by now, whether or not they are held."""
        self._cells: dict[str, Sequence[tuple[int, int]]] = {}
        self._handed_over = handed_over
        self._mark = f"{ol.VERSION}.{hashlib.sha256(' '.join(sorted(handed_over)).encode()).hexdigest()[:12]}"
        self._can_call = can_call

    def bytes_of(self, path: str) -> bytes | None:
        """What a file holds; None where it cannot be read."""
        try:
            return self.tree.read(path)
        except (OSError, KeyError) as error:
            self.unread[path] = f"it cannot be read: {error.args[-1] if error.args else 'gone'}"
            return None

    def text_of(self, path: str) -> bytes:
        """The source of a file for those who search in it."""
        return self.sources.get(path) or searchable(path, self.bytes_of(path) or b"")

    def size(self, path: str) -> int:
        """The bytes of the source of a file that was taken up, here or by another process."""
        return self.sizes.get(path, 0)

    def take_up(self, path: str, data: bytes) -> bool:
        """Hold the source of a file that is to be outlined; False where there is none."""
        if path.endswith(SUFFIX) and len(data) <= HUGE:
            code = self._notebook(path, data)
            if code is None:
                return False
            data = code
        source, why = source_of(data)
        if why is not None:
            self.unread[path] = why
            return False
        self.sources[path] = source
        self.sizes[path] = len(source)
        return True

    def outline(self, paths: Iterable[str]) -> None:
        """Outline files at once, which worker processes can share."""
        sources = {path: self.sources[path] for path in paths if path not in self.known and self._is_taken_up(path)}
        self.known.update(outlines(sources, self._handed_over, self.cache, self._mark))

    def load(self, path: str) -> Module | None:
        """The module of a file, with the expressions that were read of it before; None where it cannot be read.

        One that was outlined, was let go of and is gone now has nothing in its places.
        """
        if self._is_taken_up(path):
            self.outline([path])
        elif path in self.known:
            self.sources[path] = b""
        else:
            return None
        facts = unpacked(self.known[path])
        module = Module(path, self.sources[path], facts, self._cells.get(path, ()))
        self.expressions.recall(module, self.cache)
        if facts["broken"]:
            self.unread.setdefault(path, f"only partly read: it does not parse at {module.place(facts['broken'][0][0])}")
        for start, end in left_out(module.source):
            if self._can_call(module.source, start, end):
                why = f"the {end - start:,} bytes of the statement at line {module.line(start)} are more than is read"
                self.unread.setdefault(path, f"only partly read: {why}")
        return module

    def drop(self, module: Module) -> None:
        """Keep of a module that is not held any longer what was read of it."""
        self.expressions.keep(module)
        if not module.path.endswith(SUFFIX):  # a notebook takes longer to read again
            self.sources.pop(module.path, None)

    def remember(self) -> None:
        """Leave the expressions to the next run. Only at the end: a module comes and goes often."""
        if self.keeps:
            self.expressions.put(self.cache)

    def read_in_full(self) -> int:
        """How many files were outlined, here or by another process, with nothing left out."""
        return len((self.known.keys() | self.outlined).difference(self.unread))

    def _notebook(self, path: str, data: bytes) -> bytes | None:
        found = notebook(data)
        if found.why is not None or found.partly is not None:
            self.unread[path] = found.why or f"only partly read: {found.partly}"
        self._cells[path] = found.cells
        return found.source if found.why is None else None

    def _is_taken_up(self, path: str) -> bool:
        data = self.bytes_of(path) if path not in self.sources else None
        return path in self.sources or data is not None and self.take_up(path, data)

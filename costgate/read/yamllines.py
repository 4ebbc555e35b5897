"""On which lines of a YAML text a value stands: those of a block begin below its key, and end before the next one."""

from __future__ import annotations

import re
from bisect import bisect_right

from costgate.knowledge.strict import Lines, Path, line_of

_BLOCK = re.compile(r"[|>][+-]?\d?[+-]?\s*(?:#.*)?$")
_WRITTEN = re.compile(r"\s*[^\s#]")


class YamlLines:
    """The lines of one text, as its parser told those of keys and items."""

    def __init__(self, text: str, lines: Lines) -> None:
        self.lines = lines
        self.rows = text.split("\n")
        self.starts = sorted({*lines.values(), len(self.rows) + 1})

    def of(self, keys: Path) -> tuple[int, int]:
        """The first and the last line of a value."""
        line = line_of(self.lines, keys)
        at = bisect_right(self.starts, line)
        last = self.starts[at] - 1 if at < len(self.starts) else line
        while last > line and not _WRITTEN.match(self.rows[last - 1]):
            last -= 1
        first = line + 1 if last > line and _BLOCK.search(self.rows[line - 1]) else line
        return first, last

"""What earlier runs worked out, in one SQLite file per format version.

A cache is never needed: whatever is wrong with it (damaged, locked, read-only, disk full) makes it a miss, switches it off
for the rest of the run and is told once in `problem`. Values are JSON, so a planted file can be wrong but runs nothing.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from pathlib import Path
from types import TracebackType
from typing import Any, Self

FORMAT = 1
MAX_BYTES = 200_000_000
"""Above this size of the file, the entries written longest ago are dropped until three quarters are left."""
_COMPRESSED = 2_000
_MAX_VALUE = 50_000_000
_BATCH = 500
_BUSY_SECONDS = 0.5

_SCHEMA = """
CREATE TABLE IF NOT EXISTS entry (
  kind TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL, written INTEGER NOT NULL,
  PRIMARY KEY (kind, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entry_written ON entry (written);
"""


class SqliteCache:
    """A cache in `folder`, which is made on the first write. Close it, or use it in a `with`, to keep what was put."""

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self.path = folder / f"costgate-{FORMAT}.sqlite"
        self.problem: str | None = None
        self._max_bytes = max_bytes
        self._pending: dict[tuple[str, str], bytes] = {}
        self._connection: sqlite3.Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def get(self, kind: str, key: str) -> Any | None:
        """The remembered JSON value, or None."""
        data = self._pending.get((kind, key))
        if data is None:
            data = self._stored(kind, key)
        return None if data is None else _decode(data)

    def put(self, kind: str, key: str, value: Any) -> None:
        """Remember a JSON value from the next flush on; a value that is no JSON or too large is forgotten."""
        if self.problem is not None:
            return
        data = _encode(value)
        if data is None:
            return
        self._pending[kind, key] = data
        if len(self._pending) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what was put, in one transaction."""
        pending, self._pending = self._pending, {}
        if not pending or self.problem is not None:
            return
        try:
            connection = self._open(create=True)
            with connection:
                (last,) = connection.execute("SELECT coalesce(max(written), 0) FROM entry").fetchone()
                connection.executemany(
                    "INSERT OR REPLACE INTO entry VALUES (?, ?, ?, ?)",
                    [(kind, key, data, last + 1) for (kind, key), data in pending.items()],
                )
            self._shrink(connection)
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)

    def close(self) -> None:
        """Write what was put and let go of the file."""
        self.flush()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

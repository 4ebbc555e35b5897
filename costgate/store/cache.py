"""What earlier runs worked out, in one SQLite file per format version.

A cache is never needed: whatever is wrong with it (damaged, locked, read-only, disk full) makes it a miss, switches it
off for the rest of the run and is told once in `problem`. Values are JSON: a planted file can be wrong but runs nothing.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import zlib
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from costgate.store.forked import of_this_process

FORMAT = 2
MAX_BYTES = 200_000_000
"""Above this size of the file the entries written longest ago are dropped, a quarter at a time."""
_LONG = 2_000
_MAX_VALUE = 50_000_000
_BATCH = 500
_SUM = 4
_BUSY_SECONDS = 0.5
_TABLE = "CREATE TABLE entry (id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, value BLOB NOT NULL)"


class _ForeignFileError(sqlite3.DatabaseError):
    """A database that somebody else made."""


class SqliteCache:
    """A cache in `folder`, which is made on the first write. Close it, or use it in a `with`, to keep what was put."""

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self.path = folder / f"costgate-{FORMAT}.sqlite"
        self.problem: str | None = None
        self._max_bytes = max_bytes
        self._pending: dict[bytes, bytes] = {}
        self._connection: sqlite3.Connection | None = None
        # two threads with one statement between them would take each other's rows
        self._alone = threading.Lock()
        of_this_process(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def get(self, kind: str, key: str) -> Any | None:
        """The remembered JSON value, or None."""
        name = _name(kind, key)
        data = self._pending.get(name) or self._stored(name)
        return None if data is None else _decode(name, data)

    def put(self, kind: str, key: str, value: Any) -> None:
        """Remember a JSON value; one that is no JSON, or too large, is forgotten."""
        if self.problem is not None:
            return
        name = _name(kind, key)
        data = _encode(name, value)
        if data is None:
            return
        self._pending[name] = data
        if len(self._pending) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Write what was put, in one transaction."""
        pending, self._pending = self._pending, {}
        if not pending or self.problem is not None:
            return
        try:
            with self._alone:
                connection = self._connected() or self._created()
                with connection:
                    connection.executemany("INSERT OR REPLACE INTO entry (name, value) VALUES (?, ?)", pending.items())
                self._shrink(connection)
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)

    def close(self) -> None:
        """Write what was put and let go of the file."""
        self.flush()
        self._disconnect()

    def left_behind(self) -> object:
        """Open the file anew; SQLite bears neither to go on with a parent's connection nor to close it."""
        connection, self._connection = self._connection, None
        self._alone = threading.Lock()
        return connection

    def _stored(self, name: bytes) -> bytes | None:
        if self.problem is not None:
            return None
        try:
            with self._alone:
                connection = self._connected()
                if connection is None:
                    return None
                row = connection.execute("SELECT value FROM entry WHERE name = ?", (name,)).fetchone()
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)
            return None
        return row[0] if row is not None and isinstance(row[0], bytes) else None

    def _connected(self) -> sqlite3.Connection | None:
        """The connection to a file that is there and was made by us; None without a file."""
        if self._connection is None and self.path.exists():
            self._connection = _connect(self.path)
            made = self._connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
            if not made:  # another run is just making it
                self._disconnect()
            elif made != [(_TABLE,)]:
                raise _ForeignFileError("not a cache of costgate")
        return self._connection

    def _created(self) -> sqlite3.Connection:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):  # it holds text of prompts, which is nobody else's to read
            os.close(os.open(self.path, os.O_CREAT | os.O_EXCL, 0o600))
        self._connection = connection = _connect(self.path)
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        with connection:
            connection.execute(_TABLE.replace("TABLE", "TABLE IF NOT EXISTS", 1))
        return connection

    def _shrink(self, connection: sqlite3.Connection) -> None:
        pages, free, size = (
            connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
        )
        if (pages - free) * size <= self._max_bytes:
            return
        freed = last = 0
        for number, length in connection.execute("SELECT id, length(name) + length(value) FROM entry ORDER BY id"):
            last, freed = number, freed + length
            if freed >= self._max_bytes // 4:
                break
        with connection:
            connection.execute("DELETE FROM entry WHERE id <= ?", (last,))
        connection.execute("PRAGMA incremental_vacuum").fetchall()

    def _give_up(self, error: Exception) -> None:
        """Switch off for this run. A file that is damaged, or not ours, goes, so that the next run starts afresh."""
        self.problem = f"the cache {self.path} is not used: {error}"
        self._pending = {}
        self._disconnect()
        damaged = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
        if isinstance(error, _ForeignFileError) or getattr(error, "sqlite_errorcode", None) in damaged:
            for name in (self.path.name, f"{self.path.name}-wal", f"{self.path.name}-shm"):
                try:
                    self.path.with_name(name).unlink(missing_ok=True)
                except OSError:
                    return

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except sqlite3.Error as error:
                self.problem = f"the cache {self.path} was not closed: {error}"


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, check_same_thread=False)
    try:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA trusted_schema = OFF")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _name(kind: str, key: str) -> bytes:
    return f"{kind}:{key}".encode(errors="surrogatepass")


def _encode(name: bytes, value: Any) -> bytes | None:
    try:
        data = json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError):
        return None
    if len(data) > _MAX_VALUE:
        return None
    data = b"z" + zlib.compress(data, 1) if len(data) > _LONG else b"j" + data
    return _sum(name, data) + data


def _decode(name: bytes, data: bytes) -> Any | None:
    given, data = data[:_SUM], data[_SUM:]
    if given != _sum(name, data):
        return None
    try:
        text = data[1:] if data[:1] == b"j" else zlib.decompressobj().decompress(data[1:], _MAX_VALUE)
        return json.loads(text)
    except (zlib.error, ValueError, RecursionError):
        return None


def _sum(name: bytes, data: bytes) -> bytes:
    """A damaged byte may leave a value that reads well, such as another number."""
    return zlib.crc32(data, zlib.crc32(name)).to_bytes(_SUM)

"""A cache keeps JSON, and whatever happens to its file only makes it a miss."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
import time
import zlib
from decimal import Decimal
from pathlib import Path

import pytest

from costgate.store.cache import SqliteCache


def filled(folder: Path, **values: object) -> Path:
    with SqliteCache(folder) as cache:
        for key, value in values.items():
            cache.put("kind", key, value)
    return cache.path


def test_a_file_that_another_run_is_just_making(tmp_path: Path) -> None:
    (tmp_path / SqliteCache(tmp_path).path.name).touch()
    with SqliteCache(tmp_path) as cache:
        assert cache.get("kind", "a") is None
        cache.put("kind", "a", 1)
        cache.flush()
        assert (cache.problem, cache.get("kind", "a")) == (None, 1)
    with SqliteCache(tmp_path) as one, SqliteCache(tmp_path) as other:
        one._created(), other._created()  # both found no table
        assert (one.get("kind", "a"), other.get("kind", "a")) == (1, 1)


def test_what_was_put_is_there_at_once_and_later(tmp_path: Path) -> None:
    value = {"a": [1, None, True, "é\ud800"], "b": {"long": "x" * 100_000}}
    with SqliteCache(tmp_path / "new" / "folder") as cache:
        assert cache.get("facts", "key") is None
        cache.put("facts", "key", value)
        assert cache.get("facts", "key") == value
    with SqliteCache(tmp_path / "new" / "folder") as cache:
        assert cache.get("facts", "key") == value
        assert cache.get("facts", "key") is not cache.get("facts", "key")
        assert cache.get("other", "key") is None
        assert cache.problem is None
    assert cache.path.stat().st_size < 50_000


def test_a_read_makes_no_file(tmp_path: Path) -> None:
    with SqliteCache(tmp_path) as cache:
        assert cache.get("kind", "key") is None
    assert list(tmp_path.iterdir()) == []


def test_the_last_value_counts(tmp_path: Path) -> None:
    filled(tmp_path, key=1)
    filled(tmp_path, key=2)
    with SqliteCache(tmp_path) as cache:
        assert cache.get("kind", "key") == 2


def test_odd_keys(tmp_path: Path) -> None:
    keys = ["", "a:b", "\x00", "\udcff", "'; DROP TABLE entry; --"]
    with SqliteCache(tmp_path) as cache:
        for key in keys:
            cache.put("kind", key, key)
    with SqliteCache(tmp_path) as cache:
        assert [cache.get("kind", key) for key in keys] == keys


@pytest.mark.parametrize("value", [Decimal(1), b"x", {1, 2}, float("nan"), object()])
def test_what_is_no_json_is_forgotten(tmp_path: Path, value: object) -> None:
    with SqliteCache(tmp_path) as cache:
        cache.put("kind", "key", value)
        assert cache.get("kind", "key") is None
        assert cache.problem is None


@pytest.mark.parametrize("damage", ["garbage", "truncated", "flipped"])
def test_a_damaged_file_is_a_miss_and_the_next_run_starts_afresh(tmp_path: Path, damage: str) -> None:
    path = filled(tmp_path, **{f"key{number}": os.urandom(500).hex() for number in range(300)})
    data = path.read_bytes()
    path.write_bytes(
        {
            "garbage": b"not a database" * 100,
            "truncated": data[: len(data) // 3],
            "flipped": data[:100] + bytes(len(data) - 100),
        }[damage]
    )
    with SqliteCache(tmp_path) as cache:
        assert cache.get("kind", "key250") is None
        cache.put("kind", "key", 1)
        assert cache.problem is not None
        assert str(path) in cache.problem
        assert cache.get("kind", "key") is None
    assert filled(tmp_path, key=3) == path
    with SqliteCache(tmp_path) as cache:
        assert cache.get("kind", "key") == 3


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE entry (name, value)",
        "CREATE VIEW entry AS WITH RECURSIVE n(name, value) AS (SELECT 1, 1 UNION ALL SELECT 1, 1 FROM n) SELECT * FROM n",
    ],
)
def test_a_planted_database_is_not_asked(tmp_path: Path, sql: str) -> None:
    path = filled(tmp_path, key=1)
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute(sql)
    connection.close()
    with SqliteCache(tmp_path) as cache:
        assert cache.get("kind", "key") is None
        assert "not a cache of costgate" in (cache.problem or "")


def summed(data: object) -> object:
    """A value as it would stand in the file if it had been written so."""
    return zlib.crc32(data, zlib.crc32(b"kind:key")).to_bytes(4) + data if isinstance(data, bytes) else data


@pytest.mark.parametrize("value", [b"", b"j{", b"z123", b"x1", b"j" + b"[" * 100_000, "text", 7, None])
def test_a_damaged_entry_is_a_miss(tmp_path: Path, value: object) -> None:
    path = filled(tmp_path, key=1, other=2)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE OR IGNORE entry SET value = ? WHERE name = ?", (summed(value), b"kind:key"))
    connection.close()
    with SqliteCache(tmp_path) as cache:
        assert cache.get("kind", "key") == (1 if value is None else None)
        assert cache.get("kind", "other") == 2


def test_a_changed_byte_is_a_miss_even_where_the_value_still_reads_well(tmp_path: Path) -> None:
    path = filled(tmp_path, key=[1234567, "tokens"])
    data = path.read_bytes()
    assert data.count(b"1234567") == 1
    path.write_bytes(data.replace(b"1234567", b"1234067"))
    with SqliteCache(tmp_path) as cache:
        assert cache.get("kind", "key") is None
        cache.put("kind", "key", 2)
    with SqliteCache(tmp_path) as cache:
        assert cache.get("kind", "key") == 2


def test_a_value_under_another_name_is_a_miss(tmp_path: Path) -> None:
    path = filled(tmp_path, key=1, other=2)
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE entry SET value = (SELECT value FROM entry WHERE name = ?) WHERE name = ?", (b"kind:other", b"kind:key"))
    connection.close()
    with SqliteCache(tmp_path) as cache:
        assert cache.get("kind", "key") is None


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    path = filled(tmp_path, key="text of a prompt")
    assert path.stat().st_mode & 0o077 == 0


def test_a_compressed_bomb_is_a_miss(tmp_path: Path) -> None:
    path = filled(tmp_path, key=1)
    packer = zlib.compressobj()
    # JSON as it should be, but for its size
    parts = (b'"', *(b"0" * 1_000_000 for _ in range(60)), b'"')
    packed = b"".join(map(packer.compress, parts)) + packer.flush()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE entry SET value = ?", (summed(b"z" + packed),))
    connection.close()
    with SqliteCache(tmp_path) as cache:
        assert cache.get("kind", "key") is None


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with SqliteCache(tmp_path / "cache") as cache:
        cache.put("kind", "key", 1)
        cache.flush()
        assert cache.problem is not None


def test_a_file_where_the_folder_should_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with SqliteCache(tmp_path / "file") as cache:
        cache.put("kind", "key", 1)
        cache.flush()
        assert cache.get("kind", "key") is None
        assert cache.problem is not None


def test_a_full_disk(tmp_path: Path) -> None:
    with SqliteCache(tmp_path) as cache:
        cache.put("kind", "key", 1)
        cache.flush()
        assert cache._connection is not None
        cache._connection.execute("PRAGMA max_page_count = 1")
        for number in range(600):
            cache.put("kind", str(number), os.urandom(3000).hex())
        cache.flush()
        assert "full" in (cache.problem or "")
    with SqliteCache(tmp_path) as cache:
        assert cache.get("kind", "key") == 1
        assert cache.get("kind", "1") is None


def test_another_run_that_holds_the_file_costs_half_a_second_at_most(tmp_path: Path) -> None:
    path = filled(tmp_path, key=1)
    other = sqlite3.connect(path)
    other.execute("BEGIN EXCLUSIVE")
    started = time.perf_counter()
    with SqliteCache(tmp_path) as cache:
        assert cache.get("kind", "key") == 1
        cache.put("kind", "new", 1)
        cache.flush()
        assert "locked" in (cache.problem or "")
    assert time.perf_counter() - started < 2
    other.close()
    assert path.exists()


def test_runs_at_once_lose_nothing(tmp_path: Path) -> None:
    filled(tmp_path, first=0)
    code = (
        "import sys; from pathlib import Path; from costgate.store.cache import SqliteCache\n"
        "with SqliteCache(Path(sys.argv[1])) as cache:\n"
        "    for number in range(1200):\n"
        "        cache.put('kind', sys.argv[2] + str(number), number)\n"
        "sys.exit(cache.problem)"
    )
    runs = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path), name]) for name in "ab"]
    assert [run.wait() for run in runs] == [0, 0]
    with SqliteCache(tmp_path) as cache:
        assert all(cache.get("kind", name + str(number)) == number for name in "ab" for number in range(1200))


def test_threads_may_share_it(tmp_path: Path) -> None:
    filled(tmp_path, key=1)
    seen: list[object] = []
    with SqliteCache(tmp_path) as cache:
        cache.get("kind", "key")
        threads = [threading.Thread(target=lambda: seen.append(cache.get("kind", "key"))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert seen == [1] * 4


def test_the_oldest_go_when_it_grows_too_large(tmp_path: Path) -> None:
    limit = 400_000
    for run in range(30):
        with SqliteCache(tmp_path, max_bytes=limit) as cache:
            for number in range(20):
                cache.put("kind", f"{run}-{number}", os.urandom(900).hex())
    with SqliteCache(tmp_path, max_bytes=limit) as cache:
        assert cache.path.stat().st_size < 1.2 * limit
        assert cache.get("kind", "29-0") is not None
        assert cache.get("kind", "0-0") is None


def test_opening_and_one_answer_are_quick(tmp_path: Path) -> None:
    filled(tmp_path, **{f"key{number}": ["facts"] * 50 for number in range(3000)})
    times = []
    for _ in range(5):
        started = time.perf_counter()
        with SqliteCache(tmp_path) as cache:
            assert cache.get("kind", "key7") == ["facts"] * 50
        times.append(time.perf_counter() - started)
    assert min(times) < 0.005

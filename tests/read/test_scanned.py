"""What looks at files told, kept between runs: asked for again only of what changed, and never believed where it is odd."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from costgate.gate import knowledge
from costgate.model.snapshot import Reading
from costgate.model.tree import Cache, Entry, NoCache
from costgate.read import link, workers
from costgate.read.remembered import reading_of
from costgate.store.cache import SqliteCache
from costgate.store.trees import FilesTree

ASK = "from openai import OpenAI\ndef ask(text):\n    return OpenAI().responses.create(model='gpt-4.1', input=text)\n"
FILES = {
    "app/__init__.py": "",
    "app/ask.py": ASK,
    "app/inner/use.py": "from app.ask import ask\nask('hello')\n",
    "app/other.py": "def other(): pass\n",
    "app/zoo.py": "from app.ask import ask\nask('hi')\n",
}


class _Counting(FilesTree):
    """A tree that counts how often each file is read."""

    def __init__(self, files: dict[str, str]) -> None:
        super().__init__(files)
        self.reads: Counter[str] = Counter()

    def read(self, path: str) -> bytes:
        self.reads[path] += 1
        return super().read(path)


class _Odd:
    """A cache that gives something odd for what looks told."""

    def __init__(self, odd: Any) -> None:
        self.odd = odd
        self.put_again: set[str] = set()

    def get(self, kind: str, key: str) -> Any | None:
        return self.odd if kind in ("named", "words") else None

    def put(self, kind: str, key: str, value: Any) -> None:
        self.put_again.add(kind)


def _read(tree: FilesTree, cache: Cache) -> Reading:
    known: dict[str, Any] = {**knowledge(NoCache(), ()), "aliases": {}}
    return reading_of(tree, known, cache, lambda done, files: None, reach=False)


def _contents(tree: FilesTree) -> list[str]:
    from costgate.read.extract import key_of

    return [key_of(tree.read(entry.path)) for entry in tree.entries()]


def test_only_what_changed_is_looked_at_again(tmp_path: Path) -> None:
    """Neither for what it names nor for what it calls, extends and sets; `app/zoo.py` for both. The first look takes digests, too."""
    with SqliteCache(tmp_path) as cache:
        first = _Counting(FILES)
        _read(first, cache)
    changed = {**FILES, "app/zoo.py": "from app.ask import ask\nask('hi')\nask('again')\n"}
    with SqliteCache(tmp_path) as cache:
        second = _Counting(changed)
        found = _read(second, cache)
    assert found == _read(FilesTree(changed), NoCache())
    assert len(found.calls) == 4
    assert second.reads["app/other.py"] == first.reads["app/other.py"] - 1
    assert second.reads["app/zoo.py"] == first.reads["app/zoo.py"] + 1


def test_a_tree_without_a_call_is_read_once(tmp_path: Path) -> None:
    """For what its files name and for their digests; the next run, which knows the tree, takes the digests alone."""
    files = {f"app/{name}.py": "x = 1\n" for name in "abc"}
    for _ in range(2):
        tree = _Counting(files)
        with SqliteCache(tmp_path) as cache:
            _read(tree, cache)
        assert tree.reads == dict.fromkeys(files, 1)


def test_a_first_look_at_more_files_believes_what_is_kept_of_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SqliteCache(tmp_path) as cache:
        _read(FilesTree(FILES), cache)
    seen: list[str] = []
    usual = link._Link._names
    monkeypatch.setattr(link._Link, "_names", lambda self, path, data: seen.append(path) or usual(self, path, data))
    more = {**FILES, "more/tell.py": ASK, "app/zoo.py": "x = 1\n"}
    with SqliteCache(tmp_path) as cache:
        found = _read(FilesTree(more), cache)
    assert seen == ["app/zoo.py", "more/tell.py"]
    assert found == _read(FilesTree(more), NoCache())


def test_what_could_not_be_read_at_first_is_read_when_it_can_be(tmp_path: Path) -> None:
    class Closed(FilesTree):
        def read(self, path: str) -> bytes:
            if path == "app/zoo.py":
                raise PermissionError(13, "Permission denied")
            return super().read(path)

    for tree in (Closed(FILES), FilesTree(FILES), Closed(FILES)):
        with SqliteCache(tmp_path) as cache:
            assert _read(tree, cache) == _read(tree, NoCache())


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("app/other.py", ASK.replace("ask", "tell")),
        ("app/other.py", "from app.ask import ask\nask('me')\n"),
        ("app/ask.py", "def ask(text): pass\n"),
        ("app/inner/new.py", "from app.ask import ask\nask('me')\n"),
        ("openai.py", "class OpenAI: pass\n"),
    ],
)
def test_a_change_is_seen(tmp_path: Path, path: str, text: str) -> None:
    changed = {**FILES, path: text}
    with SqliteCache(tmp_path) as cache:
        before = _read(FilesTree(FILES), cache)
        assert _read(FilesTree(changed), cache) == _read(FilesTree(changed), NoCache())
        assert _read(FilesTree(FILES), cache) == before


def test_another_tree_with_the_same_names_is_not_taken_for_this_one(tmp_path: Path) -> None:
    other = {path: "x = 1\n" if path != "app/zoo.py" else ASK for path in FILES}
    with SqliteCache(tmp_path) as cache:
        for _ in range(2):
            for files in (FILES, other):
                assert _read(FilesTree(files), cache) == _read(FilesTree(files), NoCache())


@pytest.mark.parametrize("value", [None, 1, "no", [], ["a"] * 6, [*["a"] * 6, 3], [*["a:b"] * 6, "é:a"], ["a"] * 7, {"a": 1}, [True] * 7])
def test_what_is_odd_is_not_believed(value: Any) -> None:
    tree = FilesTree(FILES)
    for odd in (value, dict.fromkeys(_contents(tree), value)):
        cache = _Odd(odd)
        assert _read(tree, cache) == _read(tree, NoCache())
        assert cache.put_again >= {"named", "words"}


def test_damage_to_the_file_is_no_harm(tmp_path: Path) -> None:
    fresh = _read(FilesTree(FILES), NoCache())
    with SqliteCache(tmp_path) as cache:
        _read(FilesTree(FILES), cache)
        place = cache.path
    data = bytearray(place.read_bytes())
    for at in range(5000, len(data), 97):
        data[at] ^= 0x55
    place.write_bytes(data)
    changed = {**FILES, "more.py": ""}
    with SqliteCache(tmp_path) as cache:
        assert _read(FilesTree(changed), cache).calls == fresh.calls


def test_two_runs_at_once_find_the_same(tmp_path: Path) -> None:
    changed = {**FILES, "app/other.py": ASK.replace("ask", "tell")}
    found: dict[str, list[Reading]] = {"one": [], "two": []}

    def run(name: str, files: dict[str, str]) -> None:
        for count in range(4):
            with SqliteCache(tmp_path) as cache:
                found[name].append(_read(FilesTree({**files, "count.py": f"x = {count}\n"}), cache))

    threads = [Thread(target=run, args=given) for given in (("one", FILES), ("two", changed))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, files in (("one", FILES), ("two", changed)):
        fresh = _read(FilesTree({**files, "count.py": ""}), NoCache())
        assert [each.calls for each in found[name]] == [fresh.calls] * 4


def test_what_is_in_the_way_is_no_file() -> None:
    """A link or a submodule named like code is not looked at."""

    class Strange(FilesTree):
        def entries(self) -> tuple[Entry, ...]:
            return (*super().entries(), Entry("gone.py", kind="symlink"), Entry("sub.py", kind="submodule"))

    found = _read(Strange(FILES), _Odd(None))
    assert len(found.calls) == 3
    assert "sub.py" in found.unread


def test_what_other_processes_look_at_is_told_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the files, with what cannot be read and what is noted as it is read."""
    files = {
        **FILES,
        "app/asks.ipynb": '{"cells": [{"cell_type": "code", "source": "from app.ask import ask\\nask(1)"}], "nbformat": 4, "metadata": {}}',
        "app/odd.py": "caf\xe9 = 1\0\n",
    }
    alone = _read(FilesTree(files), NoCache())
    for share in (1, 2, 64):
        monkeypatch.setattr(workers, "MANY", 2)
        monkeypatch.setattr(workers, "SHARE", share)
        assert _read(FilesTree(files), NoCache()) == alone
    assert {each.span.path for each in alone.calls} == {"app/ask.py", "app/inner/use.py", "app/zoo.py", "app/asks.ipynb"}
    assert list(alone.unread) == ["app/odd.py"]


def test_what_others_took_the_digests_of_is_known_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also where this process takes them, and the other way round."""
    for number, (first, second) in enumerate(((2, 1_000), (1_000, 2))):
        monkeypatch.setattr(workers, "MANY", first)
        with SqliteCache(tmp_path / f"{number}") as cache:
            found = _read(FilesTree(FILES), cache)
        monkeypatch.setattr(workers, "MANY", second)
        with SqliteCache(tmp_path / f"{number}") as cache, pytest.MonkeyPatch.context() as patch:
            patch.setattr(link, "read_tree", None)
            assert _read(FilesTree(FILES), cache) == found


def test_a_look_of_a_process_that_is_killed_is_taken_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Deadly(FilesTree):
        def read(self, path: str) -> bytes:
            if os.getpid() != PARENT and path == "app/other.py":
                os._exit(9)
            return super().read(path)

    monkeypatch.setattr(workers, "MANY", 2)
    monkeypatch.setattr(workers, "SHARE", 1)
    for _ in range(2):
        with SqliteCache(tmp_path) as cache:
            assert _read(Deadly(FILES), cache) == _read(FilesTree(FILES), NoCache())


PARENT = os.getpid()


def test_a_file_that_is_gone_is_told_where_others_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    class Gone(FilesTree):
        def read(self, path: str) -> bytes:
            if path == "app/other.py":
                raise KeyError(path)
            return super().read(path)

    monkeypatch.setattr(workers, "MANY", 2)
    assert list(_read(Gone(FILES), NoCache()).unread) == ["app/other.py"]


def test_one_that_has_a_share_of_the_work_does_not_share_it_further() -> None:
    assert list(workers.shared(_cores, [0, 0])) == [1, 1]
    assert workers.cores() >= 1


def _cores(_: int) -> int:
    return workers.cores()

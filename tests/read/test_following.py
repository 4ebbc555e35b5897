"""Batches of files: the same reading from one process and from many, and nothing shared that must not be."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from costgate.gate import report_of_files
from costgate.knowledge.sdks import load_sdks
from costgate.model.call import CallSite
from costgate.model.finding import Finding
from costgate.model.snapshot import Reading, Snapshot
from costgate.model.tree import NoCache
from costgate.model.value import Known
from costgate.read import following, link, mentions, sharing, workers
from costgate.read.following import batches, parts
from costgate.read.remembered import reading_of
from costgate.store.cache import SqliteCache
from costgate.store.git import open_repository
from costgate.store.trees import FilesTree

pytestmark = pytest.mark.skipif(not workers.forks(), reason="processes are not copied here")

WRAPPER = """import openai

client = openai.OpenAI()


def ask_{0}(text, model="gpt-4.1", limit=None):
    with open("data/{0}.dat") as file:
        system = file.read()
    return client.responses.create(model=model, input=text, instructions=system, max_output_tokens=limit)
"""
CALLER = """from part{0} import ask_{0}
from far import MODEL

ask_{0}("Translate this.", model=MODEL, limit={0})
ask_{0}("Shorten this.")
ask_{0}("Translate this.", model=MODEL, limit={0})
"""
COUNT = 6


def _tree(told: str = "Be brief, number") -> FilesTree:
    files = {"far.py": "MODEL = 'gpt-4.1-mini'\n", "requirements.txt": "openai==1.60.0\n"}
    for number in range(COUNT):
        files[f"part{number}.py"] = WRAPPER.format(number)
        files[f"use{number}.py"] = CALLER.format(number)
        files[f"data/{number}.dat"] = f"{told} {number}.\n"
    return FilesTree(files)


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "BATCH_BYTES", 400)


def _with_cores(cores: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "cores", lambda: cores)
    monkeypatch.setattr(workers, "cores", lambda: cores)


def _read(cores: int, monkeypatch: pytest.MonkeyPatch, cache: Any = None) -> Reading:
    _with_cores(cores, monkeypatch)
    return link.read_tree(_tree(), load_sdks(), cache or NoCache(), reach=True)


def test_many_processes_read_what_one_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    one = _read(1, monkeypatch)
    assert len(one.calls) == 4 * COUNT
    assert one.read == 2 * COUNT + 1
    assert _read(3, monkeypatch) == one


MAKER = """from openai import OpenAI
from p{0}.use import KEY


def made():
    return OpenAI(api_key=KEY)
"""
USER = """from p{0}.llm import made

KEY = "none"


def use(text):
    return text, made()
"""
SERVICE = """from openai import OpenAI


class Service:
    def __init__(self, model=None):
        self.model = model

    def run(self, text):
        return OpenAI().responses.create(model=self.model, input=text)


class Small(Service):
    def __init__(self):
        self.model = "gpt-4.1-mini"


class Other(Service):
    pass
"""
"""A `Service` that is built itself has no model: whether that of strangers is taken for it decides what is known."""


def test_names_are_narrowed_alike_in_every_batch_whoever_follows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"p{number}/{name}": text for number in range(COUNT) for name, text in (("__init__.py", ""), ("llm.py", SERVICE))}
    files |= {f"strange{number}.py": "class Service: ...\n\nService()\n" for number in range(mentions.FEW + 1)}
    monkeypatch.setattr(mentions, "MANY", 2 * COUNT)

    def told(cores: int) -> tuple[tuple[CallSite, ...], tuple[Finding, ...]]:
        _with_cores(cores, monkeypatch)
        snapshot, judgement = report_of_files(files)
        assert isinstance(snapshot, Snapshot)
        return snapshot.reading.calls, judgement.findings

    calls, findings = told(1)
    models = [site.args["model"] for site in calls]
    assert [model.values for model in models if isinstance(model, Known)] == [("gpt-4.1-mini",)] * COUNT
    assert findings
    assert told(2) == (calls, findings)


def test_batches_are_the_same_whoever_has_read_the_files_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files that hold no word of an SDK are first read where others lead to them, by whichever process follows these."""
    files = {f"p{number}/{name}": text.format(number) for number in range(COUNT) for name, text in (("llm.py", MAKER), ("use.py", USER))}
    made: list[list[list[str]]] = []

    def noted(paths: Iterable[str], size: Callable[[str], int]) -> list[list[str]]:
        made.append(batches(paths, size))
        return made[-1]

    monkeypatch.setattr(link, "batches", noted)
    read: list[int] = []
    for cores in (1, 2):
        _with_cores(cores, monkeypatch)
        read.append(link.read_tree(FilesTree(files), load_sdks(), NoCache()).read)
    assert read == [2 * COUNT] * 2
    assert made[2:] == made[:2]


def test_packages_of_a_batch_have_their_share_of_the_steps_and_what_those_before_left() -> None:
    sizes = {"app/a.py": 30, "app/b.py": 20, "tool.py": 5, "main.py": 5, "web/c.py": 40}
    found = parts([*sizes], lambda path: path.partition("/")[0], sizes.__getitem__, 1_000)
    assert list(found) == [(["app/a.py", "app/b.py"], 750), (["tool.py", "main.py"], 800), (["web/c.py"], 1_000)]
    assert list(parts(["empty.py"], str, lambda path: 0, 1_000)) == [(["empty.py"], 0)]


def test_a_package_in_which_much_leads_far_leaves_the_next_its_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "BATCH_BYTES", 1_000_000)
    monkeypatch.setattr(sharing, "ALL_STEPS", 500)
    files = {"aaa/__init__.py": "", "zzz/__init__.py": ""}
    for number in range(10):
        files[f"aaa/part{number}.py"] = WRAPPER.format(number)
        files[f"aaa/use{number}.py"] = CALLER.format(number).replace("part", "aaa.part", 1)
    files |= {"zzz/part0.py": WRAPPER.format(0) + "# filled up\n" * 4_000, "zzz/use.py": CALLER.format(0).replace("part", "zzz.part", 1)}
    found = link.read_tree(FilesTree(files), load_sdks(), NoCache()).calls
    assert sum(call.span.path.startswith("zzz/") for call in found) == 4


def test_what_they_worked_out_is_left_to_the_next_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def kept(cores: int) -> set[bytes]:
        with SqliteCache(tmp_path / str(cores)) as cache:
            _read(cores, monkeypatch, cache)
            cache.flush()
            connection = cache._connected()
            assert connection is not None
            return {name for (name,) in connection.execute("SELECT name FROM entry")}

    alone = kept(1)
    assert len(alone) > 2 * COUNT
    assert kept(2) == alone


def test_a_text_that_one_of_them_read_is_read_again_when_it_changes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sharing, "cores", lambda: 2)

    def texts(told: str) -> str:
        with SqliteCache(tmp_path) as cache:
            return repr(reading_of(_tree(told), {**load_sdks(), "aliases": {}}, cache, lambda done, files: None, reach=False).calls)

    assert "Be brief" in texts("Be brief, number")
    assert "Be rude" in texts("Be rude, number")


def _dies(held: Any, job: Any) -> Any:
    if os.getpid() != PARENT:
        os._exit(9)
    return sharing.Sharing.apart(*held, *job)


PARENT = os.getpid()


def test_what_a_killed_process_had_is_done_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = _read(1, monkeypatch)
    monkeypatch.setattr(sharing, "_apart", _dies)
    assert _read(2, monkeypatch) == usual


def _blob(tree: Any, path: str) -> bytes:
    data: bytes = tree.read(path)
    return data


def test_copies_of_a_process_ask_git_for_themselves(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / f"{number}.txt").write_text(f"{number}\n" * (number + 1))
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "all"]):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    with open_repository(tmp_path) as repository:
        tree = repository.commit("HEAD")
        assert tree.read("0.txt") == b"0\n"  # the process that answers has begun before it is copied
        names = [f"{number}.txt" for number in range(200)]
        assert list(workers.shared_with(tree, _blob, names)) == [tree.read(name) for name in names]


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[SqliteCache]:
    with SqliteCache(tmp_path) as cache:
        yield cache


def _looked_up(cache: Any, key: str) -> Any:
    return cache.get("kind", key)


def test_copies_of_a_process_open_the_cache_for_themselves(cache: SqliteCache) -> None:
    for number in range(50):
        cache.put("kind", str(number), number)
    cache.flush()
    cache.put("kind", "late", "not written yet")
    keys = [*map(str, range(50)), "late"]
    assert list(workers.shared_with(cache, _looked_up, keys)) == [*range(50), "not written yet"]
    assert cache.problem is None
    assert cache.get("kind", "7") == 7


def test_a_batch_is_of_files_that_stand_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "BATCH_BYTES", 10)
    sizes = {"b/two.py": 6, "a/one.py": 4, "a/two.py": 5, "c.py": 50, "b/one.py": 5}
    assert batches(sizes, sizes.__getitem__) == [["a/one.py", "a/two.py"], ["b/one.py"], ["b/two.py"], ["c.py"]]

"""A fleet on a real cluster: isolated failures, killed workers, reruns that go on, a scheduler that dies."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from distributed import LocalCluster

from costgate.fleet import run as fleet
from costgate.fleet import state
from costgate.fleet.listing import Item
from costgate.fleet.state import Result
from costgate.fleet.work import Circumstances
from costgate.model.error import UserError
from tests.fleet.conftest import repository

SIZE = 12


@pytest.fixture
def items(tmp_path: Path) -> list[Item]:
    folders = [repository(tmp_path / "repos" / f"r{index:02d}") for index in range(SIZE)]
    return [Item(folder.name, str(folder)) for folder in folders]


@pytest.fixture
def cluster() -> Iterator[LocalCluster]:
    import dask

    with (
        dask.config.set({"distributed.worker.daemon": False}),
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, scheduler_kwargs=fleet.QUIET, silence_logs=50
        ) as made,
    ):
        yield made


def ignore(result: Result) -> None:
    pass


def test_every_repository_once_and_failures_stay_alone(items: list[Item], given: Circumstances, tmp_path: Path) -> None:
    (tmp_path / "bad").mkdir()
    everything = [*items, Item("bad", str(tmp_path / "bad")), Item("gone", str(tmp_path / "gone"))]
    told: list[str] = []
    results = fleet.run(everything, given, None, 2, lambda result: told.append(result.name))
    assert Counter(told) == Counter(item.name for item in everything)
    assert {name for name, result in results.items() if result.why} == {"bad", "gone"}
    assert len(list(state.reports(Path(given.out)).glob("*.json"))) == SIZE
    assert results["r05"].asked > 0


def test_a_worker_killed_in_the_middle_loses_nothing(
    items: list[Item], given: Circumstances, cluster: LocalCluster
) -> None:
    told: list[str] = []

    def kill(result: Result) -> None:
        told.append(result.name)
        if len(told) == 2:
            pids = [worker.process.process.pid for worker in cluster.workers.values()]
            os.kill(pids[0], signal.SIGKILL)

    results = fleet.run(items, given, cluster.scheduler_address, 0, kill)
    assert Counter(told) == Counter(item.name for item in items)
    assert all(result.why is None for result in results.values())
    for item in items:
        assert json.loads((state.reports(Path(given.out)) / f"{item.name}.json").read_text())["calls"]


def test_a_rerun_goes_on_where_it_stopped(items: list[Item], given: Circumstances) -> None:
    class Stop(Exception):
        pass

    def stop(result: Result) -> None:
        if result.name == items[3].name:
            raise Stop

    with pytest.raises(Stop):
        fleet.run(items, given, None, 1, stop)
    todo, kept = fleet.left(items, given)
    assert items[3].name in kept
    assert 0 < len(todo) < SIZE
    fleet.run(todo, given, None, 1, ignore)
    assert fleet.left(items, given)[0] == []


def test_what_has_changed_is_done_again(items: list[Item], given: Circumstances) -> None:
    few = items[:4]
    fleet.run(few, given, None, 1, ignore)
    (Path(few[0].source) / "new.py").write_text("x = 1\n")
    (state.reports(Path(given.out)) / f"{few[1].name}.json").unlink()
    (Path(given.out) / "state" / f"{few[2].name}.json").write_text('{"name": ')
    assert fleet.left(few, given)[0] == few[:3]
    assert fleet.left(few, replace(given, id="another date"))[0] == few


def test_no_scheduler(given: Circumstances, items: list[Item], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "_CONNECT", 1)
    with pytest.raises(UserError, match="no scheduler answers"):
        fleet.run(items, given, "tcp://127.0.0.1:9", 0, ignore)


def test_a_scheduler_that_dies(items: list[Item], given: Circumstances, cluster: LocalCluster) -> None:
    told: list[str] = []

    def end(result: Result) -> None:
        told.append(result.name)
        if len(told) == 2:
            cluster.close(timeout=2)

    with pytest.raises(UserError, match="the cluster is gone"):
        fleet.run(items, given, cluster.scheduler_address, 0, end)
    todo, kept = fleet.left(items, given)
    assert set(told) <= set(kept)
    assert len(todo) + len(kept) == SIZE


def test_two_fleets_run_beside_each_other(items: list[Item], given: Circumstances) -> None:
    with socket.socket() as taken:
        try:
            taken.bind(("", 8787))  # where a scheduler serves its pages unless told otherwise
            taken.listen()
        except OSError:
            pass  # somebody has it, which is as good
        assert set(fleet.run(items, given, None, 2, ignore)) == {item.name for item in items}

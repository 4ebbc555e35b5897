"""One repository: audited, or a reason why not; never an exception."""

from __future__ import annotations

import json
import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from costgate.fleet import child, state
from costgate.fleet.checkout import stamp
from costgate.fleet.listing import Item
from costgate.fleet.work import Circumstances, work
from tests.fleet.conftest import git, repository


@pytest.fixture(autouse=True)
def _no_auditor_left() -> object:
    yield
    child.end()


def test_a_checkout_is_audited_as_it_is_on_disk(tmp_path: Path, given: Circumstances) -> None:
    folder = repository(tmp_path / "bot")
    (folder / "app.py").write_text((folder / "app.py").read_text().replace("mini", "nano"))
    result = work(Item("bot", str(folder)), given)
    assert (result.state, result.why, result.stamp) == ("done", None, stamp(folder))
    report = json.loads((Path(given.out) / "reports" / "bot.json").read_text())
    assert report["calls"][0]["model"]["values"] == ["gpt-4.1-nano"]
    assert report["provenance"]["repository"] == "bot"
    assert state.load(Path(given.out), "bot") == result


def test_a_url_is_cloned_at_its_ref_and_the_clone_is_gone_afterwards(tmp_path: Path, given: Circumstances) -> None:
    folder = repository(tmp_path / "bot")
    git(folder, "branch", "old")
    (folder / "app.py").write_text((folder / "app.py").read_text().replace("mini", "nano"))
    git(folder, "commit", "--quiet", "-am", "second")
    before = set(Path(tmp_path).parent.parent.glob("costgate-fleet-*"))
    for ref, model in ((None, "gpt-4.1-nano"), ("old", "gpt-4.1-mini")):
        result = work(Item("bot", folder.as_uri(), ref), given)
        assert result.why is None
        report = json.loads((Path(given.out) / "reports" / "bot.json").read_text())
        assert report["calls"][0]["model"]["values"] == [model]
        assert report["provenance"]["head_sha"] == result.stamp == git(folder, "rev-parse", ref or "HEAD").strip()
    assert set(Path(tmp_path).parent.parent.glob("costgate-fleet-*")) == before


def test_a_hook_of_the_repository_does_not_run(tmp_path: Path, given: Circumstances) -> None:
    folder = repository(tmp_path / "bot")
    trap = tmp_path / "ran"
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "post-checkout").write_text(f"#!/bin/sh\ntouch {trap}\n")
    (hooks / "post-checkout").chmod(0o755)
    config = tmp_path / "gitconfig"
    config.write_text(f"[core]\n\thooksPath = {hooks}\n")
    os.environ["GIT_CONFIG_GLOBAL"] = str(config)
    try:
        assert work(Item("bot", folder.as_uri()), given).why is None
    finally:
        del os.environ["GIT_CONFIG_GLOBAL"]
    assert not trap.exists()


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("nowhere", "no such folder"),
        ("empty", "no Python files to read"),
        ("broken", 'unknown key "budgetz"'),
        ("file:///nowhere/at/all", "does not appear to be a git repository"),
        ("ext::sh -c 'touch ran'", "no such folder"),
    ],
)
def test_what_cannot_be_audited_says_why(tmp_path: Path, given: Circumstances, source: str, why: str) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "a.py").write_text("import openai\n")
    (tmp_path / "broken" / "costgate.yaml").write_text("budgetz: []\n")
    result = work(Item("it", source if ":" in source else str(tmp_path / source)), given)
    assert result.state == "failed"
    assert why in str(result.why)
    assert not (Path(given.out) / "reports" / "it.json").exists()


def test_an_older_report_does_not_outlive_a_failure(tmp_path: Path, given: Circumstances) -> None:
    folder = repository(tmp_path / "bot")
    work(Item("bot", str(folder)), given)
    (folder / "costgate.yaml").write_text("budgetz: []\n")
    assert work(Item("bot", str(folder)), given).state == "failed"
    assert not (Path(given.out) / "reports" / "bot.json").exists()


def test_one_that_takes_too_long_is_given_up_and_the_next_is_not(tmp_path: Path, given: Circumstances) -> None:
    folder = repository(tmp_path / "bot")
    slow = work(Item("bot", str(folder)), replace(given, timeout=0.01))
    assert slow.why == "took more than 0.01 seconds"
    assert work(Item("bot", str(folder)), given).why is None


def test_an_auditor_that_is_killed_costs_one_repository(tmp_path: Path, given: Circumstances) -> None:
    folder = repository(tmp_path / "bot")
    assert work(Item("bot", str(folder)), given).why is None
    auditor = child._local.process
    os.kill(auditor.pid, 19)  # stopped: it will not answer before it is killed

    threading.Timer(0.3, auditor.kill).start()
    assert "was killed (signal 9)" in str(work(Item("bot", str(folder)), given).why)
    assert work(Item("bot", str(folder)), given).why is None


def test_a_folder_that_changes_while_it_is_read(tmp_path: Path, given: Circumstances) -> None:
    folder = repository(tmp_path / "bot")
    still = threading.Event()

    def write() -> None:
        count = 0
        while not still.is_set():
            count += 1
            (folder / "app.py").write_text(f"x = {count}\n" * (count % 50 + 1))
            time.sleep(0.002)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        result = work(Item("bot", str(folder)), given)
    finally:
        still.set()
        writer.join()
    assert result.why == "changed while it was read"


def test_nowhere_to_write(tmp_path: Path, given: Circumstances) -> None:
    folder = repository(tmp_path / "bot")
    (tmp_path / "file").write_text("in the way")
    result = work(Item("bot", str(folder)), replace(given, out=str(tmp_path / "file")))
    assert result.state == "failed"
    assert "Not a directory" in str(result.why)

"""What goes wrong around a run: processes that are killed, disks that are full, caches that are damaged, clocks that jump,
a git that fails, files that change meanwhile. The answer is the right one, or none and a line that says why."""

from __future__ import annotations

import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from costgate.read import workers

SOURCE = Path(__file__).parents[2]
COMMAND = f"import sys; sys.path.insert(0, {str(SOURCE)!r}); from costgate.cli import main; sys.exit(main())"
AUDIT = ("audit", "--format", "json", "--as-of", "2026-11-22")


@pytest.fixture
def many(shop: Any, call: str, tmp_path: Path) -> Any:
    """Some files with calls, and a cache of their own, from which all is loaded."""
    shop.extra["COSTGATE_CACHE_DIR"] = str(tmp_path / "cache")
    shop.cold = True
    shop.start({f"app{number}.py": call.replace("helpful", f"helpful {number} times") for number in range(40)})
    return shop


def start(shop: Any, *arguments: str, code: str = COMMAND, **more: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-I", "-c", code, *arguments]
    return subprocess.Popen(command, cwd=shop.root, env=shop.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more)


def test_killed_at_any_moment_the_next_run_gives_the_same(many: Any) -> None:
    began = time.monotonic()
    expected = many.run(*AUDIT, "--no-cache").out
    lasts = time.monotonic() - began
    chance = random.Random(7)
    for _ in range(6):
        process = start(many, *AUDIT)
        time.sleep(chance.uniform(0.05, lasts))
        process.kill()
        process.communicate()
    ran = many.run(*AUDIT)
    assert (ran.code, ran.out, ran.err) == (0, expected, "")
    assert many.run(*AUDIT).out == expected


def test_killed_while_the_cache_is_written(tmp_path: Path) -> None:
    """Nothing else than writing goes on in the process, so that the kill meets a transaction."""
    code = (
        f"import sys; sys.path.insert(0, {str(SOURCE)!r})\nfrom pathlib import Path; from costgate.store.cache import SqliteCache\n"
        "cache = SqliteCache(Path(sys.argv[1]), max_bytes=2_000_000)\nnumber = 0\nprint('ready', flush=True)\n"
        "while True:\n    number += 1\n    cache.put('kind', str(number % 3000), [number % 3000, 'x' * (number % 900)])\n"
        "    number % 50 or cache.flush()\n"
    )
    from costgate.store.cache import SqliteCache

    chance = random.Random(3)
    for _ in range(8):
        process = subprocess.Popen([sys.executable, "-I", "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(chance.uniform(0.01, 0.4))
        process.kill()
        process.communicate()
        with SqliteCache(tmp_path) as cache:
            found = {number: cache.get("kind", str(number)) for number in range(0, 3000, 7)}
            assert cache.problem is None
        assert all(value is None or value[0] == number for number, value in found.items())


def _children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _is_python(pid: int) -> bool:
    try:
        return b"python" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


@pytest.mark.skipif(not Path("/proc/self/task").exists() or (os.cpu_count() or 1) < 2, reason="needs /proc and workers")
def test_a_killed_worker_costs_time_and_nothing_else(shop: Any, call: str) -> None:
    body = "def f(a, b):\n    return [a.x(b) for _ in (1, 2, 3) if a and b or g(a)]\n\n\n" * 600
    shop.start({f"app{number}.py": call + "\n\n" + body for number in range(40)})
    expected = shop.run(*AUDIT, "--no-cache")
    process = start(shop, *AUDIT, "--no-cache")
    killed = 0
    while process.poll() is None and not killed:
        young = [child for child in _children(process.pid) if _is_python(child)]
        time.sleep(0.1)
        for child in set(young) & set(_children(process.pid)):  # no process on its way to be a git
            if _is_python(child):
                os.kill(child, signal.SIGKILL)
                killed += 1
                break
    out, err = process.communicate(timeout=120)
    assert killed, "the run started workers"
    assert (process.returncode, out.decode(), err) == (0, expected.out, b"")


def test_two_runs_at_once_on_one_cache(many: Any) -> None:
    expected = many.run(*AUDIT, "--no-cache").out
    for _ in range(2):
        runs = [start(many, *AUDIT) for _ in range(3)]
        for process in runs:
            out, err = process.communicate(timeout=120)
            assert (process.returncode, out.decode(), err) == (0, expected, b"")


@pytest.mark.parametrize("seed", range(6))
def test_random_bytes_at_random_places_of_the_cache(many: Any, tmp_path: Path, seed: int) -> None:
    expected = many.run(*AUDIT)
    chance = random.Random(seed)
    files = sorted((tmp_path / "cache").iterdir())
    assert files
    for file in files:
        data = bytearray(file.read_bytes())
        for _ in range(2 ** (2 * seed)):
            at = chance.randrange(len(data)) if data else 0
            data[at : at + 1] = chance.randbytes(chance.choice((1, 1, 1, 40)))
        file.write_bytes(data[: len(data) - chance.choice((0, 0, 1, 5000))])
    for _ in range(2):
        ran = many.run(*AUDIT)
        assert (ran.code, ran.out, ran.err) == (0, expected.out, "")
    file = many.root / "app7.py"
    file.write_text(file.read_text().replace("max_tokens=200", "max_tokens=300"))
    assert many.run("check", "--format", "json", "app7.py").report["calls"][0]["output_limit"]["values"] == [300]


def _few_bytes() -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def test_a_disk_that_is_full(many: Any, tmp_path: Path) -> None:
    expected = many.run(*AUDIT, "--no-cache").out
    process = start(many, *AUDIT, preexec_fn=_few_bytes)
    out, _ = process.communicate(timeout=120)
    assert (process.returncode, out.decode()) == (0, expected)
    assert many.run(*AUDIT).out == expected
    output = tmp_path / "report.json"
    process = start(many, *AUDIT, "--output", str(output), preexec_fn=_few_bytes)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 2
    assert err.decode().startswith(f"costgate: {output}: cannot be written")
    assert output.read_bytes() == b"", "no half of a report"


def test_an_output_that_takes_nothing(many: Any) -> None:
    with open("/dev/full", "wb") as full:
        process = subprocess.run([sys.executable, "-I", "-c", COMMAND, *AUDIT], cwd=many.root, env=many.environment, stdout=full, stderr=subprocess.PIPE, check=False)
    assert process.returncode == 2
    assert process.stderr.startswith(b"costgate: ") and b"space" in process.stderr and process.stderr.count(b"\n") == 1


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A disk of 300 kB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if mount is None or subprocess.run([mount, "-t", "tmpfs", "-o", "size=300k", "tmpfs", disk], check=False, capture_output=True).returncode:
        pytest.skip("cannot mount a disk here")
    yield disk
    subprocess.run(["umount", disk], check=True)


def test_a_small_disk_fills_up(many: Any, tiny: Path) -> None:
    expected = many.run(*AUDIT, "--no-cache").out
    many.extra["COSTGATE_CACHE_DIR"] = str(tiny / "cache")
    for _ in range(3):
        ran = many.run(*AUDIT)
        assert (ran.code, ran.out, ran.err) == (0, expected, "")


def test_a_disk_that_may_not_be_written(many: Any, tiny: Path) -> None:
    expected = many.run(*AUDIT).out
    many.extra["COSTGATE_CACHE_DIR"] = str(tiny / "cache")
    subprocess.run(["mount", "-o", "remount,ro", tiny], check=True)
    ran = many.run(*AUDIT)
    assert (ran.code, ran.out, ran.err) == (0, expected, "")


CLOCK = """
import time
real, ticks = time.time, [0]
def jumping():
    ticks[0] += 1
    return real() + (-1) ** ticks[0] * 10.0 ** (ticks[0] % 10)
time.time = jumping
""" + COMMAND


def test_a_clock_that_jumps(many: Any) -> None:
    expected = many.run(*AUDIT, "--no-cache").out
    for _ in range(2):
        process = start(many, *AUDIT, code=CLOCK)
        out, err = process.communicate(timeout=120)
        assert (process.returncode, out.decode(), err) == (0, expected, b"")


@pytest.mark.parametrize("when", [0, 4_000_000_000])
def test_times_of_files_decide_nothing(many: Any, when: int) -> None:
    file = many.root / "app7.py"
    os.utime(file, (when, when))
    assert many.run("check", "--format", "json", "app7.py").report["calls"][0]["output_limit"]["values"] == [200]
    many.run(*AUDIT)
    file.write_text(file.read_text().replace("max_tokens=200", "max_tokens=300"))  # as long as before
    os.utime(file, (when, when))
    assert many.run("check", "--format", "json", "app7.py").report["calls"][0]["output_limit"]["values"] == [300]
    calls = many.run(*AUDIT).report["calls"]
    assert [each["output_limit"]["values"] for each in calls if each["path"] == "app7.py"] == [[300]]


GITS = {
    "it fails": "exit 128",
    "it fails and says so": "echo 'fatal: out of memory' >&2; exit 128",
    "it is killed": "kill -9 $$",
    "it crashes": "kill -SEGV $$",
    "it answers nonsense": "head -c 3000 /dev/urandom; exit 0",
    "it answers nothing": "exit 0",
}


def _instead_of_git(shop: Any, tmp_path: Path, script: str, word: str) -> None:
    """A git that does `script` when `word` is among its arguments (always, for ""), and else what git does."""
    folder = tmp_path / "bin"
    folder.mkdir(exist_ok=True)
    program = folder / "git"
    program.write_text(f'#!/bin/sh\ncase " $* " in *"{word}"*) {script};; esac\nexec {shutil.which("git")} "$@"\n')
    program.chmod(0o755)
    shop.extra["PATH"] = f"{folder}:{os.environ['PATH']}"


@pytest.mark.parametrize("word", [" rev-parse ", " ls-tree ", " ls-files ", " cat-file ", " merge-base ", " status ", " log ", " config ", ""])
@pytest.mark.parametrize("kind", GITS)
def test_a_git_that_fails_is_never_a_pass(many: Any, call: str, retried: str, tmp_path: Path, kind: str, word: str) -> None:
    many.cold = False
    many.commit({"app1.py": retried})
    _instead_of_git(many, tmp_path, GITS[kind], word)
    ran = many.diff()
    assert ran.code in (1, 2), ran
    if ran.code == 2:
        assert ran.err.startswith("costgate: ") and ran.err.count("\n") == 1, ran.err


@pytest.mark.parametrize("word", [" ls-tree ", " ls-files ", " --get-regexp "])
@pytest.mark.parametrize("end", ["exit 128", "kill -9 $$"])
def test_a_git_that_stops_half_way_is_never_a_pass(many: Any, retried: str, tmp_path: Path, end: str, word: str) -> None:
    many.commit({"app1.py": retried})
    _instead_of_git(many, tmp_path, f'{shutil.which("git")} "$@" | head -c 62; {end}', word)
    ran = many.diff("--worktree")
    assert ran.code == 2 and ran.err.startswith("costgate: ") and ran.err.count("\n") == 1, ran


def test_a_git_that_hangs_is_given_up(many: Any, tmp_path: Path) -> None:
    impatient = COMMAND.replace("from costgate.cli", "import costgate.store.git; costgate.store.git.PATIENCE = 1.5; from costgate.cli")
    for word in (" ls-files ", " cat-file ", " status "):
        _instead_of_git(many, tmp_path, "exec sleep 600", word)
        process = start(many, "diff", "--base", "main", "--worktree", code=impatient)
        _, err = process.communicate(timeout=120)
        assert process.returncode == 2, (word, err)
        assert err.startswith(b"costgate: ") and b"answer" in err and err.count(b"\n") == 1, err


@pytest.mark.parametrize("repository", [True, False])
def test_files_that_change_while_they_are_read(shop: Any, call: str, retried: str, repository: bool) -> None:
    names = [f"app{number}.py" for number in range(60)] + ["prompt.md", "costgate.yaml"]
    texts = [call, retried, call[:100], "", "\0", "def broken(:\n", "fail_on: error\n", call * 30]
    shop.start(dict.fromkeys(names[:60], call)) if repository else shop.write(dict.fromkeys(names[:60], call))
    over = Event()

    def stir() -> None:
        chance = random.Random(5)
        while not over.is_set():
            path = shop.root / chance.choice(names[:61])
            kind = chance.randrange(6)
            try:
                if kind == 0:
                    path.unlink()
                elif kind == 1:
                    path.unlink()
                    path.symlink_to("/etc/hostname")
                elif kind == 2:
                    path.unlink()
                    path.mkdir()
                elif path.is_dir() and not path.is_symlink():
                    path.rmdir()
                else:
                    if path.is_symlink():
                        path.unlink()
                    path.write_text(chance.choice(texts))
            except OSError:
                continue
            time.sleep(0.001)

    stirring = Thread(target=stir)
    stirring.start()
    try:
        for _ in range(4):
            ran = shop.run("audit", "--format", "json", "--fail-on", "never")
            assert ran.code == 0, ran.err
            assert ran.report["schema"] == "costgate.report/1"
    finally:
        over.set()
        stirring.join()


BIG = {
    "one statement": ("app.py", "from openai import OpenAI\nTEXT = [\n", "    'some text of a prompt {0}',\n"),
    "a prompt": ("prompts/a.md", "You are helpful.\n", "Some text of a prompt {0}, with {{{{ holes }}}}.\n"),
    "calls": ("app.py", "from openai import OpenAI\nc = OpenAI()\n", "c.responses.create(model='gpt-4o', input='text {0}')\n"),
}


@pytest.mark.parametrize("kind", BIG)
def test_a_file_of_fifty_megabytes(shop: Any, call: str, kind: str) -> None:
    name, head, line = BIG[kind]
    block = "".join(line.format(number) for number in range(2000))
    shop.write({"small.py": call, name: head + block * (50_000_000 // len(block))})
    process = start(shop, "audit", "--format", "json", "--no-cache", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (3_000_000_000, 3_000_000_000)))
    out, err = process.communicate(timeout=900)
    assert process.returncode == 0, err
    assert b'"small.py"' in out


ENDED_WORKERS = """
import sys
from costgate import cli
from costgate.read import workers

def run(words):
    for said in workers.shared(bytes, [60_000_000] * 6):  # so much that a worker is still saying it when it is ended
        raise KeyboardInterrupt

cli._run = run
sys.argv = ["costgate", "audit"]
sys.exit(cli.main())
"""


@pytest.mark.skipif(workers.cores() < 2, reason="one processor shares no work")
def test_an_interrupt_ends_also_where_a_worker_is_cut_off_in_a_word() -> None:
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", ENDED_WORKERS], capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stderr) == (130, "costgate: interrupted\n")


def test_workers_that_have_told_all_are_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "left", False)
    told = workers.shared(abs, [1, -2, 3])
    assert [next(told) for _ in range(3)] == [1, 2, 3]  # as whoever counts takes them: never asking for one more
    told.close()
    assert not workers.left

"""What comes out, where it goes, and the exit code, whatever happens to the output."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).parents[2]


def test_a_folder_without_a_repository(shop: Any, call: str) -> None:
    shop.write({"app.py": call})
    ran = shop.run("audit", "--format", "json")
    assert (ran.code, ran.report["provenance"]["head_sha"], len(ran.report["calls"])) == (0, None, 1)


def test_an_audit_of_a_part(shop: Any, call: str) -> None:
    other = call.replace("def answer", "def other")
    shop.start({"app.py": call, "part/other.py": other, "part/third.py": other.replace("200", "300")})
    paths = lambda *given: [one["path"] for one in shop.run("audit", *given, "--format", "json").report["calls"]]  # noqa: E731
    assert paths() == ["app.py", "part/other.py", "part/third.py"]
    assert paths("part") == ["part/other.py", "part/third.py"]
    assert paths("part/third.py", "app.py") == ["app.py", "part/third.py"]


def test_an_audit_does_not_gate_unless_asked(shop: Any, retried: str) -> None:
    shop.write({"app.py": retried})
    assert shop.run("audit").code == 0
    assert shop.run("audit", "--fail-on", "error").code == 1
    assert shop.run("audit", "--fail-on", "error", "--format", "sarif").code == 0


REPORTING = {
    "audit": (["audit"], 0),
    "nothing": (["audit", "empty"], 0),
    "diff": (["diff", "--base", "main"], 1),
    "no change": (["diff", "--base", "HEAD"], 0),
    "check": (["check", "app.py"], 1),
    "check without calls": (["check", "empty/plain.py"], 0),
}


@pytest.mark.parametrize("case", REPORTING)
def test_json_is_json_and_nothing_else(shop: Any, call: str, retried: str, case: str) -> None:
    shop.start({"app.py": call, "empty/plain.py": "x = 1\n"})
    shop.commit({"app.py": retried})
    arguments, code = REPORTING[case]
    ran = shop.run(*arguments, "--format", "json")
    assert (ran.code, ran.err, ran.report["schema"]) == (code, "", "costgate.report/1")
    assert ran.out.isascii()
    sarif = shop.run(*arguments, "--format", "sarif")
    assert (sarif.code, json.loads(sarif.out)["version"]) == (0, "2.1.0")


def test_a_saved_report_is_the_same_report(shop: Any, call: str, retried: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": retried})
    for name in ("text", "markdown", "github", "sarif", "json"):
        fresh = shop.run("diff", "--base", "main", "--as-of", "2026-11-22", "--format", name).out
        saved = shop.run("diff", "--base", "main", "--as-of", "2026-11-22", "--format", "json", "--output", "r.json")
        assert (saved.code, saved.out) == (1, "")
        assert shop.run("render", "r.json", "--format", name).out == fresh, name
    verdict = shop.run("verdict", "r.json")
    assert verdict.code == 1 and "unbounded-retry" in verdict.out


def test_a_verdict_that_passes(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    assert shop.diff("--output", "r.json").code == 0
    assert shop.run("verdict", "r.json").out == "pass\n"


def test_quiet(shop: Any, call: str, retried: str) -> None:
    shop.start({"app.py": call})
    assert shop.run("diff", "--base", "main", "--quiet").out == ""
    shop.commit({"app.py": retried})
    ran = shop.run("diff", "--base", "main", "--quiet")
    assert ran.code == 1 and "unbounded-retry" in ran.out


def test_check(shop: Any, call: str, retried: str) -> None:
    shop.start({"app.py": call, "plain.py": "import os\n", "retried.py": retried, "tests/t.py": "x = 1\n"})
    assert (shop.run("check").code, shop.run("check").out) == (0, "")
    plain = shop.run("check", "plain.py", "tests/t.py")
    assert (plain.code, plain.out, plain.err) == (0, "", "")
    ran = shop.run("check", "retried.py", "plain.py")
    assert ran.code == 1 and "retried.py:9:20: CG201 " in ran.out
    assert shop.run("check", "app.py").code == 0
    assert shop.run("check", "retried.py", "--fail-on", "never").code == 0


def test_check_reads_the_files_beside_for_their_facts(shop: Any, call: str) -> None:
    code = "from settings import MODEL\n" + call.replace('"gpt-4o-mini"', "MODEL")
    shop.start({"app.py": code, "settings.py": 'MODEL = "gpt-4o-mini"\n'})
    [found] = shop.run("check", "app.py", "--format", "json").report["calls"]
    assert found["model"]["values"] == ["gpt-4o-mini"]


def test_check_of_a_file_that_cannot_be_read(shop: Any) -> None:
    shop.start({"bad.py": "import openai\ndef f(:\n"})
    ran = shop.run("check", "bad.py")
    assert ran.code == 1 and "bad.py" in ran.out


def test_check_of_a_prompt_file(shop: Any, call: str) -> None:
    code = call.replace('"You are helpful."', 'open("prompts/system.md").read()')
    budget = "budgets:\n  - path: prompts/system.md\n    tokens: 50\n"
    shop.start({"app.py": code, "prompts/system.md": "Be kind. " * 100, "costgate.yaml": budget})
    ran = shop.run("check", "prompts/system.md")
    assert ran.code == 1 and "prompts/system.md:1:1: CG601 " in ran.out


def test_check_loads_nothing_heavy_without_an_sdk(shop: Any) -> None:
    shop.start({"plain.py": "import os\n"})
    shop.run("check", "plain.py")
    code = (
        "import sys; sys.path.insert(0, sys.argv.pop(1)); from costgate.cli import main; "
        "code = main(sys.argv[1:]); print(code, *sorted({n.partition('.')[0] for n in sys.modules}))"
    )
    command = [sys.executable, "-I", "-c", code, str(SOURCE), "check", "plain.py"]
    done = subprocess.run(command, cwd=shop.root, env=shop.environment, capture_output=True, text=True, check=True)
    first, *loaded = done.stdout.split()
    assert first == "0"
    assert not {"libcst", "jsonschema", "git", "tiktoken", "rich", "yaml", "tree_sitter"} & set(loaded)


def test_version_and_help(shop: Any) -> None:
    assert shop.run("--version").out.startswith("costgate ")
    assert shop.run().code == 2
    for command in ("audit", "diff", "check", "init", "baseline", "render", "verdict", "comment", "status", "explain", "rules", "sdks"):
        assert shop.run(command, "--help").code == 0
    told = " ".join(shop.run("diff", "--help").out.split())
    assert "as it is on disk" in told and "give it no file that the change itself can write" in told
    assert "CG201" in shop.run("rules", "list").out
    assert "openai" in shop.run("sdks", "list").out
    assert shop.run("explain", "CG201").out.startswith("# unbounded-retry (CG201)\n")


def _command() -> list[str]:
    code = f"import sys; sys.path.insert(0, {str(SOURCE)!r}); from costgate.cli import main; sys.exit(main())"
    return [sys.executable, "-I", "-c", code]


def _started(shop: Any, *arguments: str, **more: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*_command(), *arguments], cwd=shop.root, env=shop.environment, stderr=subprocess.PIPE, **more)


def test_a_reader_that_goes_away(shop: Any, call: str) -> None:
    shop.write({f"app{number}.py": call for number in range(40)})
    reader, writer = os.pipe()
    os.close(reader)
    process = _started(shop, "audit", "--format", "json", stdout=writer)
    os.close(writer)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said) == (0, b"")


def test_the_verdict_stands_when_nobody_reads(shop: Any, retried: str) -> None:
    shop.write({f"app{number}.py": retried for number in range(40)})
    reader, writer = os.pipe()
    os.close(reader)
    process = _started(shop, "audit", "--fail-on", "error", stdout=writer)
    os.close(writer)
    assert (process.communicate(timeout=60)[1], process.returncode) == (b"", 1)


@pytest.mark.parametrize("stream", [1, 2])
def test_closed_streams(shop: Any, retried: str, stream: int) -> None:
    shop.write({"app.py": retried})
    line = shlex.join([*_command(), "audit", "--fail-on", "error"])
    command = ["sh", "-c", f"exec {line} {stream}>&-"]
    done = subprocess.run(command, cwd=shop.root, env=shop.environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr, bool(done.stdout)) == (1, b"", stream == 2)
    done = subprocess.run([*command[:2], command[2].replace("audit", "audit nowhere")], cwd=shop.root, env=shop.environment, capture_output=True, check=False)
    assert (done.returncode, done.stdout, bool(done.stderr)) == (2, b"", stream == 1)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no full device")
def test_a_full_disk(shop: Any, call: str) -> None:
    shop.write({"app.py": call})
    with open("/dev/full", "wb") as full:
        process = _started(shop, "audit", stdout=full)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 2 and b"No space left" in said and b"Traceback" not in said


def _heeding() -> None:
    """What a shell starts in the background is told to ignore interrupts, and passes that on."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _children(pid: int | str) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def _workers(pid: int) -> bool:
    """Whether a process has several others at work for it: no git, and not the two that a new Python has for starting them."""
    try:
        named = {each: Path(f"/proc/{each}/cmdline").read_bytes() for each in _children(pid)}
        young = [each for each, words in named.items() if b"python" in words and b"resource_tracker" not in words]
        return sum(len(_children(each)) if b"forkserver" in named[each] else 1 for each in young) > 1
    except OSError:
        return False


def _worked(process: subprocess.Popen[bytes], turns: int) -> bool:
    """Wait until workers have begun or ended that many times, so that a busy machine does not interrupt its start.

    False where it ended before, or this process was not on time to see it.
    """
    working = False
    until = time.monotonic() + 60
    while turns and process.poll() is None and time.monotonic() < until:
        if _workers(process.pid) != working:
            working, turns = not working, turns - 1
        time.sleep(0.005)
    return not turns and process.poll() is None


@pytest.mark.skipif(not Path("/proc/self/task").exists() or (os.cpu_count() or 1) < 2, reason="needs /proc and workers")
def test_an_interrupt(shop: Any, call: str) -> None:
    body = call.split("\n\n\n")[1]
    many = "from openai import OpenAI\n\nclient = OpenAI()\n" + "".join(
        "\n\n" + body.replace("answer", f"answer{number}") for number in range(60)
    )
    # enough for worker processes, which a terminal interrupts as well
    shop.write({f"app{number}.py": many for number in range(120)})
    for turns in (1, 2, 3):  # files are taken in, then prepared by one process alone, then followed
        for _ in range(3):
            process = _started(
                shop, "audit", "--no-cache", stdout=subprocess.PIPE, start_new_session=True, preexec_fn=_heeding
            )
            if _worked(process, turns):
                break
            process.communicate(timeout=60)
        else:
            pytest.fail(f"not seen at work {turns} times")
        os.killpg(process.pid, signal.SIGINT)
        out, said = process.communicate(timeout=60)
        assert (process.returncode, out, said) == (130, b"", b"costgate: interrupted\n")


def test_an_interrupt_while_something_is_cleared_away(shop: Any) -> None:
    """Python prints what a finalizer raises, and goes on."""
    code = (
        f"import sys; sys.path.insert(0, {str(SOURCE)!r})\nimport os, signal, time\nimport costgate.commands.audit as audit\n"
        "class Cleared:\n    def __del__(self):\n        os.kill(os.getpid(), signal.SIGINT)\n        for _ in range(1000): pass\n"
        "def run(options):\n    Cleared()\n    for _ in range(500): time.sleep(0.01)\n    return 0\n"
        "audit.run = run\nfrom costgate.cli import main\nsys.argv = ['costgate', 'audit']\nsys.exit(main())"
    )
    command = [sys.executable, "-I", "-c", code]
    done = subprocess.run(
        command, cwd=shop.root, env=shop.environment, capture_output=True, preexec_fn=_heeding, timeout=60, check=False
    )
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"costgate: interrupted\n")


@pytest.mark.parametrize("state", ["damaged", "read-only", "homeless", "a file", "locked"])
def test_a_cache_that_cannot_be_used(
    shop: Any, call: str, tmp_path: Any, state: str, request: pytest.FixtureRequest
) -> None:
    shop.write({"app.py": call})
    cache = tmp_path / "cache"
    shop.cold = True  # what is loaded comes from there, too
    shop.extra["COSTGATE_CACHE_DIR"] = str(cache)
    expected = shop.run("audit", "--format", "json", "--no-cache", "--as-of", "2026-11-22").out
    assert not cache.exists()
    if state == "damaged":
        cache.mkdir()
        (cache / "costgate-2.sqlite").write_bytes(b"nonsense" * 1000)
    elif state == "read-only":
        shop.extra["COSTGATE_CACHE_DIR"] = "/proc/costgate"
    elif state == "homeless":
        shop.extra |= {"COSTGATE_CACHE_DIR": "", "HOME": "/nonexistent"}
    elif state == "a file":
        cache.write_text("x")
    else:
        import sqlite3

        assert shop.run("audit").code == 0
        lock = sqlite3.connect(cache / "costgate-2.sqlite")
        lock.execute("BEGIN EXCLUSIVE")
        request.addfinalizer(lock.close)
    ran = shop.run("audit", "--format", "json", "--as-of", "2026-11-22")
    assert (ran.code, ran.out, ran.err) == (0, expected, "")


def test_a_finding_about_the_whole_tree_names_no_file(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": call + "def (:\n"})
    ran = shop.run("diff", "--base", "main", "--format", "json", "--output", "made.json")
    assert ran.code == 1
    made = json.loads((shop.root / "made.json").read_text())
    tree = next(one for one in made["findings"] if one["rule"] == "CG909")
    assert (tree["path"], tree["line"]) == ("", 0)
    told = {name: shop.run("render", "made.json", "--format", name).out for name in ("github", "markdown", "sarif", "junit", "text")}
    assert "::notice title=CG909" in told["github"] and "file=." not in told["github"]
    assert "but unreadable-change at `app.py:1`" in told["markdown"] and "unread-files: files not" in told["markdown"]
    places = [one["locations"] for run in json.loads(told["sarif"])["runs"] for one in run["results"]]
    assert {one[0]["physicalLocation"]["artifactLocation"]["uri"] for one in places} == {"app.py"}
    assert ".:1" not in told["junit"] + told["text"]

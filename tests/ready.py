"""A process that has costgate loaded, and copies of it that run one command each.

Every run is a process of its own, with its own folder, environment and output, for a third of what it costs to start one
and to load everything again. What a run could leave behind ends with its process. Tests of what happens while a process
starts start real ones.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).resolve().parents[1]
POSSIBLE = sys.platform == "linux"
"""Elsewhere a process cannot be copied, or not be waited for beside others."""

# A console script: hands its arguments, folder, environment and open files over, and ends as the run did.
SCRIPT = """#!{python} -IS
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as line:
    line.connect({address!r})
    asked = [sys.argv, os.getcwd(), dict(os.environ)]
    socket.send_fds(line, [b"!"], [0, 1, 2])
    line.sendall(json.dumps(asked).encode("utf-8") + b"\\n")
    said = line.makefile("rb").readlines()
code = int(said[1])
if code < 0:
    os.kill(os.getpid(), -code)
os._exit(code)
"""


class Ready:
    """The process that is copied, for as long as its tests last."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="costgate-ready-")
        self.address = str(Path(self._folder.name, "line"))
        command = [sys.executable, "-I", __file__, self.address]
        # It ends when this end of its standard input does, that is with this process at the latest.
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=SOURCE)
        assert self._process.stdout and self._process.stdout.readline() == b"ready\n"

    def close(self) -> None:
        self._process.communicate()
        self._folder.cleanup()

    def run(
        self, arguments: Sequence[str], cwd: Path, environment: Mapping[str, str], timeout: float = 120
    ) -> tuple[int, bytes, bytes]:
        """`costgate ARGUMENTS`: its exit code, its output and what it complained of."""
        with (
            socket.socket(socket.AF_UNIX) as line,
            open(os.devnull, "rb") as nothing,
            tempfile.TemporaryFile() as out,
            tempfile.TemporaryFile() as err,
        ):
            line.settimeout(timeout)
            line.connect(self.address)
            socket.send_fds(line, [b"!"], [nothing.fileno(), out.fileno(), err.fileno()])
            line.sendall(json.dumps([["-c", *arguments], str(cwd), dict(environment)]).encode() + b"\n")
            with line.makefile("rb") as said:
                process = int(said.readline())
                try:
                    code = int(said.readline())
                except TimeoutError:
                    os.kill(process, signal.SIGKILL)
                    raise
            out.seek(0)
            err.seek(0)
            return code, out.read(), err.read()

    def script(self, path: Path) -> Path:
        """A console script `costgate` at this path."""
        path.write_text(SCRIPT.format(python=sys.executable, address=self.address))
        path.chmod(0o755)
        return path


def _serve(address: str) -> None:
    import gc
    import selectors

    _load()
    gc.collect()
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as listener, selectors.DefaultSelector() as waiting:
        listener.bind(address)
        listener.listen()
        waiting.register(listener, selectors.EVENT_READ)
        waiting.register(0, selectors.EVENT_READ)
        os.write(1, b"ready\n")
        while True:
            for key, _ in waiting.select():
                if key.fileobj == 0:
                    return
                if key.fileobj is listener:
                    _begin(listener, waiting)
                else:
                    _end(key, waiting)


def _load() -> None:
    """All that a run of audit, diff or check loads of code and of packaged data."""
    from costgate.cli import main

    call = (
        "from openai import OpenAI\n"
        "OpenAI().responses.create(model='gpt-4.1', input='Say something kind.', max_output_tokens=9)\n"
    )
    with tempfile.TemporaryDirectory() as folder, open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere):
        os.environ["COSTGATE_CACHE_DIR"] = str(Path(folder, "cache"))
        shop = Path(folder, "shop")
        shop.mkdir()
        os.chdir(shop)
        for words in (["init", "--quiet"], ["commit", "--quiet", "--allow-empty", "-m", "-"]):
            subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@example.org", *words], check=True)
        Path("app.py").write_text(call)
        for arguments in (["diff", "--base", "HEAD", "--worktree", "--format", "json"], ["audit"]):
            assert main(arguments) == 0
        os.chdir("/")


def _begin(listener: socket.socket, waiting: Any) -> None:
    line, _ = listener.accept()
    files = socket.recv_fds(line, 1, 3)[1]
    with line.makefile("rb") as said:
        asked = json.loads(said.readline())
    process = os.fork()
    if not process:
        listener.close()
        line.close()
        _run(files, *asked)
    for file in files:
        os.close(file)
    line.sendall(b"%d\n" % process)
    waiting.register(os.pidfd_open(process), 1, (process, line))


def _end(key: Any, waiting: Any) -> None:
    process, line = key.data
    waiting.unregister(key.fileobj)
    os.close(key.fileobj)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    with line, contextlib.suppress(OSError):  # who asked may have gone
        line.sendall(b"%d\n" % code)


def _run(files: list[int], words: list[str], folder: str, environment: dict[str, str]) -> None:
    """The rest of this process: what the interpreter does around a console script."""
    import atexit
    import gc
    import threading
    import time
    import traceback
    from types import ModuleType

    from costgate.cli import main

    code: Any = 1
    try:
        for number, file in enumerate(files):
            os.dup2(file, number)
            os.close(file)
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - as long as the process
        sys.stdout = open(1, "w", encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115 - the same
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115 - the same
        sys.modules["__main__"] = ModuleType("__main__")
        sys.argv = words
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(folder)
        time.tzset()
        gc.enable()
        code = main()
    except SystemExit as asked:
        code = asked.code
    except BaseException:  # noqa: BLE001 - as an interpreter does
        traceback.print_exc()
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code if isinstance(code, int) else int(code is not None))


if __name__ == "__main__":
    sys.path.insert(0, str(SOURCE))
    _serve(sys.argv[1])

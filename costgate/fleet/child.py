"""The auditor's process as a worker sees it: started when needed, given a job, ended when it takes too long."""

from __future__ import annotations

import json
import os
import selectors
import subprocess
import sys
import threading
from collections.abc import Mapping
from time import monotonic
from typing import Any

JOBS = 100
"""A process is replaced after so many, which bounds what it may have kept."""
_START = "from costgate.fleet.auditor import main; raise SystemExit(main())"

_local = threading.local()
"""A worker may have several threads; each has an auditor of its own."""


def ask(job: Mapping[str, Any], timeout: float) -> dict[str, Any]:
    """The auditor's answer, or one that says why there is none."""
    process = _running()
    assert process.stdin is not None and process.stdout is not None
    try:
        process.stdin.write(json.dumps(job).encode() + b"\n")
        process.stdin.flush()
    except BrokenPipeError:
        return {"why": _ended(process)}
    line = _line(process, timeout)
    if line is None:
        end()
        return {"why": f"took more than {timeout:g} seconds"}
    if not line:
        return {"why": _ended(process)}
    answer: dict[str, Any] = json.loads(line)
    return answer


def end() -> None:
    """End this thread's auditor."""
    process: subprocess.Popen[bytes] | None = getattr(_local, "process", None)
    _local.process = None
    if process is not None:
        process.kill()
        process.communicate()


def _running() -> subprocess.Popen[bytes]:
    process: subprocess.Popen[bytes] | None = getattr(_local, "process", None)
    if process is not None and process.poll() is None and _local.jobs < JOBS:
        _local.jobs += 1
        return process
    end()
    _local.jobs = 1
    _local.process = made = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-P", "-c", _START],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        bufsize=0,
        env={**os.environ, "PYTHONSAFEPATH": "1"},
    )
    return made


def _line(process: subprocess.Popen[bytes], timeout: float) -> bytes | None:
    """The next line of its output; empty when it ended, None when the time is up."""
    assert process.stdout is not None
    got = b""
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        until = monotonic() + timeout
        while not got.endswith(b"\n"):
            if not ready.select(max(0.0, until - monotonic())):
                return None
            part = os.read(process.stdout.fileno(), 65536)
            if not part:
                return b""
            got += part
    return got


def _ended(process: subprocess.Popen[bytes]) -> str:
    code = process.wait()
    end()
    return (
        f"the audit was killed (signal {-code}), perhaps for want of memory"
        if code < 0
        else f"the audit ended with {code}"
    )

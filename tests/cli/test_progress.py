"""The bar: on a terminal and for work that takes a while, and nowhere else."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from costgate.render.progress import PATIENCE, Bar

pty = pytest.importorskip("pty")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_it_waits_then_shows_what_it_is_told_and_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    now = [0.0]
    out = Terminal()
    bar = Bar(out, lambda: now[0])
    bar.tell("reading the base", 1, 9)
    assert out.getvalue() == ""
    now[0] = PATIENCE
    bar.tell("reading the base", 3, 9)
    now[0] += 1
    bar.tell("reading the head", 4, 7)
    bar.close()
    shown = out.getvalue()
    assert "reading the base" in shown and "3/9" in shown and "reading the head" in shown and "4/7" in shown
    assert shown.endswith("\x1b[2K") and "\x1b[?25h" in shown, "wiped, and the cursor is back"


def _on_a_terminal(shop: Any, **environment: str) -> tuple[bytes, bytes]:
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r}); import costgate.render.progress as p; "
        "p.PATIENCE = 0; from costgate.cli import main; sys.exit(main())"
    )
    ours, theirs = pty.openpty()
    command = [sys.executable, "-I", "-c", code, "audit", "--no-cache"]
    done = subprocess.run(
        command, cwd=shop.root, env={**shop.environment, "TERM": "xterm", **environment}, stdout=-1, stderr=theirs, check=True
    )
    os.set_blocking(ours, False)
    try:
        drawn = os.read(ours, 100_000)
    except BlockingIOError:
        drawn = b""
    os.close(ours)
    os.close(theirs)
    return done.stdout, drawn


def test_on_a_terminal_and_not_in_ci(shop: Any, call: str) -> None:
    shop.write({"app.py": call, "other.py": call})
    out, drawn = _on_a_terminal(shop)
    assert b"reading the folder" in drawn and b"/2" in drawn
    assert b"\x1b" not in out and b"reading" not in out.split(b"\n")[0]
    assert _on_a_terminal(shop, CI="true") == (out, b"")


def test_not_where_nobody_looks(shop: Any, call: str) -> None:
    shop.write({"app.py": call})
    assert shop.run("audit", "--no-cache").err == ""

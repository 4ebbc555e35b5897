"""Which command runs, and the exit code of what goes wrong in it.

Exit codes: 0 pass, 1 the gate says no, 2 the user's mistake, 3 our bug, 130 interrupted.
"""

from __future__ import annotations

import gc
import os
import sys

from costgate import __version__
from costgate.model.error import UserError
from costgate.terminal import complain, let_go_of_output

TYPE_CHECKING = False  # that of typing costs as much as the rest of this module
if TYPE_CHECKING:
    import argparse
    from typing import Any

MISTAKE, BUG, INTERRUPTED = 2, 3, 130
PATIENCE = 2
"""Seconds until a process that has nothing left to do is ended."""
COLLECTING = (50_000, 20, 50)
"""How seldom garbage is looked for. Hardly anything that a run makes is garbage in circles; the usual way takes a fifth of its time."""

# Each is a module of costgate.commands with `arguments(parser)` and `run(options) -> exit code`.
COMMANDS = {
    "audit": "rank every call site of a codebase by what it costs",
    "diff": "what a branch changes against its merge base",
    "check": "judge the files given, as a pre-commit hook does",
    "init": "configuration, hook, pipeline and baseline for a repository that has none",
    "baseline": "the findings that are accepted for now",
    "render": "make another format from a saved report",
    "verdict": "the exit code of a saved report",
    "comment": "bring the pull request's comment up to date from a saved report",
    "status": "the verdict of a saved report as a check run on a commit",
    "explain": "a rule in full, how the cost of the call at PATH:LINE comes about, or who sends a prompt file",
    "rules": "list the rules, or put a team's own to the proof",
    "prices": "what a model costs, what changed between price books, and a newer book",
    "usage": "measured figures from traces, gateway logs and providers' reports",
    "sdks": "list, show, check and draft what is known of SDKs and frameworks",
    "portfolio": "saved reports of many repositories as one portfolio",
    "fleet": "audit many repositories on a cluster, and go on where it stopped",
}


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    words = sys.argv[1:] if argv is None else argv
    if words[:1] == ["check"] and (known := _quick(words[1:])) is not None:
        return known
    if words[:1] == ["help"]:
        words = [*words[1:2], "--help"]
    if argv is None:  # else the process is somebody else's
        gc.set_threshold(*COLLECTING)
        sys.unraisablehook = _not_raised
    try:
        code = _run(words)
    except KeyboardInterrupt:
        import signal

        signal.signal(signal.SIGINT, signal.SIG_IGN)  # who presses twice gets no traceback of what ends anyway
        complain("interrupted")
        if argv is None and sys.stderr is not None:
            # threads that end by themselves may yet complain of what others have closed
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
        code = INTERRUPTED
    if argv is None and getattr(sys.modules.get("costgate.read.workers"), "left", False):
        _end_by_and_by(code)
    return code


def _end_by_and_by(code: int) -> None:
    """The interpreter waits for threads to end, which may wait for the rest of what a worker was saying when it was ended."""
    import contextlib
    from threading import Timer

    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
    last = Timer(PATIENCE, os._exit, (code,))
    last.daemon = True
    last.start()


def _run(words: list[str]) -> int:
    if words and not words[0].startswith("-") and words[0] not in COMMANDS:
        return _no_command(words[0])
    made = parser(words)
    options, unknown = made.parse_known_args(words)
    options.words = words[1:]
    if options.command is None:
        made.print_help()
        return MISTAKE
    if unknown:
        complain(f"{options.command} takes no {' '.join(unknown)} (costgate {options.command} --help says what it takes)")
        return MISTAKE
    # A worker process may start as `python -c`, which would look for its modules in the judged folder first.
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        code: int = _command(options.command).run(options)
    except UserError as error:
        complain(str(error))
        return MISTAKE
    except OSError as error:
        let_go_of_output()
        complain(f"{error.filename or 'input or output'}: {error.strerror or error}")
        return MISTAKE
    except Exception as error:  # noqa: BLE001 - the one place where a bug becomes a report instead of a traceback
        return _bug(error)
    return code


def _not_raised(what: Any) -> None:
    """An interrupt that meets a finalizer, from which nothing can be raised, comes again a moment later."""
    if what.exc_type is not KeyboardInterrupt:
        sys.__unraisablehook__(what)
        return
    import _thread
    import threading

    later = threading.Timer(0.05, _thread.interrupt_main)
    later.daemon = True
    later.start()


def _no_command(word: str) -> int:
    from difflib import get_close_matches
    from pathlib import Path

    near = get_close_matches(word, COMMANDS, 1)
    if not near and Path(word).exists():
        near = [f"audit {word}"]
    hint = f"did you mean costgate {near[0]}?" if near else "costgate --help lists them"
    complain(f"{word!r} is no command ({hint})")
    return MISTAKE


def parser(words: list[str]) -> argparse.ArgumentParser:
    """The command line; only the commands among `words` are imported for their arguments."""
    import argparse

    made = argparse.ArgumentParser(
        prog="costgate",
        description="What a change does to the LLM bill, before the merge, and whether the team's policy allows it.",
        epilog="Begin with `costgate audit` in a repository; `costgate init` sets up hook and pipeline. "
        "`costgate COMMAND --help` says more, `costgate explain RULE` what a finding is about.",
    )
    made.add_argument("--version", action="version", version=f"costgate {__version__}")
    commands = made.add_subparsers(dest="command", metavar="COMMAND")
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        if name in words:
            _command(name).arguments(command)
    return made


def _quick(words: list[str]) -> int | None:
    """What a check can say at once; None where it has to run."""
    from costgate.commands.quick import answered

    try:
        return answered(words)
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED


def _command(name: str) -> Any:
    from importlib import import_module

    return import_module(f"costgate.commands.{name}")


def _bug(error: Exception) -> int:
    import tempfile
    import traceback
    from pathlib import Path

    with tempfile.NamedTemporaryFile("w", prefix="costgate-", suffix=".log", delete=False, encoding="utf-8") as log:
        traceback.print_exception(error, file=log)
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    complain(f"a bug of costgate {__version__}: {type(error).__name__} at {where}; details: {log.name}")
    return BUG


if __name__ == "__main__":
    sys.exit(main())

"""The bar on a terminal while a run takes longer than a moment; gone when it is done."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import IO, Any

PATIENCE = 1.0
"""Seconds before anything is shown."""
_PAUSE = 0.1


class Bar:
    """Shows what it is told, on `stream`. It draws when told and has no thread: worker processes may be forked."""

    def __init__(self, stream: IO[str], clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream
        self._clock = clock
        self._next = clock() + PATIENCE
        self._bar: Any = None
        self._tasks: dict[str, Any] = {}

    def tell(self, what: str, done: int, parts: int) -> None:
        """So many parts of this are done."""
        now = self._clock()
        if now < self._next:
            return
        self._next = now + _PAUSE
        if self._bar is None:
            self._bar = _bar(self._stream)
            self._bar.start()
        if what not in self._tasks:
            self._tasks = {what: self._bar.add_task(what, total=parts)}
            for old in self._bar.task_ids[:-1]:
                self._bar.remove_task(old)
        self._bar.update(self._tasks[what], completed=done, total=parts)
        self._bar.refresh()

    def close(self) -> None:
        """Wipe the bar."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def _bar(stream: IO[str]) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("files"),
        console=Console(file=stream),
        transient=True,
        auto_refresh=False,
        redirect_stdout=False,
        redirect_stderr=False,
    )

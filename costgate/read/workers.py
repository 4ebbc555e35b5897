"""Work shared out among processes. One that is killed takes nothing along: what it had is done in this one."""

from __future__ import annotations

import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing, contextmanager
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from multiprocessing.context import BaseContext

MAX_WORKERS = 8
MANY = 2_000
"""Files that are worth other processes: to begin these takes as long as to look at some hundreds."""
SHARE = 64
J = TypeVar("J")
R = TypeVar("R")
_working = False
left = False
"""Whether workers were ended in the midst of their work: threads that talked with them may wait for ever."""
_held: list[Any] = []
"""What forked workers find in memory, instead of being sent it."""


def cores() -> int:
    """How many processes may share work; one that has a share already does it alone."""
    return 1 if _working else min(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, MAX_WORKERS)


def shared(do: Callable[[J], R], jobs: Sequence[J], chunk: int = 1) -> Generator[R, None, None]:
    """What `do` gives for each job, in their order. Both are sent to the workers, and so is what comes back."""
    return _shared(do, jobs, chunk, None)


def forks() -> bool:
    """Whether a process can be copied with all that it has in memory. macOS can, but its libraries do not bear it."""
    return sys.platform == "linux"


def shared_with(holder: Any, do: Callable[[Any, J], R], jobs: Sequence[J]) -> Generator[R, None, None]:
    """The same with `holder` as the first argument, which is not sent: each worker has a copy of it as it is now.

    Only where this process `forks`. Close the iterator where it is not taken to its end.
    """
    _held.append((holder, do))
    try:
        yield from _shared(_with_held, jobs, 1, get_context("fork"))
    finally:
        _held.pop()


def shared_among(holder: Any, do: Callable[[Any, J], R], jobs: Sequence[J]) -> Generator[R, None, None]:
    """The same of jobs that take no time but are many, such as a look at a file: from as many processes as pay."""
    if len(jobs) < MANY or cores() < 2 or not forks():
        yield from (do(holder, job) for job in jobs)
        return
    shares = [jobs[at : at + SHARE] for at in range(0, len(jobs), SHARE)]
    with closing(shared_with((holder, do), _share, shares)) as parts:
        for part in parts:
            yield from part


def _share(held: tuple[Any, Callable[[Any, J], R]], jobs: Sequence[J]) -> list[R]:
    holder, do = held
    return [do(holder, job) for job in jobs]


def _with_held(job: Any) -> Any:
    holder, do = _held[-1]
    return do(holder, job)


def _shared(do: Callable[[J], R], jobs: Sequence[J], chunk: int, context: BaseContext | None) -> Generator[R, None, None]:
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    done = 0
    pool = ProcessPoolExecutor(min(cores(), len(jobs)), mp_context=context, initializer=_begin)
    try:
        with _undisturbed():
            results = pool.map(do, jobs, chunksize=chunk)
        for result in results:
            done += 1
            yield result
    except (KeyboardInterrupt, GeneratorExit):
        if done < len(jobs):
            _end_workers()
        raise
    except (BrokenProcessPool, OSError):
        yield from map(do, jobs[done:])
    finally:
        # after an interrupt, what is queued is neither done nor waited for
        pool.shutdown(wait=False, cancel_futures=True)


def trim() -> None:
    """Give what is free back to the system: glibc keeps it, in holes between what is not."""
    import ctypes

    give_back = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if give_back is not None:
        give_back(0)


def _end_workers() -> None:
    from multiprocessing import active_children

    global left  # noqa: PLW0603
    left = True
    for worker in active_children():
        worker.terminate()


@contextmanager
def _undisturbed() -> Generator[None, None, None]:
    """An interrupt waits until the workers have begun: one that has not would print where it was."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _begin() -> None:
    """A terminal interrupts the workers, too, but one that ends by itself leaves its parent waiting for ever."""
    from threading import Thread

    global _working  # noqa: PLW0603
    _working = True
    gc.freeze()  # a collection would write to all that is shared with the parent, and so copy it
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()


def _end_with(parent: int) -> None:
    """A parent that is killed, or interrupted twice, ends nobody; its workers would wait for work for ever."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)

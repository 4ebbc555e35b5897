"""A fleet run: what is left to do goes to a Dask cluster, what comes back is told as it comes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from costgate.fleet import state
from costgate.fleet.checkout import stamp
from costgate.fleet.listing import Item
from costgate.fleet.state import DONE, FAILED, Result
from costgate.fleet.work import Circumstances, work
from costgate.model.error import UserError

_AHEAD = 4
"""Jobs in flight for each worker thread: enough to keep it busy, few enough that killing it repeats little."""
QUIET = {"dashboard": False, "dashboard_address": "127.0.0.1:0"}
"""No dashboard, and for the pages about its health, which a scheduler serves all the same, a port that nobody else has."""
_CONNECT = 15
_ALLOWED = 3
"""How often a repository may take a worker down with it before it is given up."""


def left(items: Sequence[Item], given: Circumstances) -> tuple[list[Item], dict[str, Result]]:
    """What is still to do, and what an earlier run under the same circumstances has done.

    A repository is done when its entry is the same, its report is there, and, for one on disk, no file has changed.
    """
    kept: dict[str, Result] = {}
    for item in items:
        result = state.load(Path(given.out), item.name)
        if result is not None and _holds(result, item, given):
            kept[item.name] = result
    return [item for item in items if item.name not in kept], kept


def _holds(result: Result, item: Item, given: Circumstances) -> bool:
    if (result.state, result.run, result.item) != (DONE, given.id, item.digest):
        return False
    if not (state.reports(Path(given.out)) / f"{item.name}.json").is_file():
        return False
    return item.remote or (Path(item.source).is_dir() and stamp(Path(item.source)) == result.stamp)


def run(
    items: Sequence[Item],
    given: Circumstances,
    scheduler: str | None,
    workers: int,
    tell: Callable[[Result], None],
) -> dict[str, Result]:
    """Audit the items on a cluster and return the results by name. UserError when the cluster cannot be had or goes away.

    Without `scheduler` (tcp://host:port) a cluster of `workers` processes is started here and ended afterwards.
    """
    found: dict[str, Result] = {}
    with _cluster(scheduler, workers) as client:
        for result in _results(client, items, given):
            found[result.name] = result
            tell(result)
    return found


def _results(client: Any, items: Sequence[Item], given: Circumstances) -> Iterator[Result]:
    from distributed import as_completed
    from distributed.client import FutureCancelledError

    waiting = iter(items)
    names: dict[str, Item] = {}

    def send() -> Any | None:
        item = next(waiting, None)
        if item is None:
            return None
        future = client.submit(work, item, given, key=f"costgate-{given.id}-{item.name}", pure=False, retries=0)
        names[future.key] = item
        return future

    threads = max(1, sum(client.nthreads().values()))
    first = [future for _ in range(threads * _AHEAD) if (future := send()) is not None]
    flow: Any = as_completed(first, raise_errors=False)  # type: ignore[no-untyped-call]
    done: set[str] = set()
    for future in flow:
        item = names[future.key]
        error = future.exception() if future.status != "finished" else None
        if isinstance(error, FutureCancelledError) or future.status == "cancelled":
            raise UserError("the cluster is gone", hint=f"{len(done)} repositories are done; run it again to go on")
        yield future.result() if error is None else _lost(item, given, error)
        done.add(item.name)
        following = send()
        if following is not None:
            flow.add(following)


def _lost(item: Item, given: Circumstances, error: BaseException) -> Result:
    from distributed import KilledWorker

    why = "its workers were killed each time" if isinstance(error, KilledWorker) else f"{type(error).__name__}: {error}"
    return Result(item.name, item.digest, given.id, FAILED, why, None, 0.0)


@contextmanager
def _cluster(scheduler: str | None, workers: int) -> Iterator[Any]:
    try:
        import dask
        import distributed  # noqa: F401 - it brings the settings that are overridden here
    except ImportError:
        raise UserError("costgate fleet needs Dask", hint="install costgate with its extra `fleet`") from None
    # Audits run in processes of their own, which a daemon may not start.
    settings = {"distributed.worker.daemon": False, "distributed.scheduler.allowed-failures": _ALLOWED}
    with dask.config.set(settings), _started(workers) if scheduler is None else _connected(scheduler) as client:
        yield client


@contextmanager
def _started(workers: int) -> Iterator[Any]:
    from distributed import Client, LocalCluster

    cluster: Any = LocalCluster(  # type: ignore[no-untyped-call]
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None, scheduler_kwargs=QUIET, silence_logs=50
    )
    with cluster, Client(cluster) as client:  # type: ignore[no-untyped-call]
        yield client


@contextmanager
def _connected(scheduler: str) -> Iterator[Any]:
    from distributed import Client

    try:
        client: Any = Client(scheduler, timeout=_CONNECT)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise UserError(f"no scheduler answers: {error}", where=scheduler, hint="start one: dask scheduler") from None
    with client:
        if not client.nthreads():
            raise UserError("has no workers", where=scheduler, hint="start some: dask worker ADDRESS")
        yield client

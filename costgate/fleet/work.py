"""What a worker does with one repository: fetch it, have it audited, file the result."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from costgate.fleet import child, state
from costgate.fleet.checkout import clone, stamp
from costgate.fleet.listing import Item
from costgate.fleet.state import DONE, FAILED, Result
from costgate.model.error import UserError

_TRIES = 2
"""A folder that changed while it was read is read once more."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What holds for every repository of a run. `id` names all of it, `timeout` is in seconds."""

    id: str
    out: str
    cache: str
    as_of: str
    config: str | None
    timeout: float


def work(item: Item, given: Circumstances) -> Result:
    """Audit one repository and file what came out; never raises for what is wrong with the repository or the disk."""
    start = monotonic()
    try:
        answer = _cloned(item, given) if item.remote else _on_disk(item, given)
    except UserError as error:
        answer = {"why": str(error)}
    except OSError as error:
        answer = {"why": f"{error.filename or item.source}: {error.strerror or error}"}
    why = answer.get("why")
    result = Result(
        item.name,
        item.digest,
        given.id,
        FAILED if why else DONE,
        why,
        answer.get("stamp"),
        round(monotonic() - start, 3),
        answer.get("asked", 0),
        answer.get("found", 0),
    )
    return _filed(result, given)


def _filed(result: Result, given: Circumstances) -> Result:
    try:
        if result.state == FAILED:  # what an earlier run found no longer holds
            _report(result.name, given).unlink(missing_ok=True)
        state.save(Path(given.out), result)
    except OSError as error:
        why = result.why or f"{error.filename or given.out}: {error.strerror or error}"
        return Result(result.name, result.item, result.run, FAILED, why, result.stamp, result.seconds)
    return result


def _cloned(item: Item, given: Circumstances) -> dict[str, Any]:
    place = Path(tempfile.mkdtemp(prefix="costgate-fleet-"))
    try:
        commit = clone(item.source, item.ref, place / item.name, given.timeout)
        return {**_asked(item, place / item.name, given), "stamp": commit}
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _on_disk(item: Item, given: Circumstances) -> dict[str, Any]:
    folder = Path(item.source)
    if not folder.is_dir():
        raise UserError("no such folder", where=item.source)
    for _ in range(_TRIES):
        before = stamp(folder)
        answer = _asked(item, folder, given)
        if stamp(folder) == before:
            return {**answer, "stamp": before}
    return {"why": "changed while it was read"}


def _asked(item: Item, folder: Path, given: Circumstances) -> dict[str, Any]:
    job = {
        "name": item.name,
        "folder": str(folder),
        "report": str(_report(item.name, given)),
        "cache": given.cache,
        "config": given.config,
        "as_of": given.as_of,
    }
    return child.ask(job, given.timeout)


def _report(name: str, given: Circumstances) -> Path:
    return state.reports(Path(given.out)) / f"{name}.json"

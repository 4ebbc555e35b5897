"""A process that audits one repository after another. It reads a job from each line of its input and answers with a line.

A process of its own, so that a repository that hangs it, or that it runs out of memory on, costs that repository alone.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from costgate.fleet.state import write
from costgate.model.error import UserError


@dataclass(slots=True)
class Counting:
    """A cache that counts how often it was asked, and had an answer."""

    cache: Any
    asked: int = 0
    found: int = 0

    def get(self, kind: str, key: str) -> Any | None:
        """The remembered value, or None."""
        value = self.cache.get(kind, key)
        self.asked += 1
        self.found += value is not None
        return value

    def put(self, kind: str, key: str, value: Any) -> None:
        """Remember a value."""
        self.cache.put(kind, key, value)


def main() -> int:
    """Answer jobs until the input ends."""
    answers, sys.stdout = sys.stdout, sys.stderr  # a stray print must not look like an answer
    for line in sys.stdin:
        print(json.dumps(_answer(json.loads(line))), file=answers, flush=True)
    return 0


def _answer(job: Mapping[str, Any]) -> dict[str, Any]:
    try:
        return audited(job)
    except UserError as error:
        return {"why": str(error)}
    except OSError as error:
        return {"why": f"{error.filename or 'input or output'}: {error.strerror or error}"}
    except Exception as error:  # noqa: BLE001 - one repository's bug must not end the others' run
        return {"why": f"a bug of costgate: {type(error).__name__}: {error}"}


def audited(job: Mapping[str, Any]) -> dict[str, Any]:
    """Audit `folder` and write the report to `report`. UserError when it cannot be audited."""
    from costgate.gate import audit
    from costgate.model.setting import Setting
    from costgate.render.json import render
    from costgate.render.options import Options
    from costgate.store.cache import SqliteCache

    config = Path(job["config"]) if job["config"] else None
    with SqliteCache(Path(job["cache"])) as kept:
        cache = Counting(kept)
        report = audit([Path(job["folder"])], Setting(job["as_of"], cache, config))
    report["provenance"]["repository"] = job["name"]
    write(Path(job["report"]), render(report, Options()))
    return {"why": None, "asked": cache.asked, "found": cache.found}


if __name__ == "__main__":
    sys.exit(main())

"""How often each packaged rule was right on real code: read from precision.yaml, told on its page."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).with_name("precision.yaml")


@dataclass(frozen=True, slots=True)
class Precision:
    """What the rule found in the labelled corpus, how many of these were read in the code, and how many were true."""

    found: int
    read: int
    true: int
    note: str

    @property
    def share(self) -> str:
        """Per cent of what was read; empty where there was nothing to read."""
        return f"{100 * self.true // self.read} %" if self.read else ""


@cache
def precisions() -> dict[str, Precision]:
    """Every packaged rule by its id."""
    rows = _data()["rules"].items()
    return {each: Precision(row["found"], row["read"], row["true"], row.get("note", "")) for each, row in rows}


def preface() -> str:
    """What was counted, and how."""
    return str(_data()["preface"]).strip()


@cache
def _data() -> Any:
    from costgate.knowledge.strict import load

    return load(HERE.read_text("utf-8"), HERE.name)

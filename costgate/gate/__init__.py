"""Wires the stages: trees in, report out. No logic of its own."""

from __future__ import annotations

from costgate.gate.judged import changed_paths
from costgate.gate.place import root_of
from costgate.gate.reading import book_of, knowledge
from costgate.gate.rest import Rest
from costgate.gate.runs import Baseline, audit, baseline, check, diff, in_order, unmeasured
from costgate.gate.samples import measure_files, report_of_files

__all__ = [
    "Baseline",
    "Rest",
    "audit",
    "baseline",
    "book_of",
    "changed_paths",
    "check",
    "diff",
    "in_order",
    "knowledge",
    "measure_files",
    "report_of_files",
    "root_of",
    "unmeasured",
]

"""What rules are about: one small view per subject over the facts of a snapshot or a comparison."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from costgate.model.call import CallSite
from costgate.model.finding import Gap
from costgate.model.money import Range
from costgate.model.snapshot import Change, Comparison, Measure, PromptTokens, Snapshot
from costgate.model.workload import PortfolioCost, WorkloadCost


@dataclass(frozen=True, slots=True)
class CallSubject:
    """A call site and what it costs. `change` is the kind of change that touches it, None when none does."""

    site: CallSite
    measure: Measure
    change: str | None = None
    compared: bool = False
    as_of: str | None = None
    workloads: tuple[str, ...] = ()
    nested: bool = False
    """Whether the function around it is a tool that another call hands to the model."""


@dataclass(frozen=True, slots=True)
class PromptSubject:
    """A prompt source; `before` is its size in the base, None when it is new or nothing is compared."""

    prompt: PromptTokens
    budget: int | None = None
    before: Range | None = None
    compared: bool = False
    copy_of: str | None = None
    """The place of an earlier source with the same text."""
    whole: bool = True
    """Whether all prompts of the tree were read."""


@dataclass(frozen=True, slots=True)
class WrapperSubject:
    """A function around a request, by the request in its body and the calls that reach it."""

    body: CallSite
    callers: tuple[CallSite, ...]


@dataclass(frozen=True, slots=True)
class ChangeSubject:
    """One change, with the measure of each side that exists."""

    change: Change
    before: Measure | None = None
    after: Measure | None = None


@dataclass(frozen=True, slots=True)
class FileSubject:
    """A file that changed, or that could not be read whole; `unread` says why, None when it was read."""

    path: str
    changed: bool
    unread: str | None = None
    calls: int = 0


@dataclass(frozen=True, slots=True)
class GapSubject:
    """Something that could not be known, and the call it belongs to."""

    gap: Gap
    call_key: str | None = None


@dataclass(frozen=True, slots=True)
class ExceptionSubject:
    """An exception to the rules. `new` None: nothing is compared; `strange` lists ids that name no rule."""

    kind: str
    path: str
    line: int
    rules: tuple[str, ...]
    reason: str
    used: bool
    new: bool | None = None
    strange: tuple[str, ...] = ()
    owner: str | None = None
    until: str | None = None
    whole: bool = True
    """Whether all that it may be about was read."""


@dataclass(frozen=True, slots=True)
class WorkloadSubject:
    """A workload; `base` is what the same declaration costs in the base, None when nothing is compared."""

    cost: WorkloadCost
    base: WorkloadCost | None = None
    portfolio: PortfolioCost | None = None
    as_of: str | None = None


@dataclass(frozen=True, slots=True)
class PortfolioSubject:
    """The workloads together; `pairs` are its members in base and head, None when nothing is compared."""

    cost: PortfolioCost
    pairs: tuple[tuple[WorkloadCost, WorkloadCost], ...] | None = None


@dataclass(frozen=True, slots=True)
class RunSubject:
    """The run itself. `comparison` None: nothing is compared."""

    mode: str
    snapshot: Snapshot
    comparison: Comparison | None = None
    as_of: str | None = None
    currency: str = "USD"
    ignores_added: int = 0
    book_date: str | None = None


Subjects: TypeAlias = "Mapping[str, Any]"
"""Subject name -> what its facts are read from; the vocabulary of one question to a rule."""

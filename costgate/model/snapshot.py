"""What one tree holds and costs, and what changed between two."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from costgate.model.call import CallSite
from costgate.model.finding import Gap, Suppression
from costgate.model.measured import Measurement
from costgate.model.money import Cost, Price, Range
from costgate.model.prompt import PromptSource
from costgate.model.value import Span, Truth
from costgate.model.workload import PortfolioCost, WorkloadCost


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading one tree gave. `unread` maps a path to why it was not, or only partly, read."""

    calls: tuple[CallSite, ...] = ()
    prompts: tuple[PromptSource, ...] = ()
    gaps: tuple[Gap, ...] = ()
    suppressions: tuple[Suppression, ...] = ()
    files: int = 0
    read: int = 0
    unread: Mapping[str, str] = field(default_factory=dict)
    consulted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """For each call key, the paths its facts came from."""
    models: Mapping[str, str] = field(default_factory=dict)
    """What the names of models that a proxy's configuration in the tree gives stand for."""
    whole: bool = True
    """Whether the calls of the whole tree were followed, not only those that a change can reach."""


@dataclass(frozen=True, slots=True)
class Reasoning:
    """What a call pays for thinking. `on` None: not known; `bound` is the token limit, None without one."""

    on: Truth
    by_default: Truth
    effort: str | None
    bound: int | None


@dataclass(frozen=True, slots=True)
class SourceTokens:
    """Tokens that one place contributes to a call's prompt. `optional`: to some of its requests, not to each."""

    span: Span
    tokens: Range
    optional: bool = False


@dataclass(frozen=True, slots=True)
class HoleTokens:
    """A hole and its size; `tokens` None when nothing bounds it."""

    name: str
    span: Span
    tokens: Range | None
    image: str | None = None
    """Of a picture: the detail it is looked at with."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What one call site costs. A range that is None is unknown and stands in `gaps`."""

    price: Price | None = None
    static_tokens: Range | None = None
    sources: tuple[SourceTokens, ...] = ()
    holes: tuple[HoleTokens, ...] = ()
    input_tokens: Range | None = None
    output_tokens: Range | None = None
    reasoning: Reasoning = Reasoning(None, None, None, None)
    cost: Cost = Cost(None)
    gaps: tuple[Gap, ...] = ()
    measurement: Measurement | None = None
    fallback: Range | None = None
    """How much dearer the dearest model is that takes the call when the first one fails."""


@dataclass(frozen=True, slots=True)
class PromptTokens:
    """A prompt source and its size."""

    source: PromptSource
    tokens: Range
    sources: tuple[SourceTokens, ...] = ()
    """How the tokens of a prompt file split, by file and heading."""
    cost: Range | None = None
    """What a call that sends it pays for it; None where no such call has a price."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One tree, read and measured. `measures` has an entry for every call key."""

    label: str
    reading: Reading
    measures: Mapping[str, Measure]
    prompts: tuple[PromptTokens, ...] = ()
    input_tokens: Range | None = None
    """Sum of the counted calls' known input tokens, one request each."""
    cost: Range | None = None
    """Sum of the counted calls' known cost, one request each; the unpriced are gaps."""
    workloads: tuple[WorkloadCost, ...] = ()
    portfolio: PortfolioCost | None = None


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a call changed: what, where, from and to what. `path` and `line` are in the head, or the base if it is gone."""

    what: str
    path: str
    line: int
    before: str | None
    after: str | None
    delta_tokens: int | None = None
    end_line: int | None = None
    """The last of the lines that made a prompt longer."""


CHANGE_KINDS = ("added", "removed", "changed", "moved", "repriced")


@dataclass(frozen=True, slots=True)
class Change:
    """One call that differs between base and head. A delta is taken part by part; None: not known."""

    kind: str
    key: str
    before: CallSite | None
    after: CallSite | None
    tokens: Range | None
    cost: Range | None
    causes: tuple[Cause, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two trees side by side. `tokens` and `cost` are the sums of the changes that are known."""

    base: Snapshot
    head: Snapshot
    changes: tuple[Change, ...]
    tokens: Range
    cost: Range
    unknown: int
    """Changes whose cost could not be told."""

"""The report contract `costgate.report/1`: the JSON document that every output is made from.

The types mirror the document one to one, so that a report loaded from disk and one just made are the same thing.
Money is a decimal string; lines and columns are 1-based; an unbounded range has `high` null and `unbounded` true;
unknown is a null object plus a gap.
"""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from costgate.model.report_parts import GapDoc, RangeDoc
from costgate.model.workload_doc import (
    BudgetDoc,
    MemberDoc,
    PortfolioDoc,
    SavingDoc,
    ScenarioDoc,
    ShowbackDoc,
    UnitDoc,
    UsageDoc,
    WorkloadDeltaDoc,
    WorkloadDoc,
    WorkloadLineDoc,
)

__all__ = [
    "BudgetDoc",
    "GapDoc",
    "MemberDoc",
    "PortfolioDoc",
    "RangeDoc",
    "SavingDoc",
    "ScenarioDoc",
    "ShowbackDoc",
    "UnitDoc",
    "UsageDoc",
    "WorkloadDeltaDoc",
    "WorkloadDoc",
    "WorkloadLineDoc",
]

SCHEMA = "costgate.report/1"


class PlaceDoc(TypedDict):
    """A file and a line; in a notebook the line of a cell."""

    path: str
    line: int
    cell: NotRequired[int]


class ValueDoc(TypedDict):
    """What is known about an argument. `state`: known | absent | unknown; a null among `values` means "or nothing"."""

    state: str
    values: list[Any]
    origin: str | None
    why: str | None
    trail: list[PlaceDoc]


class ReasoningDoc(ValueDoc):
    """`on` null: not known."""

    on: bool | None
    default_on: bool | None
    bound: int | None


class LayerDoc(TypedDict):
    """One retry layer. `on`: the errors it repeats the request on, where they are known; `waits` likewise."""

    what: str
    attempts: int | None
    unbounded: bool | None
    path: str | None
    line: int | None
    on: NotRequired[list[str]]
    waits: NotRequired[bool]


class RetriesDoc(TypedDict):
    """All layers and their product (requests for one logical call, the first included)."""

    layers: list[LayerDoc]
    product: int | None
    unbounded: bool | None


class HoleDoc(TypedDict):
    """A part of the prompt known only at run time."""

    name: str
    path: str
    line: int
    low: int | None
    likely: int | None
    high: int | None
    basis: str | None
    cell: NotRequired[int]


class SourceDoc(TypedDict):
    """A place that prompt text comes from. `end_line` where it is a stretch of a prompt file.

    `optional`: only some of the call's requests send it, those of one branch or of a later round; the others stand in each.
    """

    path: str
    line: int
    tokens: int
    end_line: NotRequired[int]
    cell: NotRequired[int]
    optional: NotRequired[bool]


class PromptPartDoc(TypedDict):
    """The prompt of one call."""

    static_tokens: RangeDoc | None
    holes: list[HoleDoc]
    sources: list[SourceDoc]


class LoopDoc(TypedDict):
    """A loop that repeats the call."""

    kind: str
    bound: int | None


class StreamDoc(TypedDict):
    """Whether the stream is closed; null: not known or no stream."""

    closed: bool | None


ContextDoc = TypedDict(
    "ContextDoc",
    {"async": bool, "test": bool, "loop": LoopDoc | None, "stream": StreamDoc},
)


class CostLineDoc(TypedDict):
    """quantity x rate = amount."""

    layer: str
    unit: str
    quantity: RangeDoc
    rate: str
    amount: RangeDoc
    basis: str


class PriceDoc(TypedDict):
    """The price entry that holds for a call. `since`: the day the price began, where the book knows it."""

    model: str
    provider: str
    source: str
    since: str | None


class MeasuredDoc(TypedDict):
    """Where measured figures of a call come from; a drift is the measured mean by the nearest end of the declaration."""

    path: str
    line: int
    requests: int
    since: str | None
    until: str | None
    models: list[str]
    growth: str | None
    spikes: int
    input_drift: str | None
    output_drift: str | None


class CallDoc(TypedDict):
    """One call site. `price` null: none, or several models with different ones."""

    key: str
    path: str
    line: int
    end_line: int
    start_column: int
    end_column: int
    cell: int | None
    kind: str
    sdk: str
    provider: str | None
    callee: str
    function: str
    context: ContextDoc
    via: str | None
    counted: bool
    workload: str | None
    model: ValueDoc
    output_limit: ValueDoc
    reasoning: ReasoningDoc
    samples: ValueDoc
    retries: RetriesDoc
    turn_limit: ValueDoc
    requests: NotRequired[RangeDoc | None]
    tags: list[str]
    prompt: PromptPartDoc
    input_tokens: RangeDoc | None
    output_tokens: RangeDoc | None
    cost_per_call: RangeDoc | None
    cost_lines: list[CostLineDoc]
    price: NotRequired[PriceDoc | None]
    measured: NotRequired[MeasuredDoc | None]
    gaps: list[GapDoc]


class PromptHoleDoc(TypedDict):
    """A hole of a prompt file. `unbounded`: a loop over data, or a conversation."""

    name: str
    path: str
    line: int
    unbounded: bool


class LinesDoc(TypedDict):
    """A range of lines of one file, the last included."""

    path: str
    line: int
    end_line: int


class PromptDoc(TypedDict):
    """One prompt source. `load`: always | conditional | on-demand | code.

    `format`: what a prompt file is called, empty for text in code; `sources` says how its tokens split, `holes` what
    only a run knows, `mentioned` whether the tree names a file that no call is seen to send. `cost_per_call`: what a
    call that sends it pays for it. In a diff, `delta` is what it gained, `grew` the lines where it did.
    """

    path: str
    line: int
    tokens: RangeDoc
    role: str
    load: str
    budget: int | None
    used_by: list[str]
    end_line: NotRequired[int]
    cell: NotRequired[int | None]
    format: NotRequired[str]
    sources: NotRequired[list[SourceDoc]]
    holes: NotRequired[list[PromptHoleDoc]]
    mentioned: NotRequired[bool | None]
    cost_per_call: NotRequired[RangeDoc | None]
    delta: NotRequired[RangeDoc | None]
    grew: NotRequired[list[LinesDoc]]


class CauseDoc(TypedDict):
    """Why a call changed."""

    what: str
    path: str
    line: int
    before: str | None
    after: str | None
    delta_tokens: int | None
    end_line: NotRequired[int]


class SideDoc(TypedDict):
    """A call as it is on one side of a comparison."""

    path: str
    line: int
    function: str
    callee: str
    model: ValueDoc
    input_tokens: RangeDoc | None
    output_tokens: RangeDoc | None
    cost_per_call: RangeDoc | None


class DeltaDoc(TypedDict):
    """A difference; null: not known."""

    tokens: RangeDoc | None
    cost: RangeDoc | None


class ChangeDoc(TypedDict):
    """One changed call. `kind`: added | removed | changed | moved | repriced."""

    kind: str
    key: str
    before: SideDoc | None
    after: SideDoc | None
    delta: DeltaDoc
    causes: list[CauseDoc]


class EditDoc(TypedDict):
    """What stands between two places of a file becomes `text`; columns as everywhere."""

    path: str
    start_line: int
    start_column: int
    end_line: int
    end_column: int
    text: str


class FixDoc(TypedDict):
    """Edits that make the finding go away. `safe`: every request that works is answered as before."""

    safe: bool
    edits: list[EditDoc]


class WaiverDoc(TypedDict):
    """Who accepts a waived finding, until when (its last day) and why, and where that is written."""

    owner: str | None
    until: str
    reason: str
    path: str
    line: int


class FindingDoc(TypedDict):
    """One finding. `state`: open | existing | suppressed | waived; `saving`: what mending it would bring, where known;
    `start_byte` and `end_byte`: its columns in bytes, where the text is known.
    """

    rule: str
    severity: str
    path: str
    line: int
    end_line: int
    start_column: int
    end_column: int
    cell: int | None
    call_key: str | None
    message: str
    data: dict[str, Any]
    fingerprint: str
    line_hash: str | None
    state: str
    suppressed_by: str | None
    fix_available: bool
    fix: NotRequired[FixDoc]
    waiver: NotRequired[WaiverDoc]
    justified_by: NotRequired[str]
    saving: NotRequired[SavingDoc]
    start_byte: NotRequired[int]
    end_byte: NotRequired[int]


class RuleDoc(TypedDict):
    """A rule that ran. `enforced`: an inline ignore that a pull request adds does not count for it."""

    id: str
    name: str
    summary: str
    help: str
    fix: str
    docs: str
    severity: str
    confidence: str
    enforced: NotRequired[bool]


class ToolDoc(TypedDict):
    """Who made the report."""

    name: str
    version: str


class PriceBookDoc(TypedDict):
    """The price book used. `on`: the day whose prices were taken, where it is not the book's own."""

    id: str
    sha256: str
    date: str
    on: NotRequired[str]


class PolicyDoc(TypedDict):
    """Whose policy judged: `source` is head | base | file, with the path."""

    source: str
    sha256: str | None


class ProvenanceDoc(TypedDict):
    """What the report was made from. `mode`: audit | diff | check; `run_order` is the head's commit time (0 without).

    `redacted`: text of the judged code was left out. `vocabularies`: the package that counted exactly where others estimate.
    """

    mode: str
    repository: str
    head_sha: str | None
    base_sha: str | None
    merge_base_sha: str | None
    dirty: bool
    as_of: str
    currency: str
    price_book: PriceBookDoc
    policy: PolicyDoc
    config_sha256: str | None
    run_order: int
    redacted: NotRequired[bool]
    vocabularies: NotRequired[str]


class TotalsDoc(TypedDict):
    """Sums over the counted calls, one request each; null: nothing of it is known."""

    input_tokens: RangeDoc | None
    cost_per_call: RangeDoc | None
    calls: int
    counted: int
    priced: int


class AllTotalsDoc(TypedDict):
    """Totals of head and base, and the difference (null without a base)."""

    head: TotalsDoc
    base: TotalsDoc | None
    delta: DeltaDoc | None


class AbstentionDoc(TypedDict):
    """A rule that could not tell."""

    rule: str
    key: str
    why: str


class SkippedDoc(TypedDict):
    """A file that was not, or only partly, read."""

    path: str
    why: str


class CoverageDoc(TypedDict):
    """How much was seen. `files` in the tree, `read` in depth; the rest are counts of calls.

    `scope`: tree, or change where only the calls that a change can reach were followed.
    """

    scope: NotRequired[str]
    files: int
    read: int
    skipped: list[SkippedDoc]
    calls: int
    counted: int
    model_known: int
    priced: int
    input_known: int
    capped: int


class VerdictDoc(TypedDict):
    """`result`: pass | warn | fail."""

    result: str
    reasons: list[str]


class ExceptionDoc(TypedDict):
    """An exception (inline ignore, waiver, baseline entry) or a word of the policy that the change adds, removes or alters."""

    kind: str
    change: str
    rules: list[str]
    path: str
    line: int
    reason: str


class Report(TypedDict):
    """The whole document."""

    schema: str
    tool: ToolDoc
    provenance: ProvenanceDoc
    rules: list[RuleDoc]
    calls: list[CallDoc]
    prompts: list[PromptDoc]
    workloads: list[WorkloadDoc]
    portfolio: PortfolioDoc | None
    totals: AllTotalsDoc
    changes: list[ChangeDoc]
    findings: list[FindingDoc]
    exceptions_changed: list[ExceptionDoc]
    abstentions: list[AbstentionDoc]
    gaps: list[GapDoc]
    coverage: CoverageDoc
    verdict: VerdictDoc

"""A call site: a place in code that makes a billable request, or builds an object that will."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from costgate.model.finding import Gap
from costgate.model.money import Range
from costgate.model.prompt import Prompt
from costgate.model.value import ABSENT, Span, Value

ROLES = (
    "model",
    "prompt",
    "system",
    "tools",
    "output_limit",
    "samples",
    "reasoning",
    "reasoning_budget",
    "retries",
    "timeout",
    "stream",
    "cache",
    "service_tier",
    "batch",
    "tags",
    "turn_limit",
    "budget",
    "fallback",
    "schema",
    "base_url",
)
KINDS = (
    "chat",
    "responses",
    "completion",
    "embedding",
    "image",
    "audio",
    "video",
    "rerank",
    "realtime",
    "moderation",
    "ocr",
    "batch",
    "agent-run",
    "model-object",
    "agent",
)


@dataclass(frozen=True, slots=True)
class RetryLayer:
    """One thing that repeats a failed request. `attempts` counts the first try; None: not known, or no bound."""

    what: str
    attempts: int | None
    unbounded: bool | None
    span: Span | None = None
    ends: Ends | None = None
    """How this layer is told to give up, where one argument does it."""
    waits: bool | None = None
    """Of a retry library or a loop: whether it pauses between tries."""
    on: tuple[str, ...] | None = None
    """The errors it repeats the request on, by the dotted names of their classes; None: not known."""


@dataclass(frozen=True, slots=True)
class Ends:
    """The argument that bounds a retry layer, how a number there counts, and the callables that wrap the number."""

    keyword: str
    counts: str
    stops: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Loop:
    """A loop that repeats the call: kind for | while | forever | comprehension | recursion | fan-out | graph."""

    kind: str
    bound: int | None
    span: Span
    open: bool = False
    """Nothing but a jump out of it, or the call's own answer, ends it: no number is counted or handed on."""
    counted: bool = False
    """A number that grows with its rounds stands in a condition, or its rounds are the numbers up to a limit."""


@dataclass(frozen=True, slots=True)
class Caching:
    """What a call says of the provider's prompt cache. `times`: for how long what is marked is kept, "" where that is
    not said, None where it is not seen; `off`: the provider keeps nothing of its own accord."""

    times: tuple[str | None, ...] = ()
    off: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """One of the agents that a call runs: what each of its requests sends, and how many it makes; None: nothing bounds that."""

    prompt: Prompt
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Context:
    """Where the call stands. `function` is the qualified name, "" at module level."""

    function: str = ""
    is_async: bool = False
    in_test: bool = False
    loops: tuple[Loop, ...] = ()
    stream_closed: bool | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """A release of a distribution that a default or the meaning of an argument depends on, and where it is written.

    `version`: exact, or "<X" for the newest below X; None: nothing says it, so the newest known is taken.
    """

    distribution: str
    version: str | None
    span: Span | None


@dataclass(frozen=True, slots=True)
class CallSite:
    """One entry of `calls[]`. `args` maps a role of ROLES to what is known of it; a role left out is Absent."""

    key: str
    span: Span
    kind: str
    sdk: str
    callee: str
    provider: str | None
    args: Mapping[str, Value]
    prompt: Prompt | None = None
    retries: tuple[RetryLayer, ...] = ()
    context: Context = field(default_factory=Context)
    via: str | None = None
    counted: bool = True
    roles: frozenset[str] = frozenset()
    gaps: tuple[Gap, ...] = ()
    releases: Mapping[str, Release] = field(default_factory=dict)
    """Roles whose value depends on the release of a distribution."""
    keywords: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Role -> the keywords that carry it in this very call; empty where its arguments do not all stand in it."""
    positional: tuple[str, ...] = ()
    writes: Mapping[str, str] = field(default_factory=dict)
    """Role -> the source that is passed for it, where it is no plain value."""
    fallbacks: tuple[str, ...] | None = ()
    """The models that take the call when the first one fails; None: some of them are not seen."""
    passages: int | None = None
    """How many passages the functions around it look up at most; None where nothing says so."""
    tool_functions: tuple[str, ...] = ()
    """Functions of the tree that it hands to the model as tools, as path::function."""
    asked_as: Mapping[str, str] = field(default_factory=dict)
    """Of a picture that is made: its size and quality, where the call says them."""
    caching: Caching = Caching()
    ignored: tuple[str, ...] = ()
    """Roles that the function around it takes a parameter for, which it never mentions."""
    requests: Range | None = None
    """How many requests one call makes, where it runs several agents; None: one to as many as its turn limit says."""
    runs: tuple[Run, ...] = ()
    """The agents that it runs one after the other, where that is always the same; `prompt` is what any of them sends."""
    reached_from: tuple[str, ...] = ()
    """Every function that leads to it, as path::function; empty unless somebody asked."""

    def arg(self, role: str) -> Value:
        """What is known of one role."""
        return self.args.get(role, ABSENT)

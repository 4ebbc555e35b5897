"""How many tokens a call sends: static text by the place it stands, and holes by what is declared of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from costgate.knowledge.images import image_tokens
from costgate.measure import tokens
from costgate.model.call import Run
from costgate.model.money import Range, spread, total
from costgate.model.prompt import Hole, Prompt, Text
from costgate.model.snapshot import HoleTokens, SourceTokens
from costgate.model.tree import Cache
from costgate.model.value import Span

TOOLS = "tools"
"""The role of segments that describe tools, and the name of the hole where tools are passed but not seen."""

_ANY = Range(0, None, None, "bounded")


@dataclass(frozen=True, slots=True)
class PromptSize:
    """What one prompt sends: the text itself, where it stands, the holes, and all with what framing adds."""

    static: Range
    sources: tuple[SourceTokens, ...]
    holes: tuple[HoleTokens, ...]
    input: Range


@dataclass(frozen=True, slots=True)
class Sizer:
    """What sizes depend on besides the prompt."""

    model: str | None
    declared: Mapping[str, Range]
    framed: bool
    cache: Cache


def size_of(prompt: Prompt, tools_at: Span | None, by: Sizer) -> PromptSize:
    """The size of a prompt, spread over its alternatives. `tools_at`: where tools are passed, if they are."""
    own = _one(prompt, tools_at, by)
    return merge_sizes([own, *(size_of(each, tools_at, by) for each in prompt.alternatives)]) or own


def over_runs(size: PromptSize, runs: Sequence[Run], tools_at: Span | None, by: Sizer) -> PromptSize:
    """The size where several agents run, each with a prompt of its own: a request sends at least what it does on average
    where each agent makes the fewest, and at most what the longest of them does."""
    least = sum(run.least for run in runs)
    if len(runs) < 2 or not least:
        return size
    own = [(size_of(run.prompt, tools_at, by).input, run.least) for run in runs]
    low = int(sum(each.low * times for each, times in own)) // least
    return replace(size, input=replace(size.input, low=low, likely=None)) if low > size.input.low else size


def filled(size: PromptSize, whole: Range, text: int) -> PromptSize:
    """The size as traffic showed it: `whole` was sent, `text` of it stood in the code then.

    What was not text is added to the text as it is now, so that a longer prompt costs more at once. It fills the one
    hole; of several each may have anything up to all of it.
    """
    now = size.input.low - sum(hole.tokens.low for hole in size.holes if hole.tokens is not None)
    low, likely, high = (max(end - text, 0) for end in (whole.low, whole.likely or whole.low, whole.high or whole.low))
    filling = Range(low, likely, high, whole.basis)
    unknown = [hole for hole in size.holes if hole.tokens is None or len(size.holes) == 1]
    share = filling if len(unknown) == 1 == len(size.holes) else Range(0, None, filling.high, whole.basis)
    holes = tuple(replace(hole, tokens=share) if hole in unknown else hole for hole in size.holes)
    return replace(size, holes=holes, input=Range.exact(now) + filling)


def merge_sizes(sizes: list[PromptSize]) -> PromptSize | None:
    """Alternatives as one: what any of them contains, in ranges that hold for all; None without any."""
    if not sizes:
        return None
    places: dict[Span, list[Range]] = {}
    for size in sizes:
        for source in size.sources:
            places.setdefault(source.span, []).append(source.tokens)
    each = set[Span].intersection(*({source.span for source in size.sources if not source.optional} for size in sizes))
    return PromptSize(
        static=spread(size.static for size in sizes),
        sources=tuple(SourceTokens(span, _largest(found), span not in each) for span, found in places.items()),
        holes=tuple(dict.fromkeys(hole for size in sizes for hole in size.holes)),
        input=spread(size.input for size in sizes),
    )


def _largest(sizes: Sequence[Range]) -> Range:
    """One place in several prompts: the likely size is that of the longest, whose edges only are cut otherwise."""
    likely = [size.likely for size in sizes if size.likely is not None]
    return replace(spread(sizes), likely=max(likely) if len(likely) == len(sizes) else None)


def _one(prompt: Prompt, tools_at: Span | None, by: Sizer) -> PromptSize:
    holes = [_sized(hole, by) for hole in prompt.segments if isinstance(hole, Hole)]
    described = any(segment.role == TOOLS for segment in prompt.segments)
    if tools_at is not None and not described:
        holes.append(HoleTokens(TOOLS, tools_at, by.declared.get(TOOLS)))
    sources = _by_place((text.span, tokens.count(text.text, by.model, by.cache)) for text in _spaced(prompt.segments))
    static = total(source.tokens for source in sources)
    parts = [static, *(hole.tokens or _ANY for hole in holes)]
    if by.framed:
        parts.append(tokens.framing(by.model, prompt.messages, tools_at is not None or described))
    return PromptSize(static, sources, tuple(holes), total(parts))


def _spaced(segments: Sequence[Text | Hole]) -> Iterator[Text]:
    """Texts cut as a tokenizer cuts: a space belongs to the word that follows it, in another literal or in a hole."""
    lead = ""
    for at, text in enumerate(segments):
        if isinstance(text, Hole):
            lead = ""
            continue
        said, after = lead + text.text, segments[at + 1] if at + 1 < len(segments) else None
        lead = ""
        if after is not None and after.role == text.role and said.endswith(" "):
            if isinstance(after, Hole):
                said = said[:-1]
            elif not after.text.startswith((" ", "\n")):
                said, lead = said[:-1], " "
        yield replace(text, text=said)


def _sized(hole: Hole, by: Sizer) -> HoleTokens:
    """A declaration speaks of all that fills the hole; a bound found in code speaks of one time."""
    size = by.declared.get(hole.name)
    if hole.image is not None:
        return HoleTokens(hole.name, hole.span, size or image_tokens(by.model, hole.image), hole.image)
    if size is None and hole.tokens is not None:
        size = replace(hole.tokens, likely=None, high=None) if hole.repeated else hole.tokens
    return HoleTokens(hole.name, hole.span, size)


def _by_place(counted: Iterable[tuple[Span, Range]]) -> tuple[SourceTokens, ...]:
    places: dict[Span, Range] = {}
    for span, size in counted:
        places[span] = places[span] + size if span in places else size
    return tuple(SourceTokens(span, size) for span, size in places.items())

"""Facts about prompts that take more than a look: what stands in which order, who names a file, what grew."""

from __future__ import annotations

from collections.abc import Iterable

from costgate.model.call import CallSite
from costgate.model.money import Range, total
from costgate.model.prompt import Hole, Prompt, Text
from costgate.model.snapshot import Measure
from costgate.model.value import ABSENT, Unknown, is_absent
from costgate.policy.derive import NOT_WHOLE, Datum
from costgate.policy.of_changes import difference
from costgate.policy.subject import PromptSubject


def leads_with_hole(site: CallSite) -> Datum:
    """Whether the prompt begins with a part known only at run time, which defeats prefix caching."""
    if site.prompt is None:
        return Unknown("the prompt is not known")
    return bool(site.prompt.segments) and isinstance(site.prompt.segments[0], Hole)


FIRST = {"tools": 0, "system": 1, "developer": 1}
"""The order in which parts go out, whatever order the arguments stand in; what is not named here comes last."""


def prefix_tokens(site: CallSite, measure: Measure) -> Datum:
    """Tokens of the fixed text before the first hole: what a cache can keep from one request to the next."""
    return _part_tokens(site, measure, 0)


def tail_tokens(site: CallSite, measure: Measure) -> Datum:
    """Tokens of the fixed text behind the first hole: no cache reaches it."""
    return _part_tokens(site, measure, 1)


def tool_tokens(site: CallSite, measure: Measure) -> Datum:
    """Tokens of the fixed text that describes tools; Absent where none is passed, unknown where none of it is seen."""
    if is_absent(site.arg("tools")):
        return ABSENT
    if site.prompt is None:
        return Unknown("the prompt is not known")
    told = [part for part in site.prompt.segments if isinstance(part, Text) and part.role == "tools"]
    others = [part for part in site.prompt.segments if isinstance(part, Text) and part.role != "tools"]
    return _tokens_of(measure, told, others) if told else Unknown("what the tools say is not known")


def _part_tokens(site: CallSite, measure: Measure, side: int) -> Datum:
    """Tokens of one side of the first hole, where each prompt that the call may send has the same text there."""
    if site.prompt is None:
        return Unknown("the prompt is not known")
    if not any(isinstance(part, Text) for part in site.prompt.segments):
        return Unknown("no fixed text is seen, and there may be some in what the prompt is made of")
    splits = [_split(prompt) for prompt in (site.prompt, *site.prompt.alternatives)]
    if any(each[side] != splits[0][side] for each in splits):
        return Unknown("the call may send one of several prompts")
    return _tokens_of(measure, splits[0][side], [part for each in splits for part in each[1 - side]])


def _split(prompt: Prompt) -> tuple[list[Text], list[Text]]:
    ordered = sorted(prompt.segments, key=lambda part: FIRST.get(part.role, len(FIRST)))
    at = next((place for place, part in enumerate(ordered) if isinstance(part, Hole)), len(ordered))
    before = [part for part in ordered[:at] if isinstance(part, Text)]
    return before, [part for part in ordered[at:] if isinstance(part, Text)]


def _tokens_of(measure: Measure, parts: Iterable[Text], others: Iterable[Text]) -> Range:
    """The sum of the places that hold `parts`. A place shared with `others` may be all theirs: that opens the low end."""
    places, shared = {part.span for part in parts}, {part.span for part in others}
    sizes = [source for source in measure.sources if source.span in places]
    own = total(source.tokens for source in sizes if source.span not in shared)
    both = total(source.tokens for source in sizes if source.span in shared)
    return own + Range(0, None if both.high else 0, both.high, both.basis)


def prompt_count(site: CallSite, what: str) -> Datum:
    """How many messages, alternatives, or repeated holes a prompt has."""
    if site.prompt is None:
        return Unknown("the prompt is not known")
    if what == "messages":
        return site.prompt.messages
    if what == "alternatives":
        return 1 + len(site.prompt.alternatives)
    count = sum(1 for segment in site.prompt.segments if isinstance(segment, Hole) and segment.repeated)
    whole = site.arg("prompt")
    return whole if isinstance(whole, Unknown) and not count else count


def copy_of(subject: PromptSubject) -> Datum:
    """An earlier place with the same text; Unknown where it may stand in a file that was not read."""
    return ABSENT if subject.copy_of is None and subject.whole else subject.copy_of or Unknown(NOT_WHOLE)


def mentioned(subject: PromptSubject) -> Datum:
    """Whether anything names a prompt file; Absent for text in code and for instructions of agents."""
    source = subject.prompt.source
    if not source.format or source.load != "code":
        return ABSENT
    return Unknown("which files are read may be decided at run time") if source.mentioned is None else source.mentioned


def prompt_growth(subject: PromptSubject) -> Datum:
    """Tokens that the prompt gained; Absent when it is new or nothing is compared."""
    return ABSENT if subject.before is None else difference(subject.prompt.tokens, subject.before)

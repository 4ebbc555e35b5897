"""Prompt text in code as sources: what stands together is one source, with the calls that it reaches and its budget."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from costgate.model.call import CallSite
from costgate.model.prompt import Prompt, PromptSource, Text

Place = tuple[str, int, int]
"""File, cell (0 for none) and line."""


def code_sources(calls: Iterable[CallSite], budgets: Mapping[Place, int]) -> Iterator[PromptSource]:
    """Every place that prompt text comes from. Literals on neighbouring lines of one message are one text."""
    texts: dict[Place, dict[str, list[Text]]] = defaultdict(dict)
    users: dict[Place, set[str]] = defaultdict(set)
    for call in calls:
        for group in _groups_of(call.prompt) if call.prompt is not None else ():
            place = _place(group[0])
            texts[place].setdefault("".join(part.text for part in group), group)
            users[place].add(call.key)
    for place, found in sorted(texts.items()):
        first = next(iter(found.values()))[0]
        last = max(_last(part) for group in found.values() for part in group)
        # several readings of one place have their beginning in common: the longest is what a call may send
        text = max(found, key=len) if len(found) > 1 and _alike(found) else "".join(found)
        budget = next((budgets[place[0], place[1], line] for line in range(place[2] - 1, last + 1) if (*place[:2], line) in budgets), None)
        span = replace(first.span, end_line=max(last, first.span.end_line)) if last > first.span.line else first.span
        yield PromptSource(span, text, first.role, "code", tuple(sorted(users[place])), budget)


def _groups_of(prompt: Prompt) -> Iterator[list[Text]]:
    """What stands together in the longest prompt of a call, and in the others what that one has not."""
    yield from _groups(prompt.segments)
    seen = {part.span for part in prompt.segments}
    for other in prompt.alternatives:
        yield from _groups(part for part in other.segments if part.span not in seen)
        seen |= {part.span for part in other.segments}


def _groups(segments: Iterable[object]) -> Iterator[list[Text]]:
    group: list[Text] = []
    for part in segments:
        if not isinstance(part, Text) or part.role == "schema":
            continue
        if group and not _adjoin(group[-1], part):
            yield group
            group = []
        group.append(part)
    if group:
        yield group


def _adjoin(last: Text, part: Text) -> bool:
    same = (last.span.path, last.span.cell, last.role) == (part.span.path, part.span.cell, part.role)
    return same and last.span.line <= part.span.line <= _last(last) + 1


def _last(part: Text) -> int:
    if part.span.end_line > part.span.line:
        return part.span.end_line
    return part.span.line + part.text.rstrip("\n").count("\n")


def _alike(found: Iterable[str]) -> bool:
    texts = [*found]
    shortest = min(map(len, texts))
    return len({text[: min(shortest, 40)] for text in texts}) == 1


def _place(part: Text) -> Place:
    return (part.span.path, part.span.cell or 0, part.span.line)

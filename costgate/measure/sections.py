"""How the tokens of a prompt file split: by the file that the text stands in, its role, and its headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from costgate.measure import tokens
from costgate.model.money import total
from costgate.model.prompt import PromptSource, Text
from costgate.model.snapshot import SourceTokens
from costgate.model.tree import Cache
from costgate.model.value import Span

MAX_SECTIONS = 60
"""More are told by file and role alone."""
_HEADING = re.compile(r"^#{1,4} ", re.MULTILINE)


def sections(source: PromptSource, model: str | None, cache: Cache) -> tuple[SourceTokens, ...]:
    """Stretches of lines with their tokens, in the order they are sent; none for text in code."""
    texts = [part for part in source.parts if isinstance(part, Text)]
    found = [piece for text in texts for piece in _pieces(text)]
    if len(found) > MAX_SECTIONS:
        found = texts
    counted: list[tuple[Span, str, list[Text]]] = []
    for text in found:
        opens = not counted or _opens(counted[-1], text)
        if opens:
            counted.append((text.span, text.role, [text]))
        else:
            span, role, inside = counted[-1]
            counted[-1] = (replace(span, end_line=max(span.end_line, text.span.end_line)), role, [*inside, text])
    sums = [(span, total(tokens.count(text.text, model, cache) for text in inside)) for span, _, inside in counted]
    return tuple(SourceTokens(span, size) for span, size in sums[:MAX_SECTIONS])


def _opens(last: tuple[Span, str, list[Text]], text: Text) -> bool:
    span, role, _ = last
    return (span.path, role) != (text.span.path, text.role) or _HEADING.match(text.text) is not None


def _pieces(text: Text) -> Iterator[Text]:
    """A text cut at its headings, each piece at its own lines."""
    cuts = [match.start() for match in _HEADING.finditer(text.text)]
    if text.text and not any(cuts) and text.span.end_line > text.span.line:
        yield text
        return
    at, line = 0, text.span.line
    for end in [*(cut for cut in cuts if cut), len(text.text)]:
        piece = text.text[at:end]
        if piece:
            breaks = piece.count("\n")
            last = line + breaks - (1 if piece.endswith("\n") else 0)
            yield Text(piece, replace(text.span, line=line, end_line=max(line, last)), text.role)
            line += breaks
        at = end

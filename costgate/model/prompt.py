"""Text that reaches a model: segments of static text and holes, each with the place it was written."""

from __future__ import annotations

from dataclasses import dataclass, field

from costgate.model.money import Range
from costgate.model.value import Span


@dataclass(frozen=True, slots=True)
class Text:
    """Static text, as sent. `role` is the message role (system, user, tool, ...) or ""."""

    text: str
    span: Span
    role: str = ""


@dataclass(frozen=True, slots=True)
class Hole:
    """A part known only at run time, named by what fills it. `tokens` is its size where that is declared or bounded."""

    name: str
    span: Span
    role: str = ""
    tokens: Range | None = None
    repeated: bool = False
    image: str | None = None
    """Of a picture: the detail it is looked at with, "auto" where nothing is said."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What one call sends, in order. `alternatives` are other prompts the same call may send instead."""

    segments: tuple[Text | Hole, ...]
    messages: int = 1
    alternatives: tuple[Prompt, ...] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class PromptSource:
    """A place that prompt text lives in: a file, or a string in code."""

    span: Span
    text: str
    role: str
    load: str
    used_by: tuple[str, ...]
    budget: int | None = None
    format: str = ""
    """What a prompt file is called; empty for text in code."""
    parts: tuple[Text | Hole, ...] = ()
    """Text and holes in order, where a prompt file says how it is put together."""
    model: str | None = None
    """The model that the file itself names."""
    mentioned: bool | None = None
    """Whether other files of the tree name it; None: it may be chosen at run time, or nobody looked."""

"""One prompt file as its formats see it: text, front matter, and what was found in it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from costgate.knowledge.prompt_files import PromptFile, environment_mark, prompt_words
from costgate.knowledge.strict import load
from costgate.model.error import UserError
from costgate.model.prompt import Hole, Text
from costgate.model.value import Span
from costgate.read.prompts.rendering import Part, Place, rendered
from costgate.read.prompts.shelf import Refused, Shelf, told

_PAIR = re.compile(r"^([A-Za-z_][\w-]*)[ \t]*:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
MAX_FRONT_LINES = 400


@dataclass(frozen=True, slots=True)
class FileText:
    """One text of a prompt file that is sent as a whole: its parts, where it stands, and when it is sent."""

    span: Span
    parts: tuple[Part, ...]
    role: str
    load: str
    format: str
    budget: int | None = None
    model: str | None = None

    @property
    def text(self) -> str:
        """The static text."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))


@dataclass
class Page:
    """A prompt file that is being read. `front` is its front matter, `body` the rest, which starts at `line`."""

    shelf: Shelf
    path: str
    entry: PromptFile
    text: str
    front: Mapping[str, Any] = field(default_factory=dict)
    body: str = ""
    line: int = 1
    front_text: str = ""
    front_line: int = 1
    front_path: str = ""
    """Where the front matter stands: in a file of its own, or in this one."""

    def __post_init__(self) -> None:
        self.body = self.text

    def opened(self) -> Page:
        """The page with its front matter taken off, where it has some."""
        if self.entry.beside is not None:
            self._from_beside(self.entry.beside)
            return self
        found = _front(self.text)
        if found is not None:
            start, end, self.line = found
            front = self._loaded(self.text[start:end])
            if front is None and not _PAIR.search(self.text[start:end]):
                self.line = 1
                return self
            self.front = front or {}
            self.front_text, self.front_line = self.text[start:end], 1 + self.text.count("\n", 0, start)
            self.body = self.text.split("\n", self.line - 1)[-1] if self.text.count("\n") >= self.line - 1 else ""
        return self

    def _from_beside(self, name: str) -> None:
        """The settings that stand in a file of their own in the same folder."""
        path = posixpath.join(posixpath.dirname(self.path), name)
        if path not in self.shelf.tree and path not in self.shelf.links:
            return
        try:
            text = self.shelf.text(path)
            front = load(text, path)
        except (Refused, UserError) as error:
            why = told(error) if isinstance(error, UserError) else str(error)
            self.shelf.gap(path, 1, f"the settings of {self.path} are not read: {why}")
            return
        if isinstance(front, dict):
            self.front, self.front_text, self.front_path = front, text, path

    def syntax(self) -> str:
        """The syntax of the holes: what the front matter says, else that of such files."""
        said = next((self.front[key] for key in prompt_words().syntax_keys if key in self.front), None)
        if isinstance(said, dict):
            said = next((said[key] for key in ("format", "type") if key in said), None)
            said = said.get("kind") if isinstance(said, dict) else said
        return prompt_words().syntaxes.get(str(said), self.entry.syntax)

    def _loaded(self, text: str) -> Mapping[str, Any] | None:
        try:
            front = load(text, self.path)
        except UserError as error:
            if self.entry.format != "rules":  # whose globs are written as no YAML has them
                self.shelf.gap(self.path, 1, f"its front matter is {told(error)}")
            return {name: value.strip("\"'") for name, value in _PAIR.findall(text)} or None
        return front if isinstance(front, dict) else None

    def place(self, text: str | None = None, line: int | None = None) -> Place:
        """A stretch of this file, the body where none is given."""
        return Place(self.path, self.line if line is None else line, self.body if text is None else text)

    def sent(self, parts: Iterable[Part], place: Place, *, role: str = "", load: str | None = None) -> FileText:
        """What is found, of the file's own budget and model."""
        last = place.line + place.text.rstrip("\n").count("\n")
        return FileText(
            Span(self.path, place.line, 1, max(last, place.line), 1),
            tuple(parts),
            role,
            load or self.entry.load,
            self.entry.name,
            self.budget(),
            self.model(),
        )

    def rendered(self, place: Place, role: str = "", syntax: str | None = None) -> tuple[Part, ...]:
        """The parts of a stretch in the syntax of the format."""
        return rendered(self.shelf, place, syntax or self.entry.syntax, role)

    def budget(self) -> int | None:
        """The budget that the front matter declares."""
        own = self.front.get("costgate")
        said = own.get("budget") if isinstance(own, dict) else self.front.get("costgate_budget")
        if said is None or isinstance(said, int) and said > 0:
            return said
        digits = str(said).replace("_", "").replace(",", "")
        if digits.isdecimal() and 0 < int(digits) < 10**9:
            return int(digits)
        self.shelf.gap(self.path, 1, "its budget is no number of tokens")
        return None

    def model(self) -> str | None:
        """The model that the front matter names, without the provider in front."""
        said = self.front.get("model") or self.front.get("execution_settings")
        if isinstance(said, dict):
            inner = {key: each for part in said.values() if isinstance(part, dict) for key, each in part.items()}
            named = (each.get(key) for key in prompt_words().models for each in (said, inner))
            said = next((each for each in named if isinstance(each, str)), None)
        if isinstance(said, str) and (match := environment_mark().fullmatch(said)) is not None:
            said = match.group(2)
        return re.split(r"[/:]", said)[-1] or None if isinstance(said, str) else None


def _front(text: str) -> tuple[int, int, int] | None:
    """Start and end of the front matter in the text, and the line that follows it."""
    at, opened = 0, -1
    for number, line in enumerate(text.split("\n", MAX_FRONT_LINES)[:MAX_FRONT_LINES]):
        mark = line.rstrip()
        if mark == "---" and opened >= 0:
            return opened, at, number + 2
        if mark == "---":
            opened = at + len(line) + 1
        elif opened < 0 and mark and not mark.startswith("#"):
            return None
        at += len(line) + 1
    return None


def holes(parts: Iterable[Part]) -> tuple[Hole, ...]:
    """The holes among the parts."""
    return tuple(part for part in parts if isinstance(part, Hole))

"""The formats of prompt files: one function for each, from a page to the texts that are sent, and one line in FORMATS."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from costgate.knowledge.prompt_files import prompt_words
from costgate.model.prompt import Hole, Text
from costgate.read.prompts.data import Leaf, document, leaves
from costgate.read.prompts.evaluated import evaluated, leaf_parts
from costgate.read.prompts.functions import declared, functions_in, sent_by
from costgate.read.prompts.marks import LINE_ROLE, MESSAGE_ROLE, TAG_ROLE, pieces, trimmed
from costgate.read.prompts.page import FileText, Page
from costgate.read.prompts.rendering import Part, Place
from costgate.read.prompts.shelf import MAX_IMPORTS, Refused
from costgate.read.prompts.shots import with_examples
from costgate.read.yamllines import YamlLines

Format = Callable[[Page], Iterator[FileText]]

_IMPORT = re.compile(r"(?<![\w`/@])@((?:~/|\.{0,2}/)?[\w.-]+(?:/[\w.-]+)*)")
_FENCE = re.compile(r"^(?:```|~~~).*?^(?:```|~~~)|`[^`\n]*`", re.MULTILINE | re.DOTALL)
MAX_HOPS = 5
_EVERYTHING = frozenset({"**", "**/*", "*", "**/*.*"})


def text(page: Page) -> Iterator[FileText]:
    """A file that is sent as it stands, after its holes are filled."""
    page.opened()
    if page.body.strip():
        yield page.sent(page.rendered(page.place()), page.place())


def roles(page: Page) -> Iterator[FileText]:
    """Front matter, then messages with their role on a line of its own."""
    page.opened()
    for each in _messages_of(page, LINE_ROLE, page.syntax(), "system"):
        yield replace(each, parts=tuple(trimmed(each.parts)))


def marked(page: Page) -> Iterator[FileText]:
    """A text that may hold messages, each an element with its role; its settings stand in a file beside it."""
    page.opened()
    for each in _messages_of(page, MESSAGE_ROLE, page.syntax()):
        yield replace(each, parts=tuple(trimmed(each.parts)))


def dialects(page: Page) -> Iterator[FileText]:
    """One suffix for several tools: the keys of the front matter tell which."""
    page.opened()
    chosen = next(
        each for each in prompt_words().dialects if not each["keys"] or any(key in page.front for key in each["keys"])
    )
    marks = TAG_ROLE if chosen["roles"] == "tags" else None
    yield from _messages_of(page, marks, chosen["syntax"])


def _messages_of(page: Page, marks: re.Pattern[str] | None, syntax: str, first: str = "") -> Iterator[FileText]:
    parts: list[Part] = []
    whole = page.place()
    for role, at, said in pieces(page.body, marks, first):
        parts += page.rendered(page.place(said, whole.line_at(at)), role, syntax)
    schema = page.front.get("output", page.front.get("outputs"))
    if isinstance(schema, dict) and schema.get("schema"):
        parts.append(Text(_compact(schema["schema"]), page.place("", 1).span(0), "schema"))
    if parts:
        yield page.sent(parts, page.place(), role=parts[0].role)


def _compact(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False, default=str)


# data ----------------------------------------------------------------------------------------------------------


def messages(page: Page) -> Iterator[FileText]:
    """A document with one list of messages."""
    data = document(page)
    page.front = data.value if isinstance(data.value, dict) else {}
    parts = [part for leaf in leaves(data) if leaf.keys[:1] == ("messages",) for part in leaf_parts(page, leaf)]
    if parts:
        yield page.sent(parts, page.place(page.text, 1), role=parts[0].role)


def data(page: Page) -> Iterator[FileText]:
    """A map of prompts, or one with its settings: every text under a key that says so, or long enough to be one."""
    found = document(page)
    page.front = found.value if isinstance(found.value, dict) else {}
    parts = with_examples(page, found)
    if parts is not None:
        yield page.sent(parts, page.place(page.text, 1))
        return
    words = prompt_words()
    for group in _grouped(leaf for leaf in leaves(found) if _is_sent(leaf, words.sent, words.kept)):
        told = [part for leaf in group for part in leaf_parts(page, leaf)]
        last = max(leaf.line + leaf.text.rstrip("\n").count("\n") for leaf in group)
        place = page.place("\n" * (last - group[0].line) + ".", group[0].line)
        yield page.sent(told, place, role=told[0].role if told else "")


def _grouped(found: Iterator[Leaf]) -> Iterator[list[Leaf]]:
    """The messages of one list belong together; everything else is a prompt of its own."""
    groups: dict[Any, list[Leaf]] = {}
    for leaf in found:
        groups.setdefault(leaf.keys[: leaf.message - 1] if leaf.message else (leaf.keys, leaf.line), []).append(leaf)
    yield from groups.values()


def _is_sent(leaf: Leaf, sent: frozenset[str], kept: frozenset[str]) -> bool:
    named = leaf.name.lower()
    if leaf.name == "template_path":
        return True
    if not any(character.isspace() for character in leaf.text.strip()) or named in kept:
        return False
    parts = set(re.split(r"[_\-. ]", named))
    return named in sent or bool(parts & sent) or len(leaf.text) >= 80


def fields(page: Page) -> Iterator[FileText]:
    """Agents and tasks by name: what describes each of them is sent together."""
    found = document(page)
    lines = YamlLines(found.text, found.lines)
    groups: dict[str, list[Leaf]] = {}
    for leaf in leaves(found):
        if len(leaf.keys) == 2 and leaf.name in ("role", "goal", "backstory", "description", "expected_output"):
            groups.setdefault(str(leaf.keys[0]), []).append(leaf)
    for group in groups.values():
        parts = [_until(part, lines.of(leaf.keys)[1]) for leaf in group for part in leaf_parts(page, leaf)]
        last = max(lines.of(leaf.keys)[1] for leaf in group)
        yield page.sent(parts, page.place("\n" * (last - group[0].line) + ".", group[0].line), role="system")


def _until(part: Part, last: int) -> Part:
    """A part of a text that is folded, up to the last line it is written on."""
    return replace(part, span=replace(part.span, end_line=last)) if isinstance(part, Text) and part.span.end_line < last else part


def routed(page: Page) -> Iterator[FileText]:
    """A proxy's list of models: no prompt, but what each name of a model stands for."""
    found = document(page)
    entries = found.value.get("model_list") if isinstance(found.value, dict) else None
    for index, each in enumerate(entries if isinstance(entries, list) else ()):
        params = each.get(next((key for key in each if key.endswith("params")), "")) if isinstance(each, dict) else None
        name, target = (each.get("model_name"), params.get("model")) if isinstance(params, dict) else (None, None)
        if isinstance(name, str) and isinstance(target, str):
            page.shelf.aliases.setdefault(name, {})[target] = found.line(("model_list", index))
    yield from ()


def functions(page: Page) -> Iterator[FileText]:
    """A language of prompt functions: the quoted text of each, with the client that it names."""
    everything = declared(page.shelf)
    for function in functions_in(page.text, page.path).functions.values():
        models = {each["model"].value for each in everything.settings(function.client) if "model" in each}
        page.front = {"model": models.pop() if len(models) == 1 else function.client if "/" in function.client else None}
        parts = sent_by(page.shelf, function)
        yield page.sent(parts, function.place, role=parts[0].role if parts else "")


# instructions of coding agents -------------------------------------------------------------------------------------


def instructions(page: Page) -> Iterator[FileText]:
    """A file that an agent is given as it stands."""
    page.opened()
    if page.body.strip():
        yield page.sent(page.rendered(page.place(), "system", "none"), page.place(), role="system")


def importing(page: Page) -> Iterator[FileText]:
    """The same with `@path`, which brings in another file, whose own are brought in as well."""
    page.opened()
    parts = tuple(_imports(page, page.place(), (page.path,)))
    if page.body.strip():
        yield page.sent(parts, page.place(), role="system")


def _imports(page: Page, place: Place, active: tuple[str, ...]) -> Iterator[Part]:
    yield Text(place.text, place.span(0, len(place.text)), "system")
    code = [match.span() for match in _FENCE.finditer(place.text)]
    for match in _IMPORT.finditer(place.text):
        name = match.group(1).rstrip(".")
        if any(start <= match.start() < end for start, end in code):
            continue
        line = place.span(match.start()).line
        try:
            path = page.shelf.beside(place.path, name)
            if path in active:
                raise Refused("it imports itself")
            if len(active) > MAX_HOPS:
                raise Refused(f"imports go deeper than {MAX_HOPS} files")
            page.shelf.imports += 1
            if page.shelf.imports > MAX_IMPORTS:
                raise Refused("too many files are imported")
            inner = Place(path, 1, page.shelf.text(path))
        except Refused as refused:
            if name.endswith((".md", ".txt")):
                page.shelf.gap(place.path, line, f"import of {name[:80]!r} is not followed: {refused}")
                yield Hole(name[:80], place.span(match.start()), "system")
            continue
        yield from _imports(page, inner, (*active, path))


def rules(page: Page) -> Iterator[FileText]:
    """Instructions whose front matter says for which files, or whether always, they are sent."""
    page.opened()
    front = page.front
    globs = next((front[key] for key in ("applyTo", "globs", "paths") if front.get(key)), None)
    load = page.entry.load
    if str(front.get("alwaysApply")).lower() == "true":
        load = "always"
    elif globs is not None:
        named = globs if isinstance(globs, list) else str(globs).split(",")
        load = "always" if any(str(each).strip() in _EVERYTHING for each in named) else "conditional"
    if page.body.strip():
        found = page.sent(page.rendered(page.place(), "system", "none"), page.place(), role="system")
        yield replace(found, load=load)


def skill(page: Page) -> Iterator[FileText]:
    """Name and description are sent always, so that an agent knows of it; the body when it is used."""
    page.opened()
    about = [str(page.front[key]) for key in ("name", "description") if page.front.get(key)]
    if about:
        place = page.place(page.text.split("---", 2)[1] if page.text.count("---") > 1 else "", 1)
        parts = (Text("\n".join(about), place.span(0, len(place.text)), "system"),)
        yield replace(page.sent(parts, place, role="system", load="always"), budget=None)
    if page.body.strip():
        yield page.sent(page.rendered(page.place(), "system", "none"), page.place(), role="system")


FORMATS: Mapping[str, Format] = {
    "text": text,
    "roles": roles,
    "marked": marked,
    "dialects": dialects,
    "messages": messages,
    "data": data,
    "fields": fields,
    "evaluated": evaluated,
    "routed": routed,
    "functions": functions,
    "instructions": instructions,
    "importing": importing,
    "rules": rules,
    "skill": skill,
}
"""The name of a format in costgate/knowledge/prompt_files.yaml -> its function."""

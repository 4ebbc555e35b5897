"""Prompt files that code loads by their path with a library's own loader: what they hold, as text or as messages."""

from __future__ import annotations

import posixpath
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from costgate.knowledge.prompt_files import prompt_file
from costgate.model.prompt import Hole, Text
from costgate.model.value import Span
from costgate.read.paths import path_of
from costgate.read.prompts.formats import FORMATS
from costgate.read.prompts.page import FileText, Page
from costgate.read.prompts.shelf import Refused
from costgate.read.things import Args, Map, Nope, Seq, Str, Thing, choice, options_of
from costgate.read.values import as_parts, text_of

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

LOADS, FILLS = "prompt_file", "prompt_messages"
"""What costgate/knowledge/values.yaml calls such loaders, and functions that fill what they give."""


def prompt_of_file(ev: Evaluator, args: Args, path: str, span: Span) -> Thing:
    """`load("prompts/ask.prompty")`: the messages of the file, or its text where it names no roles."""
    named = next(iter((*args.positional, *args.named.entries.values())), Nope("no path"))
    return choice([_loaded(ev, each, path, span) for each in options_of(named)])


def filled(args: Args) -> Thing:
    """`prepare(prompt, inputs)`: the messages with what the code gives for their holes."""
    given = (*args.positional, *args.named.entries.values())
    prompt = given[0] if given else Nope("no prompt")
    inputs = next((each for each in given[1:] if isinstance(each, Map)), Map({}))
    return _with(prompt, inputs)


def _with(thing: Thing, inputs: Map) -> Thing:
    if isinstance(thing, Seq):
        return Seq(tuple(_with(each, inputs) for each in thing.items), thing.more)
    if isinstance(thing, Map):
        return Map({key: _with(each, inputs) for key, each in thing.entries.items()})
    if not isinstance(thing, Str):
        return thing
    parts: list[Text | Hole] = []
    for part in thing.parts:
        given = inputs.entries.get(part.name) if isinstance(part, Hole) else None
        parts += [part] if given is None or not isinstance(part, Hole) else as_parts(given, part.name, part.span)
    return Str(tuple(parts), thing.origin, thing.trail)


def _loaded(ev: Evaluator, thing: Thing, importer: str, span: Span) -> Thing:
    text = path_of(thing)
    for candidate in (text, posixpath.join(posixpath.dirname(importer), text)) if text else ():
        path = posixpath.normpath(candidate)
        kind = prompt_file(path) if path in ev.tree and not path.startswith(("/", "..")) else None
        if kind is None or kind.format not in FORMATS:
            continue
        try:
            found = list(FORMATS[kind.format](Page(ev.shelf, path, kind, ev.shelf.text(path))))
        except Refused as refused:
            return Str((Hole(f"{path} ({refused})", span),), trail=(span,))
        ev.touched |= {path, *(part.span.path for each in found for part in each.parts)}
        return _said(found, span)
    return Str((Hole(f"the prompt of {(text or 'a path made at run time')[:80]}", span),), trail=(span,))


def _said(found: list[FileText], span: Span) -> Thing:
    parts = [part for each in found for part in each.parts]
    if not any(part.role for part in parts):
        return Str(tuple(parts), trail=(span,))
    messages = []
    for role, group in groupby(parts, key=lambda part: part.role or "user"):
        messages.append(Map({"role": text_of(role, span), "content": Str(_stripped(list(group)), trail=(span,))}))
    return Seq(tuple(messages))


def _stripped(parts: list[Text | Hole]) -> tuple[Text | Hole, ...]:
    """A message without the blank lines around it, which only part it from the others."""
    first, last = parts[0], parts[-1]
    if isinstance(first, Text):
        parts[0] = replace(first, text=first.text.lstrip())
    if isinstance(last, Text):
        last = parts[-1] if isinstance(parts[-1], Text) else last
        parts[-1] = replace(last, text=last.text.rstrip())
    return tuple(part for part in parts if isinstance(part, Hole) or part.text)

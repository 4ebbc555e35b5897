"""Prompt files that code names, as things: what they send, and what their front matter sets."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any

from costgate.knowledge.prompt_files import PromptFile, environment_mark, prompt_file, prompt_kind
from costgate.model.prompt import Hole, Text
from costgate.model.value import Span
from costgate.read.declaredcalls import as_function
from costgate.read.loaded import as_things
from costgate.read.paths import fitting, path_of, read_text
from costgate.read.prompts.formats import FORMATS
from costgate.read.prompts.marks import stripped, unmarked
from costgate.read.prompts.page import FileText, Page
from costgate.read.prompts.rendering import Part, Place, rendered
from costgate.read.prompts.shelf import Refused
from costgate.read.things import FILE, Args, Choice, Lit, Map, Nope, Rec, Ref, Seq, Str, Thing, choice, options_of
from costgate.read.values import as_parts, text_of

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

FILLS = "prompt_messages"
"""What costgate/knowledge/values.yaml calls functions that fill what such a file gives."""
SENT = "content"
"""The key of what a file sends, beside the keys of its front matter."""
MAX_FUNCTIONS = 500
Way = Mapping[str, Any]


def opened(ev: Evaluator, spec: Mapping[str, Any], args: Args, path: str, span: Span) -> Args:
    """The arguments of a call with what stands behind those that name a prompt file, or are a template."""
    ways: Mapping[str, Way] = spec.get("opens", {})
    if not ways:
        return args
    named = {**dict(zip(spec.get("positional", ()), args.positional, strict=False)), **args.named.entries}
    told: dict[str, Thing] = {}
    for keyword, way in ways.items():
        if "declared" in way:
            told[keyword] = as_function(ev, way, span)
        elif keyword in named:
            told[keyword] = choice([_behind(ev, way, each, named, path, span) for each in options_of(named[keyword])])
        elif "below" in way and (found := _by_name(ev, way, named, span)) is not None:
            told[keyword] = found
    return replace(args, named=replace(args.named, entries={**args.named.entries, **told}))


def _behind(ev: Evaluator, way: Way, thing: Thing, named: Mapping[str, Thing], path: str, span: Span) -> Thing:
    if "syntax" in way:
        return _template(ev, thing, _syntax(way, named), span) if isinstance(thing, Str) else thing
    if way.get("text"):
        return _document(ev, prompt_kind(way["kind"]), thing) if isinstance(thing, Str) else thing
    if "kind" not in way or not (isinstance(thing, Str) or isinstance(thing, Rec) and thing.symbol == "path"):
        return thing
    named_so = path_of(thing)
    kind = prompt_kind(way["kind"])
    if named_so is None:
        found = [_file(ev, each, "", span, kind) for each in fitting(ev, thing, path)]
        return choice(found) if found else _unread(None, span)
    return _file(ev, posixpath.join(named_so, way["file"]) if "file" in way else named_so, path, span, kind)


def _by_name(ev: Evaluator, way: Way, named: Mapping[str, Thing], span: Span) -> Thing | None:
    """What is made of the one folder of the tree that is called what the arguments say."""
    said = [each.plain if isinstance(each := named.get(word), Str) else None for word in way["below"]]
    if not all(said):
        return None
    end = posixpath.join("", *(str(each) for each in said))
    fits = [folder for folder in ev.folders if folder == end or folder.endswith(f"/{end}")]
    fits = [folder for folder in fits if posixpath.join(folder, way["file"]) in ev.tree]
    return _made(ev, way["makes"], fits[0], span) if len(fits) == 1 else None


def folder_of(ev: Evaluator, spec: Mapping[str, Any], args: Args, path: str, span: Span) -> Map | None:
    """A folder of prompt functions: what is made of each, by its name; None where no folder is named."""
    way = spec["folder"]
    named = {**dict(zip(spec.get("positional", ()), args.positional, strict=False)), **args.named.entries}
    said = [path_of(each) if (each := named.get(word)) is not None else None for word in way["in"]]
    if not all(said):
        return None
    inner = posixpath.join(*(str(each) for each in said))
    made = ev.remembered(("folder", inner, path, way["makes"]), (), lambda: _folder(ev, way, inner, path, span))
    return made if isinstance(made, Map) else None


def _folder(ev: Evaluator, way: Way, inner: str, path: str, span: Span) -> Map:
    found: dict[str, Thing] = {}
    for folder in _candidates(inner, path):
        found = dict(_functions(ev, way, folder, span))
        if found:
            break
    made = Map(found, more=None if found else f"the folder {inner[:80]!r} is not in the tree")
    return replace(made, entries={**found, way["holds"]: made})


def _functions(ev: Evaluator, way: Way, folder: str, span: Span) -> Iterator[tuple[str, Thing]]:
    entries = (entry.path for entry in ev.tree.entries() if entry.kind == "file" and entry.path.startswith(f"{folder}/"))
    inside = ((path, path[len(folder) + 1 :]) for path in sorted(entries))
    found = [each for each in inside if _is_function(each[1], way)]
    for path, inner in found[:MAX_FUNCTIONS]:
        if "/" in inner:
            yield posixpath.dirname(inner), _made(ev, way["makes"], posixpath.dirname(path), span)
        else:
            text = read_text(ev, text_of(path, span), "", span)
            data = _document(ev, prompt_kind(way["kind"]), text) if isinstance(text, Str) else text
            name = data.args.named.entries.get("name") if isinstance(data, Rec) else None
            if isinstance(name, Str) and name.plain:
                yield name.plain, ev.call(Ref(way["document"]), Args((text,)), "", span)


def _is_function(inner: str, way: Way) -> bool:
    """Whether a file of a folder is the prompt in the folder of a function, or a document of one."""
    if "/" not in inner:
        return "document" in way and inner.endswith((".yaml", ".yml"))
    return inner.count("/") == 1 and posixpath.basename(inner) == way["file"]


def _made(ev: Evaluator, symbol: str, folder: str, span: Span) -> Thing:
    return ev.call(Ref(symbol), Args((text_of(folder, span),)), "", span)


def _candidates(named: str, importer: str) -> Iterator[str]:
    """Paths that a name may mean: beside the file that says it, from the root."""
    for each in (posixpath.join(posixpath.dirname(importer), named), named):
        path = posixpath.normpath(each)
        if not path.startswith(("/", "..")):
            yield path


def _file(ev: Evaluator, named: str, importer: str, span: Span, kind: PromptFile) -> Thing:
    for path in _candidates(named, importer):
        own = prompt_file(path) or kind
        if path not in ev.tree or own.format not in FORMATS:
            continue
        try:
            page = Page(ev.shelf, path, own, ev.shelf.text(path))
            found = list(FORMATS[own.format](page))
        except Refused as refused:
            return Str((Hole(f"{path} ({refused})", span),), trail=(span,))
        ev.touched |= {path, *(part.span.path for each in found for part in each.parts)}
        if page.front_path:
            ev.touched.add(page.front_path)
        return _thing(page, found, span)
    return _unread(named, span)


def _unread(named: str | None, span: Span) -> Rec:
    hole = Str((Hole(f"the prompt of {(named or 'a path made at run time')[:80]}", span),), trail=(span,))
    return Rec(FILE, Args((), Map({SENT: hole}, more="the prompt file is not read")), span)


def _document(ev: Evaluator, kind: PromptFile, source: Str) -> Thing:
    """A document that code has read already."""
    part = source.parts[0] if len(source.parts) == 1 else None
    if not isinstance(part, Text):
        return Nope("a document that is put together at run time", outside=True)
    try:
        page = Page(ev.shelf, part.span.path, kind, part.text)
        return _thing(page, list(FORMATS[kind.format](page)), part.span, part.span.line - 1)
    except Refused as refused:
        return Nope(f"{part.span.path}: {refused}", outside=True)


def _thing(page: Page, found: list[FileText], span: Span, down: int = 0) -> Rec:
    part = Text(page.front_text, Span(page.front_path or page.path, page.front_line + down))
    front = as_things(page.front, part) if page.front else Map({})
    entries = front.entries if isinstance(front, Map) else {}
    said = {key: _from_environment(each, span) for key, each in entries.items()}
    return Rec(FILE, Args((), Map({**said, SENT: _said(_moved(found, down), span)})), span)


def _moved(found: list[FileText], down: int) -> list[Part]:
    """The parts that are sent, further down by so many lines."""
    parts = [part for each in found for part in each.parts if part.role != "schema"]
    return [replace(part, span=_lower(part.span, down)) for part in parts] if down else parts


def _lower(span: Span, down: int) -> Span:
    return replace(span, line=span.line + down, end_line=span.end_line + down)


def _from_environment(thing: Thing, span: Span) -> Thing:
    """A value as its reference to the environment gives it: the default that stands in it, or nothing that is known."""
    if isinstance(thing, Map):
        return replace(thing, entries={key: _from_environment(each, span) for key, each in thing.entries.items()})
    match = environment_mark().fullmatch(thing.plain) if isinstance(thing, Str) and thing.plain else None
    if match is None or not isinstance(thing, Str):
        return thing
    default = match.group(2)
    if not default:
        return Nope(f"environment variable {match.group(1)}", thing.trail, outside=True)
    if default.isdecimal() and len(default) < 12:
        return Lit(int(default), "env-default", thing.trail)
    return replace(text_of(default, thing.trail[0] if thing.trail else span, "env-default"), trail=thing.trail)


def _said(parts: list[Part], span: Span) -> Thing:
    if not any(part.role for part in parts):
        return Str(tuple(parts), trail=(span,))
    messages = []
    for role, group in groupby(parts, key=lambda part: part.role or "user"):
        messages.append(Map({"role": text_of(role, span), "content": Str(stripped(list(group)), trail=(span,))}))
    return Seq(tuple(messages))


# filling -------------------------------------------------------------------------------------------------------


def filled(args: Args) -> Thing:
    """`prepare(prompt, inputs)`: the messages with what the code gives for their holes."""
    given = (*args.positional, *args.named.entries.values())
    prompt = given[0] if given else Nope("no prompt")
    inputs = next((each for each in given[1:] if isinstance(each, Map)), Map({}))
    return with_values(prompt, inputs)


def with_values(thing: Thing, values: Map) -> Thing:
    """What a file or a template sends, with its holes filled by their names."""
    if isinstance(thing, Rec) and thing.symbol == FILE:
        return with_values(thing.args.named.entries[SENT], values)
    if isinstance(thing, Choice):
        return choice([with_values(each, values) for each in thing.options])
    if isinstance(thing, Seq):
        return Seq(tuple(with_values(each, values) for each in thing.items), thing.more)
    if isinstance(thing, Map):
        return Map({key: with_values(each, values) for key, each in thing.entries.items()})
    if not isinstance(thing, Str):
        return thing
    parts: list[Part] = []
    for part in thing.parts:
        given = values.entries.get(part.name) if isinstance(part, Hole) and not part.repeated else None
        parts += [part] if given is None or not isinstance(part, Hole) else as_parts(given, part.name, part.span)
    return Str(tuple(parts), thing.origin, thing.trail)


# templates in code -----------------------------------------------------------------------------------------------


def _syntax(way: Way, named: Mapping[str, Thing]) -> str:
    chosen = named.get(way["chosen"]) if "chosen" in way else None
    word = chosen.plain if isinstance(chosen, Str) else None
    return str(way.get("words", {}).get(word, way["syntax"]))


def _template(ev: Evaluator, thing: Str, syntax: str, span: Span) -> Thing:
    """A template in code, or of a file that code has read, as text and holes without its markup."""
    parts: list[Part] = []
    for part in thing.parts:
        if isinstance(part, Hole) or not re.search(r"\{[{%#]|<message", part.text):
            parts.append(part)
            continue
        for role, at, said in unmarked(part.text):
            place = Place(part.span.path, part.span.line + part.text.count("\n", 0, at), said)
            parts += (_placed(each, part.span) for each in rendered(ev.shelf, place, syntax, role))
    if any(part.role for part in parts):
        return _said(parts, span)
    return replace(thing, parts=tuple(parts))


def _placed(part: Part, whole: Span) -> Part:
    """A part at the place of the text it stands in, which knows its cell."""
    return replace(part, span=replace(part.span, cell=whole.cell)) if whole.cell is not None else part

"""File paths that code builds, and the text of files of the tree that it reads."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from costgate.model.prompt import Hole, Text
from costgate.model.value import Span
from costgate.read.things import OPEN, Args, Nope, Partial, Rec, Ref, Str, Thing, choice, options_of
from costgate.read.values import weakest

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

MAX_TEXT = 4_000_000
MAX_FITTING = 16
MAX_HOLES = 3
_POINTER = b"version https://git-lfs"


def path_of(thing: Thing) -> str | None:
    """The path a thing stands for, as text; None when a part is not known."""
    if isinstance(thing, Rec) and thing.symbol == "path" and thing.args.positional:
        thing = thing.args.positional[0]
    return thing.plain if isinstance(thing, Str) else None


def make_path(text: str, span: Span, origin: str = "argument") -> Rec:
    """A path as a thing; relative paths stay relative to the root of the tree."""
    return Rec("path", Args((Str((Text(text, span),) if text else (), origin, (span,)),)), span)


def joined(parts: tuple[Thing, ...], span: Span) -> Thing:
    """`a / b / c`."""
    texts = [path_of(part) for part in parts]
    known = [text for text in texts if text is not None]
    if len(known) < len(texts):
        return _partly(parts, span)
    held = [part.args.positional[0] if isinstance(part, Rec) and part.args.positional else part for part in parts]
    return make_path(posixpath.normpath(posixpath.join(*known)) if known else "", span, weakest(held))


def _partly(parts: tuple[Thing, ...], span: Span) -> Thing:
    """A path of which some names are known only at run time: `PROMPTS / f"{name}.md"`."""
    said: list[Text | Hole] = []
    for part in parts:
        held = part.args.positional[0] if isinstance(part, Rec) and part.symbol == "path" and part.args.positional else part
        if not isinstance(held, Str):
            return Nope("a path that is put together at run time")
        said += [Text("/", span), *held.parts] if said else held.parts
    return Rec("path", Args((Str(tuple(said), trail=(span,)),)), span)


def path_attribute(base: Rec, name: str) -> Thing:
    """`.parent`, `.parents`, `.name`, `.stem`; methods are called through library.METHODS."""

    text = path_of(base)
    if text is None:
        unknown = name in ("parent", "parents", "name", "stem")
        return Nope("a path that is put together at run time") if unknown else Partial(Ref(f".{name}"), Args((base,)))
    if name == "parent":
        return make_path(posixpath.dirname(text), base.span)
    if name in ("name", "stem"):
        found = posixpath.basename(text)
        found = found if name == "name" else posixpath.splitext(found)[0]
        return Str((Text(found, base.span),), trail=(base.span,))
    return Partial(Ref(f".{name}"), Args((base,)))


def read_text(ev: Evaluator, thing: Thing, importer: str, span: Span) -> Thing:
    """The text of a file of the tree that code reads; a hole where the path or the file is not known."""
    return choice([_read(ev, each, importer, span) for each in options_of(thing)])


def _text(data: bytes) -> tuple[str, str]:
    """The text, and why there is none."""
    if len(data) > MAX_TEXT:
        return "", f"{len(data):,} bytes, not read"
    if data.startswith(_POINTER):
        return "", "a Git LFS pointer, its content is not here"
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        return "", "not UTF-8"


def _read(ev: Evaluator, thing: Thing, importer: str, span: Span) -> Thing:
    text = path_of(thing)
    if text is None:
        texts = [_read(ev, make_path(path, span), "", span) for path in fitting(ev, thing, importer)]
        return choice(texts or [Str((Hole("the text of a file chosen at run time", span),), trail=(span,))])
    for candidate in _places(text, importer):
        path = posixpath.normpath(candidate)
        if path.startswith(("/", "..")) or path not in ev.tree:
            continue
        try:
            data = ev.tree.read(path)
        except (OSError, KeyError):
            continue
        ev.touched.add(path)
        found, why = _text(data)
        if why:
            ev.unread[path] = why
            return Str((Hole(f"{path} ({why})", span),), trail=(span,))
        place = Span(path, 1, 1, found.count("\n") + 1, 1)
        return Str((Text(found, place),) if found else (), trail=(place,))
    others = [_read(ev, make_path(path, span), "", span) for path in fitting(ev, _open_path(thing, text, span), importer)]
    return choice(others or [Str((Hole(f"the text of {text[:80]}", span),), trail=(span,))])


def _open_path(thing: Thing, text: str, span: Span) -> Thing:
    """The path with another name, where a default says the name that may be replaced, and no such file is there."""
    held = thing.args.positional[0] if isinstance(thing, Rec) and thing.args.positional else thing
    stem, suffix = posixpath.splitext(posixpath.basename(text))
    if not isinstance(held, Str) or held.origin not in OPEN or not suffix or not posixpath.dirname(text):
        return Nope("a path")
    parts = (Text(f"{posixpath.dirname(text)}/", span), Hole(stem, span), Text(suffix, span))
    return Rec("path", Args((Str(parts),)), span)


def _places(text: str, importer: str) -> Iterator[str]:
    """Where a relative path may lead: from the top of the tree, or from a folder that the code is in, the nearest first."""
    yield text
    folder = posixpath.dirname(importer)
    while folder:
        yield posixpath.join(folder, text)
        folder = posixpath.dirname(folder)


def fitting(ev: Evaluator, thing: Thing, importer: str) -> list[str]:
    """The files that a path chosen at run time may mean: those in its folder with its ending, where they are few."""
    held = thing.args.positional[0] if isinstance(thing, Rec) and thing.args.positional else thing
    parts = held.parts if isinstance(held, Str) else ()
    if not parts or not isinstance(parts[-1], Text) or "." not in parts[-1].text or not isinstance(parts[0], Text):
        return []
    if sum(isinstance(part, Hole) for part in parts) > MAX_HOLES:
        return []
    said = "".join(re.escape(part.text) if isinstance(part, Text) else r"[^/]+" for part in parts)
    folder = posixpath.dirname(importer)
    wanted = re.compile(rf"(?:{re.escape(folder)}/)?(?:\./)?{said}" if folder else rf"(?:\./)?{said}")
    found = [entry.path for entry in ev.tree.entries() if entry.kind == "file" and wanted.fullmatch(entry.path)]
    return found if len(found) <= MAX_FITTING else []

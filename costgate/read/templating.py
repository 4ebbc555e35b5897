"""Templates that code renders: the file or text they come from, as it is sent, with what the code fills in."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import TYPE_CHECKING

from costgate.model.prompt import Hole, Text
from costgate.model.value import Span
from costgate.read.paths import path_of
from costgate.read.prompts.rendering import Place, rendered
from costgate.read.prompts.shelf import Refused
from costgate.read.things import Args, Choice, Nope, Rec, Seq, Str, Thing, choice, options_of
from costgate.read.values import as_parts

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

WORDS = ("template", "templates", "template_folder", "template_package")
"""What costgate/knowledge/values.yaml calls the functions that are kept as a `Rec` of that name."""


def by_name(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    """`environment.get_template(name)`."""
    if not isinstance(base, Rec) or base.symbol != "templates":
        return None
    names = args.positional[0] if args.positional else args.named.entries.get("name", Nope("no name"))
    return choice([_found(ev, base, each, path, span) for each in options_of(names)])


def _found(ev: Evaluator, base: Rec, name: Thing, path: str, span: Span) -> Thing:
    said = name.plain if isinstance(name, Str) else None
    if said is None:
        return Rec("template", Args((Nope("a template chosen at run time"),)), span)
    loader = base.args.named.entries.get("loader") or (base.args.positional[0] if base.args.positional else None)
    for folder in _folders(ev, loader, path):
        candidate = posixpath.normpath(posixpath.join(folder, said))
        if candidate in ev.tree and not candidate.startswith(("/", "..")):
            return Rec("template", Args((_path(candidate, span),)), span)
    return Rec("template", Args((Nope(f"the template {said[:80]}"),)), span)


def _folders(ev: Evaluator, loader: Thing | None, path: str) -> Iterator[str]:
    """The folders that a loader looks in, as seen from the root and from the file of the code."""
    for each in options_of(loader) if loader is not None else ():
        if not isinstance(each, Rec) or not each.args.positional:
            continue
        first = each.args.positional[0]
        if each.symbol == "template_package":
            package = ev.project.find(path, first.plain) if isinstance(first, Str) and first.plain else None
            inner = each.args.positional[1] if len(each.args.positional) > 1 else each.args.named.entries.get("package_path")
            if package is not None:
                yield posixpath.join(posixpath.dirname(package[0]), (path_of(inner) if inner is not None else None) or "templates")
        elif each.symbol == "template_folder":
            for folder in first.items if isinstance(first, Seq) else (first,):
                text = path_of(folder)
                if text is not None:
                    yield from (text, posixpath.join(posixpath.dirname(path), text))


def _path(path: str, span: Span) -> Rec:
    return Rec("path", Args((Str((Text(path, span),)),)), span)


def of_text(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    """`environment.from_string(text)`."""
    return Rec("template", args, span) if isinstance(base, Rec) and base.symbol == "templates" else None


def render(ev: Evaluator, base: Thing, args: Args, path: str, span: Span) -> Thing | None:
    """`template.render(name=value)`: what is sent, its holes filled with what the code gives."""
    if isinstance(base, Choice):
        found = [render(ev, each, args, path, span) for each in base.options]
        return choice([each if each is not None else Nope("a template that is not followed") for each in found])
    if not isinstance(base, Rec) or base.symbol != "template" or not base.args.positional:
        return None
    source = base.args.positional[0]
    return choice([_rendered(ev, each, args, span) for each in options_of(source)])


def _rendered(ev: Evaluator, source: Thing, args: Args, span: Span) -> Thing:
    name = path_of(source) if isinstance(source, Rec) else None
    if name is not None:
        try:
            places = [Place(name, 1, ev.shelf.text(name))]
        except Refused as refused:
            return Str((Hole(f"{name} ({refused})", span),), trail=(span,))
    elif isinstance(source, Str):
        places = _places(source)
    else:
        return Str((Hole("a template chosen at run time", span),), trail=(span,))
    if not places:
        return source
    parts = [part for place in places for part in rendered(ev.shelf, place, "jinja", "")]
    ev.touched |= {part.span.path for part in parts}
    filled = [piece for part in parts for piece in _filled(part, args)]
    return Str(tuple(filled), trail=(span,))


def _places(source: Str) -> list[Place]:
    """A text in code or of a file that code reads; one with holes of its own is taken piece by piece."""
    return [Place(part.span.path, part.span.line, part.text) for part in source.parts if isinstance(part, Text)]


def _filled(part: Text | Hole, args: Args) -> list[Text | Hole]:
    if isinstance(part, Text) or part.repeated:
        return [part]
    given = args.named.entries.get(part.name)
    return [part] if given is None else list(as_parts(given, part.name, part.span))

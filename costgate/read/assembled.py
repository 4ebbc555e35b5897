"""Classes that a decorator puts together: what the files beside their module hold, and what their marked methods give back."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from costgate.knowledge.assembled import assembled_classes, filled_attributes
from costgate.model.prompt import Text
from costgate.model.value import Span
from costgate.read import outline as ol
from costgate.read.classes import class_attribute
from costgate.read.frame import Frame
from costgate.read.lineage import lineage
from costgate.read.loaded import marked_values
from costgate.read.prompts.shelf import Refused
from costgate.read.things import Args, Cls, Func, Inst, Map, Nope, Rec, Ref, Seq, Str, Thing

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator
    from costgate.read.modules import Module

Entry = Mapping[str, Any]


def assembled(ev: Evaluator, inst: Inst, name: str) -> Thing | None:
    """An attribute that such a decorator fills; None for any other attribute or class."""
    found = _entry(ev, inst.cls) if name in filled_attributes() else None
    if found is None:
        return None
    entry, cls = found
    if name in entry["lists"]:
        methods = _marked(ev, cls, entry["marks"][entry["lists"][name]])
        return Seq(tuple(_result(ev, method, inst) for method in methods.values()))
    return _configured(ev, inst, cls, entry, name) if name in entry["files"] else None


def _entry(ev: Evaluator, cls: Cls) -> tuple[Entry, Cls] | None:
    """What is known of the decorator of a class or of one it extends, and that class."""
    for each in lineage(ev, cls)[0]:
        module = ev.project.module(each.path)
        marks = _decorators(ev, module, each.scope) if module is not None else ()
        for dotted in marks:
            for entry in assembled_classes():
                if dotted in entry["decorators"]:
                    return entry, each
    return None


def _decorators(ev: Evaluator, module: Module, scope: int) -> Iterator[str]:
    """The dotted names of the decorators of a class or function that another distribution has."""
    row = module.scope(scope)
    for start, end in row[ol.S_DECORATORS]:
        with ev.aside():
            made = ev.slice(Frame(module, row[ol.S_PARENT], start, {}, start), start, end)
        if isinstance(made, (Ref, Rec)):
            yield made.dotted if isinstance(made, Ref) else made.symbol


def _marked(ev: Evaluator, cls: Cls, marks: Sequence[str]) -> dict[str, Func]:
    """The methods of a class below one of these decorators, by name."""
    module = ev.project.module(cls.path)
    scopes = module.methods.get(cls.scope, ()) if module is not None else ()
    found: dict[str, Func] = {}
    for scope in scopes:
        if module is not None and not marks_of(ev, module, scope).isdisjoint(marks):
            found[str(module.scope(scope)[ol.S_NAME])] = Func(cls.path, scope)
    return found


def marks_of(ev: Evaluator, module: Module, scope: int) -> frozenset[str]:
    """The dotted names of all decorators of a function."""
    return frozenset(_decorators(ev, module, scope))


def _result(ev: Evaluator, method: Func, inst: Inst) -> Thing:
    return ev.call(replace(method, bound=inst), Args(), method.path, None)


def _configured(ev: Evaluator, inst: Inst, cls: Cls, entry: Entry, name: str) -> Thing:
    """What the file of an attribute holds, with what methods give back in place of their names."""

    file = entry["files"][name]
    said = class_attribute(ev, cls, name)
    path = file["default"] if isinstance(said, Nope) else said.plain if isinstance(said, Str) else None
    if path is None:
        return Nope(f"`{name}` is no path that is seen", said.trail if isinstance(said, Str) else ())
    values = _loaded(ev, path, cls.path)
    if not isinstance(values, Map):
        return values
    return Map({key: _named(ev, inst, cls, entry, file["methods"], each) for key, each in values.entries.items()})


def _loaded(ev: Evaluator, name: str, importer: str) -> Thing:
    """The values of a YAML file beside a module."""
    path = posixpath.normpath(posixpath.join(posixpath.dirname(importer), name))
    if name.startswith(("/", "~")) or path.startswith("../") or ":" in name[:8]:
        return Nope(f"{name[:80]} leaves the repository")
    ev.touched.add(path)
    try:
        text = ev.shelf.text(path)
    except Refused as refused:
        if path in ev.tree:
            ev.unread[path] = str(refused)
        return Nope(f"{path}: {refused}")
    found = marked_values(Text(text, Span(path, 1, 1, text.count("\n") + 1, 1)))
    if isinstance(found, Nope):
        ev.unread[path] = found.why.removeprefix(f"{path} ")
    elif not isinstance(found, Map):
        return Nope(f"{path} holds no entries")
    return found


def _named(ev: Evaluator, inst: Inst, cls: Cls, entry: Entry, methods: Mapping[str, Entry], said: Thing) -> Thing:
    """One entry of the file: below some keys it names methods, and holds what these give back."""
    if not isinstance(said, Map):
        return said
    entries = dict(said.entries)
    for key, what in methods.items():
        if key not in entries:
            continue
        known = _marked(ev, cls, entry["marks"][what["mark"]])
        value = entries[key]
        if isinstance(value, Seq):
            entries[key] = replace(value, items=tuple(_method(ev, inst, known, each, what) for each in value.items))
        else:
            entries[key] = _method(ev, inst, known, value, what)
    return replace(said, entries=entries)


def _method(ev: Evaluator, inst: Inst, known: Mapping[str, Func], said: Thing, what: Entry) -> Thing:
    name = said.plain if isinstance(said, Str) else None
    if name is not None and name in known:
        return _result(ev, known[name], inst)
    if name is None or what.get("or_text"):
        return said
    return Nope(f"no method `{name[:80]}` is marked as {what['mark']}", said.trail if isinstance(said, Str) else ())

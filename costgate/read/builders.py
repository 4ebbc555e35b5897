"""What those who build an instance hand in for a parameter that no annotation types: an object, by its class alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from costgate.read import outline as ol
from costgate.read.frame import Frame
from costgate.read.modules import Module, is_test
from costgate.read.things import Cls, Func, Inst, Nope, Obj, Thing, choice, options_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from costgate.read.evaluate import Evaluator

MAX_FILES = 8
MAX_BUILDERS = 12
"""Where more build a class, what one of them hands in says little."""


def handed_in(ev: Evaluator, module: Module, scope: int, name: str) -> Thing | None:
    """The objects that the tree hands to a constructor; None where it is none, or they are not seen.

    As with an annotation, what such an object was built with is not known: plain values are the caller's to decide.
    """
    row = module.scope(scope)
    if row[ol.S_NAME] != "__init__" or module.scope(row[ol.S_PARENT])[ol.S_KIND] != "class":
        return None
    with ev.once((module.path, scope, -5, name)) as fresh:
        found = ev.remembered(("handed in", module.path, scope, name), (), lambda: _given(ev, module, scope, name)) if fresh else None
    return None if isinstance(found, Nope) else found


def _given(ev: Evaluator, module: Module, scope: int, name: str) -> Thing:
    cls = Cls(module.path, module.scope(scope)[ol.S_PARENT])
    word = str(module.scope(cls.scope)[ol.S_NAME])
    files = [path for path in ev.mentions.calling(word) if not is_test(path) or is_test(module.path)]
    found: list[Thing] = []
    left = MAX_BUILDERS if len(files) <= MAX_FILES else 0
    for other, row in _builders(ev, files, word, cls):
        left -= 1
        if left < 0:
            break
        thing = _argument(ev, module, scope, name, other, row)
        found += [_bare(each) for each in options_of(thing) if isinstance(each, (Inst, Cls, Func, Obj))] if thing is not None else []
    return choice(found) if found and left >= 0 else Nope("nothing says what is handed in", outside=True)


def _builders(ev: Evaluator, files: list[str], word: str, cls: Cls) -> Iterator[tuple[Module, list[Any]]]:
    for path in files if len(files) <= MAX_FILES else ():
        other = ev.project.module(path)
        for row in other.calls_by_tail.get(word, ()) if other is not None else ():
            assert other is not None
            frame = Frame(other, row[ol.C_SCOPE], row[ol.C_START], {}, row[ol.C_START])
            if cls in options_of(ev.slice(frame, row[ol.C_START], row[ol.C_FUNCTION_END])):
                yield other, row


def _argument(ev: Evaluator, module: Module, scope: int, name: str, other: Module, row: list[Any]) -> Thing | None:
    """What one call passes for a parameter, where it stands in the call."""
    term = other.term(row[ol.C_START], row[ol.C_END])
    names = [param[ol.P_NAME] for param in module.scope(scope)[ol.S_PARAMS] if not param[ol.P_KIND]][1:]
    at = names.index(name) if name in names else -1
    frame = Frame(other, row[ol.C_SCOPE], row[ol.C_START], {}, row[ol.C_START])
    for index, (keyword, given) in enumerate(term[2] if term[0] == "call" else ()):
        if keyword == name or keyword is None and index == at:
            return ev.term(given, frame)
        if keyword == "*":
            return None
    return None


def _bare(thing: Thing) -> Thing:
    return replace(thing, args=None) if isinstance(thing, Inst) else thing

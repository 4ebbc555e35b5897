"""What code anywhere in the tree assigns to shared state: to attributes of an object that a module holds, and of modules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from costgate.read import outline as ol
from costgate.read.frame import Frame
from costgate.read.mentions import Mentions
from costgate.read.modules import Module, is_test
from costgate.read.python import lower
from costgate.read.things import Choice, Home, Inst, Mod, Thing, options_of

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator

MAX_FILES = 24
"""How many files are looked into for what they assign to one attribute."""


class Written:
    """The assignments `name.attribute = ...` of a tree."""

    def __init__(self, mentions: Mentions) -> None:
        self.mentions = mentions
        self._rows: dict[tuple[Home, str], list[tuple[Module, list[Any]]]] = {}

    def to(self, ev: Evaluator, home: Home, name: str, frame: Frame | None) -> tuple[list[Thing], bool]:
        """What is assigned to an attribute of the object (or module) at `home`, and whether that is certain to hold.

        What the scope of `frame` assigns itself is left out: it comes before the use, or behind it.
        """
        known = self._rows.get((home, name))
        if known is None:
            self._rows[home, name] = []  # what is asked for meanwhile must not ask again
            known = self._rows[home, name] = list(self._found(ev, home, name))
        own = None if frame is None else (frame.module, frame.scope)
        known = [(module, row) for module, row in known if (module, row[ol.B_SCOPE]) != own]
        sure = [each for each in known if _at_its_home(*each, home)]
        rows = [*sure[-1:], *(each for each in known if each not in sure)]
        return [ev.binding(row, Frame(module, row[ol.B_SCOPE], row[ol.B_AT])) for module, row in rows], bool(sure)

    def _found(self, ev: Evaluator, home: Home, name: str) -> Iterator[tuple[Module, list[Any]]]:
        word = (home[1] or home[0].removesuffix("/__init__.py").removesuffix(".py").rpartition("/")[2]).encode(errors="surrogatepass")
        holds = re.compile(rb"\b" + re.escape(word) + rb"\b")
        files = [path for path in self.mentions.assigning(name) if not is_test(path) or is_test(home[0])]
        for path in [each for each in files if holds.search(self.mentions.bytes_of(each))][:MAX_FILES]:
            module = ev.project.module(path)
            for row in module.facts["bindings"] if module is not None else ():
                owner, _, attribute = row[ol.B_TARGET].rpartition(".")
                if attribute == name and owner and row[ol.B_KIND] == "=" and row[ol.B_START] >= 0:
                    assert module is not None
                    thing = ev.term(lower(owner), Frame(module, row[ol.B_SCOPE], row[ol.B_AT]))
                    if any(home_of(each) == home for each in options_of(thing)):
                        yield module, row


def home_of(thing: Thing) -> Home | None:
    """Where shared state lives: the module and the name that hold an object, the module alone for its own names."""
    return thing.home if isinstance(thing, Inst) else (thing.path, "") if isinstance(thing, Mod) else None


def at_home(thing: Thing, path: str, name: str) -> Thing:
    """An object as a module holds it."""
    if isinstance(thing, Choice):
        return Choice(tuple(at_home(each, path, name) for each in thing.options))
    return replace(thing, home=(path, name)) if isinstance(thing, Inst) and thing.home is None else thing


def _at_its_home(module: Module, row: list[Any], home: Home) -> bool:
    """Whether an assignment runs whenever the module of the object is loaded."""
    return module.path == home[0] and row[ol.B_SCOPE] == 0 and row[ol.B_BLOCK] == 0

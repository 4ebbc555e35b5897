"""Following an expression to what it is: names, attributes, calls, across functions, classes and files of the tree."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property
from typing import Any

from costgate.model.call import Loop, RetryLayer
from costgate.model.tree import Tree
from costgate.model.value import Span, Truth
from costgate.read import outline as ol
from costgate.read.added import added, keyed
from costgate.read.annotations import annotated, annotation
from costgate.read.answering import Answering
from costgate.read.attributes import attribute
from costgate.read.calling import call
from costgate.read.catalog import Catalog
from costgate.read.conditions import branch, decide
from costgate.read.endpoints import HttpKnowledge
from costgate.read.enums import is_enum, members
from costgate.read.filled import fills
from costgate.read.frame import Frame
from costgate.read.mentions import Mentions
from costgate.read.modules import Module, Project, exporting
from costgate.read.mutate import IN_A_LOOP, changed_by_functions, mutated
from costgate.read.names import reach
from costgate.read.parameters import bound, parameter
from costgate.read.prompts.shelf import Shelf
from costgate.read.python import Term
from costgate.read.recall import Answer, Mark, Recall
from costgate.read.taught import Taught
from costgate.read.terms import TERMS
from costgate.read.things import (
    Args,
    Choice,
    Cls,
    Env,
    Func,
    Inst,
    Later,
    Lit,
    Map,
    Mod,
    Nope,
    Obj,
    Rec,
    Ref,
    Seq,
    Str,
    Thing,
    choice,
    options_of,
)
from costgate.read.values import as_map, handed_in, otherwise, reason, text_of, via
from costgate.read.written import Written, at_home

MAX_DEPTH = 200
"""How many expressions may be asked for, one to know another. Python needs up to `FRAMES` frames for each."""
FRAMES = 40
PLAIN = ("str", "num", "const")
"""Terms that are not worth putting off."""
MAX_DECIDING = 2
"""How many tests may be asked for, one to settle another."""


class Evaluator(Answering):
    """Follows expressions."""

    def __init__(self, project: Project, catalog: Catalog, tree: Tree, bytes_of: Callable[[str], bytes]) -> None:
        super().__init__()
        self.project = project
        self.catalog = catalog
        self.tree = tree
        self.bytes_of = bytes_of
        self.shelf = Shelf(tree)
        self.taught = Taught()
        self.mentions = Mentions(project, bytes_of)
        self.written = Written(self.mentions)
        self.unread: dict[str, str] = {}
        """Files that code reads and nobody can: path -> why."""
        self.http = HttpKnowledge(catalog.http)
        self.senders: dict[Any, Any] = {}
        self.cycles: tuple[dict[tuple[str, int], Loop], dict[tuple[str, int], RetryLayer]] | None = None
        self.configured: dict[str, Thing | None] = {}
        self.heirs: dict[Cls, list[Cls]] = {}
        self.lineages: dict[Cls, tuple[list[Cls], list[str]]] = {}
        self._depth = 0
        self._lasting = Recall()
        self._names = Recall()
        self._decisions = Recall()

    def afresh(self, most_steps: int) -> Evaluator:
        """One that has followed nothing. It shares what was scanned in the bytes of the tree, and what is taught."""
        other = self._beside(self.project.apart())
        other.most_steps = most_steps
        other.taught = self.taught
        return other

    def untaught(self) -> Evaluator:
        """One that has followed nothing and knows of nothing that is taught. It shares what was scanned."""
        return self._beside(self.project)

    def _beside(self, project: Project) -> Evaluator:
        other = Evaluator(project, self.catalog, self.tree, self.bytes_of)
        other.mentions, other.written = self.mentions, Written(self.mentions)
        return other

    def forget(self) -> None:
        """Let go of all answers. They know the evaluator that looks further, and would stay until garbage is looked for."""
        for recall in (self._lasting, self._names, self._decisions, self._calls):
            recall.clear()
        self._numbers.clear()
        self.reset()

    @cached_property
    def folders(self) -> frozenset[str]:
        """The folders that hold a file of the tree."""
        return frozenset(posixpath.dirname(entry.path) for entry in self.tree.entries() if entry.kind == "file")

    def slice(self, frame: Frame, start: int, end: int) -> Thing:
        """Evaluate a slice of a module where it stands."""
        if start < 0:
            return Nope("nothing is assigned")
        at = start if frame.at is not None else None
        return self.term(frame.module.term(start, end), Frame(frame.module, frame.scope, at, frame.env, start))

    def term(self, term: Term, frame: Frame) -> Thing:
        """Evaluate a lowered term."""
        self._steps += 1
        self.all_steps += 1
        if self._steps > self._limit:
            return Nope("it takes too many steps to follow")
        self.touched.add(frame.module.path)
        if self._depth == MAX_DEPTH:
            self._cut.add("depth")
            return Nope("it is nested too deep to follow")
        self._depth += 1
        try:
            return TERMS[term[0]](self, term, frame)
        except RecursionError:
            self._cut.add("depth")
            return Nope("it is nested too deep to follow")
        finally:
            self._depth -= 1

    def place(self, frame: Frame, offset: int = 0) -> Span:
        """The span of something inside the slice that is being evaluated."""
        return frame.module.span(frame.base + frame.module.bytes_of(frame.base, offset))

    # names -----------------------------------------------------------------------------------------------------

    def name(self, name: str, frame: Frame) -> Thing:
        """A bare name: local, enclosing, module, import, builtin."""
        scope, at = frame.scope, frame.at
        while scope >= 0:
            row = frame.module.scope(scope)
            if (row[ol.S_KIND] != "class" or scope == frame.scope) and frame.module.may_bind(scope, name):
                found = self.in_scope(name, Frame(frame.module, scope, at, frame.env, frame.base))
                if found is not None:
                    return found
            scope, at = row[ol.S_PARENT], None
        return Ref(f"builtins.{name}")

    def in_scope(self, name: str, frame: Frame) -> Thing | None:
        """What a name means in one scope; None where nothing there binds it."""
        module, scope = frame.module, frame.scope
        mark = (module.path, scope, -1 if frame.at is None else frame.at, name)
        if mark in self.pending:
            self.cut_short(mark)
            return Nope(f"`{name}` depends on itself")
        self.pending.add(mark)
        try:
            return self._kept(self._names, mark, frame.env, lambda: self._bound(name, frame))  # type: ignore[no-any-return]
        finally:
            self.pending.discard(mark)
            self.closed(mark)

    def _bound(self, name: str, frame: Frame) -> Thing | None:
        module, scope = frame.module, frame.scope
        reached = reach(module, scope, name, frame.at, lambda block: branch(self, frame, block))
        options = [self._mutated(name, self.binding(row, frame), row, frame) for row in reached.rows]
        if scope == 0:
            options = [self._held_by_module(name, each, module) for each in options]
            options += [self._outer(name, inner, frame) for inner in module.outer.get(name, ())]
        rest: Thing | None = None
        if reached.falls:
            rest = parameter(self, name, frame)
            if rest is None:
                rest = self._imported(name, frame)
            else:
                rest = self._mutated(name, rest, None, frame)
        if rest is not None:
            options.append(rest)
        if reached.turned:  # `if name == "big": name = ...` says nothing of a name that only the caller knows
            kept = [each for row, each in zip(reached.rows, options, strict=False) if row not in reached.turned]
            kept += options[len(reached.rows) :]
            options = kept if kept and all(map(handed_in, kept)) else options
        if reached.guards:
            options = list(self._guarded(options, [self.binding(row, frame) for row in reached.guards]))
        return choice(options) if options else None

    def _held_by_module(self, name: str, value: Thing, module: Module) -> Thing:

        return changed_by_functions(self, name, value, module) if isinstance(value, Map) else at_home(value, module.path, name)

    def _guarded(self, options: list[Thing], replacements: list[Thing]) -> Sequence[Thing]:
        """`if not x: x = y`: what is empty gives way, what is known to be there stays."""
        given = [each for option in options for each in options_of(option)]
        return options_of(otherwise(given, self.catalog.unsaid(replacements)))

    def _outer(self, name: str, scope: int, frame: Frame) -> Thing:
        inner = frame._replace(scope=scope, at=None)
        rows = reach(frame.module, scope, name, None).rows
        return choice([self.binding(row, inner) for row in rows])

    def _imported(self, name: str, frame: Frame) -> Thing | None:
        rows = frame.module.imports.get((frame.scope, name))
        if rows:
            return choice([self.imported(frame.module, row[ol.I_TARGET]) for row in rows])
        if frame.scope == 0 and name == "__file__":
            return Rec("path", Args((text_of(frame.module.path, frame.module.span(0)),)), frame.module.span(0))
        if frame.scope == 0 and name == "__name__":
            return text_of(frame.module.path, frame.module.span(0))
        for row in frame.module.imports.get((frame.scope, "*"), ()):
            found = self._starred(frame.module, row[ol.I_TARGET], name)
            if found is not None:
                return found
        return None

    def _starred(self, module: Module, target: str, name: str) -> Thing | None:
        place = self.project.find(module.path, target)
        if place is None:
            dotted = f"{target}.{name}"
            return Ref(dotted) if self.catalog.knows(dotted) else None
        other = self.project.module(place[0])
        return None if other is None or other is module else self.in_scope(name, Frame(other, 0, None))

    def imported(self, module: Module, target: str) -> Thing:
        """What an imported dotted name means."""
        place = self.project.find(module.path, target)
        if place is None:
            return Ref(self.catalog.canonical(target.lstrip(".")))
        path, rest = place
        if not rest and (exported := exporting(self.project, module, path)) is not None:
            return self.in_scope(target.rpartition(".")[2], Frame(exported, 0, None)) or Mod(path)
        found: Thing = self.taught.member(path, "") or Mod(path)
        for part in rest.split(".") if rest else ():
            found = self.attribute(found, part, Frame(module, 0, None))
        return found

    def binding(self, row: list[Any], frame: Frame) -> Thing:
        """What one assignment gives a name; remembered, since names are asked for again and again."""
        mark = (frame.module.path, frame.scope, row[ol.B_AT], row[ol.B_TARGET])
        return self._kept(self._lasting, mark, frame.env, lambda: self._assigned(row, frame))  # type: ignore[no-any-return]

    def closure(self, frame: Frame, scope: int) -> Env | None:
        """The bound parameters that a function which is defined here sees from inside."""
        kept: dict[Mark, Any] = {}
        above = frame.module.scope(scope)[ol.S_PARENT]
        while above >= 0:
            mark = (frame.module.path, above)
            if mark in frame.env:
                kept[mark] = frame.env[mark]
            self.needs(frame.env, mark, None)
            above = frame.module.scope(above)[ol.S_PARENT]
        return kept or None

    def _assigned(self, row: list[Any], frame: Frame) -> Thing:
        kind, *index = str(row[ol.B_KIND]).split(":") if row[ol.B_KIND] != ":=" else [":="]
        inner = Frame(frame.module, frame.scope, row[ol.B_AT], frame.env, frame.base)
        if kind == "def":
            return self._defined(row[ol.B_START], frame)
        if kind in ("del", "as"):
            return Nope("it is bound at run time")
        if row[ol.B_START] < 0:
            return self.annotated(row[ol.B_ANNOTATION], frame) or Nope("nothing is assigned")
        value = self.slice(inner, row[ol.B_START], row[ol.B_END])
        if kind == "for":
            value = self._element(value, row[ol.B_TARGET])
        if kind == "with":
            value = self._entered(value)
        for part in index:
            value = self._unpacked(value, int(part))
        known = self.annotated(row[ol.B_ANNOTATION], frame) if isinstance(value, Nope) else None
        if known is not None or not isinstance(value, (Lit, Str, Nope, Choice)):
            return known or value
        return via(value, frame.module.span(row[ol.B_AT], row[ol.B_END]))

    def _defined(self, scope: int, frame: Frame) -> Thing:
        if frame.module.scope(scope)[ol.S_KIND] == "class":
            return self.taught.known(Cls(frame.module.path, scope))
        return self.taught.known(Func(frame.module.path, scope, None, self.closure(frame, scope)))

    def _element(self, value: Thing, target: str) -> Thing:

        if isinstance(value, Cls):

            value = Seq(tuple(members(self, value))) if is_enum(self, value) else value
        if isinstance(value, Seq) and value.items and value.more in (None, IN_A_LOOP):
            return choice(list(value.items))  # of many like it that a loop adds, one is told
        if isinstance(value, Map) and value.entries and value.more is None:
            return choice([text_of(key, Span("", 0)) for key in value.entries])
        return Nope(f"`{target}` is one of many at run time", outside=isinstance(value, Nope) and value.outside)

    def _entered(self, value: Thing) -> Thing:
        if isinstance(value, Inst):
            method = self.attribute(value, "__enter__", None)
            method = self.attribute(value, "__aenter__", None) if isinstance(method, Nope) else method
            return value if isinstance(method, Nope) else self.call(method, Args(), value.cls.path, None)
        return value

    def _unpacked(self, value: Thing, index: int) -> Thing:
        if isinstance(value, Choice):
            return choice([self._unpacked(each, index) for each in value.options])
        if isinstance(value, Seq) and index < len(value.items):
            return value.items[index]
        return value if isinstance(value, Nope) else Nope("it is unpacked from something not followed")

    def annotated(self, note: list[int] | None, frame: Frame) -> Thing | None:
        """The object that an annotation slice promises, if any."""

        return annotated(self, note, frame)

    def annotation(self, term: Term, frame: Frame) -> Thing | None:
        """The object that a type annotation promises; None when it promises nothing we follow."""

        return annotation(self, term, frame)

    # mutation --------------------------------------------------------------------------------------------------

    def _mutated(self, name: str, value: Thing, row: list[Any] | None, frame: Frame) -> Thing:
        """Apply what happens to a dict, list or string between its assignment and the use."""

        if isinstance(value, Choice):
            return choice([self._mutated(name, each, row, frame) for each in value.options])
        if isinstance(value, Nope) and value.outside and keyed(frame.module, frame.scope, name):
            value = Map({}, more=value.why)  # a dict of the caller in which keys are set
        seen = isinstance(value, (Map, Seq, Str, Obj)) or fills(value)
        return mutated(self, name, value, row, frame) if seen else added(self, name, value, row, frame)

    def attribute(self, base: Thing, name: str, frame: Frame | None) -> Thing:
        """`base.name`."""

        return attribute(self, base, name, frame)

    # calls -----------------------------------------------------------------------------------------------------

    def arguments(self, rows: list[list[Any]], frame: Frame, *, later: bool = False) -> Args:
        """Evaluate a call's arguments; splats are opened where they can be seen into.

        `later`: all others only when what they bind is looked at.
        """
        positional: list[Thing] = []
        entries: dict[str, Thing] = {}
        maybe: set[str] = set()
        more: str | None = None
        more_named: str | None = None
        rest: Thing | None = None
        for keyword, term in rows:
            value = self.later(term, frame) if later and keyword not in ("*", "**") else self.term(term, frame)
            if keyword is None:
                positional.append(value)
            elif keyword == "*":
                sequence = value if isinstance(value, Seq) else Seq((), reason(value, "a `*` splat"))
                positional.extend(sequence.items if more is None else ())
                more = more or sequence.more
            elif keyword == "**":
                mapping = as_map(value)
                entries.update(mapping.entries)
                maybe = maybe.difference(mapping.entries) | mapping.maybe
                more_named, rest = more_named or mapping.more, rest or mapping.rest
            else:
                entries[keyword] = value
                maybe.discard(keyword)
        return Args(tuple(positional), Map(entries, frozenset(maybe), more_named, rest), more)

    def later(self, term: Term, frame: Frame) -> Thing:
        """A term that is evaluated when it is looked at, as it would be here and now. It does not keep its module until then."""
        if term[0] in PLAIN:
            return self.term(term, frame)
        known: list[Answer] = []
        path, scope, at, env, base = frame.module.path, frame.scope, frame.at, frame.env, frame.base
        pending, active, deciding = frozenset(self.pending), tuple(self.active), frozenset(self._deciding)

        def look() -> Thing:
            if not known:
                held = self.pending, self.active, self._deciding
                self.pending, self.active, self._deciding = set(pending), list(active), set(deciding)
                module = self.project.module(path)
                assert module is not None
                try:
                    known.append(self._recorded(lambda: self.term(term, Frame(module, scope, at, env, base)), env))
                finally:
                    self.pending, self.active, self._deciding = held
            self.asked |= known[0].asked
            return self._replayed(known[0], env)  # type: ignore[no-any-return]

        return Later(look)

    def call(self, function: Thing, args: Args, path: str, span: Span | None) -> Thing:
        """What calling something gives back."""
        return call(self, function, args, path, span)

    def bound(self, function: Func, args: Args) -> dict[str, Thing]:
        """The parameters of a function as one call binds them."""
        return bound(self, function, args)

    def decided(self, frame: Frame, start: int, end: int, test: Term | None = None) -> Truth:
        """Whether the test in a slice holds, None where that is not settled. `test`: what the slice says, if not itself.

        A test that asks for a parameter does not make its function a wrapper: what is sent does not change with it.
        """
        mark = (frame.module.path, start)
        asking = ("test", mark, id(frame.env) if frame.env else 0)
        known = self._decisions.get(mark, frame.env, self._level()) or self._passing.get(asking)
        if known is None:
            if asking in self._deciding or len(self._deciding) >= MAX_DECIDING:
                self.cut_short(asking if asking in self._deciding else "tests")
                return None
            known = self._recorded(lambda: self._settled(asking, frame, start, test or frame.module.term(start, end)), frame.env)
            if known.whole:
                self._decisions.put(mark, known)
            else:
                self._passing[asking] = known
        return self._replayed(known, frame.env)  # type: ignore[no-any-return]

    def _settled(self, asking: Hashable, frame: Frame, start: int, test: Term) -> Truth:
        self._deciding.add(asking)
        try:
            return decide(self, test, frame._replace(at=start, base=start))
        finally:
            self._deciding.discard(asking)
            self.closed(asking)

"""Call sites: which calls of a module are billable."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from costgate.read import outline as ol
from costgate.read.calling import repeats
from costgate.read.configured import configured
from costgate.read.constructed import foreign_base
from costgate.read.evaluate import Evaluator
from costgate.read.frame import Frame
from costgate.read.http import Watch
from costgate.read.modules import Module
from costgate.read.passed import arguments_of
from costgate.read.promptfiles import opened
from costgate.read.receiving import may_call
from costgate.read.request import Request
from costgate.read.things import Args, Cls, Func, Nope, Obj, Partial, Ref, Thing, options_of
from costgate.read.values import is_none, merge

_WORD = re.compile(r"\w+")
MAX_STEPS_OF_CANDIDATE = 3_000
MAX_STEPS_OF_STRANGER = 400
"""For what looks like a call of an SDK, and where its file imports none. Most are none; those of real applications that
are one took 1,142 steps at most, and 178 where the file imports none."""
_FIRST_NAME = re.compile(rb"\(\s*(\w+)\s*,")
"""The first of several arguments, a plain name."""


@dataclass(frozen=True, slots=True)
class Found:
    """A call that is a site: its row, the target it resolves to, and arguments a partial already gave."""

    module: Module
    row: list[Any]
    target: Obj | None
    spec: Mapping[str, Any]
    kind: str
    symbol: str
    given: Args = field(default_factory=Args)
    handed: int = -1
    """For a method handed over: where the arguments of the surrounding call start to be its own."""
    request: Request | None = None
    """For a raw HTTP request: the calls that lead to it."""
    cls: Cls | None = None
    """The class of the tree that is built, where it extends the SDK's."""
    others: tuple[Obj, ...] = ()
    """Further objects that may take the call."""


def find(
    ev: Evaluator, module: Module, tails: frozenset[str], roots: frozenset[str], names: frozenset[str]
) -> Iterator[Found]:
    """The sites of one module, each row once. `names`: what the tree has under a name of its own (`own_names`)."""
    imports = ((row[ol.I_NAME], row[ol.I_TARGET].split(".")) for row in module.facts["imports"])
    local = {name for name, parts in imports if parts[0] in roots or not ev.taught.marks.isdisjoint(parts)}
    aliases = called_names(ev, module, tails)
    limit = MAX_STEPS_OF_CANDIDATE if local else MAX_STEPS_OF_STRANGER
    watch = Watch(ev, module)
    spoken = module.source.lower()
    holders = ((tail, ev.catalog.holders.get(tail)) for tail in module.calls_by_tail)
    strange = {tail for tail, words in holders if words is not None and not any(word in spoken for word in words)}
    for row in module.facts["calls"]:
        head, tail = row[ol.C_CALLEE].split(".")[0], row[ol.C_TAIL]
        if tail in tails and tail not in strange or head in local or tail in names or row[ol.C_CALLEE] in aliases or not tail:
            found = _called(ev, module, row, limit) if tail or _calls_made(ev, module, row) else None
            if found is not None:
                yield replace(found, target=configured(ev, found.target)) if found.target is not None else found
                continue
        request = watch.called(row)
        if request is not None:
            yield _requested(module, row, request)
    yield from _handed_classes(ev, module)
    called = tails | names | aliases | ev.http.tails
    refs = (ref for ref in module.facts["refs"] if module.text(ref[ol.R_START], ref[ol.R_END]).rpartition(".")[2].strip() in called)
    for ref in (*refs, *_handed_aliases(module, aliases)):
        found = _handed(ev, module, ref, watch, limit)
        if found is not None and (found.request is not None or (found.target is not None and found.target.path)):
            yield found


def _requested(module: Module, row: list[Any], request: Request, handed: int = -1) -> Found:
    spec = request.match.endpoint["spec"]
    return Found(module, row, None, spec, spec["kind"], request.match.path, handed=handed, request=request)


def _handed_aliases(module: Module, aliases: set[str]) -> Iterator[list[Any]]:
    """Local names of a method that are handed over: `self._call(create, model=...)`, as rows of `refs`."""
    for row in module.facts["calls"] if aliases else ():
        inside = module.source[row[ol.C_FUNCTION_END] : min(row[ol.C_END], row[ol.C_FUNCTION_END] + 300)]
        match = _FIRST_NAME.match(inside)
        if match is not None and match.group(1).decode() in aliases:
            start = row[ol.C_FUNCTION_END] + match.start(1)
            yield [row[ol.C_SCOPE], row[ol.C_START], row[ol.C_END], start, start + len(match.group(1)), row[ol.C_BLOCK]]


def _handed_classes(ev: Evaluator, module: Module) -> Iterator[Found]:
    """Model classes of a framework that a function of the tree is given to build: `get_or_make(settings, "llm", Chat)`."""
    for imported in module.facts["imports"]:
        symbol = ev.catalog.canonical(imported[ol.I_TARGET])
        entry = ev.catalog.entry(symbol, Args())
        if entry is None or ev.catalog.site_kind(entry) != "model-object":
            continue
        for match in re.finditer(rb"[,(]\s*(?:(\w+)\s*=\s*)?(" + re.escape(imported[ol.I_NAME].encode()) + rb")\s*[,)]", module.source):
            around = [row for row in module.facts["calls"] if row[ol.C_FUNCTION_END] <= match.start() < row[ol.C_END]]
            row = min(around, key=lambda row: row[ol.C_END] - row[ol.C_START], default=None)
            if row is not None and _builds(ev, module, row, imported[ol.I_NAME]):
                held = ev.catalog.held_for(entry, module.path)
                yield Found(module, row, None, held, "model-object", symbol, handed=match.end(2))


def _builds(ev: Evaluator, module: Module, row: list[Any], name: str) -> bool:
    """Whether a call hands a class over to a function of the tree that calls it."""
    ev.reset()
    frame = Frame(module, row[ol.C_SCOPE], row[ol.C_START], {}, row[ol.C_START])
    function = ev.slice(frame, row[ol.C_START], row[ol.C_FUNCTION_END])
    term = module.term(row[ol.C_START], row[ol.C_END])
    other = ev.project.module(function.path) if isinstance(function, Func) and term[0] == "call" else None
    if other is None or not isinstance(function, Func):
        return False
    params = [param[ol.P_NAME] for param in other.scope(function.scope)[ol.S_PARAMS]][function.bound is not None :]
    given = [keyword or (params[at] if at < len(params) else "") for at, (keyword, each) in enumerate(term[2]) if each == ["name", name]]
    return any(each[ol.C_CALLEE] in given for each in other.calls.get(function.scope, ()))


def own_names(ev: Evaluator, module: Module, tails: frozenset[str]) -> set[str]:
    """Names of a module whose call may be a site elsewhere: classes that extend an SDK's, objects and methods of one."""
    outer = {row[ol.B_TARGET] for row in module.facts["bindings"] if row[ol.B_SCOPE] == 0}
    return _model_classes(ev, module) | {name for name in called_names(ev, module, tails) & outer if _of_sdk(ev, module, name)}


def _of_sdk(ev: Evaluator, module: Module, name: str) -> bool:
    """Whether a module's own name stands for something of an SDK. Many look like it: `apply = partial(...)`, `kinds = a | b`."""

    ev.reset(MAX_STEPS_OF_CANDIDATE)
    things = options_of(ev.in_scope(name, Frame(module, 0, None)) or Nope(""))
    for each in (each.target if isinstance(each, Partial) else each for each in things):
        symbol = foreign_base(ev, each) if isinstance(each, Cls) else each.dotted if isinstance(each, Ref) else None
        if isinstance(each, Obj) or symbol in ev.catalog.symbols:
            return True
    return False


def _calls_made(ev: Evaluator, module: Module, row: list[Any]) -> bool:
    """`Agent(...)(question)`: what is made on the spot is called."""
    text = module.source[row[ol.C_START] : min(row[ol.C_FUNCTION_END], row[ol.C_START] + 120)].decode("utf-8", "replace")
    return text.startswith("getattr(") or text.partition("(")[0].rpartition(".")[2] in ev.catalog.callables


def _model_classes(ev: Evaluator, module: Module) -> set[str]:

    rows = enumerate(module.facts["scopes"])
    return {
        row[ol.S_NAME]
        for index, row in rows
        if row[ol.S_KIND] == "class" and row[ol.S_BASES] and foreign_base(ev, Cls(module.path, index))
    }


def called_names(ev: Evaluator, module: Module, tails: frozenset[str]) -> set[str]:
    """Names bound to something that may be called: `create = client.chat.completions.create`, `ask = Module(...)`."""
    names = set(_promised(ev, module))
    for row in module.facts["bindings"]:
        if row[ol.B_START] >= 0 and row[ol.B_KIND] == "=" and row[ol.B_END] - row[ol.B_START] < 400:
            text = module.text(row[ol.B_START], row[ol.B_END])
            last = text.rstrip(")}] \n,").rpartition(".")[2]
            made = text.partition("(")[0].rpartition(".")[2]
            known = last in tails or made in ev.catalog.callables or text in names  # such as `self.agent = agent`
            if known or "partial(" in text or "|" in text or ".with_" in text or ".bind" in text:
                names.add(row[ol.B_TARGET])
    return names


def _promised(ev: Evaluator, module: Module) -> Iterator[str]:
    """Parameters and fields whose annotation names a class whose instances are called: `agent: Agent`."""
    notes = [(row[ol.B_TARGET], row[ol.B_ANNOTATION], row[ol.B_SCOPE]) for row in module.facts["bindings"]]
    notes += [(param[ol.P_NAME], param[ol.P_ANNOTATION], -1) for scope in module.facts["scopes"] for param in scope[ol.S_PARAMS]]
    for name, note, scope in notes:
        if note and not ev.catalog.callables.isdisjoint(_WORD.findall(module.text(*note))):
            yield f"self.{name}" if scope >= 0 and module.scope(scope)[ol.S_KIND] == "class" else name


def _called(ev: Evaluator, module: Module, row: list[Any], limit: int) -> Found | None:
    ev.reset(limit)
    frame = Frame(module, row[ol.C_SCOPE], row[ol.C_START], {}, row[ol.C_START])
    thing = ev.slice(frame, row[ol.C_START], row[ol.C_FUNCTION_END])
    options = options_of(thing)
    found = next((found for each in options if (found := _site(ev, module, row, each))), None)
    if found is not None and found.target is not None:
        others = (each for each in options if isinstance(each, Obj) and each is not found.target and ev.catalog.call_spec(each))
        return replace(found, others=tuple(others))
    return found or _untyped(ev, module, row)


def _untyped(ev: Evaluator, module: Module, row: list[Any]) -> Found | None:
    """A call whose path and arguments are one SDK's alone, on a receiver that nothing types."""
    words = (row[ol.C_CALLEE] or module.text(row[ol.C_START], row[ol.C_FUNCTION_END])).split(".")
    for count in range(min(len(words) - 1, 4), 0, -1):
        path = ".".join(words[-count:])
        if path not in ev.catalog.untyped:
            continue
        end = row[ol.C_FUNCTION_END] - len(path.encode(errors="surrogatepass")) - 1
        frame = Frame(module, row[ol.C_SCOPE], row[ol.C_START], {}, row[ol.C_START])
        if not all(_unfollowed(each) for each in options_of(ev.slice(frame, row[ol.C_START], end))):
            continue
        imported = frozenset(each[ol.I_TARGET].split(".")[0] for each in module.facts["imports"])
        span = module.span(row[ol.C_START], end)
        target = ev.catalog.guessed(path, arguments_of(ev, module, row, {}), imported, span)
        if target is not None:
            spec = ev.catalog.held_for(ev.catalog.objects[target.kind]["calls"][path], module.path)
            return Found(module, row, target, spec, spec["kind"], f"{target.symbol}().{path}")
    return None


def _unfollowed(thing: Thing) -> bool:
    """Whether a receiver is something that nothing types: not an object of the tree or of another library."""
    if isinstance(thing, Partial) and thing.unfollowed:
        return all(_unfollowed(each) for each in thing.args.positional)
    return isinstance(thing, Nope) or is_none(thing)


def _site(ev: Evaluator, module: Module, row: list[Any], thing: Thing) -> Found | None:
    given = Args()
    if isinstance(thing, Partial) and not thing.unfollowed:
        given = thing.args
        thing = thing.target
    if isinstance(thing, Obj):
        spec = ev.catalog.call_spec(thing)
        if spec is not None and "needs" in spec:
            args = opened(ev, spec, merge(given, arguments_of(ev, module, row, {})), module.path, module.span(row[ol.C_START]))
            spec = spec if ev.catalog.fits(spec, args) else None
        return None if spec is None else Found(module, row, thing, spec, spec["kind"], f"{thing.symbol}().{thing.path}", given)
    symbol = thing.dotted if isinstance(thing, Ref) else None
    if isinstance(thing, Cls):

        symbol = foreign_base(ev, thing)
    if symbol is None or symbol not in ev.catalog.symbols:
        return None
    args = merge(given, arguments_of(ev, module, row, {}))
    entry = ev.catalog.entry(symbol, args)
    entry = ev.catalog.held_for(entry, module.path) if entry is not None else None
    kind = ev.catalog.site_kind(entry) if entry is not None else None
    cls = thing if isinstance(thing, Cls) else None
    return None if entry is None or kind is None else Found(module, row, None, entry, kind, symbol, given, cls=cls)


def _handed(ev: Evaluator, module: Module, ref: list[Any], watch: Watch, limit: int) -> Found | None:
    ev.reset(limit)
    frame = Frame(module, ref[ol.R_SCOPE], ref[ol.R_START], {}, ref[ol.R_START])
    thing = ev.slice(frame, ref[ol.R_START], ref[ol.R_END])
    for each in options_of(thing):
        spec = ev.catalog.call_spec(each) if isinstance(each, Obj) else None
        if spec is None or not isinstance(each, Obj):
            continue
        row = next(r for r in module.facts["calls"] if r[ol.C_START] == ref[ol.R_CALL] and r[ol.C_END] == ref[ol.R_CALL_END])
        if row[ol.C_TAIL] in ("partial", "partialmethod") and not _is_argument(module, row):
            return None
        symbol = f"{each.symbol}().{each.path}"
        function = ev.slice(frame, row[ol.C_START], row[ol.C_FUNCTION_END])
        if repeats(ev, function) or not may_call(ev, function, _place(module, row, ref)):
            return None
        outer = next((r for r in module.calls.get(row[ol.C_SCOPE], ()) if r[ol.C_FUNCTION_END] == row[ol.C_END]), None)
        if outer is not None:  # `in_thread(client.create)(model=...)`
            return Found(module, outer, each, spec, spec["kind"], symbol)
        return Found(module, row, each, spec, spec["kind"], symbol, handed=ref[ol.R_END])
    row = next(r for r in module.facts["calls"] if r[ol.C_START] == ref[ol.R_CALL] and r[ol.C_END] == ref[ol.R_CALL_END])
    request = watch.handed(ref, row) if row[ol.C_TAIL] not in ("partial", "partialmethod") else None
    return None if request is None else _requested(module, row, request, ref[ol.R_END])


def _place(module: Module, row: list[Any], ref: list[Any]) -> tuple[int, str] | None:
    """Which of the arguments of a call a reference is, and its keyword."""
    term, given = module.term(row[ol.C_START], row[ol.C_END]), module.term(ref[ol.R_START], ref[ol.R_END])
    arguments = enumerate(term[2]) if term[0] == "call" else ()
    return next(((at, keyword) for at, (keyword, each) in arguments if each == given), None)


def _is_argument(module: Module, row: list[Any]) -> bool:
    """Whether a call stands among the arguments of another one, which is then what calls its result."""
    calls = module.calls.get(row[ol.C_SCOPE], ())
    return any(each[ol.C_FUNCTION_END] <= row[ol.C_START] and row[ol.C_END] < each[ol.C_END] for each in calls)

"""Functions that are nodes of a graph or steps of a flow: which of them a cycle of edges calls again and again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from costgate.knowledge.graphs import graph_libraries
from costgate.model.call import Loop, RetryLayer
from costgate.model.value import Span
from costgate.read import outline as ol
from costgate.read.frame import Frame
from costgate.read.repeats import library_layer
from costgate.read.things import Args, Func, Inst, Lit, Map, Nope, Partial, Rec, Ref, Seq, Str, Thing, options_of

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator
    from costgate.read.modules import Module

Mark = tuple[str, int]
METHODS = ("node", "edge", "branch", "sequence")


@dataclass(slots=True)
class _Graph:
    """The functions behind the names of nodes, where each was added, and the edges between names."""

    nodes: dict[str, set[Mark]] = field(default_factory=lambda: defaultdict(set))
    edges: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    spans: dict[str, Span] = field(default_factory=dict)
    retries: dict[Mark, RetryLayer] = field(default_factory=dict)

    def repeated(self) -> Iterator[str]:
        """The names from which the edges lead back to themselves."""
        for name in list(self.nodes):
            seen: set[str] = set()
            todo = list(self.edges.get(name, ()))
            while todo:
                each = todo.pop()
                if each not in seen:
                    seen.add(each)
                    todo += self.edges.get(each, ())
            if name in seen:
                yield name


def cycle(ev: Evaluator, module: Module, scope: int) -> Loop | None:
    """The cycle of a graph that a function is in."""
    return _around(ev)[0].get((module.path, scope))


def node_layer(ev: Evaluator, module: Module, scope: int) -> RetryLayer | None:
    """How often a graph tries again that a function is a node of."""
    return _around(ev)[1].get((module.path, scope))


def _around(ev: Evaluator) -> tuple[dict[Mark, Loop], dict[Mark, RetryLayer]]:
    if ev.cycles is None:
        ev.cycles = {}, {}  # what is asked for meanwhile has none
        records = ev.touched, ev.asked
        ev.cycles = _found(ev)
        ev.touched, ev.asked = records
    return ev.cycles


def _found(ev: Evaluator) -> tuple[dict[Mark, Loop], dict[Mark, RetryLayer]]:
    cycles: dict[Mark, Loop] = {}
    layers: dict[Mark, RetryLayer] = {}
    for graph in (*_built(ev), *_flows(ev)):
        layers.update(graph.retries)
        for name in graph.repeated():
            for mark in graph.nodes[name]:
                cycles[mark] = Loop("graph", None, graph.spans[name])
    return cycles, layers


# graphs that methods build ---------------------------------------------------------------------------------------


def _built(ev: Evaluator) -> Iterable[_Graph]:
    graphs: dict[Any, _Graph] = defaultdict(_Graph)
    for spec in graph_libraries()["graphs"]:
        tails = {spec[each]: each for each in METHODS if each in spec}
        for path in ev.mentions.holding(f".{spec['node']}("):
            module = ev.project.module(path)
            rows = (row for tail in tails for row in module.calls_by_tail.get(tail, ())) if module is not None else ()
            for row in sorted(rows, key=lambda row: (row[ol.C_START], row[ol.C_END])):
                assert module is not None
                ev.reset()
                key = _graph_of(ev, module, row, spec["objects"])
                if key is not None:
                    _add(ev, graphs[key], tails[row[ol.C_TAIL]], module, row, spec)
    return graphs.values()


def _graph_of(ev: Evaluator, module: Module, row: list[Any], objects: Iterable[str]) -> Any:
    """What tells one graph from another: the name that holds it, or where the chain starts that builds it."""
    scope, start = row[ol.C_SCOPE], row[ol.C_START]
    chain = [each for each in module.calls.get(scope, ()) if each[ol.C_START] == start]
    first = min(chain, key=lambda each: each[ol.C_END])
    name = row[ol.C_CALLEE].rpartition(".")[0] if first is row else ""
    end = row[ol.C_FUNCTION_END] - len(row[ol.C_TAIL]) - 1 if first is row else first[ol.C_END]
    thing = ev.slice(Frame(module, scope, start, {}, start), start, end)
    if not any(isinstance(each, Rec) and each.symbol in objects for each in options_of(thing)):
        return None
    owner = module.lookup_class(scope) if "." in name else None
    return module.path, scope if owner is None else owner, name or start


def _add(ev: Evaluator, graph: _Graph, what: str, module: Module, row: list[Any], spec: Mapping[str, Any]) -> None:
    term = module.term(row[ol.C_START], row[ol.C_END])
    args = ev.arguments(term[2], Frame(module, row[ol.C_SCOPE], row[ol.C_START], {}, row[ol.C_START])) if term[0] == "call" else Args()
    given = args.positional
    if what == "node" and given:
        node = given[1] if len(given) > 1 else given[0]
        for name in _names(given[0]) or [_own_name(ev, node)]:
            graph.nodes[name] |= set(_marks(ev, node))
            graph.spans.setdefault(name, module.span(row[ol.C_START] if not given[1:] else row[ol.C_FUNCTION_END]))
            graph.edges[name] |= set(_jumps(ev, node, spec.get("jumps", {})))
        policy = next((args.named.entries[each] for each in spec.get("retries", ()) if each in args.named.entries), None)
        layer = _policy(ev, policy, module.span(row[ol.C_FUNCTION_END]))
        graph.retries.update((mark, layer) for mark in _marks(ev, node) if layer is not None)
    elif what == "edge" and len(given) > 1:
        for name in _names(given[0]):
            graph.edges[name] |= set(_names(given[1]))
    elif what == "branch" and len(given) > 1:
        table = given[2] if len(given) > 2 else args.named.entries.get("path_map")
        for name in _names(given[0]):
            graph.edges[name] |= set(_targets(ev, given[1], table, spec))


def _policy(ev: Evaluator, thing: Thing | None, span: Span) -> RetryLayer | None:
    """The retries that a policy says; of several, which one holds is seen when something fails."""

    items = thing.items if isinstance(thing, Seq) else (thing,)
    known = [each for each in items if isinstance(each, Rec) and "node" in ev.catalog.layers.get(each.symbol, {}).get("form", ())]
    if thing is None or isinstance(thing, Lit):
        return None
    if len(known) == len(items) == 1:
        return library_layer(ev, known[0].symbol, known[0].args, span)
    return RetryLayer("retry policy of a node", None, None, span)


def _names(thing: Thing) -> list[str]:
    items = thing.items if isinstance(thing, Seq) else (thing,)
    options = (each for item in items for each in options_of(item))
    return [each.plain for each in options if isinstance(each, Str) and each.plain]


def _targets(ev: Evaluator, router: Thing, table: Thing | None, spec: Mapping[str, Any]) -> list[str]:
    """Where a branch may lead: what its table holds, else what its function says."""
    if isinstance(table, Map):
        return [name for each in table.entries.values() for name in _names(each)]
    if isinstance(table, Seq):
        return _names(table)
    if isinstance(router, Ref):
        return list(spec.get("routers", {}).get(router.dotted, ()))
    return _names(_result(ev, router)) + _literals(ev, router)


def _result(ev: Evaluator, thing: Thing) -> Thing:
    return ev.call(thing, Args(), "", None) if isinstance(thing, Func) else Nope("not a function")


def _literals(ev: Evaluator, thing: Thing) -> list[str]:
    """What `-> Literal["tools", "__end__"]` promises."""
    module = ev.project.module(thing.path) if isinstance(thing, Func) else None
    note = module.scope(thing.scope)[ol.S_RETURNS] if module is not None and isinstance(thing, Func) else None
    term = module.term(*note) if module is not None and note is not None else ["?"]
    if term[0] != "item" or term[1][-1] != "Literal":
        return []
    return [each[1] for each in (term[2][1] if term[2][0] == "tuple" else [term[2]]) if each[0] == "str"]


def _jumps(ev: Evaluator, thing: Thing, jumps: Mapping[str, str]) -> Iterator[str]:
    for each in options_of(_result(ev, thing)):
        if isinstance(each, Rec) and each.symbol in jumps:
            yield from _names(each.args.named.entries.get(jumps[each.symbol], Lit(None)))


def _marks(ev: Evaluator, thing: Thing) -> Iterator[Mark]:
    for each in options_of(thing):
        target = each.target if isinstance(each, Partial) else each
        target = ev.attribute(target, "__call__", None) if isinstance(target, Inst) else target
        if isinstance(target, Func):
            yield target.path, target.scope


def _own_name(ev: Evaluator, thing: Thing) -> str:
    module = ev.project.module(thing.path) if isinstance(thing, Func) else None
    return str(module.scope(thing.scope)[ol.S_NAME]) if module is not None and isinstance(thing, Func) else ""


# flows that decorators build -------------------------------------------------------------------------------------


def _flows(ev: Evaluator) -> Iterator[_Graph]:
    for spec in graph_libraries()["flows"]:
        for path in ev.mentions.holding("listen"):
            module = ev.project.module(path)
            for cls, scopes in list(module.methods.items()) if module is not None else ():
                assert module is not None
                if module.scope(cls)[ol.S_KIND] == "class":
                    yield _flow(ev, module, scopes, spec)


def _flow(ev: Evaluator, module: Module, scopes: Iterable[int], spec: Mapping[str, Any]) -> _Graph:
    graph = _Graph()
    for scope in scopes:
        row = module.scope(scope)
        name = str(row[ol.S_NAME])
        for start, end in row[ol.S_DECORATORS]:
            ev.reset()
            made = ev.slice(Frame(module, row[ol.S_PARENT], start, {}, start), start, end)
            if not isinstance(made, Rec) or made.symbol not in (*spec["listens"], *spec["routes"], *spec["begins"]):
                continue
            graph.nodes[name].add((module.path, scope))
            graph.spans[name] = module.span(start)
            for before in _waits(ev, made.args.positional):
                graph.edges[before].add(name)
            if made.symbol in spec["routes"]:
                function = Func(module.path, scope)
                graph.edges[name] |= set(_names(_result(ev, function)) + _literals(ev, function))
    return graph


def _waits(ev: Evaluator, things: Iterable[Thing]) -> Iterator[str]:
    """The names that a decorator waits for: labels, methods, and several of these together."""
    for each in things:
        if isinstance(each, Rec):
            yield from _waits(ev, each.args.positional)
        elif isinstance(each, Func):
            yield _own_name(ev, each)
        else:
            yield from _names(each)

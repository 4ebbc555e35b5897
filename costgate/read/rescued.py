"""Calls that another call stands in for when they fail: in the handlers of the `try` around them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from costgate.model.call import CallSite
from costgate.model.value import Known
from costgate.read import outline as ol
from costgate.read.modules import Module, Project

_ANSWERS = ("chat", "responses", "completion", "agent-run")
"""Kinds of calls that stand in for each other; any other kind only for its own."""


def rescued(project: Project, calls: Sequence[CallSite]) -> list[CallSite]:
    """The calls, each with the models of those that the handlers of its `try` make among its fallbacks."""
    found = list(calls)
    by_path: dict[str, list[int]] = {}
    for index, site in enumerate(calls):
        by_path.setdefault(site.span.path, []).append(index)
    for path, indexes in by_path.items():
        module = project.module(path) if len(indexes) > 1 else None
        if module is not None and any(row[ol.K_KIND] == "except" for row in module.facts["blocks"]):
            for index, spares in _paired(module, calls, indexes):
                found[index] = replace(found[index], fallbacks=_with(found[index].fallbacks, spares))
    return found


def rows_of(module: Module, sites: Iterable[CallSite]) -> Mapping[tuple[int | None, int, int], list[Any]]:
    """The rows of some sites of a module, by the cell, line and column at which they begin."""
    lines = {site.span.line for site in sites}
    rows: dict[tuple[int | None, int, int], list[Any]] = {}
    for row in module.facts["calls"]:
        span = module.span(row[ol.C_START])
        if span.line in lines:
            rows.setdefault((span.cell, span.line, span.column), row)
    return rows


def _paired(module: Module, calls: Sequence[CallSite], indexes: Sequence[int]) -> Iterator[tuple[int, list[CallSite]]]:
    """Each call that is tried, with those that its handlers make."""
    rows = rows_of(module, (calls[index] for index in indexes))
    blocks = module.facts["blocks"]
    chains: dict[int, list[int]] = {}
    scopes: dict[int, int] = {}
    for index in indexes:
        span = calls[index].span
        row = rows.get((span.cell, span.line, span.column))
        if row is not None:
            scopes[index] = row[ol.C_SCOPE]
            chains[index] = module.chain(module.block_at(row[ol.C_SCOPE], row[ol.C_START]))
    for index, chain in chains.items():
        groups = {blocks[block][ol.K_GROUP] for block in chain if blocks[block][ol.K_KIND] == "try"}
        spares = [
            calls[other]
            for other, its in chains.items()
            if groups
            and scopes[other] == scopes[index]
            and any(blocks[block][ol.K_KIND] == "except" and blocks[block][ol.K_GROUP] in groups for block in its)
            and _alike(calls[index], calls[other])
        ]
        if spares:
            yield index, spares


def _alike(one: CallSite, other: CallSite) -> bool:
    return one.kind == other.kind or one.kind in _ANSWERS and other.kind in _ANSWERS


def _with(own: tuple[str, ...] | None, spares: Iterable[CallSite]) -> tuple[str, ...] | None:
    names = list(own or ())
    for site in spares:
        model = site.args.get("model")
        if own is None or not isinstance(model, Known) or not all(isinstance(each, str) for each in model.values):
            return None
        names += [str(each) for each in model.values]
    return tuple(dict.fromkeys(names))

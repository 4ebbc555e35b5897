"""`--what-if KEY=VALUE`: the workloads with some of their keys set otherwise, for a scenario of the report."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from costgate.config.check import check
from costgate.config.document import Document
from costgate.config.workloads import workload
from costgate.knowledge.strict import load, nearest
from costgate.model.config import Config
from costgate.model.error import UserError
from costgate.model.workload import Figures, WhatIf, Workload, overlaid

OPTION = "--what-if"
_FACTOR = re.compile(r"([0-9]{1,4}(?:\.[0-9]{1,6})?)x\Z")
_MOST = 1000
_NESTED = ("tags", "turns", "retrieval", "holes", "mix", "overheads", "deployment", "unit", "budgets")
"""Keys of a workload that have keys of their own."""
_SHOWN = 8


def asking(config: Config, asked: Sequence[str]) -> Config:
    """The configuration that also asks what its workloads would cost so. UserError for what cannot be asked."""
    if not asked:
        return config
    if not config.workloads:
        hint = "declare `workloads:` in costgate.yaml; without traffic there is no month to ask about"
        raise UserError("no workload is declared", where=OPTION, hint=hint)
    changes = [_parsed(text, config) for text in asked]
    meant = {name for name, _, _ in changes}
    tokens: dict[str, Decimal] = {}
    for name, key, value in changes:
        if key == ("tokens",):
            factor = _factor(value) or _refuse_tokens(value)
            for each in config.workloads:
                if name in (None, each.name):
                    tokens[each.name] = tokens.get(each.name, Decimal(1)) * factor
    found = tuple(_changed(each, changes, config) for each in config.workloads if meant & {None, each.name})
    return replace(config, what_if=WhatIf(f"what if {', '.join(asked)}", found, tokens))


def _parsed(text: str, config: Config) -> tuple[str | None, tuple[str, ...], str]:
    path, equals, value = text.partition("=")
    if not equals or not path.strip() or not value.strip():
        raise UserError(f"{text!r} is not KEY=VALUE", where=OPTION, hint="--what-if traffic=2x, or NAME.cache_hit=80%")
    path, value = path.strip(), value.strip()
    named = [each.name for each in config.workloads if path.startswith(f"{each.name}.")]
    if named:
        name = max(named, key=len)
        return name, tuple(path[len(name) + 1 :].split(".")), value
    first, dot, _ = path.partition(".")
    if dot and first not in _NESTED:
        names = [each.name for each in config.workloads]
        meant = nearest(first, names)
        hint = f"did you mean {meant}?" if meant else f"there is {', '.join(names[:_SHOWN])}"
        raise UserError(f"{text!r}: no workload is named {first!r}", where=OPTION, hint=hint)
    return None, tuple(path.split(".")), value


def _changed(own: Workload, changes: Sequence[tuple[str | None, tuple[str, ...], str]], config: Config) -> Workload:
    measured = config.measured.get(own.name)
    held = own.figures if measured is None else overlaid(own.figures, measured)
    raw = deepcopy(dict(own.raw))
    times = Decimal(1)
    for name, key, value in changes:
        if name not in (None, own.name) or key == ("tokens",):
            continue
        factor = _factor(value)
        if key == ("traffic",) and factor is not None:
            times *= factor
        else:
            _set(raw, key, value)
    document = Document({"workloads": [raw]}, {}, OPTION)
    check(document)
    made = workload(document, 0)
    figures = _taken(held, own.figures, made.figures)
    if figures.traffic is not None:
        figures = replace(figures, traffic=figures.traffic.times(times))
    return replace(made, figures=figures, place=own.place, settled=True)


def _taken(held: Figures, declared: Figures, asked: Figures) -> Figures:
    """The figures that hold, with those that the question changes."""
    changed = {
        each.name: getattr(asked, each.name)
        for each in fields(Figures)
        if getattr(asked, each.name) != getattr(declared, each.name)
    }
    return replace(held, **changed)


def _set(raw: dict[str, Any], key: tuple[str, ...], value: str) -> None:
    data: Any = load(value, OPTION)
    if key in (("model",), ("mix",)):
        raw.pop("mix" if key == ("model",) else "model", None)
    target = raw
    for step in key[:-1]:
        inner = target.get(step)
        if step == "turns" and inner is not None and not isinstance(inner, Mapping):
            inner = {"count": inner}
        target[step] = dict(inner) if isinstance(inner, Mapping) else {}
        target = target[step]
    target[key[-1]] = data


def _factor(value: str) -> Decimal | None:
    found = _FACTOR.match(value)
    if found is None:
        return None
    number = Decimal(found[1])
    if not 0 < number <= _MOST:
        raise UserError(f"{value} is no factor from above 0 to {_MOST}", where=OPTION)
    return number


def _refuse_tokens(value: str) -> Decimal:
    raise UserError(f"tokens={value}: tokens are asked about by a factor", where=OPTION, hint="tokens=1.5x")

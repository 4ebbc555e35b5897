"""Which of a pull request's own words about workloads count: the base's figures stay, new ones may be added.

What replaces the code or caps the bill comes from the base alone; the rest of a workload describes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from costgate.config.document import Document
from costgate.config.workloads import workload
from costgate.model.config import Config, PolicyChange
from costgate.model.error import UserError
from costgate.model.workload import Workload

BY_NAME = ("holes", "overheads", "tags")
"""Keys whose members are merged one by one."""
OF_THE_BASE = ("budgets", "model", "mix", "input_tokens", "deployment", "sites", "entrypoints", "planned")
"""Keys of a workload that the base has, which a head may not add: they cap the bill, or stand in place of the code."""
_LONGEST = 160

Raw: TypeAlias = "Mapping[str, Any]"


def trusted_workloads(base: Config, head: Config) -> tuple[tuple[Workload, ...], dict[str, int]]:
    """The workloads that judge the head, and where each stands: in the head's file where it is there."""
    old, new = _by_name(base), _by_name(head)
    found: list[Workload] = []
    lines: dict[str, int] = {}
    # of two workloads that speak of one call the later holds: what the head adds comes first
    for name, data in {**{name: each for name, each in new.items() if name not in old}, **old}.items():
        place = f"workloads/{len(found)}"
        made = _merged(data, new.get(name), base) if name in old else _built(data, head)
        found.append(replace(made, place=place, proposed=name not in old))
        for config, index in ((head, list(new).index(name) if name in new else None), (base, _index(old, name))):
            if index is not None:
                lines[place] = config.lines.get(f"workloads/{index}", 1)
                break
    if "portfolio" in head.lines:
        lines["portfolio"] = head.lines["portfolio"]
    return tuple(found), lines


def workload_changes(base: Config, head: Config) -> Iterator[PolicyChange]:
    """What the head says otherwise: additions that describe are in force, everything else is not."""
    old, new = _by_name(base), _by_name(head)
    for name in dict.fromkeys((*old, *new)):
        before, after = old.get(name, {}), new.get(name, {})
        line = head.lines.get(f"workloads/{list(new).index(name)}", 1) if name in new else 1
        if not before or not after:
            change = "removed" if before else "added"
            words = ", ".join(f"{key}: {_word(value)}" for key, value in (before or after).items() if key != "name")
            yield PolicyChange(change, f"workloads {name}: {_short(words)}", (), line, in_force=change == "added")
            continue
        yield from (replace(each, line=line) for each in _keys(name, _flat(before), _flat(after)))
    was, now = (json.dumps(each.raw.get("portfolio"), ensure_ascii=False) for each in (base, head))
    if was != now:
        change = "added" if was == "null" else "removed" if now == "null" else "changed"
        words = {"added": _short(now), "removed": _short(was), "changed": f"{_short(was)} → {_short(now)}"}[change]
        yield PolicyChange(change, f"portfolio: {words}", (), head.lines.get("portfolio", 1))


def _keys(name: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[PolicyChange]:
    for key in dict.fromkeys((*before, *after)):
        place = f"workloads {name}.{key}"
        if key not in after:
            yield PolicyChange("removed", f"{place}: {before[key]}")
        elif key not in before:
            told = key.partition(".")[0] not in OF_THE_BASE
            yield PolicyChange("added", f"{place}: {after[key]}", in_force=told)
        elif before[key] != after[key]:
            yield PolicyChange("changed", f"{place}: {before[key]} → {after[key]}")


def _merged(own: Raw, proposed: Raw | None, base: Config) -> Workload:
    """The base's workload with what the head adds; as it is where both together contradict each other."""
    if proposed is None:
        return _built(own, base)
    added = {key: value for key, value in proposed.items() if key not in OF_THE_BASE}
    both = {**added, **own}
    for key in BY_NAME:
        if key in added and key in own:
            both[key] = {**added[key], **own[key]}
    try:
        return _built(both, base)
    except UserError:
        return _built(own, base)


def _built(data: Raw, config: Config) -> Workload:
    return workload(Document({"workloads": [data]}, {}, config.source or "."), 0)


def _by_name(config: Config) -> dict[str, Raw]:
    return {each["name"]: each for each in config.raw.get("workloads", ())}


def _index(names: Mapping[str, Raw], name: str) -> int | None:
    return list(names).index(name) if name in names else None


def _flat(data: Raw) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in data.items():
        if key in (*BY_NAME, "turns", "unit", "budgets", "deployment") and isinstance(value, Mapping):
            found.update({f"{key}.{name}": _word(each) for name, each in value.items()})
        elif key != "name":
            found[key] = _word(value)
    return found


def _word(value: Any) -> str:
    return value if isinstance(value, str) else _short(json.dumps(value, ensure_ascii=False))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"

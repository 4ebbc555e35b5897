"""The file of measured figures that `measured:` names: from a tree to figures of call sites and workloads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from costgate.config.check import check, spell
from costgate.config.document import Document, read_yaml
from costgate.config.named import named_text
from costgate.config.paths import glob
from costgate.model.config import Config, Profile
from costgate.model.measured import Measurement
from costgate.model.money import Number, Range
from costgate.model.tree import Tree
from costgate.model.value import Span
from costgate.model.workload import Figures

DEFAULT = "costgate-measured.yaml"
"""Where measured figures go as long as the configuration names no file."""
_CACHED = ("cache_hit", "cache_write", "cache_write_1h")
_DAYS = ("since", "until", "imported")
_SPREADS = ("input_tokens", "output_tokens", "reasoning_tokens", "traffic", "turns")


@cache
def measured_schema() -> str:
    """The published schema, as shipped."""
    return Path(__file__).with_name("measured.schema.json").read_text(encoding="utf-8")


def with_measured(config: Config, tree: Tree) -> Config:
    """The configuration with the measured figures of a tree. A file that is named and not there is a mistake."""
    path = config.measured_file
    if path is None:
        return config
    text = named_text(tree, path, "measured", "make it with: costgate usage import FILE")
    sites, workloads = parse_measured(text, path)
    return replace(config, measured_sites=sites, measured=workloads)


def parse_measured(text: str, where: str) -> tuple[tuple[Profile, ...], Mapping[str, Figures]]:
    """Figures of call sites, and of workloads by their names. UserError at where:line."""
    document = measured_document(text, where)
    sites: list[Profile] = []
    workloads: dict[str, Figures] = {}
    seen: set[tuple[str, str]] = set()
    for index, data in enumerate(document.data.get("measured") or ()):
        place = ("measured", index)
        _checked(document, place, data)
        kind = "site" if "site" in data else "workload"
        if (kind, data[kind]) in seen:
            raise document.error(place, f"a second entry for {data[kind]!r}", "keep one of them")
        seen.add((kind, data[kind]))
        if kind == "site":
            sites.append(_site(document, place, data))
        else:
            workloads[data[kind]] = _figures(data)
    return tuple(sites), workloads


def measured_document(text: str, where: str) -> Document:
    """The file, checked against its schema."""
    document = read_yaml(text, where)
    check(document, measured_schema())
    return document


def _checked(document: Document, place: tuple[str | int, ...], data: Mapping[str, Any]) -> None:
    if sum(Decimal(str(data.get(name, 0))) for name in _CACHED) > 1:
        raise document.error(place, f"{spell(place)}: more than everything is read from the cache or written to it")
    if ("site" in data) == ("workload" in data):
        raise document.error(place, f"{spell(place)} needs one of site and workload")
    for name in _DAYS:
        if name in data and not _is_day(data[name]):
            raise document.error((*place, name), f"{spell((*place, name))}: {data[name]!r} is no day")
    for name in _SPREADS:
        found = data.get(name)
        if found is not None and not found["low"] <= found["likely"] <= found["high"]:
            raise document.error((*place, name), f"{spell((*place, name))} must grow from low to likely to high")


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _site(document: Document, place: tuple[str | int, ...], data: Mapping[str, Any]) -> Profile:
    line = document.lines.get((*place, "site"), document.lines.get(place, 1))
    return Profile(
        sites=glob(document, (*place, "site"), data["site"]),
        output_tokens=_range(data.get("output_tokens")),
        reasoning_tokens=_range(data.get("reasoning_tokens")),
        input_tokens=_range(data.get("input_tokens")),
        text_tokens=data.get("text_tokens"),
        cache_hit=_share(data.get("cache_hit")),
        cache_write=_share(data.get("cache_write")),
        cache_write_1h=_share(data.get("cache_write_1h")),
        measurement=Measurement(
            place=Span(document.where, line),
            requests=data.get("requests", 0),
            since=data.get("since"),
            until=data.get("until") or data.get("imported"),
            models=tuple(data.get("models", ())),
            spikes=len(data.get("spikes", ())),
            regime=data.get("growth"),
        ),
    )


def _figures(data: Mapping[str, Any]) -> Figures:
    adds = data.get("history_adds")
    return Figures(
        traffic=_range(data.get("traffic")),
        turns=_range(data.get("turns")),
        history_adds=None if adds is None else Range.exact(adds, "measured"),
        retry_rate=_share(data.get("failed")),
        cache_hit=_share(data.get("cache_hit")),
        cache_write=_share(data.get("cache_write")),
        cache_write_1h=_share(data.get("cache_write_1h")),
        response_cache=_share(data.get("response_cache")),
        input_tokens=_range(data.get("input_tokens")),
        output_tokens=_range(data.get("output_tokens")),
        reasoning_tokens=_range(data.get("reasoning_tokens")),
    )


def _range(data: Mapping[str, int] | None) -> Range | None:
    return None if data is None else Range(data["low"], data["likely"], data["high"], "measured")


def _share(data: Any) -> Range | None:
    if data is None:
        return None
    share = Decimal(str(data))
    number: Number = int(share) if share == int(share) else share
    return Range.exact(number, "measured")

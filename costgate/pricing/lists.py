"""The two published price lists, read as data into one shape: nothing that is downloaded is imported or run."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import pairwise
from typing import Any

Segment = dict[str, Any]
"""Prices that hold for a while: unit -> decimal text, and where given `from`, `until` and `tiers`."""

MODES = (
    "chat",
    "responses",
    "completion",
    "embedding",
    "decisions",
    "realtime",
    "rerank",
    "moderation",
    "ocr",
    "image_generation",
    "image_edit",
    "audio_transcription",
    "audio_speech",
    "video_generation",
)
_VARIANTS = {
    ("processing", "batch"): "batch_",
    ("service_tier", "flex"): "flex_",
    ("service_tier", "priority"): "priority_",
    ("service_tier", "fast"): "fast_",
    ("speed", "fast"): "fast_",
}
_MILLION, _THOUSAND, _HOUR = 1_000_000, 1000, 3600
_SECONDARY_UNITS = {
    "input_cost_per_token": ("input", _MILLION),
    "output_cost_per_token": ("output", _MILLION),
    "cache_read_input_token_cost": ("cache_read", _MILLION),
    "cache_creation_input_token_cost": ("cache_write", _MILLION),
    "cache_creation_input_token_cost_above_1hr": ("cache_write_1h", _MILLION),
    "cache_creation_input_token_cost_above_12hr": ("cache_write_12h", _MILLION),
    "input_cost_per_audio_token": ("input_audio", _MILLION),
    "output_cost_per_audio_token": ("output_audio", _MILLION),
    "cache_read_input_audio_token_cost": ("cache_audio_read", _MILLION),
    "input_cost_per_image_token": ("input_image", _MILLION),
    "output_cost_per_image_token": ("output_image", _MILLION),
    "cache_read_input_image_token_cost": ("cache_image_read", _MILLION),
    "input_cost_per_video_token": ("input_video", _MILLION),
    "output_cost_per_video_token": ("output_video", _MILLION),
    "output_cost_per_reasoning_token": ("output_reasoning", _MILLION),
    "input_cost_per_character": ("input_mchars", _MILLION),
    "output_cost_per_character": ("output_mchars", _MILLION),
    "input_cost_per_pixel": ("input_mpixels", _MILLION),
    "output_cost_per_pixel": ("output_mpixels", _MILLION),
    "input_cost_per_image": ("input_images", 1),
    "output_cost_per_image": ("output_images", 1),
    "input_cost_per_second": ("input_hours", _HOUR),
    "output_cost_per_second": ("output_hours", _HOUR),
    "input_cost_per_audio_per_second": ("input_audio_hours", _HOUR),
    "input_cost_per_video_per_second": ("input_video_hours", _HOUR),
    "output_cost_per_video_per_second": ("output_video_hours", _HOUR),
    "input_cost_per_query": ("queries_kcount", _THOUSAND),
    "input_cost_per_request": ("requests_kcount", _THOUSAND),
    "ocr_cost_per_page": ("input_document_kpages", _THOUSAND),
    "annotation_cost_per_page": ("input_annotated_document_kpages", _THOUSAND),
}
"""What the secondary list calls a price -> our unit, and how many of theirs one of ours is."""
_SECONDARY_SUFFIXES = {
    "": "",
    "_batches": "batch_",
    "_flex": "flex_",
    "_priority": "priority_",
    "_ultrafast": "ultrafast_",
    "_balanced": "balanced_",
}
_TIER = re.compile(r"_above_([0-9]+)k_tokens")


@dataclass
class Primary:
    """One model of the primary list: which names it answers to, and its prices in order of time."""

    id: str
    clause: Mapping[str, Any]
    segments: list[Segment]
    window: int | None

    def matches(self, name: str) -> bool:
        """Whether the list itself takes this name for the model, patterns included."""
        return _matches(self.clause, name)

    def literals(self) -> Iterator[tuple[str, bool]]:
        """The names the clause is built from, and whether it wants exactly that name."""
        yield from _literals(self.clause)


@dataclass
class Secondary:
    """One model of the secondary list."""

    key: str
    label: str
    source: str
    segment: Segment
    facts: dict[str, Any] = field(default_factory=dict)
    """window, max_output, deprecated, cache_minimum, reasoning: only what the list says."""


def read_primary(text: str, date: str) -> dict[str, list[Primary]]:
    """Models by provider id, in the list's order. `date` decides which variants (batch, priority, ...) hold."""
    tree = ast.parse(text)
    providers = next(_plain(node.value) for node in tree.body if isinstance(node, ast.AnnAssign) and node.value)
    return {
        provider["id"]: [
            Primary(m["id"].lower(), m["match"], _segments(m, date), m.get("context_window"))
            for m in provider["models"]
        ]
        for provider in providers
    }


def read_secondary(text: str, source: str, label: str) -> list[Secondary]:
    """The models of the kinds that are priced. `label`: the field that says whose a model is."""
    data = json.loads(text, parse_float=Decimal)
    return [
        Secondary(key, entry.get(label, ""), source, _secondary_segment(entry), _facts(entry))
        for key, entry in data.items()
        if entry.get("mode") in MODES
    ]


def decimal_text(number: Decimal) -> str:
    """The shortest plain spelling."""
    return format(number.normalize(), "f")


def _plain(node: ast.expr) -> Any:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.List | ast.Tuple):
        return [_plain(item) for item in node.elts]
    if isinstance(node, ast.Dict):
        return {_plain(key): _plain(value) for key, value in zip(node.keys, node.values, strict=True) if key}
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "?")
        arguments = [_plain(item) for item in node.args]
        if name == "Decimal":
            return Decimal(str(arguments[0]))
        return {"": name, "args": arguments, **{k.arg or "**": _plain(k.value) for k in node.keywords}}
    return ast.unparse(node)


def _segments(model: Mapping[str, Any], date: str) -> list[Segment]:
    """Dated prices in order; of prices that change with the hour, the dearest."""
    prices = model["prices"]
    found: list[Segment] = []
    for entry in prices if isinstance(prices, list) else [{"": "ConditionalPrice", "prices": prices}]:
        segment = _rates(entry["prices"])
        constraint = entry.get("constraint") or {}
        if constraint.get("") == "TimeOfDateConstraint":
            if found and _height(segment) > _height(found[-1]):
                found[-1] = {**{k: v for k, v in found[-1].items() if k == "from"}, **segment}
            continue
        if constraint:
            segment["from"] = _date(constraint)
        found.append(segment)
    found.sort(key=lambda segment: segment.get("from", ""))
    for earlier, later in pairwise(found):
        earlier["until"] = later["from"]
    for segment in found:
        _add_variants(segment, model.get("price_variants", []), date)
    return found


def _add_variants(segment: Segment, variants: list[Mapping[str, Any]], date: str) -> None:
    if segment.get("until", "9999") <= date:
        return
    moment = max(date, segment.get("from", ""))
    for variant in sorted(variants, key=_start):
        prefix = next((_VARIANTS[pair] for pair in variant["when"].items() if pair in _VARIANTS), None)
        if prefix is None or _start(variant) > moment:
            continue
        rates = _rates(variant["prices"])
        tiers = {tier["above"]: tier for tier in segment.setdefault("tiers", [])}
        for tier in rates.pop("tiers", []):
            own = tiers.setdefault(tier["above"], {"above": tier["above"]})
            own.update({prefix + unit: rate for unit, rate in tier.items() if unit != "above"})
        segment["tiers"] = [tiers[start] for start in sorted(tiers)]
        segment.update({prefix + unit: rate for unit, rate in rates.items()})
        if not segment["tiers"]:
            del segment["tiers"]


def _rates(prices: Mapping[str, Any]) -> Segment:
    segment: Segment = {}
    tiers: dict[int, dict[str, Any]] = {}
    for key, value in prices.items():
        if key in ("", "args") or value is None:
            continue
        unit = key.removesuffix("_mtok")
        if isinstance(value, Decimal):
            segment[unit] = decimal_text(value)
            continue
        segment[unit] = decimal_text(value["base"])
        for tier in value["tiers"]:
            tiers.setdefault(tier["start"], {"above": tier["start"]})[unit] = decimal_text(tier["price"])
    if tiers:
        segment["tiers"] = [tiers[start] for start in sorted(tiers)]
    return segment


def _height(segment: Segment) -> Decimal:
    return Decimal(segment.get("input", "0")) + Decimal(segment.get("output", "0"))


def _start(variant: Mapping[str, Any]) -> str:
    return _date(variant["constraint"]) if variant.get("constraint") else ""


def _date(constraint: Mapping[str, Any]) -> str:
    year, month, day = constraint["start_date"]["args"]
    return f"{year:04}-{month:02}-{day:02}"


def _matches(clause: Mapping[str, Any], name: str) -> bool:
    kind = clause[""]
    if kind == "ClauseOr":
        return any(_matches(each, name) for each in clause["or_"])
    if kind == "ClauseAnd":
        return all(_matches(each, name) for each in clause["and_"])
    if kind == "ClauseRegex":
        return re.search(clause["regex"], name) is not None
    if kind == "ClauseEquals":
        return bool(name == clause["equals"].lower())
    if kind == "ClauseStartsWith":
        return name.startswith(clause["starts_with"].lower())
    if kind == "ClauseEndsWith":
        return name.endswith(clause["ends_with"].lower())
    return clause["contains"].lower() in name


def _literals(clause: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    for each in (*clause.get("or_", ()), *clause.get("and_", ())):
        yield from _literals(each)
    for key in ("equals", "starts_with", "ends_with", "contains"):
        if key in clause:
            yield clause[key].lower(), key == "equals"


def _secondary_segment(entry: Mapping[str, Any]) -> Segment:
    segment: Segment = {}
    tiers: dict[int, dict[str, Any]] = {}
    for key, value in entry.items():
        if not isinstance(value, Decimal | int) or isinstance(value, bool) or not value:
            continue
        above = _TIER.search(key)
        plain = _TIER.sub("", key)
        for suffix, prefix in _SECONDARY_SUFFIXES.items():
            unit, scale = _SECONDARY_UNITS.get(plain.removesuffix(suffix) if suffix else plain, (None, 0))
            if unit is None or (suffix and not plain.endswith(suffix)):
                continue
            rate = decimal_text(Decimal(value) * scale)
            if above is None:
                segment[prefix + unit] = rate
            else:
                start = int(above[1]) * 1000
                tiers.setdefault(start, {"above": start})[prefix + unit] = rate
    if tiers:
        segment["tiers"] = [tiers[start] for start in sorted(tiers)]
    return segment


def _facts(entry: Mapping[str, Any]) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for ours, theirs in (("window", "max_input_tokens"), ("max_output", "max_output_tokens"),
                         ("cache_minimum", "prompt_cache_min_tokens")):  # fmt: skip
        value = entry.get(theirs)
        if isinstance(value, int | Decimal) and value > 0:
            facts[ours] = int(value)
    if entry.get("mode") == "embedding":
        facts.pop("max_output", None)
    if isinstance(entry.get("deprecation_date"), str) and re.fullmatch(r"\d{4}-\d\d-\d\d", entry["deprecation_date"]):
        facts["deprecated"] = entry["deprecation_date"]
    if entry.get("thinking_always_on") is True:
        facts["reasoning"] = "always"
    elif entry.get("supports_reasoning") is True:
        facts["reasoning"] = "optional"
    return facts

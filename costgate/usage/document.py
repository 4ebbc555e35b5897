"""The file of measured figures as text: what an import writes into it, and what it leaves as it found it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from costgate.config.measured import measured_document
from costgate.model.measured import Measured, Spread
from costgate.usage.join import SITE

HEADER = """\
# Figures that traffic gave, written by `costgate usage import`, in force where costgate.yaml says `measured: THIS FILE`.
# An entry ends in a digest of its lines. Change anything in an entry and it is yours: imports leave it alone from then on.
# low, likely and high are the 5th percentile, the mean and the 95th percentile of single requests.
measured:
"""
_DIGEST = re.compile(r'  digest: "([0-9a-f]{16})"\s*\Z')


@dataclass(frozen=True, slots=True)
class Written:
    """The new text of the file, and the targets whose entries were left alone because somebody edited them."""

    text: str
    new: tuple[str, ...]
    renewed: tuple[str, ...]
    kept: tuple[str, ...]


def written(before: str | None, where: str, measured: Iterable[Measured], today: str) -> Written:
    """What the file shall be. UserError when the one that is there is none of these files."""
    blocks = {(each.kind, each.target): "\n".join(block(each, today)) + "\n" for each in measured}
    if before is None or not before.strip():
        return Written(HEADER + "".join(blocks.values()), tuple(name for _, name in blocks), (), ())
    document = measured_document(before, where)
    lines = before.splitlines(keepends=True)
    starts = [document.lines["measured", at] - 1 for at in range(len(document.data["measured"] or ()))]
    kept, renewed = [], []
    made, done = "".join(lines[: starts[0]] if starts else lines), 0
    for at, start in enumerate(starts):
        end = starts[at + 1] if at + 1 < len(starts) else len(lines)
        entry: Mapping[str, Any] = document.data["measured"][at]
        key = (SITE, entry["site"]) if "site" in entry else ("workload", entry.get("workload", ""))
        last = next((number for number in range(start, end) if _DIGEST.match(lines[number])), None)
        if key not in blocks:
            made += "".join(lines[start:end])
        elif last is None or _digest(lines[start:last]) != _digest_of(lines[last]):
            kept.append(key[1])
            made += "".join(lines[start:end])
            del blocks[key]
        else:
            renewed.append(key[1])
            made += blocks.pop(key) + "".join(lines[last + 1 : end])
        done = end
    made += "".join(lines[done:]) if starts else ""
    if not made.endswith("\n"):
        made += "\n"
    if not starts and document.data["measured"] is not None:
        made = re.sub(r"^measured:\s*\[\s*\]", "measured:", made, flags=re.MULTILINE)
    return Written(made + "".join(blocks.values()), tuple(name for _, name in blocks), tuple(renewed), tuple(kept))


def block(one: Measured, today: str) -> Iterator[str]:
    """One entry, line by line, with its digest."""
    lines = list(_lines(one, today))
    lines[0] = f"- {lines[0]}"
    lines[1:] = [f"  {line}" for line in lines[1:]]
    yield from lines
    yield f'  digest: "{_digest(lines)}"'


def _lines(one: Measured, today: str) -> Iterator[str]:
    yield f"{one.kind}: {_text(one.target)}"
    yield f"requests: {one.requests}"
    for name, day in (("since", one.since), ("until", one.until), ("imported", today)):
        if day is not None:
            yield f"{name}: {day}"
    yield f"sources: [{', '.join(one.sources)}]"
    yield f"joined_by: [{', '.join(map(_text, one.joined_by))}]"
    if one.models:
        yield f"models: {{{', '.join(f'{_text(model)}: {number}' for model, number in one.models.items())}}}"
    yield from _spread("input_tokens", one.input)
    if one.text_tokens is not None:
        yield f"text_tokens: {one.text_tokens}"
    yield from _spread("output_tokens", one.output)
    yield from _spread("reasoning_tokens", one.reasoning)
    yield from _share("cache_hit", one.cached_share)
    yield from _share("cache_write", one.written_share)
    yield from _share("cache_write_1h", one.hour_share)
    yield from _share("failed", _part(one.failed, one.requests))
    yield from _share("response_cache", _part(one.answered, one.requests + one.answered))
    if one.per_month is not None:
        month = one.per_month
        yield f"traffic: {{low: {month.low}, likely: {month.likely}, high: {month.high}}}"
    yield from _spread("turns", one.turns)
    if one.growth is not None:
        yield f"growth: {one.growth.regime}"
        yield f"history_adds: {one.growth.per_turn}"
    if one.spikes:
        spikes = (f"{each.day}: {each.what} {each.factor} times the week before" for each in one.spikes[:20])
        yield f"spikes: [{', '.join(map(_text, spikes))}]"


def _spread(name: str, spread: Spread | None) -> Iterator[str]:
    if spread is not None:
        ends = f"low: {spread.low}, likely: {spread.likely}, high: {spread.high}"
        yield f"{name}: {{{ends}, p50: {spread.p50}, p99: {spread.p99}, most: {spread.most}}}"


def _share(name: str, share: Decimal | None) -> Iterator[str]:
    if share is not None:
        yield f"{name}: {_text(format(share, 'f'))}"


def _part(part: int, whole: int) -> Decimal | None:
    return min(Decimal(part) / whole, Decimal(1)).quantize(Decimal("0.0001")) if part and whole else None


def _text(text: str) -> str:
    """Any text as YAML on one line: JSON is, once what cannot be seen is escaped the way YAML does."""
    return "".join(char if char.isprintable() else _escaped(char) for char in json.dumps(text, ensure_ascii=False))


def _escaped(char: str) -> str:
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def _digest(lines: Iterable[str]) -> str:
    return hashlib.sha256("\n".join(line.rstrip() for line in lines).encode()).hexdigest()[:16]


def _digest_of(line: str) -> str | None:
    found = _DIGEST.match(line)
    return found[1] if found else None

"""How many tokens a text is, as a range with its basis: exact, calibrated, or assumed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from costgate.knowledge.bytepairs import count as count_short
from costgate.knowledge.ranks import encoder, fingerprint
from costgate.knowledge.token_policy import Family, family_of
from costgate.measure.script import script_of
from costgate.model.money import Range
from costgate.model.tree import Cache, NoCache

LONGEST_TOKEN = 128
"""Bytes of the longest token in any of the encodings."""

_CHUNK = 100_000
_LOOK_BACK = 2_000
_BOUNDARY = re.compile(r"(?<=[^\W_]) (?=[A-Za-z])")
_PER_CUT = 8
_MOST_READ = 2_000_000
_SAMPLES = 64
_SAMPLING_BAND = Decimal("0.1")


@dataclass(frozen=True, slots=True)
class Tally:
    """Tokens of one encoding. `cuts`: runs without a word boundary that were cut; `sampled`: not all was read."""

    tokens: int
    cuts: int = 0
    sampled: bool = False


def count(text: str, model: str | None, cache: Cache | None = None) -> Range:
    """Tokens of a text as this model counts them. Without a model, or for a stranger, an assumed range."""
    if not text:
        return Range.exact(0)
    family = family_of(model)
    return _in_family(text, family, tally(text, family.encoding, cache or NoCache()))


def tally(text: str, encoding: str, cache: Cache) -> Tally:
    """Tokens of a text in one public encoding, remembered by the digest of the text."""
    key = f"{fingerprint(encoding)}:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"
    found = _recalled(cache.get("tokens", key))
    if found is None:
        found = _counted(text, encoding)
        cache.put("tokens", key, [found.tokens, found.cuts, found.sampled])
    return found


def bounds(text: str) -> Range:
    """What the length alone says, without counting: no token is longer than 128 bytes or shorter than one."""
    size = len(text.encode("utf-8", "surrogatepass"))
    return Range(-(-size // LONGEST_TOKEN), None, size, "bounded")


def framing(model: str | None, messages: int, tools: bool) -> Range:
    """Tokens that a chat request adds to its text: message marks, and a preamble when tools are passed."""
    family = family_of(model)
    frame = family.framing
    low = frame.base + frame.message * max(messages, 1)
    likely = low + (frame.tools if tools else 0)
    basis = "calibrated" if family.basis == "exact" else family.basis
    return Range(max(0, low - frame.slack), likely, likely + frame.slack, basis)


def _recalled(value: object) -> Tally | None:
    match value:
        case [int(tokens), int(cuts), bool(sampled)] if tokens >= 0 and cuts >= 0:
            return Tally(tokens, cuts, sampled)
    return None


def _counted(text: str, encoding: str) -> Tally:
    quick = count_short(text, encoding)
    if quick is not None:
        return Tally(quick)
    encode = encoder(encoding).encode_ordinary
    if len(text) > _MOST_READ:
        size = _MOST_READ // (2 * _SAMPLES)
        step = len(text) // _SAMPLES
        pieces = [text[start : start + size] for start in range(0, step * _SAMPLES, step)]
        return Tally(round(sum(len(encode(piece)) for piece in pieces) * len(text) / (size * _SAMPLES)), 0, True)
    tokens = cuts = 0
    for chunk, hard in _chunks(text):
        tokens += len(encode(chunk))
        cuts += hard
    return Tally(tokens, cuts)


def _chunks(text: str) -> Iterator[tuple[str, bool]]:
    """Pieces short enough for the encoder, which fails on runs of about a million characters of white space.

    A piece ends before " word" after a word, where no token can reach across, or else anywhere: a hard cut.
    """
    start = 0
    while len(text) - start > _CHUNK:
        end = start + _CHUNK
        soft = [match.start() for match in _BOUNDARY.finditer(text, end - _LOOK_BACK, end)]
        yield text[start : soft[-1] if soft else end], not soft
        start = soft[-1] if soft else end
    yield text[start:], False


def _in_family(text: str, family: Family, found: Tally) -> Range:
    slack = _PER_CUT * found.cuts
    low, likely, high = Decimal(found.tokens - slack), Decimal(found.tokens), Decimal(found.tokens + slack)
    basis = family.basis if not slack or family.basis != "exact" else "calibrated"
    if found.sampled:
        low, high, basis = low * (1 - _SAMPLING_BAND), high * (1 + _SAMPLING_BAND), "assumed"
    if family.factor:
        script = script_of(text)
        factor, (down, up) = family.factor[script], family.band[script]
        low, likely, high = low * factor * (1 - down), likely * factor, high * factor * (1 + up)
    return Range(max(1, _floor(low)), max(1, round(likely)), _ceiling(high), basis)


def _floor(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_FLOOR))


def _ceiling(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_CEILING))

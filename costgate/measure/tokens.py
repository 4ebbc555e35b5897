"""How many tokens a text is, as a range with its basis: exact, calibrated, or assumed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from functools import partial

from costgate.knowledge.bytepairs import count as count_short
from costgate.knowledge.ranks import encoder, fingerprint
from costgate.knowledge.token_policy import Family, family_of
from costgate.knowledge.vocabularies import carrier
from costgate.knowledge.vocabularies import encoder as own_encoder
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
    family, kept = family_of(model), cache or NoCache()
    if family.own is not None and carrier() is not None:
        found = _remembered(text, f"{carrier()} {family.own}", partial(_by_own, family.own), kept)
        if found is not None:
            return _in_family(text, family.by_own(), found)
    return _in_family(text, family, tally(text, family.encoding, kept))


def tally(text: str, encoding: str, cache: Cache) -> Tally:
    """Tokens of a text in one public encoding, remembered by the digest of the text."""
    found = _remembered(text, fingerprint(encoding), partial(_counted, encoding), cache)
    assert found is not None
    return found


def _remembered(text: str, by: str, count: Callable[[str], Tally | None], cache: Cache) -> Tally | None:
    key = f"{by}:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"
    found = _recalled(cache.get("tokens", key))
    if found is None:
        found = count(text)
        if found is not None:
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


def _by_own(vocabulary: str, text: str) -> Tally | None:
    """By a family's own vocabulary; None where that cannot be had."""
    encode = own_encoder(vocabulary)
    # half of a surrogate pair is no text to it
    return None if encode is None else _encoded(text.encode("utf-8", "replace").decode(), encode)


def _counted(encoding: str, text: str) -> Tally:
    quick = count_short(text, encoding)
    return Tally(quick) if quick is not None else _encoded(text, encoder(encoding).encode_ordinary)


def _encoded(text: str, encode: Callable[[str], Sequence[int]]) -> Tally:
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
        basis = "assumed" if script in family.guessed else basis
    return Range(max(1, _floor(low)), max(1, round(likely)), _ceiling(high), basis)


def _floor(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_FLOOR))


def _ceiling(number: Decimal) -> int:
    return int(number.to_integral_value(ROUND_CEILING))

"""What kind of text it is, as far as tokenizers care: prose, code, digit-heavy, another language, another script than Latin."""

from __future__ import annotations

import re

_SAMPLE = 4_000
_PIECES = 3

_DIGIT = re.compile(r"[0-9]")
_SYMBOL = re.compile(r"[{}()\[\];=<>_\"'\\/|&*+#:@$%^`~]")
_RECORD = re.compile(r"[\":,{}]")
_INDENT = re.compile(r"^(?: {2}|\t)", re.MULTILINE)
_OTHER = re.compile(r"[^\W\d_\u0000-\u024f\u1e00-\u1eff]")
_HAN = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_ACCENTED = re.compile(r"[\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]")
_LETTER = re.compile(r"[^\W\d_]")

_WORD = re.compile(r"[^\W\d_]+")
_COMMON = re.compile(r"\b(?:the|of|to|and|an?|in|is|are|for|you|it|that|be|with|or|not|this|on|if|your|by|as)\b", re.IGNORECASE)

_MANY_OTHER = 0.25
_MOST = 0.5
_SOME_ACCENTS = 0.008
_ENOUGH_WORDS = 40
_FEW_COMMON = 0.1
_MANY_DIGITS = 0.10
_SOME_DIGITS = 0.015
_MANY_RECORD_MARKS = 0.07
_MANY_SYMBOLS = 0.10
_SOME_SYMBOLS = 0.045
_MANY_INDENTS = 0.3


def script_of(text: str) -> str:
    """One of the kinds that token_policy.yaml has factors for; judged on samples of a long text."""
    sample = _sample(text)
    length = len(sample) or 1
    letters = len(_LETTER.findall(sample)) or 1
    foreign = len(_OTHER.findall(sample))
    if foreign > _MANY_OTHER * letters:
        return _other(sample, foreign)
    digits = len(_DIGIT.findall(sample)) / length
    if digits > _MANY_DIGITS or (digits > _SOME_DIGITS and len(_RECORD.findall(sample)) > _MANY_RECORD_MARKS * length):
        return "digits"
    symbols = len(_SYMBOL.findall(sample)) / length
    indents = len(_INDENT.findall(sample)) / (sample.count("\n") + 1)
    if symbols > _MANY_SYMBOLS or (symbols > _SOME_SYMBOLS and indents > _MANY_INDENTS):
        return "code"
    return "latin" if len(_ACCENTED.findall(sample)) > _SOME_ACCENTS * letters or not _english(sample) else "prose"


def _english(sample: str) -> bool:
    """Whether words that every English text is full of are in it; a short text gets the benefit of the doubt."""
    words = _WORD.findall(sample)
    return len(words) < _ENOUGH_WORDS or len(_COMMON.findall(sample)) > _FEW_COMMON * len(words)


def _other(sample: str, foreign: int) -> str:
    """Which of the scripts that are not Latin most of it is in."""
    for name, letters in (("han", _HAN), ("cyrillic", _CYRILLIC)):
        if len(letters.findall(sample)) > _MOST * foreign:
            return name
    return "other"


def _sample(text: str) -> str:
    if len(text) <= _SAMPLE * _PIECES:
        return text
    step = (len(text) - _SAMPLE) // (_PIECES - 1)
    return "".join(text[start : start + _SAMPLE] for start in range(0, step * _PIECES, step))

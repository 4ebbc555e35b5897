"""What kind of text it is, as far as tokenizers care: prose, code, digit-heavy, or another script than Latin."""

from __future__ import annotations

import re

_SAMPLE = 4_000
_PIECES = 3

_DIGIT = re.compile(r"[0-9]")
_SYMBOL = re.compile(r"[{}()\[\];=<>_\"'\\/|&*+#:@$%^`~]")
_RECORD = re.compile(r"[\":,{}]")
_INDENT = re.compile(r"^(?: {2}|\t)", re.MULTILINE)
_OTHER = re.compile(r"[^\W\d_\u0000-\u024f]")
_LETTER = re.compile(r"[^\W\d_]")

_MANY_OTHER = 0.25
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
    if len(_OTHER.findall(sample)) > _MANY_OTHER * (len(_LETTER.findall(sample)) or 1):
        return "other"
    digits = len(_DIGIT.findall(sample)) / length
    if digits > _MANY_DIGITS or (digits > _SOME_DIGITS and len(_RECORD.findall(sample)) > _MANY_RECORD_MARKS * length):
        return "digits"
    symbols = len(_SYMBOL.findall(sample)) / length
    indents = len(_INDENT.findall(sample)) / (sample.count("\n") + 1)
    return "code" if symbols > _MANY_SYMBOLS or (symbols > _SOME_SYMBOLS and indents > _MANY_INDENTS) else "prose"


def _sample(text: str) -> str:
    if len(text) <= _SAMPLE * _PIECES:
        return text
    step = (len(text) - _SAMPLE) // (_PIECES - 1)
    return "".join(text[start : start + _SAMPLE] for start in range(0, step * _PIECES, step))

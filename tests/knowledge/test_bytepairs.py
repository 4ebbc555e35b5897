"""Counting in the table on disk gives what the library's encoder gives, or nothing."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costgate.knowledge import bytepairs
from costgate.knowledge.ranks import encoder

NAMES = ("o200k_base", "cl100k_base")
ASCII = st.text(st.characters(max_codepoint=127), max_size=300)
WORDS = st.lists(
    st.sampled_from(["it's", "IT'S", "We'Ll", "don't", "HTTPServer", "camelCase", " ", "  ", "\n", "\r\n", "\t ", "12345", "3.14", "...", "/path/", "\x1c", "\x0b", "\x85", "\xa0", "é", "ß", "Ä", "naïve", "“q”", "—", "…", "日本語", "привет", "e\u0301", "😀", "½", "Ⅷ", "ǅ", "ʰ", "__init__", "===", "aaaaaaa"]),
    max_size=60,
).map("".join)  # fmt: skip


@pytest.fixture(autouse=True)
def _afresh() -> None:
    bytepairs._counter.cache_clear()


def agree(text: str) -> int | None:
    counts = []
    for name in NAMES:
        bytepairs._counter.cache_clear()
        found = bytepairs.count(text, name)
        assert found is None or found == len(encoder(name).encode_ordinary(text)), (name, text)
        counts.append(found)
    assert (counts[0] is None) == (counts[1] is None)
    return counts[0]


@settings(max_examples=300, deadline=None)
@given(ASCII)
def test_plain_text(text: str) -> None:
    agree(text)


@settings(max_examples=300, deadline=None)
@given(WORDS)
def test_words_of_many_scripts(text: str) -> None:
    agree(text)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=120))
def test_any_text(text: str) -> None:
    agree(text.encode("utf-8", "ignore").decode())


def test_every_character_between_letters() -> None:
    whole = [chr(point) for point in range(0x80, 0x3000) if unicodedata.category(chr(point)) not in ("Cn", "Cs")]
    for start in range(0, len(whole), 100):
        agree(" ".join(f"a{each}b {each}{each}1" for each in whole[start : start + 100]))


def test_prose_is_counted_here() -> None:
    for page in ("README.md", "docs/architecture.md"):
        text = (Path(__file__).parents[2] / page).read_text("utf-8")[:9_000]
        assert agree(text) is not None


def test_runs_of_one_character() -> None:
    for run in ("=" * 399, "-" * 157, "ab" * 150, "zq" * 77, "1" * 300, " " * 200 + "x", "\n" * 99, "aAbB" * 40):
        assert agree(run) is not None


def test_what_is_left_to_the_library() -> None:
    assert agree("x" * 41_000) is None
    assert agree("=" * 401 + "y" * 3) is None
    assert agree("\u017f") is None
    assert agree("\u0378") is None


def test_after_much_text_the_library_takes_over() -> None:
    for _ in range(4):
        assert bytepairs.count("word " * 2_000, "o200k_base") is not None
    assert bytepairs.count("word " * 2_000, "o200k_base") is None

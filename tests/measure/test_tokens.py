"""Counts: exact where the encoding is public, ranges with a basis elsewhere, and nothing that crashes or hangs."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costgate.knowledge.ranks import encoder
from costgate.measure.tokens import LONGEST_TOKEN, bounds, count, framing, tally
from costgate.model.money import Range
from costgate.model.tree import NoCache

PROSE = "You are a careful assistant. Answer the question in one short paragraph, and say when you do not know. "


class Shelf:
    """A cache that keeps what it is given and counts how it is used."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Any] = {}
        self.hits = 0

    def get(self, kind: str, key: str) -> Any | None:
        found = self.kept.get((kind, key))
        self.hits += found is not None
        return found

    def put(self, kind: str, key: str, value: Any) -> None:
        self.kept[kind, key] = value


@pytest.mark.parametrize(
    ("text", "model", "tokens"),
    [
        ("hello world", "gpt-4o", 2),
        ("tiktoken is great!", "gpt-4", 6),
        ("antidisestablishmentarianism", "gpt-5", 6),
        ("お誕生日おめでとう", "gpt-4", 9),
        ("お誕生日おめでとう", "gpt-4o", 8),
        ("<|endoftext|>", "gpt-4o", 7),
        ("", "gpt-4o", 0),
        ("", None, 0),
    ],
)
def test_known_counts(text: str, model: str | None, tokens: int) -> None:
    assert count(text, model) == Range.exact(tokens)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_exact_is_what_the_encoder_says(text: str) -> None:
    assert count(text, "gpt-4o").likely == len(encoder("o200k_base").encode_ordinary(text))


@settings(deadline=None)  # the first count in an encoding reads its data
@given(
    st.text(max_size=200),
    st.sampled_from(["gpt-4o", "gpt-4", "claude-sonnet-4-5", "gemini-2.5-pro", "llama-3.1-8b", None]),
)
def test_a_count_is_a_range_within_what_the_length_allows(text: str, model: str | None) -> None:
    found, length = count(text, model), bounds(text)
    assert found.likely is not None and found.high is not None and length.high is not None
    assert 0 <= found.low <= found.likely <= found.high
    if found.basis == "exact":
        assert length.low <= found.low and found.high <= length.high


@given(st.text(max_size=200), st.text(max_size=200))
def test_pieces_count_at_least_nearly_the_whole(first: str, second: str) -> None:
    whole, one, two = (count(text, "gpt-4o").low for text in (first + second, first, second))
    assert whole <= one + two + 8
    assert whole >= max(one, two) - 8


def test_other_families_have_a_band_by_the_kind_of_text() -> None:
    prose = count(PROSE * 20, "claude-sonnet-4-5")
    exact = int(count(PROSE * 20, "gpt-4o").low)
    assert prose.basis == "calibrated"
    assert prose.likely == round(exact * 113 / 100)
    assert prose.low == int(exact * 113 * 90 / 10_000)
    assert prose.high == -int(-exact * 113 * 110 // 10_000)
    code = "def send(self, path):\n    if path in (self.root / name):\n        return [path, *rest][first]\n" * 30
    assert count(code, "claude-sonnet-4-5").likely == round(count(code, "gpt-4o").low * 123 / 100)
    chinese = "这是一个测试，我们需要更多的中文文本来判断。" * 30
    assert count(chinese, "claude-opus-4-7").likely == round(count(chinese, "gpt-4o").low * 125 / 100)


def test_strangers_are_assumed() -> None:
    exact = int(count(PROSE, "gpt-4o").low)
    for model in (None, "nobody-knows-me"):
        found = count(PROSE, model)
        assert found.basis == "assumed"
        assert found.low < exact * 1.15 < (found.high or 0)


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4"])
@pytest.mark.parametrize(
    "text",
    [
        " " * 1_000_000,
        " " * 1_000_000 + "x",
        "\t" * 1_000_000,
        "\n" * 1_000_000,
        "a" * 1_000_000,
        "=" * 1_000_000,
        "漢" * 300_000,
        "a" + "\u0301" * 200_000,
        "A1b2" * 250_000,
    ],
    ids=["spaces", "spaces-x", "tabs", "newlines", "letters", "signs", "cjk", "combining", "ids"],
)
def test_worst_cases_end_soon(text: str, model: str) -> None:
    began = time.perf_counter()
    found = count(text, model)
    assert time.perf_counter() - began < 8
    assert found.basis == "calibrated"
    assert found.low < found.likely < found.high  # type: ignore[operator]
    assert found.high <= len(text.encode()) + 100  # type: ignore[operator]


def test_long_prose_is_cut_where_no_token_reaches_across() -> None:
    text = PROSE * 3_000
    assert count(text, "gpt-4o") == Range.exact(len(encoder("o200k_base").encode_ordinary(text)))


def test_very_long_texts_are_sampled_and_say_so() -> None:
    text = "".join(f"{PROSE}{number} " for number in range(60_000))
    assert len(text) > 5_000_000
    found = count(text, "gpt-4o")
    whole = tally(text[:1_900_000], "o200k_base", NoCache()).tokens * len(text) / 1_900_000
    assert found.basis == "assumed"
    assert found.low < whole < (found.high or 0)


@pytest.mark.parametrize("text", ["\ud800abc", "abc\udfff", "\x00\x01", "\u200b" * 50])
def test_odd_text_is_counted(text: str) -> None:
    assert count(text, "gpt-4o").low >= 1


def test_counts_are_remembered_by_text_and_encoding() -> None:
    shelf = Shelf()
    first = [count(PROSE, model, shelf) for model in ("gpt-4o", "gpt-4", "claude-sonnet-4-5")]
    assert len(shelf.kept) == 2, "the third family counts with the first one's encoding"
    assert [count(PROSE, model, shelf) for model in ("gpt-4o", "gpt-4", "claude-sonnet-4-5")] == first
    assert shelf.hits == 4


@pytest.mark.parametrize("damage", [None, "x", [], [1], [-1, 0, False], [1, 0, 0], {"tokens": 1}, [1.5, 0, True]])
def test_damaged_memory_is_a_miss(damage: Any) -> None:
    shelf = Shelf()
    count(PROSE, "gpt-4o", shelf)
    shelf.kept = dict.fromkeys(shelf.kept, damage)
    assert count(PROSE, "gpt-4o", shelf) == count(PROSE, "gpt-4o")


def test_a_warm_run_does_not_load_the_tokenizer() -> None:
    code = """
import sys
from costgate.measure.tokens import count
class Warm:
    def get(self, kind, key): return [7, 0, False]
    def put(self, kind, key, value): raise AssertionError
assert count("hello", "gpt-4o", Warm()).low == 7
assert "tiktoken" not in sys.modules, "loaded"
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_bounds_need_no_counting() -> None:
    assert bounds("a" * 1000) == Range(-(-1000 // LONGEST_TOKEN), None, 1000, "bounded")
    assert bounds("é") == Range(1, None, 2, "bounded")


def test_framing() -> None:
    assert framing("gpt-4o", 1, False).likely == 7
    assert framing("gpt-4o", 2, False).likely == 11
    with_tools = framing("claude-sonnet-4-5", 1, True)
    assert with_tools.likely == 6 + 2 + 549
    assert with_tools.basis == "calibrated"
    assert framing("grok-4", 1, False).low > 600
    assert framing(None, 0, False).low >= 0


@settings(max_examples=30)
@given(st.integers(1, 50), st.sampled_from(["gpt-4o", "claude-opus-5", "gemini-2.5-flash", None]))
def test_more_messages_never_cost_less(messages: int, model: str | None) -> None:
    fewer, more = framing(model, messages, False), framing(model, messages + 1, False)
    assert fewer.low <= more.low and (fewer.high or 0) <= (more.high or 0)


@pytest.mark.parametrize(
    "text", ["a" * 250_000, " " * 250_000, "=" * 250_000, "漢" * 250_000, "A1b2" * 60_000, "\n \t" * 80_000]
)
@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4"])
def test_a_cut_is_off_by_no_more_than_it_says(text: str, model: str) -> None:
    whole = len(encoder("o200k_base" if model == "gpt-4o" else "cl100k_base").encode_ordinary(text))
    found = count(text, model)
    assert found.low <= whole <= (found.high or 0)

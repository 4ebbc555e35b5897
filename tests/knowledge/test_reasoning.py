"""Who thinks, and whether a request asks for it."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from costgate.knowledge.prices import load_book
from costgate.knowledge.providers import family_names
from costgate.knowledge.reasoning import _table, habit_of, reasoning_of
from costgate.model.snapshot import Reasoning
from costgate.model.value import ABSENT, Known, Unknown, Value

HIDDEN = Unknown("behind **kwargs")


def said(word: Any = None, budget: Any = None) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for role, value in (("reasoning", word), ("reasoning_budget", budget)):
        if isinstance(value, Unknown):
            found[role] = value
        elif value is not None:
            found[role] = Known(value if isinstance(value, tuple) else (value,))
    return found


@pytest.mark.parametrize(
    ("model", "args", "expected"),
    [
        ("gpt-4o", said(), Reasoning(False, False, None, None)),
        ("gpt-5", said(), Reasoning(True, True, "medium", None)),
        ("openai/gpt-5-2025-08-07", said("minimal"), Reasoning(True, True, "minimal", None)),
        ("gpt-5", said("none"), Reasoning(True, True, "none", None)),
        ("gpt-5.1", said(), Reasoning(False, False, None, None)),
        ("gpt-5.1", said("high"), Reasoning(True, False, "high", None)),
        ("gpt-5.5", said(), Reasoning(True, True, "medium", None)),
        ("gpt-5.5", said("none"), Reasoning(False, True, None, None)),
        ("gpt-5.5", said(("none", "high")), Reasoning(None, True, None, None)),
        ("gpt-5.5", said(("low", "high")), Reasoning(True, True, None, None)),
        ("gpt-5.5", said(HIDDEN), Reasoning(None, True, None, None)),
        ("gpt-5.1", said(("high", ABSENT)), Reasoning(None, False, None, None)),
        ("claude-sonnet-4-5-20250929", said(), Reasoning(False, False, None, None)),
        ("claude-sonnet-4-5", said("enabled", 4096), Reasoning(True, False, None, 4096)),
        (
            "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            said("enabled", (2048, 8192)),
            Reasoning(True, False, None, 8192),
        ),
        ("claude-sonnet-5", said(), Reasoning(True, True, "high", None)),
        ("claude-sonnet-5", said("disabled"), Reasoning(False, True, None, None)),
        ("claude-opus-5-5", said("disabled"), Reasoning(True, True, "medium", None)),
        ("gemini-2.5-flash", said(), Reasoning(True, True, None, 24576)),
        ("gemini-2.5-flash", said(budget=0), Reasoning(False, True, None, None)),
        ("gemini-2.5-flash", said(budget=-1), Reasoning(True, True, None, 24576)),
        ("gemini-2.5-flash", said(budget=1024), Reasoning(True, True, None, 1024)),
        ("gemini-2.5-pro", said(budget=0), Reasoning(True, True, None, 32768)),
        ("gemini-2.5-flash-lite", said(), Reasoning(False, False, None, None)),
        ("gemini-3-pro-preview", said("low"), Reasoning(True, True, "low", None)),
        ("deepseek-v4-pro", said(), Reasoning(True, True, "high", None)),
        ("grok-4", said("none"), Reasoning(True, True, "none", None)),
        ("a-stranger", said(), Reasoning(None, None, None, None)),
        ("a-stranger", said("high"), Reasoning(True, None, "high", None)),
        ("a-stranger", said(False), Reasoning(False, None, None, None)),
        (None, said(), Reasoning(None, None, None, None)),
    ],
)
def test_reasoning_of(model: str | None, args: dict[str, Value], expected: Reasoning) -> None:
    assert reasoning_of(model, args) == expected


def test_a_literal_none_is_as_good_as_nothing() -> None:
    assert reasoning_of("gpt-5.5", {"reasoning": Known((None,))}).on is True


def test_the_price_book_speaks_for_models_that_the_table_lacks() -> None:
    assert reasoning_of("brand-new", {}, "always") == Reasoning(True, True, None, None)
    assert reasoning_of("brand-new", {}, "optional") == Reasoning(None, None, None, None)
    assert reasoning_of("gpt-4o", {}, "always").on is False


def test_only_exact_names_count() -> None:
    assert habit_of("gpt-5-something").default is None
    assert habit_of("gpt-5").default is True
    assert habit_of("gpt-5.1").default is False


def test_where_thinking_is_counted() -> None:
    assert habit_of("gpt-5").within is True
    assert habit_of("grok-4").within is False
    assert habit_of("grok-4.5").within is None


def test_every_name_is_a_model_of_the_book() -> None:
    names = {name.replace(".", "-") for listed in load_book().sellers for name in family_names(listed)}
    assert set(_table().habits) - names == set()


def test_the_table_agrees_with_the_book_on_who_always_thinks() -> None:
    book = load_book()
    for seller, name in (key.split("/", 1) for key in book.lines):
        price = book.listed(seller, name)
        habit = habit_of(name)
        if price is not None and price.reasoning == "always" and habit != habit_of("a-stranger"):
            assert habit.always, name


def test_learning_more_never_flips_an_answer() -> None:
    words: list[Any] = ["none", "low", "high", ABSENT]
    for model, known in product(["gpt-5", "gpt-5.1", "gpt-5.5", "claude-sonnet-5", "a-stranger"], words):
        vague = reasoning_of(model, said(HIDDEN)).on
        assert vague is None or vague is reasoning_of(model, {"reasoning": Known((known,))}).on


@pytest.mark.parametrize(
    ("model", "day", "expected"),
    [
        ("deepseek-chat", "2025-08-20", Reasoning(False, False, None, None)),
        ("deepseek-chat", "2025-08-21", Reasoning(False, False, None, None)),
        ("gemini-flash-latest", "2026-05-18", Reasoning(True, True, None, None)),
        ("gemini-flash-latest", "2026-05-19", Reasoning(True, True, "medium", None)),
        ("gemini-flash-lite-latest", "2026-07-20", Reasoning(None, None, None, None)),
        ("gemini-flash-lite-latest", "2026-07-21", Reasoning(True, True, "minimal", None)),
        ("gemini-2.5-flash-lite", "2026-11-22", Reasoning(False, False, None, 24576)),
    ],
)
def test_a_floating_name_thinks_as_the_model_of_the_day(model: str, day: str, expected: Reasoning) -> None:
    found = reasoning_of(model, {}, None, day)
    assert (found.on, found.by_default, found.effort) == (expected.on, expected.by_default, expected.effort)


def test_what_could_not_think_then_does_not_when_asked() -> None:
    asked = said("enabled")
    assert reasoning_of("deepseek-chat", asked, None, "2025-08-20").on is False
    assert reasoning_of("deepseek-chat", asked, None, "2025-08-21").on is True


def test_each_name_means_one_model_or_has_dates() -> None:
    """A name with a number in it is a version; of any other the table has to say what it meant before."""
    same = {"deepseek-reasoner", "deepseek-coder", "deepseek-flash"}  # each version behind these did the same
    same |= {"codex-mini", "chatgpt-4o", "claude-mythos", "gpt-audio", "gpt-audio-mini"}  # one version so far
    same |= {"mistral-large", "codestral", "pixtral-large", "command-r", "command-r-plus", "command-a"}
    same |= {"nova-lite", "nova-micro", "nova-pro", "magistral-medium", "magistral-small", "open-mistral-nemo"}
    floating = {name for name in _table().habits if not any(char.isdigit() for char in name)}
    dated = {name for name, habits in _table().habits.items() if len(habits) > 1}
    assert floating - dated <= same
    for name in dated:
        days = [until for until, _ in _table().habits[name]]
        assert days == sorted(set(days))

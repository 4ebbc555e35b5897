"""All that a price book says of one model, for a person: every rate, tier and date, limits, other names and sellers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from costgate.knowledge.prices import PriceBook
from costgate.knowledge.reasoning import Habit, habit_of
from costgate.model.error import UserError
from costgate.model.money import Price

_PER = (
    ("_kcount", "1,000"),
    ("_kpages", "1,000 pages"),
    ("_hours", "hour"),
    ("_images", "image"),
    ("_mchars", "1M characters"),
    ("_mpixels", "1M pixels"),
)
_NOT_RATES = ("from", "until", "tiers")
_NAMES = 40
_SEVERAL = 6


def page(book: PriceBook, model: str, provider: str | None, yours: Price | None) -> str:
    """The page of a model. `yours`: its price under the configuration here. UserError for a name that is not listed."""
    price = book.find(model, provider)
    if price is None:
        raise _unknown(book, model, provider)
    entry = book.entry(price.provider, price.model)
    assert entry is not None
    return "\n".join(_lines(book, price, entry, yours))


def _unknown(book: PriceBook, model: str, provider: str | None) -> UserError:
    sellers = sorted({each.provider for each in book.offers(model)})
    if sellers and provider is None:
        hint = f"say by whom: {', '.join(f'{seller}/{model}' for seller in sellers[:5])}"
        return UserError(f"{model!r} is sold at different prices by {', '.join(sellers)}", hint=hint)
    parts = sorted(key for key in book.lines if key.rpartition("/")[2] == model.strip().lower().rpartition("/")[2])
    if parts:
        hint = f"listed by size, quality or region: {', '.join(parts[:_SEVERAL])}{', ...' if len(parts) > _SEVERAL else ''}"
        return UserError(f"the price book {book.id} has no price of {model!r} as a whole", hint=hint)
    near = book.nearest(model)
    at = f" at {provider}" if provider else ""
    hint = f"nearest: {', '.join(near)}" if near else "names are exact; give yours a price under `prices:` in costgate.yaml"
    return UserError(f"the price book {book.id} has no model {model!r}{at}", hint=hint)


def _lines(book: PriceBook, price: Price, entry: Mapping[str, Any], yours: Price | None) -> Iterator[str]:
    day = book.on or book.date
    yield f"{price.provider}/{price.model}, in {book.currency}, price book {book.id}" + (f", prices of {day}" if day != book.date else "")
    for segment in entry["prices"]:
        now = segment.get("from", "") <= day < segment.get("until", "9999")
        since, until = segment.get("from"), segment.get("until")
        span = " ".join(filter(None, (since and f"from {since}", until and f"until {until}"))) or "as far as is known"
        yield ""
        yield f"{span}{' (holds now)' if now and len(entry['prices']) > 1 else ''}"
        yield from _rates(segment)
    if yours is not None and (yours.rates != price.rates or yours.tiers != price.tiers):
        yield ""
        yield "here, by costgate.yaml"
        yield from _rates({**yours.rates, "tiers": yours.tiers})
    yield ""
    yield from _facts(price)
    yield f"reasoning       {_reasoning(habit_of(price.model, price.reasoning, day))}"
    yield f"source          {price.source}"
    if entry.get("like"):
        yield f"same as         {entry['like']}"
    yield from _named("other names", _aliases(book, price, entry))
    yield from _named("also sold by", [seller for seller in book.sellers.get(price.model, ()) if seller != price.provider])


def _rates(segment: Mapping[str, Any]) -> Iterator[str]:
    for unit, rate in segment.items():
        if unit not in _NOT_RATES:
            yield f"  {unit:26} {_number(rate):>12} per {_per(unit)}"
    for tier in segment.get("tiers", ()):
        yield f"  requests of more than {tier['above']:,} input tokens, whole"
        for unit, rate in tier.items():
            if unit != "above":
                yield f"    {unit:24} {_number(rate):>12} per {_per(unit)}"


def _per(unit: str) -> str:
    return next((words for ending, words in _PER if unit.endswith(ending)), "1M tokens")


def _number(rate: object) -> str:
    number = Decimal(str(rate))
    return format(number.normalize(), "f") if number else "0"


def _facts(price: Price) -> Iterator[str]:
    for name, number in (
        ("context window", price.context_window),
        ("max output", price.max_output),
        ("caches from", price.cache_minimum),
    ):
        yield f"{name:15} {f'{number:,} tokens' if number is not None else 'not known'}"
    yield f"retires         {price.deprecation_date or 'no date known'}"


def _reasoning(habit: Habit) -> str:
    if habit.never:
        return "never"
    if habit.always:
        said = "always"
    else:
        said = {True: "on unless the call says otherwise", False: "off unless the call asks for it", None: "not known"}[habit.default]
    more = [f"effort {habit.effort} by default"] if habit.effort else []
    more += [f"at most {habit.budget:,} tokens"] if habit.budget else []
    more += {True: ["within the output limit"], False: ["beside the output limit"], None: []}[habit.within]
    return ", ".join((said, *more))


def _aliases(book: PriceBook, price: Price, entry: Mapping[str, Any]) -> list[str]:
    own = entry.get("like", price.model)
    prefix = f"{price.provider}/"
    names = (key.removeprefix(prefix) for key, line in book.lines.items() if key.startswith(prefix) and own in line)
    return [name for name in names if name != price.model and (name == own or _like(book, price.provider, name) == own)]


def _like(book: PriceBook, seller: str, name: str) -> object:
    entry = book.entry(seller, name)
    return None if entry is None else entry.get("like")


def _named(title: str, names: list[str]) -> Iterator[str]:
    if names:
        more = f" and {len(names) - _NAMES} more" if len(names) > _NAMES else ""
        yield f"{title:15} {', '.join(sorted(names)[:_NAMES])}{more}"

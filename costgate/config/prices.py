"""Prices of one's own: contract rates, multipliers and capacity that is paid by the month, each with its days and place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costgate.config import quantity
from costgate.config.check import spell
from costgate.config.document import Document
from costgate.config.named import named_text
from costgate.model.config import Config, PriceOverride
from costgate.model.error import UserError
from costgate.model.tree import Tree

if TYPE_CHECKING:
    from costgate.knowledge.prices import PriceBook

CURRENCY = "USD"
"""What the shipped price book is in."""
_WORDS = ("model", "multiplier", "from", "until", "currency", "fixed", "custom")
_SHARED = ("prices", "models", "currencies")
_LIKELY = 0.9
"""How much an unknown name must be like a listed one to be taken for a slip of the pen."""
_MILLION = Decimal(1_000_000)
_DIGITS = Decimal("0.000000000001")


def overrides(document: Document) -> tuple[PriceOverride, ...]:
    """The key `prices` of a checked document; UserError for what contradicts itself."""
    if Decimal(str(document.data.get("currencies", {}).get(CURRENCY, 1))) != 1:
        where = ("currencies", CURRENCY)
        raise document.error(where, f"{spell(where)}: the price book is in {CURRENCY}, which is worth 1", "say the others in it")
    found: list[PriceOverride] = []
    for index, data in enumerate(document.data.get("prices", ())):
        place = ("prices", index)
        made = _override(document, place, data)
        _refuse_overlap(document, index, made, found)
        found.append(made)
    return tuple(found)


def _override(document: Document, place: tuple[str | int, ...], data: Mapping[str, Any]) -> PriceOverride:
    rates = {unit: Decimal(str(rate)) for unit, rate in data.items() if unit not in _WORDS}
    ways = [bool(rates), "multiplier" in data, "fixed" in data]
    if sum(ways) != 1:
        raise document.error(place, f"{spell(place)} needs either rates (input, output, ...) or a multiplier, or fixed capacity")
    if "fixed" in data:
        rate = _per_million(document, (*place, "fixed"), data["fixed"])
        rates = {"input": rate, "output": rate}
    if rates:
        rates = _in_currency(document, place, data.get("currency", CURRENCY), rates)
    elif "currency" in data:
        raise document.error((*place, "currency"), f"{spell(place)}: a multiplier has no currency")
    since, until = (_day(document, (*place, name), data.get(name)) for name in ("from", "until"))
    if since is not None and until is not None and until <= since:
        raise document.error((*place, "until"), f"{spell(place)} ends on {until}, before it begins on {since}")
    return PriceOverride(
        data["model"],
        rates,
        Decimal(str(data["multiplier"])) if "multiplier" in data else None,
        since,
        until,
        data.get("custom", False),
        f"prices/{place[1]}",
    )


def _per_million(document: Document, place: tuple[str | int, ...], data: Mapping[str, Any]) -> Decimal:
    """What a million tokens cost of capacity that is paid by the month, however little of it is used."""
    month = quantity.money(document, (*place, "price"), data["price"]) * data["units"]
    capacity = quantity.per_month(document, (*place, "capacity"), data["capacity"], "tokens", Decimal(10) ** 18)
    used = quantity.share(document, (*place, "utilisation"), data["utilisation"])
    tokens = Decimal(capacity.likely or capacity.low) * Decimal(used.likely or used.low)
    if not tokens:
        raise document.error((*place, "utilisation"), f"{spell(place)}: nothing of it is used, so that no token has a price")
    return Decimal(month / tokens * _MILLION).quantize(_DIGITS).normalize()


def _in_currency(
    document: Document, place: tuple[str | int, ...], currency: str, rates: Mapping[str, Decimal]
) -> dict[str, Decimal]:
    if currency == CURRENCY:
        return dict(rates)
    known = document.data.get("currencies", {})
    if currency not in known and "extends" in document.data:
        return dict(rates)  # a wider document may say it, and the whole is looked at once more
    if currency not in known:
        message = f"{spell(place)} is in {currency}, the price book in {CURRENCY}"
        raise document.error((*place, "currency"), message, f"say what one is worth: currencies: {{{currency}: 1.08}}")
    return {unit: rate * Decimal(str(known[currency])) for unit, rate in rates.items()}


def _day(document: Document, place: tuple[str | int, ...], written: str | None) -> str | None:
    if written is None:
        return None
    try:
        return date.fromisoformat(written).isoformat()
    except ValueError:
        raise document.error(place, f"{spell(place)}: {written!r} is no day", "write it as 2026-01-31") from None


def _refuse_overlap(document: Document, index: int, made: PriceOverride, before: list[PriceOverride]) -> None:
    """Of two about the same days the later would hold; in one file that is a mistake, over a wider one it is meant."""
    for at, other in enumerate(before):
        if ("prices", at) not in document.lines:
            continue
        apart = (made.until or "9999") <= (other.since or "") or (other.until or "9999") <= (made.since or "")
        if made.model == other.model and not apart:
            message = f"prices[{index}] is about the same as prices[{at}], and about days that both hold for"
            raise document.error(("prices", index), message)


def with_prices(config: Config, tree: Tree) -> Config:
    """The configuration with the prices and names of the organisation's file in front of its own."""
    path = config.prices_from
    if path is None:
        return config
    from costgate.config.source import parse_config

    shared = parse_config(named_text(tree, path, "prices_from"), path)
    strange = sorted(set(shared.raw) - set(_SHARED))
    if strange:
        raise UserError(f"a file of prices has no key {strange[0]!r}", where=path, hint=f"only {', '.join(_SHARED)}")
    own = (replace(each, place=f"{path}:{shared.lines.get(each.place, 1)}") for each in shared.prices)
    return replace(config, prices=(*own, *config.prices), models={**shared.models, **config.models})


def in_force(config: Config, book: PriceBook, day: str) -> Config:
    """The configuration with the prices that hold on a day. UserError for one about a model that does not exist."""
    for override in config.prices:
        _check_model(override, book, config)
    return replace(config, prices=tuple(each for each in config.prices if each.holds(day)))


def _place(override: PriceOverride, config: Config) -> str:
    """Where an override is written: in the file of the organisation, in one that is extended, or in the root's own."""
    if ":" in override.place:
        return override.place
    for part in config.parts:
        for each in part.prices:
            if each == override:
                return f"{part.source}:{part.lines.get(each.place, 1)}"
    return f"{config.source}:{config.lines.get(override.place, 1)}"


def _check_model(override: PriceOverride, book: PriceBook, config: Config) -> None:
    name = override.model
    place = _place(override, config)
    if override.custom or name in config.models or name in config.models.values():
        return
    if any(mark in name for mark in "*?["):
        from fnmatch import fnmatchcase

        if not any(fnmatchcase(key, name) or fnmatchcase(key.partition("/")[2], name) for key in book.lines):
            raise UserError(f"prices: no model of the price book matches {name!r}", where=place)
        return
    if book.find(name, None) is not None or book.offers(name) or name.lower() in book.lines:
        return
    if override.multiplier is not None:
        near = book.nearest(name)
        hint = f"did you mean {near[0]}?" if near else "a model of your own takes rates, not a multiplier"
        raise UserError(f"prices: the price book has no model {name!r} to multiply", where=place, hint=hint)
    from difflib import get_close_matches

    close = get_close_matches(name.lower().rpartition("/")[2], book.sellers, n=1, cutoff=_LIKELY)
    if close:
        hint = f"did you mean {close[0]}? a model of your own with this name takes `custom: true`"
        raise UserError(f"prices: the price book has no model {name!r}", where=place, hint=hint)

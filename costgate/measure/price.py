"""Which price holds for a model: aliases and contract prices of the configuration over the price book."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any

from costgate.knowledge.prices import PriceBook
from costgate.knowledge.providers import is_local, lookups
from costgate.model.config import Config, PriceOverride
from costgate.model.finding import Gap
from costgate.model.money import Price
from costgate.model.value import Span

_LONGEST_NAME = 80
_DISCOUNTS = ("batch_", "flex_")
_FULL = {f"{way}{unit}": unit for way in _DISCOUNTS for unit in ("input", "output", "cache_read", "cache_write", "cache_write_1h")} | {
    f"{way}cache_read": "input" for way in ("", *_DISCOUNTS)
}
"""What a unit is a discount on."""
_SOUND = frozenset(("audio_hours", "input_audio_hours", "input_hours"))
"""Units that mean the same: a contract about one of them is about all."""


def aliased(model: str, provider: str | None, config: Config) -> str:
    """What the configuration says a model name stands for; the name itself without a word on it."""
    for name in (model, *(name for _, name in lookups(model, provider))):
        if name in config.models:
            return config.models[name]
    return model


def routed(config: Config, models: Mapping[str, str], book: PriceBook) -> Config:
    """The configuration with the names that a proxy in the tree gives to models, where nothing else says what they are."""
    found = {
        name: target
        for name, target in models.items()
        if name not in config.models and book.find(name, None) is None and price_of(target, None, book, config) is not None
    }
    return replace(config, models={**found, **config.models}) if found else config


def price_of(model: str, provider: str | None, book: PriceBook, config: Config) -> Price | None:
    """The price of a model; None when neither the book nor the configuration has one."""
    target = aliased(model, provider, config)
    price = book.find(target, provider)
    if price is None and target != model:
        price = book.find(target, None)
    if not config.prices:
        return price
    names = set(_names(model, provider)) | set(_names(target, provider))
    if price is not None:
        names |= {price.model, f"{price.provider}/{price.model}"}
    return with_own(price, names, config, target, provider)


def with_own(price: Price | None, names: Iterable[str], config: Config, model: str, provider: str | None) -> Price | None:
    """The price with the configuration's own about any of these names laid over it, the later over the earlier."""
    known = tuple(names)
    for override in config.prices:
        if any(_named(override, name) for name in known):
            price = _overridden(price, override, model, provider)
    return price


def unpriced(model: str, provider: str | None, book: PriceBook, span: Span) -> Gap:
    """Why a model has no price, and what the reader can do."""
    shown = repr(model[:_LONGEST_NAME])
    if is_local(provider) or any(is_local(seller) for seller, _ in lookups(model, provider)):
        return Gap("price", f"{shown} runs locally: there is no price per token unless `prices` declares one", span)
    sellers = sorted({price.provider for price in book.offers(model)}) if provider is None else []
    if len(sellers) > 1:
        several = ", ".join(sellers)
        return Gap("price", f"{shown} is sold at different prices by {several}: say by whom in `models`", span)
    nearest = book.nearest(model)
    meant = f"; nearest: {', '.join(nearest)}" if nearest else ""
    seller = f" at {provider}" if provider else ""
    return Gap("price", f"the price book {book.id} has no model {shown}{seller}{meant}", span)


def _names(model: str, provider: str | None) -> Iterator[str]:
    yield model
    for seller, name in lookups(model, provider):
        yield name
        if seller is not None:
            yield f"{seller}/{name}"


def _named(override: PriceOverride, name: str) -> bool:
    if any(mark in override.model for mark in "*?["):
        return fnmatchcase(name, override.model)
    return name == override.model


def _overridden(price: Price | None, override: PriceOverride, model: str, provider: str | None) -> Price | None:
    if override.multiplier is not None:
        return None if price is None else _multiplied(price, override.multiplier)
    if price is None:
        return Price(model, provider or "", dict(override.rates), source="config")
    # A contract rate is the rate: the book's surcharge for long requests does not come on top of it.
    tiers = tuple({unit: rate for unit, rate in tier.items() if unit not in override.rates} for tier in price.tiers)
    kept = tuple(_no_dearer(tier, override.rates) for tier in tiers if len(tier) > 1)
    listed = price.rates if _SOUND.isdisjoint(override.rates) else {unit: price.rates[unit] for unit in price.rates.keys() - _SOUND}
    rates = {**_no_dearer(listed, override.rates), **override.rates}
    return replace(price, rates=rates, tiers=kept, source="config")


def _no_dearer(listed: Mapping[str, Any], own: Mapping[str, Decimal]) -> dict[str, Any]:
    """Listed rates that are a discount on a rate which the contract sets lower still: nobody pays more for a discount."""
    return {unit: rate if (full := own.get(_FULL.get(unit, ""))) is None else min(rate, full) for unit, rate in listed.items()}


def _multiplied(price: Price, by: Decimal) -> Price:
    def scaled(rates: Mapping[str, object]) -> dict[str, object]:
        return {unit: rate * by if isinstance(rate, Decimal) else rate for unit, rate in rates.items()}

    rates = {unit: rate * by for unit, rate in price.rates.items()}
    return replace(price, rates=rates, tiers=tuple(map(scaled, price.tiers)), source="config")

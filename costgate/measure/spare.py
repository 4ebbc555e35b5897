"""How dear the models are that take a call when the first one fails."""

from __future__ import annotations

from decimal import Decimal

from costgate.knowledge.prices import PriceBook
from costgate.measure.price import price_of
from costgate.measure.site import models_of
from costgate.model.call import CallSite
from costgate.model.config import Config
from costgate.model.money import Price, Range

_UNITS = ("input", "output")


def spare_factor(call: CallSite, book: PriceBook, config: Config) -> Range | None:
    """The dearest spare model's price by that of the model asked first, from the unit that differs least to the one that
    differs most; None where a price is missing or nothing takes the call.
    """
    spares = call.fallbacks or ()
    first = [name for name in models_of(call)[0] if name is not None and name not in spares]
    own = price_of(first[0], call.provider, book, config) if len(first) == 1 else None
    if own is None:
        return None
    found = [factor for name in spares if (factor := _factor(price_of(name, None, book, config), own)) is not None]
    return max(found, key=lambda each: each.low, default=None)


def _factor(spare: Price | None, own: Price) -> Range | None:
    if spare is None:
        return None
    shares = [
        Decimal(spare.rates[unit]) / own.rates[unit] for unit in _UNITS if unit in spare.rates and own.rates.get(unit)
    ]
    return Range(min(shares), None, max(shares)) if shares else None

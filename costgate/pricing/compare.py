"""Two price books side by side: models that came and went, and every price and limit that changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from costgate.knowledge.prices import PriceBook
from costgate.model.money import Price

_FACTS = ("context_window", "max_output", "cache_minimum", "deprecation_date", "reasoning")


@dataclass(frozen=True, slots=True)
class BookChange:
    """`kind`: added | removed | price | fact; `model` is "provider/name"; `what` the unit or fact."""

    kind: str
    model: str
    what: str = ""
    before: str | None = None
    after: str | None = None

    def __str__(self) -> str:
        if self.kind in ("added", "removed"):
            return f"{self.model}: {self.kind}"
        factor = _percent(self.before, self.after) if self.kind == "price" else ""
        return f"{self.model} {self.what}: {self.before or 'none'} -> {self.after or 'none'}{factor}"


def changes(old: PriceBook, new: PriceBook) -> Iterator[BookChange]:
    """In order of the names; the price of an alias is that of its model, so that a change is told once for each."""
    for model in sorted(old.lines.keys() | new.lines.keys()):
        seller, _, name = model.partition("/")
        before, after = old.listed(seller, name), new.listed(seller, name)
        if before is None or after is None:
            if before is not after:
                yield BookChange("added" if before is None else "removed", model)
            continue
        yield from _changed(model, _rates(before), _rates(after), "price")
        yield from _changed(model, _facts(before), _facts(after), "fact")


def differences(old: PriceBook, new: PriceBook) -> list[str]:
    """The same in words."""
    return [str(change) for change in changes(old, new)]


def _changed(model: str, before: Mapping[str, str], after: Mapping[str, str], kind: str) -> Iterator[BookChange]:
    for what in dict.fromkeys((*before, *after)):
        if before.get(what) != after.get(what):
            yield BookChange(kind, model, what, before.get(what), after.get(what))


def _rates(price: Price) -> dict[str, str]:
    rates = {unit: _text(rate) for unit, rate in price.rates.items()}
    for tier in price.tiers:
        rates |= {f"{unit} above {tier['above']:,}": _text(rate) for unit, rate in tier.items() if isinstance(rate, Decimal)}
    return rates


def _facts(price: Price) -> dict[str, str]:
    return {name: str(value) for name in _FACTS if (value := getattr(price, name)) is not None}


def _text(rate: Decimal) -> str:
    return format(rate.normalize(), "f") if rate else "0"


def _percent(before: str | None, after: str | None) -> str:
    if before is None or after is None or not Decimal(before):
        return ""
    return f" ({(Decimal(after) / Decimal(before) - 1) * 100:+.0f} %)"

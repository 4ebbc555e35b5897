"""Price books: dated JSON with one model a line, of which only the lines asked for are parsed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from costgate.knowledge.providers import lookups, registry
from costgate.model.error import UserError
from costgate.model.money import Price

_FOLDER = Path(__file__).with_name("prices")
_NOT_RATES = ("from", "until", "tiers")
_OPENING = '"models":{'


@dataclass(frozen=True, slots=True)
class PriceBook:
    """Prices as of one day. `lines` maps "provider/model" to its unparsed entry."""

    id: str
    date: str
    sha256: str
    currency: str
    lines: Mapping[str, str]
    sellers: Mapping[str, tuple[str, ...]]
    """Model name -> the providers that list it."""
    default_source: str = ""

    on: str = ""
    """The day whose prices hold; without one that of the book."""
    _nearest: dict[str, tuple[str, ...]] = field(default_factory=dict, repr=False, compare=False)

    def find(self, model: str, provider: str | None) -> Price | None:
        """The price of exactly this model; None when it is not listed, or several ask different prices for it.

        A name is taken as written, then without the prefixes and version suffixes of providers.yaml. Names that merely
        begin alike are strangers.
        """
        unscoped: list[str] = []
        for seller, name in lookups(model, provider):
            if seller is None:
                unscoped.append(name)
            elif (price := self.listed(seller, name)) is not None:
                return price
        return self._of_maker(unscoped) or self._of_anyone(unscoped)

    def offers(self, model: str) -> tuple[Price, ...]:
        """Every listed price of exactly this name, for a model whose provider is not known."""
        name = model.strip().lower()
        return tuple(filter(None, (self.listed(seller, name) for seller in self.sellers.get(name, ()))))

    def snapshot(self, model: str) -> str | None:
        """The one listed name with a date that a floating name can only mean; None when there is none, or several."""
        import re

        stem = re.fullmatch(r"(.+)[-@]latest", model)
        if stem is None:
            return None
        dated = re.compile(re.escape(stem[1].lower()) + r"[-@](\d{4}-\d\d-\d\d|\d{8}|\d{6}|\d{4})")
        found = [name for name in self.sellers if dated.fullmatch(name)]
        return found[0] if len(found) == 1 else None

    def nearest(self, model: str) -> tuple[str, ...]:
        """Up to three listed names like this one, for "did you mean"."""
        from difflib import get_close_matches

        wanted = model.strip().lower()[:80].rpartition("/")[2]
        if wanted not in self._nearest:
            names = {name.rpartition("/")[2]: None for name in self.sellers}
            self._nearest[wanted] = tuple(get_close_matches(wanted, names, n=3, cutoff=0.6))
        return self._nearest[wanted]

    def _of_maker(self, names: Iterable[str]) -> Price | None:
        makers = [provider.id for provider in registry().providers.values() if provider.maker]
        for name in names:
            sellers = self.sellers.get(name, ())
            for maker in makers:
                if maker in sellers:
                    return self.listed(maker, name)
        return None

    def _of_anyone(self, names: Iterable[str]) -> Price | None:
        for name in names:
            prices = self.offers(name)
            if prices:
                return prices[0] if all(each.rates == prices[0].rates for each in prices) else None
        return None

    def listed(self, seller: str, name: str) -> Price | None:
        """The price of exactly this name of this seller; None when it is not listed, or had no price on the day."""
        entry = self.entry(seller, name)
        return None if entry is None else self._price(seller, name, entry)

    def entry(self, seller: str, name: str) -> Mapping[str, Any] | None:
        """The whole entry of a name, with every dated price; `like` names the entry that it shares."""
        line = self.lines.get(f"{seller}/{name}")
        if line is None:
            return None
        entry = json.loads(line)
        own = entry if isinstance(entry, str) else entry.get("like")
        if own is None:
            return dict(entry)
        extra = {"like": own} if isinstance(entry, str) else entry
        return {**json.loads(self.lines[f"{seller}/{own}"]), **extra}

    def _price(self, seller: str, name: str, entry: Mapping[str, Any]) -> Price | None:
        segment = _segment_of(entry["prices"], self.on or self.date)
        if segment is None:
            return None
        return Price(
            model=name,
            provider=seller,
            rates={unit: Decimal(rate) for unit, rate in segment.items() if unit not in _NOT_RATES},
            max_output=entry.get("max_output"),
            context_window=entry.get("window"),
            deprecation_date=entry.get("deprecated"),
            tiers=tuple(_tier(each) for each in segment.get("tiers", ())),
            source=entry.get("source", self.default_source),
            since=segment.get("from"),
            cache_minimum=entry.get("cache_minimum"),
            reasoning=entry.get("reasoning"),
        )


def books() -> tuple[str, ...]:
    """Names of the shipped books, the newest last."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.json")))


@cache
def load_book(name: str | None = None) -> PriceBook:
    """A shipped book by name, without one the newest. UserError for a name that is not shipped."""
    known = books()
    wanted = known[-1] if name is None else name
    if wanted not in known:
        raise UserError(f"no price book {wanted!r}", hint=f"there is {', '.join(known)}")
    return parse_book((_FOLDER / f"{wanted}.json").read_bytes(), f"prices/{wanted}.json")


def book_for(given: str | None) -> PriceBook:
    """The book of a name, or the prices of a day: by the newest book that is not younger, else by the oldest.

    A book knows earlier prices of the models whose prices changed; for the others it has one price only.
    """
    if given is None or given in books():
        return load_book(given)
    try:
        day = date.fromisoformat(given).isoformat()
    except ValueError:
        hint = f"a day as 2026-01-31, a book's file (*.json), or {', '.join(books())}"
        raise UserError(f"no price book {given!r}", where="--prices", hint=hint) from None
    earlier = [name for name in books() if name <= day]
    return replace(load_book(earlier[-1] if earlier else books()[0]), on=day)


def parse_book(data: bytes, where: str) -> PriceBook:
    """A book from its file. UserError when that is none."""
    data = data.replace(b"\r\n", b"\n")  # a checkout may turn line ends, the digest must not notice
    try:
        head, found, body = data.decode().partition(_OPENING)
        header = json.loads(head + _OPENING + "}}")
        lines = dict(_entries(body.split("\n")))
        source = header["sources"][0]
        texts = [str(header[key]) for key in ("id", "date", "currency")]
    except (ValueError, KeyError, IndexError, TypeError) as error:
        raise UserError("not a price book", where=where, hint="see costgate prices show") from error
    if not found or not lines:
        raise UserError("the price book lists no model", where=where)
    return PriceBook(
        id=texts[0],
        date=texts[1],
        sha256=hashlib.sha256(data).hexdigest(),
        currency=texts[2],
        lines=lines,
        sellers=_sellers(lines),
        default_source=f"{source['package']} {source['version']}",
    )


def _entries(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    for line in lines:
        key, found, entry = line.partition('":')
        if found:
            yield key[1:], entry.rstrip(",")


def _sellers(keys: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for key in keys:
        seller, _, name = key.partition("/")
        found[name] = (*found.get(name, ()), seller)
    return found


def _segment_of(segments: Iterable[Mapping[str, Any]], date: str) -> Mapping[str, Any] | None:
    return next((s for s in segments if s.get("from", "") <= date < s.get("until", "9999")), None)


def _tier(tier: Mapping[str, Any]) -> Mapping[str, object]:
    return {unit: rate if unit == "above" else Decimal(rate) for unit, rate in tier.items()}

"""One provider's models, merged from two published price lists, and the book of all providers.

Prices come from the primary list, which keeps retired models and dates; limits, deprecation dates and reasoning flags
from the secondary one, which also brings models that the primary lacks, and a second opinion. A name that the primary
list knows by a pattern only is believed if the second opinion agrees.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from costgate.knowledge.providers import family_names, lookups
from costgate.pricing.lists import Primary, Secondary, Segment, read_primary, read_secondary

TOLERANCE = Decimal("0.01")
UNITS = ("input", "output")
FACTS = ("window", "max_output", "deprecated", "cache_minimum", "reasoning")
_FRAGMENT = re.compile(r"^/|[-@:./]$|-20\d\d$|-0$")
_AWS_SCOPE = "regional."
_PINS = ("package", "version", "member", "sha256")

Texts: TypeAlias = "Mapping[tuple[str, str], str]"
"""Package and version -> the text of the list in it."""


@dataclass(frozen=True, slots=True)
class Built:
    """A book, where the two lists differ, and the prices on which they agree, each with its provider and name."""

    text: str
    disagreements: tuple[str, ...]
    agreed: str


@cache
def plan() -> Mapping[str, Any]:
    """What the shipped book is made of."""
    from costgate.knowledge.strict import load

    path = Path(__file__).with_name("plan.yaml")
    data: Mapping[str, Any] = load(path.read_text(encoding="utf-8"), path.name)
    return data


def build(wanted: Mapping[str, Any], texts: Texts) -> Built:
    """The book that a plan asks for."""
    lists = (wanted["primary"], *wanted["secondary"])
    primary = read_primary(texts[lists[0]["package"], lists[0]["version"]], wanted["date"])
    secondary = [
        item
        for each in lists[1:]
        for item in read_secondary(texts[each["package"], each["version"]], f"{each['package']} {each['version']}", wanted["label"])
    ]
    models: dict[str, Any] = {}
    disagreements: list[str] = []
    agreed: dict[str, list[str]] = {}
    for provider, rule in wanted["providers"].items():
        listed = [model for name in rule["primary"] for model in primary.get(name, ())]
        shop = Shop(provider, listed, list(select(secondary, rule)), wanted["date"], rule.get("scoped", False))
        models.update(shop.entries())
        disagreements += shop.disagreements()
        agreed.update(shop.agreements())
    head = {
        "id": wanted["date"],
        "date": wanted["date"],
        "currency": wanted["currency"],
        "sources": [{name: each[name] for name in _PINS} for each in lists],
    }
    rows = ",\n".join(f"{json.dumps(name)}: {json.dumps(rates)}" for name, rates in sorted(agreed.items()))
    return Built(render(head, models), tuple(disagreements), f"{{\n{rows}\n}}\n")


def select(items: list[Secondary], rule: Mapping[str, Any]) -> Iterator[tuple[str, Secondary]]:
    """Names of one provider in the secondary list, in order of the labels, newest list first; no name twice."""
    seen: set[str] = set()
    skip = re.compile(rule["skip"]) if "skip" in rule else None
    newest = list(dict.fromkeys(item.source for item in items))
    for source in newest:
        for label, prefix in rule["secondary"].items():
            for item in items:
                if item.source != source or item.label != label:
                    continue
                name = re.sub(f"^{prefix}", "", item.key).lower()
                if name not in seen and not (skip and skip.match(name)):
                    seen.add(name)
                    yield name, item


class Shop:
    """One provider's models, merged from both lists."""

    def __init__(
        self, provider: str, listed: list[Primary], others: list[tuple[str, Secondary]], date: str, scoped: bool = False
    ) -> None:
        self.provider = provider
        self.listed = listed
        self.others = dict(others)
        self.newest = next(iter(dict.fromkeys(item.source for _, item in others)), "")
        self.date = date
        self.scoped = scoped
        """Whether a path in front of a name is a region, which has prices of its own."""

    def entries(self) -> dict[str, Any]:
        """The lines of the book: an entry, or the name of the entry that a name is short for.

        An entry without `source` is from the primary list.
        """
        found: dict[str, Any] = {}
        for model in self.listed:
            segments = [segment for segment in model.segments if set(segment) - {"from", "until"}]
            if segments:
                found[self.own(model)] = {"prices": segments}
                if model.window:
                    found[self.own(model)]["window"] = model.window
        aliases = self.aliases(found)
        for name, item in self.others.items():
            if name not in aliases and name not in found and item.segment:
                found[name] = {"prices": [item.segment], "source": item.source}
        for name, entry in found.items():
            self.add_facts(name, entry, [alias for alias, own in aliases.items() if own == name])
        for alias, own in sorted(aliases.items(), key=lambda pair: (len(pair[0]), pair[0])):
            entry = self.alias(alias, own, found[own])
            if alias not in found and not (entry == own and self.redundant(alias, own, found)):
                found[alias] = entry
        return {f"{self.provider}/{name}": entry for name, entry in found.items()}

    def aliases(self, found: Mapping[str, Any]) -> dict[str, str]:
        """Other name -> own name of the model that the primary list has for it."""
        names = {
            name: exact
            for model in self.listed
            for name, exact in model.literals()
            if exact or not _FRAGMENT.search(name)
        }
        names.update((name, False) for name in self.others)
        aliases: dict[str, str] = {}
        for name, exact in names.items():
            model = self.find(name)
            if model is None or self.own(model) not in found or name == self.own(model):
                continue
            here = not (self.scoped and "/" in name)
            if exact or here and self.same_name(name, model) or self.agrees(name, model):
                aliases[name.removeprefix(_AWS_SCOPE)] = self.own(model)
        return {name: own for name, own in aliases.items() if name != own}

    def find(self, name: str) -> Primary | None:
        """As the primary list looks names up: the first model whose clause holds."""
        return next((model for model in self.listed if model.matches(name)), None)

    def own(self, model: Primary) -> str:
        """Prices of a region group are what an unscoped name costs."""
        return model.id.removeprefix(_AWS_SCOPE)

    def same_name(self, name: str, model: Primary) -> bool:
        """Whether the name is one of the model's, date and version apart."""
        bare = family_names(name)[-1]
        scope = name.startswith("global.")
        own = [model.id, *(literal for literal, _ in model.literals())]
        return any(family_names(each)[-1] == bare and each.startswith("global.") == scope for each in own)

    def agrees(self, name: str, model: Primary) -> bool:
        """Whether the secondary list asks the same price for the name."""
        item = self.others.get(name)
        now = current(model.segments, self.date)
        return item is not None and "input" in now and "input" in item.segment and not differences(now, item.segment)

    def add_facts(self, name: str, entry: dict[str, Any], aliases: list[str]) -> None:
        """Limits and flags: of the name itself, else of its other names.

        A deprecation date is taken of the name itself alone, and of the newest list alone: dates in older lists were
        often guesses.
        """
        for each in (name, *sorted(aliases, reverse=True)):
            item = self.others.get(each)
            if item is None:
                continue
            for fact in FACTS:
                if fact in item.facts and (fact != "deprecated" or (each == name and item.source == self.newest)):
                    entry.setdefault(fact, item.facts[fact])

    def alias(self, name: str, own: str, entry: Mapping[str, Any]) -> Any:
        """The own name, or the own name and the facts in which this name differs."""
        item = self.others.get(name)
        if item is None:
            return own
        differing = {k: v for k, v in item.facts.items() if k != "window" and entry.get(k) != v}
        if item.source != self.newest:
            differing.pop("deprecated", None)
        elif "deprecated" in entry and "deprecated" not in item.facts:
            differing["deprecated"] = None
        return {"like": own, **differing} if differing else own

    def redundant(self, alias: str, own: str, found: Mapping[str, Any]) -> bool:
        """Whether a look-up comes to the same entry without this line."""
        for seller, spelled in islice(lookups(alias, self.provider), 1, None):
            if seller == self.provider and spelled in found:
                return spelled == own or found[spelled] == own
        return False

    def agreements(self) -> Iterator[tuple[str, list[str]]]:
        """Names to which both lists give the same prices, with those."""
        for name, item in self.others.items():
            model = self.find(name)
            if model is None or item.source != self.newest:
                continue
            now = current(model.segments, self.date)
            if all(unit in now and now[unit] == item.segment.get(unit) for unit in UNITS):
                yield f"{self.provider}/{name}", [now[unit] for unit in UNITS]

    def disagreements(self) -> Iterator[str]:
        """Where the newest secondary list asks another price for a name that the primary list has."""
        for name, item in self.others.items():
            model = self.find(name)
            if model is None or item.source != self.newest or not item.segment:
                continue
            now = current(model.segments, self.date)
            for unit, ours, theirs in differences(now, item.segment):
                here = not (self.scoped and "/" in name)
                taken = "first" if here and self.same_name(name, model) else "second"
                yield f"{self.provider}/{name} {unit}: {ours} as {model.id}, {theirs} in the second list; {taken} taken"


def current(segments: list[Segment], date: str) -> Segment:
    """The prices that hold on a day."""
    return next((s for s in segments if s.get("from", "") <= date < s.get("until", "9999")), {})


def differences(first: Segment, second: Segment) -> list[tuple[str, str, str]]:
    """Units that both price, more than the tolerance apart."""
    return [
        (unit, first[unit], second[unit])
        for unit in UNITS
        if unit in first and unit in second and abs(Decimal(first[unit]) / Decimal(second[unit]) - 1) > TOLERANCE
    ]


def render(head: Mapping[str, Any], models: Mapping[str, Any]) -> str:
    """JSON with one model a line, sorted, so that a diff of two books reads."""
    lines = [f"{json.dumps(key)}:{json.dumps(value)}," for key, value in head.items()]
    entries = [f'"{key}":{json.dumps(models[key], separators=(",", ":"))}' for key in sorted(models)]
    return "{\n" + "\n".join(lines) + '\n"models":{\n' + ",\n".join(entries) + "\n}}\n"

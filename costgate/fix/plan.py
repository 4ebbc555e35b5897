"""From a finding and what its rule says of a repair to the edits, or to none wherever anything is unsure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from costgate.fix import retries
from costgate.fix.edit import located, span_at
from costgate.fix.slice import Change, Holder, Part, Slice, insertion, parse
from costgate.judge.judgement import Judgement
from costgate.knowledge.prices import PriceBook
from costgate.model.call import CallSite
from costgate.model.config import Config
from costgate.model.finding import Finding, Rule
from costgate.model.fix import Edit, Fix
from costgate.model.snapshot import Snapshot
from costgate.model.tree import Tree
from costgate.model.value import Absent, Known, Scalar
from costgate.policy.facts import look_up
from costgate.policy.operators import number
from costgate.policy.settings import parameters, settings_for
from costgate.policy.subject import CallSubject

SYSTEM = "<system>"
"""In what SDK data writes for a role: the system text, whose place it takes."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What plans need: the tree's bytes, what was measured, and what a name may be pinned to."""

    tree: Tree
    snapshot: Snapshot
    config: Config
    book: PriceBook
    as_of: str

    def read(self, path: str) -> bytes | None:
        """The bytes of a file that can be edited: UTF-8, whole, and with lines as everyone counts them."""
        if path in self.snapshot.reading.unread:
            return None
        try:
            data = self.tree.read(path)
            data.decode("utf-8")
        except (OSError, KeyError, UnicodeDecodeError):
            return None
        return data if data.count(b"\r") == data.count(b"\r\n") else None


def offered(judgement: Judgement, bench: Bench) -> tuple[Fix, ...]:
    """A fix for every open finding that has one, in the order of the findings."""
    rules = {rule.id: rule for rule in judgement.rules}
    sites = {site.key: site for site in bench.snapshot.reading.calls}
    found = []
    for finding in judgement.findings:
        rule, site = rules[finding.rule], sites.get(finding.call_key or "")
        if finding.state != "open" or not rule.repair or site is None or site.via is not None or site.span.cell is not None:
            continue
        edits = tuple(_edits(finding, rule, site, bench))
        if edits:
            found.append(Fix(finding.fingerprint, rule.id, bool(rule.repair.get("safe")), edits))
    return tuple(found)


def _edits(finding: Finding, rule: Rule, site: CallSite, bench: Bench) -> Iterable[Edit]:
    wanted = _wanted(rule, site, bench)
    if wanted is None:
        return ()
    if rule.repair["argument"] == "retries":
        return retries.edits(site, int(wanted), bench.read) if isinstance(wanted, int) else ()
    data = bench.read(site.span.path)
    place = located(data, site.span) if data is not None else None
    if data is None or place is None:
        return ()
    text = data[place[0] : place[1]].decode("utf-8")
    written = parse(text)
    holder = written.holder() if written is not None else None
    if written is None or holder is None:
        return ()
    changes = _changes(written, holder, site, rule.repair["argument"], wanted)
    if not changes or not _still_reads(text, changes):
        return ()
    return as_edits(data, site.span.path, place[0], text, changes)


def as_edits(data: bytes, path: str, base: int, text: str, changes: Iterable[Change]) -> tuple[Edit, ...]:
    """Changes of a slice that begins at byte `base` as edits of its file."""
    spans = ((base + len(text[:start].encode()), base + len(text[:end].encode()), new) for start, end, new in changes)
    return tuple(Edit(path, start, end, new, span_at(data, path, start, end)) for start, end, new in spans)


def _wanted(rule: Rule, site: CallSite, bench: Bench) -> Scalar:
    """The value to write: the first that is known of those the rule names."""
    said = rule.repair.get("to")
    if said is None:
        return _pinned(site, bench) if rule.repair.get("pin") else site.writes.get(rule.repair["argument"])
    given = parameters(rule, settings_for(rule, bench.config, site.span.path))
    for each in said if isinstance(said, list) else [said]:
        value = _plain(each, given, site, bench)
        if value is not None:
            return _fitting(value, site, bench) if rule.repair["argument"] == "output_limit" and isinstance(value, int) else value
    return None


def _fitting(limit: int, site: CallSite, bench: Bench) -> int | None:
    """A limit on output that the model takes; None where it would leave a prompt less than most of the window."""
    most, window = (_plain({"fact": f"call.model.{name}"}, {}, site, bench) for name in ("max_output", "context_window"))
    limit = min(limit, most) if isinstance(most, int) else limit
    lowers = not isinstance(site.arg("output_limit"), Absent)
    return None if isinstance(window, int) and 4 * limit > window and not lowers else limit


def _plain(said: Any, given: Mapping[str, Any], site: CallSite, bench: Bench) -> Scalar:
    if isinstance(said, Mapping):
        call = CallSubject(site, bench.snapshot.measures[site.key], None, compared=False, as_of=bench.as_of)
        datum = look_up(said["fact"], {"call": call, "agent": call})
        if isinstance(datum, Known) and len(datum.values) == 1:
            datum = datum.values[0]
        said = datum
    elif isinstance(said, str) and said.startswith("$"):
        said = given[said[1:]]
    plain = number(said) if not isinstance(said, str) else None
    if plain is not None:
        return int(plain) if plain == int(plain) else None
    return said if isinstance(said, str) else None


def _pinned(site: CallSite, bench: Bench) -> str | None:
    model = site.arg("model")
    name = model.values[0] if isinstance(model, Known) and len(model.values) == 1 else None
    return bench.book.snapshot(name) if isinstance(name, str) else None


def _changes(written: Slice, holder: Holder, site: CallSite, role: str, wanted: Scalar) -> list[Change]:
    keywords = site.keywords.get(role, ())
    value = site.arg(role)
    source = site.writes.get(role) or _source(wanted)
    if not keywords or holder.open:
        return []
    passed = _passed(written, holder, site, keywords)
    if SYSTEM in source:
        system = site.arg("system")
        plain = isinstance(value, Absent) and isinstance(system, Known) and system.values == ("text",)
        text = _passed(written, holder, site, site.keywords.get("system", ())) if plain else None
        return [] if text is None or passed is not None else _around(written, text, source)
    if isinstance(value, Known) and value.origin == "argument" and len(value.values) == 1:
        old = value.values[0]
        return [] if isinstance(old, Absent) else _replaced(written, passed, old, source)
    if not isinstance(value, Absent) and not (isinstance(value, Known) and value.origin == "sdk-default"):
        return []
    if passed is not None:
        return _replaced(written, passed, None, source)
    return _added(written, holder, keywords[0].split("."), source)


def _passed(written: Slice, holder: Holder, site: CallSite, keywords: Iterable[str]) -> Part | None:
    """The argument that carries the role, by the first keyword of it that is there."""
    for keyword in keywords:
        part = _dug(written, holder, keyword.split("."), site.positional)
        if part is not None:
            return part
    return None


def _around(written: Slice, part: Part, source: str) -> list[Change]:
    """The part's own source inside of another."""
    return [(part.value_start, part.value_end, source.replace(SYSTEM, written.text[part.value_start : part.value_end]))]


def _dug(written: Slice, holder: Holder, names: list[str], positional: tuple[str, ...] = ()) -> Part | None:
    part = holder.named(names[0])
    if part is None and names[0] in positional:
        at = positional.index(names[0])
        plain = [each for each in holder.parts if each.name is None]
        part = plain[at] if at < len(plain) else None
    if part is None or len(names) == 1:
        return part
    inner = written.inside(part)
    return None if inner is None else _dug(written, inner, names[1:])


def _replaced(written: Slice, part: Part | None, old: Scalar, source: str) -> list[Change]:
    if part is None:
        return []
    try:
        same = written.literal(part) == old
    except ValueError:  # a name or an expression: its value is made elsewhere
        return []
    return [(part.value_start, part.value_end, source)] if same else []


def _added(written: Slice, holder: Holder, names: list[str], source: str) -> list[Change]:
    part = holder.named(names[0])
    if part is None:
        if any(each.name is None for each in holder.parts) and holder.dictionary:
            return []  # an entry whose key is no plain text may be this one
        nested = source
        for name in reversed(names[1:]):
            nested = f'{{"{name}": {nested}}}'
        return insertion(holder, f'"{names[0]}": {nested}' if holder.dictionary else f"{names[0]}={nested}")
    inner = written.inside(part) if len(names) > 1 else None
    return [] if inner is None or inner.open else _added(written, inner, names[1:], source)


def _source(value: Scalar) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def _still_reads(text: str, changes: Iterable[Change]) -> bool:
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    again = parse(text)
    return again is not None and again.holder() is not None

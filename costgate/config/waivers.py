"""Waivers and `justify:` of a checked document, with what a schema cannot say of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from costgate.config.check import spell
from costgate.config.document import Document
from costgate.config.paths import glob as glob_at
from costgate.model.config import Config
from costgate.model.waiver import Ceiling, Justifiable, Waiver
from costgate.policy.glob import literal

PLACES = ("path", "glob", "call", "fingerprint")


def waivers_of(document: Document) -> tuple[Waiver, ...]:
    """Every waiver; UserError for one without a place, with several, or with a date that is none."""
    return tuple(_waiver(document, index, each) for index, each in enumerate(document.data.get("waivers", ())))


def justifiable_of(document: Document) -> Justifiable | None:
    """What `justify:` allows; None without it."""
    said = document.data.get("justify")
    if said is None:
        return None
    allowed = Justifiable(tuple(said["rules"]), said.get("trailer", True), tuple(said.get("labels", ())))
    if not allowed.trailer and not allowed.labels:
        raise document.error(("justify",), "justify needs labels when trailer is false", "nothing could justify otherwise")
    return allowed


def located(config: Config) -> Config:
    """The same configuration, every waiver with the file and the line where it is written."""
    lines = (config.lines.get(f"waivers/{index}", 1) for index in range(len(config.waivers)))
    placed = (replace(each, path=config.source or ".", line=line) for each, line in zip(config.waivers, lines, strict=True))
    return replace(config, waivers=tuple(placed))


def waiver_words(config: Config) -> dict[tuple[str, ...], tuple[str, Waiver]]:
    """What tells each waiver apart -> its words, that a change of one is told as a change."""
    return {_identity(each): (each.words, each) for each in config.waivers}


def justify_words(allowed: Justifiable | None) -> dict[str, str]:
    """`justify:` as words that differ when it does."""
    if allowed is None:
        return {}
    by = [*(["trailer"] if allowed.trailer else ()), *(f"label {label}" for label in allowed.labels)]
    return {"justify": f"{', '.join(allowed.rules)} by {', '.join(by)}"}


def _identity(waiver: Waiver) -> tuple[str, ...]:
    return (*waiver.rules, waiver.glob or "", waiver.call or "", waiver.fingerprint or "")


def _waiver(document: Document, index: int, said: Mapping[str, Any]) -> Waiver:
    place = ("waivers", index)
    named = [name for name in PLACES if name in said]
    if len(named) != 1:
        raise document.error(place, f"{spell(place)} needs one of {', '.join(PLACES)}")
    if ("rule" in said) == ("rules" in said):
        raise document.error(place, f"{spell(place)} needs one of rule and rules")
    try:
        dt.date.fromisoformat(said["until"])
    except ValueError:
        raise document.error((*place, "until"), f"{spell((*place, 'until'))} is no day of the calendar") from None
    return Waiver(
        rules=(said["rule"],) if "rule" in said else tuple(said["rules"]),
        reason=said["reason"].strip(),
        until=said["until"],
        owner=said.get("owner"),
        ceiling=_ceiling(said.get("ceiling")),
        **dict(_where(document, place, said, named[0])),
    )


def _where(
    document: Document, place: tuple[str | int, ...], said: Mapping[str, Any], key: str
) -> Iterator[tuple[str, Any]]:
    if key == "fingerprint":
        yield key, said[key]
        return
    glob = glob_at(document, (*place, key), said[key])
    yield ("call" if key == "call" else "glob"), literal(glob) if key == "path" else glob


def _ceiling(said: Mapping[str, Any] | None) -> Ceiling | None:
    if said is None:
        return None
    cost = said.get("cost_per_call")
    return Ceiling(None if cost is None else Decimal(str(cost)), said.get("tokens"))

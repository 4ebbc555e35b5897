"""What a short SDK file leaves out, filled in; every dotted name that a file speaks of."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def filled(data: dict[str, Any]) -> dict[str, Any]:
    """A file with what a short one leaves out; every `until` names its distributions."""
    whole = {"distribution": data["sdk"], **data}
    if "modules" not in data:
        symbols = {symbol.partition("().")[0] for symbol in symbols_of(data)}
        whole["modules"] = sorted({symbol.rpartition(".")[0] or symbol for symbol in symbols}) or [data["sdk"]]
    named: dict[str, Any] = _dated(whole, [str(whole["distribution"])])
    return named


def symbols_of(data: Any) -> Iterator[str]:
    """Every dotted name that a file gives a meaning."""
    for key, value in data.items() if isinstance(data, dict) else ():
        if key in ("symbols", "async_symbols") and isinstance(value, list):
            yield from (str(each) for each in value)
        for each in value if isinstance(value, list) else [value]:
            yield from symbols_of(each)


def _dated(data: Any, distribution: list[str]) -> Any:
    if isinstance(data, list):
        return [_dated(each, distribution) for each in data]
    if not isinstance(data, dict):
        return data
    made = {key: _dated(value, distribution) for key, value in data.items()}
    for each in made["until"] if isinstance(made.get("until"), list) else ():
        each["of"] = listed(each.get("of", distribution))
    return made


def listed(given: str | list[str]) -> list[str]:
    """One or several, as a list."""
    return [given] if isinstance(given, str) else given

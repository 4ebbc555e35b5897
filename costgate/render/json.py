"""The report as the JSON document that it is, the same bytes for the same report."""

from __future__ import annotations

import json
import re
from typing import Any

from costgate.model.report import Report
from costgate.render.bounded import LONGEST, bounded
from costgate.render.options import Options

_LONG = re.compile(rf"[^\n]{{{LONGEST}}}")


def render(report: Report, options: Options) -> str:
    """Fields in the contract's order, lists by place, ASCII only, so that no terminal or pager obeys what it quotes."""
    ordered: dict[str, Any] = {name: report.get(name) for name in Report.__annotations__}
    ordered |= {name: value for name, value in report.items() if name not in ordered}
    for name in ("calls", "prompts", "findings", "exceptions_changed", "gaps"):
        ordered[name] = sorted(ordered[name], key=_by_place)
    ordered["rules"] = sorted(ordered["rules"], key=lambda rule: rule["id"])
    ordered["changes"] = sorted(ordered["changes"], key=lambda change: (change["key"], change["kind"]))
    ordered["abstentions"] = sorted(ordered["abstentions"], key=lambda one: (one["rule"], one["key"], one["why"]))
    text = json.dumps(ordered, indent=2, allow_nan=False)
    if _LONG.search(text):
        text = json.dumps(bounded(ordered), indent=2, allow_nan=False)
    return text + "\n"


def _by_place(item: dict[str, Any]) -> tuple[str, int, int, int, str]:
    numbers = (item.get(name) for name in ("cell", "line", "start_column"))
    cell, line, column = (-1 if number is None else number for number in numbers)
    return item["path"] or "", cell, line, column, json.dumps(item, sort_keys=True)

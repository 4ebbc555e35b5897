"""What comments of a module tell costgate: budgets of prompts, and findings that are not wanted."""

from __future__ import annotations

import re
from collections.abc import Iterable

from costgate.model.finding import Suppression
from costgate.read.modules import Module

_BUDGET = re.compile(r"#\s*costgate:\s*budget[ \t:=]+([\d_,]{1,12})")
_IGNORE = re.compile(r"#\s*costgate:\s*ignore\[([^\]]*)\]\s*(.*)")


def budgets_in(module: Module) -> dict[tuple[str, int, int], int]:
    """The budgets that comments declare, by file, cell and line."""
    found = {}
    for start, end in module.facts["comments"]:
        match = _BUDGET.search(module.text(start, end))
        tokens = int(match.group(1).replace(",", "").replace("_", "") or 0) if match is not None else 0
        if 0 < tokens < 10**9:
            span = module.span(start)
            found[span.path, span.cell or 0, span.line] = tokens
    return found


def suppressions_in(module: Module) -> Iterable[Suppression]:
    """The comments that hide findings, with their rules and the reason given."""
    for start, end in module.facts["comments"]:
        match = _IGNORE.search(module.text(start, end))
        if match is not None:
            rules = tuple(part.strip() for part in match.group(1).split(",") if part.strip())
            yield Suppression(module.span(start, end), rules, match.group(2).strip())

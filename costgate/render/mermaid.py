"""A chart of what each changed call adds, for Markdown that draws Mermaid, as GitHub's and GitLab's does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from costgate.model.report import ChangeDoc, RangeDoc, Report
from costgate.render.rank import ranked_changes

_MOST = 8
_UNSAFE = re.compile(r"[^A-Za-z0-9_.:-]+")
_NAME = 24


def chart(report: Report) -> Iterator[str]:
    """Lines of a fenced block; none where fewer than two differences are known. At most about a thousand characters.

    Increases or savings, whichever are more money: bars begin at the axis' end, so that both in one would mislead.
    """
    known = [one for one in ranked_changes(report["changes"]) if _known(one)]
    end = "low" if any(_bounds(one)["high"] is None for one in known) else "high"
    steps = [(Decimal(_bounds(one)[end] or 0) * 1000, one) for one in known]  # type: ignore[literal-required]
    more, less = ([step for step in steps if step[0] * sign > 0] for sign in (1, -1))
    saving = sum(abs(step) for step, _ in less) > sum(step for step, _ in more)
    drawn = sorted(less if saving else more, key=lambda step: -abs(step[0]))[:_MOST]
    if len(drawn) < 2:
        return
    labels = (f'"{number} {_label(one)}"' for number, (_, one) in enumerate(drawn, 1))
    yield "```mermaid"
    yield "xychart-beta horizontal"
    yield f'  title "Largest {"savings" if saving else "increases"} per 1,000 calls, {"upper" if end == "high" else "lower"} ends"'
    yield f"  x-axis [{', '.join(labels)}]"
    yield f'  y-axis "{_UNSAFE.sub("", report["provenance"]["currency"])[:3]}" 0 --> {_plain(abs(drawn[0][0]))}'
    yield f"  bar [{', '.join(_plain(abs(step)) for step, _ in drawn)}]"
    yield "```"


def _known(one: ChangeDoc) -> bool:
    cost = one["delta"]["cost"]
    return cost is not None and any(end is not None and Decimal(end) for end in (cost["low"], cost["high"]))


def _bounds(one: ChangeDoc) -> RangeDoc:
    cost = one["delta"]["cost"]
    assert cost is not None
    return cost


def _label(one: ChangeDoc) -> str:
    """The end of the path and the line, of letters and digits alone: Mermaid has a language of its own."""
    side = one["after"] or one["before"]
    words = f"{side['path'].rsplit('/', 1)[-1]}:{side['line']}" if side else one["key"]
    return _UNSAFE.sub("_", words)[-_NAME:]


def _plain(number: Decimal) -> str:
    return f"{number:.6f}".rstrip("0").rstrip(".") or "0"

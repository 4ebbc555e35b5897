"""Libraries that call functions along the edges of a graph: what adds a node and an edge, which decorators make a flow."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from costgate.knowledge.strict import load

_DATA = Path(__file__).with_name("graphs.yaml")


@cache
def graph_libraries() -> Mapping[str, Any]:
    """The file as it stands: `graphs` and `flows`."""
    table: Mapping[str, Any] = load(_DATA.read_text(encoding="utf-8"), _DATA.name)
    return table

"""A badge, as the JSON that shields.io's endpoint badge takes: https://shields.io/badges/endpoint-badge"""

from __future__ import annotations

import json

from costgate.model.report import Report
from costgate.render import figures
from costgate.render.options import Options

_COLOUR = {"pass": "brightgreen", "warn": "yellow", "fail": "red"}


def render(report: Report, options: Options) -> str:
    """What one request through every call costs; in a change, the difference."""
    totals, currency = report["totals"], report["provenance"]["currency"]
    head, delta = totals["head"], totals["delta"]
    if report["provenance"]["mode"] == "diff" and delta is not None:
        message = f"{figures.money_change(delta['cost'], currency)} per request"
    elif head["cost_per_call"] is None:
        message = f"{figures.plural(head['counted'], 'call')}, not priced"
    else:
        message = f"{figures.plural(head['counted'], 'call')}, {figures.money(head['cost_per_call'], currency)}"
    colour = _COLOUR[report["verdict"]["result"]]
    return json.dumps({"schemaVersion": 1, "label": "LLM cost", "message": message, "color": colour}) + "\n"

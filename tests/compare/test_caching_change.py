"""Another time in the provider's cache is a change with a cause, also where no argument of the call itself says it."""

from __future__ import annotations

from costgate.compare.change import compare
from costgate.gate import measure_files
from costgate.model.config import Config
from costgate.model.snapshot import Snapshot

CODE = """\
from anthropic import Anthropic

Anthropic().messages.create(
    model="claude-sonnet-4-5", max_tokens=9, messages=[], system=[{"type": "text", "text": "%s", "cache_control": {"type": "ephemeral"}}]
)
""" % ("A long text about lighthouses. " * 400)


def snapshot(code: str) -> Snapshot:
    made = measure_files({"app.py": code}, None, Config())
    assert isinstance(made, Snapshot)
    return made


def test_the_time_in_a_block() -> None:
    hour = CODE.replace('"ephemeral"', '"ephemeral", "ttl": "1h"')
    (change,) = compare(snapshot(CODE), snapshot(hour)).changes
    assert [(each.what, each.before, each.after) for each in change.causes] == [
        ("prompt caching", "for the shortest time", "for 1h")
    ]
    assert change.cost is not None and change.cost.low == 0 and change.cost.high is not None and change.cost.high > 0
    (back,) = compare(snapshot(hour), snapshot(CODE)).changes
    assert back.cost is not None and back.cost.high == -change.cost.high


def test_marks_that_are_new() -> None:
    plain = CODE.replace(', "cache_control": {"type": "ephemeral"}', "")
    (change,) = compare(snapshot(plain), snapshot(CODE)).changes
    assert change.cost is not None and change.cost.low < 0 < (change.cost.high or 0)

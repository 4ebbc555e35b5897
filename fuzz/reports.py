"""Saved reports: refused with a reason, or rendered in every format."""

import json
import random
import sys
from copy import deepcopy

import atheris
from instrumented import watch

watch("costgate.render")

from costgate.model.error import UserError
from costgate.render import FORMATS, render
from costgate.render.load import load_report
from costgate.render.redact import redacted


def changed(data: bytes, size: int, seed: int) -> bytes:
    """A report with one part made something else, where it is one; else what the fuzzer makes of bytes."""
    chance = random.Random(seed)
    try:
        document = json.loads(data)
    except ValueError:
        return atheris.Mutate(data, size)
    places = []
    waiting = [document]
    while waiting:
        node = waiting.pop()
        keys = list(node) if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
        places += [(node, key) for key in keys]
        waiting += [node[key] for key in keys]
    for _ in range(chance.randrange(1, 4) if places else 0):
        node, key = chance.choice(places)
        given = node[key]
        other = chance.choice(places)
        values = [None, 0, -1, 10**15, "", "\ud800", "a\n::error::b", "x" * 3000, [], {}, True, "0", "-1", "9" * 30, "1.5", deepcopy(other[0][other[1]])]
        node[key] = [given, given] if chance.randrange(9) == 0 else chance.choice(values)
    return json.dumps(document).encode()[:size]


def target(data: bytes) -> None:
    """What is accepted can be shown."""
    try:
        report = load_report(data.decode("utf-8", "surrogateescape"), "report.json")
    except UserError as error:
        str(error)
        return
    for shown in (report, redacted(report)):
        for name in FORMATS:
            try:
                render(shown, name).encode("utf-8", "replace")
            except UserError as error:  # a format that this report has nothing for
                str(error)


if __name__ == "__main__":
    atheris.Setup(sys.argv, target, custom_mutator=changed)
    atheris.Fuzz()

"""Exports of usage in every form: figures, or a reason for each record that gave none."""

import sys
import tempfile
from pathlib import Path

import atheris
from instrumented import watch

watch("costgate.usage")

from costgate.model.error import UserError
from costgate.usage.collect import collect
from costgate.usage.document import written
from costgate.usage.join import Sites

FILE = Path(tempfile.mkdtemp()) / "export.jsonl"


def target(data: bytes) -> None:
    """What is read can be written down."""
    FILE.write_bytes(data)
    try:
        made = collect([FILE], Sites(functions={"bot/answer.py": {"answer"}, "bot/draft.py": {"draft", "rewrite"}}), None, {}, lambda what, done, parts: None)
        written(None, "costgate-measured.yaml", made.measured, "2026-11-22")
    except UserError as error:
        str(error)


if __name__ == "__main__":
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()

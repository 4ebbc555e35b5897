"""Every file of a source is valid by the schema, and no two claim one set of fields."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from costgate.knowledge import telemetry
from costgate.knowledge.strict import load
from costgate.knowledge.telemetry import sources

FOLDER = Path(telemetry.__file__).with_name("telemetry")
FILES = sorted(FOLDER.glob("*.yaml"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_is_what_the_schema_says(path: Path) -> None:
    data = load(path.read_text("utf-8"), path.name)
    schema = json.loads(FOLDER.with_name("telemetry.schema.json").read_text("utf-8"))
    assert [error.message for error in Draft202012Validator(schema).iter_errors(data)] == []
    assert data["source"] == path.stem


def test_no_two_sources_claim_the_same_fields() -> None:
    claims = Counter(fields for source in sources().values() for fields in set(source.recognise))
    assert [sorted(fields) for fields, times in claims.items() if times > 1] == []

"""docs/security.md claims nothing without a test that exists and that runs."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "security.md").read_text("utf-8")
SECTIONS = [part for part in TEXT.split("\n## ")[1:] if not part.startswith(("Who may", "Not promised"))]
CLAIMS = [line for part in SECTIONS for line in part.split("\n") if line.startswith("- ")]
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
NAMED = sorted(set(_TEST.findall(TEXT)))


def test_every_claim_names_a_test() -> None:
    assert len(CLAIMS) > 30
    assert [claim for claim in CLAIMS if not _TEST.search(claim)] == []


def test_the_sections_hold_claims_and_nothing_else() -> None:
    for part in SECTIONS:
        assert all(line.startswith("- ") for line in part.split("\n")[1:] if line), part


@pytest.mark.parametrize(("path", "name"), NAMED)
def test_it_exists_and_asserts_something(path: str, name: str) -> None:
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    [found] = [each for each in tree.body if isinstance(each, ast.FunctionDef) and each.name == name]
    asserts = (ast.Assert, ast.With)
    called = {each.func.attr for each in ast.walk(found) if isinstance(each, ast.Call) and isinstance(each.func, ast.Attribute)}
    assert any(isinstance(each, asserts) for each in ast.walk(found)) or called & {"mistake"}

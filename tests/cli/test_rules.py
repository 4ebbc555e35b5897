"""`costgate rules`: what it shows and writes."""

from __future__ import annotations

import json
from typing import Any

import pytest

RULE = """\
id: TEAM101
name: any-response
severity: warning
confidence: high
summary: A call
why: so
fix: no
match:
  each: call
  call.kind: {eq: responses}
message: "{call.callee}"
"""


def test_a_rule_in_full_as_its_file_and_as_a_page(shop: Any) -> None:
    shop.start({".costgate/rules/a.yml": RULE})
    assert "any-response" in shop.run("rules", "explain", "TEAM101").out
    assert shop.run("rules", "show", "any-response").out == RULE
    assert shop.run("rules", "show", "unbounded-output").out.startswith("# yaml-language-server")
    assert shop.run("rules", "docs", "site").code == 0
    pages = {each.name for each in (shop.root / "site").iterdir()}
    assert {"any-response.md", "unbounded-output.md", "index.md", "facts.md"} <= pages


def test_the_schema_names_every_fact(shop: Any) -> None:
    shop.start({"a.py": ""})
    schema = json.loads(shop.run("rules", "schema").out)
    assert "call.output_limit" in schema["$defs"]["condition"]["properties"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("explain", "unbounded-outptu"), "did you mean unbounded-output?"), (("show",), "which rule?"), (("docs",), "one folder")],
)
def test_mistakes(shop: Any, arguments: tuple[str, ...], words: str) -> None:
    shop.start({"a.py": ""})
    shop.run("rules", *arguments).mistake(words)

"""The example of a policy in Rego, run over a real report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

regopy = pytest.importorskip("regopy")
POLICY = Path(__file__).parents[2] / "docs" / "examples" / "policy.rego"
CALL = "    OpenAI().responses.create(model='gpt-4.1', input='{}', max_output_tokens=9)\n"


def _denied(report: Any) -> list[str]:
    rego = regopy.Interpreter()
    rego.add_module("policy", POLICY.read_text("utf-8"))
    rego.set_input(report)
    answer = json.loads(str(rego.query("data.costgate.deny")))
    found = answer["result"][0] if "result" in answer else answer
    return [message for each in found["expressions"] for message in each]


def test_the_example_says_what_it_says(shop: Any, retried: str) -> None:
    shop.start({"a.py": "X = 1\n", "costgate.yaml": "waivers: [{rule: unbounded-output, path: c.py, reason: x, owner: me, until: 2029-01-01}]\n"})
    four = "".join(f"\n\ndef f{number}():\n{CALL.format(number)}" for number in range(4))
    shop.commit({"b.py": f"from openai import OpenAI\n{four}", "a.py": retried, "c.py": "from openai import OpenAI\n\nOpenAI().responses.create(model='gpt-4.1', input='Hi')\n"})
    said = _denied(shop.diff().report)
    assert any("new calls of openai in one change" in message for message in said), said
    assert any("c.py:3 is waived until 2029-01-01" in message for message in said), said
    assert any(message.startswith("a.py:9: ") for message in said), said


def test_it_has_nothing_against_a_small_change(shop: Any, call: str) -> None:
    shop.start({"a.py": "X = 1\n"})
    shop.commit({"a.py": call})
    assert _denied(shop.diff().report) == []

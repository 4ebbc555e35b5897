"""The example of a policy in Rego, run over a real report."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.skipif(find_spec("regopy") is None, reason="regopy is not installed")
ASKED = """
import sys
import json
import regopy
rego = regopy.Interpreter()
rego.add_module("policy", open(sys.argv[1], encoding="utf-8").read())
rego.set_input(json.load(sys.stdin))
print(rego.query("data.costgate.deny"))
"""
"""Run beside the tests: regopy brings an allocator, and whatever DuckDB gives back after it was imported is kept for ever."""
POLICY = Path(__file__).parents[2] / "docs" / "examples" / "policy.rego"
CALL = "    OpenAI().responses.create(model='gpt-4.1', input='{}', max_output_tokens=9)\n"


def _denied(report: Any) -> list[str]:
    asked = [sys.executable, "-c", ASKED, str(POLICY)]
    answer = json.loads(subprocess.run(asked, input=json.dumps(report), capture_output=True, text=True, timeout=60, check=True).stdout)
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

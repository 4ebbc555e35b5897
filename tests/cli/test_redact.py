"""What of the judged code's text leaves the machine: never a key that a client is given, and with --redact no text at all."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

FORMATS = ("json", "text", "markdown", "html", "sarif", "github", "gitlab", "junit", "costmodel", "csv", "checkstyle", "rdjson")

APP = '''"""SECRETDOC"""
import os
from pathlib import Path

import anthropic
from openai import OpenAI, RateLimitError

client = OpenAI(api_key="SECRETKEY1", base_url="https://u:SECRETPASS@llm.example.com/v1", default_headers={"X": "SECRETHEADER"})
SYSTEM = """You are SECRETSYSTEM, and you help."""


def answer(question, style="SECRETDEFAULT"):
    # SECRETCOMMENT
    while True:
        try:
            return client.chat.completions.create(
                model="gpt-4o", stop=["SECRETSTOP now"], user="SECRETUSER x", metadata={"tag": "SECRETTAG of ours"},
                messages=[
                    {"role": "system", "content": SYSTEM},
                    {"role": "user", "content": f"SECRETF {question} {find('SECRETHOLE')} {'SECRET TERN' if style else db['SECRETSUB']}"},
                ],
                tools=[{"type": "function", "function": {"name": "SECRETTOOL", "description": "SECRETTOOLTEXT", "parameters": {}}}],
                extra_headers={"Authorization": "Bearer SECRETBEARER"}, n=2 if style == "SECRETCOND" else 3,
            )
        except RateLimitError:
            continue


def two(question):
    return anthropic.Anthropic(api_key="SECRETKEY2", default_headers={"a": f("SECRETKEY3")}).messages.create(
        model="claude-opus-4-1", max_tokens=400, system=Path("sys.md").read_text(),
        messages=[{"role": "user", "content": question + "SECRETCONCAT" + open("u.txt").read()}],
    )


def three(question):
    return client.responses.create(model="SECRETMODEL please answer", input=question, instructions="SECRETINSTR " + question)


def four(name, instructions):
    return client.responses.create(model=find("SECRETCALL"), input=load("SECRETLOAD it"), instructions=instructions.format(X="SECRETX"))


def five():
    return four("SECRETARG", "SECRETINSTRUCTION {X}")
'''
FILES = {
    "app.py": APP,
    "sys.md": "SECRETFILE {{ name }} {% include 'SECRETINC.j2' %}\n",
    "u.txt": "SECRETUFILE\n",
    "p.prompty": "---\nname: SECRETNAME of it\n---\nsystem:\nSECRETPROMPTY {{x}}\n",
    "prompts/q.j2": 'Hello SECRETJINJA {{ foo("SECRETJCALL") }}\n',
    "AGENTS.md": "# SECRETAGENTS\n",
}
SECRET = re.compile(r"SECRET[A-Z0-9]*")
KEYS = {"SECRETKEY1", "SECRETKEY2", "SECRETKEY3", "SECRETPASS", "SECRETBEARER", "SECRETHEADER", "SECRETTOKEN"}


@pytest.mark.parametrize("format_", FORMATS)
def test_no_format_of_a_redacted_report_holds_text(shop: Any, format_: str) -> None:
    shop.start(FILES)
    ran = shop.run("audit", "--redact", "--persona", "auditor", "--format", format_)
    assert (ran.code, SECRET.findall(ran.out + ran.err)) == (0, [])


def test_a_redacted_change(shop: Any) -> None:
    changed = {"app.py": APP.replace("SECRETSYSTEM", "SECRETOTHER, long as it is, and longer").replace("gpt-4o", "SECRETNEW model")}
    shop.start(FILES)
    shop.commit(changed)
    open_, closed = shop.diff(), shop.diff("--redact")
    assert open_.report["changes"] and SECRET.findall(open_.out)
    assert (closed.code, SECRET.findall(closed.out + closed.err)) == (open_.code, [])
    assert [each["delta"] for each in closed.report["changes"]] == [each["delta"] for each in open_.report["changes"]]


def test_figures_and_places_are_those_of_the_full_report(shop: Any) -> None:
    shop.start(FILES)
    whole, short = shop.run("audit", "--format", "json").report, shop.run("audit", "--redact", "--format", "json").report
    assert short["provenance"].pop("redacted") is True
    assert "redacted" not in whole["provenance"]
    for part in ("totals", "coverage", "verdict", "rules", "provenance"):
        assert short[part] == whole[part]
    for part in ("calls", "findings", "prompts", "gaps"):
        assert [(each["path"], each["line"]) for each in short[part]] == [(each["path"], each["line"]) for each in whole[part]]
    assert [each["fingerprint"] for each in short["findings"]] == [each["fingerprint"] for each in whole["findings"]]
    assert {each["model"]["values"][0] for each in short["calls"] if each["model"]["values"]} >= {"gpt-4o", "claude-opus-4-1"}


def test_the_configuration_of_the_base_decides_and_a_saved_report_can_be_redacted(shop: Any) -> None:
    shop.start({**FILES, "costgate.yaml": "redact: true\n"})
    shop.commit({"app.py": APP.replace("SECRETSYSTEM", "SECRETOTHER, long as it is"), "costgate.yaml": "redact: false\n"})
    ran = shop.diff()
    assert (ran.code, SECRET.findall(ran.out)) == (0, [])
    assert [each["reason"] for each in ran.report["exceptions_changed"] if "redact" in each["reason"]]

    saved = shop.root.parent / "report.json"
    saved.write_text(shop.run("audit", "--format", "json").out)
    assert SECRET.findall(saved.read_text())
    twice = shop.run("render", str(saved), "--redact", "--format", "json")
    assert (twice.code, SECRET.findall(twice.out)) == (0, [])
    saved.write_text(twice.out)
    assert json.loads(shop.run("render", str(saved), "--redact", "--format", "json").out) == twice.report


def test_what_a_client_is_given_is_in_no_report(shop: Any) -> None:
    shop.start(FILES)
    shop.git("remote", "add", "origin", "https://bob:SECRETTOKEN@example.com/o/r.git")
    for format_ in FORMATS:
        ran = shop.run("audit", "--persona", "auditor", "--format", format_)
        assert (ran.code, KEYS & set(SECRET.findall(ran.out + ran.err))) == (0, set()), format_
    callees = {each["callee"] for each in shop.run("audit", "--format", "json").report["calls"]}
    assert "anthropic.Anthropic(...).messages.create" in callees


def test_what_a_workload_does_not_know_quotes_nothing_either(shop: Any) -> None:
    code = 'from openai import OpenAI\n\n\ndef ask(q):\n    OpenAI().responses.create(model="gpt-4.1", input=f"Hello {q[\'SECRETHOLE of it\']}")\n'
    config = "workloads: [{name: w, sites: [app.py], traffic: 1/day, holes: {question: 30}}]\n"
    shop.start({"app.py": code, "costgate.yaml": config})
    whole, short = shop.run("audit", "--format", "json"), shop.run("audit", "--redact", "--format", "json")
    assert "such a hole" in short.report["workloads"][0]["gaps"][0]["why"]
    assert SECRET.findall(str(whole.report["workloads"])) and not SECRET.findall(str(short.report["workloads"]))

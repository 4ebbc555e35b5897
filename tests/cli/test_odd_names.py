"""Every name that a file system takes: read, judged, named in each format, obeyed by none."""

from __future__ import annotations

import json
import os
import re
from typing import Any

import pytest

from costgate.render import FORMATS

NAMES = (
    b"new\nline.py", b"return\r.py", b"tab\t.py", b" .py", b"-rf.py", b"...py", b"con.py", b"a" * 252 + b".py", b"\xff\xfe.py", b"\xed\xa0\x80.py",
    b"::error::x.py", b"%0A.py", b"\x1b[31m.py", b"\x7f\x01.py", b"a'b\"c.py", b"a\\b.py", b"$(touch ran).py", b"[x](y).py", b"{{x}}.py", b"=1+1.py",
    "é.py".encode(), "e\u0301.py".encode(), "\u202eyp.x.py".encode(), "\u2028.py".encode(), "\U0001f600.py".encode(),
    b"\xfe dir/new\nline/app.py", b"/".join([b"d" * 100] * 12) + b"/app.py",
)  # fmt: skip
PROMPTS = (b"\xfe.prompty", b"new\nline.prompty", b"\xfe dir/prompts/x\x1b.j2")
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u0080-\u009f\u2028\u2029\u202a-\u202e\ud800-\udfff]")


@pytest.fixture
def odd(shop: Any, retried: str) -> Any:
    """A change that adds a finding under each of the names."""
    shop.start({"app.py": "import openai\n"})
    root = os.fsencode(shop.root)
    for name in (*NAMES, *PROMPTS):
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(retried.encode() if name.endswith(b".py") else b"Answer {{ question }} in a line.\n")
    shop.commit({})
    return shop


def names() -> set[str]:
    return {os.fsdecode(name) for name in NAMES}


@pytest.mark.parametrize("format_", FORMATS)
def test_no_name_gives_orders_in_any_format(odd: Any, format_: str) -> None:
    ran = odd.run("diff", "--base", "main", "--format", format_, "--persona", "auditor", "--limit", "1000")
    assert (ran.code, ran.err) == (0 if format_ == "sarif" else 1, "")
    assert UNSEEN.findall(ran.out) == []
    for line in ran.out.split("\n"):
        assert not line.startswith(("::error::x", "[31m"))
    if format_ in ("json", "sarif", "gitlab", "badge", "devops"):
        json.loads(ran.out) if format_ != "devops" else None
    if format_ in ("csv", "focus"):
        assert not re.search(r"(^|,)\"?[=@+-]", ran.out, re.MULTILINE)


def test_each_is_a_call_and_a_finding(odd: Any) -> None:
    report = odd.run("audit", "--format", "json").report
    assert {call["path"] for call in report["calls"]} == names()
    assert {one["path"] for one in report["findings"] if one["rule"] == "CG201"} == names()
    assert {one["path"] for one in report["prompts"]} >= {os.fsdecode(name) for name in PROMPTS}
    assert report["coverage"]["skipped"] == []


def test_the_hook_and_the_baseline_know_them(odd: Any) -> None:
    ran = odd.run("check", "--format", "json", "--", *sorted(names()))
    assert (ran.code, {one["path"] for one in ran.report["findings"] if one["rule"] == "CG201"}) == (1, names())
    assert odd.run("baseline", "create").code == 0
    odd.write({"costgate.yaml": "baseline: costgate-baseline.json\nfail_on: error\n"})
    report = odd.run("audit", "--format", "json").report
    assert {one["state"] for one in report["findings"] if one["rule"] == "CG201"} == {"existing"}


def test_outside_of_a_repository_too(odd: Any) -> None:
    (odd.root / ".git").rename(odd.root.parent / "away")
    report = odd.run("audit", "--format", "json").report
    assert {call["path"] for call in report["calls"]} == names()

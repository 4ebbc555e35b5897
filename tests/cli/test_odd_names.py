"""Every name that a file system takes: read, judged, named in each format, obeyed by none."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
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


def _deep(root: Path, count: int, code: bytes) -> None:
    """A file below so many folders with long names, made step by step: no call of the system takes the whole path."""
    here = os.open(root, os.O_RDONLY)
    for _ in range(count):
        os.mkdir("d" * 250, dir_fd=here)
        inner = os.open("d" * 250, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    file = os.open("a" * 60 + ".py", os.O_WRONLY | os.O_CREAT, dir_fd=here)
    os.write(file, code)
    os.close(file)
    os.close(here)


def _again(shop: Any, saved: str) -> Any:
    file = shop.root.parent / "saved.json"
    file.write_text(saved)
    return shop.run("render", str(file), "--format", "text")


@pytest.mark.parametrize("repository", [True, False])
def test_a_folder_too_deep_for_a_path_is_listed(shop: Any, call: str, repository: bool) -> None:
    shop.start({"app.py": call}) if repository else shop.write({"app.py": call})
    _deep(shop.root, 18, call.encode())
    ran = shop.run("audit", "--format", "json")
    assert (ran.code, ran.err) == (0, "")
    (skipped,) = ran.report["coverage"]["skipped"]
    assert skipped["path"].startswith("d" * 250 + "/") and "cannot be looked into" in skipped["why"]
    assert _again(shop, ran.out).code == 0
    assert shop.run("check", "app.py").code == shop.run("check", "app.py").code == 0


def test_a_tracked_file_too_deep_for_a_path_from_the_top_is_listed(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    _deep(shop.root, 16, call.encode())  # git asks for it from within the repository, where its path is short enough
    shop.git("add", "-A")
    (skipped,) = shop.run("audit", "--format", "json").report["coverage"]["skipped"]
    assert skipped["path"].endswith("a.py") and "too long" in skipped["why"]
    ran = shop.run("diff", "--base", "HEAD", "--worktree", "--format", "json")
    assert (ran.code, [one["rule"] for one in ran.report["findings"] if one["severity"] == "error"]) == (1, ["CG801"])


def test_a_commit_may_hold_what_no_disk_takes(shop: Any, call: str, retried: str) -> None:
    shop.start({"app.py": call})
    (shop.root / "app.py").write_text(retried)
    blob = shop.git("hash-object", "-w", "app.py").strip()
    path = "/".join(["e" * 250] * 40) + "/app.py"
    shop.git("update-index", "--add", "--cacheinfo", f"100644,{blob},{path}")
    shop.git("commit", "-qm", "deep")
    ran = shop.run("diff", "--base", "main", "--format", "json")
    assert [one["path"] for one in ran.report["findings"] if one["rule"] == "CG201"] == [path]
    assert _again(shop, ran.out).code == 0


LONG = "n" * 6_000
SAID = {
    "a model": f"client.responses.create(model='{LONG}', input='q')\n",
    "an attribute": f"class {LONG}:\n    def f(self, q):\n        return client.responses.create(model=self.{LONG}, input=q)\n",
    "a module": f"import {LONG}\nclient.responses.create(model={LONG}.MODEL, input={LONG}.f({LONG}), max_output_tokens=int({LONG}))\n",
    "a function": f"def {LONG}({LONG}q):\n    return client.responses.create(model='gpt-4o', input='hi ' + {LONG}q)\n",
    "all": "".join(f"def f{number}{LONG}(q):\n    client.responses.create(model='{LONG}{number}', input=q)\n" for number in range(3)),
}


@pytest.mark.parametrize("kind", SAID)
def test_what_is_too_long_to_tell_keeps_no_report_from_being_read_again(shop: Any, kind: str) -> None:
    shop.start({"app.py": "import openai\n"})
    shop.write({"app.py": f"from openai import OpenAI\nclient = OpenAI()\n{SAID[kind]}"})
    for ran in (shop.run("audit", "--format", "json"), shop.run("diff", "--base", "HEAD", "--worktree", "--format", "json")):
        assert len({call["key"] for call in ran.report["calls"]}) == (3 if kind == "all" else 1)
        again = _again(shop, ran.out)
        assert (again.code, again.err) == (0, "")

"""Files that cannot be read: listed in an audit, an error in a change, never a saving and never a crash."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).parents[2]

UNREADABLE = {
    "syntax error": b"from openai import OpenAI\n\ndef broken(:\n    OpenAI().responses.create(model='gpt-4o', input='x')\n",
    "null byte": b"import openai\nx = '\0'\nopenai.OpenAI().responses.create(model='gpt-4o', input='x')\n",
    "broken utf-8": b"import openai\nx = '\xff\xfe'\nopenai.OpenAI().responses.create(model='gpt-4o', input='x')\n",
    "utf-16": "import openai\nopenai.OpenAI().responses.create(model='gpt-4o', input='x')\n".encode("utf-16"),
    "binary": b"\x7fELF\0\0openai\0\x01\x02\x03" * 40,
}
READABLE = {
    "byte order mark": b"\xef\xbb\xbf",
    "latin-1": "# coding: latin-1\nname = 'é'\n".encode("latin-1"),
    "carriage returns": b"x = 1\r\ny = 2\r\n",
    "python 2": b"print 'hello'\nexec 'x' in y\n",
    "unknown cookie": b"# coding: nonsense\n",
    "newer syntax": b"type Name[T] = list[T]\n\ndef first[T](items: Name[T]) -> T: ...\n",
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_an_audit_lists_it_and_reads_the_rest(shop: Any, call: str, kind: str) -> None:
    shop.write({"app.py": call, "bad.py": UNREADABLE[kind]})
    ran = shop.run("audit", "--format", "json")
    assert ran.code == 0, ran
    assert [one["path"] for one in ran.report["coverage"]["skipped"]] == ["bad.py"]
    assert [one["path"] for one in ran.report["calls"] if one["path"] != "bad.py"] == ["app.py"]
    assert any(gap["path"] == "bad.py" for gap in ran.report["gaps"])
    assert "bad.py" in shop.run("audit").out


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_change_that_breaks_a_file_fails_and_saves_nothing(shop: Any, call: str, kind: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": UNREADABLE[kind]})
    ran = shop.diff()
    assert ran.code == 1, ran
    report = ran.report
    assert report["verdict"]["result"] == "fail"
    assert "unreadable-change" in {rule["name"] for rule in report["rules"]}
    assert [one["path"] for one in report["findings"] if one["severity"] == "error"] == ["app.py"]
    assert not [change for change in report["changes"] if change["kind"] == "removed"]
    assert not report["totals"]["delta"]["cost"]["low"].startswith("-")


def test_a_broken_file_that_the_change_leaves_alone_does_not_fail(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "bad.py": UNREADABLE["syntax error"]})
    shop.commit({"notes.md": "hello\n"})
    ran = shop.diff()
    assert (ran.code, ran.report["verdict"]["result"]) == (0, "pass")
    assert [one["path"] for one in ran.report["coverage"]["skipped"]] == ["bad.py"]


def test_a_file_that_is_mended_changes_nothing(shop: Any, call: str) -> None:
    shop.start({"app.py": call + "\n\ndef broken(:\n"})
    shop.commit({"app.py": call})
    ran = shop.diff()
    assert ran.code == 0, ran.out
    assert not [change for change in ran.report["changes"] if change["kind"] in ("removed", "changed")]


def test_a_call_that_is_not_understood_in_a_changed_file_is_told(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": call.replace('"You are helpful."', " + ".join(['"a"'] * 3000))})
    ran = shop.diff()
    [shown] = ran.report["calls"]
    assert shown["gaps"] and ran.report["changes"][0]["delta"]["cost"] is None
    assert ran.report["totals"]["delta"]["cost"]["low"] == "0"


@pytest.mark.parametrize("kind", READABLE)
def test_unusual_files_are_read(shop: Any, call: str, kind: str) -> None:
    shop.write({"app.py": READABLE[kind] + call.encode()})
    ran = shop.run("audit", "--format", "json")
    assert (ran.code, len(ran.report["calls"]), ran.report["coverage"]["skipped"]) == (0, 1, [])


@pytest.mark.parametrize(
    "hostile",
    [
        "import openai\nx = " + " + ".join(["'a'"] * 6000) + "\n",
        "import openai\nx = a" + ".b" * 6000 + "\n",
        "import openai\nx = a" + ".b()" * 5000 + "\n",
        "import openai\nx = " + "[" * 3000 + "]" * 3000 + "\n",
        "import openai\nif a:\n    b\n" + "elif a:\n    b\n" * 4000,
        "import openai\nx = {\n" + "".join(f"    'key{number}': 'value',\n" for number in range(100_000)) + "}\n",
    ],
    ids=["terms", "dots", "calls", "brackets", "elif", "table"],
)
def test_hostile_code_ends_the_run_of_nothing(shop: Any, call: str, hostile: str) -> None:
    shop.write({"app.py": call, "bad.py": hostile})
    ran = shop.run("audit", "--format", "json")
    assert ran.code == 0, ran.err
    assert [one["path"] for one in ran.report["calls"]] == ["app.py"]


def test_links_are_not_followed(shop: Any, call: str) -> None:
    shop.start({"a b|c.py": call})
    (shop.root / "loop").symlink_to(".")
    (shop.root / "out.py").symlink_to("/etc/passwd")
    shop.commit({})
    ran = shop.run("audit", "--format", "json")
    assert (ran.code, [one["path"] for one in ran.report["calls"]]) == (0, ["a b|c.py"])


def test_names_cannot_give_orders(shop: Any, call: str) -> None:
    shop.start({"x.py": "x = 1\n"})
    name = "a%0A::error::\x1b[31m<b>`|.py"
    shop.commit({name: call})
    for format_ in ("text", "markdown", "github", "sarif", "json"):
        out = shop.run("diff", "--base", "main", "--format", format_).out
        assert "\x1b" not in out and "\n::error::" not in out, format_


@pytest.mark.parametrize("way", ["spawn", "forkserver"])
def test_worker_processes_run_no_code_either(shop: Any, call: str, way: str) -> None:
    trap = "import os\nopen(os.path.join(os.path.dirname(os.path.abspath(__file__)), 'ran'), 'w').close()\n"
    names = ("signal", "socket", "selectors", "re", "queue", "threading", "base64", "multiprocessing/__init__")
    shop.write({f"{name}.py": trap for name in names})
    text = "much to read, so that workers are worth it " * 4000
    shop.write({f"app{number}.py": f"{call}\n\nTEXT = '{text}'\n" for number in range(10)})
    script = shop.home / f"costgate-{way}"
    script.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(1, {str(SOURCE)!r})\nfrom costgate.cli import main\n"
        f"if __name__ == '__main__':\n    import multiprocessing\n    multiprocessing.set_start_method({way!r})\n"
        "    sys.exit(main())\n"
    )
    done = subprocess.run(
        [sys.executable, str(script), "audit", "--no-cache"], cwd=shop.root, env=shop.environment, capture_output=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert not list(shop.root.rglob("ran"))


def test_code_is_never_run(shop: Any, call: str) -> None:
    trap = "open('ran', 'w').close()\n"
    shop.start({name: trap for name in ("git.py", "openai.py", "json.py", "yaml.py", "sitecustomize.py", "conftest.py")})
    shop.commit({"app.py": trap + call})
    for arguments in (["audit"], ["diff", "--base", "main"], ["check", "app.py"]):
        assert shop.run(*arguments).code == 0
    assert not (shop.root / "ran").exists()

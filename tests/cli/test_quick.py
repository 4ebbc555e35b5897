"""Answers given again: always what a run without a cache says, whatever changed since."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from costgate.cli import main
from costgate.commands import quick
from costgate.read import following, workers
from costgate.store import answers as kept
from costgate.store.folder import cache_folder

APP = '''from pathlib import Path

from openai import OpenAI

from settings import LIMIT, MODEL
from tools import helper

client = OpenAI()
PROMPT = Path("prompts/system.md").read_text()


def answer(question: str) -> str:
    reply = client.chat.completions.create(
        model=MODEL,
        messages=[{"role": "system", "content": PROMPT}, {"role": "user", "content": question}],
        max_tokens=LIMIT,
    )
    return helper(reply.choices[0].message.content)
'''
FILES = {
    "app.py": APP,
    "plain.py": "def total(prices):\n    return sum(prices)\n",
    "settings.py": 'MODEL = "gpt-4o-mini"\nLIMIT = 200\n',
    "prompts/system.md": "You are helpful.\n",
    "costgate.yaml": "budgets:\n- path: prompts/system.md\n  tokens: 50\n",
}
RULE = """id: TEAM1
name: named-model
severity: error
summary: A model is named.
why: For the test.
fix: Name another.
confidence: high
match:
  each: call
  eq: {fact: model, value: x}
message: "no"
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith(("GIT_", "GITHUB_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COSTGATE_CACHE_DIR", str(tmp_path / "cache"))
    root = tmp_path / "project"
    for name, text in FILES.items():
        put(root, name, text)
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    monkeypatch.chdir(root)
    return root


def put(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


@pytest.fixture
def say(capfdbinary: pytest.CaptureFixture[bytes]) -> Callable[..., tuple[int, bytes, bytes]]:
    def run(*words: str) -> tuple[int, bytes, bytes]:
        capfdbinary.readouterr()
        code = main(["check", *words])
        return code, *capfdbinary.readouterr()

    return run


def same(say: Any, *files: str) -> tuple[int, bytes, bytes]:
    """What is said from memory, after what may have been remembered, is what is said afresh."""
    first, again, fresh = say(*files), say(*files), say(*files, "--no-cache")
    assert first == again == fresh
    return fresh  # type: ignore[no-any-return]


def entries() -> list[Path]:
    return sorted(Path(cache_folder(), "answers").iterdir())


def test_an_answer_is_given_again(project: Path, say: Any) -> None:
    assert quick.answered(["app.py"]) is None
    code, out, _ = say("app.py")
    assert quick.answered(["app.py"]) == code == 0
    assert say("app.py") == (code, out, b"") and out.startswith(b"costgate check: ")


def test_a_failure_is_given_again(project: Path, say: Any) -> None:
    put(project, "prompts/system.md", "Be kind. " * 100)
    code, out, _ = same(say, "app.py", "prompts/system.md")
    assert code == 1 and b"prompts/system.md" in out
    assert quick.answered(["app.py", "prompts/system.md"]) == 1


def test_what_is_noted_is_read_by_no_other_process(project: Path, say: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What one of them reads is not noted, and the answer would outlive a change of it."""
    monkeypatch.setattr(workers, "MANY", 2)
    (project / "prompts/system.md").unlink()
    put(project, "app.py", "x = 1  # costgate: nothing here\n")
    same(say, "app.py")
    assert quick.answered(["app.py"]) == 0
    put(project, "plain.py", "from app import x\n")
    assert quick.answered(["app.py"]) is None


def test_what_another_process_opens_is_noted(project: Path, say: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "BATCH_BYTES", 40)
    for name in ("one", "two"):
        opened = f"json.load(open('{name}.json'))['model']"
        put(project, f"{name}.py", f"import json, openai\nopenai.OpenAI().responses.create(model={opened}, input='Hi')\n")
        put(project, f"{name}.json", '{"model": "gpt-4.1"}')
    assert same(say, "one.py")[0] == quick.answered(["one.py"])
    put(project, "one.json", '{"model": "o1-pro"}')
    assert quick.answered(["one.py"]) is None
    same(say, "one.py")


def _prompt(root: Path) -> None:
    put(root, "prompts/system.md", "Be kind. " * 100)


def _constant(root: Path) -> None:
    put(root, "settings.py", 'MODEL = "gpt-4o-mini"\nLIMIT = None\n')


def _config(root: Path) -> None:
    put(root, "costgate.yaml", "rules:\n  CG101: error\nbudgets:\n- path: prompts/system.md\n  tokens: 1\n")


def _ignored_config(root: Path) -> None:
    put(root, ".gitignore", "costgate.yaml\n")
    _config(root)


def _rule(root: Path) -> None:
    put(root, ".costgate/rules/own.yml", RULE)


def _import(root: Path) -> None:
    put(root, "tools.py", "import openai\n\ndef helper(text):\n    return openai.OpenAI().responses.create(model='o1', input=text)\n")


def _gone(root: Path) -> None:
    (root / "settings.py").unlink()


def _baseline(root: Path) -> None:
    put(root, "costgate.yaml", "baseline: base.json\n")


def _link(root: Path) -> None:
    (root / "settings.py").unlink()
    (root / "settings.py").symlink_to(root / "plain.py")


def _package(root: Path) -> None:
    put(root, "settings/__init__.py", 'MODEL = "gpt-4.1"\nLIMIT = 9\n')


def _broken(root: Path) -> None:
    put(root, "costgate.yaml", "budgets: 3\n")


def _second(root: Path) -> None:
    put(root, "pyproject.toml", "[tool.costgate]\nfail_on = 'warning'\n")


def _sdk(root: Path) -> None:
    put(root, ".costgate/sdks/own.yaml", "sdk: own\n")


CHANGES = (
    _prompt, _constant, _config, _ignored_config, _rule, _import, _gone, _baseline, _link, _package, _broken, _second, _sdk,
)  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=lambda each: each.__name__)
@pytest.mark.parametrize("files", [("app.py",), ("plain.py",), ("app.py", "prompts/system.md")], ids=" ".join)
def test_no_change_is_overlooked(change: Any, files: tuple[str, ...], project: Path, say: Any) -> None:
    try:
        same(say, *files)
        change(project)
    finally:
        same(say, *files)


def test_what_a_configuration_extends_counts(project: Path, say: Any) -> None:
    put(project, "costgate.yaml", "extends: org/all.yaml\n")
    put(project, "org/all.yaml", "extends: org/base.yaml\n")
    put(project, "org/base.yaml", "budgets:\n- path: prompts/system.md\n  tokens: 50\n")
    put(project, ".gitignore", "org\n")
    files = ("app.py", "prompts/system.md")
    assert same(say, *files)[0] == 0 and quick.answered(files) == 0
    same(say, "plain.py")
    put(project, "org/base.yaml", "budgets:\n- path: prompts/system.md\n  tokens: 1\n")
    assert quick.answered(files) is None and quick.answered(["plain.py"]) is None
    assert same(say, *files)[0] == 1 and quick.answered(files) == 1
    put(project, "org/base.yaml", "budgets: 1\n")
    assert same(say, *files)[0] == same(say, "plain.py")[0] == 2


def test_nested_configurations_are_looked_for_each_time(project: Path, say: Any) -> None:
    put(project, "costgate.yaml", "nested: ['prompts']\n")
    put(project, ".gitignore", "costgate.yaml\n")
    same(say, "app.py", "prompts/system.md")
    assert quick.answered(["app.py", "prompts/system.md"]) is None
    put(project, "prompts/costgate.yaml", "budgets:\n- path: system.md\n  tokens: 1\n")
    assert same(say, "app.py", "prompts/system.md")[0] == 1


def test_code_of_other_distributions_is_asked_each_time(
    project: Path, say: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    put(site, "acme_quick-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: acme-quick\nVersion: 1.0\n")
    put(site, "acme_quick-1.0.dist-info/entry_points.txt", "[costgate.predicates]\ndear = acme_quick:dear\n")
    put(site, "acme_quick.py", "def dear(fact, params):\n    return False\n")
    monkeypatch.syspath_prepend(site)
    put(project, "costgate.yaml", "predicates: [acme-quick]\n")
    assert same(say, "app.py")[0] == 0
    assert quick.answered(["app.py"]) is None


def test_many_changes_one_after_the_other(project: Path, say: Any) -> None:
    dice = random.Random(7)
    texts = [*FILES.values(), "MODEL = 'o3'\nLIMIT = 7\n", "Be brief. " * 60, "budgets:\n- path: prompts/system.md\n  tokens: 9\n"]
    for _ in range(25):
        name = dice.choice([*FILES, "tools.py", "prompts/other.md", ".gitignore", ".costgate/x.yaml"])
        if dice.random() < 0.25:
            (project / name).unlink(missing_ok=True)
        else:
            put(project, name, dice.choice(texts))
        if (project / "app.py").exists():
            same(say, "app.py")


def test_the_day_counts(project: Path, say: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    say("app.py")
    say("plain.py")
    tomorrow = time.gmtime(time.time() + 86_400)
    monkeypatch.setattr("costgate.commands.quick.time.gmtime", lambda: tomorrow)
    assert quick.answered(["app.py"]) is None
    assert quick.answered(["plain.py"]) is None


def test_another_folder_is_another_question(project: Path, say: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    put(project, "inner/app.py", "x = 1\n")
    say("app.py")
    monkeypatch.chdir(project / "inner")
    same(say, "app.py")


def test_a_link_that_is_turned_to_another_file(project: Path, say: Any) -> None:
    (project / "link.py").symlink_to("app.py")
    same(say, "link.py")
    (project / "link.py").unlink()
    (project / "link.py").symlink_to("plain.py")
    same(say, "link.py")


def test_a_file_that_is_gone(project: Path, say: Any) -> None:
    put(project, ".gitignore", "left.py\n")
    put(project, "left.py", APP)
    same(say, "left.py")
    (project / "left.py").unlink()
    assert say("left.py")[0] == 2


def _flipped(data: bytes) -> bytes:
    return data[:-3] + bytes([data[-3] ^ 1]) + data[-2:]


@pytest.mark.parametrize(
    "damage",
    [lambda data: b"", lambda data: data[: len(data) // 2], _flipped, lambda data: b"\0" * 100, lambda data: data + b"9:x"],
)
def test_a_damaged_answer_is_none(damage: Callable[[bytes], bytes], project: Path, say: Any) -> None:
    sound = say("app.py")
    for path in entries():
        path.write_bytes(damage(path.read_bytes()))
    assert quick.answered(["app.py"]) is None
    assert say("app.py") == sound


@pytest.mark.parametrize("body", [b"1:x", b"", b"1:9", b"3:x", b"x", b"2:-11:x1:y1:z0:"])
def test_a_well_formed_answer_of_another_shape_is_none(body: bytes, project: Path, say: Any) -> None:
    sound = say("app.py")
    for path in entries():
        path.write_bytes(kept._MARK + b" " + kept.digest(body).encode() + b"\n" + body)
    assert say("app.py") == sound


def test_a_folder_that_cannot_be_written(project: Path, say: Any, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    same(say, "app.py")


def test_another_release_makes_other_answers(project: Path, say: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code = tmp_path / "code"
    put(code, "read/a.py", "1")
    monkeypatch.setattr(kept, "_PACKAGE", str(code))
    before = kept.made_by()
    assert kept.made_by() == before
    put(code, "read/a.py", "2 ")
    assert kept.made_by() != before
    put(code, "_rules/output/new.yml", "x")
    monkeypatch.syspath_prepend(str(tmp_path / "more"))
    (tmp_path / "more").mkdir()
    changed = kept.made_by()
    put(tmp_path / "more", "some.dist-info", "x")
    os.utime(tmp_path / "more", (1, 1))
    assert kept.made_by() != changed


def test_only_so_many_answers_are_kept(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST", 10)
    store = kept.Answers(cache_folder())
    for number in range(40):
        store.put([b"%d" % number], str(number))
    assert len(entries()) <= 10
    assert store.get("39") == [b"39"]


@pytest.mark.parametrize("words", [("--format", "json"), ("--no-cache",), ("--prices", "2026-01-01"), ("--as-of", "2026-01-01")])
def test_what_is_unusual_is_not_kept(words: tuple[str, ...], project: Path, say: Any) -> None:
    say("app.py", *words)
    assert quick.answered(["app.py", *words]) is None
    assert quick.answered([*words, "app.py"]) is None


def test_options_that_an_answer_knows(project: Path, say: Any) -> None:
    put(project, "settings.py", 'MODEL = "gpt-4o-mini"\nLIMIT = None\n')
    for words in (("--fail-on", "warning"), ("--fail-on=never",), ("--quiet",), ("--persona", "auditor")):
        fresh = say("app.py", *words)
        assert quick.answered(["app.py", *words]) == fresh[0]
        assert say("app.py", *words) == fresh == say("app.py", *words, "--no-cache")


@pytest.mark.parametrize("linked", [False, True])
def test_in_a_hook_of_git(linked: bool, project: Path, say: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run(["git", "add", "--all"], check=True)
    subprocess.run(["git", *who, "commit", "--quiet", "-m", "all"], check=True)
    index = ".git/index"
    if linked:
        subprocess.run(["git", "worktree", "add", "--quiet", str(tmp_path / "tree")], check=True)
        monkeypatch.chdir(tmp_path / "tree")
        index = str(project / ".git" / "worktrees" / "tree" / "index")
    monkeypatch.setenv("GIT_INDEX_FILE", index)
    code, _, _ = same(say, "app.py")
    assert quick.answered(["app.py"]) == code
    put(Path.cwd(), "tools.py", "def helper(text):\n    return text\n")
    assert quick.answered(["app.py"]) is None


def test_another_place_of_the_repository_is_not_guessed(project: Path, say: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    say("app.py")
    monkeypatch.setenv("GIT_DIR", str(project / ".git"))
    assert quick.answered(["app.py"]) is None


def test_without_a_repository(project: Path, say: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, text in FILES.items():
        put(tmp_path / "bare", name, text)
    monkeypatch.chdir(tmp_path / "bare")
    code, _, _ = same(say, "app.py")
    assert quick.answered(["app.py"]) == code
    put(tmp_path / "bare", "tools.py", "def helper(text):\n    return text\n")
    assert quick.answered(["app.py"]) is None
    same(say, "app.py")


def test_a_terminal_is_told_in_colour_and_a_file_is_not(project: Path, say: Any) -> None:
    put(project, "prompts/system.md", "Be kind. " * 100)
    _, plain, _ = say("app.py", "prompts/system.md")
    assert b"\x1b[" not in plain
    for colour in list(_on_terminal(project)):
        assert b"\x1b[" in colour


def _on_terminal(project: Path) -> Iterator[bytes]:
    import pty
    import sys

    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2])!r}); from costgate.cli import main; sys.exit(main())"
    for _ in range(2):
        ours, theirs = pty.openpty()
        words = [sys.executable, "-I", "-c", code, "check", "app.py", "prompts/system.md"]
        with subprocess.Popen(words, stdout=theirs, cwd=project, env={**os.environ, "TERM": "xterm"}) as process:
            process.wait()
        os.close(theirs)
        yield os.read(ours, 100_000)
        os.close(ours)


def test_the_cache_folder_is_the_one_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    from platformdirs import user_cache_path

    monkeypatch.delenv("COSTGATE_CACHE_DIR", raising=False)
    for home in (None, "", "/tmp/elsewhere", "relative"):
        monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
        if home is not None:
            monkeypatch.setenv("XDG_CACHE_HOME", home)
        assert cache_folder() == str(user_cache_path("costgate", appauthor=False))

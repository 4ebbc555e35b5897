"""What the user can get wrong: exit code 2, one clear line, what to do about it."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).parents[2]


def test_a_path_that_does_not_exist(shop: Any) -> None:
    shop.run("audit", "nowhere").mistake("nowhere: no such file or folder")


def test_an_empty_folder_is_not_a_passed_audit(shop: Any) -> None:
    shop.run("audit").mistake("no Python files to read")


def test_an_empty_repository_is_not_a_passed_audit(shop: Any) -> None:
    shop.git("init", "--quiet")
    shop.run("audit").mistake("no Python files to read")


def test_diff_outside_a_repository(shop: Any, call: str) -> None:
    shop.write({"app.py": call})
    shop.run("diff", "--base", "main").mistake("not a git repository")


def test_an_unknown_ref(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.run("diff", "--base", "nope").mistake('unknown ref "nope"', "see git branch --all")
    shop.git("remote", "add", "origin", "https://git.example/o/r")
    shop.run("diff", "--base", "origin/nope").mistake('unknown ref "origin/nope"', "git fetch origin nope")
    shop.run("diff", "--base", "HEAD~99").mistake('unknown ref "HEAD~99"', "see git branch --all")
    shop.run("diff", "--base", "main", "--head", "nope").mistake('unknown ref "nope"')


@pytest.mark.parametrize("ref", ["--all", "-x", "main..feature", "", "main\n"])
def test_a_ref_is_never_an_option(shop: Any, call: str, ref: str) -> None:
    shop.start({"app.py": call})
    shop.run("diff", f"--base={ref}", "--head=nowhere").mistake("unknown ref")


def test_no_branch_to_compare_with(shop: Any, call: str) -> None:
    shop.git("init", "--quiet", "--initial-branch=trunk")
    shop.commit({"app.py": call})
    shop.run("diff").mistake("no branch to compare with", "--base REF")


def test_a_repository_without_commits(shop: Any) -> None:
    shop.git("init", "--quiet", "--initial-branch=main")
    shop.run("diff", "--base", "HEAD").mistake("no commits yet")


def test_a_shallow_clone_without_the_merge_base(shop: Any, call: str, tmp_path: Path) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": call.replace("200", "300")})
    shop.git("checkout", "--quiet", "main")
    shop.commit({"other.py": "x = 1\n"})
    clone = tmp_path / "clone"
    shop.git("clone", "--quiet", "--depth=1", "--no-single-branch", "--branch=feature", shop.root.as_uri(), str(clone))
    shop.run("diff", "--base", "origin/main", cwd=clone).mistake("too shallow", "fetch-depth: 0")


def test_histories_without_a_common_commit(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.git("checkout", "--quiet", "--orphan", "other")
    shop.commit({"app.py": call.replace("200", "300")})
    shop.run("diff", "--base", "main").mistake("no common history", "--base")


def test_a_misspelled_key(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "costgate.yaml": "persona: default\n\nbudgest: []\n"})
    for arguments in (["audit"], ["diff", "--base", "main"], ["check", "app.py"]):
        shop.run(*arguments).mistake("costgate.yaml:3", "budgest", "budgets")


def test_a_misspelled_rule_and_parameter(shop: Any, call: str) -> None:
    shop.write({"app.py": call, "costgate.yaml": "rules:\n  unbounded-outptu: error\n"})
    shop.run("audit").mistake("costgate.yaml:2", "unbounded-output")
    shop.write({"costgate.yaml": "rules:\n  token-increase:\n    params:\n      limti: 5\n"})
    shop.run("audit").mistake("costgate.yaml:", "limit")


def test_a_configuration_that_is_no_file(shop: Any, call: str) -> None:
    shop.write({"app.py": call})
    shop.run("audit", "--config", "missing.yaml").mistake("missing.yaml: no such file")
    (shop.root / "costgate.yaml").mkdir()
    shop.run("audit").mistake("costgate.yaml: is not a file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_configuration_that_may_not_be_read(shop: Any, call: str) -> None:
    shop.write({"app.py": call, "costgate.yaml": "persona: default\n"})
    (shop.root / "costgate.yaml").chmod(0)
    shop.run("audit").mistake("costgate.yaml", "cannot be read")


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"a: [\n", b"a: &a [*a]\n", b"- 1\n"])
def test_a_configuration_that_is_no_yaml(shop: Any, call: str, data: bytes) -> None:
    shop.write({"app.py": call, "costgate.yaml": data})
    shop.run("audit").mistake("costgate.yaml")


def test_an_output_that_cannot_be_written(shop: Any, call: str) -> None:
    shop.write({"app.py": call})
    shop.run("audit", "--output", "no/such/folder/report.txt").mistake("no/such/folder/report.txt", "cannot be written")
    shop.run("audit", "--output", ".").mistake("cannot be written")


def test_a_date_that_is_none(shop: Any, call: str) -> None:
    shop.write({"app.py": call})
    shop.run("audit", "--as-of", "tomorrow").mistake("'tomorrow' is not a date")


def test_files_to_check_that_are_missing_or_elsewhere(shop: Any, call: str, tmp_path: Path) -> None:
    shop.start({"app.py": call})
    shop.run("check", "nowhere.py").mistake("nowhere.py: no such file")
    outside = tmp_path / "outside.py"
    outside.write_text(call)
    shop.run("check", str(outside)).mistake("lies outside the repository")


def test_what_is_no_file_is_not_checked(shop: Any, call: str) -> None:
    shop.start({"src/app.py": call})
    os.mkfifo(shop.root / "pipe.py")
    (shop.root / "loop.py").symlink_to("loop.py")
    shop.run("check", "src").mistake("src: is a folder (costgate audit src reads folders)")
    shop.run("check", "src/app.py", "pipe.py").mistake("pipe.py: is not a regular file")
    shop.run("check", "loop.py").mistake("loop.py: no such file")


@pytest.mark.parametrize("number", ["-1", "many"])
def test_a_number_of_calls_that_is_none(shop: Any, number: str) -> None:
    ran = shop.run("audit", f"--limit={number}")
    assert ran.code == 2 and f"{number!r} is not a number of calls" in ran.err


def test_a_folder_that_is_gone(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    (shop.root / "gone").mkdir()
    code = f"import sys; sys.path.insert(0, {str(SOURCE)!r}); from costgate.cli import main; sys.exit(main())"
    command = [sys.executable, "-I", "-c", code]
    line = f'rmdir "$PWD"; exec {shlex.join(command)} diff --base main'
    done = subprocess.run(["sh", "-c", line], cwd=shop.root / "gone", env=shop.environment, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1 and done.stderr.startswith(b"costgate: ")


def test_paths_of_two_repositories(shop: Any, call: str, tmp_path: Path) -> None:
    shop.start({"app.py": call})
    (tmp_path / "elsewhere").mkdir()
    shop.run("audit", ".", str(tmp_path / "elsewhere")).mistake("elsewhere", "lies outside")


@pytest.mark.parametrize("arguments", [["render", "r.json"], ["verdict", "r.json"]])
@pytest.mark.parametrize("data", [None, b"", b"\xff", b"[]", b'{"schema": "costgate.report/9"}'])
def test_a_report_that_is_none(shop: Any, arguments: list[str], data: bytes | None) -> None:
    if data is not None:
        shop.write({"r.json": data})
    shop.run(*arguments).mistake("r.json")


def test_a_repository_that_git_will_not_open(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    (shop.root / ".git" / "HEAD").write_text("ref: nonsense\n")
    shop.run("diff", "--base", "main").mistake("costgate: ")


def test_without_git(shop: Any, call: str, tmp_path: Path) -> None:
    shop.start({"app.py": call})
    shop.extra["PATH"] = str(tmp_path / "empty")
    shop.run("diff", "--base", "main").mistake("git is not installed")


def test_an_unknown_rule_to_explain(shop: Any) -> None:
    shop.run("explain", "unbounded-retyr").mistake("did you mean unbounded-retry?")

"""The shapes a change comes in: submodules and pointers, merge commits, shallow clones, rewritten and first history."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

LOUD = ("-c", "protocol.file.allow=always")


def _kinds(ran: Any) -> list[str]:
    return [change["kind"] for change in ran.report["changes"]]


def _rules(ran: Any) -> list[str]:
    report = ran.report
    names = {rule["id"]: rule["name"] for rule in report["rules"]}
    return sorted({names[one["rule"]] for one in report["findings"] if one["state"] == "open" and one["severity"] != "info"})


def _library(shop: Any, folder: Path, call: str) -> Any:
    """Another repository, to be a part of this one."""
    other = type(shop)(folder, shop.home)
    folder.mkdir()
    other.git("init", "--quiet", "--initial-branch=main")
    other.commit({"helpers.py": call, "prompt.md": "Be kind.\n"})
    return other


def _bump(shop: Any, other: Any, files: dict[str, str]) -> None:
    other.commit(files)
    shop.git("-C", "vendor/lib", *LOUD, "fetch", "--quiet", "origin", "main")
    shop.git("-C", "vendor/lib", "checkout", "--quiet", "FETCH_HEAD")
    shop.commit({})


@pytest.fixture
def with_submodule(shop: Any, tmp_path: Path, call: str) -> Any:
    other = _library(shop, tmp_path / "lib", call)

    def start(files: dict[str, str]) -> Any:
        shop.git("init", "--quiet", "--initial-branch=main")
        shop.git(*LOUD, "submodule", "--quiet", "add", str(other.root), "vendor/lib")
        shop.commit(files)
        shop.git("checkout", "--quiet", "-b", "feature")
        return other

    return start


def test_bumping_a_submodule_that_no_call_needs_is_a_gap(shop: Any, call: str, with_submodule: Any) -> None:
    other = with_submodule({"app.py": call})
    _bump(shop, other, {"helpers.py": call.replace("gpt-4o-mini", "gpt-4")})
    ran = shop.diff()
    assert (ran.code, ran.report["changes"], _rules(ran)) == (0, [], [])
    assert {"path": "vendor/lib", "why": "a submodule, its files are not part of this tree"} in ran.report["coverage"]["skipped"]


def test_bumping_a_submodule_that_a_call_needs_fails(shop: Any, call: str, with_submodule: Any) -> None:
    code = call.replace('"You are helpful."', 'open("vendor/lib/prompt.md").read()')
    other = with_submodule({"app.py": code})
    _bump(shop, other, {"prompt.md": "Be very kind.\n" * 500})
    ran = shop.diff()
    assert (ran.code, _rules(ran)) == (1, ["unreadable-change"])


@pytest.mark.parametrize("line", ["from vendor.lib.helpers import PROMPT", "from vendor.lib import helpers", "import vendor.lib.helpers as h"])
def test_an_import_from_a_submodule_is_a_need(shop: Any, call: str, with_submodule: Any, line: str) -> None:
    other = with_submodule({"app.py": f"{line}\n{call}"})
    _bump(shop, other, {"helpers.py": "PROMPT = 'x' * 9000\n"})
    assert (shop.diff().code, _rules(shop.diff())) == (1, ["unreadable-change"])


def test_code_that_moves_into_a_submodule_is_no_saving(shop: Any, call: str, tmp_path: Path) -> None:
    shop.start({"app.py": call, "lib/helpers.py": call.replace("def answer", "def help")})
    other = _library(shop, tmp_path / "other", call)
    shop.git("rm", "--quiet", "-r", "lib")
    shop.git(*LOUD, "submodule", "--quiet", "add", str(other.root), "lib")
    shop.commit({})
    ran = shop.diff()
    assert (ran.code, _rules(ran)) == (1, ["unreadable-change"])


def test_a_pointer_in_place_of_a_prompt(shop: Any, call: str) -> None:
    code = call.replace('"You are helpful."', 'open("prompts/system.md").read()')
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "4d" * 32 + "\nsize 12345\n"
    shop.start({"app.py": code, "prompts/system.md": "You are helpful.\n"})
    shop.commit({"prompts/system.md": pointer})
    ran = shop.diff()
    assert ran.code == 1 and "unreadable-change" in _rules(ran), ran.report["findings"]
    [change] = ran.report["changes"]
    assert change["delta"]["cost"] is None or change["delta"]["cost"]["unbounded"], "never a saving"


def test_a_pointer_that_no_call_reads(shop: Any, call: str) -> None:
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "4d" * 32 + "\nsize 12345\n"
    shop.start({"app.py": call})
    shop.commit({"weights.bin": pointer})
    assert (shop.diff().code, shop.diff().report["changes"]) == (0, [])


def _dearer(call: str) -> str:
    return call.replace("gpt-4o-mini", "gpt-4o")


def test_a_detached_head(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": _dearer(call)})
    shop.git("checkout", "--quiet", "--detach")
    assert _kinds(shop.diff()) == ["changed"]


def test_a_rebased_branch_is_compared_where_it_now_starts(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": call.replace("200", "300")})
    shop.git("checkout", "--quiet", "main")
    main = shop.commit({"other.py": _dearer(call)})
    shop.git("checkout", "--quiet", "feature")
    shop.git("rebase", "--quiet", "main")
    ran = shop.diff()
    assert (_kinds(ran), ran.report["provenance"]["merge_base_sha"]) == (["changed"], main)


def test_a_merge_of_main_into_the_branch_is_not_the_branch(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": call.replace("200", "300")})
    shop.git("checkout", "--quiet", "main")
    shop.commit({"other.py": _dearer(call)})
    shop.git("checkout", "--quiet", "feature")
    shop.git("merge", "--quiet", "-m", "Merge", "main")
    assert _kinds(shop.diff()) == ["changed"]


def test_a_squashed_branch_says_the_same(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    for text in (call.replace("200", "999"), _dearer(call)):
        shop.commit({"app.py": text})
    apart = shop.diff("--as-of", "2026-11-22").report["changes"]
    shop.git("reset", "--quiet", "--soft", "main")
    shop.commit({})
    assert shop.diff("--as-of", "2026-11-22").report["changes"] == apart != []


def test_a_revert_takes_the_change_back(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": _dearer(call)})
    shop.git("revert", "--no-edit", "HEAD")
    assert (_kinds(shop.diff()), shop.diff().code) == ([], 0)
    change = shop.diff("--base", "HEAD~1").report["changes"][0]
    assert change["delta"]["cost"]["low"].startswith("-"), "against the commit before, it is a saving"


def test_the_merge_that_the_forge_makes(shop: Any, call: str, tmp_path: Path) -> None:
    """As a workflow checks it out: the merge commit and its parents, nothing more."""
    shop.start({"app.py": call})
    shop.commit({"app.py": call.replace("200", "300")})
    shop.git("checkout", "--quiet", "main")
    shop.commit({"dear.py": _dearer(call)})
    shop.git("checkout", "--quiet", "--detach")
    shop.git("merge", "--quiet", "--no-ff", "-m", "Merge", "feature")
    shop.git("branch", "merged")
    for depth, code in ((2, 0), (1, 2)):
        folder = tmp_path / f"depth{depth}"
        shop.git("clone", "--quiet", f"--depth={depth}", "--branch=merged", shop.root.as_uri(), str(folder))
        ran = shop.run("diff", "--base", "HEAD^1", "--format", "json", cwd=folder)
        assert ran.code == code, ran.err
        if code:
            ran.mistake("HEAD^1")
        else:
            assert _kinds(ran) == ["changed"], "what main gained is no part of it"


def test_a_branch_and_its_base_without_common_history(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.git("checkout", "--quiet", "--orphan", "other")
    shop.commit({"app.py": _dearer(call)})
    shop.diff().mistake("no common history", "--base")


def test_the_first_commit_has_nothing_to_be_compared_with(shop: Any, call: str) -> None:
    shop.git("init", "--quiet", "--initial-branch=main")
    shop.write({"app.py": call})
    assert shop.diff().code == 2
    shop.commit({})
    assert _kinds(shop.diff()) == []
    assert shop.run("diff", "--base", "HEAD~1").code == 2


def test_staged_and_unstaged_edits_of_one_file(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "b.py": call.replace("def answer", "def b")})
    shop.write({"app.py": call.replace("200", "300")})
    shop.git("add", "app.py")
    shop.write({"app.py": call.replace("200", "400"), "b.py": _dearer(call).replace("def answer", "def b")})
    staged = shop.diff("--staged").report["changes"]
    assert [(one["after"]["path"], one["causes"][0]["after"]) for one in staged] == [("app.py", "300")]
    disk = shop.diff("--worktree").report["changes"]
    assert sorted((one["after"]["path"], one["causes"][0]["after"]) for one in disk) == [("app.py", "400"), ("b.py", "gpt-4o")]


def test_reformatting_and_reordering_cost_nothing(shop: Any, call: str) -> None:
    code = "import os\nimport json\n" + call
    shop.start({"app.py": code})
    other = code.replace("import os\nimport json\n", "import json\nimport os\n\n# A comment.\n")
    other = other.replace('        model="gpt-4o-mini",\n', "").replace("max_tokens=200,", "max_tokens=200, model='gpt-4o-mini',")
    shop.commit({"app.py": other})
    ran = shop.diff("--fail-on", "info")
    assert (ran.code, ran.report["changes"], json.loads(ran.out)["verdict"]["result"]) == (0, [], "pass")


def test_a_head_that_does_not_parse_is_no_saving(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": call.replace("max_tokens=200,", "max_tokens=(,")})
    ran = shop.diff()
    assert (ran.code, _rules(ran)) == (1, ["unreadable-change"])
    assert not [one for one in ran.report["changes"] if one["kind"] == "removed"]


CHOICE = '''import sys

from openai import OpenAI


def answer(question: str) -> str:
    words = "Be kind." if sys.argv[1] else "Be kind and brief, and cite whatever you have read."
    messages = [{"role": "system", "content": words}, {"role": "user", "content": question}]
    return OpenAI().chat.completions.create(model=question, messages=messages).choices[0].message.content
'''


def test_a_prompt_that_is_one_of_two_does_not_change_by_itself(shop: Any) -> None:
    shop.start({"app.py": CHOICE})
    shop.commit({"notes.md": "hello\n"})
    assert shop.diff().report["changes"] == []
    shop.commit({"app.py": CHOICE.replace("cite whatever you have read", "cite whatever you have read, and when you read it")})
    assert _kinds(shop.diff()) == ["changed"]

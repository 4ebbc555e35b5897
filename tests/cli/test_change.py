"""What a branch changes, on real repositories: the change, its cause, and whether the gate says no."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

LONG = "Answer with great care, cite the source, and never guess.\n" * 300


def _only(ran: Any, kind: str) -> dict[str, Any]:
    changes = ran.report["changes"]
    assert [change["kind"] for change in changes] == [kind], changes
    found: dict[str, Any] = changes[0]
    return found


def _causes(change: dict[str, Any]) -> list[tuple[str, str, str | None, str | None]]:
    return [(cause["what"], cause["path"], cause["before"], cause["after"]) for cause in change["causes"]]


def _rules(ran: Any) -> list[str]:
    report = ran.report
    names = {rule["id"]: rule["name"] for rule in report["rules"]}
    return sorted({names[one["rule"]] for one in report["findings"] if one["state"] == "open"})


def test_another_model_and_a_higher_cap(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": call.replace("gpt-4o-mini", "gpt-4o").replace("200", "16000")})
    ran = shop.diff("--fail-on", "warning")
    change = _only(ran, "changed")
    assert _causes(change) == [
        ("model", "app.py", "gpt-4o-mini", "gpt-4o"),
        ("output cap", "app.py", "200", "16000"),
    ]
    assert change["causes"][0]["line"] == 8
    assert change["delta"]["cost"]["unbounded"] and float(change["delta"]["cost"]["low"]) > 0
    assert (ran.code, "cost-increase" in _rules(ran)) == (1, True)
    assert shop.diff().code == 0


def test_the_prompt_in_the_code_grows(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": call.replace('"You are helpful."', repr(LONG))})
    ran = shop.diff("--fail-on", "warning")
    change = _only(ran, "changed")
    assert change["delta"]["tokens"]["likely"] > 3000
    assert [(cause["what"], cause["delta_tokens"]) for cause in change["causes"]] == [
        ("prompt app.py", change["delta"]["tokens"]["likely"])
    ]
    assert (ran.code, _rules(ran)) == (1, ["token-increase"])


def test_a_higher_cap_alone(shop: Any, call: str) -> None:
    dearer = call.replace("gpt-4o-mini", "gpt-4o")
    shop.start({"app.py": dearer})
    shop.commit({"app.py": dearer.replace("200", "16000")})
    ran = shop.diff("--fail-on", "warning")
    change = _only(ran, "changed")
    assert _causes(change) == [("output cap", "app.py", "200", "16000")]
    assert (ran.code, _rules(ran), change["delta"]["cost"]["high"]) == (1, ["cost-increase"], "0.158")


def test_the_prompt_in_the_code_grows_in_pieces(shop: Any, call: str) -> None:
    pieces = "\n".join(f'            "Answer question {number} with care.\\n"' for number in range(290))
    shop.start({"app.py": call})
    shop.commit({"app.py": call.replace('"You are helpful."', f"(\n{pieces}\n        )")})
    ran = shop.diff("--fail-on", "warning")
    change = _only(ran, "changed")
    assert [cause["what"] for cause in change["causes"]] == ["prompt app.py"]
    assert (ran.code, _rules(ran)) == (1, ["token-increase"])
    assert change["delta"]["tokens"]["likely"] > 2000


FROM_FILE = {
    "read_text": '(Path(__file__).parent / "prompts" / "system.md").read_text()',
    "open": 'open("prompts/system.md", encoding="utf-8").read()',
}


@pytest.mark.parametrize("way", FROM_FILE)
def test_the_prompt_file_grows(shop: Any, call: str, way: str) -> None:
    code = "from pathlib import Path\n" + call.replace('"You are helpful."', FROM_FILE[way])
    shop.start({"app.py": code, "prompts/system.md": "You are helpful.\n"})
    shop.commit({"prompts/system.md": "You are helpful.\n" + LONG})
    ran = shop.diff("--fail-on", "warning")
    change = _only(ran, "changed")
    [cause] = change["causes"]
    assert (cause["what"], cause["path"]) == ("prompt prompts/system.md", "prompts/system.md")
    assert cause["delta_tokens"] == change["delta"]["tokens"]["likely"] > 3000
    assert change["delta"]["tokens"]["low"] == change["delta"]["tokens"]["high"]
    assert (ran.code, "token-increase" in _rules(ran)) == (1, True)


def test_a_budget_on_the_prompt_file_fails(shop: Any, call: str) -> None:
    code = "from pathlib import Path\n" + call.replace('"You are helpful."', FROM_FILE["read_text"])
    budget = "budgets:\n  - path: prompts/system.md\n    tokens: 500\n"
    shop.start({"app.py": code, "prompts/system.md": "You are helpful.\n", "costgate.yaml": budget})
    shop.commit({"prompts/system.md": LONG, "costgate.yaml": budget.replace("500", "500000")})
    ran = shop.diff()
    assert (ran.code, "prompt-over-budget" in _rules(ran)) == (1, True), "the base's budget counts"
    assert ran.report["provenance"]["policy"]["source"] == "base"


def test_a_constant_in_another_file(shop: Any, call: str) -> None:
    code = "from settings import MODEL\n" + call.replace('"gpt-4o-mini"', "MODEL")
    shop.start({"app.py": code, "settings.py": 'MODEL = "gpt-4o-mini"\n'})
    shop.commit({"settings.py": 'MODEL = "gpt-4"\n'})
    change = _only(shop.diff(), "changed")
    assert _causes(change) == [("model", "settings.py", "gpt-4o-mini", "gpt-4")]
    assert change["delta"]["cost"]["low"] > "0"


def test_a_renamed_file_costs_nothing(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "pkg/__init__.py": ""})
    shop.git("mv", "app.py", "pkg/answers.py")
    shop.commit({})
    ran = shop.diff("--fail-on", "info")
    change = _only(ran, "moved")
    assert (change["delta"]["tokens"]["low"], change["delta"]["cost"]["high"]) == (0, "0")
    assert ran.code == 0, _rules(ran)
    totals = ran.report["totals"]["delta"]
    assert (totals["tokens"]["high"], totals["cost"]["high"]) == (0, "0")


def test_a_moved_function_costs_nothing(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": "x = 1\n\n\n" + call.replace("def answer", "def reply_to")})
    ran = shop.diff("--fail-on", "info")
    assert ran.code == 0
    assert _only(ran, "moved")["delta"]["cost"]["high"] == "0"


def test_lines_that_shift_are_no_change(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": "# a comment\n\n" + call})
    ran = shop.diff()
    assert (ran.code, ran.report["changes"], ran.report["calls"]) == (0, [], [])


@pytest.mark.parametrize("folder", ["scripts", "examples", "tools", "notebooks"])
def test_a_new_call_anywhere_is_listed(shop: Any, call: str, folder: str) -> None:
    shop.start({"app.py": call})
    path = f"{folder}/job.py"
    shop.commit({path: call.replace("gpt-4o-mini", "gpt-4").replace("def answer", "def job")})
    change = _only(shop.diff(), "added")
    assert change["after"]["path"] == path
    assert change["causes"][0]["what"] == "call added" and change["delta"]["cost"]["low"] > "0"
    assert path in shop.run("diff", "--base", "main").out


def test_a_removed_call_is_a_saving(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "other.py": call.replace("200", "300")})
    shop.git("rm", "--quiet", "other.py")
    shop.commit({})
    ran = shop.diff("--fail-on", "info")
    change = _only(ran, "removed")
    assert ran.code == 0 and change["after"] is None
    assert ran.report["totals"]["delta"]["cost"]["low"].startswith("-")


def test_what_main_gained_since_is_not_the_branch(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"notes.md": "hello\n"})
    shop.git("checkout", "--quiet", "main")
    main = shop.commit({"dear.py": call.replace("gpt-4o-mini", "gpt-4").replace("200", "4000")})
    shop.git("checkout", "--quiet", "feature")
    ran = shop.diff()
    assert (ran.code, ran.report["changes"]) == (0, [])
    assert ran.report["totals"]["delta"]["cost"]["low"] == "0"
    provenance = ran.report["provenance"]
    assert (provenance["base_sha"], provenance["merge_base_sha"]) == (main, shop.git("merge-base", "main", "feature"))


@pytest.mark.parametrize("name", ["größe.py", "日本語.py", 'a "b" c.py', "tab\there.py", "pfad/ü/é.py", "-x.py"])
def test_any_file_name(shop: Any, call: str, name: str) -> None:
    shop.start({"x.py": "x = 1\n"})
    shop.commit({name: call.replace("gpt-4o-mini", "gpt-4")})
    change = _only(shop.diff(), "added")
    assert change["after"]["path"] == name


def test_a_file_name_that_is_no_utf8(shop: Any, call: str) -> None:
    shop.start({"x.py": "x = 1\n"})
    try:
        (Path(str(shop.root)) / "caf\udce9.py").write_text(call)
    except OSError:
        pytest.skip("the file system takes UTF-8 alone")
    shop.commit({})
    for name in ("text", "json", "markdown", "sarif", "github"):
        ran = shop.run("diff", "--base", "main", "--format", name)
        assert ran.code == 0, ran.err
    assert [change["kind"] for change in shop.diff().report["changes"]] == ["added"]


def test_misspelled_budgets(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "costgate.yaml": "budgets:\n  - path: app.py\n    tokns: 5\n"})
    shop.commit({"app.py": call.replace("200", "300")})
    shop.run("diff", "--base", "main").mistake("costgate.yaml:", "tokns")


def test_a_retry_without_end(shop: Any, call: str, retried: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": retried})
    ran = shop.diff()
    assert (ran.code, "unbounded-retry" in _rules(ran)) == (1, True)
    assert ran.report["verdict"]["result"] == "fail"


def test_an_old_retry_without_end_does_not_fail_another_change(shop: Any, retried: str) -> None:
    shop.start({"app.py": retried})
    shop.commit({"notes.md": "hello\n"})
    assert shop.diff().code == 0


def test_a_model_nobody_can_know(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "costgate.yaml": "rules:\n  unresolved-model: error\n"})
    shop.commit({"app.py": call.replace('"gpt-4o-mini"', "question.split()[0]")})
    ran = shop.diff()
    assert (ran.code, "unresolved-model" in _rules(ran)) == (1, True)
    change = _only(ran, "changed")
    assert change["delta"]["cost"] is None and change["after"]["cost_per_call"] is None


def test_prices_that_are_old_are_told_and_do_not_decide(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": call.replace("200", "210")})
    ran = shop.diff("--as-of", "2032-01-01")
    book = ran.report["provenance"]["price_book"]
    assert (ran.code, ran.report["provenance"]["as_of"]) == (0, "2032-01-01")
    assert f"prices of {book['date']}" in shop.run("diff", "--base", "main", "--as-of", "2032-01-01").out


def test_another_language_is_not_read_and_not_claimed_to_be(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"a.ts": 'new OpenAI().chat.completions.create({model: "gpt-4"})\n'})
    ran = shop.diff()
    assert (ran.code, ran.report["coverage"]["files"]) == (0, 1)


def test_nothing_to_report_is_json_all_the_same(shop: Any) -> None:
    shop.start({"notes.md": "hello\n"})
    for name in ("json", "sarif"):
        ran = shop.run("diff", "--base", "main", "--format", name)
        assert ran.code == 0 and json.loads(ran.out)
    assert shop.diff().report["verdict"]["result"] == "pass"


def test_what_is_staged(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.write({"app.py": call.replace("200", "300")})
    shop.git("add", "app.py")
    shop.write({"app.py": call.replace("200", "999"), "new.py": call.replace("gpt-4o-mini", "gpt-4")})
    assert _causes(_only(shop.diff("--staged"), "changed")) == [("output cap", "app.py", "200", "300")]
    changes = {change["after"]["path"]: change for change in shop.diff("--worktree").report["changes"]}
    assert _causes(changes["app.py"]) == [("output cap", "app.py", "200", "999")]
    assert changes["new.py"]["kind"] == "added"
    assert shop.diff().report["changes"] == []


def test_ignored_files_are_no_part_of_the_worktree(shop: Any, call: str) -> None:
    shop.start({"app.py": call, ".gitignore": "build/\n"})
    shop.write({"build/app.py": call})
    assert shop.diff("--worktree").report["changes"] == []
    assert len(shop.run("audit", "--format", "json").report["calls"]) == 1
    assert len(shop.run("audit", "build", "--format", "json").report["calls"]) == 1


def test_a_deleted_file_of_the_worktree_is_removed(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "b.py": "x = 1\n"})
    (shop.root / "app.py").unlink()
    assert _only(shop.diff("--worktree"), "removed")["before"]["path"] == "app.py"


def test_from_a_folder_below_the_top(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "docs/a.md": "x"})
    shop.commit({"app.py": call.replace("200", "300")})
    ran = shop.run("diff", "--base", "main", "--format", "json", cwd=shop.root / "docs")
    assert _only(ran, "changed")["after"]["path"] == "app.py"


def test_in_a_worktree_of_git(shop: Any, call: str, tmp_path: Path) -> None:
    shop.start({"app.py": call})
    shop.git("worktree", "add", "--quiet", str(tmp_path / "second"), "-b", "second")
    (tmp_path / "second" / "app.py").write_text(call.replace("200", "300"))
    ran = shop.run("diff", "--base", "main", "--worktree", "--format", "json", cwd=tmp_path / "second")
    assert _only(ran, "changed")["after"]["path"] == "app.py"


def test_the_same_commits_give_the_same_bytes(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": call.replace("200", "300"), "b.py": call.replace("def answer", "def b")})
    first = shop.diff("--as-of", "2026-11-22").out
    assert shop.diff("--as-of", "2026-11-22").out == first
    shop.extra.update({"LC_ALL": "C", "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "COLUMNS": "20"})
    assert shop.diff("--as-of", "2026-11-22", "--no-cache").out == first

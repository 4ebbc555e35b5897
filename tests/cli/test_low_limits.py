"""What a gate with low limits says to changes that let others pass, or that others fail without need.

Each row: the files on main, what the branch does, and whether the gate may let it through.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

POLICY = """\
rules:
  diff-over-cost-budget: {severity: error, params: {limit: "0.0001"}}
  diff-over-token-budget: {severity: error, params: {limit: 200}}
  cost-increase: error
  unresolved-model: error
"""
SENTENCES = "Answer with great care, cite the source, and never guess.\n" * 300
KILOBYTES = "Answer with great care, cite the source, and never guess.\n" * 1060
"""60 of them."""
FROM_FILE = 'open("prompts/system.md", encoding="utf-8").read()'
PASS, FAIL, MISTAKE = 0, 1, 2


def _dear(call: str) -> str:
    return call.replace("gpt-4o-mini", "gpt-4").replace("200", "4000")


def _read(call: str) -> dict[str, str]:
    return {"app.py": call.replace('"You are helpful."', FROM_FILE), "prompts/system.md": "You are helpful.\n"}


def _imported(call: str) -> dict[str, str]:
    return {"app.py": "from settings import MODEL\n" + call.replace('"gpt-4o-mini"', "MODEL"), "settings.py": 'MODEL = "gpt-4o-mini"\n'}


def _renamed(shop: Any, call: str) -> None:
    shop.git("mv", "app.py", "answers.py")
    shop.commit({})


def _meanwhile(shop: Any, call: str) -> None:
    shop.commit({"notes.md": "hello\n"})
    shop.git("checkout", "--quiet", "main")
    shop.commit({"dear.py": _dear(call)})
    shop.git("checkout", "--quiet", "feature")


def _commit(files: Callable[[str], dict[str, str]]) -> Callable[[Any, str], None]:
    return lambda shop, call: shop.commit(files(call)) and None


ROWS: dict[str, tuple[Callable[[str], dict[str, str]], Callable[[Any, str], None], int]] = {
    "a larger model and a higher cap": (
        lambda call: {"app.py": call},
        _commit(lambda call: {"app.py": call.replace("gpt-4o-mini", "gpt-4o").replace("200", "16000")}),
        FAIL,
    ),
    "300 sentences more in the code's prompt": (
        lambda call: {"app.py": call},
        _commit(lambda call: {"app.py": call.replace('"You are helpful."', repr(SENTENCES))}),
        FAIL,
    ),
    "60 KB more in the prompt's file": (_read, _commit(lambda call: {"prompts/system.md": KILOBYTES}), FAIL),
    "another model in an imported constant": (_imported, _commit(lambda call: {"settings.py": 'MODEL = "gpt-4"\n'}), FAIL),
    "a renamed file": (lambda call: {"app.py": call}, _renamed, PASS),
    "a syntax error": (lambda call: {"app.py": call}, _commit(lambda call: {"app.py": call.replace("messages=[", "messages=((")}), FAIL),
    "a new call among scripts": (lambda call: {"app.py": call}, _commit(lambda call: {"scripts/job.py": _dear(call)}), FAIL),
    "a new call in a file with an umlaut": (lambda call: {"app.py": call}, _commit(lambda call: {"größe.py": _dear(call)}), FAIL),
    "a call that main has gained meanwhile": (lambda call: {"app.py": call}, _meanwhile, PASS),
    "a model that nobody can know": (
        lambda call: {"app.py": call},
        _commit(lambda call: {"app.py": call.replace('"gpt-4o-mini"', "question.split()[0]")}),
        FAIL,
    ),
    "a comment and blank lines": (lambda call: {"app.py": call}, _commit(lambda call: {"app.py": f"# Hello.\n\n\n{call}"}), PASS),
}


@pytest.mark.parametrize("name", ROWS)
def test_low_limits(shop: Any, call: str, name: str) -> None:
    before, change, code = ROWS[name]
    shop.start({"costgate.yaml": POLICY, **before(call)})
    change(shop, call)
    ran = shop.diff()
    assert (ran.code, ran.err, ran.report["verdict"]["result"]) == (code, "", "fail" if code else "pass")
    delta = ran.report["totals"]["delta"]["cost"]
    assert delta is None or not delta["low"].startswith("-"), "none of these is a saving"
    markdown = shop.run("diff", "--base", "main", "--format", "markdown").out
    assert ("✅ costgate: no model call changed in cost" in markdown) is (code == PASS), "and the comment says so"


def test_a_retry_without_end_needs_no_limit(shop: Any, call: str, retried: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": retried})
    assert (shop.diff().code, shop.diff().report["verdict"]["result"]) == (FAIL, "fail")


def test_two_misspelled_keys_are_a_mistake(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "costgate.yaml": "budgets:\n  - {pth: a.md, tokns: 5}\n"})
    shop.run("diff", "--base", "main").mistake("costgate.yaml:")


@pytest.mark.parametrize("base", ["origin/main", "no-such-branch", "0123456789abcdef0123456789abcdef01234567"])
def test_a_base_that_is_not_there_is_a_mistake(shop: Any, call: str, base: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"app.py": _dear(call)})
    shop.run("diff", "--base", base).mistake(base)


@pytest.mark.parametrize("depth", [1, 2])
def test_a_shallow_clone_of_a_branch_is_a_mistake(shop: Any, call: str, tmp_path: Path, depth: int) -> None:
    """Of two commits, where the base is further away than the clone goes."""
    shop.start({"app.py": call})
    for number in range(3):
        shop.commit({"app.py": _dear(call), "notes.md": f"{number}\n"})
    clone = tmp_path / "clone"
    shop.git("clone", "--quiet", f"--depth={depth}", "--no-single-branch", "--branch=feature", shop.root.as_uri(), str(clone))
    shop.run("diff", "--base", "origin/main", cwd=clone).mistake("too shallow", "fetch-depth: 0")


def test_old_prices_are_told_and_nothing_else(shop: Any, call: str) -> None:
    shop.start({"app.py": call})
    shop.commit({"notes.md": "hello\n"})
    for days in ("2026-12-31", "2031-01-01"):
        ran = shop.diff("--as-of", days)
        assert (ran.code, ran.err) == (PASS, "")
    said = shop.run("audit", "--as-of", "2031-01-01").out
    assert "stale-price-book" in said, "no verdict of an error, but a warning"


def test_nothing_to_report_is_json(shop: Any) -> None:
    shop.start({"notes.md": "hello\n"})
    ran = shop.diff()
    assert (ran.code, ran.report["verdict"]["result"], ran.err) == (PASS, "pass", "")

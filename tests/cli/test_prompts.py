"""Prompts from the outside: the audit's table, `explain` of a file, budgets where they can stand, and what a diff says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Shop

APP = """\
from pathlib import Path

from openai import OpenAI


def ask(question):
    rules = Path("prompts/rules.md").read_text()
    return OpenAI().chat.completions.create(
        model="gpt-4.1",
        max_tokens=100,
        messages=[{"role": "system", "content": rules}, {"role": "user", "content": question}],
    )
"""
RULES = "# Tone\n\n" + "Be kind and answer in full sentences.\n" * 40 + "\n## Form\n\n" + "Use a list of sources.\n" * 10
FILES = {
    "app.py": APP,
    "prompts/rules.md": RULES,
    "prompts/unused.j2": '{% include "part.j2" %}\n' + "Write a long answer to {{ question }}.\n" * 30,
    "prompts/part.j2": "A part.\n",
    "AGENTS.md": "Run the tests before you commit.\n" * 40,
}


def test_an_audit_lists_the_largest_prompts_and_what_a_call_pays_for_them(shop: Shop) -> None:
    shop.write(FILES)
    shown = shop.run("audit").out
    table = shown.partition("Largest prompts")[2].partition("\n\n")[0]
    assert "prompts/rules.md:1" in table and "by 1 call" in table and "$0.000" in table
    assert "AGENTS.md:1" in table and "always" in table
    assert "prompts/unused.j2:1" in table and "by no call seen" in table


def test_a_repository_without_python_has_prompts(shop: Shop) -> None:
    shop.write({"AGENTS.md": FILES["AGENTS.md"]})
    report = shop.run("audit", "--format", "json").report
    assert [(each["path"], each["load"], each["format"]) for each in report["prompts"]] == [
        ("AGENTS.md", "always", "agent instructions")
    ]


def test_explain_says_who_sends_a_prompt_and_how_its_tokens_split(shop: Shop) -> None:
    shop.start(FILES)
    told = shop.run("explain", "prompts/rules.md").out
    assert "prompts/rules.md:1: prompt text" in told and "app.py:8  ask  gpt-4.1  $0.000" in told
    assert "prompts/rules.md:1-43" in told and "prompts/rules.md:44-55" in told
    told = shop.run("explain", "prompts/unused.j2").out
    assert "sent by no call that is seen" in told and "prompts/part.j2:1" in told and "question  prompts/unused.j2:2" in told
    assert "Part of\n  prompts/unused.j2:1" in shop.run("explain", "prompts/part.j2").out
    assert "system" not in shop.run("explain", "CG601").err


def test_explain_of_what_is_no_prompt_is_a_mistake(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.md").write_text("text")
    shop.start({**FILES, "notes.md": "no prompt", "prompts/bad.txt": b"caf\xe9"})
    shop.run("explain", "notes.md").mistake("notes.md", "holds no prompt that is seen")
    shop.run("explain", "prompts/bad.txt").mistake("prompts/bad.txt", "it is not UTF-8")
    shop.run("explain", "nothing.md").mistake("no rule 'nothing.md'")
    (shop.root / "prompts" / "out.md").symlink_to(tmp_path / "elsewhere.md")
    shop.run("explain", "prompts/out.md").mistake("symbolic link")


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"AGENTS.md": "<!-- costgate: budget 10 -->\n" + FILES["AGENTS.md"]}, 1),
        ({"AGENTS.md": "---\ncostgate_budget: 10\n---\n" + FILES["AGENTS.md"]}, 1),
        ({"costgate.yaml": "budgets: [{glob: AGENTS.md, tokens: 10}]\n"}, 1),
        ({"costgate.yaml": "budgets: [{glob: '*.md', tokens: 10000}]\n"}, 0),
        ({"AGENTS.md": "<!-- costgate: budget 10 -->\n<!-- costgate: ignore[CG601] until the split -->\n" + FILES["AGENTS.md"]}, 0),
    ],
)
def test_budgets_of_files_that_no_call_sends(shop: Shop, files: dict[str, str], code: int) -> None:
    shop.start({**FILES, **files})
    ran = shop.run("check", "AGENTS.md")
    assert ran.code == code, ran
    assert (":1: CG601 AGENTS.md has" in ran.out) == bool(code)


def test_a_change_does_not_raise_its_own_budget(shop: Shop) -> None:
    shop.start({**FILES, "AGENTS.md": "<!-- costgate: budget 200 -->\nRun the tests.\n"})
    shop.commit({"AGENTS.md": "<!-- costgate: budget 9000 -->\n" + "Run the tests before you commit.\n" * 80})
    ran = shop.run("diff", "--base", "main")
    assert ran.code == 1 and "its budget is 200" in ran.out


def test_a_diff_names_the_prompt_and_the_lines_that_grew(shop: Shop) -> None:
    shop.start(FILES)
    grown = RULES.replace("\n## Form\n", "\n## Length\n" + "Never write more than needed.\n" * 20 + "\n## Form\n")
    shop.commit({"prompts/rules.md": grown, "AGENTS.md": FILES["AGENTS.md"] + "Ask before you push.\n" * 5})
    ran = shop.run("diff", "--base", "main")
    assert "prompt prompts/rules.md:44-64" in ran.out
    assert "AGENTS.md  ≈+" in ran.out and "lines 41-45" in ran.out and "always" in ran.out
    report = shop.run("diff", "--base", "main", "--format", "json").report
    (cause,) = report["changes"][0]["causes"]
    assert (cause["path"], cause["line"], cause["end_line"]) == ("prompts/rules.md", 44, 64)


def test_an_unread_prompt_file_does_not_pass_a_diff(shop: Shop) -> None:
    shop.start(FILES)
    shop.commit({"prompts/rules.md": b"\xff\xfe\x00b\x00i\x00g"})
    ran = shop.run("diff", "--base", "main")
    assert ran.code == 1 and "prompts/rules.md changed and was not read whole" in ran.out
    assert "386 tokens → not read" in ran.out and "-386" not in ran.out and "-$" not in ran.out
    (change,) = shop.run("diff", "--base", "main", "--format", "json").report["changes"]
    assert change["delta"] == {"tokens": None, "cost": None}


def _notebook(*sources: str) -> str:
    made = [{"cell_type": "code", "source": source, "outputs": [], "metadata": {}} for source in sources]
    return json.dumps({"nbformat": 4, "cells": made}, indent=1)


CELLS = ("from openai import OpenAI\nclient = OpenAI()", "%pip list\n\nclient.responses.create(model='gpt-4.1', input='Hi')")


def test_a_notebook_is_checked_with_places_in_its_cells(shop: Shop) -> None:
    shop.start({"a.ipynb": _notebook(*CELLS)})
    assert "a.ipynb:cell 2:3:1: CG101" in shop.run("check", "a.ipynb").out
    report = shop.run("check", "a.ipynb", "--format", "json").report
    (finding,) = (each for each in report["findings"] if each["rule"] == "CG101")
    assert (finding["cell"], finding["line"]) == (1, 3)
    result = json.loads(shop.run("check", "a.ipynb", "--format", "sarif").out)["runs"][0]["results"][0]
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 1
    assert result["message"]["text"].startswith("cell 2:3: ")
    annotation = shop.run("check", "a.ipynb", "--format", "github").out
    assert "file=a.ipynb,title" in annotation and "::cell 2:3: " in annotation


def test_an_ignore_in_a_cell_counts_for_its_cell(shop: Shop) -> None:
    first = "# costgate: ignore[CG101] a demo\n" + CELLS[1].partition("\n\n")[2]
    shop.start({"a.ipynb": _notebook(CELLS[0], first, "\n" + CELLS[1])})
    assert [line.split(": ")[0] for line in shop.run("check", "a.ipynb").out.splitlines() if "CG101" in line] == ["a.ipynb:cell 3:4:1"]


def test_a_diff_reads_notebooks_of_both_commits(shop: Shop) -> None:
    shop.start({"a.ipynb": _notebook(*CELLS)})
    shop.commit({"a.ipynb": _notebook("# a new cell", CELLS[0], CELLS[1].replace("gpt-4.1", "gpt-4o"))})
    (change,) = shop.diff().report["changes"]
    assert change["kind"] == "changed" and change["after"]["path"] == "a.ipynb"
    assert [cause["what"] for cause in change["causes"]] == ["model"]

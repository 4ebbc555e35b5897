"""The terminal form fits the width, keeps to one line what must, and obeys nothing it quotes."""

from __future__ import annotations

import re
from typing import cast

import pytest
from rich.cells import cell_len

from costgate.model.report import Report
from costgate.render import render
from costgate.render.grid import middle
from costgate.render.options import Options

FIXTURES = ["audit_report", "diff_report", "unchanged_report"]
ANSI = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("fixture", FIXTURES)
@pytest.mark.parametrize("width", [30, 44, 60, 80, 100, 120, 160, 240])
def test_no_line_is_wider_than_the_terminal(fixture: str, width: int, request: pytest.FixtureRequest) -> None:
    report: Report = request.getfixturevalue(fixture)
    text = render(report, "text", Options(width=width))
    for line in text.split("\n"):
        # Taking the meaning from a CI command costs up to two cells on the line that holds one.
        assert cell_len(line.replace(": :", "::").replace("# #[", "##[")) <= width
        assert line == line.rstrip()
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)


@pytest.mark.parametrize("fixture", [*FIXTURES, "check_report"])
def test_colour_changes_nothing_but_colour(fixture: str, request: pytest.FixtureRequest) -> None:
    report: Report = request.getfixturevalue(fixture)
    plain = render(report, "text", Options(width=100))
    coloured = render(report, "text", Options(width=100, colour=True))
    assert "\x1b[" in coloured
    bare = "\n".join(line.rstrip() for line in ANSI.sub("", coloured).split("\n"))
    assert "\x1b" not in bare
    assert bare.replace("::", ": :") == plain.replace("::", ": :")


@pytest.mark.parametrize("width", [80, 120, 160])
def test_figures_are_never_cut(audit_report: Report, width: int) -> None:
    text = render(audit_report, "text", Options(width=width))
    for figure in ("≈$0.0118–0.999", "≈$11.8–999", "$0.00811+", "$8.11+", "≈11,900–13,000", "400 or none"):
        assert figure in text
    assert "? the model is not known: read from the environment variable MODEL, which" in text


def test_headline_first_and_summary_last(audit_report: Report, diff_report: Report) -> None:
    audit = render(audit_report, "text").rstrip().split("\n")
    assert audit[0].startswith("costgate audit: 6 model calls in 6 files, together ≈$0.0199+")
    assert audit[-1] == "fail: 3 errors, 1 warning, 1 info (1 existing, 1 suppressed, 1 waived)"
    diff = render(diff_report, "text", Options(width=200)).rstrip().split("\n")
    assert diff[0].startswith("costgate diff: fail: ≈+$0.0135 or more per request over 7 changed calls")
    assert "prompt tokens  1,445 → 3,265–3,645  (+1,820)" in "\n".join(diff)
    assert "1 call only moved or renamed: no cost" in "\n".join(diff)


def test_a_limit_counts_the_rest(audit_report: Report) -> None:
    text = render(audit_report, "text", Options(width=120, limit=2))
    assert "4 more calls, 2 of them without a price or a size, are in the JSON report" in text
    assert "src/batch/run.py:9  " not in text


def test_hidden_findings_and_abstentions_on_demand(audit_report: Report) -> None:
    normal = render(audit_report, "text", Options(width=160))
    full = render(audit_report, "text", Options(width=160, detail="full"))
    for words in ("short answers by contract", "waiver until 2027-01-31", "the output limit may be absent"):
        assert words in full and words not in normal


def test_check_is_one_line_for_each_finding(check_report: Report) -> None:
    lines = render(check_report, "text", Options(width=30)).rstrip("\n").split("\n")
    assert len(lines) == 6
    assert "src/support/answer.py:42:9: CG201 retried without bound by two layers" in lines
    assert "notebooks/Explore data #2.ipynb:cell 5:3:9: CG301 called in a loop over rows" in lines
    assert "CG401 all prompts together exceed the budget of 20,000 tokens by 1,204" in lines
    assert lines[-1] == "costgate check: 3 errors, 1 warning, 1 info in 5 files (1 existing, 1 suppressed, 1 waived)"


def test_middle_keeps_the_line_number() -> None:
    assert middle("src/a/very/long/path/to/module.py:142", 20) == "src/a/…module.py:142"
    assert middle("short.py:1", 20) == "short.py:1"
    assert cell_len(middle("漢字" * 20 + ":7", 11)) <= 11


def test_the_environment_does_not_matter(audit_report: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    before = render(audit_report, "text", Options(width=100))
    for name, value in {
        "COLUMNS": "20",
        "FORCE_COLOR": "1",
        "TERM": "dumb",
        "NO_COLOR": "1",
        "TTY_COMPATIBLE": "1",
    }.items():
        monkeypatch.setenv(name, value)
    assert render(audit_report, "text", Options(width=100)) == before
    assert "\x1b[" in render(audit_report, "text", Options(width=100, colour=True))


def _many(report: Report, number: int) -> Report:
    info = next(one for one in report["findings"] if one["severity"] == "info")
    report["findings"] += [{**info, "line": line, "fingerprint": str(line)} for line in range(100, 100 + number)]
    return report


def test_many_findings_that_only_inform_are_one_line_a_rule(audit_report: Report) -> None:
    text = render(_many(audit_report, 40), "text", Options(width=120))
    assert "info CG301  call-in-loop  41 findings, the first at notebooks/Explore data #2.ipynb:cell 5:3" in text
    assert "--persona strict spells these out" in text and text.count("called in a loop over rows") == 0
    assert "3 errors, 1 warning, 41 info" in text.splitlines()[-1]
    for detail in ("more", "full"):
        assert render(audit_report, "text", Options(width=120, detail=detail)).count("called in a loop over rows") == 41


def test_few_are_spelled_out(audit_report: Report) -> None:
    assert render(_many(audit_report, 4), "text", Options(width=120)).count("called in a loop over rows") == 5


def test_a_fix_stands_with_the_first_finding_of_its_rule(audit_report: Report) -> None:
    warning = next(one for one in audit_report["findings"] if one["severity"] == "warning" and one["state"] == "open")
    audit_report["findings"] += [{**warning, "line": 900 + number} for number in range(3)]
    assert render(audit_report, "text", Options(width=120)).count("fix: Set what unbounded-output asks for.") == 1


def test_a_long_table_says_once_what_is_not_known(audit_report: Report) -> None:
    unknown = audit_report["calls"][2]
    audit_report["calls"] = [{**unknown, "line": line} for line in range(1, 30)]
    assert "? the model is not known" not in render(audit_report, "text", Options(width=120))
    assert "? the model is not known" in render(audit_report, "text", Options(width=120, detail="more"))


def test_links_to_files_where_a_terminal_is(audit_report: Report, hostile: str) -> None:
    text = render(audit_report, "text", Options(width=120, colour=True, root="/home/me/a b"))
    assert "file:///home/me/a%20b/src/support/answer.py\x1b\\" in text
    assert "\x1b]8;" not in render(audit_report, "text", Options(width=120, root=None, colour=True))
    for address in re.findall(r"\x1b\]8;[^;]*;([^\x1b]*)\x1b", text):
        assert re.fullmatch(r"(file:///home/me/a%20b/[A-Za-z0-9%/._~-]+)?", address), address
    audit_report["findings"] = [{**audit_report["findings"][0], "path": "../../etc/passwd"}]
    assert "passwd\x1b\\" not in render(audit_report, "text", Options(width=120, colour=True, root="/home/me"))


def _with_calls(report: Report, priced: int, blank: int) -> Report:
    """So many calls that cost something, and so many of which neither price nor size is known."""
    first = next(call for call in report["calls"] if call["cost_per_call"] is not None)
    made = [{**first, "key": f"p{n}", "path": f"p{n}.py", "via": None} for n in range(priced)]
    made += [
        {**first, "key": f"b{n}", "path": f"b{n}.py", "via": None, "cost_per_call": None, "gaps": [], "input_tokens": None} for n in range(blank)
    ]
    return cast("Report", {**report, "calls": made})


@pytest.mark.parametrize(
    ("priced", "blank", "limit", "shown"),
    [(2, 60, 50, (2, 13)), (20, 60, 50, (20, 10)), (60, 60, 50, (50, 0)), (45, 60, 50, (45, 5)), (3, 12, 50, (3, 12)), (0, 90, 50, (0, 15))],
)
def test_calls_that_say_nothing_do_not_fill_the_table(
    audit_report: Report, priced: int, blank: int, limit: int, shown: tuple[int, int]
) -> None:
    text = render(_with_calls(audit_report, priced, blank), "text", Options(width=120, limit=limit))
    assert tuple(len(re.findall(rf"^{letter}\d+\.py:\d+ ", text, re.MULTILINE)) for letter in "pb") == shown
    left = priced + blank - sum(shown)
    assert (f"{left} more calls, " in text) is bool(left)

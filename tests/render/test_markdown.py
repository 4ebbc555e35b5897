"""The comment: what it opens with, what it folds, how it stays within GitHub's limit."""

from __future__ import annotations

import copy
import re
from typing import Any, cast

import pytest
from markdown_it import MarkdownIt

from costgate.model.error import UserError
from costgate.model.marker import Marker, find_marker
from costgate.model.report import CauseDoc, Report, SideDoc
from costgate.render import render
from costgate.render.markdown import LIMIT
from costgate.render.options import Options

LINKS = Options(links="https://github.example/acme/assistant")
OURS = {"<code>", "</code>", "<br>", "<sub>", "</sub>"}


def test_marker_first_then_verdict_number_and_cause(diff_report: Report) -> None:
    lines = render(diff_report, "markdown", LINKS).split("\n")
    assert find_marker(lines[0]) == Marker("report", 1790000000, "1f" * 20)
    assert lines[1] == (
        "### ❌ costgate fail: ≈+&#36;0.0135 or more per request over 7 changed calls (1 not priced), "
        "mainly model `gpt-4o-mini` → `claude-sonnet-4-5` at `src/report/models.py:3`"
    )


def test_five_changes_are_shown_and_the_rest_is_folded(diff_report: Report) -> None:
    shown, folded = render(diff_report, "markdown", LINKS).split("<details>")
    assert len(re.findall(r"^\| (?!Call|---)", shown, re.MULTILINE)) == 5
    assert "2 smaller changes below." in shown
    assert "`src/b.py:9` +3 tokens" in folded and "`src/b.py:9`" not in shown
    [row] = [line for line in shown.split("\n") if line.startswith("| [`src/support/answer.py:42`]")]
    assert row.strip("| ").split(" | ") == [
        f"[`src/support/answer.py:42`]({LINKS.links}/blob/{'1f' * 20}/src/support/answer.py#L42) `Support.answer`",
        "1,445 → 3,265–3,645 (+1,820)",
        "&#36;0.00361–0.0136 → &#36;0.00811–0.0381 (+&#36;0.0045–0.0245)",
        "`prompts/system.md:1` +1,820 tokens<br>output limit `1000` → `2000`",
    ]


def test_findings_stand_with_fix_and_way_out(diff_report: Report) -> None:
    shown = render(diff_report, "markdown", LINKS).split("<details>")[0]
    found = [line for line in shown.split("\n") if line.startswith(("- ❌", "- ⚠️", "- ℹ️"))]
    assert [re.search(r"\*\*(CG\d+)\*\*", line)[1] for line in found] == ["CG401", "CG900", "CG201", "CG101", "CG301"]  # type: ignore[index]
    assert "<br>Fix: Set what unbounded-retry asks for.<br>" in found[2]
    assert found[2].endswith(
        "`# costgate: ignore[CG201] reason` in the call has to be on the base branch: this rule is enforced."
    )
    assert found[3].endswith("To accept it, write `# costgate: ignore[CG101] reason` in the call.")
    assert found[0].endswith("To accept it, change the rule's settings in the base branch's costgate.yaml.")


def test_new_exceptions_come_before_the_findings(diff_report: Report) -> None:
    text = render(diff_report, "markdown", LINKS)
    assert text.index("This pull request adds 1 exception") < text.index("| Call |") < text.index("**CG201**")


def test_what_is_folded(diff_report: Report) -> None:
    folded = render(diff_report, "markdown", LINKS).split("<details>")[1]
    for words in (
        "#### One request through every call",
        "#### Not known: model (1)",
        "Declare: name the model in the code, or map the name it has there under `models:` in costgate.yaml",
        "#### What the figures rest on",
        "`question` at `src/support/answer.py:45` taken as 20–400 tokens (declared)",
        "- suppressed `CG101`",
        "- prices of 2026-11-20",
        "- priced 66%",
        "Calls: 1 added, 1 removed, 4 changed, 1 repriced, 1 moved.",
        "<sub>costgate 0.1.0 · commit 1f1f1f1 against 2e2e2e2 · prices of 2026-11-20",
    ):
        assert words in folded


def test_one_tick_when_nothing_changed(unchanged_report: Report, diff_report: Report) -> None:
    assert render(unchanged_report, "markdown").split("\n")[1] == "✅ costgate: no model call changed in cost"
    unchanged_report["changes"] = [one for one in diff_report["changes"] if one["kind"] == "moved"]
    assert render(unchanged_report, "markdown").split("\n")[1] == "✅ costgate: no model call changed in cost, 1 moved"


@pytest.mark.parametrize("fixture", ["audit_report", "diff_report", "check_report", "unchanged_report"])
def test_nothing_judged_becomes_markup(fixture: str, request: pytest.FixtureRequest) -> None:
    report: Report = request.getfixturevalue(fixture)
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    text = render(report, "markdown", LINKS)
    tokens = parser.parse(text)
    html = {token.content.strip() for token in tokens if token.type == "html_block"}
    assert all(re.match(r"<(details>|/details>|!-- costgate:)", block) for block in html)
    for token in (part for outer in tokens for part in outer.children or []):
        assert token.type not in {"image", "s_open", "em_open", "fence"}
        assert token.type != "html_inline" or token.content in OURS
        if token.type == "link_open":
            assert str(token.attrs["href"]).startswith(f"https://github.example/acme/assistant/blob/{'1f' * 20}/")
    assert not re.search(r"(?<!`)@[a-z]", re.sub(r"`[^`\n]*`", "", text))


def grown(report: Report, calls: int, name: str) -> Report:
    report = copy.deepcopy(report)
    change = report["changes"][4]
    assert change["after"] is not None
    side: SideDoc = {**change["after"], "path": name, "function": name}
    cause: CauseDoc = {**change["causes"][0], "what": name, "path": name, "before": name, "after": name}
    report["changes"] = [{**change, "after": side, "causes": [cause] * 9}] * calls
    report["findings"] = [{**report["findings"][2], "path": name, "message": name}] * calls
    report["calls"] = [{**report["calls"][5], "path": name, "function": name}] * calls
    report["exceptions_changed"] = [{**report["exceptions_changed"][0], "path": name, "reason": name}] * calls
    return report


@pytest.mark.parametrize(
    "name", ["a/b.py", "|" * 5000, "`" * 200, "\U0001f4b8" * 199, "\U000e0001" * 400, "<!--" * 60, "a`|" * 60]
)
@pytest.mark.parametrize("calls", [1, 3000])
def test_the_comment_stays_within_the_limit(diff_report: Report, name: str, calls: int) -> None:
    text = render(grown(diff_report, calls, name), "markdown", LINKS)
    assert len(text) <= LIMIT
    assert text.count("<details>") == text.count("</details>") == 1
    assert text.startswith("<!-- costgate:report ")
    assert text.rstrip().endswith("</sub>")
    if calls > 1:
        assert re.search(r"… [\d,]+ lines left out here; the JSON report has them", text)


def test_a_tag_cannot_end_the_marker(diff_report: Report) -> None:
    with pytest.raises(UserError, match="bad tag"):
        render(diff_report, "markdown", Options(tag="x --> <b>"))


def test_markers() -> None:
    marker = Marker("prompts", 12, None)
    assert marker.line() == "<!-- costgate:prompts order=12 sha=none -->"
    assert find_marker(f"\n{marker.line()}\r\nbody") == marker
    assert find_marker(f"quoted: {marker.line()}") is None
    assert find_marker("<!-- costgate:x order=-1 sha=none -->") is None


def test_a_rule_is_told_once_and_what_only_informs_is_folded(audit_report: Report) -> None:
    first = audit_report["findings"][0]
    rules = [rule["id"] for rule in audit_report["rules"]][:2]
    several = [{**first, "rule": rules[0], "severity": "warning", "state": "open", "line": n} for n in range(1, 4)]
    several += [{**first, "rule": rules[1], "severity": "info", "state": "open", "line": n} for n in range(10, 70)]
    text = render(cast("Report", {**audit_report, "findings": several}), "markdown", Options())
    above, _, below = text.partition("<details>")
    lines = [line for line in above.split("\n") if line.startswith(("- ⚠️", "- ℹ️"))]
    assert len(lines) == 4 and "and 59 other places" in lines[3]
    assert [("Fix: " in line, "To accept it" in line) for line in lines] == [(True, True), (False, False), (False, False), (True, True)]
    folded = [line for line in below.split("\n") if line.startswith("- ℹ️")]
    assert len(folded) == 59 and not any("To accept it" in line for line in folded)
    assert "more below" not in above


def test_a_wrappers_own_change_says_where_it_is_counted(diff_report: Report) -> None:
    report = copy.deepcopy(diff_report)
    change = next(each for each in report["changes"] if each["before"] and each["after"] and each["after"]["cost_per_call"])
    none = {"low": 0, "likely": 0, "high": 0, "unbounded": False, "basis": "exact"}
    change["delta"] = cast("Any", {**change["delta"], "cost": none})
    change["before"] = cast("Any", {**cast("dict[str, Any]", change["before"]), "cost_per_call": {**none, "low": "7", "likely": "7", "high": "7"}})
    text = render(report, "markdown", Options())
    assert "(counted at its callers)" in text
    assert "(counted at its callers)" in render(report, "text", Options(width=200))


def test_what_is_hidden_for_one_reason_is_one_line(audit_report: Report) -> None:
    first = next(each for each in audit_report["findings"] if each["state"] == "open")
    hidden = [{**first, "state": "existing", "suppressed_by": None, "line": n} for n in range(1, 41)]
    text = render(cast("Report", {**audit_report, "findings": hidden}), "markdown", Options())
    (line,) = [each for each in text.split("\n") if each.startswith("- existing ")]
    assert "and 35 other places" in line

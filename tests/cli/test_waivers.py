"""Findings that a policy accepts for a while, and those that a change may answer for."""

from __future__ import annotations

from typing import Any

import pytest

WAIVER = """\
waivers:
  - rule: unbounded-retry
    path: app.py
    reason: the vendor mends it
    owner: "@shop"
    until: {until}
"""
LATE, EARLY = "2031-01-31", "2020-01-31"


def _found(report: dict[str, Any], rule: str) -> dict[str, Any]:
    (found,) = [one for one in report["findings"] if one["rule"] == rule]
    return found


def test_a_waiver_of_the_base_holds_until_its_last_day(shop: Any, call: str, retried: str) -> None:
    shop.start({"app.py": call, "costgate.yaml": WAIVER.format(until=LATE)})
    shop.commit({"app.py": retried})
    ran = shop.diff("--as-of", LATE)
    found = _found(ran.report, "CG201")
    assert (ran.code, found["state"]) == (0, "waived")
    assert found["waiver"] == {"owner": "@shop", "until": LATE, "reason": "the vendor mends it", "path": "costgate.yaml", "line": 2}
    assert found["suppressed_by"] == f"waiver of @shop until {LATE}: the vendor mends it"
    ran = shop.diff("--as-of", "2031-02-01")
    found = _found(ran.report, "CG201")
    assert (ran.code, found["state"]) == (1, "open") and f"ended on {LATE}" in found["message"]
    assert _found(ran.report, "CG912")["line"] == 2


def test_a_waiver_that_a_change_adds_is_shown_and_does_not_count(shop: Any, call: str, retried: str) -> None:
    shop.start({"app.py": call, "costgate.yaml": "fail_on: error\n"})
    shop.commit({"app.py": retried, "costgate.yaml": "fail_on: error\n" + WAIVER.format(until=LATE)})
    ran = shop.diff()
    assert (ran.code, _found(ran.report, "CG201")["state"]) == (1, "open")
    (shown,) = ran.report["exceptions_changed"]
    assert (shown["kind"], shown["change"], shown["rules"], shown["line"]) == ("waiver", "added", ["CG201"], 3)
    assert "not in force here" in shown["reason"]


def test_a_waiver_that_a_change_prolongs_or_removes_is_shown(shop: Any, call: str) -> None:
    shop.start({"app.py": call, "costgate.yaml": WAIVER.format(until=EARLY)})
    shop.commit({"costgate.yaml": WAIVER.format(until=LATE)})
    assert [one["change"] for one in shop.diff().report["exceptions_changed"]] == ["changed"]
    shop.commit({"costgate.yaml": "{}\n"})
    assert [one["change"] for one in shop.diff().report["exceptions_changed"]] == ["removed"]


@pytest.mark.parametrize(
    ("ceiling", "state"),
    [
        ("{cost_per_call: '0.05'}", "waived"),
        ("{cost_per_call: '0.000001'}", "open"),
        ("{tokens: 5000}", "waived"),
        ("{tokens: 1}", "open"),
    ],
)
def test_a_ceiling_ends_a_waiver_where_the_finding_goes_beyond_it(shop: Any, retried: str, ceiling: str, state: str) -> None:
    profile = "profiles: [{sites: app.py, holes: {input: 50}}]\n"
    text = profile + WAIVER.format(until=LATE) + f"    ceiling: {ceiling}\n"
    shop.start({"app.py": retried, "costgate.yaml": text})
    ran = shop.run("audit", "--format", "json")
    found = _found(ran.report, "CG201")
    assert found["state"] == state, found
    if state == "open":
        assert "its ceiling is" in found["message"]
    shop.write({"costgate.yaml": text.removeprefix(profile)})
    found = _found(shop.run("audit", "--format", "json").report, "CG201")
    assert found["state"] == "open" and "nothing bounds" in found["message"]


@pytest.mark.parametrize(
    ("place", "state"),
    [
        ("glob: '*.py'", "waived"),
        ("call: app.py::answer", "waived"),
        ("call: app.py::other", "open"),
        ("path: lib/app.py", "open"),
        ("path: .", "open"),
        ("fingerprint: " + "0" * 64, "open"),
    ],
)
def test_what_a_waiver_is_about(shop: Any, retried: str, place: str, state: str) -> None:
    shop.start({"app.py": retried, "costgate.yaml": WAIVER.format(until=LATE).replace("path: app.py", place)})
    report = shop.run("audit", "--format", "json").report
    assert _found(report, "CG201")["state"] == state
    assert [one["rule"] for one in report["findings"] if one["rule"] == "CG911"] == ([] if state == "waived" else ["CG911"])


def test_a_waiver_by_fingerprint(shop: Any, retried: str) -> None:
    shop.start({"app.py": retried})
    mark = _found(shop.run("audit", "--format", "json").report, "CG201")["fingerprint"]
    shop.write({"costgate.yaml": WAIVER.format(until=LATE).replace("path: app.py", f"fingerprint: {mark}")})
    assert _found(shop.run("audit", "--format", "json").report, "CG201")["state"] == "waived"


def test_a_budget_on_the_whole_is_not_waived_by_the_path_it_is_shown_at(shop: Any, call: str, retried: str) -> None:
    rules = "rules: {diff-over-token-budget: {severity: error, params: {limit: 1}}}\n"
    waiver = WAIVER.format(until=LATE).replace("unbounded-retry", "diff-over-token-budget")
    shop.start({"app.py": call, "costgate.yaml": rules + waiver.replace("path: app.py", "glob: '**'")})
    shop.commit({"b.py": call})
    assert _found(shop.diff().report, "CG804")["state"] == "open"
    shop.git("checkout", "-q", "main")
    shop.commit({"costgate.yaml": rules + waiver.replace("path: app.py", "path: .")})
    shop.git("checkout", "-q", "-b", "other")
    shop.commit({"c.py": call})
    assert _found(shop.diff().report, "CG804")["state"] == "waived"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("waivers:\n  - {rule: CG201, path: a.py, reason: x}\n", ("costgate.yaml:2: ", "lacks until")),
        ("waivers:\n  - {rule: CG201, path: a.py, reason: x, until: 2031-02-31}\n", ("costgate.yaml:2: ", "no day")),
        ("waivers:\n  - {rule: CG201, reason: x, until: 2031-01-31}\n", ("needs one of path, glob, call, fingerprint",)),
        ("waivers:\n  - {path: a.py, reason: x, until: 2031-01-31}\n", ("needs one of rule and rules",)),
        ("waivers:\n  - {rule: unbounded-retyr, path: a.py, reason: x, until: 2031-01-31}\n", ("costgate.yaml:2: ", "did you mean unbounded-retry?")),
        ("waivers:\n  - {rule: CG201, path: ../a.py, reason: x, until: 2031-01-31}\n", ("leaves the root",)),
        ("waivers:\n  - {rule: CG201, path: a.py, reason: ' ', until: 2031-01-31}\n", ("text that says why",)),
        ("justify: {rules: [CG201], trailer: false}\n", ("costgate.yaml:1: ", "needs labels")),
        ("justify:\n  rules: [nonsense]\n", ("costgate.yaml:2: ", "no rule 'nonsense'")),
    ],
)
def test_what_is_no_waiver(shop: Any, call: str, text: str, words: tuple[str, ...]) -> None:
    shop.start({"app.py": call, "costgate.yaml": text})
    shop.run("audit").mistake(*words)
    shop.run("audit").mistake(*words)


JUSTIFY = "justify: {rules: [unbounded-retry], labels: [cost-agreed]}\n"


def _commit(shop: Any, files: dict[str, str], message: str) -> None:
    shop.write(files)
    shop.git("add", "--all")
    shop.git("commit", "-q", "-m", message)


@pytest.mark.parametrize(
    ("policy", "message", "labels", "code"),
    [
        (JUSTIFY, "Answer\n\nCostgate-Justify: the fair is on Monday", (), 0),
        (JUSTIFY, "Answer\n\nCostgate-Justify: CG201, CG101: the fair is on Monday", (), 0),
        (JUSTIFY, "Answer\n\nCostgate-Justify: CG101: the fair is on Monday", (), 1),
        (JUSTIFY, "Answer\n\nCostgate-Justify:", (), 1),
        (JUSTIFY, "Costgate-Justify: not a trailer\n\nbut the text", (), 1),
        (JUSTIFY, "Answer", (), 1),
        (JUSTIFY, "Answer", ("cost-agreed",), 0),
        (JUSTIFY, "Answer", ("other",), 1),
        (JUSTIFY.replace("}", ", trailer: false}"), "Answer\n\nCostgate-Justify: please", (), 1),
        (JUSTIFY.replace("unbounded-retry", "cost-increase"), "Answer\n\nCostgate-Justify: please", ("cost-agreed",), 1),
        ("fail_on: error\n", "Answer\n\nCostgate-Justify: please", ("cost-agreed",), 1),
    ],
)
def test_a_change_answers_for_what_the_base_lets_it(
    shop: Any, call: str, retried: str, policy: str, message: str, labels: tuple[str, ...], code: int
) -> None:
    shop.start({"app.py": call, "costgate.yaml": policy})
    _commit(shop, {"app.py": retried, "costgate.yaml": JUSTIFY}, message)
    ran = shop.diff(*(f"--label={label}" for label in labels))
    found = _found(ran.report, "CG201")
    assert (ran.code, found["state"], ran.report["verdict"]["result"]) == (code, "open", "fail" if code else "warn")
    assert ("justified_by" in found) is (code == 0)
    if not code:
        assert ran.report["exceptions_changed"][0]["kind"] == "justification"
        assert ran.report["exceptions_changed"][0]["rules"] == ["CG201"]

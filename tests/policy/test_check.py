"""What is wrong with a rule file is said in one line: where, what, and what to do."""

from __future__ import annotations

import pytest

from costgate.model.error import UserError
from costgate.policy.check import check_rule

GOOD = """\
id: TEAM001
name: chatty-support
severity: warning
confidence: high
summary: A support call may answer at length
why: Long answers are read by nobody.
fix: Cap it.
params:
  limit: {type: number, default: 400, doc: Tokens.}
match:
  each: call
  all:
    - call.output_limit: {gt: $limit}
    - call.retries.product: {gt: 3, compare: high}
    - some: {of: call.loops, where: {loop.bound: {gt: {fact: call.line}}}}
message: "{call.output_limit} is more than {$limit}"
"""


def complaint(old, new):
    assert old in GOOD
    with pytest.raises(UserError) as caught:
        check_rule("team.yml", GOOD.replace(old, new))
    return str(caught.value)


def test_a_good_rule_passes():
    assert check_rule("team.yml", GOOD)["id"] == "TEAM001"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("severity: warning", "severty: warning", "team.yml:3: unknown word 'severty' (did you mean severity?)"),
        ("severity: warning\n", "", "team.yml:1: 'severity' is missing"),
        ("severity: warning", "severity: warn", "team.yml:3: 'warn' does not go here (did you mean warning?)"),
        (
            "call.output_limit: {",
            "call.output_limt: {",
            "team.yml:13: unknown word 'call.output_limt' (did you mean call.output_limit?)",
        ),
        ("{gt: $limit}", "{gr: $limit}", "team.yml:13: unknown word 'gr' (one of eq, ge, gt, in, is, le, lt, matches, outside)"),
        ("{gt: $limit}", "{gt: lots}", "team.yml:13: this must be a number, $parameter, or {fact: path}"),
        ("{gt: $limit}", "{gt: $limt}", "team.yml:13: there is no parameter limt (did you mean limit?)"),
        ("{gt: $limit}", "{gt: 1, lt: 3}", "team.yml:13: One test of a value. (one key each; join them with all:)"),
        ("{gt: 3, compare: high}", "{gt: 3, lt: 9}", "team.yml:14: one test, and compare beside it at most"),
        ("{gt: 3, compare: high}", "{compare: high}", "team.yml:14: one test, and compare beside it at most"),
        ("{gt: 3, compare: high}", "{is: known, compare: high}", "team.yml:14: compare goes with gt, lt, ge or le"),
        ("{gt: 3, compare: high}", "{eq: 3}", "team.yml:14: unknown word 'eq'"),
        ("of: call.loops", "of: call.kind", "team.yml:15: 'call.kind' does not go here"),
        ("loop.bound: {", "layer.attempts: {", "team.yml:15: layer.attempts cannot be seen from each: call"),
        ("{fact: call.line}", "{fact: call.kind}", "team.yml:15: loop.bound is a number, call.kind a text"),
        ("{fact: call.line}", "{fact: run.files}", None),
        ("{fact: call.line}", "{fact: before.line}", "team.yml:15: before.line cannot be seen from each: call"),
        ("each: call\n", "each: prompt\n", "team.yml:13: call.output_limit cannot be seen from each: prompt"),
        ("each: call\n", "each: cal\n", "team.yml:11: 'cal' does not go here (did you mean call?)"),
        ("  all:\n", "  any: []\n  all:\n", "team.yml:1"),
        ("{$limit}", "{$limt}", "team.yml:16: there is no parameter limt (did you mean limit?)"),
        (
            "{call.output_limit}",
            "{call.outputlimit}",
            "team.yml:16: there is no fact call.outputlimit (did you mean call.output_limit?)",
        ),
        ("{call.output_limit}", "{prompt.tokens}", "team.yml:16: prompt.tokens cannot be seen from each: call"),
        ("default: 400", "default: [400]", "team.yml:9: the default is no number"),
        ("type: number", "type: choice", "team.yml:9: choices go with type choice, and only there"),
        (
            "params:\n",
            "params:\n  other: {type: truth, default: true, doc: x}\n",
            "team.yml:9: parameter other is used nowhere",
        ),
        (
            "severity: warning\nconfidence: high",
            "severity: error\nconfidence: medium",
            "team.yml:3: an error needs confidence high",
        ),
        ("id: TEAM001", "id: team1", "team.yml:1: this must be capital letters and three or four digits, as in ACME001, not 'team1'"),
        (
            "- some: {of: call.loops, where: {loop.bound: {gt: {fact: call.line}}}}",
            "- predicate: stacked_retry",
            "team.yml:15: this must be one of stacked_retries, or distribution:predicate",
        ),
        (GOOD, "- a list", "team.yml:1: a rule is a mapping"),
        (GOOD, "a: [", "team.yml:2: not valid YAML"),
    ],
)
def test_complaints(old, new, message):
    if message is None:
        assert check_rule("team.yml", GOOD.replace(old, new))
        return
    assert complaint(old, new).startswith(message)


def test_examples_are_checked_for_shape():
    good = GOOD + "examples: {bad: [{title: x, code: y}], good: []}\n"
    assert check_rule("team.yml", good)
    for bad, message in (
        ("{title: x}", "this must be an example: a title, and either code or files"),
        ("{title: x, code: y, files: {a: b}}", "this must be an example: a title, and either code or files"),
        ("{title: x, code: y, afer: z}", "unknown word 'afer'"),
    ):
        with pytest.raises(UserError, match=message):
            check_rule("team.yml", GOOD + f"examples: {{bad: [{bad}], good: []}}\n")


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("call.callee: {matches: '(a+)+$'}", "team.yml:10: (a+)+$ is a regular expression"),
        ("call.callee: {matches: [good*, '^bad']}", "team.yml:10: ^bad is a regular expression"),
        ("call.callee: {outside: ['\\d+']}", "team.yml:10: \\d+ is a regular expression"),
        ("call.callee: {matches: 'app.*'}", None),
        ("call.callee: {matches: ['*[ab]', 'a(b)', '$c.d']}", None),
        ("call.model.deprecation_date: {lt: 2026-13-45}", "team.yml:10: 2026-13-45 is no day of any month"),
        ("call.model.deprecation_date: {lt: 2026-12-31}", None),
    ],
)
def test_what_looks_like_a_regular_expression_and_days_that_are_none(condition, message):
    text = "id: TEAM001\nname: a-b\nseverity: info\nconfidence: high\nsummary: A\nwhy: b\nfix: c\nmessage: d\nmatch:\n"
    text = text.replace("match:\n", "match: {each: call,\n  ") + condition + "}\n"
    if message is None:
        assert check_rule("team.yml", text)
        return
    with pytest.raises(UserError) as error:
        check_rule("team.yml", text)
    assert message in str(error.value)

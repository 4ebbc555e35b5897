"""The judge as a whole: findings, their states, and the verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from costgate.judge import judge
from costgate.judge.baseline import accepted, dump_baseline, parse_baseline
from costgate.judge.evaluate import identity
from costgate.judge.evaluate import tested as facts_of
from costgate.model.call import Context
from costgate.model.config import Config, PathSetting, RuleSetting
from costgate.model.error import UserError
from costgate.model.finding import Gap
from costgate.model.money import Range
from costgate.model.prompt import PromptSource
from costgate.model.snapshot import Change, PromptTokens
from costgate.model.value import ABSENT, Known, Span, Unknown
from costgate.model.waiver import Justifiable, Plea, Waiver

UNCAPPED = {"call.output_limit": {"is": "absent"}}


def capped(site, **more):
    return site(args={"output_limit": Known((400,))}, **more)


def test_it_fires_on_true_only_and_abstains_with_the_reason(site, snapshot, rule):
    hidden = site("b", 9, args={"output_limit": Unknown("it may be in **kwargs")})
    result = judge([rule(UNCAPPED)], snapshot(site("a"), hidden, capped(site, key="c")), Config(), mode="check")
    assert [(each.call_key, each.state, each.span.line) for each in result.findings] == [("a", "open", 3)]
    assert [(each.key, each.why) for each in result.abstentions] == [("b", "call.output_limit: it may be in **kwargs")]


def test_modes_decide_when_errors_fail(site, snapshot, rule):
    rules, tree = [rule(UNCAPPED)], snapshot(site())
    assert judge(rules, tree, Config(), mode="audit").verdict_result == "warn"
    assert judge(rules, tree, Config(), mode="check").verdict_result == "fail"
    assert judge(rules, tree, Config(fail_on="error"), mode="audit").verdict_result == "fail"
    assert judge(rules, tree, Config(fail_on="error"), mode="audit", fail_on="never").verdict_result == "warn"
    assert judge(rules, snapshot(capped(site)), Config(), mode="check").verdict_result == "pass"
    with pytest.raises(UserError, match="cannot fail on 'fatal'"):
        judge(rules, tree, Config(), mode="check", fail_on="fatal")


def test_the_threshold_and_the_reasons(site, snapshot, rule):
    warning = rule(UNCAPPED, severity="warning")
    tree = snapshot(site("a"), site("b", 9))
    assert judge([warning], tree, Config(), mode="check").verdict_result == "warn"
    result = judge([warning], tree, Config(), mode="check", fail_on="warning")
    assert result.verdict_result == "fail"
    assert result.reasons == ("2 x name-of-cg101 (CG101, warning): Something is wrong",)
    info = judge([rule(UNCAPPED, severity="info")], tree, Config(), mode="check")
    assert (info.verdict_result, info.reasons, len(info.findings)) == ("pass", (), 2)


@pytest.mark.parametrize(
    "config",
    [
        Config(enforce="warn"),
        Config(rules={"CG101": RuleSetting(enforce="warn")}),
        Config(rules={"name-of-cg101": RuleSetting(enforce="warn")}),
        Config(paths=(PathSetting(("app.py",), {"CG101": RuleSetting(enforce="warn")}),)),
    ],
)
def test_enforce_warn_lets_an_error_pass(site, snapshot, rule, config):
    assert judge([rule(UNCAPPED)], snapshot(site()), config, mode="check").verdict_result == "warn"


def test_enforce_of_a_path_beats_the_rest(site, snapshot, rule):
    block = PathSetting(("app.py",), {"CG101": RuleSetting(enforce="block")})
    config = Config(enforce="warn", paths=(block,))
    assert judge([rule(UNCAPPED)], snapshot(site()), config, mode="check").verdict_result == "fail"
    assert judge([rule(UNCAPPED)], snapshot(site(path="b.py")), config, mode="check").verdict_result == "warn"


def test_a_rule_that_is_off_does_not_run_and_one_off_for_a_path_is_listed(site, snapshot, rule):
    off = RuleSetting(severity="off")
    tree = snapshot(site("a"), site("b", path="tests/b.py"))
    everywhere = judge([rule(UNCAPPED)], tree, Config(rules={"CG101": off}), mode="check")
    assert (everywhere.findings, everywhere.rules) == ((), ())
    some = judge([rule(UNCAPPED)], tree, Config(paths=(PathSetting(("tests/",), {"CG101": off}),)), mode="check")
    assert [(each.span.path, each.state, each.suppressed_by, each.severity) for each in some.findings] == [
        ("app.py", "open", None, "error"),
        ("tests/b.py", "suppressed", "configuration", "error"),
    ]


def test_severity_and_parameters_come_from_the_configuration_by_path(site, snapshot, measure, rule):
    long = rule(
        {"call.input_tokens": {"gt": "$limit"}},
        params={"limit": {"type": "number", "default": 1000, "nullable": False}},
        message="{call.input_tokens} > {$limit}",
    )
    tree = snapshot(site("a"), site("b", path="b.py"), measures={"a": measure(500), "b": measure(500)})
    assert judge([long], tree, Config(), mode="check").findings == ()
    config = Config(
        rules={"CG101": RuleSetting(params={"limit": 400}, severity="warning")},
        paths=(PathSetting(("b.py",), {"CG101": RuleSetting(params={"limit": 600})}),),
    )
    found = judge([long], tree, config, mode="check").findings
    assert [(each.span.path, each.severity, each.message) for each in found] == [("app.py", "warning", "500 > 400")]
    assert found[0].data == {"call.input_tokens": "500", "$limit": "400"}


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"CG110": RuleSetting()}, "costgate.yaml: there is no rule 'CG110' (did you mean CG101?)"),
        (
            {"CG101": RuleSetting(params={"limt": 3})},
            "costgate.yaml: CG101 has no parameter 'limt' (did you mean limit?)",
        ),
        ({"CG101": RuleSetting(params={"limit": "lots"})}, "CG101: parameter limit must be a number, not 'lots'"),
        ({"CG101": RuleSetting(params={"limit": True})}, "CG101: parameter limit must be a number, not True"),
        ({"CG101": RuleSetting(severity="fatal")}, "CG101: no severity 'fatal'"),
    ],
)
def test_a_configuration_that_names_what_is_not_there_is_refused(site, snapshot, rule, setting, message):
    rules = [rule(UNCAPPED, params={"limit": {"type": "number", "default": 3}})]
    for config in (Config(rules=setting), Config(paths=(PathSetting(("x",), setting),))):
        with pytest.raises(UserError) as caught:
            judge(rules, snapshot(site()), replace(config, source="costgate.yaml"), mode="check")
        assert message in str(caught.value)


def test_the_complaint_has_the_line_of_the_setting(site, snapshot, rule):
    wrong = {"name-of-cg101": RuleSetting(params={"limit": 3})}
    config = Config(source="costgate.yaml", rules=wrong, lines={"rules/name-of-cg101": 7})
    with pytest.raises(UserError) as caught:
        judge([rule(UNCAPPED)], snapshot(site()), config, mode="check")
    assert caught.value.where == "costgate.yaml:7"


def test_personas(site, snapshot, rule):
    low = rule(UNCAPPED, confidence="low")
    for persona, state in (("default", "suppressed"), ("strict", "open"), ("auditor", "open")):
        (finding,) = judge([low], snapshot(site()), Config(persona=persona), mode="check").findings
        assert finding.state == state
    medium = rule(UNCAPPED, confidence="medium")
    assert judge([medium], snapshot(site()), Config(), mode="check").findings[0].state == "open"
    auditor = rule(UNCAPPED, persona="auditor")
    (finding,) = judge([auditor], snapshot(site()), Config(persona="strict"), mode="check").findings
    assert (finding.state, finding.suppressed_by) == ("suppressed", "persona strict")
    chosen = Config(rules={"CG101": RuleSetting(severity="error")})
    assert judge([auditor], snapshot(site()), chosen, mode="check").verdict_result == "fail"


def test_the_baseline_makes_a_finding_an_old_one(site, snapshot, rule):
    rules = [rule(UNCAPPED)]
    first = judge(rules, snapshot(site("a", 3)), Config(), mode="check")
    known = parse_baseline(dump_baseline(accepted(first.findings)), "baseline.json")
    moved = snapshot(site("a", 30), site("b", 40))
    second = judge(rules, moved, Config(), mode="check", baseline=known)
    assert [(each.call_key, each.state, each.suppressed_by) for each in second.findings] == [
        ("a", "existing", "baseline"),
        ("b", "open", None),
    ]
    assert judge(rules, snapshot(site("a", 30)), Config(), mode="check", baseline=known).verdict_result == "pass"


def test_what_the_base_has_is_existing_even_when_the_call_moved(site, snapshot, comparison, rule):
    before, after = site("old.py::ask", path="old.py"), site("new.py::ask", 8, path="new.py")
    new = site("new.py::tell", 20, path="new.py")
    changes = (
        Change("moved", after.key, before, after, Range.exact(0), Range.exact(0)),
        Change("added", new.key, None, new, Range.exact(100), None),
    )
    both = comparison(snapshot(before), snapshot(after, new), *changes)
    result = judge([rule(UNCAPPED)], both, Config(), mode="diff")
    assert [(each.call_key, each.state) for each in result.findings] == [(after.key, "existing"), (new.key, "open")]
    assert result.verdict_result == "fail"


def test_a_call_that_turns_bad_is_new(site, snapshot, comparison, rule):
    both = comparison(snapshot(capped(site)), snapshot(site()))
    assert [each.state for each in judge([rule(UNCAPPED)], both, Config(), mode="diff").findings] == ["open"]
    unknown = site(args={"output_limit": Unknown("dynamic")})
    both = comparison(snapshot(unknown), snapshot(site()))
    assert [each.state for each in judge([rule(UNCAPPED)], both, Config(), mode="diff").findings] == ["open"]


def test_a_wrapper_is_reported_once_in_its_body(site, snapshot, rule):
    body = site("body", 3, counted=False)
    callers = [site(f"caller{line}", line, via="body") for line in (10, 20)]
    result = judge([rule(UNCAPPED)], snapshot(body, *callers), Config(), mode="check")
    assert [(each.call_key, each.state) for each in result.findings] == [
        ("body", "open"),
        ("caller10", "suppressed"),
        ("caller20", "suppressed"),
    ]
    assert result.findings[1].suppressed_by == "the same finding at app.py:3, which it goes through"
    sound = [capped(site, key="body", line=3, counted=False), site("caller", 10, via="body")]
    assert [each.state for each in judge([rule(UNCAPPED)], snapshot(*sound), Config(), mode="check").findings] == [
        "open"
    ]


def test_an_object_is_judged_at_the_calls_through_it(site, snapshot, rule):
    built = site("object", 3, kind="model-object", counted=False)
    asked = judge([rule(UNCAPPED)], snapshot(built, site("call", 9)), Config(), mode="check")
    assert [each.call_key for each in asked.findings] == ["call"]
    alone = judge([rule(UNCAPPED)], snapshot(replace(built, counted=True)), Config(), mode="check")
    assert [each.call_key for each in alone.findings] == ["object"]


def test_calls_that_go_through_each_other_do_not_hide_each_other(site, snapshot, rule):
    circle = [site("a", 3, via="b"), site("b", 9, via="a"), site("c", 20, via="c")]
    result = judge([rule(UNCAPPED)], snapshot(*circle), Config(), mode="check")
    assert [each.state for each in result.findings] == ["open", "open", "open"]


def test_fingerprints_have_no_lines_and_tell_rules_and_calls_apart(site, snapshot, rule):
    rules = [rule(UNCAPPED), rule(UNCAPPED, "CG102")]
    here = judge(rules, snapshot(site("a", 3), site("b", 9)), Config(), mode="check").findings
    there = judge(rules, snapshot(site("a", 7), site("b", 90)), Config(), mode="check").findings
    assert [each.fingerprint for each in here] == [each.fingerprint for each in there]
    assert len({each.fingerprint for each in here}) == 4
    twins = judge(rules[:1], snapshot(site("a", 3), site("a", 9)), Config(), mode="check").findings
    assert len({each.fingerprint for each in twins}) == 2


def test_file_run_and_change_cases(site, snapshot, comparison, rule):
    unread = {"file.unread": {"eq": True}}
    changed = {"all": [{"file.changed": {"eq": True}}, unread]}
    files = rule(changed, each="file", message="{file.path}: {file.why}")
    grown = rule({"run.delta.tokens": {"gt": 50}}, "CG802", each="run", message="{run.delta.tokens}")
    dearer = rule({"change.kind": {"eq": "changed"}}, "CG803", each="change", message="{before.model} -> {call.model}")
    before = site(args={"model": Known(("gpt-4.1-mini",))})
    head = snapshot(site(last=5), unread={"b.py": "does not parse", "c.py": "too large"})
    both = comparison(
        snapshot(before),
        head,
        Change("changed", "app.py::ask", before, site(), Range.exact(60), None),
        tokens=Range.exact(60),
    )
    result = judge([files, grown, dearer], both, Config(), mode="diff", paths={"app.py", "b.py"})
    assert [(each.rule, each.span.path, each.span.line, each.message) for each in result.findings] == [
        ("CG802", "app.py", 3, "60"),
        ("CG803", "app.py", 3, "gpt-4.1-mini -> gpt-4.1"),
        ("CG101", "b.py", 1, "b.py: does not parse"),
    ]
    audit = judge([files, grown, dearer], head, Config(), mode="audit")
    assert (audit.findings, audit.abstentions) == ((), ())


def test_settings_of_a_path_do_not_touch_a_finding_about_the_run(site, snapshot, comparison, rule):
    grown = rule({"run.delta.tokens": {"gt": 50}}, "CG802", each="run")
    change = Change("added", "app.py::ask", None, site(), Range.exact(60), None)
    both = comparison(snapshot(), snapshot(site()), change, tokens=Range.exact(60))
    config = Config(paths=(PathSetting(("app.py",), {"CG802": RuleSetting(severity="off", enforce="warn")}),))
    result = judge([grown], both, config, mode="diff")
    assert ([each.state for each in result.findings], result.verdict_result) == (["open"], "fail")


def test_check_judges_the_files_it_is_given(site, snapshot, rule):
    prompts = (PromptTokens(PromptSource(Span("p.md", 1), "text", "system", "always", ()), Range.exact(9)),)
    tree = snapshot(site("a"), site("b", path="b.py"), prompts=prompts, gaps=(Gap("price", "none", Span("c.py", 4)),))
    rules = [
        rule(UNCAPPED),
        rule({"prompt.tokens": {"gt": 1}}, "CG601", each="prompt"),
        rule({"gap.what": {"eq": "price"}}, "CG901", each="gap"),
    ]
    result = judge(rules, tree, Config(), mode="check", paths={"b.py"})
    assert [each.span.path for each in result.findings] == ["b.py"]
    whole = judge(rules, tree, Config(), mode="audit")
    assert [each.span.path for each in whole.findings] == ["app.py", "b.py", "c.py", "p.md"]


def test_prompt_budgets_come_from_the_configuration(snapshot, rule):
    from costgate.model.config import Budget

    over = rule({"prompt.tokens": {"gt": {"fact": "prompt.budget"}, "compare": "high"}}, each="prompt")

    def prompt(path, tokens, budget=None):
        return PromptTokens(PromptSource(Span(path, 1), "x", "system", "always", (), budget), Range.exact(tokens))

    prompts = (prompt("p/a.md", 50), prompt("p/b.md", 50), prompt("q/c.md", 50, 40), prompt("q/d.md", 50, 60))
    config = Config(budgets=(Budget("p/", 40), Budget("p/b.md", 50)))
    result = judge([over], snapshot(prompts=prompts), config, mode="check")
    assert [each.span.path for each in result.findings] == ["p/a.md", "q/c.md"]


def test_absent_means_what_it_says(site, snapshot, rule):
    either = site(args={"output_limit": Known((400, ABSENT))})
    result = judge([rule(UNCAPPED)], snapshot(either), Config(), mode="check")
    assert result.findings == ()
    assert [each.why for each in result.abstentions] == ["call.output_limit: it is given only sometimes"]


def test_a_rule_about_the_run_is_told_its_day_its_currency_its_book_and_the_ignores(site, snapshot, comparison, rule, ignore):
    message = "{run.as_of} {run.price_book.date} {run.ignores_added} {call.cost_per_call}"
    facts = rule({"call.kind": {"eq": "chat"}}, message=message)
    both = comparison(snapshot(), snapshot(site(), ignores=(ignore(50), ignore(60, "CG999"))))
    asked = {"as_of": "2026-11-22", "currency": "EUR", "book_date": "2026-10-10"}
    (found,) = judge([facts], both, Config(), mode="diff", **asked).findings
    assert found.message == "2026-11-22 2026-10-10 2 0.01 EUR"
    (found,) = judge([facts], snapshot(site()), Config(), mode="audit").findings
    assert found.message == "unknown unknown 0 $0.01", "and of a run that says nothing, in dollars"


def test_what_a_change_says_for_itself_is_heard_for_all_rules(site, snapshot, rule):
    rules = [rule(UNCAPPED), rule(UNCAPPED, "CG102")]
    config = Config(justify=Justifiable(("name-of-cg101",)))
    result = judge(rules, snapshot(site()), config, mode="check", pleas=(Plea("commit 01", "CG101: wanted"), Plea("label", "other")))
    assert [each.justified_by for each in result.findings] == ["commit 01: CG101: wanted", None]
    assert result.pleas == (Plea("commit 01", "CG101: wanted", ("CG101",)),)
    assert (result.verdict_result, len(result.reasons)) == ("fail", 1)


def test_a_waiver_holds_until_its_day_and_not_without_one(site, snapshot, rule):
    config = Config(waivers=(Waiver(("CG101",), "for now", "2027-01-01", "me", glob="app.py"),))
    for day, state in (("2027-01-01", "waived"), ("2027-01-02", "open"), (None, "open")):
        (found,) = judge([rule(UNCAPPED)], snapshot(site()), config, mode="check", as_of=day).findings
        assert found.state == state
    assert found.message.endswith("(the waiver of me ended on 2027-01-01)")


def test_a_call_that_a_change_moves_into_tests_is_judged_as_before(site, snapshot, comparison, rule):
    before, after = site("app.py::ask"), site("tests/a.py::ask", path="tests/a.py", context=Context("ask", in_test=True))
    own = rule({"all": [UNCAPPED, {"call.test": {"eq": False}}]})
    both = comparison(snapshot(capped(site, key="app.py::ask")), snapshot(after), Change("changed", after.key, before, after, Range.exact(0), None))
    assert [each.call_key for each in judge([own], both, Config(), mode="diff").findings] == [after.key]


def test_a_rule_that_is_off_runs_where_a_path_sets_it_otherwise(site, snapshot, rule):
    off = {"CG101": RuleSetting(severity="off")}
    tree = snapshot(site("a"), site("b", path="b.py"))

    def states(*entries):
        found = judge([rule(UNCAPPED)], tree, Config(rules=off, paths=entries), mode="check")
        return [(each.call_key, each.state) for each in found.findings], len(found.rules)

    assert states(PathSetting(("b.py",), {"CG101": RuleSetting(severity="error")})) == ([("a", "suppressed"), ("b", "open")], 1)
    for setting in (RuleSetting(severity="off"), RuleSetting(enforce="warn")):
        assert states(PathSetting(("b.py",), {"CG101": setting})) == ([], 0)
    assert states(PathSetting(("b.py",), {})) == ([], 0)


def test_a_finding_holds_every_fact_that_its_rule_tests_and_all_doubts_of_an_abstention(site, snapshot, rule):
    offered = {"offered": lambda facts, params: True}
    match = {
        "all": [
            {"any": [{"call.kind": {"eq": "chat"}}, {"not": {"call.sdk": {"eq": "x"}}}]},
            {"not": {"some": {"of": "call.retries", "match": {"item.text": {"eq": "x"}}}}},
            {"predicate": "offered"},
        ]
    }
    assert facts_of(match) == ("call.kind", "call.sdk", "call.retries")
    assert facts_of({"every": {"of": "call.loops", "match": {}}, "call.test": {"eq": True}}) == ("call.loops", "call.test")
    simple = rule({"all": [{"predicate": "offered"}, {"call.kind": {"eq": "chat"}}]}, predicates=offered)
    (found,) = judge([simple], snapshot(site()), Config(), mode="check").findings
    assert found.data == {"call.callee": "client.chat.completions.create", "call.kind": "chat"}
    doubtful = site(args={"output_limit": Unknown("one"), "model": Unknown("two")})
    both = rule({"all": [UNCAPPED, {"call.model": {"eq": "x"}}]}, "CG102")
    (asked,) = judge([both], snapshot(doubtful), Config(), mode="check").abstentions
    assert (asked.rule, asked.key, asked.why) == ("CG102", "app.py::ask", "call.output_limit: one; call.model: two")


def test_a_key_that_no_file_can_hold_has_a_fingerprint_all_the_same():
    assert len(identity("CG101", "call", "a\udcff.py::ask")) == 64 and identity("CG101", "call", "a\udcff") != identity("CG101", "call", "a\udcfe")


def test_what_a_rule_says_of_a_change_is_not_asked_of_the_base(site, snapshot, comparison, rule):
    before, after = site("a", 3), site("a", 5, args={"output_limit": Known((9,))})
    both = comparison(snapshot(before), snapshot(after), Change("changed", "a", before, after, Range.exact(0), None))
    touched = rule({"call.change": {"eq": "changed"}})
    assert [each.state for each in judge([touched], both, Config(), mode="diff").findings] == ["open"]


def test_findings_of_a_notebook_stand_by_cell(site, snapshot, rule):
    places = ((2, 9), (1, 3), (None, 5), (0, 7), (2, 1))
    sites = [replace(site(f"{cell}.{line}"), span=Span("n.ipynb", line, 1, line, 9, cell=cell)) for cell, line in places]
    found = judge([rule(UNCAPPED)], snapshot(*sites), Config(), mode="check").findings
    assert [each.call_key for each in found] == ["None.5", "0.7", "1.3", "2.1", "2.9"]

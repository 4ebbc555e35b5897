"""The cases put to the rules: for each kind which there are, in which order, where they stand and what goes with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from costgate.judge.case import NOWHERE, UNMEASURED, Case, Run, cases
from costgate.model.call import Context
from costgate.model.finding import Gap
from costgate.model.money import Range
from costgate.model.prompt import PromptSource
from costgate.model.snapshot import Change, PromptTokens
from costgate.model.value import Span
from costgate.policy.subject import CallSubject, ChangeSubject, FileSubject, GapSubject, RunSubject, WrapperSubject

SMALL, LARGE = Range.exact(1), Range.exact(90)


def put(each: str, run: Run) -> list[tuple[str, Span, str | None, dict[str, Any]]]:
    """The cases without the run, which all have."""
    found = cases(each, run)
    assert all(case.facts["run"] == run.subject for case in found)
    return [(case.key, case.span, case.call_key, {name: fact for name, fact in case.facts.items() if name != "run"}) for case in found]


def test_a_call_has_its_measure_what_changes_it_and_who_makes_it(site: Any, snapshot: Any, comparison: Any, measure: Any) -> None:
    one, two = site("a"), site("b", 9)
    tree = snapshot(one, two, measures={"a": measure(5)})
    change = Change("changed", "a", one, one, SMALL, None)
    both = comparison(tree, tree, change)
    run = Run(tree, "diff", both, as_of="2026-11-22", changes={"a": change}, makers={"a": ("w", "v"), "x": ("y",)})
    first = CallSubject(one, measure(5), "changed", compared=True, as_of="2026-11-22", workloads=("w", "v"))
    second = CallSubject(two, measure(), None, compared=True, as_of="2026-11-22")
    assert put("call", run) == [("a", one.span, "a", {"call": first}), ("b", two.span, "b", {"call": second})]
    alone = Run(replace(tree, measures={}), "audit")
    assert [facts["call"] for *_, facts in put("call", alone)] == [CallSubject(one, UNMEASURED), CallSubject(two, UNMEASURED)]


def test_an_agent_in_a_tool_of_another_is_nested(site: Any, snapshot: Any) -> None:
    inner = site("inner", path="tools.py", kind="agent-run", context=Context("look"))
    outer = site("outer", kind="agent", tool_functions=("tools.py::look", "tools.py::other"))
    like = site("like", path="other.py", kind="agent-run", context=Context("look"))
    chat = site("chat", path="tools.py", context=Context("look"))
    found = put("agent", Run(snapshot(inner, outer, like, chat), "audit"))
    assert [(key, span, call, facts["agent"].nested) for key, span, call, facts in found] == [
        ("inner", inner.span, "inner", True), ("outer", outer.span, "outer", False), ("like", like.span, "like", False),
    ]  # fmt: skip
    assert all(facts["call"] == facts["agent"] for *_, facts in found)


def test_a_wrapper_is_told_with_those_that_call_through_it(site: Any, snapshot: Any) -> None:
    body, other = site("body", counted=False), site("other", 30)
    callers = tuple(site(f"caller{line}", line, via="body") for line in (10, 20))
    tree = snapshot(body, *callers, other)
    facts = {"call": CallSubject(body, tree.measures["body"]), "wrapper": WrapperSubject(body, callers)}
    assert put("wrapper", Run(tree, "audit")) == [("body", body.span, "body", facts)]


def test_a_change_is_told_with_its_sides(site: Any, snapshot: Any, comparison: Any, measure: Any) -> None:
    old, new, come, gone = site("old"), site("new", 5), site("come", 9), site("gone", 12)
    base = snapshot(old, gone, measures={"old": measure(1), "gone": measure(2)}, label="base")
    head = snapshot(new, come, measures={"new": measure(3), "come": measure(4)})
    changed, added = Change("changed", "new", old, new, SMALL, None), Change("added", "come", None, come, LARGE, None)
    removed, nothing = Change("removed", "gone", gone, None, SMALL, None), Change("changed", "none", None, None, None, None)
    built = site("built", 20, kind="model-object", counted=False)
    stood_for = Change("added", "built", None, built, SMALL, None)
    both = comparison(base, head, stood_for, nothing, changed, added, removed)
    run = Run(head, "diff", both, as_of="2026-11-22", changes={"new": changed, "come": added}, makers={"new": ("w",)})
    day = {"compared": True, "as_of": "2026-11-22"}
    was, went = CallSubject(old, measure(1), None, **day), CallSubject(gone, measure(2), None, **day)
    is_, came = CallSubject(new, measure(3), "changed", workloads=("w",), **day), CallSubject(come, measure(4), "added", **day)
    assert put("change", run) == [
        ("new", new.span, "new", {"change": ChangeSubject(changed, measure(1), measure(3)), "call": is_, "before": was}),
        ("come", come.span, "come", {"change": ChangeSubject(added, None, measure(4)), "call": came}),
        ("gone", gone.span, "gone", {"change": ChangeSubject(removed, measure(2), None), "before": went}),
    ]
    bare = comparison(replace(base, measures={}), replace(head, measures={}), changed)
    [(*_, facts)] = put("change", Run(bare.head, "diff", bare))
    assert facts["change"] == ChangeSubject(changed, UNMEASURED, UNMEASURED)
    assert facts["before"] == CallSubject(old, UNMEASURED, None, compared=True)
    assert put("change", Run(head, "audit")) == []


def test_files_are_those_of_the_change_and_those_that_were_not_read(site: Any, snapshot: Any) -> None:
    tree = snapshot(site("a", path="b.py"), site("b", 9, path="b.py"), unread={"c.py": "broken", "a.py": "too large"})
    assert put("file", Run(tree, "diff", paths=frozenset({"b.py", "c.py"}))) == [
        ("a.py", Span("a.py", 1), None, {"file": FileSubject("a.py", False, "too large", 0)}),
        ("b.py", Span("b.py", 1), None, {"file": FileSubject("b.py", True, None, 2)}),
        ("c.py", Span("c.py", 1), None, {"file": FileSubject("c.py", True, "broken", 0)}),
    ]
    assert put("file", Run(tree, "audit")) == []


def test_gaps_of_the_tree_of_calls_and_of_their_measures(site: Any, snapshot: Any, measure: Any) -> None:
    of_tree, nowhere = Gap("file", "broken", Span("b.py", 4)), Gap("tree", "why")
    of_call, placed, of_measure = Gap("prompt", "p"), Gap("model", "m", Span("c.py", 7)), Gap("price", "n")
    one = site("a", gaps=(of_call, placed))
    tree = snapshot(one, measures={"a": replace(measure(), gaps=(of_measure,))}, gaps=(of_tree, nowhere))
    assert put("gap", Run(tree, "audit")) == [
        ("b.py:file:", Span("b.py", 4), None, {"gap": GapSubject(of_tree)}),
        (".:tree:", NOWHERE, None, {"gap": GapSubject(nowhere)}),
        ("app.py:prompt:a", one.span, "a", {"gap": GapSubject(of_call, "a")}),
        ("c.py:model:a", Span("c.py", 7), "a", {"gap": GapSubject(placed, "a")}),
        ("app.py:price:a", one.span, "a", {"gap": GapSubject(of_measure, "a")}),
    ]
    given = Run(tree, "check", paths=frozenset({"b.py"}))
    assert [key for key, *_ in put("gap", given)] == ["b.py:file:", ".:tree:"], "what has no place is about all files"
    assert [key for key, *_ in put("gap", Run(replace(tree, measures={}), "audit"))][2:] == ["app.py:prompt:a", "c.py:model:a"]


def prompt(path: str, line: int, text: str = "text", tokens: int = 5, role: str = "system", **more: Any) -> PromptTokens:
    cell, column = more.pop("cell", None), more.pop("column", 1)
    span = Span(path, line, column, cell=cell)
    return PromptTokens(PromptSource(span, text, role, more.pop("load", "always"), (), more.pop("budget", None)), Range.exact(tokens))


def test_a_prompt_is_known_by_its_file_its_role_and_its_place_there(snapshot: Any, comparison: Any) -> None:
    base = snapshot(prompts=(prompt("p.md", 1, "b", 2), prompt("p.md", 9, "a", 3)), label="base")
    sources = (
        prompt("p.md", 20, "new  text"), prompt("p.md", 4), prompt("p.md", 4, "same line", column=9), prompt("n.ipynb", 1, "cell", cell=3),
        prompt("n.ipynb", 2, "cell", cell=1), prompt("p.md", 1, " new\ntext", role="user"), prompt("p.md", 30, load="once"),
    )  # fmt: skip
    head = snapshot(prompts=sources)
    found = [(key, span.line, facts["prompt"]) for key, span, _, facts in put("prompt", Run(head, "diff", comparison(base, head)))]
    assert [(key, line, None if subject.before is None else subject.before.low, subject.copy_of) for key, line, subject in found] == [
        ("n.ipynb:always:system:1", 2, None, None),
        ("n.ipynb:always:system:2", 1, None, "n.ipynb:2"),
        ("p.md:always:user:1", 1, None, None),
        ("p.md:always:system:1", 4, 2, None),
        ("p.md:always:system:2", 4, 3, None),
        ("p.md:always:system:3", 20, None, "p.md:1"),
        ("p.md:once:system:1", 30, None, "p.md:4"),
    ]
    assert all(subject.compared and subject.whole for *_, subject in found)
    part = replace(head, reading=replace(head.reading, whole=False))
    alone = [facts["prompt"] for *_, facts in put("prompt", Run(part, "check", paths=frozenset({"n.ipynb"})))]
    assert [(each.compared, each.whole, each.before) for each in alone] == [(False, False, None)] * 2


@pytest.mark.parametrize(("base", "head", "holds"), [(40, 60, 40), (60, 40, 40), (None, 60, 60), (40, None, 40), (None, None, None)])
def test_of_two_budgets_the_stricter_one_holds(snapshot: Any, comparison: Any, base: int | None, head: int | None, holds: int | None) -> None:
    both = comparison(snapshot(prompts=(prompt("p.md", 1, budget=base),)), snapshot(prompts=(prompt("p.md", 1, budget=head),)))
    [(*_, facts)] = put("prompt", Run(both.head, "diff", both))
    assert facts["prompt"].budget == holds


def test_a_run_is_told_as_it_is_and_shown_where_it_grew_most(site: Any, snapshot: Any, comparison: Any) -> None:
    one, two, three = site("a", 3), site("b", 9), site("c", 12)
    tree = snapshot(one, two, three)
    sizes = {"a": LARGE, "b": Range(80, 95, 99), "c": Range(92, None, None)}
    money = Range.exact(5)

    def shown(*changes: Change) -> Span:
        [(key, span, call, facts)] = put("run", Run(tree, "diff", comparison(tree, tree, *changes)))
        assert (key, call, facts) == ("run", None, {})
        return span

    grown = [Change("changed", each.key, None, each, sizes[each.key], None) for each in (one, two, three)]
    assert shown(*grown) == two.span, "the likely counts where something is"
    assert shown(replace(grown[0], tokens=Range.exact(97)), grown[1]) == one.span, "not the high end"
    assert shown(grown[0], grown[2]) == three.span, "the low end where nothing bounds it"
    assert shown(grown[0], replace(grown[1], tokens=Range(1, None, 91))) == two.span, "else the high end"
    assert shown(replace(grown[0], tokens=None), replace(grown[1], tokens=Range.exact(-9))) == one.span
    assert shown(replace(grown[1], tokens=None), replace(grown[0], tokens=SMALL)) == one.span, "what is not known is taken for nothing"
    equal = [replace(each, tokens=SMALL) for each in grown]
    assert shown(*equal) == three.span and shown(equal[0], replace(equal[1], cost=money), equal[2]) == two.span
    assert shown(Change("removed", "x", one, None, LARGE, None), replace(grown[1], tokens=SMALL)) == two.span
    assert shown(Change("removed", "x", one, None, LARGE, None)) == shown() == NOWHERE
    [whole] = cases("run", Run(tree, "audit", as_of="2026-11-22", currency="EUR", ignores_added=4, book_date="2026-10-10"))
    assert whole == Case("run", NOWHERE, {"run": RunSubject("audit", tree, None, "2026-11-22", "EUR", 4, "2026-10-10")})


def test_keys_that_meet_are_told_apart(site: Any, snapshot: Any) -> None:
    found = put("call", Run(snapshot(site("a", 3), site("a", 9), site("b", 12), site("a", 20)), "audit"))
    assert [(key, call) for key, _, call, _ in found] == [("a", "a"), ("a#2", "a"), ("b", "b"), ("a#3", "a")]

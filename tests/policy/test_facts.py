"""Every line of the fact table, read from things that have everything and from things that have nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from costgate.model.call import KINDS, ROLES, CallSite, Context, Ends, Loop, RetryLayer
from costgate.model.finding import Gap
from costgate.model.measured import Measurement
from costgate.model.money import Cost, Price, Range
from costgate.model.prompt import Hole, Prompt, PromptSource, Text
from costgate.model.snapshot import (
    Cause,
    Change,
    Comparison,
    HoleTokens,
    Measure,
    PromptTokens,
    Reading,
    Reasoning,
    Snapshot,
    SourceTokens,
)
from costgate.model.value import ABSENT, Absent, Known, Span, Unknown
from costgate.model.workload import (
    Budgets,
    Figures,
    PortfolioCost,
    PortfolioPlan,
    Saving,
    Unit,
    Usage,
    Workload,
    WorkloadCost,
)
from costgate.policy.facts import ITEMS, VISIBLE, look_up, paths_for, table
from costgate.policy.operators import TYPE_OPERATORS
from costgate.policy.subject import (
    CallSubject,
    ChangeSubject,
    ExceptionSubject,
    FileSubject,
    GapSubject,
    PortfolioSubject,
    PromptSubject,
    RunSubject,
    WorkloadSubject,
    WrapperSubject,
)

AT = Span("src/app.py", 7, 5, 9, 2)
LAYER, LOOP = RetryLayer("decorator", 3, False, AT, Ends("stop", "attempts"), waits=True, on=("a.Error",)), Loop("for", 10, AT)
HOLE = HoleTokens("question", AT, Range(0, 40, 100, "declared"), "high")
CAUSE = Cause("model", "src/app.py", 7, "a", "b", 12)
GAP = Gap("price", "the price book has no entry", AT)
PRICE = Price(
    "gpt-5",
    "openai",
    {"input": Decimal(2), "output": Decimal(8), "cache_read": Decimal("0.5"), "cache_write": Decimal(2)},
    max_output=32768,
    context_window=1_000_000,
    deprecation_date="2026-12-31",
    cache_minimum=1024,
)
TOOL = Text("search", Span("src/tools.py", 3), "tools")
PROMPT = Prompt((Text("Be short.", AT, "system"), Hole("history", AT, repeated=True), TOOL), messages=2)
SITE = CallSite(
    key="src/app.py::ask",
    span=AT,
    kind="chat",
    sdk="openai",
    callee="client.chat.completions.create",
    provider="openai",
    args={**{role: Known(("x",), "client") for role in ROLES}, "reasoning_budget": Known((2048,), "argument")},
    prompt=PROMPT,
    retries=(LAYER,),
    context=Context("ask", True, False, (LOOP,), True),
    via="src/app.py::body",
    roles=frozenset(ROLES),
    fallbacks=("gpt-5-pro",),
)
SIZE = Range(10, 20, 30, "calibrated")
MONEY = Range(Decimal("0.1"), Decimal("0.2"), Decimal("0.4"))
MEASURE = Measure(
    price=PRICE,
    static_tokens=SIZE,
    sources=(SourceTokens(AT, SIZE),),
    holes=(HOLE,),
    input_tokens=SIZE,
    output_tokens=SIZE,
    reasoning=Reasoning(True, False, "high", 2048),
    cost=Cost(MONEY),
    gaps=(GAP,),
    measurement=Measurement(AT, 20, "2026-11-01", "2026-11-20", ("x",), 2, "linear", Decimal("1.5"), Decimal(1)),
    fallback=Range(Decimal(2), None, Decimal(3)),
)
CALL = CallSubject(SITE, MEASURE, "changed", compared=True, as_of="2026-12-01", workloads=("answers",), nested=True)
SOURCE = PromptTokens(PromptSource(AT, "Be short.", "system", "code", ("a", "b"), 40, "prompt text", mentioned=True), SIZE)
CHANGE = Change("changed", SITE.key, SITE, SITE, SIZE, MONEY, (CAUSE,))
HEAD = Snapshot(
    "head", Reading((SITE,), files=3, read=2, unread={"b.py": "why"}), {SITE.key: MEASURE}, (SOURCE,), SIZE, MONEY
)
RUN = RunSubject("diff", HEAD, Comparison(HEAD, HEAD, (CHANGE,), SIZE, MONEY, 1), "2026-12-01", ignores_added=2, book_date="2026-11-22")
MONTH = Range(Decimal(100), Decimal(200), Decimal(400))
WORKLOAD = WorkloadCost(
    Workload(
        "answers",
        Figures(traffic=Range.exact(1000)),
        owner="ann",
        team="support",
        tags={"feature": "chat"},
        unit=Unit("ticket", Decimal(4)),
        revisit="2026-12-31",
        budgets=Budgets(1000, Decimal(1), Decimal(1), Decimal(400)),
    ),
    AT,
    sites=("k",),
    per_request=MONEY,
    per_month=MONTH,
    forecast_request=MONEY,
    forecast_month=MONTH,
    per_unit=MONEY,
    margin=MONEY,
    call_cost=MONEY,
    call_tokens=SIZE,
    usage=Usage(MONTH, used=Range.exact(Decimal("0.5"))),
    savings=(Saving("batch", "all of it", MONEY, MONTH, "it can wait"),),
    overlaps=("other",),
)
PORTFOLIO = PortfolioCost(PortfolioPlan(cost_per_month=Decimal(1000)), AT, ("answers",), MONTH, ("planned",))
FULL: dict[str, Any] = {
    "call": CALL,
    "before": CALL,
    "agent": CALL,
    "wrapper": WrapperSubject(SITE, (SITE, SITE)),
    "prompt": PromptSubject(SOURCE, 40, Range(5, 5, 5), compared=True, copy_of="src/old.py:3"),
    "change": ChangeSubject(CHANGE, MEASURE, MEASURE),
    "file": FileSubject("b.py", True, "does not parse", 1),
    "gap": GapSubject(GAP, SITE.key),
    "exception": ExceptionSubject("ignore", "a.py", 3, ("CG101",), "fine", True, False, ("CG999",), "ann", "2027-01-31"),
    "run": RUN,
    "layer": LAYER,
    "loop": LOOP,
    "hole": HOLE,
    "source": SourceTokens(AT, SIZE),
    "cause": CAUSE,
    "item": "CG101",
    "workload": WorkloadSubject(WORKLOAD, WORKLOAD, PORTFOLIO, "2026-12-01"),
    "portfolio": PortfolioSubject(PORTFOLIO, ((WORKLOAD, WORKLOAD),)),
}
TYPES = {
    "text": str,
    "path": str,
    "date": str,
    "number": (int, Decimal),
    "truth": bool,
    "value": Known,
    "range": Range,
    "list": tuple,
}


@pytest.mark.parametrize("path", table())
def test_every_fact_is_real_and_of_its_type(path):
    fact = table()[path]
    datum = look_up(path, FULL)
    assert isinstance(datum, TYPES[fact.type]), datum
    assert isinstance(datum, bool) is (fact.type == "truth")
    assert fact.doc
    assert not fact.item or (fact.type == "list" and datum and fact.item in ITEMS)


BARE_SITE = CallSite("k", Span("a.py", 1), "chat", "x", "f", None, {role: Unknown("hidden") for role in ROLES})
BARE_CHANGE = Change("added", "k", None, BARE_SITE, None, None)
EMPTY = Snapshot("head", Reading(), {})
BARE: dict[str, Any] = {
    "call": CallSubject(BARE_SITE, Measure()),
    "before": None,
    "agent": CallSubject(BARE_SITE, Measure()),
    "wrapper": WrapperSubject(BARE_SITE, ()),
    "prompt": PromptSubject(PromptTokens(PromptSource(AT, "", "", "code", ()), Range.exact(0))),
    "change": ChangeSubject(BARE_CHANGE, None, Measure()),
    "file": FileSubject("a.py", False),
    "gap": GapSubject(Gap("file", "why")),
    "exception": ExceptionSubject("ignore", "a.py", 3, (), "", False),
    "run": RunSubject("audit", EMPTY),
    "layer": RetryLayer("x", None, None),
    "loop": Loop("while", None, AT),
    "hole": HoleTokens("x", AT, None),
    "source": SourceTokens(AT, SIZE),
    "cause": Cause("prompt", "a.py", 1, None, None),
    "item": "",
    "workload": WorkloadSubject(WorkloadCost(Workload("w"), AT)),
    "portfolio": PortfolioSubject(PortfolioCost(PortfolioPlan(), AT, (), None)),
}


@pytest.mark.parametrize("path", table())
def test_a_fact_that_is_not_there_is_absent_or_unknown_and_never_none(path):
    datum = look_up(path, BARE)
    assert datum is not None
    assert isinstance(datum, (Absent, Unknown, *([TYPES[table()[path].type]] if path[:7] != "before." else [])))
    assert not isinstance(datum, Unknown) or datum.why


def fact(path, **subjects):
    return look_up(path, {**FULL, **subjects})


def test_what_a_workload_uses_of_its_caps():
    assert fact("workload.used.month") == Range.exact(50), "the likely end counts by default"
    assert fact("workload.share") == 100
    assert fact("workload.growth") == Range(0, 0, 0)
    assert fact("workload.capacity.used") == Range.exact(50)
    assert fact("portfolio.used") == Range.exact(20)
    assert fact("workload.revisit.days") == 30


def test_what_the_figures_say():
    assert fact("call.model.days_left") == 30
    assert fact("call.model.rate.cache_read") == Decimal("0.5")
    assert fact("call.unbounded_holes") == 0
    assert fact("call.prompt.leads_with_hole") is False
    assert fact("call.prompt.repeated_holes") == 1
    assert fact("wrapper.files") == 1
    assert fact("prompt.delta.tokens") == Range(5, 15, 25, "calibrated")
    assert fact("change.factor.price") == Range(1, None, 1)
    assert fact("run.changed") == 1
    assert fact("run.added") == 0
    assert fact("exception.strange") == ("CG999",)
    assert fact("call.new") is False
    assert fact("call.model.origin") == "client"


@pytest.mark.parametrize(
    ("layers", "product", "unbounded"),
    [
        ((), Range.exact(1), False),
        ((RetryLayer("a", 3, False), RetryLayer("b", 6, False)), Range.exact(18), False),
        ((RetryLayer("a", 3, False), RetryLayer("b", None, True)), Range(3, None, None, "bounded"), True),
        ((RetryLayer("a", None, None), RetryLayer("b", 6, False)), Range(6, None, None, "bounded"), None),
        ((RetryLayer("a", 2, False, on=("Ours",)), RetryLayer("b", 6, False)), Range(6, None, 12, "bounded"), False),
        ((RetryLayer("a", 8, False, on=("Ours",)), RetryLayer("b", 6, False)), Range(8, None, 48, "bounded"), False),
        ((RetryLayer("a", 2, False, on=("Ours", "openai.APIError")), RetryLayer("b", 6, False)), Range.exact(12), False),
        ((RetryLayer("a", 2, False, on=("Ours",)),), Range.exact(2), False),
    ],
)
def test_retries_multiply(layers, product, unbounded):
    site = CallSite("k", AT, "chat", "x", "f", None, {}, retries=layers)
    subject = CallSubject(site, Measure())
    assert fact("call.retries.product", call=subject) == product
    found = fact("call.retries.unbounded", call=subject)
    assert isinstance(found, Unknown) if unbounded is None else found is unbounded


def priced(args, **measure):
    return fact(
        "call.model.priced", call=CallSubject(CallSite("k", AT, "chat", "x", "f", None, args), Measure(**measure))
    )


def test_only_a_model_we_can_name_can_be_missing_from_the_book():
    assert priced({"model": Known(("mine",))}) is False
    assert priced({"model": Known(("mine",))}, price=PRICE) is True
    assert priced({"model": Known(("a", "b"))}, cost=Cost(MONEY)) is True
    assert priced({"model": Unknown("dynamic")}) == Unknown("dynamic")
    assert isinstance(priced({}), Unknown)
    assert isinstance(priced({"model": Known(("mine", ABSENT))}), Unknown)
    both = {"model": Known(("mine", "yours"))}
    assert isinstance(priced(both, gaps=(GAP,)), Unknown)
    assert priced(both, gaps=(GAP, Gap("price", "nor yours"))) is False


def test_whose_machines_answer():
    def local(provider):
        return fact("call.provider.local", call=CallSubject(CallSite("k", AT, "chat", "x", "f", provider, {}), MEASURE))

    assert local("ollama") is True
    assert local("openai") is False
    assert isinstance(local(None), Unknown)


def swapped(before, after, causes=()):
    one = CallSite("k", AT, "chat", "x", "f", None, {"model": before})
    other = CallSite("k", AT, "chat", "x", "f", None, {"model": after})
    subject = ChangeSubject(Change("changed", "k", one, other, None, None, causes), MEASURE, MEASURE)
    return fact("change.model_changed", change=subject)


def test_whether_the_model_changed():
    assert swapped(Known(("a",)), Known(("b",))) is True
    assert swapped(Known(("a",)), Known(("a",), "client")) is False
    assert swapped(Known(("a", "b")), Known(("b", "a"))) is False
    assert swapped(Known(("a",)), ABSENT) is True
    assert isinstance(swapped(Known(("a",)), Unknown("dynamic")), Unknown)
    assert swapped(Known(("a",)), Unknown("dynamic"), (CAUSE,)) is True


def factor(what, before, after):
    return fact(f"change.factor.{what}", change=ChangeSubject(CHANGE, before, after))


def test_how_many_times_dearer():
    def cost(low, high):
        return Measure(cost=Cost(Range(Decimal(low), None, None if high is None else Decimal(high))))

    assert factor("cost", cost("0.1", "0.4"), cost("0.2", "1.6")) == Range(Decimal(2), None, Decimal(4))
    assert factor("cost", cost("0.1", None), cost("0.2", None)) == Range(0, None, None)
    assert isinstance(factor("cost", cost("0", None), cost("0.2", None)), Unknown)
    assert isinstance(factor("cost", Measure(), cost("0.2", "1")), Unknown)
    mini = Measure(price=Price("mini", "openai", {"input": Decimal("0.5"), "output": Decimal(4), "image": Decimal(1)}))
    assert factor("price", mini, MEASURE) == Range(2, None, 4)
    assert isinstance(factor("price", Measure(), MEASURE), Unknown)


def test_effort_and_bound_are_absent_only_where_the_arguments_are_visible():
    silent = CallSubject(CallSite("k", AT, "chat", "x", "f", None, {}), Measure())
    assert fact("call.reasoning.effort", call=silent) is ABSENT
    assert fact("call.reasoning.said", call=silent) is False
    hidden = CallSubject(CallSite("k", AT, "chat", "x", "f", None, {"reasoning": Unknown("splat")}), Measure())
    assert fact("call.reasoning.bound", call=hidden) == Unknown("splat")
    assert fact("call.reasoning.said", call=hidden) == Unknown("splat")


def test_agents_are_capped_by_turns_or_money():
    def agent(**args):
        return fact("agent.capped", agent=CallSubject(CallSite("k", AT, "agent-run", "x", "f", None, args), Measure()))

    assert agent() is False
    assert agent(turn_limit=Known((5,))) is True
    assert agent(budget=Known((5,)), turn_limit=Unknown("splat")) is True
    assert agent(turn_limit=Unknown("splat")) == Unknown("splat")


def test_every_role_and_kind_has_words_of_its_own():
    assert {f"call.{role}" for role in ROLES} <= set(table())
    assert {"model-object", "agent"} <= set(KINDS)


def test_what_each_kind_of_rule_sees():
    kinds = {"call", "agent", "wrapper", "prompt", "change", "file", "gap", "exception", "workload", "portfolio", "run"}
    assert set(VISIBLE) == kinds
    assert "before.model" in paths_for("change")
    assert "before.model" not in paths_for("call")
    assert "layer.what" in paths_for("call", ("layer",))
    assert {path.partition(".")[0] for path in table()} == {
        *ITEMS,
        *(name for names in VISIBLE.values() for name in names),
    }
    assert {each.type for each in table().values()} == set(TYPE_OPERATORS)


def split(*segments, sources=(), **more):
    site = CallSite("k", AT, "chat", "x", "f", None, more.pop("args", {}), prompt=Prompt(segments, **more))
    measure = Measure(sources=tuple(SourceTokens(span, Range.exact(size)) for span, size in sources))
    return tuple(
        fact(f"call.prompt.{part}_tokens", call=CallSubject(site, measure)) for part in ("prefix", "tail", "tool")
    )


def test_what_stands_before_and_behind_the_first_hole():
    one, two, three = Span("a.py", 1), Span("a.py", 2), Span("a.py", 3)
    hole = Hole("question", AT, "user")
    sizes = ((one, 10), (two, 5), (three, 7))
    parts = (Text("a", one, "user"), hole, Text("b", two, "user"), Text("c", three, "system"))
    assert split(*parts, sources=sizes)[:2] == (Range.exact(17), Range.exact(5)), "system text goes out first"
    shared = split(Text("a", one), hole, Text("a", one), Text("b", two), sources=sizes)
    assert shared[:2] == (Range(0, None, 10), Range(5, None, 15)), "a place on both sides may belong to either"
    assert split(Text("a", one), sources=sizes)[:2] == (Range.exact(10), Range.exact(0)), "no hole"
    assert isinstance(split(hole)[0], Unknown), "fixed text may be in what fills it"
    assert isinstance(split(*parts, alternatives=(Prompt(()),))[0], Unknown)
    longer = (Prompt((*parts, Text("d", three, "user")),),)
    begun = split(Text("a", one), hole, sources=sizes, alternatives=(Prompt((Text("a", one), hole, Text("b", two))),))
    assert begun[0] == Range.exact(10) and isinstance(begun[1], Unknown), "each prompt begins with the same text"
    assert isinstance(split(*parts, sources=sizes, alternatives=longer)[1], Unknown)


def test_what_tools_take():
    one, two = Span("a.py", 1), Span("a.py", 2)
    parts = (Text("a", one, "tools"), Text("b", two, "user"))
    given = {"tools": Known(("1 item",))}
    assert split(*parts, sources=((one, 10), (two, 5)), args=given)[2] == Range.exact(10)
    assert split(*parts)[2] is ABSENT
    assert isinstance(split(Text("b", two), args={"tools": Unknown("passed in")})[2], Unknown)


def test_a_prompt_that_is_passed_in_may_hold_a_history():
    hidden = CallSite("k", AT, "chat", "x", "f", None, {"prompt": Unknown("passed in")}, prompt=Prompt(()))
    assert fact("call.prompt.repeated_holes", call=CallSubject(hidden, Measure())) == Unknown("passed in")


def test_whether_the_output_limit_covers_reasoning():
    def within(model):
        price = None if model is None else Price(model, "x", {})
        return fact("call.reasoning.within_limit", call=CallSubject(SITE, Measure(price=price)))

    assert within("gpt-5") is True
    assert within("grok-4-20-reasoning") is False
    assert isinstance(within("nobody-knows"), Unknown)
    assert isinstance(within(None), Unknown)


def run(**fields):
    return lambda path: fact(path, run=RunSubject("diff", HEAD, **fields))


def test_the_age_of_the_price_book():
    assert run(as_of="2026-12-02", book_date="2026-11-22")("run.price_book.age") == 10
    assert isinstance(run(as_of="2026-12-02")("run.price_book.age"), Unknown)
    assert isinstance(run(book_date="2026-11-22")("run.price_book.age"), Unknown)


def test_what_all_calls_together_became():
    double = Snapshot("head", HEAD.reading, HEAD.measures, (), SIZE.times(2), MONEY.times(3))
    both = run(comparison=Comparison(HEAD, double, (), SIZE, MONEY, 0))
    assert both("run.factor.tokens") == Range(2, 2, 2, "calibrated")
    assert both("run.factor.cost") == Range(3, 3, 3)
    assert run()("run.factor.cost") is ABSENT
    assert isinstance(run(comparison=Comparison(EMPTY, double, (), SIZE, MONEY, 0))("run.factor.cost"), Unknown)
    assert fact("run.priced") == 100
    assert fact("run.priced", run=RunSubject("audit", EMPTY)) is ABSENT

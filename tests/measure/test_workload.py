"""Workloads over real code: which calls they make, what bounds them, what is not known, and what a change adds."""

from __future__ import annotations

from decimal import Decimal

import pytest

from costgate.config import asking, parse_config
from costgate.gate import measure_files
from costgate.model.error import UserError
from costgate.model.money import Range
from costgate.model.snapshot import Comparison, Snapshot
from costgate.model.workload import Figures, WorkloadCost, overlaid
from costgate.policy.spend import caps_of, month_delta

ASK = """\
from openai import OpenAI

client = OpenAI()


def ask(question):
    return client.chat.completions.create(
        model={model}, max_tokens=100, messages=[{{"role": "user", "content": question}}]
    )
"""
PLAIN = ASK.format(model='"gpt-4.1"')
W = "workloads:\n  - {name: w, sites: [a.py], holes: {content: 50..150}, traffic: 1_000/month%s}\n"


def snapshot(config: str, **files: str) -> Snapshot:
    named = {f"{name}.py": text for name, text in files.items()} or {"a.py": PLAIN}
    found = measure_files(named, None, parse_config(config, "costgate.yaml"))
    assert isinstance(found, Snapshot)
    return found


def cost(config: str, **files: str) -> WorkloadCost:
    (only,) = snapshot(config, **files).workloads
    return only


def whys(found: WorkloadCost) -> str:
    return "\n".join(gap.why for gap in found.gaps)


def units(found: WorkloadCost) -> set[str]:
    return {line.unit for line in found.lines}


def layer(found: WorkloadCost, name: str) -> Range:
    amounts = [line.amount for line in found.lines if line.layer == name]
    assert amounts
    result = amounts[0]
    for each in amounts[1:]:
        result = result + each
    return result


def test_a_request_costs_what_its_calls_cost() -> None:
    whole = snapshot(W % "")
    (found,) = whole.workloads
    (site,) = found.sites
    measured = whole.measures[site].cost.per_call
    assert found.per_request is not None
    assert measured is not None
    assert (found.per_request.low, found.per_request.high) == (measured.low, measured.high)
    assert found.per_month == found.per_request.times(Range.exact(1_000, "declared"))


def test_what_a_workload_says_of_its_holes_holds_for_its_calls() -> None:
    (measure,) = snapshot(W % "").measures.values()
    assert [(hole.tokens.low, hole.tokens.high) for hole in measure.holes if hole.tokens] == [(50, 150)]


def test_without_traffic_there_is_no_month() -> None:
    found = cost("workloads: [{name: w, sites: [a.py], holes: {content: 9}}]")
    assert found.per_request is not None
    assert found.per_month is None
    assert found.forecast_month is None
    assert "no traffic" in whys(found)


def test_nothing_bounds_what_nobody_declared() -> None:
    found = cost("workloads: [{name: w, sites: [a.py], traffic: 1/day}]")
    assert found.per_month is not None
    assert found.per_month.low > 0
    assert found.per_month.high is None


def test_a_model_without_a_price_leaves_a_lower_bound_and_is_named() -> None:
    found = cost(W % "", a=PLAIN + "\n\ndef other(question):\n    client.chat.completions.create(model='nobodys', messages=[])\n")
    assert len(found.unknown) == 1
    assert found.per_request is not None
    assert found.per_request.low > 0
    assert found.per_request.high is None
    assert found.per_request.likely is None
    only = cost(W % "", a=ASK.format(model='"nobodys"'))
    assert only.per_request is None, "nothing is known, which is not nothing"


def test_a_choice_of_models_is_from_the_cheapest_to_the_dearest() -> None:
    one, other = (cost(W % "", a=ASK.format(model=f'"{model}"')) for model in ("gpt-4.1", "gpt-4.1-mini"))
    both = cost(W % "", a="FAST = bool(input())\n" + ASK.format(model='"gpt-4.1-mini" if FAST else "gpt-4.1"'))
    assert both.per_request and one.per_request and other.per_request
    assert both.per_request.low == other.per_request.low
    assert both.per_request.high == one.per_request.high


def test_a_mix_takes_the_place_of_the_codes_model() -> None:
    one, other = (cost(W % "", a=ASK.format(model=f'"{model}"')) for model in ("gpt-4.1", "gpt-4.1-mini"))
    both = cost(W % ", mix: {gpt-4.1: 25%, gpt-4.1-mini: 75%}")
    assert both.per_request and one.per_request and other.per_request
    assert both.per_request.high == one.per_request.high * Decimal("0.25") + other.per_request.high * Decimal("0.75")  # type: ignore[operator]
    assert cost(W % ", model: gpt-4.1-mini").per_request == other.per_request


def test_a_declared_model_answers_for_one_that_is_not_known() -> None:
    assert cost(W % ", model: gpt-4.1", a=ASK.format(model="input()")).per_request == cost(W % "").per_request


def test_a_loop_bounds_how_often_a_request_calls() -> None:
    looped = PLAIN + "\n\ndef all(questions):\n    for n in range(%s):\n        client.responses.create(model='gpt-4.1', max_output_tokens=9, input='Hello')\n"
    config = "workloads: [{name: w, sites: ['a.py::all'], traffic: 1/day%s}]"
    once = cost(config % ", calls_per_request: 1", a=looped % "7").per_request
    bounded = cost(config % "", a=looped % "7").per_request
    assert once and bounded
    assert bounded.low == once.low
    assert bounded.high == once.high * 7  # type: ignore[operator]
    endless = cost(config % "", a=looped % "int(input())")
    assert endless.per_request is not None
    assert endless.per_request.high is None
    assert "calls_per_request" in whys(endless)


def test_loops_within_loops_multiply() -> None:
    code = PLAIN + (
        "\n\ndef all():\n    for a in range(3):\n        for b in range(4):\n"
        "            client.responses.create(model='gpt-4.1', max_output_tokens=9, input='Hello')\n"
    )
    config = "workloads: [{name: w, sites: ['a.py::all']%s}]"
    once, found = (cost(config % extra, a=code).per_request for extra in (", calls_per_request: 1", ""))
    assert once and found and once.high
    assert found.high == once.high * 12


AGENT = """\
from agents import Agent, Runner

agent = Agent(name="a", instructions="Help.", model="gpt-4.1")


def run(question):
    return Runner.run_sync(agent, question, max_turns=%s)
"""
RUN = "workloads: [{name: w, sites: [a.py], input_tokens: 1_000, output_tokens: 100, traffic: 1/day%s}]"


def test_the_codes_own_limit_on_turns_is_the_high_end() -> None:
    (found, once) = (cost(RUN % extra, a=AGENT % 6) for extra in ("", ", turns: 1"))
    assert found.per_request and once.per_request
    assert found.per_request.low == once.per_request.low
    assert found.per_request.high == once.per_request.high * 6  # type: ignore[operator]
    assert "every turn is taken to send what the first does" in whys(found)


def test_declared_turns_beyond_the_codes_limit_are_told() -> None:
    found = cost(RUN % ", turns: {count: 20, history: none}", a=AGENT % 6)
    assert "20 turns are declared, the code stops after 6" in whys(found)
    assert found.per_request == cost(RUN % ", turns: {count: 6, history: none}", a=AGENT % 6).per_request


def test_a_history_of_which_nobody_says_what_a_turn_adds_has_no_bound() -> None:
    found = cost(W % ", turns: {count: 5, history: resend}, output_tokens: 80")
    flat = cost(W % ", turns: {count: 5, history: none}, output_tokens: 80")
    assert found.per_request and flat.per_request
    assert found.per_request.low == flat.per_request.low + (1 + 2 + 3 + 4) * 80 * Decimal("0.000002"), "the answer at least"
    assert found.per_request.high is None


def test_shares_that_make_things_cheaper_stand_at_the_right_end() -> None:
    bare = cost(W % "").per_request
    for key in ("response_cache", "batch", "cache_hit"):
        less, more = (cost(W % f", {key}: {share}").per_request for share in ("20%", "60%"))
        both = cost(W % f", {key}: 20%..60%").per_request
        assert bare and less and more and both
        assert bare.low > less.low > more.low
        assert (both.low, both.high) == (more.low, less.high)


def test_cached_and_batched_tokens_have_lines_of_their_own() -> None:
    assert {"1M cached input tokens", "1M input tokens (batch)"} <= units(cost(W % ", cache_hit: 50%")) | units(
        cost(W % ", batch: 50%")
    )


def test_a_share_that_the_price_knows_nothing_of_is_told_and_paid_in_full() -> None:
    bare = cost(W % ", model: claude-3-opus").per_request
    batch = cost(W % ", model: claude-3-opus, batch: 50%")
    assert "no batch price is listed for claude-3-opus" in whys(batch)
    assert batch.per_request == bare
    short = cost(W % ", model: claude-haiku-4-5, cache_hit: 50%")
    assert "claude-haiku-4-5 caches from 4,096 tokens on" in whys(short)
    assert short.per_request == cost(W % ", model: claude-haiku-4-5").per_request


def test_nothing_is_known_to_be_nothing() -> None:
    assert cost(W % ", response_cache: 100%").per_month == Range(0, 0, 0, "declared")


def test_what_is_written_to_the_cache_is_paid_at_its_own_rate() -> None:
    plan = "workloads: [{name: w, planned: true, model: claude-haiku-4-5, input_tokens: 10_000, output_tokens: 0%s}]"
    bare, found = (cost(plan % extra).per_request for extra in ("", ", cache_write: 20%, cache_hit: 50%"))
    assert bare == Range(Decimal("0.01"), Decimal("0.01"), Decimal("0.01"), "declared")
    # 3,000 tokens at $1, 5,000 read at $0.10, 2,000 written at $1.25, a million each
    assert found == Range(Decimal("0.006"), Decimal("0.006"), Decimal("0.006"), "declared")


def test_code_that_has_its_prompt_cached_asks_how_much_of_it_is() -> None:
    code = """import anthropic


def ask(question):
    anthropic.Anthropic().messages.create(model="claude-sonnet-4-5", max_tokens=9%s, messages=[{"role": "user", "content": question}])
"""
    cached = code % ', cache_control={"type": "ephemeral"}'
    assert "nothing says how much" in whys(cost(W % "", a=cached))
    assert "nothing says how much" not in whys(cost(W % ", cache_hit: 50%", a=cached))
    assert "nothing says how much" not in whys(cost(W % "", a=code % ""))


def test_sizes_that_code_or_model_do_not_bear_out_are_told() -> None:
    plan = "workloads: [{name: w, planned: true, model: gpt-4.1, input_tokens: %s, output_tokens: %s%s}]"
    assert "1,000,001 tokens a turn are declared, and gpt-4.1 takes 1,000,000 at most" in whys(cost(plan % ("1_000_001", 9, "")))
    assert "32,769 tokens a turn are declared, and gpt-4.1 gives 32,768 at most" in whys(cost(plan % (9, "32_769", "")))
    assert "at most" not in whys(cost(plan % ("1_000_000", "32_768", "")))
    grown = cost(plan % ("400_000", 9, ", turns: {count: 3, history: resend, adds: 400_000}"))
    assert "1,200,000 tokens a turn are declared" in whys(grown)
    batch = whys(cost((plan % ("272_001", 9, ", batch: 50%")).replace("gpt-4.1", "gpt-5.5-pro")))
    assert "no batch price is listed for gpt-5.5-pro above 272,000 tokens" in batch
    assert "no batch" not in whys(cost((plan % ("272_000", 9, ", batch: 50%")).replace("gpt-4.1", "gpt-5.5-pro")))
    assert "an answer of 900 tokens is declared, and the code stops it at 100" in whys(cost(W % ", output_tokens: 900"))
    assert "stops it" not in whys(cost(W % ", output_tokens: 100"))


def test_retries_and_fallbacks_are_a_layer() -> None:
    bare, found = cost(W % "").per_request, cost(W % ", retry_rate: 15%")
    assert bare and found.per_request
    assert found.per_request.high == bare.high * Decimal("1.15")  # type: ignore[operator]
    again = cost(W % ", fallbacks: [{model: gpt-4o, share: 10%}]")
    dear = cost(W % ", model: gpt-4o").per_request
    assert dear is not None
    assert layer(again, "retries").high == dear.high * Decimal("0.1")  # type: ignore[operator]


def test_retrieved_chunks_fill_the_hole_that_is_named() -> None:
    on_top = cost(W % ", retrieval: 5x400 tokens")
    inside = cost("workloads: [{name: w, sites: [a.py], retrieval: {chunks: 5, tokens: 400, hole: content}}]")
    assert on_top.call_tokens and inside.call_tokens
    assert on_top.call_tokens.low - inside.call_tokens.low == 50


def test_the_size_of_a_hole_that_is_nowhere_is_told_with_the_names_that_are() -> None:
    found = cost((W % "").replace("content", "question"))
    assert found.per_request is not None and found.per_request.high is None
    assert "says the size of 'question', and no prompt of its calls has such a hole: they have content" in whys(found)
    assert "such a hole" not in whys(cost(W % ""))
    retrieval = "workloads: [{name: w, sites: [a.py], retrieval: {chunks: 5, tokens: 400, hole: passages}}]"
    assert "says the size of 'passages'" in whys(cost(retrieval))
    assert "such a hole" not in whys(cost(W % "", a=ASK.format(model='"gpt-4.1"').replace("messages=[", "messages=question or ["))), (
        "nobody knows which holes there are"
    )


def test_a_fallback_of_ones_own_machines_is_paid_by_the_token() -> None:
    own = "deployment: {kind: self-hosted, gpus: 1, price: 1_000}"
    bare, found = (cost(W % f", {own}{extra}") for extra in ("", ", fallbacks: [{model: gpt-4.1, share: 10%}]"))
    api = cost(W % "").per_month
    assert bare.per_month == Range.exact(1_000, "declared")
    assert found.per_month and found.per_month.high and api and api.high
    assert found.per_month.high == 1_000 + api.high * Decimal("0.1")


def test_a_model_of_ones_own_needs_no_price() -> None:
    config = W % ", deployment: {kind: self-hosted, gpus: 2, price: 1_000, capacity: 1M/day, utilisation: 50%}, output_tokens: 9"
    found = cost(config, a=ASK.format(model='"our-own"'))
    assert (found.unknown, found.per_month) == ((), Range.exact(2_000, "declared"))
    assert found.usage is not None and found.usage.used is not None and found.usage.used.high is not None
    assert 0 < found.usage.used.low <= found.usage.used.high < 1
    without = cost(config.replace("traffic: 1_000/month, ", ""), a=ASK.format(model='"our-own"'))
    assert without.per_month is None
    assert without.per_request is not None and without.per_request.low > 0, "by the tokens that the capacity allows"


def test_what_nobody_could_pay_is_a_slip() -> None:
    with pytest.raises(UserError, match="check the units"):
        cost("workloads: [{name: w, sites: [a.py], input_tokens: 1B, calls_per_request: 9_000, traffic: 900B/month}]")


def test_globs_that_match_nothing_or_the_same_call() -> None:
    found = snapshot("workloads: [{name: a, sites: [b.py]}, {name: b, sites: [a.py]}, {name: c, sites: ['a.py::ask']}]")
    none, one, other = found.workloads
    assert none.sites == ()
    assert none.per_request is None
    assert "no counted call matches" in whys(none)
    assert (one.overlaps, other.overlaps) == (("c",), ("b",))


def test_the_body_of_a_wrapper_and_tests_are_not_counted() -> None:
    client = ASK.format(model='"gpt-4.1"').replace("def ask", "def complete")
    app = "from client import complete\n\ncomplete('Hello')\n"
    config = "workloads: [{name: w, sites: ['**/*.py']}]"
    found = snapshot(config, client=client, app=app, **{"tests/test_app": PLAIN}).workloads[0]
    assert [key.partition("::")[0] for key in found.sites] == ["app.py"]


def test_a_helper_names_the_calls_that_are_made_through_it() -> None:
    client = ASK.format(model='"gpt-4.1"').replace("def ask", "def complete")
    app = "from client import complete\n\n\ndef one():\n    complete('Hello')\n\n\ndef two():\n    complete('Bye')\n"
    config = "workloads: [{name: w, sites: ['%s']}]"

    def sites(glob: str) -> list[str]:
        return sorted(key.split("::")[1] for key in snapshot(config % glob, client=client, app=app).workloads[0].sites)

    assert sites("client.py::complete") == ["one", "two"]
    assert sites("app.py::one") == ["one"]
    assert sites("client.py") == [], "what others make through it is theirs"


def test_measured_figures_beat_declared_ones() -> None:
    config = parse_config(W % ", output_tokens: 50", "c")
    measured = Figures(traffic=Range(10, 20, 30, "measured"), holes={"question": Range.exact(70, "measured")})
    (declared,) = config.workloads
    merged = overlaid(declared.figures, measured)
    assert merged.traffic == measured.traffic
    assert merged.holes["question"].basis == "measured"
    assert merged.output_tokens == Range.exact(50, "declared")


def changed(config: str, before: str, after: str) -> tuple[WorkloadCost, WorkloadCost]:
    both = measure_files({"a.py": after}, {"a.py": before}, parse_config(config, "costgate.yaml"))
    assert isinstance(both, Comparison)
    return both.base.workloads[0], both.head.workloads[0]


def test_what_both_sides_leave_open_cancels() -> None:
    config = "workloads: [{name: w, sites: [a.py], traffic: 1_000/month}]"
    longer = PLAIN.replace('"content": question', '"content": "Please be brief. " + question')
    delta = month_delta(*changed(config, PLAIN, longer))
    assert delta is not None
    assert delta.low == delta.high == Decimal("0.008"), "four tokens at $2 a million, a thousand times"


def test_another_model_over_an_open_prompt_is_open_too() -> None:
    config = "workloads: [{name: w, sites: [a.py], traffic: 1_000/month, output_tokens: 9}]"
    delta = month_delta(*changed(config, ASK.format(model='"gpt-4.1-mini"'), PLAIN))
    assert delta is not None
    assert delta.low > 0
    assert delta.high is None, "every token that fills the prompt costs more"


@pytest.mark.parametrize("other", ["def renamed(question)", "def ask_again(question)"])
def test_a_call_that_only_moved_costs_nothing_more(other: str) -> None:
    config = "workloads: [{name: w, sites: [a.py], traffic: 1_000/month}]"
    delta = month_delta(*changed(config, PLAIN, PLAIN.replace("def ask(question)", other)))
    assert delta is not None
    assert (delta.low, delta.high) == (0, 0)


def test_a_new_call_is_what_it_costs_and_a_removed_one_what_it_cost() -> None:
    base, head = changed(W % "", "X = 1\n", PLAIN)
    assert month_delta(base, head) == head.per_month
    gone = month_delta(*changed(W % "", PLAIN, "X = 1\n"))
    assert gone is not None and head.per_month is not None
    assert gone.low == -head.per_month.low


def test_a_side_that_is_not_priced_leaves_the_difference_open() -> None:
    assert month_delta(*changed(W % "", PLAIN, ASK.format(model="input()"))) is None


def test_a_cap_is_held_against_the_end_that_the_budget_names() -> None:
    states = {}
    for end in ("low", "likely", "high"):
        found = cost(W % f", budgets: {{cost_per_month: 1, compare: {end}}}, output_tokens: {{low: 0, likely: 50, high: 100}}")
        states[end] = caps_of(found)[0].state
    assert states == {"low": "within", "likely": "unknown", "high": "over"}


def test_what_is_asked_is_a_scenario_and_changes_nothing_else() -> None:
    config = parse_config(W % "", "costgate.yaml")
    asked = asking(config, ("traffic=2x", "w.retry_rate=10%", "tokens=1.5x"))
    plain = measure_files({"a.py": PLAIN}, None, config)
    found = measure_files({"a.py": PLAIN}, None, asked)
    assert isinstance(plain, Snapshot) and isinstance(found, Snapshot)
    (one,), (other,) = plain.workloads, found.workloads
    assert one.per_month == other.per_month
    *_, last = other.scenarios
    assert last.name == "what if traffic=2x, w.retry_rate=10%, tokens=1.5x"
    assert last.per_month and one.per_month
    assert last.per_month.high == one.per_month.high * 2 * Decimal("1.1") * Decimal("1.5") - 0  # type: ignore[operator]


def test_tokens_are_asked_about_for_the_workload_that_is_named() -> None:
    two = "workloads:\n" + "".join(f"  - {{name: {name}, planned: true, model: gpt-4.1, input_tokens: 100, output_tokens: 0, traffic: 1/month}}\n" for name in ("a", "a.b"))
    config = asking(parse_config(two, "costgate.yaml"), ("a.tokens=3x", "traffic=2x", "a.b.output_tokens=100"))
    found = measure_files({"a.py": "X = 1\n"}, None, config)
    assert isinstance(found, Snapshot)
    months = {each.workload.name: each.scenarios[-1].per_month for each in found.workloads}
    assert months["a"] is not None and months["a.b"] is not None
    assert months["a"].likely == 2 * 3 * 100 * Decimal(2) / 1_000_000
    assert months["a.b"].likely == 2 * (100 * Decimal(2) + 100 * 8) / 1_000_000


APP = {
    "llm": PLAIN,
    "flows": "from llm import ask\n\n\ndef summarise(text):\n    return ask('Sum up: ' + text)\n\n\ndef unused(text):\n    return ask(text)\n",
    "web": "from flows import summarise\n\n\nclass Handler:\n    def post(self, text):\n        def work():\n            return summarise(text)\n\n        return work()\n",
}


def test_an_entrypoint_makes_every_call_that_it_reaches() -> None:
    def keys(entrypoint: str) -> list[str]:
        config = f"workloads: [{{name: w, entrypoints: ['{entrypoint}']}}]"
        return [key.rpartition("::")[0] for key in snapshot(config, **APP).workloads[0].sites]

    assert keys("web.py::Handler.post") == keys("flows.py::summarise") != []
    assert keys("flows.py::unused") != keys("flows.py::summarise")
    assert keys("web.py::Handler.get") == []
    assert len(keys("flows.py")) == 2


def test_functions_that_call_each_other_end() -> None:
    code = PLAIN + "\n\ndef even(n):\n    ask('a')\n    return odd(n - 1)\n\n\ndef odd(n):\n    return even(n - 1)\n"
    (found,) = snapshot("workloads: [{name: w, entrypoints: ['a.py::odd'], traffic: 1/day}]", a=code).workloads
    assert len(found.sites) == 1


LOOKED_UP = """\
from openai import OpenAI


def ask(question, store):
    passages = store.similarity_search(question%s)
    return OpenAI().responses.create(model="gpt-4.1", input=f"{passages}", max_output_tokens=100)
"""


def test_how_many_passages_the_code_looks_up_at_most_is_the_high_end() -> None:
    said = "workloads: [{name: w, sites: [a.py], retrieval: {tokens: 400%s, hole: passages}}]"
    found = cost(said % "", a=LOOKED_UP % ", k=5")
    (measure,) = snapshot(said % "", a=LOOKED_UP % ", k=5").measures.values()
    (hole,) = measure.holes
    assert hole.tokens == Range(0, None, 2000, "bounded")
    assert found.per_request is not None and found.per_request.high is not None
    assert "how many passages" not in whys(found)
    unsaid = cost(said % "", a=LOOKED_UP % "")
    assert unsaid.per_request is not None and unsaid.per_request.high is None
    assert "how many passages are retrieved is not known" in whys(unsaid)
    declared = cost(said % ", chunks: 3", a=LOOKED_UP % ", k=5")
    assert declared.per_request is not None and declared.per_request.high is not None
    assert declared.per_request.high < found.per_request.high, "what is declared holds"
    with pytest.raises(UserError, match="retrieval needs chunks"):
        cost("workloads: [{name: w, planned: true, model: gpt-4.1, input_tokens: 9, output_tokens: 9, retrieval: {tokens: 400}}]")

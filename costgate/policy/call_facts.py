"""The facts about one call: the paths that begin with `call.`, and with `before.` for the call in the base."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from costgate.model.call import ROLES
from costgate.model.value import ABSENT
from costgate.policy import derive, of_prompts
from costgate.policy.derive import or_absent, or_unknown
from costgate.policy.fact import Fact

ROLE_TEXTS: Mapping[str, str] = {
    "model": "the model asked for",
    "prompt": "the prompt or messages argument",
    "system": "the system text argument",
    "tools": "the tool definitions",
    "output_limit": "the ceiling on output tokens",
    "samples": "how many answers are asked for",
    "reasoning": "the reasoning effort or mode",
    "reasoning_budget": "the token budget for reasoning",
    "retries": "the retry argument of the SDK",
    "timeout": "the timeout argument",
    "stream": "the streaming flag",
    "cache": "the prompt caching argument",
    "service_tier": "the service tier",
    "batch": "the batch or background argument",
    "tags": "the tags, user or metadata argument",
    "turn_limit": "the ceiling on turns of an agent or tool loop",
    "budget": "the ceiling on money or tokens of a run",
    "fallback": "the models to fall back to",
    "schema": "the schema of the answer",
    "base_url": "the address of the service",
}

CALL: tuple[Fact, ...] = (
    Fact("call.key", "text", lambda c: c.site.key, "the identity of the call, free of line numbers"),
    Fact("call.path", "path", lambda c: c.site.span.path, "the file, from the root"),
    Fact("call.line", "number", lambda c: c.site.span.line, "the line where the call expression starts"),
    Fact("call.function", "text", lambda c: c.site.context.function, 'the qualified function, "" at module level'),
    Fact("call.kind", "text", lambda c: c.site.kind, "chat, responses, completion, embedding, agent-run, ..."),
    Fact("call.sdk", "text", lambda c: c.site.sdk, "the SDK, as its data file names it"),
    Fact("call.callee", "text", lambda c: c.site.callee, "what is called, as written"),
    Fact("call.provider", "text", lambda c: or_unknown(c.site.provider, "the provider is not known"), "who bills"),
    Fact("call.provider.local", "truth", lambda c: derive.local(c.site), "whether it runs on the caller's own machines"),
    Fact("call.via", "text", lambda c: or_absent(c.site.via), "the key of the request in the wrapper's body"),
    Fact("call.counted", "truth", lambda c: c.site.counted, "whether totals count the call (one level of each chain)"),
    Fact("call.async", "truth", lambda c: c.site.context.is_async, "whether the function is a coroutine"),
    Fact("call.test", "truth", lambda c: c.site.context.in_test, "whether the call stands in test code"),
    Fact("call.change", "text", lambda c: or_absent(c.change), "in a diff: added, changed, moved, repriced"),
    Fact("call.new", "truth", lambda c: c.change == "added" if c.compared else ABSENT, "in a diff: not in the base"),
    Fact("call.workloads", "list", lambda c: c.workloads, "the workloads that make the call", item="item"),
    Fact("call.workload_count", "number", lambda c: len(c.workloads), "how many workloads make the call"),
    Fact("call.loops", "list", lambda c: c.site.context.loops, "the loops that repeat the call", item="loop"),
    Fact("call.loop_count", "number", lambda c: len(c.site.context.loops), "how many loops repeat the call"),
    Fact("call.stream.closed", "truth", lambda c: derive.stream_closed(c.site), "whether a stream is always closed"),
    Fact("call.retries.layers", "list", lambda c: c.site.retries, "what repeats a failed request", item="layer"),
    Fact("call.retries.layer_count", "number", lambda c: len(c.site.retries), "how many retry layers there are"),
    Fact("call.retries.product", "range", lambda c: derive.product(c.site.retries), "requests for one call, at worst"),
    Fact(
        "call.retries.unbounded", "truth", lambda c: derive.unbounded(c.site.retries), "whether a layer never gives up"
    ),
    Fact(
        "call.output_limit.ignored",
        "truth",
        lambda c: "output_limit" in c.site.ignored,
        "whether the function around it takes a limit and never mentions it",
    ),
    Fact("call.fallback.factor", "range", derive.fallback_factor, "price of the dearest fallback / that of the model"),
    Fact("call.model.batch", "truth", derive.batchable, "whether a price is listed for it in a batch"),
    Fact("call.model.priced", "truth", derive.priced, "whether the price book has the model"),
    Fact("call.model.max_output", "number", lambda c: derive.of_price(c, "max_output"), "its output window", "tokens"),
    Fact("call.model.context_window", "number", lambda c: derive.of_price(c, "context_window"), "its window", "tokens"),
    Fact("call.model.cache_minimum", "number", lambda c: derive.of_price(c, "cache_minimum"), "what caches", "tokens"),
    Fact("call.measured.requests", "number", lambda c: derive.measurement(c, "requests"), "how many requests it was measured by"),
    Fact("call.measured.until", "date", lambda c: derive.measurement(c, "until"), "the last day that was measured"),
    Fact("call.measured.age", "number", derive.measurement_age, "how long ago that was at the date of the run", "days"),
    Fact("call.measured.spikes", "number", lambda c: derive.measurement(c, "spikes"), "days that left the band of the week before"),
    Fact("call.measured.growth", "text", lambda c: derive.measurement(c, "regime"), "flat, linear or quadratic over turns"),
    Fact(
        "call.drift.input",
        "number",
        lambda c: derive.measurement(c, "input_drift"),
        "the mean measured input by the nearest end of the declared one; 1 inside of it",
    ),
    Fact(
        "call.drift.output",
        "number",
        lambda c: derive.measurement(c, "output_drift"),
        "the mean measured answer by the nearest end of the declared one; 1 inside of it",
    ),
    Fact("call.model.deprecation_date", "date", lambda c: derive.of_price(c, "deprecation_date"), "when it retires"),
    Fact("call.model.days_left", "number", derive.days_left, "days until it retires, negative when past", "days"),
    Fact("call.model.rate.input", "number", lambda c: derive.rate(c, "input"), "price of a million tokens", "money"),
    Fact("call.model.rate.output", "number", lambda c: derive.rate(c, "output"), "price of a million tokens", "money"),
    Fact("call.model.rate.cache_read", "number", lambda c: derive.rate(c, "cache_read"), "price of a million", "money"),
    Fact(
        "call.model.rate.cache_write", "number", lambda c: derive.rate(c, "cache_write"), "price of a million", "money"
    ),
    Fact(
        "call.reasoning.on",
        "truth",
        lambda c: or_unknown(c.measure.reasoning.on, "whether the model reasons is not known"),
        "whether reasoning tokens are paid for",
    ),
    Fact(
        "call.reasoning.by_default",
        "truth",
        lambda c: or_unknown(c.measure.reasoning.by_default, "what the model does by default is not known"),
        "whether the model reasons when nothing is said",
    ),
    Fact("call.reasoning.within_limit", "truth", derive.reasoning_within, "whether the output limit covers reasoning"),
    Fact("call.reasoning.effort", "text", lambda c: derive.reasoning(c, "effort"), "the effort that holds"),
    Fact("call.reasoning.bound", "number", lambda c: derive.reasoning(c, "bound"), "its ceiling", "tokens"),
    Fact("call.reasoning.granted", "number", lambda c: derive.granted(c.site), "the budget that the call sets for it", "tokens"),
    Fact(
        "call.reasoning.said",
        "truth",
        lambda c: derive.said(c.site, "reasoning", "reasoning_budget"),
        "whether the call says anything about reasoning",
    ),
    Fact(
        "call.static_tokens",
        "range",
        lambda c: derive.measured(c, c.measure.static_tokens, "prompt"),
        "tokens of the prompt's fixed text",
        "tokens",
    ),
    Fact(
        "call.input_tokens",
        "range",
        lambda c: derive.measured(c, c.measure.input_tokens, "input"),
        "tokens that one request sends",
        "tokens",
    ),
    Fact(
        "call.output_tokens",
        "range",
        lambda c: derive.measured(c, c.measure.output_tokens, "output"),
        "tokens that one request brings back, reasoning included",
        "tokens",
    ),
    Fact(
        "call.cost_per_call",
        "range",
        lambda c: derive.measured(c, c.measure.cost.per_call, "cost"),
        "what one call costs",
        "money",
    ),
    Fact("call.holes", "list", lambda c: c.measure.holes, "the prompt's parts known only at run time", item="hole"),
    Fact("call.hole_count", "number", lambda c: len(c.measure.holes), "how many such parts there are"),
    Fact(
        "call.unbounded_holes",
        "number",
        lambda c: sum(1 for hole in c.measure.holes if hole.tokens is None or hole.tokens.high is None),
        "how many of them nothing bounds",
    ),
    Fact("call.sources", "list", lambda c: c.measure.sources, "the places the prompt comes from", item="source"),
    Fact("call.prompt.messages", "number", lambda c: of_prompts.prompt_count(c.site, "messages"), "how many messages"),
    Fact(
        "call.prompt.alternatives", "number", lambda c: of_prompts.prompt_count(c.site, "alternatives"), "how many prompts"
    ),
    Fact(
        "call.prompt.repeated_holes", "number", lambda c: of_prompts.prompt_count(c.site, "repeated"), "holes that repeat"
    ),
    Fact(
        "call.prompt.prefix_tokens",
        "range",
        lambda c: of_prompts.prefix_tokens(c.site, c.measure),
        "fixed text before the first part known only at run time; tools and system text come first",
        "tokens",
    ),
    Fact(
        "call.prompt.tail_tokens",
        "range",
        lambda c: of_prompts.tail_tokens(c.site, c.measure),
        "fixed text after the first part known only at run time",
        "tokens",
    ),
    Fact(
        "call.prompt.tool_tokens",
        "range",
        lambda c: of_prompts.tool_tokens(c.site, c.measure),
        "fixed text that describes tools",
        "tokens",
    ),
    Fact("call.prompt.leads_with_hole", "truth", lambda c: of_prompts.leads_with_hole(c.site), "defeats prefix caching"),
    Fact("call.gaps", "list", derive.call_gaps, "what is not known about the call", item="gap"),
    Fact("call.gap_count", "number", lambda c: len(derive.call_gaps(c)), "how many things are not known"),
)


def arguments() -> Iterator[Fact]:
    """The facts about each argument that a call may have."""
    for role in ROLES:
        text = ROLE_TEXTS[role]
        yield Fact(f"call.{role}", "value", partial(derive.argument, role), text)
        yield Fact(f"call.{role}.origin", "text", partial(derive.origin, role), f"who set {text}")
        yield Fact(f"call.accepts.{role}", "truth", partial(derive.accepts, role), f"whether the call takes it: {text}")

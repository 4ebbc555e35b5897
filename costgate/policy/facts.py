"""The table of facts: every path that a rule may name, with its type, how it is read, and what it means.

Types: text, path, date (text as YYYY-MM-DD), number, truth, value (an argument: known, absent or unknown), range, list.
Whatever the type, a fact may also be absent or unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from costgate.model.value import ABSENT
from costgate.policy import derive, of_changes, of_prompts
from costgate.policy.call_facts import CALL, ROLE_TEXTS, arguments
from costgate.policy.derive import Datum, or_absent, or_unknown
from costgate.policy.fact import Fact
from costgate.policy.subject import Subjects
from costgate.policy.workload_facts import WORKLOAD


def whole(tell: Callable[[Any], Datum]) -> Callable[[Any], Datum]:
    """A fact that adds up all of a tree."""
    return lambda run: derive.of_whole(run, tell)


VISIBLE: Mapping[str, tuple[str, ...]] = {
    "call": ("call", "run"),
    "agent": ("agent", "call", "run"),
    "wrapper": ("wrapper", "call", "run"),
    "prompt": ("prompt", "run"),
    "change": ("change", "call", "before", "run"),
    "file": ("file", "run"),
    "gap": ("gap", "run"),
    "exception": ("exception", "run"),
    "workload": ("workload", "run"),
    "portfolio": ("portfolio", "run"),
    "run": ("run",),
}
"""What a rule is asked about (`each`) -> the subjects whose facts it may name. `before` is the call in the base."""

ITEMS = ("layer", "loop", "hole", "source", "cause", "gap", "item")
"""What the members of lists are called inside a quantifier's `where`; `item` is a member that is plain text."""

REST: tuple[Fact, ...] = (
    Fact("layer.what", "text", lambda x: x.what, "what repeats the request"),
    Fact("layer.attempts", "number", derive.attempts, "tries, the first included; absent when it never gives up"),
    Fact(
        "layer.unbounded", "truth", lambda x: or_unknown(x.unbounded, f"how often {x.what} repeats"), "never gives up"
    ),
    Fact("layer.waits", "truth", derive.waits, "whether a retry library or a loop pauses between tries; absent for other layers"),
    Fact("layer.on", "list", derive.errors, "the errors it repeats the request on; absent for an SDK's own", item="item"),
    Fact("layer.path", "path", lambda x: or_absent(x.span and x.span.path), "where it is set; absent for a default"),
    Fact("layer.line", "number", lambda x: or_absent(x.span and x.span.line), "where it is set; absent for a default"),
    Fact("loop.kind", "text", lambda x: x.kind, "for, while, forever, comprehension, recursion, fan-out, graph"),
    Fact("loop.bound", "number", derive.bound, "rounds at most; absent for a loop without end"),
    Fact("loop.open", "truth", lambda x: x.open, "whether only a jump or what the call answers ends it, and no number is counted"),
    Fact("loop.counted", "truth", lambda x: x.counted, "whether its rounds are counted: a number grows up to a limit, known or not"),
    Fact("loop.path", "path", lambda x: x.span.path, "where the loop is"),
    Fact("loop.line", "number", lambda x: x.span.line, "where the loop is"),
    Fact("hole.name", "text", lambda x: x.name, "what fills it"),
    Fact("hole.tokens", "range", lambda x: or_unknown(x.tokens, f"nothing bounds {x.name}"), "its size", "tokens"),
    Fact("hole.detail", "text", lambda x: or_absent(x.image), "of a picture: how closely it is looked at"),
    Fact("hole.path", "path", lambda x: x.span.path, "where it is"),
    Fact("hole.line", "number", lambda x: x.span.line, "where it is"),
    Fact("source.path", "path", lambda x: x.span.path, "where the text is"),
    Fact("source.line", "number", lambda x: x.span.line, "where the text is"),
    Fact("source.tokens", "range", lambda x: x.tokens, "its size", "tokens"),
    Fact("cause.what", "text", lambda x: x.what, "what changed: model, prompt, output_limit, ..."),
    Fact("cause.path", "path", lambda x: x.path, "where it changed"),
    Fact("cause.line", "number", lambda x: x.line, "where it changed"),
    Fact("cause.before", "text", lambda x: or_absent(x.before), "what it was; absent when there was nothing"),
    Fact("cause.after", "text", lambda x: or_absent(x.after), "what it is; absent when there is nothing"),
    Fact(
        "cause.delta_tokens", "number", lambda x: or_absent(x.delta_tokens), "tokens it adds to one request", "tokens"
    ),
    Fact("item.text", "text", lambda x: x, "a member of a list of text"),
    Fact("agent.turn_limit", "value", lambda a: a.site.arg("turn_limit"), ROLE_TEXTS["turn_limit"]),
    Fact("agent.budget", "value", lambda a: a.site.arg("budget"), ROLE_TEXTS["budget"]),
    Fact("agent.tools", "value", lambda a: a.site.arg("tools"), ROLE_TEXTS["tools"]),
    Fact("agent.nested", "truth", lambda a: a.nested, "whether the function around it is a tool of another agent"),
    Fact("agent.capped", "truth", lambda a: derive.capped(a.site), "whether a turn limit or a budget ends the run"),
    Fact("wrapper.function", "text", lambda w: w.body.context.function, "the function that wraps the request"),
    Fact("wrapper.callers", "number", lambda w: len(w.callers), "how many calls go through it"),
    Fact(
        "wrapper.files",
        "number",
        lambda w: len({caller.span.path for caller in w.callers}),
        "how many files those calls are in",
    ),
    Fact("prompt.path", "path", lambda p: p.prompt.source.span.path, "the file, from the root"),
    Fact("prompt.line", "number", lambda p: p.prompt.source.span.line, "where the text starts"),
    Fact("prompt.role", "text", lambda p: p.prompt.source.role, "system, user, ... or empty"),
    Fact("prompt.load", "text", lambda p: p.prompt.source.load, "always, conditional, on-demand, code"),
    Fact("prompt.tokens", "range", lambda p: p.prompt.tokens, "the size of the text", "tokens"),
    Fact("prompt.characters", "number", lambda p: len(p.prompt.source.text), "the length of the text"),
    Fact("prompt.budget", "number", lambda p: or_absent(p.budget), "the token budget declared for it", "tokens"),
    Fact("prompt.used_by", "number", lambda p: len(p.prompt.source.used_by), "how many calls send it"),
    Fact("prompt.mentioned", "truth", of_prompts.mentioned, "whether the tree names a file that no call is seen to send"),
    Fact("prompt.format", "text", lambda p: p.prompt.source.format, "what a prompt file is called, empty in code"),
    Fact("prompt.copy_of", "text", of_prompts.copy_of, "an earlier place with the same text"),
    Fact("prompt.new", "truth", lambda p: p.before is None if p.compared else ABSENT, "in a diff: not in the base"),
    Fact("prompt.delta.tokens", "range", of_prompts.prompt_growth, "in a diff: tokens gained, absent when new", "tokens"),
    Fact("change.kind", "text", lambda c: c.change.kind, "added, removed, changed, moved, repriced"),
    Fact("change.key", "text", lambda c: c.change.key, "the identity of the call"),
    Fact(
        "change.delta.tokens",
        "range",
        lambda c: or_unknown(c.change.tokens, "the tokens of one side are not known"),
        "input tokens that one request gains",
        "tokens",
    ),
    Fact(
        "change.delta.cost",
        "range",
        lambda c: or_unknown(c.change.cost, "the cost of one side is not known"),
        "money that one call gains",
        "money",
    ),
    Fact("change.factor.tokens", "range", lambda c: of_changes.factor(c, "tokens"), "input after / before"),
    Fact("change.factor.cost", "range", lambda c: of_changes.factor(c, "cost"), "cost of a call after / before"),
    Fact("change.factor.price", "range", of_changes.price_factor, "price of a token after / before"),
    Fact("change.model_changed", "truth", of_changes.model_changed, "whether another model is asked for"),
    Fact("change.causes", "list", lambda c: c.change.causes, "why the call changed", item="cause"),
    Fact("change.test", "truth", lambda c: of_changes.side(c).context.in_test, "whether the call stands in test code"),
    Fact("change.counted", "truth", lambda c: of_changes.side(c).counted, "whether totals count the call"),
    Fact("change.path", "path", lambda c: of_changes.side(c).span.path, "the file in the head, or in the base if removed"),
    Fact("change.function", "text", lambda c: of_changes.side(c).context.function, "the qualified function"),
    Fact("file.path", "path", lambda f: f.path, "the file, from the root"),
    Fact("file.changed", "truth", lambda f: f.changed, "whether the change touches it"),
    Fact("file.unread", "truth", lambda f: f.unread is not None, "whether it was not, or only partly, read"),
    Fact("file.why", "text", lambda f: or_absent(f.unread), "why it was not read; absent when it was"),
    Fact("file.calls", "number", lambda f: f.calls, "how many calls were found in it"),
    Fact("gap.what", "text", lambda g: derive.gap(g).what, "what is not known: model, price, prompt, file, ..."),
    Fact("gap.why", "text", lambda g: derive.gap(g).why, "why it is not known"),
    Fact("gap.path", "path", lambda g: derive.gap_path(g), "where"),
    Fact("gap.call", "text", lambda g: or_absent(getattr(g, "call_key", None)), "the key of the call it belongs to"),
    Fact("exception.kind", "text", lambda e: e.kind, "ignore (inline), waiver or baseline"),
    Fact("exception.path", "path", lambda e: e.path, "where it is"),
    Fact("exception.line", "number", lambda e: e.line, "where it is"),
    Fact("exception.rules", "list", lambda e: e.rules, "the rules it names", item="item"),
    Fact("exception.reason", "text", lambda e: e.reason or ABSENT, "why it was made; absent when it does not say"),
    Fact("exception.used", "truth", derive.used, "whether it met a finding in this run"),
    Fact("exception.new", "truth", lambda e: or_absent(e.new), "in a diff: whether the change adds it"),
    Fact("exception.strange", "list", lambda e: e.strange, "ids it names that no rule has", item="item"),
    Fact("exception.owner", "text", lambda e: or_absent(e.owner), "who answers for it; absent when it does not say"),
    Fact("exception.until", "date", lambda e: or_absent(e.until), "its last day; absent when it has none"),
    Fact("run.mode", "text", lambda r: r.mode, "audit, diff or check"),
    Fact("run.as_of", "date", lambda r: or_unknown(r.as_of, "the run has no date"), "the date of the run"),
    Fact("run.calls", "number", whole(lambda r: len(r.snapshot.reading.calls)), "how many calls there are"),
    Fact("run.counted", "number", whole(lambda r: sum(c.counted for c in r.snapshot.reading.calls)), "how many are counted"),
    Fact("run.files", "number", lambda r: r.snapshot.reading.files, "how many files the tree has"),
    Fact("run.read", "number", whole(lambda r: r.snapshot.reading.read), "how many files were read in depth"),
    Fact("run.workloads", "number", lambda r: len(r.snapshot.workloads), "how many workloads are declared"),
    Fact("run.unread", "number", derive.unread, "how many were not read, or only partly"),
    Fact("run.prompts", "number", whole(lambda r: len(r.snapshot.prompts)), "how many prompt sources there are"),
    Fact(
        "run.input_tokens",
        "range",
        whole(lambda r: or_unknown(r.snapshot.input_tokens, "no input is known")),
        "tokens that one request of every counted call sends",
        "tokens",
    ),
    Fact(
        "run.cost",
        "range",
        whole(lambda r: or_unknown(r.snapshot.cost, "no call is priced")),
        "what one request of every counted call costs",
        "money",
    ),
    Fact(
        "run.delta.tokens",
        "range",
        lambda r: r.comparison.tokens if r.comparison else ABSENT,
        "in a diff: input tokens gained over all changed calls, one request each",
        "tokens",
    ),
    Fact(
        "run.delta.cost",
        "range",
        lambda r: r.comparison.cost if r.comparison else ABSENT,
        "in a diff: money gained over all changed calls, one request each",
        "money",
    ),
    Fact("run.factor.tokens", "range", whole(lambda r: of_changes.run_factor(r, "input_tokens")), "in a diff: input after / before"),
    Fact("run.factor.cost", "range", whole(lambda r: of_changes.run_factor(r, "cost")), "in a diff: cost after / before"),
    Fact("run.priced", "number", whole(derive.priced_share), "per cent of the counted calls that have a cost"),
    Fact("run.price_book.date", "date", lambda r: or_unknown(r.book_date, "the run has no price book"), "its date"),
    Fact("run.price_book.age", "number", derive.book_age, "how old the price book is at the date of the run", "days"),
    Fact("run.added", "number", lambda r: of_changes.changes(r, "added"), "in a diff: calls that are new"),
    Fact("run.removed", "number", lambda r: of_changes.changes(r, "removed"), "in a diff: calls that are gone"),
    Fact("run.changed", "number", lambda r: of_changes.changes(r, "changed"), "in a diff: calls that changed"),
    Fact(
        "run.unknown",
        "number",
        lambda r: r.comparison.unknown if r.comparison else ABSENT,
        "in a diff: changes whose cost could not be told",
    ),
    Fact("run.ignores_added", "number", lambda r: r.ignores_added, "in a diff: inline ignores that the change adds"),
)


def look_up(path: str, subjects: Subjects) -> Datum:
    """Read one fact. A subject that is not there (the base of a new call) has only absent facts. KeyError: no path."""
    fact = table()[path]
    subject = subjects.get(fact.subject)
    return ABSENT if subject is None else fact.read(subject)


@cache
def table() -> Mapping[str, Fact]:
    """Every fact by its path."""
    calls = (*CALL, *arguments())
    before = (replace(fact, path=fact.path.replace("call.", "before.", 1)) for fact in calls)
    return {fact.path: fact for fact in sorted((*calls, *before, *REST, *WORKLOAD), key=lambda fact: fact.path)}


def paths_for(each: str, items: tuple[str, ...] = ()) -> frozenset[str]:
    """The paths that a rule may name; `items` are the list members that the quantifiers around bring in."""
    seen = {*VISIBLE[each], *items}
    return frozenset(path for path, fact in table().items() if fact.subject in seen)

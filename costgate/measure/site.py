"""What a call site says about its own cost: models, declarations, repetitions, way of processing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from costgate.measure.ends import NONE, product
from costgate.measure.output import highest, repetitions
from costgate.measure.seen import kept_of
from costgate.model.call import CallSite
from costgate.model.config import Config, Profile
from costgate.model.finding import Gap
from costgate.model.money import Range
from costgate.model.value import ABSENT, Known, Span, Unknown, Value, is_absent
from costgate.model.workload import Figures, Workload, overlaid
from costgate.policy.glob import site_matches

OBJECTS = ("model-object", "agent")
"""Kinds that cost nothing themselves: the calls made through them do."""
BY_TOKEN = ("chat", "responses", "completion", "embedding", "batch", "agent-run")
FRAMED = ("chat", "responses", "agent-run", "model-object", "agent")
SILENT = ("embedding",)
"""Kinds that bring no tokens back."""

_PROCESSING = {"batch": "batch_", "flex": "flex_", "priority": "priority_", "fast": "fast_"}
_ONCE = Range.exact(1)


def models_of(call: CallSite) -> tuple[tuple[str | None, ...], tuple[Gap, ...]]:
    """The models a call may use, None for one that cannot be named; at least one."""
    value = call.arg("model")
    if isinstance(value, Known):
        return _named(value, call.span)
    if isinstance(value, Unknown):
        return (None,), (Gap("model", f"the model is not known: {value.why}", call.span),)
    if call.kind in OBJECTS:
        return (None,), ()
    return (None,), (Gap("model", "no model is passed, and what holds then is not known", call.span),)


def _named(value: Known, span: Span) -> tuple[tuple[str | None, ...], tuple[Gap, ...]]:
    names = dict.fromkeys(member if isinstance(member, str) and member.strip() else None for member in value.values)
    if names and None not in names:
        return tuple(names), ()
    return tuple(names) or (None,), (Gap("model", "the model is not known: in some case none is passed", span),)


def declared_for(call: CallSite, config: Config, own: Profile | None = None) -> Profile:
    """All that is declared about a call: by its workloads, then by profiles. Of two declarations of one thing the later
    holds, and what is measured beats what is only declared.

    `own`: what one workload says, in place of all that the call belongs to.
    """
    if own is not None:
        given = [own]
    else:
        mine = [each for each in config.workloads if makes(each, call)]
        given = [profile_of(each, figures_of(each, config), call) for each in mine]
    profiles = config.profiles
    if profiles:
        at = config.proposed
        given = [*_about(call, profiles[:at]), *given, *_about(call, profiles[at:])]
    merged = Profile("")
    for each in given:
        kept = kept_of(each, merged)
        merged = replace(
            merged,
            holes=_holes(merged.holes, each.holes),
            output_tokens=_firmer(merged.output_tokens, each.output_tokens),
            reasoning_tokens=_firmer(merged.reasoning_tokens, each.reasoning_tokens),
            pages=each.pages or merged.pages,
            seconds=each.seconds or merged.seconds,
            cache_hit=kept.read,
            cache_write=kept.written,
            cache_write_1h=kept.hour,
        )
    return merged


def _about(call: CallSite, profiles: Iterable[Profile]) -> list[Profile]:
    """Those about a call; what is said of the helper that makes it comes before what is said of the call itself."""
    found = [each for each in profiles if _named_by(call, each.sites)]
    return sorted(found, key=lambda each: site_matches(call.span.path, call.context.function, each.sites))


def measured_for(call: CallSite, config: Config) -> Profile | None:
    """What traffic showed about a call, or else about the helper that makes it; None without a measurement.

    What a head adds holds only for a call of which the base says neither what was measured nor what is to be expected.
    """
    at = config.proposed_sites
    found = _shown(call, config.measured_sites[at:])
    return _shown(call, config.measured_sites[:at]) if found is None and at and not _spoken_of(call, config) else found


def _shown(call: CallSite, sites: Sequence[Profile]) -> Profile | None:
    found = [each for each in sites if site_matches(call.span.path, call.context.function, each.sites)]
    found = found or [each for each in sites if _named_by(call, each.sites)]
    return found[-1] if found else None


def _spoken_of(call: CallSite, config: Config) -> bool:
    """Whether the base declares how much the call sends or gets back."""
    own = (each for each in config.workloads if not each.proposed and makes(each, call))
    given = [*_about(call, config.profiles[config.proposed :]), *(profile_of(each, figures_of(each, config), call) for each in own)]
    return any(replace(each, sites="") != Profile("") for each in given)


def figures_of(workload: Workload, config: Config) -> Figures:
    """The figures that hold for a workload: the one place where declared and measured ones meet."""
    measured = config.measured.get(workload.name)
    return workload.figures if measured is None or workload.settled else overlaid(workload.figures, measured)


def retrieved(figures: Figures, call: CallSite | None) -> Range:
    """Tokens that retrieval brings; where nobody says how many passages, as many as the code looks up at most."""
    if figures.chunk_tokens is None:
        return NONE
    number = figures.chunks or Range(0, None, None if call is None else call.passages, "bounded")
    return product(number, figures.chunk_tokens)


def profile_of(workload: Workload, figures: Figures, call: CallSite) -> Profile:
    """What a workload says of its calls, as a profile."""
    hole = workload.retrieval_hole
    holes = dict(figures.holes) if hole is None else {**figures.holes, hole: retrieved(figures, call)}
    output, thinking = figures.output_tokens, figures.reasoning_tokens
    if workload.proposed:  # whoever proposes it may have measured nothing: it beats no word of the base
        holes = {name: replace(each, basis="declared") for name, each in holes.items()}
        output, thinking = (each and replace(each, basis="declared") for each in (output, thinking))
    return Profile(
        "",
        holes,
        output,
        thinking,
        cache_hit=figures.cache_hit,
        cache_write=figures.cache_write,
        cache_write_1h=figures.cache_write_1h,
    )


def makes(workload: Workload, call: CallSite) -> bool:
    """Whether a workload makes the call: one that is counted and no test."""
    if not call.counted or call.context.in_test:
        return False
    if any(_named_by(call, glob) for glob in workload.sites):
        return True
    ways = (name.partition("::") for name in call.reached_from if workload.entrypoints)
    return any(site_matches(path, function, glob) for path, _, function in ways for glob in workload.entrypoints)


def _named_by(call: CallSite, glob: str) -> bool:
    """Whether a glob is about a call: by where it stands, or by the function of the tree through which it is made."""
    if site_matches(call.span.path, call.context.function, glob):
        return True
    if call.via is None or "::" not in glob:
        return False  # all of a file that others call through would be their calls, which have workloads of their own
    path, function = call.via.split("::")[:2]
    return site_matches(path, function, glob)


def _holes(old: Mapping[str, Range], new: Mapping[str, Range]) -> dict[str, Range]:
    merged = dict(old)
    for name, size in new.items():
        held = merged.get(name)
        merged[name] = size if held is None or not _beats(held, size) else held
    return merged


def _firmer(old: Range | None, new: Range | None) -> Range | None:
    return old if new is None or (old is not None and _beats(old, new)) else new


def _beats(old: Range, new: Range) -> bool:
    return old.basis == "measured" and new.basis != "measured"


def tools_at(call: CallSite) -> Span | None:
    """Where tools are passed; None when they are not, or when nobody knows."""
    return call.span if is_absent(call.arg("tools")) is False else None


def processing_of(call: CallSite) -> str:
    """The prefix of the rates that hold: "" unless another way of processing is stated."""
    if call.kind == "batch" or _only(call.arg("batch")) is True:
        return _PROCESSING["batch"]
    tier = _only(call.arg("service_tier"))
    return _PROCESSING.get(tier.strip().lower(), "") if isinstance(tier, str) else ""


def answers_of(call: CallSite) -> Range:
    """How many answers one request asks for."""
    return repetitions(call.arg("samples"))


def turns_of(call: CallSite) -> Range:
    """Requests of one run: at least one for each agent that it runs, at most the limits on their turns where these are known."""
    if call.requests is not None:
        return call.requests
    limit = highest(call.arg("turn_limit"), None)
    return _ONCE if call.kind != "agent-run" or limit == 1 else Range(1, None, limit, "bounded")


def _only(value: Value) -> object:
    return value.values[0] if isinstance(value, Known) and len(value.values) == 1 else ABSENT

"""What the figures of one call take for granted, each with what to do where it is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from costgate.model.report import CallDoc, HoleDoc, Report
from costgate.render import figures
from costgate.render.phrase import Code, Phrase, Said, place

_ESTIMATES = {
    "calibrated": "tokens are estimated, with the factor that was calibrated for this family of models",
    "assumed": "tokens are estimated as for a model whose encoding is not known",
}
_DEFAULTS = {
    "env-default": "the default of a setting is taken, which the environment may replace",
    "function-default": "the default of a parameter is taken, which a caller may replace",
    "config": "the value in the file is taken, which another deployment may replace",
}
_IMPORT = "`costgate usage import` measures"
_MEASURE = f"{_IMPORT} it"
_NEWER = "`costgate usage import` of newer traffic replaces it"


@dataclass(frozen=True, slots=True)
class Supposition:
    """What is taken for granted, and what changes it."""

    what: Phrase
    change: Phrase


def suppositions(report: Report, call: CallDoc) -> Iterator[Supposition]:
    """All of them, in the order in which the derivation uses them."""
    yield from _model(call)
    yield from _tokens(call)
    yield from (_hole(hole, call) for hole in call["prompt"]["holes"])
    yield from _answer(call)
    yield from _repetition(call)
    yield from _price(report, call)


def _model(call: CallDoc) -> Iterator[Supposition]:
    model = call["model"]
    if model["state"] != "known":
        return
    if len(model["values"]) > 1:
        yield Supposition(
            ("the cost is the spread over ", figures.plural(len(model["values"]), "model"), ", the lines are the dearest's"),
            ("Name one model in the code to narrow it",),
        )
    if model["origin"] in _DEFAULTS:
        yield Supposition((_DEFAULTS[model["origin"]],), (_IMPORT, " which model is called in fact"))


def _tokens(call: CallDoc) -> Iterator[Supposition]:
    static = call["prompt"]["static_tokens"]
    if static is not None and static["basis"] in _ESTIMATES and static["high"]:
        yield Supposition((_ESTIMATES[static["basis"]],), (_MEASURE,))


def _hole(hole: HoleDoc, call: CallDoc) -> Supposition:
    name = Code(hole["name"])
    where = Code(place(hole["path"], hole["line"]))
    declare: Phrase = ("Declare `holes: {", name, ": LOW..HIGH}` under `profiles:` for ", Code(_site(call)))
    if hole["basis"] is None:
        return Supposition((name, " at ", where, " has no known size, so the upper end is open"), declare)
    sized = Said({"declared": "as declared", "measured": "as measured"}.get(hole["basis"], f"({hole['basis']})"))
    change: Phrase = ("Change it under `profiles:` in costgate.yaml; ", _MEASURE)
    if hole["basis"] == "measured":
        change = (_NEWER,)
    return Supposition((name, " at ", where, " is sized ", sized), change if hole["basis"] != "bounded" else declare)


def _answer(call: CallDoc) -> Iterator[Supposition]:
    answer, declare = call["output_tokens"], ("`output_tokens` under `profiles:` for ", Code(_site(call)))
    if answer is None or not answer["high"] and not answer["unbounded"]:
        return
    if answer["basis"] == "bounded":
        top = "nothing" if answer["high"] is None else f"{figures.count(int(answer['high']))} tokens"
        by = "the output limit" if call["output_limit"]["state"] == "known" else "the most the model can give"
        yield Supposition(
            (f"an answer has anything from 0 tokens to {by}, {top} in all",),
            ("Set an output limit in the code, or declare ", *declare, "; ", _MEASURE),
        )
    elif answer["basis"] == "declared":
        yield Supposition(("answers are as long as declared",), ("Change it with ", *declare, "; ", _MEASURE))
    elif answer["basis"] == "measured":
        yield Supposition(("answers are as long as those that were measured", *_sample(call)), (_NEWER,))
    if call["reasoning"]["on"] and call["reasoning"]["bound"] is None:
        yield Supposition(
            ("reasoning may take all of what an answer may have",),
            ("Limit it in the code, or declare `reasoning_tokens` under `profiles:`",),
        )


def _sample(call: CallDoc) -> Phrase:
    """Of how many requests, until when, and where that is written."""
    measured = call.get("measured")
    if measured is None:
        return ()
    until = f" until {measured['until']}" if measured["until"] else ""
    of = figures.plural(measured["requests"], "request")
    return (" over ", of, Said(until), " (", Code(place(measured["path"], measured["line"])), ")")


def _repetition(call: CallDoc) -> Iterator[Supposition]:
    if call["samples"]["state"] == "unknown":
        yield Supposition(("one answer per request at least",), ("Name the number of answers in the code",))
    if call["kind"] == "agent-run":
        asked = call.get("requests")
        most = int(asked["high"]) if asked is not None and asked["high"] is not None else "any number"
        bound = call["turn_limit"]["state"] == "known" if asked is None else not asked["unbounded"]
        yield Supposition(
            (f"a run takes {int(asked['low'])} requests at least, and {most} at most",),
            ("Set the turn limits of its agents in the code", "" if bound else ", and nothing that makes further requests"),
        ) if asked is not None else Supposition(
            (f"a run takes one turn at least, and {'its limit' if bound else 'any number'} at most",),
            ("Set the turn limit in the code", "" if bound else ", which bounds the cost"),
        )
    if (call["retries"]["product"] or 2) > 1 and call["retries"]["layers"]:
        yield Supposition(("no request fails: each retry costs the same again",), ("Declare how many fail for the workload",))
    if call["context"]["loop"] is not None:
        yield Supposition(("the cost is of one turn of the loop",), ("Declare the calls per request of the workload",))


def _price(report: Report, call: CallDoc) -> Iterator[Supposition]:
    if call["cost_per_call"] is None:
        return
    day = Said(report["provenance"]["price_book"]["date"])
    price = call.get("price")
    if price is not None and price["source"] == "config":
        yield Supposition(("the price is your own",), ("Change it under `prices:` in costgate.yaml",))
    else:
        change: Phrase = ("Take another book with `--prices DATE`, or give your price under `prices:`",)
        yield Supposition(("list prices of ", day), change)
    if any("written to the cache" in line["unit"] and line["layer"] == "input" for line in call["cost_lines"]):
        yield Supposition(
            ("how much is read from the provider's prompt cache and written to it is not known, so the ends are all and nothing",),
            (_IMPORT, " it"),
        )
    elif not any("cache" in line["layer"] for line in call["cost_lines"]):
        yield Supposition(("no input comes from the provider's prompt cache, or goes into it",), (_IMPORT, " what does"))


def _site(call: CallDoc) -> str:
    return f"{call['path']}::{call['function']}" if call["function"] else call["path"]

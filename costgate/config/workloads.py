"""The keys `workloads` and `portfolio` of a checked document -> what they declare, or a complaint at the line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from costgate.config import quantity
from costgate.config.check import spell
from costgate.config.document import Document
from costgate.config.paths import glob
from costgate.config.quantity import Place
from costgate.measure.ends import NONE, turned
from costgate.model.money import Number, Range
from costgate.model.workload import (
    Budgets,
    Component,
    Deployment,
    Fallback,
    Figures,
    PortfolioPlan,
    Unit,
    Workload,
)

MOST_TURNS = 10_000
MOST_RETRIES = 40
"""Extra requests for each: untuned agents are seen to repeat a call up to forty times."""
MOST_CAPACITY = 10**18
_TOKENS = ("input_tokens", "output_tokens", "reasoning_tokens")
_SHARES: Mapping[str, int] = {
    "retry_rate": MOST_RETRIES,
    "cache_hit": 1,
    "cache_write": 1,
    "cache_write_1h": 1,
    "reasoning_share": 1,
    "response_cache": 1,
    "batch": 1,
    "buffer": 10,
}


def workloads(document: Document) -> tuple[Workload, ...]:
    """Every workload; UserError for what contradicts itself."""
    found: list[Workload] = []
    seen: dict[str, int] = {}
    for index, data in enumerate(document.data.get("workloads", ())):
        made = workload(document, index)
        if made.name in seen:
            message = f"workloads[{index}] has the name of workloads[{seen[made.name]}]: {made.name!r}"
            raise document.error(("workloads", index), message)
        seen[data["name"]] = index
        found.append(made)
    return tuple(found)


def workload(document: Document, index: int) -> Workload:
    """The workload at one place of the document."""
    data: Mapping[str, Any] = document.data["workloads"][index]
    place: Place = ("workloads", index)
    turns = data["turns"] if isinstance(data.get("turns"), Mapping) else {}
    retrieval = data.get("retrieval")
    made = Workload(
        name=data["name"],
        figures=_figures(document, place, data),
        owner=data.get("owner"),
        team=data.get("team"),
        tags={name: str(value) for name, value in data.get("tags", {}).items()},
        sites=_globs(document, place, data, "sites"),
        entrypoints=_globs(document, place, data, "entrypoints"),
        history=turns.get("history"),
        window=turns.get("window"),
        summary=_maybe(document, (*place, "turns"), turns, "summary", quantity.tokens),
        retrieval_hole=retrieval.get("hole") if isinstance(retrieval, Mapping) else None,
        mix=_mix(document, place, data),
        fallbacks=tuple(_fallback(document, (*place, "fallbacks", at), each) for at, each in _items(data, "fallbacks")),
        overheads=_named(document, (*place, "overheads"), data.get("overheads", {}), quantity.amount),
        components=tuple(_component(document, (*place, "components", at), each) for at, each in _items(data, "components")),
        deployment=_deployment(document, (*place, "deployment"), data.get("deployment", {"kind": "api"})),
        can_wait=data.get("can_wait", False),
        planned=data.get("planned", False),
        unit=_unit(document, (*place, "unit"), data.get("unit")),
        revisit=_date(document, (*place, "revisit"), data.get("revisit")),
        budgets=_budgets(document, (*place, "budgets"), data.get("budgets", {})),
        place=f"workloads/{index}",
        raw=data,
    )
    _check(document, place, data, made)
    return made


def portfolio(document: Document) -> PortfolioPlan | None:
    """The portfolio; None when none is declared."""
    data = document.data.get("portfolio")
    if data is None:
        return None
    place: Place = ("portfolio",)
    default = PortfolioPlan()
    return PortfolioPlan(
        name=data.get("name", default.name),
        cost_per_month=_cap(document, place, data, "cost_per_month"),
        warn_at=_warnings(document, (*place, "warn_at"), data.get("warn_at")),
        compare=data.get("compare", default.compare),
        workloads=tuple(data.get("workloads", default.workloads)),
    )


def _figures(document: Document, place: Place, data: Mapping[str, Any]) -> Figures:
    given: dict[str, Any] = {
        name: _maybe(document, place, data, name, quantity.tokens) for name in _TOKENS if name in data
    }
    for name, most in _SHARES.items():
        if name in data:
            given[name] = quantity.share(document, (*place, name), data[name], most)
    if "traffic" in data:
        given["traffic"] = quantity.per_month(document, (*place, "traffic"), data["traffic"], "requests")
    if "calls_per_request" in data:
        given["calls_per_request"] = _positive(document, (*place, "calls_per_request"), data["calls_per_request"])
    given |= _turns(document, (*place, "turns"), data.get("turns"))
    given |= _retrieval(document, (*place, "retrieval"), data.get("retrieval"))
    unit = data.get("unit", {})
    if "resolution_rate" in unit:
        at = (*place, "unit", "resolution_rate")
        given["resolution_rate"] = _some(document, at, quantity.share(document, at, unit["resolution_rate"]))
    holes = _named(document, (*place, "holes"), data.get("holes", {}), quantity.tokens)
    return Figures(holes=holes, **given)


def _turns(document: Document, place: Place, data: Any) -> dict[str, Range]:
    if data is None:
        return {}
    if not isinstance(data, Mapping):
        return {"turns": _count_of_turns(document, place, data)}
    found = {}
    if "count" in data:
        found["turns"] = _count_of_turns(document, (*place, "count"), data["count"])
    if "adds" in data:
        found["history_adds"] = quantity.tokens(document, (*place, "adds"), data["adds"])
    _check_history(document, place, data)
    return found


def _check_history(document: Document, place: Place, data: Mapping[str, Any]) -> None:
    history = data.get("history")
    for key, goes_with in (("window", ("window", "summary")), ("summary", ("summary",))):
        if key in data and history not in goes_with:
            raise document.error((*place, key), f"{spell((*place, key))} goes with history: {goes_with[0]}")
        if history == key and key not in data:
            raise document.error(place, f"{spell(place)} lacks {key}, which history: {key} needs")
    if history == "none" and "adds" in data:
        raise document.error((*place, "adds"), f"{spell((*place, 'adds'))} contradicts history: none")


def _count_of_turns(document: Document, place: Place, data: Any) -> Range:
    found = quantity.amount(document, place, data, MOST_TURNS)
    if found.low < 1:
        raise document.error(place, f"{spell(place)} must be at least 1")
    return found


def _retrieval(document: Document, place: Place, data: Any) -> dict[str, Range]:
    if data is None:
        return {}
    if isinstance(data, str):
        chunks, each = quantity.product(document, place, data)
    else:
        each = quantity.tokens(document, (*place, "tokens"), data["tokens"])
        if "chunks" not in data:
            return {"chunk_tokens": each}
        chunks = quantity.amount(document, (*place, "chunks"), data["chunks"], quantity.MOST_TOKENS)
    return {"chunks": chunks, "chunk_tokens": each}


def _mix(document: Document, place: Place, data: Mapping[str, Any]) -> dict[str, Range]:
    if "model" in data and "mix" in data:
        raise document.error((*place, "mix"), f"{spell(place)} has both model and mix", "keep one of them")
    if "model" in data:
        return {data["model"]: Range.exact(1, "declared")}
    if "mix" not in data:
        return {}
    place = (*place, "mix")
    shares = _named(document, place, data["mix"], quantity.share)
    low, high = sum(each.low for each in shares.values()), sum(each.high or 0 for each in shares.values())
    if low > 1 or high < 1:
        raise document.error(place, f"the shares of {spell(place)} are {_percent(low if low > 1 else high)} together, not 100%")
    likely = [each.likely for each in shares.values() if each.likely is not None]
    if len(likely) == len(shares) and sum(likely) != 1:
        raise document.error(place, f"the likely shares of {spell(place)} are {_percent(sum(likely))} together, not 100%")
    return shares


def _fallback(document: Document, place: Place, data: Mapping[str, Any]) -> Fallback:
    return Fallback(data["model"], quantity.share(document, (*place, "share"), data["share"]))


def _component(document: Document, place: Place, data: Mapping[str, Any]) -> Component:
    price = quantity.amount(document, (*place, "price"), data["price"])
    return Component(data["name"], price, quantity.amount(document, (*place, "count"), data.get("count", 1)))


def _deployment(document: Document, place: Place, data: Mapping[str, Any]) -> Deployment:
    made = Deployment(
        kind=data["kind"],
        units=data.get("gpus", data.get("units", 0)),
        price=quantity.money(document, (*place, "price"), data.get("price", 0)),
        capacity=(
            quantity.per_month(document, (*place, "capacity"), data["capacity"], "tokens", MOST_CAPACITY)
            if "capacity" in data
            else None
        ),
        utilisation=_maybe(document, place, data, "utilisation", quantity.share),
        share=Decimal(_one(document, (*place, "share"), quantity.share(document, (*place, "share"), data.get("share", 1)))),
    )
    if not made.share:
        raise document.error((*place, "share"), f"{spell((*place, 'share'))} must be more than 0")
    if "gpus" in data and "units" in data:
        raise document.error((*place, "units"), f"{spell(place)} has both gpus and units", "keep one of them")
    if made.fixed and not (made.units and made.price):
        raise document.error(place, f"{spell(place)}: kind {made.kind} needs gpus (or units) and the price of one a month")
    stray = [key for key in ("gpus", "units", "price", "capacity", "utilisation", "share") if key in data]
    if stray and not made.fixed:
        hint = "its price per token is the price book's, or stands under prices"
        raise document.error((*place, stray[0]), f"{spell((*place, stray[0]))} does not go with kind {made.kind}", hint)
    if made.utilisation is not None:
        _some(document, (*place, "utilisation"), made.utilisation)
        if made.capacity is None:
            raise document.error((*place, "utilisation"), f"{spell(place)} has a utilisation and no capacity")
    return made


def _unit(document: Document, place: Place, data: Mapping[str, Any] | None) -> Unit | None:
    if data is None:
        return None
    return Unit(data["name"], _cap(document, place, data, "value"))


def _budgets(document: Document, place: Place, data: Mapping[str, Any]) -> Budgets:
    return Budgets(
        tokens_per_call=data.get("tokens_per_call"),
        cost_per_call=_cap(document, place, data, "cost_per_call"),
        cost_per_request=_cap(document, place, data, "cost_per_request"),
        cost_per_month=_cap(document, place, data, "cost_per_month"),
        warn_at=_warnings(document, (*place, "warn_at"), data.get("warn_at")),
        compare=data.get("compare", "likely"),
    )


def _cap(document: Document, place: Place, data: Mapping[str, Any], key: str) -> Decimal | None:
    if key not in data:
        return None
    found = quantity.money(document, (*place, key), data[key])
    if not found:
        raise document.error((*place, key), f"{spell((*place, key))} must be more than nothing", "leave it out for none")
    return found


def _warnings(document: Document, place: Place, data: Iterable[Any] | None) -> tuple[Decimal, ...]:
    if data is None:
        return Budgets().warn_at
    shares = [quantity.share(document, (*place, at), each) for at, each in enumerate(data)]
    found = [Decimal(_one(document, (*place, at), each)) for at, each in enumerate(shares)]
    if found != sorted(set(found)) or not all(0 < each < 1 for each in found):
        raise document.error(place, f"{spell(place)} must rise, above 0% and below 100%", "the cap itself is 100%")
    return tuple(found)


def _date(document: Document, place: Place, data: str | None) -> str | None:
    if data is None:
        return None
    try:
        return date.fromisoformat(data).isoformat()
    except ValueError:
        raise document.error(place, f"{spell(place)}: {data} is not a date", "write it as 2027-01-31") from None


def _most_cached(figures: Figures) -> Number:
    """What is read from the cache and written to it together, at the end where that is most: the more is read, the less is written."""
    read = turned(figures.cache_hit or NONE)
    written = (figures.cache_write or NONE) + (figures.cache_write_1h or NONE)
    whole = read + written
    return max(end for end in (whole.low, whole.likely, whole.high) if end is not None)


def _check(document: Document, place: Place, data: Mapping[str, Any], made: Workload) -> None:
    """What contradicts itself across keys."""
    figures, named = made.figures, spell(place)
    if not (made.sites or made.entrypoints or made.planned):
        hint = "globs on path::function, or planned: true for a workload without code yet"
        raise document.error(place, f"{named} ({made.name!r}) has no sites", hint)
    if _most_cached(figures) > 1:
        raise document.error((*place, "cache_write"), f"{named}: cache_hit and cache_write are more than 100% together")
    if made.planned and not (made.sites or made.entrypoints):
        _check_plan(document, place, made)
    if figures.history_adds is None and made.history in ("window", "summary") and figures.turns is None:
        raise document.error((*place, "turns"), f"{named}.turns: history: {made.history} needs a count", "count: 20")
    if figures.holes and figures.input_tokens is not None:
        hint = "input_tokens is all that is sent: leave the holes out"
        raise document.error((*place, "holes"), f"{named} has both holes and input_tokens", hint)
    if figures.chunk_tokens is not None and figures.chunks is None and made.planned and not made.sites:
        raise document.error((*place, "retrieval"), f"{named}.retrieval needs chunks: there is no code to say how many")
    if figures.input_tokens is not None and figures.input_tokens.high == 0:
        raise document.error((*place, "input_tokens"), f"{named}.input_tokens must be more than 0: nothing is asked with nothing")
    if made.retrieval_hole in figures.holes:
        raise document.error((*place, "retrieval"), f"{named}: the size of {made.retrieval_hole!r} is given twice")


def _check_plan(document: Document, place: Place, made: Workload) -> None:
    figures = made.figures
    calls = bool(made.mix)
    if calls and (figures.input_tokens is None or figures.output_tokens is None):
        raise document.error(place, f"{spell(place)}: a planned call needs input_tokens and output_tokens")
    if not (calls or made.components or made.overheads or made.deployment.fixed):
        hint = "model, input_tokens and output_tokens, or components"
        raise document.error(place, f"{spell(place)}: nothing says what the planned workload does", hint)
    if figures.reasoning_share is not None and figures.reasoning_tokens is None:
        raise document.error((*place, "reasoning_share"), f"{spell(place)}: a reasoning_share needs reasoning_tokens")
    if not calls and (figures.input_tokens or figures.output_tokens) and not made.deployment.fixed:
        raise document.error(place, f"{spell(place)}: tokens of a planned call need a model or a mix")


def _globs(document: Document, place: Place, data: Mapping[str, Any], key: str) -> tuple[str, ...]:
    found: list[str] = []
    for at, each in _items(data, key):
        made = glob(document, (*place, key, at), each)
        if made in found:
            raise document.error((*place, key, at), f"{spell((*place, key, at))} is there twice")
        found.append(made)
    return tuple(found)


def _named(
    document: Document, place: Place, data: Mapping[str, Any], read: Callable[[Document, Place, Any], Range]
) -> dict[str, Range]:
    return {name: read(document, (*place, name), written) for name, written in data.items()}


def _maybe(
    document: Document, place: Place, data: Mapping[str, Any], key: str, read: Callable[[Document, Place, Any], Range]
) -> Range | None:
    return read(document, (*place, key), data[key]) if key in data else None


def _items(data: Mapping[str, Any], key: str) -> Iterable[tuple[int, Any]]:
    return enumerate(data.get(key, ()))


def _positive(document: Document, place: Place, written: Any) -> Range:
    return _some(document, place, quantity.amount(document, place, written, MOST_TURNS))


def _some(document: Document, place: Place, found: Range) -> Range:
    if not found.low:
        raise document.error(place, f"{spell(place)} must be more than 0")
    return found


def _one(document: Document, place: Place, found: Range) -> Any:
    if found.low != found.high:
        raise document.error(place, f"{spell(place)} must be one share, not a range")
    return found.low


def _percent(share: Any) -> str:
    return f"{(Decimal(share) * 100).normalize():f}%"

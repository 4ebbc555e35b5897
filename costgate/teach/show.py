"""One SDK in words: how its objects are made, which calls cost money, which argument plays which role."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from costgate.knowledge.sdks import shown
from costgate.knowledge.strict import nearest
from costgate.model.error import UserError

Spec = Mapping[str, Any]
_OTHERWISE = {"unbounded": "without end", "unknown": "as often as is set elsewhere"}


def overview(made: Spec) -> str:
    """A line for each SDK and retry library."""
    lines = []
    for name, about in sorted(made["sdks"].items()):
        checked = about.get("checked")
        said = f"checked against {checked['version']}" if checked else f"taught in {shown(about['where'])}"
        lines.append(f"{name:28}  {about['distribution']:28}  {said}")
    for name, about in sorted(made["retries"]["libraries"].items()):
        lines.append(f"{name:28}  {about['distribution']:28}  repeats what fails, checked against {about['checked']['version']}")
    return "\n".join(lines)


def page(made: Spec, name: str) -> str:
    """Everything that is known of one SDK or retry library; UserError for one that is not."""
    about = made["sdks"].get(name)
    libraries = made["retries"]["libraries"]
    if about is None and name in libraries:
        return "\n".join(_library(made["retries"], name, libraries[name]))
    if about is None:
        meant = nearest(name, {**made["sdks"], **libraries})
        raise UserError(f"no SDK {name!r}", hint=f"did you mean {meant}?" if meant else "see costgate sdks list")
    return "\n".join(_page(made, name, about))


def _page(made: Spec, name: str, about: Spec) -> Iterator[str]:
    checked = about.get("checked")
    yield f"{name}: {about['distribution']}" + (f" {checked['version']}, checked {checked['date']}" if checked else "")
    yield f"  source    {shown(about['where'])}"
    yield f"  modules   {', '.join(about['modules'])}"
    yield from (f"  {key:9} {about[word]}" for key, word in (("provider", "provider"), ("models", "model_format")) if word in about)
    if about.get("older"):
        yield f"  older     {', '.join(about['older'])}: in other releases than the one checked"
    for kind, spec in made["objects"].items():
        if spec["sdk"] == name:
            yield ""
            yield from _object(made, kind, spec)
    entries = [(symbol, entry) for symbol, claims in made["symbols"].items() for entry in claims if entry["sdk"] == name]
    calls = [(symbol, entry) for symbol, entry in entries if entry["what"] == "call"]
    if calls:
        yield "\nfunctions"
        yield from _calls(calls)
    free = [symbol for symbol, entry in entries if entry["what"] == "free"]
    if free:
        yield f"\nfree      {', '.join(free)}"


def _library(table: Spec, name: str, about: Spec) -> Iterator[str]:
    """What repeats a call, and what bounds it."""
    yield f"{name}: {about['distribution']} {about['checked']['version']}, checked {about['checked']['date']}"
    yield f"  modules   {', '.join(about['modules'])}"
    for part, word in (("layers", "repeats"), ("stops", "stops")):
        for symbol, spec in table[part].items():
            if spec["library"] != name:
                continue
            yield f"  {word:9} {symbol}" + (f": {', '.join(spec['form'])}" if "form" in spec else "")
            for bound in spec.get("bounds", ()):
                by_default = f", {bound['default']} by default" if "default" in bound else ""
                yield f"              bounded by {', '.join(bound['arg'])}: {bound['kind']}{by_default}"
            if "default" in spec:
                yield f"              otherwise {_OTHERWISE.get(spec['default'], '{} attempts').format(spec['default'])}"


def _object(made: Spec, kind: str, spec: Spec) -> Iterator[str]:
    yield f"object {kind}" + (f", an entry by itself: {spec['site']}" if spec["site"] else "")
    seen: list[Spec] = []
    for symbol, claims in made["symbols"].items():
        for entry in claims:
            if entry.get("object") != kind:
                continue
            when = f" where {entry['when'].get('name', 'an argument')} is {entry['when']['equals']}" if "when" in entry else ""
            yield f"  made by   {symbol}{when}"
            about = {key: entry.get(key) for key in ("args", "defaults", "until", "layers")}
            if about not in seen:
                seen.append(about)
                yield from _signature(entry)
    configured = next((entry["configured"] for claims in made["symbols"].values() for entry in claims
                       if entry.get("object") == kind and "configured" in entry), None)  # fmt: skip
    if configured is not None:
        yield f"  answers   what is given as {configured['argument']} to {', '.join(configured['symbols'])}"
    if spec["same"]:
        yield f"  same      {', '.join(spec['same'])}"
    for path, targets in spec["makes"].items():
        yield f"  makes     {path} -> {', '.join(each['object'] for each in targets)}"
    yield from _calls(spec["calls"].items())


def _calls(calls: Iterable[tuple[str, Spec]]) -> Iterator[str]:
    """Those of one signature together."""
    groups: list[tuple[list[str], Spec]] = []
    for name, spec in calls:
        known = next((names for names, other in groups if other == spec), None)
        if known is None:
            groups.append(([name], spec))
        else:
            known.append(name)
    for names, spec in groups:
        yield from _call(", ".join(names), spec)


def _call(name: str, spec: Spec) -> Iterator[str]:
    traits = [word for word in ("async", "stream", "fan_out") if spec.get(word)]
    yield f"  call      {name}: {', '.join([spec['kind'], *traits])}"
    yield from _signature(spec)


def _signature(spec: Spec) -> Iterator[str]:
    if spec["positional"]:
        yield f"              by position: {', '.join(spec['positional'])}"
    for role, keywords in spec["args"].items():
        counts = [f"{each} counts {spec['counts'][each]}" for each in keywords if each in spec.get("counts", {})]
        yield f"              {role}: {', '.join(keywords)}" + (f" ({'; '.join(counts)})" if counts else "")
    if spec.get("adds_text"):
        yield "              the SDK adds words of its own to the prompt"
    yield from (f"              {role} by default: {_default(value)}" for role, value in spec["defaults"].items())
    for layer in spec.get("layers", ()):
        yield f"              {layer['what']}: {layer['attempts']} attempts, always"
    for until in spec.get("until", ()):
        held = [f"{role} by default: {_default(value)}" for role, value in until["defaults"].items()]
        held += [f"{role}: {', '.join(keywords)}" for role, keywords in until["args"].items()]
        held += [f"no default for {role}" for role in until.get("gone", ())]
        yield f"              before {' or '.join(until['of'])} {until['version']}: {'; '.join(held)}"


def _default(default: Spec) -> str:
    if default.get("unbounded"):
        return "no limit"
    counts = f" {default['counts']}" if "counts" in default and default["counts"] in ("retries", "attempts") else ""
    unit = f" {default['unit']}" if "unit" in default else ""
    by_provider = [f"{provider}: {_default(each)}" for provider, each in default.get("providers", {}).items()]
    said = f"{default['value']}{counts}{unit}" if "value" in default else "set elsewhere"
    return "; ".join([said, *by_provider])

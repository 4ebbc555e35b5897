"""Whose requests these were: from what a record says about its place to a call site or a workload of the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from costgate.knowledge.providers import family_names
from costgate.model.error import UserError
from costgate.model.report import Report
from costgate.usage.record import Usage

SITE, WORKLOAD = "site", "workload"
_FIELDS = ("workload", "prompt", "name", "tag", "model", "function", "file")


@dataclass(frozen=True, slots=True)
class Target:
    """Where figures go: `kind` site (path::function) or workload (its name)."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Joint:
    """A target and by what it was found: code, workload, tag, prompt, name, model, or what the user said."""

    target: Target
    by: str


@dataclass(slots=True)
class Sites:
    """The report's calls and workloads, by everything that a record may say of them."""

    functions: dict[str, set[str]] = field(default_factory=dict)
    """Path -> the functions with calls."""
    helpers: dict[str, dict[str, set[Target]]] = field(default_factory=dict)
    """Path -> functions that make calls for others -> the sites of these."""
    tags: dict[str, set[Target]] = field(default_factory=dict)
    prompts: dict[str, set[Target]] = field(default_factory=dict)
    names: dict[str, set[Target]] = field(default_factory=dict)
    models: dict[str, set[Target]] = field(default_factory=dict)
    workloads: frozenset[str] = frozenset()
    workload_of: dict[str, set[str]] = field(default_factory=dict)
    """Site -> the workloads that it belongs to."""
    sites_of: dict[str, set[str]] = field(default_factory=dict)
    said: Mapping[tuple[str, str], Target] = field(default_factory=dict)
    known: dict[Any, tuple[Joint, ...]] = field(default_factory=dict)


def sites_of(report: Report, said: Iterable[str] = ()) -> Sites:
    """The index of a report. `said`: joins in words, "prompt=greeting:bot/answer.py::answer"."""
    made = Sites(workloads=frozenset(str(each["name"]) for each in report["workloads"]))
    keys: dict[str, Target] = {}
    for call in report["calls"]:
        if not call["counted"]:
            continue
        target = Target(SITE, f"{call['path']}::{call['function']}")
        keys[call["key"]] = target
        made.functions.setdefault(call["path"], set()).add(call["function"])
        if call["via"] is not None:
            path, function = call["via"].split("::")[:2]
            made.helpers.setdefault(path, {}).setdefault(function, set()).add(target)
        for tag in call["tags"]:
            made.tags.setdefault(tag.lower(), set()).add(target)
        if call["function"]:
            made.names.setdefault(call["function"].rpartition(".")[2].lower(), set()).add(target)
        for model in call["model"]["values"] if call["model"]["state"] == "known" else ():
            if isinstance(model, str) and (names := family_names(model)):
                made.models.setdefault(names[-1], set()).add(target)
    for prompt in report["prompts"]:
        stem = PurePosixPath(prompt["path"]).name.partition(".")[0].lower()
        if prompt["load"] != "code":
            continue
        made.prompts.setdefault(stem, set()).update(keys[key] for key in prompt["used_by"] if key in keys)
    for workload in report["workloads"]:
        for key in workload.get("sites") or ():
            if key in keys:
                made.workload_of.setdefault(keys[key].name, set()).add(str(workload["name"]))
                made.sites_of.setdefault(str(workload["name"]), set()).add(keys[key].name)
    for path, functions in made.helpers.items():
        for function, callers in functions.items():
            found = set().union(*(made.workload_of.get(each.name, set()) for each in callers))
            made.workload_of.setdefault(f"{path}::{function}", set()).update(found)
    made.said = dict(_said(each, made) for each in said)
    return made


def _said(words: str, sites: Sites) -> tuple[tuple[str, str], Target]:
    what, found, rest = words.partition("=")
    if not found or what not in _FIELDS:
        raise UserError(f"--join {words!r} must begin with one of {', '.join(_FIELDS)} and =", hint="prompt=greeting:WORKLOAD")
    at = rest.find("::")
    cut = rest.rfind(":", 0, at if at >= 0 else len(rest))
    value, name = rest[:cut].strip(), rest[cut + 1 :].strip()
    if cut < 0 or not value or not name:
        raise UserError(f"--join {words!r} lacks what to join with", hint="prompt=greeting:bot/answer.py::answer, or :WORKLOAD")
    if name in sites.workloads:
        return (what, value.lower()), Target(WORKLOAD, name)
    path, _, function = name.partition("::")
    if function in sites.functions.get(path, ()) or function in sites.helpers.get(path, ()):
        return (what, value.lower()), Target(SITE, name)
    raise UserError(f"--join: {name!r} is neither a workload nor a call site", hint="costgate audit lists the call sites")


def join(usage: Usage, sites: Sites) -> tuple[Joint, ...]:
    """The call site, the workload or both that a record belongs to; nothing when it does not say, or not clearly."""
    key = (usage.file, usage.function, usage.workload, usage.prompt, usage.name, usage.tags, usage.model)
    if key not in sites.known:
        if len(sites.known) > 100_000:
            sites.known.clear()
        sites.known[key] = _completed(next(_joints(usage, sites), None), sites)
    return sites.known[key]


def _completed(joint: Joint | None, sites: Sites) -> tuple[Joint, ...]:
    """A site in one workload counts for that as well, and a workload of one site for that site."""
    if joint is None:
        return ()
    others, kind = (sites.workload_of, WORKLOAD) if joint.target.kind == SITE else (sites.sites_of, SITE)
    other = others.get(joint.target.name, set())
    return (joint, Joint(Target(kind, next(iter(other))), joint.by)) if len(other) == 1 else (joint,)


def _joints(usage: Usage, sites: Sites) -> Iterator[Joint]:
    for what, value in _values(usage):
        if (what, value) in sites.said:
            yield Joint(sites.said[what, value], f"{what}, as told")
    site = _by_code(usage, sites)
    if site is not None:
        yield Joint(site, "code")
    spoken: tuple[tuple[str, Iterable[str | None]], ...] = (
        ("workload", (usage.workload,)),
        ("tag", _tag_values(usage.tags)),
        ("prompt", (usage.prompt,)),
        ("name", (usage.name,)),
    )
    for by, names in spoken:
        for name in names:
            if name is not None and name in sites.workloads:
                yield Joint(Target(WORKLOAD, name), by)
    listed: tuple[tuple[str, Mapping[str, set[Target]], Iterable[str | None]], ...] = (
        ("tag", sites.tags, usage.tags),
        ("prompt", sites.prompts, (usage.prompt,)),
        ("name", sites.names, (usage.name,)),
        ("model", sites.models, family_names(usage.model)[-1:] if usage.model else ()),
    )
    for by, table, names in listed:
        for name in names:
            found = table.get(name.lower(), set()) if name is not None else set()
            if len(found) == 1:
                yield Joint(next(iter(found)), by)


def _values(usage: Usage) -> Iterator[tuple[str, str]]:
    for what in ("workload", "prompt", "name", "function", "file", "model"):
        value = getattr(usage, what)
        if value is not None:
            yield what, value.lower()
    yield from (("tag", tag.lower()) for tag in usage.tags)


def _tag_values(tags: Iterable[str]) -> Iterator[str]:
    """A tag, and what follows "workload=" or "feature:" in it."""
    for tag in tags:
        yield tag
        for mark in "=:":
            name, found, value = tag.partition(mark)
            if found and name.strip().lower() in ("workload", "feature", "use-case", "use_case"):
                yield value.strip()


def _by_code(usage: Usage, sites: Sites) -> Target | None:
    if usage.file is None:
        return None
    path = _path(usage.file, sites.functions | sites.helpers)
    if path is None:
        return None
    helpers = sites.helpers.get(path, {})
    functions = sites.functions.get(path, set()) | helpers.keys()
    said = usage.function
    fitting = functions if said is None else {name for name in functions if _same(name, said)}
    if len(fitting) != 1:
        return None
    (function,) = fitting
    callers = helpers.get(function, set())
    # a helper with one caller is that caller's call; figures of several are the helper's, and hold for each
    return next(iter(callers)) if len(callers) == 1 else Target(SITE, f"{path}::{function}")


def _same(function: str, said: str) -> bool:
    """Whether a qualified name of the code and one of a tracer mean one function: either may have more in front."""
    plain = said.replace(".<locals>", "")
    bare = function.replace(".<locals>", "")
    if plain in ("<module>", ""):
        return not bare
    return plain == bare or bool(bare) and (plain.endswith(f".{bare}") or bare.endswith(f".{plain}"))


def _path(file: str, paths: Iterable[str]) -> str | None:
    """The one path of the tree with the most steps in common with a deployed file, counted from the end."""
    steps = file.replace("\\", "/").split("/")[::-1]
    found: dict[int, list[str]] = {}
    for path in paths:
        own = path.split("/")[::-1]
        same = next((at for at, (one, other) in enumerate(zip(own, steps, strict=False)) if one != other), min(len(own), len(steps)))
        if same:
            found.setdefault(same + (same == len(own)), []).append(path)
    best = found[max(found)] if found else []
    return best[0] if len(best) == 1 else None

"""A checked document -> Config: decimals, ranges and globs, and what a schema cannot say of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from costgate.config import quantity
from costgate.config.check import spell
from costgate.config.document import Document
from costgate.config.paths import glob, globs
from costgate.config.prices import overrides
from costgate.config.waivers import justifiable_of, waivers_of
from costgate.config.workloads import portfolio, workloads
from costgate.model.config import Budget, Config, PathSetting, Profile, RuleSetting
from costgate.model.money import Range
from costgate.policy.glob import literal

_TOLD = (("rules",), ("sdks",), ("aliases",), ("waivers",), ("justify",), ("workloads",), ("prices",))


def build(document: Document, sha256: str) -> Config:
    """The settings of a document that passed its schema; UserError for what the schema cannot see."""
    data = document.data
    default = Config()
    return Config(
        source=document.where,
        sha256=sha256,
        fail_on=data.get("fail_on", default.fail_on),
        enforce=data.get("enforce", default.enforce),
        persona=data.get("persona", default.persona),
        redact=data.get("redact", default.redact),
        exclude=globs(document, ("exclude",), data.get("exclude", ())),
        rules=_rules(data.get("rules", {})),
        paths=tuple(_path_setting(document, index, each) for index, each in enumerate(data.get("paths", ()))),
        budgets=_budgets(document),
        profiles=_profiles(document),
        models=dict(data.get("models", {})),
        prices=overrides(document),
        prices_from=None if "prices_from" not in data else _inside(document, ("prices_from",), data["prices_from"]),
        measured_file=None if "measured" not in data else _inside(document, ("measured",), data["measured"]),
        workloads=workloads(document),
        portfolio=portfolio(document),
        aliases=dict(data.get("aliases", {})),
        require_reason=data.get("require_reason", default.require_reason),
        baseline=None if "baseline" not in data else _inside(document, ("baseline",), data["baseline"]),
        waivers=waivers_of(document),
        justify=justifiable_of(document),
        raw=data,
        lines=_lines(document),
    )


def _rules(data: Mapping[str, Any]) -> dict[str, RuleSetting]:
    return {rule: _rule_setting(each if isinstance(each, dict) else {"severity": each}) for rule, each in data.items()}


def _rule_setting(data: Mapping[str, Any]) -> RuleSetting:
    severity = data.get("severity")
    params = {
        name: tuple(value) if isinstance(value, list) else value for name, value in data.get("params", {}).items()
    }
    return RuleSetting("off" if severity is False else severity, params, data.get("enforce"))


def _path_setting(document: Document, index: int, data: Mapping[str, Any]) -> PathSetting:
    named = tuple(data.get("workloads", ()))
    known = [each["name"] for each in document.data.get("workloads", ())]
    for at, name in enumerate(named):
        if name not in known:
            hint = f"declared: {', '.join(known)}" if known else "declare it under workloads"
            raise document.error(("paths", index, "workloads", at), f"there is no workload {name}", hint)
    return PathSetting(globs(document, ("paths", index, "globs"), data.get("globs", ())), _rules(data["rules"]), named)


def _budgets(document: Document) -> tuple[Budget, ...]:
    budgets = []
    for index, each in enumerate(document.data.get("budgets", ())):
        place = ("budgets", index)
        if ("path" in each) == ("glob" in each):
            raise document.error(place, f"{spell(place)} needs one of path and glob")
        key = "path" if "path" in each else "glob"
        named = glob(document, (*place, key), each[key])
        budgets.append(Budget(literal(named) if key == "path" else named, each["tokens"]))
    _refuse_twins(document, "budgets", (budget.glob for budget in budgets))
    return tuple(budgets)


def _profiles(document: Document) -> tuple[Profile, ...]:
    profiles = []
    for index, each in enumerate(document.data.get("profiles", ())):
        place = ("profiles", index)
        holes = {
            name: quantity.tokens(document, (*place, "holes", name), tokens) for name, tokens in each.get("holes", {}).items()
        }
        sizes: dict[str, Any] = {
            name: (quantity.tokens if name.endswith("tokens") else _whole)(document, (*place, name), each[name])
            for name in ("output_tokens", "reasoning_tokens", "pages", "seconds")
            if name in each
        }
        for name in ("pages", "seconds"):
            if name in sizes and sizes[name].high == 0:
                raise document.error((*place, name), f"{spell((*place, name))} must be more than nothing", "leave it out")
        profiles.append(Profile(glob(document, (*place, "sites"), each["sites"]), holes, **sizes))
    _refuse_twins(document, "profiles", (profile.sites for profile in profiles))
    return tuple(profiles)


def _whole(document: Document, place: tuple[str | int, ...], data: Any) -> Range:
    if isinstance(data, int):
        return Range.exact(data, "declared")
    if isinstance(data, str):
        low, high = map(int, data.split(".."))
        data = {"low": low, "high": high}
    declared = Range(data.get("low", 0), data.get("likely"), data.get("high"), "declared")
    named = [number for number in (declared.low, declared.likely, declared.high) if number is not None]
    if named != sorted(named):
        raise document.error(place, f"{spell(place)} must grow from low to likely to high")
    return declared


def _inside(document: Document, place: tuple[str | int, ...], path: str) -> str:
    path = glob(document, place, path)
    if path.startswith("/") or path.endswith("/") or path in ("", "."):
        raise document.error(place, f"{spell(place)} must be a file inside the root", "write it as folder/file.json")
    return path


def _refuse_twins(document: Document, section: str, names: Iterable[str]) -> None:
    seen: dict[str, int] = {}
    for index, name in enumerate(names):
        if name in seen:
            raise document.error((section, index), f"{section}[{index}] is about the same as {section}[{seen[name]}]")
        seen[name] = index


def _lines(document: Document) -> dict[str, int]:
    """Where rules are set, and where waivers, SDK files, workloads and the portfolio begin that are written in here."""
    return {
        "/".join(map(str, path)): line
        for path, line in document.lines.items()
        if path[:-1] in _TOLD
        or path == ("portfolio",)
        or (len(path) == 4 and path[0] == "paths" and path[2] == "rules")
    }

"""Turns parsed SDK and retry-library files into look-up tables, refusing what two of them claim."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn, TypedDict

from costgate.knowledge.http_tables import Http
from costgate.knowledge.sdk_fill import filled, listed
from costgate.knowledge.strict import line_of, load_marked, nearest
from costgate.model.error import UserError

FORMAT = 10
"""Part of the digest; to be raised when the compiled form changes."""

_KEPT = (
    "kind", "stream", "fan_out", "adds_text", "configured", "inherit", "groups", "layers", "unbounded", "async", "when", "provider",
    "model_format", "writes", "elsewhere", "opens", "fills", "needs", "folder", "spreads", "times", "some_runs", "more_runs",
    "by_model",
)  # fmt: skip
_DATED = ("args", "counts", "units", "defaults")
_BUILT = ("defaults", "layers", "provider", "model_format")
_OWN = (*_KEPT, "positional", "args", "defaults", "builds", "until", "runs", "takes")

Spec = dict[str, Any]
Files = Mapping[str, str]


class Default(TypedDict, total=False):
    """What holds when a role is not passed. No `value` and not `unbounded`: not known.

    `counts`: retries (N + 1 requests) | attempts (N) | 2n+1 | n(n+1). `providers`: the default of some providers.
    """

    value: Any
    unbounded: bool
    counts: str
    unit: str
    providers: dict[str, Default]


class Retries(TypedDict):
    """Retry libraries: dotted name -> layer, dotted name -> stop expression."""

    libraries: dict[str, Spec]
    modules: list[str]
    layers: dict[str, Spec]
    stops: dict[str, Spec]


class Knowledge(TypedDict):
    """The compiled knowledge; plain JSON."""

    format: int
    digest: str
    sdks: dict[str, Spec]
    objects: dict[str, Spec]
    symbols: dict[str, list[Spec]]
    absent: list[str]
    modules: list[str]
    needles: list[str]
    marks: list[str]
    tails: list[str]
    untyped: dict[str, list[str]]
    retries: Retries
    http: Http


class Compiler:
    """Fills the tables SDK by SDK. `files` are the texts, `sdks` their parsed form, both by place."""

    def __init__(self, files: Files, sdks: Mapping[str, Any]) -> None:
        self.files = files
        self.homes = {data["sdk"]: where for where, data in sdks.items()}
        self.sdks: dict[str, Any] = {data["sdk"]: filled(data) for data in sdks.values()}
        self.objects: dict[str, Spec] = {}
        self.symbols: dict[str, list[Spec]] = {}
        for where, data in sdks.items():
            if self.homes[data["sdk"]] != where:
                self.fail(data["sdk"], f'SDK "{data["sdk"]}" is already described in {where}', ("sdk",))
        for sdk in self.sdks:
            self.sdk(sdk)

    def result(self, digest: str, retries: Retries, http: Http) -> Knowledge:
        modules = sorted({module for data in self.sdks.values() for module in data["modules"]})
        return Knowledge(
            format=FORMAT,
            digest=digest,
            sdks={sdk: {**_about(data), "where": self.homes[sdk]} for sdk, data in self.sdks.items()},
            objects=self.objects,
            symbols=self.symbols,
            absent=sorted({symbol for data in self.sdks.values() for symbol in data.get("absent", ())}),
            modules=modules,
            needles=_needles(sorted({module for data in self.sdks.values() if "marks" not in data for module in data["modules"]})),
            marks=sorted({mark for data in self.sdks.values() for mark in data.get("marks", ())}),
            tails=sorted(self.tails()),
            untyped=self.untyped(),
            retries=retries,
            http=http,
        )

    def tails(self) -> Iterator[str]:
        paths = {path for each in self.objects.values() for path in each["calls"]}
        found = {".".join(path.split(".")[-2:]) for path in paths if "." in path}
        return iter(found.union(*(data.get("tails", ()) for data in self.sdks.values())))

    def untyped(self) -> dict[str, list[str]]:
        """Call path -> objects that have it, for paths that are recognised where nothing types the receiver.

        The object that names the path in `untyped` comes first.
        """
        own = {
            path: f"{sdk}.{kind}"
            for sdk, data in self.sdks.items()
            for kind, raw in data.get("objects", {}).items()
            for path in raw.get("untyped", ())
        }
        return {
            path: [first, *sorted(kind for kind, each in self.objects.items() if path in each["calls"] and kind != first)]
            for path, first in sorted(own.items())
        }

    def sdk(self, sdk: str) -> None:
        data = self.sdks[sdk]
        for kind in data.get("objects", {}):
            self.object(sdk, kind)
        for index, function in enumerate(data.get("functions", ())):
            self.function(sdk, function, ("functions", index))
        for index, text in enumerate(data.get("texts", ())):
            entry = {"what": "text", "sdk": sdk, **{key: text[key] for key in text if key != "symbols"}}
            self.claim(sdk, text["symbols"], entry, ("texts", index))
        for index, record in enumerate(data.get("records", ())):
            entry = {"what": "record", "sdk": sdk, **{key: record[key] for key in ("positional", "opens", "spreads") if key in record}}
            self.claim(sdk, record["symbols"], entry, ("records", index))
        roots = {module.split(".")[0] for module in data["modules"]}
        for index, name in enumerate(data.get("free", ())):
            if name.split(".")[0] in roots:
                self.claim(sdk, [name], {"what": "free", "sdk": sdk}, ("free", index))

    def object(self, sdk: str, kind: str) -> None:
        place = ("objects", kind)
        raw, data = self.unfolded(sdk, kind, place, ()), self.sdks[sdk]
        known = {key: data[key] for key in ("provider", "model_format") if key in data}
        calls = self.calls(sdk, raw.get("calls", {}), place)
        for path in raw.get("untyped", ()):
            if path not in calls:
                self.fail(sdk, f'no call "{path}" to recognise', (*place, "untyped"), nearest(path, calls))
        self.objects[f"{sdk}.{kind}"] = {
            "sdk": sdk,
            "site": raw.get("site"),
            "pipe": raw.get("pipe", False),
            "calls": calls,
            "makes": self.makes(sdk, raw, calls, place),
            "same": dict(_same(item) for item in raw.get("same", ())),
            "free": list(data.get("free", ())),
            "says": list(raw.get("says", ())),
            "declared": raw.get("declared"),
        }
        for index, made in enumerate(raw.get("made_by", ())):
            merged = _merged({**known, **{key: raw[key] for key in _OWN if key in raw}}, made)
            entry = {"what": "object", "object": f"{sdk}.{kind}", **_signature(merged), "sdk": sdk}
            entry.update({key: made[key] for key in ("module", "abstract", "at") if key in made})
            if "takes" in merged:
                entry["takes"] = {path: _signature(taken) for path, taken in merged["takes"].items()}
            self.builds(sdk, entry, merged, place)
            self.claim(sdk, made["symbols"], entry, (*place, "made_by", index))

    def unfolded(self, sdk: str, kind: str, place: tuple[Any, ...], seen: tuple[str, ...]) -> Spec:
        """An object with what it is `like` filled in; `made_by` is never copied."""
        raw: Spec = self.sdks[sdk]["objects"][kind]
        if "like" not in raw:
            return raw
        other_sdk, _, other = str(raw["like"]).rpartition(".")
        known = self.sdks.get(other_sdk, {}).get("objects", {})
        if raw["like"] in seen:
            self.fail(sdk, f'"{raw["like"]}" is like itself', (*place, "like"))
        if other not in known:
            choices = [f"{name}.{each}" for name, data in self.sdks.items() for each in data.get("objects", {})]
            self.fail(sdk, f'no object "{raw["like"]}" to be like', (*place, "like"), nearest(raw["like"], choices))
        base = self.unfolded(other_sdk, other, place, (*seen, raw["like"]))
        base = {key: value for key, value in base.items() if key not in ("made_by", "provider", "model_format", "untyped")}
        return {**_merged(base, raw), "calls": {**base.get("calls", {}), **raw.get("calls", {})}}

    def calls(self, sdk: str, raw: Mapping[str, Spec], place: tuple[Any, ...]) -> dict[str, Spec]:
        table: dict[str, Spec] = {}
        for path in raw:
            spec = _signature(self.like(sdk, raw, path, (*place, "calls", path), ()))
            for name in (path, *raw[path].get("also", ())):
                if name in table:
                    self.fail(sdk, f'"{name}" has two signatures', (*place, "calls", path))
                table[name] = spec
        return table

    def like(self, sdk: str, raw: Mapping[str, Spec], path: str, place: tuple[Any, ...], seen: tuple[str, ...]) -> Spec:
        spec = raw[path]
        if "like" not in spec:
            return spec
        other = spec["like"]
        if other in seen:
            self.fail(sdk, f'"{other}" is like itself', (*place, "like"))
        if other not in raw:
            self.fail(sdk, f'no call "{other}" to be like', (*place, "like"), nearest(other, raw))
        return _merged(self.like(sdk, raw, other, place, (*seen, other)), spec)

    def makes(self, sdk: str, raw: Spec, calls: Mapping[str, Spec], place: tuple[Any, ...]) -> dict[str, list[Spec]]:
        table: dict[str, list[Spec]] = {}
        for path, given in raw.get("makes", {}).items():
            for made in given if isinstance(given, list) else [given]:
                target = made["object"] if "." in made["object"] else f"{sdk}.{made['object']}"
                owner, _, kind = target.rpartition(".")
                known = self.sdks.get(owner, {}).get("objects", {})
                if kind not in known:
                    self.fail(sdk, f'no object "{made["object"]}"', (*place, "makes", path), nearest(kind, known))
                inner = self.unfolded(owner, kind, place, ())
                base = {key: inner[key] for key in _OWN if key in inner}
                table.setdefault(path, []).append({"object": target, **_signature(_merged(base, made))})
                for name in made.get("also", ()):
                    table[name] = table[path]
        for path in table:
            if path in calls:
                self.fail(sdk, f'"{path}" is both a call and makes an object', (*place, "makes", path))
        return table

    def function(self, sdk: str, raw: Spec, place: tuple[Any, ...]) -> None:
        data = self.sdks[sdk]
        if "passes" in raw:
            passes = {"what": "passes", "sdk": sdk, "passes": raw["passes"], "positional": raw.get("positional", [])}
            self.claim(sdk, raw["symbols"], {**passes, **({"opens": raw["opens"]} if "opens" in raw else {})}, place)
            return
        if "folder" in raw:
            self.claim(sdk, raw["symbols"], {"what": "folder", "sdk": sdk, **_signature(raw)}, place)
            return
        known = {key: data[key] for key in ("provider", "model_format") if key in data}
        entry = {"what": "call", **_signature({**known, **raw}), "sdk": sdk}
        self.builds(sdk, entry, raw, place)
        self.claim(sdk, raw.get("symbols", ()), entry, place)
        self.claim(sdk, raw.get("async_symbols", ()), {**entry, "async": True}, place)

    def builds(self, sdk: str, entry: Spec, raw: Spec, place: tuple[Any, ...]) -> None:
        """What stands behind an argument when it is a text, or not passed: the defaults of the object built from it."""
        for keyword, kind in raw.get("builds", {}).items():
            built = self.unfolded(sdk, kind, place, ()) if kind in self.sdks[sdk]["objects"] else None
            if built is None:
                self.fail(sdk, f'no object "{kind}"', place, nearest(kind, self.sdks[sdk]["objects"]))
            made = _signature({key: built[key] for key in _BUILT if key in built})
            entry.setdefault("builds", {})[keyword] = {key: made[key] for key in _BUILT if key in made}

    def claim(self, sdk: str, symbols: Sequence[str], entry: Spec, place: tuple[Any, ...]) -> None:
        for index, symbol in enumerate(symbols):
            others = self.symbols.setdefault(symbol, [])
            if any(other.get("when") == entry.get("when") for other in others):
                self.fail(sdk, f'"{symbol}" is already claimed by "{others[0]["sdk"]}"', (*place, "symbols", index))
            others.append(entry)

    def fail(self, sdk: str, message: str, path: tuple[Any, ...], meant: str | None = None) -> NoReturn:
        where = self.homes[sdk]
        _refuse(self.files, where, message, path, f'did you mean "{meant}"?' if meant else "")


def _merged(base: Spec, own: Spec) -> Spec:
    """`own` over `base`; `args` and `defaults` role by role, null taking a role away."""
    merged = {**base, **own}
    for key in ("args", "defaults"):
        both = {**base.get(key, {}), **own.get(key, {})}
        merged[key] = {role: value for role, value in both.items() if value is not None}
    return merged


def _signature(raw: Spec) -> Spec:
    args: dict[str, list[str]] = {}
    words: dict[str, dict[str, str]] = {"counts": {}, "units": {}}
    for role, given in raw.get("args", {}).items():
        items = given if isinstance(given, list) else [given]
        named = [item if isinstance(item, dict) else {"name": item} for item in items]
        args[role] = [item["name"] for item in named]
        words["counts"].update({item["name"]: item["counts"] for item in named if "counts" in item})
        words["units"].update({item["name"]: item["unit"] for item in named if "unit" in item})
    defaults = {role: _default(value) for role, value in raw.get("defaults", {}).items() if value is not None}
    kept = {key: raw[key] for key in _KEPT if key in raw}
    if "runs" in raw:
        within = _signature({"args": raw["runs"].get("args", {})})
        kept["runs"] = {**raw["runs"], **{key: within[key] for key in ("args", "counts", "units") if key in within}}
    if "until" in raw:
        kept["until"] = [_until(each) for each in raw["until"]]
    return {**kept, "positional": raw.get("positional", []), "args": args, "defaults": defaults,
            **{key: value for key, value in words.items() if value}}  # fmt: skip


def _until(raw: Spec) -> Spec:
    """What held before a version; a default that is null held for nothing then."""
    made = _signature(raw)
    gone = [role for role, value in raw.get("defaults", {}).items() if value is None]
    told = {key: made[key] for key in _DATED if key in made}
    return {"version": raw["version"], "of": raw["of"], **told, **({"gone": gone} if gone else {})}


def _default(given: Any) -> Default:
    if not isinstance(given, dict):
        return {"unbounded": True} if given == "unbounded" else {} if given == "unknown" else {"value": given}
    made: Default = {**given}  # type: ignore[typeddict-item]
    value = made.pop("value", "unknown")
    return {**made, **_default(value)}


def _same(item: str | Spec) -> tuple[str, Spec]:
    """A method that gives back its object. Without `args`, keywords mean what they mean to the constructor."""
    raw = {"name": item} if isinstance(item, str) else item
    extra = {key: raw[key] for key in ("retry", "fallback") if key in raw}
    spec = {**_signature(raw), **extra}
    return str(raw["name"]), spec if "args" in raw else {**spec, "args": None}


def _about(data: Spec) -> Spec:
    kept = ("distribution", "modules", "provider", "model_format", "checked", "older", "generated")
    return {key: data[key] for key in kept if key in data}


def _needles(modules: Sequence[str]) -> list[str]:
    """`from a import b` does not contain "a.b"."""
    parents = {f"from {module.rpartition('.')[0]} import" for module in modules if "." in module}
    return sorted(parents.union(modules))


def retry_tables(files: Files, libraries: Mapping[str, Any]) -> Retries:
    table = Retries(libraries={}, modules=[], layers={}, stops={})
    for where, data in libraries.items():
        table["libraries"][data["library"]] = _about(data)
        table["modules"] += data["modules"]
        for part, entries in (("layers", table["layers"]), ("stops", table["stops"])):
            for index, raw in enumerate(data.get(part, ())):
                spec = {**raw, "library": data["library"], "positional": raw.get("positional", [])}
                spec["bounds"] = [{**each, "arg": listed(each["arg"])} for each in raw.get("bounds", ())]
                for symbol in spec.pop("symbols"):
                    if symbol in table["layers"] or symbol in table["stops"]:
                        _refuse(files, where, f'"{symbol}" is already described', (part, index), "")
                    entries[symbol] = spec
    return table


def _refuse(files: Files, where: str, message: str, path: tuple[Any, ...], hint: str) -> NoReturn:
    line = line_of(load_marked(files[where], where)[1], path)
    raise UserError(message, where=f"{shown(where)}:{line}", hint=hint)


def shown(where: str) -> str:
    """The file that a document came from: `costgate.yaml` of `costgate.yaml#sdks[0]`."""
    return re.sub(r"(#sdks\[\d+\])?(#head)?\Z", "", where)



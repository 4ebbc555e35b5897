"""Turns the files about raw HTTP, the libraries that send it and the model endpoints it may reach, into look-up tables."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, TypedDict

Spec = dict[str, Any]

_PLACE = re.compile(r"\{model\*?\}|\*")
_WITHIN = {"*": "[^/]*", "{model}": "(?P<model>[^/]*?)", "{model*}": "(?P<model>.+?)"}
HOLE = "\x00"
"""Stands in an address for what is known only at run time."""


class Http(TypedDict):
    """The compiled knowledge of raw HTTP; plain JSON.

    `functions`: dotted name -> call; `objects`: dotted name -> `calls` by method, `base` and `constructor`;
    `requests`: constructors of a request that is sent later; `unknown`: calls by method of a receiver nobody knows.
    `endpoints` are tried in order. `needles` and `quoted` (to be followed by a quote or `?`) give a file away.
    """

    functions: dict[str, Spec]
    objects: dict[str, Spec]
    requests: dict[str, Spec]
    unknown: dict[str, Spec]
    passes: list[str]
    tails: list[str]
    endpoints: list[Spec]
    needles: list[str]
    quoted: list[str]


def http_tables(clients: Mapping[str, Any], endpoints: Mapping[str, Any]) -> Http:
    """Compile the parsed files clients.yaml and endpoints.yaml."""
    table = Http(
        functions={}, objects={}, requests={}, unknown={},
        passes=list(clients["serializers"]), tails=[], endpoints=[], needles=[], quoted=[],
    )  # fmt: skip
    for library in clients["libraries"]:
        calls = {name: _call(raw, library) for name, raw in library["calls"].items()}
        for module in library["modules"]:
            for name in library.get("functions", ()):
                table["functions"][f"{module}.{name}"] = calls[name]
            for name in library.get("objects", ()):
                about = {"calls": calls, "base": library.get("base"), "constructor": library.get("constructor", [])}
                table["objects"][f"{module}.{name}"] = about
        table["requests"].update(library.get("requests", {}))
    unknown = clients["unknown"]
    table["unknown"] = {name: _call(raw, unknown) for name, raw in unknown["calls"].items()}
    known = [call for about in table["objects"].values() for call in about["calls"]]
    table["tails"] = sorted({*known, *table["unknown"], *(name.rpartition(".")[2] for name in table["functions"])})
    table["endpoints"] = [_endpoint(raw, endpoints["bodies"], clients["sdk"]) for raw in endpoints["endpoints"]]
    ends = {end for raw in endpoints["endpoints"] for end in ends_of(raw)}
    hosts = {host.lstrip("*") for raw in endpoints["endpoints"] for host in (*raw.get("hosts", ()), *raw.get("at", ()))}
    table["needles"] = sorted({end for end, sure in ends if sure} | hosts)
    table["quoted"] = sorted({end for end, _ in ends} - set(table["needles"]))
    return table


def _call(raw: Spec, library: Spec) -> Spec:
    return {
        "positional": raw["positional"],
        "address": raw.get("address", "url"),
        "verb": raw.get("verb"),
        "request": raw.get("request"),
        "websocket": raw.get("websocket", False),
        "body": library["body"],
    }


def _endpoint(raw: Spec, bodies: Mapping[str, Spec], sdk: str) -> Spec:
    body = bodies[raw["body"]] if isinstance(raw["body"], str) else raw["body"]
    spec: Spec = {
        "sdk": sdk,
        "kind": raw["kind"],
        "args": {role: [given] if isinstance(given, str) else list(given) for role, given in body.items()}
        | {"base_url": ["@host"]},
        "positional": [],
        "defaults": {},
    }
    spec.update({key: raw[key] for key in ("provider", "model_format") if key in raw})
    return {
        "paths": list(raw["paths"]),
        "patterns": [pattern_of(path) for path in raw["paths"]],
        "weak": raw.get("weak", False),
        "at": raw.get("at", []),
        "hosts": raw.get("hosts", []),
        "cue": raw.get("cue", []),
        "hints": [hint.lower() for hint in raw.get("hints", [])],
        "filled": raw.get("filled"),
        "websocket": raw.get("websocket", False),
        "spec": spec,
    }


def pattern_of(path: str) -> str:
    """The end of a path as a regular expression; the hole before it may end with the slash."""
    parts = [re.escape(part) for part in _PLACE.split(path.lstrip("/"))]
    places = [_WITHIN[place] for place in _PLACE.findall(path)]
    inner = "".join(part + place for part, place in zip(parts, [*places, ""], strict=True))
    return rf"(?:\A|/|{HOLE}){inner}\Z"


def ends_of(raw: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """The last literal piece of each path, and whether it gives a file away wherever it stands in a string."""
    for path in () if raw.get("at") else raw["paths"]:
        last = _PLACE.split(path)[-1] or _PLACE.split(path)[-2]
        whole = "/" in last.strip("/") or last.startswith(":")
        yield (last.lstrip("/") if whole else last), whole and not raw.get("weak", False)

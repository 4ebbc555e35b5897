"""Arguments that a function accepts for a request and never passes on."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from costgate.read import outline as ol
from costgate.read.arguments import Roles
from costgate.read.modules import Module

_WORD = re.compile(r"\w+")
WATCHED = ("output_limit",)
"""Roles whose caller believes to have set something."""


def ignored_roles(module: Module, row: list[Any], roles: Roles) -> tuple[str, ...]:
    """The roles that a parameter around the call is named for, where nothing in the function mentions the parameter."""
    scope = row[ol.C_SCOPE]
    unused = module.told(f"unused parameters {scope}", lambda module: _unused(module, scope))
    return tuple(role for role in WATCHED if unused & _keywords(roles, role))


def _unused(module: Module, scope: int) -> frozenset[str]:
    body = module.scope(scope)
    if body[ol.S_KIND] != "def":
        return frozenset()
    text = module.text(body[ol.S_START], body[ol.S_END])
    if re.search(r"\blocals\(|\bNotImplementedError\b", text):
        return frozenset()
    params = {param[ol.P_NAME] for param in body[ol.S_PARAMS] if param[ol.P_KIND] in ("", "kw")}
    said = Counter(_WORD.findall(text))
    return frozenset(name for name in params if said[name] == 1)


def _keywords(roles: Roles, role: str) -> set[str]:
    made = roles.target.made if roles.target is not None else {}
    said = [spec.get("args", {}).get(role) for spec in (roles.spec, made)]
    words = (each for given in said if given for each in ([given] if isinstance(given, str) else given))
    return {str(word).rpartition(".")[2] for word in words}

"""Whether what is given a function may call it: one that only reads its signature does not, nor a class that keeps it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from costgate.read import outline as ol
from costgate.read.fields import fills_nothing
from costgate.read.lineage import defines, lineage
from costgate.read.schemas import DOCUMENTATION
from costgate.read.things import Cls, Func, Ref, Thing

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator
    from costgate.read.modules import Module

_LOOKS = rb"(?:signature|getfullargspec|get_type_hints|callable|isinstance|hasattr|iscoroutinefunction|isfunction|type|id|repr|str)"
"""Functions that look at a function and neither call it nor keep it."""
_LOOKING = re.compile(
    r"inspect\.\w+|functools\.(?:wraps|update_wrapper)|types\.SimpleNamespace|(?:typing|typing_extensions)\.(?:cast|get_type_hints)"
    r"|asyncio\.iscoroutinefunction|builtins\.(?:bool|callable|hasattr|id|isinstance|print|repr|setattr|str|type)"
)
"""The same of the standard library, with what only gives it back or keeps it: a call through that is a call of its own."""
_MAX = 20_000


def may_call(ev: Evaluator, function: Thing, place: tuple[int, str] | None) -> bool:
    """Whether it may call what it is given there. A function that is not seen may, and so may one that hands it on."""
    if isinstance(function, Ref):
        return _LOOKING.fullmatch(function.dotted) is None
    if isinstance(function, Cls):
        return not _keeps(ev, function)
    return place is None or _function_may(ev, function, *place)


def _keeps(ev: Evaluator, cls: Cls) -> bool:
    """Whether building a class only fills its fields: it has no constructor, as a dataclass."""
    makers = ("__init__", "__new__")
    return fills_nothing(ev, cls) and not any(defines(ev, each, name) for each in lineage(ev, cls)[0] for name in makers)


def _function_may(ev: Evaluator, function: Thing, position: int, keyword: str) -> bool:
    module = ev.project.module(function.path) if isinstance(function, Func) else None
    if module is None or not isinstance(function, Func):
        return True
    params = [param[ol.P_NAME] for param in module.scope(function.scope)[ol.S_PARAMS] if not param[ol.P_KIND].startswith("*")]
    params = params[function.bound is not None :]
    name = keyword or (params[position] if position < len(params) else "")
    if name not in params:
        return True
    ev.touched.add(module.path)
    return module.told(("may call", function.scope, name), lambda module: _mentions(module, function.scope, name))


def _mentions(module: Module, scope: int, name: str) -> bool:
    row = module.scope(scope)
    body = module.source[module.facts["blocks"][row[ol.S_BLOCK]][ol.K_START] : row[ol.S_END]]
    if len(body) > _MAX:
        return True
    told = DOCUMENTATION.match(body)
    body = re.sub(rb"#[^\n]*", b"", body[told.end() if told is not None else 0 :])
    word = re.escape(name.encode())
    body = re.sub(rb"\b" + _LOOKS + rb"\(\s*" + word + rb"\s*(?=[,)])", b"(", body)
    return re.search(rb"(?<![\w.])" + word + rb"\b(?!\s*\.\s*__\w+__)", body) is not None

"""Functions and classes given as tools or as the form of an answer: the schema that an SDK sends in their place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from costgate.model.prompt import Text
from costgate.read import outline as ol
from costgate.read.frame import Frame
from costgate.read.lineage import lineage
from costgate.read.python import Term, lower
from costgate.read.things import Choice, Cls, Func, Map, Seq, Str, Thing, choice

if TYPE_CHECKING:
    from costgate.read.evaluate import Evaluator
    from costgate.read.modules import Module

MAX_DEPTH = 4
MAX_FIELDS = 200
MAX_IN_ALL = 1_000
"""Fields of one schema, those of the classes that its fields name included."""
_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "dict": "object", "Dict": "object"}
_LISTS = frozenset({"list", "List", "set", "Set", "tuple", "Tuple", "Sequence", "Iterable"})
DOCUMENTATION = re.compile(rb"""\s*[rRuU]?(?:\"""(.*?)\"""|'''(.*?)'''|"([^"\n]*)"|'([^'\n]*)')\s*(?:\n|$)""", re.DOTALL)
_GIVEN = frozenset({"self", "cls", "ctx", "context", "run_context"})
"""Parameters that a framework fills in, and that no schema names."""
_NAMES = frozenset({"name", "name_override", "tool_name", "name_or_callable"})
_DESCRIPTIONS = frozenset({"description", "description_override"})
"""What decorators of tools call the name and the description that stand instead of the function's own."""
_SECTION = re.compile(r"^(Args|Arguments|Parameters|Params|Returns?|Yields?|Raises|Examples?|Notes?):[ \t]*\n", re.MULTILINE)
_FIELD = re.compile(r"^:param(?: [\w.\[\]]+)? (\w+):[ \t]*(.*)|^:\w+.*", re.MULTILINE)
_ENTRY = re.compile(r"([ \t]+)\*{0,2}(\w+)[ \t]*(?:\([^)\n]*\))?:[ \t]*(.*)")


def described(ev: Evaluator, thing: Thing, depth: int = 0) -> Thing:
    """A value for tools or an answer's form, with functions and classes of the tree as their schemas."""
    if depth > MAX_DEPTH:
        return thing
    if isinstance(thing, Seq):
        return Seq(tuple(described(ev, each, depth + 1) for each in thing.items), thing.more)
    if isinstance(thing, Choice):
        return choice([described(ev, each, depth + 1) for each in thing.options])
    if isinstance(thing, Map):
        return Map({key: described(ev, each, depth + 1) for key, each in thing.entries.items()}, thing.maybe, thing.more)
    if isinstance(thing, (Func, Cls)):
        return schema_of(ev, thing) or thing
    return thing


def schema_of(ev: Evaluator, thing: Func | Cls) -> Str | None:
    """The schema as text, placed at the definition; None where nothing is seen of it."""
    module = ev.project.module(thing.path)
    if module is None:
        return None
    work = _Work(ev)
    made = _function(work, module, thing.scope) if isinstance(thing, Func) else _class(work, thing, 0)
    if not made:
        return None
    span = module.span(module.scope(thing.scope)[ol.S_START])
    return Str((Text(json.dumps(made, ensure_ascii=False), span),), trail=(span,))


class _Work:
    """What is open while one schema is made: a class that names itself is told once."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self.left = MAX_IN_ALL
        self.active: list[Cls] = []


def _function(work: _Work, module: Module, scope: int) -> dict[str, Any]:
    row = module.scope(scope)
    # whatever it is given is handed on to a function that it stands for, whose schema is sent
    if row[ol.S_KIND] != "def" or any(param[ol.P_KIND] == "**" for param in row[ol.S_PARAMS]):
        return {}
    properties: dict[str, Any] = {}
    required: list[str] = []
    text, told = sections(_documentation(module, scope))
    for param in row[ol.S_PARAMS][:MAX_FIELDS]:
        name = param[ol.P_NAME]
        if name in _GIVEN or param[ol.P_KIND] in ("*", "**"):
            continue
        properties[name] = _annotated(work, module, param[ol.P_ANNOTATION], 0)
        if name in told:
            properties[name].setdefault("description", told[name])
        required += [] if param[ol.P_DEFAULT] else [name]
    named, description = _overridden(module, row)
    made = {"type": "function", **({} if named else {"name": row[ol.S_NAME]}), "description": description or text}
    return {**made, "parameters": {"type": "object", "properties": properties, "required": required}}


def _overridden(module: Module, row: list[Any]) -> tuple[bool, str]:
    """Whether a decorator gives a tool another name than its function has, and the description it gives."""
    terms = [module.term(start, end) for start, end in row[ol.S_DECORATORS]]
    told = [pair for term in terms if term[0] == "call" for pair in term[2]]
    named = any(keyword in _NAMES or not keyword and written(each) for keyword, each in told)
    return named, next((text for keyword, each in told if keyword in _DESCRIPTIONS and (text := written(each))), "")


def _class(work: _Work, cls: Cls, depth: int) -> dict[str, Any]:
    """A class with fields as a JSON schema; empty for one without."""

    ev = work.ev
    if cls in work.active:
        return {"type": "object"}
    work.active.append(cls)
    properties: dict[str, Any] = {}
    required: list[str] = []
    for each in reversed(lineage(ev, cls)[0]):
        module = ev.project.module(each.path)
        for binding in _fields(module, each.scope) if module is not None else ():
            assert module is not None
            work.left -= 1
            if work.left < 0:
                break
            name = binding[ol.B_TARGET]
            properties[name] = _annotated(work, module, binding[ol.B_ANNOTATION], depth) | _field(module, binding)
            required += [name] if binding[ol.B_START] < 0 and name not in required else []
    work.active.pop()
    if not properties:
        return {}
    module = ev.project.module(cls.path)
    title = module.scope(cls.scope)[ol.S_NAME] if module is not None else ""
    text = _documentation(module, cls.scope) if module is not None else ""
    ev.touched.add(cls.path)
    about = {"title": title, "description": text} if text else {"title": title}
    return {"type": "object", **about, "properties": properties, "required": required}


def _fields(module: Module, scope: int) -> Iterator[list[Any]]:
    left = MAX_FIELDS
    for (owner, name), rows in module.bindings.items():
        if owner == scope and rows[0][ol.B_ANNOTATION] is not None and not name.startswith("_") and left:
            left -= 1
            yield rows[0]


def _field(module: Module, binding: list[Any]) -> dict[str, Any]:
    """What `Field(description=...)` says of a field."""
    if binding[ol.B_START] < 0:
        return {}
    return _said(module.term(binding[ol.B_START], binding[ol.B_END]))


def _said(term: Term) -> dict[str, Any]:
    if term[0] != "call":
        return {}
    told = {keyword: each for keyword, each in term[2] if keyword in ("description", "desc")}
    words = [text for each in told.values() if (text := written(each))]
    return {"description": words[0]} if words else {}


def written(term: Term) -> str:
    if term[0] == "str":
        return str(term[1])
    return "".join(map(written, term[2])) if term[0] == "op" and term[1] == "+" else ""


def _annotated(work: _Work, module: Module, note: list[int] | None, depth: int) -> dict[str, Any]:
    if note is None:
        return {}
    return _type(work, Frame(module, 0, None, {}, note[0]), module.term(*note), depth)


def _type(work: _Work, frame: Frame, term: Term, depth: int) -> dict[str, Any]:
    """The schema of a type annotation, as far as it says one."""
    if depth > MAX_DEPTH:
        return {}
    if term[0] == "str":
        return _type(work, frame, lower(str(term[1])), depth + 1)
    if term[0] == "op" and term[1] == "|":
        return _type(work, frame, next((each for each in term[2] if each != ["const", None]), term[2][0]), depth + 1)
    if term[0] == "item":
        inner = term[2][1] if term[2][0] == "tuple" else [term[2]]
        word = term[1][-1] if term[1][0] in ("name", "attr") else ""
        if word == "Literal":
            return {"enum": [written(each) or each[1] for each in inner if len(each) > 1], "type": "string"}
        if word in _LISTS:
            return {"items": _type(work, frame, inner[0], depth + 1), "type": "array"}
        if word == "Annotated":
            notes = [_said(each) or ({"description": written(each)} if written(each) else {}) for each in inner[1:]]
            return {**_type(work, frame, inner[0], depth + 1), **next((each for each in notes if each), {})}
        return {"type": "object"} if word in ("dict", "Dict") else _type(work, frame, inner[0], depth + 1)
    if term[0] in ("name", "attr"):
        known = _TYPES.get(term[-1])
        if known:
            return {"type": known}
        if term[-1] in _LISTS:
            return {"type": "array"}
        thing = work.ev.term(term, frame)
        return _class(work, thing, depth + 1) if isinstance(thing, Cls) else {}
    return {}


def sections(text: str) -> tuple[str, dict[str, str]]:
    """What a docstring says of its function, and of each parameter: all that an SDK sends at least, however it is put."""
    found = next(iter(sorted(each.start() for each in (_SECTION.search(text), _FIELD.search(text)) if each)), None)
    if found is None:
        return text, {}
    told = {each.group(1): each.group(2).strip() for each in _FIELD.finditer(text) if each.group(1)}
    starts = [*_SECTION.finditer(text)]
    for at, each in enumerate(starts):
        if each.group(1) in ("Args", "Arguments", "Parameters", "Params"):
            end = starts[at + 1].start() if at + 1 < len(starts) else len(text)
            told.update(_entries(text[each.end() : end]))
    return text[:found].strip(), told


def _entries(body: str) -> dict[str, str]:
    """`name: what it is` by line; what stands further in goes on with the line before."""
    told: dict[str, str] = {}
    margin, last = None, None
    for line in body.splitlines():
        entry = _ENTRY.match(line)
        if entry is not None and margin in (None, entry.group(1)):
            margin, last = entry.group(1), entry.group(2)
            told[last] = entry.group(3).strip()
        elif last is not None and line.strip():
            told[last] = f"{told[last]}\n{line.strip()}".strip()
    return told


def _documentation(module: Module, scope: int) -> str:
    row = module.scope(scope)
    start = module.facts["blocks"][row[ol.S_BLOCK]][ol.K_START]
    match = DOCUMENTATION.match(module.source[start : row[ol.S_END]][:20_000])
    if match is None:
        return ""
    import inspect

    raw = next(group for group in match.groups() if group is not None).decode("utf-8", "replace")
    return inspect.cleandoc(raw).strip()


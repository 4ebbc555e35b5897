"""One call expression, losslessly: where its arguments stand, and where another one goes. libcst, one slice at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from costgate.read.python import refusal_of_libcst

if TYPE_CHECKING:
    import libcst as cst

Change: TypeAlias = "tuple[int, int, str]"
"""Characters from, to, and what stands there instead."""


@dataclass(frozen=True, slots=True)
class Part:
    """An argument of a call or an entry of a dict display. `name` None: positional, or a key that is no plain text."""

    name: str | None
    star: bool
    start: int
    value_start: int
    value_end: int
    comma_end: int | None
    node: Any


@dataclass(frozen=True, slots=True)
class Holder:
    """What holds arguments: a call or a dict display, with the characters between its brackets."""

    text: str
    start: int
    end: int
    parts: tuple[Part, ...]
    dictionary: bool = False

    @property
    def open(self) -> bool:
        """Whether a splat may bring in more than is seen."""
        return any(part.star for part in self.parts)

    def named(self, name: str) -> Part | None:
        """The argument or entry of that name."""
        return next((part for part in self.parts if part.name == name), None)


class Slice:
    """A call as it is written. Made by `parse`."""

    def __init__(self, text: str, module: cst.Module, node: cst.BaseExpression) -> None:
        self.text, self._module, self._node = text, module, node

    def holder(self) -> Holder | None:
        """The arguments of the outermost call; None when it is no call."""
        return self._holder(self._node, -1)

    def inside(self, part: Part) -> Holder | None:
        """The arguments or entries of a value that is itself a call or a dict display."""
        return self._holder(part.node, part.value_start)

    def literal(self, part: Part) -> Any:
        """The plain number, text or None that stands there; raises ValueError for anything else."""
        import libcst

        node = part.node
        if isinstance(node, libcst.Integer):
            return int(node.value.replace("_", ""), 0)
        if isinstance(node, libcst.SimpleString) and isinstance(node.evaluated_value, str):
            return node.evaluated_value
        if isinstance(node, libcst.Name) and node.value == "None":
            return None
        raise ValueError

    def _code(self, node: Any) -> str:
        return self._module.code_for_node(node)

    def _holder(self, node: Any, base: int) -> Holder | None:
        import libcst

        at = base + sum(len(self._code(each)) for each in getattr(node, "lpar", ()))
        if isinstance(node, libcst.Call):
            at += len(self._code(node.func)) + len(self._code(node.whitespace_after_func)) + 1
            start, at = at, at + len(self._code(node.whitespace_before_args))
            parts = tuple(self._parts(node.args, at, self._argument))
        elif isinstance(node, libcst.Dict):
            start = at + 1
            parts = tuple(self._parts(node.elements, at + len(self._code(node.lbrace)), self._entry))
        else:
            return None
        closing = self.text.rfind(")" if isinstance(node, libcst.Call) else "}", start, self._end(node, base))
        holder = Holder(self.text, start, closing, parts, isinstance(node, libcst.Dict))
        return holder if closing >= start and self._agrees(holder) else None

    def _end(self, node: Any, base: int) -> int:
        return base + len(self._code(node)) - sum(len(self._code(each)) for each in getattr(node, "rpar", ()))

    def _parts(self, nodes: Any, at: int, read: Any) -> Any:
        for node in nodes:
            name, star, before = read(node)
            value_end = at + before + len(self._code(node.value))
            comma = getattr(node.comma, "whitespace_before", None)
            comma_end = None if comma is None else value_end + len(self._code(comma)) + 1
            yield Part(name, star, at, at + before, value_end, comma_end, node.value)
            at += len(self._code(node))

    def _argument(self, node: Any) -> tuple[str | None, bool, int]:
        before = len(node.star) + len(self._code(node.whitespace_after_star))
        if node.keyword is None:
            return None, bool(node.star), before
        return node.keyword.value, False, before + len(self._code(node.keyword)) + len(self._code(node.equal))

    def _entry(self, node: Any) -> tuple[str | None, bool, int]:
        import libcst

        if isinstance(node, libcst.StarredDictElement):
            return None, True, 2 + len(self._code(node.whitespace_before_value))
        key = node.key
        name = key.evaluated_value if isinstance(key, libcst.SimpleString) else None
        colon = len(self._code(node.whitespace_before_colon)) + 1 + len(self._code(node.whitespace_after_colon))
        return (name if isinstance(name, str) else None), False, len(self._code(key)) + colon

    def _agrees(self, holder: Holder) -> bool:
        return all(self.text[part.value_start : part.value_end] == self._code(part.node) for part in holder.parts)


def parse(text: str) -> Slice | None:
    """The slice, or None where libcst does not give back exactly what it was given."""
    if refusal_of_libcst(text) or not text.strip():
        return None
    import libcst

    newline = "\r\n" if "\r\n" in text else "\n"
    source = f"({text}{newline})"
    try:
        module = libcst.parse_module(source)
    except (libcst.ParserSyntaxError, ValueError, RecursionError):
        return None
    body = module.body
    if module.code != source or len(body) != 1 or not isinstance(body[0], libcst.SimpleStatementLine):
        return None
    statement = body[0].body[0]
    return Slice(text, module, statement.value) if isinstance(statement, libcst.Expr) and len(body[0].body) == 1 else None


def insertion(holder: Holder, item: str) -> list[Change]:
    """The changes that add one more argument at the end, in the manner of those before it."""
    text, newline = holder.text, "\r\n" if "\r\n" in holder.text else "\n"
    if not holder.parts:
        return [(holder.start, holder.start, item)]
    last = holder.parts[-1]
    line = text[text.rfind("\n", 0, last.start) + 1 : last.start]
    own = "\n" in text[: last.start] and not line.strip()
    stop = text.find("\n", last.value_end)
    stop = -1 if stop < 0 or stop > holder.end else stop - 1 if text[stop - 1] == "\r" else stop
    if last.comma_end is None:
        if not own:
            return [(last.value_end, last.value_end, f", {item}")]
        if stop < 0:
            return [(last.value_end, last.value_end, f",{newline}{line}{item}")]
        if stop == last.value_end:
            return [(stop, stop, f",{newline}{line}{item}")]
        return [(last.value_end, last.value_end, ","), (stop, stop, f"{newline}{line}{item}")]
    if not own:
        return [(last.comma_end, last.comma_end, f" {item},")]
    at = last.comma_end if stop < 0 else stop
    return [(at, at, f"{newline}{line}{item},")]

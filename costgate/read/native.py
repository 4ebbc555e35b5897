"""The same terms as `costgate/read/python.py` makes, read by the interpreter's own parser, which is there and quick.

None for whatever it reads otherwise, or not at all: newer syntax, nested quotes, names that Unicode would change.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from typing import Any, TypeAlias

SLICE, REST = "a slice", "a slice without the first item"
"""A part of a sequence: any, and `[1:]`."""
Term: TypeAlias = list[Any]

_STRING = re.compile(
    r"""([A-Za-z]{0,2})("{3}(?:[^"\\]|\\.|"(?!""))*"{3}|'{3}(?:[^'\\]|\\.|'(?!''))*'{3}"""
    r"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')""",
    re.DOTALL,
)
_BETWEEN = re.compile(r"(?:\s|\\\n|#[^\n]*\n)*")
OPERATORS = {
    "Add": "+", "Sub": "-", "Subtract": "-", "Mult": "*", "Multiply": "*", "Div": "/", "Divide": "/", "FloorDiv": "//",
    "FloorDivide": "//", "Mod": "%", "Modulo": "%", "Pow": "**", "Power": "**", "LShift": "<<", "LeftShift": "<<",
    "RShift": ">>", "RightShift": ">>", "BitOr": "|", "BitAnd": "&", "BitXor": "^", "MatMult": "@", "MatrixMultiply": "@",
}  # fmt: skip
"""The names of both parsers."""
_COMPARED = {
    "Lt": "LessThan", "Gt": "GreaterThan", "Eq": "Equal", "LtE": "LessThanEqual", "GtE": "GreaterThanEqual",
    "NotEq": "NotEqual", "In": "In", "NotIn": "NotIn", "Is": "Is", "IsNot": "IsNot",
}  # fmt: skip
_NUMBER_LIMIT = 100


class _OtherwiseError(Exception):
    """Something that is better left to the other parser."""


def lowered(text: str) -> Term | None:
    """The term of an expression; None where the other parser has to say."""
    if "\r" in text or "\f" in text:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _Lowering(text).read(text)
    except (_OtherwiseError, SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def unescaped(text: str, raw: bool) -> str:
    """The text of an f-string part: doubled braces and, unless raw, escapes resolved."""
    if not raw and "\\" in text:
        quoted = text.replace('"""', '\\"\\"\\"')
        value = _evaluated(f'"""{quoted}"""') if not quoted.endswith('"') else _evaluated(f'"""{quoted[:-1]}\\""""')
        text = text if value is None else value
    return text.replace("{{", "{").replace("}}", "}")


def _evaluated(literal: str) -> str | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = ast.literal_eval(literal)
    except (SyntaxError, ValueError):
        return None
    return value if isinstance(value, str) else None


class _Source:
    """A slice as it was parsed, in brackets, to find the text of a node again."""

    def __init__(self, text: str) -> None:
        self._data = f"({text}\n)".encode()
        self._lines = [0, *(match.end() for match in re.finditer(rb"\n", self._data))]
        self.node: ast.expr = ast.parse(self._data, mode="eval").body

    def before(self, node: ast.expr) -> bytes:
        """What stands before a node, white space left out."""
        return self._data[: self._lines[node.lineno - 1] + node.col_offset].rstrip()

    def of(self, node: ast.expr) -> str:
        """The source of a node."""
        if node.end_lineno is None or node.end_col_offset is None:
            raise _OtherwiseError
        start = self._lines[node.lineno - 1] + node.col_offset
        return self._data[start : self._lines[node.end_lineno - 1] + node.end_col_offset].decode()


class _Lowering:
    """Nodes to terms, in the order of the other lowering: `cursor` finds each literal by going on from the last one."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.cursor = 0

    def read(self, text: str) -> Term:
        """An expression that is all of the slice, or stands in an f-string of it."""
        outer = getattr(self, "source", None)
        self.source = _Source(text)
        term = self.term(self.source.node)
        if outer is not None:
            self.source = outer
        return term

    def term(self, node: ast.expr) -> Term:
        handler = getattr(self, f"_{type(node).__name__}", None)
        if handler is None:
            raise _OtherwiseError
        made: Term = handler(node)
        return made

    def place(self, token: str) -> int:
        found = self.text.find(token, self.cursor)
        if found < 0:
            return self.cursor
        self.cursor = found + len(token)
        return found

    def _Name(self, node: ast.Name) -> Term:
        return ["name", _same(node.id)]

    def _Constant(self, node: ast.Constant) -> Term:
        value = node.value
        if value is None or isinstance(value, bool):
            return ["const", value]
        if value is ...:
            return ["?", "a required value, set at run time"]
        if isinstance(value, (str, bytes)):
            return self._strings(node)
        text = self.source.of(node)
        if isinstance(value, int):
            return ["?", "a huge number"] if len(text) >= _NUMBER_LIMIT else ["num", str(value), self.place(text)]
        if isinstance(value, float):
            return ["num", text.replace("_", ""), self.place(text)]
        return ["?", "Imaginary is not followed"]

    def _JoinedStr(self, node: ast.JoinedStr) -> Term:
        return self._strings(node)

    def _strings(self, node: ast.expr) -> Term:
        parts = [self._string(*each) for each in _literals(self.source.of(node))]
        return parts[0] if len(parts) == 1 else ["op", "+", parts]

    def _string(self, prefix: str, literal: str) -> Term:
        kinds = prefix.lower()
        if "f" in kinds:
            return self._formatted(prefix, literal)
        at = self.place(prefix + literal)
        value = ast.literal_eval(prefix + literal)
        return ["str", value, at] if isinstance(value, str) else ["?", "bytes"]

    def _formatted(self, prefix: str, literal: str) -> Term:
        quote = literal[:3] if literal[:3] in ('"""', "'''") else literal[0]
        at = self.place(prefix + quote)
        raw = "r" in prefix.lower()
        parts: list[Term] = []
        for kind, text in _fields(literal[len(quote) : -len(quote)], raw):
            if kind == "text":
                parts.append(["str", unescaped(text, raw), self.place(text)])
            else:
                parts.append(["hole", self.read(text), text])
        return ["fstr", parts, at]

    def _Attribute(self, node: ast.Attribute) -> Term:
        return ["attr", self.term(node.value), _same(node.attr)]

    def _Subscript(self, node: ast.Subscript) -> Term:
        base = self.term(node.value)
        index = node.slice
        if isinstance(index, ast.Slice):
            first = isinstance(index.lower, ast.Constant) and index.lower.value == 1 and index.lower.value is not True
            return ["item", base, ["?", REST if first and index.upper is None and index.step is None else SLICE]]
        if not isinstance(index, ast.Tuple):
            return ["item", base, self.term(index)]
        if len(index.elts) == 1 or any(isinstance(each, ast.Starred) for each in index.elts):
            raise _OtherwiseError
        if any(isinstance(each, ast.Slice) for each in index.elts):
            return ["item", base, ["?", SLICE]]
        return ["item", base, ["tuple", [self.term(each) for each in index.elts]]]

    def _Call(self, node: ast.Call) -> Term:
        start = self._start(node.func)
        function = self.term(node.func)
        at = first_call(function, self.cursor) if start is None else start
        arguments: list[ast.expr | ast.keyword] = [*node.args, *node.keywords]
        members = sorted(arguments, key=lambda each: (each.lineno, each.col_offset))
        return ["call", function, [self._argument(each) for each in members], at]

    def _argument(self, node: ast.expr | ast.keyword) -> Term:
        if isinstance(node, ast.keyword):
            return ["**" if node.arg is None else _same(node.arg), self.term(node.value)]
        if isinstance(node, ast.Starred):
            return ["*", self.term(node.value)]
        return [None, self.term(node)]

    def _start(self, function: ast.expr) -> int | None:
        names: list[str] = []
        while isinstance(function, ast.Attribute):
            names.insert(0, function.attr)
            function = function.value
        return start_of([function.id, *names], self.text, self.cursor) if isinstance(function, ast.Name) else None

    def _Dict(self, node: ast.Dict) -> Term:
        pairs = zip(node.keys, node.values, strict=True)
        return ["dict", [[None if key is None else self.term(key), self.term(value)] for key, value in pairs]]

    def _items(self, elements: list[ast.expr]) -> list[Term]:
        return [["star", self.term(each.value)] if isinstance(each, ast.Starred) else self.term(each) for each in elements]

    def _List(self, node: ast.List) -> Term:
        return ["list", self._items(node.elts)]

    def _Tuple(self, node: ast.Tuple) -> Term:
        return ["tuple", self._items(node.elts)]

    def _Set(self, node: ast.Set) -> Term:
        return ["list", self._items(node.elts)]

    def _BinOp(self, node: ast.BinOp) -> Term:
        operands = [node.right]
        left = node.left
        while isinstance(left, ast.BinOp) and type(left.op) is type(node.op):
            operands.append(left.right)
            left = left.left
        operands.append(left)
        return ["op", OPERATORS[type(node.op).__name__], [self.term(each) for each in reversed(operands)]]

    def _BoolOp(self, node: ast.BoolOp) -> Term:
        word = "or" if isinstance(node.op, ast.Or) else "and"
        made = self.term(node.values[0])
        for each in node.values[1:]:
            right = self.term(each)
            made = [word, [*made[1], right] if made[0] == word else [made, right]]
        return made

    def _UnaryOp(self, node: ast.UnaryOp) -> Term:
        inner = self.term(node.operand)
        if isinstance(node.op, ast.Not):
            return ["not", inner]
        return ["num", negated(inner[1]), inner[2]] if isinstance(node.op, ast.USub) and inner[0] == "num" else ["?", "an operation"]

    def _Compare(self, node: ast.Compare) -> Term:
        left = self.term(node.left)
        if len(node.ops) != 1:
            return ["?", "a comparison"]
        return ["cmp", left, _COMPARED[type(node.ops[0]).__name__], self.term(node.comparators[0])]

    def _IfExp(self, node: ast.IfExp) -> Term:
        then = self.term(node.body)
        test = self.term(node.test)
        return ["if", test, then, self.term(node.orelse)]

    def _Await(self, node: ast.Await) -> Term:
        return self.term(node.value)

    def _NamedExpr(self, node: ast.NamedExpr) -> Term:
        return self.term(node.value)

    def _Lambda(self, node: ast.Lambda) -> Term:
        return ["lambda", [_same(each.arg) for each in node.args.args], self.term(node.body)]

    def _comprehension(self, kind: str, element: Term, loops: list[ast.comprehension]) -> Term:
        loop = loops[0]
        target = self.source.of(loop.target)
        if not self.source.before(loop.target).endswith(b"for"):  # in brackets of its own, which are no part of the node
            raise _OtherwiseError
        tests = [self.term(each) for each in loop.ifs] + ([["?", "a loop within"]] if len(loops) > 1 else [])
        return ["comp", kind, element, target, self.term(loop.iter), tests]

    def _ListComp(self, node: ast.ListComp) -> Term:
        return self._comprehension("list", self.term(node.elt), node.generators)

    def _SetComp(self, node: ast.SetComp) -> Term:
        return self._comprehension("list", self.term(node.elt), node.generators)

    def _GeneratorExp(self, node: ast.GeneratorExp) -> Term:
        return self._comprehension("list", self.term(node.elt), node.generators)

    def _DictComp(self, node: ast.DictComp) -> Term:
        return self._comprehension("dict", ["tuple", [self.term(node.key), self.term(node.value)]], node.generators)


def negated(digits: str) -> str:
    """A number with the other sign; two signs make none."""
    return digits.removeprefix("-") if digits.startswith("-") else f"-{digits}"


def first_call(function: Term, otherwise: int) -> int:
    """Where the first call of a chain starts."""
    while function[0] in ("attr", "item"):
        function = function[1]
    return int(function[3]) if function[0] == "call" else otherwise


def start_of(names: list[str], text: str, cursor: int) -> int | None:
    """Where a call by a dotted name starts in the source, from a place on."""
    at = text.find(names[0], cursor)
    while at >= 0:
        within = at > 0 and (text[at - 1].isalnum() or text[at - 1] == "_")
        if not within and _calls_at(names, text, at):
            return at
        at = text.find(names[0], at + 1)
    return None


def _calls_at(names: list[str], text: str, at: int) -> bool:
    for name, after in zip(names, [*"." * (len(names) - 1), "("], strict=True):
        end = _past_space(text, at + len(name))
        if not text.startswith(name, at) or not text.startswith(after, end):
            return False
        at = _past_space(text, end + 1)
    return True


def _past_space(text: str, at: int) -> int:
    while text[at : at + 1].isspace():
        at += 1
    return at


def _same(name: str) -> str:
    """A name as it is written: the parser puts others than ASCII into a normal form."""
    if not name.isascii():
        raise _OtherwiseError
    return name


def _literals(text: str) -> Iterator[tuple[str, str]]:
    """Prefix and quoted text of string literals that stand side by side."""
    at = 0
    while at < len(text):
        found = _STRING.match(text, at)
        if found is None or "t" in found[1].lower():
            raise _OtherwiseError
        yield found[1], found[2]
        between = _BETWEEN.match(text, found.end())
        at = between.end() if between is not None else found.end()


def _fields(body: str, raw: bool) -> Iterator[tuple[str, str]]:
    """The texts and the expressions of an f-string, in order."""
    if not raw and "\\N{" in body:
        raise _OtherwiseError
    at = start = 0
    while at < len(body):
        if body[at] not in "{}" or body[at : at + 2] in ("{{", "}}"):
            at += 2 if body[at] in "{}" else 1
            continue
        if body[at] == "}":
            raise _OtherwiseError
        if at > start:
            yield "text", body[start:at]
        end = _end_of_expression(body, at + 1)
        yield "hole", body[at + 1 : end].strip()
        at = start = _end_of_field(body, end)
    if at > start:
        yield "text", body[start:at]


def _end_of_expression(body: str, at: int) -> int:
    depth = 0
    while at < len(body):
        character = body[at]
        if character in "\"'":
            found = _STRING.match(body, at)
            if found is None:
                raise _OtherwiseError
            at = found.end()
            continue
        if character == "#" or character == "\\":
            raise _OtherwiseError
        if not depth and (character in "}:" or (character in "!=" and _ends(body, at))):
            return at
        depth += (character in "([{") - (character in ")]}")
        at += 1
    raise _OtherwiseError


def _ends(body: str, at: int) -> bool:
    """Whether a sign ends the expression, and is no part of an operator."""
    if body[at] == "!":
        return body[at + 1 : at + 2] != "="
    return body[at + 1 : at + 2] != "=" and body[at - 1] not in "=!<>"


def _end_of_field(body: str, at: int) -> int:
    """Behind the bracket that closes a field, whose conversion and format say nothing about its value."""
    depth = 1
    while at < len(body):
        depth += (body[at] == "{") - (body[at] == "}")
        at += 1
        if not depth:
            return at
    raise _OtherwiseError

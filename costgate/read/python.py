"""What a Python expression says: a source slice lowered to plain JSON terms, one slice at a time.

The interpreter's own parser reads nearly all (`costgate/read/native.py`), libcst what is newer, or that it reads otherwise.

Terms are lists whose first item is the tag:
`str text offset` | `num digits offset` | `const value` | `name id` | `attr base name` | `item base key` |
`call function args offset` (an argument is `[keyword or None or "*" or "**", term]`) | `fstr parts offset`
(a part is a term; `hole term text` for a replacement field) | `dict pairs` (key None: a `**` splat) |
`list items` | `tuple items` (an item may be `star term`) | `op operator operands` | `or terms` | `and terms` |
`not term` | `if test then else` | `cmp left operator right` | `lambda params body` |
`comp kind element target source tests` |
`? why`. Offsets count characters from the start of the slice.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, TypeAlias

from costgate.read.native import OPERATORS, REST, SLICE, first_call, lowered, negated, start_of, unescaped

if TYPE_CHECKING:
    import libcst as cst

VERSION = 9
Term: TypeAlias = list[Any]

MAX_LENGTH = 400_000
MAX_DEPTH = 60
MAX_CHAIN = 150
MAX_OPERANDS = 1500

_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*\Z")
_INTEGER = re.compile(r"[1-9]\d{0,17}\Z|0\Z")
_STRING = re.compile(r"\"[^\"\\\n]*\"\Z|'[^'\\\n]*'\Z")
_WORDS = {"None": None, "True": True, "False": False}
_LITERAL = re.compile(
    r"""\"{3}(?:[^"\\]|\\.|"(?!""))*\"{3}|'{3}(?:[^'\\]|\\.|'(?!''))*'{3}"""
    r"""|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'""",
    re.DOTALL,
)
"""String literals, so that what a prompt says is not taken for code when operators are counted."""
_CHAIN = re.compile(rf"(?:\.\w+){{{MAX_CHAIN + 1}}}|(?:\[[^\[\]]*\]){{{MAX_CHAIN + 1}}}")
_SIGNS = re.compile(rf"(?:[-+~]\s?|not\s){{{MAX_DEPTH + 1}}}")
_WORDY = (" or ", " and ", " if ", "not ", "await ", "lambda")
_BINARY = re.compile(r"[\w)\]}'\"]\s*[-+*/%|&^@<>]")
_FORMATTED = re.compile(r"\b[rR]?[fFtT][rR]?['\"]")
_OPENERS = re.compile(r"[(\[{]")


def lower(text: str) -> Term:
    """Lower one expression slice. Never raises on odd input: what cannot be read is a `?` term that says why."""
    text = text.strip()
    return _trivial(text) or _parsed(text)


def _trivial(text: str) -> Term | None:
    """Names, small numbers and plain strings need no parser; they are most of what is asked for."""
    if text in _WORDS:
        return ["const", _WORDS[text]]
    if _NAME.match(text) and not _keyword(text) and text.count(".") <= MAX_CHAIN:
        first, *rest = text.split(".")
        term: Term = ["name", first]
        for part in rest:
            term = ["attr", term, part]
        return term
    if _INTEGER.match(text):
        return ["num", text, 0]
    if _STRING.match(text):
        return ["str", text[1:-1], 0]
    return None


def _keyword(text: str) -> bool:
    return text in ("await", "yield", "lambda", "not") or not text


def _parsed(text: str) -> Term:
    refused = refusal(text)
    if refused:
        return ["?", refused]
    return lowered(text) or _with_libcst(text)


def _with_libcst(text: str) -> Term:
    refused = refusal_of_libcst(text)
    if refused:
        return ["?", refused]
    import libcst

    try:
        node = libcst.parse_expression(f"({text}\n)")
    except libcst.ParserSyntaxError:
        return ["?", "the expression does not parse"]
    except (ValueError, RecursionError):
        return ["?", "the expression is beyond what is read"]
    return _Lowering(text).term(node)


def refusal(text: str) -> str | None:
    """Refuse what would cost quadratic time or the interpreter's stack, before parsing."""
    if len(text) > MAX_LENGTH:
        return f"an expression of {len(text):,} characters is not read"
    return _refused(_LITERAL.sub('""', text))


def refusal_of_libcst(text: str) -> str | None:
    """The same for libcst, which a deep expression makes crash and operands in a row take quadratic time.

    Where there are f-strings, all text counts: what is code in them is not told here.
    """
    bare = text if _FORMATTED.search(text) else _LITERAL.sub('""', text)
    why = refusal(text) or _refused(bare)
    return why or ("an expression with that many operands is not read" if len(_BINARY.findall(bare)) > MAX_OPERANDS else None)


def _refused(bare: str) -> str | None:
    if len(_OPENERS.findall(bare)) > MAX_DEPTH and _depth(bare) > MAX_DEPTH or _SIGNS.search(bare):
        return f"an expression nested deeper than {MAX_DEPTH} is not read"
    if bare.count(").") + bare.count("].") + bare.count(")(") > MAX_CHAIN or _CHAIN.search(bare):
        return f"a chain longer than {MAX_CHAIN} calls is not read"
    if bare.count("+") > MAX_OPERANDS or sum(map(bare.count, _WORDY)) > MAX_DEPTH * 4:
        return "an expression with that many operands is not read"
    return None


def _depth(text: str) -> int:
    """The deepest bracket nesting, brackets in strings included: an upper bound is enough."""
    depth = deepest = 0
    for match in re.finditer(r"[(\[{]|[)\]}]", text):
        depth += 1 if match.group() in "([{" else -1
        deepest = max(deepest, depth)
    return deepest


class _Lowering:
    """Nodes to terms. `cursor` follows the slice so that each literal gets its own place in the source."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.cursor = 0

    def term(self, node: cst.BaseExpression) -> Term:
        handler = getattr(self, f"_{type(node).__name__}", None)
        return handler(node) if handler is not None else ["?", f"{type(node).__name__} is not followed"]

    def place(self, token: str) -> int:
        found = self.text.find(token, self.cursor)
        if found < 0:
            return self.cursor
        self.cursor = found + len(token)
        return found

    def _Name(self, node: cst.Name) -> Term:
        return ["const", _WORDS[node.value]] if node.value in _WORDS else ["name", node.value]

    def _Integer(self, node: cst.Integer) -> Term:
        if len(node.value) >= 100:
            return ["?", "a huge number"]
        return ["num", str(int(node.value.replace("_", ""), 0)), self.place(node.value)]

    def _Float(self, node: cst.Float) -> Term:
        return ["num", node.value.replace("_", ""), self.place(node.value)]

    def _Ellipsis(self, node: cst.Ellipsis) -> Term:
        return ["?", "a required value, set at run time"]

    def _SimpleString(self, node: cst.SimpleString) -> Term:
        at = self.place(node.value)
        value = node.evaluated_value
        return ["str", value, at] if isinstance(value, str) else ["?", "bytes"]

    def _ConcatenatedString(self, node: cst.ConcatenatedString) -> Term:
        parts: list[Term] = []
        right: cst.BaseExpression = node
        while type(right).__name__ == "ConcatenatedString":
            parts.append(self.term(right.left))  # type: ignore[attr-defined]
            right = right.right  # type: ignore[attr-defined]
        parts.append(self.term(right))
        return ["op", "+", parts]

    def _FormattedString(self, node: cst.FormattedString) -> Term:
        at = self.place(node.start)
        raw = "r" in node.start.lower()
        parts: list[Term] = []
        for part in node.parts:
            if type(part).__name__ == "FormattedStringText":
                text = part.value  # type: ignore[attr-defined]
                parts.append(["str", unescaped(text, raw), self.place(text)])
            else:
                expression = part.expression  # type: ignore[attr-defined]
                inner = self.term(expression)
                parts.append(["hole", inner, _source(expression)])
        return ["fstr", parts, at]

    def _TemplatedString(self, node: cst.BaseExpression) -> Term:
        return ["?", "a template string"]

    def _Attribute(self, node: cst.Attribute) -> Term:
        return ["attr", self.term(node.value), node.attr.value]

    def _Subscript(self, node: cst.Subscript) -> Term:
        base = self.term(node.value)
        if len(node.slice) == 1 and type(node.slice[0].slice).__name__ == "Index":
            return ["item", base, self.term(node.slice[0].slice.value)]  # type: ignore[attr-defined]
        if all(type(each.slice).__name__ == "Index" for each in node.slice):
            return ["item", base, ["tuple", [self.term(each.slice.value) for each in node.slice]]]  # type: ignore[attr-defined]
        only: Any = node.slice[0].slice
        first = len(node.slice) == 1 and getattr(only.lower, "value", None) == "1"
        return ["item", base, ["?", REST if first and only.upper is None and only.step is None else SLICE]]

    def _Call(self, node: cst.Call) -> Term:
        start = self._start(node.func)
        function = self.term(node.func)
        at = first_call(function, self.cursor) if start is None else start
        args = []
        for argument in node.args:
            keyword = argument.star or (argument.keyword.value if argument.keyword else None)
            args.append([keyword, self.term(argument.value)])
        return ["call", function, args, at]

    def _start(self, function: cst.BaseExpression) -> int | None:
        """Where a call by a dotted name starts; None where what is called is more than names."""
        names: list[str] = []
        while type(function).__name__ == "Attribute":
            names.insert(0, function.attr.value)  # type: ignore[attr-defined]
            function = function.value  # type: ignore[attr-defined]
        if type(function).__name__ != "Name":
            return None
        return start_of([function.value, *names], self.text, self.cursor)  # type: ignore[attr-defined]

    def _Dict(self, node: cst.Dict) -> Term:
        pairs = []
        for element in node.elements:
            if type(element).__name__ == "StarredDictElement":
                pairs.append([None, self.term(element.value)])
            else:
                key = self.term(element.key)  # type: ignore[attr-defined]
                pairs.append([key, self.term(element.value)])
        return ["dict", pairs]

    def _items(self, node: cst.List | cst.Tuple | cst.Set) -> list[Term]:
        return [
            ["star", self.term(element.value)]
            if type(element).__name__ == "StarredElement"
            else self.term(element.value)
            for element in node.elements
        ]

    def _List(self, node: cst.List) -> Term:
        return ["list", self._items(node)]

    def _Tuple(self, node: cst.Tuple) -> Term:
        return ["tuple", self._items(node)]

    def _Set(self, node: cst.Set) -> Term:
        return ["list", self._items(node)]

    def _BinaryOperation(self, node: cst.BinaryOperation) -> Term:
        operator = OPERATORS[type(node.operator).__name__]
        operands: list[cst.BaseExpression] = [node.right]
        left: cst.BaseExpression = node.left
        while type(left).__name__ == "BinaryOperation" and OPERATORS[type(left.operator).__name__] == operator:  # type: ignore[attr-defined]
            operands.append(left.right)  # type: ignore[attr-defined]
            left = left.left  # type: ignore[attr-defined]
        operands.append(left)
        return ["op", operator, [self.term(operand) for operand in reversed(operands)]]

    def _BooleanOperation(self, node: cst.BooleanOperation) -> Term:
        word = "or" if type(node.operator).__name__ == "Or" else "and"
        left, right = self.term(node.left), self.term(node.right)
        return [word, [*left[1], right] if left[0] == word else [left, right]]

    def _UnaryOperation(self, node: cst.UnaryOperation) -> Term:
        inner = self.term(node.expression)
        kind = type(node.operator).__name__
        if kind == "Not":
            return ["not", inner]
        if kind == "Minus" and inner[0] == "num":
            return ["num", negated(inner[1]), inner[2]]
        return ["?", "an operation"]

    def _Comparison(self, node: cst.Comparison) -> Term:
        left = self.term(node.left)
        if len(node.comparisons) != 1:
            return ["?", "a comparison"]
        target = node.comparisons[0]
        return ["cmp", left, type(target.operator).__name__, self.term(target.comparator)]

    def _IfExp(self, node: cst.IfExp) -> Term:
        then = self.term(node.body)
        test = self.term(node.test)
        return ["if", test, then, self.term(node.orelse)]

    def _Await(self, node: cst.Await) -> Term:
        return self.term(node.expression)

    def _NamedExpr(self, node: cst.NamedExpr) -> Term:
        return self.term(node.value)

    def _Lambda(self, node: cst.Lambda) -> Term:
        return ["lambda", [param.name.value for param in node.params.params], self.term(node.body)]

    def _comprehension(self, kind: str, element: Term, node: cst.BaseComp) -> Term:
        loop = node.for_in
        tests = [self.term(each.test) for each in loop.ifs] + ([["?", "a loop within"]] if loop.inner_for_in else [])
        return ["comp", kind, element, _source(loop.target), self.term(loop.iter), tests]

    def _ListComp(self, node: cst.ListComp) -> Term:
        return self._comprehension("list", self.term(node.elt), node)

    def _SetComp(self, node: cst.SetComp) -> Term:
        return self._comprehension("list", self.term(node.elt), node)

    def _GeneratorExp(self, node: cst.GeneratorExp) -> Term:
        return self._comprehension("list", self.term(node.elt), node)

    def _DictComp(self, node: cst.DictComp) -> Term:
        return self._comprehension("dict", ["tuple", [self.term(node.key), self.term(node.value)]], node)


def _source(node: cst.CSTNode) -> str:
    import libcst

    return libcst.Module(body=[]).code_for_node(node)

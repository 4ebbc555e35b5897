"""Where things are in one Python file: scopes, bindings, calls, blocks, jumps, comments. tree-sitter, error tolerant.

The outline is plain JSON (lists and numbers), so that it can be cached by the file's blob id. Positions are byte
offsets into the source; what an expression *says* is read later, from the slice, and only where a call needs it.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    from tree_sitter import Node

VERSION = 10
MAX_NAME = 240
MAX_NODES = 4_000_000


class Outline(TypedDict):
    """One file. Rows are lists; the constants below name their fields."""

    scopes: list[list[Any]]
    bindings: list[list[Any]]
    imports: list[list[Any]]
    calls: list[list[Any]]
    blocks: list[list[Any]]
    jumps: list[list[Any]]
    refs: list[list[Any]]
    comments: list[list[Any]]
    broken: list[list[int]]


# kind (module | class | def | lambda), name, parent, start, end, params, decorators, bases, async, root block, and the
# slice of the return annotation or None
S_KIND, S_NAME, S_PARENT, S_START, S_END, S_PARAMS, S_DECORATORS, S_BASES, S_ASYNC, S_BLOCK, S_RETURNS = range(11)
# name, kind ("" | "*" | "**" | "kw"), default slice or None, annotation slice or None
P_NAME, P_KIND, P_DEFAULT, P_ANNOTATION = range(4)
# scope, target text, kind, value start, value end (-1: none), block, position, annotation slice or None
B_SCOPE, B_TARGET, B_KIND, B_START, B_END, B_BLOCK, B_AT, B_ANNOTATION = range(8)
# scope, local name ("*" for a star), dotted target (leading dots when relative), position, block
I_SCOPE, I_NAME, I_TARGET, I_AT, I_BLOCK = range(5)
# scope, callee text ("" when long or not a plain chain), tail name, start, end, end of the callee, block
C_SCOPE, C_CALLEE, C_TAIL, C_START, C_END, C_FUNCTION_END, C_BLOCK = range(7)
# kind, parent block, scope, start, end, header start, header end, group (start of the whole statement)
K_KIND, K_PARENT, K_SCOPE, K_START, K_END, K_HEAD, K_HEAD_END, K_GROUP = range(8)
# kind, scope, block, start, end; for global and nonlocal: the names instead of the end
J_KIND, J_SCOPE, J_BLOCK, J_START, J_END = range(5)
# scope, start and end of the call it is an argument of, start, end, block: a method handed over, not called
R_SCOPE, R_CALL, R_CALL_END, R_START, R_END, R_BLOCK = range(6)

Todo = tuple["Node", int, int]
Handler = Callable[["_Walk", "Node", int, int], Iterable[Todo]]

_COMMENT_LINE = rb"^[ \t]*#(?![^\n]*(?:costgate:|\"\"\"|\'\'\'|[{}]|\\\r?$))[^\n]*\n"
_OUTDENTED = re.compile(
    rb"^([ \t]*)" + _COMMENT_LINE.removeprefix(rb"^[ \t]*")
    + rb"(?=(?:[ \t]*(?:#[^\n]*)?\n){0,20}\1[ \t]+(?:async[ \t]+def|def|class|@)\b)", re.MULTILINE
)
_COMMENTS = re.compile(rb"(" + _COMMENT_LINE + rb")((?:" + _COMMENT_LINE + rb"){7,})", re.MULTILINE)
_INK = re.compile(rb"[^\n]")
_COMPREHENSIONS = ("list_comprehension", "set_comprehension", "dictionary_comprehension", "generator_expression")
_JUMPS = {
    "return_statement": "return",
    "break_statement": "break",
    "continue_statement": "continue",
    "raise_statement": "raise",
    "yield": "yield",
}


def outline(source: bytes, handed_over: frozenset[str]) -> Outline:
    """Outline one file. `handed_over`: the method names worth noting when they are passed without being called."""
    import tree_sitter
    import tree_sitter_python

    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))
    walk = _Walk(source, handed_over)
    walk.run(parser.parse(quiet(source)).root_node)
    return walk.result


def quiet(source: bytes) -> bytes:
    """The source with some comment lines blanked, position by position: long runs, since parsing those takes quadratic
    time, and those that are indented less than the definition below, which the parser would cut off from its decorators.

    What stands in a string loses nothing that an outline holds. Kept are the first line of a run, which may continue the
    one before, and comments to costgate.
    """
    short = _COMMENTS.sub(lambda run: run.group(1) + _INK.sub(b" ", run.group(2)), source)
    return _OUTDENTED.sub(lambda line: _INK.sub(b" ", line.group()), short)


class _Walk:
    """One pass with an explicit stack: deep input costs memory, never the interpreter's stack."""

    def __init__(self, source: bytes, handed_over: frozenset[str]) -> None:
        self.source = source
        self.handed_over = handed_over
        self.result: Outline = {
            "scopes": [["module", "", -1, 0, len(source), [], [], [], False, 0, None]],
            "bindings": [],
            "imports": [],
            "calls": [],
            "blocks": [["module", -1, 0, 0, len(source), -1, -1, 0]],
            "jumps": [],
            "refs": [],
            "comments": [],
            "broken": [],
        }

    def run(self, root: Node) -> None:
        stack: list[Todo] = [(root, 0, 0)]
        left = MAX_NODES
        while stack:
            node, scope, block = stack.pop()
            left -= 1
            if not left:
                self.result["broken"].append([node.start_byte, len(self.source)])
                return
            handler = _HANDLERS.get(node.type)
            if handler is not None:
                for todo in reversed(list(handler(self, node, scope, block))):
                    stack.extend(self.within(*todo) if todo[0].id == node.id else [todo])
            elif node.child_count:
                stack.extend(self.within(node, scope, block))
            if node.is_missing:
                self.result["broken"].append([node.start_byte, node.end_byte])

    def within(self, node: Node, scope: int, block: int) -> list[Todo]:
        """The children of a node. A broken one that lacks the part which its handler asks for stands for that itself."""
        return [(child, scope, block) for child in reversed(node.children)]

    def text(self, node: Node) -> str:
        if node.end_byte - node.start_byte > MAX_NAME:
            return ""
        return sys.intern(self.source[node.start_byte : node.end_byte].decode("utf-8", "replace"))

    def block(self, kind: str, parent: int, scope: int, body: Node, head: Node | None, group: int) -> int:
        start = body.start_byte if head is None or kind != "while" else head.start_byte
        head_at = (-1, -1) if head is None else (head.start_byte, head.end_byte)
        self.result["blocks"].append([kind, parent, scope, start, body.end_byte, *head_at, group])
        return len(self.result["blocks"]) - 1

    def bind(self, target: Node, kind: str, value: Node | None, scope: int, block: int, note: Node | None = None) -> None:
        if target.type in ("pattern_list", "tuple_pattern", "list_pattern"):
            for index, child in enumerate(target.named_children):
                self.bind(child, f"{kind}:{index}", value, scope, block)
            return
        if target.type == "as_pattern_target" and target.named_children:
            target = target.named_children[0]
        name = self.text(target)
        if not name or target.type not in ("identifier", "attribute", "subscript", "list_splat_pattern"):
            return
        at = (-1, -1) if value is None else (value.start_byte, value.end_byte)
        annotation = None if note is None else [note.start_byte, note.end_byte]
        self.result["bindings"].append([scope, name, kind, *at, block, target.start_byte, annotation])


def _part(node: Node, name: str) -> Node:
    part = node.child_by_field_name(name)
    return node if part is None else part


def _definition(walk: _Walk, node: Node, scope: int, block: int, decorators: list[list[int]]) -> Iterator[Todo]:
    is_class = node.type == "class_definition"
    name, body = _part(node, "name"), _part(node, "body")
    index = len(walk.result["scopes"])
    root = walk.block("class" if is_class else "def", block, index, body, None, node.start_byte)
    is_async = any(child.type == "async" for child in node.children[:1])
    bases = _slices(node.child_by_field_name("superclasses")) if is_class else []
    params = [] if is_class else _params(walk, node.child_by_field_name("parameters"))
    row = ["class" if is_class else "def", walk.text(name), scope, node.start_byte, node.end_byte]
    promise = node.child_by_field_name("return_type")
    returns = None if promise is None else [promise.start_byte, promise.end_byte]
    walk.result["scopes"].append([*row, params, decorators, bases, is_async, root, returns])
    walk.result["bindings"].append([scope, walk.text(name), "def", index, -1, block, name.start_byte, None])
    for child in node.children:
        inside = child.id == body.id
        yield (child, index, root) if inside else (child, scope, block)


def _define(walk: _Walk, node: Node, scope: int, block: int) -> Iterable[Todo]:
    return _definition(walk, node, scope, block, [])


def _decorated(walk: _Walk, node: Node, scope: int, block: int) -> Iterator[Todo]:
    decorators = []
    for child in node.named_children:
        if child.type == "decorator" and child.named_children:
            expression = child.named_children[0]
            decorators.append([expression.start_byte, expression.end_byte])
            yield (expression, scope, block)
    definition = node.child_by_field_name("definition")
    if definition is not None:
        yield from _definition(walk, definition, scope, block, decorators)


def _lambda(walk: _Walk, node: Node, scope: int, block: int) -> Iterator[Todo]:
    body = _part(node, "body")
    index = len(walk.result["scopes"])
    root = walk.block("lambda", block, index, body, None, node.start_byte)
    params = _params(walk, node.child_by_field_name("parameters"))
    walk.result["scopes"].append(
        ["lambda", "<lambda>", scope, node.start_byte, node.end_byte, params, [], [], False, root, None]
    )
    yield (body, index, root)


def _slices(node: Node | None) -> list[list[int]]:
    return [] if node is None else [[child.start_byte, child.end_byte] for child in node.named_children]


def _params(walk: _Walk, node: Node | None) -> list[list[Any]]:
    rows: list[list[Any]] = []
    keyword_only = False
    for child in [] if node is None else node.named_children:
        name = child.child_by_field_name("name") or (child if child.type == "identifier" else None)
        note, default = child.child_by_field_name("type"), child.child_by_field_name("value")
        if name is None and child.type == "typed_parameter" and child.named_children:
            name = child.named_children[0]
        if child.type in ("keyword_separator", "list_splat_pattern"):
            keyword_only = True
        if child.type in ("list_splat_pattern", "dictionary_splat_pattern"):
            name = child
        if name is None:
            continue
        text = walk.text(name)
        kind = "**" if text.startswith("**") else "*" if text.startswith("*") else "kw" if keyword_only else ""
        keyword_only = keyword_only or kind == "*"
        spans = [None if part is None else [part.start_byte, part.end_byte] for part in (default, note)]
        rows.append([text.lstrip("*"), kind, *spans])
    return rows


def _assignment(walk: _Walk, node: Node, scope: int, block: int) -> Iterator[Todo]:
    targets, value, note = [_part(node, "left")], node.child_by_field_name("right"), node.child_by_field_name("type")
    while value is not None and value.type == "assignment":
        targets.append(_part(value, "left"))
        value = value.child_by_field_name("right")
    for target in targets:
        walk.bind(target, "=", value, scope, block, note)
        yield (target, scope, block)
    if value is not None:
        yield (value, scope, block)


def _augmented(walk: _Walk, node: Node, scope: int, block: int) -> Iterator[Todo]:
    value = _part(node, "right")
    walk.bind(_part(node, "left"), walk.text(_part(node, "operator")), value, scope, block)
    yield (value, scope, block)


def _walrus(walk: _Walk, node: Node, scope: int, block: int) -> Iterator[Todo]:
    value = _part(node, "value")
    walk.bind(_part(node, "name"), ":=", value, scope, block)
    yield (value, scope, block)


def _for(walk: _Walk, node: Node, scope: int, block: int) -> Iterator[Todo]:
    source, body = _part(node, "right"), _part(node, "body")
    inner = walk.block("for", block, scope, body, source, node.start_byte)
    walk.bind(_part(node, "left"), "for", source, scope, inner)
    yield (source, scope, block)
    yield (body, scope, inner)
    alternative = node.child_by_field_name("alternative")
    if alternative is not None:
        yield (_part(alternative, "body"), scope, block)


def _while(walk: _Walk, node: Node, scope: int, block: int) -> Iterator[Todo]:
    condition, body = _part(node, "condition"), _part(node, "body")
    inner = walk.block("while", block, scope, body, condition, node.start_byte)
    yield (condition, scope, inner)
    yield (body, scope, inner)
    alternative = node.child_by_field_name("alternative")
    if alternative is not None:
        yield (_part(alternative, "body"), scope, block)


def _if(walk: _Walk, node: Node, scope: int, block: int) -> Iterator[Todo]:
    condition, body = _part(node, "condition"), _part(node, "consequence")
    yield (condition, scope, block)
    yield (body, scope, walk.block("if", block, scope, body, condition, node.start_byte))
    for clause in node.children_by_field_name("alternative"):
        if clause.type == "elif_clause":
            condition, body = _part(clause, "condition"), _part(clause, "consequence")
            yield (condition, scope, block)
            yield (body, scope, walk.block("elif", block, scope, body, condition, node.start_byte))
        else:
            body = _part(clause, "body")
            yield (body, scope, walk.block("else", block, scope, body, None, node.start_byte))


_CLAUSES = {"except_clause": "except", "except_group_clause": "except", "else_clause": "try-else"}


def _try(walk: _Walk, node: Node, scope: int, block: int) -> Iterator[Todo]:
    for child in node.named_children:
        if child.type == "block":
            yield (child, scope, walk.block("try", block, scope, child, None, node.start_byte))
        elif child.type in _CLAUSES:
            kind = _CLAUSES[child.type]
            head = child.named_children[0] if kind == "except" and child.named_children else None
            inner = walk.block(kind, block, scope, child, None if head is None else head, node.start_byte)
            yield from ((part, scope, inner) for part in child.children)
        else:
            yield (child, scope, block)


def _match(walk: _Walk, node: Node, scope: int, block: int) -> Iterator[Todo]:
    yield (_part(node, "subject"), scope, block)
    body = _part(node, "body")
    for clause in body.named_children:
        if clause.type == "case_clause":
            pattern = next((child for child in clause.named_children if child.type == "case_pattern"), None)
            consequence = _part(clause, "consequence")
            yield (consequence, scope, walk.block("case", block, scope, consequence, pattern, node.start_byte))


def _as_pattern(walk: _Walk, node: Node, scope: int, block: int) -> Iterator[Todo]:
    value = node.named_children[0] if node.named_children else node
    alias = node.child_by_field_name("alias")
    if alias is not None and value.id != node.id:
        kind = "with" if node.parent is not None and node.parent.type == "with_item" else "as"
        walk.bind(alias, kind, value, scope, block)
    if value.id != node.id:
        yield (value, scope, block)


def _comprehension(walk: _Walk, node: Node, scope: int, block: int) -> Iterator[Todo]:
    clauses = [child for child in node.named_children if child.type == "for_in_clause"]
    first = _part(clauses[0], "right") if clauses else None
    inner = walk.block("comprehension", block, scope, node, first, node.start_byte)
    for clause in clauses:
        walk.bind(_part(clause, "left"), "for", _part(clause, "right"), scope, inner)
    if first is not None:
        yield (first, scope, block)
    for child in node.named_children:
        if child.type != "for_in_clause":
            yield (child, scope, inner)
    for clause in clauses[1:]:
        yield (_part(clause, "right"), scope, inner)


def _call(walk: _Walk, node: Node, scope: int, block: int) -> Iterator[Todo]:
    function, arguments = _part(node, "function"), _part(node, "arguments")
    whole = function
    while function.type == "subscript":
        function = _part(function, "value")
    tail = function.child_by_field_name("attribute") if function.type == "attribute" else function
    name = walk.text(tail) if tail is not None and tail.type == "identifier" else ""
    plain = walk.text(function) if function.type in ("identifier", "attribute") else ""
    span = (node.start_byte, node.end_byte, whole.end_byte)
    walk.result["calls"].append([scope, plain, name, *span, block])
    for argument in arguments.named_children:
        value = _part(argument, "value") if argument.type == "keyword_argument" else argument
        if value.type == "attribute" and walk.text(_part(value, "attribute")) in walk.handed_over:
            row = [scope, node.start_byte, node.end_byte, value.start_byte, value.end_byte, block]
            walk.result["refs"].append(row)
    yield (whole, scope, block)
    yield (arguments, scope, block)


def _import(walk: _Walk, node: Node, scope: int, block: int) -> Iterator[Todo]:
    module = node.child_by_field_name("module_name")
    prefix = "" if module is None else walk.text(module).replace(" ", "")
    rows = walk.result["imports"]
    for name in node.children_by_field_name("name"):
        target = walk.text(_part(name, "name") if name.type == "aliased_import" else name)
        alias = walk.text(_part(name, "alias")) if name.type == "aliased_import" else ""
        if module is None:
            local = alias or target.split(".")[0]
            rows.append([scope, local, target if alias else local, node.start_byte, block])
        else:
            dotted = prefix + target if prefix.endswith(".") else f"{prefix}.{target}"
            rows.append([scope, alias or target, dotted, node.start_byte, block])
    if any(child.type == "wildcard_import" for child in node.children):
        rows.append([scope, "*", prefix, node.start_byte, block])
    yield from ()


def _jump(walk: _Walk, node: Node, scope: int, block: int) -> Iterator[Todo]:
    value = node.named_children[0] if node.named_children else None
    span = [node.start_byte, node.start_byte] if value is None else [value.start_byte, value.end_byte]
    walk.result["jumps"].append([_JUMPS[node.type], scope, block, *span])
    yield from ((child, scope, block) for child in node.named_children)


def _outer_names(walk: _Walk, node: Node, scope: int, block: int) -> Iterator[Todo]:
    names = [walk.text(child) for child in node.named_children]
    walk.result["jumps"].append([node.type.split("_")[0], scope, block, node.start_byte, names])
    yield from ()


def _delete(walk: _Walk, node: Node, scope: int, block: int) -> Iterator[Todo]:
    for child in node.named_children:
        parts = child.named_children if child.type == "expression_list" else [child]
        for part in parts:
            walk.bind(part, "del", None, scope, block)
    yield from ()


def _comment(walk: _Walk, node: Node, scope: int, block: int) -> Iterator[Todo]:
    if b"costgate:" in walk.source[node.start_byte : node.end_byte]:
        walk.result["comments"].append([node.start_byte, node.end_byte])
    yield from ()


def _error(walk: _Walk, node: Node, scope: int, block: int) -> Iterator[Todo]:
    walk.result["broken"].append([node.start_byte, node.end_byte])
    yield from ((child, scope, block) for child in node.children)


_HANDLERS: dict[str, Handler] = {
    "function_definition": _define,
    "class_definition": _define,
    "decorated_definition": _decorated,
    "lambda": _lambda,
    "assignment": _assignment,
    "augmented_assignment": _augmented,
    "named_expression": _walrus,
    "for_statement": _for,
    "while_statement": _while,
    "if_statement": _if,
    "try_statement": _try,
    "match_statement": _match,
    "as_pattern": _as_pattern,
    "call": _call,
    "import_statement": _import,
    "import_from_statement": _import,
    "global_statement": _outer_names,
    "nonlocal_statement": _outer_names,
    "delete_statement": _delete,
    "comment": _comment,
    "ERROR": _error,
    **dict.fromkeys(_COMPREHENSIONS, _comprehension),
    **dict.fromkeys(_JUMPS, _jump),
}

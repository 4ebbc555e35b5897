"""Both parsers say the same of an expression, or the interpreter's own says nothing."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costgate.read.native import lowered
from costgate.read.python import _with_libcst, lower, refusal

ROOT = Path(__file__).parents[2]
NAMES = st.sampled_from(["a", "self.b", "os.environ", "größe"])
LEAVES = st.one_of(
    NAMES,
    st.sampled_from(['"x"', "'it\\'s'", '"""two\nlines"""', 'r"\\d"', 'b"x"', '"a" "b"', '("a"\n  # why\n  f"{b}c")', "1_000", "0x10", "1.5e3", "2j", "...", "None", "True", "-3", 'u"ü"']),
    st.sampled_from(['f"{a}"', 'f"a{b!r:>{c}}d{{e}}"', "f'{a[\"k\"]}'", 'f"{a + 1 = }"', 'rf"\\{a}"', 'f"\\n{ (a) }\\u00e9"', 'f"{a != b}"', 'f"{a:%H:%M}"', 'f"{ {1: 2}[1] }"', 'f"\\N{DASH}{a}"', 'f""', 'f"{lambda: 1}"', 'f"{x,}"', 'f"{(lambda x: x)(1)}"', 'F"""{\na}"""', 'f"{a}" "b" f"{a}"']),
)  # fmt: skip


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    two = st.tuples(inner, inner)
    three = st.tuples(inner, inner, inner)
    return st.one_of(
        inner.map(lambda one: f"({one})"),
        two.map(lambda both: f"{both[0]} + {both[1]}"),
        two.map(lambda both: f"{both[0]} or {both[1]}"),
        two.map(lambda both: f"{both[0]} and {both[1]}"),
        two.map(lambda both: f"{both[0]} % ({both[1]})"),
        two.map(lambda both: f"f({both[0]}, k={both[1]})"),
        three.map(lambda all_: f"a.b(*{all_[0]}, k={all_[1]}, **{all_[2]})"),
        two.map(lambda both: f"({both[0]}).format(x={both[1]})"),
        three.map(lambda all_: f"({all_[0]} if {all_[1]} else {all_[2]})"),
        two.map(lambda both: "{" + f"{both[0]}: {both[1]}, **d" + "}"),
        two.map(lambda both: f"[{both[0]}, *{both[1]}]"),
        two.map(lambda both: f"({both[0]},\n {both[1]},)"),
        two.map(lambda both: f"[{both[0]} for x, y in {both[1]} if x]"),
        two.map(lambda both: "{k: " + f"{both[0]} for (k) in {both[1]}" + "}"),
        two.map(lambda both: f"({both[0]})[{both[1]}]"),
        two.map(lambda both: f"({both[0]})[{both[1]}:, 1]"),
        two.map(lambda both: f"({both[0]} < {both[1]})"),
        two.map(lambda both: f"({both[0]} not in {both[1]} in c)"),
        inner.map(lambda one: f"(not {one})"),
        inner.map(lambda one: f"(await {one})"),
        inner.map(lambda one: f"(x := {one})"),
        inner.map(lambda one: f"(lambda p, /, q=1, *r, s: {one})"),
        inner.map(lambda one: f"(~{one})"),
    )


@settings(max_examples=600, deadline=None)
@given(st.recursive(LEAVES, _grown, max_leaves=12))
def test_made_up_expressions(text: str) -> None:
    if refusal(text) is None:
        found = lowered(text)
        assert found is None or found == _with_libcst(text)


def _expressions(path: Path) -> Iterator[str]:
    data = path.read_bytes()
    try:
        tree = ast.parse(data)
    except SyntaxError:
        return
    starts = [0]
    for line in data.split(b"\n"):
        starts.append(starts[-1] + len(line) + 1)
    for node in ast.walk(tree):
        if isinstance(node, (ast.Call, ast.JoinedStr, ast.Dict, ast.ListComp, ast.BinOp)) and node.end_lineno and node.end_col_offset:
            start = starts[node.lineno - 1] + node.col_offset
            yield data[start : starts[node.end_lineno - 1] + node.end_col_offset].decode()


def test_the_expressions_of_real_code() -> None:
    seen = left = 0
    for path in sorted((ROOT / "costgate" / "read").glob("*.py")):
        for text in list(_expressions(path))[:40]:
            if "\n" not in text and len(text) < 12:
                continue
            found = lowered(text)
            seen, left = seen + 1, left + (found is None)
            assert found is None or found == _with_libcst(text), text
    assert seen > 700 and left < seen / 50


@pytest.mark.parametrize(
    "text",
    ["größe", "größe(1)", "a.größe", "f(größe=1)", "f'{größe}'", "a[1,]", "a[*b]", '"\\r"\r', "(yield)", 'f"\\N{DASH}"'],
)
def test_what_is_left_to_the_other_parser_is_read_as_before(text: str) -> None:
    assert lowered(text) is None
    assert lower(text) == _with_libcst(text.strip()) or lower(text)[0] in ("name", "attr")


@pytest.mark.parametrize("text", ["(", "a b", "f(", '"', "f'{'", "f'}'", "f'{a'", "f'{a:'", "lambda", "\x00", "\ud800", "f'{*}'"])
def test_broken_expressions_end_in_a_term(text: str) -> None:
    assert lowered(text) is None
    assert lower(text)[0] in ("?", "name")


def test_newer_syntax_is_read_all_the_same() -> None:
    text = 'f"{d["k"]} and {x}"'
    found = lowered(text)
    assert (found is not None) <= (sys.version_info >= (3, 12))
    assert lower(text)[0] == "fstr"


def test_comments_between_operands_are_no_part_of_the_operator() -> None:
    text = '("a"\n # why\n + "b")'
    assert lowered(text) == _with_libcst(text) == ["op", "+", [["str", "a", 1], ["str", "b", text.index('"b"')]]]

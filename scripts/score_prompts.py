"""Scores where prompt text stands: the labelled places against a report's, and the size of each text against its literal.

Used by scripts/score_corpus.py. The text of a place is read here with `ast`, which costgate does not use, so that the
sizes are two people's reading of the same line and not one's twice.
"""

from __future__ import annotations

import ast
import inspect
import re
import string
import textwrap
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from costgate.measure import tokens

NEAR = 0.02
HOLE = "\0"
WORDS = 4
"""Words from which on an expression is a source, by the labels' own rule."""
PROMPT_FIGURES = ("sources", "sources_found", "sources_beyond", "sized", "sized_right", "prompt_state_right")


def score_prompts(labels: Mapping[str, Any], report: Mapping[str, Any], folder: Path, result: Any) -> None:
    """Score a package whose calls, and callers of its own wrappers, are labelled for their prompts alone."""
    for entry in labels["entries"]:
        place = f"{entry['file']}:{entry['line']} {entry['callee']}"
        here = [call for call in report["calls"] if (call["path"], call["line"]) == (entry["file"], entry["line"])]
        # a caller in the middle of a chain has no entry: those further out tell what is sent through it
        through = not here and bool(entry.get("caller"))
        here = [call for call in report["calls"] if call["via"]] if through else here
        if not here:
            missed(entry, place, result)
            continue
        compare_prompt({**entry, "prompt_more": True} if through else entry, here, folder, place, result)


def missed(entry: Mapping[str, Any], place: str, result: Any) -> None:
    """Count the sources of a call that is not found: they are not found either."""
    for each in entry.get("prompt_sources", ()):
        result.counts["sources"] += 1
        result.notes["prompt source missed, with its call"].append(f"{place}: {each['file']}:{each['line']} {each['role']}")


def compare_prompt(entry: Mapping[str, Any], calls: Sequence[Mapping[str, Any]], folder: Path, place: str, result: Any) -> None:
    """Count one labelled call's prompt sources into `result`, with a note for each miss.

    Several entries of the report are the call as several callers make it: each source is sized in the first that has it.
    """
    if "prompt_static" not in entry:
        return
    result.counts["prompt_states"] += 1
    tolds = [_told(call) for call in calls]
    worded = {at for told in tolds for at in told if _worded(folder, at)}
    result.counts["prompt_state_right"] += bool(worded) == (entry["prompt_static"] != "none")
    wanted = {(each["file"], each["line"]): each["role"] for each in entry.get("prompt_sources", ())}
    for at, role in wanted.items():
        result.counts["sources"] += 1
        described = role in ("tools", "schema")
        having = [(call, told, found) for call, told in zip(calls, tolds, strict=True) if (found := _of(folder, at, told, described))]
        if not having:
            result.notes["prompt source missed"].append(f"{place}: {at[0]}:{at[1]} {role}")
            continue
        result.counts["sources_found"] += 1
        if not described:
            call, told, found = having[0]
            _size(folder, at, sum(told[each] for each in found), call, place, result)
    if not entry.get("prompt_more"):
        for other in worded - wanted.keys():
            if not any(_within(folder, at, other, role in ("tools", "schema")) or _within(folder, other, at) for at, role in wanted.items()):
                result.counts["sources_beyond"] += 1
                tokens_there = max(told[other] for told in tolds)
                result.notes["prompt source beyond the label"].append(f"{place}: {other[0]}:{other[1]}, {tokens_there} tokens")


def _told(call: Mapping[str, Any]) -> Counter[tuple[str, int]]:
    """The tokens of each place that a call lists."""
    told: Counter[tuple[str, int]] = Counter()
    for each in (call["prompt"] or {"sources": ()})["sources"]:
        told[each["path"], each["line"]] += each["tokens"]
    return told


def _of(folder: Path, at: tuple[str, int], told: Mapping[tuple[str, int], int], described: bool) -> list[tuple[str, int]]:
    """The places that are, or lie within, a labelled one."""
    return [each for each in told if each == at or _within(folder, at, each, described)]


def _size(folder: Path, at: tuple[str, int], got: int, call: Mapping[str, Any], place: str, result: Any) -> None:
    texts = literals(folder / at[0], at[1])
    if not texts:
        return
    model = next((each for each in call["model"]["values"] if isinstance(each, str)), None)
    said = longest(folder / at[0], at[1])
    want = [*map(partial(_tokens, model=model), texts), _filled(said, model), _filled(said, model, fields=False)]
    right = any(abs(got - each) <= max(NEAR * each, 1) for each in want)
    result.counts["sized"] += 1
    result.counts["sized_right"] += right
    if not right:
        result.notes["prompt size differs"].append(f"{place}: {at[0]}:{at[1]} {got} tokens, read {want[0]}")


@cache
def _tree(path: Path) -> ast.Module | None:
    try:
        return ast.parse(path.read_text("utf-8"))
    except (SyntaxError, UnicodeDecodeError, ValueError):
        return None


def _texts(path: Path) -> Iterator[ast.expr]:
    tree = _tree(path)
    for node in ast.walk(tree) if tree is not None else ():
        if isinstance(node, (ast.Constant, ast.JoinedStr, ast.BinOp, ast.List, ast.Tuple, ast.Dict)):
            yield node


def _within(folder: Path, label: tuple[str, int], other: tuple[str, int], described: bool = False) -> bool:
    """Whether the other place lies in the text, or in the literal around it, that begins at the label's line.

    `described`: a tool or a schema, which is one source with the whole statement or class that says it.
    """
    if label[0] != other[0] or not label[0].endswith(".py"):
        return False
    nodes = list(_texts(folder / label[0]))
    spans = [(node.lineno, node.end_lineno or node.lineno) for node in nodes if node.lineno == label[1]]
    if described:
        tree = _tree(folder / label[0])
        kinds = (ast.Assign, ast.AnnAssign, ast.Return, ast.Expr, ast.ClassDef, ast.FunctionDef)
        around = (node for node in ast.walk(tree) if isinstance(node, kinds)) if tree is not None else ()
        holding = [(node.lineno, node.end_lineno or node.lineno) for node in around if node.lineno <= label[1] <= (node.end_lineno or 0)]
        spans += sorted(holding, key=lambda span: span[1] - span[0])[:1]
    return any(start <= other[1] <= end for start, end in spans)


def _worded(folder: Path, at: tuple[str, int]) -> bool:
    """Whether what stands at a place has words enough to be a source."""
    if not at[0].endswith(".py"):
        return True
    tree = _tree(folder / at[0])
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    if tree is not None and any(isinstance(node, kinds) and node.lineno == at[1] for node in ast.walk(tree)):
        return True  # a schema, which is told at its class or function
    here = (node for node in _texts(folder / at[0]) if node.lineno <= at[1] <= (node.end_lineno or node.lineno))
    return any(len(re.findall(r"[^\W\d_]+(?:['’][^\W\d_]+)*", _unfielded(static(node).replace(HOLE, " ")))) >= WORDS for node in here)


def _tokens(text: str, model: str | None) -> int:
    size = tokens.count(text, model)
    return int(size.likely if size.likely is not None else size.low)


def _filled(text: str, model: str | None, *, fields: bool = True) -> int:
    """What a text adds to a request beside what fills it: each hole, and each field, is filled with a word of one token."""
    filled = text.replace(HOLE, "value")
    holes = text.count(HOLE)
    try:
        parts = list(string.Formatter().parse(filled)) if fields else []
    except ValueError:
        parts = []
    if parts:
        holes += sum(1 for _, name, *_ in parts if name is not None)
        filled = "".join(said + ("value" if name is not None else "") for said, name, *_ in parts)
    return _tokens(filled, model) - _tokens(" value" * holes, model)


def longest(path: Path, line: int) -> str:
    """The longest text that begins at a line, with a mark for each hole."""
    if path.suffix != ".py":
        return path.read_text("utf-8") if line == 1 else ""
    return max((static(node) for node in _texts(path) if node.lineno == line), key=len, default="")


def literals(path: Path, line: int) -> list[str]:
    """The static text that begins at a line, as written and in the forms that code may make of it."""
    said = longest(path, line).replace(HOLE, "")
    if path.suffix != ".py" or not said:
        return [said] if said else []
    forms = [said, textwrap.dedent(said), said.strip(), textwrap.dedent(said).strip(), inspect.cleandoc(said), _unfielded(said)]
    return list(dict.fromkeys(form for form in forms if form))


def static(node: ast.expr) -> str:
    """The text of a literal, with a mark in place of each hole; of added ones together."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else HOLE for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return static(node.left) + static(node.right)
    return ""


def _unfielded(text: str) -> str:
    try:
        return "".join(said for said, *_ in string.Formatter().parse(text))
    except ValueError:
        return text


def summary(counts: Mapping[str, int]) -> str:
    """One line for people."""
    return (
        f"prompt sources: {counts['sources_found']} of {counts['sources']} labelled found, {counts['sources_beyond']} beyond the"
        f" labels; {counts['sized_right']} of {counts['sized']} sizes within 2 % (or one token); whether there is static text is"
        f" right for {counts['prompt_state_right']} of {counts['prompt_states']} calls"
    )

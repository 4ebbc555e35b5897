"""What must hold of the reader for any source: formatting is no matter to it, and nothing it is given makes it crash."""

from __future__ import annotations

import ast
import random
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costgate.gate import report_of_files
from costgate.model.prompt import Text
from costgate.model.value import Known, Unknown

ROOT = Path(__file__).parents[2]
_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_IMPORTS = re.compile(r"\A((?:(?:import|from) [^\n(]*\n)+)")


def sources() -> list[str]:
    """The code of the pages that specify the reader, as far as this interpreter parses it too."""
    pages = (ROOT / "tests" / "read" / "cases").glob("*.md")
    blocks = [block for page in sorted(pages) for block in _BLOCK.findall(page.read_text(encoding="utf-8"))]
    return [block for block in blocks if parsed(block) and "# reads:" in block]


def parsed(source: str) -> bool:
    try:
        ast.parse(source)
    except SyntaxError:
        return False
    return True


SOURCES = sources()
REAL = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "costgate" / "read").glob("*.py"))] + SOURCES
"""Real modules to break; the reader's own are as long and as varied as any."""


def calls_of(source: str) -> list[Any]:
    measured, _ = report_of_files({"app.py": source})
    return sorted(measured.reading.calls, key=lambda site: site.key)  # type: ignore[union-attr]


def told(source: str) -> list[Any]:
    """Everything that is read of a source, but places, and the words that stand in it."""
    return [
        (
            site.key,
            site.kind,
            site.provider,
            site.counted,
            site.via,
            {role: plain(value) for role, value in site.args.items()},
            [(layer.what, layer.attempts, layer.unbounded) for layer in site.retries],
            [(loop.kind, loop.bound) for loop in site.context.loops],
            "".join(part.text if isinstance(part, Text) else "{}" for part in site.prompt.segments) if site.prompt else None,
        )
        for site in calls_of(source)
    ]


def plain(value: Any) -> Any:
    if isinstance(value, Known):
        return sorted(map(str, value.values)), value.origin
    return "unknown" if isinstance(value, Unknown) else "absent"


def spaced(source: str, chance: random.Random) -> str:
    """The same code with blank lines, comments and trailing blanks put in where they mean nothing."""
    lines = []
    for line in source.split("\n"):
        kind = chance.randrange(6)
        lines += {0: [""], 1: ["# a remark, OpenAI().responses.create(model='x', input='y')"]}.get(kind, [])
        lines.append(line + "  # said" if kind == 2 and "#" not in line and line.strip() else line + " " if kind == 3 else line)
    return "\n".join(lines)


def shuffled(source: str, chance: random.Random) -> str:
    """The same code with the imports at its top in another order."""
    found = _IMPORTS.match(source)
    if found is None or "__future__" in found.group(1):
        return source
    lines = found.group(1).splitlines(keepends=True)
    chance.shuffle(lines)
    return "".join(lines) + source[found.end() :]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.sampled_from(SOURCES), st.randoms(use_true_random=False))
def test_blanks_comments_and_the_order_of_imports_change_nothing(source: str, chance: random.Random) -> None:
    changed = spaced(source, chance)
    if parsed(changed) and ast.dump(ast.parse(changed)) == ast.dump(ast.parse(source)):
        assert told(changed) == told(source)
    assert told(shuffled(source, chance)) == told(source)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.sampled_from(SOURCES))
def test_another_style_of_writing_the_same_changes_nothing(source: str) -> None:
    assert told(ast.unparse(ast.parse(source))) == told(source)


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.sampled_from(REAL), st.randoms(use_true_random=False))
def test_broken_source_is_read_as_far_as_it_goes(source: str, chance: random.Random) -> None:
    calls_of("import openai\n" + broken(source, chance))


def broken(source: str, chance: random.Random) -> str:
    """A source with pieces cut out, put elsewhere, doubled, or replaced by what does not belong there."""
    start = chance.randrange(max(len(source) - 6000, 1))
    text = source[start : start + 6000]
    for _ in range(chance.randrange(1, 12)):
        at, length = chance.randrange(len(text) + 1), chance.randrange(40)
        piece = text[at : at + length]
        odd = chance.choice(["", piece + piece, "\x00", "\\", '"""', "(", "]}", "**", "é😀", ":=", "\t", "lambda *", "\r", "f'{", "@", ";"])
        text = text[:at] + odd + text[at + length :]
        other = chance.randrange(len(text) + 1)
        text = text[:other] + piece + text[other:] if chance.randrange(3) == 0 else text
    return text


ODD = (
    "(" * 5000 + "1" + ")" * 5000, "not " * 40000 + "1", "x" + ".a" * 20000, "lambda: " * 3000 + "1", " and ".join(["x"] * 5000), "x(" * 3000 + ")" * 3000,
    " - ".join(["'a'"] * 4000), "[" * 3000 + "]" * 3000, "- " * 3000 + "1",
    "9" * 5000, "0x" + "f" * 9000, "1e999", "-" * 3000 + "1", "not " * 3000 + "x", "(" * 150 + "1" + ")" * 150, "[" * 150 + "]" * 150,
    "x" + ".a" * 2000, "x" + "[0]" * 1500, "x" + "(1)" * 1500, "f(" * 150 + ")" * 150, " + ".join(["'a'"] * 4000), " if x else ".join(["y"] * 500),
    "'%s' % " * 300 + "x", "f'{x!r:{y}}'", "f'{'", "'\\ud800'", "'\\N{NULL}'", "b'\\xff'", "lambda: (yield)", "*x", "**x", "(x := x)", "...",
    "int('²')", "int('1' * 5000)", "int(1e99999999999)", "int(float('nan'))", "float('inf')", "-1e-999999", "1e999 * 1e999", "1e999 - 1e999",
    "round(1e999)", "'{²}'.format(1)", "'{99999999999}'.format(1)", "'" + "{}" * 2000 + "'.format(1)", "range(10**30)", "max(1e999, 2)", "1 % 0",
    "1 / 0", "1 // 0", "0 ** -1", "'a' * -5", "'abc'[10**20]", "'abc'[::0]", "[1][10**20:]", "[1][-9]", "()[0]", "{}[0]", "{1: 2}[[]]", "'%d' % '²'",
    "'%(' % x", "'%*d' % (5, 3)", "'{0[}'.format(x)", "'{!}'.format(x)", "'{'.format()", "sum([])", "max()", "min([])", "str(10**5000)", "len(5)",
    "'a'.join(5)", "'a'.join(['b'] * 10**9)", "dict(1)", "dict([1])", "list(5)", "int([])", "int('5', 99)", "'a'.replace('', 'b')", "'x'.center(10**9)",
    "'x'.zfill(10**9)", "'x'.ljust(10**9)", "os.path.join(5, 'a')", "os.environ[5]", "''.split('')", "'a'.split(None, -1)", "'a'.partition('')",
    "'{a}'.format(*5)", "'a'.format(**5)", "getattr(x, 5)", "isinstance(5, 5)", "open(5).read()", "Path('\\0').read_text()", "open('a' * 9999).read()",
    "{**{}, **x}", "[*x for x in x]", "await x", "'a' * 10**9", "10**10**10", "'{0.__class__}'.format(x)", "'{' * 9", "1 << 10**9", "'\\0'",
)  # fmt: skip
PLACES = (
    "create(model={})", "create(model='gpt-4o', input={})", "create(model='gpt-4o', input=['a', {}], max_output_tokens={})",
    "create(**{{'model': 'gpt-4o', 'a': {}}})", "create(model='gpt-4o', input=f'a {{{}}} b')", "create(model=X, input='a'.format({}))",
)  # fmt: skip


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd[:12])
def test_no_expression_in_place_of_a_value_makes_it_crash(odd: str) -> None:
    """Six files, each of which has it somewhere else."""
    head = "import os\nfrom pathlib import Path\nfrom openai import OpenAI\nX = {}\nclient = OpenAI(max_retries={})\n\n\ndef ask(q={}):\n    for _ in range({}):\n        client.responses."
    plain = "import os\nfrom pathlib import Path\nfrom openai import OpenAI\nclient = OpenAI()\nX = 'x'\nclient.responses."
    files = {f"app{number}.py": (plain + place + "\n").replace("{}", odd) for number, place in enumerate(PLACES)}
    files = {path: text.replace("{{", "{").replace("}}", "}") for path, text in files.items()}
    files["whole.py"] = (head + "create(model={}, input={})\n").replace("{}", odd)
    measured: Any = report_of_files(files)[0]
    assert measured.reading.files == len(files)

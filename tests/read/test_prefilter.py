"""The scan for names: what it finds is what one expression of all of them would."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costgate.read import prefilter
from costgate.read.mentions import Mentions
from costgate.read.modules import Project
from costgate.read.prefilter import Scan
from costgate.store.trees import FilesTree

WORDS, PLAIN, CALLED, ENDED = ("openai", "open", "ai_x"), ("from google import", "/v1/chat"), (".create", ".c", ".create.x"), ("/emb", "/embed")
EXPRESSION = re.compile(
    rb"\b(?:openai|open|ai_x)\b|from google import|/v1/chat|\.create\s*\(|\.c\s*\(|\.create\.x\s*\(|/emb/?[\"'?]|/embed/?[\"'?]"
)
PARTS = [*WORDS, *PLAIN, *CALLED, *ENDED, "(", ")", " ", "\n", "/", '"', "?", "_", "a", ".", "é", "\x00", "create"]


@given(st.lists(st.sampled_from(PARTS), max_size=12), st.integers(0, 30), st.integers(0, 60) | st.none())
def test_it_finds_what_an_expression_finds(parts: list[str], start: int, end: int | None) -> None:
    data = "".join(parts).encode()
    data = data[:end]
    assert Scan(WORDS, PLAIN, CALLED, ENDED).search(data, start) is (EXPRESSION.search(data[start:]) is not None)
    assert Scan(WORDS, PLAIN, CALLED, ENDED).search(data + b"xxx", 0, len(data)) is (EXPRESSION.search(data) is not None)


MODULES = ("together", "to", "google.genai")
IMPORTED = [
    *MODULES, "import", "from", "import_module", " ", "\n", "\t", "\r\n", "(", ")", ",", "\\", '"', "'", " as t", ".", "_", " " * 401,
    "# ", "é", "/v1/chat", "api.x.com", "v1/emb", "x", "alias",
]  # fmt: skip


@given(st.lists(st.sampled_from(IMPORTED), max_size=14))
def test_what_passes_over_many_files_quickly_decides_nothing(parts: list[str]) -> None:
    data = "".join(parts).encode()
    slow, quick = (
        Scan(words=("alias",), plain=("/v1/chat", "api.x"), called=(".to", "alias"), ended=("v1/emb",), modules=MODULES)
        for _ in range(2)
    )
    quick.search(bytes(prefilter._PAYS + 1))
    assert quick._hints is not None and slow._hints is None
    assert quick.search(data) is slow.search(data)


@pytest.mark.parametrize("line", [b"import to " * 200_000, b"from " * 400_000, b"import(" + b" " * 2_000_000, b"class " * 300_000])
def test_a_line_without_end_takes_no_longer_than_as_many_short_ones(line: bytes) -> None:
    scan = Scan(modules=("together",), plain=("/v1/chat",))
    scan.search(bytes(prefilter._PAYS + 1))
    assert not scan.search(line)
    tree = FilesTree({"a.py": line, "b.py": b"class B(A): pass"})
    project = Project(frozenset({"a.py", "b.py"}), lambda path: None)
    assert Mentions(project, tree.read).extending("A") == ["b.py"]


@pytest.mark.parametrize("before", [0, 1, 5, 9, 10, 11])
def test_what_lies_across_pieces_is_found(monkeypatch: pytest.MonkeyPatch, before: int) -> None:
    monkeypatch.setattr(prefilter, "_PIECE", 10)
    scan = Scan(words=("openai",), called=(".create",))
    assert scan.search(b"\n" * before + b"openai")
    assert scan.search(b"\n" * before + b".create" + b" " * 40 + b"(")
    assert not scan.search(b"\n" * before + b"openair")
    assert not scan.search(b"\n" * before + b"_openai")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("bot.converse()", False),
        ("bot.converse(\n    )", False),
        ("bot.converse", False),
        ("bot.converse(**request)", True),
        ("bot.converse(  # of today\n    modelId=m)", True),
    ],
)
def test_what_has_to_be_given_something_is_none_without(text: str, found: bool) -> None:
    assert Scan(given=(".converse",)).search(text.encode()) is found


def test_nothing_is_found_where_nothing_is_looked_for() -> None:
    assert not Scan().search(b"openai")


@pytest.mark.parametrize(
    "text",
    [
        "import together",
        "import os, together as t",
        "from together import Together",
        "from together.types import X",
        "try: import together",
        "x = 1; import together",
        "from providers import together",
        "from providers import (\n    openai,\n    together,\n)",
        "from providers import (\n    together as t)",
        "import os, \\\n    together",
        "import_module('together')",
        'client: "together.Together"',
        ">>> from together import Together",
        r'{"source": "import os\\nimport together"}',
    ],
)
def test_a_module_counts_where_it_is_imported(text: str) -> None:
    assert Scan(modules=("together",)).search(text.encode())


@pytest.mark.parametrize(
    "text", ["# put them together", '"""Taken together, they\nare together more.\n"""', "together = 1", "altogether", "import together_x"]
)
def test_a_module_that_is_an_english_word_does_not_count_elsewhere(text: str) -> None:
    assert not Scan(modules=("together",)).search(text.encode())

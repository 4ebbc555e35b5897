"""What the bytes of a file say of names, by kind."""

from __future__ import annotations

import pytest

from costgate.gate import knowledge
from costgate.model.tree import NoCache
from costgate.read.link import read_tree
from costgate.read.words import CALLED, EXTENDED, HANDED, IMPORTED, KINDS, QUEUED, RENAMED, SET, are_words, words_of
from costgate.store.trees import FilesTree

BAML = 'function Sum(text: string) -> string {\n  client "openai/gpt-4o-mini"\n  prompt #"Sum up {{ text }}"#\n}\n'


@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [
        (SET, "a.b.c = 1\nself.d = 2\nx == y.e\n  f.g: int = 3\n", "c g"),
        (EXTENDED, "class A(B, c.D[E]):\n    pass\nclass F:\n    pass\n", "B D E c"),
        (CALLED, "a(b . c (1))\nd\n", "a c"),
        (IMPORTED, "from a.b import c as d, e\n", "c d e"),
        (IMPORTED, "    from a import (c,\n  # f\n  d)\ng = 1\n", "c d f"),
        (IMPORTED, "from a import c, \\\n    d\ne = 1\n", "c d"),
        (IMPORTED, "import a.b as c, d\nimport\te\n", "a b c d e"),
        (IMPORTED, "important = 1\nx = 'import y'\n", ""),
        (IMPORTED, "from .a import(b)\n", "b"),
        (HANDED, "pool.submit(a.b, c)\nThread(target=d)\nmap(None, e, f)\nmap(partial(g, x), h)\n", "b c d e f g x"),
        (HANDED, "submit(a())\nsubmit\n", ""),
        (QUEUED, "a.b.delay(1)\ndelay(c)\n", "b"),
        (RENAMED, "from a import b as c\nmine = partial(x.ask, 1)\n", "ask:mine b:c"),
    ],
)
def test_words_of_a_kind(kind: int, code: str, words: str) -> None:
    assert sorted(words_of(code.encode())[kind].split()) == words.split()


@pytest.mark.parametrize("code", ["", "class", "import", "from a import (", "(", "partial(", "as", "class A(", "é(é)"])
def test_what_ends_early_is_no_harm(code: str) -> None:
    found = words_of(code.encode())
    assert are_words(found) == found


@pytest.mark.parametrize("kept", [None, [], [""] * (KINDS - 1), ["é", *[""] * (KINDS - 1)], [*[""] * (KINDS - 1), "ask"], [1] * KINDS])
def test_what_is_odd_is_no_words(kept: object) -> None:
    assert are_words(kept) is None


def _read(files: dict[str, str]) -> tuple[int, list[tuple[str, int]]]:
    found = read_tree(FilesTree(files), {**knowledge(NoCache(), ()), "aliases": {}}, NoCache())
    return found.read, [(each.span.path, each.span.line) for each in found.calls]


def test_an_import_that_is_called_like_a_generated_client_is_not_read_where_none_is() -> None:
    letters = {"alphabet/__init__.py": "", "alphabet/abc.py": "b = 1\n", "alphabet/use.py": "from alphabet.abc import b\nb.Sum(1)\n"}
    assert _read(letters) == (0, [])
    assert _read({**letters, "app.py": "from openai import OpenAI\nOpenAI().responses.create(model='gpt-4.1', input='x')\n"})[1] == [("app.py", 2)]


@pytest.mark.parametrize("client", [{}, {"app/baml_client/__init__.py": "from .sync_client import b\n", "app/baml_client/sync_client.py": "b = make()\n"}])
def test_a_generated_client_is_followed_through_a_file_between(client: dict[str, str]) -> None:
    files = {
        "app/__init__.py": "",
        "app/llm.py": "from app.baml_client import b\n" if client else "from baml_client import b\n",
        "app/use.py": "from app.llm import b\nb.Sum('text')\n",
        "baml_src/sum.baml": BAML,
    }
    assert _read({**files, **client})[1] == [("app/use.py", 2)]

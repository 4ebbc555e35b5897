"""Which files a change reaches: one tie of each kind, and what makes everything be read."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from costgate.gate import changed_paths, knowledge
from costgate.model.tree import NoCache
from costgate.read.focus import Focus, focus_of
from costgate.store.trees import FilesTree

KNOWN = {**knowledge(NoCache()), "aliases": {}}
FILES: Mapping[str, str] = {
    "app/values.py": "MODEL = 'gpt-4o'\n",
    "app/again.py": "from app.values import MODEL\n",
    "app/last.py": "import app.again\n",
    "app/package/__init__.py": "",
    "app/package/inner.py": "A = 1\n",
    "app/named.py": "from app import package\nprint(package.inner.A)\n",
    "app/base.py": "class Base:\n    model = None\n",
    "app/heir.py": "from app.base import Base\nclass Heir(Base):\n    model = 'gpt-4o'\n",
    "app/typed.py": "from app.base import Base\ndef use(base: Base): ...\n",
    "app/held.py": "class Held:\n    def setup(self): ...\nheld = Held()\n",
    "app/given.py": "from app.held import held\n",
    "app/sets.py": "from app.given import held as mine\nother = mine\nother.model = 'gpt-4o'\n",
    "app/of_class.py": "class Client:\n    @classmethod\n    def setup(cls, model):\n        cls.model = model\n",
    "app/calls.py": "from app.of_class import Client\nClient.setup('gpt-4o')\n",
    "app/wrapper.py": "def ask(text): ...\n",
    "app/asks.py": "from app.wrapper import ask\nask('this')\n",
    "app/asks_too.py": "from app.wrapper import ask\nask('that')\n",
    "app/object.py": "from langchain_openai import ChatOpenAI\nchat = ChatOpenAI()\n",
    "app/talks.py": "from app.object import chat\nchat.invoke('a')\n",
    "app/talks_too.py": "from app.object import chat\nchat.invoke('b')\n",
    "prompts/part.j2": "Part.\n",
    "prompts/main.j2": "{% include 'part.j2' %}\n",
    "app/opens.py": "TEXT = open('prompts/main.j2').read()\n",
    "app/computes.py": "def text(name): return open(f'prompts/{name}.j2').read()\n",
    "app/apart.py": "import os\n",
    "requirements.txt": "openai==2.0\n",
    ".env.example": "MODEL=gpt-4o\n",
    "proxy.yaml": "model_list: []\n",
    "app/tunes.py": "import dspy\ndspy.configure(lm=None)\n",
}


def reach(*paths: str) -> Focus | None:
    before, head = FilesTree(dict(FILES)), FilesTree({**FILES, **{path: f"{FILES[path]}\n# more\n" for path in paths}})
    return focus_of((before, head), changed_paths(before, head), (), KNOWN)


@pytest.mark.parametrize(
    ("path", "files"),
    [
        ("app/apart.py", {"app/apart.py"}),
        ("app/values.py", {"app/values.py", "app/again.py", "app/last.py"}),
        ("app/package/inner.py", {"app/package/inner.py", "app/package/__init__.py", "app/named.py"}),
        ("app/heir.py", {"app/heir.py", "app/base.py", "app/typed.py"}),
        ("app/sets.py", {"app/sets.py", "app/held.py", "app/given.py"}),
        ("app/calls.py", {"app/calls.py", "app/of_class.py"}),
        ("app/asks.py", {"app/asks.py", "app/wrapper.py"}),
        ("app/talks.py", {"app/talks.py", "app/object.py", "app/talks_too.py"}),
        ("prompts/part.j2", {"app/opens.py", "app/computes.py"}),
    ],
)
def test_what_a_change_reaches(path: str, files: set[str]) -> None:
    found = reach(path)
    assert found is not None and found.files == files


def test_where_something_may_stand_that_is_asked_for() -> None:
    found = reach("app/asks.py")
    assert found is not None and "app/asks_too.py" in found.around - found.files


@pytest.mark.parametrize("path", ["requirements.txt", ".env.example", "proxy.yaml", "app/tunes.py"])
def test_what_reaches_everything(path: str) -> None:
    assert reach(path) is None


def test_both_sides_are_asked() -> None:
    before = {"a.py": "from b import X\n", "b.py": "X = 1\n", "c.py": "import a\n"}
    after = {"a.py": "X = 2\n", "b.py": "X = 1\n", "c.py": "import a\n"}
    for one, other in ((before, after), (after, before)):
        trees = FilesTree(one), FilesTree(other)
        found = focus_of(trees, changed_paths(*trees), (), KNOWN)
        assert found is not None and found.files == {"a.py", "b.py", "c.py"}
    gone = FilesTree(before), FilesTree({"b.py": "X = 1\n", "c.py": "import a\n"})
    found = focus_of(gone, changed_paths(*gone), (), KNOWN)
    assert found is not None and "c.py" in found.files

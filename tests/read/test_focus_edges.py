"""Which files a change reaches: one tie of each kind, and what makes everything be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costgate.gate import changed_paths, knowledge
from costgate.gate.focused import focus_of_files
from costgate.model.config import Config
from costgate.model.setting import Setting
from costgate.model.tree import Entry, NoCache
from costgate.read import ties
from costgate.read.focus import Focus, focus_of
from costgate.read.imports import imports_of
from costgate.read.ties import Ties
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


SDK = "import openai\n"
"""Said in front of every file, so that each can hold a call."""


def reach(*paths: str, files: Mapping[str, str] = FILES, first: str = SDK) -> Focus | None:
    files = {path: first + text if path.endswith(".py") else text for path, text in files.items()}
    before, head = FilesTree(files), FilesTree({**files, **{path: f"{files[path]}\n# more\n" for path in paths}})
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
    before = {"a.py": "import openai\nfrom b import X\n", "b.py": "import openai\nX = 1\n", "c.py": "import openai, a\n"}
    after = {**before, "a.py": "import openai\nX = 2\n"}
    for one, other in ((before, after), (after, before)):
        trees = FilesTree(one), FilesTree(other)
        found = focus_of(trees, changed_paths(*trees), (), KNOWN)
        assert found is not None and found.files == {"a.py", "b.py", "c.py"}
    gone = FilesTree(before), FilesTree({path: text for path, text in before.items() if path != "a.py"})
    found = focus_of(gone, changed_paths(*gone), (), KNOWN)
    assert found is not None and "c.py" in found.files


HOLDING: Mapping[str, str] = {
    "changed.py": "import plain, sdk, told, lower, holder, talker, over, late, sent, post, weak, alike, far\nVALUE = 1\n",
    "plain.py": "import json\n# openai\ndef run(text): return json.loads(text)\n",
    "sdk.py": "from langchain_openai import ChatOpenAI\nchat = ChatOpenAI()\n",
    "told.py": "from sdk import chat\ndef tell(text): chat.invoke(text)\n",
    "lower.py": "class Lower:\n    def go(self): self.chat.invoke('a')\n",
    "higher.py": "from lower import Lower\nfrom sdk import chat\nclass Higher(Lower):\n    chat = chat\n",
    "holder.py": "class Holder:\n    def __init__(self, chat): self.chat = chat\n",
    "builder.py": "from holder import Holder\nfrom sdk import chat\nheld = Holder(chat)\n",
    "talker.py": "from holder import Holder\ndef talk(holder: Holder): holder.chat.invoke('a')\n",
    "over.py": "class Over: ...\nover = Over()\n",
    "setter.py": "from over import over\nfrom sdk import chat\nover.chat = chat\n",
    "late.py": "from importlib import import_module\nNAME = 'openai'\ndef get(): return import_module(NAME).OpenAI()\n",
    "address.py": "URL = 'https://api.openai.com/v1/chat/completions'\n",
    "post.py": "import requests\nfrom address import URL\ndef ask(text, key='openai'): requests.post(URL, json=text)  # openai\n",
    "sent.py": "def guess(client, text): client.chat.completions.create(model='a', messages=text)\n",
    "weak.py": "import outside\nWORDS = ('for/stream', 'for')\n",
    "alike.py": "from google.appengine.api import urlfetch\nfrom importlib import import_module\nT = {'oci': 'huggingface_hub.Files'}\n",
    "far.py": "import json\n",
}


def test_what_can_hold_a_call() -> None:
    found = reach("changed.py", files=HOLDING, first="")
    assert found is not None
    followed = found.files - {"changed.py"}
    assert followed == {"sdk.py", "told.py", "lower.py", "higher.py", "holder.py", "builder.py", "talker.py", "over.py", "setter.py"} | {
        "late.py", "address.py", "post.py", "sent.py",
    }


@pytest.mark.parametrize(
    ("path", "lead"),
    [("told.py", "sdk.py"), ("lower.py", "higher.py"), ("talker.py", "builder.py"), ("over.py", "setter.py"), ("post.py", "address.py")],
)
def test_what_gives_it_something_to_call(path: str, lead: str) -> None:
    files = {each: text for each, text in HOLDING.items() if each != lead}
    if lead == "sdk.py":
        files |= {"sdk.py": "chat = None\n"}
    with_it, without = (reach("changed.py", files=each, first="") for each in (HOLDING, files))
    assert with_it is not None and path in with_it.files
    assert without is not None and path not in without.files


@pytest.mark.parametrize(
    ("more", "sends"),
    [
        ({"outside.py": "import httpx\n"}, True),
        ({"outside.py": "def go(client): client.post('/')\n"}, True),
        ({"user.py": "from weak import WORDS\nimport httpx\n"}, True),
        ({"user.py": "from weak import Base\nimport inner\nclass Heir(Base): ...\n", "inner.py": "import httpx\n"}, True),
        ({"user.py": "from weak import Base\nimport inner\nclass Heir: ...\n", "inner.py": "import httpx\n"}, False),
        ({}, False),
    ],
)
def test_an_address_that_others_have_too_counts_where_something_is_sent(more: Mapping[str, str], sends: bool) -> None:
    weak = "import outside\nWORDS = ('for/stream', 'for')\nclass Base: ...\n"
    found = reach("changed.py", files={**HOLDING, "weak.py": weak, **more}, first="")
    assert found is not None and ("weak.py" in found.files) is sends


TIES: tuple[tuple[str, str, str, Mapping[str, str]], ...] = (
    ("what a method sets on its class", "calls.py", "sends.py", {
        "client.py": "class Client:\n    @classmethod\n    def setup(cls, model):\n        cls.model = model\n",
        "calls.py": "from client import Client\nClient.setup('gpt-4o')\n",
        "sends.py": "from client import Client\nprint(Client.model)\n",
    }),
    ("the same, passed on", "calls.py", "sends.py", {
        "client.py": "class Client:\n    @classmethod\n    def setup(cls, model):\n        cls.model = model\n",
        "gives.py": "from client import Client\n",
        "calls.py": "from gives import Client as Mine\nMine.setup('gpt-4o')\n",
        "sends.py": "from client import Client\nprint(Client.model)\n",
    }),
    ("what is set on an object, passed on twice", "sets.py", "reads.py", {
        "held.py": "class Held: ...\nheld = Held()\n",
        "gives.py": "from held import held\n",
        "again.py": "from gives import held\n",
        "sets.py": "from again import held as mine\nmine.model = 'gpt-4o'\n",
        "reads.py": "from held import held\nprint(held.model)\n",
    }),
    ("what is set by name", "sets.py", "reads.py", {
        "held.py": "class Held: ...\nheld = Held()\n",
        "sets.py": "from held import held\nsetattr(held, 'model', 'gpt-4o')\n",
        "reads.py": "from held import held\nprint(held.model)\n",
    }),
    ("what is set on another name of it", "sets.py", "reads.py", {
        "held.py": "class Held: ...\nheld = Held()\n",
        "sets.py": "from held import held\nother: object = held\nother.model = 'gpt-4o'\n",
        "reads.py": "from held import held\nprint(held.model)\n",
    }),
    ("what is set on it in a with", "sets.py", "reads.py", {
        "held.py": "class Held: ...\nheld = Held()\n",
        "sets.py": "from held import held\nwith held as other:\n    other.model = 'gpt-4o'\n",
        "reads.py": "from held import held\nprint(held.model)\n",
    }),
    ("an heir of all that is imported", "heir.py", "typed.py", {
        "base.py": "class Base: ...\n",
        "heir.py": "from base import *\nclass Heir(Base): ...\n",
        "typed.py": "from base import Base\n",
    }),
    ("an heir of a module's class", "heir.py", "typed.py", {
        "base.py": "class Base: ...\n",
        "heir.py": "import base\nclass Heir(base.Base): ...\n",
        "typed.py": "from base import Base\n",
    }),
    ("an heir of another name", "heir.py", "typed.py", {
        "base.py": "class Base: ...\n",
        "heir.py": "from base import Base as Other\nclass Heir(Other): ...\n",
        "typed.py": "from base import Base\n",
    }),
    ("what builders hand in", "builds.py", "typed.py", {
        "holder.py": "class Holder:\n    def __init__(self, chat): self.chat = chat\n",
        "builds.py": "from holder import Holder\nHolder(None)\n",
        "typed.py": "from holder import Holder\n",
    }),
    ("the same, passed on", "builds.py", "typed.py", {
        "holder.py": "class Holder:\n    def __init__(self, chat): self.chat = chat\n",
        "gives.py": "from holder import Holder\n",
        "builds.py": "from gives import Holder\nHolder(None)\n",
        "typed.py": "from holder import Holder\n",
    }),
    ("a module deep in a package", "app/one/two/inner.py", "names.py", {
        "app/__init__.py": "", "app/one/__init__.py": "", "app/one/two/__init__.py": "", "app/one/two/inner.py": "A = 1\n",
        "names.py": "import app\nprint(app.one.two.inner.A)\n",
    }),
    ("a package that may give out another thing", "app/__init__.py", "names.py", {
        "app/__init__.py": "", "app/inner.py": "def inner(): ...\n", "names.py": "from app.inner import inner\n",
    }),
    ("the package around", "app/__init__.py", "app/deep/names.py", {
        "app/__init__.py": "A = 1\n", "app/deep/__init__.py": "", "app/deep/names.py": "from .. import A\n",
    }),
    ("the folder around", "__init__.py", "names.py", {"__init__.py": "A = 1\n", "names.py": "from . import A\n"}),
    ("a package that lies elsewhere", "services/lib/__init__.py", "tools/names.py", {
        "services/lib/__init__.py": "A = 1\n", "tools/names.py": "from lib import A\n",
    }),
    ("a module of a package that lies elsewhere", "services/lib/inner.py", "tools/names.py", {
        "services/lib/__init__.py": "", "services/lib/inner.py": "A = 1\n", "tools/names.py": "from lib import inner\n",
    }),
    ("a neighbour", "app/inner.py", "app/names.py", {"app/inner.py": "A = 1\n", "app/names.py": "from inner import A\n"}),
    ("a relative neighbour", "app/inner.py", "app/deep/names.py", {"app/inner.py": "A = 1\n", "app/deep/names.py": "from ..inner import A\n"}),
    ("a module that is imported by name", "inner.py", "names.py", {
        "inner.py": "A = 1\n", "names.py": "from importlib import import_module\nimport_module('inner')\n",
    }),
    ("an import in a line of its own kind", "inner.py", "names.py", {"inner.py": "A = 1\n", "names.py": "if True: import inner\n"}),
    ("a file of data that another one brings in", "parts/b.txt", "opens.py", {
        "parts/b.txt": "B\n", "parts/a.txt": "see b.txt\n", "first.txt": "see a.txt\n", "opens.py": "open('first.txt')\n",
    }),
    ("a file whose name is put together", "prompts/main.j2", "opens.py", {
        "prompts/main.j2": "A\n", "opens.py": "def get(name): return open(f'{name}.j2')\n",
    }),
    ("a file without its suffix", "prompts/summary_prompt.txt", "opens.py", {
        "prompts/summary_prompt.txt": "A\n", "opens.py": "get('summary_prompt')\n",
    }),
    ("code that is read as text", "inner.py", "opens.py", {"inner.py": "A = 1\n", "opens.py": "open('inner.py')\n"}),
    ("code of a folder beside", "app/a/inner.py", "app/b/opens.py", {"app/a/inner.py": "A = 1\n", "app/b/opens.py": "open('app/a/inner.py')\n"}),
    ("code below", "app/a/inner.py", "opens.py", {"app/a/inner.py": "A = 1\n", "opens.py": "open(ROOT / 'app' / 'a' / 'inner.py')\n"}),
    ("code above", "inner.py", "app/b/opens.py", {"inner.py": "A = 1\n", "app/b/opens.py": "open(ROOT / 'inner.py')\n"}),
    ("code of a folder that is filled in", "app/a/inner.py", "b/opens.py", {
        "app/a/inner.py": "A = 1\n", "b/opens.py": "open(f'app/{name}/' 'inner.py')\n",
    }),
    ("code of a folder that is filled in at its end", "app_1/inner.py", "b/opens.py", {
        "app_1/inner.py": "A = 1\n", "b/opens.py": "open(f'app_{name}/' + 'inner.py')\n",
    }),
    ("code of a folder that is filled in beside", "app/a/inner.py", "app/b/opens.py", {
        "app/a/inner.py": "A = 1\n", "app/b/opens.py": "open(Path('app') / name / 'inner.py')\n",
    }),
    ("code of a folder that another file says", "app/inner.py", "b/opens.py", {
        "app/inner.py": "A = 1\n", "b/opens.py": "from b.folders import APP\nopen(APP + '/inner.py')\n", "b/folders.py": "APP = 'app'\n",
    }),
    ("code of a folder that a caller says", "app/inner.py", "b/opens.py", {
        "app/inner.py": "A = 1\n", "b/opens.py": "def get(folder): return open(folder / 'inner.py')\n", "c.py": "from b.opens import get\nget('app')\n",
    }),
)  # fmt: skip


@pytest.mark.parametrize(("changed", "reader", "files"), [pytest.param(*each, id=f"{what}, {at}") for at, (what, *each) in enumerate(TIES)])
def test_a_tie_of_each_kind(changed: str, reader: str, files: Mapping[str, str]) -> None:
    found = reach(changed, files={**files, "apart.py": "A = 2\n"})
    assert found is not None and reader in found.files and "apart.py" not in found.files | found.around


@pytest.mark.parametrize("text", ["open('inner.py')", "NAMES = ['inner.py']", "open(f'{name}/inner.py')"])
def test_a_name_alone_leads_to_no_file_of_another_folder(text: str) -> None:
    found = reach("app/inner.py", files={"app/inner.py": "A = 1\n", "b/opens.py": f"{text}\n", "b/__init__.py": "", "c.py": "import b.opens\n"})
    assert found is not None and found.files == {"app/inner.py"} == found.around


def test_imports_that_are_turned_round_lead_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a large package, in which looking for who imports each file takes longer."""
    for _, changed, _, files in TIES:
        monkeypatch.setattr(ties, "TURNING", 100)
        plain = reach(changed, files={**files, "apart.py": "A = 2\n"})
        monkeypatch.setattr(ties, "TURNING", -1)
        assert reach(changed, files={**files, "apart.py": "A = 2\n"}) == plain


def test_a_tie_that_one_side_alone_has() -> None:
    plain = {"base.py": f"{SDK}class Base: ...\n", "heir.py": f"{SDK}class Heir: ...\n", "typed.py": f"{SDK}from base import Base\n"}
    tied = {**plain, "heir.py": f"{SDK}from base import Base\nclass Heir(Base): ...\n"}
    later = {**plain, "heir.py": f"{SDK}from base import Base\nclass Heir: ...\n"}
    for one, other in ((plain, tied), (tied, plain), (later, tied), (tied, later)):
        trees = FilesTree(one), FilesTree(other)
        found = focus_of(trees, changed_paths(*trees), (), KNOWN)
        assert found is not None and "typed.py" in found.files


def test_an_sdk_that_one_side_alone_has() -> None:
    with_it = {"sdk.py": "from langchain_openai import ChatOpenAI\nchat = ChatOpenAI()\n", "told.py": "from sdk import chat\nchat.invoke('a')\n"}
    without = {**with_it, "sdk.py": "chat = None\n"}
    for one, other in ((with_it, without), (without, with_it)):
        trees = FilesTree(one), FilesTree(other)
        found = focus_of(trees, changed_paths(*trees), (), KNOWN)
        assert found is not None and "told.py" in found.files


def test_an_address_that_is_new_is_sent_by_who_imports_it() -> None:
    before = {"weak.py": "WORDS = 'for'\n", "user.py": "from weak import WORDS\nimport httpx\nhttpx.post(WORDS, 'openai')\n"}
    trees = FilesTree(before), FilesTree({**before, "weak.py": "WORDS = 'for/stream'\n"})
    found = focus_of(trees, changed_paths(*trees), (), KNOWN)
    assert found is not None and "user.py" in found.files


def test_a_link_may_lead_anywhere() -> None:
    class Linked(FilesTree):
        def entries(self) -> tuple[Entry, ...]:
            return tuple(replace(each, kind="symlink") if each.path == "link.md" else each for each in super().entries())

    trees = Linked({"a.py": SDK, "link.md": "a"}), Linked({"a.py": SDK, "link.md": "b"})
    assert focus_of(trees, changed_paths(*trees), (), KNOWN) is None


IMPORTS = """
import a.b, c as d  # and more
from e import (f,  # one
    g as h)
from i import j, \\
    k
if x: import l; from m import n
try: from o import *
except ImportError: p = 1
from . import q
    from ..r import s
text = '''
import t
'''
important = 1
xs = [import_ for import_ in y]
"""


def test_the_imports_of_a_file() -> None:
    assert set(imports_of(IMPORTS.encode())) == {
        ("a.b", (("", "a"),)), ("c", (("", "d"),)), ("e", (("f", "f"), ("g", "h"))), ("i", (("j", "j"), ("k", "k"))),
        ("l", (("", "l"),)), ("m", (("n", "n"),)), ("o", (("*", "*"),)), (".", (("q", "q"),)), ("..r", (("s", "s"),)), ("t", (("", "t"),)),
    }
    quoted = imports_of(b"import_module('a.b'); x = {'c': 1}")
    assert set(quoted) == {("a.b", (("", ""),)), ("c", (("", ":"),))}


PATHS = (
    "__init__.py", "a.py", "b.py", "src/__init__.py", "src/b.py", "src/lib/__init__.py", "src/lib/a.py", "lib/__init__.py", "lib/a.py", "lib/deep/__init__.py",
    "lib/deep/b.py", "x/models.py", "x/src/a.py", "one/lib/__init__.py", "one/lib/a.py",
)  # fmt: skip
LINES = (
    "import a", "import b", "import lib", "import lib.a", "from lib import a", "from lib.a import b", "from . import a", "from .a import b", "from .. import b",
    "from lib import deep", "import lib.deep.b as c", "import models", "from models import a", "import src", "from src.lib import a", "import src.b", "from lib import *",
    "import lib\nlib.deep.b", "from ..lib import a", "import deep", "from deep import b",
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(PATHS), st.lists(st.sampled_from(LINES), max_size=3), min_size=2))
def test_who_imports_a_file_is_told_the_other_way_round(files: dict[str, list[str]]) -> None:
    data = {path: "\n".join(lines).encode() for path, lines in files.items()}
    ties = Ties({path: imports_of(each) for path, each in data.items()}, frozenset(), data.__getitem__)
    for path in data:
        assert ties.importers(path) == {each for each in data if path in ties.direct(each)}


def test_a_module_in_src_is_imported_by_its_name_alone() -> None:
    data = {"a.py": b"import b\n", "x/c.py": b"import b\n", "x/d.py": b"import c\n", "y/e.py": b"import c\n", "src/b.py": b""}
    ties = Ties({path: imports_of(each) for path, each in data.items()}, frozenset(), data.__getitem__)
    assert ties.importers("src/b.py") == {"a.py", "x/c.py"}
    assert ties.importers("x/c.py") == {"x/d.py"}


def test_a_tree_is_large_from_so_many_files_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("costgate.gate.focused.LARGE", 3)
    for count, small in ((2, True), (3, False)):
        files = {f"m{number}.py": "from openai import OpenAI\n" for number in range(count)}
        focus = focus_of_files(FilesTree({**files, "notes.md": "", "more.md": ""}), ["m0.py"], Config(), Setting("2026-11-22", NoCache()))
        assert (focus is None) == small

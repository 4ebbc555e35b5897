"""Which files can mean something of which: a name is looked for where imports lead, in either direction that counts."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from costgate.gate import report_of_files
from costgate.read import link, mentions
from costgate.read.islands import Islands
from costgate.read.modules import Project

SERVICES = {
    "common/__init__.py": "",
    "common/llm.py": "def ask(model, text): ...\nclass Base: ...\nclient = object()\n",
    "billing/__init__.py": "",
    "billing/app.py": "from common.llm import ask\n",
    "search/__init__.py": "",
    "search/app.py": "from common import llm\n",
    "alone/__init__.py": "",
    "alone/app.py": "import os\n",
}


def sees(files: Mapping[str, str], one: str, other: str) -> bool:
    project = Project(frozenset(files), lambda path: None)
    islands = Islands(project, sorted(files), lambda path: files[path].encode())
    return islands.top(other) in islands.seen_from(one)


def test_services_that_share_a_library_are_apart() -> None:
    assert sees(SERVICES, "billing/app.py", "common/llm.py")
    assert sees(SERVICES, "search/app.py", "common/llm.py")
    assert not sees(SERVICES, "billing/app.py", "search/app.py")
    assert not sees(SERVICES, "common/llm.py", "search/app.py")
    assert not sees(SERVICES, "alone/app.py", "common/llm.py")


@pytest.mark.parametrize(
    "code",
    [
        "from common.llm import Base\nclass Mine(Base): ...\n",
        "from common import llm\nclass Mine(llm.Base): ...\n",
        "from common.llm import *\nclass Mine(Base): ...\n",
        "from common import llm\nllm.client = Other()\n",
        "from common.llm import Base as B\nclass Mine(B): ...\n",
    ],
)
def test_what_extends_or_sets_something_is_seen_from_there(code: str) -> None:
    files = {**SERVICES, "search/app.py": code}
    assert sees(files, "common/llm.py", "search/app.py")
    assert sees(files, "billing/app.py", "search/app.py")
    assert not sees(files, "alone/app.py", "search/app.py")


def test_what_hands_over_to_a_function_that_sets_a_class_is_seen_from_there() -> None:
    llm = "class Holder:\n    client = None\n    @classmethod\n    def setup(cls, client):\n        cls.client = client\n"
    files = {**SERVICES, "common/llm.py": llm, "search/app.py": "from common.llm import Holder\nHolder.setup(Mine())\n"}
    assert sees(files, "billing/app.py", "search/app.py")
    assert not sees({**files, "search/app.py": "from common.llm import Holder\n"}, "billing/app.py", "search/app.py")


@pytest.mark.parametrize(
    ("importer", "code", "target"),
    [
        ("app/main.py", "from .llm import ask\n", "app/llm.py"),
        ("app/main.py", "from . import llm\n", "app/llm.py"),
        ("app/jobs/run.py", "from ..llm import ask\n", "app/llm.py"),
        ("app/main.py", "import app.llm\n", "app/llm.py"),
        ("app/main.py", "import os, llm\n", "app/llm.py"),
        ("main.py", "x = 1; from app.llm import ask\n", "app/llm.py"),
        ("main.py", "import importlib\nllm = importlib.import_module('app.llm')\n", "app/llm.py"),
        ("tool/main.py", "from app.llm import ask\n", "src/app/llm.py"),
    ],
)
def test_files_outside_of_packages_are_tied_by_what_they_import(importer: str, code: str, target: str) -> None:
    files = {importer: code, target: "def ask(): ...\n", "else/where.py": "import os\n"}
    assert sees(files, importer, target)
    assert not sees(files, "else/where.py", target)


def test_a_folder_without_init_inside_of_a_package_belongs_to_it() -> None:
    files = {"app/__init__.py": "", "app/inner/one.py": "", "app/inner/two.py": ""}
    assert sees(files, "app/inner/one.py", "app/inner/two.py")


def test_callers_are_found_where_every_file_is_asked_about(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the limits at nothing, so that files are told apart from the first name on, the same calls are found."""
    files = {
        "common/__init__.py": "",
        "common/llm.py": (
            "from openai import OpenAI\n"
            "def ask(model, text):\n"
            "    return OpenAI().responses.create(model=model, input=text, max_output_tokens=50)\n"
        ),
        **{
            f"{name}/app.py": f"from common.llm import ask\ndef run():\n    return ask('gpt-4.1-{size}', 'Hi')\n"
            for name, size in (("a", "mini"), ("b", "nano"), ("c", "mini"), ("d", "nano"), ("e", "mini"))
        },
        **{f"{name}/__init__.py": "" for name in "abcdef"},
        "f/app.py": "def ask(model, text): ...\ndef run():\n    return ask('gpt-4.1', 'Hi')\n",
    }
    usual = {site.key for site in report_of_files(files)[0].reading.calls}
    monkeypatch.setattr(mentions, "FEW", 0)
    monkeypatch.setattr(mentions, "MANY", 0)
    monkeypatch.setattr(link, "MAX_NAMES", 0)
    assert {site.key for site in report_of_files(files)[0].reading.calls} == usual
    assert sum(key.startswith(("a/", "b/", "c/", "d/", "e/")) for key in usual) == 5

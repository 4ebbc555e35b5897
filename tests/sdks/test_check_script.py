"""The contract check against a package made for the purpose."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from costgate.knowledge.sdks import load_sdks

SCRIPT = Path(__file__).parents[2] / "scripts" / "check_sdks.py"

PACKAGE = """
class Chat:
    def ask(self, model, *, text, limit=None, config=None): ...
    def ask_twice(self, model, *, cap=None): ...

class Client:
    def __init__(self, *, tries=3, patience=None, url=None):
        self.chat = Chat()
    def ask(self, model, *, text, limit=None, config=None): ...
    def copy(self): ...
    def later(self): ...
    def insist(self, times): ...

class BigClient(Client):
    def __init__(self, *, tries=3, big_timeout=None):
        super().__init__()
"""


@pytest.fixture
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_sdks_script", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def misses(script: ModuleType, monkeypatch: pytest.MonkeyPatch, folder: Path, source: str, text: str) -> list[str]:
    (folder / "acme.py").write_text(source)
    monkeypatch.syspath_prepend(str(folder))
    sys.modules.pop("acme", None)
    knowledge = load_sdks([("mine.yaml", text)])
    try:
        return [what for verdict, what in script._check_sdk(knowledge, "acme") if verdict == "missing"]
    finally:
        sys.modules.pop("acme", None)


def test_nothing_is_missing(
    script: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, acme_yaml: str
) -> None:
    assert misses(script, monkeypatch, tmp_path, PACKAGE, acme_yaml) == []


@pytest.mark.parametrize(
    ("old", "new", "missing"),
    [
        ("tries=3, patience", "retries=3, patience", "acme.Client(tries) for retries"),
        ("class BigClient", "class HugeClient", "acme.BigClient"),
        ("def ask_twice", "def ask_again", "acme.client: .chat.ask_twice"),
        ("model, *, cap", "model, *, limit", "acme.client: .chat.ask_twice(cap) for output_limit"),
        ("def copy", "def clone", "acme.client: .copy"),
    ],
)
def test_a_renamed_thing_is_reported(
    script: ModuleType,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    acme_yaml: str,
    old: str,
    new: str,
    missing: str,
) -> None:
    found = misses(script, monkeypatch, tmp_path, PACKAGE.replace(old, new, 1), acme_yaml)
    assert any(each.startswith(missing) for each in found), found

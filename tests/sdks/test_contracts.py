"""What the contract check installs: a pinned release of each SDK, with what its file also speaks of."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from costgate.knowledge.sdks import Knowledge
from costgate.knowledge.strict import load

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("contracts_script", SCRIPTS / "contracts.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def alongside() -> Any:
    return load((SCRIPTS / "contracts.yaml").read_text("utf-8"), "contracts.yaml")


def test_only_known_names_are_installed_along(shipped: Knowledge, alongside: Any) -> None:
    known = {*shipped["sdks"], *shipped["retries"]["libraries"]}
    assert {name for part in alongside.values() for name in part} - known == set()


def test_every_sdk_is_pinned_to_what_was_checked(shipped: Knowledge, alongside: Any, script: ModuleType) -> None:
    for name, about in {**shipped["sdks"], **shipped["retries"]["libraries"]}.items():
        first, *_, last = script._requirements(name, about, alongside, False)
        assert re.fullmatch(r"[\w.-]+(\[[\w,-]+\])?==[\w.+!-]+", first), first
        assert last == "PyYAML"
        newest = next(iter(script._requirements(name, about, alongside, True)))
        assert newest == first.partition("==")[0]


def test_an_unknown_name_is_refused(script: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        script.main(["nowhere"])
    assert "no SDK or library is called nowhere" in capsys.readouterr().err

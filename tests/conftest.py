"""What the tests of several folders share."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="session")
def ready() -> Iterator[Any]:
    """A process with costgate loaded that runs commands in copies of itself; None where that cannot be."""
    spec = spec_from_file_location("costgate_tests_ready", Path(__file__).with_name("ready.py"))
    assert spec and spec.loader
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    if not module.POSSIBLE:
        yield None
        return
    made = module.Ready()
    yield made
    made.close()

"""Imports whole packages for a fuzzer to watch, also what a command would only import when it needs it."""

from __future__ import annotations

import pkgutil
from importlib import import_module

import atheris


def watch(*packages: str) -> None:
    """Import the packages with all that is in them."""
    with atheris.instrument_imports(include=["costgate"]):
        for name in packages:
            for found in pkgutil.walk_packages(import_module(name).__path__, f"{name}."):
                import_module(found.name)

"""The published price lists, out of wheels on the package index: downloaded by pip, read as data, never installed or run."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from costgate.model.error import UserError

_MINUTES = 10


def wheel_members(plan: Mapping[str, Any], wheels: Path) -> dict[tuple[str, str], str]:
    """The text of every list that a plan names; its hash is pinned. Wheels that are in the folder are not fetched again."""
    found = {}
    for source in (plan["primary"], *plan["secondary"]):
        folder = wheels / f"{source['package']}-{source['version']}"
        data = _member(_wheel(source, folder), source["member"])
        digest = hashlib.sha256(data).hexdigest()
        if source.get("sha256") not in (None, digest):
            where = f"{source['package']} {source['version']}"
            raise UserError(f"{source['member']} has SHA-256 {digest}, not the one that is pinned", where=where)
        source["sha256"] = digest
        found[source["package"], source["version"]] = data.decode()
    return found


def newest(plan: Mapping[str, Any], wheels: Path) -> tuple[dict[str, Any], ...]:
    """The primary and the first secondary source in their newest versions, as entries of a plan."""
    made = []
    for source in (plan["primary"], plan["secondary"][0]):
        free = {name: value for name, value in source.items() if name not in ("version", "sha256")}
        folder = wheels / f"{source['package']}-newest"
        wheel = _wheel(free, folder)
        made.append({**free, "version": wheel.name.split("-")[1]})
        target = wheels / f"{source['package']}-{made[-1]['version']}"
        if not target.exists():
            folder.rename(target)
    return tuple(made)


def _wheel(source: Mapping[str, Any], folder: Path) -> Path:
    known = sorted(folder.glob("*.whl"))
    if known:
        return known[0]
    platform = ["--platform", source["platform"]] if "platform" in source else []
    pin = f"{source['package']}=={source['version']}" if "version" in source else source["package"]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    try:
        done = subprocess.run(  # noqa: S603 - our own words, and a package that the shipped plan names
            [*command, *platform, "--dest", str(folder), pin], capture_output=True, text=True, timeout=60 * _MINUTES, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserError(f"{pin} was not fetched: {error}", hint="it takes pip and a package index") from None
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        told = done.stderr.strip().splitlines()[-1:] or ["pip said nothing"]
        raise UserError(f"{pin} was not fetched: {told[0]}", hint="it takes pip and a package index that has it")
    return wheels[0]


def _member(wheel: Path, name: str) -> bytes:
    try:
        with zipfile.ZipFile(wheel) as opened:
            return opened.read(name)
    except (zipfile.BadZipFile, KeyError, OSError) as error:
        raise UserError(f"has no {name}: {error}", where=str(wheel)) from None

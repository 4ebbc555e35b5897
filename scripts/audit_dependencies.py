"""Who comes along when costgate is installed: each with version, licence and compiled parts, held against .ci/runtime.txt.

    python scripts/audit_dependencies.py                 # the environment it runs in; needs no network
    python scripts/audit_dependencies.py --advisories    # asks pip-audit for known vulnerabilities of what is locked

Fails for a distribution that is not locked, and for a licence that nobody has looked at.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = Path(__file__).resolve().parents[1] / ".ci" / "runtime.txt"
KNOWN = ("MIT", "BSD", "Apache", "MPL-2.0", "Mozilla Public License 2.0", "PSF", "Python Software Foundation", "ISC", "CNRI-Python")
_PIN = re.compile(r"^([A-Za-z0-9_.-]+)==([^ ;\\]+)", re.MULTILINE)
_COMPILED = (".so", ".pyd", ".dylib")


def locked(path: Path = LOCK) -> dict[str, str]:
    """The locked version of each distribution."""
    return {canonicalize_name(name): version for name, version in _PIN.findall(path.read_text("utf-8"))}


def dependencies() -> list[str]:
    """What the project asks for itself."""
    return list(tomllib.loads((LOCK.parents[1] / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"])


def closure(wanted_first: Sequence[str]) -> Iterator[Distribution]:
    """The distributions that some requirements need here, each once."""
    seen, waiting = set(), [Requirement(line).name for line in wanted_first]
    while waiting:
        key = canonicalize_name(waiting.pop())
        if key in seen:
            continue
        seen.add(key)
        found = distribution(key)
        yield found
        for line in found.requires or ():
            wanted = Requirement(line)
            if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
                waiting.append(wanted.name)


def licence(found: Distribution) -> str:
    """What the metadata say, in the order of how well they say it."""
    meta = found.metadata
    classified = [each.rpartition(":: ")[2] for each in meta.get_all("Classifier") or () if each.startswith("License ::")]
    said = meta.get("License-Expression") or " / ".join(classified) or (meta.get("License") or "").strip().partition("\n")[0]
    return said or "?"


def compiled(found: Distribution) -> bool:
    """Whether it ships machine code."""
    return any(str(path).endswith(_COMPILED) for path in found.files or ())


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the table; 1 when something is not as it should be."""
    parser = argparse.ArgumentParser(description="Who comes along when costgate is installed.")
    parser.add_argument("--advisories", action="store_true", help="ask pip-audit, which asks a service on the network")
    options = parser.parse_args(argv)
    pins, complaints = locked(), []
    try:
        found = sorted(closure(dependencies()), key=lambda each: canonicalize_name(each.name))
    except PackageNotFoundError as error:
        print(f"not installed here: {error}", file=sys.stderr)
        return 2
    for each in found:
        name, pin, said = canonicalize_name(each.name), pins.get(canonicalize_name(each.name)), licence(each)
        print(f"{name:28} {each.version:14} locked {pin or 'nowhere':14} {'compiled' if compiled(each) else 'python':9} {said}")
        complaints += [f"{name} is not locked in {LOCK.name}"] if pin is None else []
        complaints += [f"{name}: a licence nobody has looked at: {said}"] if not any(one in said for one in KNOWN) else []
    for line in complaints:
        print(line, file=sys.stderr)
    code = 1 if complaints else 0
    if options.advisories:
        command = [sys.executable, "-m", "pip_audit", "--require-hashes", "--disable-pip", "-r", str(LOCK)]
        code = subprocess.run(command, check=False).returncode or code
    return code


if __name__ == "__main__":
    sys.exit(main())

"""A first SDK file for an installed package: looked at in a process of its own, written for a person to finish."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from costgate.knowledge.strict import load
from costgate.model.error import UserError

SECONDS = 60
MAX_CALLS = 40
_PACKAGE = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*\Z")
_KEPT = ("PATH", "SYSTEMROOT", "TEMP", "LANG", "LC_ALL")
_TABLE = Path(__file__).with_name("words.yaml")


def draft(package: str, today: str, python: Path | None = None, known: Collection[str] = ()) -> str:
    """The YAML text. `known`: the SDKs that have a file. The package is imported, by `python` where given."""
    if _PACKAGE.match(package) is None:
        raise UserError(f"{package!r} is not the name of a package", hint="write it as an import does, such as acme.llm")
    found = _looked_at(package, python)
    if "refused" in found:
        raise UserError(str(found["refused"]), where=package, hint="draft imports installed packages alone; see --python")
    words = load(_TABLE.read_text("utf-8"), _TABLE.name)
    objects = [each for cls in found["classes"] if (each := _Object(cls, words)).calls]
    functions = {
        name: takes for name, takes in found["functions"].items() if _is_call(_roles(takes, words), name, words)
    }
    if not objects and not functions:
        raise UserError("no call with a model or a prompt was found", where=package, hint="name the module that offers it")
    return "\n".join(_lines(found, objects, functions, words, today, known)) + "\n"


def _looked_at(package: str, python: Path | None) -> dict[str, Any]:
    """What the other process says; it starts in an empty folder, without our environment, and within a time limit."""
    program = str(python) if python is not None else sys.executable
    script = str(Path(__file__).with_name("introspect.py").resolve())
    with tempfile.TemporaryDirectory(prefix="costgate-") as folder:
        output = Path(folder) / "found.json"
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | {"HOME": folder}
        command = [program, "-I", script, package, str(output)]
        try:
            done = subprocess.run(  # noqa: S603 - our own program, with the name of a package
                command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            raise UserError(f"took more than {SECONDS} seconds to import", where=package) from None
        except OSError as error:
            raise UserError(f"cannot be run: {error.strerror}", where=program) from error
        if done.returncode or not output.exists():
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise UserError(f"does not import: {said[-1][:200] if said else 'no reason given'}", where=package)
        found: dict[str, Any] = json.loads(output.read_text("utf-8"))
        return found


class _Object:
    """A class that has calls: its roles, and the calls by path."""

    def __init__(self, cls: Mapping[str, Any], words: Mapping[str, Any]) -> None:
        self.name = str(cls["name"])
        self.takes: list[str] = list(cls["takes"])
        self.roles = _roles(self.takes, words)
        self.defaults = _defaults(self.roles, cls["defaults"], words)
        own: dict[str, list[str]] = {"model": []} if "model" in self.roles else {}
        self.calls = {
            path: takes
            for path, takes in cls["methods"].items()
            if _is_call({**own, **_roles(takes, words)}, path, words)
        }


def _roles(takes: Sequence[str], words: Mapping[str, Any]) -> dict[str, list[str]]:
    names = [each.lstrip("*") for each in takes]
    found = {role: [each for each in known if each in names] for role, known in words["roles"].items()}
    return {role: keywords for role, keywords in found.items() if keywords}


def _defaults(roles: Mapping[str, Sequence[str]], said: Mapping[str, Any], words: Mapping[str, Any]) -> dict[str, str]:
    """What the signature itself says holds when nothing is passed, for the roles of which a plain value says something."""
    found = {}
    for role, kind in words["valued"].items():
        value = next((said[each] for each in roles.get(role, ()) if each in said), None)
        if kind == "number" and isinstance(value, int) and value >= 0:
            found[role] = f"{{value: {value}, counts: retries}}" if role == "retries" else str(value)
        elif kind == "name" and isinstance(value, str) and value:
            found[role] = json.dumps(value, ensure_ascii=False)
    return found


def _is_call(roles: Mapping[str, Any], path: str, words: Mapping[str, Any]) -> bool:
    free = any(part.startswith(each) for part in path.split(".") for each in words["free"])
    return "prompt" in roles and "model" in roles and not free


def _lines(
    found: Mapping[str, Any],
    objects: Sequence[_Object],
    functions: Mapping[str, list[str]],
    words: Mapping[str, Any],
    today: str,
    known: Collection[str],
) -> Iterator[str]:
    package = found["package"]
    name = re.sub(r"[^a-z0-9_-]+", "-", str(found["distribution"]).lower()).strip("-")
    yield f"# A draft from the signatures of {found['distribution']} {found['version']}: look at every line."
    if name in known:
        yield f"# {name} is known already, see costgate sdks show {name}: this is to compare, or give it another name below."
    yield "# Add the provider, the defaults that the SDK fills in (defaults:), and what looks like a call and is free."
    yield f"sdk: {name}"
    yield f"distribution: {found['distribution']}"
    yield f"modules: [{package}]"
    yield f'checked: {{version: "{found["version"]}", date: "{today}"}}'
    if objects:
        yield "objects:"
    alike: dict[str, list[_Object]] = {}
    for each in objects:
        alike.setdefault(repr((each.takes, each.defaults, each.calls)), []).append(each)
    for group in alike.values():
        yield from _object(group, package, words)
    if functions:
        yield "functions:"
    for name, takes in list(functions.items())[:MAX_CALLS]:
        yield f"  - symbols: [{package}.{name}]"
        yield from (f"    {line}" for line in _signature(name, takes, words))


def _object(group: Sequence[_Object], package: str, words: Mapping[str, Any]) -> Iterator[str]:
    each = group[-1]
    yield f"  {re.sub(r'(?<=[a-z0-9])(?=[A-Z])', '_', each.name).lower()}:"
    yield "    made_by:"
    for trait, waits in (("", False), (", async: true", True)):
        names = [f"{package}.{other.name}" for other in group if other.name.startswith("Async") is waits]
        yield from [f"      - {{symbols: [{', '.join(names)}]{trait}}}"] if names else []
    positional = _positional(each.takes)
    if positional and each.roles:
        yield f"    positional: [{', '.join(positional)}]"
    if each.roles:
        yield f"    args: {_args(each.roles)}"
    if each.defaults:
        yield f"    defaults: {{{', '.join(f'{role}: {value}' for role, value in each.defaults.items())}}}"
    yield "    calls:"
    for path, takes in list(each.calls.items())[:MAX_CALLS]:
        yield f"      {path}:"
        yield from (f"        {line}" for line in _signature(path, takes, words))


def _signature(path: str, takes: Sequence[str], words: Mapping[str, Any]) -> Iterator[str]:
    kinds = (kind for word, kind in words["kinds"].items() if word in path.lower())
    yield f"kind: {next(kinds, 'chat')}"
    roles = _roles(takes, words)
    if "stream" in path.rpartition(".")[2] and "stream" not in roles:
        yield "stream: true"
    positional = _positional(takes)
    if positional:
        yield f"positional: [{', '.join(positional)}]"
    yield f"args: {_args(roles)}"


def _positional(takes: Sequence[str]) -> list[str]:
    return [each for each in takes if not each.startswith("*")]


def _args(roles: Mapping[str, Sequence[str]]) -> str:
    told = (f"{role}: {names[0] if len(names) == 1 else '[' + ', '.join(names) + ']'}" for role, names in roles.items())
    return "{" + ", ".join(told) + "}"

"""Imports one installed package and writes what its classes and functions take, as JSON. Run as a program of its own.

Needs only the standard library, so that the interpreter of another environment can run it. A package that does not lie
in that environment's folder of installed packages is not imported: it may be the code that is being judged.
"""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import importlib.util
import inspect
import json
import os
import sys
import sysconfig
import textwrap
import typing
from collections.abc import Iterator
from typing import Any

MAX_DEPTH = 4
MAX_CLASSES = 200
_SKIPPED = ("with_raw_response", "with_streaming_response")


def main(package: str, output: str) -> int:
    """Write the JSON; {"refused": why} instead of anything else where nothing is imported."""
    where = locations(package.split(".")[0])
    if not where:
        return _write(output, {"refused": "is not installed in this environment"})
    outside = [each for each in where if not _installed(each)]
    if outside:
        return _write(output, {"refused": f"is not an installed package, its code is at {outside[0]}"})
    module = importlib.import_module(package)
    return _write(output, {**about(package), "classes": classes(module), "functions": functions(module)})


def locations(name: str) -> list[str]:
    """The folders or files that a top-level name would be imported from; nothing is imported for that."""
    try:
        spec = importlib.util.find_spec(name)
    except (ImportError, ValueError):
        return []
    if spec is None:
        return []
    found = list(spec.submodule_search_locations or ())
    return found or ([spec.origin] if spec.origin else [])


def about(package: str) -> dict[str, Any]:
    """Distribution and version of a package."""
    names = importlib.metadata.packages_distributions().get(package.split(".")[0], [])
    for name in sorted(names, key=lambda each: each.replace("-", ".").replace("_", ".") != package):
        return {"package": package, "distribution": name, "version": importlib.metadata.version(name)}
    return {"package": package, "distribution": package, "version": None}


def classes(module: object) -> list[dict[str, Any]]:
    """Public classes with the parameters of their constructor and the methods on them and what they hold."""
    found = []
    for name in public(module)[:MAX_CLASSES]:
        cls = getattr(module, name, None)
        if inspect.isclass(cls) and _own(cls, module):
            methods = dict(paths(cls, instance(cls), "", (cls,)))
            if methods:
                found.append({"name": name, "takes": parameters(cls), "defaults": defaults(cls), "methods": methods})
    return found


def functions(module: object) -> dict[str, list[str]]:
    """Public functions with their parameters."""
    held = {name: getattr(module, name, None) for name in public(module)}
    return {name: parameters(each) for name, each in held.items() if inspect.isfunction(each)}


def public(module: object) -> list[str]:
    """The names that a module offers."""
    return sorted(name for name in getattr(module, "__all__", None) or dir(module) if not name.startswith("_"))


def paths(cls: type, made: Any, prefix: str, seen: tuple[type, ...]) -> Iterator[tuple[str, list[str]]]:
    """Attribute path -> parameters, through members that are objects of the same package. `made`: an instance, or None."""
    written = {} if made is not None else assigned(cls)
    for name in sorted({*dir(cls), *getattr(cls, "__annotations__", {}), *getattr(made, "__dict__", {}), *written}):
        member = inspect.getattr_static(cls, name, None)
        if (name.startswith("_") and name != "__call__") or name in _SKIPPED:
            continue
        if inspect.isfunction(member):
            yield prefix + name, parameters(member)[1:]
        elif name != "__call__" and len(seen) <= MAX_DEPTH:
            inner, value = _behind(cls, made, name, member)
            inner = inner or written.get(name)
            if inspect.isclass(inner) and inner not in seen and _own(inner, cls):
                yield from paths(inner, value, f"{prefix}{name}.", (*seen, inner))


def _behind(cls: type, made: Any, name: str, member: Any) -> tuple[Any, Any]:
    """The class of what an attribute holds, and what it holds where there is an instance."""
    held = getattr(member, "fget", None) or getattr(member, "func", None)
    hinted = _hinted(held, "return") if held is not None else _hinted(cls, name)
    if made is None:
        return hinted, None
    try:
        value = getattr(made, name)
    except Exception:  # noqa: BLE001 - a stranger's property may raise anything
        return hinted, None
    return type(value), value


def instance(cls: type) -> Any:
    """An object made with placeholders, for the members that only objects have; None where that fails."""
    try:
        taken = inspect.signature(cls).parameters.values()
        needed = [each for each in taken if each.default is each.empty and each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)]
        keys = [each for each in taken if each.name in ("api_key", "api_token")]
        return cls(**{each.name: "placeholder" for each in (*needed, *keys)})
    except Exception:  # noqa: BLE001 - a stranger's constructor may raise anything
        return None


def assigned(cls: type) -> dict[str, type]:
    """What the text of a constructor says of members, `self.chat = Chat(...)`, where no object could be made."""
    module = sys.modules.get(cls.__module__)
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(cls.__init__)))  # type: ignore[misc]
    except (OSError, TypeError, SyntaxError):
        return {}
    found: dict[str, type] = {}
    for node in ast.walk(tree):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        value = node.value if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
        made: Any = getattr(module, value.func.id, None) if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) else None
        for target in targets if inspect.isclass(made) else ():
            if isinstance(target, ast.Attribute) and isinstance(target.value, ast.Name) and target.value.id == "self":
                found[target.attr] = made
    return found


def defaults(found: Any) -> dict[str, Any]:
    """The parameters whose default is a plain number or text."""
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):
        return {}
    plain = {each.name: each.default for each in signature.parameters.values()}
    return {name: value for name, value in plain.items() if type(value) in (int, str)}


def parameters(found: Any) -> list[str]:
    """Names of the parameters, those that are only by keyword with a star before them."""
    try:
        signature = inspect.signature(found)
    except (TypeError, ValueError):
        return []
    kept = [each for each in signature.parameters.values() if each.kind not in (each.VAR_KEYWORD, each.VAR_POSITIONAL)]
    return [f"*{each.name}" if each.kind is each.KEYWORD_ONLY else each.name for each in kept]


def _hinted(holder: object, name: str) -> Any:
    try:
        return typing.get_type_hints(holder).get(name)
    except Exception:  # noqa: BLE001 - evaluating a stranger's annotations may raise anything
        return None


def _own(cls: type, beside: object) -> bool:
    home = getattr(beside, "__module__", None) or getattr(beside, "__name__", "")
    return getattr(cls, "__module__", "").split(".")[0] == str(home).split(".")[0]


def _installed(place: str) -> bool:
    roots = {os.path.realpath(sysconfig.get_path(kind)) for kind in ("purelib", "platlib")}
    return any(os.path.realpath(place).startswith(root + os.sep) for root in roots)


def _write(output: str, data: dict[str, Any]) -> int:
    with open(output, "w", encoding="utf-8") as file:
        json.dump(data, file)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

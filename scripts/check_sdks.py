"""Contract check: do the names in knowledge/sdks and knowledge/retries exist in the packages installed here?

Usage: python scripts/check_sdks.py [--all] [ID...]    (default: every file whose distribution is installed)

Imports each symbol, follows each call path and looks each keyword up in the signature or among the pydantic fields.
Prints what is missing, what could not be looked at, and how much was looked up; exits 1 when something is missing.
Arguments of what takes any keyword, keys within an argument and paths that only an answer has are counted, and listed
with `--all`: nothing here tells whether they exist.
Sends nothing: clients are built with placeholder keys and never called.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import inspect
import os
import sys
import types
import typing
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from costgate.knowledge.sdks import Knowledge, load_sdks

PLACEHOLDER = "placeholder"
KEYS = (
    "OPENAI ANTHROPIC GOOGLE GROQ MISTRAL CO COHERE TOGETHER FIREWORKS CEREBRAS WRITER PERPLEXITY XAI AI21 VOYAGE "
    "OPENROUTER ZAI DEEPSEEK OLLAMA NVIDIA PORTKEY HF AZURE_OPENAI"
).split()
ANYTHING = {"*"}
FOUND = ("class", "path", "argument")
"""What is there as it should be."""
UNTOLD = ("any", "within", "beyond")
"""What signatures do not tell: an argument of what takes any keyword, a key within an argument, a path on an answer.
Counted; every other verdict is printed."""


def main(wanted: list[str]) -> int:
    warnings.simplefilter("ignore")
    for key in KEYS:
        os.environ.setdefault(f"{key}_API_KEY", PLACEHOLDER)
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "true")
    knowledge = load_sdks()
    missing = 0
    about = {**knowledge["sdks"], **knowledge["retries"]["libraries"]}
    for name, checks in _all_checks(knowledge):
        if set(wanted) - {"--all"} and name not in wanted:
            continue
        older = about[name].get("older", ())
        installed = importlib.metadata.version(about[name]["distribution"])
        if installed != about[name]["checked"]["version"]:
            print(f"{name}: {installed} is installed, {about[name]['checked']['version']} was checked")
        counts = dict.fromkeys((*FOUND, *UNTOLD), 0)
        for verdict, what in checks:
            if verdict in counts:
                counts[verdict] += 1
                if verdict in UNTOLD and "--all" in wanted:
                    print(f"{name}: not told by a signature: {what}")
            elif not _is_older(what, older):
                missing += verdict == "missing"
                print(f"{name}: {verdict}: {what}")
        print(f"{name} {installed}: looked up {_words(counts)}")
    print(f"{missing} missing")
    return 1 if missing else 0


def _words(counts: dict[str, int]) -> str:
    found = f"{counts['class']} classes and functions, {counts['path']} paths, {counts['argument']} arguments"
    untold = f"{counts['any']} arguments of what takes any, {counts['within']} keys within arguments, {counts['beyond']} paths on answers"
    return f"{found}; not told by signatures: {untold}"


def _all_checks(knowledge: Knowledge) -> Iterator[tuple[str, Iterator[tuple[str, str]]]]:
    for sdk, about in knowledge["sdks"].items():
        if _installed(about["distribution"]):
            yield sdk, _check_sdk(knowledge, sdk)
    for library, about in knowledge["retries"]["libraries"].items():
        if _installed(about["distribution"]):
            yield library, _check_library(knowledge, library)


def _check_sdk(knowledge: Knowledge, sdk: str) -> Iterator[tuple[str, str]]:
    classes: dict[str, list[Any]] = {}
    for symbol, entries in knowledge["symbols"].items():
        for entry in entries:
            if entry["sdk"] != sdk:
                continue
            found = _find(symbol)
            if found is None:
                yield _absence(symbol)
                continue
            yield "class", symbol
            if not entry.get("abstract"):
                yield from _keywords(symbol, found, entry)
            if entry["what"] == "object" and "at" not in entry:
                classes.setdefault(entry["object"], []).append(_built(found, entry.get("when")))
    for name, spec in knowledge["objects"].items():
        if spec["sdk"] == sdk:
            yield from _paths(name, spec, classes.get(name, []))


def _paths(name: str, spec: dict[str, Any], holders: list[Any]) -> Iterator[tuple[str, str]]:
    holders = [each for each in holders if each is not None]
    if not holders:
        yield "not looked at", f"{name}: nothing to follow its paths on"
        return
    for path, call in spec["calls"].items():
        found = next((each for each in (_follow(holder, path) for holder in holders) if each is not None), None)
        if found is None:
            yield "missing", f"{name}: .{path}"
        else:
            yield "path", f"{name}: .{path}"
            yield from _keywords(f"{name}: .{path}", found, call)
    for path in (*spec["makes"], *spec["same"]):
        lost = all(_follow(each, path) is None for each in holders)
        answered = "." in path or path.startswith("with_")
        yield "beyond" if lost and answered else "missing" if lost else "path", f"{name}: .{path}"


def _check_library(knowledge: Knowledge, library: str) -> Iterator[tuple[str, str]]:
    table = knowledge["retries"]
    for symbol, spec in (*table["layers"].items(), *table["stops"].items()):
        if spec["library"] != library:
            continue
        found = _find(symbol)
        if found is None:
            yield _absence(symbol)
            continue
        yield "class", symbol
        named = [arg for bound in spec["bounds"] for arg in bound["arg"]] + spec.get("wait", [])
        yield from _keywords(symbol, found, {"args": {"bounds": named}, "positional": spec["positional"]})


def _keywords(label: str, found: Any, spec: dict[str, Any]) -> Iterator[tuple[str, str]]:
    known = _parameters(found)
    anything = known is ANYTHING or "*" in known
    for role, keywords in (spec.get("args") or {}).items():
        yield from (("within", f"{label}({each})") for each in keywords if "." in each)
        absent = [each for each in keywords if each.split(".")[0] not in known]
        if anything:
            yield from (("any" if each in absent else "argument", f"{label}({each})") for each in keywords)
            continue
        yield from (("argument", f"{label}({each})") for each in keywords if each not in absent)
        if absent:
            yield "missing", f"{label}({', '.join(absent)}) for {role}; it has {', '.join(sorted(known))[:300]}"
    for each in spec.get("positional", ()):
        if anything and each not in known:
            yield "any", f"{label}({each}) positional"
            continue
        yield "missing" if each not in known else "argument", f"{label}({each}) positional"


def _parameters(found: Any) -> set[str]:
    service: Any = getattr(getattr(found, "__self__", None), "meta", None)
    operations = getattr(service, "method_to_api_mapping", None)
    if isinstance(operations, dict):
        operation = service.service_model.operation_model(operations[found.__name__])
        return set(operation.input_shape.members)
    fields = getattr(found, "model_fields", None) if inspect.isclass(found) else None
    names: set[str] = set()
    for name, field in (fields or {}).items():
        names |= {name, *(each for each in (field.alias, field.validation_alias) if isinstance(each, str))}
        names |= {each for each in getattr(field.validation_alias, "choices", ()) if isinstance(each, str)}
    makers = [found]
    if names:
        plain = (_pydantic_model().__init__, object.__new__)
        own = [each for each in (found.__init__, found.__new__) if each not in plain]
        makers = [each for each in own if "__pydantic" not in str(each)]
    for maker in makers:
        try:
            parameters = inspect.signature(maker).parameters.values()
        except (TypeError, ValueError):
            return ANYTHING
        names |= {"*" if each.kind is each.VAR_KEYWORD else each.name for each in parameters}
    return names


def _pydantic_model() -> Any:
    return importlib.import_module("pydantic").BaseModel


def _find(symbol: str) -> Any:
    """What a dotted name imports; functions win over submodules of the same name, as an import statement has it."""
    parts = symbol.replace("()", "").split(".")
    for end in range(len(parts), 0, -1):
        try:
            module = importlib.import_module(".".join(parts[:end]))
        except (ImportError, AttributeError, TypeError):
            continue
        if end == len(parts) and end > 1:
            parent = importlib.import_module(".".join(parts[:-1]))
            return getattr(parent, parts[-1], module)
        return _follow(module, ".".join(parts[end:])) if end < len(parts) else module
    return None


def _follow(holder: Any, path: str) -> Any:
    found = holder
    for part in path.split("."):
        if inspect.isclass(found) and isinstance(inspect.getattr_static(found, part, None), property):
            found = _returned(inspect.getattr_static(found, part).fget)
        else:
            try:
                found = getattr(found, part, None)
            except Exception:  # noqa: BLE001 (anything a stranger's property raises)
                found = None
        if found is None:
            return None
    return found


def _returned(function: Any) -> Any:
    try:
        return typing.get_type_hints(function).get("return")
    except (NameError, TypeError):
        return None


def _built(found: Any, when: dict[str, Any] | None = None) -> Any:
    """An instance made with placeholders, for the paths that only instances have; else the class itself."""
    if when is not None:
        return found(when["equals"])
    if isinstance(found, types.ModuleType):
        return found
    if not inspect.isclass(found):
        return _maker(found)
    try:
        parameters = inspect.signature(found).parameters
        return found(**{name: PLACEHOLDER for name, each in parameters.items() if _wants_text(each)})
    except Exception:  # noqa: BLE001 (a constructor may raise anything)
        return found


def _maker(found: Any) -> Any:
    """The class whose instances a class method or a factory says it gives back."""
    owner = getattr(found, "__self__", None)
    given = owner if inspect.isclass(owner) else _returned(found)
    return given if inspect.isclass(given) and given.__module__ != "builtins" else None


def _wants_text(parameter: inspect.Parameter) -> bool:
    required = parameter.default is parameter.empty and parameter.kind in (
        parameter.POSITIONAL_OR_KEYWORD,
        parameter.KEYWORD_ONLY,
    )
    return required or parameter.name in ("api_key", "api_token")


def _absence(symbol: str) -> tuple[str, str]:
    return ("missing" if _installed_root(symbol) else "not installed"), symbol


def _installed_root(symbol: str) -> bool:
    try:
        return importlib.util.find_spec(symbol.split(".")[0]) is not None
    except (ImportError, ValueError):
        return False


def _installed(distribution: str) -> bool:
    try:
        importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _is_older(what: str, older: Iterable[str]) -> bool:
    name = what.rpartition(": .")[2].partition("(")[0]
    return any(name == each or name.startswith(f"{each}.") for each in older)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

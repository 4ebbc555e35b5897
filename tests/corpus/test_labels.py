"""The labelled corpus: its schema, its pins, its label files, and, where the code is unpacked, the lines they name."""

from __future__ import annotations

import ast
import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from costgate.model.call import KINDS

HERE = Path(__file__).parent
CODE = Path(os.environ.get("COSTGATE_CORPUS", HERE.parents[1] / "build" / "corpus"))
SCHEMA: dict[str, Any] = json.loads((HERE / "labels.schema.json").read_text("utf-8"))
PACKAGES: dict[str, dict[str, Any]] = {
    entry["name"]: entry
    for folder in (HERE, HERE / "heldout")
    for entry in yaml.safe_load((folder / "packages.yaml").read_text("utf-8"))["packages"]
}
LABELS = [*sorted((HERE / "labels").glob("*.yaml")), *sorted((HERE / "heldout" / "labels").glob("*.yaml"))]


def label_problems(labels: object) -> list[str]:
    return [error.message for error in jsonschema.Draft202012Validator(SCHEMA).iter_errors(labels)]


def example() -> dict[str, Any]:
    block = re.search(r"```yaml\n(.*?)```", (HERE / "README.md").read_text("utf-8"), re.DOTALL)
    assert block
    labels: dict[str, Any] = yaml.safe_load(block[1])
    return labels


def test_schema_knows_the_kinds() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert tuple(SCHEMA["$defs"]["entry"]["properties"]["kind"]["enum"]) == KINDS


def test_example_of_the_readme_is_valid() -> None:
    assert label_problems(example()) == []


@pytest.mark.parametrize(
    "change",
    [
        {"model": {"state": "known"}},
        {"model": {"state": "unknown", "values": ["gpt-4o"]}},
        {"output_cap": "unknown"},
        {"retry": "none"},
        {"kind": "chain"},
        {"line": 0},
        {"file": "../outside.py"},
        {"callee": "client. create"},
        {"prompt_static": "some"},
        {"prompt_static": "none", "prompt_sources": [{"file": "a.jinja", "line": 1, "role": "user"}]},
        {"prompt_sources": [{"file": "a.jinja", "line": 1, "role": "user"}]},
        {"prompt_static": "all", "prompt_sources": [{"file": "../a.txt", "line": 1, "role": "user"}]},
    ],
)
def test_schema_refuses(change: dict[str, Any]) -> None:
    labels = example()
    labels["entries"][0].update(change)
    assert label_problems(labels)


def test_packages_are_pinned() -> None:
    assert len(PACKAGES) >= 10
    for package in PACKAGES.values():
        assert re.fullmatch(r"[0-9a-f]{64}", package["sha256"])
        assert package["archive"].endswith((".whl", ".tar.gz"))
        assert f"-{package['version']}" in package["archive"]
        for cover in package["covers"]:
            assert any(f"{cover['path']}/".startswith(f"{root}/") for root in package["keep"])


@pytest.mark.parametrize("path", LABELS, ids=lambda path: path.stem)
def test_label_file(path: Path) -> None:
    labels = yaml.safe_load(path.read_text("utf-8"))
    assert label_problems(labels) == []
    package = PACKAGES[labels["package"]]
    assert (path.stem, labels["version"]) == (package["name"], package["version"])
    keys = [(entry["file"], entry["line"], entry["callee"]) for entry in labels["entries"]]
    assert keys == sorted(set(keys))
    remarks = {name: {(item["file"], item["line"]) for item in labels[name]} for name in ("lookalikes", "neutral")}
    assert not remarks["lookalikes"] & remarks["neutral"]
    covers = tuple(cover["path"] for cover in package["covers"])
    for file in {key[0] for key in keys} | {file for items in remarks.values() for file, _ in items}:
        assert any(file == cover or file.startswith(f"{cover}/") for cover in covers), file


@pytest.mark.parametrize("path", LABELS, ids=lambda path: path.stem)
def test_entries_name_the_start_of_a_call(path: Path) -> None:
    labels = yaml.safe_load(path.read_text("utf-8"))
    folder = CODE / labels["package"]
    if not folder.is_dir():
        pytest.skip("the corpus is not unpacked; scripts/fetch_corpus.py does it")
    starts: dict[str, set[int]] = {}
    for entry in labels["entries"]:
        file = entry["file"]
        if file not in starts:
            nodes = ast.walk(ast.parse((folder / file).read_text("utf-8")))
            starts[file] = {node.lineno for node in nodes if isinstance(node, ast.Call)}
        assert entry["line"] in starts[file], f"{file}:{entry['line']}"


def text_starts(path: Path) -> set[int]:
    """Lines where a string literal or class starts; in other files every line that is not blank."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":
        return {number for number, line in enumerate(text.splitlines(), 1) if line.strip()}
    return {
        node.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, (ast.JoinedStr, ast.ClassDef)) or (isinstance(node, ast.Constant) and isinstance(node.value, str))
    }


@pytest.mark.parametrize("path", LABELS, ids=lambda path: path.stem)
def test_prompt_sources_name_the_start_of_a_text(path: Path) -> None:
    labels = yaml.safe_load(path.read_text("utf-8"))
    folder = CODE / labels["package"]
    told = [entry for entry in labels["entries"] if "prompt_static" in entry]
    assert path.is_relative_to(HERE / "heldout") or len(told) in (0, len(labels["entries"])), "prompt_static is given for whole packages"
    if not folder.is_dir():
        pytest.skip("the corpus is not unpacked; scripts/fetch_corpus.py does it")
    starts: dict[str, set[int]] = {}
    for entry in told:
        sources = entry.get("prompt_sources", [])
        assert sources == sorted(sources, key=lambda source: (source["file"], source["line"]))
        for source in sources:
            file = source["file"]
            starts.setdefault(file, text_starts(folder / file))
            assert source["line"] in starts[file], f"{file}:{source['line']}"


@pytest.mark.parametrize("package", PACKAGES.values(), ids=lambda package: package["name"])
def test_covered_folders_hold_the_counted_files(package: dict[str, Any]) -> None:
    folder = CODE / package["name"]
    if not folder.is_dir():
        pytest.skip("the corpus is not unpacked; scripts/fetch_corpus.py does it")
    for cover in package["covers"]:
        path = folder / cover["path"]
        assert len([path] if path.suffix == ".py" else list(path.rglob("*.py"))) == cover["files"], cover["path"]

"""The documents are true: every path they name exists, every floor of the contract is a package and is described."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "docs/architecture.md"]
_CODE = re.compile(r"`([A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*/?)`")
_LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
_TOP = {path.name for path in ROOT.iterdir()} | {"costgate.yaml"}
_OF_THE_USER = {"costgate.yaml", ".pre-commit-config.yaml"}


def named_paths(text: str) -> set[str]:
    """Paths in backticks that begin at the top of the repository, but not the placeholders."""
    found = {each for each in _CODE.findall(text) if each.split("/")[0] in _TOP and "/" in each}
    return {each for each in found if not re.search(r"[A-Z]{4}", Path(each).stem) or (ROOT / each).exists()}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_named_paths_exist(name: str) -> None:
    text = (ROOT / name).read_text("utf-8")
    paths = named_paths(text)
    assert paths
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    document = ROOT / name
    targets = _LINK.findall(document.read_text("utf-8"))
    assert targets
    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_every_floor_is_described() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    floors = {name.strip() for layer in contracts[0]["layers"] for name in layer.split("|")}
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    assert contracts[0]["exhaustive"] is True
    assert [floor for floor in sorted(floors) if f"`{floor}" not in text] == []


@pytest.mark.parametrize("recipe", ["A rule", "An SDK", "A predicate", "An output format"])
def test_a_recipe_stays_under_a_page(recipe: str) -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    body = text.split(f"\n## {recipe}\n")[1].split("\n## ")[0]
    assert 5 < len(body.splitlines()) < 45

"""The wheel holds the package, its data and the rules, and nothing else."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def wheel_check() -> ModuleType:
    spec = importlib.util.spec_from_file_location("wheel_check", Path(__file__).with_name("wheel.py"))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from hatchling.builders.wheel import WheelBuilder

    folder = tmp_path_factory.mktemp("dist")
    return Path(next(iter(WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"]))))


def test_the_wheel_holds_everything_that_is_loaded(wheel: Path) -> None:
    found = wheel_check().members(wheel)
    assert wheel_check().expected() - found == set()
    for start in ("costgate/_rules/", "costgate/knowledge/sdks/", "costgate/knowledge/tokenizers/", "costgate/knowledge/prices/"):
        assert any(name.startswith(start) for name in found)
    assert {"costgate/_rules/rule.schema.json", "costgate/render/report.schema.json"} <= found


def test_the_wheel_holds_nothing_else(wheel: Path) -> None:
    found = wheel_check().members(wheel)
    assert found - wheel_check().expected() == set()


def test_a_wheel_without_a_rule_is_found_out(wheel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lost = "costgate/_rules/output/unbounded-output.yml"
    thin = tmp_path / "thin.whl"
    with zipfile.ZipFile(wheel) as whole, zipfile.ZipFile(thin, "w") as made:
        for name in whole.namelist():
            if name != lost:
                made.writestr(name, whole.read(name))
    assert wheel_check().main(str(thin)) == 1
    assert f"missing: {lost}" in capsys.readouterr().err


def test_the_metadata_name_the_licence_and_the_command(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        texts = {name.rpartition("/")[2]: archive.read(name).decode() for name in archive.namelist() if ".dist-info/" in name}
    assert "Name: costgate-ci" in texts["METADATA"] and "License-Expression: Apache-2.0" in texts["METADATA"]
    assert "costgate = costgate.cli:main" in texts["entry_points.txt"]
    assert texts["LICENSE"].lstrip().startswith("Apache License")


def test_the_wheel_runs_from_its_own_files(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r}); from costgate.cli import main; sys.exit(main())"
    ran = subprocess.run([sys.executable, "-I", "-c", code, "rules", "list"], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "unbounded-output" in ran.stdout


def test_the_wheel_holds_the_knowledge_as_it_is_compiled_here(wheel: Path, tmp_path: Path) -> None:
    from costgate.knowledge.sdks import load_sdks

    with zipfile.ZipFile(wheel) as archive:
        assert json.loads(archive.read(wheel_check().COMPILED)) == load_sdks()
        archive.extractall(tmp_path / "site")
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'site')!r})\n"
        "from costgate.knowledge.sdks import packed\n"
        "print('none' if packed() is None else 'packed', 'yaml' in sys.modules)"
    )
    told = lambda: subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True).stdout  # noqa: E731
    assert told() == "packed False\n"
    other = next((tmp_path / "site" / "costgate" / "knowledge" / "sdks").glob("*.yaml"))
    other.write_text(f"{other.read_text('utf-8')}# changed since\n", "utf-8")
    assert told().startswith("none")

"""What the wheel is made with, and what is installed beside it: named by hash, and the same wheel wherever it is built."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = {"build.txt": PROJECT["build-system"]["requires"], "runtime.txt": PROJECT["project"]["dependencies"]}
BUILD = "import sys; from hatchling.builders.wheel import WheelBuilder; print(next(iter(WheelBuilder('.').build(directory=sys.argv[1], versions=['standard']))))"


def auditing() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit_dependencies", ROOT / "scripts" / "audit_dependencies.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", LOCKS)
def test_everything_is_named_by_hash_and_as_the_project_wants_it(name: str) -> None:
    text = (ROOT / ".ci" / name).read_text("utf-8")
    entries = re.findall(r"^(\S+==[^\\\n]+?) *\\\n((?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", text, re.MULTILINE)
    rest = re.sub(r"^\S+==[^\\\n]+?\\\n(?: +--hash=sha256:[0-9a-f]{64}(?: \\)?\n)+", "", text, flags=re.MULTILINE)
    assert [line for line in rest.splitlines() if not line.startswith("#")] == []
    pins = {canonicalize_name(Requirement(each).name): Requirement(each) for each, _ in entries}
    for wanted in map(Requirement, LOCKS[name]):
        pin = next(iter(pins[canonicalize_name(wanted.name)].specifier)).version
        assert wanted.specifier.contains(pin), (wanted, pin)


def test_the_action_and_the_checks_install_by_hash() -> None:
    for path in ("action/install.sh", ".ci/run"):
        text = (ROOT / path).read_text("utf-8")
        assert "--require-hashes" in text and "no-isolation" in text.replace("no-build-isolation", "no-isolation"), path


def test_who_comes_along_is_locked_and_licensed(capsys: pytest.CaptureFixture[str]) -> None:
    assert auditing().main([]) == 0, capsys.readouterr().err


def test_a_licence_nobody_has_looked_at_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    module = auditing()
    monkeypatch.setattr(module, "licence", lambda found: "GPL-3.0-only")
    assert module.main([]) == 1
    assert "GPL-3.0-only" in capsys.readouterr().err


@pytest.mark.parametrize("path", [*(ROOT / ".github" / "workflows").glob("*.yml"), *(ROOT / "docs" / "examples").glob("*.yml"), ROOT / "action.yml"], ids=lambda path: path.name)
def test_actions_of_others_are_pinned_to_a_commit(path: Path) -> None:
    used = re.findall(r"^\s*-?\s*uses:\s*(\S+)", path.read_text("utf-8"), re.MULTILINE)
    ours = ("./", "OWNER/")
    assert [each for each in used if not each.startswith(ours) and not re.search(r"@[0-9a-f]{40}$", each)] == []


def test_the_same_wheel_from_anywhere(tmp_path: Path) -> None:
    made = []
    for number, (folder, mask) in enumerate((("one", 0o022), ("another/place with blanks", 0o077))):
        copy = tmp_path / folder
        for name in ("costgate", "rules", "docs", "pyproject.toml", "hatch_build.py", "README.md", "LICENSE"):
            source, target = ROOT / name, copy / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"), copy_function=shutil.copyfile)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
        for path in copy.rglob("*"):
            os.utime(path, (1_000_000_000 + number, 1_000_000_000 + number))
        environment = {"PATH": os.environ["PATH"], "SOURCE_DATE_EPOCH": "1700000000", "LC_ALL": ("C", "C.UTF-8")[number], "PYTHONHASHSEED": str(number)}
        command = [sys.executable, "-c", BUILD, str(tmp_path / f"dist{number}")]
        done = subprocess.run(command, cwd=copy, env=environment, umask=mask, capture_output=True, text=True, check=True)
        made.append(Path(done.stdout.splitlines()[-1]))
    with zipfile.ZipFile(made[0]) as archive:
        assert {info.date_time[0] for info in archive.infolist()} == {2023}
    assert made[0].name == made[1].name and made[0].read_bytes() == made[1].read_bytes()

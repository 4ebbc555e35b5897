"""Unpacking the corpus: only wanted regular files, only below the package's folder, only the pinned bytes."""

from __future__ import annotations

import importlib.util
import io
import sys
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts" / "fetch_corpus.py"
INSIDE = ("pkg/a.py", "pkg/conf/b.yaml")
OUTSIDE = ("/pkg/abs.py", "../up.py", "pkg/../../up.py", "pkg\\win.py", "C:/pkg/drive.py", "other/c.py", "pkg/lib.so")


def load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("fetch_corpus", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


script = load_script()


def wheel(folder: Path) -> Path:
    path = folder / "pkg-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name in INSIDE + OUTSIDE:
            archive.writestr(name, "x = 1\n")
    return path


def sdist(folder: Path) -> Path:
    path = folder / "pkg-1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in INSIDE + OUTSIDE:
            member = tarfile.TarInfo(name if name.startswith("/") else f"pkg-1.0/{name}")
            member.size = 6
            archive.addfile(member, io.BytesIO(b"x = 1\n"))
        for name, kind in (("link.py", tarfile.SYMTYPE), ("hard.py", tarfile.LNKTYPE), ("fifo.py", tarfile.FIFOTYPE)):
            member = tarfile.TarInfo(f"pkg-1.0/pkg/{name}")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    return path


@pytest.mark.parametrize("build", [wheel, sdist])
def test_unpack_takes_only_what_is_wanted(tmp_path: Path, build: object) -> None:
    assert callable(build)
    path = build(tmp_path)
    package = script.Package("pkg", "1.0", path.name, script.digest(path), ("pkg",))
    folder = tmp_path / "out" / "pkg"
    assert script.unpack(path, package, folder) == len(INSIDE)
    unpacked = {
        found.relative_to(tmp_path / "out").as_posix() for found in (tmp_path / "out").rglob("*") if found.is_file()
    }
    assert unpacked == {f"pkg/{name}" for name in INSIDE}


def test_other_bytes_are_refused(tmp_path: Path) -> None:
    archives = tmp_path / "archives"
    archives.mkdir()
    package = script.Package("pkg", "1.0", wheel(archives).name, "0" * 64, ("pkg",))
    with pytest.raises(script.FetchError, match="sha256"):
        script.fetch(package, tmp_path)
    assert not (tmp_path / "pkg").exists()


def test_limits_stop_an_archive_that_grows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = wheel(tmp_path)
    package = script.Package("pkg", "1.0", path.name, script.digest(path), ("pkg",))
    monkeypatch.setattr(script, "MAX_TOTAL", 10)
    with pytest.raises(script.FetchError, match="limits"):
        script.unpack(path, package, tmp_path / "out")

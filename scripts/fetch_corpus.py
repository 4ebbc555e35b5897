"""Downloads and unpacks the packages of tests/corpus/packages.yaml; their code is never run and never enters git.

A wheel is only unzipped. For an sdist pip asks the build backend for its metadata, after it has checked the SHA-256.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ROOT / "tests" / "corpus" / "packages.yaml"
PROMPTS = ROOT / "tests" / "corpus" / "prompts" / "packages.yaml"
HELD_OUT = ROOT / "tests" / "corpus" / "heldout" / "packages.yaml"
DEST = ROOT / "build" / "corpus"
SUFFIXES = frozenset(
    {".py", ".toml", ".yaml", ".yml", ".json", ".txt", ".md", ".cfg", ".ini", ".j2", ".jinja", ".jinja2"}
)
MAX_FILE = 4_000_000
MAX_TOTAL = 200_000_000
MAX_FILES = 20_000
BLOCK = 1 << 20


class FetchError(Exception):
    """A package that cannot be had, or an archive that is not what was pinned."""


@dataclass(frozen=True, slots=True)
class Package:
    """One pinned archive. `keep`: top-level folders that are unpacked, counted below the sdist's own folder."""

    name: str
    version: str
    archive: str
    sha256: str
    keep: tuple[str, ...]

    @property
    def is_wheel(self) -> bool:
        """True for a wheel, False for an sdist."""
        return self.archive.endswith(".whl")


def load_packages(path: Path) -> tuple[Package, ...]:
    """The pinned archives of packages.yaml, in its order."""
    import yaml

    entries = yaml.safe_load(path.read_text("utf-8"))["packages"]
    return tuple(Package(e["name"], e["version"], e["archive"], e["sha256"], tuple(e["keep"])) for e in entries)


def digest(path: Path) -> str:
    """SHA-256 of a file, in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def download(package: Package, archives: Path) -> Path:
    """The archive on disk, taken from `archives` or through pip. Raises FetchError unless the digest is the pinned one."""
    path = archives / package.archive
    if not path.exists():
        _pip_download(package, archives)
    if not path.exists():
        raise FetchError(f"{package.name}: pip did not deliver {package.archive}")
    found = digest(path)
    if found != package.sha256:
        raise FetchError(f"{package.name}: sha256 of {package.archive} is {found}, pinned is {package.sha256}")
    return path


def _pip_download(package: Package, archives: Path) -> None:
    only = ["--only-binary", ":all:"] if package.is_wheel else ["--no-binary", package.name]
    options = ["--no-deps", "--ignore-requires-python", "--require-hashes", *only, "-d", str(archives)]
    with tempfile.TemporaryDirectory() as folder:
        pins = Path(folder) / "pins.txt"
        pins.write_text(f"{package.name}=={package.version} --hash=sha256:{package.sha256}\n", "utf-8")
        command = [sys.executable, "-m", "pip", "--quiet", "download", *options, "-r", str(pins)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise FetchError(f"{package.name}: pip download failed: {last}")


def safe_path(name: str, package: Package) -> PurePosixPath | None:
    """Where a member goes below the package's folder, or None when it is not wanted or would leave that folder."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name:
        return None
    parts = path.parts if package.is_wheel else path.parts[1:]
    if not parts or path.suffix not in SUFFIXES:
        return None
    inner = PurePosixPath(*parts)
    return inner if any(inner.is_relative_to(root) for root in package.keep) else None


def members(path: Path, package: Package) -> Iterator[tuple[str, int, IO[bytes]]]:
    """Name, size and content of every regular file of an archive; links and devices are left out."""
    if package.is_wheel:
        with zipfile.ZipFile(path) as archive:
            for info in archive.infolist():
                if not info.is_dir() and safe_path(info.filename, package):
                    with archive.open(info) as stream:
                        yield info.filename, info.file_size, stream
        return
    with tarfile.open(path, "r:gz") as tarball:
        for member in tarball:
            if not member.isreg():
                continue
            content = tarball.extractfile(member)
            if content is not None:
                yield member.name, member.size, content


def unpack(path: Path, package: Package, folder: Path) -> int:
    """Writes the wanted files below `folder` and returns their number. Raises FetchError above the size limits."""
    count = total = 0
    for name, size, stream in members(path, package):
        inner = safe_path(name, package)
        if inner is None or size > MAX_FILE:
            continue
        data = stream.read(MAX_FILE + 1)
        count, total = count + 1, total + len(data)
        if len(data) > MAX_FILE or total > MAX_TOTAL or count > MAX_FILES:
            raise FetchError(f"{package.name}: {package.archive} unpacks to more than the limits allow")
        target = folder / inner
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    return count


def fetch(package: Package, dest: Path) -> str:
    """Brings one package to `dest/<name>` and says what was done. A folder unpacked from the same archive stays."""
    archives = dest / "archives"
    archives.mkdir(parents=True, exist_ok=True)
    stamp = dest / f"{package.name}.sha256"
    if stamp.exists() and stamp.read_text("ascii") == package.sha256 and (dest / package.name).is_dir():
        return f"{package.name} {package.version}: there already"
    if (dest / package.name).exists():
        raise FetchError(f"{package.name}: {dest / package.name} is not what the pin says; remove it and run again")
    partial = dest / f".{package.name}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    count = unpack(download(package, archives), package, partial)
    partial.rename(dest / package.name)
    stamp.write_text(package.sha256, "ascii")
    return f"{package.name} {package.version}: {count} files"


def main(argv: Sequence[str] | None = None) -> int:
    """Fetches every package, or those named. Returns 1 when one could not be had."""
    parser = argparse.ArgumentParser(description="Download and unpack the packages of tests/corpus/packages.yaml.")
    parser.add_argument("names", nargs="*", help="packages to fetch (default: all)")
    parser.add_argument("--dest", type=Path, default=DEST, help="cache folder (default: build/corpus)")
    options = parser.parse_args(argv)
    packages = load_packages(PACKAGES) + load_packages(PROMPTS) + load_packages(HELD_OUT)
    unknown = set(options.names) - {package.name for package in packages}
    if unknown:
        parser.error(f"not in packages.yaml: {', '.join(sorted(unknown))}")
    failed = 0
    for package in packages:
        if options.names and package.name not in options.names:
            continue
        try:
            print(fetch(package, options.dest))
        except (FetchError, OSError, zipfile.BadZipFile, tarfile.TarError) as error:
            failed += 1
            print(f"failed: {error}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

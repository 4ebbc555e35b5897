"""From files to outlines: decoding, the byte prefilter's hits, worker processes where there is enough to read, the cache."""

from __future__ import annotations

import hashlib
import marshal
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from costgate.model.tree import Cache
from costgate.read import outline as ol
from costgate.read.workers import cores, shared

LFS_POINTER = b"version https://git-lfs"
LARGE = 1_000_000
MOST = 10_000_000
"""So much of a very large file is read. Its outline takes about fifty times the memory."""
HUGE = 60_000_000
WORTH_WORKERS = 1_500_000
_BLANK = bytes(10 if byte == 10 else 32 for byte in range(256))
_STATEMENT = re.compile(rb"^(?=[^\s#)\]}])", re.MULTILINE)
_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.MULTILINE)


def source_of(data: bytes) -> tuple[bytes, str | None]:
    """UTF-8 bytes of a Python file, and why it cannot be read if it cannot."""
    if len(data) > HUGE:
        return b"", f"{len(data):,} bytes are more than is read"
    if data.startswith(LFS_POINTER):
        return b"", "a Git LFS pointer, its content is not here"
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return b"", "it is UTF-16, which Python does not read either"
    if b"\x00" in data:
        return b"", "it holds NUL bytes"
    data = data.removeprefix(b"\xef\xbb\xbf")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        cookie = _COOKIE.search(b"\n".join(data.split(b"\n", 2)[:2]))
        try:
            return data.decode(cookie.group(1).decode() if cookie else "utf-8").encode(), None
        except (UnicodeDecodeError, LookupError):
            return b"", "it is not valid text in its declared encoding"
    return data, None


def key_of(data: bytes) -> str:
    """The git blob id of some bytes."""
    state = hashlib.sha1(b"blob %d\0" % len(data), usedforsecurity=False)
    state.update(data)
    return state.hexdigest()


def outlines(files: Mapping[str, bytes], handed_over: frozenset[str], cache: Cache, mark: str) -> dict[str, bytes]:
    """The outline of each file, packed, from the cache where it is remembered, in worker processes where that pays.

    Packed it takes a tenth of the memory; see `unpacked`.
    """
    found: dict[str, bytes] = {}
    keys = {path: f"{key_of(data)}.{mark}" for path, data in files.items()}
    for path, key in keys.items():
        known = cache.get("outline", key)
        if isinstance(known, dict) and known.keys() == ol.Outline.__annotations__.keys():
            found[path] = _packed(known)
    missing = [path for path in files if path not in found]
    for path, made in _made([(path, files[path]) for path in missing], handed_over):
        found[path] = made
        cache.put("outline", keys[path], _whole(made))
    return found


class _Unpacked(dict[str, Any]):
    """An outline whose parts are unpacked when they are asked for; most modules are asked for one or two."""

    def __init__(self, packed: dict[str, bytes]) -> None:
        self.packed = packed

    def __missing__(self, part: str) -> Any:
        self[part] = found = marshal.loads(self.packed.pop(part))  # noqa: S302 - packed by this very run
        return found


def unpacked(outline: bytes) -> ol.Outline:
    """An outline that `outlines` gave."""
    return cast("ol.Outline", _Unpacked(marshal.loads(outline)))  # noqa: S302 - packed by this very run


def _whole(packed: bytes) -> ol.Outline:
    parts = marshal.loads(packed)  # noqa: S302 - packed by this very run
    return cast("ol.Outline", {part: marshal.loads(rows) for part, rows in parts.items()})  # noqa: S302


def _packed(outline: Mapping[str, Any]) -> bytes:
    return marshal.dumps({part: marshal.dumps(rows) for part, rows in outline.items()})


def _made(files: Sequence[tuple[str, bytes]], handed_over: frozenset[str]) -> Iterable[tuple[str, bytes]]:
    jobs = [(path, data, handed_over) for path, data in files]
    if len(jobs) < 2 or cores() < 2 or sum(len(data) for _, data in files) < WORTH_WORKERS:
        return map(_one, jobs)
    return shared(_one, jobs, chunk=16)


def _one(job: tuple[str, bytes, frozenset[str]]) -> tuple[str, bytes]:
    path, data, handed_over = job
    made: Any = ol.outline(data if len(data) <= LARGE else thinned(data), handed_over)
    return path, _packed(made)


def thinned(data: bytes) -> bytes:
    """A very large file with its biggest top-level statements blanked, so that offsets and lines stay as they are."""
    kept = bytearray(data)
    for start, end in left_out(data):
        kept[start:end] = data[start:end].translate(_BLANK)
    return bytes(kept)


def left_out(data: bytes) -> list[tuple[int, int]]:
    """What of a very large file is not read, as byte ranges: statements that are too big, and the rest after so much."""
    if len(data) <= LARGE:
        return []
    found, kept, start = [], 0, 0
    for match in _STATEMENT.finditer(data, 1):
        end = match.start()
        if end - start > LARGE // 4:
            found.append((start, end))
        else:
            kept += end - start
        start = end
        if kept > MOST:
            return [*found, (start, len(data))]
    return [*found, (start, len(data))] if len(data) - start > LARGE // 4 else found

"""Writes what a fuzzer starts from: real inputs of the target, taken from the tests. Usage: seeds.py TARGET FOLDER"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TESTS = ROOT / "tests"
_BLOCK = re.compile(r"^```(?:python|yaml)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def seeds(target: str) -> Iterator[bytes]:
    """The inputs; of `prompts` with the byte in front that chooses the file's name."""
    if target == "read":
        for page in sorted((TESTS / "read" / "cases").glob("*.md")):
            yield from (block.encode() for block in _BLOCK.findall(page.read_text("utf-8")))
    elif target == "prompts":
        texts = [*(ROOT / "examples").rglob("*.md"), *(ROOT / "examples").rglob("*.j2"), *(ROOT / "costgate" / "knowledge").glob("*.yaml")]
        own = [b"{% include 'a.j2' %}{{ x|upper }}{% for y in z %}{{ y }}{% endfor %}", b"---\nmodel: {api: chat}\n---\nsystem:\nHi {{x}}\n", b'{"messages": [{"role": "system", "content": "{{x}}"}]}', b"a = '''{x}'''", b"@other.md\n"]
        for text in [*own, *(path.read_bytes()[:3000] for path in texts)]:
            yield from (bytes([kind]) + text for kind in range(16))
    elif target == "config":
        for page in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
            yield from (block.encode() for block in _BLOCK.findall(page.read_text("utf-8")))
        for test in sorted((TESTS / "config").glob("*.py")):
            yield from (text.encode() for text in re.findall(r'"""\\?\n?(.*?)"""', test.read_text("utf-8"), re.DOTALL))
        yield from (path.read_bytes() for path in sorted((ROOT / "rules").rglob("*.yml")))
    elif target == "reports":
        yield from (path.read_bytes() for path in sorted((TESTS / "render" / "snapshots").glob("*.json")))
    elif target == "traces":
        yield from (path.read_bytes()[:8000] for path in sorted((TESTS / "usage" / "traces").iterdir()))


if __name__ == "__main__":
    for number, seed in enumerate(seeds(sys.argv[1])):
        (Path(sys.argv[2]) / f"seed-{number:04}").write_bytes(seed)

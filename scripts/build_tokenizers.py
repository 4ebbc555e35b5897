"""Packs public rank files into costgate/knowledge/tokenizers/, after checking them against the hashes tiktoken pins.

The files come out of a wheel on the package index that carries them unchanged, named by the SHA-1 of their URL.

    python scripts/build_tokenizers.py [--wheels FOLDER]
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from costgate.knowledge.ranks import sorted_table

TARGET = Path(__file__).parent.parent / "costgate" / "knowledge" / "tokenizers"
WHEEL = "litellm==1.109.1"
PLATFORM = "manylinux_2_28_x86_64"
MEMBERS = "litellm/litellm_core_utils/tokenizers/"

# File and SHA-256 as in tiktoken_ext/openai_public.py of tiktoken 0.14.0, patterns likewise (MIT).
ENCODINGS = {
    "o200k_base": (
        "fb374d419588a4632f3f557e76b4b70aebbca790",
        "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d",
    ),
    "cl100k_base": (
        "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
        "223921b76ee99bde995b7ff738513eef100fb51d18c93597a113bcffe865b2a7",
    ),
}
_WORD_END = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
_PARTS = {
    "o200k_base": [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+" + _WORD_END,
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*" + _WORD_END,
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ],
    "cl100k_base": [
        r"'(?i:[sdmt]|ll|ve|re)",
        r"[^\r\n\p{L}\p{N}]?+\p{L}++",
        r"\p{N}{1,3}+",
        r" ?[^\s\p{L}\p{N}]++[\r\n]*+",
        r"\s++$",
        r"\s*[\r\n]",
        r"\s+(?!\S)",
        r"\s",
    ],
}
PATTERNS = {name: "|".join(parts) for name, parts in _PARTS.items()}


def main() -> int:
    """Write the packed files and their index."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wheels", type=Path, help="keep the downloaded wheel here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (options.wheels or Path(temporary)) / WHEEL.replace("==", "-")
        if not list(folder.glob("*.whl")):
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
            subprocess.run([*command, "--platform", PLATFORM, "--dest", folder, WHEEL], check=True)
        with zipfile.ZipFile(next(folder.glob("*.whl"))) as wheel:
            index = {name: pack(name, wheel.read(MEMBERS + member)) for name, (member, _) in ENCODINGS.items()}
    (TARGET / "index.json").write_text(json.dumps(index, indent=1) + "\n", encoding="utf-8", newline="\n")
    return 0


def pack(name: str, original: bytes) -> dict[str, str | int]:
    """Write one packed file; its entry in the index."""
    found = hashlib.sha256(original).hexdigest()
    if found != ENCODINGS[name][1]:
        raise SystemExit(f"{name}: SHA-256 {found}")
    pairs = [line.split() for line in original.splitlines() if line]
    tokens = [base64.b64decode(token) for token, _ in pairs]
    if [int(rank) for _, rank in pairs] != list(range(len(tokens))):
        raise SystemExit(f"{name}: ranks have holes")
    data = sorted_table(tokens)
    (TARGET / f"{name}.ranks").write_bytes(data)
    print(f"{name}: {len(tokens)} tokens, {len(original)} bytes, packed {len(data)}")
    return {
        "tokens": len(tokens),
        "sha256": hashlib.sha256(data).hexdigest(),
        "original_sha256": found,
        "pattern": PATTERNS[name],
    }


if __name__ == "__main__":
    sys.exit(main())

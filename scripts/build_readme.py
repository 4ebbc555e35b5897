"""Runs examples/demo.sh and puts what it prints into README.md, below the commands that print it."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
_BLOCK = re.compile(r"(?<=```console\n)\$ (costgate [^\n]*)\n.+?(?=\n```)", re.DOTALL)


def demo() -> dict[str, str]:
    """Each command of the demo -> what it printed, run with this interpreter."""
    with tempfile.TemporaryDirectory() as folder:
        command = Path(folder, "costgate")
        code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from costgate.cli import main; sys.exit(main())"
        command.write_text(f"#!/bin/sh\nexec {shlex.join([sys.executable, '-I', '-c', code])} \"$@\"\n", "utf-8")
        command.chmod(0o755)
        ran = subprocess.run(
            ["bash", str(ROOT / "examples" / "demo.sh"), str(command)],
            env={"PATH": os.environ["PATH"], "HOME": folder, "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=True,
        )
    parts = re.split(r"^\$ (costgate .*)\n", ran.stdout, flags=re.MULTILINE)
    return {name: text.strip("\n") for name, text in zip(parts[1::2], parts[2::2], strict=True)}


def filled(text: str, printed: dict[str, str]) -> str:
    """The text with every block of a command that the demo runs brought up to date."""

    def block(match: re.Match[str]) -> str:
        output = printed.get(match[1])
        return match[0] if output is None else f"$ {match[1]}\n{output}"

    return _BLOCK.sub(block, text)


def main() -> None:
    """Write README.md."""
    README.write_text(filled(README.read_text("utf-8"), demo()), "utf-8")


if __name__ == "__main__":
    main()

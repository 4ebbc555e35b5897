"""`costgate explain FILE`: one prompt file, or the prompts in one code file; who sends them, and how their tokens split."""

from __future__ import annotations

import argparse
from pathlib import Path

from costgate.commands import PASS
from costgate.commands.session import Session
from costgate.model.error import UserError
from costgate.terminal import say


def explain_prompt(file: Path, options: argparse.Namespace) -> int:
    """Say what is known of the prompts in a file and return the exit code."""
    from costgate.gate import audit
    from costgate.render.promptpage import render_prompts
    from costgate.store.git import find_root

    root = find_root(file.absolute().parent) or Path.cwd().resolve()
    inside = file.resolve().is_relative_to(root)
    if file.is_symlink() or not inside:
        raise UserError("lies outside of the repository, or behind a symbolic link", where=str(file))
    with Session(options) as setting:
        report = audit([file] if find_root(file.parent) else [root], setting)
    path = file.resolve().relative_to(root).as_posix()
    told = render_prompts(report, path)
    why = next((each["why"] for each in report["coverage"]["skipped"] if each["path"] == path), None)
    if not told:
        raise UserError(
            f"holds no prompt that is seen{f': {why}' if why else ''}", where=str(file), hint="see costgate audit --format json"
        )
    say(told)
    return PASS

"""`costgate explain`: one rule in full, or the prompts of one file."""

from __future__ import annotations

import argparse
from pathlib import Path

from costgate.commands import PASS
from costgate.commands.explain_prompt import explain_prompt
from costgate.commands.session import reading
from costgate.model.error import UserError
from costgate.terminal import say


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    made.add_argument("rule", metavar="RULE | FILE", help="an id or a name, such as CG101 or unbounded-output, or a prompt file")
    reading(made)


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    from costgate.knowledge.strict import nearest
    from costgate.policy.pages import NOTE, rule_page
    from costgate.rulecheck import known_rules

    rules = known_rules(Path.cwd())
    if Path(options.rule).is_file() and not any(options.rule in (rule.id, rule.name) for rule in rules):
        return explain_prompt(Path(options.rule), options)
    for rule in rules:
        if options.rule in (rule.id, rule.name):
            say(rule_page(rule).removeprefix(NOTE).strip())
            return PASS
    close = nearest(options.rule, [word for rule in rules for word in (rule.id, rule.name)])
    raise UserError(f"no rule {options.rule!r}", hint=f"did you mean {close}?" if close else "see costgate rules list")

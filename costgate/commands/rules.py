"""`costgate rules`: what the rules are, and the proof of a team's own."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from costgate.commands import MISTAKE, PASS
from costgate.model.error import UserError
from costgate.terminal import complain, say

if TYPE_CHECKING:
    from costgate.model.finding import Rule


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    made.description = (
        f"{made.description} list: all of them. explain or show RULE: one in full, or as its file. check [PATH...]: the "
        "proof of a team's own. docs FOLDER: a page for each rule. "
        "schema: the JSON Schema of a rule file, for editors."
    )
    made.add_argument("action", choices=("list", "check", "explain", "show", "docs", "schema"))
    made.add_argument("names", nargs="*", metavar="RULE|PATH", help="for check by default .costgate/rules")


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    return _ACTIONS[options.action](options.names)


def _list(names: list[str]) -> int:
    from costgate.rulecheck import known_rules

    for rule in known_rules(Path.cwd()):
        say(f"{rule.id}  {rule.severity:7}  {rule.name:28}  {rule.summary}")
    return PASS


def _explain(names: list[str]) -> int:
    return explain_rules(_named(names))


def explain_rules(rules: Iterable[Rule]) -> int:
    """Say all there is to rules, as their pages do."""
    from costgate.policy.pages import NOTE, rule_page

    for rule in rules:
        say(rule_page(rule).removeprefix(NOTE).strip())
    return PASS


def _show(names: list[str]) -> int:
    """The file of a rule, to begin one's own from."""
    from costgate.policy.rule import packaged_files

    texts = dict(packaged_files())
    for rule in _named(names):
        own = Path(rule.source)
        say((texts[rule.source] if rule.source in texts else own.read_text("utf-8-sig")).rstrip())
    return PASS


def _docs(names: list[str]) -> int:
    """A page for each rule that holds here, an index, and the list of facts."""
    from costgate.policy.pages import all_pages
    from costgate.rulecheck import known_rules

    if len(names) != 1:
        raise UserError("docs takes one folder to write the pages into", hint="costgate rules docs site/rules")
    folder = Path(names[0])
    folder.mkdir(parents=True, exist_ok=True)
    pages = all_pages(known_rules(Path.cwd()))
    for name, text in pages.items():
        (folder / name).write_text(text, "utf-8")
    say(f"{len(pages)} pages in {folder}")
    return PASS


def _schema(names: list[str]) -> int:
    from costgate.policy.schema import schema_text

    say(schema_text().rstrip())
    return PASS


def _named(names: list[str]) -> list[Rule]:
    from costgate.rulecheck import rules_named

    if not names:
        raise UserError("which rule?", hint="give an id or a name; costgate rules list shows them")
    return rules_named(names, Path.cwd())


def _check(names: list[str]) -> int:
    from costgate.rulecheck import check_rules

    count, mistakes = check_rules([Path(name) for name in names], Path.cwd())
    for mistake in mistakes:
        complain(str(mistake))
    if mistakes:
        many = len(mistakes) != 1, count != 1
        complain(f"{len(mistakes)} mistake{'s' * many[0]} in {count} rule file{'s' * many[1]}")
        return MISTAKE
    say(f"{count} rule file{'s' * (count != 1)}, every example as marked, every condition needed")
    return PASS


_ACTIONS = {"list": _list, "check": _check, "explain": _explain, "show": _show, "docs": _docs, "schema": _schema}

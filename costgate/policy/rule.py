"""Loads rules: the packaged ones, which are trusted, and a team's own, which are checked."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from costgate.model.error import UserError
from costgate.model.finding import Rule
from costgate.policy.schema import FIELDS

NOT_JUDGED = ("source", "line", "examples", "why", "fix", "since", "repair", "lever")
"""Fields that tell about a rule and change no judgement."""


def load_rules(extra: Sequence[tuple[str, str]] = ()) -> tuple[Rule, ...]:
    """Every packaged rule and the `extra` ones (path, text), by id. UserError with path:line for a bad extra rule."""
    return merge(_packaged(), [parse_checked(path, text) for path, text in extra])


@cache
def _packaged() -> tuple[Rule, ...]:
    # a change is judged with those of base and head, and each time they are these
    return tuple(parse_rule(path, text) for path, text in packaged_files())


def merge(packaged: Iterable[Rule], own: Iterable[Rule]) -> tuple[Rule, ...]:
    """Both together, by id. UserError when two rules share an id or a name."""
    rules: list[Rule] = []
    taken: dict[str, Rule] = {}
    for rule in (*packaged, *own):
        for word in (rule.id, rule.name):
            if word in taken:
                raise UserError(f"{word} is already the rule in {taken[word].source}", where=f"{rule.source}:{rule.line}")
            taken[word] = rule
        rules.append(rule)
    return tuple(sorted(rules, key=lambda rule: rule.id))


def packaged_folder() -> Path:
    """Where the packaged rules are: inside an installed package, or beside it in a checkout."""
    package = Path(__file__).parent.parent
    installed = package / "_rules"
    return installed if installed.is_dir() else package.parent / "rules"


def packaged_files() -> list[tuple[str, str]]:
    """Path (below the rules folder) and text of every packaged rule, sorted."""
    folder = packaged_folder()
    return [(path.relative_to(folder).as_posix(), path.read_text("utf-8")) for path in sorted(folder.glob("*/*.yml"))]


def parse_rule(path: str, text: str) -> Rule:
    """A rule from the text of its file, taken as it stands. UserError when it is not strict YAML."""
    from costgate.knowledge.strict import load

    return from_document(load(text, path), path)


def parse_checked(path: str, text: str) -> Rule:
    """A rule from the text of its file, against the schema and the facts. UserError with path:line and a hint."""
    from costgate.policy.check import check_rule

    rule = from_document(check_rule(path, text), path)
    line = next((at for at, row in enumerate(text.split("\n"), 1) if row.startswith(("id:", '"id"'))), 1)
    return replace(rule, line=line)


def from_document(document: Mapping[str, Any], source: str) -> Rule:
    """A rule from its parsed file."""
    match = dict(document["match"])
    each = match.pop("each")
    fields = {key: value for key, value in document.items() if key in FIELDS and key != "match"}
    params = {
        name: {"nullable": spec.get("default") is None, **spec} for name, spec in fields.pop("params", {}).items()
    }
    return Rule(each=each, match=match, params=params, source=source, **fields)


def to_json(rule: Rule) -> dict[str, Any]:
    """A rule as a JSON object, for a cache of compiled rules."""
    return {field: getattr(rule, field) for field in Rule.__dataclass_fields__ if field != "predicates"}


def from_json(data: Mapping[str, Any]) -> Rule:
    """The rule that `to_json` wrote."""
    return Rule(**{field: data[field] for field in Rule.__dataclass_fields__ if field != "predicates"})


def rules_digest(rules: Iterable[Rule]) -> str:
    """SHA-256 over everything that can change a judgement: the same rules give the same digest wherever they lie."""
    kept = [
        {key: value for key, value in to_json(rule).items() if key not in NOT_JUDGED}
        for rule in sorted(rules, key=lambda rule: rule.id)
    ]
    text = json.dumps(kept, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()

"""Writes what is made from the rules: rules/rule.schema.json and the pages in docs/rules."""

from __future__ import annotations

from pathlib import Path

from costgate.policy.pages import all_pages
from costgate.policy.rule import load_rules
from costgate.policy.schema import schema_text

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Write every generated file."""
    (ROOT / "rules" / "rule.schema.json").write_text(schema_text(), "utf-8")
    folder = ROOT / "docs" / "rules"
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in all_pages(load_rules()).items():
        (folder / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()

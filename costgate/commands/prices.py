"""`costgate prices`: what a model costs, what changed between two books, and a newer book than the shipped one."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from costgate.commands import PASS
from costgate.commands.session import date_of, here, prices_given
from costgate.terminal import say, write

if TYPE_CHECKING:
    from costgate.knowledge.prices import PriceBook
    from costgate.model.money import Price

_BOOK = "DATE, the name of a shipped book, or a file"


def arguments(made: argparse.ArgumentParser) -> None:
    """What the command takes."""
    actions = made.add_subparsers(dest="action", metavar="ACTION", required=True)
    shown = actions.add_parser("show", help="all that is known of one model's price")
    shown.add_argument("model", metavar="MODEL", help="as code names it, also as PROVIDER/MODEL")
    shown.add_argument("--provider", metavar="NAME", help="who answers, where the name does not say it")
    shown.add_argument("--prices", metavar="BOOK", help=_BOOK)
    shown.add_argument("--config", type=Path, metavar="FILE", help="use this file in place of costgate.yaml")
    compared = actions.add_parser("diff", help="what changed between two books, or two days of one")
    compared.add_argument("old", metavar="OLD", help=_BOOK)
    compared.add_argument("new", metavar="NEW", nargs="?", help="the same (default: the newest shipped book)")
    updated = actions.add_parser(
        "update",
        help="make a newer book from the published lists",
        description="Downloads the newest versions of the price lists from the package index with pip (data only: nothing is "
        "installed or run), writes a book, and says what changed and where the lists disagree. Use it with --prices FILE.",
    )
    updated.add_argument("-o", "--output", type=Path, metavar="FILE", help="(default: costgate-prices-DATE.json)")


def run(options: argparse.Namespace) -> int:
    """Do it and return the exit code."""
    return {"show": _show, "diff": _diff, "update": _update}[options.action](options)


def _show(options: argparse.Namespace) -> int:
    from costgate.pricing.show import page

    book = _book(options.prices)
    say(page(book, options.model, options.provider, _yours(book, options)))
    return PASS


def _yours(book: PriceBook, options: argparse.Namespace) -> Price | None:
    """The price as the configuration of this folder has it."""
    from costgate.config import load_config
    from costgate.measure.price import price_of
    from costgate.store.git import find_root

    config = load_config(find_root(here()) or here(), options.config)
    return price_of(options.model, options.provider, book, config)


def _diff(options: argparse.Namespace) -> int:
    from collections import Counter

    from costgate.pricing.compare import changes

    found = list(changes(_book(options.old), _book(options.new)))
    for change in found:
        say(str(change))
    kinds = Counter(change.kind for change in found)
    words = {"added": "models added", "removed": "models removed", "price": "prices changed", "fact": "limits and dates changed"}
    say(", ".join(f"{kinds[kind]} {text}" for kind, text in words.items() if kinds[kind]) or "no difference")
    return PASS


def _update(options: argparse.Namespace) -> int:
    import tempfile

    from costgate.knowledge.prices import load_book, parse_book
    from costgate.pricing.compare import changes
    from costgate.pricing.fetch import newest, wheel_members
    from costgate.pricing.shop import build, plan

    today = date_of(None)
    with tempfile.TemporaryDirectory() as folder:
        primary, secondary = newest(plan(), Path(folder))
        wanted = {**plan(), "date": today, "primary": primary, "secondary": [secondary, *plan()["secondary"]]}
        texts = wheel_members(wanted, Path(folder))
    made = build(wanted, texts)
    target = options.output or Path(f"costgate-prices-{today}.json")
    write(made.text, target)
    for line in made.disagreements:
        say(f"disagreement: {line}")
    found = list(changes(load_book(), parse_book(made.text.encode(), str(target))))
    for change in found:
        if change.kind == "price":
            say(f"changed: {change}")
    added = sum(change.kind == "added" for change in found)
    say(f"{target}: {added} models more than in {load_book().id}; {len(made.disagreements)} disagreements of the lists over 1 %")
    return PASS


def _book(given: str | None) -> PriceBook:
    from costgate.gate import book_of

    return book_of(*prices_given(given))


"""Generates the dated price book costgate/knowledge/prices/<date>.json from two published price lists.

    python scripts/build_price_book.py            write the book, and the prices that both lists agree on
    python scripts/build_price_book.py --check    compare with the book as it is: disagreements over 1 %, changed prices
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from costgate.knowledge.prices import books, load_book, parse_book
from costgate.pricing.compare import differences
from costgate.pricing.fetch import wheel_members
from costgate.pricing.shop import build, plan

ROOT = Path(__file__).parents[1]
PRICES = ROOT / "costgate" / "knowledge" / "prices"
AGREED = ROOT / "tests" / "knowledge" / "agreed.json"


def main() -> int:
    """Exit 1 if `--check` finds the shipped book out of date."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--wheels", type=Path, help="keep the downloaded wheels here")
    options = parser.parse_args()
    wanted = plan()
    with tempfile.TemporaryDirectory() as temporary:
        texts = wheel_members(wanted, options.wheels or Path(temporary))
    made = build(wanted, texts)
    target = PRICES / f"{wanted['date']}.json"
    if not options.check:
        target.write_text(made.text, encoding="utf-8", newline="\n")
        AGREED.write_text(made.agreed, encoding="utf-8", newline="\n")
        print(f"{target.name}: {made.text.count(chr(10))} lines, {len(made.text)} bytes, {len(made.disagreements)} disagreements")
        return 0
    print("\n".join(made.disagreements))
    new = parse_book(made.text.encode(), "the new book")
    changes = [line for name in books() for line in differences(load_book(name), new)]
    print("\n".join(changes))
    same = target.is_file() and target.read_text(encoding="utf-8") == made.text and AGREED.read_text("utf-8") == made.agreed
    state = "up to date" if same else "OUT OF DATE"
    print(f"{len(made.disagreements)} disagreements over 1 %, {len(changes)} changes since the shipped books; the book is {state}")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())

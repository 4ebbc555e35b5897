"""Columns of places and of tables where a character is not one cell wide: tabs, wide scripts, emoji, combining marks."""

from __future__ import annotations

from typing import Any

import pytest
from rich.cells import cell_len

HEAD = "from openai import OpenAI\n"
CALL = 'OpenAI().responses.create(model="gpt-4.1", input="x")'


@pytest.mark.parametrize(
    ("before", "column"),
    [
        ("x = ", 5),
        ("if 1:\n\tx = ", 6),  # a tab is one column, as editors count them that follow a place
        ("if 1:\n\tif 1:\n\t\tx = ", 7),
        ('t = "日本語"; x = ', 16),
        ('t = "🎉"; x = ', 15),  # two units of UTF-16
        ('t = "e\u0301"; x = ', 15),
        ('t = "👩\u200d👧"; x = ', 18),
    ],
)
def test_a_place_counts_in_utf_16_units(shop: Any, before: str, column: int) -> None:
    shop.write({"app.py": f"{HEAD}{before}{CALL}\n"})
    line = 2 + before.count("\n")
    ran = shop.run("check", "app.py")
    assert f"app.py:{line}:{column}: CG101 " in ran.out, ran.out
    report = shop.run("audit", ".", "--format", "json").report
    (finding,) = [one for one in report["findings"] if one["rule"] == "CG101"]
    assert finding["start_column"] == column
    last = before.rpartition("\n")[2]
    assert finding["start_byte"] == len(last.encode()) + 1


NAMES = ("plain.py", "プロンプト/問い合わせ.py", "caf\u0065\u0301.py", "🎉 party.py", "한국어.py", "ä.py")


def test_tables_stand_in_columns(shop: Any) -> None:
    """What stands below `Model` begins in the same cell in every row, whatever the path is written in."""
    shop.write({name: f"{HEAD}def 質問():\n    return {CALL}\n" for name in NAMES})
    workloads = "".join(f"  - {{name: '{name}', sites: ['{name}'], traffic: 1/day}}\n" for name in NAMES)
    shop.write({"costgate.yaml": f"workloads:\n{workloads}"})
    lines = shop.run("audit", ".").out.split("\n")
    (head,) = [line for line in lines if line.startswith("Call ")]
    cell = cell_len(head[: head.index("Model")])
    rows = [line for line in lines if "gpt-4.1 " in line and ".py:" in line]
    assert len(rows) == len(NAMES)
    assert {cell_len(row[: row.index("gpt-4.1")]) for row in rows} == {cell}
    (head,) = [line for line in lines if line.startswith("Workload ")]
    end = cell_len(head[: head.index("Calls") + len("Calls")])
    rows = [line for line in lines[lines.index(head) :] if line.startswith(NAMES)]
    assert len(rows) == len(NAMES)
    assert {cell_len(row[: row.index("  $")]) for row in rows} == {end}

"""The store: the same report once, a batch whole or not at all, what older versions wrote, damage told."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from costgate.model.error import UserError
from costgate.model.report import Report
from costgate.portfolio.rows import Filed
from costgate.portfolio.store import Store

Audited = Callable[..., Report]


def runs(folder: Path) -> int:
    with Store(folder) as store:
        found: int = store.ask("SELECT count(*) AS number FROM runs")[0]["number"]
        return found


def test_the_same_report_twice_is_one_run(tmp_path: Path, audited: Audited) -> None:
    one, two = Filed(audited()), Filed(audited("other"))
    with Store(tmp_path / "store") as store:
        assert store.add([one, one]) == 1
        assert store.add([one]) == 0
        before = store.ask("SELECT * FROM calls ORDER BY ALL")
        assert store.add([one, two]) == 1
        assert store.ask("SELECT * FROM calls WHERE run IN (SELECT run FROM calls) ORDER BY ALL")[: len(before)]
        assert store.ask("SELECT count(*) AS n FROM workloads")[0]["n"] == 2
    assert runs(tmp_path / "store") == 2


def test_what_two_imports_at_once_both_added_counts_once(tmp_path: Path, audited: Audited) -> None:
    one = Filed(audited())
    first, second = Store(tmp_path / "store"), Store(tmp_path / "store")
    with first, second:
        assert (first.add([one]), second.add([one])) == (1, 1)
    with Store(tmp_path / "store") as store:
        assert store.ask("SELECT count(*) AS n FROM runs")[0]["n"] == 1
        assert store.ask("SELECT count(*) AS n FROM workloads")[0]["n"] == 1


def test_a_batch_that_was_not_finished_does_not_count(tmp_path: Path, audited: Audited) -> None:
    with Store(tmp_path / "store") as store:
        store.add([Filed(audited())])
    for path in (tmp_path / "store" / "runs").glob("*.parquet"):
        path.unlink()  # it is written last
    with Store(tmp_path / "store") as store:
        assert store.ask("SELECT count(*) AS n FROM calls")[0]["n"] == 0
        assert store.add([Filed(audited())]) == 1
        assert store.ask("SELECT count(*) AS n FROM workloads")[0]["n"] == 1


def test_money_stays_what_it_is(tmp_path: Path, audited: Audited) -> None:
    report = audited()
    with Store(tmp_path / "store") as store:
        store.add([Filed(report)])
        (row,) = store.ask("SELECT month_likely FROM workloads")
    # 100,000 requests of 1,000 tokens at $2 a million and 100 at $8 a million
    assert row["month_likely"] == Decimal(280)
    assert isinstance(row["month_likely"], Decimal)


def test_a_column_that_an_older_version_did_not_write_is_empty(tmp_path: Path, audited: Audited) -> None:
    import duckdb

    with Store(tmp_path / "store") as store:
        store.add([Filed(audited())])
    (path,) = (tmp_path / "store" / "workloads").glob("*.parquet")
    old = tmp_path / "old.parquet"
    duckdb.sql(f"COPY (SELECT * EXCLUDE (budget) FROM '{path}') TO '{old}'")
    old.replace(path)
    with Store(tmp_path / "store") as store:
        assert store.ask("SELECT name, budget FROM workloads") == [{"name": "answers", "budget": None}]


def test_a_damaged_file_is_told(tmp_path: Path, audited: Audited) -> None:
    with Store(tmp_path / "store") as store:
        store.add([Filed(audited())])
    (path,) = (tmp_path / "store" / "calls").glob("*.parquet")
    path.write_bytes(b"PAR1 no more")
    with pytest.raises(UserError, match="store that can be read"):
        Store(tmp_path / "store")


def test_a_folder_that_cannot_be_written(tmp_path: Path, audited: Audited) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "calls").write_text("in the way")
    with Store(tmp_path / "store") as store, pytest.raises(UserError, match="cannot be written"):
        store.add([Filed(audited())])
    assert runs(tmp_path / "store") == 0


def test_names_that_look_like_sql_are_names(tmp_path: Path, audited: Audited) -> None:
    report = audited()
    report["provenance"]["repository"] = "'; DROP VIEW runs; --"
    with Store(tmp_path / "it's a store") as store:
        store.add([Filed(report, owner='"x"')])
        assert store.ask("SELECT repository, owner FROM latest") == [
            {"repository": "'; DROP VIEW runs; --", "owner": '"x"'}
        ]

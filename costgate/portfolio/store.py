"""The store: a folder of Parquet files, a set of them for each batch of reports, and DuckDB's views over them.

A batch's `runs` file is written last, and rows count only with it: a run of costgate that is killed adds nothing or all.
A report is named by its content, so importing it again, alone or in another batch, changes nothing.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from costgate.model.error import UserError
from costgate.portfolio.rows import TABLES, Filed, rows_of, run_id

# The last run of each repository, and, by commit, its last run (back 1) and the one before (back 2).
_VIEWS = """
CREATE OR REPLACE VIEW latest AS SELECT * FROM runs QUALIFY
    row_number() OVER (PARTITION BY repository ORDER BY run_order DESC, as_of DESC, batch DESC, run DESC) = 1;
CREATE OR REPLACE VIEW commits AS SELECT * FROM runs QUALIFY row_number() OVER (
    PARTITION BY repository, coalesce(commit, run) ORDER BY run_order DESC, as_of DESC, batch DESC, run DESC) = 1;
CREATE OR REPLACE VIEW steps AS SELECT repository, run,
    row_number() OVER (PARTITION BY repository ORDER BY run_order DESC, as_of DESC, batch DESC, run DESC) AS back
    FROM commits QUALIFY back <= 2;
"""


BATCH = 200
"""Reports that are held in memory and written together."""


class Store:
    """A store that may not exist yet. Close it, or use it in a `with`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = _connected()
        self._view()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.database.close()

    def add(self, reports: Iterable[Filed]) -> int:
        """Add the reports that are not there yet, in batches; how many those were."""
        known = {run for (run,) in self.database.execute("SELECT run FROM runs").fetchall()}
        before = len(known)
        rows: dict[str, list[dict[str, Any]]] = {name: [] for name in TABLES}
        for each in reports:
            run = run_id(each.report)
            if run in known:
                continue
            known.add(run)
            for name, found in rows_of(each, run).items():
                rows[name] += found
            if len(rows["runs"]) == BATCH:
                self._write(rows)
                rows = {name: [] for name in TABLES}
        if rows["runs"]:
            self._write(rows)
        self._view()
        return len(known) - before

    def ask(self, question: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
        """The rows of one SQL query, as mappings. Money comes as Decimal."""
        asked = self.database.execute(question, list(values))
        names = [column[0] for column in asked.description]
        return [dict(zip(names, row, strict=True)) for row in asked.fetchall()]

    def _write(self, rows: Mapping[str, list[dict[str, Any]]]) -> None:
        names = "\n".join(row["run"] for row in rows["runs"])
        batch = f"{self._next():08d}-{sha256(names.encode()).hexdigest()[:12]}"
        for name in sorted(TABLES, key=lambda each: each == "runs"):
            path = self.folder / name / f"{batch}.parquet"
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                self._parquet(name, [{"batch": batch, **row} for row in rows[name]], path)
            except OSError as error:
                raise UserError(f"cannot be written: {error.strerror or error}", where=str(path)) from None

    def _parquet(self, table: str, rows: list[dict[str, Any]], path: Path) -> None:
        columns = {"batch": "VARCHAR", **TABLES[table]}
        handle, lines = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".jsonl")
        part = Path(lines).with_suffix(".part")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.writelines(json.dumps(row) + "\n" for row in rows)
            kinds = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
            read = f"SELECT * FROM read_json({_quoted(lines)}, format='newline_delimited', columns={{{kinds}}})"  # noqa: S608 - our own names
            self._copy(read, part)
            part.replace(path)
        finally:
            Path(lines).unlink(missing_ok=True)
            part.unlink(missing_ok=True)

    def _copy(self, read: str, part: Path) -> None:
        import duckdb

        try:
            self.database.execute(f"COPY ({read}) TO {_quoted(str(part))} (FORMAT parquet, COMPRESSION zstd)")
        except duckdb.IOException as error:
            raise OSError(0, str(error).splitlines()[0]) from None

    def _next(self) -> int:
        files = [*(self.folder / "runs").glob("*.parquet")]
        return 1 + max((int(file.name.split("-")[0]) for file in files if file.name[:8].isdigit()), default=0)

    def _view(self) -> None:
        import duckdb

        try:
            for name, columns in TABLES.items():
                self.database.execute(f"CREATE OR REPLACE VIEW {name} AS {self._selected(name, columns)}")
            self.database.execute(_VIEWS)
        except duckdb.Error as error:
            raise UserError(
                f"is no store that can be read: {str(error).splitlines()[0]}", where=str(self.folder)
            ) from None

    def _selected(self, name: str, columns: Mapping[str, str]) -> str:
        """What is in a table: rows of batches that were finished, each run once."""
        everything = {"batch": "VARCHAR", **columns}
        if not any((self.folder / name).glob("*.parquet")):
            return f"SELECT {_cast(everything, ())} WHERE false"
        files = f"read_parquet({_quoted(str(self.folder.resolve() / name / '*.parquet'))}, union_by_name=true)"
        there = [column for column, *_ in self.database.execute(f"DESCRIBE FROM {files}").fetchall()]
        found = f"SELECT {_cast(everything, there)} FROM {files}"  # noqa: S608 - our own names
        if name == "runs":  # two imports at once may both have added it
            return f"{found} QUALIFY row_number() OVER (PARTITION BY run ORDER BY batch) = 1"
        return f"{found} SEMI JOIN runs USING (run, batch)"


def _connected() -> Any:
    try:
        import duckdb
    except ImportError:
        raise UserError("the portfolio needs DuckDB", hint="install costgate with its extra `fleet`") from None
    return duckdb.connect(
        ":memory:", config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}
    )


def _cast(columns: Mapping[str, str], there: Sequence[str]) -> str:
    """The columns as they are now; those that an older version did not write are NULL."""
    named = ((f'"{column}"' if column in there else "NULL", column, kind) for column, kind in columns.items())
    return ", ".join(f'CAST({source} AS {kind}) AS "{column}"' for source, column, kind in named)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"

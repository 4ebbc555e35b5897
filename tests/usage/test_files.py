"""Files in every form and state give the records they have, and say what they have not."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from costgate.model.error import UserError
from costgate.usage import files
from costgate.usage.files import records, spread

ROWS = [{"model": "m", "input_tokens": number, "text": "a\n]},{\"data\": [" * 3} for number in range(30)]


def read(path: Path) -> tuple[list[dict[str, Any]], Counter[str]]:
    seen: Counter[str] = Counter()
    return list(records(path, seen)), seen


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(json.dumps(row) for row in ROWS),
        "\n\n".join(json.dumps(row) for row in ROWS) + "\n\n",
        "\r\n".join(json.dumps(row) for row in ROWS),
        "\ufeff" + "\n".join(json.dumps(row) for row in ROWS),
        json.dumps(ROWS),
        json.dumps(ROWS, indent=2),
        json.dumps({"object": "page", "data": ROWS, "has_more": False}),
        json.dumps({"object": "page", "data": ROWS, "has_more": False}, indent=4),
        json.dumps({"data": ROWS[:10]}) + "\n" + json.dumps({"data": ROWS[10:]}),
        json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": ROWS}]}]}),
        json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": ROWS}]}]}, indent=1),
    ],
)
@pytest.mark.parametrize("chunk", [7, 64, 1 << 20])
def test_one_set_of_records_in_every_form(text: str, chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_CHUNK", max(chunk, 64))
    monkeypatch.setattr(files, "_FIRST", chunk * 8)
    path = tmp_path / "export.json"
    path.write_bytes(text.encode())
    found, seen = read(path)
    assert [row["input_tokens"] for row in found] == list(range(30))
    assert [row["text"] for row in found] == [row["text"] for row in ROWS]
    assert not seen


def test_compressed_and_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl.gz"
    whole = gzip.compress("".join(json.dumps({"n": number, "pad": f"{number * 7919:x}" * 40}) + "\n" for number in range(5000)).encode())
    path.write_bytes(whole)
    assert len(read(path)[0]) == 5000
    path.write_bytes(whole[: len(whole) // 2])
    found, seen = read(path)
    assert 100 < len(found) < 5000
    assert seen["the compressed file ends too early"] == 1


def test_damaged_lines_cost_themselves_alone(tmp_path: Path) -> None:
    path = tmp_path / "export.jsonl"
    path.write_text('{"n": 1}\n{"n": 2\n\x00\x00\n{"n": 3}\n[1, 2]\nnull\n"text"\n{"n": NaN}\n{"n": 4}\n{"n": 5')
    found, seen = read(path)
    assert [row["n"] for row in found] == [1, 3, 4]
    assert seen == {"lines that are no JSON": 4, "values that are no object": 3}


def test_a_document_that_ends_too_early_gives_what_it_had(tmp_path: Path) -> None:
    path = tmp_path / "page.json"
    whole = json.dumps({"data": ROWS}, indent=1)
    path.write_text(whole[: len(whole) * 2 // 3])
    found, seen = read(path)
    assert 15 < len(found) < 25
    assert seen["documents that end too early or are damaged further on"] == 1


def test_what_is_none_of_it(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UserError, match="not UTF-8"):
        read(path)
    with pytest.raises(UserError, match="no such file"):
        read(tmp_path / "gone")
    with pytest.raises(UserError, match="is a folder"):
        read(tmp_path)
    path.write_text("hello, this is no JSON")
    assert read(path) == ([], {"documents that are no JSON, or larger than 64 MB without a list of records": 1})
    path.write_text("")
    assert read(path) == ([], {})


def test_tables(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_text('model;input;text\nm;1;"a\nb"\nm;2\nm;3;c;d\n\nm;4;x\n')
    found, seen = read(path)
    assert [row["input"] for row in found] == ["1", "4"]
    assert seen == {"rows with more or fewer fields than columns": 2}
    path.write_text("a,b,a\n1,2,3\n")
    with pytest.raises(UserError, match=r"export\.csv:1: two columns are called 'a'"):
        read(path)


def test_a_nested_bomb_is_no_record(tmp_path: Path) -> None:
    path = tmp_path / "deep.jsonl"
    path.write_text("[" * 100_000 + "\n" + '{"a":' * 100_000 + "\n" + '{"n": 1}\n')
    found, seen = read(path)
    assert [row.get("n") for row in found] in ([1], [])
    assert sum(seen.values()) >= 1


def test_a_large_file_is_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    row = json.dumps({"model": "m", "input_tokens": 5, "text": "x" * 1000})
    with path.open("w") as file:
        file.write('{"data": [')
        file.writelines(f"{',' if number else ''}{row}" for number in range(40_000))
        file.write("]}")
    tracemalloc.start()
    number = sum(1 for _ in records(path, Counter()))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert number == 40_000
    assert path.stat().st_size > 40_000_000
    assert peak < 12_000_000


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5) | st.lists(st.integers(), max_size=2), max_size=3), max_size=5))
def test_records_come_out_as_they_went_in(rows: list[dict[str, Any]]) -> None:
    inner = [row for row in rows if not row.keys() & {"data", "spans", "results", "runs", "observations"}]
    assert list(spread(inner, Counter())) == inner


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_damage_anywhere_costs_records_and_nothing_else(tmp_path: Path, data: st.DataObject) -> None:
    whole = (Path(__file__).parent / "traces" / data.draw(st.sampled_from(["first-generation.jsonl", "langfuse.json", "openai-usage.json"]))).read_bytes()
    at, size = data.draw(st.integers(0, len(whole))), data.draw(st.integers(0, 40))
    path = tmp_path / "damaged.json"
    path.write_bytes(whole[:at] + data.draw(st.binary(max_size=20)) + whole[at + size :])
    try:
        found, _ = read(path)
    except UserError as error:
        assert "UTF-8" in error.message
    else:
        assert all(isinstance(record, dict) for record in found)

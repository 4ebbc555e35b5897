"""The hash of a line: the published values, and the rolling algorithm as GitHub's uploader runs it, unit by unit."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from costgate.judge.linehash import line_hashes


def rolling(text: str) -> dict[int, str]:
    """One unit at a time through a ring of a hundred, as the uploader reads a file."""
    units = [int.from_bytes(data, "little") for data in _pairs(text.encode("utf-16-le", "surrogatepass"))]
    ring, lines, at, total, found, seen = [0] * 100, [0] * 100, 0, 0, {}, {}
    line, fresh, after_return = 0, True, False

    def leave() -> None:
        name = f"{total:x}"
        seen[name] = seen.get(name, 0) + 1
        found[lines[at]] = f"{name}:{seen[name]}"
        lines[at] = 0

    for read in [*units, 65535, *[None] * 100]:
        if read in {32, 9} or (after_return and read == 10):
            after_return = False
            continue
        after_return = read == 13
        unit = 10 if read == 13 else read
        if lines[at]:
            leave()
        if unit is not None and fresh:
            line, fresh = line + 1, False
            lines[at] = line
        fresh = fresh or unit == 10
        total = (total * 37 + (unit or 0) - ring[at] * 37**100) % 2**64
        ring[at] = unit or 0
        at = (at + 1) % 100
    return found


def _pairs(data: bytes) -> list[bytes]:
    return [data[start : start + 2] for start in range(0, len(data), 2)]


def test_published_values() -> None:
    assert line_hashes("", [1]) == {1: "c129715d7a2bc9a3:1"}
    found = line_hashes(" a\nb\n  \t\tc\n d", range(1, 9))
    assert (found[1], found[2], sorted(found)) == ("271789c17abda88f:1", "54703d4cd895b18:1", [1, 2, 3, 4])


@given(st.text(st.sampled_from("ab c\t\n\r\n\n\U0001f4b8é"), max_size=260))
def test_as_the_uploader_computes_it(text: str) -> None:
    expected = rolling(text)
    assert line_hashes(text, range(1, 300)) == expected


def test_equal_lines_are_told_apart_by_their_count() -> None:
    text = "x\n" * 300
    found = line_hashes(text, [1, 2, 3, 250, 299])
    assert [value.partition(":")[2] for value in found.values()] == ["1", "2", "3", "250", "1"], "the last ones see the end"
    assert line_hashes(text, [301]) and not line_hashes(text, [999])


def test_of_no_lines_there_are_no_hashes() -> None:
    assert line_hashes("x\ny", []) == {}

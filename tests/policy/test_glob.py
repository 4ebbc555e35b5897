"""What the globs of the configuration match."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costgate.policy.glob import literal, matches, site_matches


@pytest.mark.parametrize(
    ("glob", "yes", "no"),
    [
        ("*.py", ["a.py", "x/y/a.py", ".py"], ["a.pyi", "a.py/b"]),
        ("a.md", ["a.md", "x/a.md"], ["ba.md", "a.md/b"]),
        ("/a.md", ["a.md"], ["x/a.md"]),
        ("x/*.py", ["x/a.py"], ["a.py", "x/y/a.py", "w/x/a.py"]),
        ("x/**", ["x/a", "x/y/z"], ["x", "y/x/a"]),
        ("x/", ["x/a", "x/y/z"], ["x", "y/x/a"]),
        ("legacy/", ["legacy/a"], ["app/legacy/a"]),
        ("**/x/**", ["x/a", "b/x/a/c"], ["x", "b/x"]),
        ("x/**/z.py", ["x/z.py", "x/y/z.py", "x/a/b/z.py"], ["z.py", "x/y/zz.py"]),
        ("**", ["a", "a/b"], []),
        ("a?c", ["abc", "x/aüc"], ["ac", "a/c"]),
        ("[ab].py", ["a.py"], ["c.py", "ab.py"]),
        ("[!ab].py", ["c.py"], ["a.py"]),
        ("[a-c]x", ["bx"], ["dx", "-x"]),
        ("[z-a]x", ["zx", "-x", "ax"], ["bx"]),
        ("a[b", ["a[b"], ["ab"]),
        ("a*b*c", ["abc", "axbxbxc"], ["axbx", "ab/c"]),
        ("a**c", ["abc"], ["a/c"]),
        ("a.b(c)+", ["a.b(c)+"], ["axb(c)+"]),
        ("x/*\n.py", ["x/a\n.py"], ["x/a.py"]),
    ],
)
def test_what_matches(glob: str, yes: list[str], no: list[str]) -> None:
    assert [path for path in yes if not matches(path, (glob,))] == []
    assert [path for path in no if matches(path, (glob,))] == []


def test_any_of_several_and_none_of_no_globs() -> None:
    assert matches("b.md", ("a.md", "b.md"))
    assert not matches("b.md", ())


def test_sites() -> None:
    assert site_matches("app/a.py", "Bot.answer", "app/a.py")
    assert site_matches("app/a.py", "Bot.answer", "app/*::Bot.*")
    assert site_matches("app/a.py", "answer", "a.py::answer")
    assert not site_matches("app/a.py", "answer_all", "a.py::answer")
    assert site_matches("a.py", "", "*::*")
    assert not site_matches("a.py", "f", "a.py::")


def test_hostile_globs_and_paths_take_no_time() -> None:
    started = time.perf_counter()
    assert not matches("a" * 4000, ("*a" * 100 + "b",))
    assert not matches("a/" * 2000, ("**/a/" * 100 + "b",))
    assert time.perf_counter() - started < 2


names = st.text("ab*?[]!-.é", min_size=1, max_size=5)


@given(st.lists(names, min_size=1, max_size=4).map("/".join))
def test_a_literal_matches_itself_alone(path: str) -> None:
    assert matches(path, (literal(path),))
    assert not matches(path + "a", (literal(path),))
    assert not matches("b/" + path, (literal(path),))


@given(st.text("ab*?", min_size=1, max_size=8), st.text("ab", max_size=8))
def test_one_name_agrees_with_a_plain_pattern(glob: str, name: str) -> None:
    if glob == "**":
        return
    pattern = glob.replace("*", ".*").replace("?", ".")
    assert matches(name, ("/" + glob,)) == (re.fullmatch(pattern, name) is not None)


@given(st.lists(st.sampled_from(["a", "b", "**"]), min_size=2, max_size=6), st.lists(st.sampled_from("ab"), min_size=1))
def test_folders_agree_with_a_plain_pattern(parts: list[str], path: list[str]) -> None:
    ended = [*parts, "."] if parts[-1] == "**" else parts
    pattern = "".join("(?:./)*" if part == "**" else f"{part}/" for part in ended)
    assert matches("/".join(path), ("/".join(parts),)) == (re.fullmatch(pattern, "/".join(path) + "/") is not None)

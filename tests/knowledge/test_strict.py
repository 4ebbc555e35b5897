"""What strict YAML reads, refuses, and where it says a complaint is."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from costgate.knowledge.strict import MAX_DEPTH, line_of, load, load_marked, nearest
from costgate.model.error import UserError


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-3", -3),
        ("400000", 400000),
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("True", "True"),
        ("1.10", "1.10"),
        ("12:30", "12:30"),
        ("2026-01-01", "2026-01-01"),
        ("1_000", "1_000"),
        ("007", "007"),
        ("0x10", "0x10"),
        ("1e3", "1e3"),
        ("+5", "+5"),
        (".inf", ".inf"),
        ("=", "="),
        ('"true"', "true"),
        ("'3'", "3"),
        ("!!str 3", "3"),
    ],
)
def test_only_booleans_null_and_plain_integers_are_typed(written: str, read: object) -> None:
    value = load(f"key: {written}\n", "f")["key"]
    assert value == read
    assert type(value) is type(read)


def test_keys_are_text_as_written() -> None:
    assert load("on: 1\n200: 2\ntrue: 3\n1.10: 4\n", "f") == {"on": 1, "200": 2, "true": 3, "1.10": 4}


def test_an_integer_of_a_thousand_digits_stays_text() -> None:
    assert load("9" * 1000, "f") == "9" * 1000


def test_empty_documents() -> None:
    assert load("", "f") is None
    assert load("# only a comment\n", "f") is None
    assert load("---\n", "f") is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3\n", 'f:3: key "a" is already given on line 1'),
        ("x:\n  a: 1\n  'a': 3\n", 'f:3: key "a" is already given on line 2'),
        ("a: 1\nb: [\n", "f:3: not valid YAML"),
        ("a: 1\n\tb: 2\n", "f:2: not valid YAML"),
        ("a: 1\n? [x]\n: 2\n", "f:2: a key must be plain text"),
        ("a: 1\nb: !!python/object/apply:os.system [ls]\n", "f:2: tag tag:yaml.org,2002:python/object/apply:os.system"),
        ("a: !!int 3\n", "f:1: tag"),
        ("a: !!set {x}\n", "f:1: tag"),
        ("a: 1\n---\nb: 2\n", "f:2: a second document"),
        ("a: 1\nb: *gone\n", "f:2: alias *gone has no anchor"),
        ("a: &self [*self]\n", "f:1: alias *self has no anchor before it"),
        ("a: 1\n<<: 3\n", "f:2: << merges"),
        ("a: 1\nb: \x00\n", "f:2: not valid YAML"),
        ("a: \ud800\n", "f: not valid YAML"),
        ("[" * (MAX_DEPTH + 1), f"f:1: nested deeper than {MAX_DEPTH}"),
        ("[" * 100_000, "f:1: n"),  # newer parsers refuse it before we do
        ("- " * 100_000, f"f:1: nested deeper than {MAX_DEPTH}"),
        ("{a: " * 50_000, f"f:1: nested deeper than {MAX_DEPTH}"),
        ("a" * 4_000_001, "f: larger than"),
    ],
)
def test_refusals_name_the_line(text: str, message: str) -> None:
    with pytest.raises(UserError) as caught:
        load(text, "f")
    assert str(caught.value).startswith(message)


def test_an_alias_bomb_is_refused_at_once() -> None:
    rows = ["a0: &a0 [x,x,x,x,x,x,x,x,x]"]
    rows += [f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 15)]
    started = time.perf_counter()
    with pytest.raises(UserError, match="once aliases are expanded"):
        load("\n".join(rows), "f")
    assert time.perf_counter() - started < 1


def test_merge_keys_give_what_is_not_said_and_are_no_duplicates() -> None:
    text = "one: &one {a: 1, b: 1}\ntwo: &two {b: 2, c: 2}\nall:\n  <<: [*one, *two]\n  a: own\n"
    data, lines = load_marked(text, "f")
    assert data["all"] == {"a": "own", "b": 1, "c": 2}
    assert (lines["all", "a"], lines["all", "b"]) == (5, 4)


def test_a_quoted_merge_sign_is_a_plain_key() -> None:
    assert load("'<<': 3\n", "f") == {"<<": 3}


def test_lines_of_keys_items_and_what_lies_under_an_alias() -> None:
    text = "rules: &r\n  CG101:\n    severity: off\n\nlist:\n  - a\n  - b: 1\ncopy: *r\n"
    _, lines = load_marked(text, "f")
    assert lines["rules", "CG101", "severity"] == 3
    assert lines["list", 1, "b"] == 7
    assert line_of(lines, ("copy", "CG101", "severity")) == 8
    assert line_of(lines, ("rules", "CG101", "gone")) == 2
    assert line_of({}, ("x",)) == 1


def test_the_pure_loader_reads_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a: &x {b: [1, on, '2']}\nc: |\n  text\nd: *x\n"
    fast = load_marked(text, "f")
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    assert load_marked(text, "f") == fast
    with pytest.raises(UserError, match=r"^f:2: not valid YAML"):
        load("a: 1\nb: \x00\n", "f")


printable = st.characters(exclude_categories=("Cc", "Cf", "Cn", "Cs", "Zl", "Zp"))
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**20), 10**20) | st.text(printable, max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abc<~:#- ", max_size=5), inner, max_size=4),
    max_leaves=20,
)


@given(json_values)
def test_json_is_read_as_json(value: object) -> None:
    assert load(json.dumps(value, ensure_ascii=False), "f") == value


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    read: object = None
    with contextlib.suppress(UserError):
        read = load(text, "f")
    assert json.loads(json.dumps(read)) == read


def test_suggestions() -> None:
    assert nearest("sevrity", ["severity", "params"]) == "severity"
    assert nearest("fail-on", ["fail_on"]) == "fail_on"
    assert nearest("Exclude", ["exclude"]) == "exclude"
    assert nearest("zzzz", ["severity"]) is None


def test_yaml_is_loaded_only_when_something_is_read() -> None:
    code = "import costgate.knowledge.strict, sys; sys.exit('yaml' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

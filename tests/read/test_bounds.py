"""Values that would grow without end, and files that are too large: bounded time, and what is left out is told."""

from __future__ import annotations

import time

import pytest

from costgate.gate import report_of_files
from costgate.model.value import ABSENT, Unknown
from costgate.read import following
from costgate.read.ending import gets_out
from costgate.read.modules import Module
from costgate.read.outline import outline

CALL = "openai.OpenAI().responses.create(model='gpt-4.1', input=text, max_output_tokens=9)\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{after}: &{after} [{', '.join([f'*{before}'] * 9)}]\n" for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)
GROWING = {
    "a text that doubles": "text = 'word '\n" + "text = text + text\n" * 60,
    "names of names": "text0 = 'word '\n" + "".join(f"text{at + 1} = text{at}\n" for at in range(3000)) + "text = text3000\n",
    "a text that doubles in place": "text = 'word '\n" + "text += text\n" * 60,
    "a format that doubles": "text = 'word '\n" + "text = '{0}{0}'.format(text)\n" * 60,
    "a list that doubles": "text = ['word']\n" + "text = text + text\n" * 60,
    "lists in lists": "text = ['word'] * 9\n" + "text = [text, text, text, text, text, text, text, text, text]\n" * 12,
    "a dict of dicts": "text = {'content': 'word'}\n" + "text = {'content': [text, text], 'text': text}\n" * 40,
    "functions in functions": "def twice(word):\n    return word + word\n\ntext = " + "twice(" * 40 + "'word'" + ")" * 40 + "\n",
    "a power of powers": "text = 9 ** 9 ** 9 ** 9\n",
    "a YAML bomb": "import yaml\ntext = yaml.safe_load(open('bomb.yaml'))\n",
    "JSON without end": "import json\ntext = json.load(open('deep.json'))\n",
    "one of a few that doubles": "text = 'a word' if day else 'some words'\n" + "text = f'{text} {text}'\n" * 40,
    "a hundred thousand fields": "text = '" + "{word} " * 100_000 + "'.format(word='word')\n",
    "comprehensions in comprehensions": "few = [" + "'a word', " * 20 + "]\ntext = " + "[" * 8 + "few" + " for each in few]" * 8 + "\n",
    "a path of holes": "text = open(f'" + "{day}" * 60 + "a.txt').read() + open(f'p{one}{two}{three}{four}{five}.json').read()\n",
    "two thousand literals": "text = (\n" + "    'line'\n" * 2000 + ")\n",
}


@pytest.mark.parametrize("kind", GROWING)
def test_what_grows_without_end_is_a_hole(kind: str) -> None:
    files = {"app.py": f"import openai\n{GROWING[kind]}{CALL}", "bomb.yaml": BOMB, "deep.json": "[" * 100_000 + "]" * 100_000}
    start = time.monotonic()
    measured, _ = report_of_files(files)
    assert time.monotonic() - start < 30
    [call] = measured.reading.calls  # type: ignore[union-attr]
    assert call.arg("output_limit") != ABSENT


def test_wrappers_that_fan_out_without_end_are_cut() -> None:
    chain = "".join(f"def ask{n + 1}(text):\n    ask{n}(text); ask{n}(text); ask{n}(text)\n" for n in range(30))
    code = f"import openai\n\ndef ask0(text):\n    {CALL}\n{chain}ask30('x')\n"
    start = time.monotonic()
    measured, _ = report_of_files({"app.py": code})
    assert time.monotonic() - start < 30
    assert 1 < len(measured.reading.calls) < 200  # type: ignore[union-attr]


def test_each_of_very_many_calls_costs_no_look_at_all_the_others() -> None:
    source = b"ask('x')\n" * 20_000 + b"def leave():\n    sys.exit(1)\n"
    start = time.process_time()
    module = Module("app.py", source, outline(source, frozenset()))
    outlined = time.process_time() - start
    start = time.process_time()
    assert not any(gets_out(module, 0) for _ in range(3000))
    assert time.process_time() - start < outlined / 2
    assert gets_out(module, 1)


def test_of_a_very_large_file_what_is_left_out_is_told() -> None:
    table = "TABLE = {\n" + "".join(f"    'key{n}': {{'a': {n}, 'b': 'some text'}},\n" for n in range(30_000)) + "}\n"
    code = f"import openai\ntext = 'x'\n{CALL}{table}{CALL}"
    measured, _ = report_of_files({"app.py": code})
    assert [site.span.line for site in measured.reading.calls] == [3, 30_006]  # type: ignore[union-attr]
    assert not measured.reading.unread  # type: ignore[union-attr]
    measured, _ = report_of_files({"app.py": code + CALL.replace("text", "'" + "y " * 200_000 + "'")})
    assert measured.reading.unread["app.py"].startswith("only partly read: the 400,")  # type: ignore[union-attr]
    assert len(measured.reading.calls) == 2  # type: ignore[union-attr]


def test_of_a_generated_file_the_calls_beyond_the_limit_are_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "MAX_SITES", 30)
    code = "import openai\ntext = 'x'\n" + CALL * 40
    measured, _ = report_of_files({"app.py": code, "other.py": f"import openai\ntext = 'x'\n{CALL}"})
    reading = measured.reading
    assert sorted({site.span.path for site in reading.calls}) == ["app.py", "other.py"]  # type: ignore[union-attr]
    assert len(reading.calls) == 31  # type: ignore[union-attr]
    assert list(reading.unread) == ["app.py"] and "more than 30 calls" in reading.unread["app.py"]  # type: ignore[union-attr]
    measured, _ = report_of_files({"app.py": "import openai\ntext = 'x'\n" + CALL * 30})
    assert not measured.reading.unread  # type: ignore[union-attr]


@pytest.mark.parametrize("broken", ["x = lambda *t", "c(l, m_oCHEAP lambda *t-4.1-mini\", n=2)", "(x := )", "x += ", "x = = y", "for in x:", "def (:"])
def test_a_part_that_a_broken_line_lacks_is_looked_for_once(broken: str) -> None:
    found = outline(f"import openai\n{broken}\n".encode(), frozenset())
    assert len(found["scopes"]) < 10 and len(found["bindings"]) < 10



DEEP = {
    "names": ("a0 = 'gpt-4.1'\n" + "".join(f"a{n} = a{n - 1}\n" for n in range(1, 400)), "a399"),
    "classes": (
        "class C0:\n    def __init__(self):\n        self.at = 'gpt-4.1'\n"
        + "".join(f"class C{n}:\n    def __init__(self):\n        self.at = C{n - 1}().at\n" for n in range(1, 200)),
        "C199().at",
    ),
    "attributes": (
        "class C:\n    def __init__(self):\n        self.a0 = 'gpt-4.1'\n"
        + "".join(f"        self.a{n} = [self.a{n - 1}.strip()][0]\n" for n in range(1, 300)),
        "C().a299",
    ),
}


@pytest.mark.parametrize("kind", DEEP)
def test_what_is_nested_deeper_than_the_interpreter_can_follow_is_not_known(kind: str) -> None:
    code, name = DEEP[kind]
    measured, _ = report_of_files({"app.py": f"import openai\ntext = 'x'\n{code}{CALL.replace(repr('gpt-4.1'), name)}{CALL}"})
    deep, plain = sorted(measured.reading.calls, key=lambda site: site.span.line)  # type: ignore[union-attr]
    assert isinstance(deep.arg("model"), Unknown) and deep.arg("model").why.endswith("it is nested too deep to follow")
    assert plain.arg("model").values == ("gpt-4.1",)

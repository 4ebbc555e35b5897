"""The pages in cases/ are the specification of the reader: code, and at each call's line what is read of it.

A page holds cases, each under a `##` heading; `# reads: ...` at the line where a call starts says what must be seen
there, and nothing may be seen elsewhere. cases/README.md explains the notation.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from costgate.gate import report_of_files
from costgate.judge.document import document
from costgate.model.prompt import Text
from costgate.model.value import Absent, Known, Unknown

CASES = Path(__file__).parent / "cases"
PROVENANCE: Any = {}
FLAGS = ("via", "not-counted", "test")
_FENCE = re.compile(r"(`{3,})(\w*)\s*\Z")
_FILE = re.compile(r"`([^`]+)`:\s*\Z")
_NOT_YET = re.compile(r"<!-- not yet: (.+) -->\s*\Z")
_FIELD = re.compile(r'\s*([\w-]+)(?:=("(?:[^"\\]|\\.)*"|[^;]*))?\s*(?:;|\Z)')
_VALUE = re.compile(r"(?P<values>.+?)(?: from (?P<origin>[\w-]+))?(?: at (?P<place>\S+:\d+))?(?: \((?P<why>.+)\))?\Z")


@dataclass
class Case:
    """One case: its files, what is read at which line, the files that cannot be read whole, and whether it fails yet."""

    name: str
    files: dict[str, str] = field(default_factory=dict)
    not_yet: str | None = None

    def expected(self) -> list[tuple[str, int, str]]:
        found = [(path, *each) for path, text in self.files.items() for each in marked(text, "reads")]
        return sorted(found, key=lambda each: each[:2])

    def unread(self) -> list[tuple[str, str]]:
        return sorted((path, why) for path, text in self.files.items() for _, why in marked(text, "unread"))


def marked(text: str, word: str) -> Iterator[tuple[int, str]]:
    """The marks in a file: at the end of a line for that line, on a line of their own for the next line of code."""
    waiting: list[str] = []
    for number, line in enumerate(text.split("\n"), 1):
        code, *said = line.split(f"# {word}:")
        if said and not code.strip():
            waiting += said
        elif said or not line.lstrip().startswith("#"):
            yield from ((number, each.strip()) for each in (*waiting, *said))
            waiting = []


def cases_of(text: str, page: str) -> Iterator[Case]:
    """The cases of a page."""
    case, path, fence, lines = Case(page), "app.py", "", list[str]()
    for line in text.splitlines():
        if fence:
            if line.strip() == fence:
                case.files[path] = "".join(f"{each}\n" for each in lines)
                path, fence, lines = "app.py", "", []
            else:
                lines.append(line)
        elif line.startswith("## "):
            if case.files:
                yield case
            case = Case(f"{page}: {line[3:].strip()}")
        elif found := _FENCE.match(line):
            fence = found.group(1)
            assert path not in case.files, f"{case.name}: {path} is given twice"
        elif found := _FILE.match(line):
            path = found.group(1)
        elif found := _NOT_YET.match(line):
            case.not_yet = found.group(1)
    assert not fence, f"{page}: a block is not closed"
    if case.files:
        yield case


def all_cases() -> Iterator[Any]:
    for page in sorted(CASES.glob("*.md")):
        for case in cases_of(page.read_text(encoding="utf-8"), page.stem):
            marks = [pytest.mark.xfail(reason=case.not_yet, strict=True, raises=AssertionError)] if case.not_yet else []
            yield pytest.param(case, id=case.name, marks=marks)


def read(files: Mapping[str, str]) -> tuple[list[Any], list[tuple[str, str]]]:
    """Each call as a pair of its place in the report and the call site; the files that are not read, or in part."""
    measured, judged = report_of_files(files)
    report: Any = document(judged, measured, PROVENANCE, {"name": "costgate", "version": "0"})
    sites = {site.key: site for site in measured.reading.calls}  # type: ignore[union-attr]
    assert len(sites) == len(report["calls"]), "two calls have one key"
    pairs = [(call, sites[call["key"]]) for call in report["calls"]]
    pairs.sort(key=lambda pair: (pair[0]["path"], pair[0]["line"], pair[0]["start_column"], pair[0]["via"] or ""))
    return pairs, sorted((each["path"], each["why"]) for each in report["coverage"]["skipped"])


def mismatches(said: str, call: Any, site: Any) -> Iterator[str]:
    """Where an expectation and a call differ. Flags and loops count also where they are not said."""
    at, given = 0, dict[str, str]()
    while at < len(said):
        found = _FIELD.match(said, at)
        assert found and found.end() > at, f"cannot read `{said[at:]}`"
        given[found.group(1)] = (found.group(2) or "").strip()
        at = found.end()
    flags = {"via": call["via"] is not None, "not-counted": not call["counted"], "test": call["context"]["test"]}
    for flag in FLAGS:
        if (flag in given) != flags[flag]:
            yield f"{flag}: {flags[flag]}"
    for name, want in {"loop": "none", **given}.items():
        if name not in FLAGS:
            got = shown(name, call, site)
            if not (agrees(want, site.arg(name)) if got is None else same(name, want, got)):
                yield f"{name}={want}, read {told(site.arg(name)) if got is None else got}"


def same(name: str, want: str, got: str) -> bool:
    return want[1:-1].replace("\\n", "\n").replace('\\"', '"') == got if name == "prompt" else want == got


def shown(name: str, call: Any, site: Any) -> str | None:
    """What is read under a name, as an expectation writes it; None for the roles of arguments."""
    if name == "loop":
        loops = [each.kind if each.bound is None else f"{each.kind}({each.bound})" for each in site.context.loops]
        return "+".join(loops) or "none"
    if name == "retries":
        retries = call["retries"]
        count = "unknown" if retries["product"] is None else str(retries["product"])
        return "unbounded" if retries["unbounded"] else count
    if name == "layers":
        layers = call["retries"]["layers"]
        return "+".join(f"{each['what']}:{'unbounded' if each['unbounded'] else each['attempts']}" for each in layers)
    if name == "prompt":
        segments = site.prompt.segments if site.prompt is not None else ()
        return "".join(each.text if isinstance(each, Text) else f"{{{each.name}}}" for each in segments)
    if name in ("kind", "sdk", "provider", "callee", "function"):
        return str(call[name])
    return None


def agrees(want: str, value: Any) -> bool:
    found = _VALUE.match(want)
    assert found, f"cannot read `{want}`"
    values, origin, place, why = found.group("values", "origin", "place", "why")
    if isinstance(value, Unknown):
        return values == "unknown" and (why is None or why in value.why)
    if not isinstance(value, Known):
        return want == "absent"
    places = [f"{span.path}:{span.line}" for span in value.trail]
    names = sorted("absent" if isinstance(each, Absent) else str(each) for each in value.values)
    return sorted(values.split("|")) == names and origin in (None, value.origin) and (place is None or place in places)


def told(value: Any) -> str:
    if isinstance(value, Unknown):
        return f"unknown ({value.why})"
    if not isinstance(value, Known):
        return "absent"
    names = "|".join("absent" if isinstance(each, Absent) else str(each) for each in value.values)
    return f"{names} from {value.origin} at {', '.join(f'{span.path}:{span.line}' for span in value.trail) or 'nowhere'}"


def problems(case: Case) -> list[str]:
    """Everything in which the reading of a case differs from what its page says."""
    pairs, unread = read(case.files)
    expected = case.expected()
    found = [(call["path"], call["line"]) for call, _ in pairs]
    if found != [each[:2] for each in expected]:
        wanted = [f"{path}:{line}" for path, line, _ in expected]
        return [f"calls at {[f'{path}:{line}' for path, line in found]}, expected at {wanted}"]
    result = [
        f"{path}:{line}: {problem}"
        for (path, line, said), pair in zip(expected, pairs, strict=True)
        for problem in mismatches(said, *pair)
    ]
    marks = case.unread()
    if [path for path, _ in marks] != [path for path, _ in unread] or any(
        why not in told for (_, why), (_, told) in zip(marks, unread, strict=True)
    ):
        result.append(f"unread: {unread}, expected {marks}")
    return result


@pytest.mark.parametrize("case", list(all_cases()))
def test_reader_reads_what_the_page_says(case: Case) -> None:
    found = problems(case)
    assert not found, "\n".join(found)


PAGE = """# A page

## One case

```python
from openai import OpenAI

OpenAI().responses.create(model="gpt-4.1", input="x")  # reads: EXPECTED
```
"""


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("model=gpt-4.1; output_limit=absent; retries=3", None),
        ("model=gpt-4.1 from argument at app.py:3", None),
        ('prompt="x"; kind=responses; provider=openai', None),
        ("model=gpt-4", "model=gpt-4, read gpt-4.1"),
        ("model=gpt-4.1|gpt-4", "read gpt-4.1"),
        ("model=gpt-4.1 from config", "from argument"),
        ("model=gpt-4.1 at app.py:1", "app.py:3"),
        ("model=unknown", "read gpt-4.1"),
        ("via", "via: False"),
        ("not-counted", "not-counted: False"),
        ("loop=for", "loop=for, read none"),
        ("retries=1", "read 3"),
        ("# reads:", "expected at ['app.py:3', 'app.py:3']"),
    ],
)
def test_a_page_that_says_otherwise_fails(said: str, problem: str | None) -> None:
    [case] = cases_of(PAGE.replace("EXPECTED", said), "page")
    found = problems(case)
    assert (not found) if problem is None else problem in found[0]


def test_a_call_that_a_page_does_not_mention_fails() -> None:
    [case] = cases_of(PAGE.replace("# reads: EXPECTED", ""), "page")
    assert problems(case) == ["calls at ['app.py:3'], expected at []"]

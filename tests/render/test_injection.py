"""A report in which every word that is anybody's choice is hostile, in every format.

Model names, paths, functions, reasons of waivers and ignores, names of workloads and owners, messages: whatever the
schema leaves free. Each format has to show it as text and to stay what it is.
"""

from __future__ import annotations

import copy
import csv
import io
import json
import re
from functools import cache
from typing import Any
from xml.etree.ElementTree import fromstring

import pytest
from jsonschema import Draft202012Validator
from markdown_it import MarkdownIt

from costgate.model.report import Report
from costgate.render import FORMATS, render
from costgate.render.load import report_schema
from costgate.render.options import Options

LINKS = "https://github.example/acme/assistant"
PAYLOADS = {
    "markup": "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"' onmouseover=alert(3) <!-- --> ]]> &amp;",
    "markdown": "|x|\n\n# Big\n![a](//evil.example/p) [b](javascript:0) @octocat #1 GH-1 </details> ``` `a` **b** $1$ <b>",
    "commands": "\n::error file=a::b\r\n::add-mask::c\n##[set-output]d ##vso[task.setvariable variable=e]f\n%0A::stop-commands::g",
    "terminal": "\x1b[2J\x1b]8;;http://evil.example\x07\u202egnp\u200b\x00\x9b31m\u2028\ud800",
    "sheet": "=HYPERLINK(\"http://evil.example\",1)",
    "sheets": "@SUM(1+1)*cmd|' /C calc'!A0",
}
FIXTURES = ("audit_report", "diff_report", "check_report", "priced_report")
UNSEEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u2028\u202e\ud800]")
OURS = re.compile(r"</?(code|details|summary|sub)>|<br>|<!-- costgate:[^>]* -->|<sup>|</sup>")


def _words(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [found for key, each in value.items() for found in _words(each, (*path, key))]
    if isinstance(value, list):
        return [found for key, each in enumerate(value) for found in _words(each, (*path, key))]
    return [path] if isinstance(value, str) and value else []


def _put(document: Any, path: tuple[Any, ...], value: Any) -> None:
    for key in path[:-1]:
        document = document[key]
    document[path[-1]] = value


def _got(document: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        document = document[key]
    return document


def spoiled(report: Report, payload: str) -> tuple[Report, int]:
    """The report with the payload wherever the schema takes it, and in how many places that is."""
    kept = copy.deepcopy(report)
    paths = _words(report)
    for path in paths:
        _put(report, path, payload)
    validator = Draft202012Validator(report_schema())
    for _ in range(9):
        wrong = {tuple(error.absolute_path) for error in validator.iter_errors(report)}
        if not wrong:
            break
        for place in wrong:
            for path in paths:
                if path[: len(place)] == place:
                    _put(report, path, _got(kept, path))
    assert validator.is_valid(report)
    # Rules and calls are looked up by these, so that the hostile words of the others are shown.
    for name in ("findings", "changes", "calls"):
        for number, one in enumerate(report[name]):  # type: ignore[literal-required]
            for key in ("rule", "key", "call_key", "fingerprint"):
                if key in one:
                    one[key] = kept[name][number][key]  # type: ignore[literal-required]
    for number, rule in enumerate(report["rules"]):
        rule["id"] = kept["rules"][number]["id"]
    return report, sum(_got(report, path) == payload for path in paths)


@pytest.fixture(params=FIXTURES)
def base(request: pytest.FixtureRequest) -> Report:
    made: Report = request.getfixturevalue(request.param)
    return made


@pytest.fixture(params=sorted(PAYLOADS))
def hostile(request: pytest.FixtureRequest, base: Report) -> Report:
    return copy.deepcopy(_spoiled(json.dumps(base), PAYLOADS[request.param]))


@cache
def _spoiled(report: str, payload: str) -> Report:
    """The same for all formats: to find where the schema takes the payload takes longer than any of them."""
    made, places = spoiled(json.loads(report), payload)
    assert places > 60, "most of what is shown"
    return made


def _markdown(text: str) -> None:
    """Nothing but our own few elements, links into the repository, one fence of ours, and no mention."""
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(text)
    for block in (token.content for token in tokens if token.type == "html_block"):
        assert OURS.sub("", block).count("<") == 0, block
    fences = [token for token in tokens if token.type == "fence"]
    assert all(token.info == "mermaid" for token in fences) and len(fences) <= 1
    for token in (part for outer in tokens for part in outer.children or []):
        assert token.type not in {"image", "s_open"}, token
        assert token.type != "html_inline" or OURS.fullmatch(token.content), token.content
        if token.type == "link_open":
            assert str(token.attrs["href"]).startswith((f"{LINKS}/blob/", "https://docs.")), token.attrs
    assert not re.search(r"(?<![`\w/])@[a-z]", re.sub(r"`[^`\n]*`", "", text))
    assert text.count("<details>") == text.count("</details>")


def _log(text: str) -> None:
    """Nothing that a runner would obey."""
    for line in text.split("\n"):
        assert not line.lstrip().startswith("::") and "##[" not in line and "##vso[" not in line, line


@pytest.mark.parametrize("colour", [False, True])
def test_text(hostile: Report, colour: bool) -> None:
    text = render(hostile, "text", Options(width=100, colour=colour, root="/home/me/app" if colour else None))
    if not colour:
        _log(text)
    else:  # on a terminal alone, which no runner reads
        assert set(re.findall("\x1b(.)", text)) <= {"[", "]", "\\"}
        assert "evil.example\x1b\\" not in text and "http:" not in "".join(re.findall("\x1b]8;[^\x1b]*", text))
        text = re.sub("\x1b(\\[[0-9;]*m|\\]8;[^\x1b]*\x1b\\\\)", "", text)
    assert not UNSEEN.search(text)


@pytest.mark.parametrize("format", ["markdown", "costmodel"])
def test_markdown(hostile: Report, format: str) -> None:
    text = render(hostile, format, Options(links=LINKS))
    assert not UNSEEN.search(text.replace("\u200b", ""))
    _markdown(text)
    if format == "markdown":
        _log("\n".join(text.split("\n")[1:]))


def test_check_run(hostile: Report) -> None:
    output = json.loads(render(hostile, "check-run", Options(links=LINKS)))["output"]
    _markdown(output["summary"])
    assert not UNSEEN.search(output["title"]) and "\n" not in output["title"]
    assert not any(UNSEEN.search(mark["title"] + mark["message"]) for mark in output["annotations"])


def test_html(hostile: Report) -> None:
    text = render(hostile, "html", Options(links=LINKS))
    assert text.count("<script") == text.count("</script>") == 2 and "<img" not in text
    assert not re.search(r"<[^>]* on[a-z]+=", re.sub(r"<script.*?</script>", "", text, flags=re.DOTALL))
    assert all(link.startswith(("#", f"{LINKS}/blob/")) for link in re.findall(r'href="([^"]*)"', text))
    assert not UNSEEN.search(text)


@pytest.mark.parametrize(("format", "command"), [("github", "::"), ("devops", "##vso[task.")])
def test_commands(hostile: Report, format: str, command: str) -> None:
    """Only what we say is a command, one on each line, and at its start."""
    for line in render(hostile, format).rstrip("\n").split("\n"):
        assert line.startswith((command, "costgate: ")), line
        assert not UNSEEN.search(line)
        if line.startswith("costgate: "):
            _log(line)
        # A runner that has understood `::` at the start looks for nothing older in the line.
        assert format == "github" or not re.search(r"##(vso)?\[", line.removeprefix(command))
        if format == "github" and line.startswith("::"):
            properties, _, _ = line[2:].partition("::")
            assert re.fullmatch(r"(error|warning|notice) ([a-zA-Z]+=[^:,]*)(,[a-zA-Z]+=[^:,]*)*", properties), line


@pytest.mark.parametrize("format", ["csv", "focus"])
def test_sheets(hostile: Report, format: str) -> None:
    text = render(hostile, format)
    rows = list(csv.reader(io.StringIO(text)))
    assert len({len(row) for row in rows}) == 1 and not UNSEEN.search(text.replace("\r", ""))
    for value in (value for row in rows for value in row):
        assert not value.startswith(("=", "@", "\t", "\r")) and "\n" not in value, value
        assert not value.startswith(("+", "-")) or re.fullmatch(r"[-+][0-9.]+", value), value


@pytest.mark.parametrize("format", ["sarif", "gitlab", "bitbucket", "rdjson", "badge", "json"])
def test_json(hostile: Report, format: str) -> None:
    text = render(hostile, format)
    json.loads(text)
    text.encode("utf-8")
    assert not UNSEEN.search(text), "nothing invisible outside of an escape"


@pytest.mark.parametrize("format", ["junit", "checkstyle"])
def test_xml(hostile: Report, format: str) -> None:
    text = render(hostile, format)
    root = fromstring(text)
    assert not {each.tag for each in root.iter()} & {"script", "img", "b"}
    assert not UNSEEN.search(text) and not re.search(r"^\s*::|##(vso)?\[", text, re.MULTILINE)


def test_every_format_is_attacked() -> None:
    attacked = {"text", "markdown", "costmodel", "check-run", "html", "github", "devops", "csv", "focus", "sarif", "gitlab"}
    assert attacked | {"bitbucket", "rdjson", "badge", "json", "junit", "checkstyle"} == set(FORMATS)

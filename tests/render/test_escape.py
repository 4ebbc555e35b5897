"""Whatever the judged tree spells, it stays text in the output it goes to."""

from __future__ import annotations

import html
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from costgate.render import escape
from costgate.render.words import SPEECH, Linker, prose

SNIPPETS = (
    *"|`<>&@#:%,\n\r\t\x1b\x07\u202e\u2066\u200b\ufeff\ud800[](){}*_~\\!$=+-. 1aAé漢/\"'\x85\u2028",
    *(
        "`x`",
        "``x``",
        "*x*",
        "__x__",
        "~~x~~",
        "<b>",
        "<!-- x -->",
        "&amp;",
        "&#96;",
        "[x](y)",
        "![x](y)",
        "\\|",
        "\\`",
    ),
    *("# ", "- ", "+ ", "1. ", "1) ", "> ", "===", "---", "    ", "| --- |", "https://x.y", "www.x.y", "a@b.co"),
    *("##[error]", "##vso[x]", "::error::", "%0A", "%25", "../", "./", "//"),
)
NASTY = st.lists(st.one_of(st.sampled_from(SNIPPETS), st.characters()), max_size=12).map("".join)
UNSEEN = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def inline(source: str) -> list[Token]:
    """The inline parts of a one-paragraph (or one-cell) document."""
    return [part for token in PARSER.parse(source) for part in token.children or []]


def spelled(tokens: list[Token]) -> str:
    """What a reader sees of them."""
    shown = "".join(token.content for token in tokens if token.type in {"text", "text_special", "code_inline"})
    return shown.replace("\u200b", "")


def blocks(source: str) -> list[str]:
    return [token.type for token in PARSER.parse(source)]


@given(NASTY)
def test_visible_text_is_one_line_of_visible_characters(text: str) -> None:
    shown = escape.visible(text)
    assert not {unicodedata.category(char) for char in shown} & UNSEEN
    shown.encode("utf-8")


@given(st.text(max_size=2000), st.integers(5, 300))
def test_clip_keeps_both_ends_within_the_limit(text: str, limit: int) -> None:
    cut = escape.clip(text, limit)
    assert len(cut) <= limit
    if cut != text:
        head, tail = cut.split("…", 1) if text.count("…") == 0 else (cut[0], cut[-1])
        assert text.startswith(head) and text.endswith(tail)


def test_what_cannot_be_seen_is_spelled_out() -> None:
    assert escape.visible("a\x1b[31m\u202eb\n\U000e0001\ud800") == "a\\x1b[31m\\u202eb\\n\\U000e0001\\ud800"


@given(NASTY)
def test_markdown_prose_is_nothing_but_text(text: str) -> None:
    for before, after, shape in (
        ("x ", "", ["paragraph_open", "inline", "paragraph_close"]),
        ("- ", " x", blocks("- x")),
        ("### ", " x", blocks("### x")),
    ):
        source = f"{before}{escape.markdown(text)}{after}"
        assert blocks(source) == shape
        assert {token.type for token in inline(source)} <= {"text", "text_special"}


@given(NASTY)
def test_markdown_prose_shows_the_text_itself(text: str) -> None:
    seen = " ".join(f"x {escape.visible(text)} x".split(" "))
    assert spelled(inline(f"x {escape.markdown(text)} x")).split() == seen.split()


@given(NASTY, NASTY)
def test_a_table_cell_holds_code_and_prose(code: str, said: str) -> None:
    source = f"| a | b |\n| --- | --- |\n| {escape.code(code)} | {escape.markdown(said)} |"
    assert blocks(source) == blocks("| a | b |\n| --- | --- |\n| `c` | d |")
    kinds = [token for token in inline(source) if token.type not in {"text", "text_special", "code_inline"}]
    assert {token.content for token in kinds if token.type == "html_inline"} <= {"<code>", "</code>"}
    assert {token.type for token in kinds} <= {"html_inline"}


@given(NASTY)
def test_code_shows_the_text_itself(text: str) -> None:
    tokens = inline(f"x {escape.code(text)} x")
    assert spelled(tokens).replace("\xa0", "").split() == f"x {escape.visible(text)} x".replace("\xa0", "").split()


@given(NASTY)
def test_prose_with_backticks_stays_prose(text: str) -> None:
    source = f"- {prose(text)}"
    assert blocks(source)[:2] == blocks("- x")[:2]
    types = {token.type for token in inline(source)}
    assert types <= {"text", "text_special", "code_inline", "html_inline"}
    assert {token.content for token in inline(source) if token.type == "html_inline"} <= {"<code>", "</code>"}


@pytest.mark.parametrize(
    "text",
    [
        "@octocat",
        "acme/app#12",
        "see GH-7",
        "https://evil.example",
        "http://evil.example",
        "www.evil.example",
        ":+1:",
        "a@b.co",
    ],
)
def test_nobody_is_mentioned_and_nothing_is_linked(text: str) -> None:
    """GitHub makes these links after Markdown, from plain text, so a zero-width space has to break them."""
    shown = html.unescape(escape.markdown(f"x {text} y"))
    assert text not in shown
    assert shown.replace("\u200b", "") == f"x {text} y"


@given(NASTY)
def test_a_workflow_command_keeps_its_shape(text: str) -> None:
    data, value = escape.workflow_data(text), escape.workflow_property(text)
    assert not re.search(r"[\r\n]|%(?!25)", data)
    assert not re.search(r"[\r\n:,]|%(?!25|3A|2C)", value)


def test_what_a_runner_would_decode_stays_as_it_is() -> None:
    assert escape.workflow_data("100%0A::error::x") == "100%250A::error::x"
    assert escape.workflow_property("a%2Cb,c:d") == "a%252Cb%2Cc%3Ad"


@given(st.lists(NASTY, max_size=5))
def test_no_line_of_a_log_is_a_command(texts: list[str]) -> None:
    output = escape.log("\n".join(f"  {escape.terminal(text)}" for text in texts))
    for line in output.split("\n"):
        assert not line.lstrip().startswith("::")
        assert "##[" not in line and "##vso[" not in line


def test_commands_in_judged_text_are_defused() -> None:
    lines = "::stop-commands::x\n  ::error::y\nwith ##[add-mask]z and ##vso[task.complete]\na::b"
    assert (
        escape.log(lines) == ": :stop-commands::x\n  : :error::y\nwith # #[add-mask]z and # #vso[task.complete]\na::b"
    )


@given(NASTY)
def test_a_link_stays_in_its_repository(path: str) -> None:
    linked = Linker("https://github.example/acme/app", "ab" * 20).at(path, 3)
    tokens = inline(f"x {linked} y")
    for url in (str(token.attrs["href"]) for token in tokens if token.type == "link_open"):
        assert url.startswith(f"https://github.example/acme/app/blob/{'ab' * 20}/")
        assert re.fullmatch(r"[A-Za-z0-9:/._~%#-]+", url)
        assert not {"", ".", ".."} & set(url.removeprefix("https://").removesuffix("#L3").split("/"))
    types = [token.type for token in tokens]
    assert set(types) <= {"text", "text_special", "code_inline", "html_inline", "link_open", "link_close"}
    assert types.count("link_open") <= 1


def test_without_a_repository_nothing_is_a_link() -> None:
    assert (
        Linker(None, "ab" * 20).at("src/a.py", 3)
        == Linker("https://x.example", None).at("src/a.py", 3)
        == "`src/a.py:3`"
    )
    assert "](" not in Linker("https://x.example", "ab" * 20).at("../../other/repo", 3)


def test_own_words_may_speak_of_money() -> None:
    assert SPEECH.spell(("costs $1 and $2",)) == "costs &#36;1 and &#36;2"

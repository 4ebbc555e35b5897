"""Prompt text in code: what stands together is one source, with its lines and the budget of a comment."""

from __future__ import annotations

from costgate.gate import report_of_files
from costgate.model.snapshot import PromptTokens, Snapshot


def sources(code: str) -> list[PromptTokens]:
    found, _ = report_of_files({"a.py": "from openai import OpenAI\n" + code})
    assert isinstance(found, Snapshot)
    return list(found.prompts)


CALL = 'OpenAI().responses.create(model="gpt-4.1", instructions={}, input="Hello there", max_output_tokens=9)\n'


def test_literals_on_neighbouring_lines_are_one_source() -> None:
    code = 'RULES = (\n    "You are a careful assistant. "\n    f"Your name is {input()}. "\n    "Quote every figure."\n)\n'
    found = sources(code + CALL.format("RULES"))
    assert [(each.source.span.line, each.source.span.end_line, each.source.text) for each in found] == [
        (3, 5, "You are a careful assistant. Your name is . Quote every figure."),
        (7, found[1].source.span.end_line, "Hello there"),
    ]


def test_pieces_add_up_to_what_the_whole_has() -> None:
    words = "one careful assistant that answers every question in full sentences ".split()
    pieces = "\n".join(f'    "{word} "' for word in words)
    (split, _), (whole, _) = sources(f"R = (\n{pieces}\n)\n" + CALL.format("R")), sources(
        f'R = "{" ".join(words)} "\n' + CALL.format("R")
    )
    assert split.tokens == whole.tokens
    found, _ = report_of_files({"a.py": f"from openai import OpenAI\nR = (\n{pieces}\n)\n" + CALL.format("R")})
    assert isinstance(found, Snapshot)
    (measure,) = found.measures.values()
    assert measure.static_tokens is not None
    assert measure.static_tokens.low == sum(each.tokens.low for each in measure.sources)
    assert measure.static_tokens.low == whole.tokens.low + 2


def test_a_comment_declares_a_budget_for_the_text_below_it() -> None:
    code = '# costgate: budget 1,000\nRULES = """One\ntwo\n"""\nX = 1\n'
    assert [each.source.budget for each in sources(code + CALL.format("RULES"))] == [1000, None]


def test_texts_apart_are_sources_of_their_own() -> None:
    code = 'A = "You are careful."\n\n\nB = "Be short."\n'
    assert [each.source.text for each in sources(code + CALL.format("A + B"))] == ["You are careful.", "Be short.", "Hello there"]

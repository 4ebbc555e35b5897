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


def test_the_low_end_leaves_out_what_only_some_requests_send() -> None:
    code = """
def ask(brief, notes):
    messages = [{"role": "system", "content": "You answer questions."}]
    if brief:
        messages.append({"role": "user", "content": "Use ten words at most."})
    text = "What is it?"
    for note in notes:
        text += f" Mind this: {note}"
    messages.append({"role": "user", "content": text})
    for _ in range(3):
        OpenAI().chat.completions.create(model="gpt-4.1", messages=messages)
        messages.append({"role": "user", "content": "That is wrong, try again."})
"""
    found, _ = report_of_files({"a.py": "from openai import OpenAI\n" + code})
    assert isinstance(found, Snapshot)
    (measure,) = found.measures.values()
    optional = {each.span.line: each.optional for each in measure.sources}
    assert optional == {4: False, 6: True, 7: False, 9: True, 13: True}
    assert measure.static_tokens is not None and measure.input_tokens is not None
    assert measure.static_tokens.low == sum(each.tokens.low for each in measure.sources if not each.optional)
    assert measure.static_tokens.high == sum(each.tokens.low for each in measure.sources)
    assert measure.input_tokens.unbounded


def test_of_very_many_prompts_each_text_stands_in_one_and_the_ends_hold() -> None:
    texts = "\n".join(f'        if n > {n}:\n            return "Prompt number {n}. " + extra + "{"word " * n}"' for n in range(40))
    code = f"""
def text(n, extra):
    extra = "Be very brief." if extra else ""
    if extra:
{texts}
    return "Nothing to do."
def ask(n, extra):
    OpenAI().responses.create(model="gpt-4.1", input=text(n, extra))
"""
    found, _ = report_of_files({"a.py": "from openai import OpenAI\n" + code})
    assert isinstance(found, Snapshot)
    (measure,) = found.measures.values()
    assert measure.static_tokens is not None
    assert (measure.static_tokens.low, measure.static_tokens.high) == (4, 49)
    assert len(measure.sources) > 30
    assert len(found.prompts) > 30


def test_a_comment_declares_a_budget_for_the_text_below_it() -> None:
    code = '# costgate: budget 1,000\nRULES = """One\ntwo\n"""\nX = 1\n'
    assert [each.source.budget for each in sources(code + CALL.format("RULES"))] == [1000, None]


def test_texts_apart_are_sources_of_their_own() -> None:
    code = 'A = "You are careful."\n\n\nB = "Be short."\n'
    assert [each.source.text for each in sources(code + CALL.format("A + B"))] == ["You are careful.", "Be short.", "Hello there"]

"""Tools and forms of answers: functions and classes count as the schema that is sent for them."""

from __future__ import annotations

import json
import time
from typing import Any

from costgate.gate import report_of_files
from costgate.model.prompt import Hole, Text
from costgate.model.snapshot import Snapshot

HEAD = """\
from typing import Annotated, Literal, Optional
from openai import OpenAI
from pydantic import BaseModel, Field
from pydantic_ai import Agent

"""


def parts(code: str) -> list[Text | Hole]:
    found, _ = report_of_files({"a.py": HEAD + code})
    assert isinstance(found, Snapshot)
    prompt = next(site.prompt for site in found.reading.calls)
    assert prompt is not None
    return list(prompt.segments)


def answer(fields: str) -> tuple[dict[str, Any], int]:
    code = f"{fields}\nOpenAI().chat.completions.parse(model='gpt-4.1', max_tokens=9, messages=[], response_format=Answer)\n"
    (text,) = (part for part in parts(code) if isinstance(part, Text))
    assert text.role == "schema"
    made: dict[str, Any] = json.loads(text.text)
    return made, text.span.line


def test_a_class_is_its_fields_with_what_is_said_of_them() -> None:
    made, line = answer(
        'class Inner(BaseModel):\n    x: int\n\nclass Answer(BaseModel):\n    """What is said."""\n'
        '    text: str = Field(..., description="In " "full")\n    kind: Literal["a", "b"]\n    inner: list[Inner]\n    maybe: Optional[int] = None\n'
    )
    assert line == 9
    assert made["description"] == "What is said."
    assert made["properties"] == {
        "text": {"type": "string", "description": "In full"},
        "kind": {"enum": ["a", "b"], "type": "string"},
        "inner": {"items": {"type": "object", "title": "Inner", "properties": {"x": {"type": "integer"}}, "required": ["x"]}, "type": "array"},
        "maybe": {"type": "integer"},
    }


def test_fields_of_bases_come_first_and_a_class_that_names_itself_ends() -> None:
    made, _ = answer("class Base(BaseModel):\n    a: int\n\nclass Answer(Base):\n    b: str\n    more: list['Answer']\n")
    assert list(made["properties"]) == ["a", "b", "more"]
    assert made["properties"]["more"] == {"items": {"type": "object"}, "type": "array"}


def test_a_function_is_its_name_its_text_and_its_parameters() -> None:
    code = (
        'def weather(ctx, city: Annotated[str, "its name"], days: int = 3) -> str:\n    """Tell it.\n\n    At length.\n    """\n    return ""\n'
        "Agent('openai:gpt-4.1', tools=[weather])\n"
    )
    (text,) = (part for part in parts(code) if isinstance(part, Text))
    made = json.loads(text.text)
    assert (text.role, text.span.line) == ("tools", 6)
    assert made["name"] == "weather" and made["description"] == "Tell it.\n\nAt length."
    assert made["parameters"]["properties"] == {"city": {"type": "string", "description": "its name"}, "days": {"type": "integer"}}
    assert made["parameters"]["required"] == ["city"]


def test_what_a_docstring_says_of_parameters_is_told_with_them() -> None:
    google = "Look it up.\n\n    At once.\n\n    Args:\n        city: Its name,\n            in full.\n        days (int): How many.\n\n    Returns:\n        A text.\n"
    sphinx = "Look it up.\n\n    At once.\n\n    :param city: Its name,\n    :param int days: How many.\n    :returns: A text.\n"
    plain = "Look it up.\n\n    At once. Args: none\n"
    for said, city, days in ((google, "Its name,\nin full.", "How many."), (sphinx, "Its name,", "How many."), (plain, None, None)):
        code = f'def tell(city: str, days: int = 3):\n    """{said}    """\n\nAgent("openai:gpt-4.1", tools=[tell])\n'
        (text,) = (part for part in parts(code) if isinstance(part, Text))
        made = json.loads(text.text)
        assert made["description"].startswith("Look it up.\n\nAt once.") and "Its name" not in made["description"]
        assert "A text" not in made["description"]
        told = made["parameters"]["properties"]
        assert [told[name].get("description") for name in ("city", "days")] == [city, days]


def test_a_decorator_names_and_describes_a_tool() -> None:
    for decorator, name, description in (
        ("@tool", "tell", "Own words."),
        ("@tool()", "tell", "Own words."),
        ('@tool("Tide table")', None, "Own words."),
        ('@tool(name_override="tides", description_override="Other words.")', None, "Other words."),
        ('@tool(description="Other " "words.")', "tell", "Other words."),
    ):
        code = f'{decorator}\ndef tell(city: str):\n    """Own words."""\n\nAgent("openai:gpt-4.1", tools=[tell])\n'
        (text,) = (part for part in parts(code) if isinstance(part, Text))
        made = json.loads(text.text)
        assert (made.get("name"), made["description"]) == (name, description), decorator


def test_what_has_no_fields_stays_a_hole() -> None:
    code = "class Answer:\n    pass\nOpenAI().chat.completions.parse(model='gpt-4.1', messages=[], response_format=Answer)\n"
    assert [part.name for part in parts(code) if isinstance(part, Hole)] == ["response_format schema"]


def test_classes_that_name_each_other_many_times_take_bounded_time() -> None:
    fields = "".join(f"    f{n}: A{{}}\n" for n in range(100))
    classes = "".join(f"class A{n}(BaseModel):\n{fields.replace('{}', str(n + 1))}" for n in range(6))
    started = time.process_time()
    answer(f"{classes}class A6(BaseModel):\n    x: int\n\nclass Answer(A0):\n    y: int\n")
    assert time.process_time() - started < 10


def test_a_typed_dictionary_given_as_a_tool_is_what_it_is_made_of() -> None:
    code = (
        "from openai.types.chat import ChatCompletionToolParam\n"
        "tool = ChatCompletionToolParam(type='function', function={'name': 'look', 'description': 'Look it up.'})\n"
        "OpenAI().chat.completions.create(model='gpt-4.1', messages=[], tools=[tool])\n"
    )
    assert "Look it up." in "".join(part.text for part in parts(code) if isinstance(part, Text))


def test_a_function_that_hands_everything_on_says_nothing_of_its_own() -> None:
    code = "def tool(*args, **kwargs):\n    return run(*args, **kwargs)\n\nAgent('openai:gpt-4.1', tools=[tool])\n"
    assert not any(isinstance(part, Text) for part in parts(code))

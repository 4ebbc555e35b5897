"""Text that is joined of one item for each element: the low end has none of it, unless there is an element for sure."""

from __future__ import annotations

import pytest

from costgate.gate import report_of_files
from costgate.model.prompt import Prompt, Text
from costgate.model.snapshot import Snapshot

HEAD = 'from openai import OpenAI\nNAMES = ["a b", "c d"]\nMANY = [{}]\ndef f(rows, chosen):\n'.format(", ".join(f'"n {n}"' for n in range(40)))


def static(prompt: Prompt) -> str:
    return "".join(part.text for part in prompt.segments if isinstance(part, Text))


def ends(body: str) -> tuple[str, str]:
    """The static text of the least and of the most that a call sends."""
    found, _ = report_of_files({"app.py": f'{HEAD}    {body}\n    OpenAI().responses.create(model="gpt-4.1", input=text)\n'})
    assert isinstance(found, Snapshot)
    (site,) = found.reading.calls
    assert site.prompt is not None
    texts = sorted((static(each) for each in (site.prompt, *site.prompt.alternatives)), key=len)
    return texts[0], texts[-1]


@pytest.mark.parametrize(
    ("body", "least", "most"),
    [
        ('text = "Head of it.\\n" + "\\n".join(f"Row {x.name} now." for x in rows)', "Head of it.\n", "Head of it.\nRow  now.\n"),
        ('lines = [f"Row {x} now." for x in rows]\n    text = "\\n".join(lines)', "", "Row  now.\n"),
        ('text = "\\n".join([f"Row {x} now." for x in rows] + ["End of it."])', "End of it.", "Row  now.\nEnd of it."),
        ('text = "\\n".join(f"Row {x} now." for x in NAMES)', "Row a b now.\nRow c d now.", "Row a b now.\nRow c d now."),
        ('text = "\\n".join(f"Row {x} now." for x in MANY)', "Row  now.", "Row  now."),
        ('text = "\\n".join(f"Row {x} now." for x in MANY if x in chosen)', "", "Row  now.\n"),
        ('text = [f"Row {x} now." for x in rows][0]', "Row  now.", "Row  now."),
    ],
)
def test_the_low_end_has_a_round_only_where_there_is_one(body: str, least: str, most: str) -> None:
    assert ends(body) == (least, most)

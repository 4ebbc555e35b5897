"""Notebooks: code cells as one program, positions as cell and line, and what is no Python left out."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from costgate.gate import report_of_files
from costgate.model.call import CallSite
from costgate.model.snapshot import Snapshot
from costgate.model.value import Known
from costgate.read.notebook import notebook


def cells(*sources: Any, **more: Any) -> str:
    """A notebook of code cells; None makes a cell of Markdown."""
    made = [
        {"cell_type": "markdown", "source": "# Text"}
        if source is None
        else {"cell_type": "code", "source": source, "outputs": [{"text": ["x" * 50]}], "execution_count": 1}
        for source in sources
    ]
    return json.dumps({"nbformat": 4, "metadata": {}, "cells": made, **more})


def measured(files: dict[str, str]) -> Snapshot:
    found, _ = report_of_files(files)
    assert isinstance(found, Snapshot)
    return found


def calls(*sources: Any, **files: str) -> tuple[CallSite, ...]:
    return measured({"a.ipynb": cells(*sources), **files}).reading.calls


CALL = 'client.chat.completions.create(model=MODEL, max_tokens=9, messages=[{"role": "user", "content": TEXT}])'


def test_state_goes_from_cell_to_cell_and_positions_are_in_the_cell() -> None:
    (call,) = calls(
        None, ["from openai import OpenAI\n", "client = OpenAI()\n", 'MODEL = "gpt-4.1"'], None, "\nTEXT = 'Hi there'\n", f"x = 1\ny = {CALL}"
    )
    assert (call.span.cell, call.span.line, call.span.column) == (4, 2, 5)
    assert call.arg("model") == Known(("gpt-4.1",), "argument", call.arg("model").trail)  # type: ignore[union-attr]
    assert call.arg("model").trail[0].cell == 1  # type: ignore[union-attr]
    assert call.prompt is not None
    assert [(part.span.cell, part.span.line) for part in call.prompt.segments] == [(3, 2)]


def test_objects_at_the_same_line_of_two_cells_are_told_apart() -> None:
    made = "from langchain_openai import ChatOpenAI\n"
    found = calls(made, "a = ChatOpenAI(model='gpt-4.1')", "b = ChatOpenAI(model='gpt-4o')", "a.invoke('Hi')")
    assert [(each.span.cell, each.kind, each.counted) for each in found if each.kind == "model-object"] == [
        (1, "model-object", False),
        (2, "model-object", True),
    ]


@pytest.mark.parametrize(
    "noise",
    [
        "%load_ext autoreload\n%autoreload 2\n",
        "!pip install openai \\\n   --quiet\n",
        "files = !ls\n",
        "here = %pwd\n",
        "OpenAI?\n",
        "?OpenAI\n",
        "if True:\n    !ls\n    %pip install x\n",
        "%%time\n",
    ],
)
def test_magics_and_shell_lines_are_skipped(noise: str) -> None:
    snapshot = measured({"a.ipynb": cells(noise + "from openai import OpenAI\nclient = OpenAI()\nMODEL, TEXT = 'gpt-4.1', 'Hi'\n" + CALL)})
    assert [each.span.line for each in snapshot.reading.calls] == [noise.count("\n") + 4]
    assert snapshot.reading.unread == {}


def test_cells_of_other_languages_are_skipped_and_text_is_not_taken_for_magic() -> None:
    start = "from openai import OpenAI\nclient = OpenAI()\nMODEL = 'gpt-4.1'"
    assert calls(start, "TEXT = ''", f"%%bash\n{CALL}\n") == ()
    (call,) = calls(start, 'TEXT = """Say:\n!hello\n%s percent\n"""', CALL)
    assert call.prompt is not None
    assert "".join(getattr(part, "text", "") for part in call.prompt.segments) == "Say:\n!hello\n%s percent\n"


def test_a_broken_cell_hides_no_other() -> None:
    snapshot = measured({"a.ipynb": cells("from openai import OpenAI\nc = OpenAI()", "def (:\n", "c.responses.create(model='gpt-4.1', input='Hi')")})
    assert [each.span.cell for each in snapshot.reading.calls] == [2]
    assert "only partly read: cell 2: does not parse" in snapshot.reading.unread["a.ipynb"]


def test_a_wrapper_of_a_module_is_called_from_a_notebook() -> None:
    module = "from openai import OpenAI\n\ndef ask(text):\n    return OpenAI().responses.create(model='gpt-4.1', input=text)\n"
    found = calls("from llm import ask\n", "\nask('Hi')", **{"llm.py": module})
    assert [(each.span.path, each.span.cell, each.span.line) for each in found if each.via] == [("a.ipynb", 1, 2)]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "it is not a notebook"),
        ("[]", "it has no list of cells"),
        ('{"cells": null}', "it has no list of cells"),
        ('{"cells": 3}', "it has no list of cells"),
        ("[" * 100_000, "it is not a notebook"),
        (cells("import openai", 7), "cell 2: has no source that is text"),
        (json.dumps({"cells": [{"cell_type": "code", "source": None}, {"cell_type": "code"}, None]}), "cell 1 and 2 others"),
        (cells("import openai", ["a", None]), "cell 2: has no source"),
    ],
)
def test_what_is_no_notebook_is_told(text: str, why: str) -> None:
    reading = measured({"a.ipynb": text.replace("{", '{"openai": 1, ', 1) if text != "{" else "{ import openai"}).reading
    if text.startswith("["):
        found = notebook(text.encode())
        assert why in (found.why or "")
        return
    assert why in reading.unread["a.ipynb"]
    assert any(gap.span is not None and gap.span.path == "a.ipynb" for gap in reading.gaps)


def test_an_old_form_and_checkpoints() -> None:
    old = json.dumps({"worksheets": [{"cells": [{"cell_type": "code", "input": ["import os\n", "x = 1"]}]}]})
    assert notebook(old.encode()).source == b"import os\nx = 1\n"
    code = "from openai import OpenAI\nOpenAI().responses.create(model='gpt-4.1', input='Hi')"
    assert measured({".ipynb_checkpoints/a-checkpoint.ipynb": cells(code)}).reading.calls == ()


def test_large_outputs_cost_little() -> None:
    document = json.loads(cells("from openai import OpenAI\nOpenAI().responses.create(model='gpt-4.1', input='Hi')"))
    document["cells"][0]["outputs"] = [{"data": {"image/png": "iVBORw0KGgo" * 900_000}}]
    started = time.process_time()
    assert len(measured({"a.ipynb": json.dumps(document)}).reading.calls) == 1
    assert time.process_time() - started < 8

"""Fixes on real files, through the command: what changes, what does not, and where nothing is touched."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from costgate.cli import main

HEAD = "from openai import OpenAI\n\nclient = OpenAI()\n\n\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COSTGATE_CACHE_DIR", str(tmp_path.parent / "cache"))
    return tmp_path


def mended(folder: Path, text: str | bytes, *arguments: str) -> bytes:
    data = text.encode() if isinstance(text, str) else text
    (folder / "app.py").write_bytes(data)
    assert main(["audit", *(arguments or ("--unsafe-fixes",))]) in (0, 1)
    return (folder / "app.py").read_bytes()


def _call(arguments: str) -> str:
    return f"{HEAD}client.responses.create({arguments})\n"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('model="gpt-4.1", input="Hi"', 'model="gpt-4.1", input="Hi", max_output_tokens=4096'),
        ('model="gpt-4.1", input="Hi",', 'model="gpt-4.1", input="Hi", max_output_tokens=4096,'),
        ('\n    model="gpt-4.1",\n    input="Hi",\n', '\n    model="gpt-4.1",\n    input="Hi",\n    max_output_tokens=4096,\n'),
        ('\n\tmodel="gpt-4.1",\n\tinput="Hi"  # no comma\n', '\n\tmodel="gpt-4.1",\n\tinput="Hi",  # no comma\n\tmax_output_tokens=4096\n'),
        ('\n  model="gpt-4.1",\n  input="Hi",  # )\n  # the end\n', '\n  model="gpt-4.1",\n  input="Hi",  # )\n  max_output_tokens=4096,\n  # the end\n'),
        ('\n    model="gpt-4.1",\n    input="Hi")#', '\n    model="gpt-4.1",\n    input="Hi",\n    max_output_tokens=4096)#'),
        ('model="gpt-4.1", input=[\n    "é𝄞",\n]', 'model="gpt-4.1", input=[\n    "é𝄞",\n], max_output_tokens=4096'),
        ('model="gpt-4.1", input="Hi", max_output_tokens=None', 'model="gpt-4.1", input="Hi", max_output_tokens=4096'),
        ('model="gpt-4.1", input="Hi", max_output_tokens=90_000', 'model="gpt-4.1", input="Hi", max_output_tokens=32000'),
        ('model="gpt-4.1", input=f"{x}", **{}', None),
        ('model="gpt-4.1", input="Hi", **limits', None),
        ('model="gpt-4.1", input="Hi", max_output_tokens=LIMIT', None),
        ('*first, model="gpt-4.1", input="Hi"', None),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_only_the_argument_changes(folder: Path, before: str, after: str | None, newline: str) -> None:
    before, after = (None if each is None else _call(each).replace("\n", newline) for each in (before, after))
    assert before is not None
    for old, new in ((before, after or before), (before.rstrip(), (after or before).rstrip())):
        done = mended(folder, old)
        assert done == new.encode()
        assert mended(folder, done) == done, "a second run changes nothing"


@pytest.mark.parametrize(
    "text",
    [
        # a constant, which others may use
        HEAD + 'LIMIT = 90000\nclient.responses.create(model="gpt-4.1", input="Hi", max_output_tokens=LIMIT)\n',
        # a wrapper whose callers decide
        HEAD + 'def ask(limit=None):\n    return client.responses.create(model="gpt-4.1", input="Hi", max_output_tokens=limit)\n',
        HEAD + 'def ask(**more):\n    return client.responses.create(model="gpt-4.1", input="Hi", **more)\nask()\n',
        # settings in a dict
        HEAD + 'settings = {"max_output_tokens": 90000}\nclient.responses.create(model="gpt-4.1", input="Hi", **settings)\n',
        # an alias that may stand for several
        'from mistralai import Mistral\n\nMistral().chat.complete(model="mistral-large-latest", messages=[], max_tokens=5)\n',
    ],
)
def test_what_comes_from_elsewhere_is_left_alone(folder: Path, text: str) -> None:
    assert mended(folder, text) == text.encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from tenacity import retry\n@retry\n", "from tenacity import retry, stop_after_attempt\n@retry(stop=stop_after_attempt(5))\n"),
        ("import tenacity as t\n@t.retry()\n", "import tenacity as t\n@t.retry(stop=t.stop_after_attempt(5))\n"),
        (
            "from tenacity import (\n    retry,\n    wait_fixed,\n)\n@retry(wait=wait_fixed(2))\n",
            "from tenacity import (\n    retry, stop_after_attempt,\n    wait_fixed,\n)\n@retry(wait=wait_fixed(2), stop=stop_after_attempt(5))\n",
        ),
        ("import backoff\n@backoff.on_exception(backoff.expo, Exception)\n", "import backoff\n@backoff.on_exception(backoff.expo, Exception, max_tries=5)\n"),
        # the name is taken
        ("from tenacity import retry\nstop_after_attempt = 3\n@retry\n", None),
    ],
)
def test_a_retry_is_bounded(folder: Path, before: str, after: str | None) -> None:
    call = 'def ask():\n    return OpenAI(max_retries=0).responses.create(model="gpt-4.1", input="Hi", max_output_tokens=9)\n'
    text = "from openai import OpenAI\n" + before + call
    assert mended(folder, text).decode() == ("from openai import OpenAI\n" + after + call if after else text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            'from agents import Agent, Runner\n\nRunner.run_sync(Agent(name="a", model="gpt-4.1"), "Hi", max_turns=None)\n',
            'from agents import Agent, Runner\n\nRunner.run_sync(Agent(name="a", model="gpt-4.1"), "Hi", max_turns=25)\n',
        ),
        (
            HEAD + 'client.responses.create(model="gpt-5", input="Hi", reasoning={"effort": "high"}, max_output_tokens=200)\n',
            HEAD + 'client.responses.create(model="gpt-5", input="Hi", reasoning={"effort": "low"}, max_output_tokens=200)\n',
        ),
        (
            HEAD + 'client.responses.create(model="gpt-4.1", input="Hi", max_output_tokens=200, timeout=90000)\n',
            HEAD + 'client.responses.create(model="gpt-4.1", input="Hi", max_output_tokens=200, timeout=600)\n',
        ),
        (
            'import anthropic\n\nanthropic.Anthropic().messages.create(model="claude-3-5-haiku-latest", max_tokens=5, messages=[])\n',
            'import anthropic\n\nanthropic.Anthropic().messages.create(model="claude-3-5-haiku-20241022", max_tokens=5, messages=[])\n',
        ),
        (
            'from openai import OpenAI\n\nOpenAI(max_retries=40).responses.create(model="gpt-4.1", input="Hi", max_output_tokens=9)\n',
            'from openai import OpenAI\n\nOpenAI(max_retries=11).responses.create(model="gpt-4.1", input="Hi", max_output_tokens=9)\n',
        ),
        (
            'from google import genai\nfrom google.genai import types\n\ngenai.Client().models.generate_content(model="gemini-2.5-pro", contents="Hi", config=types.GenerateContentConfig(temperature=0))\n',
            'from google import genai\nfrom google.genai import types\n\ngenai.Client().models.generate_content(model="gemini-2.5-pro", contents="Hi", config=types.GenerateContentConfig(temperature=0, max_output_tokens=4096))\n',
        ),
    ],
)
def test_each_kind_of_repair(folder: Path, before: str, after: str) -> None:
    assert mended(folder, before, "--unsafe-fixes", "--persona", "strict").decode() == after


@pytest.mark.parametrize(
    ("client", "added"),
    [
        ("OpenAI()", ", max_completion_tokens=4096"),
        ('OpenAI(base_url="https://api.deepseek.com")', ", max_tokens=4096"),
        ("OpenAI(base_url=settings.address())", ""),
    ],
)
def test_a_limit_is_spelled_as_the_provider_knows_it(folder: Path, client: str, added: str) -> None:
    code = f'from openai import OpenAI\nimport settings\n\n{client}.chat.completions.create(model="m", messages=[])\n'
    assert mended(folder, code, "--unsafe-fixes").decode() == code.replace("messages=[]", f"messages=[]{added}")


@pytest.mark.parametrize(
    ("model", "added"),
    [("gpt-4.1", ", max_tokens=4096"), ("gpt-4", ""), ("gpt-3.5-turbo-1106", ", max_tokens=4096")],
)
def test_a_limit_leaves_the_prompt_its_room(folder: Path, model: str, added: str) -> None:
    code = f'from langchain_openai import ChatOpenAI\n\nChatOpenAI(model="{model}").invoke("Hi")\n'
    assert mended(folder, code, "--unsafe-fixes").decode() == code.replace('"Hi")', f'"Hi"{added})')


def test_a_timeout_is_added_where_somebody_asks_for_everything(folder: Path) -> None:
    call = HEAD + 'client.responses.create(model="gpt-4.1", input="Hi", max_output_tokens=200)\n'
    assert mended(folder, call, "--unsafe-fixes", "--persona", "strict").decode() == call
    assert mended(folder, call, "--unsafe-fixes", "--persona", "auditor").decode() == call.replace("=200)", "=200, timeout=600)")


def test_the_end_of_the_system_text_is_marked_for_the_cache(folder: Path) -> None:
    system = '"' + "A rule that holds for every question. " * 400 + '"'
    text = f'import anthropic\n\n\ndef ask(q):\n    return anthropic.Anthropic().messages.create(model="claude-sonnet-4-5", max_tokens=5, system={system}, messages=[{{"role": "user", "content": q}}])\n'
    block = f'[{{"type": "text", "text": {system}, "cache_control": {{"type": "ephemeral"}}}}]'
    assert mended(folder, text).decode() == text.replace(f"system={system}", f"system={block}")
    unmarked = text.replace(f"system={system}", f'system=[{{"type": "text", "text": {system}}}]')
    assert mended(folder, unmarked).decode() == unmarked, "which of several blocks ends what stays is for people to say"


def test_safe_fixes_leave_limits_alone_and_lower_what_the_model_cannot_reach(folder: Path) -> None:
    text = _call('model="gpt-4.1", input="Hi"') + 'client.responses.create(model="gpt-4o-mini", input="Hi", max_output_tokens=20000)\n'
    assert mended(folder, text, "--fix") == text.replace("20000", "16384").encode()


def test_a_preview_is_a_patch_and_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = _call('model="gpt-4.1", input="Hi"').rstrip()
    assert mended(folder, text, "--unsafe-fixes", "--diff") == text.encode()
    patch = capsys.readouterr().out
    assert patch.startswith("--- a/app.py\n+++ b/app.py\n") and "\\ No newline at end of file" in patch
    (folder / "change.patch").write_text(patch)
    assert os.system(f"cd {folder} && git init -q . && git apply change.patch") == 0
    assert b"max_output_tokens=4096)" in (folder / "app.py").read_bytes()


def test_the_mode_stays_and_a_link_is_not_followed(folder: Path) -> None:
    (folder / "app.py").write_text(_call('model="gpt-4.1", input="Hi"'))
    (folder / "app.py").chmod(0o750)
    assert main(["check", "app.py", "--unsafe-fixes"]) == 0
    assert stat.S_IMODE((folder / "app.py").stat().st_mode) == 0o750
    assert sorted(each.name for each in folder.iterdir()) == ["app.py"]


def test_the_report_and_sarif_carry_the_fix(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "app.py").write_text(_call('model="gpt-4.1", input="Hi"'))
    main(["audit", "--format", "json"])
    found: dict[str, Any] = next(one for one in json.loads(capsys.readouterr().out)["findings"] if one["rule"] == "CG101")
    assert found["fix_available"] and not found["fix"]["safe"]
    (edit,) = found["fix"]["edits"]
    assert edit == {"path": "app.py", "start_line": 6, "start_column": 52, "end_line": 6, "end_column": 52, "text": ", max_output_tokens=4096"}
    main(["audit", "--format", "sarif"])
    results = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    (change,) = next(one for one in results if one["ruleId"] == "CG101")["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"]["text"] == ", max_output_tokens=4096"


def test_an_ignored_finding_is_not_mended(folder: Path) -> None:
    text = HEAD + '# costgate: ignore[CG101] a demo\nclient.responses.create(model="gpt-4.1", input="Hi")\n'
    assert mended(folder, text) == text.encode()

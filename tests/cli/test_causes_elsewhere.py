"""What changes in another file shows at every call it reaches, with that file as the cause; on real repositories."""

from __future__ import annotations

from typing import Any

import pytest

HEAD = "from openai import OpenAI\n\nclient = OpenAI()\n\n\n"
LONG = "Answer in full sentences and name the source of every figure. " * 40


def asking(*, model: str = '"gpt-4.1-mini"', prompt: str = '"Be kind."', more: str = "", head: str = "") -> str:
    def one(name: str) -> str:
        call = f"client.responses.create(model={model}, instructions={prompt}, input=question, max_output_tokens=200{more})"
        return f"def {name}(question):\n    return {call}\n\n\n"

    return head + HEAD + one("first") + one("second")


CHANGES: dict[str, tuple[dict[str, str], dict[str, str], str, str]] = {
    # files, what the branch makes of them, the file that is the cause, what the cause is called
    "a constant": (
        {"app.py": asking(model="MODEL", head="from settings import MODEL\n"), "settings.py": 'MODEL = "gpt-4.1-mini"\n'},
        {"settings.py": 'MODEL = "gpt-4.1"\n'}, "settings.py", "model",
    ),
    "a value of a configuration file": (
        {
            "app.py": asking(
                model='SETTINGS["model"]',
                head='from pathlib import Path\n\nimport yaml\n\nSETTINGS = yaml.safe_load(Path("conf.yaml").read_text())\n',
            ),
            "conf.yaml": "model: gpt-4.1-mini\n",
        },
        {"conf.yaml": "model: gpt-4.1\n"}, "conf.yaml", "model",
    ),
    "a prompt file": (
        {"app.py": asking(prompt='Path("rules.md").read_text()', head="from pathlib import Path\n"), "rules.md": "Be kind.\n"},
        {"rules.md": LONG}, "rules.md", "prompt",
    ),
    "what a template includes": (
        {
            "app.py": asking(
                prompt='pages.get_template("system.j2").render()',
                head='from jinja2 import Environment, FileSystemLoader\n\npages = Environment(loader=FileSystemLoader("prompts"))\n',
            ),
            "prompts/system.j2": "Be kind.\n{% include 'rules.j2' %}\n", "prompts/rules.j2": "Name the source.\n",
        },
        {"prompts/rules.j2": LONG}, "prompts/rules.j2", "prompt",
    ),
    "the schema of a tool": (
        {
            "app.py": asking(more=", tools=TOOLS", head="from tools import TOOLS\n"),
            "tools.py": 'TOOLS = [{"type": "function", "name": "find", "description": "Finds.", "parameters": {}}]\n',
        },
        {"tools.py": f'TOOLS = [{{"type": "function", "name": "find", "description": "{LONG}", "parameters": {{}}}}]\n'}, "tools.py", "prompt",
    ),
    "a wrapper": (
        {
            "app.py": "from ask import ask\n\n\ndef first(q):\n    return ask(q)\n\n\ndef second(q):\n    return ask(q)\n",
            "ask.py": HEAD + 'def ask(q, model="gpt-4.1-mini"):\n    return client.responses.create(model=model, input=q, max_output_tokens=200)\n',
        },
        {"ask.py": HEAD + 'def ask(q, model="gpt-4.1"):\n    return client.responses.create(model=model, input=q, max_output_tokens=200)\n'},
        "ask.py", "model",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_every_call_shows_it_with_its_cause(shop: Any, name: str) -> None:
    files, changed, path, what = CHANGES[name]
    shop.start(files)
    shop.commit(changed)
    report = shop.run("diff", "--base", "main", "--format", "json").report
    found = {change["after"]["function"]: change for change in report["changes"] if change["kind"] == "changed"}
    found.pop("ask", None)  # the wrapper's own request, which its callers are counted for
    assert found.keys() == {"first", "second"}, report["changes"]
    for change in found.values():
        causes = {(cause["path"], cause["what"]) for cause in change["causes"]}
        assert any(at == path and (what == "prompt" or said == what) for at, said in causes), causes
        assert float(change["delta"]["cost"]["low"]) > 0
    text = shop.run("diff", "--base", "main").out
    assert path in text and text.count("because") >= 2

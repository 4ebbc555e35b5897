"""A file that a call's prompt or settings rest on changes: the next run says so, although nothing else did."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from costgate.cli import main

PROGRAM = """\
from baml_client.sync_client import b
from langchain_core.prompts import load_prompt
from langchain_openai import ChatOpenAI
from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion
kernel = Kernel()
kernel.add_service(OpenAIChatCompletion(ai_model_id="gpt-4.1-mini"))
plugin = kernel.add_plugin(parent_directory="plugins", plugin_name="W")
async def main(x):
    await kernel.invoke(plugin["J"])
    b.Short(x)
    (load_prompt("few.json") | ChatOpenAI(model="gpt-4.1")).invoke({})
"""
FILES = {
    "app.py": PROGRAM,
    "plugins/W/J/skprompt.txt": "Tell a joke about {{$input}}.",
    "plugins/W/J/config.json": '{"execution_settings": {"default": {"max_tokens": 50}}}',
    "baml/f.baml": 'function Short(text: string) -> string {\n  client Fast\n  prompt #"Sum it up: {{ text }}"#\n}\n',
    "baml/c.baml": 'client<llm> Fast {\n  provider openai\n  options {\n    model "gpt-4.1-mini"\n  }\n}\n',
    "few.json": '{"_type": "few_shot", "prefix": "Write.", "example_prompt": {"template": "In: {i}"}, "examples": "shots.json", "suffix": "End."}',
    "shots.json": '[{"i": "one"}]',
}


@pytest.mark.parametrize(
    ("path", "old", "new", "line"),
    [
        ("plugins/W/J/config.json", "50", "60", 10),
        ("plugins/W/J/skprompt.txt", "Tell a joke", "Tell a very long joke", 10),
        ("baml/f.baml", "Sum it up", "Sum it up in ten long lines", 11),
        ("baml/c.baml", "gpt-4.1-mini", "gpt-4.1", 11),
        ("shots.json", "one", "one of a good many things", 12),
    ],
)
def test_the_next_run_sees_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, old: str, new: str, line: int) -> None:
    monkeypatch.setenv("COSTGATE_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    root = tmp_path / "repo"
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)

    def read() -> dict[int, str]:
        main(["audit", str(root), "-f", "json", "-o", str(tmp_path / "report.json")])
        report = json.loads((tmp_path / "report.json").read_text())
        return {each["line"]: json.dumps(each) for each in report["calls"] if each["kind"] == "chat"}

    before = read()
    assert sorted(before) == [10, 11, 12] and read() == before
    (root / path).write_text(FILES[path].replace(old, new))
    after = read()
    assert [each for each in after if after[each] != before[each]] == [line]

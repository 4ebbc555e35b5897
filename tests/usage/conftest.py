"""A report to join to, as a run on a small tree makes it, and the traces that real instrumentations wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from costgate.model.measured import Imported
from costgate.model.report import Report
from costgate.model.setting import Setting
from costgate.model.tree import NoCache
from costgate.usage.collect import collect
from costgate.usage.join import sites_of

TRACES = Path(__file__).parent / "traces"

FILES = {
    "bot/answer.py": '''from openai import OpenAI

client = OpenAI()


def answer(question: str) -> str:
    reply = client.chat.completions.create(
        model="gpt-4.1-mini",
        messages=[{"role": "system", "content": "You are helpful."}, {"role": "user", "content": question}],
        max_tokens=800,
    )
    return reply.choices[0].message.content
''',
    "bot/summary.py": '''from anthropic import Anthropic

claude = Anthropic()


class Report:
    def summarise(self, text: str) -> str:
        return claude.messages.create(
            model="claude-haiku-4-5", max_tokens=300, messages=[{"role": "user", "content": text}]
        ).content[0].text
''',
    "bot/draft.py": '''from openai import OpenAI


def draft(topic):
    return OpenAI().responses.create(model="gpt-4.1", input=topic, max_output_tokens=400).output_text


def rewrite(text):
    return OpenAI().responses.create(model="gpt-4.1", input=text, max_output_tokens=400).output_text
''',
}


@pytest.fixture(scope="session")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    from costgate.gate import audit

    root = tmp_path_factory.mktemp("tree")
    for name, text in FILES.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    return audit([root], Setting("2026-11-27", NoCache()))


@pytest.fixture
def importing(report: Report) -> Any:
    """Import files, joined to the report; words of `--join`, a source and columns may be given."""

    def run(*paths: Path, join: tuple[str, ...] = (), source: str | None = None, columns: dict[str, str] | None = None) -> Imported:
        return collect(paths, sites_of(report, join), source, columns or {}, lambda what, done, parts: None)

    return run

"""`costgate explain PATH:LINE`: from the place that sets the model to dollars, on a tree or from a saved report."""

from __future__ import annotations

from typing import Any

FILES = {
    "costgate.yaml": """profiles:
  - sites: app/answer.py::answer
    holes: {content: 20..400}
""",
    "app/__init__.py": "",
    "app/settings.py": 'import os\n\nMODEL = os.getenv("MODEL", "gpt-4.1")\n',
    "app/answer.py": '''from openai import OpenAI

from app.settings import MODEL

client = OpenAI()


def answer(question: str) -> str:
    for _ in range(3):
        reply = client.chat.completions.create(
            model=MODEL,
            messages=[{"role": "system", "content": "You are helpful."}, {"role": "user", "content": question}],
        )
    return reply.choices[0].message.content
''',
}


def test_from_the_setting_to_dollars(shop: Any) -> None:
    shop.start(FILES)
    ran = shop.run("explain", "app/answer.py:12")
    assert (ran.code, ran.err) == (0, "")
    said = " ".join(ran.out.split())
    for words in (
        "app/answer.py:10 client.chat.completions.create in answer",
        "gpt-4.1, the default of a setting or environment variable set at app/settings.py:3",
        "priced as gpt-4.1 of openai",
        "20–400 (declared) for content at app/answer.py:8",
        "at $2 per 1M input tokens =",
        "output: 0–32,768 at $8 per 1M output tokens = $0–0.262 (bounded)",
        "openai client: 3 requests at worst",
        "it stands in a loop (for), 3 times",
        "Set an output limit in the code, or declare `output_tokens` under `profiles:` for app/answer.py::answer",
        "warning CG101 unbounded-output",
    ):
        assert words in said, (words, said)


def test_a_setting_leads_to_the_call_that_it_decides_about(shop: Any) -> None:
    shop.start(FILES)
    at_the_setting = shop.run("explain", "app/settings.py:3")
    assert at_the_setting.out == shop.run("explain", "app/answer.py:10").out != ""
    assert shop.run("explain", "answer.py:10", cwd=shop.root / "app").out == at_the_setting.out


def test_a_saved_report_says_the_same(shop: Any) -> None:
    shop.start(FILES)
    shop.run("audit", "--format", "json", "--output", str(shop.home / "saved.json"))
    (shop.root / "app/answer.py").write_text("")
    saved = ("--report", str(shop.home / "saved.json"))
    assert "= $" in shop.run("explain", "./app/answer.py:10", *saved).out
    shop.run("explain", "app/answer.py:1", *saved).mistake("app/answer.py:1", "calls of this file are at 10")
    shop.run("explain", "app/answer.py:10", "--report", "gone.json").mistake("no such report")


def test_a_change_is_told(shop: Any) -> None:
    shop.start(FILES)
    shop.commit({"app/settings.py": 'import os\n\nMODEL = os.getenv("MODEL", "gpt-4.1-mini")\n'})
    made = shop.run("diff", "--base", "main", "--format", "json", "--output", str(shop.home / "diff.json"))
    assert made.code in (0, 1)
    said = shop.run("explain", "app/answer.py:10", "--report", str(shop.home / "diff.json")).out
    assert "because model gpt-4.1 → gpt-4.1-mini at app/settings.py:3" in " ".join(said.split())


def test_places_that_are_none(shop: Any) -> None:
    shop.start(FILES)
    shop.run("explain", "app/answer.py:5000").mistake("no model call here", "at 10")
    shop.run("explain", "app/gone.py:1").mistake("app/gone.py", "no such file")
    shop.run("explain", "app:1").mistake("no such file")
    shop.run("explain", "app/__init__.py:1").mistake("costgate audit lists the calls")


def test_the_errors_that_a_call_is_repeated_on(shop: Any) -> None:
    code = """import openai
from tenacity import retry, retry_if_exception_type, stop_after_attempt, wait_fixed


@retry(retry=retry_if_exception_type(openai.RateLimitError), stop=stop_after_attempt(4), wait=wait_fixed(1))
def ask():
    return openai.OpenAI(max_retries=0).responses.create(model="gpt-4.1", input="Hello")
"""
    shop.start({"a.py": code})
    layers = shop.run("audit", "--format", "json").report["calls"][0]["retries"]["layers"]
    (layer,) = (each for each in layers if "on" in each)
    assert (layer["attempts"], layer["on"], layer["waits"]) == (4, ["openai.RateLimitError"], True)
    assert "4 requests at worst, on openai.RateLimitError, a.py:5" in shop.run("explain", "a.py:7").out

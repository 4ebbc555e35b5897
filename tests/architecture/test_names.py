"""Knowledge is data: no provider, SDK or library of the judged code is named in the package's own modules."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "costgate"
MODULES = sorted(PACKAGE.rglob("*.py"))

NAMES = """
    agno ai21 aisuite anthropic autogen azure backoff bedrock boto3 botocore cerebras chatgpt claude cohere crewai dashscope
    deepseek dramatiq dspy fireworks gemini genai gpt groq guardrails haiku haystack helicone httpx huey huggingface
    instructor langchain langfuse langgraph langsmith litellm llama llamaindex llama_index mirascope mistral mistralai
    moonshot nvidia ollama openai openrouter opnieuw opus perplexity portkey pydantic_ai qwen replicate
    semantic_kernel smolagents sonnet stamina strands temporalio tenacity togetherai vertex vertexai voyageai watsonx xai
""".split()
_WORD = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(NAMES)})(?![A-Za-z0-9])", re.IGNORECASE)


def test_the_pattern_finds_names_in_code_and_comments() -> None:
    assert _WORD.search('provider == "openai"') and _WORD.search("# as OpenAI does") and _WORD.search("is_gpt_4")
    assert not _WORD.search("together, it may retry; the instruct")


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_module_names_what_it_judges(path: Path) -> None:
    lines = enumerate(path.read_text("utf-8").splitlines(), start=1)
    assert [f"{number}: {line.strip()}" for number, line in lines if _WORD.search(line)] == []

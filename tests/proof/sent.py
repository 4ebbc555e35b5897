"""What one recorded request asked for, in the same words for every provider's API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from answers import TEXT, offered
from server import Request

_IN_PATH = re.compile(r"/(?:deployments|models)/([^/:]+)[/:]")
_PROMPTS = (
    "system", "preamble", "instructions", "systemInstruction", "messages", "message", "input", "prompt", "contents", "content",
    "query", "documents", "texts", "requests", "chat_history",
)  # fmt: skip
_CONTENT = ("content", "text", "parts", "message", "output", "summary")
"""Keys below which a message says something; its role, type and ids are no text."""
_ANSWERING = ("assistant", "model", "tool", "function", "CHATBOT", "TOOL")
_RESULTS = ("function_call", "function_call_output", "tool_use", "tool_result", "reasoning")
_BUDGETS = ("budget_tokens", "thinkingBudget", "thinking_budget", "token_budget")
_SCHEMAS = ("tools", "functions", "response_format", "text", "format", "output_config", "output_format")


@dataclass(frozen=True, slots=True)
class Sent:
    """One request. None: the field was not sent. `texts` is the prompt, `tool_text` the tools and schema as JSON.

    `own` is what of the prompt stands before the first answer of the model. `forced`: a tool has to be called.
    """

    model: str | None
    output_limit: int | None
    reasoning: str | bool | None
    reasoning_budget: int | None
    samples: int | None
    stream: bool | None
    tools: tuple[str, ...]
    texts: tuple[str, ...]
    own: tuple[str, ...]
    tool_text: str
    forced: bool


def sent(request: Request) -> Sent:
    """Read one request."""
    body = request.body
    config = {**(body.get("generationConfig") or {}), **(body.get("options") or {})}
    asked = body.get("thinking")
    thinking = {**(config.get("thinkingConfig") or {}), **(asked if isinstance(asked, dict) else {})}
    spoken = list(_spoken(body))
    return Sent(
        model=_model(request),
        output_limit=_first(
            body.get("max_completion_tokens"),
            body.get("max_output_tokens"),
            body.get("max_tokens"),
            config.get("maxOutputTokens"),
            config.get("num_predict"),
        ),
        reasoning=_first(
            body.get("reasoning_effort"),
            (body.get("reasoning") or {}).get("effort"),
            (body.get("output_config") or {}).get("effort"),
            thinking.get("type"),
            thinking.get("thinkingLevel"),
            thinking.get("thinking_level"),
            body.get("think"),
        ),
        reasoning_budget=_first(*(thinking.get(key) for key in _BUDGETS)),
        samples=_first(body.get("n"), config.get("candidateCount")),
        stream=True if ":stream" in request.path else body.get("stream"),
        tools=tuple(offered(body)),
        texts=tuple(text for _, text in spoken),
        own=tuple(text for _, text in spoken[: next((at for at, (back, _) in enumerate(spoken) if back), len(spoken))] if text != TEXT),
        tool_text=_json([body.get(key) for key in _SCHEMAS] + [config]),
        forced=_forced(body),
    )


def _model(request: Request) -> str | None:
    found = _IN_PATH.search(request.path)
    name = found.group(1) if found else request.body.get("model")
    return str(name).removeprefix("models/") if name else None


def _first(*values: Any) -> Any:
    return next((each for each in values if each is not None), None)


def _spoken(body: Mapping[str, Any]) -> Iterator[tuple[bool, str]]:
    """Every text of the prompt, and whether it is an answer or a result that came back."""
    for key in _PROMPTS:
        if key in body:
            yield from _said(body[key], answers=False)


def _said(value: Any, answers: bool) -> Iterator[tuple[bool, str]]:
    if isinstance(value, str):
        yield answers, value
    elif isinstance(value, list):
        for each in value:
            yield from _said(each, answers)
    elif isinstance(value, dict):
        back = answers or value.get("role") in _ANSWERING or value.get("type") in _RESULTS
        for key in _CONTENT:
            if key in value:
                yield from _said(value[key], back)
        for key in ("functionResponse", "functionCall", "input", "arguments"):
            if key in value and isinstance(value[key], (dict, str)):
                yield True, value[key] if isinstance(value[key], str) else json.dumps(value[key])


def _forced(body: Mapping[str, Any]) -> bool:
    choice = body.get("tool_choice")
    mode = str(((body.get("toolConfig") or {}).get("functionCallingConfig") or {}).get("mode", "")).upper()
    return choice in ("required", "any", "REQUIRED") or isinstance(choice, dict) and choice.get("type") != "auto" or mode == "ANY"


def _json(values: list[Any]) -> str:
    return "".join(json.dumps(value, ensure_ascii=False) for value in values if value)

"""What one recorded request asked for, in the same words for every provider's API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from answers import offered, strings
from server import Request

_IN_PATH = re.compile(r"/(?:deployments|models)/([^/:]+)[/:]")
_PROMPTS = (
    "messages", "message", "system", "preamble", "input", "instructions", "prompt", "contents", "content",
    "systemInstruction", "query", "documents", "texts", "requests", "chat_history",
)  # fmt: skip
_BUDGETS = ("budget_tokens", "thinkingBudget", "thinking_budget", "token_budget")
_SCHEMAS = ("tools", "functions", "response_format", "text", "format", "output_config", "output_format")


@dataclass(frozen=True, slots=True)
class Sent:
    """One request. None: the field was not sent. `texts` is the prompt, `tool_text` the tools and schema as JSON."""

    model: str | None
    output_limit: int | None
    reasoning: str | bool | None
    reasoning_budget: int | None
    samples: int | None
    stream: bool | None
    tools: tuple[str, ...]
    texts: tuple[str, ...]
    tool_text: str


def sent(request: Request) -> Sent:
    """Read one request."""
    body = request.body
    config = {**(body.get("generationConfig") or {}), **(body.get("options") or {})}
    asked = body.get("thinking")
    thinking = {**(config.get("thinkingConfig") or {}), **(asked if isinstance(asked, dict) else {})}
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
        texts=tuple(_texts(body)),
        tool_text=_json([body.get(key) for key in _SCHEMAS] + [config]),
    )


def _model(request: Request) -> str | None:
    found = _IN_PATH.search(request.path)
    name = found.group(1) if found else request.body.get("model")
    return str(name).removeprefix("models/") if name else None


def _first(*values: Any) -> Any:
    return next((each for each in values if each is not None), None)


def _texts(body: Mapping[str, Any]) -> Iterator[str]:
    for key in _PROMPTS:
        if key in body:
            yield from strings(body[key])


def _json(values: list[Any]) -> str:
    return "".join(json.dumps(value, ensure_ascii=False) for value in values if value)

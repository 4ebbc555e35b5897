"""What the local server answers: bodies shaped as each provider's API has them, made from the request alone.

Three kinds of content: plain text, an instance of the schema that the request asks for, and a call of one of the tools
that it offers. Everything is deterministic, so that two runs of a program send the same requests.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

TEXT = "Fine."
ENDING_TOOLS = ("final_answer", "finish", "submit")
"""Tools by which frameworks let a model end a run: never called unless nothing else is offered."""
DEPTH = 6


@dataclass(frozen=True, slots=True)
class Call:
    """A tool that the answer calls."""

    name: str
    arguments: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Content:
    """What an answer says."""

    text: str = TEXT
    call: Call | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A response: one JSON body, or lines of a stream."""

    body: Any = None
    lines: tuple[str, ...] = ()
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)

    def bytes(self) -> bytes:
        return "".join(self.lines).encode() if self.lines else json.dumps(self.body).encode()


def answer(path: str, body: Mapping[str, Any], asks_for_tools: bool = False, text: str | None = None) -> Answer:
    """The answer to a request at `path`; `asks_for_tools`: call a tool whenever one is offered; `text`: say this."""
    shape = next((made for ends, made in SHAPES if _at(path, ends)), None)
    if shape is None:
        return Answer({"object": "list", "data": []})
    return shape(path, body, content(body, asks_for_tools, text))


def failure(status: int) -> Answer:
    """An error; the waiting times it names keep a client's back-off short."""
    kind = "rate_limit_error" if status == 429 else "api_error"
    error = {"message": "not now", "type": kind, "code": status, "status": "UNAVAILABLE"}
    return Answer({"type": "error", "error": error, "message": "not now"}, headers={"retry-after-ms": "5"})


def _at(path: str, ends: str) -> bool:
    return path.endswith(ends) or ends.startswith(":") and ends in path


# what to say ---------------------------------------------------------------------------------------------------------


def content(body: Mapping[str, Any], asks_for_tools: bool, text: str | None) -> Content:
    tools = offered(body)
    if tools and (asks_for_tools or _forced(body)):
        wanted = _forced_name(body)
        ordinary = [name for name in tools if name not in ENDING_TOOLS] or list(tools)
        name = wanted if wanted in tools else ordinary[0]
        return Content("", Call(name, example(tools[name], tools[name]) or {}))
    if text is not None:
        return Content(text)
    schema = wanted_schema(body)
    return Content(json.dumps(example(schema, schema))) if schema is not None else Content()


def offered(body: Mapping[str, Any]) -> dict[str, Any]:
    """Name and schema of each tool in a request."""
    found: dict[str, Any] = {}
    for tool in (*(body.get("tools") or ()), *(body.get("functions") or ())):
        for each in (*tool.get("functionDeclarations", ()), *tool.get("function_declarations", ())) or (tool,):
            about = each.get("function") if isinstance(each.get("function"), dict) else each
            name = about.get("name")
            if name:
                keys = ("parameters", "input_schema", "parametersJsonSchema", "parameters_json_schema")
                found[name] = next((about[key] for key in keys if about.get(key)), {"type": "object"})
    return found


def _forced(body: Mapping[str, Any]) -> bool:
    choice = body.get("tool_choice")
    mode = str(body.get("toolConfig", {}).get("functionCallingConfig", {}).get("mode", "")).upper()
    return choice in ("required", "any", "REQUIRED") or isinstance(choice, dict) and choice.get("type") != "auto" or mode == "ANY"


def _forced_name(body: Mapping[str, Any]) -> str | None:
    choice = body.get("tool_choice")
    if not isinstance(choice, dict):
        return None
    inner = choice.get("function")
    return inner.get("name") if isinstance(inner, dict) else choice.get("name")


def wanted_schema(body: Mapping[str, Any]) -> Any:
    """The schema that the answer's text must satisfy, None when any text does."""
    spots = (
        ("response_format", "json_schema", "schema"),
        ("response_format", "schema"),
        ("text", "format", "schema"),
        ("output_config", "format", "schema"),
        ("output_format", "schema"),
        ("generationConfig", "responseJsonSchema"),
        ("generationConfig", "responseSchema"),
        ("format",),
    )
    for spot in spots:
        found: Any = body
        for key in spot:
            found = found.get(key) if isinstance(found, dict) else None
        if isinstance(found, dict):
            return found
    asked = body.get("response_format")
    return {"type": "object"} if isinstance(asked, dict) and asked.get("type") == "json_object" else None


def example(schema: Any, root: Any, depth: int = 0) -> Any:
    """The smallest value that a JSON schema allows."""
    if not isinstance(schema, dict) or depth > DEPTH:
        return None
    if "$ref" in schema:
        found = root
        for part in schema["$ref"].lstrip("#/").split("/"):
            found = found.get(part, {}) if isinstance(found, dict) else {}
        return example(found, root, depth + 1)
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for key in ("anyOf", "oneOf", "allOf"):
        if schema.get(key):
            return example(schema[key][0], root, depth + 1)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    kind = str(kind[0] if isinstance(kind, list) else kind).lower()
    if kind == "object":
        properties = schema.get("properties", {})
        return {name: example(properties[name], root, depth + 1) for name in properties if name in schema.get("required", properties)}
    if kind == "array":
        return [example(schema.get("items", {}), root, depth + 1) for _ in range(schema.get("minItems", 1))]
    return {"integer": int(schema.get("minimum", 1)), "number": 0.5, "boolean": True, "null": None}.get(kind, "x")


# how each API says it ------------------------------------------------------------------------------------------------


def _chat(path: str, body: Mapping[str, Any], said: Content) -> Answer:
    calls = []
    if said.call is not None:
        function = {"name": said.call.name, "arguments": json.dumps(said.call.arguments)}
        calls = [{"id": "call_1", "type": "function", "function": function}]
    reason = "tool_calls" if calls else "stop"
    usage = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
    head = {"id": "chatcmpl-1", "created": 1, "model": body.get("model", "m")}
    if not body.get("stream"):
        message = {"role": "assistant", "content": said.text or None, **({"tool_calls": calls} if calls else {})}
        choices = [{"index": index, "message": message, "finish_reason": reason} for index in range(body.get("n") or 1)]
        return Answer({**head, "object": "chat.completion", "choices": choices, "usage": usage})
    delta = {"role": "assistant", "content": said.text or None}
    if calls:
        delta["tool_calls"] = [{"index": 0, **calls[0]}]
    chunk = {**head, "object": "chat.completion.chunk"}
    rows = [
        {**chunk, "choices": [{"index": 0, "delta": delta, "finish_reason": None}]},
        {**chunk, "choices": [{"index": 0, "delta": {}, "finish_reason": reason}]},
        {**chunk, "choices": [], "usage": usage},
    ]
    return _events([json.dumps(row) for row in rows] + ["[DONE]"])


def _completions(path: str, body: Mapping[str, Any], said: Content) -> Answer:
    prompts = body.get("prompt")
    count = (len(prompts) if isinstance(prompts, list) else 1) * (body.get("n") or 1)
    choices = [{"index": index, "text": said.text, "finish_reason": "stop", "logprobs": None} for index in range(count)]
    usage = {"prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12}
    return Answer({"id": "cmpl-1", "object": "text_completion", "created": 1, "model": body.get("model"), "choices": choices, "usage": usage})


def _responses(path: str, body: Mapping[str, Any], said: Content) -> Answer:
    if said.call is not None:
        item: dict[str, Any] = {
            "type": "function_call",
            "id": "fc_1",
            "call_id": "call_1",
            "name": said.call.name,
            "arguments": json.dumps(said.call.arguments),
            "status": "completed",
        }
    else:
        part = {"type": "output_text", "text": said.text, "annotations": []}
        item = {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]}
    details = {"input_tokens": 9, "output_tokens": 3, "total_tokens": 12}
    details |= {"input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    whole = {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "status": "completed",
        "model": body.get("model", "m"),
        "output": [item],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": details,
    }
    if not body.get("stream"):
        return Answer(whole)
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": {**whole, "status": "in_progress", "output": []}},
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": []} if "content" in item else item},
    ]
    if said.call is None:
        place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
        events += [
            {"type": "response.content_part.added", **place, "part": {"type": "output_text", "text": "", "annotations": []}},
            {"type": "response.output_text.delta", **place, "delta": said.text, "logprobs": []},
            {"type": "response.output_text.done", **place, "text": said.text, "logprobs": []},
            {"type": "response.content_part.done", **place, "part": item["content"][0]},
        ]
    events += [
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": whole},
    ]
    return _named_events([{**event, "sequence_number": index} for index, event in enumerate(events)])


def _messages(path: str, body: Mapping[str, Any], said: Content) -> Answer:
    if said.call is not None:
        block: dict[str, Any] = {"type": "tool_use", "id": "toolu_1", "name": said.call.name, "input": said.call.arguments}
    else:
        block = {"type": "text", "text": said.text}
    reason = "tool_use" if said.call is not None else "end_turn"
    whole = {"id": "msg_1", "type": "message", "role": "assistant", "model": body.get("model", "m"), "content": [block]}
    whole |= {"stop_reason": reason, "stop_sequence": None, "usage": {"input_tokens": 9, "output_tokens": 3}}
    if not body.get("stream"):
        return Answer(whole)
    if said.call is not None:
        start: dict[str, Any] = {**block, "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(said.call.arguments)}
    else:
        start, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": said.text}
    return _named_events(
        [
            {"type": "message_start", "message": {**whole, "content": [], "stop_reason": None}},
            {"type": "content_block_start", "index": 0, "content_block": start},
            {"type": "content_block_delta", "index": 0, "delta": delta},
            {"type": "content_block_stop", "index": 0},
            {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": {"output_tokens": 3}},
            {"type": "message_stop"},
        ]
    )


def _generate(path: str, body: Mapping[str, Any], said: Content) -> Answer:
    part: dict[str, Any] = {"text": said.text}
    if said.call is not None:
        part = {"functionCall": {"name": said.call.name, "args": said.call.arguments}}
    count = (body.get("generationConfig") or {}).get("candidateCount") or 1
    candidate = {"content": {"role": "model", "parts": [part]}, "finishReason": "STOP"}
    usage = {"promptTokenCount": 9, "candidatesTokenCount": 3, "totalTokenCount": 12}
    whole = {"candidates": [{**candidate, "index": index} for index in range(count)], "usageMetadata": usage, "modelVersion": "m"}
    return _events([json.dumps(whole)]) if ":stream" in path else Answer(whole)


def _gemini_embed(path: str, body: Mapping[str, Any], said: Content) -> Answer:
    if ":batch" in path:
        return Answer({"embeddings": [{"values": [0.1, 0.2]} for _ in body.get("requests", [0])]})
    return Answer({"embedding": {"values": [0.1, 0.2]}})


def _embeddings(path: str, body: Mapping[str, Any], said: Content) -> Answer:
    given = body.get("input")
    count = len(given) if isinstance(given, list) and given and not isinstance(given[0], int) else 1
    vector: Any = "zczMPc3MTD4=" if body.get("encoding_format") == "base64" else [0.1, 0.2]
    rows = [{"object": "embedding", "index": index, "embedding": vector} for index in range(count)]
    usage = {"prompt_tokens": 9, "total_tokens": 9}
    return Answer({"object": "list", "id": "e", "data": rows, "model": body.get("model", "m"), "usage": usage})


def _ollama_chat(path: str, body: Mapping[str, Any], said: Content) -> Answer:
    message: dict[str, Any] = {"role": "assistant", "content": said.text}
    if said.call is not None:
        message["tool_calls"] = [{"function": {"name": said.call.name, "arguments": said.call.arguments}}]
    return _ollama(body, {"message": message})


def _ollama_generate(path: str, body: Mapping[str, Any], said: Content) -> Answer:
    return _ollama(body, {"response": said.text})


def _ollama(body: Mapping[str, Any], said: Mapping[str, Any]) -> Answer:
    whole = {"model": body.get("model"), "created_at": "2026-01-31T00:00:00Z", "done": True, "done_reason": "stop", **said}
    whole |= {"prompt_eval_count": 9, "eval_count": 3}
    if body.get("stream") is False:
        return Answer(whole)
    return Answer(lines=(json.dumps(whole) + "\n",), content_type="application/x-ndjson")


def _ollama_embed(path: str, body: Mapping[str, Any], said: Content) -> Answer:
    given = body.get("input")
    return Answer({"model": body.get("model"), "embeddings": [[0.1, 0.2]] * (len(given) if isinstance(given, list) else 1)})


def _cohere_chat(path: str, body: Mapping[str, Any], said: Content) -> Answer:
    message: dict[str, Any] = {"role": "assistant", "content": [{"type": "text", "text": said.text}]}
    if said.call is not None:
        function = {"name": said.call.name, "arguments": json.dumps(said.call.arguments)}
        message = {"role": "assistant", "tool_plan": "so", "tool_calls": [{"id": "c1", "type": "function", "function": function}]}
    reason = "TOOL_CALL" if said.call is not None else "COMPLETE"
    usage = {"billed_units": {"input_tokens": 9, "output_tokens": 3}, "tokens": {"input_tokens": 9, "output_tokens": 3}}
    if not body.get("stream"):
        return Answer({"id": "c", "finish_reason": reason, "message": message, "usage": usage})
    return _named_events(
        [
            {"type": "message-start", "id": "c", "delta": {"message": {"role": "assistant"}}},
            {"type": "content-start", "index": 0, "delta": {"message": {"content": {"type": "text", "text": ""}}}},
            {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": said.text}}}},
            {"type": "content-end", "index": 0},
            {"type": "message-end", "delta": {"finish_reason": reason, "usage": usage}},
        ]
    )


def _cohere_chat_1(path: str, body: Mapping[str, Any], said: Content) -> Answer:
    return Answer({"text": said.text, "generation_id": "g", "finish_reason": "COMPLETE", "chat_history": []})


def _cohere_embed(path: str, body: Mapping[str, Any], said: Content) -> Answer:
    texts = body.get("texts") or ["x"]
    return Answer({"id": "e", "texts": texts, "embeddings": {"float": [[0.1, 0.2] for _ in texts]}, "response_type": "embeddings_by_type"})


def _rerank(path: str, body: Mapping[str, Any], said: Content) -> Answer:
    rows = [{"index": index, "relevance_score": 0.5} for index, _ in enumerate(body.get("documents", ()))]
    return Answer({"id": "r", "results": rows, "meta": {"api_version": {"version": "2"}}})


def _images(path: str, body: Mapping[str, Any], said: Content) -> Answer:
    return Answer({"created": 1, "data": [{"url": "http://127.0.0.1/x.png"} for _ in range(body.get("n") or 1)]})


def _events(rows: list[str]) -> Answer:
    return Answer(lines=tuple(f"data: {row}\n\n" for row in rows), content_type="text/event-stream")


def _named_events(rows: list[dict[str, Any]]) -> Answer:
    lines = tuple(f"event: {row['type']}\ndata: {json.dumps(row)}\n\n" for row in rows)
    return Answer(lines=lines, content_type="text/event-stream")


Shape = Callable[[str, Mapping[str, Any], Content], Answer]
SHAPES: tuple[tuple[str, Shape], ...] = (
    ("/chat/completions", _chat),
    ("/v2/chat", _cohere_chat),
    ("/v1/chat", _cohere_chat_1),
    ("/v2/embed", _cohere_embed),
    ("/rerank", _rerank),
    ("/completions", _completions),
    ("/responses", _responses),
    ("/messages", _messages),
    (":generateContent", _generate),
    (":streamGenerateContent", _generate),
    (":embedContent", _gemini_embed),
    (":batchEmbedContents", _gemini_embed),
    ("/embeddings", _embeddings),
    ("/api/chat", _ollama_chat),
    ("/api/generate", _ollama_generate),
    ("/api/embed", _ollama_embed),
    ("/images/generations", _images),
)


def strings(value: Any) -> Iterator[str]:
    """Every string inside a JSON value, in order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)

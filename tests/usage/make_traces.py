"""Makes tests/usage/traces/*.jsonl: the real SDKs under real instrumentations against a server that answers with known usage.

    python tests/usage/make_traces.py     in an environment with tests/usage/requirements.txt

Each instrumentation runs in a process of its own, because they patch the same classes. Nothing leaves the machine.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
IDS = itertools.count(1)
KINDS = ("semconv", "openllmetry", "openinference")

# What the server reports for turn n: the input grows with the conversation, 1,024 of it are read from the cache.
CHAT = {
    "prompt_tokens_details": {"cached_tokens": 1024},
    "completion_tokens_details": {"reasoning_tokens": 64},
}
MESSAGES = {"cache_read_input_tokens": 1024, "cache_creation_input_tokens": 512, "output_tokens": 90}


class Answers(BaseHTTPRequestHandler):
    """Both APIs. The number of messages decides the usage, so that a conversation grows."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        turns = len(asked["messages"]) // 2
        body = json.dumps(chat(asked, turns) if "completions" in self.path else messages(asked, turns)).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words: Any) -> None:
        """Be quiet."""


def chat(asked: dict[str, Any], turns: int) -> dict[str, Any]:
    sent, answered = 1200 + 250 * turns, 300
    return {
        "id": f"chatcmpl-{next(IDS)}", "object": "chat.completion", "created": 1790000000, "model": f"{asked['model']}-2025-04-14",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "Hello."}}],
        "usage": {"prompt_tokens": sent, "completion_tokens": answered, "total_tokens": sent + answered, **CHAT},
    }  # fmt: skip


def messages(asked: dict[str, Any], turns: int) -> dict[str, Any]:
    return {
        "id": f"msg_{next(IDS)}", "type": "message", "role": "assistant", "model": asked["model"], "stop_reason": "end_turn",
        "stop_sequence": None, "content": [{"type": "text", "text": "Hello."}],
        "usage": {"input_tokens": 176 + 250 * turns, **MESSAGES},
    }  # fmt: skip


def instrument(kind: str) -> None:
    """Patch both SDKs the way this family of instrumentations does."""
    if kind == "semconv":
        from opentelemetry.instrumentation.genai.anthropic import AnthropicInstrumentor
        from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
    elif kind == "openllmetry":
        from opentelemetry.instrumentation.anthropic import AnthropicInstrumentor
        from opentelemetry.instrumentation.openai import OpenAIInstrumentor
    else:
        from openinference.instrumentation.anthropic import AnthropicInstrumentor
        from openinference.instrumentation.openai import OpenAIInstrumentor
    OpenAIInstrumentor().instrument()
    AnthropicInstrumentor().instrument()


def record(kind: str) -> None:
    """Five conversations of four turns with each API, exported as OTLP JSON lines."""
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    at = f"http://127.0.0.1:{server.server_port}"
    target = HERE / "traces" / f"{kind}.jsonl"
    target.unlink(missing_ok=True)
    provider = TracerProvider(resource=Resource({"service.name": "support-bot"}))
    provider.add_span_processor(SimpleSpanProcessor(FileSpanExporter(target)))
    trace.set_tracer_provider(provider)
    instrument(kind)
    converse(trace.get_tracer("app"), at)
    provider.shutdown()


def converse(tracer: Any, at: str) -> None:
    from anthropic import Anthropic
    from openai import OpenAI

    chats = OpenAI(base_url=f"{at}/v1", api_key="none")
    claude = Anthropic(base_url=at, api_key="none")
    code = {"code.file.path": "/srv/app/bot/answer.py", "code.function.name": "answer", "code.line.number": 11}
    for _ in range(5):
        with tracer.start_as_current_span("answer", attributes=code):
            said: list[Any] = [{"role": "user", "content": "Hello?"}]
            for _ in range(4):
                chats.chat.completions.create(model="gpt-4.1-mini", messages=said, max_tokens=800)
                said += [{"role": "assistant", "content": "Hello."}, {"role": "user", "content": "And?"}]
        with tracer.start_as_current_span("summary", attributes={**code, "code.file.path": "/srv/app/bot/summary.py",
                                                                  "code.function.name": "bot.summary.summarise"}):
            claude.messages.create(
                model="claude-haiku-4-5", messages=[{"role": "user", "content": "Sum up."}], max_tokens=300
            )


def main() -> None:
    if len(sys.argv) > 1:
        record(sys.argv[1])
        return
    for kind in KINDS:
        plain = {**os.environ, "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental", "DO_NOT_TRACK": "1",
                 "TRACELOOP_TRACE_CONTENT": "false", "TRACELOOP_METRICS_ENABLED": "false"}
        subprocess.run([sys.executable, __file__, kind], check=True, env=plain)
        print(kind, sum(1 for _ in (HERE / "traces" / f"{kind}.jsonl").open()))


if __name__ == "__main__":
    main()

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


def first_generation() -> None:
    """Spans as instrumentations up to 1.36 of the conventions named things; the SDK is today's."""
    from opentelemetry.exporter.otlp.json.file.trace_exporter import FileSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor

    target = HERE / "traces" / "first-generation.jsonl"
    target.unlink(missing_ok=True)
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(FileSpanExporter(target)))
    old = {
        "gen_ai.system": "openai", "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-4.1-mini",
        "gen_ai.usage.prompt_tokens": 1200, "gen_ai.usage.completion_tokens": 300,
        "code.filepath": "/srv/app/bot/answer.py", "code.function": "answer", "code.lineno": 11,
    }  # fmt: skip
    for number in range(6):
        with provider.get_tracer("app").start_as_current_span("chat gpt-4.1-mini", attributes=old) as span:
            span.set_attribute("gen_ai.response.id", f"chatcmpl-old-{number}")
    provider.shutdown()


def metrics() -> None:
    """The same conversations as counters: exported twice, the second time with all that the first had counted."""
    from openai import OpenAI
    from opentelemetry import metrics as api
    from opentelemetry.exporter.otlp.json.file.metric_exporter import FileMetricExporter
    from opentelemetry.instrumentation.genai.openai import OpenAIInstrumentor
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource

    server = HTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    target = HERE / "traces" / "metrics.jsonl"
    target.unlink(missing_ok=True)
    reader = PeriodicExportingMetricReader(FileMetricExporter(target), export_interval_millis=1e9)
    provider = MeterProvider([reader], Resource({"service.name": "support-bot"}))
    api.set_meter_provider(provider)
    OpenAIInstrumentor().instrument()
    chats = OpenAI(base_url=f"http://127.0.0.1:{server.server_port}/v1", api_key="none")
    for _ in range(2):
        for turns in range(4):
            said: list[Any] = [{"role": "user", "content": "Hello?"}] * (2 * turns + 1)
            chats.chat.completions.create(model="gpt-4.1-mini", messages=said, max_tokens=800)
        reader.force_flush()
    provider.shutdown()


def models() -> None:
    """Records as the providers' and tools' own types write them."""
    import datetime as dt
    import uuid

    from anthropic.types import Message
    from langfuse.api.commons.types.observation_v2 import ObservationV2
    from langsmith.schemas import Run
    from openai.types.admin.organization import UsageCompletionsResponse
    from openai.types.chat import ChatCompletion

    traces = HERE / "traces"
    day = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
    observation = ObservationV2(
        id="obs-1", trace_id="trace-1", start_time=day, type="GENERATION", name="answer", model="gpt-4.1-mini",
        usage_details={"input": 176, "input_cached_tokens": 1024, "output": 236, "output_reasoning_tokens": 64, "total": 1500},
        prompt_name="support-answer", tags=["workload:support"], total_cost=0.00066, project_id="p",
    )  # fmt: skip
    step = ObservationV2(id="obs-2", trace_id="trace-1", start_time=day, type="SPAN", name="retrieve", project_id="p")
    page = {"data": [json.loads(each.json()) for each in (observation, step)], "meta": {"cursor": None}}
    (traces / "langfuse.json").write_text(json.dumps(page, indent=1) + "\n")
    usage = {
        "input_tokens": 1200, "output_tokens": 300, "total_tokens": 1500,
        "input_token_details": {"cache_read": 1024}, "output_token_details": {"reasoning": 64},
    }  # fmt: skip
    runs = [
        Run(id=uuid.UUID(int=1), name="answer", start_time=day, run_type="llm", trace_id=uuid.UUID(int=9), session_id=uuid.UUID(int=8),
            extra={"metadata": {"ls_model_name": "gpt-4.1-mini", "ls_provider": "openai", "usage_metadata": usage}},
            prompt_tokens=1200, completion_tokens=300, total_tokens=1500, tags=["support"], inputs={}),
        Run(id=uuid.UUID(int=2), name="chain", start_time=day, run_type="chain", trace_id=uuid.UUID(int=9), session_id=uuid.UUID(int=8),
            prompt_tokens=1200, completion_tokens=300, total_tokens=1500, inputs={}),
    ]  # fmt: skip
    (traces / "langsmith.jsonl").write_text("".join(run.model_dump_json() + "\n" for run in runs))
    buckets = UsageCompletionsResponse.model_validate({
        "object": "page", "has_more": False, "next_page": None,
        "data": [{
            "object": "bucket", "start_time": int(day.timestamp()) + 86400 * at, "end_time": int(day.timestamp()) + 86400 * (at + 1),
            "results": [{
                "object": "organization.usage.completions.result", "input_tokens": 120_000, "output_tokens": 30_000,
                "input_cached_tokens": 102_400, "num_model_requests": 100, "model": "gpt-4.1-mini-2025-04-14",
            }],
        } for at in range(9)],
    })  # fmt: skip
    (traces / "openai-usage.json").write_text(buckets.model_dump_json(exclude_unset=True, indent=1) + "\n")
    asked = {"model": "gpt-4.1-mini", "messages": []}
    answer = ChatCompletion.model_validate(chat(asked, 0)).model_dump_json(exclude_unset=True)
    (traces / "openai-answers.jsonl").write_text(answer + "\n")
    message = Message.model_validate(messages({"model": "claude-haiku-4-5"}, 0)).model_dump_json(exclude_unset=True)
    (traces / "anthropic-answers.jsonl").write_text(message + "\n")


def main() -> None:
    if len(sys.argv) > 1:
        metrics() if sys.argv[1] == "metrics" else record(sys.argv[1])
        return
    first_generation()
    models()
    for kind in (*KINDS, "metrics"):
        plain = {**os.environ, "OTEL_SEMCONV_STABILITY_OPT_IN": "gen_ai_latest_experimental", "DO_NOT_TRACK": "1",
                 "TRACELOOP_TRACE_CONTENT": "false", "TRACELOOP_METRICS_ENABLED": "false"}
        subprocess.run([sys.executable, __file__, kind], check=True, env=plain)
        print(kind, sum(1 for _ in (HERE / "traces" / f"{kind}.jsonl").open()))


if __name__ == "__main__":
    main()

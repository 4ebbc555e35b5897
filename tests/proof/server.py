"""A local server that records every request and answers by a script.

Words of a script: `ok` answers, `slow` does so late, `tools` calls a tool of those offered, `unfit` answers what no
schema fits, and a number is that status.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import answers

SLOW_SECONDS = 1.5
"""How long a slow answer takes; programs with slow answers set a shorter time limit."""
UNFIT = "{}"


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it came."""

    path: str
    body: Mapping[str, Any]
    answered: str


@dataclass(slots=True)
class Recording:
    """What a server was asked. `script` names an answer per request, the last for all that follow."""

    script: Sequence[str]
    requests: list[Request] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, path: str, body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
        """Record a request; the answer's name, and the body with what it continues on the provider's side."""
        with self.lock:
            body = continued(self.requests[-1].body, body) if self.requests else body
            word = self.script[min(len(self.requests), len(self.script) - 1)]
            self.requests.append(Request(path, body, word))
            return word, body


def continued(before: Mapping[str, Any], body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The whole of a request that names an earlier one instead of sending it again."""
    thread = body.get("thread")
    if not (isinstance(thread, dict) and thread.get("type") == "continue" or body.get("previous_response_id")):
        return body
    joined = {key: _list(before.get(key)) + _list(body[key]) for key in ("messages", "input") if key in body}
    return {**before, **body, **joined}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


@contextmanager
def serving(recording: Recording) -> Iterator[str]:
    """A server on a port of its own; gives its address."""
    handler = type("Handler", (_Handler,), {"recording": recording})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    recording: Recording

    def do_GET(self) -> None:
        self._send(200, answers.Answer({"object": "list", "data": [], "models": []}))

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = self.path.split("?")[0]
        try:
            body = json.loads(raw)
        except ValueError:
            body = {}
        word, body = self.recording.take(path, body)
        if word.isdigit():
            self._send(int(word), answers.failure(int(word)))
            return
        if word == "slow":
            time.sleep(SLOW_SECONDS)
        self._send(200, answers.answer(path, body, word == "tools", UNFIT if word == "unfit" else None))

    def _send(self, status: int, given: answers.Answer) -> None:
        data = given.bytes()
        try:
            self.send_response(status)
            self.send_header("content-type", given.content_type)
            self.send_header("content-length", str(len(data)))
            for name, value in given.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    def log_message(self, *about: object) -> None:
        """Nothing: the recording is the log."""

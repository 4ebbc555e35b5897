"""A stand-in for GitHub's API (and GitLab's notes), served over real HTTP: comments, pages, and trouble on demand.

Every request is held against GitHub's own description of its API.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from jsonschema import Draft202012Validator

BOT = "github-actions[bot]"


@dataclass
class Forge:
    """What the API holds, what it was asked, and how it fails: (method, path, status, headers, body, obey)."""

    url: str = ""
    login: str = BOT
    user_status: int = 200
    comments: list[dict[str, Any]] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    tokens: set[str] = field(default_factory=set)
    trouble: list[tuple[str, str, int, dict[str, str], str, bool]] = field(default_factory=list)
    page: int = 100
    next_host: str = ""
    notes: list[dict[str, Any]] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def add(self, body: str, login: str = BOT) -> int:
        number = max((comment["id"] for comment in self.comments), default=0) + 1
        url = f"https://github.example/c/{number}"
        self.comments.append({"id": number, "body": body, "user": {"login": login}, "html_url": url, "node_id": f"C_{number}"})
        return number

    def fail(
        self, method: str, path: str, status: int, *, body: str = "{}", obey: bool = False, **headers: str
    ) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.trouble.append((method, path, status, named, body, obey))

    def writes(self) -> list[str]:
        return [f"{method} {path}" for method, path in self.asked if method != "GET" and path != "/graphql"]


REQUESTS = json.loads(Path(__file__).with_name("github-requests.json").read_text("utf-8"))["paths"]


def complaints(method: str, path: str, query: dict[str, list[str]], sent: Any) -> list[str]:
    """What GitHub's published description of its API says against a request."""
    if path == "/graphql" or path.startswith("/projects/"):
        return []
    named = [
        described[method.lower()]
        for pattern, described in REQUESTS.items()
        if re.fullmatch(re.sub(r"\{[a-z_]+\}", "[^/]+", pattern), path) and method.lower() in described
    ]
    if len(named) != 1:
        return [f"{method} {path}: no such request"]
    known = {one["name"]: one["schema"] for one in named[0]["parameters"] if one["in"] == "query"}
    found = [f"{method} {path}: no parameter {name}" for name in query if name not in known]
    for name, schema in known.items():
        for value in query.get(name, ()):
            typed = int(value) if schema["type"] == "integer" and value.isdecimal() else value
            found += [f"{method} {path}: {name}: {error.message}" for error in Draft202012Validator(schema).iter_errors(typed)]
    body = named[0].get("body")
    if body is None:
        return found + ([f"{method} {path}: takes no body"] if sent else [])
    strict = {**body, "additionalProperties": False}
    return found + [f"{method} {path}: {error.message}" for error in Draft202012Validator(strict).iter_errors(sent)]


def handler(forge: Forge) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16

        def answer(self, status: int, document: Any, headers: dict[str, str] | None = None) -> None:
            body = document.encode() if isinstance(document, str) else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def handle_all(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            sent = json.loads(self.rfile.read(length)) if length else {}
            forge.asked.append((self.command, parts.path))
            forge.tokens.add(self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN") or "")
            forge.broken += complaints(self.command, parts.path, parse_qs(parts.query), sent)
            for number, (method, pattern, status, headers, body, obey) in enumerate(forge.trouble):
                if method == self.command and re.search(pattern, parts.path):
                    del forge.trouble[number]
                    if obey:
                        self.obey(parts.path, sent, parse_qs(parts.query), quiet=True)
                    if status == 0:
                        self.close_connection = True
                        self.connection.close()
                        return
                    self.answer(status, body, headers)
                    return
            self.obey(parts.path, sent, parse_qs(parts.query), quiet=False)

        def obey(self, path: str, sent: dict[str, Any], query: dict[str, list[str]], *, quiet: bool) -> None:
            status, document, headers = self.outcome(path, sent, query)
            if not quiet:
                self.answer(status, document, headers)

        def outcome(
            self, path: str, sent: dict[str, Any], query: dict[str, list[str]]
        ) -> tuple[int, Any, dict[str, str]]:
            if path == "/user":
                return (
                    forge.user_status,
                    {"login": forge.login, "username": forge.login, "message": "Resource not accessible by integration"},
                    {},
                )
            if path == "/graphql" and "minimizeComment" in sent["query"]:
                forge.hidden.append(sent["variables"]["id"])
                return 200, {"data": {"minimizeComment": {"clientMutationId": None}}}, {}
            if path.startswith("/projects/"):
                return self.note(path, sent)
            if path == "/graphql":
                return 200, {"data": {"viewer": {"login": forge.login}}}, {}
            if path == "/repos/acme/app/check-runs":
                number = len(forge.runs) + 1
                forge.runs.append({"id": number, "html_url": f"https://github.example/r/{number}", **sent})
                return 201, forge.runs[-1], {}
            if match := re.fullmatch(r"/repos/acme/app/commits/([0-9a-f]+)/check-runs", path):
                found = [run for run in forge.runs if run["head_sha"] == match[1] and [run["name"]] == query["check_name"]]
                return 200, {"total_count": len(found), "check_runs": found[::-1]}, {}
            if path == "/repos/acme/app/pulls":
                return 200, forge.pulls, {}
            if path == "/repos/acme/app/issues/7/comments" and self.command == "GET":
                return self.listing(query)
            if path == "/repos/acme/app/issues/7/comments":
                forge.add(sent["body"], forge.login)
                return 201, forge.comments[-1], {}
            match = re.fullmatch(r"/repos/acme/app/issues/comments/(\d+)", path)
            found = [comment for comment in forge.comments if match and comment["id"] == int(match[1])]
            if not found:
                return 404, {"message": "Not Found"}, {}
            if self.command == "DELETE":
                forge.comments.remove(found[0])
                return 204, "", {}
            found[0]["body"] = sent["body"]
            return 200, found[0], {}

        def note(self, path: str, sent: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
            top, _, number = path.partition("/notes")
            if top != "/projects/group%2Fapp/merge_requests/7":
                return 404, {"message": "404 Not found"}, {}
            if self.command == "GET":
                return 200, forge.notes, {}
            if self.command == "POST":
                forge.notes.append({"id": len(forge.notes) + 1, "body": sent["body"], "author": {"username": forge.login}, "system": False})
                return 201, forge.notes[-1], {}
            [found] = [one for one in forge.notes if one["id"] == int(number[1:])]
            if self.command == "DELETE":
                forge.notes.remove(found)
                return 204, "", {}
            found["body"] = sent["body"]
            return 200, found, {}

        def listing(self, query: dict[str, list[str]]) -> tuple[int, Any, dict[str, str]]:
            number = int(query.get("page", ["1"])[0])
            start = (number - 1) * forge.page
            more = len(forge.comments) > start + forge.page
            following = f"{forge.next_host or forge.url}/repos/acme/app/issues/7/comments?page={number + 1}"
            return (
                200,
                forge.comments[start : start + forge.page],
                {"Link": f'<{following}>; rel="next"'} if more else {},
            )

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_all

        def log_message(self, format: str, *args: Any) -> None:
            pass

    return Handler


@pytest.fixture
def forge() -> Iterator[Forge]:
    held = Forge()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(held))
    held.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield held
    server.shutdown()
    server.server_close()
    thread.join()
    assert held.broken == [], "every request is one that GitHub describes"

"""Raw HTTP: which requests are model calls, where they stand, and what their bodies say."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from costgate.gate import report_of_files
from costgate.knowledge.sdks import load_sdks
from costgate.model.call import CallSite
from costgate.model.tree import NoCache
from costgate.model.value import Absent, Known, Unknown
from costgate.read import screen
from costgate.read.link import read_tree
from costgate.read.prefilter import wanted
from costgate.store.trees import FilesTree


def calls(*texts: str, **files: str) -> list[CallSite]:
    """The calls of app.py, or of several files given as name=text."""
    measured, _ = report_of_files({"app.py": texts[0]} if texts else {f"{name}.py": text for name, text in files.items()})
    return list(measured.reading.calls)  # type: ignore[union-attr]


def shown(found: list[CallSite]) -> list[tuple[str, int, str]]:
    return sorted((call.span.path, call.span.line, call.kind) for call in found)


def one(text: str) -> CallSite:
    (call,) = calls(text)
    return call


def model(call: CallSite) -> Any:
    value = call.args["model"]
    return value.values if isinstance(value, Known) else type(value)


BODY = '{"model": "gpt-4o", "messages": []}'
CHAT = "https://api.openai.com/v1/chat/completions"


@pytest.mark.parametrize(
    "code",
    [
        f"import requests\nrequests.post({CHAT!r}, json={BODY})",
        f"import requests\nrequests.Session().post({CHAT!r}, None, {BODY})",
        f"import requests\nrequests.request('post', {CHAT!r}, json={BODY})",
        f"import httpx, json\nhttpx.post({CHAT!r}, data=json.dumps({BODY}))",
        f"import httpx, orjson\nhttpx.Client().stream('POST', {CHAT!r}, content=orjson.dumps({BODY}))",
        f"import aiohttp\naiohttp.ClientSession('https://api.openai.com').post('/v1/chat/completions', json={BODY})",
        f"import httpx\nhttpx.AsyncClient(base_url='https://api.openai.com/v1/').post('chat/completions', json={BODY})",
        f"import urllib3, json\nurllib3.PoolManager().request('POST', {CHAT!r}, body=json.dumps({BODY}).encode())",
        f"def ask(session): session.post(url={CHAT!r}, json={BODY})",
        f"import asyncio, requests\nasyncio.to_thread(requests.post, {CHAT!r}, json={BODY})",
        f"from requests import post as send\nsend({CHAT!r}, json={BODY})",
    ],
)
def test_every_way_to_send(code: str) -> None:
    call = one(code)
    assert (call.sdk, call.kind, call.provider, model(call)) == ("raw-http", "chat", "openai", ("gpt-4o",))
    assert isinstance(call.args["output_limit"], Absent)


@pytest.mark.parametrize(
    "code",
    [
        f"import requests\nrequests.get({CHAT!r})",
        f"import requests\nrequests.request('GET', {CHAT!r})",
        "import requests\nrequests.get('https://api.openai.com/v1/models')",
        "import requests\nrequests.post('https://api.openai.com/v1/files', data={'purpose': 'batch'})",
        f"import urllib.request\nurllib.request.urlopen({CHAT!r})",
        "from fastapi import APIRouter\nrouter = APIRouter()\n@router.post('/v1/chat/completions')\ndef f(): ...",
        "from fastapi.testclient import TestClient\nTestClient(app).post('/v1/chat/completions', json={'model': 'm'})",
        "def test(client): client.post('/v1/chat/completions', json={'model': 'm'})",
        f"import requests\nprint({CHAT!r}, requests.post)",
        "import requests\nrequests.post('http://db.internal/embeddings', json={'ids': ids, 'embeddings': vectors})",
        "import requests\ndef put(body): requests.post(f'{HOST}/embeddings', json=body)",
        "import requests\nrequests.post('http://localhost:8000/api/chat', json={'message': 'hi'})",
        "import requests\nrequests.post('http://localhost:8000/generate', json={'report': 4})",
        "import requests\nrequests.post('https://graph.example.com/v1/messages', json={'to': '1', 'type': 'text'})",
        "import requests\nrequests.post('http://tf:8501/v1/models/net:predict', json={'instances': [[1.0]]})",
        "import requests\nrequests.post('http://ollama:11434/api/generate', json={'model': 'm', 'prompt': ''})",
        "import requests\nrequests.post('http://ollama:11434/api/pull', json={'model': 'm'})",
        "import requests\ndef forward(url, path, body): return requests.post(f'{url}/{path}', json=body)",
        f"store.put({CHAT!r}, {BODY})",
    ],
)
def test_what_is_none(code: str) -> None:
    assert calls(code) == []


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("import requests\nrequests.post(f'{HOST}/embeddings', json={'model': m, 'input': texts})", "embedding"),
        ("import requests\nrequests.post(f'{HOST}/rerank', json={'model': m, 'query': q, 'documents': d})", "rerank"),
        ("import requests\nOLLAMA = ''\ndef f(body): requests.post(f'{HOST}/api/chat', json=body)", "chat"),
        ("import requests\nrequests.post(HOST + '/generate', json={'inputs': t, 'parameters': p})", "completion"),
        ("import requests\nrequests.post('https://api.jina.ai/v1/rerank', json=body())", "rerank"),
        ("import requests\nrequests.post(f'{HOST}/v1/messages', json={'model': m, 'messages': x})", "chat"),
    ],
)
def test_a_doubtful_path_with_something_that_gives_it_away(code: str, kind: str) -> None:
    assert one(code).kind == kind


HELPER = """
import requests

class Transport:
    def __init__(self, base_url):
        self.base_url = base_url.rstrip("/")

    def url(self, path):
        return path if path.startswith("http") else f"{self.base_url}/{path.lstrip('/')}"

    def post(self, path, **kwargs):
        return self._send("POST", path, **kwargs)

    def _send(self, method, path, json=None, params=None):
        kwargs = {"params": params}
        if json is not None:
            kwargs["json"] = json
        return requests.Session().request(method, self.url(path), **kwargs)
"""


def test_the_call_that_passes_the_address_to_a_helper_is_the_site() -> None:
    app = """
from transport import Transport

api = Transport("https://api.mistral.ai/v1")

def embed(texts):
    return api.post("/embeddings", json={"model": "mistral-embed", "input": texts})

def models():
    return api._send("GET", "/models")

def upload(data):
    return api.post("/files", json=data)
"""
    found = calls(transport=HELPER, app=app)
    assert shown(found) == [("app.py", 7, "embedding")]
    assert (found[0].provider, model(found[0]), found[0].via) == ("mistral", ("mistral-embed",), None)


def test_an_address_of_its_own_makes_the_helper_the_site() -> None:
    app = """
import httpx

async def ask(body, url="https://api.groq.com/openai/v1/chat/completions"):
    async with httpx.AsyncClient() as client:
        return await client.post(url, json=body)

async def main():
    await ask({"model": "llama-3.3-70b-versatile", "messages": [], "max_tokens": 9})
"""
    body, caller = sorted(calls(app), key=lambda call: call.span.line)
    assert (body.span.line, body.via, body.counted, model(body)) == (6, None, False, Unknown)
    assert isinstance(body.args["output_limit"], Unknown)
    assert (caller.span.line, caller.via, caller.counted, model(caller)) == (9, body.key, True, ("llama-3.3-70b-versatile",))
    assert caller.args["output_limit"].values == (9,)  # type: ignore[union-attr]


def test_loops_and_retries_around_the_site_and_inside_the_helper() -> None:
    app = """
import requests
from tenacity import retry, stop_after_attempt

@retry(stop=stop_after_attempt(4))
def send(url, body):
    return requests.post(url, json=body)

def run(texts):
    for text in texts:
        send("https://api.cohere.com/v2/embed", {"model": "embed-v4.0", "texts": [text]})
"""
    call = one(app)
    assert [loop.kind for loop in call.context.loops] == ["for"]
    assert [layer.attempts for layer in call.retries] == [4]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("m = 'gemini-2.5-pro'\nhttpx.post(f'{BASE}/models/{m}:generateContent', json={'contents': []})", ("gemini-2.5-pro",)),
        ("def f(m): httpx.post(f'{BASE}/models/{m}:generateContent', json={'contents': []})", Unknown),
        ("httpx.post('https://api.deepgram.com/v1/listen?model=nova-3', content=b'')", ("nova-3",)),
        ("httpx.post('https://api.deepgram.com/v1/listen', params={'model': 'nova-3'}, content=read())", ("nova-3",)),
        ("def f(body): httpx.post('https://api.openai.com/v1/responses', json=body)", Unknown),
        ("def f(more): httpx.post('https://api.openai.com/v1/responses', json={'model': 'gpt-5', **more})", ("gpt-5",)),
        ("httpx.post('https://api.openai.com/v1/responses', content=request.body())", Unknown),
        ("httpx.post('https://api.openai.com/v1/responses', json={'input': 'hi'})", Absent),
    ],
)
def test_where_the_model_is(code: str, names: Any) -> None:
    assert model(one(f"import httpx\n{code}")) == names


def test_bodies_of_data_models() -> None:
    code = """
import httpx
from pydantic import BaseModel

class Base(BaseModel):
    model: str = "gpt-4o"
    max_tokens: int | None = None

class Chat(Base):
    messages: list

def ask(text, more):
    httpx.post(f"{BASE}/chat/completions", json=Chat(messages=[text]).model_dump(exclude_none=True))
    httpx.post(f"{BASE}/chat/completions", json=Chat(messages=[text], max_tokens=5, **more).model_dump())

def forward(form: Chat):
    httpx.post(f"{BASE}/chat/completions", json=form.model_dump())
"""
    first, second, third = sorted(calls(code), key=lambda call: call.span.line)
    assert (model(first), model(second)) == (("gpt-4o",), ("gpt-4o",))
    assert not isinstance(first.args["output_limit"], Known)
    assert second.args["output_limit"].values == (5,)  # type: ignore[union-attr]
    assert not isinstance(third.args["output_limit"], Absent)


def test_a_request_built_before_it_is_sent() -> None:
    code = """
import httpx

async def stream(text):
    client = httpx.AsyncClient()
    request = client.build_request("POST", "https://api.openai.com/v1/responses", json={"model": "gpt-5", "input": text})
    return await client.send(request, stream=True)
"""
    call = one(code)
    assert (call.span.line, call.kind, model(call)) == (7, "responses", ("gpt-5",))


def test_addresses_joined_by_the_standard_library() -> None:
    code = """
import requests
from urllib.parse import urlencode, urljoin, urlunsplit

def ask(base, text):
    requests.post(urljoin(base + "/", "v1/completions"), json={"prompt": text})
    requests.post(urljoin("https://api.openai.com/old/", "/v1/completions"), json={"prompt": text})

def talk(host, session):
    session.ws_connect(urlunsplit(("wss", host, "/v1/realtime", urlencode({"model": "gpt-realtime"}), "")))
"""
    first, second, third = sorted(calls(code), key=lambda call: call.span.line)
    assert (first.provider, second.provider) == (None, "openai")
    assert (third.kind, model(third)) == ("realtime", ("gpt-realtime",))


def test_one_of_a_few_addresses() -> None:
    code = """
import requests

def ask(url, modern, body):
    if modern:
        target = f"{url}/responses"
    else:
        target = f"{url}/chat/completions"
    requests.post(target, json=body)
    requests.post(f"{url or 'https://api.together.xyz/v1'}/chat/completions", json=body)
"""
    first, second = sorted(calls(code), key=lambda call: call.span.line)
    assert (first.kind, second.provider) == ("responses", "together")


def test_a_client_that_is_only_typed() -> None:
    code = """
import httpx

class Api:
    client: httpx.Client

    def ask(self, text):
        return self.client.post("/v1/chat/completions", json={"model": "gpt-4o", "messages": [text]})
"""
    assert model(one(code)) == ("gpt-4o",)


def test_files_that_only_use_http_are_no_seeds() -> None:
    plain = "import requests\nrequests.post('https://example.com/api/items', json={})\n"
    asking = "import requests\nrequests.post(f'{BASE}/chat/completions', json={})\n"
    reading = read_tree(FilesTree({"plain.py": plain, "asking.py": asking}), load_sdks(), NoCache())
    assert (reading.files, reading.read) == (2, 1)


@pytest.mark.parametrize(
    "code",
    [
        "requests.post('" + "a/" * 200_000 + "chat/completions', json={})",
        "requests.post(" + " + ".join(["'/chat/completions'"] * 900) + ", json={})",
        "x = f'{x}/chat/completions'\nrequests.post(f'{x}{x}/{x!r:>{x}}/chat/completions', json=x)",
        "requests.post('https://[::1/v1/chat/completions', json={})",
        "requests.post('http://user:p@ss@/chat/completions?a&=b&&c=%00', json={})",
        "def a(u): return b(u)\ndef b(u): return a(u) or requests.post(u)\na('https://api.openai.com/v1/embeddings')",
        "requests.post(f'{(lambda: 1)()}" + "{x}" * 400 + "/v1/messages', json={**json})",
        "requests.post('\\x00\\x00/v1/embeddings\\x00', json={'model': 'm', 'input': 1})",
    ],
)
def test_hostile_input_takes_little_time(code: str) -> None:
    started = time.process_time()
    calls(f"import requests\n{code}")
    assert time.process_time() - started < 20


@pytest.mark.parametrize(
    ("code", "matters"),
    [
        ("import requests\nrequests.post(f'{BASE}/chat/completions')", True),
        ("import requests\nrequests.post(BASE + '/embeddings')", True),
        ("import requests\nrequests.post(f'{BASE}/embeddings/search')", False),
        ("import requests\nrequests.post('https://example.com/api/items')", False),
    ],
)
def test_the_first_look_of_check_uses_the_same_needles(tmp_path: Path, code: str, matters: bool) -> None:
    file = tmp_path / "app.py"
    file.write_text(code, "utf-8")
    known = screen.needles(lambda kind, key: None, lambda kind, key, value: None)
    knowledge = load_sdks()
    scan = wanted(knowledge, knowledge["needles"])
    assert screen.may_matter(file, known) is matters
    assert scan.search(code.encode()) is matters


@pytest.mark.parametrize(
    ("name", "data", "matters"),
    [("app.py", b"", False), ("app.py", b"x = 1\n", False), ("app.py", b"import openai\n", True), ("prompt.md", b"", True)],
)
def test_the_first_look_of_check_passes_over_what_holds_no_name(tmp_path: Path, name: str, data: bytes, matters: bool) -> None:
    (tmp_path / name).write_bytes(data)
    known = screen.needles(lambda kind, key: None, lambda kind, key, value: None)
    assert screen.may_matter(tmp_path / name, known) is matters

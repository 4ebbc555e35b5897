"""What stands around a call and matters for its cost: errors that are retried, spare models, streams, look-ups."""

from __future__ import annotations

import pytest

from costgate.gate import measure_files
from costgate.model.call import CallSite
from costgate.model.config import Config
from costgate.model.prompt import Hole
from costgate.model.snapshot import Snapshot

HEAD = "import openai\nfrom openai import OpenAI\n\nclient = OpenAI()\n\n\n"
CALL = 'client.responses.create(model="gpt-4.1", input="Hi", max_output_tokens=9)'


def site(code: str) -> CallSite:
    made = measure_files({"app.py": HEAD + code}, None, Config())
    assert isinstance(made, Snapshot)
    (found,) = [each for each in made.reading.calls if each.counted]
    return found


LOOP = f"def ask():\n    for _ in range(3):\n        try:\n            return {CALL}\n        HANDLER\n"


@pytest.mark.parametrize(
    ("handler", "errors"),
    [
        ("except openai.RateLimitError:\n            pass", ("openai.RateLimitError",)),
        ("except (ValueError, openai.APIError) as error:\n            print(error)", ("builtins.ValueError", "openai.APIError")),
        ("except:\n            pass", ("builtins.BaseException",)),
        ("except KeyError:\n            raise\n        except OSError:\n            continue", ("builtins.OSError",)),
        ("except Exception as error:\n            if error:\n                raise", None),
        ("except errors():\n            pass", None),
    ],
)
def test_which_errors_a_loop_goes_round_on(handler: str, errors: tuple[str, ...] | None) -> None:
    (layer, _) = site(LOOP.replace("HANDLER", handler)).retries
    assert layer.on == errors


@pytest.mark.parametrize(
    ("decorator", "errors"),
    [
        ("tenacity.retry(stop=tenacity.stop_after_attempt(3))", ("builtins.Exception",)),
        ("tenacity.retry(retry=tenacity.retry_if_exception_type((OSError, openai.APIError)))", ("builtins.OSError", "openai.APIError")),
        (
            "tenacity.retry(retry=tenacity.retry_if_exception_type(OSError) | tenacity.retry_if_exception_type(KeyError))",
            ("builtins.OSError", "builtins.KeyError"),
        ),
        ("tenacity.retry(retry=tenacity.retry_if_not_exception_type(OSError))", None),
        ("tenacity.retry(**settings)", None),
        ("backoff.on_exception(backoff.expo, openai.APIError, max_tries=3)", ("openai.APIError",)),
        ("backoff.on_predicate(backoff.expo, max_tries=3)", None),
        ("stamina.retry(on=OSError)", ("builtins.OSError",)),
        ("retry.retry(tries=3)", ("builtins.Exception",)),
    ],
)
def test_which_errors_a_library_repeats_on(decorator: str, errors: tuple[str, ...] | None) -> None:
    head = "import backoff\nimport retry\nimport stamina\nimport tenacity\n\nfrom elsewhere import settings\n\n\n"
    (layer, _) = site(f"{head}@{decorator}\ndef ask():\n    return {CALL}\n").retries
    assert layer.on == errors


@pytest.mark.parametrize(
    ("code", "is_open"),
    [
        (f"while True:\n    {CALL}\n    if client:\n        break\n", True),
        (f"tries = 0\nwhile True:\n    {CALL}\n    tries += 1\n    if tries > 3:\n        break\n", False),
        (f"import itertools\nfor n in itertools.count():\n    {CALL}\n    if n > 3:\n        break\n", False),
        (f"for n in range(3):\n    {CALL}\n", False),
        (f"while client:\n    {CALL}\n", False),
    ],
)
def test_loops_that_only_a_jump_ends(code: str, is_open: bool) -> None:
    (loop,) = site(code).context.loops
    assert loop.open is is_open


STREAM = CALL.replace("max_output", "stream=True, max_output")


@pytest.mark.parametrize(
    ("code", "closed"),
    [
        (f"def give():\n    for each in {STREAM}:\n        yield each\n", False),
        (f"def give():\n    stream = {STREAM}\n    for each in stream:\n        yield each\n", False),
        (f"def give():\n    stream = {STREAM}\n    for each in stream:\n        yield each\n    stream.close()\n", True),
        (f"def give():\n    with {STREAM} as stream:\n        yield from stream\n", True),
        (f"def give():\n    stream = {STREAM}\n    with stream:\n        yield from stream\n", True),
        (f"def show():\n    for each in {STREAM}:\n        print(each)\n", True),
        (f"def show():\n    for each in {STREAM}:\n        if each:\n            break\n", None),
        (f"def start():\n    return {STREAM}\n", None),
    ],
)
def test_streams(code: str, closed: bool | None) -> None:
    assert site(code).context.stream_closed is closed


@pytest.mark.parametrize(
    ("written", "models"),
    [
        ('["a", "b"]', ("a", "b")),
        ('[{"model": "a"}, "b"]', ("a", "b")),
        ('[{"gpt-4.1": ["a", "b"]}]', ("a", "b")),
        ("None", ()),
        ("others()", None),
        ('["a", others()]', None),
    ],
)
def test_spare_models(written: str, models: tuple[str, ...] | None) -> None:
    code = f'import litellm\n\nlitellm.completion(model="gpt-4.1", messages=[], max_tokens=9, fallbacks={written})\n'
    assert site(code).fallbacks == models


@pytest.mark.parametrize(
    ("code", "ignored"),
    [
        ("def ask(max_output_tokens=9):\n    client.responses.create(model='a', input='b')\n", ("output_limit",)),
        ("def ask(max_output_tokens=9):\n    print(max_output_tokens)\n    client.responses.create(model='a', input='b')\n", ()),
        ("def ask(size=9):\n    client.responses.create(model='a', input='b')\n", ()),
        ("def ask(max_output_tokens=9):\n    print(locals())\n    client.responses.create(model='a', input='b')\n", ()),
    ],
)
def test_a_limit_that_nobody_is_told_of(code: str, ignored: tuple[str, ...]) -> None:
    assert site(code).ignored == ignored


LOOKED_UP = "def ask(q, n=9, **more):\n    docs = LOOK\n    client.responses.create(model='a', input=f'{docs} {q}')\n"


@pytest.mark.parametrize(
    ("look", "number"),
    [
        ("store.similarity_search(q, k=5)", 5),
        ("store.query(query_texts=[q], n_results=2 + 5)", 7),
        ("store.as_retriever(search_kwargs={'k': 4}).invoke(q)", 4),
        ("retriever.invoke(q)", 6),
        ("store.similarity_search(q, k=3) + store.search(q, top_k=2)", 5),
        ("store.similarity_search(q, k=3) + store.similarity_search(q)", None),
        ("store.similarity_search(q, k=n)", None),
        ("store.similarity_search(q, k=True)", None),
        ("re.search('a', q)", None),
        ("store.similarity_search(q, **more)", None),
    ],
)
def test_passages(look: str, number: int | None) -> None:
    head = "import re\n\nfrom langchain_chroma import Chroma\n\nstore = Chroma()\n"
    head += "retriever = store.as_retriever(search_kwargs={'k': 6})\n\n\n"
    assert site(head + LOOKED_UP.replace("LOOK", look)).passages == number


def test_what_callers_have_to_pass_is_sent_beside_the_text_that_takes_the_place_of_an_empty_one() -> None:
    code = """def embed(text):
    text = text.replace("-", " ")
    if not text:
        text = "this is blank"
    return client.embeddings.create(model="text-embedding-3-small", input=[text])
"""
    prompt = site(code).prompt
    assert prompt is not None
    said = [[isinstance(part, Hole) for part in each.segments] for each in (prompt, *prompt.alternatives)]
    assert sorted(said) == [[False], [True]]

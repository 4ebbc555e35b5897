"""Files that only name an SDK: read where a call may come of it, and passed over where the word is all there is."""

from __future__ import annotations

from typing import Any

import pytest

from costgate.gate import knowledge
from costgate.model.snapshot import Reading
from costgate.model.tree import NoCache
from costgate.read.link import read_tree
from costgate.store.trees import FilesTree

COLOURS = "NAMES = {\n    'azure': '#f0ffff',\n}\n"
CALL = "from openai import OpenAI\nOpenAI().chat.completions.create(model='gpt-4.1', messages=[])\n"


def _read(files: dict[str, str], aliases: dict[str, str] | None = None) -> Reading:
    known: dict[str, Any] = {**knowledge(NoCache(), ()), "aliases": aliases or {}}
    return read_tree(FilesTree(files), known, NoCache())


def test_a_word_alone_is_not_read() -> None:
    files = {"paint/__init__.py": "", "paint/colours.py": COLOURS}
    assert _read(files).read == 0
    assert _read(files, {"paint.ask": "openai.OpenAI"}).read == 1


@pytest.mark.parametrize("beside", [CALL, "print(model.generate_content('hi'))\n", "# costgate: ignore[X] nothing\nCLOUD = 'azure'\n"])
def test_in_a_package_where_a_call_may_be_it_is(beside: str) -> None:
    files = {"paint/__init__.py": "", "paint/colours.py": COLOURS, "paint/inner/__init__.py": "", "paint/inner/other.py": beside}
    assert _read(files).read >= 1
    assert _read(files).read == _read({**files, "apart/__init__.py": "", "apart/colours.py": COLOURS}).read


def test_what_stands_in_no_package_stands_together() -> None:
    assert _read({"scripts/colours.py": COLOURS, "main.py": CALL}).read == 2
    assert _read({"paint/__init__.py": "", "paint/colours.py": COLOURS, "main.py": CALL}).read == 1


@pytest.mark.parametrize("how", ["import_module('openai')", 'safe_import("openai")', "__import__('openai')", "try_import(\n        'openai', 'it')"])
def test_a_module_that_is_imported_by_its_name_is_an_import(how: str) -> None:
    text = f"class Asking:\n    def __init__(self):\n        self.sdk = {how}\n        self.one = self.sdk.OpenAI()\n"
    assert _read({"app/__init__.py": "", "app/ask.py": text}).read == 1


def test_an_import_of_something_else_under_the_same_first_word_is_none() -> None:
    assert _read({"app/__init__.py": "", "app/store.py": "from google.cloud import storage\n"}).read == 0
    assert _read({"app/__init__.py": "", "app/store.py": "from google.cloud import aiplatform\n"}).read == 1


@pytest.mark.parametrize(
    "how",
    [
        "from .baml_client import b\nb.Sum(x)",
        "from app.baml_client import b\nb.Sum(x)",
        "from . import baml_client\nbaml_client.b.Sum(x)",
        "from app import baml_client as it\nit.b.Sum(x)",
    ],
)
def test_a_package_of_the_tree_may_be_an_sdk_that_was_generated(how: str) -> None:
    assert _read({"app/__init__.py": "", "app/ask.py": f"{how}\n"}).read >= 1
    assert _read({"app/__init__.py": "", "app/ask.py": "from app.sums import together\ntogether(x)  # put together.\n"}).read == 0


@pytest.mark.parametrize(
    ("how", "read"),
    [
        ("from huggingface_hub import snapshot_download\nsnapshot_download('model')", 0),
        ("from huggingface_hub import inference\ninference.InferenceClient()", 1),
        ("from huggingface_hub import InferenceClient", 1),
        ("import huggingface_hub", 1),
    ],
)
def test_what_may_be_a_module_of_an_sdk_is_one_where_something_of_it_is_used(how: str, read: int) -> None:
    assert _read({"app/__init__.py": "", "app/load.py": f"{how}\n"}).read == read


@pytest.mark.parametrize(("service", "calls", "read"), [("'s3'", 0, 0), ("'bedrock-runtime'", 1, 1), ("SERVICE", 1, 2)])
def test_of_a_library_for_much_else_only_what_names_the_models_is_read(service: str, calls: int, read: int) -> None:
    use = "client.converse(modelId='m', messages=[])" if calls else "client.put_object(Body=b'')"
    text = f"import boto3\nfrom app.settings import SERVICE\nclient = boto3.client({service})\n{use}\n"
    files = {"app/__init__.py": "", "app/store.py": text}
    if service == "SERVICE":
        files["app/settings.py"] = "SERVICE = 'bedrock-runtime'\n"
    found = _read(files)
    assert (len(found.calls), found.read) == (calls, read)


ASK = "import requests\ndef ask(body):\n    return requests.post(f'{HOST}/completion', json=body)\n"


@pytest.mark.parametrize(
    ("beside", "read"),
    [
        ("", 0),
        ("ask({'words': text})", 0),
        ("ask({'prompt': text, 'n_predict': 9})", 1),
        ("# served by llama.cpp", 1),
        ("HOST = 'https://api.openai.com'", 1),
    ],
)
def test_an_address_that_others_have_is_followed_where_its_package_says_enough(beside: str, read: int) -> None:
    files = {"app/__init__.py": "", "app/ask.py": ASK, "app/inner/__init__.py": "", "app/inner/use.py": f"{beside}\n"}
    assert min(_read(files).read, 1) == read


@pytest.mark.parametrize(("said", "read"), [("n_predict", 1), ("n_words", 0)])
def test_what_makes_it_a_models_may_stand_in_several_files(said: str, read: int) -> None:
    files = {"app/__init__.py": "", "app/ask.py": ASK, "app/begin.py": "KEY = 'Prompt'\n", "app/end.py": f"MOST = '{said}'\n"}
    assert min(_read(files).read, 1) == read


def test_what_cannot_be_read_is_told_all_the_same() -> None:
    files: dict[str, Any] = {"app/__init__.py": "", "app/odd.py": "COLOUR = 'azure'\n".encode("utf-16")}
    assert list(_read(files).unread) == ["app/odd.py"]


def test_comments_count_beside_a_call_whose_file_names_no_sdk() -> None:
    ask = "from openai import OpenAI\ndef ask(text):\n    return OpenAI().responses.create(model='gpt-4.1', input=text)\n"
    use = "from ask import ask\nask('hello')  # costgate: ignore[CG001] it is asked once\n"
    assert [(each.span.path, each.span.line) for each in _read({"ask.py": ask, "use.py": use}).suppressions] == [("use.py", 2)]

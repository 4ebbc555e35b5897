"""Functions, classes and re-exports of a tree that a team teaches: calls where they are used, not where they send."""

from __future__ import annotations

import pytest

from costgate.gate import report_of_files
from costgate.model.call import CallSite
from costgate.model.value import Known

LLM = """\
import os
from openai import OpenAI

client = OpenAI()


def post(payload):
    return client.chat.completions.create(**payload)


def ask(question, *, model="gpt-4o-mini", limit=None):
    return post({"model": os.environ["MODEL"], "messages": [question]})


class Gateway:
    def __init__(self, tier):
        self.tier = tier

    def run(self, text):
        return client.responses.create(model="gpt-4o", input=text)

    @staticmethod
    def once(text):
        return client.responses.create(model="gpt-4o", input=text)
"""
ASK = """\
sdk: gateway
provider: openai
functions:
  - symbols: [app.llm.ask, app.llm.Gateway.once]
    kind: chat
    positional: [question]
    args: {model: model, prompt: question, output_limit: limit}
    defaults: {model: gpt-4.1-mini}
"""
OBJECT = """\
sdk: gateway
objects:
  client:
    made_by: [{symbols: [app.llm.Gateway]}]
    positional: [tier]
    args: {service_tier: tier}
    calls: {run: {kind: chat, positional: [text], args: {prompt: text}}}
"""


def calls(files: dict[str, str], sdk: str = "", config: str | None = None) -> list[CallSite]:
    whole = {**files, **({".costgate/sdks/gateway.yaml": sdk} if sdk else {})}
    snapshot, _ = report_of_files(whole, config_text=config)
    return list(snapshot.reading.calls)  # type: ignore[union-attr]


def seen(files: dict[str, str], sdk: str = "", config: str | None = None) -> list[tuple[str, str, str]]:
    """Path, SDK and model of what counts."""
    return [(each.span.path, each.sdk, model(each)) for each in calls(files, sdk, config) if each.counted]


def model(site: CallSite) -> str:
    value = site.arg("model")
    return str(value.values[0]) if isinstance(value, Known) else type(value).__name__


@pytest.mark.parametrize(
    "use",
    [
        "from app.llm import ask\nask('q')",
        "from .llm import ask as question\nquestion('q')",
        "from app import llm\nllm.ask('q')",
        "import app.llm\napp.llm.ask('q')",
        "import app.llm as x\nx.ask('q')",
        "from app.llm import *\nask('q')",
        "from functools import partial\nfrom app.llm import ask\nf = partial(ask, 'q')\nf()",
        "from app.llm import Gateway\nGateway.once('q')",
    ],
)
def test_a_function_of_the_tree_is_a_call_where_it_is_used(use: str) -> None:
    files = {"app/__init__.py": "", "app/llm.py": LLM, "app/main.py": use}
    assert ("app/main.py", "gateway", "gpt-4.1-mini") in seen(files, ASK)


def test_what_it_sends_is_told_by_its_callers() -> None:
    files = {"app/__init__.py": "", "app/llm.py": LLM, "app/main.py": "from app.llm import ask\nask('q', model='gpt-4o', limit=9)"}
    assert seen(files, ASK) == [("app/llm.py", "openai", "gpt-4o"), ("app/main.py", "gateway", "gpt-4o")]
    bodies = [each for each in calls(files, ASK) if not each.counted]
    assert {each.context.function for each in bodies} == {"post", "ask", "Gateway.once"}
    (site,) = [each for each in calls(files, ASK) if each.sdk == "gateway"]
    assert site.arg("output_limit") == Known((9,), "argument", site.arg("output_limit").trail)  # type: ignore[union-attr]
    assert site.via is None and site.provider == "openai"


def test_without_teaching_the_body_counts() -> None:
    files = {"app/__init__.py": "", "app/llm.py": LLM, "app/main.py": "from app.llm import ask\nask('q')"}
    assert {sdk for _, sdk, _ in seen(files)} == {"openai"}


@pytest.mark.parametrize(
    "use",
    [
        "from app.llm import Gateway\nGateway('flex').run('hello')",
        "from app.llm import Gateway\nclass A:\n    def __init__(self):\n        self.g = Gateway('flex')\n    def a(self):\n        self.g.run('x')",
        "from app.llm import Gateway\ndef a(g: Gateway):\n    g.run('x')",
        "from app.llm import Gateway\nclass Own(Gateway):\n    pass\nOwn('flex').run('x')",
        "from app.one import gateway\ngateway.run('x')",
    ],
)
def test_a_class_of_the_tree_makes_an_object(use: str) -> None:
    one = "from app.llm import Gateway\ngateway = Gateway('flex')\n"
    files = {"app/__init__.py": "", "app/llm.py": LLM, "app/one.py": one, "app/main.py": use}
    found = [each for each in calls(files, OBJECT) if each.sdk == "gateway"]
    assert [(each.span.path, each.kind, each.counted) for each in found] == [("app/main.py", "chat", True)]
    assert [each.context.function for each in calls(files, OBJECT) if each.counted and each.span.path == "app/llm.py"] == ["ask"]


@pytest.mark.parametrize("folder", ["", "src/", "services/api/"])
def test_wherever_the_package_lies(folder: str) -> None:
    files = {f"{folder}app/__init__.py": "", f"{folder}app/llm.py": LLM, f"{folder}app/main.py": "from app.llm import ask\nask('q')"}
    assert (f"{folder}app/main.py", "gateway", "gpt-4.1-mini") in seen(files, ASK)


def test_a_name_that_the_package_re_exports() -> None:
    taught = ASK.replace("app.llm.ask, app.llm.Gateway.once", "app.ask")
    files = {"app/__init__.py": "from .llm import ask\n", "app/llm.py": LLM}
    for use in ("from app import ask\nask('q')", "from app.llm import ask\nask('q')"):
        counted = seen({**files, "main.py": use}, taught)
        assert ("main.py", "gateway", "gpt-4.1-mini") in counted
        assert not any(path == "app/llm.py" and name == "Unknown" for path, _, name in counted), "the body is not counted twice"


def test_a_wrapper_of_another_distribution() -> None:
    taught = ASK.replace("app.llm.ask, app.llm.Gateway.once", "acme_llm.client.ask")
    assert seen({"main.py": "from acme_llm.client import ask\nask('q')"}, taught) == [("main.py", "gateway", "gpt-4.1-mini")]


def test_another_function_of_that_name_is_none() -> None:
    files = {"app/__init__.py": "", "app/llm.py": LLM, "other.py": "def ask(q):\n    pass\n", "main.py": "from other import ask\nask('q')"}
    assert not [each for each in calls(files, ASK) if each.sdk == "gateway"]


def test_what_is_called_free_is_no_call_and_hides_its_body() -> None:
    taught = "sdk: gateway\nmodules: [app]\nfree: [app.llm.post]\n"
    files = {"app/__init__.py": "", "app/llm.py": LLM}
    assert "post" not in {each.context.function for each in calls(files, taught) if each.counted}


# aliases -------------------------------------------------------------------------------------------------------------

DYNAMIC = "import importlib\nlitellm = importlib.import_module(NAME)\nretry = make_retry()\n"


@pytest.mark.parametrize(
    "use",
    [
        "from app.llm import litellm\nlitellm.completion(model='gpt-4o', messages=[])",
        "from app.llm import litellm as lite\nlite.completion(model='gpt-4o', messages=[])",
        "from app import llm\nllm.litellm.completion(model='gpt-4o', messages=[])",
        "import app.llm\napp.llm.litellm.completion(model='gpt-4o', messages=[])",
    ],
)
def test_a_name_that_stands_for_a_distribution(use: str) -> None:
    files = {"app/__init__.py": "", "app/llm.py": DYNAMIC, "app/main.py": use}
    assert seen(files, config="aliases: {app.llm.litellm: litellm}") == [("app/main.py", "litellm", "gpt-4o")]


def test_a_module_that_stands_for_one() -> None:
    files = {"app/__init__.py": "", "app/vendor.py": DYNAMIC, "main.py": "from app.vendor import completion as c\nc(model='gpt-4o', messages=[])"}
    assert seen(files, config="aliases: {app.vendor: litellm}") == [("main.py", "litellm", "gpt-4o")]


def test_a_name_of_a_package_that_is_not_there() -> None:
    use = "from acme.tools import llm\nllm.completion(model='gpt-4o', messages=[])"
    assert seen({"main.py": use}, config="aliases: {acme.tools.llm: litellm}") == [("main.py", "litellm", "gpt-4o")]
    assert seen({"main.py": use}) == []


def test_a_decorator_that_stands_for_one() -> None:
    use = (
        "from app.llm import retry\nfrom tenacity import stop_after_attempt\nfrom openai import OpenAI\n"
        "@retry(stop=stop_after_attempt(4))\ndef f():\n    return OpenAI().responses.create(model='gpt-4o', input='x')\n"
    )
    files = {"app/__init__.py": "", "app/llm.py": DYNAMIC, "main.py": use}
    (site,) = calls(files, config="aliases: {app.llm.retry: tenacity.retry}")
    assert [layer.attempts for layer in site.retries] == [4, 3]



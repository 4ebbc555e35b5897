"""For how long a call asks the provider to keep its prompt."""

from __future__ import annotations

import pytest

from costgate.gate import measure_files
from costgate.model.call import Caching
from costgate.model.config import Config
from costgate.model.snapshot import Snapshot

HEAD = "import os\nfrom anthropic import NOT_GIVEN, Anthropic\n\nclient = Anthropic()\n"
LONG = 'TTL = "1h"\n'


def caching(code: str, head: str = HEAD) -> Caching:
    made = measure_files({"app.py": f"{head}{code}\n"}, None, Config())
    assert isinstance(made, Snapshot)
    (found,) = [each for each in made.reading.calls if each.counted]
    return found.caching


def marked(mark: str) -> str:
    return f'client.messages.create(model="claude-sonnet-4-5", max_tokens=9, messages=[], cache_control={mark})'


@pytest.mark.parametrize(
    ("code", "times"),
    [
        (marked('{"type": "ephemeral"}'), ("",)),
        (marked('{"type": "ephemeral", "ttl": "5m"}'), ("5m",)),
        (marked('{"type": "ephemeral", "ttl": "1h"}'), ("1h",)),
        (LONG + marked('{"type": "ephemeral", "ttl": TTL}'), ("1h",)),
        (marked('{"type": "ephemeral", "ttl": os.environ["TTL"]}'), (None,)),
        (marked('{"type": "ephemeral", "ttl": "1h" if os.environ.get("A") else "5m"}'), ("1h", "5m")),
        (marked("None"), ()),
        (marked("NOT_GIVEN"), ()),
        ("def ask(kept):\n    " + marked("kept"), (None,)),
        ('mark = {"type": "ephemeral"}\nif os.environ.get("A"):\n    mark["ttl"] = "1h"\n' + marked("mark"), ("", "1h")),
        (  # in a block of the system text
            ('client.messages.create(model="claude-sonnet-4-5", max_tokens=9, messages=[], '
            'system=[{"type": "text", "text": "S", "cache_control": {"type": "ephemeral", "ttl": "1h"}}])'),
            ("1h",),
        ),
        (  # a tool for an hour, a message for the shortest time
            ('client.messages.create(model="claude-sonnet-4-5", max_tokens=9, tools=[{"name": "t", "cache_control": {"ttl": "1h"}}], '
            'messages=[{"role": "user", "content": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}]}])'),
            ("", "1h"),
        ),
        ('client.messages.create(model="claude-sonnet-4-5", max_tokens=9, messages=[{"role": "user", "content": "cache_control"}])', ()),
    ],
)  # fmt: skip
def test_what_is_asked_for(code: str, times: tuple[str | None, ...]) -> None:
    assert sorted(caching(code).times, key=str) == sorted(times, key=str)


def test_through_a_wrapper_the_caller_says_it() -> None:
    wrapper = "def ask(ttl):\n    " + marked('{"type": "ephemeral", "ttl": ttl}') + "\n\n\ndef page():\n    ask('1h')\n"
    assert caching(wrapper).times == ("1h",)


def test_other_spellings() -> None:
    bedrock = (
        "import boto3\nboto3.client('bedrock-runtime').converse(modelId='anthropic.claude-sonnet-4-5', "
        "system=[{'text': 'S'}, {'cachePoint': {'type': 'default', 'ttl': '1h'}}], messages=[], inferenceConfig={'maxTokens': 9})"
    )
    assert caching(bedrock, "").times == ("1h",)
    proxy = "import litellm\nlitellm.completion(model='claude-sonnet-4-5', messages=[{'role': 'system', 'content': [{'type': 'text', 'text': 'S', 'cache_control': {'type': 'ephemeral', 'ttl': '1h'}}]}])"
    assert caching(proxy, "").times == ("1h",)


def test_what_a_provider_does_unasked_can_be_turned_off() -> None:
    call = "from openai import OpenAI\nOpenAI().responses.create(model='gpt-6-sol', input='x', prompt_cache_options={})"
    assert caching(call.replace("{}", "{'mode': 'explicit'}"), "") == Caching((), off=True)
    assert caching(call.replace("{}", "{'mode': 'implicit'}"), "") == Caching()
    block = "[{'role': 'user', 'content': [{'type': 'input_text', 'text': 'x', 'prompt_cache_breakpoint': True}]}]"
    assert caching(call.replace("input='x'", f"input={block}").replace("{}", "{'mode': 'explicit'}"), "") == Caching(("",))

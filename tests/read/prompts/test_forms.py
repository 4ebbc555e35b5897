"""Forms of prompt files as their own tools put them together: what is sent, which call sends it, and a budget for each."""

from __future__ import annotations

import json

import pytest

from costgate.gate import report_of_files
from costgate.model.call import CallSite
from costgate.model.prompt import Hole, Text
from costgate.model.snapshot import Snapshot
from costgate.model.value import Known, Unknown
from costgate.read.prompts.find import PromptFiles, prompt_texts
from costgate.read.prompts.page import FileText
from costgate.store.trees import FilesTree


def read(files: dict[str, str]) -> PromptFiles:
    return prompt_texts(FilesTree(files))


def words(text: FileText) -> str:
    return "".join(part.text if isinstance(part, Text) else f"<{part.name}{'...' if part.repeated else ''}>" for part in text.parts)


def whys(found: PromptFiles) -> str:
    return "; ".join([*(gap.why for gap in found.gaps), *found.unread.values()])


def told(files: dict[str, str]) -> tuple[list[CallSite], Snapshot]:
    found, _ = report_of_files(files)
    assert isinstance(found, Snapshot)
    return [site for site in found.reading.calls if site.counted], found


def sent(site: CallSite) -> str:
    assert site.prompt is not None
    return "".join(part.text if isinstance(part, Text) else f"<{part.name}>" for part in site.prompt.segments)


# evaluations ---------------------------------------------------------------------------------------------------------

EVALUATED = {
    "eval/promptfooconfig.yaml": """\
prompts:
  - "Inline about {{topic}} here"
  - file://p/chat.json
  - file://p/several.txt
  - file://p/*.md
  - p/plain.txt
  - id: file://p/messages.yaml
    label: not sent at all
  - {label: not sent either, raw: "Raw text {{x}}."}
  - file://gen.py:create_prompt
  - file://none/*.txt
providers: [openai:chat:gpt-4.1-mini]
tests:
  - vars: {topic: bananas and other fruit}
""",
    "eval/p/chat.json": '[{"role": "system", "content": "Be {{kind}}."},\n {"role": "user", "content": "Say {{word}}."}]',
    "eval/p/several.txt": "First {{a}} one.\n---\nSecond {{b}} one.\n",
    "eval/p/one.md": "Markdown {{x}}.",
    "eval/p/plain.txt": "Plain {{x}}.",
    "eval/p/messages.yaml": '- role: system\n  content: Be strict.\n- {role: user, content: "{{q}}"}\n',
    "eval/gen.py": "def create_prompt(context):\n    return 'not read'\n",
}


def test_the_prompts_of_an_evaluation() -> None:
    found = read(EVALUATED)
    own = [each for each in found.texts if each.span.path == "eval/promptfooconfig.yaml"]
    assert [words(each).strip() for each in own] == [
        "Inline about <topic> here",
        "Be <kind>.Say <word>.",
        "First <a> one.",
        "Second <b> one.",
        "Markdown <x>.",
        "Plain <x>.",
        "Be strict.<q>",
        "Raw text <x>.",
    ]
    assert {each.model for each in own} == {"gpt-4.1-mini"}
    assert [part.role for part in own[1].parts if isinstance(part, Text)][::2] == ["system", "user"]
    assert "a program makes the prompt" in whys(found) and "'none/*.txt' is not followed: it means no file" in whys(found)
    assert {part.span.line for part in own[3].parts} == {3}
    both = {**EVALUATED, "eval/promptfooconfig.yaml": "providers: [openai:a, openai:b]\nprompts: [Say it all]\n"}
    assert [each.model for each in read(both).texts if each.span.path.endswith("config.yaml")] == [None]


@pytest.mark.parametrize(
    ("entry", "files", "why"),
    [
        ("file://../../out.txt", {}, "it leaves the repository"),
        ("file:///etc/passwd", {}, "it leaves the repository"),
        ("file://p/broken.json", {"p/broken.json": "[{"}, "is no list of messages"),
        ("file://../../**/*.txt", {}, "it means no file"),
    ],
)
def test_what_an_evaluation_cannot_read(entry: str, files: dict[str, str], why: str) -> None:
    assert why in whys(read({**files, "promptfooconfig.yaml": f"prompts: ['{entry}']\n"}))


# prompt functions ----------------------------------------------------------------------------------------------------

BAML = {
    "baml_src/clients.baml": """\
// "quoted { here"
client<llm> Fast {
  provider openai
  retry_policy Twice
  options {
    model "gpt-4o-mini"
    max_tokens 300
  }
}
client<llm> Either { provider fallback options { strategy [Fast, Big] } }
client<llm> Big {
  provider openai
  options {
    model "gpt-4.1"
  }
}
retry_policy Twice {
  max_retries 2
}
""",
    "baml_src/resume.baml": """\
class Resume { name string @description("the name {of it}") }
template_string Greeting(name: string) #"Hello {{ name }}!"#

function Extract(resume: string, level: string) -> Resume {
  client Fast
  prompt #"
    {# reviewed #}
    {{ _.role("system") }}
    Extract this:
      {{ Greeting("Bob") }}
    {{ ctx.output_format }}

    {{ _.role("user") }}
    {{ resume }}
  "#
}
function NoPrompt(a: string) -> string {
  client Fast
}
function Short(text: string) -> string {
  client "anthropic/claude-3-5-haiku-latest"
  prompt #"Sum up {{ text }}."#
}
function Longer(text: string) -> string {
  client Either
  prompt ##"Sum up "#{{ text }}"# at length."##
}
test T {
  functions [Extract]
  args { resume #"A long text that is no prompt."# }
}
""",
}
CLIENT = """\
class BamlSyncClient:
    def Extract(self, resume, level):
        return self.__options.call_function_sync(function_name="Extract", args={"resume": resume})
b = BamlSyncClient()
"""


def test_prompt_functions_as_their_compiler_puts_them_together() -> None:
    found = read(BAML)
    assert {words(each): each.model for each in found.texts} == {
        "Extract this:\n  Hello Bob!\n<ctx.output_format><resume>": "gpt-4o-mini",
        "Sum up <text>.": "claude-3-5-haiku-latest",
        'Sum up "#<text>"# at length.': None,
    }
    places = {part.text: part.span.line for part in found.texts[0].parts if isinstance(part, Text)}
    assert places["Hello "] == 2 and found.gaps == ()


@pytest.mark.parametrize("generated", [False, True])
@pytest.mark.parametrize(
    ("start", "call", "text", "model", "limit", "retries"),
    [
        ("from baml_client.sync_client import b", 'b.Extract("the text", level=x)', "Extract this:\n  Hello Bob!\n<ctx.output_format>the text", "gpt-4o-mini", 300, 2),
        ("from baml_client import b", "await b.Extract(x, x)", "Extract this:\n  Hello Bob!\n<ctx.output_format><resume>", "gpt-4o-mini", 300, 2),
        ("from baml_client.async_client import b as client", "await client.Short(text=x)", "Sum up <text>.", "claude-3-5-haiku-latest", 4096, 0),
        ("import baml_client", "async for part in baml_client.b.stream.Short(x):\n        pass", "Sum up <text>.", "claude-3-5-haiku-latest", 4096, 0),
    ],
)  # fmt: skip
def test_the_generated_client_sends_the_functions(
    start: str, call: str, text: str, model: str, limit: int, retries: int, *, generated: bool
) -> None:
    files = {**BAML, "app/main.py": f"{start}\nasync def main(x):\n    {call}\n"}
    if generated:
        files |= {"baml_client/sync_client.py": CLIENT, "baml_client/async_client.py": CLIENT, "baml_client/__init__.py": "from .async_client import b\n"}
    (site,), found = told(files)
    assert sent(site) == text
    known = [value.values for role in ("model", "output_limit", "retries") if isinstance(value := site.args[role], Known)]
    assert known == [(model,), (limit,), (retries,)]
    (prompt,) = (each for each in found.prompts if site.key in each.source.used_by and each.source.span.line > 3)
    assert prompt.source.format == "BAML"
    assert "baml_src/resume.baml" in found.reading.consulted[site.key]


def test_a_client_that_the_program_chooses_is_not_known() -> None:
    client = "client<llm> L {\n  provider openai\n  options {\n    model client_registry.model\n  }\n}\n"
    function = 'function Ask(text: string) -> string { client L prompt #"Say {{ text }}"# }\n'
    files = {**BAML, "baml_src/asks.baml": client + function, "a.py": "from baml_client.sync_client import b\ndef f(x):\n    b.Ask(x)\n"}
    (site,), _ = told(files)
    assert isinstance(site.arg("model"), Unknown) and isinstance(site.arg("output_limit"), Unknown)


def test_a_client_that_stands_for_several() -> None:
    (site,), _ = told({**BAML, "a.py": "from baml_client.sync_client import b\ndef f(x):\n    b.Longer(x)\n"})
    model, limit = site.args["model"], site.args["output_limit"]
    assert isinstance(model, Known) and set(model.values) == {"gpt-4o-mini", "gpt-4.1"}
    assert isinstance(limit, Known) and len(limit.values) == 2


@pytest.mark.parametrize("text", ['function F() -> string { prompt #"', 'client<llm> A { options { model "x" ', "{" * 100_000, '#"' * 100_000, '"' * 100_001, 'function F(' * 20_000])  # fmt: skip
def test_broken_functions_take_bounded_time(text: str) -> None:
    import time

    started = time.process_time()
    read({"a.baml": text, "b.baml": 'client<llm> L { provider fallback options { strategy [L, L] } }\nfunction F() -> string { client L prompt #"{{ T() }}"# }\ntemplate_string T() #"x {{ T() }}"#'})
    assert time.process_time() - started < 5


# templates -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "text"),
    [
        ({"a": "{% extends 'b.j2' %}{% block x %}{{ super() }} Own.{% endblock %}", "b": "{% block x %}Base.{% endblock %}"}, "Base. Own."),
        ({"a": "{% extends 'b.j2' %}{% block x %}{{ super() }} A.{% endblock %}", "b": "{% extends 'c.j2' %}{% block x %}{{ super() }} B.{% endblock %}", "c": "{% block x %}C.{% endblock %}"}, "C. B. A."),
        ({"a": "{% block x %}A {{ super() }}{% endblock %}"}, "A "),
        ({"a": "{% macro m(x, y='b') %}{{ x }}-{{ y }};{% endmacro %}{{ m('one') }}{{ m(v, y='two') }}"}, "one-<y>;<x>-two;"),
        ({"a": "{% include 'none.j2' ignore missing %}x"}, "x"),
        ({"a": "{% include ['none.j2', 'b.j2'] %}", "b": "B."}, "B."),
    ],
)  # fmt: skip
def test_templates_that_build_on_others(files: dict[str, str], text: str) -> None:
    found = read({f"prompts/{name}.j2": said for name, said in files.items()})
    (own,) = (each for each in found.texts if each.span.path == "prompts/a.j2")
    assert words(own) == text and found.gaps == ()


# data ----------------------------------------------------------------------------------------------------------------

FEW = {
    "_type": "few_shot",
    "prefix": "Write antonyms.",
    "example_prompt": {"_type": "prompt", "template": "In: {i}\nOut: {o}"},
    "examples": [{"i": "happy", "o": "sad"}, {"i": "tall"}],
    "suffix": "In: {word}",
}


@pytest.mark.parametrize("examples", [FEW["examples"], "shots.json"])
def test_examples_are_sent_each_in_their_template(examples: object) -> None:
    files = {
        "prompts/few.json": json.dumps({**FEW, "examples": examples}, indent=1),
        "prompts/shots.json": json.dumps(FEW["examples"]),
        "app.py": 'from langchain_core.prompts import load_prompt\nfrom langchain_openai import ChatOpenAI\n(load_prompt("prompts/few.json") | ChatOpenAI(model="gpt-4.1")).invoke({})\n',
    }
    (site,), _ = told(files)
    assert sent(site) == "Write antonyms.\n\nIn: happy\nOut: sad\n\nIn: tall\nOut: <o>\n\nIn: <word>"
    assert site.prompt is not None
    if examples == FEW["examples"]:
        lines = {part.text: part.span.line for part in site.prompt.segments if isinstance(part, Text)}
        assert lines["tall"] > lines["happy"] > 1


def test_a_loaded_template_is_filled_and_piped() -> None:
    code = 'from langchain_core.prompts import load_prompt\nfrom langchain_openai import ChatOpenAI\nllm = ChatOpenAI(model="gpt-4.1")\ndef f(x):\n    (load_prompt("joke.yaml") | llm).invoke({"topic": x})\n    llm.invoke(load_prompt("joke.yaml").format(topic="tea"))\n'
    calls, found = told({"app.py": code, "joke.yaml": "_type: prompt\ninput_variables: [topic]\ntemplate: Tell a joke about {topic}.\n"})
    assert sorted(map(sent, calls)) == ["Tell a joke about <topic>.", "Tell a joke about tea."]
    assert {key for each in found.prompts if each.source.span.path == "joke.yaml" for key in each.source.used_by} == {each.key for each in calls}


@pytest.mark.parametrize(
    ("path", "text", "load"),
    [
        ("prompts.json", '{"a": {"system": "You answer all things.", "user": "Ask {q} now"}}', "json.load(open('prompts.json'))"),
        ("prompts.toml", '[a]\nsystem = "You answer all things."\nuser = "Ask {q} now"\n', "tomllib.loads(open('prompts.toml').read())"),
        ("prompts.yaml", "a:\n  system: You answer all things.\n  user: Ask {q} now\n", "yaml.safe_load(open('prompts.yaml'))"),
    ],
)
def test_each_text_of_a_data_file_has_its_own_entry(path: str, text: str, load: str) -> None:
    code = f"import json, tomllib, yaml\nfrom openai import OpenAI\nP = {load}\ndef f(q):\n    OpenAI().responses.create(model='gpt-4.1', instructions=P['a']['system'], input=P['a']['user'].format(q=q))\n"
    (site,), found = told({path: text, "app.py": code})
    assert [(each.source.text, each.source.used_by) for each in found.prompts] == [("You answer all things.", (site.key,)), ("Ask  now", (site.key,))]


def test_a_prompty_file_in_a_pipe() -> None:
    code = 'from langchain_prompty import create_chat_prompt\nfrom langchain_openai import ChatOpenAI\nchain = create_chat_prompt("a.prompty") | ChatOpenAI(model="gpt-4.1")\ndef f(q):\n    chain.invoke({"q": q})\n'
    (site,), _ = told({"app.py": code, "a.prompty": "---\nname: a\n---\nsystem:\nBe kind.\nuser:\n{{q}}\n"})
    assert sent(site) == "Be kind.<q>"


def test_a_list_of_messages_is_one_prompt() -> None:
    found = read({"prompts/chat.json": EVALUATED["eval/p/chat.json"].replace("{{", "{").replace("}}", "}")})
    assert [words(each) for each in found.texts] == ["Be <kind>.Say <word>."]
    assert [part.name for part in found.texts[0].parts if isinstance(part, Hole)] == ["kind", "word"]

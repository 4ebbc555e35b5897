"""Prompt files that a framework's own call runs: the call is an entry, the file is its prompt and says its settings."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from costgate.gate import report_of_files
from costgate.model.call import CallSite
from costgate.model.prompt import Text
from costgate.model.snapshot import Snapshot
from costgate.model.value import Known

ASK = """\
---
name: Ask
model:
  api: chat
  configuration:
    type: azure_openai
    azure_deployment: ${env:DEPLOYMENT:gpt-4o-mini}
  parameters: {max_tokens: 128}
---
Be kind.
system:
You answer questions about {{product}}.

user:
{{question}}
"""
NEWER = """\
---
model:
  id: gpt-4.1-mini
  provider: openai
  options: {maxOutputTokens: 77}
template: {format: {kind: mustache}}
---
system:
You sort mail. {{#rules}}Mind {{.}}.{{/rules}}
user:
{{mail}}
"""
JOKE = '<message role="system">Be funny.</message>\n<message role="user">One joke about {{$input}} {{time.now}}</message>\n'
JOKE_SETTINGS = '{"schema": 1, "execution_settings": {\n "default": {"max_tokens": 200,\n  "temperature": 0.9}}}'
POEM = """\
name: Poem
template_format: handlebars
template: |
  Write a poem about {{topic}}.
  {{#each lines}}Use {{this}}.{{/each}}
execution_settings:
  default:
    max_tokens: 90
"""
FILES = {
    "app/prompts/ask.prompty": ASK,
    "app/prompts/newer.prompty": NEWER,
    "app/plugins/Writer/Joke/skprompt.txt": JOKE,
    "app/plugins/Writer/Joke/config.json": JOKE_SETTINGS,
    "app/plugins/Writer/poem.yaml": POEM,
}
KERNEL = """\
from semantic_kernel import Kernel
from semantic_kernel.agents import ChatCompletionAgent
from semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion, OpenAIChatPromptExecutionSettings
from semantic_kernel.functions import KernelArguments, KernelFunctionFromPrompt, KernelPlugin
from semantic_kernel.prompt_template import PromptTemplateConfig
kernel = Kernel()
kernel.add_service(OpenAIChatCompletion(ai_model_id="gpt-4.1-mini"))
"""
APP = """\
class App:
    def __init__(self):
        self.kernel = Kernel()
        self.kernel.add_service(OpenAIChatCompletion(ai_model_id="gpt-4.1-mini"))
        self.writer = self.kernel.add_plugin(parent_directory="plugins", plugin_name="Writer")
    async def f(self):
        await self.kernel.invoke(self.writer["Joke"])
"""


def read(code: str, files: dict[str, str] | None = None) -> tuple[list[CallSite], Snapshot]:
    found, _ = report_of_files({**FILES, **(files or {}), "app/main.py": code})
    assert isinstance(found, Snapshot)
    return [site for site in found.reading.calls if site.kind != "model-object" and site.counted], found


def sent(site: CallSite) -> str:
    assert site.prompt is not None
    parts = (part.text if isinstance(part, Text) else f"<{part.name}{'...' if part.repeated else ''}>" for part in site.prompt.segments)
    return " ".join("".join(parts).split())


def only(site: CallSite, role: str) -> object:
    value = site.args[role]
    return value.values[0] if isinstance(value, Known) and len(value.values) == 1 else type(value).__name__


@pytest.mark.parametrize(
    ("call", "file", "text", "model", "limit", "provider"),
    [
        ('prompty.execute("prompts/ask.prompty", inputs={"question": "Why?"})', "ask", "Be kind. You answer questions about <product>.Why?", "gpt-4o-mini", 128, "azure_openai"),
        ('await prompty.execute_async("prompts/ask.prompty", inputs=given)', "ask", "Be kind. You answer questions about <product>.<question>", "gpt-4o-mini", 128, "azure_openai"),
        ('prompty.execute(prompty.load("prompts/ask.prompty"), parameters={"max_tokens": 5})', "ask", "Be kind. You answer questions about <product>.<question>", "gpt-4o-mini", 5, "azure_openai"),
        ('p = prompty.load("prompts/ask.prompty")\n    prompty.run(p, prompty.prepare(p, {"product": "tea"}))', "ask", "Be kind. You answer questions about tea.<question>", "gpt-4o-mini", 128, "azure_openai"),
        ('prompty.invoke("app/prompts/newer.prompty", {"mail": "Hello you."})', "newer", "You sort mail. Mind <.>.<further rules...>Hello you.", "gpt-4.1-mini", 77, "openai"),
        ('prompty.turn("app/prompts/newer.prompty", {})', "newer", "You sort mail. Mind <.>.<further rules...><mail>", "gpt-4.1-mini", 77, "openai"),
    ],
)  # fmt: skip
def test_a_file_that_its_library_runs(call: str, file: str, text: str, model: str, limit: int, provider: str) -> None:
    calls, found = read(f"import prompty\nasync def main(given):\n    {call}\n")
    (site,) = calls
    assert sent(site).replace("<a value>", "<.>") == text
    assert (only(site, "model"), only(site, "output_limit"), site.provider) == (model, limit, provider)
    (prompt,) = (each for each in found.prompts if each.source.span.path == f"app/prompts/{file}.prompty")
    assert prompt.source.used_by == (site.key,)
    assert found.reading.consulted[site.key] >= {f"app/prompts/{file}.prompty"}


def test_a_setting_is_at_its_line_and_may_be_another() -> None:
    (site,), _ = read('import prompty\nprompty.execute("prompts/ask.prompty")\n')
    model = site.args["model"]
    assert isinstance(model, Known) and model.origin == "env-default"
    assert [(span.path, span.line) for span in model.trail] == [("app/prompts/ask.prompty", 7)]
    bare = {"app/prompts/bare.prompty": ASK.replace(":gpt-4o-mini}", "}")}
    (site,), found = read('import prompty\nprompty.execute("prompts/bare.prompty")\n', bare)
    assert only(site, "model") == "Unknown"
    assert {each.source.model for each in found.prompts if each.source.span.path.endswith("bare.prompty")} == {None}


SAID = "Be funny.One joke about <input> <time.now>"


@pytest.mark.parametrize(
    "code",
    [
        'plugin = kernel.add_plugin(parent_directory="plugins", plugin_name="Writer")\nasync def f():\n    await kernel.invoke(plugin["Joke"])',
        'plugin = kernel.add_plugin(None, "Writer", "app/plugins")\nasync def f():\n    await kernel.invoke(function=plugin.functions["Joke"])',
        'from pathlib import Path\nplugin = KernelPlugin.from_directory("Writer", str(Path(__file__).parent / "plugins"))\nasync def f():\n    async for each in kernel.invoke_stream(plugin["Joke"]):\n        pass',
        'kernel.add_plugin(parent_directory="plugins", plugin_name="Writer")\nasync def f():\n    await kernel.invoke(function_name="Joke", plugin_name="Writer")',
        'joke = KernelFunctionFromPrompt.from_directory("plugins/Writer/Joke")\nasync def f():\n    await joke.invoke(kernel)',
        'joke = kernel.get_function("Writer", "Joke")\nasync def f():\n    await joke(kernel)',
        APP,
        'own = Kernel(services=[OpenAIChatCompletion(ai_model_id="gpt-4.1-mini")])\njoke = KernelFunctionFromPrompt.from_directory("plugins/Writer/Joke")\nasync def f():\n    await own.invoke(joke)',
    ],
)  # fmt: skip
def test_a_folder_of_prompt_functions(code: str) -> None:
    (site,), found = read(f"{KERNEL}{code}\n")
    assert sent(site) == SAID
    assert (only(site, "model"), only(site, "output_limit"), site.provider) == ("gpt-4.1-mini", 200, "openai")
    assert {part.role for part in site.prompt.segments if isinstance(part, Text) and part.text.strip()} == {"system", "user"}  # type: ignore[union-attr]
    (prompt,) = (each for each in found.prompts if each.source.span.path.endswith("skprompt.txt"))
    assert prompt.source.used_by == (site.key,)
    limit = site.args["output_limit"]
    assert isinstance(limit, Known) and [(span.path, span.line) for span in limit.trail] == [("app/plugins/Writer/Joke/config.json", 2)]


@pytest.mark.parametrize(
    ("code", "text", "limit"),
    [
        ('await kernel.invoke(plugin["Poem"], KernelArguments(topic="the sea"))', "Write a poem about the sea. Use <this>.<further lines...>", 90),
        ('await kernel.invoke(KernelFunctionFromPrompt.from_yaml(open("app/plugins/Writer/poem.yaml").read()), topic=x)', "Write a poem about <topic>. Use <this>.<further lines...>", 90),
        ('await kernel.invoke(plugin["Joke"], KernelArguments(settings=OpenAIChatPromptExecutionSettings(max_tokens=7)))', SAID, 7),
        ('await kernel.invoke_prompt("Say {{$word}} twice, {{plugin.f}}.", word="yes")', "Say yes twice, <plugin.f>.", "Absent"),
        ('await kernel.invoke_prompt("Say {{ word }}{% if x %} twice{% endif %}.", template_format="jinja2")', "Say <word> twice.", "Absent"),
        ('await kernel.add_function(plugin_name="P", function_name="f", prompt="Count {{$it}}.").invoke(kernel)', "Count <it>.", "Absent"),
        ('await KernelFunctionFromPrompt(function_name="f", prompt_template_config=PromptTemplateConfig(template="Spell {{$it}}.", execution_settings={"default": OpenAIChatPromptExecutionSettings(max_tokens=8)})).invoke(kernel)', "Spell <it>.", 8),
    ],
)  # fmt: skip
def test_functions_of_other_forms(code: str, text: str, limit: object) -> None:
    head = f'{KERNEL}plugin = kernel.add_plugin(parent_directory="plugins", plugin_name="Writer")\nasync def f(x):\n    {code}\n'
    (site,), _ = read(head)
    assert (sent(site), only(site, "output_limit"), only(site, "model")) == (text, limit, "gpt-4.1-mini")


def test_an_agent_that_is_told_by_a_file() -> None:
    files = {"app/prompts/system.txt": "You are the {{$shop}} helper.\n"}
    code = f'{KERNEL}agent = ChatCompletionAgent(kernel=kernel, instructions=open("app/prompts/system.txt").read())\nasync def f(q):\n    await agent.get_response(q)\n'
    (site,), found = read(code, files)
    assert (sent(site), only(site, "model")) == ("<messages>You are the <shop> helper.", "gpt-4.1-mini")
    (prompt,) = (each for each in found.prompts if each.source.span.path == "app/prompts/system.txt")
    assert site.key in prompt.source.used_by


def test_what_is_no_prompt_is_no_call() -> None:
    code = f'{KERNEL}async def f(native, plugin):\n    await kernel.invoke(native)\n    await kernel.invoke(function_name="now", plugin_name="time")\n    await kernel.invoke(plugin["x"])\n'
    assert read(code)[0] == []


def test_one_of_several_services_may_answer() -> None:
    code = KERNEL + 'kernel.add_service(OpenAIChatCompletion(service_id="big", ai_model_id="gpt-4.1"))\nasync def f():\n    await kernel.invoke_prompt("Hi there.")\n'
    (site,), _ = read(code)
    model = site.args["model"]
    assert isinstance(model, Known) and set(model.values) == {"gpt-4.1-mini", "gpt-4.1"}
    (site,), _ = read("from semantic_kernel import Kernel\nasync def f(kernel: Kernel):\n    await kernel.invoke_prompt('Hi there.')\n")
    assert (only(site, "model"), only(site, "output_limit")) == ("Unknown", "Unknown")


@pytest.mark.parametrize(
    ("call", "files", "why"),
    [
        ('prompty.execute("../../outside.prompty")', {}, "the prompt of ../../outside.prompty"),
        ('prompty.execute("/etc/passwd")', {}, "the prompt of /etc/passwd"),
        ('prompty.execute("prompts/none.prompty")', {}, "the prompt of prompts/none.prompty"),
        ("prompty.execute(given)", {}, "prompt"),
        ('prompty.execute(f"prompts/{given}/x.prompty")', {}, "a path made at run time"),
        ('prompty.execute("prompts/self.prompty")', {"app/prompts/self.prompty": "---\nname: x\n---\nsystem:\nHi.\n{% include 'self.prompty' %}\n"}, "self.prompty"),
        ('kernel.invoke(function=kernel.get_function("Writer", "None"))', {}, ""),
    ],
)
def test_a_file_that_is_not_there_is_a_hole(call: str, files: dict[str, str], why: str) -> None:
    calls, found = read(f"import prompty\nfrom semantic_kernel import Kernel\nkernel = Kernel()\ndef f(given):\n    {call}\n", files)
    if not why:
        assert calls == []
        return
    assert why in sent(calls[0])
    assert "root:" not in repr(found.prompts)


def test_settings_that_are_broken_are_a_gap() -> None:
    code = f'{KERNEL}joke = KernelFunctionFromPrompt.from_directory("plugins/Writer/Joke")\nasync def f():\n    await kernel.invoke(joke)\n'
    (site,), found = read(code, {"app/plugins/Writer/Joke/config.json": '{"execution_settings": ['})
    assert (sent(site), only(site, "output_limit")) == (SAID, "Absent")
    assert any("settings of app/plugins/Writer/Joke/skprompt.txt are not read" in gap.why for gap in found.reading.gaps)
    (site,), found = read('import prompty\nprompty.execute("prompts/ask.prompty")\n', {"app/prompts/ask.prompty": "---\nmodel: [\n---\nsystem:\nHi.\n"})
    assert (sent(site), only(site, "model")) == ("Hi.", "Unknown")
    assert any("its front matter is" in gap.why for gap in found.reading.gaps)


def test_links_out_of_the_tree_are_not_followed(tmp_path: Path) -> None:
    from costgate.read.prompts.find import prompt_texts
    from costgate.store.trees import FolderTree

    (tmp_path / "outside.json").write_text('{"costgate": {"budget": 5}}')
    folder = tmp_path / "repo/Writer/Joke"
    folder.mkdir(parents=True)
    (folder / "skprompt.txt").write_text(textwrap.dedent(JOKE))
    (folder / "config.json").symlink_to(tmp_path / "outside.json")
    found = prompt_texts(FolderTree(tmp_path / "repo"))
    assert [each.budget for each in found.texts] == [None]
    assert any("a symbolic link, which is not followed" in gap.why for gap in found.gaps)


@pytest.mark.parametrize(
    ("prompt", "settings", "why"),
    [
        ("Hi you.", "[" * 200_000, "nested deeper than"),
        ("Hi you.", '{"a":' * 100_000, "nested deeper than"),
        ("Hi you.", "a: &a [x]\nb: &b [*a,*a]\nc: !!python/object:os.system x\n", "are not read"),
        ('<message role="user">' * 50_000, "{}", ""),
        ("<message " * 200_000, "{}", ""),
        ("{{" * 200_000, "{}", ""),
    ],
)
def test_odd_functions_take_bounded_time(prompt: str, settings: str, why: str) -> None:
    import time

    code = f'{KERNEL}joke = KernelFunctionFromPrompt.from_directory("odd")\nasync def f():\n    await kernel.invoke(joke)\n'
    started = time.process_time()
    (_,), found = read(code, {"odd/skprompt.txt": prompt, "odd/config.json": settings})
    assert time.process_time() - started < 6
    assert why in "; ".join(gap.why for gap in found.reading.gaps)


@pytest.mark.parametrize("text", ["", "---\nmodel: null\n---\n", "---\n- 1\n---\nsystem:\nHi.", "user:\n" * 50_000, '---\nmodel: {id: "${env:A:' + "x" * 50_000 + '}"}\n---\nHi'])
def test_odd_files_are_calls_all_the_same(text: str) -> None:
    (site,), _ = read('import prompty\nprompty.invoke("prompts/odd.prompty")\n', {"app/prompts/odd.prompty": text})
    assert site.kind == "chat" and only(site, "model") in ("Unknown", "${env:A:" + "x" * 50_000 + "}")

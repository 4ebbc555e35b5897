"""Prompt files by format: what is sent, where it stands, what only a run knows, and when it is sent."""

from __future__ import annotations

import textwrap

import pytest

from costgate.knowledge.prompt_files import NO_PROMPT, prompt_files
from costgate.model.prompt import Hole, Text
from costgate.read.prompts.find import PromptFiles, prompt_texts
from costgate.read.prompts.page import FileText
from costgate.store.trees import FilesTree


def read(files: dict[str, str | bytes]) -> PromptFiles:
    return prompt_texts(FilesTree({path: textwrap.dedent(data) if isinstance(data, str) else data for path, data in files.items()}))


def one(files: dict[str, str | bytes], path: str) -> FileText:
    (found,) = (each for each in read(files).texts if each.span.path == path)
    return found


def words(text: FileText) -> str:
    """The text with holes as `<name>`, a repeated one as `<name...>`, white space squeezed."""
    parts = (part.text if isinstance(part, Text) else f"<{part.name}{'...' if part.repeated else ''}>" for part in text.parts)
    return " ".join("".join(parts).split())


def roles(text: FileText) -> list[tuple[str, str]]:
    return [(part.role, part.text.strip()) for part in text.parts if isinstance(part, Text) and part.text.strip()]


PROMPTY = """\
---
name: X
model:
  configuration: {azure_deployment: gpt-4o}
costgate: {budget: 900}
---
system:
You are {{name}}.
{% for item in history %}
{{item.content}}
{% endfor %}

user:
{{question}}
"""
DOTTED = """\
---
model: googleai/gemini-2.0-flash
input: {schema: {name: string}}
output: {schema: {text: string}}
---
{{role "system"}}You are kind. {{! not sent }}
{{>tone}}
{{#each docs}}Doc {{this}}.{{/each}}
{{history}}
{{role "user"}}Hi {{name}}
"""


@pytest.mark.parametrize(
    ("path", "text", "sent"),
    [
        ("prompts/a.txt", "Hello {name}, as {{ tone }}: {\"a\": 1}", 'Hello <name>, as <tone>: {"a": 1}'),
        ("prompts/a.j2", "A {{ user.name | upper }} {# no #}{% if x %}one{% else %}longer{% endif %}", "A <user.name> longer"),
        ("prompts/a.j2", "{% for d in docs %}Doc {{ d }}.{% endfor %}", "Doc <d>.<further docs...>"),
        ("prompts/a.j2", "{% raw %}{{ kept }}{% endraw %}{{ 'said' }}", "{{ kept }}said"),
        ("prompts/a.j2", "{% macro m(x) %}Say {{ x }}.{% endmacro %}{{ m(1) }} {{ m(2) }}", "Say <x>. Say <x>."),
        ("prompts/a.j2", "a\n   {%- if x %} b{% endif %}", "a b"),
        ("x.prompty", PROMPTY, "You are <name>. <item.content> <further history...><question>"),
        ("a.prompt", "Just text with {hole}.", "Just text with <hole>."),
        ("a.prompt", "---\nprovider: p\nmodel: m\n---\n<system>\nBe {{kind}}.\n</system>\n<user>\nHi\n</user>\n", "Be <kind>. Hi"),
        ("p/skprompt.txt", "Sum up {{$input}} {{plugin.func}}", "Sum up <input> <plugin.func>"),
        ("prompts/a.json", '{"_type": "prompt", "template": "Tell a {x} joke"}', "Tell a <x> joke"),
        ("prompts/a.toml", 'name = "not sent"\nprompt = """\nTell a {x} joke"""', "Tell a <x> joke"),
        ("prompts.yaml", "version: '1 2'\nsystem: You are {kind}.", "You are <kind>."),
        ("promptfooconfig.yaml", "description: not sent\nprompts: ['Say {{ word }}']\n", "Say <word>"),
        ("src/config/agents.yaml", "coder:\n  role: A {topic} coder\n  goal: Code\n  llm: gpt-4o\n", "A <topic> coderCode"),
        ("a.prompt.yml", "messages:\n- role: system\n  content: Be good\n- {role: user, content: 'Say {{w}}'}\n", "Be goodSay <w>"),
        ("b/a.baml", 'function F(x: string) -> T {\n  client "openai/gpt-4o"\n  prompt #"Get {{ x }} {{ ctx.output_format }}"#\n}', "Get <x> <ctx.output_format>"),
    ],
)  # fmt: skip
def test_what_is_sent_of_each_format(path: str, text: str, sent: str) -> None:
    assert words(one({path: text}, path)) == sent


def test_roles_come_from_marks_that_are_not_sent() -> None:
    assert roles(one({"x.prompty": PROMPTY}, "x.prompty"))[0] == ("system", "You are")
    found = one({"a.prompt": DOTTED, "_tone.prompt": "Be formal."}, "a.prompt")
    assert words(found) == 'You are kind. Be formal. Doc <this>.<further docs...> <history...> Hi <name> {"text": "string"}'
    assert {part.role for part in found.parts if isinstance(part, Text)} == {"system", "user", "schema"}
    assert found.model == "gemini-2.0-flash"


def test_text_is_at_its_line_of_its_file() -> None:
    files: dict[str, str | bytes] = {
        "prompts/base.j2": "Start.\n{% block body %}{% endblock %}\nEnd.\n",
        "prompts/a.j2": '{% extends "base.j2" %}\n{% block body %}\n{# c #}\nOne {{ x }}\n{% include "parts/b.j2" %}\n{% endblock %}\n',
        "prompts/parts/b.j2": "\n\nThree\n",
    }
    found = one(files, "prompts/a.j2")
    assert words(found) == "Start. One <x> Three End."
    places = {part.text.strip(): (part.span.path, part.span.end_line) for part in found.parts if isinstance(part, Text)}
    assert places["One"] == ("prompts/a.j2", 4) and places["Three"] == ("prompts/parts/b.j2", 3)
    assert {part.span.line for part in found.parts if isinstance(part, Hole)} == {4}


def test_data_is_at_the_line_of_its_text() -> None:
    files: dict[str, str | bytes] = {"prompts.yaml": "a:\n  prompt: |\n    One two\n    three\nb:\n  system: Four five\n"}
    assert [(each.span.line, each.span.end_line) for each in read(files).texts] == [(3, 4), (6, 6)]
    files = {"prompts.json": '{\n "a": {"prompt": "one two"},\n "b": {\n  "prompt": "three four"}\n}'}
    assert [each.span.line for each in read(files).texts] == [2, 4]


@pytest.mark.parametrize(
    ("path", "text", "load"),
    [
        ("AGENTS.md", "Do it.", "always"),
        ("sub/AGENTS.md", "Do it.", "always"),
        (".github/copilot-instructions.md", "Do it.", "always"),
        (".cursorrules", "Do it.", "always"),
        (".github/instructions/a.instructions.md", "---\napplyTo: '**'\n---\nDo it.", "always"),
        (".github/instructions/a.instructions.md", "---\napplyTo: '**/*.py'\n---\nDo it.", "conditional"),
        (".github/instructions/a.instructions.md", "Do it.", "on-demand"),
        (".cursor/rules/a.mdc", "---\nalwaysApply: true\n---\nDo it.", "always"),
        (".cursor/rules/a.mdc", "---\nglobs: *.ts,*.tsx\nalwaysApply: false\n---\nDo it.", "conditional"),
        (".cursor/rules/a.mdc", "---\ndescription: x\n---\nDo it.", "on-demand"),
        (".claude/rules/a.md", "Do it.", "always"),
        (".claude/rules/a.md", "---\npaths: [src/**]\n---\nDo it.", "conditional"),
    ],
)
def test_when_instructions_are_sent(path: str, text: str, load: str) -> None:
    files: dict[str, str | bytes] = {path: text}
    found = one(files, path)
    assert (words(found), found.load, found.role) == ("Do it.", load, "system")
    assert read(files).gaps == ()


def test_a_skill_is_known_always_and_read_on_demand() -> None:
    found = read({"skills/x/SKILL.md": "---\nname: x\ndescription: does y\n---\nThe body.\n"}).texts
    assert [(each.load, words(each)) for each in found] == [("always", "x does y"), ("on-demand", "The body.")]


def test_imports_are_brought_in_but_not_from_code_nor_for_names_of_packages() -> None:
    files: dict[str, str | bytes] = {
        "CLAUDE.md": "See @docs/a.md and `@docs/b.md` and @org/package.\n```\n@docs/b.md\n```\n",
        "docs/a.md": "Inner @c.md\n",
        "docs/b.md": "Never.\n",
        "docs/c.md": "Innermost.\n",
    }
    found = one(files, "CLAUDE.md")
    assert "Inner @c.md" in words(found) and "Innermost." in words(found) and "Never." not in words(found)
    assert read(files).gaps == ()


def test_what_a_proxy_calls_a_model() -> None:
    entry = "  - {{model_name: {0}, litellm_params: {{model: {1}}}}}\n"
    files: dict[str, str | bytes] = {
        "litellm_config.yaml": "model_list:\n" + entry.format("fast", "openai/gpt-4o-mini") + entry.format("mixed", "a/b") + entry.format("mixed", "c/d")
    }
    assert read(files).models == {"fast": "openai/gpt-4o-mini"}


@pytest.mark.parametrize("folder", ["", "prompts/", "system_prompts/deep/", ".claude/commands/", ".claude/rules/", ".cursor/rules/", ".github/prompts/"])
@pytest.mark.parametrize("name", ["a", "agents", "agents.md", "prompt", "prompts", "system_prompt", "a.prompt", "a.jinja", "litellm", "skill"])
def test_no_entry_of_the_table_is_about_code(folder: str, name: str) -> None:
    """A name that ends like code is not looked up there."""
    assert not any(each.path.search(f"{folder}{name}.py") for each in prompt_files() if each.format != NO_PROMPT)


@pytest.mark.parametrize("path", ["README.md", "prompts/README.md", "docs/guide.md", "src/app.py", "config.yaml", "data/x.json"])
def test_what_is_no_prompt(path: str) -> None:
    assert read({path: "Some text that is long enough to be taken for a prompt if only its path were one of those."}).texts == ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("prompts/a.md", "<!-- costgate: budget 1,200 -->\nHi there"),
        ("prompts/a.j2", "{#- costgate: budget 1200 -#}\nHi"),
        ("prompts/a.hbs", "{{!-- costgate: budget 1200 --}}\nHi"),
        ("prompts/a.yaml", "prompt: Hi there # costgate: budget 1200 tokens\n"),
        ("b/a.baml", 'function F() -> T {\n  // costgate: budget 1200\n  prompt #"Hi"#\n}'),
        ("x.prompty", "---\ncostgate: {budget: 1200}\n---\nHi"),
        ("x.prompty", "---\ncostgate_budget: 1_200\n---\nHi"),
    ],
)
def test_budgets_in_the_files_own_syntax(path: str, text: str) -> None:
    assert one({path: text}, path).budget == 1200


def test_a_budget_belongs_to_the_text_below_it_and_to_all_from_the_top() -> None:
    text = "a:\n  # costgate: budget 10\n  prompt: One two\nb:\n  prompt: Three four\n"
    assert [each.budget for each in read({"prompts.yaml": text}).texts] == [10, None]
    assert [each.budget for each in read({"prompts.yaml": f"# costgate: budget 7\n\n{text}"}).texts] == [10, 7]


def test_ignores_in_the_files_own_syntax() -> None:
    files: dict[str, str | bytes] = {
        "AGENTS.md": "Hi\n<!-- costgate: ignore[CG601, CG606] agreed with ops -->\n",
        "prompts/a.j2": "{# costgate: ignore[CG601] it is fine #}\nHi",
    }
    assert [(each.span.path, each.span.line, each.rules, each.reason) for each in read(files).suppressions] == [
        ("AGENTS.md", 2, ("CG601", "CG606"), "agreed with ops"),
        ("prompts/a.j2", 1, ("CG601",), "it is fine"),
    ]

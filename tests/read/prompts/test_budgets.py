"""A budget holds for every form of prompt file in each place where one may be set."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from costgate.gate import report_of_files

LONG = "Answer with great care, name every source, and never guess what you do not know for sure."
OPENAI = "from openai import OpenAI\n"
SEND = 'OpenAI().responses.create(model="gpt-4.1", input=TEXT, max_output_tokens=9)\n'


@dataclass(frozen=True)
class Form:
    """A prompt file, with a place for front matter and one for a comment, and the code that sends it."""

    path: str
    text: str
    code: str
    front: str = ""
    """The line that declares a budget of ten tokens, for `{front}` of the text."""
    comment: str = ""
    others: tuple[tuple[str, str], ...] = ()

    def files(self, *, front: bool = False, comment: bool = False) -> dict[str, str]:
        text = self.text.replace("{front}", self.front if front else "").replace("{comment}", self.comment if comment else "")
        others = {path: said.replace("{front}", self.front if front else "") for path, said in self.others}
        return {self.path: text, "app.py": self.code, **others}


YAML = "costgate: {budget: 10}\n"
HASH = "# costgate: budget 10\n"
JINJA = "{# costgate: budget 10 #}\n"
KERNEL = 'from semantic_kernel import Kernel\nfrom semantic_kernel.connectors.ai.open_ai import OpenAIChatCompletion\nk = Kernel()\nk.add_service(OpenAIChatCompletion(ai_model_id="gpt-4.1"))\n'
FORMS = {
    "prompty": Form("p/a.prompty", f"---\nmodel: {{id: gpt-4.1}}\n{{front}}---\nsystem:\n{{comment}}{LONG}\n", 'import prompty\nprompty.invoke("p/a.prompty")\n', YAML, JINJA),
    "prompt functions": Form(
        "s/W/J/skprompt.txt",
        f"{{comment}}{LONG}",
        KERNEL + 'k.invoke(function_name="J", plugin_name="W")\n',
        '"costgate": {"budget": 10}, ',
        "{{!-- costgate: budget 10 --}}\n",
        (("s/W/J/config.json", '{{front}"execution_settings": {"default": {"max_tokens": 9}}}'),),
    ),
    "BAML": Form(
        "b/a.baml",
        f'{{comment}}function F(x: string) -> string {{\n  client "openai/gpt-4.1"\n  prompt #"{LONG} {{{{ x }}}}"#\n}}\n',
        "from baml_client.sync_client import b\nb.F(x=question)\n",
        comment="// costgate: budget 10\n",
    ),
    "jinja": Form(
        "prompts/a.j2",
        f"{{comment}}{{% include 'b.j2' %}}{LONG}",
        f"{OPENAI}from jinja2 import Environment, FileSystemLoader\nTEXT = Environment(loader=FileSystemLoader('prompts')).get_template('a.j2').render()\n{SEND}",
        comment=JINJA,
        others=(("prompts/b.j2", "Short."),),
    ),
    "dotted": Form("a.prompt", f"---\nmodel: openai/gpt-4.1\ninput: {{}}\n{{front}}---\n{{comment}}{LONG}", f"{OPENAI}TEXT = open('a.prompt').read()\n{SEND}", YAML, "{{! costgate: budget 10 }}\n"),
    "tagged": Form("a.prompt", f"---\nmodel: gpt-4.1\nprovider: openai\n{{front}}---\n<system>\n{LONG}\n</system>\n", f"{OPENAI}TEXT = open('a.prompt').read()\n{SEND}", YAML),
    "message list": Form("a.prompt.yml", f"model: openai/gpt-4.1\n{{front}}messages:\n  - role: system\n    content: {LONG}  {{comment}}\n", f"import yaml\n{OPENAI}TEXT = yaml.safe_load(open('a.prompt.yml'))['messages']\n{SEND}", YAML, HASH),
    "evaluated": Form("promptfooconfig.yaml", f"{{front}}prompts:\n  {{comment}}  - {LONG}\n", "", YAML, HASH),
    "template file": Form("prompts/a.yaml", f'_type: prompt\n{{front}}{{comment}}template: "{LONG}"\n', 'from langchain_core.prompts import load_prompt\nfrom langchain_openai import ChatOpenAI\n(load_prompt("prompts/a.yaml") | ChatOpenAI(model="gpt-4.1", max_tokens=9)).invoke({})\n', YAML, HASH),
    "yaml data": Form("prompts.yaml", f"{{front}}a:\n  {{comment}}  system: {LONG}\n", f"import yaml\n{OPENAI}TEXT = yaml.safe_load(open('prompts.yaml'))['a']['system']\n{SEND}", YAML, HASH),
    "toml data": Form("prompts.toml", f'{{front}}[a]\n{{comment}}system = "{LONG}"\n', f"import tomllib\n{OPENAI}TEXT = tomllib.loads(open('prompts.toml').read())['a']['system']\n{SEND}", "costgate = {budget = 10}\n", HASH),
    "json data": Form("prompts.json", f'{{{{front}}\n"a": {{"system": "{LONG}"}}}}', f"import json\n{OPENAI}TEXT = json.load(open('prompts.json'))['a']['system']\n{SEND}", '"costgate": {"budget": 10},'),
    "text": Form("prompts/a.txt", LONG, f"{OPENAI}TEXT = open('prompts/a.txt').read()\n{SEND}"),
}  # fmt: skip


def found(form: Form, rule: str, config: str | None = None, **places: bool) -> list[str]:
    _, judgement = report_of_files(form.files(**places), config_text=config)
    return [each.span.path for each in judgement.findings if each.rule == rule and each.span is not None and each.state in ("open", "new")]


@pytest.mark.parametrize("name", FORMS)
def test_nothing_is_over_no_budget(name: str) -> None:
    assert found(FORMS[name], "CG601") == []


@pytest.mark.parametrize("name", [name for name, form in FORMS.items() if form.front])
def test_in_front_matter(name: str) -> None:
    assert found(FORMS[name], "CG601", front=True) == [FORMS[name].path]


@pytest.mark.parametrize("name", [name for name, form in FORMS.items() if form.comment])
def test_in_a_comment(name: str) -> None:
    assert found(FORMS[name], "CG601", comment=True) == [FORMS[name].path]


@pytest.mark.parametrize("name", FORMS)
def test_in_the_configuration_by_file_and_by_glob(name: str) -> None:
    form = FORMS[name]
    suffix = form.path.rpartition(".")[2]
    for place in (f"path: {form.path}", f'glob: "**/*.{suffix}"'):
        over = set(found(form, "CG601", f"budgets:\n  - {{{place}, tokens: 10}}\n"))
        assert over == {form.path}, place
        assert found(form, "CG601", f"budgets:\n  - {{{place}, tokens: 1000}}\n") == []


@pytest.mark.parametrize("name", [name for name, form in FORMS.items() if form.code])
def test_of_a_call_and_of_a_workload(name: str) -> None:
    form = FORMS[name]
    config = 'rules: {CG105: {severity: error, params: {limit: "0.0000001"}}}\n'
    assert found(form, "CG105", config) == ["app.py"]
    workload = "workloads:\n  - name: w\n    sites: [app.py]\n    budgets: {tokens_per_call: %s}\n"
    assert found(form, "CG955", workload % 10) == ["costgate.yaml"]
    assert found(form, "CG955", workload % 100_000) == []

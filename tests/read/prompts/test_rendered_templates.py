"""Templates that code renders: what the call sends is the file without its syntax, filled with what the code gives."""

from __future__ import annotations

import pytest

from costgate.gate import report_of_files
from costgate.model.prompt import Text
from costgate.model.snapshot import Snapshot

CALL = 'OpenAI().responses.create(model="gpt-4.1", input=TEXT, max_output_tokens=9)\n'
FILES = {
    "app/prompts/main.j2": '{# not sent #}\nYou are {{ name }}.\n{% include "part.j2" %}\n{% for d in docs %}Doc {{ d }}.{% endfor %}\n',
    "app/prompts/part.j2": "Be {{ tone }}.",
}


def sent(code: str, **files: str) -> tuple[str, Snapshot]:
    found, _ = report_of_files({**FILES, **files, "app/a.py": f"from openai import OpenAI\n{code}\n{CALL}"})
    assert isinstance(found, Snapshot)
    (site,) = found.reading.calls
    assert site.prompt is not None
    said = (part.text if isinstance(part, Text) else f"<{part.name}>" for part in site.prompt.segments)
    return " ".join("".join(said).split()), found


WHOLE = "You are Ada. Be <tone>. Doc <d>.<further docs>"


@pytest.mark.parametrize(
    "code",
    [
        'from jinja2 import Environment, FileSystemLoader\nenv = Environment(loader=FileSystemLoader("prompts"))\nTEXT = env.get_template("main.j2").render(name="Ada", docs=docs)',
        'from jinja2 import Environment, FileSystemLoader\nenv = Environment(loader=FileSystemLoader("app/prompts"))\nTEXT = env.get_template("main.j2").render(name="Ada", docs=docs)',
        "from pathlib import Path\nimport jinja2\nHERE = Path(__file__).parent\nenv = jinja2.Environment(autoescape=False, loader=jinja2.FileSystemLoader(HERE / 'prompts'))\nt = env.get_template('main.j2')\nTEXT = t.render(name='Ada')",
        "from pathlib import Path\nfrom jinja2 import Template\nTEXT = Template((Path(__file__).parent / 'prompts' / 'main.j2').read_text()).render(name='Ada')",
    ],
)  # fmt: skip
def test_a_template_of_a_file(code: str) -> None:
    text, found = sent(code)
    assert text == WHOLE
    (main,) = (each for each in found.prompts if each.source.span.path == "app/prompts/main.j2")
    assert len(main.source.used_by) == 1
    assert "Be ." in main.source.text and {section.span.path for section in main.sources} == {"app/prompts/main.j2", "app/prompts/part.j2"}


def test_a_template_in_code() -> None:
    assert sent('from jinja2 import Template\nT = """Hi {{ who }}{% if x %}, and\nbye{% endif %}"""\nTEXT = Template(T).render(who=name)')[0] == "Hi <who>, and bye"
    assert sent('from jinja2 import Environment\nTEXT = Environment().from_string("Say {{ x }}").render(x="one")')[0] == "Say one"


def test_a_template_that_leaves_the_tree_is_a_hole() -> None:
    code = 'from jinja2 import Environment, FileSystemLoader\nTEXT = Environment(loader=FileSystemLoader("/etc")).get_template("{}").render()'
    assert sent(code.format("passwd"))[0] == "<a template chosen at run time>"
    assert sent(code.format("../../etc/passwd"))[0] == "<a template chosen at run time>"

"""Prompt files of each format, alone and including themselves."""

import sys

import atheris
from instrumented import watch

watch("costgate.read.prompts")

from costgate.read.prompts.find import prompt_texts
from costgate.store.trees import FilesTree

NAMES = (
    "prompts/a.j2", "prompts/a.md", "prompts/a.txt", "prompts/a.yaml", "prompts/a.json", "prompts/a.toml", "a.prompty", "a.prompt",
    "a.poml", "a.baml", "CLAUDE.md", "AGENTS.md", ".cursor/rules/a.mdc", "promptfooconfig.yaml", "a.prompt.md", "skprompt.txt",
)  # fmt: skip


def target(data: bytes) -> None:
    """The first byte chooses the name."""
    name = NAMES[data[0] % len(NAMES)] if data else NAMES[0]
    prompt_texts(FilesTree({name: data[1:], "prompts/other.j2": "{% macro m(x) %}{{ x }}{% endmacro %}", "other.md": "hello"}))


if __name__ == "__main__":
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()

"""The reader, from the bytes of one Python file to its calls."""

import sys

import atheris
from instrumented import watch

watch("costgate.read")

from costgate.gate.reading import knowledge
from costgate.model.tree import NoCache
from costgate.read.link import read_tree
from costgate.store.trees import FilesTree

KNOWN = knowledge(NoCache())


def target(data: bytes) -> None:
    """Whatever the bytes are, they give a reading."""
    read_tree(FilesTree({"app.py": b"import openai\n" + data, "prompts/a.md": "hello"}), KNOWN, NoCache(), lambda done, parts: None, reach=True)


if __name__ == "__main__":
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()

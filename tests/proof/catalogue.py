"""The programs of the proof: what their headers say, how many there are of each kind, and the shape of their code."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import dropwhile
from pathlib import Path
from typing import Any

from costgate.knowledge.strict import load

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE / "programs"
REQUIREMENTS = HERE / "requirements"
TRAITS = {
    "agent": "agents",
    "wrapper": "with wrappers",
    "config": "with models from configuration",
}
"""What a program may say that it shows, and how that is counted."""


@dataclass(frozen=True, slots=True)
class Program:
    """One program: a file, or a folder with a main.py. `env` names a file of requirements."""

    name: str
    main: Path
    env: str
    script: tuple[str, ...]
    shows: tuple[str, ...] = ()

    def code(self) -> dict[str, str]:
        """The same without the header."""
        found = self.files()
        lines = found[self.main.name].splitlines(keepends=True)
        found[self.main.name] = "".join(dropwhile(lambda line: line.startswith("# "), lines))
        return found

    @property
    def sdk(self) -> str:
        """The folder it is in."""
        return self.name.split("/")[0]

    @property
    def fails(self) -> bool:
        """Whether the server refuses or is late at least once."""
        return any(word.isdigit() or word == "slow" for word in self.script)

    @property
    def shape(self) -> str:
        """Its code without names and values: what is imported, called and passed, and how it is put together."""
        return "\n".join(_shape(ast.parse(text)) for path, text in self.files().items() if path.endswith(".py"))

    def files(self) -> dict[str, str]:
        """What costgate is given to read."""
        if self.main.name != "main.py":
            return {self.main.name: self.main.read_text("utf-8")}
        folder = self.main.parent
        paths = [path for path in sorted(folder.rglob("*")) if path.is_file() and "__pycache__" not in path.parts]
        return {path.relative_to(folder).as_posix(): path.read_text("utf-8") for path in paths}


def programs(wanted: Sequence[str]) -> list[Program]:
    """All programs, or those whose name contains one of the words."""
    mains = [*PROGRAMS.glob("*/*.py"), *PROGRAMS.glob("*/*/main.py")]
    found = [_program(path) for path in sorted(mains)]
    return [each for each in found if not wanted or any(word in each.name for word in wanted)]


def _program(path: Path) -> Program:
    inner = path.parent if path.name == "main.py" else path.with_suffix("")
    name = inner.relative_to(PROGRAMS).as_posix()
    lines = path.read_text("utf-8").splitlines()
    head = [line[2:] for line in lines[: next(i for i, line in enumerate(lines) if not line.startswith("# "))]]
    about = load("\n".join(head), name)
    unknown = about.keys() - {"env", "answers", "shows"}
    strange = set(about.get("shows", ())) - TRAITS.keys()
    if unknown or strange:
        raise SystemExit(f"{name}: unknown words in its header: {', '.join(sorted({*unknown, *strange}))}")
    return Program(name, path, about["env"], script_of(about["answers"]), tuple(about.get("shows", ())))


def script_of(words: Sequence[Any]) -> tuple[str, ...]:
    """`500 x 3` is three times 500."""
    found: list[str] = []
    for word in words:
        what, _, times = str(word).partition(" x ")
        found += [what] * int(times or 1)
    return tuple(found)


def counts(chosen: Sequence[Program]) -> dict[str, int]:
    """How many SDKs and frameworks, and programs of each kind."""
    made = {"SDKs and frameworks": len({each.sdk for each in chosen})}
    made["with 429, 500 or timeouts"] = sum(each.fails for each in chosen)
    made |= {words: sum(trait in each.shows for each in chosen) for trait, words in TRAITS.items()}
    made["with wrappers or models from configuration"] = sum(bool({"wrapper", "config"}.intersection(each.shows)) for each in chosen)
    made["shapes of code"] = len({each.shape for each in chosen})
    return made


def _shape(node: ast.AST) -> str:
    """A tree as text: kinds of node, attributes, keywords and imports, without names and values."""
    told = [type(node).__name__]
    if isinstance(node, ast.Attribute):
        told.append(node.attr)
    if isinstance(node, ast.keyword):
        told.append(node.arg or "**")
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        told += [getattr(node, "module", None) or "", *(each.name for each in node.names)]
    inner = [_shape(each) for each in ast.iter_child_nodes(node) if not isinstance(each, (ast.expr_context, ast.alias))]
    return f"{'.'.join(told)}({','.join(inner)})"

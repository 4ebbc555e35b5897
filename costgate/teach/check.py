"""Checks SDK files: their words, what they claim together, and whether their examples are read as they say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from costgate.gate import knowledge
from costgate.knowledge.sdks import check_words, load_sdks, shown
from costgate.knowledge.strict import line_of, load_marked
from costgate.model.call import CallSite
from costgate.model.config import Config
from costgate.model.error import UserError
from costgate.model.tree import NoCache
from costgate.model.value import ABSENT, Absent, Known, Unknown, Value
from costgate.read.link import read_tree
from costgate.store.git import find_root
from costgate.store.trees import FilesTree
from costgate.teach.local import taught_at, text_of

EXAMPLE = "costgate_example.py"
"""A name that no taught module has, since an example imports those."""


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking some files gave. `invalid`: a file could not be used at all, which is the user's mistake."""

    complaints: tuple[str, ...]
    files: int
    examples: int
    invalid: bool


def check_named(start: Path, names: Sequence[str]) -> Checked:
    """Check the SDK files of the repository around a folder, or the files named, beside the others of it."""
    config = taught_at(start)
    root = (find_root(start) or start).resolve()
    files = {_place(root, Path(start, name)): text_of(Path(start, name)) for name in names}
    own = [(where, text) for where, text in config.sdks if where not in files]
    return check_files(replace(config, sdks=(*own, *files.items())), tuple(files))


def _place(root: Path, path: Path) -> str:
    """A file's place as the configuration says it, where it lies in the repository."""
    resolved = path.resolve()
    return resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else str(path)


def check_files(config: Config, wanted: Sequence[str] = ()) -> Checked:
    """Check the SDK files of a configuration; with `wanted`, the examples of these alone."""
    chosen = [(where, text) for where, text in config.sdks if not wanted or where in wanted]
    broken = [told for told in (_broken(where, text) for where, text in config.sdks) if told]
    if broken:
        return Checked(tuple(broken), len(chosen), 0, invalid=True)
    try:
        load_sdks(config.sdks)
    except UserError as error:
        return Checked((str(error),), len(chosen), 0, invalid=True)
    made = {**knowledge(NoCache(), config.sdks), "aliases": config.aliases}
    complaints: list[str] = []
    examples = 0
    for where, text in chosen:
        data, lines = load_marked(text, shown(where))
        for number, example in enumerate(data.get("examples", ())):
            examples += 1
            for place, told in differences(example, made):
                line = line_of(lines, ("examples", number, *place))
                complaints.append(f"{shown(where)}:{line}: example {number + 1}: {told}")
    return Checked(tuple(complaints), len(chosen), examples, invalid=False)


def differences(example: Mapping[str, Any], made: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Where in an example it says something else than what is read in its code, and what."""
    reading = read_tree(FilesTree({EXAMPLE: example["code"]}), made, NoCache())
    for path, why in reading.unread.items():
        yield ("code",), f"{path}: {why}"
    left = list(reading.calls)
    for index, entry in enumerate(example["sees"]):
        found = next((site for site in left if (site.span.line, site.kind) == (entry["line"], entry["kind"])), None)
        if found is None:
            yield ("sees", index), f"no {entry['kind']} is seen on line {entry['line']}"
            continue
        left.remove(found)
        for role in entry:
            said, seen = str(_absent(entry[role])), _seen(found, role)
            if seen is not None and seen != said:
                yield ("sees", index, role), f"{role} on line {entry['line']} is {seen}, not {said}"
    for site in left:
        yield ("sees",), f"{site.kind} on line {site.span.line} is seen and not listed"


def _broken(where: str, text: str) -> str | None:
    try:
        check_words(text, where)
    except UserError as error:
        return str(error)
    return None


def _absent(said: Any) -> Any:
    return "absent" if said == "unbounded" else str(said).lower() if isinstance(said, bool) else said


def _seen(site: CallSite, role: str) -> str | None:
    """What is read for a role, as an example writes it; None for what an example's value is not compared with."""
    if role in ("line", "kind", "prompt"):
        return None
    if role == "provider":
        return str(site.provider)
    if role == "attempts":
        return _attempts(site)
    return _word(site.arg(role))


def _attempts(site: CallSite) -> str:
    product = 1
    for layer in site.retries:
        if layer.unbounded:
            return "absent"
        if layer.attempts is None:
            return "unknown"
        product *= layer.attempts
    return str(product)


def _word(value: Value) -> str:
    if isinstance(value, Unknown):
        return "unknown"
    members = value.values if isinstance(value, Known) else (ABSENT,)
    words = ["absent" if isinstance(each, Absent) else str(_absent(each)) for each in members]
    return " or ".join(words)

"""Prompt files and the text that calls are seen to send, brought together as the prompt sources of a tree."""

from __future__ import annotations

import posixpath
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from costgate.model.prompt import PromptSource
from costgate.model.tree import Tree
from costgate.read.prompts.page import FileText

MAX_NAMES = 3_000
MAX_BYTES = 2_000_000
MAX_TELLING = 12
"""So many first characters tell texts on one line apart."""
_NAMING = (".py", ".ipynb", ".yaml", ".yml", ".toml", ".json", ".cfg", ".ini", ".j2", ".jinja", ".jinja2", ".prompty", ".prompt")


def joined(sent: Sequence[PromptSource], files: Sequence[FileText], tree: Tree) -> tuple[PromptSource, ...]:
    """One entry for each place: what calls send of a file, and the files' texts that no call is seen to send."""
    by_path: dict[str, list[PromptSource]] = defaultdict(list)
    for source in sent:
        by_path[source.span.path].append(source)
    several = {path for path, count in _counted(files).items() if count > 1}
    ranges = [(text.span.path, range(text.span.line, text.span.end_line + 1)) for text in files if text.span.path in several]
    begun = {(path, line) for path, lines in ranges for line in lines}
    beside = Counter((text.span.path, text.span.line) for text in files)
    found: list[PromptSource] = []
    met: set[int] = set()
    for text in files:
        own = [each for each in by_path[text.span.path] if text.span.path not in several or _covers(text, each, begun)]
        met.update(map(id, own))
        if beside[text.span.path, text.span.line] > 1:  # several on one line, told apart by what they say
            own = [replace(each, text=text.text) for each in own if text.text[:MAX_TELLING] in each.text]
        found.append(_source(text, own))
    rest = [source for source in sent if id(source) not in met]
    return tuple(sorted(_mentioned([*rest, *found], tree), key=lambda each: (each.span.path, each.span.cell or 0, each.span.line)))


def _counted(files: Iterable[FileText]) -> dict[str, int]:
    counts: dict[str, int] = defaultdict(int)
    for text in files:
        counts[text.span.path] += 1
    return counts


def _covers(text: FileText, source: PromptSource, begun: set[tuple[str, int]]) -> bool:
    """Whether a source stands in a text of a file: at its lines, or at its key, where no other text stands."""
    line = source.span.line
    key = line == text.span.line - 1 and (source.span.path, line) not in begun
    return key or text.span.line <= line <= text.span.end_line


def _source(text: FileText, sent: Sequence[PromptSource]) -> PromptSource:
    """What calls send is the text itself; what only the file says is its budget, its holes, and when it is sent."""
    made = PromptSource(
        text.span, text.text, text.role, text.load, (), text.budget, text.format, text.parts, text.model
    )
    if not sent:
        return made
    users = tuple(sorted({key for each in sent for key in each.used_by}))
    made = replace(made, role=sent[0].role or text.role, used_by=users, mentioned=True)
    # what a template brings in from elsewhere is sent with it
    together = any(part.span.path != text.span.path or part.span.line < text.span.line for part in text.parts)
    return made if together else replace(made, text="".join(each.text for each in sent))


def _mentioned(sources: Sequence[PromptSource], tree: Tree) -> list[PromptSource]:
    """Whether anything in the tree names the files that no call is seen to send."""
    asked = {each.span.path for each in sources if each.format and each.load == "code" and not each.used_by}
    names = {path: _names(path) for path in sorted(asked)[:MAX_NAMES]}
    known = _named({name for both in names.values() for name in both}, tree) if names else {}
    answers = {path: _answer(path, own, folder, known) for path, (own, folder) in names.items()}
    return [replace(each, mentioned=answers[each.span.path]) if each.span.path in answers else each for each in sources]


def _names(path: str) -> tuple[str, str]:
    """The name of a file without its suffixes, and that of its folder."""
    stem = posixpath.basename(path).lstrip("_.").split(".")[0]
    return stem, posixpath.basename(posixpath.dirname(path))


def _answer(path: str, stem: str, folder: str, known: dict[str, set[str]]) -> bool | None:
    if known.get(stem, set()) - {path}:
        return True
    return None if known.get(folder, set()) - {path} or not folder else False


def _named(names: set[str], tree: Tree) -> dict[str, set[str]]:
    """Each name with the files that it stands in as a word."""
    wanted = sorted((re.escape(name.encode(errors="surrogatepass")) for name in names if name), key=len, reverse=True)
    pattern = re.compile(rb"(?<![\w-])(" + b"|".join(wanted) + rb")(?![\w-])")
    found: dict[str, set[str]] = defaultdict(set)
    for entry in tree.entries():
        if entry.kind == "file" and entry.path.endswith(_NAMING) and (entry.size or 0) <= MAX_BYTES:
            try:
                data = tree.read(entry.path)
            except (OSError, KeyError):
                continue
            for name in {match.group(1) for match in pattern.finditer(data)} if len(data) <= MAX_BYTES else ():
                found[name.decode("utf-8", "replace")].add(entry.path)
    return found

"""Puts a rule file to the proof: it is well formed, its examples come out as marked, and every condition matters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

from costgate.model.error import UserError
from costgate.model.finding import Rule
from costgate.policy.check import check_rule
from costgate.policy.example import Example, examples, leaves, without
from costgate.policy.rule import from_document
from costgate.policy.soundness import contradictions

Lines: TypeAlias = "Mapping[tuple[str | int, ...], int]"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one example gave: the (path, line) of every finding, and whether the rule could not tell."""

    fires: frozenset[tuple[str, int]]
    abstained: bool


class Bench(Protocol):
    """Where examples are run: read and measured once, judged as often as needed."""

    def measure(self, example: Example) -> Any:
        """The trees of an example, read and measured."""
        ...

    def judge(self, rule: Rule, example: Example, measured: Any) -> Outcome:
        """What the rule finds in them."""
        ...


def prove(files: Iterable[tuple[str, str]], others: Iterable[Rule], bench: Bench) -> Iterator[UserError]:
    """Everything that is wrong with some rule files (path, text). `others`: rules whose ids and names are taken."""
    taken = {word: rule for rule in others for word in (rule.id, rule.name)}
    for path, text in files:
        try:
            document = check_rule(path, text)
        except UserError as error:
            yield error
            continue
        rule = from_document(document, path)
        lines = _lines(path, text)
        for key in ("id", "name"):
            word = document[key]
            if word in taken:
                yield UserError(f"{word} is already the rule in {taken[word].source}", where=_at(path, lines, (key,)))
            taken.setdefault(word, rule)
        yield from _contradictions(rule, path, lines)
        yield from _examples(rule, path, lines, bench)


def _lines(path: str, text: str) -> Lines:
    from costgate.knowledge.strict import load_marked

    return load_marked(text, path)[1]


def _at(path: str, lines: Lines, place: tuple[str | int, ...]) -> str:
    from costgate.knowledge.strict import line_of

    return f"{path}:{line_of(lines, place)}"


def _contradictions(rule: Rule, path: str, lines: Lines) -> Iterator[UserError]:
    defaults = {name: spec["default"] for name, spec in rule.params.items()}
    for place, told in contradictions(rule.match, defaults):
        yield UserError(told, where=_at(path, lines, ("match", *place)), hint="what depends on both never fires")


def _examples(rule: Rule, path: str, lines: Lines, bench: Bench) -> Iterator[UserError]:
    try:
        proofs = examples(rule)
    except UserError as error:
        yield _moved(error, _at(path, lines, ("examples",)))
        return
    for word, good in (("bad", False), ("good", True)):
        if not any(example.good is good for example in proofs):
            hint = "one that must stay silent" if good else "one with the lines that must fire"
            yield UserError(f"there is no {word} example", where=_at(path, lines, ("examples",)), hint=hint)
    measured = []
    failed = False
    for word, index, example in _numbered(proofs):
        trees = bench.measure(example)
        measured.append((example, trees))
        told = _told(example, bench.judge(example.rule(rule), example, trees))
        if told:
            failed = True
            yield UserError(f"example {example.title!r} {told}", where=_at(path, lines, ("examples", word, index)))
    if failed:
        return  # what no example needs cannot be told while they do not say what the rule does
    for place in leaves(rule.match):
        shorter = without(rule.match, place)
        if not any(_differs(rule, shorter, example, trees, bench) for example, trees in measured):
            where = _at(path, lines, ("match", *place))
            yield UserError("no example needs this condition", where=where, hint="add one that fails without it")


def _numbered(proofs: Iterable[Example]) -> Iterator[tuple[str, int, Example]]:
    counts = {"bad": 0, "good": 0}
    for example in proofs:
        word = "good" if example.good else "bad"
        yield word, counts[word], example
        counts[word] += 1


def _differs(rule: Rule, match: Mapping[str, Any], example: Example, trees: Any, bench: Bench) -> bool:
    changed = replace(example.rule(rule), match=match)
    return bench.judge(changed, example, trees).fires != example.fires


def _told(example: Example, outcome: Outcome) -> str:
    missing = sorted(example.fires - outcome.fires)
    extra = sorted(outcome.fires - example.fires)
    parts = [f"does not fire at {_places(missing)}"] if missing else []
    parts += [f"fires at {_places(extra)}, which is not marked"] if extra else []
    if example.abstains and not outcome.abstained and not parts:
        parts.append("does not abstain")
    return " and ".join(parts)


def _places(found: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{path}:{line}" for path, line in found)


def _moved(error: UserError, where: str) -> UserError:
    # the same mistake, at a nearer place
    return UserError(error.message, where=where, hint=error.hint)

"""Rule files on disk: what they hold, and the proof of them by running their examples through the gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from costgate.config import TEAM_FOLDER, bound, load_config, parse_config, teach
from costgate.gate import changed_paths, measure_files
from costgate.judge import judge
from costgate.knowledge.prices import load_book
from costgate.knowledge.strict import nearest
from costgate.model.config import Config, Offer
from costgate.model.error import UserError
from costgate.model.finding import Rule
from costgate.model.snapshot import Comparison, Snapshot
from costgate.model.text import decoded
from costgate.policy.example import Example
from costgate.policy.proof import Outcome, prove
from costgate.policy.rule import load_rules, packaged_folder
from costgate.store.git import find_root
from costgate.store.trees import FilesTree

ENDINGS = (".yml", ".yaml")


def check_rules(paths: Sequence[Path], start: Path) -> tuple[int, tuple[UserError, ...]]:
    """How many rule files there are, and everything that is wrong with them. Without paths, those of the repository."""
    given = list(paths) or [_team_folder(start)]
    files = [file.resolve() for path in given for file in _rule_files(path)]
    packaged = packaged_folder().resolve()
    rules = load_rules()
    others = () if any(file.is_relative_to(packaged) for file in files) else rules
    own = [(_shown(file, start), _text(file)) for file in files]
    return len(files), tuple(prove(own, others, Bench(rules, load_config(find_root(start) or start).predicates)))


def known_rules(start: Path) -> tuple[Rule, ...]:
    """The packaged rules and the team's own, as they are on disk. UserError for one that is not well formed."""
    folder = _team_folder(start)
    files = _rule_files(folder) if folder.is_dir() else []
    return load_rules([(_shown(file.resolve(), start), _text(file)) for file in files])


def rules_named(names: Sequence[str], start: Path) -> list[Rule]:
    """Rules by their ids or names. UserError for one that there is not."""
    known = {word: rule for rule in known_rules(start) for word in (rule.id, rule.name)}
    for name in names:
        if name not in known:
            close = nearest(name, known)
            raise UserError(f"no rule {name!r}", hint=f"did you mean {close}?" if close else "see costgate rules list")
    return [known[name] for name in names]


def _team_folder(start: Path) -> Path:
    return (find_root(start) or start) / TEAM_FOLDER


@dataclass(frozen=True, slots=True)
class Measured:
    """What an example gave before any rule was asked."""

    trees: Snapshot | Comparison
    config: Config


@dataclass(frozen=True, slots=True)
class Bench:
    """Reads and judges examples. `rules`: the packaged ones, whose ignores a rule about exceptions may ask for;
    `offers`: the predicates that the configuration lets rules ask.
    """

    rules: tuple[Rule, ...]
    offers: tuple[Offer, ...] = ()

    def measure(self, example: Example) -> Measured:
        """The trees of an example, read and measured."""
        config = Config() if example.config is None else parse_config(example.config, "costgate.yaml")
        config = teach(config, FilesTree(example.files))
        return Measured(measure_files(example.files, example.before, config), config)

    def judge(self, rule: Rule, example: Example, measured: Measured) -> Outcome:
        """What the rule finds in them."""
        (rule,) = bound((rule,), self.offers)
        paths = frozenset(example.files)
        if example.before is not None:
            paths = changed_paths(FilesTree(example.before), FilesTree(example.files))
        others = self.rules if rule.each == "exception" else ()
        book = load_book().date
        judged = judge(
            (*(each for each in others if each.id != rule.id), rule),
            measured.trees,
            measured.config,
            mode="check" if example.before is None else "diff",
            paths=paths,
            as_of=example.as_of or book,
            book_date=book,
        )
        own = [each for each in judged.findings if each.rule == rule.id and each.state == "open"]
        fires = frozenset((each.span.path, each.span.line) for each in own)
        return Outcome(fires, any(each.rule == rule.id for each in judged.abstentions))


def _rule_files(path: Path) -> list[Path]:
    if not path.exists():
        raise UserError("no such file or folder", where=str(path), hint="a team's rules are in .costgate/rules")
    if path.is_file():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix in ENDINGS and file.is_file())


def _text(file: Path) -> str:
    return decoded(file.read_bytes(), str(file))


def _shown(file: Path, start: Path) -> str:
    top = start.resolve()
    return (file.relative_to(top) if file.is_relative_to(top) else file).as_posix()

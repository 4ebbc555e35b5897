"""Files given as text, measured and judged as rule and SDK examples are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from costgate.compare import compare
from costgate.config import parse_config, teach
from costgate.gate.judged import asked_of, changed_paths
from costgate.gate.policy import rules_of
from costgate.gate.reading import snapshot_of
from costgate.judge import Judgement, judge
from costgate.model.config import Config
from costgate.model.finding import Rule
from costgate.model.setting import Setting
from costgate.model.snapshot import Comparison, Snapshot
from costgate.model.tree import NoCache
from costgate.store.trees import FilesTree


def report_of_files(
    files: Mapping[str, str],
    *,
    before: Mapping[str, str] | None = None,
    config_text: str | None = None,
    rules: Sequence[Rule] | None = None,
    as_of: str = "2026-11-22",
) -> tuple[Snapshot | Comparison, Judgement]:
    """Measure and judge files given as text, as rule and SDK examples do. With `before`, as a change."""
    setting = Setting(as_of, NoCache())
    config = Config() if config_text is None else parse_config(config_text, "costgate.yaml")
    config = teach(config, FilesTree(files))
    measured = measure_files(files, before, config)
    chosen = rules_of(FilesTree(files if before is None else before), config) if rules is None else tuple(rules)
    if before is None:
        return measured, judge(chosen, measured, config, mode="check", paths=tuple(files), **asked_of(setting))
    paths = changed_paths(FilesTree(before), FilesTree(files))
    return measured, judge(chosen, measured, config, mode="diff", paths=paths, **asked_of(setting))


def measure_files(files: Mapping[str, str], before: Mapping[str, str] | None, config: Config) -> Snapshot | Comparison:
    """Measure files given as text; with `before`, both sides."""
    setting = Setting("", NoCache())
    head = snapshot_of(FilesTree(files), config, setting, ())
    return head if before is None else compare(snapshot_of(FilesTree(before), config, setting, ()), head)

"""costgate.yaml: found, checked, and turned into the settings of a run."""

from __future__ import annotations

from costgate.config.accepted import DEFAULT, tree_baseline
from costgate.config.measured import DEFAULT as MEASURED
from costgate.config.offered import bound, withheld_offers
from costgate.config.prices import in_force
from costgate.config.source import NAMES, load_config, parse_config, parse_pyproject, tree_config
from costgate.config.taught import fingerprint, hidden_by, teach, withheld
from costgate.config.team import TEAM_FOLDER, rules_changed, team_rules
from costgate.config.trust import exceptions_changed, policy_changes, trusted
from costgate.config.what_if import asking

__all__ = [
    "DEFAULT",
    "MEASURED",
    "NAMES",
    "TEAM_FOLDER",
    "asking",
    "bound",
    "exceptions_changed",
    "fingerprint",
    "hidden_by",
    "in_force",
    "load_config",
    "parse_config",
    "parse_pyproject",
    "policy_changes",
    "rules_changed",
    "teach",
    "team_rules",
    "tree_baseline",
    "tree_config",
    "trusted",
    "withheld",
    "withheld_offers",
]

"""costgate.yaml: found, checked, and turned into the settings of a run."""

from __future__ import annotations

from costgate.config.names import check_rule_names
from costgate.config.source import NAMES, load_config, parse_config, parse_pyproject, tree_config
from costgate.config.taught import fingerprint, teach
from costgate.config.trust import loosened, trusted

__all__ = [
    "NAMES",
    "check_rule_names",
    "fingerprint",
    "load_config",
    "loosened",
    "parse_config",
    "parse_pyproject",
    "teach",
    "tree_config",
    "trusted",
]

"""Fixes: edits of a few characters that make a finding go away and leave every other byte as it is."""

from costgate.fix.edit import apply, offset, patch
from costgate.fix.plan import Bench, offered

__all__ = ["Bench", "apply", "offered", "offset", "patch"]

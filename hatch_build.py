"""Compiles the SDK data into the wheel, as Python does with modules: the first run of a machine need not do it."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CompiledKnowledge(BuildHookInterface):
    """Adds costgate/knowledge/compiled.json to a wheel; an editable install has none and compiles at its first run."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write it, and say where it goes."""
        if version == "editable":
            return
        sys.path.insert(0, self.root)
        try:
            from costgate.knowledge.sdks import PACKED, load_sdks
        finally:
            sys.path.remove(self.root)
        self.folder = tempfile.TemporaryDirectory()
        made = Path(self.folder.name) / PACKED
        made.write_text(json.dumps(load_sdks(), ensure_ascii=False, separators=(",", ":")), "utf-8", newline="\n")
        build_data["force_include"][str(made)] = f"costgate/knowledge/{PACKED}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Clear up."""
        if version != "editable":
            self.folder.cleanup()

"""Where facts are kept between runs."""

from __future__ import annotations

import os
import sys


def cache_folder() -> str:
    """The folder that the environment names, else the user's folder for caches on this system."""
    given = os.environ.get("COSTGATE_CACHE_DIR")
    if given:
        return given
    if sys.platform == "linux":  # what the library below says there, without loading it for every commit
        folder = os.environ.get("XDG_CACHE_HOME", "").strip() or f"{os.environ.get('HOME', '')}/.cache"
        if folder.startswith("/") and len(folder) > len("/.cache"):
            return f"{folder}/costgate"
    from platformdirs import user_cache_path

    return str(user_cache_path("costgate", appauthor=False))

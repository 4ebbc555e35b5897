"""The time in which much is imported: nothing of it is garbage, and looking for some takes a tenth of a short run."""

from __future__ import annotations

import gc
from types import TracebackType


class Loading:
    """A `with` around imports, in which the collector of garbage waits; what the first one made is not looked at again."""

    def __enter__(self) -> None:
        self.was_on = gc.isenabled()
        gc.disable()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if not gc.get_freeze_count():  # once: later there is what a run has made, and will let go of
            gc.freeze()
        if self.was_on:
            gc.enable()

"""The collector of garbage waits while modules are imported, and only then."""

from __future__ import annotations

import gc

import pytest

from costgate.model.loading import Loading


@pytest.mark.parametrize("on", [True, False])
def test_the_collector_is_as_it_was_afterwards(on: bool) -> None:
    was = gc.isenabled()
    try:
        (gc.enable if on else gc.disable)()
        with Loading():
            assert not gc.isenabled()
        with pytest.raises(ZeroDivisionError), Loading():
            _ = 1 // 0
        assert gc.isenabled() is on
    finally:
        (gc.enable if was else gc.disable)()


def test_what_a_run_makes_is_never_kept() -> None:
    with Loading():
        pass
    before = gc.get_freeze_count()
    assert before
    kept = [[each] for each in range(1000)]
    with Loading():
        kept.append([])
    assert gc.get_freeze_count() <= before

"""Workloads that only a change puts a call into: by a new way to it, or through a helper that it calls now."""

from __future__ import annotations

from collections.abc import Mapping

from costgate.model.snapshot import Comparison
from costgate.policy.glob import site_matches


def newly_placed(
    comparison: Comparison, base: Mapping[str, tuple[str, ...]], head: Mapping[str, tuple[str, ...]]
) -> dict[str, frozenset[str]]:
    """The workloads of each head call that the base did not have it in, and whose sites do not name where it stands.

    `base`, `head`: the workloads of each call, by its key.
    """
    before = {change.after.key: change.before.key for change in comparison.changes if change.after and change.before}
    sites = {each.workload.name: each.workload.sites for each in comparison.head.workloads}
    found = {}
    for call in comparison.head.reading.calls:
        had = base.get(before.get(call.key, call.key), ())
        new = frozenset(
            name
            for name in head.get(call.key, ())
            if name not in had and not any(site_matches(call.span.path, call.context.function, glob) for glob in sites[name])
        )
        if new:
            found[call.key] = new
    return found

"""Calls that a change moves to where tests stand: they are judged as what they were."""

from __future__ import annotations

from dataclasses import replace

from costgate.model.call import CallSite
from costgate.model.snapshot import Comparison


def undisguised(comparison: Comparison) -> Comparison:
    """The same comparison; a call that was no test's in the base, or takes the place of one that is gone, is none."""
    moved = {
        change.after.key
        for change in comparison.changes
        if change.after and change.before and change.after.context.in_test and not change.before.context.in_test
    }
    there = {site.key for site in comparison.head.reading.calls}
    gone = {_what(site) for site in comparison.base.reading.calls if site.key not in there and not site.context.in_test}
    before = {site.key for site in comparison.base.reading.calls}
    calls = comparison.head.reading.calls
    keys = moved | {
        site.key for site in calls if site.context.in_test and site.key not in before and gone and _what(site) in gone
    }
    if not keys:
        return comparison
    plain = {site.key: replace(site, context=replace(site.context, in_test=False)) for site in calls if site.key in keys}
    reading = replace(comparison.head.reading, calls=tuple(plain.get(site.key, site) for site in calls))
    changes = tuple(
        replace(change, after=plain[change.after.key]) if change.after and change.after.key in plain else change
        for change in comparison.changes
    )
    return replace(comparison, head=replace(comparison.head, reading=reading), changes=changes)


def _what(site: CallSite) -> tuple[str, str]:
    return site.context.function, site.sdk

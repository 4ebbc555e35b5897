"""Conditions that YAML cannot say: pure functions from the facts at hand and the parameters to a truth, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from costgate.model.value import Truth
from costgate.policy.subject import Subjects

Predicate: TypeAlias = "Callable[[Subjects, Mapping[str, Any]], Truth]"


def stacked_retries(subjects: Subjects, params: Mapping[str, Any]) -> Truth:
    """Whether two or more layers repeat the same request, so that their tries multiply. A quantifier cannot count."""
    layers = subjects["call"].site.retries
    certain = [layer for layer in layers if layer.unbounded or (layer.attempts or 0) > 1]
    unsure = [layer for layer in layers if layer.attempts is None and not layer.unbounded]
    if len(certain) > 1:
        return True
    return None if unsure and len(certain) + len(unsure) > 1 else False


PREDICATES: Mapping[str, Predicate] = {
    "stacked_retries": stacked_retries,
}
"""The registry: the name a rule uses -> the function. Adding one is a function and a line here."""

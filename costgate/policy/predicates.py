"""Conditions that YAML cannot say: pure functions from the facts at hand and the parameters to a truth, by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from costgate.model.value import Truth, Unknown
from costgate.policy.subject import Subjects

Predicate: TypeAlias = "Callable[[Subjects, Mapping[str, Any]], Truth | Unknown]"
"""What it gives: a truth, or Unknown with the reason why it cannot tell."""
OFFERED = "^[A-Za-z0-9][A-Za-z0-9._-]*:[a-z][a-z0-9_]*$"
"""How a rule names a predicate of an installed distribution: the distribution, a colon, the predicate."""


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


def named_in(match: Any) -> tuple[str, ...]:
    """The predicates that a match names, each once."""
    if isinstance(match, list):
        return tuple(dict.fromkeys(name for part in match for name in named_in(part)))
    if not isinstance(match, Mapping):
        return ()
    own = (match["predicate"],) if isinstance(match.get("predicate"), str) else ()
    return tuple(dict.fromkeys((*own, *(name for part in match.values() for name in named_in(part)))))

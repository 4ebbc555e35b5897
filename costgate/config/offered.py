"""Predicates that installed distributions offer: found by entry point, imported away from the judged tree."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial
from importlib import import_module, machinery, util
from pathlib import Path
from typing import Any

from costgate.model.config import Config, Offer
from costgate.model.error import UserError
from costgate.model.finding import Rule
from costgate.model.value import Truth, Unknown
from costgate.policy.facts import look_up, table
from costgate.policy.predicates import PREDICATES, Predicate, named_in
from costgate.policy.subject import Subjects

GROUP = "costgate.predicates"
"""The entry points of a distribution that are predicates; the value of each is module:function."""


def offer_named(name: str, root: str) -> Offer | None:
    """What the distribution of that name offers; None where none is installed outside of the judged tree or it has none."""
    from importlib import metadata

    with apart(root):
        # asked of the finder itself: a backport of importlib.metadata takes it away from those that all imports go through
        context = metadata.DistributionFinder.Context(name=name, path=list(sys.path))
        distribution = next(iter(metadata.MetadataPathFinder.find_distributions(context)), None)
        if distribution is None:
            return None
        points = {each.name: each.value for each in distribution.entry_points if each.group == GROUP}
        return Offer(name, distribution.version, points, root) if points else None


def withheld_offers(config: Config) -> Config:
    """The configuration of a change that has no base to name what it names: its rules abstain instead of asking."""
    return replace(config, predicates=tuple(replace(offer, withheld=True) for offer in config.predicates))


def bound(rules: Iterable[Rule], offers: Iterable[Offer]) -> tuple[Rule, ...]:
    """The rules with the predicates that they name. UserError at the rule for one that nobody offers."""
    known = {offer.name: offer for offer in offers}
    return tuple(_bound(rule, known) for rule in rules)


def _bound(rule: Rule, offers: Mapping[str, Offer]) -> Rule:
    foreign = [name for name in named_in(rule.match) if name not in PREDICATES]
    if not foreign:
        return rule
    return replace(rule, predicates={name: _predicate(name, rule, offers) for name in foreign})


def _predicate(name: str, rule: Rule, offers: Mapping[str, Offer]) -> Predicate:
    distribution, _, function = name.partition(":")
    where = f"{rule.source}:{rule.line}"
    offer = offers.get(distribution)
    if offer is None:
        hint = f"predicates: [{distribution}] in costgate.yaml, and the distribution installed beside costgate"
        raise UserError(f"the configuration names no {distribution}, whose predicate the rule asks", where=where, hint=hint)
    if offer.withheld:
        return partial(_not_asked, distribution)
    if function not in offer.points:
        raise UserError(f"{distribution} offers no predicate {function}", where=where, hint=f"it has {', '.join(offer.points)}")
    return partial(_ask, name, offer.points[function], offer.root)


def _not_asked(distribution: str, subjects: Subjects, params: Mapping[str, Any]) -> Unknown:
    return Unknown(f"the base does not name {distribution}, and a change brings no code of its own to judge it")


def _ask(name: str, point: str, root: str, subjects: Subjects, params: Mapping[str, Any]) -> Truth | Unknown:
    with apart(root):
        function = _loaded(name, point, root)
        try:
            answer = function(partial(_fact, subjects), params)
        except Exception as error:  # a stranger's function may raise anything, and it is no bug of ours
            raise UserError(f"the predicate {name} failed: {type(error).__name__}: {error}", where=point) from error
    if not (answer is None or isinstance(answer, bool | Unknown)):
        raise UserError(f"the predicate {name} gave a {type(answer).__name__}", where=point, hint="True, False or None")
    return answer


def _fact(subjects: Subjects, path: str, member: object = None) -> Any:
    """What a predicate asks for facts with: as rules see them; `member` is one of a list, whose facts are asked."""
    fact = table().get(path)
    if fact is None:
        raise UserError(f"there is no fact {path}", hint="costgate rules docs FOLDER lists them")
    return look_up(path, subjects if member is None else {**subjects, fact.subject: member})


@cache
def _loaded(name: str, point: str, root: str) -> Callable[..., Any]:
    module, _, attribute = point.partition(":")
    try:
        # the top first: looking for what is in a package imports the package
        if not _stands_apart(util.find_spec(module.partition(".")[0]), root):
            raise UserError(f"the predicate {name} lies in the tree that it would judge, or is not there", where=point)
        made: Callable[..., Any] = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError) as error:
        raise UserError(f"the predicate {name} cannot be imported: {error}", where=point) from error
    return made


def _stands_apart(spec: machinery.ModuleSpec | None, root: str) -> bool:
    if spec is None:
        return False
    places = [*(spec.submodule_search_locations or ()), *([spec.origin] if spec.has_location and spec.origin else ())]
    return all(_outside(place, root) for place in places)


@contextmanager
def apart(root: str) -> Iterator[None]:
    """While it lasts, nothing is imported from the judged tree, whatever leads there: the folder itself, or an editable install."""
    paths, finders = sys.path[:], sys.meta_path[:]
    sys.path[:] = [path for path in paths if path and _outside(path, root)]
    sys.meta_path[:] = [machinery.BuiltinImporter, machinery.FrozenImporter, machinery.PathFinder]
    try:
        yield
    finally:
        sys.path[:], sys.meta_path[:] = paths, finders


def _outside(place: str, root: str) -> bool:
    """Whether a path is not of the judged tree. The environment that runs this may lie in it, and is the user's own."""
    path, top, home = (Path(each).resolve() for each in (place, root, sys.prefix))
    environment = home != top and path.is_relative_to(home)
    return environment or not path.is_relative_to(top)

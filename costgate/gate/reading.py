"""One tree, read and measured: the knowledge, the prices and the configuration that hold for it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from costgate.config import asking, in_force
from costgate.judge.case import budget_for
from costgate.knowledge.prices import PriceBook, book_for, load_book, parse_book
from costgate.knowledge.sdks import check_words, compiled, digest, packed
from costgate.measure.measure import measure
from costgate.measure.portfolio import with_workloads
from costgate.measure.price import routed
from costgate.model.config import Config
from costgate.model.prompt import PromptSource
from costgate.model.setting import Setting
from costgate.model.snapshot import Reading, Snapshot
from costgate.model.tree import Cache, Tree
from costgate.policy.glob import matches
from costgate.read.remembered import reading_of

if TYPE_CHECKING:
    from costgate.read.focus import Focus


def snapshot_of(
    tree: Tree,
    config: Config,
    setting: Setting,
    scope: Sequence[str],
    *,
    whole: bool = True,
    focus: Focus | None = None,
    apart: bool = True,
) -> Snapshot:
    """`whole`: with the workloads, which are about all calls of the tree whatever the scope. `focus`: what is followed.
    `apart`: whether other processes may read files in place of this one."""
    told = partial(setting.tell, f"reading the {tree.label}")
    known = known_to(config, setting)
    reading = reading_of(tree, known, setting.cache, told, reach=reaching(config), focus=focus, apart=apart)
    dropped = tuple(config.exclude)
    sending = {key for each in reading.prompts if _inside(each.span.path, scope) for key in each.used_by}
    kept = tuple(site for site in reading.calls if not matches(site.span.path, dropped))
    calls = tuple(site for site in kept if _inside(site.span.path, scope) or site.key in sending)
    keys = {site.key for site in calls}
    config = replace(config, models=routed(config, reading.models, book(setting)).models)
    reading = replace(reading, calls=calls, prompts=tuple(_prompts(reading, keys, scope, config)))
    snapshot = measure(reading, book(setting), config, setting.cache, tree.label)
    return with_workloads(snapshot, kept, book(setting), config, setting.cache) if whole else snapshot


def known_to(config: Config, setting: Setting) -> Mapping[str, Any]:
    """What is known of SDKs where a configuration holds."""
    return {**knowledge(setting.cache, config.sdks), "aliases": config.aliases}


def reaching(config: Config) -> bool:
    """Whether the functions that lead to each call are asked for."""
    return any(each.entrypoints for each in config.workloads)


def knowledge(cache: Cache, extra: Sequence[tuple[str, str]] = ()) -> Mapping[str, Any]:
    """The compiled SDK knowledge with a team's own files, remembered under its digest."""
    made = None if extra else packed()
    if made is not None:
        return made
    key = digest(extra)
    known = cache.get("sdks", key)
    if isinstance(known, dict) and known.get("digest") == key:
        return known
    for where, text in extra:
        check_words(text, where)
    made = compiled(tuple(extra))
    cache.put("sdks", key, made)
    return made


def book_of(prices: str | None, data: bytes | None = None) -> PriceBook:
    """The price book of a day, a name or a file's bytes; without any, the newest shipped one."""
    return book_for(prices) if data is None else parse_book(data, prices or "the price book")


def book(setting: Setting) -> PriceBook:
    """The price book of a run."""
    return book_of(setting.prices, setting.prices_data)


def of_the_base(setting: Setting) -> Setting:
    """The setting of the base, which may have prices of its own."""
    if setting.base_prices is None:
        return setting
    return replace(setting, prices=setting.base_prices, prices_data=setting.base_prices_data)


def seen_by(setting: Setting, config: Config) -> Config:
    """The configuration as it holds for this run: by whom it is seen, with the prices of its day, and as it is asked."""
    if config.prices:
        config = in_force(config, load_book(), book(setting).on or setting.as_of)
    seen = config if setting.persona is None else replace(config, persona=setting.persona)
    return asking(seen, setting.what_if)


def _prompts(reading: Reading, keys: Collection[str], scope: Sequence[str], config: Config) -> Iterator[PromptSource]:
    """The prompts that the calls left over send, and the prompt files that nobody is seen to send."""
    for each in reading.prompts:
        used = tuple(key for key in each.used_by if key in keys)
        paths = {each.span.path, *(part.span.path for part in each.parts)}
        inside = any(_inside(path, scope) for path in paths)
        apart = each.format and inside and not matches(each.span.path, config.exclude)
        if used or apart:
            yield replace(each, used_by=used, budget=budget_for(each.span.path, each.budget, config.budgets))


def _inside(path: str, scope: Sequence[str]) -> bool:
    return not scope or any(path == each or path.startswith(f"{each}/") for each in scope)

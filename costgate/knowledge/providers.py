"""Providers: from an id, a model name or a URL to who answers, and the spellings of a model name to look up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

Rewrite = tuple[re.Pattern[str], str]

_DATA = Path(__file__).with_name("providers.yaml")
_SEPARATORS = {"provider/model": "/", "provider:model": ":"}
_MAX_NAME = 300
_MAX_SPELLINGS = 40


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider as providers.yaml describes it."""

    id: str
    maker: bool
    hosts: tuple[str, ...]
    rewrite: tuple[Rewrite, ...]
    falls_back: tuple[str, ...]
    local: bool
    forwards: bool
    custom_hosts: bool


@dataclass(frozen=True, slots=True)
class Registry:
    """All providers in order of preference, and every spelling of their ids."""

    providers: Mapping[str, Provider]
    ids: Mapping[str, str]
    rewrite: tuple[Rewrite, ...]
    family: tuple[Rewrite, ...]


@cache
def registry() -> Registry:
    """The providers of providers.yaml."""
    from costgate.knowledge.strict import load

    data = load(_DATA.read_text(encoding="utf-8"), _DATA.name)
    providers = {name: _provider(name, entry) for name, entry in data["providers"].items()}
    ids = {name: name for name in providers}
    for name, entry in data["providers"].items():
        ids.update((other, name) for other in entry.get("also", ()))
    return Registry(providers, ids, _rewrites(data["rewrite"]), _rewrites(data["family"]))


def provider_id(name: str | None) -> str | None:
    """The id of the provider with this spelling; None for a stranger."""
    return None if name is None else registry().ids.get(name.strip().lower())


def is_local(provider: str | None) -> bool:
    """Whether requests stay on the caller's own machines."""
    known = provider_id(provider)
    return known is not None and registry().providers[known].local


def has_custom_hosts(provider: str | None) -> bool:
    """Whether a host nobody knows may still be this provider's, because customers give theirs names of their own."""
    known = provider_id(provider)
    return known is not None and registry().providers[known].custom_hosts


def split_model(model: str, model_format: str, provider: str | None) -> tuple[str | None, str]:
    """Provider and name of a model argument.

    `model_format`: plain | provider/model | provider:model | deployment. A prefix that names no provider we know is
    part of the model's name.
    """
    separator = _SEPARATORS.get(model_format)
    if separator is None:
        return provider_id(provider) or provider, model
    prefix, found, rest = model.partition(separator)
    known = provider_id(prefix) if found and rest else None
    if known is None:
        return provider_id(provider) or provider, model
    return known, rest


def provider_of_url(url: str) -> str | None:
    """The provider that answers at this URL; "local" for the caller's own machine; None when we do not know it."""
    from urllib.parse import urlsplit

    try:
        host = urlsplit(url if "//" in url else f"//{url}").hostname
    except ValueError:
        return None
    if not host:
        return None
    for provider in registry().providers.values():
        if any(_serves(pattern, host) for pattern in provider.hosts):
            return provider.id
    return None


def hosts() -> list[str]:
    """The hosts at which providers answer that are not the caller's own machine; `*` stands for any beginning."""
    return [host for provider in registry().providers.values() if not provider.local for host in provider.hosts]


def lookups(model: str, provider: str | None) -> Iterator[tuple[str | None, str]]:
    """Where to look a model up, the most literal first: (provider, name), provider None meaning any maker."""
    name = model.strip().lower()
    if not name or len(name) > _MAX_NAME:
        return
    known = provider_id(provider)
    if known is not None and not registry().providers[known].forwards:
        yield from _at(known, name)
    elif provider is None or known is not None:
        yield from _anywhere(name)


def family_names(model: str) -> tuple[str, ...]:
    """Names by which tables of model families may know this model, from the literal one to the barest."""
    name = model.strip().lower()[:_MAX_NAME]
    prefix, rest = _prefixed(name)
    found = list(_spellings(name, registry().family))
    if prefix is not None:
        found += (each for each in _spellings(rest, registry().family) if each not in found)
    return tuple(found)


def _at(provider: str, name: str) -> Iterator[tuple[str | None, str]]:
    prefix, rest = _prefixed(name)
    names = [name, rest] if prefix == provider else [name]
    for seller in (provider, *registry().providers[provider].falls_back):
        rules = registry().providers[seller].rewrite + registry().rewrite
        for each in names:
            yield from ((seller, spelled) for spelled in _spellings(each, rules))


def _anywhere(name: str) -> Iterator[tuple[str | None, str]]:
    prefix, rest = _prefixed(name)
    if prefix is not None:
        yield from lookups(rest, prefix)
    yield from ((None, spelled) for spelled in _spellings(name, registry().rewrite))


def _prefixed(name: str) -> tuple[str | None, str]:
    for separator in "/:":
        prefix, found, rest = name.partition(separator)
        known = provider_id(prefix) if found and rest else None
        if known is not None:
            return known, rest
    return None, name


def _spellings(name: str, rules: tuple[Rewrite, ...]) -> Iterator[str]:
    """The name, then what each rule makes of what is found so far, breadth first."""
    found = [name]
    for spelled in found:
        yield spelled
        for pattern, replacement in rules:
            other = pattern.sub(replacement, spelled, count=1)
            if other and other not in found and len(found) < _MAX_SPELLINGS:
                found.append(other)


def _serves(pattern: str, host: str) -> bool:
    if "*" not in pattern:
        return pattern == host
    return re.fullmatch(re.escape(pattern).replace(r"\*", "[a-z0-9_-]+"), host) is not None


def _provider(name: str, entry: Mapping[str, object]) -> Provider:
    def texts(key: str) -> tuple[str, ...]:
        items = entry.get(key, ())
        return tuple(map(str, items)) if isinstance(items, list) else ()

    rules = entry.get("rewrite")
    return Provider(
        id=name,
        maker=entry.get("maker") is True,
        hosts=texts("hosts"),
        rewrite=_rewrites(rules) if isinstance(rules, list) else (),
        falls_back=texts("falls_back"),
        local=entry.get("local") is True,
        forwards=entry.get("forwards") is True,
        custom_hosts=entry.get("custom_hosts") is True,
    )


def _rewrites(rules: list[list[str]]) -> tuple[Rewrite, ...]:
    return tuple((re.compile(pattern), replacement) for pattern, replacement in rules)

"""Who is who in base and head: unchanged calls, exact keys, then the same call elsewhere, then the same function and signature."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable

from costgate.model.call import CallSite
from costgate.model.prompt import Text
from costgate.model.value import Known, Value

Pair = tuple[CallSite | None, CallSite | None]


def match(base: Iterable[CallSite], head: Iterable[CallSite]) -> list[Pair]:
    """Every call of both sides once: a pair where it is the same call, else alone."""
    olds, news = list(base), list(head)
    pairs: list[Pair] = []
    for identity in (_unchanged, lambda site: site.key, _same_call, _same_words, _same_place, _same_shape):
        olds, news, found = _paired(olds, news, identity)
        pairs += found
    return [*pairs, *((old, None) for old in olds), *((None, new) for new in news)]


def _paired(
    olds: list[CallSite], news: list[CallSite], identity: Callable[[CallSite], Hashable]
) -> tuple[list[CallSite], list[CallSite], list[Pair]]:
    waiting: dict[Hashable, list[CallSite]] = defaultdict(list)
    for old in olds:
        waiting[identity(old)].append(old)
    pairs: list[Pair] = []
    alone: list[CallSite] = []
    for new in news:
        same = waiting.get(identity(new))
        if same:
            pairs.append((same.pop(0), new))
        else:
            alone.append(new)
    taken = {id(old) for old, _ in pairs}
    return [old for old in olds if id(old) not in taken], alone, pairs


def _unchanged(site: CallSite) -> Hashable:
    """The same arguments in the same place. Before keys: those of a function's calls shift when one of them goes."""
    return (*_content(site), site.span.path, site.context.function)


def _same_call(site: CallSite) -> Hashable:
    """The same arguments, wherever it stands now."""
    return (*_content(site), site.context.function.rpartition(".")[2])


def _same_words(site: CallSite) -> Hashable:
    """The same arguments in the same file, though its function has another name now."""
    return (*_content(site), site.span.path)


def _same_place(site: CallSite) -> Hashable:
    """The same function of the same file, with other arguments."""
    return (site.span.path, site.context.function, site.sdk, site.kind, site.via is None)


def _same_shape(site: CallSite) -> Hashable:
    """The same function and signature in another file."""
    return (site.context.function, site.sdk, site.kind, site.callee, site.via is None) if site.context.function else site.key


def _content(site: CallSite) -> tuple[Hashable, ...]:
    args = tuple(sorted((role, _bare(value)) for role, value in site.args.items()))
    return (site.sdk, site.kind, site.callee, args, _words(site))


def _bare(value: Value) -> str:
    return repr(value.values) if isinstance(value, Known) else type(value).__name__


def _words(site: CallSite) -> Hashable:
    segments = site.prompt.segments if site.prompt is not None else ()
    return tuple(part.text if isinstance(part, Text) else f"\0{part.name}" for part in segments)

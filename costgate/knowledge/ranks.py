"""Public token encodings: rank data shipped with the package, checked, and made into an encoder without network.

A file holds the tokens by length, sorted within each, so that a few can be looked up without making a table of all:
how many tokens there are of each length from 1 to 128 (4 bytes each), then for every length its tokens, then their ranks
(3 bytes each).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costgate.model.error import UserError

if TYPE_CHECKING:
    import tiktoken

_FOLDER = Path(__file__).with_name("tokenizers")
_INDEX = _FOLDER / "index.json"
LONGEST = 128


@cache
def encoder(name: str) -> tiktoken.Encoding:
    """The encoder of one of the encodings in index.json.

    It carries a name of ours: registering the data as a plugin of the library would break every other user of the
    process, and its own loader goes to the network.
    """
    import tiktoken

    return tiktoken.Encoding(
        f"costgate/{name}", pat_str=pattern(name), mergeable_ranks=ranks(name), special_tokens={}
    )


def ranks(name: str) -> dict[bytes, int]:
    """Token bytes -> rank, in rank order. UserError when the data is not what it was when the package was built."""
    data = table(name)
    tokens: list[bytes] = [b""] * _entry(name)["tokens"]
    for length, start, count in sections(data):
        end = start + length * count
        for index in range(count):
            at = end + 3 * index
            tokens[int.from_bytes(data[at : at + 3], "big")] = data[start + length * index : start + length * (index + 1)]
    return {token: rank for rank, token in enumerate(tokens)}


@cache
def table(name: str) -> bytes:
    """The file of an encoding; UserError when it is not what it was when the package was built."""
    import hashlib

    data = (_FOLDER / f"{name}.ranks").read_bytes()
    if hashlib.sha256(data).hexdigest() != _entry(name)["sha256"]:
        raise UserError("the rank data is damaged", where=f"tokenizers/{name}.ranks", hint="reinstall the package")
    return data


def sections(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Length of tokens, where those of that length begin, and how many there are."""
    at = 4 * LONGEST
    for length in range(1, LONGEST + 1):
        count = int.from_bytes(data[4 * length - 4 : 4 * length], "big")
        yield length, at, count
        at += count * (length + 3)


def sorted_table(tokens: list[bytes]) -> bytes:
    """The file for tokens in rank order."""
    by_length: list[list[tuple[bytes, int]]] = [[] for _ in range(LONGEST)]
    for rank, token in enumerate(tokens):
        by_length[len(token) - 1].append((token, rank))
    counts = (len(each).to_bytes(4, "big") for each in by_length)
    rest = (
        b"".join(chain((token for token, _ in sorted(each)), (rank.to_bytes(3, "big") for _, rank in sorted(each))))
        for each in by_length
    )
    return b"".join(chain(counts, rest))


def fingerprint(name: str) -> str:
    """What a remembered count depends on besides the text."""
    return str(_entry(name)["sha256"][:16])


def pattern(name: str) -> str:
    """The expression that parts a text before it is encoded, in the dialect of the library."""
    return str(_entry(name)["pattern"])


@cache
def _index() -> Any:
    return json.loads(_INDEX.read_text(encoding="utf-8"))


def _entry(name: str) -> Any:
    return _index()[name]

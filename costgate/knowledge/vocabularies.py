"""Vocabularies of model families in a package that may be installed beside this one (the extra `exact`): exact counts offline.

Without the package counts are calibrated. It is taken from where libraries are installed and from nowhere else, so that a
folder of the same name in a judged tree is never imported.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from importlib import util
from pathlib import Path

_MODULE, _DISTRIBUTION = "splintr", "splintr-rs"


@cache
def carrier() -> str | None:
    """Name and version of the package; None where it is not installed."""
    found = _home(_MODULE)
    if found is None:
        return None
    import sysconfig
    from importlib import metadata

    # a dependency of ours says where libraries lie if the interpreter's own scheme does not
    if found not in (_home("tiktoken"), *(Path(sysconfig.get_path(name)).resolve() for name in ("purelib", "platlib"))):
        return None
    try:
        return f"{_DISTRIBUTION} {metadata.version(_DISTRIBUTION)}"
    except metadata.PackageNotFoundError:
        return None


@cache
def encoder(vocabulary: str) -> Callable[[str], Sequence[int]] | None:
    """What makes tokens of a text by this vocabulary; None where the package is not there or does not have it."""
    if carrier() is None:
        return None
    from importlib import import_module

    try:
        encode: Callable[[str], Sequence[int]] = import_module(_MODULE).Tokenizer.from_pretrained(vocabulary).encode_ordinary
    except ValueError:
        return None
    return encode


def _home(module: str) -> Path | None:
    spec = util.find_spec(module)
    return None if spec is None or spec.origin is None else Path(spec.origin).resolve().parents[1]

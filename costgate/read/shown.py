"""How a report names what is called: the chain as it is written, without what is given on the way, which may be a key."""

from __future__ import annotations

import re

_LONGEST = 120
_LOOKED_AT = 4_000
_STRING = re.compile(r"""(?:\"\"\".*?(?:\"\"\"|$)|'''.*?(?:'''|$)|"(?:[^"\\\n]|\\.)*(?:"|$)|'(?:[^'\\\n]|\\.)*(?:'|$))""", re.DOTALL)
_INNERMOST = re.compile(r"\([^()]*\)")
_EMPTY, _GIVEN = "\0", "\1"


def shown(text: str) -> str:
    """One line of at most 120 characters: `Client(api_key=KEY).create` is `Client(...).create`."""
    cut = text[:_LOOKED_AT].replace(_EMPTY, "").replace(_GIVEN, "")
    bare = cut if "(" not in cut else _without_arguments(cut)
    return " ".join(bare[:_LONGEST].split())


def _without_arguments(text: str) -> str:
    bare, found = _STRING.sub("''", text), 1
    while found:
        bare, found = _INNERMOST.subn(lambda given: _GIVEN if given[0][1:-1].strip() else _EMPTY, bare)
    # what the cut left open
    bare = bare.partition("(")[0] if "(" in bare else bare
    return bare.replace(_EMPTY, "()").replace(_GIVEN, "(...)")

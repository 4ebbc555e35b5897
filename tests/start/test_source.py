"""Where costgate is had from: as given, or as an installer wrote it down."""

from __future__ import annotations

import json
from typing import Any

import pytest

from costgate import __version__
from costgate.start.source import Source, _installed_from, source

COMMIT = "0123456789" * 4
URL = "https://code.example/acme/costgate"


@pytest.mark.parametrize(
    ("given", "url", "rev"),
    [
        (URL, URL, f"v{__version__}"),
        (f"{URL}@{COMMIT}", URL, COMMIT),
        ("git@code.example:acme/costgate.git", "git@code.example:acme/costgate.git", f"v{__version__}"),
        ("git@code.example:acme/costgate.git@main", "git@code.example:acme/costgate.git", "main"),
        ("ssh://git@code.example/acme/costgate", "ssh://git@code.example/acme/costgate", f"v{__version__}"),
    ],
)
def test_as_given(given: str, url: str, rev: str) -> None:
    assert source(given) == Source(url, rev)


@pytest.mark.parametrize(
    ("made", "requirement", "action"),
    [
        (Source(URL, "v1"), f"git+{URL}@v1", None),
        (Source("git@code.example:acme/costgate.git", "v1"), "git+ssh://git@code.example/acme/costgate.git@v1", None),
        (Source("https://github.com/acme/costgate.git", "v1"), "git+https://github.com/acme/costgate.git@v1", "acme/costgate@v1"),
    ],
)
def test_as_others_name_it(made: Source, requirement: str, action: str | None) -> None:
    assert (made.requirement, made.action) == (requirement, action)


def _record(url: str, **more: Any) -> str:
    return json.dumps({"url": url, "vcs_info": {"vcs": "git", "commit_id": COMMIT, **more}})


@pytest.mark.parametrize(
    ("record", "found"),
    [
        (_record(URL, requested_revision="main"), Source(URL, COMMIT)),
        (_record("https://someone:token@code.example/acme/costgate"), Source(URL, COMMIT)),
        (_record("ssh://git@code.example/acme/costgate"), Source("ssh://git@code.example/acme/costgate", COMMIT)),
        (_record("file:///home/me/costgate"), None),
        (_record(URL, commit_id="main\n"), None),
        (json.dumps({"url": "file:///home/me/costgate", "dir_info": {"editable": True}}), None),
        ("[]", None),
        ("{", None),
        (None, None),
    ],
)
def test_as_installed(record: str | None, found: Source | None) -> None:
    assert _installed_from(record) == found

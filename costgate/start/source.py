"""The repository that costgate is had from, so that hook and pipelines install the same: given, or as it was installed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from costgate import __version__

_DISTRIBUTION = "costgate-ci"
_ACTIONS_HOST = "github.com"
_SHORT = re.compile(r"[\w.-]+@[\w.-]+:(?!//)[^:]+")


@dataclass(frozen=True, slots=True)
class Source:
    """A git repository and what to take of it."""

    url: str
    rev: str = f"v{__version__}"

    @property
    def requirement(self) -> str:
        """As pip takes it."""
        url = f"ssh://{self.url.replace(':', '/', 1)}" if _SHORT.fullmatch(self.url) else self.url
        return f"git+{url}@{self.rev}"

    @property
    def action(self) -> str | None:
        """As a workflow names it; None where no workflow could."""
        parts = urlsplit(self.url)
        named = parts.path.strip("/").removesuffix(".git")
        return f"{named}@{self.rev}" if parts.hostname == _ACTIONS_HOST and named.count("/") == 1 else None


def source(given: str | None) -> Source | None:
    """What was given as URL or URL@REV, else where this installation came from; None when that was no repository."""
    if given is None:
        return _installed_from(_record())
    url, at, rev = given.rpartition("@")
    return Source(url, rev) if at and rev and url and not set(rev) & set(":/") else Source(given)


def _record() -> str | None:
    """What the installer wrote down: https://packaging.python.org/en/latest/specifications/direct-url/"""
    try:
        return distribution(_DISTRIBUTION).read_text("direct_url.json")
    except PackageNotFoundError:
        return None


def _installed_from(record: str | None) -> Source | None:
    try:
        told: Any = json.loads(record or "null")
        commit, url = told["vcs_info"]["commit_id"], urlsplit(told["url"])
    except (ValueError, TypeError, KeyError):
        return None
    if url.scheme not in {"https", "ssh"} or not re.fullmatch(r"[0-9a-f]{40,64}", str(commit)):
        return None
    # Who could read it from here may have named a token; nobody else should see that.
    host = url.netloc.rpartition("@")[2] if url.scheme == "https" else url.netloc
    return Source(urlunsplit((url.scheme, host, url.path, "", "")), commit)

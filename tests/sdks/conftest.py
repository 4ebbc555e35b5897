"""A small SDK file that tests change, and the compiled knowledge."""

from __future__ import annotations

from pathlib import Path

import pytest

from costgate.knowledge.sdks import Knowledge, load_sdks

KNOWLEDGE = Path(__file__).parents[2] / "costgate" / "knowledge"

ACME = """\
sdk: acme
distribution: acme
modules: [acme]
provider: openai
checked: {version: "1.0", date: "2026-01-31"}
objects:
  client:
    made_by:
      - symbols: [acme.Client]
      - symbols: [acme.BigClient]
        async: true
        args: {timeout: big_timeout, base_url: null}
        defaults: {timeout: null}
    args: {retries: tries, timeout: {name: patience, unit: ms}, base_url: url}
    defaults:
      retries: {value: 3, counts: attempts}
      timeout: 30
    same: [copy, {name: later, async: true}, {name: insist, retry: {attempts: [times], default: 2, counts: retries}}]
    calls:
      chat.ask:
        kind: chat
        also: [ask]
        positional: [model]
        args: {model: model, prompt: text, output_limit: [limit, config.limit]}
      chat.ask_twice:
        like: chat.ask
        args: {output_limit: cap, prompt: null}
        fan_out: true
examples:
  - code: |
      import acme
      acme.Client().ask("m", text="t", limit=3)
    sees: [{line: 2, kind: chat, model: m, output_limit: 3}]
"""


@pytest.fixture
def acme_yaml() -> str:
    return ACME


@pytest.fixture(scope="session")
def shipped() -> Knowledge:
    return load_sdks()

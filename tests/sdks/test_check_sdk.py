"""What a user is told about a file of theirs."""

from __future__ import annotations

import pytest

from costgate.knowledge.sdks import check_sdk
from costgate.model.error import UserError

RETRY = """\
library: mine
distribution: mine
modules: [mine]
checked: {version: "1", date: "2026-01-31"}
layers:
  - symbols: [mine.again]
    form: [decorator]
    bounds: [{arg: times, kind: attempts}]
    default: unbounded
"""


def complaint(text: str) -> str:
    with pytest.raises(UserError) as caught:
        check_sdk(text, "mine.yaml")
    return str(caught.value)


def test_a_good_file_passes(acme_yaml: str) -> None:
    check_sdk(acme_yaml, "mine.yaml")
    check_sdk(RETRY, "retry.yaml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("kind: chat", "kinds: chat", 'mine.yaml:21: "kinds" is not known here (did you mean "kind"?)'),
        ("kind: chat", "kind: chart", 'mine.yaml:21: "chart" is not one of'),
        ("output_limit: [limit", "output_cap: [limit", 'did you mean "output_limit"?'),
        ("counts: attempts", "counts: tries", 'mine.yaml:16: "tries" is not one of retries, attempts, 2n+1, n(n+1)'),
        ("modules: [acme]", "modules: []", "mine.yaml:3:"),
        ("sdk: acme\n", "", "'sdk' is a required property"),
        ("acme.BigClient", "openai.OpenAI", 'mine.yaml:10: "openai.OpenAI" is already claimed by "openai"'),
        ("sdk: acme", "sdk: acme\nsdk: acme", 'mine.yaml:2: key "sdk" is already given on line 1'),
    ],
)
def test_a_mistake_is_told_with_its_line(acme_yaml: str, old: str, new: str, message: str) -> None:
    assert message in complaint(acme_yaml.replace(old, new, 1))


def test_a_retry_file_is_held_to_its_own_schema() -> None:
    assert complaint(RETRY.replace("kind: attempts", "kind: retry")).startswith('mine.yaml:8: "retry" is not one of')


@pytest.mark.parametrize("text", ["", "- 1", "text"])
def test_something_else_altogether(text: str) -> None:
    assert complaint(text).startswith("mine.yaml:1:")

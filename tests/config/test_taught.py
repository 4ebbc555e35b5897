"""SDK files of a team: where they stand, what of a pull request's own counts, what the digest covers."""

from __future__ import annotations

import pytest

from costgate.config import fingerprint, parse_config, policy_changes, teach, trusted
from costgate.gate import knowledge
from costgate.model.config import Config
from costgate.model.error import UserError
from costgate.model.tree import NoCache
from costgate.store.trees import FilesTree

ASK = "sdk: gateway\nfunctions:\n  - {symbols: [app.llm.ask], kind: chat, args: {model: model}}\n"
INLINE = "fail_on: error\nsdks:\n  - sdk: inline\n    functions:\n      - {symbols: [app.say], kind: chat}\n"
PLACE = ".costgate/sdks/gateway.yaml"


def taught(config: str = "", **files: str) -> Config:
    named = {f".costgate/sdks/{name}.yaml": text for name, text in files.items()}
    return teach(parse_config(config, "costgate.yaml") if config else Config(), FilesTree(named))


def claims(config: Config) -> set[str]:
    return set(knowledge(NoCache(), config.sdks)["symbols"])


def mistake(config: Config) -> str:
    with pytest.raises(UserError) as caught:
        claims(config)
    return str(caught.value)


def test_both_places_are_read() -> None:
    config = taught(INLINE, gateway=ASK)
    assert {"app.llm.ask", "app.say", "openai.OpenAI"} <= claims(config)


def test_only_yaml_directly_in_the_folder() -> None:
    files = {PLACE: ASK, ".costgate/sdks/notes.md": "x", ".costgate/sdks/old/a.yaml": "sdk: [", "sdks/b.yaml": "sdk: ["}
    assert [where for where, _ in teach(Config(), FilesTree(files)).sdks] == [PLACE]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (ASK.replace("args:", "arsg:"), f'{PLACE}:3: "arsg" is not known here'),
        (ASK.replace("functions", "function"), f'{PLACE}:2: "function" is not known here (did you mean "functions"?)'),
        (ASK.replace("model: model", "modle: model"), f'{PLACE}:3: "modle" is not one of'),
        (ASK.replace("app.llm.ask", "openai.OpenAI"), f'{PLACE}:3: "openai.OpenAI" is already claimed by "openai"'),
        ("sdk: gateway\n  x: [\n", f"{PLACE}:2: not valid YAML"),
        ("- 1\n", f"{PLACE}:1:"),
    ],
)
def test_a_mistake_has_its_line(text: str, told: str) -> None:
    assert mistake(taught(gateway=text)).startswith(told)


def test_two_files_that_claim_one_name() -> None:
    other = ASK.replace("sdk: gateway", "sdk: second")
    assert mistake(taught(a=ASK, b=other)) == '.costgate/sdks/b.yaml:3: "app.llm.ask" is already claimed by "gateway"'


def test_a_mistake_in_the_configuration_itself() -> None:
    config = taught(INLINE.replace("kind: chat", "kind: chart"))
    assert mistake(config).startswith('costgate.yaml:3: "chart" is not one of')
    two = taught(INLINE, a=ASK.replace("app.llm.ask", "app.say"))
    assert 'already claimed by "inline"' in mistake(two)


def test_a_file_that_is_no_text() -> None:
    with pytest.raises(UserError, match=r"gateway\.yaml:2: is not UTF-8"):
        teach(Config(), _Bytes({PLACE: "sdk: a\n"}))


class _Bytes(FilesTree):
    def read(self, path: str) -> bytes:
        return super().read(path) + b"\xff"


def test_aliases_are_dotted_names() -> None:
    assert taught("aliases: {app.llm.litellm: litellm}").aliases == {"app.llm.litellm": "litellm"}
    for text in ("aliases: {app/llm: litellm}", "aliases: {app.llm: lite llm}", "aliases: [a]"):
        with pytest.raises(UserError, match=r"costgate\.yaml:1: .*aliases"):
            parse_config(text, "costgate.yaml")


def test_the_digest_covers_the_files() -> None:
    plain, one, two = taught(INLINE.split("sdks:")[0]), taught(gateway=ASK), taught(gateway=ASK + "# more\n")
    assert fingerprint(plain) == plain.sha256
    assert len({fingerprint(each) for each in (plain, one, two)}) == 3


# a pull request ------------------------------------------------------------------------------------------------------


def test_the_head_may_add_and_the_base_stays() -> None:
    base = taught("fail_on: error", gateway=ASK)
    changed = ASK.replace("app.llm.ask", "app.llm.other")
    new = "sdk: second\nfunctions: [{symbols: [app.new], kind: chat}]\n"
    names = claims(trusted(base, taught("fail_on: error", gateway=changed, second=new)))
    assert {"app.llm.ask", "app.new"} <= names
    assert "app.llm.other" not in names


def test_a_removed_or_renamed_file_still_counts() -> None:
    base = taught("fail_on: error", gateway=ASK)
    assert "app.llm.ask" in claims(trusted(base, taught("fail_on: error")))
    moved = taught("fail_on: error", other=ASK.replace("app.llm.ask", "app.else"))
    assert "app.else" not in claims(trusted(base, moved))


def test_a_name_of_the_base_cannot_be_taken_over() -> None:
    base = taught(gateway=ASK)
    taking = ASK.replace("sdk: gateway", "sdk: second").replace("chat", "embedding")
    made = knowledge(NoCache(), trusted(base, taught(second=taking)).sdks)
    assert made["symbols"]["app.llm.ask"][0]["kind"] == "chat"


def test_a_new_file_frees_nothing() -> None:
    freeing = "sdk: second\nmodules: [app]\nfree: [app.dear]\nfunctions: [{symbols: [app.new], kind: chat}]\n"
    names = claims(trusted(taught(gateway=ASK), taught(gateway=ASK, second=freeing)))
    assert "app.new" in names and "app.dear" not in names
    assert "app.dear" in claims(trusted(taught(second=freeing), taught(second=freeing)))


def test_the_same_place_with_another_file() -> None:
    base = taught(gateway=ASK)
    other = "sdk: second\nfunctions: [{symbols: [app.new], kind: chat}]\n"
    assert {"app.llm.ask", "app.new"} <= claims(trusted(base, taught(gateway=other)))


def test_aliases_of_the_base_win() -> None:
    base, head = taught("aliases: {app.a: litellm}"), taught("aliases: {app.a: openai, app.b: groq}")
    assert trusted(base, head).aliases == {"app.a": "litellm", "app.b": "groq"}


def test_what_changes_is_told() -> None:
    base = taught("aliases: {app.a: litellm}", gateway=ASK)
    head = taught("aliases: {app.a: openai}", gateway=ASK + "free: [app.x]\n", second=ASK.replace("gateway", "second"))
    told = policy_changes(base, head)
    assert [(each.change, each.text.partition(":")[0], each.in_force) for each in told] == [
        ("changed", "sdks.gateway", False),
        ("changed", "aliases.app.a", False),
        ("added", "sdks.second", True),
    ]
    assert policy_changes(base, base) == ()
    assert policy_changes(taught(gateway=ASK), taught()) != (), "without a configuration file, too"

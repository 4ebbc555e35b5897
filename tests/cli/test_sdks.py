"""What a team teaches, in real repositories: audited, judged in a change, shown, checked and drafted."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "teaching-sdks.md"
BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.DOTALL)
LLM = """\
from openai import OpenAI

client = OpenAI()


def ask(question, *, model="gpt-4.1-mini", limit=None):
    return client.responses.create(model=choose(model), input=question, max_output_tokens=limit)
"""


def blocks(word: str) -> list[str]:
    return [body for language, body in BLOCK.findall(PAGE.read_text("utf-8")) if language == word]


def gateway() -> str:
    return blocks("yaml")[0]


def use() -> str:
    return blocks("python")[0]


def tree(**more: str) -> dict[str, str]:
    return {"app/__init__.py": "", "app/llm.py": LLM, "app/main.py": use(), **more}


PLACE = ".costgate/sdks/gateway.yaml"


def test_the_ten_lines_of_the_page(shop: Any) -> None:
    assert len(gateway().splitlines()) <= 10
    shop.write(tree())
    (before,) = [call for call in shop.run("audit", "--format", "json").report["calls"] if call["counted"]]
    assert (before["sdk"], before["model"]["state"]) == ("openai", "unknown")
    shop.write({PLACE: gateway()})
    report = shop.run("audit", "--format", "json").report
    (call,) = [call for call in report["calls"] if call["counted"]]
    assert (call["path"], call["sdk"], call["model"]["values"], call["output_limit"]["values"]) == (
        "app/main.py",
        "gateway",
        ["gpt-4.1-mini"],
        [300],
    )
    assert call["retries"]["product"] == 3 and call["cost_per_call"] is not None


def test_the_other_blocks_of_the_page(shop: Any) -> None:
    first, whole, until, aliases, examples = blocks("yaml")
    shop.write({**tree(), PLACE: first + examples, ".costgate/sdks/acme.yaml": whole.replace("sdk: gateway", "sdk: acme") + until})
    shop.write({"costgate.yaml": aliases})
    ran = shop.run("sdks", "check")
    assert (ran.code, ran.out) == (0, "2 files, 1 example, 0 wrong\n"), ran
    shop.write({"app/main.py": "from acme_llm import Client\nClient().chat.ask('gpt-4o', text='x')\n", "requirements.txt": "acme==1.0\n"})
    (call,) = [call for call in shop.run("audit", "--format", "json").report["calls"] if call["counted"] and call["sdk"] == "acme"]
    assert call["retries"]["product"] == 5
    assert (call["retries"]["layers"][0]["path"], call["retries"]["layers"][0]["line"]) == ("requirements.txt", 1)


def test_written_in_the_configuration(shop: Any) -> None:
    inline = "sdks:\n  - " + "    ".join(gateway().split("\n", 1)[1].splitlines(keepends=True))
    shop.write({**tree(), "costgate.yaml": inline})
    assert {call["sdk"] for call in shop.run("audit", "--format", "json").report["calls"] if call["counted"]} == {"gateway"}
    shop.write({"costgate.yaml": inline.replace("kind: chat", "kind: chart")})
    shop.run("audit").mistake("costgate.yaml:2", '"chart" is not one of')


def test_the_digest_of_the_configuration_tells(shop: Any) -> None:
    shop.write({**tree(), PLACE: gateway()})
    first = shop.run("audit", "--format", "json").report["provenance"]["config_sha256"]
    shop.write({PLACE: gateway() + "# more\n"})
    assert first != shop.run("audit", "--format", "json").report["provenance"]["config_sha256"] is not None


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("args:", "arsg:", '"arsg" is not known here'),
        ("output_limit", "output_cap", '"output_cap" is not one of'),
        ("app.llm.ask", "openai.OpenAI", '"openai.OpenAI" is already claimed by "openai"'),
    ],
)
def test_a_mistake_ends_every_command(shop: Any, old: str, new: str, told: str) -> None:
    shop.start({**tree(), PLACE: gateway().replace(old, new)})
    for command in (["audit"], ["diff", "--base", "main"], ["check", "app/main.py"], ["sdks", "list"]):
        shop.run(*command).mistake(f"{PLACE}:", told)


def test_two_files_that_claim_one_name(shop: Any) -> None:
    shop.write({**tree(), PLACE: gateway(), ".costgate/sdks/second.yaml": gateway().replace("sdk: gateway", "sdk: second")})
    shop.run("audit").mistake(".costgate/sdks/second.yaml:5", '"app.llm.ask" is already claimed by "gateway"')


def test_no_link_is_followed(shop: Any, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "gateway.yaml").write_text("password: hunter2\n")
    for link, target in ((PLACE, outside / "gateway.yaml"), (".costgate/sdks", outside), (".costgate", outside)):
        shop.write(tree())
        (shop.root / link).parent.mkdir(parents=True, exist_ok=True)
        (shop.root / link).symlink_to(target)
        for command in (["audit"], ["sdks", "check"]):
            ran = shop.run(*command)
            ran.mistake(f"{link}:1", "is a symlink, which is not followed")
            assert "hunter2" not in ran.out + ran.err
        (shop.root / link).unlink()
        shutil.rmtree(shop.root / ".costgate", ignore_errors=True)


def test_a_file_that_is_no_text_or_too_large(shop: Any) -> None:
    shop.write(tree())
    (shop.root / PLACE).parent.mkdir(parents=True)
    for data, told in ((b"\x00\xff", "is not UTF-8"), (b"#" * 1_000_001, "larger than 1,000,000 bytes")):
        (shop.root / PLACE).write_bytes(data)
        for command in (["audit"], ["sdks", "list"]):
            shop.run(*command).mistake(f"{PLACE}:1", told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sdks: [../gateway.yaml]\n", "sdks[0] must be an SDK file as a mapping"),
        ("sdks: &a [*a]\n", "alias *a has no anchor before it"),
        ("aliases: {app.llm.a: app.llm.b, app.llm.b: app.llm.a}\n", "the alias app.llm.a -> app.llm.b -> app.llm.a stands for itself"),
        ("aliases: {app.llm.x: ../../etc}\n", "aliases.app.llm.x must be a dotted name"),
        ("aliases: {app.llm.x: litellm, app.llm.x: openai}\n", 'key "app.llm.x" is already given on line 2'),
    ],
)
def test_a_mistake_in_the_configuration(shop: Any, text: str, told: str) -> None:
    shop.write({**tree(), "costgate.yaml": f"fail_on: error\n{text}"})
    shop.run("audit").mistake("costgate.yaml:2", told)


def test_the_hook_sees_a_file_that_names_no_sdk(shop: Any) -> None:
    loop = "from app.llm import ask\n\n\ndef main():\n    while True:\n        try:\n            return ask('q')\n        except OSError:\n            continue\n"
    shop.write({**tree(), "app/main.py": loop})
    assert shop.run("check", "app/main.py").code == 0
    shop.write({PLACE: gateway()})
    assert "CG201 ask is repeated" in shop.run("check", "app/main.py").out


def _after(ran: Any) -> list[dict[str, Any]]:
    """The calls of the head that changed."""
    keys = [change["key"] for change in ran.report["changes"]]
    return [call for call in ran.report["calls"] if call["key"] in keys and call["counted"]]


# a pull request ------------------------------------------------------------------------------------------------------


def _changed(ran: Any) -> list[tuple[str, str]]:
    return [(each["change"], each["reason"]) for each in ran.report["exceptions_changed"]]


def test_a_file_that_the_head_adds_counts_and_is_shown(shop: Any) -> None:
    shop.start({**tree(), "costgate.yaml": "fail_on: error\n"})
    shop.commit({PLACE: gateway(), "app/main.py": use().replace("300", "900")})
    ran = shop.diff()
    assert [(call["sdk"], call["output_limit"]["values"]) for call in _after(ran)] == [("gateway", [900])]
    (told,) = _changed(ran)
    assert told[0] == "added" and told[1].startswith(f"sdks.gateway: {PLACE}") and "in force where the base says nothing" in told[1]


def test_a_file_that_the_head_changes_is_judged_as_the_base_has_it(shop: Any) -> None:
    shop.start({**tree(), PLACE: gateway(), "costgate.yaml": "fail_on: error\n"})
    shop.commit({PLACE: gateway().replace("gpt-4.1-mini", "gpt-4.1-nano"), "app/main.py": use().replace("300", "900")})
    ran = shop.diff()
    assert [call["model"]["values"] for call in _after(ran)] == [["gpt-4.1-mini"]]
    (told,) = _changed(ran)
    assert told[0] == "changed" and "not in force here" in told[1]


def test_without_a_configuration_file_the_base_still_judges(shop: Any) -> None:
    shop.start({**tree(), PLACE: gateway()})
    shop.git("rm", "--quiet", PLACE)
    shop.commit({"app/main.py": use().replace("300", "900")})
    ran = shop.diff()
    assert [call["sdk"] for call in _after(ran)] == ["gateway"]
    assert [change for change, _ in _changed(ran)] == ["removed"]


LOCK = 'version = 1\n\n[[package]]\nname = "langgraph"\nversion = "{}"\n'
AGENT = """\
from langgraph.prebuilt import create_react_agent

agent = create_react_agent("openai:gpt-4o-mini", tools=[])
agent.invoke({"messages": []})
"""


def test_a_release_that_changes_a_default_is_a_change_with_its_cause(shop: Any) -> None:
    shop.start({"app.py": AGENT, "uv.lock": LOCK.format("1.0.5")})
    shop.commit({"uv.lock": LOCK.format("1.2.22")})
    ran = shop.diff()
    (run,) = [change for change in ran.report["changes"] if change["key"].endswith(":invoke")]
    assert [(cause["what"], cause["path"], cause["line"], cause["before"], cause["after"]) for cause in run["causes"]] == [
        ("turn limit", "uv.lock", 5, "13", "5004"),
        ("version of langgraph in uv.lock", "uv.lock", 5, "1.0.5", "1.2.22"),
    ]
    assert "version of langgraph in uv.lock 1.0.5 → 1.2.22" in shop.run("diff", "--base", "main").out


def test_a_release_that_changes_nothing_is_none(shop: Any) -> None:
    shop.start({"app.py": AGENT, "uv.lock": LOCK.format("1.2.0")})
    shop.commit({"uv.lock": LOCK.format("1.2.22")})
    assert shop.diff().report["changes"] == []


def test_a_lock_file_that_does_not_parse(shop: Any) -> None:
    shop.start({"app.py": AGENT, "uv.lock": "[[package]\n"})
    report = shop.run("audit", "--format", "json").report
    assert ("version", "uv.lock") in [(gap["what"], gap["path"]) for gap in report["gaps"]]


# the command ---------------------------------------------------------------------------------------------------------


def test_list_and_show(shop: Any) -> None:
    shop.write({PLACE: gateway()})
    listed = shop.run("sdks", "list").out
    assert f"taught in {PLACE}" in listed and "checked against" in listed
    shown = shop.run("sdks", "show", "gateway").out
    for words in (PLACE, "app.llm.ask: chat", "output_limit: limit", "retries by default: 2 retries"):
        assert words in shown
    assert "before langgraph 1.0.6: turn_limit by default: 25 supersteps" in shop.run("sdks", "show", "langgraph").out
    shop.run("sdks", "show", "gatewy").mistake("gatewy", "did you mean gateway?")
    shop.run("sdks", "show").mistake("show needs one name")


def test_every_known_sdk_can_be_shown(shop: Any) -> None:
    from costgate.knowledge.sdks import load_sdks
    from costgate.teach.show import page

    made = load_sdks()
    for name in made["sdks"]:
        assert page(made, name).startswith(f"{name}: ")


def test_check_tells_what_an_example_sees_otherwise(shop: Any) -> None:
    wrong = blocks("yaml")[-1].replace("attempts: 3", "attempts: 5").replace("kind: chat", "kind: chat, provider: azure")
    shop.write({**tree(), PLACE: gateway() + wrong})
    ran = shop.run("sdks", "check")
    assert ran.code == 1
    assert f"{PLACE}:14: example 1: attempts on line 2 is 3, not 5" in ran.out
    assert "provider on line 2 is openai, not azure" in ran.out
    shop.write({PLACE: gateway() + "examples: [{code: 'print(1)', sees: [{line: 1, kind: chat}]}]\n"})
    assert "no chat is seen on line 1" in shop.run("sdks", "check").out
    shop.write({PLACE: gateway() + "examples:\n  - {code: \"from app.llm import ask\\nask('q')\", sees: []}\n"})
    assert "chat on line 2 is seen and not listed" in shop.run("sdks", "check").out


def test_check_takes_files(shop: Any) -> None:
    shop.write({**tree(), PLACE: gateway(), "draft.yaml": gateway().replace("kind: chat", "kind: chart")})
    assert shop.run("sdks", "check", PLACE).code == 0
    ran = shop.run("sdks", "check", "draft.yaml")
    assert ran.code == 2 and ran.out.startswith("draft.yaml:6: ")
    shop.run("sdks", "check", "nowhere.yaml").mistake("nowhere.yaml", "no such file")


PACKAGE = """\
import os
open(os.path.join(os.path.dirname(__file__), "seen"), "w").write(os.getcwd() + " " + str(sorted(os.environ)))

class Answers:
    def create(self, *, model, messages, max_tokens=None, n=1): ...
    def list(self, model, messages): ...

class Client:
    def __init__(self, api_key, *, max_retries=2, base_url=None):
        self.answers = Answers()

class AsyncClient(Client): ...

def embed(model, texts): ...
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """The interpreter of an environment that has a package."""
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(environment)], check=True)
    (site,) = environment.glob("lib/python*/site-packages")
    (site / "acme").mkdir()
    (site / "acme" / "__init__.py").write_text(PACKAGE)
    (site / "acme-1.5.dist-info").mkdir()
    (site / "acme-1.5.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.5\n")
    (site / "acme-1.5.dist-info" / "top_level.txt").write_text("acme\n")
    return environment / "bin" / "python"


def test_a_draft_of_an_installed_package(shop: Any, installed: Path) -> None:
    shop.write({"acme/__init__.py": "raise SystemExit('the judged folder was imported')\n"})
    shop.extra["SECRET_TOKEN"] = "x"
    ran = shop.run("sdks", "draft", "acme", "--python", str(installed))
    assert ran.code == 0, ran
    for words in (
        "distribution: acme",
        'version: "1.5"',
        "{symbols: [acme.Client]}",
        "{symbols: [acme.AsyncClient], async: true}",
        "args: {retries: max_retries, base_url: base_url}",
        "answers.create:",
        "args: {model: model, prompt: messages, output_limit: max_tokens, samples: n}",
        "- symbols: [acme.embed]",
        "kind: embedding",
    ):
        assert words in ran.out, ran.out
    assert "answers.list" not in ran.out
    (seen,) = installed.parent.parent.glob("lib/python*/site-packages/acme/seen")
    assert str(shop.root) not in seen.read_text() and "SECRET_TOKEN" not in seen.read_text()
    shop.write({".costgate/sdks/acme.yaml": ran.out, "use.py": "from acme import Client\nClient('k').answers.create(model='gpt-4o', messages=[])\n"})
    assert shop.run("sdks", "check").code == 0
    assert "acme" in {call["sdk"] for call in shop.run("audit", "--format", "json").report["calls"]}


def test_code_of_the_judged_folder_is_never_imported(shop: Any, installed: Path) -> None:
    mark = shop.root / "imported"
    shop.write({"judged/__init__.py": f"open({str(mark)!r}, 'w')\n"})
    (site,) = installed.parent.parent.glob("lib/python*/site-packages")
    (site / "editable.pth").write_text(f"{shop.root}\n")
    shop.run("sdks", "draft", "judged", "--python", str(installed)).mistake("judged", "is not an installed package")
    shop.run("sdks", "draft", "judged").mistake("judged", "is not installed")
    shop.run("sdks", "draft", "../judged").mistake("is not the name of a package")
    shop.run("sdks", "draft", "os", "--python", "/nowhere/python").mistake("/nowhere/python", "cannot be run")
    assert not mark.exists()


def test_the_help_says_that_a_draft_imports(shop: Any) -> None:
    assert "imports that package, so its code runs" in " ".join(shop.run("sdks", "--help").out.split())

"""A change read by what it can reach says what the whole tree says: changes, new findings, verdict."""

from __future__ import annotations

import marshal
import os
import random
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costgate.gate import changed_paths, check, diff
from costgate.gate.focused import _focus, focus_of_change, focus_of_files, is_undecided
from costgate.gate.policy import Policy
from costgate.gate.reading import snapshot_of
from costgate.gate.runs import _judged
from costgate.judge import Judgement
from costgate.model.config import Config
from costgate.model.report import Report
from costgate.model.setting import Setting
from costgate.model.snapshot import Comparison
from costgate.model.tree import NoCache
from costgate.model.workload import Workload
from costgate.policy.rule import load_rules
from costgate.read.focus import Focus
from costgate.render import render
from costgate.store.cache import SqliteCache
from costgate.store.trees import FilesTree


class Kept:
    """A cache in memory: the whole tree that many changes begin with is read once."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], bytes] = {}

    def get(self, kind: str, key: str) -> Any | None:
        found = self.kept.get((kind, key))
        return None if found is None else marshal.loads(found)

    def put(self, kind: str, key: str, value: Any) -> None:
        self.kept[kind, key] = marshal.dumps(value)


SETTING = Setting("2026-11-22", NoCache())
IN_PART = replace(SETTING, full=False)
WHOLE = replace(SETTING, cache=Kept())
CONFIG = Config()
RULES = tuple(load_rules(()))

POOL: Mapping[str, tuple[str | None, ...]] = {
    "lib/__init__.py": ("", "from lib.llm import ask\n", "from .llm import ask as query\n"),
    "lib/settings.py": (
        'MODEL = "gpt-4.1"\nLIMIT = 100\n',
        'MODEL = "gpt-4o"\nLIMIT = 100\n',
        'from lib.names import BIG as MODEL\nLIMIT = 4000\n',
    ),
    "lib/names.py": ('BIG = "gpt-4o"\nSMALL = "gpt-4o-mini"\n', 'BIG = "gpt-5"\nSMALL = "gpt-4.1-nano"\n', None),
    "lib/llm.py": (
        ("from openai import OpenAI\n\nclient = OpenAI()\n\n\ndef ask(prompt, model='gpt-4.1', limit=None):\n"
        "    return client.responses.create(model=model, input=prompt, max_output_tokens=limit)\n"),
        ("from openai import OpenAI\nfrom lib import settings\n\nclient = OpenAI(max_retries=5)\n\n\ndef ask(prompt, model=settings.MODEL, limit=10):\n"
        "    for _ in range(3):\n        client.responses.create(model=model, input=prompt, max_output_tokens=limit)\n"),
        "def ask(prompt, model=None, limit=None):\n    return prompt\n",
        None,
    ),
    "lib/deep.py": (
        "from lib.llm import ask\n\n\ndef deeper(text, model):\n    return ask('Deeply: ' + text, model)\n",
        "from lib.llm import ask\nfrom lib.names import SMALL\n\n\ndef deeper(text, model):\n    return ask('More deeply: ' + text, SMALL)\n",
    ),
    "app/one.py": (
        "from lib.llm import ask\nfrom lib.settings import MODEL\n\n\ndef run(text):\n    return ask(f'Tell me about {text}', MODEL)\n",
        "from lib import ask\n\n\ndef run(text):\n    return ask(f'Tell me all about {text}', 'gpt-4.1-mini')\n",
    ),
    "app/two.py": (
        "from lib.deep import deeper\nfrom app.texts import SYSTEM\n\n\ndef go():\n    return deeper(SYSTEM, 'gpt-4o')\n",
        "import lib.deep\nimport app.texts\n\n\ndef go():\n    return lib.deep.deeper(app.texts.SYSTEM, 'gpt-4.1')\n",
    ),
    "app/texts.py": (
        'SYSTEM = """You are a careful assistant.\nAnswer in the language of the question."""\n',
        'from pathlib import Path\n\nSYSTEM = Path("prompts/system.md").read_text()\n',
    ),
    "app/shared.py": (
        ("from openai import OpenAI\n\n\nclass Settings:\n    model = 'gpt-4.1'\n\n\nsettings = Settings()\n\n\n"
        "def say(text):\n    return OpenAI().responses.create(model=settings.model, input=text)\n"),
    ),
    "app/writes.py": ("", "from app.shared import settings\n\nsettings.model = 'gpt-4o'\n", None),
    "app/talks.py": ("from app.shared import say\n\nsay('Hello')\n", "from app.shared import say\n\nsay('Hello to all of you')\n"),
    "app/base.py": (
        ("from openai import OpenAI\n\n\nclass Base:\n    model = 'gpt-4.1'\n\n    def talk(self, text):\n"
        "        return OpenAI().chat.completions.create(model=self.model, messages=[{'role': 'user', 'content': text}])\n"),
        ("from openai import OpenAI\n\n\nclass Base:\n    model = 'gpt-4o'\n\n    def talk(self, text):\n"
        "        return OpenAI().chat.completions.create(model=self.model, messages=[{'role': 'user', 'content': text}], max_tokens=9)\n"),
    ),
    "app/heir.py": (
        "from app.base import Base\n\n\nclass Heir(Base):\n    model = 'gpt-4o-mini'\n",
        "from app.base import Base\n\n\nclass Heir(Base):\n    model = 'gpt-5'\n",
        None,
    ),
    "app/uses.py": (
        "from app.base import Base\n\n\ndef use(base: Base):\n    base.talk('A question')\n",
        "from app.heir import Heir\n\n\ndef use():\n    Heir().talk('A question')\n",
    ),
    "app/model.py": (
        "from langchain_openai import ChatOpenAI\n\nchat = ChatOpenAI(model='gpt-4.1')\n",
        "from langchain_openai import ChatOpenAI\n\nchat = ChatOpenAI(model='gpt-4o', max_tokens=50)\n",
    ),
    "app/chats.py": ("from app.model import chat\n\nchat.invoke('Hello')\n", "", "from app.model import chat\n\nchat.invoke('Good day')\n"),
    "other/chats.py": ("from app.model import chat\n\nchat.invoke('From elsewhere')\n", ""),
    "app/holder.py": (
        "class Holder:\n    def __init__(self, chat):\n        self.chat = chat\n",
        "class Holder:\n    def __init__(self, chat):\n        self.chat = chat.with_retry(stop_after_attempt=4)\n",
    ),
    "app/builds.py": (
        "from app.holder import Holder\nfrom app.model import chat\n\nheld = Holder(chat)\n",
        "from langchain_openai import ChatOpenAI\nfrom app.holder import Holder\n\nheld = Holder(ChatOpenAI(model='gpt-5'))\n",
        None,
    ),
    "app/holds.py": (
        "from app.holder import Holder\n\n\ndef talk(holder: Holder):\n    holder.chat.invoke('A question to what is held')\n",
        "from app.builds import held\n\nheld.chat.invoke('Another question to what is held')\n",
    ),
    "app/address.py": ("URL = 'https://api.openai.com/v1/chat/completions'\n", "URL = 'https://api.deepseek.com/chat/completions'\n"),
    "app/posts.py": (
        ("import requests\nfrom app import address\n\n\ndef post(model, text):  # openai\n"
        "    body = {'model': model, 'messages': [{'role': 'user', 'content': text}]}\n"
        "    return requests.post(address.URL, json=body)\n"),
    ),
    "app/sends.py": ("from app.posts import post\n\npost('gpt-4.1', 'Posted')\n", "from app.posts import post\n\npost('gpt-4o', 'Posted again')\n"),
    "app/__init__.py": (None, "", "from app.one import *\nfrom app.model import chat as model\n"),
    "app/sets.py": (
        ("from openai import OpenAI\n\n\nclass Client:\n    model = None\n\n    @classmethod\n    def setup(cls, model):\n        cls.model = model\n\n"
        "    @classmethod\n    def send(cls):\n        return OpenAI().responses.create(model=cls.model, input='A set question')\n"),
    ),
    "app/setup.py": (
        "from app.sets import Client\n\nClient.setup('gpt-4.1')\n",
        "from app.sets import Client\n\nClient.setup('gpt-4o')\n",
        None,
    ),
    "app/tuned.py": ("import dspy\n\nask = dspy.Predict('question -> answer')\n\n\ndef go():\n    return ask(question='Why?')\n",),
    "app/tunes.py": ("", "import dspy\n\ndspy.configure(lm=dspy.LM('openai/gpt-4o'))\n", "import dspy\n\ndspy.configure(lm=dspy.LM('openai/gpt-4.1'))\n"),
    "app/files.py": (
        ("from pathlib import Path\nfrom openai import OpenAI\n\n\ndef ask(name):\n    text = (Path('prompts') / f'{name}.md').read_text()\n"
        "    return OpenAI().responses.create(model='gpt-4.1', input=text)\n\n\nask('system')\n"),
    ),
    "app/render.py": (
        ("from jinja2 import Environment, FileSystemLoader\nfrom openai import OpenAI\n\n"
        "TEXT = Environment(loader=FileSystemLoader('prompts')).get_template('main.j2').render()\n"
        "OpenAI().responses.create(model='gpt-4.1', input=TEXT)\n"),
    ),
    "prompts/system.md": ("You are nice.\n", "You are nice, and you say so at length, again and again.\n", None),
    "prompts/main.j2": ("{% include 'part.j2' %}\nGo on.\n", "Go on and on and on.\n"),
    "prompts/part.j2": ("A part.\n", "A part that is rather longer than it was before.\n"),
    ".env.example": ("CHAT_MODEL=gpt-4.1\n", "CHAT_MODEL=gpt-4o\n", None),
    "app/around.py": (
        (
            "import os\nfrom openai import OpenAI\n\nMODEL = os.environ['CHAT_MODEL']\n"
            "OpenAI().responses.create(model=MODEL, input='From the environment')\n"
        ),
    ),
    "app/source.py": (
        (
            "from pathlib import Path\nfrom openai import OpenAI\n\nTEXT = Path('app/texts.py').read_text()\n"
            "OpenAI().responses.create(model='gpt-4.1', input=TEXT)\n"
        ),
    ),
    "requirements.txt": ("openai==1.50.0\n", "openai==2.1.0\n"),
    "apart/alone.py": (
        "from openai import OpenAI\n\nOpenAI().responses.create(model='gpt-4o', input='Alone')\n",
        "from openai import OpenAI\n\nOpenAI().responses.create(model='gpt-5', input='All alone')\n",
    ),
    "apart/wide.py": ("import app.one\n\napp.one.run('bread')\n", "from app import one\n\none.run('bread and butter')\n"),
}
"""Paths -> what may stand there; None: no such file."""


def said(files: Mapping[str, str], after: Mapping[str, str], config: Config, *, full: bool) -> tuple[Focus | None, Judgement, Comparison]:
    base, head = FilesTree(dict(files)), FilesTree(dict(after))
    changed = changed_paths(base, head)
    focus = None if full else _focused(base, head, changed, config)
    judged, comparison, _ = _judged(Policy(config, RULES, {}, "head"), (base, head, changed, ()), WHOLE if full else SETTING, focus)
    if focus is not None and is_undecided(judged, config, "diff", SETTING):
        focus = None
        judged, comparison, _ = _judged(Policy(config, RULES, {}, "head"), (base, head, changed, ()), WHOLE, None)
    return focus, judged, comparison


def _focused(base: FilesTree, head: FilesTree, changed: frozenset[str], config: Config) -> Focus | None:
    """The same focus, whether or not what imports do not connect with the change is left out beforehand."""
    found = _focus((base, head), changed, config, SETTING)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("costgate.read.focus.PART", 1)
        assert _focus((base, head), changed, config, SETTING) == found
        patch.setattr("costgate.read.focus.PART", 10**9)
        assert _focus((base, head), changed, config, SETTING) == found
    return found


def told(judged: Judgement, comparison: Comparison) -> Any:
    """What has to be the same. What cannot be told in a part of a tree is an abstention, of a rule that decides nothing."""
    abstained = {each.rule for each in judged.abstentions if "--full" in each.why}
    changes = [(each.kind, each.key, each.tokens, each.cost, each.causes) for each in comparison.changes]
    found = {(each.rule, each.fingerprint, each.message) for each in judged.findings if each.state == "open"}
    return changes, comparison.tokens, comparison.cost, comparison.unknown, found, judged.verdict_result, abstained


def same(before: Mapping[str, str], after: Mapping[str, str], config: Config = CONFIG) -> Focus | None:
    focus, *partly = said(before, after, config, full=False)
    _, *wholly = said(before, after, config, full=True)
    *one, found, verdict, abstained = told(*partly)
    *other, all_found, whole_verdict, none = told(*wholly)
    assert one == other
    assert found <= all_found
    assert {rule for rule, _, _ in all_found - found} <= abstained
    assert verdict == whole_verdict
    assert not none
    return focus


def _repository(choices: Mapping[str, int]) -> dict[str, str]:
    return {path: text for path, at in choices.items() if (text := POOL[path][at % len(POOL[path])]) is not None}


CHOICES = st.fixed_dictionaries({path: st.integers(0, len(texts) - 1) for path, texts in POOL.items()})


@settings(max_examples=20, deadline=None)
@given(CHOICES, st.dictionaries(st.sampled_from(sorted(POOL)), st.integers(0, 3), min_size=1, max_size=4))
def test_a_focus_and_the_whole_say_the_same(first: dict[str, int], then: dict[str, int]) -> None:
    same(_repository(first), _repository({**first, **then}))


@pytest.mark.parametrize("path", sorted(POOL))
def test_each_change_alone(path: str) -> None:
    first = _repository(dict.fromkeys(POOL, 0))
    for at in range(1, len(POOL[path])):
        same(first, _repository({**dict.fromkeys(POOL, 0), path: at}))
        same(_repository({**dict.fromkeys(POOL, 0), path: at}), first)


# with a repository ---------------------------------------------------------------------------------------------------


def _committed(root: Path, files: Mapping[str, str]) -> None:
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    for words in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "as it stood"]):
        subprocess.run(["git", *words], cwd=root, check=True)


def _both(root: Path, **more: Any) -> tuple[Report, Report]:
    return tuple(diff(root, "HEAD", None, "worktree", replace(SETTING, full=full, **more)) for full in (False, True))  # type: ignore[return-value]


CONFIGURED = """
workloads:
  - {name: elsewhere, sites: ["apart/**"], traffic: 10/day}
  - {name: talks, sites: ["app/talks.py"], traffic: 1000/month, budgets: {cost_per_month: "5"}}
"""


def test_workloads_are_read_whatever_changes(tmp_path: Path) -> None:
    first = _repository(dict.fromkeys(POOL, 0))
    _committed(tmp_path, {**first, "costgate.yaml": CONFIGURED})
    (tmp_path / "app/chats.py").write_text("from app.model import chat\n\nchat.invoke('Good day to you')\n")
    part, whole = _both(tmp_path)
    assert part["coverage"]["scope"] == "change" and whole["coverage"]["scope"] == "tree"
    assert part["workloads"] == whole["workloads"] and part["portfolio"] == whole["portfolio"]
    assert part["workloads"][0]["per_month"] is not None
    assert part["changes"] == whole["changes"] and part["coverage"]["calls"] < whole["coverage"]["calls"]


def test_sums_over_the_tree_are_left_out_and_said_to_be(tmp_path: Path) -> None:
    first = _repository(dict.fromkeys(POOL, 0))
    _committed(tmp_path, first)
    (tmp_path / "apart/alone.py").write_text(str(POOL["apart/alone.py"][1]))
    part, whole = _both(tmp_path)
    assert [part["totals"][side]["cost_per_call"] for side in ("head", "base")] == [None, None]
    assert part["totals"]["delta"] == whole["totals"]["delta"]
    assert whole["totals"]["head"]["cost_per_call"] is not None
    for name in ("text", "markdown", "html"):
        assert "--full" in render(part, name) and "--full" not in render(whole, name)


@pytest.mark.parametrize(
    ("rules", "fail_on", "scope"),
    [
        ("rules: {duplicated-prompt: {severity: error, params: {limit: 2}}}\n", None, "tree"),
        ("rules: {duplicated-prompt: {severity: warning, params: {limit: 2}}}\n", None, "tree"),
        ("rules: {duplicated-prompt: {severity: info, params: {limit: 2}}}\n", None, "change"),
        ("rules: {duplicated-prompt: {severity: info, params: {limit: 2}}}\n", "info", "tree"),
        (
            ("rules: {duplicated-prompt: {severity: info, params: {limit: 2}}}\n"
            "paths: [{globs: ['apart/**'], rules: {duplicated-prompt: {severity: error}}}]\n"),
            None,
            "tree",
        ),
    ],
)
def test_a_rule_that_needs_the_tree_gets_it(tmp_path: Path, rules: str, fail_on: str | None, scope: str) -> None:
    first = _repository(dict.fromkeys(POOL, 0))
    others = "".join(f"  {rule.id}: off\n" for rule in RULES if rule.id not in rules and rule.name != "duplicated-prompt")
    _committed(tmp_path, {**first, "costgate.yaml": rules.replace("rules: {", f"rules:\n{others}  ", 1).replace("}}\n", "}\n", 1)})
    (tmp_path / "apart/alone.py").write_text(first["apart/alone.py"].replace("'Alone'", "'A set question'"))
    part, whole = _both(tmp_path, fail_on=fail_on)
    assert part["coverage"]["scope"] == scope
    assert part["verdict"]["result"] == whole["verdict"]["result"]


def test_a_small_tree_is_read_whole(tmp_path: Path) -> None:
    _committed(tmp_path, {"app.py": "from openai import OpenAI\nOpenAI().responses.create(model='gpt-4o', input='a')\n"})
    (tmp_path / "other.py").write_text("import openai\n")
    assert diff(tmp_path, "HEAD", None, "worktree", SETTING)["coverage"]["scope"] == "tree"


@pytest.mark.parametrize("path", ["lib/llm.py", "app/model.py", "app/uses.py", "app/shared.py", "prompts/system.md", "app/tuned.py"])
def test_a_check_says_the_same(tmp_path: Path, path: str) -> None:
    _committed(tmp_path, _repository(dict.fromkeys(POOL, 0)))
    part, whole = (check([tmp_path / path], tmp_path, replace(SETTING, full=full)) for full in (False, True))
    assert part["coverage"]["scope"] == "change"
    assert part["calls"] == whole["calls"] and part["totals"] == whole["totals"] and part["verdict"] == whole["verdict"]
    ours, theirs = ([each for each in report["findings"] if each["rule"] != "CG606"] for report in (part, whole))
    assert ours == theirs


@pytest.mark.parametrize(
    ("more", "changed"),
    [
        ({"source": "costgate.yaml"}, "costgate.yaml"),
        ({"extends": ("base.yaml",)}, "base.yaml"),
        ({"prices_from": "prices.yaml"}, "prices.yaml"),
        ({"measured_file": "measured.yaml"}, "measured.yaml"),
        ({"sdks": (("own.yaml", ""),)}, "app/one.py"),
        ({"aliases": {"app.one.run": "openai.OpenAI"}}, "app/one.py"),
        ({"predicates": ("own",)}, "app/one.py"),
        ({"workloads": (Workload("w", entrypoints=("app/one.py::run",)),)}, "app/one.py"),
    ],
)
def test_what_makes_everything_be_read(more: Mapping[str, Any], changed: str) -> None:
    files = {**_repository(dict.fromkeys(POOL, 0)), "apart.txt": "", changed: "# before\n"}
    trees = FilesTree(files), FilesTree({**files, changed: "# after\n"})
    policy = Policy(replace(CONFIG, **more), RULES, {}, "head")
    setting = replace(SETTING, full=False)
    assert focus_of_change(*trees, {changed}, policy, setting) is None
    assert focus_of_change(*trees, {changed}, Policy(CONFIG, RULES, {}, "head"), setting) is not None


def test_a_change_of_the_policy_makes_everything_be_read() -> None:
    files = _repository(dict.fromkeys(POOL, 0))
    trees = FilesTree(files), FilesTree({**files, "app/one.py": str(POOL["app/one.py"][1])})
    setting = replace(SETTING, full=False)
    policy = Policy(CONFIG, RULES, {}, "head")
    assert focus_of_change(*trees, {"app/one.py"}, policy, setting) is not None
    for each in (replace(policy, changes=({"kind": "policy", "path": "costgate.yaml", "line": 1, "rules": ["CG101"], "reason": "", "change": "added"},)), replace(policy, plain=CONFIG)):
        assert focus_of_change(*trees, {"app/one.py"}, each, setting) is None


def test_what_is_remembered_is_not_read_in_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("costgate.gate.focused.LARGE", 1)
    files = _repository(dict.fromkeys(POOL, 0))
    trees = FilesTree(files), FilesTree({**files, "app/one.py": str(POOL["app/one.py"][1])})
    policy = Policy(CONFIG, RULES, {}, "head")
    with SqliteCache(tmp_path) as cache:
        setting = replace(SETTING, cache=cache)
        assert focus_of_change(*trees, {"app/one.py"}, policy, setting) is not None
        snapshot_of(trees[0], CONFIG, setting, ())
        assert focus_of_change(*trees, {"app/one.py"}, policy, setting) is not None
        snapshot_of(trees[1], CONFIG, setting, ())
        assert focus_of_change(*trees, {"app/one.py"}, policy, setting) is None


# a cache of what looks at files told -----------------------------------------------------------------------------------


class Counted(FilesTree):
    """A tree that counts how often each file is opened."""

    def __init__(self, files: Mapping[str, bytes | str]) -> None:
        super().__init__(files)
        self.opened: Counter[str] = Counter()

    def read(self, path: str) -> bytes:
        self.opened[path] += 1
        return super().read(path)


def test_a_file_that_is_known_is_opened_once_and_not_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    apart = {f"far{number}/alone.py": f"import os\nfrom far{number} import other\nA = {number}\n" for number in range(50)}
    files = {**_repository(dict.fromkeys(POOL, 0)), **apart}
    with SqliteCache(tmp_path) as cache:
        setting = replace(SETTING, cache=cache, full=False)
        cold = Counted(files)
        expected = focus_of_files(cold, ["app/one.py"], CONFIG, setting)
        assert expected == focus_of_files(FilesTree(files), ["app/one.py"], CONFIG, IN_PART)
        monkeypatch.setattr("costgate.read.looks.imports_of", lambda data: pytest.fail("looked at again"))
        warm = Counted(files)
        assert focus_of_files(warm, ["app/one.py"], CONFIG, setting) == expected
        for tree in (cold, warm):
            assert {tree.opened[path] for path in apart} == {1}


@pytest.mark.parametrize("path", sorted(each for each in POOL if each.endswith(".py")))
def test_what_is_kept_of_looks_is_not_believed_of_other_bytes(tmp_path: Path, path: str) -> None:
    files = _repository(dict.fromkeys(POOL, 0))
    with SqliteCache(tmp_path) as cache:
        for at in range(len(POOL[path])):
            after = {**files, path: POOL[path][at] or ""}
            for changed in (["app/one.py"], [path]):
                kept = focus_of_files(FilesTree(after), changed, CONFIG, replace(SETTING, cache=cache, full=False))
                assert kept == focus_of_files(FilesTree(after), changed, CONFIG, IN_PART)


@pytest.mark.parametrize("name", ["plain.py", "with space.py", "it's.py", "größe.py", "a.b-c.py", "book.ipynb"])
def test_code_that_is_read_as_text_is_found_by_its_name(name: str) -> None:
    files = {
        f"texts/{name}": "{}",
        "reads.py": f'from pathlib import Path\nfrom openai import OpenAI\nTEXT = Path("texts/{name}").read_text()\nOpenAI().responses.create(model="gpt-4o", input=TEXT)\n',
    }
    focus = focus_of_files(FilesTree(files), [f"texts/{name}"], CONFIG, IN_PART)
    assert focus is not None and "reads.py" in focus.files


def test_a_reading_in_part_that_is_kept_rests_on_all_that_it_opened(tmp_path: Path) -> None:
    files = {
        "app/one.py": "from openai import OpenAI\nfrom app.limits import MOST\nOpenAI().responses.create(model='gpt-4o', input='Hello', max_output_tokens=MOST)\n",
        "app/limits.py": "from app.deep import DEEP as MOST\n",
        "app/deep.py": "DEEP = 100\n",
        **{f"far{number}.py": "" for number in range(20)},
    }
    root = tmp_path / "tree"
    _committed(root, files)
    with SqliteCache(tmp_path / "cache") as cache:
        setting = replace(SETTING, cache=cache, full=False)
        for limit in (100, 300, 100):
            (root / "app/deep.py").write_text(f"DEEP = {limit}\n")
            for _ in range(2):
                (call,) = check([root / "app/one.py"], root, setting)["calls"]
                assert call["output_limit"]["values"] == [limit]


# packages that people use: synthetic edits --------------------------------------------------------------------------

CORPUS = Path(__file__).parents[2] / "build" / "corpus"
PACKAGES = tuple(os.environ.get("COSTGATE_FOCUS_PACKAGES", "paper-qa").split(","))
"""Names of packages; more of them, and larger ones, where somebody asks."""
ROUNDS = int(os.environ.get("COSTGATE_FOCUS_ROUNDS", "1"))
_KINDS = (".py", ".md", ".j2", ".yaml", ".yml", ".json", ".txt", ".toml")
_MODEL = re.compile(r"(?<=[\"'])gpt-4[\w.-]*(?=[\"'])|(?<=[\"'])claude-[\w.-]*(?=[\"'])")
_LIMIT = re.compile(r"(?<=max_tokens=)\d+|(?<=temperature=)[\d.]+")
_SENTENCE = re.compile(r"(?<=[a-z]{4}) (?=[a-z]{4,} [a-z]{2,} [a-z]{2,} )")


@pytest.mark.parametrize("seed", range(ROUNDS))
@pytest.mark.parametrize("name", PACKAGES)
def test_an_edit_of_a_package(name: str, seed: int) -> None:
    if not (CORPUS / name).is_dir():
        pytest.skip("the packages of the corpus are not here")
    files = _read(CORPUS / name)
    rng = random.Random(seed)
    after = dict(files)
    for edit in rng.sample(EDITS, 3):
        edit(after, rng)
    same(files, after)


def _read(folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix in _KINDS and path.stat().st_size < 400_000:
            try:
                found[path.relative_to(folder).as_posix()] = path.read_text("utf-8")
            except UnicodeDecodeError:
                continue
    return found


def _text(files: dict[str, str], rng: random.Random) -> None:
    """A sentence of a prompt, a text or a page is longer."""
    for path in rng.sample(sorted(files), min(3, len(files))):
        files[path] = _edited(files[path], rng)


def _edited(text: str, rng: random.Random) -> str:
    places = [match.start() for match in _SENTENCE.finditer(text)]
    if not places:
        return f"{text.rstrip()}\n\nADDED = 'nothing that anybody uses'\n"
    at = rng.choice(places)
    return f"{text[:at]} at some greater length than before{text[at:]}"


def _model(files: dict[str, str], rng: random.Random) -> None:
    """Models and limits of a file are others."""
    telling = _code(files, lambda text: _MODEL.search(text) or _LIMIT.search(text))
    for path in rng.sample(telling, min(1, len(telling))):
        files[path] = _LIMIT.sub("77", _MODEL.sub("gpt-4o-mini", files[path]))


def _constant(files: dict[str, str], rng: random.Random) -> None:
    """A value that stands at the top of a module, or in the body of a class."""
    _in_one(files, rng, re.compile(r"^(?:    )?\w+(?:: [\w\[\] |]+)? = (?:\d+|\"[^\"\n]*\"|'[^'\n]*')$", re.MULTILINE), _other_value)


def _other_value(found: str) -> str:
    before, _, value = found.rpartition(" = ")
    return f"{before} = {int(value) + 3 if value.isdigit() else value[:-1] + ' and more' + value[-1]}"


def _wrapper(files: dict[str, str], rng: random.Random) -> None:
    """A function has a line in front of its body, which calls it again or leaves it."""
    begins = re.compile(r"^( *)(?:async )?def \w+\([^()\n]*\)(?: -> [\w\[\]., |]+)?:\n(?= +\w)", re.MULTILINE)
    line = rng.choice(("return None", "model = 'gpt-4o'", "max_tokens = 55"))
    _in_one(files, rng, begins, lambda found: f"{found}{' ' * (len(found) - len(found.lstrip()) + 4)}{line}\n")


def _base(files: dict[str, str], rng: random.Random) -> None:
    """A class extends nothing, or one has a member more."""
    if rng.random() < 0.5:
        _in_one(files, rng, re.compile(r"^class \w+\([\w., ]+\):$", re.MULTILINE), lambda found: f"{found.partition('(')[0]}:")
    else:
        _in_one(files, rng, re.compile(r"^class \w+(?:\([^()\n]*\))?:\n", re.MULTILINE), lambda found: f"{found}    model = 'gpt-4.1-nano'\n")


def _imported(files: dict[str, str], rng: random.Random) -> None:
    """An import takes everything, or nothing; one from a package is one from nowhere."""
    change = rng.choice((lambda found: re.sub("import .*", "import *", found), lambda found: re.sub("(?m)^( *).*", r"\1pass", found)))
    _in_one(files, rng, re.compile(r"^ *from [\w.]+ import [\w, ]+$", re.MULTILINE), change)


def _package(files: dict[str, str], rng: random.Random) -> None:
    """A package gives out more, or less."""
    inits = [path for path in sorted(files) if path.endswith("__init__.py")]
    if not inits:
        return
    path = rng.choice(inits)
    folder = path.removesuffix("__init__.py")
    inner = [each for each in sorted(files) if each.startswith(folder) and "/" not in each.removeprefix(folder) and each != path]
    names = [each.removeprefix(folder).removesuffix(".py") for each in inner if each.endswith(".py")]
    more = "".join(f"from .{name} import *\n" for name in rng.sample(names, min(2, len(names))))
    files[path] = rng.choice((more, f"{files[path]}\n{more}"))


def _settings(files: dict[str, str], rng: random.Random) -> None:
    """A number in a file of data is another one, or it is gone."""
    data = [path for path in sorted(files) if not path.endswith(".py")]
    for path in rng.sample(data, min(1, len(data))):
        changed = re.sub(r"(?<=: )\d+(?=,?$)", "41", files[path], flags=re.MULTILINE)
        if changed == files[path]:
            del files[path]
        else:
            files[path] = changed


def _gone(files: dict[str, str], rng: random.Random) -> None:
    """A file is deleted."""
    del files[rng.choice(sorted(files))]


def _renamed(files: dict[str, str], rng: random.Random) -> None:
    """A file has another name; one of a few times everybody knows."""
    path = rng.choice(_code(files, lambda text: True))
    folder, _, name = path.rpartition("/")
    files[f"{folder}/new_{name}" if folder else f"new_{name}"] = files.pop(path)
    stem = name.removesuffix(".py")
    if rng.random() < 0.5 and len(stem) > 4:
        for each in _code(files, lambda text: stem in text):
            files[each] = re.sub(rf"(?<=[. ]){stem}(?= import|$|\.)", f"new_{stem}", files[each], flags=re.MULTILINE)


def _code(files: Mapping[str, str], holds: Callable[[str], Any]) -> list[str]:
    return [path for path in sorted(files) if path.endswith(".py") and holds(files[path])]


def _in_one(files: dict[str, str], rng: random.Random, pattern: re.Pattern[str], change: Callable[[str], str]) -> None:
    """Change one place of one file. Half of the time it is a file that names a model or a limit."""
    paths = _code(files, pattern.search)
    telling = [path for path in paths if _MODEL.search(files[path]) or _LIMIT.search(files[path])]
    if not paths:
        return
    path = rng.choice(telling if telling and rng.random() < 0.5 else paths)
    place = rng.choice(list(pattern.finditer(files[path])))
    files[path] = files[path][: place.start()] + change(place.group(0)) + files[path][place.end() :]


EDITS = (_text, _model, _constant, _wrapper, _base, _imported, _package, _settings, _gone, _renamed)

"""What is remembered while a tree is read: the same for every caller, and never another caller's answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from costgate.gate import knowledge
from costgate.model.prompt import Text
from costgate.model.snapshot import Reading
from costgate.model.tree import NoCache
from costgate.model.value import Known
from costgate.read import answering, modules
from costgate.read import outline as ol
from costgate.read.answering import Answering
from costgate.read.evaluate import Evaluator
from costgate.read.lineage import lineage
from costgate.read.link import _Link, read_tree
from costgate.read.things import Args, Cls, Inst, Lit, fingerprint
from costgate.store.trees import FilesTree

WRAPPER = """
from openai import OpenAI

class Settings:
    def __init__(self):
        self.limit = pick()
        self.other = self.limit

def pick():
    return 64 if deep(1) else 65

def deep(depth):
    return 1 if depth == 1 else 0

def named(name):
    add = lambda: name
    return add()

def ask(model, settings=Settings()):
    return OpenAI().chat.completions.create(model=named(model), max_tokens=settings.other, messages=[])
"""


def _read(files: Mapping[str, str]) -> Reading:
    known: dict[str, Any] = {**knowledge(NoCache(), ()), "aliases": {}}
    return read_tree(FilesTree(files), known, NoCache())


def _models(reading: Reading) -> list[object]:
    return [each.args["model"].values for each in reading.calls if each.via and isinstance(each.args["model"], Known)]


def test_each_caller_gets_its_own_values_through_shared_code() -> None:
    """Closures and helpers are followed once; what depends on the caller is not shared."""
    users = "from app import ask\n" + "".join(f"def use{index}():\n    ask('gpt-4.{index}')\n" for index in range(4))
    assert _models(_read({"app.py": WRAPPER, "users.py": users})) == [("gpt-4.0",), ("gpt-4.1",), ("gpt-4.2",), ("gpt-4.3",)]


def test_further_callers_cost_little(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not depend on the caller is evaluated once, not once for each."""
    asked: list[int] = []
    kept = Evaluator._assigned

    def counted(self: Evaluator, row: list[Any], frame: Any) -> Any:
        asked.append(row[ol.B_AT])
        return kept(self, row, frame)

    monkeypatch.setattr(Evaluator, "_assigned", counted)

    def work(count: int) -> int:
        asked.clear()
        users = "from app import ask\n" + "".join(f"def use{index}():\n    ask('gpt-4.{index}')\n" for index in range(count))
        _read({"app.py": WRAPPER, "users.py": users})
        return len(asked)

    few, many = work(3), work(40)
    assert many - few <= 37 * 2


def test_a_wrapper_without_callers_is_no_gap_when_the_limit_is_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only callers that were left out are told of."""
    from costgate.read import wrappers

    monkeypatch.setattr(wrappers, "MAX_USES_IN_TREE", 2)
    users = "from app import ask\n" + "".join(f"def use{index}():\n    ask('gpt-4.{index}')\n" for index in range(3))
    lone = WRAPPER.replace("def ask(", "def lonely(")
    reading = _read({"app.py": WRAPPER, "users.py": users, "zlone.py": lone})
    gaps = {each.span.path: [gap.what for gap in each.gaps if gap.what == "callers"] for each in reading.calls}
    assert gaps["app.py"] == ["callers"]
    assert gaps["zlone.py"] == []


def test_long_runs_of_comments_are_blanked_in_place() -> None:
    """Positions stay, strings keep their holes, comments to costgate are seen."""
    run = b"    # why, don't ask\n" * 50
    code = b"def f():\n    x = 1\n" + run + b"    # costgate: ignore[CG101] because\n" + run + b"    return g(x)\n"
    quiet = ol.quiet(code)
    assert len(quiet) == len(code) and quiet.count(b"#") == 3
    made = ol.outline(code, frozenset())
    assert [code[start:end] for start, end in made["comments"]] == [b"# costgate: ignore[CG101] because"]
    assert [code[row[ol.C_START] : row[ol.C_END]] for row in made["calls"]] == [b"g(x)"]
    text = b'a = f"""\n' + b"# a\n" * 20 + b"# {h(1)}\n" + b"# a\n" * 20 + b'# """\nb = k()\n'
    assert [row[ol.C_CALLEE] for row in ol.outline(text, frozenset())["calls"]] == ["h", "k"]


def test_where_the_budget_ends_the_nearer_callers_stand_for_those_further_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is left out who is near: what they send is told, and that their own callers are not followed."""
    far = "".join(f"def far{at}(text):\n    near('gpt-4.{at}', text)\n" for at in range(40))
    near = "from openai import OpenAI\n\ndef ask(model, text):\n    OpenAI().responses.create(model=model, input=f'Sum it up. {text}')\n\n"
    near += "def near(model, text):\n    ask(model, f'And be brief: {text}')\n\ndef other(text):\n    ask('gpt-4', text)\n\n"
    files = {"app.py": near + far + "".join(f"far{at}('word')\n" for at in range(40))}
    whole = {each.context.function for each in _read(files).calls if each.via}
    assert whole == {"", "other"}
    monkeypatch.setattr("costgate.read.wrappers.MAX_STEPS_OF_CALLERS", 200)
    cut = {each.context.function: each for each in _read(files).calls if each.via}
    assert set(cut) == {"near", "other"}
    assert [gap.what for gap in cut["near"].gaps].count("callers") == 1
    assert "And be brief: " in "".join(part.text for part in cut["near"].prompt.segments if isinstance(part, Text))
    assert "callers" not in [gap.what for gap in cut["other"].gaps]


def test_what_an_answer_rests_on_is_kept_in_the_order_of_asking() -> None:
    """The order decides what is followed first, and so where a budget ends: it must not change from run to run."""
    ev = Answering()
    env = {("app.py", 1): {name: Lit(1) for name in "edcba"}}

    def look() -> object:
        for name in "edcba":
            ev.needs(env, ("app.py", 1), name)
        return Lit(1)

    assert [name for _, name, _ in ev._recorded(look, env).rests] == list("edcba")


CLASSES = {
    "app.py": WRAPPER,
    "base.py": "from app import ask\n\nclass Base:\n    model = 'gpt-4.1'\n\n    def run(self):\n        return ask(self.model)\n",
    "heir.py": "from base import Base\n\nclass Heir(Base):\n    model = 'gpt-4.1-mini'\n\nHeir().run()\n",
    "use.py": "from heir import Heir\n\nHeir().run()\n",
}


def test_modules_that_are_not_held_any_longer_are_read_again_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = _read(CLASSES)
    assert _models(usual)
    monkeypatch.setattr(modules, "MAX_MODULES", 1)
    assert _read(CLASSES) == usual


class Changing(FilesTree):
    """Files that are gone, or others, once so many were read."""

    def __init__(self, files: Mapping[str, str], after: int, new: bytes | None) -> None:
        super().__init__(dict(files))
        self.left = after
        self.new = new

    def read(self, path: str) -> bytes:
        self.left -= 1
        if self.left < 0 and self.new is None:
            raise FileNotFoundError(2, "No such file or directory")
        return super().read(path) if self.left >= 0 or self.new is None else self.new


@pytest.mark.parametrize("new", [None, b"from app import ask\n\nask('gpt-5')\n"], ids=["gone", "another"])
def test_files_that_change_once_they_were_let_go_of_are_no_crash(monkeypatch: pytest.MonkeyPatch, new: bytes | None) -> None:
    monkeypatch.setattr(modules, "MAX_MODULES", 1)
    known = {**knowledge(NoCache(), ()), "aliases": {}}
    for after in range(0, 60, 3):
        reading = read_tree(Changing(CLASSES, after, new), known, NoCache())
        assert new is not None or reading.read == len(CLASSES) or reading.unread


def test_an_endless_loop_further_out_is_seen_whatever_modules_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """How many are held depends on how many processes there are."""
    files = {
        "app.py": "from openai import OpenAI\n\ndef ask():\n    OpenAI().responses.create(model='gpt-4.1', input='Hi')\n",
        "step.py": "import app\n\ndef step():\n    app.ask()\n",
        "work.py": "import step\n\ndef work():\n    while True:\n        step.step()\n",
    }
    usual = _read(files)
    assert [loop.kind for site in usual.calls for loop in site.context.loops] == ["forever"]
    monkeypatch.setattr(modules, "MAX_MODULES", 1)
    assert _read(files) == usual
    files["other.py"] = "def idle():\n    while True:\n        print('Hi')\n"
    assert _read(files).read == usual.read  # it calls nothing of these names


def test_what_a_class_extends_is_told_the_same_when_the_steps_have_run_out() -> None:
    """It is kept for good: whoever asks first may have no steps left."""
    code = "from base import Base\n\nclass Heir(Base):\n    pass\n"
    base = "from openai import OpenAI\n\nclass Base(OpenAI):\n    pass\n"
    known: dict[str, Any] = {**knowledge(NoCache(), ()), "aliases": {}}
    tree = FilesTree({"heir.py": code, "base.py": base})
    ev = _Link(tree, known, NoCache(), lambda done, files: None, None).ev
    module = ev.project.module("heir.py")
    assert module is not None
    cls = Cls("heir.py", next(at for at, row in enumerate(module.facts["scopes"]) if row[ol.S_NAME] == "Heir"))
    ev.reset(0)
    classes, foreign = lineage(ev, cls)
    assert [each.path for each in classes] == ["heir.py", "base.py"]
    assert foreign == ["openai.OpenAI"]


def test_an_instance_is_looked_through_once_for_all_its_attributes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Instances that are built alike have one number, and nothing else has it, also when the numbers were let go of."""
    looked: list[object] = []
    monkeypatch.setattr(answering, "fingerprint", lambda thing, held: looked.append(thing) or fingerprint(thing, held))
    one, other = (Inst(Cls("app.py", 1), Args((Lit(number),))) for number in (1, 2))
    ev = Answering()
    first = [ev.number(each) for each in (one, one, other, replace(one))]
    assert first[0] == first[1] == first[3] != first[2]
    assert len(looked) == 3
    monkeypatch.setattr(answering, "MAX_KEYS", 1)
    ev.reset()
    assert not {ev.number(one), ev.number(other)} & set(first)

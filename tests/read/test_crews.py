"""Crews: agents and tasks in YAML or in code, what each request of a run sends, and how many requests a run makes."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from costgate.gate import knowledge, measure_files
from costgate.model.call import CallSite
from costgate.model.config import Config
from costgate.model.money import Range
from costgate.model.prompt import Hole, Text
from costgate.model.snapshot import Cause, Change, Comparison, Measure, Snapshot
from costgate.model.tree import NoCache
from costgate.model.value import Known, Unknown
from costgate.read.focus import focus_of
from costgate.store.trees import FilesTree

AGENTS = """\
# who works here
cook:
  role: >
    Cook in {town}
  goal: Cook well
  backstory: >
    You learned it in Lyon,
    a long time ago.

  llm: openai/gpt-4.1-nano
waiter:
  role: Waiter
  goal: "Bring {what}: {\\"n\\": 1}"
  backstory: |-
    You are quick.
  max_iter: 3
"""
TASKS = """\
soup:
  description: >
    Make a soup of {what}.

    Taste it.
  expected_output: A soup.
  agent: cook
bring:
  description: Bring it to the table.
  expected_output: A guest that smiles.
  agent: waiter
"""
CODE = """\
from crewai import Agent, Crew, Process, Task
from crewai.project import CrewBase, agent, crew, task


@CrewBase
class Inn:
    @agent
    def cook(self) -> Agent:
        return Agent(config=self.agents_config["cook"])

    @agent
    def waiter(self) -> Agent:
        return Agent(config=self.agents_config["waiter"], llm="openai/gpt-4.1-mini")

    @task
    def soup(self) -> Task:
        return Task(config=self.tasks_config["soup"])

    @task
    def bring(self) -> Task:
        return Task(config=self.tasks_config["bring"])

    @crew
    def crew(self) -> Crew:
        return Crew(agents=self.agents, tasks=self.tasks)


def run(town):
    return Inn().crew().kickoff(inputs={"town": town, "what": "leek"})
"""
FILES = {"inn/crew.py": CODE, "inn/config/agents.yaml": AGENTS, "inn/config/tasks.yaml": TASKS}
COOK = ("Cook in ", "{town}", "\n", "Cook well", "You learned it in Lyon, a long time ago.\n")


def snapshot(files: Mapping[str, str]) -> Snapshot:
    made = measure_files(dict(files), None, Config())
    assert isinstance(made, Snapshot)
    return made


def kicked_off(files: Mapping[str, str]) -> tuple[CallSite, Measure]:
    made = snapshot(files)
    (found,) = [each for each in made.reading.calls if each.kind == "agent-run"]
    return found, made.measures[found.key]


def changed(path: str, old: str, new: str) -> dict[str, str]:
    assert old in FILES[path]
    return {**FILES, path: FILES[path].replace(old, new)}


def said(site: CallSite) -> list[list[str]]:
    """The prompts of a call, holes in braces, without what the SDK adds."""
    assert site.prompt is not None
    prompts = (site.prompt, *site.prompt.alternatives)
    return sorted([part.text if isinstance(part, Text) else f"{{{part.name}}}" for part in each.segments[:-1] if part.role != "tools"] for each in prompts)


def why(site: CallSite) -> str:
    return " | ".join(gap.why for gap in site.gaps)


def test_each_task_is_sent_by_its_agent() -> None:
    site, _ = kicked_off(FILES)
    assert said(site) == [
        ["Bring it to the table.", "A guest that smiles.", "Waiter", "Bring ", "{what}", ': {"n": 1}', "You are quick."],
        ["Make a soup of ", "{what}", ".\nTaste it.\n", "A soup.", *COOK],
    ]
    assert site.requests == Range(2, None, 26 + 4, "bounded")
    assert site.arg("model") == Known(("gpt-4.1-nano", "gpt-4.1-mini"), "config", site.arg("model").trail)  # type: ignore[union-attr]
    assert not site.gaps


def test_every_text_has_its_file_and_lines() -> None:
    site, measure = kicked_off(FILES)
    places = {(each.span.path, each.span.line, each.span.end_line) for each in measure.sources}
    agents, tasks = "inn/config/agents.yaml", "inn/config/tasks.yaml"
    assert places == {
        (agents, 4, 0), (agents, 5, 0), (agents, 7, 8), (agents, 12, 0), (agents, 13, 0), (agents, 15, 0),
        (tasks, 3, 5), (tasks, 6, 0), (tasks, 9, 0), (tasks, 10, 0),
    }  # fmt: skip
    holes = {(part.name, part.span.path, part.span.line) for part in site.prompt.segments if isinstance(part, Hole)}  # type: ignore[union-attr]
    assert ("town", agents, 4) in holes and ("what", tasks, 3) in holes


def test_the_sources_of_each_request_add_up() -> None:
    _, measure = kicked_off(FILES)
    assert measure.static_tokens is not None
    own = [sum(int(each.tokens.low) for each in measure.sources if each.span.line in lines) for lines in ((3, 4, 5, 6, 7), (9, 10, 12, 13, 15))]
    assert sorted(own) == [measure.static_tokens.low, measure.static_tokens.high]
    assert all(each.optional for each in measure.sources)


def test_costs_are_of_the_whole_run() -> None:
    _, measure = kicked_off(FILES)
    assert measure.output_tokens is not None and measure.static_tokens is not None and measure.input_tokens is not None
    assert measure.output_tokens.high == 30 * 32_768
    assert measure.input_tokens.low >= 2 * measure.static_tokens.low


def test_each_agent_sends_its_own_prompt_at_least() -> None:
    """What goes in at least is what each of the two sends once, not twice what the shorter one does."""
    site, measure = kicked_off(FILES)
    assert measure.static_tokens is not None and measure.input_tokens is not None
    assert [(run.least, run.most) for run in site.runs] == [(1, 26), (1, 4)]
    shorter, longer = measure.static_tokens.low, measure.static_tokens.high
    assert longer is not None and shorter < longer
    assert measure.input_tokens.low >= shorter + longer - 1


def test_the_paths_that_a_class_names() -> None:
    named = changed("inn/crew.py", "class Inn:\n", 'class Inn:\n    agents_config = "people.yml"\n    tasks_config = "../work/tasks.yaml"\n')
    moved = {"inn/people.yml": AGENTS, "work/tasks.yaml": TASKS, "inn/crew.py": named["inn/crew.py"]}
    site, measure = kicked_off(moved)
    assert site.requests == Range(2, None, 30, "bounded")
    assert {each.span.path for each in measure.sources} == {"inn/people.yml", "work/tasks.yaml"}


@pytest.mark.parametrize("path", ["../../secret.yaml", "/etc/agents.yaml", "~/agents.yaml", "C:/agents.yaml"])
def test_a_path_that_leaves_the_repository(path: str) -> None:
    site, measure = kicked_off(changed("inn/crew.py", "class Inn:\n", f'class Inn:\n    agents_config = "{path}"\n'))
    assert f"{path} leaves the repository" in why(site)
    assert {each.span.path for each in measure.sources} == {"inn/config/tasks.yaml"}
    assert isinstance(site.arg("turn_limit"), Unknown) and site.requests == Range(2, None, None, "bounded")


def test_a_file_that_is_not_there() -> None:
    site, measure = kicked_off({path: text for path, text in FILES.items() if "agents" not in path})
    assert "inn/config/agents.yaml: no such file in the tree" in why(site)
    assert {each.span.path for each in measure.sources} == {"inn/config/tasks.yaml"}
    assert isinstance(site.arg("model"), (Known, Unknown)) and site.requests == Range(2, None, None, "bounded")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("cook: [", "is not read as YAML"),
        ("cook: {role: a}\ncook: {role: b}\n", 'key "cook" is already given'),
        ("cook: !!python/object:os.system {}\n", "is not supported"),
        ("- cook\n", "holds no entries"),
        ("", "holds no entries"),
        ("\0", "it is binary"),
        ("a: &a [x, x]\n" + "".join(f"{new}: &{new} [*{old}, *{old}, *{old}, *{old}]\n" for old, new in zip("abcdefghij", "bcdefghijk", strict=True)), "aliases are expanded"),
        ("cook: " + "[" * 100, "nested deeper"),
    ],
)  # fmt: skip
def test_yaml_that_is_broken(text: str, told: str) -> None:
    made = snapshot({**FILES, "inn/config/agents.yaml": text})
    (site,) = [each for each in made.reading.calls if each.kind == "agent-run"]
    assert told in why(site)
    assert {each.span.path for each in made.measures[site.key].sources} == {"inn/config/tasks.yaml"}
    if "entries" not in told:
        assert any(gap.what == "file" and gap.span.path == "inn/config/agents.yaml" for gap in made.reading.gaps)


def test_a_key_that_is_missing() -> None:
    site, _ = kicked_off(changed("inn/config/agents.yaml", "cook:\n", "chef:\n"))
    assert "the dict has no key 'cook'" in why(site)
    assert site.requests == Range(2, None, None, "bounded")
    assert said(site)[1][:4] == ["Make a soup of ", "{what}", ".\nTaste it.\n", "A soup."]


@pytest.mark.parametrize("model", ["[a, b]", "{a: b}"])
def test_a_model_that_is_none(model: str) -> None:
    site, _ = kicked_off(changed("inn/config/agents.yaml", "openai/gpt-4.1-nano", model))
    assert isinstance(site.arg("model"), Unknown)


def test_a_number_stands_where_the_file_has_it() -> None:
    _, measure = kicked_off(changed("inn/config/agents.yaml", "role: Waiter", "role: 47"))
    assert ("inn/config/agents.yaml", 12) in {(each.span.path, each.span.line) for each in measure.sources}


def test_a_method_that_is_missing() -> None:
    site, _ = kicked_off(changed("inn/config/tasks.yaml", "agent: cook", "agent: chef"))
    assert "no method `chef` is marked as agent" in why(site)
    assert site.requests == Range(2, None, None, "bounded")


def test_a_model_that_a_method_makes() -> None:
    marked = changed("inn/config/agents.yaml", "llm: openai/gpt-4.1-nano", "llm: small")
    code = marked["inn/crew.py"].replace("from crewai.project import", "from crewai import LLM\nfrom crewai.project import llm,")
    code = code.replace("class Inn:\n", 'class Inn:\n    @llm\n    def small(self):\n        return LLM(model="openai/gpt-5-nano", max_tokens=70)\n\n')
    site, _ = kicked_off({**marked, "inn/crew.py": code})
    assert set(site.arg("model").values) == {"gpt-5-nano", "gpt-4.1-mini"}  # type: ignore[union-attr]


def test_only_classes_below_the_decorator() -> None:
    made = snapshot(changed("inn/crew.py", "@CrewBase\n", ""))
    assert not any(each.sources and "yaml" in each.sources[0].span.path for each in made.measures.values())


LIST = "[ask, sum_up]"
PLAIN = """\
from crewai import Agent, Crew, Process, Task
from crewai.tasks.conditional_task import ConditionalTask

one = Agent(role="a", goal="b", backstory="c", llm="openai/gpt-4.1-mini", max_iter=1)
two = Agent(role="d", goal="e", backstory="f", llm="openai/gpt-4.1-mini", max_iter=6)
ask = Task(description="Ask.", expected_output="x", agent=one)
sum_up = Task(description="Sum up.", expected_output="y", agent=two)
maybe = ConditionalTask(description="Perhaps.", expected_output="z", agent=one, condition=bool)


def run(more, flag):
    crew = Crew(agents=[one, two], tasks=[ask, sum_up])
    crew.kickoff()
"""


def requests(old: str = "", new: str = "") -> tuple[Range | None, str]:
    assert old in PLAIN
    site, _ = kicked_off({"app.py": PLAIN.replace(old, new) if old else PLAIN})
    return site.requests, why(site)


@pytest.mark.parametrize(
    ("old", "new", "low", "high"),
    [
        ("", "", 2, 9),
        (LIST, "[ask]", 1, 2),
        (LIST, "[ask] * 3", 1, None),
        (LIST, "[ask, sum_up, ask]", 3, 11),
        (LIST, "[ask, maybe]", 1, 4),
        (LIST, "[ask, sum_up] if flag else [ask]", 1, 9),
        (LIST, "[ask, *more]", 1, None),
        (LIST, "more", 1, None),
        (LIST, "[]", 1, None),
        ("tasks=[ask, sum_up]", "", 1, None),
        ("max_iter=1", "max_iter=LIMIT", 2, None),
        ("tasks=[ask, sum_up]", "tasks=[ask, sum_up], process=Process.sequential", 2, 9),
        ("tasks=[ask, sum_up]", 'tasks=[ask, sum_up], process=Process.hierarchical, manager_llm="openai/gpt-5-mini"', 2, None),
        ("tasks=[ask, sum_up]", "tasks=[ask, sum_up], planning=True", 2, None),
        ("tasks=[ask, sum_up]", "tasks=[ask, sum_up], planning=False, memory=None", 2, 9),
        ("max_iter=6", "max_iter=6, allow_delegation=True", 2, None),
        ("agent=two", "agent=two, guardrail=len", 2, None),
        ("agent=two", "agent=two, human_input=False", 2, 9),
        ("agent=two", "agent=two, output_pydantic=Form", 2, 12),
        ("agent=two", "agent=two, output_json=Form", 2, None),
        ('llm="openai/gpt-4.1-mini", max_iter=1', "llm=more, max_iter=1", 2, 9),
        ("crew.kickoff()", "crew.kickoff_for_each(inputs=[{}, {}])", 2, 9),
        ("crew.kickoff()", 'crew.test(n_iterations=3, eval_llm="gpt-4o")', 6, None),
        ("crew.kickoff()", "crew.replay('x')", 1, 9),
    ],
)
def test_how_many_requests_a_run_makes(old: str, new: str, low: int, high: int | None) -> None:
    found, told = requests(old, new)
    assert found is not None and (found.low, found.high) == (low, high), told
    assert ("how many requests" in told) is (high is None)


def test_a_run_for_each_input_is_a_loop_of_whole_runs() -> None:
    site, _ = kicked_off({"app.py": PLAIN.replace("crew.kickoff()", "crew.kickoff_for_each(inputs=[{}, {}])")})
    assert [(loop.kind, loop.bound) for loop in site.context.loops] == [("fan-out", 2)]
    assert said(site) == [["Ask.", "x", "a", "b", "c"], ["Sum up.", "y", "d", "e", "f"]]


def test_a_manager_runs_every_task() -> None:
    managed = 'tasks=[ask, sum_up], process="hierarchical", manager_llm="openai/gpt-5-mini"'
    site, _ = kicked_off({"app.py": PLAIN.replace("tasks=[ask, sum_up]", managed)})
    assert set(site.arg("model").values) == {"gpt-5-mini", "gpt-4.1-mini"}  # type: ignore[union-attr]
    assert said(site) == [["Ask.", "x"], ["Sum up.", "y"], ["{description}", "a", "b", "c"], ["{description}", "d", "e", "f"]]
    assert "hands work on as often as it likes" in why(site)


def test_delegation_adds_tools() -> None:
    plain, _ = kicked_off({"app.py": PLAIN})
    delegating, _ = kicked_off({"app.py": PLAIN.replace("max_iter=6", "max_iter=6, allow_delegation=True")})
    assert not isinstance(plain.arg("tools"), Known)
    assert isinstance(delegating.arg("tools"), Known)


def test_a_change_of_a_file_that_no_code_names_is_followed() -> None:
    """In a large tree, too, where only what a change can reach is followed."""
    code = CODE.replace("agents=self.agents, tasks=self.tasks", "**everybody(self)")
    trees = [FilesTree({**FILES, "inn/crew.py": code, "inn/config/agents.yaml": text}) for text in (AGENTS, AGENTS + "# more\n")]
    focus = focus_of(trees, frozenset({"inn/config/agents.yaml"}), (), knowledge(NoCache()))
    assert focus is not None and "inn/crew.py" in focus.files


def change_of(path: str, old: str, new: str) -> Change:
    made = measure_files(changed(path, old, new), FILES, Config())
    assert isinstance(made, Comparison)
    (found,) = [each for each in made.changes if each.after is not None and each.after.kind == "agent-run"]
    return found


def prompts(change: Change) -> list[Cause]:
    return [cause for cause in change.causes if cause.what.startswith("prompt ")]


@pytest.mark.parametrize(
    ("path", "old", "new", "lines"),
    [
        ("inn/config/agents.yaml", "    a long time ago.\n", "    a long time ago.\n    You never burn a thing.\n", (7, 9)),
        ("inn/config/agents.yaml", "    You are quick.\n", "    You are quick.\n    You never drop a plate.\n", (16, 16)),
        ("inn/config/tasks.yaml", "A guest that smiles.", "A guest that smiles and comes again.", (10, 10)),
        ("inn/config/tasks.yaml", "    Taste it.\n", "    Taste it, and taste it once more.\n", (4, 5)),
    ],
)
def test_a_diff_names_the_lines_that_grew(path: str, old: str, new: str, lines: tuple[int, int]) -> None:
    change = change_of(path, old, new)
    (cause,) = prompts(change)
    assert (cause.path, cause.line, cause.end_line) == (path, *lines)
    assert cause.delta_tokens is not None and cause.delta_tokens > 0
    assert change.cost is not None and change.cost.low > 0


def test_a_diff_says_that_a_task_came() -> None:
    more = changed("inn/crew.py", "    @crew\n", '    @task\n    def again(self):\n        return Task(config=self.tasks_config["bring"])\n\n    @crew\n')
    made = measure_files(more, FILES, Config())
    assert isinstance(made, Comparison)
    (change,) = [each for each in made.changes if each.after is not None and each.after.kind == "agent-run"]
    assert [(cause.what, cause.before, cause.after) for cause in change.causes] == [("requests", "2 to 30", "3 to 34")]
    assert change.cost is not None and change.cost.low > 0


def test_a_diff_of_a_file_that_broke_saves_nothing() -> None:
    change = change_of("inn/config/agents.yaml", "cook:\n", "cook: [\n")
    assert change.cost is None or change.cost.low >= 0


@pytest.mark.parametrize(
    "files",
    [FILES, {"app.py": PLAIN}, {"app.py": PLAIN.replace("max_iter=6", "max_iter=6, tools=[len]")}, {"app.py": PLAIN.replace(LIST, "[ask]")}],
)
def test_the_sources_of_a_call_add_up_to_its_static_tokens(files: Mapping[str, str]) -> None:
    """What every request sends is no more than the shortest does, and all together no less than the longest."""
    made = snapshot(files)
    for site in made.reading.calls:
        measure = made.measures[site.key]
        if measure.static_tokens is None or site.prompt is None:
            continue
        every = sum(each.tokens.low for each in measure.sources)
        always = sum(each.tokens.low for each in measure.sources if not each.optional)
        assert always <= measure.static_tokens.low
        assert measure.static_tokens.high is not None and measure.static_tokens.high <= every
        if not site.prompt.alternatives:
            assert every == always == measure.static_tokens.low == measure.static_tokens.high

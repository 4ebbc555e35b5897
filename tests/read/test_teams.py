"""Teams: how many requests a run makes where agents take turns, hand work on, or ask more than their limit says."""

from __future__ import annotations

import pytest

from costgate.gate import measure_files
from costgate.model.call import CallSite
from costgate.model.config import Config
from costgate.model.snapshot import Snapshot
from costgate.model.value import Known

AUTOGEN = """\
from autogen_agentchat.agents import AssistantAgent, UserProxyAgent
from autogen_agentchat.conditions import MaxMessageTermination
from autogen_agentchat.teams import MagenticOneGroupChat, RoundRobinGroupChat, SelectorGroupChat
from autogen_ext.models.openai import OpenAIChatCompletionClient

model = OpenAIChatCompletionClient(model="gpt-4.1-mini")
plain = AssistantAgent("a", model_client=model, system_message="Be short.")
tooled = AssistantAgent("b", model_client=model, tools=[len], max_tool_iterations=4)
telling = AssistantAgent("c", model_client=model, tools=[len], reflect_on_tool_use=True)
person = UserProxyAgent("d")


async def run(others):
    await TEAM.run(task="Go")
"""


def ran(code: str) -> CallSite:
    made = measure_files({"app.py": code}, None, Config())
    assert isinstance(made, Snapshot)
    (found,) = [each for each in made.reading.calls if each.kind == "agent-run"]
    return found


def ends(site: CallSite) -> tuple[int, int | None] | None:
    return None if site.requests is None else (int(site.requests.low), None if site.requests.high is None else int(site.requests.high))


@pytest.mark.parametrize(
    ("team", "expected"),
    [
        ("plain", None),
        ("tooled", None),
        ("telling", (1, 2)),
        ("RoundRobinGroupChat([plain], max_turns=3)", (1, 3)),
        ("RoundRobinGroupChat([plain, tooled], max_turns=3)", (1, 12)),
        ("RoundRobinGroupChat(participants=[plain, telling], max_turns=3)", (1, 6)),
        ("RoundRobinGroupChat([plain, person], max_turns=3)", (1, 3)),
        ("RoundRobinGroupChat([plain, tooled], termination_condition=MaxMessageTermination(5))", (1, 20)),
        ("RoundRobinGroupChat([plain, tooled])", (1, None)),
        ("RoundRobinGroupChat([plain, *others], max_turns=3)", (1, None)),
        ("RoundRobinGroupChat(others, max_turns=3)", (1, None)),
        ("RoundRobinGroupChat([plain, others], max_turns=3)", (1, None)),
        ("SelectorGroupChat([plain, tooled], model, max_turns=3)", (1, 21)),
        ("SelectorGroupChat([plain, tooled], model, max_turns=3, max_selector_attempts=9)", (1, None)),
        ("MagenticOneGroupChat([plain], model)", (1, None)),
    ],
)
def test_how_many_requests_a_team_makes(team: str, expected: tuple[int, int | None] | None) -> None:
    assert ends(ran(AUTOGEN.replace("TEAM", team))) == expected


def test_the_limit_on_turns_stays_what_it_is() -> None:
    site = ran(AUTOGEN.replace("TEAM", "RoundRobinGroupChat([plain, tooled], max_turns=3)"))
    limit = site.arg("turn_limit")
    assert isinstance(limit, Known) and limit.values == (3,)


AGNO = """\
from agno.agent import Agent
from agno.models.openai import OpenAIChat
from agno.team import Team

one = Agent(model=OpenAIChat(id="gpt-4.1-mini"), tools=[len], tool_call_limit=4)
"""
SMOL = """\
from smolagents import CodeAgent, OpenAIModel

model = OpenAIModel("gpt-4.1-mini")
below = CodeAgent(tools=[], model=model, max_steps=3, name="below", description="helps")
"""
ADK = """\
from google.adk.agents import LlmAgent, LoopAgent
from google.adk.runners import InMemoryRunner

one = LlmAgent(name="a", model="gemini-2.5-flash", instruction="Be short.")
two = LlmAgent(name="b", model="gemini-2.5-flash", instruction="Be shorter.")
"""


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (AGNO + 'one.run("Go")', None),
        (AGNO + 'Team(members=[one], model=OpenAIChat(id="gpt-4.1"), tool_call_limit=3).run("Go")', (1, None)),
        (AGNO + 'Team(members=[], model=OpenAIChat(id="gpt-4.1"), tool_call_limit=3).run("Go")', None),
        (SMOL + 'below.run("Go")', None),
        (SMOL + 'CodeAgent(tools=[], model=model, max_steps=3, managed_agents=[below]).run("Go")', (1, None)),
        (SMOL + 'CodeAgent(tools=[], model=model, max_steps=3, planning_interval=1).run("Go")', (1, None)),
    ],
)
def test_work_that_is_handed_on_has_limits_of_its_own(code: str, expected: tuple[int, int | None] | None) -> None:
    assert ends(ran(code)) == expected


def test_the_rounds_of_a_loop_are_no_limit_on_requests() -> None:
    site = ran(f"{ADK}InMemoryRunner(agent=LoopAgent(name='l', sub_agents=[one, two], max_iterations=3)).run(new_message='Go')\n")
    limit = site.arg("turn_limit")
    assert isinstance(limit, Known) and limit.values == (500,)


def test_a_swarm_of_agents_without_limits_has_none() -> None:
    head = "from strands import Agent\nfrom strands.models import BedrockModel\nfrom strands.multiagent import Swarm\n"
    site = ran(f'{head}one = Agent(model=BedrockModel(model_id="us.anthropic.claude-haiku-4-5"))\nSwarm([one], max_iterations=4)("Go")\n')
    assert ends(site) == (1, None)


def test_what_limits_a_member_limits_no_team() -> None:
    for team in ("RoundRobinGroupChat([tooled])", "RoundRobinGroupChat([plain])"):
        site = ran(AUTOGEN.replace("TEAM", team))
        assert not isinstance(site.arg("turn_limit"), Known)
    made = measure_files({"app.py": AUTOGEN.replace("TEAM", "RoundRobinGroupChat([tooled])")}, None, Config())
    assert isinstance(made, Snapshot)
    assert not isinstance(made.reading.calls[-1].arg("turn_limit"), Known)
    assert not isinstance(ran(AGNO + 'Team(members=[one], model=OpenAIChat(id="gpt-4.1")).run("Go")').arg("turn_limit"), Known)

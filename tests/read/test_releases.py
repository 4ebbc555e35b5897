"""Which release holds for a file, by lock files and requirements; and what a call's defaults are then."""

from __future__ import annotations

import json

import pytest

from costgate.gate import report_of_files
from costgate.model.snapshot import Reading
from costgate.model.tree import NoCache
from costgate.model.value import Known, Span
from costgate.read.releases import Releases
from costgate.store.trees import FilesTree

TOML = '[[package]]\nname = "langgraph"\nversion = "1.0.5"\nsource = {{ registry = "x" }}\n\n[[package]]\nname = "Other_Name"\nversion = "2"\n'
FILES = {
    "uv.lock": (TOML, "1.0.5", 3),
    "poetry.lock": (TOML, "1.0.5", 3),
    "pdm.lock": (TOML, "1.0.5", 3),
    "Pipfile.lock": (json.dumps({"default": {"langgraph": {"version": "==1.0.5"}}, "develop": {}}, indent=1), "1.0.5", 3),
    "requirements.txt": ("# pins\nother\nlanggraph[x]==1.0.5 ; python_version > '3'  # why\n", "1.0.5", 3),
    "requirements-prod.txt": ("langgraph==1.0.5 \\\n    --hash=sha256:aa\n", "1.0.5", 1),
    "requirements/base.txt": ("-r x.txt\nlanggraph<=1.0.5\n", "1.0.5", 2),
    "pyproject.toml": ('[project]\ndependencies = [\n  "langgraph>=0.9,<1.1",\n]\n', "<1.1", 3),
}


def found(files: dict[str, str], path: str = "app.py", name: str = "langgraph") -> tuple[str | None, str, int] | None:
    release = Releases(FilesTree(files), NoCache()).of(name, path)
    return None if release is None or release.span is None else (release.version, release.span.path, release.span.line)


@pytest.mark.parametrize("name", FILES)
def test_each_kind_of_file(name: str) -> None:
    text, version, line = FILES[name]
    assert found({name: text.replace("{{", "{").replace("}}", "}")}) == (version, name, line)


@pytest.mark.parametrize(
    ("requirement", "version"),
    [
        ("langgraph~=1.0.5", "<1.1"),
        ("langgraph~=1.4", "<2"),
        ("langgraph==1.0.*", "<1.1"),
        ("langgraph>=1,<2", "<2"),
        ("langgraph (<1.1)", "<1.1"),
        ("LangGraph === 1.0.5", "1.0.5"),
        ("langgraph>=1.0", None),
        ("langgraph", None),
        ("langgraph != 1.0.5", None),
        ("langgraph @ https://example.com/langgraph-1.0.5.whl", None),
        ("langgraph-prebuilt==1.0.5", None),
        ("-e ./langgraph", None),
    ],
)
def test_what_a_requirement_fixes(requirement: str, version: str | None) -> None:
    release = found({"requirements.txt": f"{requirement}\n"})
    assert (release and release[0]) == version


@pytest.mark.parametrize(
    "table",
    [
        '[project]\ndependencies = ["langgraph==1.0.5"]',
        '[project.optional-dependencies]\nllm = ["langgraph==1.0.5"]',
        '[dependency-groups]\nllm = [{include-group = "x"}, "langgraph==1.0.5"]',
        '[tool.uv]\ndev-dependencies = ["langgraph==1.0.5"]',
        '[tool.pdm.dev-dependencies]\nllm = ["langgraph==1.0.5"]',
        '[tool.poetry.dependencies]\nlanggraph = "1.0.5"',
        '[tool.poetry.group.llm.dependencies]\nlanggraph = {version = "1.0.5", optional = true}',
    ],
)
def test_each_table_of_a_project(table: str) -> None:
    assert found({"pyproject.toml": table}) == ("1.0.5", "pyproject.toml", 2)


@pytest.mark.parametrize(("said", "version"), [("^1.0.5", "<2"), ("^0.2.3", "<0.3"), ("~1.0", "<1.1"), ("~1", "<2"), ("1.*", "<2")])
def test_poetry_spells_ranges_its_own_way(said: str, version: str) -> None:
    release = found({"pyproject.toml": f'[tool.poetry.dependencies]\nlanggraph = "{said}"\n'})
    assert release is not None and release[0] == version


def test_the_nearest_folder_and_the_most_exact_file() -> None:
    pins = {"requirements.txt": "langgraph==1.0.5\n", "api/requirements.txt": "langgraph==1.2.0\n"}
    assert found(pins, "api/src/app.py") == ("1.2.0", "api/requirements.txt", 1)
    assert found(pins, "web/app.py") == ("1.0.5", "requirements.txt", 1)
    lock = {**pins, "uv.lock": TOML.replace("{{", "{").replace("}}", "}")}
    assert found(lock) == ("1.0.5", "uv.lock", 3)
    assert found({"requirements.txt": "langgraph>=1\n", "pyproject.toml": FILES["pyproject.toml"][0]}) == ("<1.1", "pyproject.toml", 3)


def test_names_are_compared_as_packaging_does() -> None:
    assert found({"uv.lock": TOML.replace("{{", "{").replace("}}", "}")}, name="other.name") == ("2", "uv.lock", 8)


def test_two_versions_in_one_file_leave_it_open() -> None:
    assert found({"requirements.txt": "langgraph==1.0.5 ; python_version<'3.12'\nlanggraph==1.2.0\n"}) is None


BROKEN = {
    "uv.lock": "[[package]\n",
    "poetry.lock": "package = 5\n",
    "Pipfile.lock": '{"default": [',
    "pyproject.toml": "[project\n",
    "pdm.lock": "x = " + "[" * 50_000,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_bad_file_is_a_gap(name: str) -> None:
    releases = Releases(FilesTree({name: BROKEN[name]}), NoCache())
    assert releases.of("langgraph", "app.py") is None
    if name != "poetry.lock":
        assert [(gap.what, gap.span and gap.span.path) for gap in releases.gaps.values()] == [("version", name)]


@pytest.mark.parametrize("text", ["[]", "5", '{"default": 5}', '{"default": {"langgraph": "1"}}', '{"default": {"langgraph": {"version": 5}}}'])
def test_odd_json_fixes_nothing(text: str) -> None:
    assert found({"Pipfile.lock": text}) is None


# defaults ------------------------------------------------------------------------------------------------------------

AGENT = """\
from langgraph.prebuilt import create_react_agent
agent = create_react_agent("openai:gpt-4o", tools=[])
agent.invoke({"messages": []})
"""
ANTHROPIC = "from langchain_anthropic import ChatAnthropic\nChatAnthropic(model='claude-sonnet-4-5').invoke('x')\n"
INSTRUCTOR = """\
import instructor
from openai import OpenAI
instructor.from_openai(OpenAI()).chat.completions.create(model="gpt-4o", messages=[], response_model=int, max_retries=3)
"""


def reading(code: str, requirement: str = "") -> Reading:
    snapshot, _ = report_of_files({"app.py": code, **({"requirements.txt": f"{requirement}\n"} if requirement else {})})
    return snapshot.reading  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("requirement", "turns"),
    [
        ("langgraph==1.0.5", 13),
        ("langgraph==1.0.6rc1", 13),
        ("langgraph==1.0.6", 5000),
        ("langgraph==1.1.9.post1", 5000),
        ("langgraph==1.1.10", 5004),
        ("langgraph==v1.2", 5004),
        ("langgraph<1.0.6", 13),
        ("langgraph<1.1", 5000),
        ("langgraph<=1.0.6", 5000),
        ("", 5004),
        ("langgraph>=0.2", 5004),
    ],
)
def test_the_turn_limit_of_a_release(requirement: str, turns: int) -> None:
    """Of a limit in supersteps every other one calls the model."""
    (run,) = [site for site in reading(AGENT, requirement).calls if site.kind == "agent-run"]
    limit = run.arg("turn_limit")
    assert isinstance(limit, Known) and (limit.values, limit.origin) == ((turns,), "sdk-default")
    fixed = bool(requirement) and ">=" not in requirement
    assert limit.trail == ((Span("requirements.txt", 1),) if fixed else ())


def test_a_cap_that_a_release_no_longer_sends() -> None:
    def caps(requirement: str) -> set[str]:
        return {str(site.arg("output_limit")).partition("(")[0] for site in reading(ANTHROPIC, requirement).calls}

    assert caps("langchain-anthropic==0.3.22") == {"Known"}
    assert caps("langchain-anthropic==1.0.0") == caps("") == {"Absent"}


def test_what_a_number_counts_in_a_release() -> None:
    assert [layer.attempts for layer in reading(INSTRUCTOR, "instructor==1.13.0").calls[0].retries] == [3, 3]
    assert [layer.attempts for layer in reading(INSTRUCTOR, "instructor==1.15.3").calls[0].retries] == [4, 3]


def test_the_release_of_another_distribution() -> None:
    code = "import boto3\nboto3.client('bedrock-runtime').converse(modelId='m', messages=[])\n"
    (layer,) = reading(code, "botocore==1.43.0").calls[0].retries
    assert (layer.attempts, layer.span) == (5, Span("requirements.txt", 1))
    assert reading(code, "boto3==1.44.1").calls[0].retries[0].attempts == 3


def test_a_release_that_nothing_fixes_is_a_gap_where_it_matters() -> None:
    told = [gap.why for gap in reading(AGENT).gaps if gap.what == "version"]
    assert told == ["no lock file or requirement fixes the version of langgraph; the newest known is taken"]
    assert reading(AGENT, "langgraph==1.0.5").gaps == ()
    passed = AGENT.replace('{"messages": []}', '{"messages": []}, {"recursion_limit": 9}')
    assert all(site.kind != "agent-run" or not site.releases for site in reading(passed).calls)

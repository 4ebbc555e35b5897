"""What costgate said beside what was sent: per field equal, unknown or WRONG."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sent import Sent, sent
from server import Recording, Request

from costgate.gate import report_of_files
from costgate.judge.document import document
from costgate.knowledge.prices import load_book
from costgate.knowledge.token_policy import family_of
from costgate.measure.tokens import tally
from costgate.model.call import CallSite
from costgate.model.prompt import Hole, Prompt, Text
from costgate.model.snapshot import Snapshot
from costgate.model.tree import NoCache
from costgate.model.value import Absent, Known, Unknown, Value

FIELDS = (
    "call", "model", "output_limit", "reasoning", "reasoning_budget", "samples", "tools", "stream", "prompt", "tokens", "requests", "ended",
)  # fmt: skip
PLAIN = ("model", "output_limit", "reasoning", "reasoning_budget")
OBJECTS = ("model-object", "agent")
EQUAL, UNKNOWN, WRONG = "equal", "unknown", "WRONG"
ANSWERS = ("ok", "tools", "unfit", "slow")
SYNTHETIC = ("tools", "schema")
"""Prompt parts that are shown as JSON; how it is spaced is the SDK's choice."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The verdict on one field, with both sides where they differ."""

    verdict: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One entry of costgate's report, with the call site it was made from."""

    doc: Mapping[str, Any]
    site: CallSite

    @property
    def billable(self) -> bool:
        return self.site.kind not in OBJECTS


def read(files: Mapping[str, str]) -> list[Said]:
    """What costgate says about a program."""
    provenance: Any = {}
    snapshot, judged = report_of_files(files)
    assert isinstance(snapshot, Snapshot)
    calls = document(judged, snapshot, provenance, {"name": "costgate", "version": "0"})["calls"]
    sites = {site.key: site for site in snapshot.reading.calls}
    return [Said(call, sites[call["key"]]) for call in calls]


def compare(entries: Sequence[Said], recording: Recording) -> dict[str, Mark]:
    """Every field of a program: each request is held against the entry that explains it best."""
    if not recording.requests:
        return {"call": Mark(WRONG, "nothing was sent")}
    counted = [entry for entry in entries if entry.site.counted]
    if not counted:
        return {"call": Mark(WRONG, "no call was seen")}
    marks: dict[str, list[Mark]] = {field: [] for field in FIELDS}
    explained: set[str] = set()
    besides = [each for each in _distinct(recording.requests) if _is_besides(counted, each[0])]
    spare = len(recording.requests) - sum(int(each.site.requests.low) for each in counted if each.site.requests is not None)
    for asked, again in [each for each in _distinct(recording.requests) if each not in besides or len(besides) > spare]:
        tried = [(entry, fields(entry, asked, again)) for entry in [each for each in counted if each.billable] or counted]
        entry, found = min(tried, key=lambda pair: _penalty(pair[1]))
        explained.add(entry.site.key)
        for body in (each for each in entries if each.site.key == entry.site.via):
            found = {field: _worse(mark, made) for field, made in fields(body, asked, again).items() for mark in (found[field],)}
        for field, mark in found.items():
            marks[field].append(mark)
    idle = [entry for entry in counted if entry.site.key not in explained]
    marks["call"] = [Mark(WRONG, f"line {each.doc['line']}, {each.site.kind}: counted, and nothing was sent") for each in idle]
    marks["call"] = marks["call"] or [Mark(EQUAL)]
    marks["requests"] = [requests(counted, recording)]
    return {field: _worst(found) for field, found in marks.items() if found}


def _is_besides(counted: Sequence[Said], asked: Sent) -> bool:
    """Whether an SDK asks something of its own, as only calls that run several agents let it: nothing that is said of them is sent."""
    prompts = [each.site.prompt for each in counted if each.site.requests is not None and each.site.prompt is not None]
    parts = (part for one in prompts for each in (one, *one.alternatives) for part in each.segments if isinstance(part, Text))
    texts = [part.text for part in parts if part.role not in SYNTHETIC]
    return len(prompts) == len(counted) and bool(texts) and not any(text in "\n".join(asked.texts) for text in texts)


def fields(entry: Said, asked: Sent, again: bool) -> dict[str, Mark]:
    """The fields of one entry against one request, `again` after one that was answered. A body speaks of its parameters' defaults, its callers of what holds."""

    def args(role: str) -> Value:
        value = entry.site.arg(role)
        if not entry.billable and role not in entry.site.roles:
            return Unknown("an object does not say what its calls pass")
        open_ = not entry.site.counted and isinstance(value, Known) and value.origin == "function-default"
        return Unknown("the caller may say otherwise") if open_ else value

    found = {name: plain(args(name), getattr(asked, name)) for name in PLAIN}
    if found["output_limit"].verdict == WRONG and isinstance(args("output_limit"), Absent):
        if asked.output_limit is not None and asked.output_limit == most_output(entry, asked):
            found["output_limit"] = Mark(EQUAL, "the most that the model can is no limit")
    return {
        **found,
        "samples": plain(args("samples"), asked.samples, {1: None}),
        "stream": plain(args("stream"), asked.stream, {False: None}),
        "tools": tools(entry, asked),
        "prompt": prompt(entry, asked),
        "tokens": tokens(entry, asked, again),
    }


def plain(said: Value, value: Any, same: Mapping[Any, Any] | None = None) -> Mark:
    """A single value. `same` maps values that mean the same as another, such as one sample and none asked for."""
    alike = same or {}
    if isinstance(said, Unknown):
        return Mark(UNKNOWN, said.why)
    members = [None if isinstance(each, Absent) else each for each in said.values] if isinstance(said, Known) else [None]
    if alike.get(value, value) in [alike.get(each, each) for each in members]:
        return Mark(EQUAL)
    return Mark(WRONG, f"said {_listed(members)}, sent {value!r}")


def most_output(entry: Said, asked: Sent) -> int | None:
    """The longest answer of the model that was asked."""
    found = load_book().find(asked.model or "", entry.site.provider)
    return found.max_output if found is not None else None


def tools(entry: Said, asked: Sent) -> Mark:
    """Whether tools are sent, and how many where that was said."""
    said = entry.site.arg("tools")
    if isinstance(said, Unknown):
        return Mark(UNKNOWN, said.why)
    if not isinstance(said, Known):
        # An answer's shape may be asked for through a tool, which has to be called then.
        spare = 1 if isinstance(entry.site.arg("schema"), Known) and asked.forced else 0
        return Mark(EQUAL) if len(asked.tools) <= spare else Mark(WRONG, f"said none, sent {', '.join(asked.tools)}")
    counts = [_count(each) for each in said.values]
    if len(asked.tools) in counts or None in counts and asked.tools:
        return Mark(EQUAL)
    return Mark(WRONG, f"said {_listed(counts)}, sent {len(asked.tools)}")


def _count(member: Any) -> int | None:
    """`2 items` is two; anything else only says that there are some."""
    if isinstance(member, Absent):
        return 0
    words = str(member).split()
    return int(words[0]) if len(words) == 2 and words[0].isdigit() and words[1].startswith("item") else None


def prompt(entry: Said, asked: Sent) -> Mark:
    """Every static text must be part of what was sent."""
    given = entry.site.prompt
    if given is None:
        return Mark(UNKNOWN, "no prompt is read")
    return _best(_prompt(each, asked) for each in (given, *given.alternatives))


def _prompt(given: Prompt, asked: Sent) -> Mark:
    spoken = "\n".join(asked.texts)
    texts = [part for part in given.segments if isinstance(part, Text) and part.text]
    for part in texts:
        if part.role not in SYNTHETIC and part.text not in spoken:
            return Mark(WRONG, f"not sent: {part.text[:60]!r}")
        missing = _unsent(part.text, f"{asked.tool_text}\n{spoken}") if part.role in SYNTHETIC else None
        if missing is not None:
            return Mark(WRONG, f"not sent with the tools: {missing[:60]!r}")
    return Mark(EQUAL) if texts else Mark(UNKNOWN, "all of it in holes")


def tokens(entry: Said, asked: Sent, again: bool) -> Mark:
    """What was sent lies between the static tokens and these with what the holes may hold."""
    given = entry.site.prompt
    if given is None:
        return Mark(UNKNOWN, "no prompt is read")
    return _best(_tokens(each, asked, again) for each in (given, *given.alternatives))


def _tokens(given: Prompt, asked: Sent, again: bool) -> Mark:
    encoding = family_of(asked.model).encoding

    def count(texts: Iterable[str]) -> int:
        return sum(tally(text, encoding, NoCache()).tokens for text in texts)

    plain = [part for part in given.segments if part.role not in SYNTHETIC]
    holes = [part for part in plain if isinstance(part, Hole)]
    low = count(part.text for part in plain if isinstance(part, Text))
    filled = [None if part.tokens is None or part.repeated else part.tokens.high for part in holes]
    high = math.inf if None in filled else low + sum(float(each) for each in filled if each is not None)
    joints = sum(one.role == other.role for one, other in pairwise(plain))  # where two parts meet, one token may be cut in two
    there, own = count(asked.texts), count(asked.own if again else asked.texts)
    if not low - joints <= there:
        return Mark(WRONG, f"said at least {low} tokens, sent {there}")
    if not own <= high:
        return Mark(WRONG, f"said at most {high:.0f} tokens, sent {own}")
    return Mark(EQUAL, f"{low} to {high:.0f}, sent {own}")


def _unsent(said: str, tools: str) -> str | None:
    """What of a tool or schema was not sent. A whole schema is worded by the SDK: its names and descriptions are sent."""
    spoken = _spaced(tools.replace('\\"', '"').replace("\\n", "\n"))
    try:
        whole = json.loads(said)
    except ValueError:
        whole = None
    words = list(_words(whole)) if isinstance(whole, dict) else [said.strip('":')]
    return next((word for word in words if _spaced(word) not in spoken), None)


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _words(schema: Any) -> Iterator[str]:
    """The names and descriptions of a tool or schema."""
    for key, value in schema.items() if isinstance(schema, dict) else ():
        if key in ("name", "description") and isinstance(value, str):
            yield value
        if key == "properties" and isinstance(value, dict):
            yield from value
        yield from _words(value)


def requests(counted: Iterable[Said], recording: Recording) -> Mark:
    """How many requests the server counted, against what the retries, turns and loops say."""
    seen = len(recording.requests)
    running = [entry for entry in counted if entry.site.requests is not None]
    if len(counted) == 1 and running:
        return _between(running[0], seen, recording.script)
    expected, why = 0.0, ""
    for entry in counted:
        if not entry.billable:
            continue
        number, reason = _expected(entry, recording.script)
        why = why or reason
        expected += number
    if why or not expected:
        return Mark(UNKNOWN, why or "no call was seen")
    if expected == seen:
        return Mark(EQUAL, str(seen))
    return Mark(WRONG, f"said {'without end' if math.isinf(expected) else int(expected)}, counted {seen}")


def _between(entry: Said, seen: int, script: Sequence[str]) -> Mark:
    """Of a call that runs several agents: as many as it says, and the most where none of them ever answers."""
    said = entry.site.requests
    assert said is not None
    if said.low <= seen <= (math.inf if said.high is None else said.high):
        if script == ("tools",) and said.high is not None and seen != said.high:
            return Mark(WRONG, f"said {said.low} to {said.high}, counted {seen}, and no agent ever answered")
        return Mark(UNKNOWN if script == ("tools",) and said.high is None else EQUAL, f"{said.low} to {said.high}, counted {seen}")
    return Mark(WRONG, f"said {said.low} to {said.high}, counted {seen}")


def _expected(entry: Said, script: Sequence[str]) -> tuple[float, str]:
    """Requests that one entry leads to under a script, or why that is not known."""
    repeats = math.prod(loop.bound for loop in entry.site.context.loops if loop.bound is not None)
    if any(loop.bound is None for loop in entry.site.context.loops):
        return 0, f"a {entry.site.context.loops[0].kind} loop without a known bound"
    if script[0] == "tools" or script[0] == "unfit" and entry.site.kind == "agent-run":
        return _until(script, _turns(entry), repeats, lambda word: word == script[0])
    if script[0] == "ok":
        return repeats, ""
    retries = entry.doc["retries"]
    if set(script) <= {"unfit", "ok"}:  # the outermost layer asks again; those below it only repeat what failed
        limit = retries["layers"][0]["attempts"] if retries["layers"] else 1
        return _until(script, limit, 1, lambda word: word == "unfit")
    limit = math.inf if retries["unbounded"] else retries["product"]
    return _until(script, limit, 1, lambda word: word != "ok")


def _until(script: Sequence[str], limit: float | None, repeats: int, goes_on: Callable[[str], bool]) -> tuple[float, str]:
    """As many as the limit allows, or as the script keeps the program going."""
    end = next((index + 1 for index, word in enumerate(script) if not goes_on(word)), math.inf)
    if limit is None:
        return 0, "the limit is not known"
    return min(limit, end) * (repeats if end > limit else 1), ""


def _turns(entry: Said) -> float | None:
    limit = entry.site.arg("turn_limit")
    if isinstance(limit, Unknown):
        return None
    if not isinstance(limit, Known):
        return math.inf if entry.site.kind == "agent-run" else 1
    numbers = [each for each in limit.values if isinstance(each, int)]
    return max(numbers) if len(numbers) == len(limit.values) else None


def _distinct(asked: Sequence[Request]) -> list[tuple[Sent, bool]]:
    """Requests that differ, and whether one before them was answered, so that they may carry the answer on."""
    answered = [any(before.answered in ANSWERS for before in asked[:index]) for index in range(len(asked))]
    return list(dict.fromkeys(zip(map(sent, asked), answered, strict=True)))


def ended(recording: Recording, code: int | None, output: str) -> Mark:
    """A program whose last request was answered well ends well; any other may have given up."""
    last = recording.requests[-1].answered if recording.requests else "nothing"
    if code is None or code and last == "ok":
        return Mark(WRONG, (output.splitlines() or ["no output"])[-1][:200])
    return Mark(EQUAL, f"exit code {code}")


def _penalty(found: Mapping[str, Mark]) -> tuple[int, int]:
    verdicts = [mark.verdict for mark in found.values()]
    return verdicts.count(WRONG), verdicts.count(UNKNOWN)


def _worse(first: Mark, second: Mark) -> Mark:
    """Of an entry and the body it goes through: a wrong body is wrong, an unknown one is what the entry makes known."""
    return second if second.verdict == WRONG and first.verdict != WRONG else first


def _best(found: Iterable[Mark]) -> Mark:
    return min(found, key=lambda mark: (EQUAL, UNKNOWN, WRONG).index(mark.verdict))


def _worst(found: Sequence[Mark]) -> Mark:
    return max(found, key=lambda mark: (EQUAL, UNKNOWN, WRONG).index(mark.verdict))


def _listed(members: Iterable[Any]) -> str:
    return " or ".join(repr(each) for each in members)

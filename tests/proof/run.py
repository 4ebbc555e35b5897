"""Proof against the real thing: runs small programs with the real SDKs against a local server and compares.

    python tests/proof/run.py                        # make proof: everything
    python tests/proof/run.py openai/ langgraph      # programs whose name contains one of these
    python tests/proof/run.py --show openai/cookbook # what was said and what was sent, in full

What costgate says about a program, without running it, must equal what the program then sends. Exits 1 on any
difference that known.yaml does not list, and when something listed there is wrong no longer.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import subprocess
import sys
import venv
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from catalogue import REQUIREMENTS, Program, counts, programs
from compare import EQUAL, FIELDS, UNKNOWN, WRONG, Mark, Said, compare, ended, read
from server import Recording, Request, serving

from costgate.knowledge.strict import load

HERE = Path(__file__).resolve().parent
KNOWN = HERE / "known.yaml"
SECONDS = 180
PRINTED = 3000
KEYS = "OPENAI ANTHROPIC GOOGLE CO COHERE GROQ TOGETHER MISTRAL OPENROUTER DEEPSEEK XAI".split()
QUIET = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "OPENAI_AGENTS_DISABLE_TRACING": "1",
    "OTEL_SDK_DISABLED": "true",
    "CREWAI_DISABLE_TELEMETRY": "true",
    "CREWAI_TRACING_ENABLED": "false",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "AGNO_TELEMETRY": "false",
    "LANGSMITH_TRACING": "false",
    "TOKENIZERS_PARALLELISM": "false",
    "DSPY_CACHEDIR": "/dev/null/none",
}


@dataclass(frozen=True, slots=True)
class Ending:
    """How a program ended: its exit code, None where it had to be stopped, and the end of what it printed."""

    code: int | None
    output: str


def environment(folder: Path, env: str) -> Path:
    """The interpreter of an environment with the pinned requirements, made when it is not there."""
    place = folder / env
    pinned = (REQUIREMENTS / f"{env}.txt").read_text("utf-8")
    stamp = place / "installed.txt"
    python = place / "bin" / "python"
    if stamp.is_file() and stamp.read_text("utf-8") == pinned:
        return python
    print(f"installing {env}", file=sys.stderr)
    venv.create(place, with_pip=True, clear=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*command, "-r", str(REQUIREMENTS / f"{env}.txt")], check=True)
    stamp.write_text(pinned, "utf-8")
    return python


def surroundings(url: str) -> dict[str, str]:
    """Where programs find the server. Nothing else can be reached: the proxy is a closed port."""
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG", "TMPDIR") if key in os.environ}
    nowhere = {name: "http://127.0.0.1:9" for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")}
    addresses = {
        "PROOF_URL": url,
        "OPENAI_BASE_URL": f"{url}/v1",
        "OPENAI_API_BASE": f"{url}/v1",
        "ANTHROPIC_BASE_URL": url,
        "ANTHROPIC_API_BASE": url,
        "GOOGLE_GEMINI_BASE_URL": url,
        "GROQ_BASE_URL": url,
        "GROQ_API_BASE": url,
        "TOGETHER_BASE_URL": f"{url}/v1",
        "CO_API_URL": url,
        "OLLAMA_HOST": url,
    }
    keys = {f"{name}_API_KEY": "sk-proof" for name in KEYS}
    return {**kept, **nowhere, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1", **QUIET, **addresses, **keys}


def run(program: Program, folder: Path) -> tuple[Recording, Ending]:
    """Run a program; its recording, and how it ended."""
    recording = Recording(program.script)
    python = environment(folder, program.env)
    with serving(recording) as url:
        try:
            done = subprocess.run(
                [str(python), program.main.name],
                cwd=program.main.parent,
                env={**surroundings(url), "PYTHONDONTWRITEBYTECODE": "1"},
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
            ending = Ending(done.returncode, (done.stdout + done.stderr).strip()[-PRINTED:])
        except subprocess.TimeoutExpired:
            ending = Ending(None, f"not done after {SECONDS} s")
    return recording, ending


def judge(program: Program, options: argparse.Namespace) -> tuple[dict[str, Mark], list[Said], Recording, str]:
    """One program, both sides."""
    entries = read(program.files())
    recording, ending = recorded(program, options)
    marks = {**compare(entries, recording), "ended": ended(recording, ending.code, ending.output)}
    if sys.stderr.isatty():
        print(program.name, file=sys.stderr)
    return marks, entries, recording, ending.output


def recorded(program: Program, options: argparse.Namespace) -> tuple[Recording, Ending]:
    """The program's recording, kept where the options say so, for as long as what it rests on stays as it is."""
    if options.recordings is None:
        return run(program, options.environments)
    rests = [(REQUIREMENTS / f"{program.env}.txt"), *(HERE / name for name in ("answers.py", "server.py"))]
    state = hashlib.sha256(json.dumps([program.script, program.code()]).encode())
    for path in rests:
        state.update(path.read_bytes())
    place = options.recordings / f"{program.name.replace('/', '--')}.{state.hexdigest()[:16]}.json"
    if place.is_file():
        kept = json.loads(place.read_text("utf-8"))
        return Recording(program.script, [Request(**each) for each in kept["requests"]]), Ending(**kept["ending"])
    recording, ending = run(program, options.environments)
    if ending.code is None:
        return recording, ending
    place.parent.mkdir(parents=True, exist_ok=True)
    made = {"requests": [asdict(each) for each in recording.requests], "ending": asdict(ending)}
    place.write_text(json.dumps(made, indent=1), "utf-8")
    return recording, ending


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--environments", type=Path, default=HERE.parents[1] / "build" / "proof")
    parser.add_argument("--recordings", type=Path, help="keep what was sent here, and use it as long as the program is the same")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--show", action="store_true", help="what was said and sent, in full")
    options = parser.parse_args(arguments)
    chosen = programs(options.names)
    for env in sorted({program.env for program in chosen}):
        environment(options.environments, env)
    with ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(lambda program: judge(program, options), chosen))
    known = load(KNOWN.read_text("utf-8"), KNOWN.name) or {}
    width = max(len(program.name) for program in chosen)
    print(f"{'':{width}}  " + "  ".join(f"{field[:12]:12}" for field in FIELDS))
    for program, (marks, entries, recording, output) in zip(chosen, results, strict=True):
        print(f"{program.name:{width}}  " + "  ".join(f"{marks[each].verdict if each in marks else '-':12}" for each in FIELDS))
        if options.show:
            _show(entries, recording, output, marks)
    wrong = differences({program.name: marks for program, (marks, *_) in zip(chosen, results, strict=True)}, known)
    print(f"\n{len(chosen)} programs: {', '.join(f'{number} {what}' for what, number in counts(chosen).items())}")
    _totals(marks for marks, *_ in results)
    for program, (marks, _, _, output) in zip(chosen, results, strict=True):
        if marks["call"].verdict == WRONG and program.name not in known:
            print(f"\n{program.name} ended with:\n{output[-1500:]}")
    print(*wrong, sep="\n")
    return 1 if wrong else 0


def differences(found: Mapping[str, Mapping[str, Mark]], known: Mapping[str, Any]) -> list[str]:
    """What fails the target: a wrong field that is not listed, and a listed one that is not wrong."""
    failures = []
    for name, marks in found.items():
        listed = known.get(name, {})
        for field, mark in marks.items():
            if mark.verdict == WRONG and field not in listed:
                failures.append(f"{name}: {field} is WRONG: {mark.why}")
            if mark.verdict != WRONG and field in listed:
                failures.append(f"{name}: {field} is listed in {KNOWN.name}, and is {mark.verdict}: take it off the list")
    return failures


def _totals(found: Iterable[Mapping[str, Mark]]) -> None:
    every = list(found)
    counts = {field: Counter(marks[field].verdict for marks in every if field in marks) for field in FIELDS}
    for field, counter in counts.items():
        print(f"{field:18}" + "  ".join(f"{counter[each]:4} {each}" for each in (EQUAL, UNKNOWN, WRONG)))


def _show(entries: Sequence[Said], recording: Recording, output: str, marks: Mapping[str, Mark]) -> None:
    for entry in entries:
        doc = entry.doc
        print(f"  said line {doc['line']} {doc['kind']} {doc['callee']!r} counted={doc['counted']} via={doc['via']}")
        for role, value in sorted(entry.site.args.items()):
            print(f"      {role}: {value}")
        print(f"      retries: {json.dumps(doc['retries'])}\n      loops: {entry.site.context.loops}")
        for part in entry.site.prompt.segments if entry.site.prompt else ():
            print(f"      {part}"[:200])
    for request in recording.requests[:3]:
        print(f"  sent {request.path} -> {request.answered}\n      {json.dumps(request.body)[:1500]}")
    print(f"  {len(recording.requests)} requests; printed:\n{output[-1500:]}")
    for field, mark in marks.items():
        if mark.why:
            print(f"  {field}: {mark.verdict}: {mark.why}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

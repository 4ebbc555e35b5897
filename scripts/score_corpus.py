"""Scores costgate against the labelled corpus: recall, precision, models, output caps, retries and loops, per package.

    python scripts/fetch_corpus.py && python scripts/score_corpus.py            # make corpus
    python scripts/score_corpus.py marvin --list                                # every miss and false alarm
    python scripts/score_corpus.py --held-out                                   # code that costgate was not tuned on
    python scripts/score_corpus.py --ratchet                                    # fail where a figure fell; --write raises

What is counted and what is not is written down in tests/corpus/README.md, "Coverage and scoring".
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts"))
from score_prompts import PROMPT_FIGURES, compare_prompt, missed, score_prompts, summary  # noqa: E402 - a neighbour, wherever this is run from

CORPUS = ROOT / "tests" / "corpus"
PROMPTS = CORPUS / "prompts"
HELD_OUT = CORPUS / "heldout"
CODE = ROOT / "build" / "corpus"
RATCHET = CORPUS / "ratchet.yaml"
WIDTHS = (9, 7, 8, 15, 7, 11, 16, 7, 8, 16, 8, 8)
LOCAL = frozenset({"transformers", "vllm"})
"""SDKs that run the model inside the process: their reports are not scored."""
FIGURES = ("entries", "found", "known_sdk", "known_sdk_found", "reported", "false", "model_knowable", "model_right",
           "model_wrong", "caps", "cap_right", "cap_falsely_absent", "retry_right", "loop_right", *PROMPT_FIGURES)  # fmt: skip


@dataclass
class Score:
    """Counts of one package, or of all; `notes` are lines for people."""

    counts: Counter[str] = field(default_factory=Counter)
    notes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def share(self, part: str, whole: str) -> float | None:
        """A share in percent, None when nothing was counted."""
        return 100 * self.counts[part] / self.counts[whole] if self.counts[whole] else None


def audit(code: Path) -> dict[str, Any]:
    """costgate's report of one unpacked package, made by the command as users run it."""
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "report.json"
        command = [str(Path(sys.executable).with_name("costgate")), "audit", str(code), "--format", "json", "--output", str(saved)]
        done = subprocess.run([*command, "--no-cache"], capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            raise SystemExit(f"costgate audit {code}: exit {done.returncode}: {done.stderr.strip()}")
        found: dict[str, Any] = json.loads(saved.read_text("utf-8"))
        return found


def score(labels: Mapping[str, Any], package: Mapping[str, Any], report: Mapping[str, Any], known: frozenset[str], code: Path = CODE) -> Score:
    """Compare a report with the labels of a package, which is unpacked in `code`."""
    result = Score()
    calls = [call for call in report["calls"] if _scored(call, package)]
    at: dict[tuple[str, int], list[Mapping[str, Any]]] = defaultdict(list)
    for call in calls:
        at[call["path"], call["line"]].append(call)
    used: set[int] = set()
    for entry in labels["entries"]:
        call = _pick(entry, [each for each in at[entry["file"], entry["line"]] if id(each) not in used])
        result.counts["entries"] += 1
        is_known = bool({entry["sdk"], *entry.get("also_sdk", ())} & known)
        result.counts["known_sdk"] += is_known
        place = f"{entry['file']}:{entry['line']} {entry['callee']} [{entry['sdk']}]"
        if call is None:
            result.notes["missed" if is_known else "missed, SDK not known"].append(place)
            missed(entry, place, result)
            continue
        used.add(id(call))
        result.counts["found"] += 1
        result.counts["known_sdk_found"] += is_known
        _compare(entry, call, place, result)
        compare_prompt(entry, [call], code, place, result)
    neutral = {(each["file"], each["line"]) for each in labels["neutral"]}
    for call in calls:
        if id(call) in used or (call["path"], call["line"]) in neutral:
            continue
        result.counts["false"] += 1
        result.notes["false alarm"].append(f"{call['path']}:{call['line']} {call['callee']} [{call['sdk']}]")
    result.counts["reported"] = result.counts["found"] + result.counts["false"]
    return result


def _scored(call: Mapping[str, Any], package: Mapping[str, Any]) -> bool:
    path = call["path"]
    name = path.rpartition("/")[2]
    if call["via"] or call["sdk"] in LOCAL or call["sdk"] == package.get("own_sdk"):
        return False
    if name.startswith("test_") or name.endswith("_test.py") or "/tests/" in path:
        return False
    return any(path == each["path"] or path.startswith(f"{each['path']}/") for each in package["covers"])


def _pick(entry: Mapping[str, Any], calls: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The report that stands for an entry; several on one line are told apart by what is called."""

    def same(call: Mapping[str, Any]) -> bool:
        said, own = "".join(call["callee"].split()), entry["callee"]
        return said == own or said.rpartition(".")[2] == own.rpartition(".")[2]

    return next(filter(same, calls), next(iter(calls), None))


def _compare(entry: Mapping[str, Any], call: Mapping[str, Any], place: str, result: Score) -> None:
    if call["prompt"] is not None:
        holes = sum(1 for each in call["prompt"]["holes"])
        result.counts.update(prompts=1, prompts_with_text=bool(call["prompt"]["sources"]), prompts_whole=not holes)
        result.counts["prompt_tokens"] += (call["prompt"]["static_tokens"] or {}).get("low", 0)
    want, got = entry["model"], call["model"]
    values = {str(each) for each in got["values"] if each is not None}
    if want["state"] == "known":
        result.counts["model_knowable"] += 1
        if got["state"] == "known":
            right = _same_names(set(map(str, want["values"])), values, open_ended=bool(want.get("more")))
            result.counts["model_right" if right else "model_wrong"] += 1
            if not right:
                result.notes["model wrong"].append(f"{place}: {sorted(values)}, label {want['values']}")
        else:
            result.notes["model not told"].append(f"{place}: {got['state']} ({got['why']}), label {want['values']}")
    elif got["state"] == "known":
        result.counts["model_invented"] += 1
        result.notes["model beyond the label"].append(f"{place}: {sorted(values)} from {got['origin']}, label {want['state']}")
    result.counts["caps"] += 1
    cap = {"known": "set"}.get(call["output_limit"]["state"], call["output_limit"]["state"])
    cap = "unknown" if cap == "set" and None in call["output_limit"]["values"] else cap
    right = cap == entry["output_cap"] and entry.get("output_cap_value") in (None, *call["output_limit"]["values"])
    result.counts["cap_right"] += right
    result.counts["cap_falsely_absent"] += cap == "absent" != entry["output_cap"]
    if not right:
        said = f"{cap} {call['output_limit']['values'] or ''} ({call['output_limit']['why']})"
        label = f"{entry['output_cap']} {entry.get('output_cap_value', '')}"
        result.notes["cap falsely absent" if cap == "absent" else "cap differs"].append(f"{place}: {said}, label {label}")
    retry = _retry(call)
    result.counts["retry_right"] += retry == entry["retry"]
    if retry != entry["retry"]:
        result.notes["retry differs"].append(f"{place}: {retry} {call['retries']['layers']}, label {entry['retry']}")
    loop = _loop(call)
    result.counts["loop_right"] += loop == entry["loop"]
    if loop != entry["loop"]:
        result.notes["loop differs"].append(f"{place}: {loop} {call['context']['loop']}, label {entry['loop']}")


def _same_names(want: set[str], got: set[str], *, open_ended: bool) -> bool:
    """Equal sets of names; a provider prefix that a report takes off or leaves on is no difference."""
    bare = lambda names: {each.rpartition("/")[2].rpartition(":")[2] if "/" in each or ":" in each else each for each in names}  # noqa: E731
    return want == got or bare(want) == bare(got) or (open_ended and bool(want & got))


def _retry(call: Mapping[str, Any]) -> str:
    """Only layers that the package writes count, as in the labels: an SDK's own default has no place."""
    layers = [each for each in call["retries"]["layers"] if each["path"] is not None]
    if any(each["unbounded"] for each in layers):
        return "unbounded"
    if any(each["attempts"] is None and each["unbounded"] is None for each in layers):
        return "unknown"
    return "bounded" if layers else "none"


def _loop(call: Mapping[str, Any]) -> str:
    loop = call["context"]["loop"]
    return "none" if loop is None else "unbounded" if loop["kind"] == "forever" else "bounded"


def table(scores: Mapping[str, Score]) -> str:
    """One row a package, and one for all."""
    titles = ("entries", "found", "recall", "of known SDKs", "false", "precision", "model of known", "wrong", "cap", "falsely absent", "retry", "loop")
    rows = [f"{'package':16}" + "".join(f"{title:>{width}}" for title, width in zip(titles, WIDTHS, strict=True))]
    for name, each in scores.items():
        c = each.counts
        rows.append(
            f"{name:16}{c['entries']:>9}{c['found']:>7}{_percent(each.share('found', 'entries')):>8}"
            f"{_percent(each.share('known_sdk_found', 'known_sdk')):>10}{c['known_sdk']:>5}{c['false']:>7}"
            f"{_percent(each.share('found', 'reported')):>11}"
            f"{_percent(each.share('model_right', 'model_knowable')):>11}{c['model_knowable']:>5}{c['model_wrong']:>7}"
            f"{_percent(each.share('cap_right', 'caps')):>8}{c['cap_falsely_absent']:>16}"
            f"{_percent(each.share('retry_right', 'caps')):>8}{_percent(each.share('loop_right', 'caps')):>8}"
        )
    return "\n".join(rows)


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1f}%"


def total(scores: Iterable[Score]) -> Score:
    """All packages together."""
    result = Score()
    for each in scores:
        result.counts.update(each.counts)
    return result


def fallen(scores: Mapping[str, Score], kept: Mapping[str, Mapping[str, int]]) -> list[str]:
    """What is worse than the ratchet file remembers, a line each."""
    better_high = ("found", "known_sdk_found", "model_right", "cap_right", "retry_right", "loop_right", "sources_found", "sized_right", "prompt_state_right")
    worse: list[str] = []
    for name, figures in kept.items():
        now = scores[name].counts if name in scores else None
        for figure, before in figures.items() if now is not None else ():
            assert now is not None
            lower = figure in better_high and now[figure] < before
            higher = figure in ("false", "model_wrong", "cap_falsely_absent", "sources_beyond") and now[figure] > before
            if lower or higher:
                worse.append(f"{name}: {figure} was {before}, is {now[figure]}")
    return worse


def known_sdks() -> frozenset[str]:
    """Ids of the SDK data."""
    return frozenset(path.stem for path in (ROOT / "costgate" / "knowledge" / "sdks").glob("*.yaml")) | {"raw-http"}


def _names(folder: Path) -> set[str]:
    return {each["name"] for each in yaml.safe_load((folder / "packages.yaml").read_text("utf-8"))["packages"]}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table; exit 1 where --ratchet finds something worse than remembered."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("packages", nargs="*")
    parser.add_argument("--code", type=Path, default=CODE)
    parser.add_argument("--held-out", action="store_true", help="score tests/corpus/heldout instead")
    parser.add_argument("--list", action="store_true", help="every miss, false alarm and difference")
    parser.add_argument("--only", help="of --list, only the notes whose title contains this")
    parser.add_argument("--ratchet", action="store_true", help="fail when a figure is worse than tests/corpus/ratchet.yaml")
    parser.add_argument("--write", action="store_true", help="write the ratchet file; with packages, these of it")
    options = parser.parse_args(arguments)
    folder = HELD_OUT if options.held_out else CORPUS
    packages = {each["name"]: each for each in yaml.safe_load((folder / "packages.yaml").read_text("utf-8"))["packages"]}
    for_prompts = set() if options.held_out else _names(PROMPTS)
    names = options.packages or sorted({*packages, *for_prompts})
    missing = [name for name in names if not (options.code / name).is_dir()]
    if missing:
        raise SystemExit(f"not unpacked: {', '.join(missing)}; run python scripts/fetch_corpus.py")
    known = known_sdks()
    scores = {}
    for name in names:
        if name in for_prompts:
            scores[name] = Score()
            labels = yaml.safe_load((PROMPTS / f"{name}.yaml").read_text("utf-8"))
            score_prompts(labels, audit(options.code / name), options.code / name, scores[name])
            continue
        labels = yaml.safe_load((folder / "labels" / f"{name}.yaml").read_text("utf-8"))
        scores[name] = score(labels, packages[name], audit(options.code / name), known, options.code / name)
    for name, each in scores.items() if options.list else ():
        for title, lines in each.notes.items():
            if not options.only or options.only in title:
                print(f"\n{name}: {title} ({len(lines)})", *(f"  {line}" for line in lines), sep="\n")
    everything = total(scores.values())
    print(table({**{name: each for name, each in scores.items() if name not in for_prompts}, "all": everything}))
    counts = everything.counts
    print(
        f"\nprompts: {counts['prompts']} calls take one; static text is seen in {counts['prompts_with_text']}, nothing but that"
        f" in {counts['prompts_whole']}; {counts['prompt_tokens']:,} tokens of it at least"
    )
    for name, each in scores.items():
        if each.counts["prompt_states"] or each.counts["sources"]:
            print(f"{name:18} {summary(each.counts)}")
    print(summary(counts))
    if options.write:
        others = set() if options.packages else _names(HELD_OUT) if not options.held_out else _names(CORPUS) | _names(PROMPTS)
        before = yaml.safe_load(RATCHET.read_text("utf-8"))
        kept = before if options.packages else {name: each for name, each in before.items() if name in others}
        kept |= {name: {figure: each.counts[figure] for figure in FIGURES} for name, each in scores.items()}
        RATCHET.write_text("# The figures of scripts/score_corpus.py, which must not get worse.\n" + yaml.safe_dump(kept), "utf-8")
    if options.ratchet:
        worse = fallen(scores, yaml.safe_load(RATCHET.read_text("utf-8")))
        print(*worse, sep="\n")
        return 1 if worse else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())

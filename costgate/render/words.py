"""The small parts that Markdown outputs are made of: escaped words, links to the code, findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from costgate.model.report import FindingDoc, Report
from costgate.render import escape
from costgate.render.figures import plural
from costgate.render.phrase import Speech, ignore_comment, place
from costgate.render.spending import saved

_PATH = 120
_MARK = {"error": "❌", "warning": "⚠️", "info": "ℹ️"}


def own(words: str) -> str:
    """Our own words: only the dollar sign can mean something (it opens a formula on GitHub)."""
    return words.replace("$", "&#36;")


def prose(text: str) -> str:
    """Words from elsewhere on one line; what stands between backticks becomes code."""
    pieces = escape.clip(" ".join(text.split()), 300).split("`")
    if len(pieces) % 2 == 0:
        return escape.markdown("`".join(pieces), 300)
    return "".join(
        escape.code(piece) if index % 2 else escape.markdown(piece, 300) for index, piece in enumerate(pieces)
    )


def name(text: str) -> str:
    """A name or path, as code."""
    return escape.code(text, _PATH)


SPEECH = Speech(name, prose, own)


@dataclass(frozen=True, slots=True)
class Linker:
    """Links to lines of one commit. `base` is the repository's web address; without it or a commit there are none."""

    base: str | None
    sha: str | None

    def at(self, path: str, line: int, cell: int | None = None) -> str:
        """The place as code, linked where a link can be trusted to stay inside the repository."""
        shown = name(place(path, line, cell))
        steps = path.split("/")
        if not self.base or not self.sha or len(path) > 200 or any(step in {"", ".", ".."} for step in steps):
            return shown
        anchor = f"#L{line}" if line and cell is None else ""
        target = quote(path.encode("utf-8", "replace"), safe="/")
        return f"[{shown}]({self.base.rstrip('/')}/blob/{self.sha}/{target}{anchor})"

    def call(self, path: str, line: int, function: str, cell: int | None = None) -> str:
        """Where a call stands, and in which function."""
        return f"{self.at(path, line, cell)} {escape.code(function, 80)}" if function else self.at(path, line, cell)


def titled(title: str, lines: Sequence[str]) -> Iterator[str]:
    """A block with its title; nothing without lines."""
    if lines:
        yield ""
        if title:
            yield title
            yield ""
        yield from lines


def finding_line(report: Report, finding: FindingDoc, linker: Linker, *, again: bool = False, others: int = 0) -> str:
    """One finding with its fix and the way to accept it, as one list item; without these where they stand above `again`.

    `others`: findings of the same rule that it stands for, too.
    """
    rule = next((rule for rule in report["rules"] if rule["id"] == finding["rule"]), None)
    label = f"**{escape.markdown(finding['rule'], 60)}**" + (f" {escape.markdown(rule['name'], 80)}" if rule else "")
    where = f" at {linker.at(finding['path'], finding['line'], finding['cell'])}" if finding["path"] else ""
    more = f" and {plural(others, 'other place')}" if others else ""
    lines = [f"- {_MARK[finding['severity']]} {label}{where}{more}: {prose(finding['message'])}"]
    if rule and rule["fix"].strip() and not again:
        lines.append(f"Fix: {prose(rule['fix'])}")
    if "saving" in finding and finding["state"] == "open":
        lines.append(own(f"It {prose(saved(finding['saving'], report['provenance']['currency']))}."))
    if not again:
        lines.append(_way_out(finding, bool(rule and rule.get("enforced"))))
    return "<br>".join(lines)


def _way_out(finding: FindingDoc, enforced: bool) -> str:
    if finding["call_key"] is None:
        return "To accept it, change the rule's settings in the base branch's costgate.yaml."
    comment = name(ignore_comment(finding))
    if enforced:
        return f"To accept it, {comment} in the call has to be on the base branch: this rule is enforced."
    return f"To accept it, write {comment} in the call."

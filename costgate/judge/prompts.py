"""The prompts of the report: each source with its size, its cost, how it splits, and what a change made of it."""

from __future__ import annotations

from costgate.compare.lines import grown, lines_of
from costgate.judge.case import keyed
from costgate.judge.figures import money_doc as money
from costgate.judge.figures import span as tokens
from costgate.model import report as doc
from costgate.model.money import Range
from costgate.model.prompt import Hole, Text
from costgate.model.snapshot import Comparison, PromptTokens, Snapshot, SourceTokens
from costgate.policy.of_changes import difference


def prompt_docs(measured: Snapshot | Comparison) -> list[doc.PromptDoc]:
    """Every prompt source of the head."""
    head = measured.head if isinstance(measured, Comparison) else measured
    if not isinstance(measured, Comparison):
        return [_prompt(each) for each in head.prompts]
    before = dict(keyed(measured.base.prompts))
    keys = {id(each): key for key, each in keyed(head.prompts)}
    return [_compared(each, before.get(keys[id(each)])) for each in head.prompts]


def _prompt(each: PromptTokens) -> doc.PromptDoc:
    source = each.source
    made: doc.PromptDoc = {
        "path": source.span.path,
        "line": source.span.line,
        "tokens": tokens(each.tokens),
        "role": source.role,
        "load": source.load,
        "budget": source.budget,
        "used_by": list(source.used_by),
        "end_line": max(source.span.end_line, source.span.line),
        "cell": source.span.cell,
        "format": source.format,
        "cost_per_call": money(each.cost),
    }
    if source.format:
        made["sources"] = [_section(section) for section in each.sources]
        made["holes"] = [_hole(part) for part in source.parts if isinstance(part, Hole)]
        made["mentioned"] = source.mentioned
    return made


def _section(section: SourceTokens) -> doc.SourceDoc:
    size = section.tokens.likely if section.tokens.likely is not None else section.tokens.low
    return {
        "path": section.span.path,
        "line": section.span.line,
        "tokens": int(size),
        "end_line": max(section.span.end_line, section.span.line),
    }


def _hole(hole: Hole) -> doc.PromptHoleDoc:
    return {"name": hole.name, "path": hole.span.path, "line": hole.span.line, "unbounded": hole.repeated}


def _compared(each: PromptTokens, before: PromptTokens | None) -> doc.PromptDoc:
    made = _prompt(each)
    if before is None:
        made["delta"] = tokens(each.tokens)
        return made
    same = before.source.text == each.source.text
    made["delta"] = tokens(Range.exact(0) if same else difference(each.tokens, before.tokens))
    if not same:
        made["grew"] = [
            {"path": path, "line": first, "end_line": last}
            for path, first, last in grown(lines_of(_parts(before)), lines_of(_parts(each)))
        ]
    return made


def _parts(each: PromptTokens) -> tuple[Text | Hole, ...]:
    source = each.source
    return source.parts or (Text(source.text, source.span, source.role),)

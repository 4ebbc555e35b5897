"""Evaluates the `match` of a rule: a tree of single-key conditions over facts, three-valued.

all, any, not       as in logic, where "not known" stays not known until something decides
<fact path>         one test on one fact: {call.kind: {in: [chat, responses]}}
some, every         over the members of a list: {some: {of: call.retries.layers, where: {layer.attempts: {gt: 3}}}}
predicate           a function by name, for what the language cannot say
An operand is a plain value, "$name" for a parameter, or {fact: other.path}. An empty condition is true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from costgate.model.value import Absent, Truth, Unknown, every, negate, some
from costgate.policy.derive import NOT_WHOLE, Datum
from costgate.policy.facts import look_up, table
from costgate.policy.operators import NO, YES, Answer, compare, is_state
from costgate.policy.predicates import PREDICATES, Predicate
from costgate.policy.subject import Subjects

NONE_OFFERED: Mapping[str, Predicate] = {}


def evaluate(match: Mapping[str, Any], facts: Subjects, params: Mapping[str, Any]) -> Truth:
    """True: the rule fires. None: not enough is known to say."""
    return weigh(match, facts, params).truth


def weigh(
    match: Mapping[str, Any],
    facts: Subjects,
    params: Mapping[str, Any],
    offered: Mapping[str, Predicate] = NONE_OFFERED,
) -> Answer:
    """Like `evaluate`, with the reasons when it comes out None. `offered`: predicates of installed distributions."""
    if not match:
        return YES
    ((key, body),) = match.items()
    if key == "not":
        answer = weigh(body, facts, params, offered)
        return Answer(negate(answer.truth), answer.why)
    if key in ("all", "any"):
        return _together(key, (weigh(part, facts, params, offered) for part in body))
    if key in ("some", "every"):
        return _over_list(key, body, facts, params, offered)
    if key == "predicate":
        return _asked(body, {**PREDICATES, **offered}[body](facts, params))
    return _test(key, body, facts, params)


def _together(word: str, answers: Iterable[Answer]) -> Answer:
    decides = word == "any"
    seen = []
    for answer in answers:
        if answer.truth is decides:
            return answer
        seen.append(answer)
    fold: Callable[[Iterable[Truth]], Truth] = some if decides else every
    truth = fold(answer.truth for answer in seen)
    whys = (why for answer in seen if answer.truth is None for why in answer.why)
    return Answer(truth, tuple(dict.fromkeys(whys)) if truth is None else ())


def _asked(name: str, answer: Truth | Unknown) -> Answer:
    if isinstance(answer, Unknown):
        return Answer(None, (answer.why,))
    return Answer(answer, () if answer is not None else (f"{name} cannot tell",))


def _over_list(
    word: str, body: Mapping[str, Any], facts: Subjects, params: Mapping[str, Any], offered: Mapping[str, Predicate]
) -> Answer:
    members = look_up(body["of"], facts)
    if isinstance(members, Unknown):
        return Answer(None, (members.why,))
    if isinstance(members, Absent) or not isinstance(members, tuple):
        return YES if word == "every" else NO
    item = table()[body["of"]].item
    answers = (weigh(body["where"], {**facts, item: member}, params, offered) for member in members)
    return _together("any" if word == "some" else "all", answers)


def _test(path: str, test: Mapping[str, Any], facts: Subjects, params: Mapping[str, Any]) -> Answer:
    datum = look_up(path, facts)
    operator = next(iter(test)) if len(test) == 1 else next(word for word in test if word != "compare")
    if operator == "is":
        unseen = isinstance(datum, Unknown) and datum.why == NOT_WHOLE
        answer = Answer(None, (NOT_WHOLE,)) if unseen else is_state(datum, test["is"])
    else:
        end = operand(test.get("compare"), facts, params)
        exact = "path_matches" if operator == "matches" and table()[path].type == "path" else operator
        answer = compare(datum, exact, operand(test[operator], facts, params), str(end) if end else None)
    return Answer(answer.truth, tuple(f"{path}: {why}" for why in answer.why)) if answer.why else answer


def operand(written: Any, facts: Subjects, params: Mapping[str, Any]) -> Datum:
    """What a test compares with: the value as written, a parameter's value, or another fact."""
    if isinstance(written, Mapping):
        return look_up(written["fact"], facts)
    plain: Any = params[written[1:]] if isinstance(written, str) and written.startswith("$") else written
    return tuple(plain) if isinstance(plain, list) else plain

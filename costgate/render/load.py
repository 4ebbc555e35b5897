"""Reads a saved report, which may have been written by someone who means harm."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from itertools import islice
from math import isfinite
from typing import Any, NoReturn, cast

from costgate.model.error import UserError
from costgate.model.report import SCHEMA, Report
from costgate.render.conforms import compiled

SIZE = 32 * 1024 * 1024
"""Characters. Ten thousand calls make about half of it."""
_NAME, _VERSION = SCHEMA.split("/")


def report_schema() -> dict[str, Any]:
    """The JSON Schema of `costgate.report/1`."""
    return cast(dict[str, Any], json.loads(files("costgate.render").joinpath("report.schema.json").read_text("utf-8")))


def load_report(text: str, where: str) -> Report:
    """The report in `text`; `where` names it in messages. UserError when it is none that this version can read."""
    if len(text) > SIZE:
        raise UserError(f"the report is over {SIZE // 1024**2} MiB", where=where, hint="narrow the run to a folder")
    document = _parsed(text, where)
    _check_version(document, where)
    _check(document, where)
    return cast(Report, document)


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text.removeprefix("\ufeff"), parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        place = f"{where}:{error.lineno}"
        raise UserError(f"not JSON: {error.msg}", where=place, hint="make it with `--format json`") from None
    except (ValueError, RecursionError):
        raise UserError("not a report: a number or the nesting is beyond bounds", where=where) from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _finite(text: str) -> float:
    number = float(text)
    if not isfinite(number):
        raise ValueError(text)
    return number


def _check_version(document: Any, where: str) -> None:
    schema = document.get("schema") if isinstance(document, dict) else None
    if schema == SCHEMA:
        return
    newer = re.fullmatch(rf"{re.escape(_NAME)}/([0-9]{{1,6}})", schema) if isinstance(schema, str) else None
    if newer and int(newer[1]) > int(_VERSION):
        raise UserError(f"the report is {schema}, this version reads {SCHEMA}", where=where, hint="upgrade costgate")
    raise UserError(
        f"not a costgate report: `schema` is not {SCHEMA}", where=where, hint="make it with `--format json`"
    )


def _check(document: Any, where: str) -> None:
    schema = report_schema()
    if compiled(schema)(document):
        return
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import best_match
    from jsonschema.validators import extend

    whole = Draft202012Validator.TYPE_CHECKER.redefine(
        "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool)
    )
    strict = extend(Draft202012Validator, type_checker=whole)  # type: ignore[no-untyped-call]
    error = best_match(islice(strict(schema).iter_errors(document), 20))
    if error is None:
        return
    place = "/".join(str(step) for step in error.absolute_path) or "the report"
    raise UserError(f"not a valid report: {place}: {_short(error.message)}", where=where)


def _short(message: str) -> str:
    text = "".join(char if char.isprintable() else " " for char in message)
    return text if len(text) <= 200 else f"{text[:120]}…{text[-60:]}"

"""Arguments to options to an exit code; the only module that prints or exits.

Exit codes: 0 pass, 1 the gate says no, 2 the user's mistake, 3 our bug, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from costgate import __version__
from costgate.model.error import UserError

if TYPE_CHECKING:
    from costgate.model.report import Report
    from costgate.model.setting import Setting

PASS, FAIL, MISTAKE, BUG, INTERRUPTED = 0, 1, 2, 3, 130
FORMATS = ("text", "json", "sarif", "markdown", "github")


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(argv)
    if options.command is None:
        _parser().print_help()
        return MISTAKE
    try:
        return int(options.run(options))
    except UserError as error:
        _complain(str(error))
        return MISTAKE
    except KeyboardInterrupt:
        _complain("interrupted")
        return INTERRUPTED
    except BrokenPipeError:
        _let_go_of_output()
        return PASS
    except OSError as error:
        _let_go_of_output()
        _complain(f"{error.filename or 'input or output'}: {error.strerror or error}")
        return MISTAKE
    except Exception as error:  # noqa: BLE001 - the one place where a bug becomes a report instead of a traceback
        return _bug(error)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="costgate",
        description="What a change does to the LLM bill, before the merge, and whether the team's policy allows it.",
    )
    parser.add_argument("--version", action="version", version=f"costgate {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    audit = _command(commands, "audit", "rank every call site of a codebase by what it costs", _audit)
    audit.add_argument("paths", nargs="*", type=Path, default=[Path()], metavar="PATH")
    diff = _command(commands, "diff", "what a branch changes against its merge base", _diff)
    diff.add_argument("--base", metavar="REF", help="the branch it will be merged into (default: origin's, main, master)")
    which = diff.add_mutually_exclusive_group()
    which.add_argument("--head", metavar="REF", help="the revision to judge (default: HEAD)")
    which.add_argument("--staged", action="store_true", help="judge what is staged")
    which.add_argument("--worktree", action="store_true", help="judge the files as they are on disk")
    check = _command(commands, "check", "judge the files given, as a pre-commit hook does", _check)
    check.add_argument("files", nargs="*", type=Path, metavar="FILE")
    _saved_commands(commands)
    _knowledge_commands(commands)
    return parser


def _command(commands: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str, run: object) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
    parser.set_defaults(run=run)
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write there instead of to standard output")
    parser.add_argument("--config", type=Path, metavar="FILE", help="instead of costgate.yaml in the root")
    parser.add_argument("--fail-on", choices=("error", "warning", "info", "never"), help="lowest severity that fails")
    parser.add_argument("--as-of", metavar="YYYY-MM-DD", help="the date that verdicts may depend on (default: today)")
    parser.add_argument("--no-cache", action="store_true", help="neither read nor write the cache")
    parser.add_argument("--quiet", action="store_true", help="print nothing when the verdict is pass")
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="calls to list (default: 50)")
    return parser


def _saved_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    render = commands.add_parser("render", help="make another format from a saved report")
    render.add_argument("report", type=Path)
    render.add_argument("--format", choices=FORMATS, default="text")
    render.add_argument("--output", type=Path, metavar="FILE")
    render.add_argument("--tag", default="report")
    render.set_defaults(run=_render)
    verdict = commands.add_parser("verdict", help="the exit code of a saved report")
    verdict.add_argument("report", type=Path)
    verdict.set_defaults(run=_verdict)
    comment = commands.add_parser("comment", help="bring the pull request's comment up to date from a saved report")
    comment.add_argument("report", type=Path)
    comment.add_argument("--repo", required=True, metavar="OWNER/NAME")
    comment.add_argument("--pr", required=True, type=int, metavar="N")
    comment.add_argument("--tag", default="report", help="keeps several reports on one pull request apart")
    comment.add_argument("--mode", choices=("update", "new", "delete-and-new"), default="update")
    comment.set_defaults(run=_comment)


def _knowledge_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    explain = commands.add_parser("explain", help="what a rule says, why, and how to mend or waive it")
    explain.add_argument("rule", metavar="RULE", help="an id or a name, such as CG101 or unbounded-output")
    explain.set_defaults(run=_explain)
    rules = commands.add_parser("rules", help="list the rules")
    rules.add_argument("action", choices=("list",))
    rules.set_defaults(run=_rules)
    sdks = commands.add_parser(
        "sdks",
        help="the SDKs and frameworks that are known: list, show, check, draft",
        description="list: all of them. show NAME: what is known of one. check [FILE...]: whether the SDK files that this "
        "repository teaches are valid, and their examples read as they say. draft PACKAGE: a first file for an installed "
        "package. draft imports that package, so its code runs: in a process of its own, outside of this folder, without "
        "your environment variables and for a minute at most. A package whose code lies in this repository is refused.",
    )
    sdks.add_argument("action", choices=("list", "show", "check", "draft"))
    sdks.add_argument("names", nargs="*", metavar="NAME", help="an SDK, files, or a package as an import writes it")
    sdks.add_argument("--python", type=Path, metavar="PYTHON", help="the interpreter that has the package to draft")
    sdks.set_defaults(run=_sdks)


# commands ------------------------------------------------------------------------------------------------------


def _audit(options: argparse.Namespace) -> int:
    from costgate.gate import audit

    with _Setting(options) as setting:
        return _finish(audit(options.paths, setting), options)


def _diff(options: argparse.Namespace) -> int:
    from costgate.gate import diff

    which = "staged" if options.staged else "worktree" if options.worktree else "commit"
    with _Setting(options) as setting:
        return _finish(diff(Path.cwd(), options.base, options.head, which, setting), options)


def _check(options: argparse.Namespace) -> int:
    if not options.files:
        return PASS
    missing = next((file for file in options.files if not file.exists()), None)
    if missing is not None:
        raise UserError("no such file", where=str(missing))
    if options.format == "text" and not _worth_reading(options.files, no_cache=options.no_cache):
        return PASS
    from costgate.gate import check

    with _Setting(options) as setting:
        return _finish(check(options.files, Path.cwd(), setting), options)


def _worth_reading(files: list[Path], *, no_cache: bool) -> bool:
    """Whether any file can hold a call, or is one that calls may read; decided on bytes alone."""
    from costgate.read.screen import may_matter, needles, teaches
    from costgate.store.git import find_root

    if teaches(find_root(Path.cwd()) or Path.cwd()):
        return True
    if no_cache:
        words = needles(lambda kind, key: None, lambda kind, key, value: None)
    else:
        from costgate.store.cache import SqliteCache

        with SqliteCache(_cache_folder()) as cache:
            words = needles(cache.get, cache.put)
    return any(may_matter(file, words) for file in files)


def _render(options: argparse.Namespace) -> int:
    _write(_rendered(_load(options.report), options), options.output)
    return PASS


def _verdict(options: argparse.Namespace) -> int:
    report = _load(options.report)
    verdict = report["verdict"]
    reasons = "; ".join(verdict["reasons"])
    _print(f"{verdict['result']}: {reasons}" if reasons else verdict["result"])
    return FAIL if verdict["result"] == "fail" else PASS


def _comment(options: argparse.Namespace) -> int:
    from costgate.forge.github import Comment, Target, post_comment
    from costgate.render.phrase import has_news

    token = os.environ.get("GITHUB_TOKEN", "")
    if not token:
        raise UserError("no token to comment with", where="GITHUB_TOKEN", hint="pass the workflow's token in the environment")
    report = _load(options.report)
    options.format = "markdown"
    body = _rendered(report, options)
    api = os.environ.get("GITHUB_API_URL") or "https://api.github.com"
    posted = post_comment(
        Comment(body, has_news(report)), Target(options.repo, options.pr, token, api), mode=options.mode
    )
    _print(f"comment {posted.action}" + (f": {posted.url}" if posted.url else ""))
    return PASS


def _explain(options: argparse.Namespace) -> int:
    from costgate.knowledge.strict import nearest
    from costgate.policy.pages import rule_page
    from costgate.policy.rule import load_rules

    rules = load_rules()
    for rule in rules:
        if options.rule in (rule.id, rule.name):
            _print(rule_page(rule))
            return PASS
    close = nearest(options.rule, [word for rule in rules for word in (rule.id, rule.name)])
    raise UserError(f"no rule {options.rule!r}", hint=f"did you mean {close}?" if close else "see costgate rules list")


def _rules(options: argparse.Namespace) -> int:
    from costgate.policy.rule import load_rules

    for rule in load_rules():
        _print(f"{rule.id}  {rule.severity:7}  {rule.name:28}  {rule.summary}")
    return PASS


def _sdks(options: argparse.Namespace) -> int:
    if options.action == "check":
        return _check_sdks(options)
    if options.action == "list":
        _print(_sdk_page(None))
        return PASS
    if len(options.names) != 1:
        raise UserError(f"{options.action} needs one name", hint="see costgate sdks --help")
    if options.action == "show":
        _print(_sdk_page(options.names[0]))
        return PASS
    from costgate.teach.draft import draft

    _print(draft(options.names[0], _date(None), options.python).rstrip("\n"))
    return PASS


def _sdk_page(name: str | None) -> str:
    from costgate.gate import knowledge
    from costgate.model.tree import NoCache
    from costgate.teach.local import taught_at
    from costgate.teach.show import overview, page

    made = knowledge(NoCache(), taught_at(Path.cwd()).sdks)
    return overview(made) if name is None else page(made, name)


def _check_sdks(options: argparse.Namespace) -> int:
    from costgate.teach.check import check_named

    checked = check_named(Path.cwd(), options.names)
    for each in checked.complaints:
        _print(each)
    _print(f"{checked.files} file{'' if checked.files == 1 else 's'}, {checked.examples} examples, {len(checked.complaints)} wrong")
    return MISTAKE if checked.invalid else FAIL if checked.complaints else PASS


# output --------------------------------------------------------------------------------------------------------


class _Setting:
    """The setting of a run, with its cache opened and closed."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.cache: object = None

    def __enter__(self) -> Setting:
        from costgate.model.setting import Setting
        from costgate.model.tree import NoCache
        from costgate.store.cache import SqliteCache

        cache = NoCache() if self.options.no_cache else SqliteCache(_cache_folder())
        self.cache = cache
        return Setting(_date(self.options.as_of), cache, self.options.config, self.options.fail_on)

    def __exit__(self, *error: object) -> None:
        close = getattr(self.cache, "close", None)
        if close is not None:
            close()


def _cache_folder() -> Path:
    given = os.environ.get("COSTGATE_CACHE_DIR")
    if given:
        return Path(given)
    from platformdirs import user_cache_path

    return user_cache_path("costgate", appauthor=False)


def _date(given: str | None) -> str:
    from datetime import UTC, date, datetime

    if given is None:
        return datetime.now(UTC).date().isoformat()
    try:
        return date.fromisoformat(given).isoformat()
    except ValueError:
        raise UserError(f"{given!r} is not a date", where="--as-of", hint="write it as 2026-01-31") from None


def _finish(report: Report | None, options: argparse.Namespace) -> int:
    if report is None:
        return PASS
    failed = report["verdict"]["result"] == "fail"
    if failed or not options.quiet or options.output is not None:
        _write(_rendered(report, options), options.output)
    return FAIL if failed and options.format != "sarif" else PASS


def _rendered(report: Report, options: argparse.Namespace) -> str:
    from costgate.render import render
    from costgate.render.options import Options

    on_terminal = getattr(options, "output", None) is None and sys.stdout.isatty()
    colour = on_terminal and not os.environ.get("NO_COLOR")
    server, repository = os.environ.get("GITHUB_SERVER_URL"), os.environ.get("GITHUB_REPOSITORY")
    return render(
        report,
        options.format,
        Options(
            width=_width(on_terminal),
            colour=colour,
            links=f"{server}/{repository}" if server and repository else None,
            limit=getattr(options, "limit", 50),
            tag=getattr(options, "tag", "report"),
        ),
    )


def _width(on_terminal: bool) -> int:
    import shutil

    return shutil.get_terminal_size((120, 40)).columns if on_terminal else 120


def _load(path: Path) -> Report:
    from costgate.render.load import load_report

    if not path.exists():
        raise UserError("no such report", where=str(path), hint="make one with --format json --output FILE")
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError:
        raise UserError("is not UTF-8 text", where=str(path)) from None
    return load_report(text, str(path))


def _write(text: str, output: Path | None) -> None:
    if output is None:
        _print(text.rstrip("\n"))
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise UserError(f"cannot be written: {error.strerror}", where=str(output)) from None


def _print(text: str) -> None:
    sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
    sys.stdout.flush()


def _let_go_of_output() -> None:
    """Send what is still buffered nowhere, so that the interpreter's last flush does not fail as well."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(text: str) -> None:
    print(f"costgate: {text}", file=sys.stderr)


def _bug(error: Exception) -> int:
    import tempfile
    import traceback

    with tempfile.NamedTemporaryFile("w", prefix="costgate-", suffix=".log", delete=False, encoding="utf-8") as log:
        traceback.print_exception(error, file=log)
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
    _complain(f"a bug of costgate {__version__}: {type(error).__name__} at {where}; details: {log.name}")
    return BUG


if __name__ == "__main__":
    sys.exit(main())

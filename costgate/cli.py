"""Commands to an exit code; the only module that prints or exits.

Exit codes: 0 pass, 1 the gate says no, 2 the user's mistake, 3 our bug, 130 interrupted.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costgate import __version__
from costgate.arguments import parser
from costgate.model.error import UserError

if TYPE_CHECKING:
    from costgate.model.report import Report
    from costgate.model.setting import Setting
    from costgate.model.tree import Cache

PASS, FAIL, MISTAKE, BUG, INTERRUPTED = 0, 1, 2, 3, 130


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = parser().parse_args(argv)
    if options.command is None:
        parser().print_help()
        return MISTAKE
    # A worker process may start as `python -c`, which would look for its modules in the judged folder first.
    os.environ["PYTHONSAFEPATH"] = "1"
    try:
        return COMMANDS[options.command](options)
    except UserError as error:
        _complain(str(error))
        return MISTAKE
    except KeyboardInterrupt:
        _complain("interrupted")
        return INTERRUPTED
    except OSError as error:
        _let_go_of_output()
        _complain(f"{error.filename or 'input or output'}: {error.strerror or error}")
        return MISTAKE
    except Exception as error:  # noqa: BLE001 - the one place where a bug becomes a report instead of a traceback
        return _bug(error)


# commands ------------------------------------------------------------------------------------------------------


def _audit(options: argparse.Namespace) -> int:
    from costgate.gate import audit

    with _Setting(options) as setting:
        report = audit(options.paths, setting)
    return _finish(report, options)


def _diff(options: argparse.Namespace) -> int:
    from costgate.gate import diff

    if options.config is not None and options.base_config is not None:
        raise UserError("--config and --base-config exclude each other", hint="see costgate diff --help")
    which = "staged" if options.staged else "worktree" if options.worktree else "commit"
    with _Setting(options) as setting:
        report = diff(_here(), options.base, options.head, which, setting)
    return _finish(report, options)


def _check(options: argparse.Namespace) -> int:
    if not options.files:
        return PASS
    for file in options.files:
        if file.is_dir():
            raise UserError("is a folder", where=str(file), hint=f"costgate audit {file} reads folders")
        if not file.is_file():
            raise UserError("is not a regular file" if file.exists() else "no such file", where=str(file))
    if options.format == "text" and not _worth_reading(options.files, no_cache=options.no_cache):
        return PASS
    from costgate.gate import check

    with _Setting(options) as setting:
        report = check(options.files, _here(), setting)
    return _finish(report, options)


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


def _baseline(options: argparse.Namespace) -> int:
    from costgate.gate import baseline
    from costgate.judge.baseline import dump_baseline

    with _Setting(options) as setting:
        made = baseline(options.path, options.action, setting)
    if options.action == "show":
        for entry in made.after.values():
            _print("  ".join(_plain(entry.get(name)) for name in ("rule", "path", "message")))
    elif options.action == "create" or made.after != made.before:
        _write(dump_baseline(made.after), made.root / made.path)
    gone = len(made.before) - len(made.after)
    count = f"{len(made.after):,} finding{'' if len(made.after) == 1 else 's'} accepted"
    _print(f"{made.path}: {count}" + (f", {gone:,} dropped" if gone > 0 else ""))
    if not made.named:
        _complain(f"{made.path} is not used yet: set `baseline: {made.path}` in costgate.yaml")
    return PASS


def _plain(value: object) -> str:
    from costgate.render.escape import terminal

    return terminal(str(value or "?"), 400)


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
    from costgate.policy.pages import NOTE, rule_page
    from costgate.rulecheck import known_rules

    rules = known_rules(Path.cwd())
    for rule in rules:
        if options.rule in (rule.id, rule.name):
            _print(rule_page(rule).removeprefix(NOTE).strip())
            return PASS
    close = nearest(options.rule, [word for rule in rules for word in (rule.id, rule.name)])
    raise UserError(f"no rule {options.rule!r}", hint=f"did you mean {close}?" if close else "see costgate rules list")


def _rules(options: argparse.Namespace) -> int:
    from costgate.rulecheck import known_rules

    if options.action == "check":
        return _check_rules(options.paths)
    for rule in known_rules(Path.cwd()):
        _print(f"{rule.id}  {rule.severity:7}  {rule.name:28}  {rule.summary}")
    return PASS


def _check_rules(paths: list[Path]) -> int:
    from costgate.rulecheck import check_rules

    count, mistakes = check_rules(paths, Path.cwd())
    for mistake in mistakes:
        _complain(str(mistake))
    if mistakes:
        _complain(f"{len(mistakes)} mistakes in {count} rule files")
        return MISTAKE
    _print(f"{count} rule files, every example as marked, every condition needed")
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


COMMANDS = {
    "audit": _audit,
    "diff": _diff,
    "check": _check,
    "baseline": _baseline,
    "render": _render,
    "verdict": _verdict,
    "comment": _comment,
    "explain": _explain,
    "rules": _rules,
    "sdks": _sdks,
}


# output --------------------------------------------------------------------------------------------------------


class _Setting:
    """The setting of a run, with its cache opened and closed, and a bar on a terminal that waits."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.open: list[Any] = []

    def __enter__(self) -> Setting:
        from costgate.model.setting import Setting, silent
        from costgate.model.tree import NoCache

        tell = silent
        terminal = sys.stderr is not None and sys.stderr.isatty()
        if terminal and not os.environ.get("CI") and not getattr(self.options, "quiet", False):
            from costgate.render.progress import Bar

            bar = Bar(sys.stderr)
            self.open.append(bar)
            tell = bar.tell
        cache: Cache = NoCache()
        if not self.options.no_cache:
            from costgate.store.cache import SqliteCache

            cache = SqliteCache(_cache_folder())
            self.open.append(cache)
        return Setting(
            _date(self.options.as_of),
            cache,
            self.options.config,
            getattr(self.options, "fail_on", None),
            getattr(self.options, "base_config", None),
            tell,
            getattr(self.options, "persona", None),
        )

    def __exit__(self, *error: object) -> None:
        for each in self.open:
            each.close()


def _cache_folder() -> Path:
    given = os.environ.get("COSTGATE_CACHE_DIR")
    if given:
        return Path(given)
    from platformdirs import user_cache_path

    return user_cache_path("costgate", appauthor=False)


def _here() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:
        raise UserError("the current folder is gone", hint="cd to the repository again") from None


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

    on_terminal = getattr(options, "output", None) is None and sys.stdout is not None and sys.stdout.isatty()
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
    if output is None or str(output) == "-":
        _print(text.rstrip("\n"))
        return
    try:
        output.write_text(text, "utf-8")
    except OSError as error:
        raise UserError(f"cannot be written: {error.strerror}", where=str(output)) from None


def _print(text: str) -> None:
    if sys.stdout is None:  # closed by whoever started us
        return
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "replace") + b"\n")
        sys.stdout.flush()
    except BrokenPipeError:  # nobody reads on; the verdict stands all the same
        _let_go_of_output()


def _let_go_of_output() -> None:
    """Send what is still buffered nowhere, so that the interpreter's last flush does not fail as well."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain(text: str) -> None:
    if sys.stderr is not None:
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

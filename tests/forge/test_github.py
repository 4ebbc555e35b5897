"""One comment, ours, never older than the last run; against a server that behaves and misbehaves like GitHub's."""

from __future__ import annotations

import socket
import time
from pathlib import Path
from typing import Any

import pytest

from costgate.forge.github import Target, find_pull, post_comment
from costgate.forge.http import Pace
from costgate.forge.sticky import Comment, Posted
from costgate.model.error import UserError
from costgate.model.marker import Marker

TOKEN = "ghs_secret0123456789"
QUICK = Pace(attempts=4, first=0.01, total=2.0)
COMMENTS = "/repos/acme/app/issues/7/comments"


def body(order: int, words: str = "hello", tag: str = "report") -> str:
    return f"{Marker(tag, order, None).line()}\n{words}\n"


def post(
    forge: Any, text: str, *, mode: str = "update", needed: bool = True, pace: Pace = QUICK, **target: Any
) -> Posted:
    whole = {"repo": "acme/app", "number": 7, "token": TOKEN, "api_url": forge.url, **target}
    return post_comment(Comment(text, needed), Target(**whole), mode=mode, pace=pace)


def test_created_then_updated_in_place_then_left_alone(forge: Any) -> None:
    assert post(forge, body(1)) == Posted("created", "https://github.example/c/1")
    assert post(forge, body(2, "again")).action == "updated"
    forge.comments[0]["body"] = forge.comments[0]["body"].replace("\n", "\r\n").strip()
    assert post(forge, body(2, "again")).action == "unchanged"
    assert [comment["id"] for comment in forge.comments] == [1]
    assert forge.writes() == [f"POST {COMMENTS}", "PATCH /repos/acme/app/issues/comments/1"]


def test_a_late_run_does_not_overwrite_a_newer_one(forge: Any) -> None:
    forge.add(body(50, "newer"))
    for mode in ("update", "new", "delete-and-new"):
        assert post(forge, body(49, "late"), mode=mode).action == "newer"
    assert forge.writes() == []


def test_another_authors_marker_is_not_ours(forge: Any) -> None:
    forge.add(body(99, "planted"), login="mallory")
    forge.add(f"> {body(99)}")
    assert post(forge, body(1)).action == "created"
    assert "planted" in forge.comments[0]["body"]


def test_tags_keep_reports_apart(forge: Any) -> None:
    forge.add(body(99, tag="prompts"))
    assert post(forge, body(1)).action == "created"
    assert post(forge, body(100, "new", tag="prompts")).action == "updated"


def test_our_comment_is_found_pages_away(forge: Any) -> None:
    forge.page = 3
    for number in range(10):
        forge.add(f"chatter {number}", login="alice")
    ours = forge.add(body(1))
    assert post(forge, body(2)) == Posted("updated", f"https://github.example/c/{ours}")
    assert forge.asked.count(("GET", COMMENTS)) == 4


def test_the_next_page_must_be_on_the_same_host(forge: Any) -> None:
    forge.page, forge.next_host = 1, "http://localhost:1"
    forge.add("one", login="alice")
    forge.add("two", login="alice")
    with pytest.raises(UserError, match="another host"):
        post(forge, body(1))


def test_without_news_only_an_earlier_comment_is_replaced(forge: Any) -> None:
    assert post(forge, body(1), needed=False) == Posted("skipped")
    post(forge, body(1, "news"))
    assert post(forge, body(2, "all quiet"), needed=False).action == "updated"


def test_new_and_delete_and_new(forge: Any) -> None:
    forge.add(body(1, "first"))
    assert post(forge, body(2, "second"), mode="new").action == "created"
    assert [comment["id"] for comment in forge.comments] == [1, 2]
    assert post(forge, body(3, "third"), mode="delete-and-new").action == "created"
    assert [comment["id"] for comment in forge.comments] == [3]


def test_hide_and_new(forge: Any) -> None:
    assert post(forge, body(1)).action == "created"
    assert post(forge, body(2, "two"), mode="hide-and-new").action == "created"
    assert (forge.hidden, [comment["id"] for comment in forge.comments]) == (["C_1"], [1, 2])
    forge.fail("POST", "/graphql", 403)
    forge.fail("GET", "/user", 200, body='{"login": "github-actions[bot]"}')
    assert post(forge, body(3, "three"), mode="hide-and-new").action == "created", "an old one that stays fails nothing"
    assert post(forge, body(2, "late"), mode="hide-and-new").action == "newer"


def test_the_stand_in_refuses_what_github_does_not_describe(forge: Any) -> None:
    import requests

    requests.post(f"{forge.url}{COMMENTS}", json={"body": "x", "text": "x"}, timeout=5)
    requests.get(f"{forge.url}{COMMENTS}", params={"perpage": "1"}, timeout=5)
    requests.get(f"{forge.url}/repos/acme/app/nothing", timeout=5)
    assert len(forge.broken) == 3, forge.broken
    forge.broken.clear()


def test_a_comment_deleted_by_someone_else_is_no_trouble(forge: Any) -> None:
    forge.add(body(1))
    forge.fail("DELETE", "comments/1", 404, body='{"message": "Not Found"}')
    assert post(forge, body(2, "x"), mode="delete-and-new").action == "created"


@pytest.mark.parametrize("login", ["github-actions[bot]", "costgate-app[bot]"])
def test_an_apps_token_learns_its_login_from_graphql(forge: Any, login: str) -> None:
    forge.user_status, forge.login = 403, login
    forge.add(body(1), login=login)
    assert post(forge, body(2)).action == "updated"
    assert ("POST", "/graphql") in forge.asked


def test_without_graphql_the_workflows_bot_is_assumed(forge: Any) -> None:
    forge.user_status = 403
    forge.fail("POST", "/graphql", 404)
    forge.add(body(1))
    assert post(forge, body(2)).action == "updated"


def test_a_given_author_is_not_asked_for(forge: Any) -> None:
    forge.add(body(1), login="alice")
    assert post(forge, body(2), author="alice").action == "updated"
    assert ("GET", "/user") not in forge.asked


@pytest.mark.parametrize("status", [0, 500, 502, 503, 504])
@pytest.mark.parametrize(("method", "path"), [("GET", "/comments"), ("PATCH", "comments/1"), ("GET", "/user")])
def test_trouble_passes(forge: Any, method: str, path: str, status: int) -> None:
    forge.add(body(1))
    forge.fail(method, path, status)
    forge.fail(method, path, status)
    assert post(forge, body(2)).action == "updated"


@pytest.mark.parametrize("status", [0, 502])
def test_a_comment_made_without_an_answer_is_not_made_twice(forge: Any, status: int) -> None:
    forge.fail("POST", COMMENTS, status, obey=True)
    assert post(forge, body(1)).action == "unchanged"
    assert len(forge.comments) == 1


def test_a_comment_not_made_is_tried_again(forge: Any) -> None:
    forge.fail("POST", COMMENTS, 502)
    assert post(forge, body(1)).action == "created"
    assert len(forge.comments) == 1


@pytest.mark.parametrize(
    ("status", "text", "headers"),
    [
        (429, "{}", {}),
        (429, "{}", {"retry_after": "0"}),
        (403, '{"message": "API rate limit exceeded"}', {"x_ratelimit_remaining": "0", "x_ratelimit_reset": "1"}),
        (403, "{}", {"retry_after": "0"}),
    ],
)
def test_a_rate_limit_is_waited_out(forge: Any, status: int, text: str, headers: dict[str, str]) -> None:
    forge.fail("POST", COMMENTS, status, body=text, **headers)
    assert post(forge, body(1)).action == "created"


@pytest.mark.parametrize(
    ("text", "headers", "seconds"),
    [
        ("{}", {"retry_after": "3600"}, "3600"),
        ('{"message": "You have exceeded a secondary rate limit."}', {}, "60"),
    ],
)
def test_a_long_limit_is_not_waited_out(forge: Any, text: str, headers: dict[str, str], seconds: str) -> None:
    forge.fail("GET", "/comments", 403, body=text, **headers)
    started = time.monotonic()
    with pytest.raises(UserError, match=f"waiting {seconds} s for the API would go over the limit of 2 s"):
        post(forge, body(1))
    assert time.monotonic() - started < 2


def test_all_waits_together_are_bounded(forge: Any) -> None:
    for _ in range(9):
        forge.fail("GET", "/comments", 500)
    with pytest.raises(UserError, match="over the limit"):
        post(forge, body(1), pace=Pace(attempts=9, first=0.05, total=0.2))
    for _ in range(9):
        forge.fail("POST", COMMENTS, 500)
    with pytest.raises(UserError, match=r"no answer \(status 500, 3 times\)"):
        post(forge, body(1), pace=Pace(attempts=3, first=0.01, total=5))


def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(UserError, match=r"no answer \(no connection, 4 times\)"):
            post_comment(Comment(body(1)), Target("acme/app", 7, TOKEN, url), pace=QUICK)


@pytest.mark.parametrize(
    ("status", "said", "hint"),
    [
        (401, "Bad credentials", "wrong or has expired"),
        (403, "Resource not accessible by integration", "pull-requests: write"),
        (404, "Not Found", "check the repository"),
        (422, "Validation Failed", "does not accept"),
    ],
)
def test_a_refusal_says_what_to_do(forge: Any, status: int, said: str, hint: str) -> None:
    forge.fail("POST", COMMENTS, status, body=f'{{"message": "{said}"}}')
    with pytest.raises(UserError) as caught:
        post(forge, body(1))
    assert str(caught.value).startswith(f"{COMMENTS}: the API refuses with {status}: {said} (")
    assert hint in caught.value.hint
    assert forge.asked.count(("POST", COMMENTS)) == 1


def test_a_missing_pull_request(forge: Any) -> None:
    with pytest.raises(UserError, match="refuses with 404"):
        post(forge, body(1), number=8)


def test_the_token_goes_only_to_the_api(forge: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rc = tmp_path / ".netrc"
    rc.write_text("machine 127.0.0.1 login someone password else\n")
    rc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(rc))
    assert post(forge, body(1)).action == "created"
    assert forge.tokens == {f"Bearer {TOKEN}"}
    assert TOKEN not in repr(Target("acme/app", 7, TOKEN))
    forge.fail("GET", "/comments", 404, body=f'{{"message": "{"x" * 900}\\u001b[31m"}}')
    with pytest.raises(UserError) as caught:
        post(forge, body(2))
    assert TOKEN not in str(caught.value) and "\x1b" not in str(caught.value) and len(str(caught.value)) < 500


def test_an_answer_that_is_not_json(forge: Any) -> None:
    forge.fail("GET", "/comments", 200, body="<html>welcome</html>")
    with pytest.raises(UserError, match="not JSON"):
        post(forge, body(1))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"repo": "acme"}, "not a repository"),
        ({"repo": "acme/../admin"}, "not a repository"),
        ({"number": 0}, "no pull request"),
        ({"api_url": "http://api.example"}, "not https"),
        ({"token": ""}, "no usable token"),
        ({"token": "a\nb"}, "no usable token"),
    ],
)
def test_what_cannot_be_right_is_said_before_anything_is_sent(forge: Any, change: dict[str, Any], message: str) -> None:
    with pytest.raises(UserError, match=message):
        post(forge, body(1), **change)
    with pytest.raises(UserError, match="no comment mode"):
        post(forge, body(1), mode="shout")
    with pytest.raises(UserError, match="marker"):
        post(forge, "no marker")
    with pytest.raises(UserError, match="65,536"):
        post(forge, body(1, "x" * 65_536))
    assert forge.asked == []


def test_the_pull_request_of_another_workflows_run(forge: Any) -> None:
    def find() -> int | None:
        return find_pull("acme/app", "alice:feature", "ab" * 20, token=TOKEN, api_url=forge.url, pace=QUICK)

    assert find() is None
    forge.pulls = [{"number": 3, "head": {"sha": "cd" * 20}}]
    assert find() is None
    forge.pulls.append({"number": 4, "head": {"sha": "ab" * 20}})
    assert find() == 4
    forge.pulls.append({"number": 5, "head": {"sha": "ab" * 20}})
    with pytest.raises(UserError, match="#4, #5"):
        find()


def test_a_rendered_comment_is_recognised(forge: Any) -> None:
    """What the Markdown format opens with is what this module looks for."""
    from costgate.render import load, render

    saved = Path(__file__).parents[1] / "render" / "snapshots" / "report.json"
    report = load.load_report(saved.read_text("utf-8"), "report.json")
    assert post(forge, render(report, "markdown")).action == "created"
    assert post(forge, render(report, "markdown")).action == "unchanged"

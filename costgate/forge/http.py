"""Requests to a forge's REST API: authenticated, patient within bounds, and never telling the token."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from costgate.model.error import UserError

if TYPE_CHECKING:
    from requests import Response, Session

_PAGES = 50
_TIMEOUT = (10, 30)
_SECONDARY_WAIT = 60.0
"""Seconds that GitHub asks to wait after its secondary limit when it names no time."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long to keep trying: `attempts` in all, waiting `first` seconds and then twice as long, up to `total`."""

    attempts: int = 5
    first: float = 1.0
    total: float = 90.0


PATIENT = Pace()
HINTS = {
    401: "the token is wrong or has expired",
    403: "the job needs `permissions: pull-requests: write`; for a pull request from a fork, whose token can only read, "
    "comment from a second workflow (docs/examples)",
    404: "check the repository and the number, and that the token may see them",
    410: "what was asked for is gone",
    422: "the API does not accept what was sent",
}
"""What to do about a status."""


class Lost(Exception):
    """A request that creates something got no clear answer: it may or may not have been carried out."""


class Refused(UserError):
    """The API answered with a status that no repetition will change."""

    def __init__(self, status: int, message: str, *, where: str, hint: str) -> None:
        super().__init__(f"the API refuses with {status}: {message}", where=where, hint=hint)
        self.status = status


@dataclass(slots=True)
class Api:
    """One API, one token."""

    url: str
    token: str = field(repr=False)
    pace: Pace = PATIENT
    header: str = "Authorization"
    scheme: str = "Bearer "
    hints: Mapping[int, str] = field(default_factory=lambda: HINTS)
    _waited: float = 0.0
    _session: Session | None = None

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        local = parts.hostname in {"localhost", "127.0.0.1", "::1"}
        if parts.scheme != "https" and not (parts.scheme == "http" and local):
            raise UserError(f"the API address {self.url!r} is not https", hint="a token must not travel in the clear")
        if not self.token or not self.token.isascii() or not self.token.isprintable():
            raise UserError("there is no usable token", hint="set one that may write on pull requests")

    def get(self, path: str, **params: str) -> Any:
        """The JSON document at `path`."""
        return self._json(self._send("GET", self._at(path), params=params))

    def pages(self, path: str, **params: str) -> Iterator[Any]:
        """The items of a list, page after page."""
        url: str | None = self._at(path)
        query: dict[str, str] = {"per_page": "100", **params}
        for _ in range(_PAGES):
            if url is None:
                return
            response = self._send("GET", url, params=query)
            yield from self._json(response)
            url, query = response.links.get("next", {}).get("url"), {}
            if url is not None and urlsplit(url)[:2] != urlsplit(self.url)[:2]:
                raise UserError("the API sent us to another host for the next page", where=self.url)

    def patch(self, path: str, body: dict[str, Any]) -> Any:
        """Change what is at `path`."""
        return self._json(self._send("PATCH", self._at(path), json=body))

    def put(self, path: str, body: dict[str, Any]) -> Any:
        """Replace what is at `path`."""
        return self._json(self._send("PUT", self._at(path), json=body))

    def delete(self, path: str) -> None:
        """Remove what is at `path`."""
        self._send("DELETE", self._at(path))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Create something. Raises Lost when it cannot be known whether that happened."""
        return self._json(self._send("POST", self._at(path), json=body))

    def wait(self, seconds: float) -> None:
        """Sleep, if that stays within the bounds."""
        if self._waited + seconds > self.pace.total:
            raise UserError(
                f"waiting {seconds:.0f} s for the API would go over the limit of {self.pace.total:.0f} s",
                where=self.url,
                hint="run the step again later",
            )
        self._waited += seconds
        time.sleep(seconds)

    def _at(self, path: str) -> str:
        return f"{self.url.rstrip('/')}{path}"

    def _send(self, method: str, url: str, **more: Any) -> Response:
        attempt = 0
        while True:
            answer = self._answer(method, url, more)
            if answer is not None and answer.status_code < 400:
                return answer
            limited = answer is not None and _limited(answer)
            if answer is not None and answer.status_code < 500 and not limited:
                raise refusal(answer, self.hints)
            what = "no connection" if answer is None else f"status {answer.status_code}"
            if method == "POST" and not limited:
                raise Lost(what)
            attempt += 1
            if attempt >= self.pace.attempts:
                raise silence(what, attempt, self.url)
            pause = self.pace.first * 2 ** (attempt - 1)
            self.wait(pause if answer is None else _asked(answer, pause))

    def _answer(self, method: str, url: str, more: dict[str, Any]) -> Response | None:
        """None when no answer came."""
        from requests import RequestException

        try:
            return self._opened().request(method, url, timeout=_TIMEOUT, **more)
        except RequestException:
            return None

    def _opened(self) -> Session:
        if self._session is None:
            self._session = _session(self.header, f"{self.scheme}{self.token}")
        return self._session

    def _json(self, response: Response) -> Any:
        try:
            return response.json()
        except ValueError:
            raise UserError("the API's answer is not JSON", where=self.url, hint="check the API address") from None


_T = TypeVar("_T")


def surely(api: Api, once: Callable[[], _T]) -> _T:
    """Do something that looks before it creates, again for as long as it cannot be known whether it has created."""
    attempt = 0
    while True:
        try:
            return once()
        except Lost as error:
            attempt += 1
            if attempt >= api.pace.attempts:
                raise silence(str(error), attempt, api.url) from None
            api.wait(api.pace.first * 2 ** (attempt - 1))


def silence(what: str, attempts: int, url: str) -> UserError:
    """The error for an API that stays without an answer."""
    return UserError(f"the API gives no answer ({what}, {attempts} times)", where=url, hint="try again later")


def _session(header: str, secret: str) -> Session:
    from requests import PreparedRequest, Session

    def sign(request: PreparedRequest) -> PreparedRequest:
        request.headers[header] = secret
        return request

    session = Session()
    # As `auth`, not as a header: a .netrc entry would replace a header.
    session.auth = sign
    session.headers["Accept"] = "application/vnd.github+json, application/json"
    session.headers["X-GitHub-Api-Version"] = "2022-11-28"
    session.headers["User-Agent"] = "costgate"
    return session


def _limited(response: Response) -> bool:
    """A rate limit comes as 429, or as 403 with a header or a message that tells it from a missing permission."""
    if response.status_code == 429:
        return True
    if response.status_code != 403:
        return False
    spent = response.headers.get("x-ratelimit-remaining") == "0"
    return spent or "retry-after" in response.headers or "rate limit" in message(response).lower()


def _asked(response: Response, otherwise: float) -> float:
    after, reset = response.headers.get("retry-after", ""), response.headers.get("x-ratelimit-reset", "")
    if after.isdecimal():
        return float(after)
    if response.headers.get("x-ratelimit-remaining") == "0" and reset.isdecimal():
        return max(float(reset) - time.time(), 0.0) + 1
    return _SECONDARY_WAIT if "secondary" in message(response).lower() else otherwise


def message(response: Response) -> str:
    """What the API says is wrong, on one line."""
    try:
        document = response.json()
    except ValueError:
        document = None
    said = document.get("message") if isinstance(document, dict) else None
    text = " ".join(str(said or response.reason or "no reason given").split())
    return "".join(char if char.isprintable() else " " for char in text)[:200]


def refusal(response: Response, hints: Mapping[int, str]) -> Refused:
    """The error that says what to do about a status."""
    path = urlsplit(response.url).path
    return Refused(response.status_code, message(response), where=path, hint=hints.get(response.status_code, ""))

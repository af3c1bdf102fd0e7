"""What both connections do alike, without any input or output: what is sent, what an answer says, when it is sent again."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any, TypedDict, TypeVar, Unpack, cast
from uuid import UUID

import httpx

from retinue.client.calls import Call, Retry
from retinue.client.errors import error_of
from retinue.client.files import Upload, read_upload
from retinue.client.models import Download, RunEvent
from retinue.client.streaming import Reader

T = TypeVar("T")
Query = Mapping[str, Any]

SECONDS = 30.0
ERRORS = 300
USUAL = Retry()
_STREAM_SECONDS = 60.0
_USER_AGENT = "retinue-python"
_MISSING, _TOO_MANY = 404, 429
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
_SAFE = frozenset({"GET", "PUT", "DELETE"})
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def options(url: str, key: str | None, organization_id: str | None) -> dict[str, Any]:
    """Return what a client of HTTP is made with."""
    headers = {"User-Agent": _USER_AGENT}
    headers |= {"Authorization": f"Bearer {key}"} if key else {}
    headers |= {"X-Retinue-Organization": organization_id} if organization_id else {}
    return {"base_url": url.rstrip("/") + "/api/v1", "headers": headers, "timeout": SECONDS}


def arguments(call: Call[Any]) -> dict[str, Any]:
    """Return what a request is made with."""
    headers = dict(call.headers)
    given: dict[str, Any] = {"timeout": SECONDS + call.seconds, "params": _parameters(call.query)}
    if call.file is not None:
        given["files"] = {"file": call.file}
    elif call.body is not None:
        headers["Content-Type"] = "application/json"
        given["content"] = json.dumps(call.body, default=_plain, ensure_ascii=False, allow_nan=False).encode()
    return {**given, "headers": headers}


class Given(TypedDict, total=False):
    """What a call may be given: ``key`` is an idempotency key, ``wait_seconds`` how long an answer may wait for a run."""

    query: Query | None
    headers: dict[str, str]
    body: object
    file: Upload | None
    media_type: str | None
    key: str | None
    wait_seconds: int | None


def json_call(method: str, path: str, **given: Unpack[Given]) -> Call[Any]:
    """Return a call that gives the answer's JSON. It is repeated where that is safe: see ``Attempts``."""
    key, wait_seconds, file = given.get("key"), given.get("wait_seconds"), given.get("file")
    headers = dict(given.get("headers") or {})
    headers |= {} if key is None else {"Idempotency-Key": key}
    headers |= {} if wait_seconds is None else {"Prefer": f"wait={wait_seconds}"}
    return Call(
        method,
        path,
        lambda document: document,
        given.get("body"),
        headers,
        float(wait_seconds or 0),
        query=given.get("query") or {},
        file=None if file is None else read_upload(file, given.get("media_type")),
        is_safe=method in _SAFE or key is not None,
    )


def read(call: Call[T], answer: httpx.Response) -> T:
    """Return what an answer says. Raises ``ApiError``."""
    if answer.status_code >= ERRORS:
        raise error_of(answer.status_code, document_of(answer))
    return call.read(document_of(answer))


def document_of(answer: httpx.Response) -> Any:  # noqa: ANN401 - JSON
    """Return an answer's JSON; None when it has none."""
    try:
        return answer.json() if answer.content else None
    except ValueError:
        return None


def download_of(answer: httpx.Response) -> Download:
    """Return the file of an answer."""
    media_type = answer.headers.get("content-type", "application/octet-stream")
    told = Message()
    told["Content-Disposition"] = answer.headers.get("content-disposition", "")
    return Download(answer.content, media_type, told.get_filename())


def token_of(answer: httpx.Response) -> str | None:
    """Return the CSRF token that a session's requests must carry from now on, where an answer tells one."""
    if "/auth/" not in answer.request.url.path and "/invitations/" not in answer.request.url.path:
        return None
    document: object = document_of(answer)
    told = cast("dict[str, object]", document).get("csrf_token") if isinstance(document, dict) else None
    return told if isinstance(told, str) else None


@dataclass
class Attempts:
    """The attempts of one call: whether and when the next one is due after one that failed.

    GET, PUT, DELETE and what has an idempotency key are sent again after each failure that may pass. Another call is sent
    again only when it was surely not carried out: no connection was made, or there were too many requests.
    """

    call: Call[Any]
    retry: Retry
    number: int = 1
    is_doubtful: bool = field(default=False, init=False)

    def after_error(self, error: httpx.TransportError) -> float | None:
        """Return the seconds until the next attempt; None to give up."""
        is_sent = not isinstance(error, _NOT_SENT)
        return self._next(None, is_sent=is_sent) if self.call.is_safe or not is_sent else None

    def after(self, answer: httpx.Response) -> float | None:
        """Return the seconds until the next attempt; None when the answer stands."""
        status = answer.status_code
        if status not in _AGAIN or not (self.call.is_safe or status == _TOO_MANY):
            return None
        return self._next(answer.headers.get("retry-after"), is_sent=status != _TOO_MANY)

    def is_done(self, answer: httpx.Response) -> bool:
        """Tell whether an earlier attempt has deleted what is now missing."""
        return self.is_doubtful and self.call.method == "DELETE" and answer.status_code == _MISSING

    def _next(self, retry_after: str | None, *, is_sent: bool) -> float | None:
        pause = self.retry.pause(self.number, seconds_of(retry_after))
        self.number += 1
        self.is_doubtful = self.is_doubtful or is_sent
        return pause


def seconds_of(retry_after: str | None) -> float | None:
    """Return the seconds that ``Retry-After`` tells, as a number or a date; None when it tells none."""
    if retry_after is None:
        return None
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        until = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (until.astimezone(UTC) - datetime.now(UTC)).total_seconds())


class Following:
    """A stream that is followed over lost connections: what to ask for, and when to ask again."""

    def __init__(self, path: str, query: Query | None, retry: Retry) -> None:
        """Begin before the first event."""
        self._path, self._query, self._retry = path, _parameters(query or {}), retry
        self._attempt = 1
        self.reader = Reader()

    @property
    def request(self) -> dict[str, Any]:
        """What the next request is made with."""
        timeout = httpx.Timeout(SECONDS, read=_STREAM_SECONDS)
        path, headers = self._path.removeprefix("/"), self.reader.headers
        return {"method": "GET", "url": path, "params": self._query, "headers": headers, "timeout": timeout}

    def take(self, line: str) -> list[RunEvent]:
        """Take a line; return the events that it ends."""
        self._attempt = 1
        return list(self.reader.take(line))

    def after(self, answer: httpx.Response | None) -> float | None:
        """Return the seconds until the stream is asked for again, after an answer or a lost connection; None to give up."""
        if answer is not None and answer.status_code not in _AGAIN:
            return None
        told = None if answer is None else seconds_of(answer.headers.get("retry-after"))
        pause = self._retry.pause(self._attempt, told)
        self._attempt += 1
        return pause


def _parameters(query: Query) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        several: list[object] = list(cast("list[object]", value)) if isinstance(value, list | tuple) else [value]
        pairs += [(name, _text(each)) for each in several if each is not None]
    return pairs


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, date) else str(value)


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not JSON")

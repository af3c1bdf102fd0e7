"""Speaking to an installation's API: refusals become sentences, and streams survive a lost connection."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson

from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import FAILED, NOT_SIGNED_IN, UNAVAILABLE, USAGE, ClientError

_API = "/api/v1"
_CONNECT_SECONDS = 10
_SILENCE_SECONDS = 45
_PAUSES = (0.5, 1.0, 2.0, 5.0)
_CODES = {401: NOT_SIGNED_IN, 404: USAGE, 422: USAGE}


@dataclass(frozen=True, slots=True)
class Sent:
    """A server-sent event."""

    event: str
    id: int | None
    data: Any


class Connection:
    """An open connection to an installation, as somebody."""

    def __init__(self, session: aiohttp.ClientSession, credentials: Credentials) -> None:
        """Take an HTTP session; use ``connected`` to make one."""
        self._session = session
        self._base = f"{credentials.url}{_API}"
        self._url = credentials.url

    async def get(self, path: str, **params: Any) -> Any:
        """Read something. Raises ``ClientError`` for a refusal, and when the installation cannot be reached."""
        given = {name: str(value) for name, value in params.items() if value is not None}
        return await self.request("GET", path, params=given)

    async def post(self, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:
        """Ask for something. Raises ``ClientError`` as ``get`` does."""
        return await self.request("POST", path, data=None if body is None else orjson.dumps(body), headers=headers)

    async def request(self, method: str, path: str, **options: Any) -> Any:
        """Send one request and return the answer's JSON."""
        async with self._response(method, path, **options) as response:
            text = await response.read()
            return orjson.loads(text) if text else None

    async def sign_in(self, email: str, password: str) -> dict[str, str]:
        """Sign in with a password; return the session's cookies. Raises ``ClientError`` as ``get`` does."""
        body = orjson.dumps({"email": email, "password": password})
        async with self._response("POST", "/auth/sign-in", data=body) as response:
            return {name: cookie.value for name, cookie in response.cookies.items()}

    async def follow(self, path: str) -> AsyncIterator[Sent]:
        """Follow a stream of events to its end, over lost connections, without losing or repeating a durable event."""
        last: int | None = None
        attempt = 0
        while True:
            headers = {"Accept": "text/event-stream"} | ({} if last is None else {"Last-Event-ID": str(last)})
            try:
                timeout = aiohttp.ClientTimeout(sock_connect=_CONNECT_SECONDS, sock_read=_SILENCE_SECONDS)
                async with self._response("GET", path, headers=headers, timeout=timeout) as response:
                    async for sent in _parse(response.content):
                        attempt = 0
                        last = sent.id or last
                        yield sent
                        if sent.event == "end":
                            return
            except (aiohttp.ClientError, TimeoutError, ConnectionError):
                pass
            except ClientError as error:
                if error.code != UNAVAILABLE or last is None:
                    raise
            await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
            attempt += 1

    @asynccontextmanager
    async def _response(self, method: str, path: str, **options: Any) -> AsyncGenerator[aiohttp.ClientResponse]:
        headers = dict(options.pop("headers", None) or {})
        if options.get("data") is not None:
            headers["Content-Type"] = "application/json"
        try:
            async with self._session.request(method, self._base + path, headers=headers, **options) as response:
                if response.status >= 400:  # noqa: PLR2004 - where refusals begin
                    raise await _refusal(response)
                yield response
        except aiohttp.ClientConnectorError as error:
            raise ClientError(
                f"{self._url} cannot be reached ({error.os_error}). Is Retinue running there?", UNAVAILABLE
            ) from None
        except aiohttp.InvalidURL:
            raise ClientError(f"{self._url} is not the address of an installation.", USAGE) from None


@asynccontextmanager
async def connected(credentials: Credentials) -> AsyncGenerator[Connection]:
    """Open a connection as whoever the credentials name."""
    headers = {"Accept": "application/json"}
    cookies: dict[str, str] = {}
    if credentials.api_key:
        headers["Authorization"] = f"Bearer {credentials.api_key}"
    if credentials.session:
        cookies["retinue_session"] = credentials.session
        headers["X-CSRF-Token"] = credentials.csrf_token or ""
    timeout = aiohttp.ClientTimeout(total=60, sock_connect=_CONNECT_SECONDS)
    headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(headers=headers, timeout=timeout, cookie_jar=jar) as session:
        yield Connection(session, credentials)


async def _refusal(response: aiohttp.ClientResponse) -> ClientError:
    try:
        problem: dict[str, Any] = orjson.loads(await response.read())
        fields: list[dict[str, Any]] = problem.get("errors") or []
        sentences = [problem.get("detail"), problem.get("remedy")]
        sentences += [f"{each['field']}: {each['message']}" for each in fields]
    except (ValueError, TypeError, KeyError):
        sentences = [f"The installation answered {response.status} {response.reason}"]
    text = " ".join(f"{str(each).rstrip('.')}." for each in dict.fromkeys(sentences) if each)
    code = UNAVAILABLE if response.status in (502, 503, 504) else _CODES.get(response.status, FAILED)
    if code == NOT_SIGNED_IN:
        text = f"{text} Run 'retinue login' again."
    return ClientError(text, code)


async def _parse(content: aiohttp.StreamReader) -> AsyncIterator[Sent]:
    event, event_id, data = "message", None, b""
    async for raw in content:
        line = raw.rstrip(b"\r\n")
        name, _, value = line.partition(b": ")
        if not line:
            if data:
                yield Sent(event, event_id, orjson.loads(data))
            event, event_id, data = "message", None, b""
        elif name == b"event":
            event = value.decode()
        elif name == b"id":
            event_id = int(value)
        elif name == b"data":
            data += value

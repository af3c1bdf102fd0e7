"""Speaking to an installation's API: refusals become sentences, and streams survive a lost connection."""

import asyncio
import io
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

import aiohttp

from retinue import __version__
from retinue.cli.client.credentials import DEFAULT_URL, Credentials
from retinue.cli.client.errors import FAILED, NOT_SIGNED_IN, UNAVAILABLE, USAGE, ClientError
from retinue.core.json import dumps, loads
from retinue.runs.types import CLI_USER_AGENT

_API = "/api/v1"
_OF_A_PROXY = (502, 503, 504)
_NO_SUCH_PATH = "not_found"
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
    """An open connection to an installation, as someone."""

    def __init__(self, session: aiohttp.ClientSession, credentials: Credentials) -> None:
        """Take an HTTP session; use ``connected`` to make one."""
        self._session = session
        self._base = f"{credentials.url}{_API}"
        self._url = credentials.url

    async def get(self, path: str, **params: Any) -> Any:
        """Read something. Raises ``ClientError`` for a refusal, and when the installation cannot be reached."""
        given = [(name, str(each)) for name, value in params.items() for each in _values(value)]
        return await self.request("GET", path, params=given)

    async def get_text(self, path: str, **params: Any) -> str:
        """Read something that is no JSON. Raises ``ClientError`` as ``get`` does."""
        given = [(name, str(each)) for name, value in params.items() for each in _values(value)]
        async with self._response("GET", path, params=given) as response:
            try:
                return await response.text()
            except (aiohttp.ClientError, TimeoutError) as error:
                raise _silent(self._url, error) from None

    async def post(self, path: str, body: object = None, headers: Mapping[str, str] | None = None) -> Any:
        """Ask for something. Raises ``ClientError`` as ``get`` does."""
        return await self.request("POST", path, data=None if body is None else io.BytesIO(dumps(body)), headers=headers)

    async def patch(self, path: str, body: object) -> Any:
        """Change something. Raises ``ClientError`` as ``get`` does."""
        return await self.request("PATCH", path, data=dumps(body))

    async def put(self, path: str, body: object) -> Any:
        """Set something. Raises ``ClientError`` as ``get`` does."""
        return await self.request("PUT", path, data=dumps(body))

    async def delete(self, path: str) -> None:
        """Delete something. Raises ``ClientError`` as ``get`` does."""
        await self.request("DELETE", path)

    async def request(self, method: str, path: str, **options: Any) -> Any:
        """Send one request and return the answer's JSON."""
        async with self._response(method, path, **options) as response:
            try:
                text = await response.read()
            except (aiohttp.ClientError, TimeoutError) as error:
                raise _silent(self._url, error) from None
        try:
            answer: Any = loads(text) if text else {}
        except ValueError:
            raise _stranger(self._url) from None
        if not isinstance(answer, dict):
            raise _stranger(self._url)
        return answer  # pyright: ignore[reportUnknownVariableType] - foreign JSON

    async def sign_in(self, email: str, password: str, code: str | None) -> tuple[str, str]:
        """Sign in with a password; return the session and its CSRF token. Raises ``ClientError`` as ``get`` does."""
        body = dumps({"email": email, "password": password, "code": code})
        async with self._response("POST", "/auth/sign-in", data=body) as response:
            try:
                return response.cookies["retinue_session"].value, response.cookies["retinue_csrf"].value
            except KeyError:
                raise _stranger(self._url) from None

    async def follow(self, path: str) -> AsyncIterator[Sent]:
        """Follow a stream of events to its end, over lost connections, without losing or repeating a durable event.

        Yields an event ``lost`` each time the connection is lost.
        """
        last: int | None = None
        attempt = 0
        while True:
            headers = {"Accept": "text/event-stream"} | ({} if last is None else {"Last-Event-ID": str(last)})
            try:
                timeout = aiohttp.ClientTimeout(sock_connect=_CONNECT_SECONDS, sock_read=_SILENCE_SECONDS)
                async with self._response("GET", path, headers=headers, timeout=timeout) as response:
                    if response.content_type != "text/event-stream":
                        raise _stranger(self._url)
                    async for sent in _parse(_lines(response.content.iter_any())):
                        if sent.event == "access_ended":  # the next request is told why
                            break
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
            if attempt == 0:
                yield Sent("lost", None, None)
            await asyncio.sleep(_PAUSES[min(attempt, len(_PAUSES) - 1)])
            attempt += 1

    @asynccontextmanager
    async def _response(self, method: str, path: str, **options: Any) -> AsyncGenerator[aiohttp.ClientResponse]:
        headers = dict(options.pop("headers", None) or {})
        if options.get("data") is not None:
            headers["Content-Type"] = "application/json"
        try:
            answer = await self._session.request(method, self._base + path, headers=headers, **options)
        except aiohttp.InvalidURL:
            raise ClientError(f"{self._url} is not the address of an installation.", USAGE) from None
        except aiohttp.ClientSSLError as error:
            remedy = "Is it served over http:// alone, or with a certificate that this machine does not trust?"
            raise ClientError(f"{self._url} cannot be reached ({_reason(error)}). {remedy}", UNAVAILABLE) from None
        except aiohttp.ClientConnectorError as error:
            raise ClientError(
                f"{self._url} cannot be reached ({error.os_error}). Is Retinue running there?", UNAVAILABLE
            ) from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise _silent(self._url, error) from None
        async with answer as response:
            if response.status >= 400:  # noqa: PLR2004 - where refusals begin
                raise await _refusal(self._url, response)
            yield response


def _values(value: Any) -> list[Any]:
    """Return the values of a parameter: none for None, each of a list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]  # pyright: ignore[reportUnknownVariableType] - written as strings


@asynccontextmanager
async def connected(credentials: Credentials) -> AsyncGenerator[Connection]:
    """Open a connection with credentials. Raises ``ClientError`` for what is no address."""
    if not credentials.url.startswith(("http://", "https://")):
        raise ClientError(f"{credentials.url} is not an address: it begins with http:// or https://.", USAGE)
    headers = {"Accept": "application/json", "User-Agent": f"{CLI_USER_AGENT}{__version__}"}
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


def _stranger(url: str, answered: str = "something else") -> ClientError:
    return ClientError(
        f"What answers at {url} is no Retinue (it said {answered}). Give its address alone, such as {DEFAULT_URL}.", USAGE
    )


def _silent(url: str, error: Exception) -> ClientError:
    reason = "it took too long" if isinstance(error, TimeoutError) else _reason(error)
    return ClientError(f"{url} did not answer: {reason}. Try again; what was asked may have been done.", UNAVAILABLE)


def _reason(error: Exception) -> str:
    """Return the innermost reason; the outer texts repeat the address."""
    inner = getattr(error, "certificate_error", None) or getattr(error, "os_error", None) or error
    return str(inner).rstrip(".") or type(inner).__name__


async def _refusal(url: str, response: aiohttp.ClientResponse) -> ClientError:
    answered = f"{response.status} {response.reason}"
    told_code: str | None = None
    try:
        problem = cast("dict[str, Any]", loads(await response.read()))
        fields: list[dict[str, Any]] = problem.get("errors") or []
        sentences = [problem.get("detail"), problem.get("remedy")]
        told = str(problem.get("detail"))
        sentences += [
            f"{each['field']}: {each['message']}" for each in fields if str(each["message"]).rstrip(".") not in told
        ]
        told_code = str(problem.get("code"))
        is_ours = told_code != _NO_SUCH_PATH
    except (ValueError, TypeError, KeyError, AttributeError, aiohttp.ClientError):
        sentences, is_ours = [f"{url} answered {answered}"], response.status in _OF_A_PROXY
    if not is_ours:
        return _stranger(url, answered)
    text = " ".join(f"{str(each).rstrip('.')}." for each in dict.fromkeys(sentences) if each)
    code = UNAVAILABLE if response.status in _OF_A_PROXY else _CODES.get(response.status, FAILED)
    if code == NOT_SIGNED_IN:
        is_key = "Authorization" in response.request_info.headers
        text += f" Run 'retinue login' again{', or correct RETINUE_API_KEY' if is_key else ''}."
    return ClientError(text, code, told_code)


async def _lines(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Cut a stream into lines of any length; a run's whole output is one."""
    parts: list[bytes] = []
    async for piece in pieces:
        first, *others = piece.split(b"\n")
        parts.append(first)
        for other in others:
            yield b"".join(parts)
            parts = [other]


async def _parse(lines: AsyncIterator[bytes]) -> AsyncIterator[Sent]:
    event, event_id, data = "message", None, b""
    async for raw in lines:
        line = raw.rstrip(b"\r")
        name, _, value = line.partition(b": ")
        if not line:
            if data:
                yield Sent(event, event_id, loads(data))
            event, event_id, data = "message", None, b""
        elif name == b"event":
            event = value.decode()
        elif name == b"id":
            event_id = int(value)
        elif name == b"data":
            data += value

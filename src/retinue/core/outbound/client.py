"""The safe client for calls that users cause: tools, webhooks, imported documents.

A name is resolved once, each address is checked, and the connection goes to a checked address and no other: the resolver
of the connector only gives out what was checked, and the socket factory refuses the rest, so a name that answers
differently the second time reaches nothing. Redirects are followed by hand and checked like the first address. No proxy
of the environment, no cookies, no decompression past the size cap.
"""

import asyncio
import io
import ipaddress
import re
import socket
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TypeAlias

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from multidict import CIMultiDict
from yarl import URL

from retinue import __version__
from retinue.core.errors import UnavailableError
from retinue.core.outbound.addresses import Address, OutboundRefusedError, Policy, demand_host_among, exact_url, parse_url

Resolve: TypeAlias = Callable[[str, int], Awaitable[list[str]]]
"""Names an address' host and port, returns the addresses as text. Raises ``OSError`` when there are none."""

MAX_BYTES = 2 * 1024 * 1024
_CONNECT_SECONDS = 10.0
_CHUNK = 64 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TO_GET = frozenset({301, 302, 303})
_KEPT_ACROSS_ORIGINS = frozenset({"accept", "accept-language", "user-agent"})
_FORBIDDEN_HEADERS = frozenset(
    {"accept-encoding", "connection", "content-length", "cookie", "expect", "host", "keep-alive", "proxy-authorization"}
    | {"proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PINNED: ContextVar[frozenset[str]] = ContextVar("outbound_pinned", default=frozenset())


class OutboundFailedError(UnavailableError):
    """The called server sent an invalid response."""

    code = "outbound_failed"
    may_have_arrived = True


class OutboundUnreachedError(OutboundFailedError):
    """The called server cannot be reached. Nothing was sent."""

    code = "outbound_unreached"
    may_have_arrived = False


class OutboundTimeoutError(OutboundFailedError):
    """The called server did not respond in time."""

    code = "outbound_timeout"


class OutboundTooLargeError(OutboundFailedError):
    """The response is too large."""

    code = "outbound_too_large"


@dataclass(frozen=True, slots=True)
class OutboundRequest:
    """One call. ``allowed_hosts`` narrows it further (None: no narrowing), at each redirect too.

    ``max_bytes`` caps the answer after decompression; past it the answer is cut when ``is_cut`` and refused otherwise.
    ``timeout_seconds`` covers everything: names, redirects and the body. ``cookie`` is the value of the Cookie header; it
    is not sent on to another origin. With ``is_exact`` path and query are sent as the URL writes them; without it, a
    percent-encoded character that needs no encoding is decoded first.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | None = None
    timeout_seconds: float = 30.0
    max_bytes: int = MAX_BYTES
    is_cut: bool = False
    max_redirects: int = 5
    allowed_hosts: tuple[str, ...] | None = None
    cookie: str | None = None
    is_exact: bool = False


@dataclass(frozen=True, slots=True)
class OutboundResponse:
    """What came back: the last URL after redirects, headers with small names, and the body, cut when ``is_cut``."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    is_cut: bool

    @property
    def media_type(self) -> str:
        """The media type without its parameters, in small letters; empty when none was said."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    def text(self) -> str:
        """Return the body as text, by the character set that was declared, else as UTF-8; wrong bytes are replaced."""
        declared = self.headers.get("content-type", "").lower().partition("charset=")[2]
        charset = declared.split(";")[0].strip().strip("\"'") or "utf-8"
        try:
            return self.body.decode(charset, errors="replace")
        except LookupError:
            return self.body.decode("utf-8", errors="replace")


async def resolve_by_system(host: str, port: int) -> list[str]:
    """Ask the system's resolver for the addresses of a host."""
    infos = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in infos))


class _PinnedResolver(AbstractResolver):
    """Gives the connector the addresses that were checked for the call in progress, and nothing else."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the checked addresses of the call in progress."""
        del family
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in sorted(_PINNED.get(), key=lambda each: ":" in each)
        ]

    async def close(self) -> None:
        """Hold nothing."""


def _checked_socket(info: "tuple[int, int, int, str, tuple[object, ...]]") -> socket.socket:
    family, kind, protocol, _, target = info
    if str(target[0]) not in _PINNED.get():
        raise OSError(f"{target[0]} was not checked")
    return socket.socket(family, kind, protocol)


class Outbound:
    """The process's client for calls that users cause. Opens itself at the first call; closed with the process."""

    def __init__(self, policy: Policy, *, resolve: Resolve = resolve_by_system) -> None:
        """Take the operator's rules; ``resolve`` is replaced in tests."""
        self._policy = policy
        self._resolve = resolve
        self._sessions: dict[str, aiohttp.ClientSession] = {}

    async def close(self) -> None:
        """Close every connection."""
        while self._sessions:
            await self._sessions.popitem()[1].close()

    async def send(self, request: OutboundRequest) -> OutboundResponse:
        """Make a call and read its answer whole, whatever its status.

        Raises ``OutboundRefusedError`` for an address that is not open, ``OutboundUnreachedError`` when nothing was sent,
        ``OutboundTimeoutError``, ``OutboundTooLargeError`` and ``OutboundFailedError`` when the call may have arrived.
        """
        try:
            async with asyncio.timeout(request.timeout_seconds):
                return await self._follow(request)
        except TimeoutError:
            raise OutboundTimeoutError(f"There was no answer within {request.timeout_seconds:g} seconds.") from None

    async def _follow(self, request: OutboundRequest) -> OutboundResponse:
        _check_headers(request.headers)
        if request.cookie is not None and any(mark in request.cookie for mark in "\r\n\0"):
            raise OutboundRefusedError("A cookie holds a line break or a NUL character.")
        current, url = request, parse_url(request.url)
        if request.is_exact:
            url = exact_url(request.url, url)
        for _ in range(request.max_redirects + 1):
            async with self._exchange(current, url) as response:
                location = response.headers.get("Location")
                if response.status not in _REDIRECTS or location is None or not request.max_redirects:
                    return await _read(response, current)
                status = response.status
            target = _target(url, location)
            current, url = _redirected(current, status, url, target), target
        raise OutboundFailedError(f"The address redirects more than {request.max_redirects} times.")

    async def open(self, request: OutboundRequest) -> aiohttp.ClientResponse:
        """Begin a call whose answer is read as it comes; the caller closes it. No redirect is followed, no time limited.

        Raises ``OutboundRefusedError``, ``OutboundUnreachedError`` and ``OutboundFailedError`` as ``send`` does.
        """
        _check_headers(request.headers)
        url = parse_url(request.url)
        with _told_failures(url):
            response = await self._begin(request, url, self._stream_session())
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding != "identity":
            response.close()
            raise OutboundFailedError(f"The answer is compressed as {encoding}, which was not asked for.")
        return response

    @asynccontextmanager
    async def _exchange(self, request: OutboundRequest, url: URL) -> AsyncGenerator[aiohttp.ClientResponse]:
        with _told_failures(url):
            async with await self._begin(request, url, self._session_for(request.method)) as response:
                yield response

    async def _begin(self, request: OutboundRequest, url: URL, session: aiohttp.ClientSession) -> aiohttp.ClientResponse:
        host = url.raw_host or ""
        demand_host_among(host, request.allowed_hosts)
        pinned = await self._check(host, url.port or 0)
        token = _PINNED.set(pinned)
        headers = request.headers if request.cookie is None else {**request.headers, "Cookie": request.cookie}
        try:
            return await session.request(
                request.method, url, headers=headers, data=_sent(request.body), allow_redirects=False
            )
        finally:
            _PINNED.reset(token)

    async def addresses(
        self, host: str, port: int, *, protocol_ports: frozenset[int], allowed_hosts: tuple[str, ...] | None = None
    ) -> tuple[str, ...]:
        """Return the addresses of a host that another protocol than HTTP may connect to, IPv4 first.

        The caller connects to one of them and asks no resolver again. ``protocol_ports`` are its protocol's own. Raises
        ``OutboundRefusedError``, and ``OutboundUnreachedError`` for a name that is not known.
        """
        demand_host_among(host, allowed_hosts)
        found = await self._check(host, port, protocol_ports)
        return tuple(sorted(found, key=lambda each: (":" in each, each)))

    async def _check(self, host: str, port: int, protocol_ports: frozenset[int] = frozenset()) -> frozenset[str]:
        try:
            async with asyncio.timeout(_CONNECT_SECONDS):
                found = await self._resolve(host, port)
        except (OSError, UnicodeError):
            raise OutboundUnreachedError(f"The name {host} is not known.") from None
        permitted = {text for text in found if self._policy.permits(host, port, _address(text), protocol_ports)}
        if not permitted:
            raise OutboundRefusedError(f"{host} at port {port} may not be called from here.")
        return frozenset(permitted)

    def _session_for(self, method: str) -> aiohttp.ClientSession:
        use = "read" if method in _READING else "write"
        session = self._sessions.get(use)
        if session is None:
            session = self._sessions[use] = _open_session(is_kept=use == "read")
        return session

    def _stream_session(self) -> aiohttp.ClientSession:
        session = self._sessions.get("stream")
        if session is None:  # answers may last for hours, and must not use up the connections of other calls
            session = self._sessions["stream"] = _open_session(is_kept=False, most=0, encoding="identity")
        return session


@contextmanager
def _told_failures(url: URL) -> Generator[None]:
    try:
        yield
    except aiohttp.InvalidURL:
        raise OutboundRefusedError(f"{url.raw_host} is not written as an address or a name.") from None
    except aiohttp.ConnectionTimeoutError:
        raise OutboundUnreachedError(f"{url.host} cannot be reached: no connection in time.") from None
    except aiohttp.ClientConnectorError as error:
        raise OutboundUnreachedError(f"{url.host} cannot be reached: {_reason(error)}.") from None
    except aiohttp.ClientError as error:
        raise OutboundFailedError(f"{url.host} did not answer properly: {type(error).__name__}.") from None


def _open_session(*, is_kept: bool, most: int = 200, encoding: str = "gzip, deflate") -> aiohttp.ClientSession:
    # A connection kept open may be closed by the other side just as a call is sent, which then may or may not have
    # arrived; so calls that change something each open their own.
    connector = aiohttp.TCPConnector(
        resolver=_PinnedResolver(),
        use_dns_cache=False,
        socket_factory=_checked_socket,
        limit=most,
        limit_per_host=20 if most else 0,
        force_close=not is_kept,
    )
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
        headers={"User-Agent": f"Retinue/{__version__}", "Accept-Encoding": encoding},
    )


def _sent(body: bytes | None) -> bytes | io.BytesIO | None:
    """Return a body as the client takes it: a large one is written in parts, so that it does not hold up the loop."""
    return io.BytesIO(body) if body is not None and len(body) > _CHUNK else body


def _address(text: str) -> Address:
    return ipaddress.ip_address(text)


def _reason(error: aiohttp.ClientConnectorError) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "its certificate is not valid"
    if isinstance(error, aiohttp.ClientSSLError):
        return "no secure connection could be made"
    return error.strerror or "the connection was refused"


def _check_headers(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        if name.lower() in _FORBIDDEN_HEADERS:
            raise OutboundRefusedError(f"The header {name} cannot be set.", remedy="Leave it out; it is set for you.")
        if not _HEADER_NAME.fullmatch(name):
            raise OutboundRefusedError(f"{name!r} is not the name of a header.")
        if any(mark in value for mark in "\r\n\0"):
            raise OutboundRefusedError(f"The header {name} holds a line break or a NUL character.")


def _target(url: URL, location: str) -> URL:
    try:
        joined = url.join(URL(location))
    except ValueError:
        raise OutboundFailedError("The address redirects to something that is no URL.") from None
    target = parse_url(str(joined.with_fragment(None)))
    if url.scheme == "https" and target.scheme == "http":
        raise OutboundRefusedError("The address redirects from https to http.")
    return target


def _redirected(request: OutboundRequest, status: int, url: URL, target: URL) -> OutboundRequest:
    headers = CIMultiDict(request.headers)
    if url.origin() != target.origin():  # credentials stay with whom they were meant for
        headers = CIMultiDict({name: value for name, value in headers.items() if name.lower() in _KEPT_ACROSS_ORIGINS})
        request = replace(request, cookie=None)
    turns = (status in _TO_GET and request.method == "POST") or (status == 303 and request.method != "HEAD")  # noqa: PLR2004 - RFC 9110
    if not turns:
        if request.body is not None and url.origin() != target.origin():
            raise OutboundRefusedError("The address asks to send the content on to another host.")
        return replace(request, headers=headers)
    headers.popall("Content-Type", None)
    return replace(request, method="GET", body=None, headers=headers)


async def _read(response: aiohttp.ClientResponse, request: OutboundRequest) -> OutboundResponse:
    body, is_over = await _body(response, request.max_bytes)
    if is_over and not request.is_cut:
        raise OutboundTooLargeError(f"The answer has more than {request.max_bytes} bytes.")
    headers = {name.lower(): value for name, value in response.headers.items()}
    return OutboundResponse(str(response.url), response.status, headers, body, is_over)


async def _body(response: aiohttp.ClientResponse, limit: int) -> tuple[bytes, bool]:
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    unpack = _unpacker(encoding)
    parts: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_chunked(_CHUNK):
        try:
            part = unpack(chunk, limit - size + 1)
        except zlib.error:
            raise OutboundFailedError("The answer's compression is broken.") from None
        parts.append(part)
        size += len(part)
        if size > limit:
            response.close()  # the rest is not read
            return b"".join(parts)[:limit], True
    return b"".join(parts), False


def _unpacker(encoding: str) -> Callable[[bytes, int], bytes]:
    if encoding in {"", "identity"}:
        return lambda chunk, _most: chunk
    if encoding in {"gzip", "x-gzip"}:
        return zlib.decompressobj(zlib.MAX_WBITS | 16).decompress
    if encoding == "deflate":
        return zlib.decompressobj(zlib.MAX_WBITS).decompress
    raise OutboundFailedError(f"The answer is compressed as {encoding}, which was not asked for.")

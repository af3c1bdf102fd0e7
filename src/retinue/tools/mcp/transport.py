"""HTTP for the MCP SDK: each request goes through the guarded client, and its failure is told to that request alone.

The SDK ends a whole session when a request raises. A failure is therefore given to it as the JSON-RPC error that the
request failed with; ``FAILURES`` says which of them may have taken effect.
"""

from collections.abc import AsyncGenerator
from dataclasses import replace

import aiohttp
import httpx2

from retinue.core.errors import Error
from retinue.core.json import dumps
from retinue.core.outbound.client import Outbound, OutboundFailedError, OutboundRequest
from retinue.tools.mcp.types import Target

NOT_SENT, MAY_HAVE_ARRIVED, REFUSED = -32090, -32091, -32092
"""Codes of the errors made here, in the range that JSON-RPC leaves to implementations."""

_NOT_SENT_HEADERS = frozenset(
    {"accept-encoding", "connection", "content-length", "cookie", "host", "keep-alive", "transfer-encoding", "user-agent"}
)
_KEPT_HEADERS = frozenset({"content-type", "location", "mcp-session-id", "mcp-protocol-version", "retry-after"})
_STREAM = "text/event-stream"
_SIGN_IN = frozenset({401, 403, 407})
_UNAUTHORIZED = 401
_BUSY = 429
_SERVER_ERROR = 500
_SUCCESS = 2
_CHUNK = 65_536


class _Stream(httpx2.AsyncByteStream):
    """The body of an answer as it arrives."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        try:
            async for chunk in self._response.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, OSError) as error:
            raise httpx2.ReadError(type(error).__name__) from None

    async def aclose(self) -> None:
        self._response.close()


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Sends the SDK's requests over ``Outbound.open``. What signs in goes to the server's own origin only."""

    def __init__(self, outbound: Outbound, target: Target, max_bytes: int) -> None:
        """Take the guarded client, the server, and the most bytes of an answer that is not a stream."""
        self._outbound = outbound
        self._origin = _origin(httpx2.URL(target.url))
        self._headers = target.headers
        self._access = target.access
        self._max_bytes = max_bytes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request. Failures are answers: see the module."""
        try:
            return await self._send(request)
        except OutboundFailedError as error:
            return _failure(request, MAY_HAVE_ARRIVED if error.may_have_arrived else NOT_SENT, error.detail)
        except Error as error:
            return _failure(request, NOT_SENT, error.detail)

    async def _send(self, request: httpx2.Request) -> httpx2.Response:
        response = await self._open(request)
        kept = [(name, value) for name, value in response.headers.items() if name.lower() in _KEPT_HEADERS]
        if response.status // 100 == _SUCCESS and response.content_type == _STREAM:
            return httpx2.Response(response.status, headers=kept, stream=_Stream(response))
        async with response:
            content = await self._read(response)
        if content is None:
            return _failure(request, MAY_HAVE_ARRIVED, f"The answer has more than {self._max_bytes} bytes.")
        told = _refusal(response.status)
        if told is not None and not _is_rpc(response.content_type, content):
            return _failure(request, REFUSED, told)
        return httpx2.Response(response.status, headers=kept, content=content)

    async def _open(self, request: httpx2.Request) -> aiohttp.ClientResponse:
        """Begin a request, under an access token if there is a connection; once more with a new one when it is refused."""
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _NOT_SENT_HEADERS}
        access = self._access if _origin(request.url) == self._origin else None
        if _origin(request.url) == self._origin:
            headers |= self._headers
        sent = OutboundRequest(request.method, str(request.url), headers, await request.aread() or None)
        if access is None:
            return await self._outbound.open(sent)
        token = await access.token()
        response = await self._outbound.open(_bearing(sent, token))
        if response.status != _UNAUTHORIZED:
            return response
        renewed = await access.renew(token)
        if renewed is None:
            return response
        response.close()
        return await self._outbound.open(_bearing(sent, renewed))

    async def _read(self, response: aiohttp.ClientResponse) -> bytes | None:
        content = bytearray()
        try:
            async for chunk in response.content.iter_chunked(_CHUNK):
                content += chunk
                if len(content) > self._max_bytes:
                    response.close()  # the rest is not read
                    return None
        except (aiohttp.ClientError, OSError) as error:
            raise OutboundFailedError(f"The answer broke off: {type(error).__name__}.") from None
        return bytes(content)


def _bearing(request: OutboundRequest, token: str) -> OutboundRequest:
    return replace(request, headers={**request.headers, "Authorization": f"Bearer {token}"})


def _origin(url: httpx2.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _is_rpc(content_type: str, content: bytes) -> bool:
    return content_type == "application/json" and b'"jsonrpc"' in content


def _refusal(status: int) -> str | None:
    if status in _SIGN_IN:
        return (
            f"The MCP server refused the credentials (status {status}). Give a bearer token or headers that it accepts, "
            "or connect by OAuth."
        )
    if status == _BUSY:
        return f"The MCP server is busy (status {status})."
    return f"The MCP server failed with status {status}." if status >= _SERVER_ERROR else None


def _failure(request: httpx2.Request, code: int, message: str) -> httpx2.Response:
    """Return the answer that makes the SDK raise ``MCPError`` with this code for the request, and for nothing else."""
    if request.method != "POST":
        return httpx2.Response(503)
    error = {"jsonrpc": "2.0", "id": None, "error": {"code": code, "message": message}}
    return httpx2.Response(503, headers={"content-type": "application/json"}, content=dumps(error))

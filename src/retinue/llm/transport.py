"""The transport that is given to the HTTP clients of provider packages, so that all calls use one guarded session.

The packages of OpenAI, Anthropic and Google use ``httpx2``, that of Ollama ``httpx``. Their own transports follow
redirects, use the proxies of the environment and connect to any address; this one does none of these.
"""

from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import httpx
import httpx2
from yarl import URL

from retinue.llm.failures import connection_error
from retinue.llm.refusals import refusal_of

MAX_REFUSAL_BYTES = 20_000
_NOT_SENT = frozenset({"accept-encoding", "connection", "content-length", "host", "transfer-encoding"})
_NOT_RETURNED = frozenset({"connection", "content-encoding", "content-length", "transfer-encoding"})


class _Body(httpx.AsyncByteStream, httpx2.AsyncByteStream):
    """The body of an answer as it arrives."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncGenerator[bytes]:
        try:
            async for chunk in self._response.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, OSError) as error:
            raise connection_error(error, str(self._response.url)) from None

    async def aclose(self) -> None:
        self._response.close()


class GuardedTransport(httpx.AsyncBaseTransport, httpx2.AsyncBaseTransport):
    """Sends requests over the session of ``network.open_session``; the caller closes that session."""

    def __init__(self, session: aiohttp.ClientSession, *, connect_seconds: float, secret: str | None) -> None:
        """Take the session and the provider's key, which is removed from error texts."""
        self._session = session
        self._timeout = aiohttp.ClientTimeout(total=None, sock_connect=connect_seconds)
        self._secret = secret

    async def handle_async_request(self, request: Any) -> Any:  # noqa: ANN401 - the classes of either package
        """Send a request. Raises an ``Error`` of ``llm.errors`` for every status but 2xx and for a failed connection."""
        url = str(request.url)
        headers = [(name, value) for name, value in request.headers.multi_items() if name.lower() not in _NOT_SENT]
        try:
            response = await self._session.request(
                request.method,
                URL(url, encoded=True),
                data=await request.aread(),
                headers=[*headers, ("Accept-Encoding", "identity")],
                timeout=self._timeout,
                allow_redirects=False,
            )
            if response.status // 100 != 2:  # noqa: PLR2004 - HTTP's own number
                async with response:
                    text = (await response.content.read(MAX_REFUSAL_BYTES)).decode(errors="replace")
                raise refusal_of(response.status, text, response.headers, secret=self._secret)
        except (aiohttp.ClientError, OSError) as error:
            raise connection_error(error, url) from None
        made = httpx.Response if isinstance(request, httpx.Request) else httpx2.Response
        kept = [(name, value) for name, value in response.headers.items() if name.lower() not in _NOT_RETURNED]
        return made(response.status, headers=kept, stream=_Body(response))

    def close(self) -> None:
        """Close nothing: the session is the caller's. Called by clients that are not asynchronous, and never used."""

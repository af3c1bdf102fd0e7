"""The transport of a server that is started on this machine: notices at once when the server has ended.

The SDK fails the calls of a session whose server has ended, and keeps the session. Here the end of the server's output ends
the session, so that the next call starts the server again.
"""

import os
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Self

from mcp.client._transport import ReadStream, TransportStreams
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.shared.message import SessionMessage

_Item = SessionMessage | Exception


class _WatchedStream:
    """The messages of a server. ``on_end`` is called when the SDK has read the last one."""

    def __init__(self, inner: ReadStream[_Item], on_end: Callable[[], None]) -> None:
        self._inner = inner
        self._on_end = on_end

    async def receive(self) -> _Item:
        """Return the next message."""
        return await self._inner.receive()

    async def aclose(self) -> None:
        """Close the stream."""
        await self._inner.aclose()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> _Item:
        return await self._inner.__anext__()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        await self._inner.aclose()
        self._on_end()


@asynccontextmanager
async def start_server(command: Sequence[str], on_end: Callable[[], None]) -> AsyncGenerator[TransportStreams]:
    """Start a server and connect to it; its error output is discarded. The server ends with the context."""
    program, *arguments = command
    with open(os.devnull, "w", encoding="utf-8") as nowhere:  # noqa: PTH123, ASYNC230 - a device
        parameters = StdioServerParameters(command=program, args=arguments)
        async with stdio_client(parameters, errlog=nowhere) as (read, write):
            yield _WatchedStream(read, on_end), write

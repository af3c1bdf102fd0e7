"""One session with an MCP server, on the official SDK. Imported when a session is first opened: the SDK is heavy.

The SDK's client must be entered and left in one task, so each session has a task that holds it open; calls come from
other tasks. No client capability is declared: servers can request neither models nor files nor input of a person.
"""

import asyncio
import base64
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import httpx2
import mcp_types
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from pydantic import ValidationError

from retinue import __version__
from retinue.core.json import Json, JsonObject
from retinue.core.logging import get_logger
from retinue.core.outbound.client import Outbound
from retinue.engine.ports import ToolArtifact, ToolResult
from retinue.tools.mcp.errors import McpLostError, McpUnavailableError, SessionEndedError
from retinue.tools.mcp.listing import read_tool
from retinue.tools.mcp.settings import McpSettings
from retinue.tools.mcp.stdio import start_server
from retinue.tools.mcp.transport import MAY_HAVE_ARRIVED, NOT_SENT, REFUSED, GuardedTransport
from retinue.tools.mcp.types import ServerInfo, ServerTool, Target

_log = get_logger(__name__)
_PAGES = 50
_LIST_SECONDS = 30.0
"""Tools are read again after so long: not every server says that they changed."""
_TOOLS = 2000
_INSTRUCTIONS_CHARACTERS = 2000
_PROGRESS_LINES = 50
_ENDED = "Session terminated"
"""The SDK's words for a session that the server no longer knows; the call was not carried out."""


@dataclass(slots=True)
class _Progress:
    """What a server told of a call under way: log lines of the run."""

    lines: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])

    async def add(self, progress: float, total: float | None, message: str | None) -> None:
        """Keep a line; a server that tells too much is cut."""
        if len(self.lines) < _PROGRESS_LINES:
            of = "" if total is None else f" of {total:g}"
            self.lines.append(("info", f"Progress: {progress:g}{of}{f', {message[:500]}' if message else ''}"))


class Connection:
    """A session, from ``open`` to ``close``. ``used_at`` is the loop's time of its last use, ``users`` counts calls."""

    def __init__(self, target: Target, outbound: Outbound, settings: McpSettings) -> None:
        """Take the server and the limits; connects with ``open``."""
        self._target = target
        self._outbound = outbound
        self._settings = settings
        self._closing = asyncio.Event()
        self._ready: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None
        self._on_gone: Callable[[], None] | None = None
        self._is_stale = True
        self._listed_at = 0.0
        self._tools: Mapping[str, ServerTool] = {}
        self.server: ServerInfo | None = None
        self.users = 0
        self.used_at = asyncio.get_running_loop().time()

    @property
    def is_open(self) -> bool:
        """Whether calls can be made."""
        return self._task is not None and not self._task.done() and not self._closing.is_set()

    def is_with(self, target: Target) -> bool:
        """Tell whether the session is with this server, under whatever credentials."""
        return (self._target.url, self._target.command) == (target.url, target.command)

    def open(self, on_gone: Callable[[], None]) -> None:
        """Begin to connect and to agree on a protocol version; ``on_gone`` is called once the session is over."""
        self._on_gone = on_gone
        self._task = asyncio.create_task(self._hold(), name="mcp-session")

    async def ready(self) -> None:
        """Wait until calls can be made. Raises ``McpUnavailableError``."""
        await asyncio.shield(self._ready)

    async def close(self) -> None:
        """End the session and wait until it is over: a started server has ended, an HTTP session was deleted."""
        self._closing.set()
        if self._task is not None:
            if not self._ready.done():
                self._task.cancel()
            await asyncio.wait({self._task})

    async def tools(self) -> Mapping[str, ServerTool]:
        """Return the server's tools by name, read again when they are old or the server said that they changed.

        Raises ``McpUnavailableError`` and ``SessionEndedError``.
        """
        now = asyncio.get_running_loop().time()
        if self._is_stale or now > self._listed_at + _LIST_SECONDS:
            self._is_stale, self._listed_at = False, now
            try:
                self._tools = await self._guarded(self._list())
            except BaseException:
                self._is_stale = True
                raise
        return self._tools

    async def read_tools(self) -> Mapping[str, ServerTool]:
        """Return the server's tools as they are now, however lately they were read. Raises as ``tools`` does."""
        self._is_stale = True
        return await self.tools()

    async def call(self, name: str, arguments: JsonObject) -> ToolResult:
        """Call a tool. Cancelling tells the server so.

        Raises ``McpUnavailableError`` when it was not called, ``McpLostError`` when it may have been, and
        ``SessionEndedError``.
        """
        progress = _Progress()
        client = self._ready.result()
        result = await self._guarded(client.call_tool(name, dict(arguments), progress_callback=progress.add))
        return _result(result, tuple(progress.lines))

    async def _hold(self) -> None:
        failure: McpUnavailableError | None = None
        seconds = self._settings.mcp_connect_seconds
        limit = asyncio.timeout(seconds)
        began = time.perf_counter()
        try:
            async with limit, self._transport() as transport, self._client(transport) as client:
                limit.reschedule(None)
                self.server = _info(client, round((time.perf_counter() - began) * 1000))
                self.used_at = asyncio.get_running_loop().time()
                self._ready.set_result(client)
                await self._wait_until_idle()
        except asyncio.CancelledError:
            failure = McpUnavailableError("The session with the MCP server was closed.")
        except BaseException as error:  # noqa: BLE001 - whatever ends a session is told to those who use it
            late = f"The MCP server did not answer within {seconds:g} seconds."
            failure = McpUnavailableError(late) if limit.expired() else _unavailable(error)
        finally:
            self._closing.set()
            if not self._ready.done():
                self._ready.set_exception(failure or McpUnavailableError("The MCP server ended the session."))
                self._ready.exception()  # told by ``ready``, or nobody asks any more
            if self._on_gone is not None:
                self._on_gone()

    async def _wait_until_idle(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._closing.is_set():
            left = self.used_at + self._settings.mcp_idle_seconds - loop.time()
            if self.users:
                left = self._settings.mcp_idle_seconds
            elif left <= 0:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._closing.wait()

    @asynccontextmanager
    async def _transport(self) -> AsyncGenerator[Any]:
        if self._target.command:
            yield start_server(self._target.command, self._closing.set)
            return
        most = self._settings.mcp_message_bytes
        guarded = GuardedTransport(self._outbound, self._target, most)
        async with httpx2.AsyncClient(transport=guarded, timeout=None, trust_env=False, max_redirects=3) as http:
            yield streamable_http_client(self._target.url, http_client=http, max_sse_event_size=most)

    def _client(self, transport: Any) -> Client:  # noqa: ANN401 - the SDK's own union
        return Client(
            transport,
            client_info=mcp_types.Implementation(name="Retinue", version=__version__),
            message_handler=self._hear,
            cache=None,
        )

    async def _hear(self, message: object) -> None:
        if isinstance(message, mcp_types.ToolListChangedNotification):
            self._is_stale = True

    async def _list(self) -> Mapping[str, ServerTool]:
        client = self._ready.result()
        found: dict[str, ServerTool] = {}
        cursor: str | None = None
        for _ in range(_PAGES):
            page = await client.list_tools(cursor=cursor)
            found |= {tool.name: read_tool(tool) for tool in page.tools}
            cursor = page.next_cursor
            if cursor is None or len(found) >= _TOOLS:
                break
        return found

    async def _guarded(self, work: Any) -> Any:  # noqa: ANN401 - any of the SDK's results
        """Wait for the SDK's work, or for the end of the session, which may leave the work without an answer permanently."""
        session = cast("asyncio.Task[None]", self._task)
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait({task, session}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise McpLostError("The MCP server ended the session during the call.")
            return task.result()
        except MCPError as error:
            raise _translated(error) from None
        except ValidationError:
            raise McpLostError("The MCP server's answer does not follow the protocol.") from None
        except RuntimeError as error:
            raise McpLostError(f"The MCP server's answer cannot be used: {str(error)[:300]}") from None
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task})


def _info(client: Client, duration_ms: int) -> ServerInfo:
    info = client.server_info
    name, version = (info.name, info.version) if info else ("", "")
    instructions = (client.instructions or "")[:_INSTRUCTIONS_CHARACTERS]
    return ServerInfo(name[:200], version[:100], client.protocol_version, instructions, duration_ms)


def _translated(error: MCPError) -> Exception:
    message = str(error)[:500]
    if message == _ENDED:
        return SessionEndedError()
    if error.code in {NOT_SENT, REFUSED}:
        return McpUnavailableError(message)
    lost = _lost(error.code, message)
    return McpUnavailableError(f"The MCP server refused: {message.rstrip('.')}.") if lost is None else McpLostError(lost)


def _lost(code: int, message: str) -> str | None:
    """Return what is told when a call may have taken effect; None when it was refused."""
    if code == MAY_HAVE_ARRIVED:
        return message
    if code == mcp_types.PARSE_ERROR:
        return "The MCP server does not answer as the protocol asks."
    if code != mcp_types.CONNECTION_CLOSED:
        return None
    if "byte limit" in message:
        return "The MCP server's answer is larger than RETINUE_MCP_MESSAGE_BYTES allows."
    return "The connection to the MCP server broke during the call."


def _unavailable(error: BaseException) -> McpUnavailableError:
    """Find the reason in whatever the SDK's task groups raise."""
    while isinstance(error, BaseExceptionGroup):
        error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
    if isinstance(error, McpUnavailableError):
        return error
    if isinstance(error, MCPError):
        found = _translated(error)
        return found if isinstance(found, McpUnavailableError) else McpUnavailableError("The MCP server ended the session.")
    if isinstance(error, FileNotFoundError | PermissionError):
        return McpUnavailableError("The command of the MCP server cannot be started on this machine.")
    _log.warning("mcp.session_failed", error=type(error).__name__)
    return McpUnavailableError("The MCP server does not answer as the protocol asks.")


def _result(result: mcp_types.CallToolResult, logs: tuple[tuple[str, str], ...]) -> ToolResult:
    texts: list[str] = []
    artifacts: list[ToolArtifact] = []
    for block in result.content:
        if isinstance(block, mcp_types.TextContent):
            texts.append(block.text)
        elif isinstance(block, mcp_types.ImageContent | mcp_types.AudioContent):
            kind = "image" if isinstance(block, mcp_types.ImageContent) else "audio"
            artifacts.append(_artifact(f"{kind}-{len(artifacts) + 1}", block.mime_type, block.data))
        elif isinstance(block, mcp_types.ResourceLink):
            texts.append(f"{block.name}: {block.uri}")
        else:
            _add_resource(block.resource, texts, artifacts)
    structured = cast("Json", result.structured_content)
    output: Json = structured if structured is not None else "\n\n".join(texts)
    if output == "" and artifacts:
        output = "The tool made a file." if len(artifacts) == 1 else f"The tool made {len(artifacts)} files."
    if result.is_error:
        return ToolResult("\n\n".join(texts) or "The tool failed without a reason.", is_error=True, logs=logs)
    return ToolResult(output, artifacts=tuple(artifacts), logs=logs)


def _add_resource(resource: Any, texts: list[str], artifacts: list[ToolArtifact]) -> None:  # noqa: ANN401 - text or bytes
    if isinstance(resource, mcp_types.TextResourceContents):
        texts.append(resource.text)
    else:
        name = str(resource.uri).rstrip("/").rpartition("/")[2] or f"file-{len(artifacts) + 1}"
        artifacts.append(_artifact(name, resource.mime_type or "application/octet-stream", resource.blob))


def _artifact(name: str, media_type: str, data: str) -> ToolArtifact:
    try:
        content = base64.b64decode(data, validate=True)
    except ValueError:
        raise McpLostError("The MCP server sent a file that is not base64.") from None
    return ToolArtifact(name[:200], media_type[:100], content)

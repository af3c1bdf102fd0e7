"""An MCP server on loopback, on the official SDK, whose tools change when a test asks for it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.server.mcpserver.utilities.types import Image
from mcp_types import ToolAnnotations
from starlette.types import ASGIApp, Receive, Scope, Send

_PIXEL = bytes.fromhex("89504e470d0a1a0a")


@dataclass
class McpServer:
    """The server: its URL, what it was sent, and what its tools did.

    ``statuses`` are answered to the next POSTs in place of the protocol; ``location`` is where such an answer redirects.
    """

    url: str = ""
    mcp: MCPServer[Any] = field(default_factory=lambda: MCPServer("Test server", version="3.1", instructions="Be kind."))
    counted: list[int] = field(default_factory=list[int])
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    methods: list[str] = field(default_factory=list[str])
    sessions: set[str] = field(default_factory=set[str])
    statuses: list[int] = field(default_factory=list[int])
    location: str = ""
    token: str | None = None
    is_described: bool = False

    def describe(self, text: str) -> None:
        """Offer the tool ``echo`` with another description."""

        def echo(message: str) -> str:
            return f"echo: {message}"

        if self.is_described:
            self.mcp.remove_tool("echo")
        self.is_described = True
        self.mcp.add_tool(echo, description=text, annotations=ToolAnnotations(read_only_hint=True))

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """Return the application with what the test wants in front of it."""

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            self.headers.append(headers)
            self.methods.append(scope["method"])
            if "mcp-session-id" in headers:
                self.sessions.add(headers["mcp-session-id"])
            status = self._status(scope["method"], headers)
            if status is None:
                await app(scope, receive, send)
                return
            location = [(b"location", self.location.encode())] if self.location else []
            await send({"type": "http.response.start", "status": status, "headers": location})
            await send({"type": "http.response.body", "body": b"secret of the server"})

        return serve

    def _status(self, method: str, headers: dict[str, str]) -> int | None:
        if self.token is not None and headers.get("authorization") != f"Bearer {self.token}":
            return 401
        return self.statuses.pop(0) if method == "POST" and self.statuses else None


def _offer(server: McpServer) -> None:
    server.describe("Repeat a message.")

    @server.mcp.tool(annotations=ToolAnnotations(idempotent_hint=True))
    def add(a: int, b: int) -> dict[str, int]:
        """Add two numbers."""
        return {"sum": a + b}

    @server.mcp.tool()
    async def count(number: int) -> str:
        """Count a number."""
        server.counted.append(number)
        server.begun.set()
        if number < 0:
            await server.go_on.wait()
        return f"counted {number}"

    @server.mcp.tool()
    async def slow(ctx: Context) -> str:
        """Take long, and tell how far it is."""
        await ctx.report_progress(1, 3, "reading")
        await ctx.report_progress(2, 3)
        server.begun.set()
        try:
            await server.go_on.wait()
        except asyncio.CancelledError:
            server.cancelled.set()
            raise
        return "done"

    @server.mcp.tool()
    def large(size: int) -> str:
        """Return a long text."""
        return "x" * size

    @server.mcp.tool()
    def fail() -> str:
        """Fail."""
        raise ToolError("no such customer")

    @server.mcp.tool(structured_output=False)
    def picture() -> Image:
        """Return a picture."""
        return Image(data=_PIXEL, format="png")

    @server.mcp.tool()
    def reveal(ctx: Context) -> dict[str, str]:
        """Return what signs in."""
        return {"authorization": (ctx.headers or {}).get("authorization", "none")}


@asynccontextmanager
async def mcp_server(*, is_stateless: bool = False) -> AsyncGenerator[McpServer]:
    """Serve it for a while."""
    server = McpServer()
    _offer(server)
    app = server.wrap(server.mcp.streamable_http_app(stateless_http=is_stateless))
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="on", ws="none")
    web = uvicorn.Server(config)
    task = asyncio.create_task(web.serve())
    async with asyncio.timeout(20):
        while not web.started:
            await asyncio.sleep(0.01)
    server.url = f"http://127.0.0.1:{web.servers[0].sockets[0].getsockname()[1]}/mcp"
    try:
        yield server
    finally:
        server.go_on.set()
        web.should_exit = True
        web.force_exit = True
        await task

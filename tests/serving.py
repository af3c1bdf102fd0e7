"""Serving a process over HTTP inside a test."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import uvicorn

from retinue.api import create_app
from retinue.cli.api import StreamingServer
from retinue.process import Process
from tests.client import Client

SERVED: list[Process] = []
"""The processes that are served at present, for ``tests.together``."""


@asynccontextmanager
async def serve(process: Process) -> AsyncGenerator[Client]:
    """Serve a process on an ephemeral port in the running event loop; gives a client nobody has signed in with."""
    app = create_app(process)
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        log_config=None,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=5,
        timeout_keep_alive=75,
    )
    serving = StreamingServer(config, app.state.streams)  # a browser would tell of streams that are cut off
    task = asyncio.create_task(serving.serve())
    while not serving.started:
        assert not task.done(), task.exception()
        await asyncio.sleep(0.01)
    port = serving.servers[0].sockets[0].getsockname()[1]
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=2)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        SERVED.append(process)
        try:
            yield Client(session, f"http://127.0.0.1:{port}")
        finally:
            SERVED.remove(process)
    serving.should_exit = True
    await task

"""A server that speaks OpenAI's chat completions over a real socket, answering as the test says."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

Answer = Callable[[web.Request, dict[str, Any]], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Server:
    """Where it is, and the bodies and headers it was sent."""

    url: str = ""
    bodies: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    closed_early: int = 0
    models: list[str] = field(default_factory=lambda: ["served-model"])
    status: int = 200
    """Of the list of models."""


def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    """Write one event of a stream."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + orjson.dumps({"id": "c", "model": "served-model", "choices": [choice]}) + b"\n\n"


def usage(prompt: int, completion: int, cached: int = 0) -> bytes:
    """Write the event that counts the tokens, and the end."""
    counted = {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "prompt_tokens_details": {"cached_tokens": cached},
    }
    return b"data: " + orjson.dumps({"choices": [], "usage": counted}) + b"\n\ndata: [DONE]\n\n"


async def stream(request: web.Request, *pieces: bytes) -> web.StreamResponse:
    """Answer with a stream of pieces, each its own write."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for piece in pieces:
        await response.write(piece)
    await response.write_eof()
    return response


@asynccontextmanager
async def serving(answer: Answer) -> AsyncGenerator[Server]:
    """Serve on an ephemeral port."""
    server = Server()

    async def handle(request: web.Request) -> web.StreamResponse:
        body = orjson.loads(await request.read())
        server.bodies.append(body)
        server.headers.append(dict(request.headers))
        try:
            return await answer(request, body)
        except (ConnectionResetError, web.HTTPException):
            server.closed_early += 1
            raise

    async def list_models(_request: web.Request) -> web.StreamResponse:
        if server.status != 200:
            return web.json_response({"error": {"message": "no access"}}, status=server.status)
        return web.json_response({"data": [{"id": name} for name in server.models]})

    application = web.Application()
    application.router.add_get("/v1/models", list_models)
    for path in ("/v1/chat/completions", "/bare/v1/chat/completions"):  # the second without a list of models
        application.router.add_post(path, handle)
    runner = web.AppRunner(application, handler_cancellation=True)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.url = f"{runner.addresses[0][0]}:{runner.addresses[0][1]}"
    server.url = f"http://{server.url}/v1"
    try:
        yield server
    finally:
        await runner.cleanup()

"""Servers that speak each provider's own protocol over real sockets, as small as a conversation needs them to be.

Sources: Anthropic "Messages streaming"; Ollama ``POST /api/chat``; Google ``models.streamGenerateContent`` with ``alt=sse``;
OpenAI chat completions.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web

RETRY_AFTER = "7"
THOUGHT = "Let me think."
TEXT = ("Grüße", " von", " hier.")
ARGUMENTS = {"expression": "2+2"}
INPUT_TOKENS, OUTPUT_TOKENS = 11, 5


MESSAGES = {
    400: "prompt is too long: 9 tokens > 8 maximum, the context length is 8",
    404: "model: no-such-model not found",
}
CODES = {400: "context_length_exceeded", 401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_error"}


@dataclass(slots=True)
class ProviderServer:
    """A provider: its kind, its address, what it was sent, and how it answers.

    ``mode``: text, tool, thought (reasons first), hang (falls silent after its first piece). ``refusals`` are the statuses
    of the next calls, before it answers as usual.
    """

    kind: str
    url: str = ""
    mode: str = "text"
    refusals: list[int] = field(default_factory=list[int])
    bodies: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    headers: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    is_closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        body = orjson.loads(await request.read())
        self.bodies.append(body)
        self.headers.append(dict(request.headers))
        if self.refusals:
            status = self.refusals.pop(0)
            headers = {"Retry-After": RETRY_AFTER} if status == 429 else {}
            return web.json_response(self._refusal(status), status=status, headers=headers)
        media = "application/x-ndjson" if self.kind == "ollama" else "text/event-stream"
        response = web.StreamResponse(headers={"Content-Type": media})
        await response.prepare(request)
        pieces = getattr(self, f"_{self.kind}")()
        for piece in pieces:
            await response.write(piece)
            if self.mode == "hang" and TEXT[0].encode() in piece:
                await self._hang()
        await response.write_eof()
        return response

    async def list_models(self, _request: web.Request) -> web.StreamResponse:
        """List one model in the format of the kind."""
        match self.kind:
            case "google":
                return web.json_response({"models": [{"name": "models/m"}]})
            case "ollama":
                return web.json_response({"models": [{"name": "m"}]})
            case _:
                return web.json_response({"data": [{"id": "m"}]})

    async def _hang(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.is_closed.set()

    def _refusal(self, status: int) -> dict[str, Any]:
        message = MESSAGES.get(status, "refused by the provider")
        match self.kind:
            case "ollama":
                return {"error": message}
            case "google":
                return {"error": {"code": status, "message": message, "status": "REFUSED"}}
            case "anthropic":
                return {"type": "error", "error": {"type": CODES.get(status, "api_error"), "message": message}}
            case _:
                return {"error": {"message": message, "type": "refused", "code": CODES.get(status)}}

    @property
    def has_text(self) -> bool:
        """Whether the answer is text, and no tool call."""
        return self.mode != "tool"

    def _anthropic(self) -> list[bytes]:
        def event(kind: str, **values: Any) -> bytes:
            return f"event: {kind}\n".encode() + b"data: " + orjson.dumps({"type": kind, **values}) + b"\n\n"

        usage = {"input_tokens": INPUT_TOKENS, "output_tokens": 1}
        message: dict[str, Any] = {
            "id": "m",
            "type": "message",
            "role": "assistant",
            "model": "claude",
            "content": [],
            "usage": usage,
        }
        pieces = [event("message_start", message={**message, "stop_reason": None, "stop_sequence": None})]
        if self.mode == "thought":
            thinking = {"type": "thinking", "thinking": "", "signature": ""}
            pieces.append(event("content_block_start", index=9, content_block=thinking))
            pieces.append(event("content_block_delta", index=9, delta={"type": "thinking_delta", "thinking": THOUGHT}))
            pieces.append(event("content_block_stop", index=9))
        if self.has_text:
            pieces.append(event("content_block_start", index=0, content_block={"type": "text", "text": ""}))
            pieces += [event("content_block_delta", index=0, delta={"type": "text_delta", "text": text}) for text in TEXT]
        else:
            block: dict[str, Any] = {"type": "tool_use", "id": "call_1", "name": "calculator", "input": {}}
            pieces.append(event("content_block_start", index=0, content_block=block))
            delta = {"type": "input_json_delta", "partial_json": orjson.dumps(ARGUMENTS).decode()}
            pieces.append(event("content_block_delta", index=0, delta=delta))
        pieces.append(event("content_block_stop", index=0))
        reason = "end_turn" if self.has_text else "tool_use"
        end = {"stop_reason": reason, "stop_sequence": None}
        pieces.append(
            event("message_delta", delta=end, usage={"input_tokens": INPUT_TOKENS, "output_tokens": OUTPUT_TOKENS})
        )
        pieces.append(event("message_stop"))
        return pieces

    def _ollama(self) -> list[bytes]:
        def line(message: dict[str, Any], **values: Any) -> bytes:
            document = {"model": "llama", "created_at": "2026-01-01T00:00:00Z", "message": message, "done": False, **values}
            return orjson.dumps(document) + b"\n"

        if self.has_text:
            pieces = [line({"role": "assistant", "content": text}) for text in TEXT]
            if self.mode == "thought":
                pieces.insert(0, line({"role": "assistant", "content": "", "thinking": THOUGHT}))
        else:
            calls = [{"function": {"name": "calculator", "arguments": ARGUMENTS}}]
            pieces = [line({"role": "assistant", "content": "", "tool_calls": calls})]
        counted = {"prompt_eval_count": INPUT_TOKENS, "eval_count": OUTPUT_TOKENS}
        return [*pieces, line({"role": "assistant", "content": ""}, done=True, done_reason="stop", **counted)]

    def _google(self) -> list[bytes]:
        def event(parts: list[dict[str, Any]], **values: Any) -> bytes:
            candidate = {"content": {"parts": parts, "role": "model"}, "index": 0, **values}
            counted = {"promptTokenCount": INPUT_TOKENS, "candidatesTokenCount": OUTPUT_TOKENS}
            total = {**counted, "totalTokenCount": INPUT_TOKENS + OUTPUT_TOKENS}
            document = {"candidates": [candidate], "usageMetadata": total, "modelVersion": "gemini"}
            return b"data: " + orjson.dumps(document) + b"\r\n\r\n"

        if self.has_text:
            thoughts = [event([{"text": THOUGHT, "thought": True}])] if self.mode == "thought" else []
            return [
                *thoughts,
                *(event([{"text": text}]) for text in TEXT[:-1]),
                event([{"text": TEXT[-1]}], finishReason="STOP"),
            ]
        return [event([{"functionCall": {"name": "calculator", "args": ARGUMENTS}}], finishReason="STOP")]

    def _openai(self) -> list[bytes]:
        def event(delta: dict[str, Any], finish: str | None = None) -> bytes:
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            return (
                b"data: "
                + orjson.dumps({"id": "c", "object": "x", "created": 1, "model": "gpt", "choices": [choice]})
                + b"\n\n"
            )

        if self.has_text:
            pieces = [event({"role": "assistant", "content": text}) for text in TEXT] + [event({}, "stop")]
            if self.mode == "thought":
                pieces.insert(0, event({"role": "assistant", "reasoning_content": THOUGHT}))
        else:
            function = {"name": "calculator", "arguments": orjson.dumps(ARGUMENTS).decode()}
            call = {"index": 0, "id": "call_1", "type": "function", "function": function}
            pieces = [event({"role": "assistant", "tool_calls": [call]}), event({}, "tool_calls")]
        total = INPUT_TOKENS + OUTPUT_TOKENS
        counted = {"prompt_tokens": INPUT_TOKENS, "completion_tokens": OUTPUT_TOKENS, "total_tokens": total}
        last: dict[str, Any] = {"id": "c", "object": "x", "created": 1, "model": "gpt", "choices": [], "usage": counted}
        return [*pieces, b"data: " + orjson.dumps(last) + b"\n\n", b"data: [DONE]\n\n"]


@asynccontextmanager
async def serving(kind: str) -> AsyncGenerator[ProviderServer]:
    """Serve a provider of a kind on an ephemeral port."""
    server = ProviderServer(kind)
    application = web.Application()
    application.router.add_post("/{path:.*}", server.handle)
    application.router.add_get("/{path:.*}", server.list_models)
    runner = web.AppRunner(application, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}" + ("/v1" if kind == "openai" else "")
    try:
        yield server
    finally:
        await runner.cleanup()

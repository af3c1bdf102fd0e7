"""A stand-in for a model server: speaks OpenAI's chat completions from canned answers, at next to no cost.

Modes by model name: ``answer`` (20 tokens), ``tool`` (asks for the calculator, then answers), ``stream-100`` (100 tokens a
second, 500 of them or as many as ``max_tokens`` says), ``slow-2s`` (the answer after two seconds). ``GET /stats`` tells the
calls made, those by each mode, and those open now.

    python -m benchmarks.stand_in_model --port 9100
"""

import argparse
import asyncio
import contextlib
import json
import re
from typing import Any, ClassVar, cast

import uvloop

_WORDS = tuple(f"word{n} " for n in range(20))
_HEAD_JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
_HEAD_STREAM = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
_USAGE = {"prompt_tokens": 12, "completion_tokens": 20, "total_tokens": 32}
_CALL = {
    "index": 0,
    "id": "call_1",
    "type": "function",
    "function": {"name": "calculator", "arguments": '{"expression":"2+2"}'},
}


def _event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "stand-in", "choices": [choice]}
    return b"data: " + json.dumps(body).encode() + b"\n\n"


_LAST = (
    b"data: "
    + json.dumps(
        {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "stand-in", "choices": [], "usage": _USAGE}
    ).encode()
    + b"\n\ndata: [DONE]\n\n"
)
_TOKENS = tuple(_event({"content": word}) for word in _WORDS)
_ANSWER_STREAM = _event({"role": "assistant", "content": ""}) + b"".join(_TOKENS) + _event({}, "stop") + _LAST
_TOOL_STREAM = _event({"role": "assistant", "tool_calls": [_CALL]}) + _event({}, "tool_calls") + _LAST


def _whole(message: dict[str, Any], finish: str) -> bytes:
    choice = {"index": 0, "message": message, "finish_reason": finish}
    body = {"id": "c", "object": "chat.completion", "created": 1, "model": "stand-in", "choices": [choice], "usage": _USAGE}
    return json.dumps(body).encode()


_ANSWER = _whole({"role": "assistant", "content": "".join(_WORDS)}, "stop")
_TOOL = _whole({"role": "assistant", "content": None, "tool_calls": [_CALL]}, "tool_calls")
_MODELS = json.dumps(
    {"object": "list", "data": [{"id": name, "object": "model"} for name in ("answer", "tool", "stream-100", "slow-2s")]}
).encode()


_MODEL = re.compile(rb'"model":\s*"([^"]*)"')
_LIMIT = re.compile(rb'"max_(?:completion_)?tokens":\s*(\d+)')
_STREAMS = re.compile(rb'"stream":\s*true')
_HAS_RESULT = re.compile(rb'"role":\s*"tool"')
_RATE, _TOKENS_BY_DEFAULT = 100, 500


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


class StandIn(asyncio.Protocol):
    """One connection: keep-alive, no pipelining."""

    calls: ClassVar[dict[str, int]] = {"answer": 0, "tool": 0, "stream-100": 0, "slow-2s": 0}
    open_calls = 0

    def __init__(self) -> None:
        """Begin with nothing read."""
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """End a call whose caller has gone."""
        del exc
        if self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        """Answer each whole request."""
        self._buffer += data
        while True:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._buffer[:end].lower()
            at = head.find(b"content-length:")
            length = int(head[at + 15 :].split(b"\r\n", 1)[0]) if at >= 0 else 0
            if len(self._buffer) < end + 4 + length:
                return
            line = self._buffer[:end].split(b"\r\n", 1)[0]
            body = self._buffer[end + 4 : end + 4 + length]
            self._buffer = self._buffer[end + 4 + length :]
            self._answer(line, body)

    def _json(self, body: bytes) -> None:
        assert self._transport is not None
        self._transport.write(_HEAD_JSON % len(body) + body)

    def _answer(self, line: bytes, body: bytes) -> None:
        if line.startswith(b"GET /stats"):
            made = sum(StandIn.calls.values())
            self._json(json.dumps({"calls": made, "open": StandIn.open_calls, "by_mode": StandIn.calls}).encode())
        elif line.startswith(b"GET"):
            self._json(_MODELS)
        else:
            self._complete(body)

    def _complete(self, body: bytes) -> None:
        found = _MODEL.search(body)
        mode = found[1].decode() if found and found[1].decode() in StandIn.calls else "answer"
        StandIn.calls[mode] += 1
        streams = _STREAMS.search(body) is not None
        if mode == "slow-2s":
            self._task = asyncio.create_task(self._late(streams=streams))
        elif mode == "stream-100" and streams:
            limit = _LIMIT.search(body)
            self._task = asyncio.create_task(self._by_token(int(limit[1]) if limit else _TOKENS_BY_DEFAULT))
        else:
            self._give(asks=mode == "tool" and not _HAS_RESULT.search(body), streams=streams)

    def _give(self, *, asks: bool, streams: bool) -> None:
        assert self._transport is not None
        if streams:
            self._transport.write(_HEAD_STREAM + _chunk(_TOOL_STREAM if asks else _ANSWER_STREAM) + b"0\r\n\r\n")
        else:
            self._json(_TOOL if asks else _ANSWER)

    async def _late(self, *, streams: bool) -> None:
        StandIn.open_calls += 1
        try:
            await asyncio.sleep(2)
            self._give(asks=False, streams=streams)
        finally:
            StandIn.open_calls -= 1

    async def _by_token(self, tokens: int) -> None:
        assert self._transport is not None
        StandIn.open_calls += 1
        loop = asyncio.get_running_loop()
        began = loop.time()
        try:
            self._transport.write(_HEAD_STREAM)
            for n in range(tokens):
                self._transport.write(_chunk(_TOKENS[n % 20]))
                await asyncio.sleep(max(0.0, began + (n + 1) / _RATE - loop.time()))
            self._transport.write(_chunk(_event({}, "stop") + _LAST) + b"0\r\n\r\n")
        finally:
            StandIn.open_calls -= 1


async def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=9100)
    port: int = parser.parse_args().port
    server = await asyncio.get_running_loop().create_server(StandIn, "127.0.0.1", port, backlog=2048)
    await server.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        uvloop.run(main())

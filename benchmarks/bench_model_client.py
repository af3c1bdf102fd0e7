"""What does the lean model client cost, by itself: CPU for a streamed token, and for a whole call?

50 streams of 100 tokens a second for five seconds (an event each, as the stand-in sends them), then whole calls of 20 tokens
at concurrency 1 and 16. CPU is this process's own: HTTP client, parsing, the callback. At the end, what the stand-in itself
can answer, asked by as little as a client can be. Seen in November 2026 on two cores that others kept busy (load 4 to
12): 38 to 51 µs for a token, 0.2 to 0.3 ms for a call; the stand-in answered 19,000 calls a second on a fifth of a core.

    python -m benchmarks.bench_model_client

Seen (Two quiet cores that everything shares, PostgreSQL 18, November 2026): 42 µs a streamed token, 0.16 to 0.28 ms a
call.
"""

import asyncio
import os
import resource
import time
from pathlib import Path
from typing import cast

import aiohttp
import uvloop

from benchmarks.ports import stand_in
from benchmarks.report import Report
from retinue.engine.ports import ModelRequest, ModelSpec
from retinue.llm.provider_client import ProviderChatModel
from retinue.llm.types import Endpoint

STREAMS = 50
CALLS = 2000


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _request(model: str, number: int) -> ModelRequest:
    spec = ModelSpec("p", "openai_compatible", model, None, {})
    return ModelRequest("o", spec, [{"role": "user", "content": "Say it."}], (), 60, f"bench:{number}")


async def _streams(client: ProviderChatModel, report: Report) -> None:
    pieces = 0

    def sink(_kind: str, _chunk: str) -> None:
        nonlocal pieces
        pieces += 1

    cpu, began = _cpu(), time.perf_counter()
    await asyncio.gather(*(client.complete(_request("stream-100", n), sink) for n in range(STREAMS)))
    used, took, tokens = _cpu() - cpu, time.perf_counter() - began, STREAMS * 500
    report.figure("50 streams of 100 tokens/s, all ended", took, "s", most=5.6)
    report.figure("CPU for a streamed token", used / tokens * 1e6, "µs", most=60)
    report.figure("share of a core for 5,000 tokens/s", used / took, "", most=0.5)
    report.figure("callbacks for a token", pieces / tokens, "")


async def _calls(client: ProviderChatModel, report: Report, concurrency: int) -> None:
    gate = asyncio.Semaphore(concurrency)

    async def one(number: int) -> None:
        async with gate:
            await client.complete(_request("answer", number), lambda _kind, _chunk: None)

    await asyncio.gather(*(one(n) for n in range(200)))
    cpu, began = _cpu(), time.perf_counter()
    await asyncio.gather(*(one(n) for n in range(CALLS)))
    used, took = _cpu() - cpu, time.perf_counter() - began
    report.figure(f"CPU for a call of 20 tokens, {concurrency} at a time", used / CALLS * 1e3, "ms", most=0.5)
    report.figure(f"calls a second, {concurrency} at a time", CALLS / took, "calls/s")


class _Asker(asyncio.Protocol):
    """One connection that asks again as soon as it has its answer: as little as a client can do."""

    answers = 0
    _question = b'{"model":"answer","messages":[]}'
    _request = b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (
        len(_question),
        _question,
    )

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._held = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        self._held += data
        if self._held.endswith(b"}"):
            _Asker.answers += 1
            self._held = b""
            self._transport.write(self._request)


async def _limit(port: int, process: int, report: Report) -> None:
    loop = asyncio.get_running_loop()
    asking = [(await loop.create_connection(_Asker, "127.0.0.1", port))[0] for _ in range(16)]
    before, cpu, own, began = _Asker.answers, _cpu_of(process), _cpu(), time.perf_counter()
    await asyncio.sleep(4)
    answers, took = _Asker.answers - before, time.perf_counter() - began
    served, asked = _cpu_of(process) - cpu, _cpu() - own
    for each in asking:
        each.abort()
    report.figure("the stand-in: answers a second, one asker on another core", answers / took, "calls/s")
    report.figure("the stand-in: answers a second of its own CPU", answers / served, "calls/s", least=20_000)
    report.figure("the asker's share of a core in the meantime", asked / took, "")


def _cpu_of(process: int) -> float:
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def main() -> None:
    """Measure and tell."""
    report = Report("model_client")
    process, url = stand_in()
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def endpoint(_request: ModelRequest) -> Endpoint:
                return Endpoint(f"{url}/v1", None)

            client = ProviderChatModel(session, endpoint)
            await _streams(client, report)
            for concurrency in (1, 16):
                await _calls(client, report, concurrency)
        await _limit(int(url.rsplit(":", 1)[1]), process.pid, report)
    finally:
        process.terminate()
        process.wait()
    report.close()


if __name__ == "__main__":
    uvloop.run(main())

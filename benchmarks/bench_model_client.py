"""What does the lean model client cost, by itself: CPU for a streamed token, and for a whole call?

50 streams of 100 tokens a second for five seconds (an event each, as the stand-in sends them), then whole calls of 20 tokens
at concurrency 1 and 16. CPU is this process's own: HTTP client, parsing, the callback. ``wrk``, where it is installed, says
how many calls a second the stand-in itself can answer.

    python -m benchmarks.bench_model_client
"""

import asyncio
import resource
import shutil
import subprocess
import time

import aiohttp
import uvloop

from benchmarks.ports import stand_in
from benchmarks.report import Report
from retinue.engine.ports import ModelRequest, ModelSpec
from retinue.llm.openai_client import OpenAIChatModel
from retinue.llm.types import Endpoint

STREAMS = 50
CALLS = 2000


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _request(model: str, number: int) -> ModelRequest:
    spec = ModelSpec("p", "openai_compatible", model, None, {})
    return ModelRequest("o", spec, [{"role": "user", "content": "Say it."}], (), 60, f"bench:{number}")


async def _streams(client: OpenAIChatModel, report: Report) -> None:
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


async def _calls(client: OpenAIChatModel, report: Report, concurrency: int) -> None:
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


def _limit(url: str, report: Report) -> None:
    wrk = shutil.which("wrk")
    if wrk is None:
        print("wrk is not installed: the stand-in's own limit was not measured")
        return
    script = (
        'wrk.method="POST" wrk.headers["Content-Type"]="application/json"\nwrk.body=\'{"model":"answer","messages":[]}\'\n'
    )
    line = [wrk, "-t1", "-c32", "-d5s", "-s", "/dev/stdin", f"{url}/v1/chat/completions"]
    said = subprocess.run(line, input=script, capture_output=True, text=True, check=True).stdout
    rate = next(line.split(":")[1] for line in said.splitlines() if line.startswith("Requests/sec"))
    report.figure("the stand-in itself, whole answers", float(rate), "calls/s", least=20_000)


async def main() -> None:
    """Measure and tell."""
    report = Report("model_client")
    process, url = stand_in()
    try:
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

            async def endpoint(_request: ModelRequest) -> Endpoint:
                return Endpoint(f"{url}/v1", None)

            client = OpenAIChatModel(session, endpoint)
            await _streams(client, report)
            for concurrency in (1, 16):
                await _calls(client, report, concurrency)
        await asyncio.to_thread(_limit, url, report)
    finally:
        process.terminate()
        process.wait()
    report.close()


if __name__ == "__main__":
    uvloop.run(main())

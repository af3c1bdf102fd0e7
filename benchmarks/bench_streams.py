"""Do 50 concurrent streams of 100 tokens a second keep up (5,000 tokens a second)?

50 runs are started at once, each streamed by the stand-in model for five seconds; 50 readers on the API's event stream.
*behind* is how much longer than the model's five seconds a reader saw from its first token to its run's end, *delivered*
counts from the first token of all to the last end of all. CPU is that of the worker and of the API in the meantime.

    python -m benchmarks.bench_streams

Seen (two quiet cores that everything shares, PostgreSQL 18, December 2026): 18 to 43 ms behind, 4,930 tokens/s, 80 µs of the
worker and 23 µs of the API a token. First token after all 50 starts, median: 162, 214, 238 and 257 ms in four rounds (goal
200), 409 to 517 before starts of one moment made the agent's plan once. A process that has served such a burst before takes
135 to 180 ms: the rest is opening connections and planning statements in them.
"""

import asyncio
import time

from benchmarks.installation import Installation, installation, stand_in_agent, start_run
from benchmarks.report import Report, median
from benchmarks.sse import follow

STREAMS = 50
TOKENS, SECONDS = 500, 5.0


async def _one(made: Installation, agent_id: str) -> tuple[float, float]:
    run = await start_run(made, agent_id)
    first, end, characters = await follow(made, run["id"])
    assert first is not None
    assert characters > 0
    return first, end


async def main() -> None:
    """Measure and tell."""
    report = Report("streams")
    async with installation(workers=1) as made:
        agent_id = await stand_in_agent(made, "stream-100")
        await _one(made, await stand_in_agent(made, "answer"))
        alone = await _one(made, agent_id)
        worker, api = made.cpu_seconds("worker"), made.cpu_seconds("api")
        began = time.perf_counter()
        seen = await asyncio.gather(*(_one(made, agent_id) for _ in range(STREAMS)))
        report.figure("one stream alone, first token to end", alone[1] - alone[0], "s")
        behind = [end - first - SECONDS for first, end in seen]
        report.figure("50 streams: furthest behind the model", max(behind) * 1000, "ms", most=100)
        lasted = max(end for _, end in seen) - min(first for first, _ in seen)
        report.figure("tokens delivered a second", STREAMS * TOKENS / lasted, "tokens/s")
        report.figure("from the first start to the last end", max(end for _, end in seen) - began, "s", most=SECONDS + 1)
        report.figure("first token after all 50 starts, median", median([first - began for first, _ in seen]) * 1000, "ms")
        report.figure("worker CPU a token", (made.cpu_seconds("worker") - worker) / (STREAMS * TOKENS) * 1e6, "µs")
        report.figure("API CPU a token", (made.cpu_seconds("api") - api) / (STREAMS * TOKENS) * 1e6, "µs")
    report.close()


if __name__ == "__main__":
    asyncio.run(main())

"""Do 50 concurrent streams of 100 tokens a second keep up (5,000 tokens a second)?

50 runs, each streamed by the stand-in model for five seconds; 50 readers on the API's event stream. The model would take
5 s; *behind* is how much later the last reader saw the end. CPU is that of the worker and of the API meanwhile.

    python -m benchmarks.bench_streams
"""

import asyncio
import time

from benchmarks.installation import Installation, installation, stand_in_agent, start_run
from benchmarks.report import Report, median
from benchmarks.sse import follow

STREAMS = 50


async def _one(made: Installation, agent_id: str) -> tuple[float, float]:
    began = time.perf_counter()
    run = await start_run(made, agent_id)
    first, end, characters = await follow(made, run["id"])
    assert characters > 0
    return ((first or end) - began) * 1000, end - began


async def main() -> None:
    """Measure and tell."""
    report = Report("streams")
    async with installation(workers=1) as made:
        agent_id = await stand_in_agent(made, "stream-100")
        alone = (await _one(made, agent_id))[1]
        tokens = 100 * 5
        worker, api = made.cpu_seconds("worker"), made.cpu_seconds("api")
        began = time.perf_counter()
        seen = await asyncio.gather(*(_one(made, agent_id) for _ in range(STREAMS)))
        took = time.perf_counter() - began
        report.figure("one stream alone", alone, "s")
        report.figure("50 streams, all ended", took, "s", most=alone + 0.6)
        report.figure("tokens delivered a second", STREAMS * tokens / took, "tokens/s", least=4500)
        report.figure("first token, median of 50", median([each[0] for each in seen]), "ms")
        report.figure("worker CPU a token", (made.cpu_seconds("worker") - worker) / (STREAMS * tokens) * 1e6, "µs")
        report.figure("API CPU a token", (made.cpu_seconds("api") - api) / (STREAMS * tokens) * 1e6, "µs")
    report.close()


if __name__ == "__main__":
    asyncio.run(main())

"""What does the platform add to one run, and to its first token? How soon is a run picked up, and cancelled?

One run at a time, against calling the stand-in model directly with the same HTTP client. *added to a run*: from POST to the
end event on an open stream, less the direct call. *first token*: from POST to the first token event, less the direct first
chunk; the run is cancelled then. *pick-up*: ``created_at`` to ``started_at`` by the database's clock. *cancel*: from the
POST of the cancel until the model server sees its connection closed.

    python -m benchmarks.bench_latency

Seen (Two quiet cores that everything shares, PostgreSQL 18, November 2026): 13.0 ms added to a run, first token 14.6 ms
later, pick-up 4.1 ms, cancel 5.7 ms; at the end of the month, on a slower machine, 12.0 and 15.4, 12.5, 3.1 and 7.8 ms. Of
the 13 ms, about: POST 4, waking and claiming 4, model call 2, commit of the end 2, telling the reader 1.
"""

import asyncio
import time
from typing import Any

from benchmarks.installation import Installation, installation, stand_in_agent, start_run
from benchmarks.report import Report, median, percentile
from benchmarks.sse import follow, frames

ROUNDS = 60


async def _direct(made: Installation, model: str) -> tuple[float, float]:
    body = {"model": model, "stream": True, "messages": [{"role": "user", "content": "Say it."}]}
    began = time.perf_counter()
    async with made.http.post(f"{made.model_url}/v1/chat/completions", json=body) as response:
        await response.content.readany()
        first = time.perf_counter() - began
        await response.read()
    return first, time.perf_counter() - began


async def _run(made: Installation, agent_id: str) -> float:
    began = time.perf_counter()
    run = await start_run(made, agent_id)
    _, end, _ = await follow(made, run["id"])
    return end - began


async def _first_token(made: Installation, agent_id: str) -> float:
    """Follow a run to its first token, and cancel it."""
    began = time.perf_counter()
    run = await start_run(made, agent_id)
    headers = {**made.headers, "Accept": "text/event-stream"}
    async with made.http.get(f"{made.api_url}/api/v1/runs/{run['id']}/events", headers=headers) as response:
        async for event, _ in frames(response):
            if event == "token":
                break
    later = time.perf_counter() - began
    await made.call("POST", f"/runs/{run['id']}/cancel")
    return later


async def _open_calls(made: Installation) -> int:
    async with made.http.get(f"{made.model_url}/stats") as response:
        stats: dict[str, Any] = await response.json()
    return int(stats["open"])


async def _cancel(made: Installation, agent_id: str) -> float:
    run = await start_run(made, agent_id)
    while await _open_calls(made) == 0:
        await asyncio.sleep(0.002)
    began = time.perf_counter()
    await made.call("POST", f"/runs/{run['id']}/cancel")
    while await _open_calls(made) > 0:
        await asyncio.sleep(0.001)
    return (time.perf_counter() - began) * 1000


async def main() -> None:
    """Measure and tell."""
    report = Report("latency")
    async with installation(workers=1) as made:
        answer = await stand_in_agent(made, "answer")
        for _ in range(10):
            await _run(made, answer)
            await _direct(made, "answer")
        direct = [await _direct(made, "answer") for _ in range(ROUNDS)]
        runs = [await _run(made, answer) for _ in range(ROUNDS)]
        report.figure("direct call, median", median([each[1] for each in direct]) * 1000, "ms")
        whole = [each * 1000 for each in runs]
        added = median(whole) - median([each[1] for each in direct]) * 1000
        report.figure("added to a one-call run, median", added, "ms", most=15)
        report.figure("one-call run, 95th percentile", percentile(whole, 0.95), "ms")

        stream = await stand_in_agent(made, "stream-100")
        first_direct = [(await _direct(made, "stream-100"))[0] for _ in range(10)]
        first_run = [await _first_token(made, stream) for _ in range(ROUNDS)]
        later = (median(first_run) - median(first_direct)) * 1000
        report.figure("first token later than direct, median", later, "ms", most=15)

        pickup = "SELECT extract(epoch FROM started_at - created_at) * 1000 FROM runs WHERE target_id = %s"
        waits = [float(row[0]) for row in made.query(pickup, answer)]
        report.figure("pick-up, median", median(waits), "ms", most=10)
        report.figure("pick-up, 95th percentile", percentile(waits, 0.95), "ms")

        slow = await stand_in_agent(made, "slow-2s")
        cancels = [await _cancel(made, slow) for _ in range(20)]
        report.figure("cancel to closed model connection, median", median(cancels), "ms", most=50)
        report.figure("cancel, 95th percentile", percentile(cancels, 0.95), "ms")
    report.close()


if __name__ == "__main__":
    asyncio.run(main())

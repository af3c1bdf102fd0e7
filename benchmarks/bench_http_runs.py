"""How many durable runs a second over HTTP to a model server, against LangChain's ``create_agent`` without any persistence?

One tool call, then the answer. The model server is the same stand-in for both. ``create_agent`` runs in one process of its
own, 16 at a time, keeping nothing; Retinue with two workers records every step. Both in one run, one after the other, twice.

    python -m benchmarks.bench_http_runs

Seen (Two quiet cores that everything shares, PostgreSQL 18, November 2026): create_agent 131 runs/s; Retinue 360 runs/s
out of the queue, 162 from POST to end.
"""

import asyncio
import signal
import subprocess
import sys
import time

from benchmarks.installation import Installation, finished, installation, stand_in_agent, start_runs, unsuccessful, until
from benchmarks.report import Report

RUNS = 600


def _create_agent(model_url: str) -> float:
    line = [sys.executable, "-m", "benchmarks.create_agent_baseline", model_url, str(RUNS), "tool", "16"]
    return float(subprocess.run(line, check=True, capture_output=True, text=True).stdout.strip().splitlines()[-1])


async def _drain(made: Installation, agent_id: str) -> float:
    before = finished(made)
    made.signal_workers(signal.SIGSTOP)
    await start_runs(made, agent_id, RUNS)
    made.signal_workers(signal.SIGCONT)
    began = time.perf_counter()
    await until(lambda: finished(made) >= before + RUNS)
    return RUNS / (time.perf_counter() - began)


async def _over_http(made: Installation, agent_id: str) -> float:
    before = finished(made)
    began = time.perf_counter()
    await start_runs(made, agent_id, RUNS)
    await until(lambda: finished(made) >= before + RUNS)
    return RUNS / (time.perf_counter() - began)


async def main() -> None:
    """Measure and tell."""
    report = Report("http_runs")
    async with installation(workers=2) as made:
        agent_id = await stand_in_agent(made, "tool", tools=[{"name": "calculator"}])
        await _over_http(made, agent_id)
        baselines: list[float] = []
        drains: list[float] = []
        posts: list[float] = []
        for _ in range(2):
            baselines.append(_create_agent(made.model_url))
            drains.append(await _drain(made, agent_id))
            posts.append(await _over_http(made, agent_id))
        report.figure("create_agent, one process, nothing kept", max(baselines), "runs/s")
        report.figure("Retinue, 2 workers, drain", max(drains), "runs/s", least=max(baselines))
        report.figure("Retinue, 2 workers, from POST to end", max(posts), "runs/s")
        report.figure("ratio to create_agent", max(drains) / max(baselines), "", least=1)
        failed = [row for row in unsuccessful(made) if row[1]]
        if failed:
            raise SystemExit(f"runs failed: {failed}")
    report.close()


if __name__ == "__main__":
    asyncio.run(main())

"""How many durable runs of five steps a second do one and two workers record, against the physical limit?

Five steps: model, tool, model, tool, model, on the scripted provider (no network). *drain*: the runs wait in the queue
with the workers stopped (SIGSTOP); from SIGCONT to the last end. *over HTTP*: from the first POST to the last end.
The limit is pgbench with the least SQL that records the same facts (eight commits), 2 and 16 clients, same server, same run.

    python -m benchmarks.bench_steps

Seen (Two quiet cores that everything shares, PostgreSQL 18, November 2026): 233 runs/s with one worker, 260 with two, a
tenth of the limit (2,591); 4.0 ms of worker CPU and some 2.6 ms of PostgreSQL's a run. Where it goes: LangGraph's
supersteps 55 % of the worker, the event loop 27 %, the journal 8 %; in PostgreSQL the inserts of some 40 rows a run with
their foreign keys. From POST to end 100 to 146: the API takes the same two cores.
"""

import asyncio
import signal
import time

from benchmarks.installation import Installation, agent, finished, installation, start_runs, unsuccessful, until
from benchmarks.limit import runs_per_second
from benchmarks.report import Report

RUNS = 600
_CALL = {"tool_calls": [{"name": "calculator", "arguments": {"expression": "2 + 2"}}]}
_SCRIPT = {"turns": [_CALL, _CALL, {"text": "It is four."}]}


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
    report = Report("steps")
    async with installation(workers=1) as made:
        limit = {clients: runs_per_second(made.owner_url, steps=5, clients=clients) for clients in (2, 16)}
        for clients, value in limit.items():
            report.figure(f"limit: pgbench, {clients} clients", value, "runs/s")
        providers = (await made.call("GET", "/models"))["items"]
        scripted = next(each for each in providers if each["kind"] == "scripted")
        config = {
            "model": {"provider_id": scripted["provider_id"], "name": scripted["name"]},
            "parameters": {"script": _SCRIPT},
            "tools": [{"name": "calculator"}],
        }
        agent_id = await agent(made, config)
        await _over_http(made, agent_id)
        report.figure("drain, 1 worker", await _drain(made, agent_id), "runs/s")
        report.figure("over HTTP, 1 worker", await _over_http(made, agent_id), "runs/s")
        made.add_worker()
        await made.workers_ready(2)
        await _over_http(made, agent_id)
        worker = made.cpu_seconds("worker")
        best = max([await _drain(made, agent_id) for _ in range(3)])
        report.figure("drain, 2 workers", best, "runs/s", least=150)
        report.figure("worker CPU a run", (made.cpu_seconds("worker") - worker) / (3 * RUNS) * 1000, "ms")
        report.figure("share of the limit at 16 clients", best / limit[16], "", least=0.1)
        report.figure("over HTTP, 2 workers", await _over_http(made, agent_id), "runs/s")
        failed = [row for row in unsuccessful(made) if row[1]]
        if failed:
            raise SystemExit(f"runs failed: {failed}")
    report.close()


if __name__ == "__main__":
    asyncio.run(main())

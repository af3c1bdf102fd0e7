"""What does a run cost, as a client pays for it?

Closed loops of 1, 16 and 64 clients: each starts a run, has its result, starts the next. *answer*: one model call; *tool*:
call, tool, call. Three ways: *follow* POSTs, then reads the event stream to its end; *wait* POSTs with ``Prefer: wait``;
*stream* POSTs with ``Accept: text/event-stream``. One API and one worker on the embedded server's settings (``up``); one API
and two workers on a PostgreSQL of default settings (``plain``). Clients, stand-in model and all else share the machine.
CPU from ``/proc``, transactions from ``pg_stat_database``, WAL from ``pg_current_wal_lsn``, each divided by the runs.
The yardstick, in the same run: LangChain's ``create_agent`` in one process that keeps nothing. ``RETINUE_BENCH_PEERS=1``
sets up Agno's AgentOS as well, whose runs are carried out within the request and stored in a database of the same server.

    python -m benchmarks.bench_clients            # all; or: bench_clients quick (16 clients, wait, up)

Seen (two cores, load 1.4 to 1.9, PostgreSQL 18, end of November 2026, quick): answer 343 to 417 runs/s, 0.96 to 1.09 of
``create_agent`` (goal 1.0) and 4.2 of AgentOS (goal 3, reached), 3.7 to 4.5 ms of CPU (API 0.95, worker 1.46, PostgreSQL
1.30), 2.1 to 2.5 transactions and 7.8 to 8.2 KiB of WAL a run (goal 8); tool 193 to 265 runs/s, 1.45 to 1.78 (goal 2,
missed) and 3.7 (goal 3, reached), 5.3 to 7.7 ms, 2.3 transactions, 14.3 to 15.1 KiB. With one client: 9 and 16 ms (p50).

December 2026, on a machine that does two thirds of that (``create_agent`` 243 to 280 and 91 to 117 runs/s), *wait*: answer
211 to 255 runs/s, 0.80 to 1.05 of ``create_agent`` with 16 clients, 1.35 with 64, 3.0 and 5.0 of AgentOS; tool 122 to 159
runs/s, 1.20 to 1.37 and 2.19, 3.2 and 4.9 of AgentOS; CPU of an answer 6.2 to 7.8 ms with 16 clients, 5.3 with 64; of a tool
run 9.6 to 13.0 and 9.0. With one client: 12 and 25 ms (p50), first token of a stream 11.8 ms.
"""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from tools.environments import AGENT_OS, ROOT

from benchmarks.installation import Installation, answering, installation, stand_in_agent, unsuccessful
from benchmarks.ports import free_port
from benchmarks.report import Report, percentile
from benchmarks.sse import follow, frames

SECONDS = 6.0
_STATISTICS_SECONDS = 1.5
"""After this long without work a server process has told its counters."""

Way = Callable[[Installation, str], Awaitable[float | None]]


def _body(agent_id: str) -> dict[str, object]:
    return {"type": "agent", "target_id": agent_id, "input": {"prompt": "Say it."}}


async def _follow(made: Installation, agent_id: str) -> float | None:
    began = time.perf_counter()
    run = await made.call("POST", "/runs", _body(agent_id))
    first, _, _ = await follow(made, run["id"])
    return None if first is None else first - began


async def _wait(made: Installation, agent_id: str) -> float | None:
    headers = made.headers | {"Prefer": "wait=60"}
    async with made.http.post(f"{made.api_url}/api/v1/runs", json=_body(agent_id), headers=headers) as response:
        run = await response.json()
        assert run["status"] == "completed", run
    return None


async def _stream(made: Installation, agent_id: str) -> float | None:
    began = time.perf_counter()
    first: float | None = None
    headers = made.headers | {"Accept": "text/event-stream"}
    async with made.http.post(f"{made.api_url}/api/v1/runs", json=_body(agent_id), headers=headers) as response:
        async for event, data in frames(response):
            if event == "token":
                first = first or time.perf_counter() - began
            elif event.startswith("run.") and event not in {"run.started", "run.resumed"}:
                assert event == "run.completed", data
    return first


_WAYS: dict[str, Way] = {"follow": _follow, "wait": _wait, "stream": _stream}


@dataclass(slots=True)
class _Loop:
    """What one closed loop showed."""

    seconds: list[float]
    firsts: list[float]
    lasted: float

    @property
    def rate(self) -> float:
        return len(self.seconds) / self.lasted


async def _closed_loop(made: Installation, agent_id: str, way: Way, clients: int, seconds: float) -> _Loop:
    end = time.perf_counter() + seconds
    loop = _Loop([], [], 0.0)

    async def client() -> None:
        while time.perf_counter() < end:
            began = time.perf_counter()
            first = await way(made, agent_id)
            loop.seconds.append(time.perf_counter() - began)
            if first is not None:
                loop.firsts.append(first)

    began = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    loop.lasted = time.perf_counter() - began
    return loop


def _counters(made: Installation) -> tuple[int, int]:
    ((transactions,),) = made.query("SELECT sum(xact_commit + xact_rollback) FROM pg_stat_database")
    ((written,),) = made.query("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")
    return int(transactions), int(written)


async def _measure(report: Report, made: Installation, agent_id: str, name: str, *, way: str, clients: int) -> float:
    await _closed_loop(made, agent_id, _WAYS[way], clients, 1.0)
    await asyncio.sleep(_STATISTICS_SECONDS)
    before, parts = _counters(made), ("api", "worker", "postgres")
    cpu = {part: made.cpu_seconds(part) for part in parts}
    loop = await _closed_loop(made, agent_id, _WAYS[way], clients, SECONDS)
    cpu = {part: (made.cpu_seconds(part) - cpu[part]) * 1000 / len(loop.seconds) for part in parts}
    await asyncio.sleep(_STATISTICS_SECONDS)
    after = _counters(made)
    count = len(loop.seconds)
    report.figure(f"{name}: runs", loop.rate, "runs/s")
    report.figure(f"{name}: total p50", percentile(loop.seconds, 0.5) * 1000, "ms")
    report.figure(f"{name}: total p95", percentile(loop.seconds, 0.95) * 1000, "ms")
    if loop.firsts:
        report.figure(f"{name}: first token p50", percentile(loop.firsts, 0.5) * 1000, "ms")
    for part in parts:
        report.figure(f"{name}: CPU a run, {part}", cpu[part], "ms")
    report.figure(f"{name}: CPU a run, all three", sum(cpu.values()), "ms")
    report.figure(f"{name}: transactions a run", (after[0] - before[0]) / count, "")
    report.figure(f"{name}: WAL a run", (after[1] - before[1]) / count / 1024, "KiB")
    return loop.rate


def _create_agent(made: Installation, model: str, clients: int) -> float:
    runs = {1: 150, 16: 500, 64: 500}[clients]
    line = [sys.executable, "-m", "benchmarks.create_agent_baseline", made.model_url, str(runs), model, str(clients)]
    return float(subprocess.run(line, check=True, capture_output=True, text=True).stdout.strip().splitlines()[-1])


def _agent_os_runs(url: str) -> Way:
    """Return the way of a run of AgentOS; it knows the agents by the names of their models."""

    async def way(made: Installation, agent_id: str) -> None:
        form = {"message": "Say it.", "stream": "false"}
        async with made.http.post(f"{url}/agents/{agent_id}/runs", data=form) as response:
            run = await response.json()
            assert run["status"] == "COMPLETED", run

    return way


@asynccontextmanager
async def _agent_os(made: Installation) -> AsyncGenerator[Way | None]:
    """Serve AgentOS where it is asked for, as a process of its own, on a new database of the installation's server."""
    if os.environ.get("RETINUE_BENCH_PEERS") != "1":
        yield None
        return
    AGENT_OS.install()
    made.query("CREATE DATABASE agent_os")
    database = urlsplit(made.owner_url)._replace(path="/agent_os").geturl()
    port = free_port()
    line = [str(AGENT_OS.find()), str(ROOT / "benchmarks" / "agent_os.py"), made.model_url]
    line += [database.replace("postgresql://", "postgresql+psycopg_async://", 1), str(port)]
    url = f"http://127.0.0.1:{port}"
    made.processes["agent_os"] = subprocess.Popen(line)  # noqa: ASYNC220
    await answering(made, url, "/health")
    yield _agent_os_runs(url)


async def _measure_agent_os(report: Report, made: Installation, name: str, way: Way, clients: int) -> float:
    model = name.split()[1]
    await _closed_loop(made, model, way, clients, 1.0)
    loop = await _closed_loop(made, model, way, clients, SECONDS)
    report.figure(f"{name}: AgentOS, within the request", loop.rate, "runs/s")
    return loop.rate


async def _installation(report: Report, kind: str, *, is_quick: bool) -> None:
    workers = 1 if kind == "up" else 2
    async with installation(workers=workers, is_plain=kind == "plain") as made, _agent_os(made) as peer:
        agents = {
            "answer": await stand_in_agent(made, "answer"),
            "tool": await stand_in_agent(made, "tool", tools=[{"name": "calculator"}]),
        }
        for model, agent_id in agents.items():
            for clients in (16,) if is_quick else (1, 16, 64):
                yardstick = _create_agent(made, model, clients)
                report.figure(f"{kind} {model} {clients}: create_agent, nothing kept", yardstick, "runs/s")
                others = (
                    None
                    if peer is None
                    else await _measure_agent_os(report, made, f"{kind} {model} {clients}", peer, clients)
                )
                for way in ("wait",) if is_quick else _WAYS:
                    name = f"{kind} {model} {clients} {way}"
                    rate = await _measure(report, made, agent_id, name, way=way, clients=clients)
                    report.figure(f"{name}: ratio to create_agent", rate / yardstick, "")
                    if others is not None:
                        report.figure(f"{name}: ratio to AgentOS", rate / others, "")
        failed = [row for row in unsuccessful(made) if row[1]]
        if failed:
            raise SystemExit(f"runs failed: {failed}")


async def main() -> None:
    """Measure and tell."""
    is_quick = "quick" in sys.argv[1:]
    report = Report("clients")
    for kind in ("up",) if is_quick else ("up", "plain"):
        await _installation(report, kind, is_quick=is_quick)
    report.close()


if __name__ == "__main__":
    asyncio.run(main())

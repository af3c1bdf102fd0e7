"""500 runs whose model answers after two seconds: when are all done, and what does a run in a model call or in waiting cost?

*all ended*: from the first POST to the last end, two workers, 100 requests at once. *memory per run in a call*: growth of
the one busy worker's resident memory from after 20 runs to 500 held calls, a run. *a waiting run*: growth from 500 runs that
wait for an approval to 1,000, a run; it should cost the worker nothing. The first 500 show what carrying them out needs.

    python -m benchmarks.bench_held

Seen (Two quiet cores that everything shares, PostgreSQL 18, November 2026): all 500 ended after 5.0 s, at the end of
the month 2.8 s; 53 to 58 KiB a run in a call, 0.0 to 0.2 KiB a waiting run.
"""

import asyncio
import time
from pathlib import Path

from benchmarks.installation import Installation, finished, installation, stand_in_agent, start_runs, unsuccessful, until
from benchmarks.report import Report

RUNS = 500


def _resident_kib(made: Installation, name: str) -> int:
    status = Path(f"/proc/{made.processes[name].pid}/status").read_text(encoding="ascii")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS"))


async def _all_at_once(made: Installation, agent_id: str) -> tuple[float, int]:
    before = finished(made)
    peak = 0
    began = time.perf_counter()
    starting = asyncio.create_task(start_runs(made, agent_id, RUNS, at_once=100))
    while finished(made) < before + RUNS:
        peak = max(peak, _resident_kib(made, "worker-0"))
        await asyncio.sleep(0.05)
    await starting
    return time.perf_counter() - began, peak


async def _waiting(made: Installation, agent_id: str) -> int:
    """Start runs and return what the worker holds once they wait."""
    waiting = "SELECT count(*) FROM runs WHERE status = 'waiting'"
    all_of_them = made.query(waiting)[0][0] + RUNS
    await start_runs(made, agent_id, RUNS)
    await until(lambda: made.query(waiting)[0][0] == all_of_them)
    await asyncio.sleep(1)
    return _resident_kib(made, "worker-0")


async def main() -> None:
    """Measure and tell."""
    report = Report("held")
    async with installation(workers=1) as made:
        slow = await stand_in_agent(made, "slow-2s")
        await start_runs(made, slow, 20)
        await until(lambda: finished(made) == 20)
        idle = _resident_kib(made, "worker-0")
        _, peak = await _all_at_once(made, slow)
        report.figure("memory per run in a model call", max(0, peak - idle) / RUNS, "KiB", most=64)

        asks = await stand_in_agent(made, "tool", tools=[{"name": "calculator", "requires_approval": True}])
        first, second = await _waiting(made, asks), await _waiting(made, asks)
        report.figure("memory of a worker per waiting run", max(0, second - first) / RUNS, "KiB", most=1)
        made.add_worker()
        await made.workers_ready(2)
        took, _ = await _all_at_once(made, slow)
        report.figure("500 runs of 2 s, all ended, 2 workers", took, "s", most=6)
        failed = [row for row in unsuccessful(made) if row[0]]
        if failed:
            raise SystemExit(f"runs failed: {failed}")
    report.close()


if __name__ == "__main__":
    asyncio.run(main())

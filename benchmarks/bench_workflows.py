"""What does a workflow cost: a node, an item of a map, a checkpoint, an expression, being woken, being compiled?

Six parts, those of the design of workflows; each figure has its limit. The limit of the database is pgbench with the least
SQL that records the same facts. CPU is that of the worker's process.

    python -m benchmarks.bench_workflows

Seen (two quiet cores, load 0.9, PostgreSQL 18, December 2026): a step 0.74 ms of the worker's CPU (goal 0.8; 0.48 on a
faster machine); an item of 1,000 0.47 ms and 2.8 kB of WAL (goal 3), 1.41 times that with 10,000 (goal 1.5); checkpoints 0.5
kB a step and the same for each round of 250 and 1,000; the last checkpoint loads in 2.9 ms; 1,580 expressions/s (goal
1,500); from an event to the end of its run 74 ms, from an answer 43 ms, from an instant 273 ms (p95; goals 100, 100, 1,500);
300 nodes compile in 102 ms. The time of a run over the latency of its commits is 12 (goal 2, missed): a commit takes 0.2 ms
here; a step takes longer than that.

What dominates (py-spy and pg_walinspect, the same machine under load, so that shares count and not times):

- CPU of 10,000 items: LangGraph goes through all pending writes of a superstep whenever a task ends (``put_writes``): 23 %
  of it, and quadratic. An item writes once, and the first one enters the map's end for all: with two writes it was 29 %.
- WAL of an item: 6 rows (its events in one, a pending write, a step, a call, a thought, a log) 1.7 kB, their 8 index
  entries 0.8 kB, split pages 0.25 kB. They are the record that is kept of each call; fewer rows would be fewer facts.
- The run of a row: the worker's CPU is 0.5 ms a step, PostgreSQL's 0.3 ms, the rest are round trips; a commit of 0.12 ms is
  no disk's. On a disk that takes 2 ms for each commit the same run is at 1.9.
"""

import asyncio
import time
from functools import partial
from uuid import UUID

from benchmarks.installation import Installation, installation
from benchmarks.limit import runs_per_second
from benchmarks.report import Report, median, percentile
from benchmarks.workflow_parts import (
    checkpoint_bytes,
    create,
    looped,
    mapped,
    ran,
    row,
    send,
    settled,
    start,
    tool,
    waits,
    wal_bytes,
)
from retinue.core.context import Context
from retinue.core.ids import OrganizationId
from retinue.core.json import Json, JsonObject
from retinue.engine.compile.workflow.graph import compile_workflow
from retinue.engine.execute_workflow import compiled_of
from retinue.engine.plan import WorkflowPlan
from retinue.engine.spec.workflow.document import Workflow
from retinue.process import Process
from retinue.runs.execution.expressions import SandboxExpressions
from retinue.runs.execution.repository_checkpoints import load_checkpoint

ROW, ROW_RUNS = 50, 10
ITEMS = (1_000, 10_000)
NODES = 300
ROUNDS = (250, 1_000)
EXPRESSIONS = 3_000
CONDITIONS = 10_000
WAKES = 40
WARM = 2
"""Rounds before the measured one: the connections of a process that has just started have not planned what they ask."""

_ENDED_AFTER_EVENT = """
SELECT extract(epoch FROM r.completed_at - e.received_at) FROM runs r
JOIN event_waits w ON w.run_id = r.id JOIN events e ON e.id = w.event_id WHERE r.id = ANY (%s::uuid[])"""
_ENDED_AFTER_ANSWER = """
SELECT extract(epoch FROM r.completed_at - a.decided_at) FROM runs r JOIN approvals a ON a.run_id = r.id
WHERE r.id = ANY (%s::uuid[])"""
_ENDED_AFTER_TIME = """
SELECT extract(epoch FROM r.completed_at - (s.input ->> 'until')::timestamptz) FROM runs r
JOIN run_steps s ON s.run_id = r.id AND s.node_id = 'wait' WHERE r.id = ANY (%s::uuid[])"""


async def _row(made: Installation, report: Report) -> None:
    """Measure fifty nodes in a row (part a)."""
    latency = 1 / (runs_per_second(made.owner_url, steps=ROW, clients=1) * (ROW + 3))
    workflow = await create(made, "Row", row([tool(f"n{each}") for each in range(ROW)]))
    await ran(made, workflow)
    began = time.perf_counter()
    _, _ = await ran(made, workflow)
    seconds = time.perf_counter() - began
    _, cpu = await ran(made, workflow, ROW_RUNS)
    report.figure("a. commit latency by pgbench", latency * 1000, "ms")
    report.figure(f"a. worker CPU a step, {ROW} nodes in a row", cpu / (ROW * ROW_RUNS) * 1000, "ms", most=0.8)
    report.figure("a. time of a run over commits times their latency", seconds / ((ROW + 2) * latency), "", most=2)


async def _map(made: Installation, report: Report) -> None:
    """Measure maps of nodes that do next to nothing (part b)."""
    costs: list[float] = []
    await ran(made, await create(made, "Map of 10", mapped(10)))
    for count in ITEMS:
        workflow = await create(made, f"Map of {count}", mapped(count))
        wal = wal_bytes(made)
        _, cpu = await ran(made, workflow)
        costs.append(cpu / count * 1000)
        report.figure(f"b. worker CPU an item of {count}", costs[-1], "ms", most=1.3 if count == ITEMS[0] else None)
        report.figure(f"b. WAL an item of {count}", (wal_bytes(made) - wal) / count / 1000, "kB", most=3)
    report.figure("b. CPU an item, the largest map over the smallest", costs[-1] / costs[0], "", most=1.5)


async def _checkpoints(made: Installation, report: Report) -> None:
    """Measure how checkpoints grow, and what loading the last one takes (part c)."""
    long = await create(made, "Long", row([tool(f"n{each}") for each in range(NODES)]))
    (run_id,), _ = await ran(made, long)
    report.figure(f"c. checkpoints a step, {NODES} nodes", checkpoint_bytes(made, run_id) / NODES / 1000, "kB", most=1.5)
    sizes: list[float] = []
    for rounds in ROUNDS:
        (looping,), _ = await ran(made, await create(made, f"Loop of {rounds}", looped(rounds)))
        sizes.append(checkpoint_bytes(made, looping) / rounds)
    report.figure("c. checkpoints a round", sizes[-1] / 1000, "kB")
    report.figure(f"c. checkpoints a round, {ROUNDS[-1]} over {ROUNDS[0]}", sizes[-1] / sizes[0], "", most=1.1)
    process = Process(made.environ)
    await process.start(is_serving=False)
    try:
        organization = made.query("SELECT organization_id FROM runs WHERE id = %s", run_id)[0][0]
        times = [await _load(process, organization, UUID(run_id)) for _ in range(20)]
    finally:
        await process.stop()
    report.figure("c. loading the last checkpoint, median", median(times) * 1000, "ms", most=20)


async def _load(process: Process, organization: UUID, run_id: UUID) -> float:
    async def load(ctx: Context) -> None:
        await load_checkpoint(ctx, run_id, "")

    began = time.perf_counter()
    await process.database.read(OrganizationId(organization), load)
    return time.perf_counter() - began


async def _expressions(made: Installation, report: Report) -> None:
    """Measure expressions a second, and what they do to the loop of their process (part d)."""
    process = Process(made.environ)
    await process.start(is_serving=False)
    try:
        expressions = SandboxExpressions(process.resources, UUID(int=1), UUID(int=2))
        values: JsonObject = {"state": {"score": 0.7, "rows": list[Json]({"n": each} for each in range(20))}}
        one = ["state['score'] > 0.5 and len(state['rows']) == 20"]
        await asyncio.gather(*(expressions.evaluate(one, values) for _ in range(100)))
        began = time.perf_counter()
        await _many(partial(expressions.evaluate, one, values), EXPRESSIONS)
        report.figure("d. expressions a second", EXPRESSIONS / (time.perf_counter() - began), "", least=1_500)
        watch = asyncio.create_task(_lag())
        await _many(partial(expressions.choose, one, values), CONDITIONS)
        watch.cancel()
        lags = await asyncio.gather(watch, return_exceptions=True)
        found = [each for each in lags if isinstance(each, list)]
        report.figure(
            f"d. lag of the loop beside {CONDITIONS} conditions, p99", percentile(found[0], 0.99) * 1000, "ms", most=20
        )
    finally:
        await process.stop()


async def _many(call: "partial[object]", count: int) -> None:
    left = iter(range(count))

    async def work() -> None:
        for _ in left:
            await call()  # pyright: ignore[reportGeneralTypeIssues] - a coroutine function

    await asyncio.gather(*(work() for _ in range(8)))


async def _lag() -> list[float]:
    """Return by how much sleeps of this loop were too long, until it is cancelled."""
    lags: list[float] = []
    try:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            lags.append(time.perf_counter() - began - 0.005)
    except asyncio.CancelledError:
        return lags


async def _wakes(made: Installation, report: Report) -> None:
    """Measure the time from what a run waited for to its end (part e)."""
    event = {"id": "wait", "type": "wait_for_event", "event": "go", "correlation": "run['id']", "expires": "PT1H"}
    events = await create(made, "Events", row([event]))
    run_ids: list[str] = []
    for _ in range(WARM + 1):
        run_ids = await start(made, events, WAKES)
        await settled(made, run_ids, ("waiting",))
        for run_id in run_ids:
            await send(made, "/events", {"name": "go", "key": run_id})
        await settled(made, run_ids)
    late = percentile(waits(made, _ENDED_AFTER_EVENT, run_ids), 0.95) * 1000
    report.figure("e. event to end, p95", late, "ms", most=100)
    asking = {"id": "wait", "type": "approval", "reason": "Go on?"}
    run_ids = await start(made, await create(made, "Answers", row([asking])), WAKES)
    await settled(made, run_ids, ("waiting",))
    for (approval,) in made.query("SELECT id FROM approvals WHERE run_id = ANY (%s::uuid[])", run_ids):
        await send(made, f"/approvals/{approval}/decide", {"decision": "approve"})
    await settled(made, run_ids)
    report.figure(
        "e. answer to end, p95", percentile(waits(made, _ENDED_AFTER_ANSWER, run_ids), 0.95) * 1000, "ms", most=100
    )
    timed = {"id": "wait", "type": "wait_until", "after": "PT5S"}
    run_ids = await start(made, await create(made, "Timers", row([timed])), WAKES)
    await settled(made, run_ids)
    report.figure(
        "e. instant to end, p95", percentile(waits(made, _ENDED_AFTER_TIME, run_ids), 0.95) * 1000, "ms", most=1_500
    )


def _compile_once(document: Workflow) -> float:
    began = time.process_time()
    compile_workflow(document)
    return time.process_time() - began


def _compile(report: Report) -> None:
    """Measure compiling, and finding what was compiled (part f)."""
    definition = {"name": "Long", **row([tool(f"n{each}") for each in range(NODES)])}
    document = Workflow.model_validate(definition)
    compile_workflow(document)
    took = [_compile_once(document) for _ in range(5)]  # a full collection of garbage, which falls into one, takes 200 ms
    report.figure(f"f. compiling {NODES} nodes, CPU, median", median(took) * 1000, "ms", most=200)
    plan = WorkflowPlan(str(UUID(int=1)), 1, definition, document, {})
    compiled_of(plan)
    began = time.perf_counter()
    for _ in range(100):
        compiled_of(plan)
    report.figure(f"f. {NODES} nodes from the cache", (time.perf_counter() - began) * 10, "ms", most=1)


async def main() -> None:
    """Measure and tell."""
    report = Report("workflows")
    async with installation(workers=1) as made:
        await _row(made, report)
        await _map(made, report)
        await _checkpoints(made, report)
        await _expressions(made, report)
        await _wakes(made, report)
    _compile(report)
    report.close()


if __name__ == "__main__":
    asyncio.run(main())

"""How long does the deletion of an organization take, how does the time grow with its runs, and does it slow others?

One real run (a model step, an artifact, labels, feedback) is copied by SQL until there are so many, with everything it
recorded and a file each. In the meantime another organization reads its list of runs.

    python -m benchmarks.bench_deletion [RUNS ...]

Seen (two quiet cores, November 2026, runs of 46 rows and a file each): 1,000 runs in 0.7 s, 10,000 in 4.9 s, 100,000 in
87 s,
0.5 to 0.9 s for each thousand. Another organization's list of runs took 3.8 ms before, and 3.9, 3.9 and 4.6 ms in the
meantime (median; 12, 7 and 19 ms at the 99th percentile).
"""

import asyncio
import os
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.installation import Installation, agent, installation, start_run, until
from benchmarks.report import Report, median, percentile
from retinue.llm.types import SCRIPTED_ID

SIZES = (1_000, 10_000, 100_000)
_CHILDREN = """
SELECT c.conrelid::regclass::text,
       (SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
        WHERE a.attrelid = c.conrelid AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = '' AND a.attgenerated = '')
FROM pg_constraint c
WHERE c.contype = 'f' AND c.confrelid = 'runs'::regclass AND c.confdeltype = 'c' AND c.conrelid <> c.confrelid
"""
_OWN_IDS = {"run_logs", "run_artifacts", "agent_thoughts", "approvals"}
_TIMES = """
SELECT extract(epoch FROM finished_at - started_at)::float8, files_deleted FROM organization_deletions WHERE id = %s
"""
_OVER = "SELECT phase = 'finished' FROM organization_deletions WHERE id = %s"


def _columns(made: Installation, table: str) -> list[str]:
    query = "SELECT attname::text FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
    return [name for (name,) in made.query(query, table)]


def copy_runs(made: Installation, run_id: str, count: int) -> int:
    """Copy a run with its records; return how many rows there are of a copy."""
    made.query("DROP TABLE IF EXISTS copies")
    made.query("CREATE UNLOGGED TABLE copies AS SELECT gen_random_uuid() AS id, n FROM generate_series(1, %s) n", count)
    columns = _columns(made, "runs")
    values = {
        "id": "c.id",
        "idempotency_key": "NULL",
        "trace_id": "md5(c.n::text)",
        "created_at": "now() - c.n * interval '1 s'",
    }
    chosen = ", ".join(values.get(name, f"t.{name}") for name in columns)
    made.query(f"INSERT INTO runs ({', '.join(columns)}) SELECT {chosen} FROM runs t, copies c WHERE t.id = %s", run_id)
    total = 1
    for table, names in made.query(_CHILDREN):
        values = {"run_id": "c.id"} | ({"id": "gen_random_uuid()"} if table in _OWN_IDS else {})
        values |= {"storage_key": "'runs/' || t.organization_id || '/' || c.id || '/file'"}
        chosen = ", ".join(values.get(name, f"t.{name}") for name in names)
        query = f"INSERT INTO {table} ({', '.join(names)}) SELECT {chosen} FROM {table} t, copies c WHERE t.run_id = %s"
        made.query(query, run_id)
        total += made.query(f"SELECT count(*) FROM {table} WHERE run_id = %s", run_id)[0][0]
    return total


def files_of_copies(made: Installation, organization_id: str) -> None:
    """Store a file for each copy of a run."""
    root = Path(made.environ["RETINUE_DATA_DIR"]) / "artifacts" / "runs" / organization_id
    for (run_id,) in made.query("SELECT id::text FROM copies"):
        folder = root / run_id
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(b"The content of an artifact.")


async def one_run(made: Installation) -> str:
    """Make one real run and return its id."""
    calls = [{"name": "write_artifact", "arguments": {"name": f"{n}.md", "content": "text " * 50}} for n in range(2)]
    script = {"turns": [{"tool_calls": calls}, {"text": "An answer of some length. " * 20}]}
    config = {
        "model": {"provider_id": str(SCRIPTED_ID)},
        "tools": [{"name": "write_artifact"}],
        "parameters": {"script": script},
    }
    run_id = (await start_run(made, await agent(made, config)))["id"]
    await until(lambda: made.query("SELECT status FROM runs WHERE id = %s", run_id)[0][0] == "completed")
    await made.call("PATCH", f"/runs/{run_id}", {"tags": ["one", "two"], "metadata": {"customer": "7"}})
    return run_id


async def _neighbour(made: Installation, times: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await made.call("GET", "/agents?limit=50")
        times.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.05)


def _request(made: Installation, organization_id: str) -> Any:
    made.query("SELECT set_config('app.is_system', 'on', false)")
    return made.query("SELECT tenant.request_deletion(gen_random_uuid(), %s, 0)", organization_id)[0][0]


def _move(made: Installation, run_id: str, organization_id: str, name: str) -> str:
    """Put a copy of the run with its agent into another organization, which is to be deleted; return the copy's id."""
    made.query("INSERT INTO organizations (id, name, slug) VALUES (%s, %s, %s)", organization_id, name, name)
    copy_runs(made, run_id, 1)
    (copy,) = made.query("SELECT id::text FROM copies")[0]
    made.query("SET session_replication_role = replica")
    for table, _ in [*made.query(_CHILDREN), ("runs", None)]:
        column = "id" if table == "runs" else "run_id"
        made.query(f"UPDATE {table} SET organization_id = %s WHERE {column} = %s", organization_id, copy)
    made.query("UPDATE runs SET agent_id = NULL WHERE id = %s", copy)
    made.query("SET session_replication_role = origin")
    return copy


async def _measure(made: Installation, report: Report, source: str, size: int) -> None:
    organization_id = made.query("SELECT gen_random_uuid()::text")[0][0]
    run_id = _move(made, source, organization_id, f"old-{size}")
    rows = copy_runs(made, run_id, size)
    files_of_copies(made, organization_id)
    made.query("VACUUM ANALYZE")
    times: list[float] = []
    reading = asyncio.create_task(_neighbour(made, times))
    await asyncio.sleep(5)
    quiet, times[:] = list(times), []
    deletion_id = _request(made, organization_id)
    await until(lambda: made.query(_OVER, deletion_id)[0][0], seconds=3600, every=0.2)
    reading.cancel()
    seconds, files = made.query(
        _TIMES,
        deletion_id,
    )[0]
    left = sum(
        made.query(f"SELECT count(*) FROM {table} WHERE organization_id = %s", organization_id)[0][0]
        for table in ("runs", "run_steps", "run_events", "checkpoints", "agent_thoughts")
    )
    if left or files < size:
        raise SystemExit(f"{left} rows are left, {files} files were deleted")
    name = f"{size:,} runs of {rows} rows and a file"
    report.figure(f"{name}: deleted in", seconds, "s")
    report.figure(f"{name}: a thousand runs", seconds / size * 1000, "s")
    report.figure(f"{name}: another organization's request, median before", median(quiet), "ms")
    report.figure(f"{name}: another organization's request, median in the meantime", median(times), "ms")
    report.figure(
        f"{name}: another organization's request, 99th percentile in the meantime", percentile(times, 0.99), "ms", most=1000
    )


async def main() -> None:
    """Measure and tell."""
    report = Report("deletion")
    async with installation(workers=1) as made:
        source = await one_run(made)
        for size in [int(each) for each in sys.argv[1:]] or SIZES:
            await _measure(made, report, source, size)
    report.close()


if __name__ == "__main__":
    os.umask(0o022)
    asyncio.run(main())

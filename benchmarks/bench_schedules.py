"""How late do schedules start when many are due in the same minute?

Schedules of 50 organizations, each of an agent, are due within one minute, as many in one second as in the next; then 1,000
at the same instant, as all that are due at nine are. One worker's ticker claims them, starts their runs and sets their next
timers, as it does in production; the runs are not carried out. *Lateness* is the time from the due time until another
connection, which looks five times a second, saw the occurrence as started: the commit included. *limit*: how many runs a
second one connection inserts in a transaction each and nothing else, beside which the schedules started a second stand.

    python -m benchmarks.bench_schedules [COUNT ...]

Seen (two idle cores, load 1.3, PostgreSQL 18, November 2026): p99 of 1,000 schedules a minute 0.9 s, of 3,000 1.2 s, of
10,000 1.2 s; 1,000 at once are all started after 0.64 s (1,570/s; 18.9 s when each was a transaction), limit 2,850/s.
Under a load of 12, earlier: 6.4 s, 1.9 s and 143 s.
"""

import asyncio
import contextlib
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from cryptography.fernet import Fernet

from benchmarks.report import Report, percentile
from retinue.agents import service as agents
from retinue.agents.types import Status
from retinue.core.ids import OrganizationId
from retinue.core.timers import Ticker
from retinue.embedded.postgres import start_server
from retinue.engine.spec.agent import AgentConfig, ModelChoice
from retinue.llm.types import SCRIPTED_ID
from retinue.migrations.runner import upgrade
from retinue.process import Process
from retinue.schedules.feature import feature

COUNTS = (1_000, 3_000, 10_000)
AT_ONCE = 1_000
ORGANIZATIONS = 50
WINDOW_SECONDS = 60.0
TARGET_SECONDS = 5.0
_LEAD_SECONDS = 3.0
_PATIENCE_SECONDS = 180.0
_LOOK_SECONDS = 0.2
_INSERTED = 500

_FILL = """
INSERT INTO organizations (id, name, slug) SELECT md5('o' || o)::uuid, 'Organization ' || o, 'organization-' || o
  FROM generate_series(1, {organizations}) o
"""
_SCHEDULES = """
INSERT INTO agent_schedules (id, organization_id, name, target_type, target_id, target_name, enabled, frequency, "time",
  timezone, input, next_due_at, next_run, created_at)
SELECT md5('s' || %(round)s || '.' || n)::uuid, a.organization_id, 'Schedule ' || n, 'agent', a.id, 'Clerk', true, 'daily',
  '00:00', 'UTC', '{"prompt": "Go."}', d.at, d.at, now() - interval '1 day'
FROM generate_series(1, %(count)s) n
  JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS place, id, organization_id FROM agents) a
    ON a.place = n %% %(organizations)s,
  LATERAL (SELECT %(begin)s::timestamptz + n * make_interval(secs => %(window)s / %(count)s) AS at) d
"""
_TIMERS = """
INSERT INTO due_timers (organization_id, kind, subject_id, due_at)
SELECT organization_id, 'schedules.fire', id, next_due_at FROM agent_schedules WHERE next_due_at >= %s AND next_due_at < %s
"""
_STARTED = """
SELECT schedule_id, clock_timestamp() - due_at FROM schedule_occurrences
WHERE status = 'started' AND due_at >= %s AND due_at < %s
"""
_RUN = """
INSERT INTO runs (id, organization_id, type, target_id, target_name, status, trigger, plan, input, trace_id)
SELECT gen_random_uuid(), md5('o1')::uuid, 'agent', gen_random_uuid(), 'Limit', 'pending', 'schedule', '{}', '{}', 't'
"""


async def _agents(process: Process, owner: psycopg.Connection[Any]) -> None:
    """Make an agent in each organization."""
    config = AgentConfig(model=ModelChoice(provider_id=SCRIPTED_ID, name="echo"))
    for (organization,) in owner.execute("SELECT id FROM organizations").fetchall():
        async with process.database.system_context([OrganizationId(organization)]) as ctx:
            await agents.create(ctx, {"name": "Clerk", "config": config}, status=Status.ACTIVE)


def _limit(owner: psycopg.Connection[Any]) -> float:
    """Return how many runs a second one connection inserts, each in a transaction."""
    began = time.monotonic()
    for _ in range(_INSERTED):
        owner.execute(_RUN)
    return _INSERTED / (time.monotonic() - began)


async def _round(process: Process, owner: psycopg.Connection[Any], report: Report, count: int, window: float) -> None:
    ((begin,),) = owner.execute("SELECT now() + make_interval(secs => %s)", (_LEAD_SECONDS,)).fetchall()
    values = {"count": count, "organizations": ORGANIZATIONS, "window": window, "begin": begin, "round": f"{count}.{window}"}
    owner.execute(_SCHEDULES, values)
    ((end,),) = owner.execute("SELECT %s::timestamptz + interval '2 minutes'", (begin,)).fetchall()
    owner.execute(_TIMERS, (begin, end))
    for table in ("agent_schedules", "due_timers"):
        owner.execute(f"ANALYZE {table}".encode())
    late: dict[object, float] = {}
    running = asyncio.create_task(Ticker(process.database, feature.timers).run())
    until = time.monotonic() + window + _PATIENCE_SECONDS
    while len(late) < count and time.monotonic() < until:
        await asyncio.sleep(_LOOK_SECONDS)
        for schedule_id, by in await asyncio.to_thread(lambda: owner.execute(_STARTED, (begin, end)).fetchall()):
            late.setdefault(schedule_id, by.total_seconds())
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    seen = list(late.values())
    how = f"{count:,} schedules due in {window:.0f} s" if window > 1 else f"{count:,} schedules due at once"
    target = TARGET_SECONDS if window > 1 else None
    report.figure(f"{how}: started", len(seen), "", least=count)
    report.figure(f"{how}: lateness p50", percentile(seen, 0.5), "s")
    report.figure(f"{how}: lateness p99", percentile(seen, 0.99), "s", most=target)
    report.figure(f"{how}: lateness max", max(seen), "s")
    if window <= 1:
        report.figure("schedules started a second", count / max(seen), "")
    owner.execute("UPDATE runs SET status = 'cancelled' WHERE status = 'pending'")


async def main(counts: tuple[int, ...]) -> None:
    """Measure, and tell."""
    report = Report("schedules")
    with tempfile.TemporaryDirectory(prefix="retinue-bench-") as folder:
        server = start_server(Path(folder))
        try:
            upgrade(server.owner_url)
            with psycopg.connect(server.owner_url, autocommit=True) as owner:
                owner.execute(_FILL.format(organizations=ORGANIZATIONS).encode())
                key = Fernet.generate_key().decode()
                environ = {"DATABASE_URL": server.owner_url, "RETINUE_SECRET_KEY": key, "RETINUE_DATA_DIR": folder}
                process = Process(environ | {"RETINUE_LOG_LEVEL": "warning"})
                await process.start(is_serving=False)
                try:
                    await _agents(process, owner)
                    report.figure("limit: runs inserted a second, one connection", _limit(owner), "")
                    for count in counts:
                        await _round(process, owner, report, count, WINDOW_SECONDS)
                    await _round(process, owner, report, min(AT_ONCE, counts[0]), 0.001)
                finally:
                    await process.stop()
        finally:
            server.stop()
    report.close()


if __name__ == "__main__":
    asyncio.run(main(tuple(int(each) for each in sys.argv[1:]) or COUNTS))

"""How long does a sweep of 10,000 alert rules take, and how much does it cost the database to end a run?

100 organizations have 100 rules each, all due: three failures in a row (half of them), five failures in 15 minutes, a ratio
in an hour, p95 of response time in 10 minutes, of 20 agents each, and every agent has 100 runs that ended. *quiet*: no rule
fires. *storm*: 500 rules open an alert. *end of a run*: what the four indexes by which rules are evaluated
add to the statement that ends a run.

    python -m benchmarks.bench_alerts

Seen (two cores, load 2, PostgreSQL 18, December 2026): quiet p50 1.32 s, max 1.56 s (goal 2); a sweep that opens 500 alerts
2.6 s; the statement that ends a run 0.24 ms, of which the indexes are less than the error of 0.02.
"""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
from cryptography.fernet import Fernet

from benchmarks.report import Report, median
from retinue.alerts import engine
from retinue.embedded.postgres import start_server
from retinue.migrations.runner import upgrade
from retinue.process import Process

ORGANIZATIONS = 100
AGENTS = 20
RULES = 100
RUNS = 100
ROUNDS = 5
TARGET_SECONDS = 2.0

_CONDITIONS = """
CASE n % 4 WHEN 0 THEN '{"status": "error", "count": 5, "window": "15m"}'
  WHEN 1 THEN '{"status": "error", "consecutive_failures": 3}'
  WHEN 2 THEN '{"status": "error", "consecutive_failures": 3}'
  ELSE CASE WHEN n % 8 = 3 THEN '{"status": "error", "ratio": 0.2, "window": "1h", "min_count": 20}'
    ELSE '{"metric": "response_time", "agg": "p95", "op": ">", "value": 2000, "window": "10m"}' END END
"""
_FILL = (
    """
INSERT INTO users (id, email, username, full_name, password_hash) VALUES
  ('00000000-0000-4000-8000-000000000001', 'bench@example.com', 'bench', 'Bench', 'none');
INSERT INTO organizations (id, name, slug) SELECT md5('o' || o)::uuid, 'Organization ' || o, 'organization-' || o
  FROM generate_series(1, {organizations}) o;
INSERT INTO memberships (user_id, organization_id, role)
  SELECT '00000000-0000-4000-8000-000000000001', id, 'owner' FROM organizations;
INSERT INTO agents (id, organization_id, name, status, category)
  SELECT md5('a' || o || '.' || a)::uuid, md5('o' || o)::uuid, 'Agent ' || a, 'active', 'it'
  FROM generate_series(1, {organizations}) o, generate_series(1, {agents}) a;
INSERT INTO runs (id, organization_id, type, target_id, agent_id, target_name, status, trigger, plan, input, trace_id,
    duration_ms, created_at, started_at, completed_at)
  SELECT gen_random_uuid(), md5('o' || o)::uuid, 'agent', md5('a' || o || '.' || a)::uuid,
    md5('a' || o || '.' || a)::uuid, 'Agent',
    CASE WHEN r % 50 = 0 THEN 'failed' ELSE 'completed' END, 'manual', '{{}}', '{{}}', 'trace', 800 + r,
    now() - r * interval '30 s', now() - r * interval '30 s', now() - r * interval '29 s' - interval '1 s'
  FROM generate_series(1, {organizations}) o, generate_series(1, {agents}) a, generate_series(1, {runs}) r;
INSERT INTO alert_configs (id, organization_id, name, agent_id, conditions, next_eval_at)
  SELECT gen_random_uuid(), md5('o' || o)::uuid, 'Rule ' || n, md5('a' || o || '.' || (1 + n % {agents}))::uuid, ("""
    + _CONDITIONS.replace("{", "{{").replace("}", "}}")
    + """)::jsonb, now() - interval '1 s'
  FROM generate_series(1, {organizations}) o, generate_series(1, {rules}) n;
ANALYZE;
"""
)
_DUE = "UPDATE alert_configs SET next_eval_at = now() - interval '1 s'"
_STORM = """
UPDATE runs SET status = 'failed' WHERE id IN (
  SELECT r.id FROM agents a JOIN LATERAL (
    SELECT id FROM runs r WHERE r.organization_id = a.organization_id AND r.target_id = a.id
    ORDER BY completed_at DESC LIMIT 5) r ON true
  WHERE a.name = 'Agent 2')
"""
_INDEXES = ("runs_target_ended_idx", "runs_ended_idx", "runs_target_amiss_idx", "runs_amiss_idx")


def _environ(folder: str, owner_url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": owner_url,
        "RETINUE_SECRET_KEY": Fernet.generate_key().decode(),
        "RETINUE_DATA_DIR": folder,
    }


async def _sweep(process: Process, owner: psycopg.Connection[Any]) -> tuple[float, int]:
    owner.execute(_DUE)
    began = time.monotonic()
    swept = await engine.sweep(process.database)
    return time.monotonic() - began, len(swept)


def _end_runs(owner: psycopg.Connection[Any]) -> float:
    """Begin 5,000 runs and end them one by one in one transaction; return the seconds that the ends took."""
    owner.execute("UPDATE runs SET status = 'running', completed_at = NULL WHERE target_name = 'Measured'")
    owner.execute("VACUUM runs")
    ids = [row[0] for row in owner.execute("SELECT id FROM runs WHERE target_name = 'Measured'").fetchall()]
    began = time.monotonic()
    with owner.transaction():
        for each in ids:
            owner.execute("UPDATE runs SET status = 'completed', completed_at = clock_timestamp() WHERE id = %s", (each,))
    return (time.monotonic() - began) / len(ids)


async def main() -> None:
    """Measure, and tell."""
    report = Report("alerts")
    with tempfile.TemporaryDirectory(prefix="retinue-bench-") as folder:
        server = start_server(Path(folder))
        try:
            upgrade(server.owner_url)
            with psycopg.connect(server.owner_url, autocommit=True) as owner:
                counts = {"organizations": ORGANIZATIONS, "agents": AGENTS, "rules": RULES, "runs": RUNS}
                owner.execute(_FILL.format(**counts).encode())
                process = Process(_environ(folder, server.owner_url))
                await process.start(is_serving=False)
                try:
                    await _measure(report, process, owner)
                finally:
                    await process.stop()
        finally:
            server.stop()
    report.close()


async def _measure(report: Report, process: Process, owner: psycopg.Connection[Any]) -> None:
    quiet: list[float] = []
    for _ in range(ROUNDS + 1):
        seconds, swept = await _sweep(process, owner)
        assert swept == ORGANIZATIONS * RULES, swept
        quiet.append(seconds)
    report.figure("sweep of 10,000 rules, quiet, p50", median(quiet[1:]), "s", most=TARGET_SECONDS)
    report.figure("sweep of 10,000 rules, quiet, max", max(quiet[1:]), "s", most=TARGET_SECONDS)
    owner.execute(_STORM)
    seconds, _ = await _sweep(process, owner)
    ((opened,),) = owner.execute("SELECT count(*) FROM alerts").fetchall()
    report.figure(f"sweep of 10,000 rules that opens {opened} alerts", seconds, "s")
    owner.execute(
        "INSERT INTO runs (id, organization_id, type, target_id, target_name, status, trigger, plan, input, trace_id)"
        " SELECT gen_random_uuid(), md5('o1')::uuid, 'agent', gen_random_uuid(), 'Measured', 'running',"
        " 'manual', '{}', '{}', 't'"
        " FROM generate_series(1, 5000)"
    )
    with_indexes = min(_end_runs(owner) for _ in range(3))
    for name in _INDEXES:
        owner.execute(f"DROP INDEX {name}".encode())
    without = min(_end_runs(owner) for _ in range(3))
    report.figure("end of a run, statement with the indexes of alerts", with_indexes * 1000, "ms")
    report.figure("end of a run, what these indexes add", (with_indexes - without) * 1000, "ms")


if __name__ == "__main__":
    asyncio.run(main())

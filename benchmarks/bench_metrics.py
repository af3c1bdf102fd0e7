"""How many points of metrics a second are written, what metering costs a run, and how long a query of 30 days takes?

*points*: over HTTP in batches of 5,000, from four clients, beside COPY of the same rows into the same table in the same run.
*metering*: CPU time of worker and PostgreSQL for a run of five steps, with the trigger that enters ended runs and what
follows from it, and without; in turns of the same length, the median. *passes*: what it takes to write 100 requests and
to have them in the sums of their hour, which must not grow with the hour. *query*: the 95th percentile of each of 30
days, by the median of nine, for growing numbers of agents, with the roll-ups of every hour and day loaded.

    python -m benchmarks.bench_metrics

Seen (two quiet cores, load 2, PostgreSQL 18, end of November 2026): 71,300 points/s over HTTP; COPY into the same table
276,000 rows/s in one connection, which checks nothing and notes no changes. Metering cannot be told from the noise of a run
of five steps: 5.3 ms of CPU with it, 6.2 without (800 ended runs with 1,600 model calls are taken in 40 ms, in 450 before
their steps were looked up by their index). 100 requests are written and in the sums of their hour after 6 ms with 1,000
rows in it and 24 with 100,000.
30 days, 95th percentile, 744,000 hours loaded: of all 1,000 agents 4 ms by the day and 58 by the hour; of ten chosen ones 6
and 99. With 10 agents 3 and 19, 8 and 96; with 100 agents 3 and 27, 8 and 130.
"""

import asyncio
import io
import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import psycopg

from benchmarks.installation import Installation, agent, finished, installation, start_runs, until
from benchmarks.points import copy_points
from benchmarks.report import Report, median

_POINTS = 5000
_BATCHES = 40
_CLIENTS = 4
_RUNS = 600
_ROUND_SECONDS = 30.0
_PASSES = 9
_ROUNDS = 3
_QUERIES = 9
_CALL = {"tool_calls": [{"name": "calculator", "arguments": {"expression": "2 + 2"}}]}
_SCRIPT = {"turns": [_CALL, _CALL, {"text": "It is four."}]}


async def _post(made: Installation, agent_id: str) -> float:
    """Return the points a second that the API takes."""
    at = datetime.now(UTC) - timedelta(minutes=10)
    bodies = [
        json.dumps(
            {
                "points": [
                    {
                        "metric_type": "response_time",
                        "value": 200 + index % 977,
                        "recorded_at": (at + timedelta(milliseconds=index * 7 + number)).isoformat(),
                    }
                    for index in range(_POINTS)
                ]
            }
        ).encode()
        for number in range(_CLIENTS)
    ]
    url = f"{made.api_url}/api/v1/agents/{agent_id}/metrics"
    headers = made.headers | {"Content-Type": "application/json"}

    async def client(body: bytes) -> None:
        for _ in range(_BATCHES // _CLIENTS):
            async with made.http.post(url, data=aiohttp.BytesPayload(io.BytesIO(body).read()), headers=headers) as response:
                if response.status != 202:
                    raise SystemExit(await response.text())

    began = time.perf_counter()
    await asyncio.gather(*(client(body) for body in bodies))
    return _POINTS * _BATCHES / (time.perf_counter() - began)


async def _cpu_of_runs(made: Installation, agent_id: str) -> float:
    """Return the CPU milliseconds of worker and PostgreSQL for a run, its metrics written included.

    Each takes the same time, so that what worker and PostgreSQL do when there is nothing to do is the same in all of them.
    """
    before, cpu, began = finished(made), made.cpu_seconds("worker") + made.cpu_seconds("postgres"), time.perf_counter()
    await start_runs(made, agent_id, _RUNS)
    await until(lambda: finished(made) >= before + _RUNS, every=0.25)
    await asyncio.sleep(max(0.0, began + _ROUND_SECONDS - time.perf_counter()))
    used = made.cpu_seconds("worker") + made.cpu_seconds("postgres") - cpu
    for table in ("run_endings", "metric_changes", "usage_changes"):
        if made.query(f"SELECT count(*) FROM {table}") != [(0,)]:
            raise SystemExit(f"{table} is not empty after {_ROUND_SECONDS} s: the machine is too slow")
    return used / _RUNS * 1000


async def _metering(made: Installation, agent_id: str, report: Report) -> None:
    seen: dict[str, list[float]] = {"ENABLE": [], "DISABLE": []}
    await _cpu_of_runs(made, agent_id)
    for _ in range(_ROUNDS):
        for state, figures in seen.items():
            with psycopg.connect(made.owner_url, autocommit=True) as owner:
                owner.execute(f"ALTER TABLE runs {state} TRIGGER enter_ending".encode())
            figures.append(await _cpu_of_runs(made, agent_id))
    measured, unmeasured = median(seen["ENABLE"]), median(seen["DISABLE"])
    report.figure("CPU of a run without metering", unmeasured, "ms")
    report.figure("CPU of a run with metering", measured, "ms")
    report.figure("metering, of a run's CPU", (measured / unmeasured - 1) * 100, "%", most=3)


_ROWS = """
WITH template AS (SELECT * FROM api_usage WHERE kind = 'request' ORDER BY created_at DESC LIMIT 1), hour AS (
  SELECT date_trunc('hour', now(), 'UTC') AS since
), entered AS (
  INSERT INTO api_usage (id, organization_id, kind, user_id, agent_id, endpoint, method, status_code, response_time_ms,
    created_at)
  SELECT gen_random_uuid(), t.organization_id, t.kind, t.user_id, t.agent_id, t.endpoint, t.method, 200, 7,
    h.since + (now() - h.since) * i / %s FROM template t, hour h, generate_series(1, %s) i RETURNING 1
)
INSERT INTO usage_changes (organization_id, hour) SELECT t.organization_id, h.since FROM template t, hour h RETURNING 1
"""
_HUNDRED = """
SELECT tenant.record_requests('{' || t.organization_id || '}', (SELECT json_agg(json_build_object('id', gen_random_uuid(),
    'organization_id', t.organization_id, 'user_id', t.user_id, 'agent_id', t.agent_id, 'endpoint', t.endpoint,
    'method', t.method, 'status_code', 200, 'response_time_ms', i, 'created_at', now())) FROM generate_series(1, 100) i))
FROM (SELECT * FROM api_usage WHERE kind = 'request' ORDER BY created_at DESC LIMIT 1) t
"""


async def _passes(made: Installation, report: Report) -> None:
    """Measure what it takes to add 100 requests to the sums of the hour, with few and with many rows in it."""
    held = 0
    for rows in (1_000, 100_000):
        made.query(_ROWS, rows - held, rows - held)
        held = rows
        await until(lambda: made.query("SELECT count(*) FROM usage_changes") == [(0,)], every=0.25)
        seen: list[float] = []
        for _ in range(_PASSES):
            began = time.perf_counter()
            made.query(_HUNDRED)
            made.query("SELECT tenant.add_up_usage(2000)")
            seen.append((time.perf_counter() - began) * 1000)
        report.figure(f"100 requests written and in the sums, {rows:,} rows in their hour", median(seen), "ms")


_LOAD = """
INSERT INTO metric_rollups (organization_id, agent_id, metric_type, resolution, bucket, count, sum, min, max, bins, counts)
SELECT a.organization_id, a.id, 'loaded', 'hour', h, 60, 30000, 100, 900, s.bins, s.counts
FROM agents a, generate_series(date_trunc('day', now()) - interval '30 days', now(), interval '1 hour') h,
  (SELECT array_agg(5240 + i * 3 ORDER BY i) AS bins, array_agg(1::bigint) AS counts FROM generate_series(1, 60) i) s
WHERE a.name LIKE 'Loaded %%'
"""
_LOAD_DAYS = """
INSERT INTO metric_rollups (organization_id, agent_id, metric_type, resolution, bucket, count, sum, min, max, bins, counts)
SELECT DISTINCT ON (agent_id, date_trunc('day', bucket, 'UTC')) organization_id, agent_id, metric_type, 'day',
  date_trunc('day', bucket, 'UTC'), count * 24, sum * 24, min, max, bins, ARRAY(SELECT c * 24 FROM unnest(counts) c)
FROM metric_rollups WHERE metric_type = 'loaded' AND resolution = 'hour'
"""
_LOAD_TOTALS = """
INSERT INTO metric_totals (organization_id, metric_type, resolution, bucket, count, sum, min, max, bins, counts)
SELECT organization_id, metric_type, resolution, bucket, sum(count), sum(sum), min(min), max(max), min(bins), min(counts)
FROM metric_rollups WHERE metric_type = 'loaded' GROUP BY 1, 2, 3, 4
"""


async def _queries(made: Installation, report: Report) -> None:
    ((organization, person),) = made.query("SELECT organization_id, created_by FROM agents LIMIT 1")
    made.query("INSERT INTO metric_types VALUES (%s, 'loaded', 'ms', now()) RETURNING 1", organization)
    for agents in (10, 100, 1000):
        for table in ("metric_rollups", "metric_totals"):
            made.query(f"DELETE FROM {table} WHERE metric_type = 'loaded' RETURNING 1")
        made.query(
            "INSERT INTO agents (id, organization_id, created_by, name, category)"
            " SELECT gen_random_uuid(), %s, %s, 'Loaded ' || i, 'support'"
            " FROM generate_series((SELECT count(*) FROM agents WHERE name LIKE 'Loaded %%') + 1, %s) i RETURNING 1",
            *(organization, person, agents),
        )
        began = time.perf_counter()
        for statement in (_LOAD, _LOAD_DAYS, _LOAD_TOTALS, "ANALYZE metric_rollups", "ANALYZE metric_totals"):
            with psycopg.connect(made.owner_url, autocommit=True) as owner:
                owner.execute(statement.replace("%%", "%").encode())
        loaded = time.perf_counter() - began
        some = made.query("SELECT id FROM agents WHERE name LIKE 'Loaded %%' ORDER BY name LIMIT 10")
        ten = "".join(f"&agent_id={row[0]}" for row in some)
        for what, bucket, chosen in (("all", "day", ""), ("all", "hour", ""), ("10", "day", ten), ("10", "hour", ten)):
            milliseconds = await _ask(made, bucket, chosen)
            target = {"most": 100.0} if (agents, what, bucket) == (1000, "all", "day") else {}
            text = f"30 days by the {bucket}, p95 of {what} of {agents} agents (loaded in {loaded:.0f} s)"
            report.figure(text, milliseconds, "ms", **target)


async def _ask(made: Installation, bucket: str, chosen: str) -> float:
    """Return the median of the milliseconds that a query of 30 days takes."""
    seen: list[float] = []
    start = (datetime.now(UTC) - timedelta(days=30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for _ in range(_QUERIES):
        began = time.perf_counter()
        path = f"/metrics/query?metric_type=loaded&aggregation=p95&bucket={bucket}&start={start}{chosen}"
        found: Any = await made.call("GET", path)
        seen.append((time.perf_counter() - began) * 1000)
        if len(found["series"][0]["points"]) < 30:
            raise SystemExit(f"points are missing: {found}")
    return median(seen)


async def main() -> None:
    """Measure and report."""
    report = Report("metrics")
    async with installation(workers=1) as made:
        found = (await made.call("GET", "/models"))["items"]
        scripted = next(each for each in found if each["kind"] == "scripted")
        config = {
            "model": {"provider_id": scripted["provider_id"], "name": scripted["name"]},
            "parameters": {"script": _SCRIPT},
            "tools": [{"name": "calculator"}],
        }
        agent_id = await agent(made, config)
        await _metering(made, agent_id, report)
        await _passes(made, report)
        await _queries(made, report)
        copied = max([copy_points(made, agent_id) for _ in range(3)])
        await _post(made, agent_id)
        posted = max([await _post(made, agent_id) for _ in range(2)])
        report.figure("COPY into reported_metrics, one connection", copied, "rows/s")
        report.figure("points over HTTP", posted, "points/s")
        report.figure("share of COPY", posted / copied, "", least=1 / 3)
        began = time.perf_counter()
        await until(lambda: made.query("SELECT count(*) FROM metric_changes") == [(0,)])
        report.figure("rolled up after", time.perf_counter() - began, "s")
    report.close()


if __name__ == "__main__":
    asyncio.run(main())

"""What is new is added to sums as it comes: they are what all rows give, in whatever order things happen."""

import asyncio
from typing import Any

from retinue.metrics import repository as metrics
from retinue.usage import repository as usage
from tests.client import Client
from tests.metrics.conftest import Meter
from tests.together import together

_SUMS = (
    "SELECT to_jsonb(r) FROM metric_rollups r ORDER BY organization_id, agent_id, metric_type, resolution, bucket, label",
    "SELECT to_jsonb(t) FROM metric_totals t ORDER BY organization_id, metric_type, resolution, bucket, label",
    "SELECT to_jsonb(h) FROM usage_hours h ORDER BY to_jsonb(h)::text",
)
_METRICS_CHANGED = """
INSERT INTO metric_changes (organization_id, agent_id, metric_type, minute)
SELECT DISTINCT organization_id, agent_id, metric_type, date_trunc('minute', recorded_at) FROM agent_metrics
"""
_USAGE_CHANGED = """
INSERT INTO usage_changes (organization_id, hour)
SELECT DISTINCT organization_id, date_trunc('hour', created_at, 'UTC') FROM api_usage
"""
_ALL_CHANGED = (_METRICS_CHANGED, _USAGE_CHANGED)
_PAST = (
    "DELETE FROM metric_rollups",
    "DELETE FROM metric_totals",
    "DELETE FROM usage_hours",
    "DELETE FROM reported_metrics",
    "DELETE FROM run_metrics",
    "DELETE FROM api_usage",
)


async def _begin(meter: Meter) -> None:
    """Forget what earlier tests left, of which some was deleted with its agents."""
    for statement in _PAST:
        await meter.scene.owner(statement)


async def _sums(meter: Meter) -> list[Any]:
    return [await meter.scene.owner(statement) for statement in _SUMS]


async def _assert_sums_are_of_all_rows(meter: Meter) -> None:
    await meter.settle()
    added = await _sums(meter)
    for statement in _ALL_CHANGED:
        await meter.scene.owner(statement)
    for work in (metrics.roll_up, usage.add_up):
        await work(meter.process.database, 10_000)

    assert await _sums(meter) == added
    assert all(added)


async def test_sums_of_runs_that_come_in_parts_are_those_of_all_runs(working_meter: Meter) -> None:
    meter, scene = working_meter, working_meter.scene
    await _begin(meter)
    agents = [await scene.agent({"text": "Done.", "cost_usd": 0.00003}, name=name) for name in ("Ada", "Ben")]
    for _ in range(3):
        for run in [await scene.started(agent) for agent in (*agents, agents[0])]:
            await scene.until(run)
        await metrics.collect(meter.process.database, 2)
        await meter.report(agents[0], {"metric_type": "cost", "value": 0.25})
        await metrics.collect(meter.process.database, 500)

    await _assert_sums_are_of_all_rows(meter)


async def test_sums_follow_what_is_resumed_rated_and_rebuilt(working_meter: Meter) -> None:
    meter, scene = working_meter, working_meter.scene
    await _begin(meter)
    good, bad = await scene.agent("Done."), await scene.agent({"error": "down"}, name="Broken")
    for _ in range(2):
        done, failed = [await scene.started(agent) for agent in (good, bad)]
        await scene.until(done)
        await scene.until(failed, "failed")
        await meter.settle()
        await scene.cast.anna.http.request("PUT", f"/runs/{done}/feedback", json={"value": "up"})
        await scene.cast.anna.http.post(f"/runs/{failed}/resume", json={})
        await scene.collect(failed)
        await metrics.collect(meter.process.database, 500)

    await _assert_sums_are_of_all_rows(meter)

    await scene.owner("UPDATE usage_hours SET calls = calls + 7")
    window = {"start": "2026-01-01T00:00:00Z", "end": "2028-01-01T00:00:00Z"}
    assert (await scene.cast.adam.http.post("/usage/rebuild", json=window)).json == {"runs": 4}
    await _assert_sums_are_of_all_rows(meter)


async def test_sums_are_right_when_several_processes_add_to_them_and_make_them_again(working_meter: Meter) -> None:
    meter, scene = working_meter, working_meter.scene
    await _begin(meter)
    agent = await scene.agent({"text": "Done.", "cost_usd": 0.5})
    for run in [await scene.started(agent) for _ in range(12)]:
        await scene.until(run)
    database = meter.process.database

    async def work(number: int) -> None:
        for statement in (*_ALL_CHANGED, "SELECT 1"):
            if number == 0:
                await scene.owner(statement)
            await asyncio.gather(
                metrics.collect(database, 2),
                metrics.roll_up(database, 500),
                usage.add_up(database, 500),
                _ask(meter.http, agent),
            )
            await meter.report(agent, {"metric_type": "cost", "value": number})
            await meter.flush()

    await together(4, work)

    await _assert_sums_are_of_all_rows(meter)
    assert await meter.value("run_status", "count", agent_id=agent) == "12"


async def _ask(http: Client, agent: str) -> None:
    await http.get(f"/agents/{agent}")

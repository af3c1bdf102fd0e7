"""An agent is deleted while its metrics are rolled up: the two wait for each other in one order."""

import asyncio

import psycopg

from tests.metrics.conftest import Meter

_ROLL_UP = """
INSERT INTO metric_rollups
  (organization_id, agent_id, metric_type, resolution, bucket, label, count, sum, min, max, bins, counts)
VALUES (%s, %s, 'quality', 'minute', date_trunc('minute', now()), '', 1, 1, 1, 1, '{1}', '{1}')
"""
_WAITING = "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))"


async def test_an_agent_that_is_rolled_up_is_deleted_after_it(meter: Meter) -> None:
    agent = await meter.scene.agent("Done.")
    async with await psycopg.AsyncConnection.connect(meter.scene.postgres.owner_url) as rolling:
        await rolling.execute("SET lock_timeout = '2s'")
        await rolling.execute("SELECT pg_advisory_xact_lock(tenant.lock_key('roll_up_metrics'))")
        deleting = asyncio.create_task(meter.http.delete(f"/agents/{agent}"))
        async with asyncio.timeout(10):
            while await meter.scene.owner(_WAITING, rolling.info.backend_pid) == [(0,)]:
                await asyncio.sleep(0.01)

        await rolling.execute(_ROLL_UP, (meter.scene.cast.acme, agent))
        await rolling.commit()
        deleted = await deleting

    assert deleted.status == 204, deleted.text
    assert await meter.scene.owner("SELECT count(*) FROM metric_rollups WHERE agent_id = %s", agent) == [(0,)]

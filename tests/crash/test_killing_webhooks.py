"""A worker is killed before and after each commit of sending a webhook: nothing is lost, one id."""

import asyncio
import signal
from uuid import UUID

import psycopg
import pytest

from retinue.core.ids import OrganizationId, new_id
from retinue.core.outbox import Pump, gather
from retinue.core.timers import Ticker
from retinue.process import Process
from retinue.runs.endpoints import sending
from retinue.runs.endpoints.feature import feature
from tests.crash.ground import Ground, kill_at
from tests.crash.test_killing_alerts import Hook, hook

__all__ = ["hook"]
_COMMITS = 3
_DUE = """
WITH over AS (UPDATE webhook_deliveries SET next_attempt_at = tenant.now() WHERE state IN ('queued', 'sending') RETURNING 1)
UPDATE due_timers SET due_at = tenant.now() WHERE kind = 'webhooks.send'
"""


async def _work(environ: dict[str, str], number: int, place: str) -> None:
    process = Process(environ)
    await process.start(is_serving=False)
    try:
        async with process.database.system_context([OrganizationId(UUID(environ["TEST_ORGANIZATION"]))]) as ctx:
            await ctx.tx.execute(_DUE)  # the lease of what a killed worker was sending is over
        if number:
            kill_at(number, place)
        await Pump(process.database, gather(feature.listens)).drain()
        ticker = Ticker(process.database, feature.timers)
        await ticker.drain()
        await ticker.settle()
        await sending.postman_of(process.database).settle()
    finally:
        await process.stop()


def _child(environ: dict[str, str], number: int, place: str) -> None:
    asyncio.run(_work(environ, number, place))


async def _ended(ground: Ground, hook: Hook) -> UUID:
    """Have a run end of which a webhook tells; return the run."""
    process = Process(ground.environ)
    await process.start(is_serving=False)
    secret = process.resources.secrets.seal("whsec_c2VjcmV0c2VjcmV0c2VjcmV0")
    await process.stop()
    run_id = new_id()
    with psycopg.connect(ground.postgres.owner_url, autocommit=True) as owner:
        owner.execute("DELETE FROM webhook_endpoints")
        owner.execute("DELETE FROM due_timers WHERE kind = 'webhooks.send'")
        owner.execute("DELETE FROM outbox")
        owner.execute(
            "INSERT INTO webhook_endpoints (id, organization_id, name, url, events, secret_encrypted)"
            " VALUES (%s, %s, 'hook', %s, '{run.completed}', %s)",
            (new_id(), ground.organization_id, hook.url, secret),
        )
        owner.execute(
            "INSERT INTO runs (id, organization_id, type, target_id, target_name, status, trigger, plan, input, trace_id,"
            " completed_at)"
            " VALUES (%s, %s, 'agent', %s, 'Scribe', 'completed', 'manual', '{}', '{}', 't', now())",
            (run_id, ground.organization_id, new_id()),
        )
        owner.execute(
            "INSERT INTO outbox (organization_id, type, payload)"
            " VALUES (%s, 'run.completed', jsonb_build_object('run_id', %s::text))",
            (ground.organization_id, str(run_id)),
        )
    return run_id


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.timeout(300)
async def test_worker_killed_at_any_commit_of_webhooks(ground: Ground, hook: Hook, place: str) -> None:
    environ = ground.environ | {
        "TEST_ORGANIZATION": str(ground.organization_id),
        "RETINUE_OUTBOUND_ALLOWED_HOSTS": "127.0.0.1",
    }
    killed = 0
    for number in range(1, _COMMITS + 1):
        run_id = await _ended(ground, hook)
        hook.ids.clear()
        child = ground.forking.Process(target=_child, args=(environ, number, place), daemon=True)
        child.start()
        await asyncio.to_thread(child.join, 60)
        killed += child.exitcode == -signal.SIGKILL

        ground.rows("UPDATE outbox SET not_before = now() RETURNING 1")
        await _work(environ, 0, place)

        sent = ground.rows("SELECT id::text, state FROM webhook_deliveries WHERE run_id = %s", run_id)
        assert [state for _, state in sent] == ["sent"], (number, place)
        assert set(hook.ids) == {sent[0][0]}
        assert len(hook.ids) <= 2, "only what was sent and not recorded is sent again, under the same id"
    assert killed == _COMMITS

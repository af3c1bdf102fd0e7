"""A worker is killed before and after each commit of evaluating and sending: one alert, no delivery lost, one id."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from uuid import UUID

import psycopg
import pytest
from aiohttp import web

from retinue.alerts import engine, sending
from retinue.core.ids import OrganizationId, new_id
from retinue.process import Process
from tests.crash.ground import Ground, kill_at

_COMMITS = 4
_DUE = "UPDATE alert_deliveries SET next_attempt_at = tenant.now() WHERE state IN ('queued', 'sending')"


class Hook:
    """A receiver outside, of whose state a crash takes nothing back."""

    def __init__(self) -> None:
        self.url = ""
        self.ids: list[str] = []

    async def answer(self, request: web.Request) -> web.Response:
        self.ids.append(request.headers["webhook-id"])
        return web.Response(text="ok")


@pytest.fixture
async def hook() -> AsyncGenerator[Hook]:
    found = Hook()
    app = web.Application()
    app.router.add_post("/hook", found.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield found
    await runner.cleanup()


async def _work(environ: dict[str, str], number: int, place: str) -> None:
    process = Process(environ)
    await process.start(is_serving=False)
    try:
        if number:
            kill_at(number, place)
        await engine.sweep(process.database)
        # The group wait is over, and so is the lease of what a killed worker was sending.
        async with process.database.system_context([OrganizationId(UUID(environ["TEST_ORGANIZATION"]))]) as ctx:
            await ctx.tx.execute(_DUE)
        await sending.deliver(process.database)
        await sending.postman_of(process.database).settle()
    finally:
        await process.stop()


def _child(environ: dict[str, str], number: int, place: str) -> None:
    asyncio.run(_work(environ, number, place))


async def _rule(ground: Ground, hook: Hook) -> UUID:
    """Make a rule that is due and true, with a webhook; return it."""
    process = Process(ground.environ)
    await process.start(is_serving=False)
    config, target = new_id(), new_id()
    secret = process.resources.secrets.seal("whsec_c2VjcmV0c2VjcmV0c2VjcmV0")
    await process.stop()
    with psycopg.connect(ground.postgres.owner_url, autocommit=True) as owner:
        owner.execute("DELETE FROM alert_configs")
        owner.execute("DELETE FROM alert_channels")
        owner.execute(
            "INSERT INTO alert_channels (id, organization_id, kind, name, address, secret_encrypted)"
            " VALUES (%s, %s, 'webhook', 'hook', %s, %s)",
            (new_id(), ground.organization_id, hook.url, secret),
        )
        owner.execute(
            "INSERT INTO runs (id, organization_id, type, target_id, target_name, status, trigger, plan, input, trace_id,"
            " completed_at)"
            " VALUES (%s, %s, 'agent', %s, 'Scribe', 'failed', 'manual', '{}', '{}', 't', now())",
            (new_id(), ground.organization_id, target),
        )
        owner.execute(
            "INSERT INTO alert_configs (id, organization_id, name, conditions, channels, next_eval_at)"
            """ VALUES (%s, %s, 'Rule', '{"status": "error"}', '{"webhook": "hook"}', now())""",
            (config, ground.organization_id),
        )
    return config


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.timeout(300)
async def test_worker_killed_at_any_commit_of_alerts(ground: Ground, hook: Hook, place: str) -> None:
    environ = ground.environ | {
        "TEST_ORGANIZATION": str(ground.organization_id),
        "RETINUE_OUTBOUND_ALLOWED_HOSTS": "127.0.0.1",
    }
    killed = 0
    for number in range(1, _COMMITS + 1):
        config = await _rule(ground, hook)
        hook.ids.clear()
        child = ground.forking.Process(target=_child, args=(environ, number, place), daemon=True)
        child.start()
        await asyncio.to_thread(child.join, 60)
        killed += child.exitcode == -signal.SIGKILL

        await _work(environ, 0, place)

        found = ground.rows("SELECT id, status FROM alerts WHERE config_id = %s", config)
        assert [status for _, status in found] == ["open"]
        events = ground.rows("SELECT type FROM alert_events WHERE alert_id = %s", found[0][0])
        assert events == [("opened",)]
        sent = ground.rows("SELECT id::text, state FROM alert_deliveries WHERE alert_id = %s", found[0][0])
        assert [state for _, state in sent] == ["sent"]
        assert set(hook.ids) == {sent[0][0]}
        assert len(hook.ids) <= 2, "only what was sent and not recorded is sent again, under the same id"
    assert killed == _COMMITS

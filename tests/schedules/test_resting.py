"""Schedules of an organization rest while it is being deleted; what they missed follows their catch-up policy afterwards."""

import asyncio
from typing import Any

import pytest

from retinue.process import Process
from retinue.schedules import tasks
from tests.schedules.conftest import Plan


async def _shut(plan: Plan) -> str:
    """Ask for the deletion of Acme; return the id of the deletion."""
    olga = plan.scene.cast.olga.http
    slug = (await olga.get("/organizations/current")).json["slug"]
    asked = await olga.delete(f"/organizations/current?confirm={slug}")
    assert asked.status == 202, asked.text
    return str(asked.json["id"])


async def _open(plan: Plan, deletion: str) -> None:
    """Cancel the deletion of Acme."""
    cancelled = await plan.scene.cast.olga.http.post(f"/organization-deletions/{deletion}/cancel")
    assert cancelled.status == 200, cancelled.text


async def _claimed(plan: Plan, schedule: str) -> list[Any]:
    return await plan.scene.owner(
        "SELECT status, reason_code FROM schedule_occurrences WHERE schedule_id = %s ORDER BY due_at", schedule
    )


@pytest.mark.parametrize(
    ("policy", "reasons"),
    [
        ("skip", ["not_caught_up", "not_caught_up", "not_caught_up"]),
        ("last", ["superseded", "superseded", None]),
        ("all", [None, None, None]),
    ],
)
async def test_what_was_due_while_the_organization_was_shut_follows_the_catch_up_policy(
    plan: Plan, policy: str, reasons: list[str | None]
) -> None:
    schedule = await plan.create(catch_up=policy, catch_up_window_seconds=86_400, overlap="allow")
    deletion = await _shut(plan)

    for _ in range(3):
        await plan.pass_time(hours=1, minutes=1)
    resting = await _claimed(plan, schedule)
    await _open(plan, deletion)
    await plan.tick()

    assert resting == []
    told = await plan.told(schedule)
    assert [at for at, _, _ in told] == ["03-01T01:00", "03-01T02:00", "03-01T03:00"]
    assert [reason for _, _, reason in told] == reasons
    assert len(await plan.runs(schedule)) == reasons.count(None)
    await plan.pass_time(minutes=57)
    assert (await plan.told(schedule))[-1] == ("03-01T04:00", "started", None)


async def test_queued_occurrences_wait_until_the_organization_is_open_again(plan: Plan) -> None:
    schedule = await plan.create(overlap="queue")
    for _ in range(2):
        await plan.pass_time(hours=1)
    deletion = await _shut(plan)
    cancelled = "UPDATE runs SET status = 'cancelled', completed_at = tenant.now() WHERE organization_id = %s"
    await plan.scene.owner(cancelled, plan.scene.cast.acme)

    await plan.pass_time(minutes=1)
    resting = await _claimed(plan, schedule)
    await _open(plan, deletion)
    await plan.tick()

    assert resting == [("started", None), ("queued", "overlap")]
    assert [status for _, status, _ in await plan.told(schedule)] == ["started", "started"]


async def test_timers_are_not_set_again_in_an_organization_that_is_deleted(plan: Plan) -> None:
    schedule = await plan.create()
    await plan.scene.owner("DELETE FROM agent_schedules WHERE id <> %s", schedule)
    deletion = await _shut(plan)
    await plan.scene.owner("DELETE FROM due_timers WHERE subject_id = %s", schedule)

    await tasks.reconcile(plan.scene.process.database)
    resting = await plan.scene.owner("SELECT kind FROM due_timers WHERE subject_id = %s", schedule)
    pending = await _pending(plan)
    await _open(plan, deletion)
    await tasks.reconcile(plan.scene.process.database)
    await plan.pass_time(hours=1)

    assert (resting, pending, await _pending(plan)) == ([], False, True)
    assert [status for _, status, _ in await plan.told(schedule)] == ["started"]


async def _pending(plan: Plan) -> bool:
    """Say whether the periodic work of schedules is named as pending."""
    return ("schedules.reconcile",) in await plan.scene.owner("SELECT tenant.pending_work()")


async def test_workers_look_for_due_timers_at_once_when_an_organization_is_open_again(
    plan: Plan, environ: dict[str, str]
) -> None:
    deletion = await _shut(plan)
    woken = asyncio.Event()
    worker = Process(environ)
    await worker.start(is_serving=False, is_working=True)
    try:
        worker.bus.on_timer_set = woken.set
        await _open(plan, deletion)
        async with asyncio.timeout(10):
            await woken.wait()
    finally:
        await worker.stop()

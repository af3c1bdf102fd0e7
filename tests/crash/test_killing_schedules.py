"""A worker is killed before and after each commit of claiming schedules: every occurrence is started once, with one run."""

import asyncio
import signal
from datetime import timedelta
from uuid import UUID

import pytest

from retinue.agents import service as agents
from retinue.agents.types import Status
from retinue.core.ids import OrganizationId
from retinue.core.timers import Ticker
from retinue.engine.spec.agent import AgentConfig
from retinue.llm.types import SCRIPTED_ID
from retinue.process import Process
from retinue.schedules import service
from retinue.schedules.feature import feature
from retinue.schedules.types import CatchUp, Overlap, ScheduleDefinition, TargetType, Timing
from tests.crash.ground import Ground, kill_at

_COMMITS = 5
_DUE = 4


async def _drain(environ: dict[str, str], number: int, place: str) -> None:
    process = Process(environ)
    await process.start(is_serving=False)
    try:
        if number:
            kill_at(number, place)
        await Ticker(process.database, feature.timers).drain()
    finally:
        await process.stop()


def _child(environ: dict[str, str], number: int, place: str) -> None:
    asyncio.run(_drain(environ, number, place))


async def _schedule(ground: Ground) -> list[UUID]:
    """Make two schedules of every minute that four occurrences are due of, and have four more of one backfilled."""
    process = Process(ground.environ)
    await process.start(is_serving=False)
    script = {"turns": [{"text": "Done."}]}
    config = AgentConfig.model_validate({"model": {"provider_id": SCRIPTED_ID}, "parameters": {"script": script}})
    made: list[UUID] = []
    try:
        async with process.database.system_context([OrganizationId(ground.organization_id)]) as ctx:
            agent = await agents.create(ctx, {"name": "Scribe", "config": config}, status=Status.ACTIVE)
            definition = ScheduleDefinition(
                "Report",
                "",
                TargetType.AGENT,
                agent.id,
                Timing("UTC", cron="* * * * *"),
                {"prompt": "Go."},
                catch_up=CatchUp.ALL,
                overlap=Overlap.ALLOW,
            )
            made += [(await service.create(ctx, definition, enabled=True)).id for _ in range(2)]
            minute = ctx.now.replace(second=0, microsecond=0)
            first = minute - timedelta(minutes=_DUE - 1)
            await service.backfill(ctx, made[0], first - timedelta(minutes=_DUE), first)
    finally:
        await process.stop()
    ground.rows(
        "UPDATE agent_schedules SET next_due_at = %s, next_run = %s WHERE id = ANY (%s) RETURNING 1", first, first, made
    )
    ground.rows("UPDATE due_timers SET due_at = %s WHERE subject_id = ANY (%s) RETURNING 1", first, made)
    return made


@pytest.mark.parametrize("place", ["before", "after"])
@pytest.mark.timeout(300)
async def test_worker_killed_at_any_commit_of_claiming(ground: Ground, place: str) -> None:
    killed = 0
    for number in range(1, _COMMITS + 1):
        made = await _schedule(ground)
        child = ground.forking.Process(target=_child, args=(ground.environ, number, place), daemon=True)
        child.start()
        await asyncio.to_thread(child.join, 60)
        killed += child.exitcode == -signal.SIGKILL

        await _drain(ground.environ, 0, place)

        for schedule, least in zip(made, (2 * _DUE, _DUE), strict=True):
            rows = ground.rows(
                "SELECT o.status, count(r.id) FROM schedule_occurrences o LEFT JOIN runs r"
                " ON r.metadata ->> 'schedule_id' = o.schedule_id::text AND (r.metadata ->> 'schedule_due_at')::timestamptz"
                " = o.due_at WHERE o.schedule_id = %s GROUP BY o.due_at, o.status",
                schedule,
            )
            assert set(rows) == {("started", 1)}
            assert len(rows) >= least  # a minute may have passed in the meantime
            runs = ground.rows("SELECT count(*) FROM runs WHERE metadata ->> 'schedule_id' = %s", str(schedule))
            assert runs == [(len(rows),)]
    assert killed >= 2, "the child committed at least once for the due schedules and once for the backfill"

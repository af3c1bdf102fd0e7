"""A worker dies around each commit of a timer: what it brings about happens once, whichever worker ends it."""

import asyncio
import os
import signal
from datetime import UTC, datetime
from functools import partial

import psycopg
import pytest

from retinue.core import outbox as events
from retinue.core import timers
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.ids import new_id
from retinue.core.timers import Effect, Ticker, Timer, TimerHandler, TimerWork
from retinue.process import Process
from tests.crash.ground import Ground

_KIND = "test.due"


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def _handle(place: str, ctx: Context, timer: Timer) -> None:
    await events.append(ctx, "test.noted", {"subject": str(timer.subject_id)})
    if place == "before the commit":
        _die()
    if place == "after the commit":
        ctx.after_commit.append(_die)


async def _work(place: str, database: Database, timer: Timer) -> None:
    if place == "after the lease":
        _die()
    async with database.system_context([timer.organization_id]) as ctx:
        await events.append(ctx, "test.noted", {"subject": str(timer.subject_id)})
        await timers.finish(ctx, timer)
        if place == "before the commit":
            _die()
        if place == "after the commit":
            ctx.after_commit.append(_die)


def _effects(place: str, kind: str) -> dict[str, Effect]:
    if kind == "handler":
        return {_KIND: TimerHandler(partial(_handle, place))}
    return {_KIND: TimerWork(partial(_work, place), lease_seconds=1)}


async def _drain(environ: dict[str, str], place: str, kind: str) -> None:
    process = Process(environ)
    await process.start(is_serving=False)
    try:
        ticker = Ticker(process.database, _effects(place, kind))
        await ticker.drain()
        await ticker.settle()
    finally:
        await process.stop()


def _child(environ: dict[str, str], place: str, kind: str) -> None:
    asyncio.run(_drain(environ, place, kind))


@pytest.mark.parametrize(
    ("kind", "place"),
    [
        ("handler", "before the commit"),
        ("handler", "after the commit"),
        ("work", "after the lease"),
        ("work", "before the commit"),
        ("work", "after the commit"),
    ],
)
async def test_worker_killed_around_a_commit(ground: Ground, kind: str, place: str) -> None:
    subject = new_id()
    with psycopg.connect(ground.postgres.owner_url) as owner:
        owner.execute(
            "INSERT INTO due_timers (organization_id, kind, subject_id, due_at) VALUES (%s, %s, %s, %s)",
            (ground.organization_id, _KIND, subject, datetime.now(UTC)),
        )
    child = ground.forking.Process(target=_child, args=(ground.environ, place, kind), daemon=True)
    child.start()
    await asyncio.to_thread(child.join, 60)
    assert child.exitcode == -signal.SIGKILL

    # The lease of the dead worker expires, without waiting for it.
    ground.rows("UPDATE due_timers SET due_at = now() WHERE organization_id = %s RETURNING id", ground.organization_id)
    await _drain(ground.environ, "nowhere", kind)

    found = ground.rows("SELECT payload ->> 'subject' FROM outbox WHERE organization_id = %s", ground.organization_id)
    assert found == [(str(subject),)]
    assert ground.rows("SELECT count(*) FROM due_timers WHERE organization_id = %s", ground.organization_id) == [(0,)]

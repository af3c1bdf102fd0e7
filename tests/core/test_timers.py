"""Timers: what is due is brought about once, with the timer's removal in the same commit, by whichever worker is first."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from retinue.core import outbox as events
from retinue.core import timers
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId, new_id
from retinue.core.timers import Ticker, Timer, TimerHandler, TimerLostError, TimerWork
from retinue.process import Process
from tests.clock import HandClock, hand_clock
from tests.conftest import Postgres

_KIND = "test.due"


@pytest.fixture
async def organizations(postgres: Postgres) -> list[OrganizationId]:
    made = [OrganizationId(new_id()) for _ in range(3)]
    async with await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as owner:
        for each in made:
            await owner.execute("INSERT INTO organizations (id, name, slug) VALUES (%s, 'Acme', %s)", (each, str(each)))
    return made


@pytest.fixture
def clock(postgres: Postgres) -> Iterator[HandClock]:
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner, hand_clock(owner) as hand:
        yield hand


async def _set(process: Process, organization: OrganizationId, *, seconds: float = 0, count: int = 1) -> list[UUID]:
    subjects = [new_id() for _ in range(count)]
    async with process.database.system_context([organization]) as ctx:
        for each in subjects:
            await timers.schedule(ctx, _KIND, each, ctx.now + timedelta(seconds=seconds), {"say": "now"})
    return subjects


async def _left(process: Process, organization: OrganizationId) -> list[tuple[int, bool]]:
    async with process.database.system_context([organization]) as ctx:
        statement = "SELECT attempts, failed_at IS NOT NULL FROM due_timers ORDER BY id"
        return await (await ctx.tx.execute(statement)).fetchall()


async def _effects(process: Process, organization: OrganizationId) -> list[str]:
    async with process.database.system_context([organization]) as ctx:
        rows = await (await ctx.tx.execute("SELECT payload ->> 'subject' FROM outbox ORDER BY id")).fetchall()
        return [row[0] for row in rows]


async def _note(ctx: Context, timer: Timer) -> None:
    await events.append(ctx, "test.noted", {"subject": str(timer.subject_id)})


def _ticker(process: Process, handle: Callable[[Context, Timer], Awaitable[None]] = _note) -> Ticker:
    return Ticker(process.database, {_KIND: TimerHandler(handle)})


async def test_a_timer_is_brought_about_when_it_is_due_and_not_before(
    process: Process, organizations: list[OrganizationId], clock: HandClock
) -> None:
    organization = organizations[0]
    (subject,) = await _set(process, organization, seconds=60)
    ticker = _ticker(process)

    clock.move(seconds=59)
    await ticker.drain()
    assert await _effects(process, organization) == []

    clock.move(seconds=1)
    await ticker.drain()
    await ticker.drain()
    assert await _effects(process, organization) == [str(subject)]
    assert await _left(process, organization) == []


async def test_thousands_due_at_once_are_each_brought_about_once_by_several_workers(
    process: Process, organizations: list[OrganizationId]
) -> None:
    subjects = {each: await _set(process, each, count=1000) for each in organizations}

    await asyncio.gather(*(_ticker(process).drain() for _ in range(4)))

    for organization, wanted in subjects.items():
        assert sorted(await _effects(process, organization)) == sorted(map(str, wanted))
        assert await _left(process, organization) == []


async def test_a_failing_timer_leaves_nothing_is_tried_again_and_holds_up_no_other(
    process: Process, organizations: list[OrganizationId], clock: HandClock
) -> None:
    organization = organizations[0]
    bad, good = await _set(process, organization, count=2)

    async def handle(ctx: Context, timer: Timer) -> None:
        await _note(ctx, timer)
        if timer.subject_id == bad:
            raise ValueError("no")

    ticker = _ticker(process, handle)
    await ticker.drain()

    assert await _effects(process, organization) == [str(good)]
    assert await _left(process, organization) == [(1, False)]
    for _ in range(7):
        clock.move(minutes=10)
        await ticker.drain()
    assert await _left(process, organization) == [(8, True)]
    clock.move(days=1)
    assert await ticker.drain() == 0


async def test_a_timer_set_again_replaces_the_former_and_a_cancelled_one_never_comes(
    process: Process, organizations: list[OrganizationId], clock: HandClock
) -> None:
    organization = organizations[0]
    again, cancelled = await _set(process, organization, seconds=10, count=2)
    async with process.database.system_context([organization]) as ctx:
        await timers.schedule(ctx, _KIND, again, ctx.now + timedelta(seconds=100))
        assert await timers.cancel(ctx, _KIND, cancelled)
        assert not await timers.cancel(ctx, _KIND, cancelled)
    ticker = _ticker(process)

    clock.move(seconds=50)
    await ticker.drain()
    assert await _effects(process, organization) == []

    clock.move(seconds=50)
    await ticker.drain()
    assert await _effects(process, organization) == [str(again)]


async def test_an_effect_may_set_its_own_timer_for_later(
    process: Process, organizations: list[OrganizationId], clock: HandClock
) -> None:
    organization = organizations[0]
    await _set(process, organization)

    async def handle(ctx: Context, timer: Timer) -> None:
        await _note(ctx, timer)
        await timers.schedule(ctx, _KIND, timer.subject_id, ctx.now + timedelta(hours=1))

    ticker = _ticker(process, handle)
    await ticker.drain()
    clock.move(hours=1)
    await ticker.drain()

    assert len(await _effects(process, organization)) == 2
    assert await _left(process, organization) == [(0, False)]


async def test_timers_of_another_kind_are_left_to_workers_that_know_them(
    process: Process, organizations: list[OrganizationId]
) -> None:
    (subject,) = await _set(process, organizations[0])

    assert await Ticker(process.database, {"test.other": TimerHandler(_note)}).drain() == 0

    assert await _left(process, organizations[0]) == [(0, False)]
    await _ticker(process).drain()
    assert await _effects(process, organizations[0]) == [str(subject)]


async def test_work_restarts_when_its_lease_expires_and_the_first_worker_cannot_end_it(
    process: Process, organizations: list[OrganizationId], clock: HandClock
) -> None:
    organization = organizations[0]
    (subject,) = await _set(process, organization)
    may_go_on, lost = asyncio.Event(), list[int]()

    async def work(database: Database, timer: Timer) -> None:
        if timer.attempts == 1:
            await may_go_on.wait()
        async with database.system_context([timer.organization_id]) as ctx:
            await _note(ctx, timer)
            try:
                await timers.finish(ctx, timer)
            except TimerLostError:
                lost.append(timer.attempts)
                raise

    first, second = (Ticker(process.database, {_KIND: TimerWork(work, lease_seconds=30)}) for _ in range(2))
    assert await first.drain() == 1
    assert await second.drain() == 0
    clock.move(seconds=31)
    assert await second.drain() == 1
    await second.settle()
    may_go_on.set()
    await first.settle()

    assert lost == [1]
    assert await _effects(process, organization) == [str(subject)]
    assert await _left(process, organization) == []


async def test_a_sleeping_worker_is_woken_by_a_timer_that_is_set_for_earlier(
    process: Process, organizations: list[OrganizationId], environ: dict[str, str]
) -> None:
    organization = organizations[0]
    noted = asyncio.Event()

    async def handle(ctx: Context, timer: Timer) -> None:
        await _note(ctx, timer)
        ctx.after_commit.append(noted.set)

    working = Process(environ)
    await working.start(is_serving=False, is_working=True)
    try:
        ticker = _ticker(working, handle)
        working.bus.on_timer_set = ticker.wake
        await _set(process, organization, seconds=3600)
        running = asyncio.create_task(ticker.run())
        async with asyncio.timeout(20):
            (subject,) = await _set(process, organization, seconds=0.3)
            await noted.wait()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    finally:
        await working.stop()

    assert await _effects(process, organization) == [str(subject)]


async def test_timers_that_are_handled_together_are_handled_one_by_one_when_that_fails(
    process: Process, organizations: list[OrganizationId]
) -> None:
    organization = organizations[0]
    bad, *good = await _set(process, organization, count=4)

    async def handle(ctx: Context, timer: Timer) -> None:
        await handle_many(ctx, [timer])

    async def handle_many(ctx: Context, due: Sequence[Timer]) -> None:
        for timer in due:
            await _note(ctx, timer)
            if timer.subject_id == bad:
                raise ValueError("no")

    await Ticker(process.database, {_KIND: TimerHandler(handle, handle_many)}).drain()

    assert sorted(await _effects(process, organization)) == sorted(map(str, good))
    assert await _left(process, organization) == [(1, False)]


_SHUT = "UPDATE organizations SET status = %s WHERE id = %s"


async def test_timers_that_rest_are_left_while_their_organization_is_deleted_and_others_are_not(
    process: Process, organizations: list[OrganizationId], postgres: Postgres
) -> None:
    organization = organizations[0]
    (resting,) = await _set(process, organization)
    async with process.database.system_context([organization]) as ctx:
        await timers.schedule(ctx, "test.other", (other := new_id()), ctx.now)
    ticker = Ticker(process.database, {_KIND: TimerHandler(_note, rests=True), "test.other": TimerHandler(_note)})

    async with await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as owner:
        await owner.execute(_SHUT, ("deleting", organization))
        await ticker.drain()
        while_shut = await _effects(process, organization)
        seconds = await (await owner.execute("SELECT tenant.seconds_to_next_timer(%s, %s)", ([_KIND], [_KIND]))).fetchone()
        await owner.execute(_SHUT, ("active", organization))
    await ticker.drain()

    assert while_shut == [str(other)]
    assert seconds is not None
    assert seconds[0] is None or seconds[0] > 0
    assert await _effects(process, organization) == [str(other), str(resting)]


async def test_an_organization_is_not_shut_between_the_look_and_what_a_timer_that_rests_brings_about(
    process: Process, organizations: list[OrganizationId], postgres: Postgres
) -> None:
    organization = organizations[0]
    (subject,) = await _set(process, organization)
    refused: list[str] = []

    async def handle(ctx: Context, timer: Timer) -> None:
        async with await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as owner:
            try:
                await owner.execute("SELECT FROM organizations WHERE id = %s FOR UPDATE NOWAIT", (organization,))
            except psycopg.errors.LockNotAvailable:
                refused.append(str(timer.subject_id))
        await _note(ctx, timer)

    await Ticker(process.database, {_KIND: TimerHandler(handle, rests=True)}).drain()

    assert refused == [str(subject)]
    assert await _effects(process, organization) == [str(subject)]

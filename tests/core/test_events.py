"""The outbox: news is part of the commit it tells of, and reaches each listener at least once."""

from collections.abc import Iterator

import psycopg
import pytest

from retinue.core import outbox as events
from retinue.core.context import Context
from retinue.core.ids import OrganizationId, new_id
from retinue.core.outbox import Event, Listener, Pump
from retinue.process import Process
from tests.clock import HandClock, hand_clock
from tests.conftest import Postgres


@pytest.fixture
async def organization(postgres: Postgres) -> OrganizationId:
    organization_id = OrganizationId(new_id())
    async with await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as owner:
        await owner.execute(
            "INSERT INTO organizations (id, name, slug) VALUES (%s, 'Acme', %s)", (organization_id, str(organization_id))
        )
    return organization_id


@pytest.fixture
def clock(postgres: Postgres) -> Iterator[HandClock]:
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner, hand_clock(owner) as hand:
        yield hand


async def _tell(process: Process, organization: OrganizationId, kind: str, number: int) -> None:
    async with process.database.system_context([organization]) as ctx:
        await events.append(ctx, kind, {"number": number})


async def _left(process: Process, organization: OrganizationId) -> list[tuple[int, bool]]:
    async with process.database.system_context([organization]) as ctx:
        return await (await ctx.tx.execute("SELECT attempts, failed_at IS NOT NULL FROM outbox ORDER BY id")).fetchall()


async def test_a_listener_hears_each_event_once_in_its_organization(process: Process, organization: OrganizationId) -> None:
    heard: list[Event] = []

    async def handle(ctx: Context, event: Event) -> None:
        assert ctx.organization_id == organization
        heard.append(event)

    for number in range(3):
        await _tell(process, organization, "test.happened", number)
    pump = Pump(process.database, {"test.happened": (Listener(handle),)})
    await pump.drain()
    await pump.drain()

    assert [event.payload["number"] for event in heard] == [0, 1, 2]
    assert await _left(process, organization) == []


async def test_what_nobody_wants_is_removed(process: Process, organization: OrganizationId) -> None:
    async def handle(ctx: Context, event: Event) -> None:
        raise AssertionError(event)

    await _tell(process, organization, "test.unheard", 1)
    await _tell(process, organization, "test.unwanted", 1)
    await Pump(process.database, {"test.unwanted": (Listener(handle, wants=lambda _: False),)}).drain()

    assert await _left(process, organization) == []


async def test_a_failing_event_is_tried_again_and_does_not_hold_up_the_others(
    process: Process, organization: OrganizationId, clock: HandClock
) -> None:
    heard: list[object] = []

    async def handle(ctx: Context, event: Event) -> None:
        heard.append(event.payload["number"])
        if event.payload["number"] == 0 and event.attempts < 2:
            raise ValueError

    await _tell(process, organization, "test.flaky", 0)
    await _tell(process, organization, "test.flaky", 1)
    pump = Pump(process.database, {"test.flaky": (Listener(handle),)})
    await pump.drain()
    left = await _left(process, organization)
    clock.move(seconds=10)
    await pump.drain()

    assert left == [(1, False)]
    assert heard[-1] == 0
    assert await _left(process, organization) == []


async def test_an_event_that_keeps_failing_is_laid_aside(
    process: Process, organization: OrganizationId, clock: HandClock
) -> None:
    async def handle(ctx: Context, event: Event) -> None:
        raise ValueError("never")

    await _tell(process, organization, "test.poison", 0)
    pump = Pump(process.database, {"test.poison": (Listener(handle),)})
    for _ in range(10):
        await pump.drain()
        clock.move(hours=1)

    assert await _left(process, organization) == [(8, True)]


async def test_an_event_whose_files_a_backup_holds_is_tried_until_the_backup_has_ended(
    process: Process, organization: OrganizationId, clock: HandClock, postgres: Postgres
) -> None:
    async def handle(ctx: Context, event: Event) -> None:
        del event
        await ctx.resources.storage.delete(["conversations/gone"])

    await _tell(process, organization, "test.orphaned", 1)
    pump = Pump(process.database, {"test.orphaned": (Listener(handle),)})
    async with await psycopg.AsyncConnection.connect(postgres.owner_url) as backing_up:
        await backing_up.execute("SELECT pg_advisory_xact_lock(tenant.lock_key('files'))")
        for _ in range(12):
            await pump.drain()
            clock.move(minutes=6)
        assert await _left(process, organization) == [(12, False)]

    await pump.drain()

    assert await _left(process, organization) == []


async def test_an_event_of_a_pump_that_died_is_handed_on_later(
    process: Process, organization: OrganizationId, clock: HandClock
) -> None:
    heard: list[Event] = []

    async def handle(ctx: Context, event: Event) -> None:
        heard.append(event)

    await _tell(process, organization, "test.claimed", 0)
    pump = Pump(process.database, {"test.claimed": (Listener(handle),)})
    await pump._claim()  # pyright: ignore[reportPrivateUsage] - a pump that dies at this point
    await pump.drain()
    soon = list(heard)
    clock.move(minutes=2)
    await pump.drain()

    assert (soon, len(heard)) == ([], 1)

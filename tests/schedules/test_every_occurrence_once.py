"""A simulated clock over two years in 40 zones, three schedulers and random crashes: every occurrence happens exactly once.

Eight zones over the months of a change of clocks, by a seed, run with every suite; the whole with ``make test-long``. What
is expected is found by another way than the program's: by trying the offsets of the zone, and minute by minute in a gap.
"""

import asyncio
import os
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import psycopg
import pytest

from retinue.core.ids import OrganizationId
from retinue.core.timers import Ticker
from retinue.process import Process
from retinue.schedules import service, tasks
from retinue.schedules.feature import feature
from retinue.schedules.types import CatchUp, Frequency, Overlap, ScheduleDefinition, TargetType, Timing
from tests.cast import Cast
from tests.clock import HandClock
from tests.conftest import Postgres
from tests.runs.scene import Scene

_ZONES = (
    *("UTC", "Europe/Berlin", "Europe/London", "Europe/Dublin", "Europe/Lisbon", "Europe/Helsinki", "Europe/Chisinau"),
    *("Africa/Cairo", "Africa/Casablanca", "Africa/El_Aaiun", "Africa/Johannesburg", "Africa/Lagos", "Asia/Beirut"),
    *("Asia/Gaza", "Asia/Jerusalem", "Asia/Tehran", "Asia/Kolkata", "Asia/Kathmandu", "Asia/Tokyo", "Asia/Shanghai"),
    *("Australia/Sydney", "Australia/Adelaide", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham"),
    *("Pacific/Apia", "Pacific/Easter", "Pacific/Kiritimati", "Pacific/Marquesas", "America/New_York", "America/Chicago"),
    *("America/Los_Angeles", "America/St_Johns", "America/Havana", "America/Santiago", "America/Asuncion", "America/Nuuk"),
    *("America/Sao_Paulo", "Atlantic/Azores", "Antarctica/Troll"),
)
_WHOLE = os.environ.get("RETINUE_TEST_LONG") == "1"
_SEED = int(os.environ.get("RETINUE_TEST_SEED", "20270301"))
_START = datetime(2027, 1, 1, tzinfo=UTC) if _WHOLE else datetime(2027, 3, 1, tzinfo=UTC)
_DAYS = 731 if _WHOLE else 60
_WALLS = (time(0, 30), time(1, 30), time(2, 0), time(2, 30), time(23, 59))
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class _Case:
    zone: str
    wall: time

    def expected(self, start: datetime, end: datetime) -> list[datetime]:
        """Return the due times after the start and up to the end, by trying what the zone's clocks show."""
        zone, day, found = ZoneInfo(self.zone), start.date() - timedelta(days=2), set[datetime]()
        while day <= end.date() + timedelta(days=2):
            found.add(_first(datetime.combine(day, self.wall), zone))
            day += timedelta(days=1)
        return sorted(at for at in found if start < at <= end)


def _shown(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)


def _first(wall: datetime, zone: ZoneInfo) -> datetime:
    around = [wall.replace(tzinfo=UTC) + timedelta(hours=hours) for hours in range(-36, 37, 3)]
    offsets = {_shown(each, zone) - each.replace(tzinfo=None) for each in around}
    instants = sorted(wall.replace(tzinfo=UTC) - offset for offset in offsets)
    for instant in instants:
        if _shown(instant, zone) == wall:
            return instant
    instant = instants[0]
    while _shown(instant, zone) < wall:
        instant += _MINUTE
    return instant


async def _create(process: Process, cast: Cast, agent: str, cases: Sequence[_Case]) -> dict[UUID, _Case]:
    made: dict[UUID, _Case] = {}
    for case in cases:
        timing = Timing(case.zone, frequency=Frequency.DAILY, time=f"{case.wall:%H:%M}")
        definition = ScheduleDefinition(
            case.zone,
            "",
            TargetType.AGENT,
            UUID(agent),
            timing,
            {"prompt": "Go."},
            catch_up=CatchUp.ALL,
            catch_up_window_seconds=31_536_000,
            overlap=Overlap.ALLOW,
        )
        async with process.database.context(cast.anna.actor) as ctx:
            made[(await service.create(ctx, definition, enabled=True)).id] = case
    return made


async def _drain(schedulers: Sequence[Process], draws: random.Random) -> None:
    """Let all schedulers claim at once, and some of them die at some moment, until none is killed and nothing is due."""
    is_quiet = False
    while not is_quiet:
        tickers = [Ticker(each.database, feature.timers) for each in schedulers]
        tasks_ = [asyncio.create_task(ticker.drain()) for ticker in tickers]
        dying = [task for task in tasks_ if draws.random() < 0.3]
        for task in dying:
            for _ in range(draws.randrange(60)):
                await asyncio.sleep(0)  # so many turns of the loop: a moment between any two statements, or within one
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks_, return_exceptions=True)
        for task in tasks_:
            if not task.cancelled() and (error := task.exception()) is not None:
                raise error
        is_quiet = not dying


@pytest.mark.timeout(14_400 if _WHOLE else 300)
async def test_every_occurrence_of_two_years_happens_exactly_once(
    cast: Cast, process: Process, postgres: Postgres, environ: dict[str, str]
) -> None:
    draws = random.Random(_SEED)  # noqa: S311 - a test's draws, which can be repeated
    schedulers = [Process(environ) for _ in range(3)]
    for each in schedulers:
        await each.start(is_serving=False)
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        owner.execute("DELETE FROM due_timers")
        clock = HandClock(owner, _START)
        try:
            agent = await Scene(cast, process, postgres).agent("Done.")
            cases = [_Case(zone, draws.choice(_WALLS)) for zone in _ZONES]
            if not _WHOLE:
                cases = draws.sample(cases, len(cases) // 5)
            made = await _create(process, cast, agent, cases)
            end = _START + timedelta(days=_DAYS)
            while clock.instant < end:
                hours = draws.choice((1, 6, 30, 200, 500)) * draws.random()
                clock.instant = min(clock.instant, end - timedelta(hours=hours))
                clock.move(hours=hours)
                await _drain(schedulers, draws)
            clock.move(hours=0)
            await tasks.reconcile(process.database)
            await _drain(schedulers, draws)
            _check(owner, cast.acme, made, clock.instant)
        finally:
            clock.release()
            for each in schedulers:
                await each.stop()


def _check(owner: psycopg.Connection, organization: OrganizationId, made: dict[UUID, _Case], end: datetime) -> None:
    started: dict[UUID, list[datetime]] = {}
    runs: dict[UUID, list[str]] = {}
    told = owner.execute(
        "SELECT schedule_id, due_at, status FROM schedule_occurrences WHERE organization_id = %s ORDER BY due_at",
        (organization,),
    )
    for schedule, due_at, status in told.fetchall():
        assert status == "started"
        started.setdefault(schedule, []).append(due_at)
    ran = owner.execute(
        "SELECT metadata ->> 'schedule_id', metadata ->> 'schedule_due_at' FROM runs WHERE organization_id = %s",
        (organization,),
    )
    for schedule, due_at in ran.fetchall():
        runs.setdefault(UUID(schedule), []).append(due_at)
    assert started.keys() == made.keys()
    for schedule, case in made.items():
        expected = case.expected(_START, end)
        assert started[schedule] == expected, case
        assert sorted(runs[schedule]) == [at.astimezone(UTC).isoformat() for at in expected], case

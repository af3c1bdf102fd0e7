"""Partitions are made ahead and dropped when their time is over; roll-ups stay longer."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from retinue.metrics import tasks as metrics
from retinue.usage import tasks as usage
from tests.clock import HandClock, hand_clock
from tests.conftest import Postgres
from tests.metrics.conftest import Meter

_PARTS = "SELECT part::text FROM tenant.list_partitions(%s) ORDER BY week"


@pytest.fixture
def clock(postgres: Postgres) -> Iterator[HandClock]:
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner, hand_clock(owner) as hand:
        yield hand


async def _partitions(meter: Meter, table: str) -> list[str]:
    return [row[0] for row in await meter.scene.owner(_PARTS, table)]


async def test_points_go_by_weeks_and_their_roll_ups_stay(meter: Meter, clock: HandClock) -> None:
    agent = await meter.scene.agent("Done.")
    at = clock.now()
    await meter.report(agent, {"metric_type": "cost", "value": 7, "recorded_at": at.isoformat()})
    await meter.settle()
    first = await _partitions(meter, "reported_metrics")

    clock.move(days=22)
    await metrics.keep(meter.process.database)
    meter.sign_in_again()
    later = await _partitions(meter, "reported_metrics")

    assert await meter.scene.owner("SELECT count(*) FROM agent_metrics WHERE agent_id = %s", agent) == [(0,)]
    window = {"start": (at - timedelta(hours=2)).isoformat(), "end": (at + timedelta(hours=2)).isoformat()}
    by_minute = await meter.query("cost", aggregation="sum", bucket="minute", agent_id=agent, **window)
    by_hour = await meter.query("cost", aggregation="sum", bucket="hour", agent_id=agent, **window)
    assert by_minute["series"] == []
    assert [point["value"] for point in by_hour["series"][0]["points"]] == ["7"]
    assert first[0] not in later
    assert later[-1] > first[-1]


async def test_a_point_is_written_though_no_worker_made_room_for_weeks(meter: Meter, clock: HandClock) -> None:
    agent = await meter.scene.agent("Done.")
    clock.move(days=100)
    meter.sign_in_again()

    await meter.report(agent, {"metric_type": "cost", "value": 7, "recorded_at": clock.now().isoformat()})

    assert await meter.scene.owner("SELECT count(*) FROM agent_metrics WHERE agent_id = %s", agent) == [(1,)]


async def test_usage_is_dropped_by_weeks_and_its_sums_stay(meter: Meter, clock: HandClock) -> None:
    await meter.http.get("/agents")
    await meter.settle()
    calls = (await meter.usage("day"))["total"]["calls"]

    clock.move(days=98)
    await usage.keep(meter.process.database)
    meter.sign_in_again()

    start, end = (datetime.now(UTC) - timedelta(days=1)).isoformat(), (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert await meter.scene.owner("SELECT count(*) FROM api_usage") == [(0,)]
    assert (await meter.usage("day", start=start, end=end))["total"]["calls"] == calls

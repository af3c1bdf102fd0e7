"""Back-tests find when the engine would have fired: for each kind of condition, what both did on the same facts."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from retinue.core.ids import new_id
from retinue.metrics.tasks import roll_up
from tests.alerts.conftest import MONDAY, Bell


def _at(text: str) -> str:
    return datetime.fromisoformat(text).isoformat()[:19]


async def _tested(bell: Bell, conditions: Any, **fields: Any) -> list[tuple[str, str | None]]:
    """Return from when until when the rule would have fired."""
    body = {"conditions": conditions, "agent_id": bell.agent} | fields
    tested = await bell.anna.post("/alert-configs/preview", json=body)
    assert tested.status == 200, tested.text
    return [(_at(each["fired_at"]), each["ended_at"] and _at(each["ended_at"])) for each in tested.json["periods"]]


async def _fired(bell: Bell) -> list[tuple[str, str | None]]:
    """Return from when until when the engine had alerts, by when their condition became true."""
    found = await bell.alerts()
    return [(_at(each["started_at"]), each["resolved_at"] and _at(each["resolved_at"])) for each in found[::-1]]


def _after(**by: float) -> str:
    return (MONDAY + timedelta(**by)).isoformat()[:19]


async def test_a_back_test_finds_runs_that_take_too_long_while_they_run_and_after(bell: Bell) -> None:
    condition = {"run_duration": {"gt": "10m"}}
    await bell.rule(condition)
    run = await bell.ended("running", started_at=MONDAY, completed_at=None, duration_ms=None)
    bell.clock.move(minutes=11)
    await bell.look()
    bell.clock.move(minutes=1)
    await bell.scene.owner(
        "UPDATE runs SET status = 'completed', completed_at = tenant.now(), duration_ms = 720000 WHERE id = %s", run
    )
    await bell.look()
    bell.clock.move(minutes=5)
    await bell.ended("completed")
    await bell.look()

    (live,) = await _fired(bell)
    assert await _tested(bell, condition) == [(_after(minutes=10), _after(minutes=17))]
    assert live[1] == _after(minutes=17)


async def test_a_back_test_finds_runs_that_did_not_come(bell: Bell) -> None:
    condition = {"absence": {"at_least": 2, "window": "1h"}}
    for minutes in (10, 20, 100, 10):
        bell.clock.move(minutes=minutes)
        await bell.ended("completed")
    bell.clock.move(minutes=30)

    periods = await _tested(bell, condition, days=1)

    # Two runs by 09:20; the second newest is too old from 10:10 until the run of 11:20 has followed that of 11:10.
    assert periods[-1] == (_after(minutes=70), _after(minutes=140))


async def test_a_back_test_of_spending_counts_each_period_by_itself(bell: Bell) -> None:
    condition = {"budget": {"usd": 1, "period": "day", "at": [1.0]}}
    await bell.rule(condition)
    for _ in range(3):
        bell.clock.move(hours=1)
        await bell.ended("completed", resource_usage='{"cost_usd": "0.6"}')
        await bell.look()
    bell.clock.move(hours=12)
    await bell.look()
    bell.clock.move(minutes=5)

    (live,) = await _fired(bell)
    assert await _tested(bell, condition, days=2) == [(_after(hours=2), _after(hours=15))]
    assert live == (_after(hours=2), _after(hours=15))


async def test_a_back_test_finds_occurrences_that_were_missed_or_claimed_too_late(bell: Bell) -> None:
    made = await bell.anna.post(
        "/schedules",
        json={"name": "S", "target_id": bell.agent, "timezone": "UTC", "input": {"prompt": "Go."}, "frequency": "hourly"},
    )
    assert made.status == 201, made.text
    statement = (
        "INSERT INTO schedule_occurrences (organization_id, schedule_id, due_at, kind, status, claimed_at)"
        " VALUES (%s, %s, %s, 'scheduled', %s, %s)"
    )
    for hours, status, late in ((1, "started", 0), (2, "started", 20), (3, "missed", 15), (4, "started", 0)):
        due = MONDAY + timedelta(hours=hours)
        claimed = due + timedelta(minutes=late)
        await bell.scene.owner(statement, bell.scene.cast.acme, made.json["id"], due, status, claimed)
    bell.clock.move(hours=5)

    assert await _tested(bell, {"missed_schedule": {"grace": "10m"}}) == [
        (_after(hours=2, minutes=10), _after(hours=2, minutes=20)),
        (_after(hours=3, minutes=10), _after(hours=4)),
    ]


async def test_a_back_test_finds_approvals_that_waited(bell: Bell) -> None:
    run = await bell.ended("completed")
    statement = (
        "INSERT INTO approvals (id, organization_id, run_id, step_id, interrupt_id, kind, tool_name, arguments, status,"
        " created_at, decided_at) VALUES (%s, %s, %s, gen_random_uuid(), %s, 'tool_call', 'send', '{}', %s, %s, %s)"
    )
    for name, status, decided in (("a", "approved", 3), ("b", "approved", 1), ("c", "pending", None)):
        at = None if decided is None else MONDAY + timedelta(hours=decided)
        created = MONDAY + timedelta(hours=4) if decided is None else MONDAY
        await bell.scene.owner(statement, new_id(), bell.scene.cast.acme, run, name, status, created, at)
    bell.clock.move(hours=8)

    assert await _tested(bell, {"approval_waiting": {"gt": "2h"}}) == [
        (_after(hours=2), _after(hours=3)),
        (_after(hours=6), None),
    ]


async def test_a_back_test_finds_heartbeats_that_stayed_away(bell: Bell) -> None:
    agent = (await bell.anna.post("/agents", json={"name": "Probe", "runtime": "external", "status": "active"})).json["id"]
    for minutes in (0, 5, 30, 35):
        await bell.scene.owner(
            "INSERT INTO agent_heartbeats (organization_id, agent_id, status, received_at) VALUES (%s, %s, 'online', %s)",
            bell.scene.cast.acme, agent, MONDAY + timedelta(minutes=minutes),
        )  # fmt: skip
    bell.clock.move(minutes=40)

    found = await _tested(bell, {"heartbeat": {"every": "5m", "grace": "2m"}}, agent_id=agent, days=1)

    assert found == [(_after(minutes=12), _after(minutes=30))]


@pytest.mark.parametrize("agg", ["max", "p50"])
async def test_a_back_test_of_figures_that_agents_report_fires_when_the_engine_does(bell: Bell, agg: str) -> None:
    condition = {"metric": "queue_length", "agg": agg, "op": ">=", "value": 5, "window": "5m"}
    await bell.rule(condition)
    for value in (1, 9, 9, 9, 1, 1, 1, 1, 1, 1):
        point = {"metric_type": "queue_length", "value": value, "unit": "count"}
        point["recorded_at"] = bell.clock.instant.isoformat()
        assert (await bell.anna.post(f"/agents/{bell.agent}/metrics", json={"points": [point]})).status == 202
        await roll_up(bell.scene.process.database)
        bell.clock.move(seconds=75)
        await bell.look()

    ((since, until),) = await _fired(bell)
    ((fired, ended),) = await _tested(bell, condition)
    assert until is not None
    assert ended is not None
    for live, tested in ((since, fired), (until, ended)):
        assert abs(datetime.fromisoformat(live) - datetime.fromisoformat(tested)) <= timedelta(seconds=135)


async def test_a_back_test_finds_deployments_and_deliveries_that_failed(bell: Bell) -> None:
    statement = (
        "INSERT INTO deployments (id, organization_id, target_id, agent_id, version, snapshot, status, created_at,"
        " updated_at) VALUES (%s, %s, %s, %s, %s, '{}', %s, %s, %s)"
    )
    for number, (status, minutes) in enumerate((("failed", 10), ("stopped", 40)), start=1):
        at = MONDAY + timedelta(minutes=minutes)
        values = (new_id(), bell.scene.cast.acme, bell.agent, bell.agent, number, status, at, at)
        await bell.scene.owner(statement, *values)
    bell.clock.move(hours=1)

    assert await _tested(bell, {"deployment": "failed"}) == [(_after(minutes=10), _after(minutes=40))]
    assert await _tested(bell, {"delivery_failures": 1}) == []


@pytest.mark.parametrize("conditions", [{"agent_status": "error"}, {"workflow_status": "error"}])
async def test_what_is_not_kept_cannot_be_tested(bell: Bell, conditions: Any) -> None:
    body = {"conditions": conditions}
    refused = await bell.anna.post("/alert-configs/preview", json=body)

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "conditions")

"""Back-tests find when the engine would have fired: for each kind of condition, what both did on the same facts."""

from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from retinue.alerts import tasks
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


@pytest.mark.parametrize("agg", ["max", "p50", "last"])
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


async def test_a_back_test_finds_when_an_agent_had_a_status(bell: Bell) -> None:
    condition = {"agent_status": "paused"}
    agent = (await bell.anna.post("/agents", json={"name": "Probe", "status": "active"})).json["id"]
    await bell.rule(condition, agent_id=agent)
    for minutes, verb in ((10, "pause"), (20, "activate"), (10, "pause")):
        bell.clock.move(minutes=minutes)
        changed = await bell.anna.post(f"/agents/{agent}/{verb}")
        assert changed.status == 200, changed.text
        await bell.look()
    bell.clock.move(minutes=5)

    expected = [(_after(minutes=10), _after(minutes=30)), (_after(minutes=40), None)]
    assert await _fired(bell) == expected
    assert await _tested(bell, condition, agent_id=agent) == expected
    assert await _tested(bell, condition | {"for": "15m"}, agent_id=agent) == [(_after(minutes=25), _after(minutes=30))]


async def test_a_back_test_finds_errors_that_external_agents_reported(bell: Bell) -> None:
    agent = (await bell.anna.post("/agents", json={"name": "Probe", "runtime": "external", "status": "active"})).json["id"]
    for status in ("online", "error", "error", "online"):
        bell.clock.move(minutes=5)
        statement = "UPDATE agents SET heartbeat_status = %s, last_heartbeat = tenant.now() WHERE id = %s"
        await bell.scene.owner(statement, status, agent)

    assert await _tested(bell, {"agent_status": "error"}, agent_id=agent) == [(_after(minutes=10), _after(minutes=20))]


async def test_a_back_test_finds_when_the_last_execution_of_an_active_workflow_failed(bell: Bell) -> None:
    workflow = await _workflow(bell)
    for minutes, status in ((10, "completed"), (10, "failed"), (10, "failed"), (20, "completed"), (10, "failed")):
        bell.clock.move(minutes=minutes)
        await bell.ended(status, type="workflow", target_id=workflow, agent_id=None)
    bell.clock.move(minutes=10)
    await bell.scene.owner("UPDATE workflows SET is_active = false WHERE id = %s", workflow)
    bell.clock.move(minutes=10)

    scope = {"agent_id": None, "workflow_id": workflow}
    assert await _tested(bell, {"workflow_status": "error"}, **scope) == [
        (_after(minutes=20), _after(minutes=50)),
        (_after(minutes=60), _after(minutes=70)),
    ]
    assert (await _tested(bell, {"workflow_status": "inactive"}, **scope))[-1] == (_after(minutes=70), None)


async def _workflow(bell: Bell) -> str:
    """Return the id of an active workflow."""
    definition: Any = {
        "format": "retinue.workflow/1",
        "name": "Flow",
        "state": {"n": {}},
        "nodes": [{"id": "one", "type": "transform", "set": {"n": "1"}}],
        "edges": [{"from": "START", "to": "one"}, {"from": "one", "to": "END"}],
    }
    made = await bell.anna.post("/workflows", json={"definition": definition})
    assert made.status == 201, made.text
    await bell.scene.owner("UPDATE workflows SET active_version = 1, is_active = true WHERE id = %s", made.json["id"])
    return str(made.json["id"])


async def test_a_back_test_of_a_status_says_since_when_it_is_known(bell: Bell) -> None:
    known = MONDAY - timedelta(days=3)
    statement = "UPDATE status_changes SET changed_at = %s WHERE agent_id = %s"
    await bell.scene.owner(statement, known, bell.agent)
    await bell.scene.owner("UPDATE agents SET created_at = %s WHERE id = %s", known - timedelta(days=9), bell.agent)
    body = {"conditions": {"agent_status": "error"}, "agent_id": bell.agent}

    tested = (await bell.anna.post("/alert-configs/preview", json=body | {"days": 30})).json
    shorter = (await bell.anna.post("/alert-configs/preview", json=body | {"days": 2})).json

    assert datetime.fromisoformat(tested["known_since"]) == known
    assert shorter["known_since"] is None


async def test_a_back_test_of_a_budget_finds_when_parts_of_it_were_used(bell: Bell) -> None:
    body = {"name": "B", "scope": "organization", "period": "day", "limit_usd": 10}
    budget = (await bell.scene.cast.adam.http.post("/budgets", json=body)).json["id"]
    condition = {"budget_used": {"budget_id": budget, "at": [0.5]}}
    await bell.rule(condition, agent_id=None)
    for hours, usd in ((1, 3), (1, 4), (1, 1), (22, 4), (1, 4)):
        bell.clock.move(hours=hours)
        await _spend(bell, budget, usd)
        await bell.look()
    bell.clock.move(minutes=5)

    assert await _fired(bell) == [(_after(hours=2), _after(hours=25)), (_after(hours=26), None)]
    # The engine looked at the end of the day when it was asked; the back-test at midnight.
    assert await _tested(bell, condition, agent_id=None) == [(_after(hours=2), _after(hours=15)), (_after(hours=26), None)]
    # Entries of calls are kept for a shorter time than what they add up to.
    await bell.scene.owner(
        "DELETE FROM budget_entries WHERE budget_id = %s AND ended_at < %s", budget, MONDAY + timedelta(hours=20)
    )
    assert (await _tested(bell, condition, agent_id=None))[-1] == (_after(hours=26), None)


async def _spend(bell: Bell, budget: str, usd: int) -> None:
    """Have a call settled under a budget, now."""
    counter = (
        "INSERT INTO budget_counters AS k (organization_id, budget_id, counted_id, period_start, settled_usd)"
        " VALUES (%s, %s, %s, date_trunc('day', tenant.now(), 'UTC'), %s)"
        " ON CONFLICT ON CONSTRAINT budget_counters_pkey DO UPDATE SET settled_usd = k.settled_usd + excluded.settled_usd"
    )
    entry = (
        "INSERT INTO budget_entries (id, organization_id, budget_id, counted_id, period_start, run_id, step_id,"
        " interrupted_id, lease, model, state, reserved_tokens, settled_usd, settled_tokens, expires_at, ended_at)"
        " VALUES (gen_random_uuid(), %s, %s, %s, date_trunc('day', tenant.now(), 'UTC'), gen_random_uuid(),"
        " gen_random_uuid(), gen_random_uuid(), 1, 'm', 'settled', 0, %s, 0, tenant.now(), tenant.now())"
    )
    for statement in (counter, entry):
        await bell.scene.owner(statement, bell.scene.cast.acme, budget, budget, usd)


async def test_a_back_test_finds_when_backups_were_too_old_and_rehearsals_failed(bell: Bell) -> None:
    await bell.scene.owner("DELETE FROM backups")
    await bell.scene.owner("UPDATE installation SET created_at = %s", MONDAY)
    statement = (
        "INSERT INTO backups (id, trigger, status, host, started_at, finished_at, rehearsed_at, rehearsal_error)"
        " VALUES (gen_random_uuid(), 'manual', 'succeeded', 'bell', %(at)s, %(at)s, %(at)s, %(error)s)"
    )
    try:
        with psycopg.connect(bell.scene.postgres.owner_url, autocommit=True) as owner:
            for hours, error in ((30, None), (40, "Broken."), (50, None)):
                owner.execute(statement, {"at": MONDAY + timedelta(hours=hours), "error": error})
        bell.clock.move(hours=60)
        async with bell.superuser() as adam:
            found: list[list[tuple[str, str | None]]] = []
            for kind in ("backup", "rehearsal"):
                body = {"conditions": {kind: {"older_than": "26h"}}}
                periods = (await adam.post("/alert-configs/preview", json=body)).json["periods"]
                found.append([(_at(each["fired_at"]), each["ended_at"] and _at(each["ended_at"])) for each in periods])
    finally:
        await bell.scene.owner("DELETE FROM backups WHERE host = 'bell'")
        await bell.scene.owner("UPDATE installation SET created_at = now()")

    late = (_after(hours=26), _after(hours=30))
    assert found == [[late], [late, (_after(hours=40), _after(hours=50))]]


async def test_changes_of_status_are_deleted_after_40_days_but_for_the_last_one(bell: Bell) -> None:
    agent = (await bell.anna.post("/agents", json={"name": "Probe", "status": "active"})).json["id"]
    for status in ("paused", "active", "paused"):
        bell.clock.move(minutes=1)
        await bell.scene.owner("UPDATE agents SET status = %s WHERE id = %s", status, agent)
    count = "SELECT count(*) FROM status_changes WHERE agent_id = %s"
    before = await bell.scene.owner(count, agent)
    shift = "UPDATE status_changes SET changed_at = changed_at - interval '41 days' WHERE agent_id = %s"
    await bell.scene.owner(shift, agent)

    await tasks.delete_expired(bell.scene.process.database)

    ((fired, ended),) = await _tested(bell, {"agent_status": "paused"}, agent_id=agent, days=30)
    assert (before, await bell.scene.owner(count, agent)) == ([(4,)], [(1,)])
    assert (fired, ended) == (_after(days=-30, minutes=3), None)

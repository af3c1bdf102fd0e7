"""Runs of an agent or a workflow are expected while it is in use, by the engine and by back-tests alike."""

from datetime import datetime, timedelta
from typing import Any

from tests.alerts.conftest import MONDAY, Bell

_ABSENCE = {"absence": {"window": "1h"}}
Periods = list[tuple[str, str | None]]


def _at(text: str) -> str:
    return datetime.fromisoformat(text).isoformat()[:19]


def _after(**by: float) -> str:
    return (MONDAY + timedelta(**by)).isoformat()[:19]


async def _turn(bell: Bell, verb: str, agent: str) -> None:
    changed = await bell.anna.post(f"/agents/{agent}/{verb}")
    assert changed.status == 200, changed.text


async def _agent(bell: Bell, name: str = "Probe", status: str = "active") -> str:
    made = await bell.anna.post("/agents", json={"name": name, "status": status})
    assert made.status == 201, made.text
    return str(made.json["id"])


async def _fired(bell: Bell, agent: str) -> Periods:
    """Return from when until when the engine had alerts about an agent."""
    found = [each for each in await bell.alerts() if each["agent_id"] == agent]
    return [(_at(each["started_at"]), each["resolved_at"] and _at(each["resolved_at"])) for each in found[::-1]]


async def _tested(bell: Bell, conditions: Any = _ABSENCE, **fields: Any) -> Any:
    tested = await bell.anna.post("/alert-configs/preview", json={"conditions": conditions, "days": 1} | fields)
    assert tested.status == 200, tested.text
    return tested.json


def _times(periods: Any) -> Periods:
    return [(_at(each["fired_at"]), each["ended_at"] and _at(each["ended_at"])) for each in periods]


async def test_runs_of_an_agent_are_expected_from_its_activation_on_until_it_is_paused(bell: Bell) -> None:
    agent = await _agent(bell)
    await bell.rule(_ABSENCE, agent_id=agent)
    for minutes, verb in ((30, "pause"), (300, "activate"), (90, "pause"), (60, "activate"), (20, "activate")):
        for _ in range(minutes // 10):
            await bell.pass_time(minutes=10)
        await _turn(bell, verb, agent)
        await bell.look()
    for _ in range(5):
        await bell.pass_time(minutes=10)

    expected = [(_after(minutes=390), _after(minutes=420)), (_after(minutes=540), None)]
    assert await _fired(bell, agent) == expected
    tested = await _tested(bell, agent_id=agent)
    assert (_times(tested["periods"]), tested["known_since"]) == (expected, None)


async def test_an_agent_that_fails_is_expected_to_run_all_the_same(bell: Bell) -> None:
    agent = await _agent(bell)
    await bell.rule(_ABSENCE, agent_id=agent)
    status = "UPDATE agents SET status = %s, status_changed_at = tenant.now() WHERE id = %s"
    for minutes, found in ((40, "error"), (10, "active"), (5, "error"), (10, "error")):
        bell.clock.move(minutes=minutes)
        await bell.scene.owner(status, found, agent)
        await bell.look()

    assert await _fired(bell, agent) == [(_after(hours=1), None)]
    assert _times((await _tested(bell, agent_id=agent))["periods"]) == [(_after(hours=1), None)]


async def test_a_back_test_judges_an_agent_for_the_time_in_which_it_was_in_use(bell: Bell) -> None:
    agent = await _agent(bell)
    await bell.rule(_ABSENCE, agent_id=agent)
    for _ in range(9):
        await bell.pass_time(minutes=10)
    await bell.scene.owner("UPDATE agents SET status = 'inactive' WHERE id = %s", agent)
    await bell.look()
    for _ in range(30):
        await bell.pass_time(minutes=10)

    expected = [(_after(minutes=60), _after(minutes=90))]
    assert await _fired(bell, agent) == expected
    assert _times((await _tested(bell, agent_id=agent))["periods"]) == expected


async def test_runs_of_a_workflow_are_expected_while_it_is_active(bell: Bell) -> None:
    workflow = await _workflow(bell)
    made = await bell.anna.post("/alert-configs", json={"name": "Flow", "conditions": _ABSENCE, "workflow_id": workflow})
    assert made.status == 201, made.text
    for minutes, is_active in ((120, True), (90, False), (30, True), (50, False)):
        for _ in range(minutes // 10):
            await bell.pass_time(minutes=10)
        await bell.scene.owner("UPDATE workflows SET is_active = %s WHERE id = %s", is_active, workflow)
        await bell.look()

    fired = [(_at(each["started_at"]), each["resolved_at"] and _at(each["resolved_at"])) for each in await bell.alerts()]
    tested = _times((await _tested(bell, workflow_id=workflow))["periods"])
    assert fired == tested == [(_after(minutes=180), _after(minutes=210))]


async def _workflow(bell: Bell) -> str:
    """Return the id of an inactive workflow."""
    definition: Any = {
        "format": "retinue.workflow/1",
        "name": "Flow",
        "state": {"n": {}},
        "nodes": [{"id": "one", "type": "transform", "set": {"n": "1"}}],
        "edges": [{"from": "START", "to": "one"}, {"from": "one", "to": "END"}],
    }
    made = await bell.anna.post("/workflows", json={"definition": definition})
    assert made.status == 201, made.text
    await bell.scene.owner("UPDATE workflows SET active_version = 1, is_active = false WHERE id = %s", made.json["id"])
    return str(made.json["id"])

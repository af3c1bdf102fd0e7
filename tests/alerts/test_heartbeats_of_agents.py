"""Heartbeats are expected of an agent while it is in use, by the engine and by back-tests alike."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.alerts.conftest import MONDAY, Bell

_HEARTBEAT: dict[str, Any] = {"heartbeat": {"every": "10m", "grace": "5m"}}
_ERROR = "UPDATE agents SET status = %s, status_changed_at = tenant.now() WHERE id = %s"
Periods = list[tuple[str, str | None]]


def _at(text: str) -> str:
    return datetime.fromisoformat(text).isoformat()[:19]


def _after(**by: float) -> str:
    return (MONDAY + timedelta(**by)).isoformat()[:19]


async def _agent(bell: Bell, name: str = "Probe") -> str:
    made = await bell.anna.post("/agents", json={"name": name, "runtime": "external", "status": "active"})
    assert made.status == 201, made.text
    return str(made.json["id"])


async def _turn(bell: Bell, verb: str, agent: str) -> None:
    changed = await bell.anna.post(f"/agents/{agent}/{verb}")
    assert changed.status == 200, changed.text


async def _beat(bell: Bell, agent: str) -> None:
    sent = await bell.anna.post(f"/agents/{agent}/heartbeat", json={"status": "online"})
    assert sent.status == 200, sent.text


async def _pass(bell: Bell, minutes: int) -> None:
    for _ in range(minutes):
        await bell.pass_time(minutes=1)


async def _fired(bell: Bell) -> Periods:
    return [
        (_at(each["started_at"]), each["resolved_at"] and _at(each["resolved_at"])) for each in (await bell.alerts())[::-1]
    ]


async def _tested(bell: Bell, days: int = 1, **fields: Any) -> tuple[Periods, str | None]:
    """Return when a rule had fired, and since when that is known."""
    tested = await bell.anna.post("/alert-configs/preview", json={"conditions": _HEARTBEAT, "days": days} | fields)
    assert tested.status == 200, tested.text
    periods = [(_at(each["fired_at"]), each["ended_at"] and _at(each["ended_at"])) for each in tested.json["periods"]]
    return periods, tested.json["known_since"] and _at(tested.json["known_since"])


async def test_heartbeats_are_expected_from_the_activation_on_until_the_agent_is_paused(bell: Bell) -> None:
    agent = await _agent(bell)
    await bell.rule(_HEARTBEAT, agent_id=agent)
    await _beat(bell, agent)
    for minutes, verb in ((20, "pause"), (60, "activate"), (20, "pause"), (30, "activate")):
        await _pass(bell, minutes)
        await _turn(bell, verb, agent)
        await bell.look()
    await _pass(bell, 10)
    await _beat(bell, agent)
    await _pass(bell, 20)

    expected = [
        (_after(minutes=15), _after(minutes=20)),
        (_after(minutes=95), _after(minutes=100)),
        (_after(minutes=155), None),
    ]
    assert await _fired(bell) == expected
    assert (await _tested(bell, agent_id=agent))[0] == expected


async def test_an_agent_that_fails_and_recovers_has_no_more_time_for_its_heartbeat(bell: Bell) -> None:
    agent = await _agent(bell)
    await bell.rule(_HEARTBEAT, agent_id=agent)
    await _beat(bell, agent)
    for minutes, status in ((7, "error"), (6, "active"), (10, "error")):
        await _pass(bell, minutes)
        await bell.scene.owner(_ERROR, status, agent)
        await bell.look()

    assert await _fired(bell) == [(_after(minutes=15), None)]
    assert (await _tested(bell, agent_id=agent))[0] == [(_after(minutes=15), None)]


async def test_a_heartbeat_that_never_came_is_missed_from_the_first_one_on(bell: Bell) -> None:
    agent = await _agent(bell)
    await bell.rule(_HEARTBEAT, agent_id=agent)
    await _pass(bell, 20)
    await _beat(bell, agent)
    await bell.look()

    assert await _fired(bell) == [(_after(minutes=15), _after(minutes=20))]
    assert (await _tested(bell, agent_id=agent))[0] == [(_after(minutes=15), _after(minutes=20))]


async def test_a_back_test_takes_no_heartbeat_for_missed_that_was_deleted_since(bell: Bell) -> None:
    agent = await _agent(bell)
    for _ in range(5):
        await _beat(bell, agent)
        bell.clock.move(minutes=9)
    bell.clock.move(days=2, minutes=-45 + 6)
    await bell.scene.owner("DELETE FROM agent_heartbeats WHERE received_at < %s", bell.clock.instant - timedelta(days=2))

    periods, known_since = await _tested(bell, days=7, agent_id=agent)

    assert (periods, known_since) == ([(_after(minutes=51), None)], _after(minutes=6))


@pytest.mark.parametrize("seed", range(3))
async def test_engine_and_back_test_agree_on_what_happens_by_chance(bell: Bell, seed: int) -> None:
    agent, chance = await _agent(bell), random.Random(seed)  # noqa: S311 - the same happenings each time
    await bell.rule(_HEARTBEAT, agent_id=agent)
    is_paused = False
    for _ in range(60):
        await _pass(bell, chance.choice([1, 2, 4, 8, 14, 15]))
        bell.clock.move(seconds=1)  # nothing happens at the instant of a deadline
        event = chance.random()
        if event < 0.5:
            await _beat(bell, agent)
        elif event < 0.7:
            await _turn(bell, "activate" if is_paused else "pause", agent)
            is_paused = not is_paused
        elif not is_paused:
            await bell.scene.owner(_ERROR, chance.choice(["active", "error"]), agent)
        await bell.look()

    fired = await _fired(bell)
    assert len(fired) > 3
    assert (await _tested(bell, agent_id=agent))[0] == fired

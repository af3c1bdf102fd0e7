"""Back-tests of rules by groups: each agent, or each value of labels, is tested by itself, as the engine evaluates it."""

import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg.types.json import Jsonb

from retinue.core.ids import new_id
from retinue.metrics.tasks import roll_up
from tests.alerts.conftest import MONDAY, Bell, Receiver

ERROR = {"status": "error"}
SLOW = {"metric": "duration", "agg": "avg", "op": ">", "value": 500, "window": "10m", "group_by": ["region"]}
_AGENTS = """
INSERT INTO agents (id, organization_id, name, category, status)
SELECT gen_random_uuid(), %s, 'Agent ' || n, 'support', 'active' FROM generate_series(1, 200) n
"""
_APPROVAL = """
INSERT INTO approvals (id, organization_id, run_id, step_id, interrupt_id, kind, tool_name, arguments, status, created_at,
  decided_at)
VALUES (%s, %s, %s, gen_random_uuid(), 'a', 'tool_call', 'send', '{}', 'approved', tenant.now(),
  tenant.now() + make_interval(mins => %s))
"""
_FAILED_DEPLOYMENT = """
INSERT INTO deployments (id, organization_id, target_id, agent_id, version, snapshot, status, created_at, updated_at)
VALUES (%s, %s, %s, %s, 1, '{}', 'failed', %s, %s)
"""
_RUNS = """
INSERT INTO runs (id, organization_id, type, target_id, target_name, agent_id, status, trigger, plan, input, trace_id,
  duration_ms, completed_at, metadata)
SELECT gen_random_uuid(), %s, 'agent', %s, 'Scribe', %s, 'completed', 'manual', '{}', '{}', 't', 900,
  %s + n * %s * interval '1 second', jsonb_build_object('region', n) FROM generate_series(1, 201) n
"""
_HEARTBEAT = "INSERT INTO agent_heartbeats (organization_id, agent_id, status, received_at) VALUES (%s, %s, 'online', %s)"
# Of every kind that a rule by agents can have; the figures are such that they fire now and then.
KINDS: list[dict[str, Any]] = [
    {"status": "error", "consecutive_failures": 2, "resolve_after_successes": 2},
    {"status": "error", "count": 2, "window": "1h"},
    {"status": "warning", "ratio": 0.3, "window": "1h"},
    {"metric": "duration", "agg": "p90", "op": ">", "value": 1800, "warn": 1200, "window": "30m"},
    {"metric": "cost", "agg": "sum", "op": ">=", "value": 1, "window": "1h"},
    {"metric": "queue_length", "agg": "max", "op": ">", "value": 7, "window": "10m"},
    {"run_duration": {"gt": "25m"}},
    {"absence": {"at_least": 2, "window": "1h"}},
    {"budget": {"usd": 2, "period": "day", "at": [0.5, 1.0]}},
    {"agent_status": "paused"},
    {"heartbeat": {"every": "10m", "grace": "5m"}},
    {"deployment": "failed"},
    {"approval_waiting": {"gt": "30m"}},
    {"missed_schedule": {"grace": "10m"}},
    {"delivery_failures": 1},
    {"any": [{"status": "error", "consecutive_failures": 2}, {"agent_status": "paused"}]},
]


@pytest.fixture
async def bell(bell: Bell) -> Bell:
    """Give a bell in whose organization no other agent is in use."""
    statement = "UPDATE agents SET status = 'inactive' WHERE organization_id = %s AND id <> %s"
    await bell.scene.owner(statement, bell.scene.cast.acme, bell.agent)
    return bell


async def _tested(bell: Bell, conditions: Any, **fields: Any) -> Any:
    """Return a back-test, as Anna."""
    tested = await bell.anna.post("/alert-configs/preview", json={"conditions": conditions} | fields)
    assert tested.status == 200, tested.text
    return tested.json


def _after(**by: float) -> str:
    return (MONDAY + timedelta(**by)).isoformat()[:19]


def _times(periods: Any) -> list[tuple[str, str | None]]:
    return [(each["fired_at"][:19], each["ended_at"] and each["ended_at"][:19]) for each in periods]


def _by_name(tested: Any) -> dict[str, list[tuple[str, str | None]]]:
    return {group["name"]: _times(group["periods"]) for group in tested["groups"]}


async def _happenings(bell: Bell, agents: list[str], seed: int) -> None:
    """Have much happen to agents within a day, by chance."""
    chance = random.Random(seed)  # noqa: S311 - the same figures each time
    acme, owner = bell.scene.cast.acme, bell.scene.owner
    run: str | None = None
    for _ in range(70):
        bell.clock.move(seconds=chance.randrange(1, 1200))
        agent = chance.choice(agents)
        milliseconds = chance.choice([500, 1000, 1500, 2000, 1_800_000])
        begun: dict[str, Any] = {
            "started_at": bell.clock.instant - timedelta(milliseconds=milliseconds),
            "duration_ms": milliseconds,
        }
        usage = f'{{"cost_usd": "{chance.choice([0.1, 0.4, 0.6])}"}}'
        status = chance.choice(["failed", "completed", "completed"])
        if run is not None and chance.random() < 0.3:
            begun["parent_run_id"] = run  # a run of a member of a team
        run = await bell.ended(
            status, agent=agent, warning_count=chance.randrange(2) * (status == "completed"), resource_usage=usage, **begun
        )
        if chance.random() < 0.2:
            await owner(_APPROVAL, new_id(), acme, run, chance.randrange(90))
        if chance.random() < 0.3:
            changed = "UPDATE agents SET status = CASE status WHEN 'paused' THEN 'active' ELSE 'paused' END WHERE id = %s"
            await owner(changed, chance.choice(agents))
        if chance.random() < 0.5:
            await owner(_HEARTBEAT, acme, chance.choice(agents), bell.clock.instant)
        if chance.random() < 0.3:
            await _point(bell, chance.choice(agents), chance.randrange(10))
    await roll_up(bell.scene.process.database)


async def _point(bell: Bell, agent: str, value: float, **metadata: str) -> None:
    point = {"metric_type": "queue_length", "value": value, "unit": "count", "metadata": metadata}
    point["recorded_at"] = bell.clock.instant.isoformat()
    sent = await bell.anna.post(f"/agents/{agent}/metrics", json={"points": [point]})
    assert sent.status == 202, sent.text


async def _deploy(bell: Bell, agents: list[str]) -> None:
    """Have a deployment of each agent fail, and an occurrence of a schedule of each be missed."""
    for number, agent in enumerate(agents, start=1):
        at = MONDAY + timedelta(hours=number)
        await bell.scene.owner(_FAILED_DEPLOYMENT, new_id(), bell.scene.cast.acme, agent, agent, at, at)
        body = {"name": f"S{number}", "target_id": agent, "timezone": "UTC", "input": {"prompt": "Go."}}
        made = await bell.anna.post("/schedules", json=body | {"frequency": "hourly"})
        assert made.status == 201, made.text
        await bell.scene.owner(
            "INSERT INTO schedule_occurrences (organization_id, schedule_id, due_at, kind, status, claimed_at)"
            " VALUES (%s, %s, %s, 'scheduled', 'missed', %s)",
            bell.scene.cast.acme, made.json["id"], at, at + timedelta(minutes=20),
        )  # fmt: skip


async def test_a_back_test_by_agents_equals_the_back_tests_about_each_agent(bell: Bell) -> None:
    agents = [bell.agent, *[await bell.scene.agent("Done.", name=f"Agent {place}") for place in range(3)]]
    await bell.scene.owner("UPDATE agents SET status = 'active', runtime = 'external' WHERE id = ANY (%s)", agents)
    await _deploy(bell, agents)
    await _happenings(bell, agents, seed=7)
    bell.clock.move(minutes=5)
    how = {"for_seconds": 60, "keep_firing_seconds": 30, "renotify_seconds": 600}

    quiet: list[Any] = []
    for condition in KINDS:
        grouped = await _tested(bell, condition, group_by="agent", days=3, **how)
        assert {each["agent_id"] for each in grouped["groups"]} == set(agents)
        assert grouped["group_count"] == len(agents)
        for group in grouped["groups"]:
            alone = await _tested(bell, condition, agent_id=group["agent_id"], days=3, **how)
            for name in ("periods", "firing_seconds", "notification_count", "known_since"):
                assert group[name] == alone[name], (condition, group["name"], name)
        assert grouped["firing_seconds"] == sum(each["firing_seconds"] for each in grouped["groups"])
        quiet += [] if any(each["periods"] for each in grouped["groups"]) else [condition]
    assert quiet == [{"delivery_failures": 1}]


async def test_a_back_test_by_agents_finds_what_the_engine_did(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    await bell.rule(ERROR, agent_id=None, group_by="agent", channels={"webhook": "hook"}, renotify_seconds=60)
    others = [await bell.scene.agent("Done.", name=name) for name in ("Clerk", "Porter")]
    for agent, status, seconds in (
        (bell.agent, "failed", 3),  # both are one message
        (others[0], "failed", 140),
        (others[0], "completed", 4),
        (others[1], "failed", 3),  # clears before it is sent
        (others[1], "completed", 70),
        (others[0], "failed", 30),  # the same alert again
        (bell.agent, "completed", 10),
    ):
        await bell.ended(status, agent=agent)
        for _ in range(seconds):
            await bell.look()
            await bell.deliver()
            bell.clock.move(seconds=1)

    tested = await _tested(bell, ERROR, group_by="agent", renotify_seconds=60)

    live: dict[str, list[str]] = {"Clerk": [], "Porter": [], "Scribe": []}
    sent = dict.fromkeys(live, 0)
    for alert in await bell.alerts():
        history = await bell.history(alert["id"])
        live[alert["target_name"]] += [each["type"] for each in history["events"] if "opened" in each["type"]]
        sent[alert["target_name"]] += sum(each["state"] in ("sent", "grouped") for each in history["deliveries"])
    assert {group["name"]: len(group["periods"]) for group in tested["groups"]} == {n: len(e) for n, e in live.items()}
    assert {group["name"]: group["notification_count"] for group in tested["groups"]} == sent
    assert tested["notification_count"] == len(receiver.requests)
    assert sent["Porter"] == 0


async def test_an_agent_that_came_later_is_a_group_from_then_on(bell: Bell) -> None:
    bell.clock.move(hours=1)
    await bell.ended("failed")
    bell.clock.move(hours=1)
    late = await bell.scene.agent("Done.", name="Newcomer")
    bell.clock.move(hours=1)
    await bell.ended("failed", agent=late)
    gone = await bell.scene.agent("Done.", name="Retired")
    await bell.ended("failed", agent=gone)
    await bell.scene.owner("UPDATE agents SET status = 'inactive' WHERE id = %s", gone)
    bell.clock.move(hours=1)

    tested = await _tested(bell, ERROR, group_by="agent")

    assert _by_name(tested) == {"Scribe": [(_after(hours=1), None)], "Newcomer": [(_after(hours=3), None)]}
    assert (tested["periods"], tested["firing_seconds"]) == ([], 4 * 3600)


async def test_a_back_test_by_labels_finds_what_the_engine_did(bell: Bell) -> None:
    await bell.rule(SLOW)
    for region, milliseconds, minutes in (
        ("eu", 100, 3), ("us", 900, 3), ("eu", 2000, 3), ("us", 100, 9), ("asia", 900, 12), ("us", 900, 20),
    ):  # fmt: skip
        await bell.ended("completed", duration_ms=milliseconds, metadata=Jsonb({"region": region}))
        await bell.ended("completed", duration_ms=5000)  # without the label
        for _ in range(minutes * 6):
            await bell.look()
            bell.clock.move(seconds=10)

    tested = await _tested(bell, SLOW, agent_id=bell.agent)

    live: dict[str, list[tuple[str, str | None]]] = {"region asia": [], "region eu": [], "region us": []}
    for alert in (await bell.alerts())[::-1]:
        live[alert["target_name"]].append((alert["triggered_at"][:19], alert["resolved_at"] and alert["resolved_at"][:19]))
    found = _by_name(tested)
    assert found.keys() == live.keys()
    for name, periods in live.items():
        assert len(found[name]) == len(periods), name
    (asia,) = [each for each in tested["groups"] if each["name"] == "region asia"]
    assert (asia["labels"], _times(asia["periods"])) == ({"region": "asia"}, [(_after(minutes=18), _after(minutes=28))])


async def test_a_back_test_by_two_labels_of_points_says_since_when_they_are_kept(bell: Bell) -> None:
    condition = {
        "metric": "queue_length",
        "agg": "max",
        "op": ">=",
        "value": 5,
        "window": "5m",
        "group_by": ["agent", "queue"],
    }
    await _point(bell, bell.agent, 9, queue="mail")
    await _point(bell, bell.agent, 2, queue="chat")
    bell.clock.move(minutes=30)
    await _point(bell, bell.agent, 7, queue="chat")
    await _point(bell, bell.agent, 9)
    await roll_up(bell.scene.process.database)
    bell.clock.move(minutes=10)

    tested = await _tested(bell, condition)
    await bell.scene.owner("DELETE FROM reported_metrics WHERE recorded_at < %s", MONDAY + timedelta(minutes=10))
    later = await _tested(bell, condition)

    first = (_after(seconds=15), _after(minutes=5, seconds=15))
    second = (_after(minutes=30, seconds=15), _after(minutes=35, seconds=15))
    assert _by_name(tested) == {"Scribe, queue mail": [first], "Scribe, queue chat": [second]}
    assert {each["agent_id"] for each in tested["groups"]} == {bell.agent}
    assert tested["known_since"] is None
    assert _by_name(later) == {"Scribe, queue chat": [second]}
    assert datetime.fromisoformat(later["known_since"]) == MONDAY + timedelta(minutes=30)


async def test_a_group_that_vanished_while_it_was_ok_does_not_fire_by_its_absence(bell: Bell) -> None:
    few = {"metric": "duration", "agg": "count", "op": "<", "value": 2, "window": "10m", "group_by": ["region"]}
    for region in ("eu", "eu", "us"):
        await bell.ended("completed", metadata=Jsonb({"region": region}))
    bell.clock.move(minutes=30)

    tested = await _tested(bell, few, agent_id=bell.agent)

    assert _by_name(tested) == {"region us": [(_after(), None)], "region eu": []}


async def test_more_than_two_hundred_groups_are_refused_as_the_engine_does(bell: Bell) -> None:
    await bell.scene.owner(_AGENTS, bell.scene.cast.acme)
    rule = await bell.rule(ERROR, agent_id=None, group_by="agent")
    await bell.look()
    agents = await bell.anna.post("/alert-configs/preview", json={"conditions": ERROR, "group_by": "agent"})
    evaluated = (await bell.anna.get(f"/alert-configs/{rule}")).json["eval_error"]

    assert (agents.status, agents.json["detail"]) == (422, evaluated)
    assert evaluated.startswith("The rule has more than 200 groups.")


@pytest.mark.parametrize(("pause", "is_refused"), [(0, True), (2, True), (4, False)])
async def test_labels_with_more_than_two_hundred_values_at_once_are_refused(
    bell: Bell, *, pause: int, is_refused: bool
) -> None:
    begin = MONDAY - timedelta(hours=1)
    await bell.scene.owner(_RUNS, bell.scene.cast.acme, bell.agent, bell.agent, begin, pause)

    tested = await bell.anna.post("/alert-configs/preview", json={"conditions": SLOW, "agent_id": bell.agent})

    if is_refused:
        assert tested.status == 422
        assert tested.json["detail"].startswith("The condition has more than 200 groups.")
    else:
        assert (tested.status, tested.json["group_count"], len(tested.json["groups"])) == (200, 201, 200)


async def test_a_viewer_sees_nothing_of_private_runs_of_others_in_groups(bell: Bell) -> None:
    cast = bell.scene.cast
    own: dict[str, Any] = {"private_to_user_id": cast.anna.user_id, "triggered_by_id": cast.anna.user_id, "duration_ms": 900}
    await bell.ended("completed", metadata=Jsonb({"region": "secret"}), **own)
    await bell.ended("completed", duration_ms=900, metadata=Jsonb({"region": "open"}))
    bell.clock.move(minutes=1)
    await bell.ended("failed", **own)
    bell.clock.move(minutes=1)

    for body, names, seconds, numbers in (
        ({"conditions": {"status": "error"}, "group_by": "agent"}, {"Scribe"}, (60, 0), (3, 1)),
        ({"conditions": SLOW, "agent_id": bell.agent}, {"region open"}, (240, 120), (2, 1)),
    ):
        mine = (await bell.anna.post("/alert-configs/preview", json=body)).json
        seen = (await cast.vera.http.post("/alert-configs/preview", json=body)).json
        assert {each["name"] for each in seen["groups"]} == names
        assert "secret" not in str(seen)
        assert (mine["firing_seconds"], seen["firing_seconds"]) == seconds
        assert (mine["run_count"], seen["run_count"]) == numbers

"""Metric conditions by labels: each combination of values has a state and an alert of its own."""

from typing import Any

import pytest
from psycopg.types.json import Jsonb

from retinue.alerts import engine
from retinue.metrics.tasks import roll_up
from tests.alerts.conftest import Bell, Receiver

SLOW = {"metric": "duration", "agg": "avg", "op": ">", "value": 500, "window": "10m", "group_by": ["region"]}
_MANY = """
INSERT INTO runs (id, organization_id, type, target_id, target_name, agent_id, status, trigger, plan, input, trace_id,
  duration_ms, completed_at, metadata)
SELECT gen_random_uuid(), %s, 'agent', %s, 'Scribe', %s, 'completed', 'manual', '{}', '{}', 't', 900, tenant.now(),
  jsonb_build_object('region', n) FROM generate_series(1, 201) n
"""


async def _run(bell: Bell, milliseconds: int, **metadata: str) -> None:
    await bell.ended("completed", duration_ms=milliseconds, metadata=Jsonb(metadata))


async def _point(bell: Bell, value: float, **metadata: str) -> None:
    point = {"metric_type": "queue_length", "value": value, "unit": "count", "metadata": metadata}
    point["recorded_at"] = bell.clock.instant.isoformat()
    sent = await bell.anna.post(f"/agents/{bell.agent}/metrics", json={"points": [point]})
    assert sent.status == 202, sent.text


async def test_each_value_of_a_label_has_an_alert_of_its_own(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    await bell.rule(SLOW, channels={"webhook": "hook"})
    await _run(bell, 100, region="eu")
    await _run(bell, 900, region="us")
    await _run(bell, 900)

    await bell.pass_time(seconds=61)
    await bell.pass_time(seconds=11)

    (alert,) = await bell.firing()
    assert (alert["details"]["labels"], alert["target_name"], alert["value"]) == ({"region": "us"}, "region us", 900)
    assert receiver.bodies[0]["data"]["labels"] == {"region": "us"}
    await _run(bell, 900, region="eu")
    await _run(bell, 900, region="eu")
    await bell.look()
    assert {each["details"]["labels"]["region"] for each in await bell.firing()} == {"eu", "us"}


async def test_an_alert_of_a_group_that_has_no_data_any_more_is_resolved_and_its_state_forgotten(bell: Bell) -> None:
    rule = await bell.rule(SLOW)
    await _run(bell, 900, region="us")
    await bell.look()
    assert len(await bell.firing()) == 1

    bell.clock.move(minutes=11)
    await bell.look()
    await bell.look()

    assert await bell.firing() == []
    assert await bell.scene.owner("SELECT count(*) FROM alert_states WHERE config_id = %s", rule) == [(0,)]


async def test_two_labels_and_points_that_agents_report(bell: Bell) -> None:
    condition = {"metric": "queue_length", "agg": "max", "op": ">=", "value": 5, "window": "5m"}
    await bell.rule(condition | {"group_by": ["agent", "queue"]}, agent_id=None)
    await _point(bell, 9, queue="mail")
    await _point(bell, 2, queue="chat")
    await roll_up(bell.scene.process.database)

    bell.clock.move(seconds=20)
    await bell.look()

    (alert,) = await bell.firing()
    assert alert["details"]["labels"] == {"agent": bell.agent, "queue": "mail"}
    assert (alert["agent_id"], alert["target_name"]) == (bell.agent, "Scribe, queue mail")


async def test_all_joins_conditions_of_the_same_groups(bell: Bell) -> None:
    busy = {"metric": "duration", "agg": "count", "op": ">=", "value": 2, "window": "10m", "group_by": ["region"]}
    await bell.rule({"all": [SLOW, busy]})
    for region in ("eu", "us", "us"):
        await _run(bell, 900, region=region)

    await bell.look()

    assert [each["details"]["labels"] for each in await bell.firing()] == [{"region": "us"}]


async def test_more_than_two_hundred_groups_are_an_error_of_the_rule_alone(bell: Bell) -> None:
    rule = await bell.rule(SLOW)
    other = await bell.rule({"status": "error"})
    await bell.scene.owner(_MANY, bell.scene.cast.acme, bell.agent, bell.agent)
    bell.clock.move(seconds=1)
    await bell.ended()

    await bell.look()

    found = (await bell.anna.get(f"/alert-configs/{rule}")).json
    assert found["eval_error"].startswith("The condition has more than 200 groups.")
    assert [each["config_id"] for each in await bell.firing()] == [other]


async def test_an_alert_of_a_group_that_a_person_resolved_stays_resolved_while_the_figure_is_the_same(bell: Bell) -> None:
    await bell.rule(SLOW)
    await _run(bell, 900, region="us")
    await bell.look()
    (alert,) = await bell.firing()

    assert (await bell.anna.post(f"/alerts/{alert['id']}/resolve")).status == 200
    await bell.look()

    assert await bell.firing() == []


@pytest.mark.parametrize(
    ("conditions", "fields", "field"),
    [
        (SLOW | {"group_by": ["a", "b", "c"]}, {}, "conditions.group_by"),
        (SLOW | {"group_by": ["a", "a"]}, {}, "conditions.group_by"),
        (SLOW | {"group_by": "region"}, {}, "conditions.group_by"),
        ({"all": [SLOW, SLOW | {"group_by": []}]}, {}, "conditions.all.1.group_by"),
        ({"any": [SLOW, {"status": "error"}]}, {}, "conditions.any.1.group_by"),
        (SLOW | {"group_by": ["agent"]}, {}, "conditions"),
        (SLOW, {"agent_id": None, "group_by": "agent"}, "group_by"),
        (SLOW | {"metric": "queue_length", "window": "2d"}, {}, "conditions"),
    ],
)
async def test_groups_that_cannot_be_are_refused(bell: Bell, conditions: Any, fields: Any, field: str) -> None:
    refused = await bell.post(conditions, **fields)

    assert (refused.status, [each["field"] for each in refused.json["errors"]]) == (422, [field])


async def test_a_rule_by_labels_names_them_in_words(bell: Bell) -> None:
    rule = await bell.rule(SLOW)
    await engine.sweep(bell.scene.process.database)

    found = (await bell.anna.get(f"/alert-configs/{rule}")).json

    assert found["summary"] == "Avg of duration by region over 10m is > 500"

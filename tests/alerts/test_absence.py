"""Conditions that only time makes true, figures that agents report, and the watch over the engine itself."""

from typing import Any

import pytest

from retinue.alerts import tasks
from retinue.metrics import tasks as metrics
from tests.alerts.conftest import Bell, Receiver
from tests.conftest import Postgres
from tests.notifications.test_approvals import ask_for_approval


async def _outside(bell: Bell) -> str:
    body = {"name": "Outside", "runtime": "external", "webhook_url": "https://agent.example.com/", "status": "active"}
    made = await bell.anna.post("/agents", json=body)
    assert made.status == 201, made.text
    return str(made.json["id"])


async def test_a_run_that_does_not_come_fires_at_its_deadline(bell: Bell) -> None:
    await bell.rule({"absence": {"window": "1h"}})
    bell.clock.move(minutes=30)
    await bell.ended("completed")
    await bell.ended("failed")
    await bell.pass_time(minutes=59)
    assert await bell.firing() == []

    await bell.pass_time(minutes=5)

    (alert,) = await bell.firing()
    assert alert["started_at"] == "2027-03-01T10:30:00Z"
    assert alert["details"]["summary"] == "No run completed within 1h"
    await bell.ended("completed")
    await bell.pass_time(seconds=6)
    assert await bell.firing() == []


async def test_the_time_in_which_runs_are_expected_begins_with_the_rule(bell: Bell) -> None:
    await bell.rule({"absence": {"of": "ended", "at_least": 2, "window": "1h"}})
    await bell.ended("failed")
    await bell.pass_time(minutes=59)
    assert await bell.firing() == []
    await bell.pass_time(minutes=1)
    (alert,) = await bell.firing()
    assert alert["started_at"] == "2027-03-01T10:00:00Z"


async def test_runs_of_an_agent_are_expected_from_its_creation_on(bell: Bell) -> None:
    absence = {"absence": {"window": "1h"}}
    await bell.rule(absence, agent_id=None, group_by="agent")
    bell.clock.move(minutes=90)
    made = await bell.anna.post("/agents", json={"name": "Newborn", "status": "active"})
    await bell.pass_time(minutes=59)
    before = [each["agent_id"] for each in await bell.firing()]
    await bell.pass_time(minutes=2)
    (alert,) = [each for each in await bell.firing() if each["agent_id"] == made.json["id"]]
    tested = await bell.anna.post("/alert-configs/preview", json={"conditions": absence, "group_by": "agent", "days": 1})
    (group,) = [each for each in tested.json["groups"] if each["agent_id"] == made.json["id"]]

    assert (made.status, made.json["id"] in before) == (201, False)
    assert alert["started_at"] == "2027-03-01T11:30:00Z"
    assert [each["fired_at"] for each in group["periods"]] == ["2027-03-01T11:30:00Z"]


async def test_rules_and_deliveries_of_an_organization_rest_while_it_is_deleted(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    await bell.rule({"absence": {"window": "1h"}}, channels={"webhook": "hook"})
    await bell.rule({"status": "error", "consecutive_failures": 1}, name="Failures", channels={"webhook": "hook"})
    await bell.ends("failed")  # the delivery of this alert waits
    olga = bell.scene.cast.olga.http
    slug = (await olga.get("/organizations/current")).json["slug"]
    asked = await olga.delete(f"/organizations/current?confirm={slug}")

    await bell.pass_time(hours=2)

    resting = await bell.scene.owner("SELECT count(*) FROM alerts WHERE organization_id = %s", bell.scene.cast.acme)
    ((seconds,),) = await bell.scene.owner("SELECT tenant.seconds_to_next_alert()")
    assert (asked.status, resting, receiver.bodies) == (202, [(1,)], [])
    assert seconds is None or seconds > 0
    cancelled = await olga.post(f"/organization-deletions/{asked.json['id']}/cancel")
    assert cancelled.status == 200, cancelled.text
    await bell.pass_time(seconds=6)
    assert len(await bell.firing()) == 2
    assert receiver.bodies != []


async def test_an_approval_that_waits_fires_until_it_is_decided(bell: Bell, environ: dict[str, str]) -> None:
    await bell.rule({"approval_waiting": {"gt": "2h"}}, agent_id=None)
    approval = await ask_for_approval(bell, environ)
    bell.clock.move(hours=1, minutes=59)
    await bell.look()
    assert await bell.firing() == []

    await bell.pass_time(minutes=2)

    (alert,) = await bell.firing()
    assert alert["details"]["run_ids"] == [approval["run_id"]]
    decided = await bell.anna.post(f"/approvals/{approval['id']}/decide", json={"decision": "reject"})
    assert decided.status == 200, decided.text
    await bell.pass_time(seconds=6)
    assert await bell.firing() == []


async def _report(bell: Bell, agent: str, metric: str, *values: float) -> None:
    points = [{"metric_type": metric, "value": value, "unit": "count"} for value in values]
    sent = await bell.anna.post(f"/agents/{agent}/metrics", json={"points": points})
    assert sent.status == 202, sent.text
    await metrics.roll_up(bell.scene.process.database)


async def test_figures_that_agents_report_fire_rules(bell: Bell) -> None:
    other = await bell.scene.agent("Done.", name="Other")
    rules: dict[str, Any] = {
        "last": {"metric": "queue_length", "agg": "last", "op": ">=", "value": 30, "window": "10m"},
        "p95": {"metric": "queue_length", "agg": "p95", "op": ">", "value": 9, "window": "10m"},
        "avg": {"metric": "queue_length", "agg": "avg", "op": ">", "value": 20, "window": "10m"},
        "rate": {"metric": "queue_length", "agg": "rate", "op": ">", "value": 0.1, "window": "10m"},
        "none": {"metric": "never_sent", "agg": "count", "op": "<", "value": 1, "window": "10m"},
    }
    for name, conditions in rules.items():
        await bell.rule(conditions, name=name)
    await bell.rule(rules["last"], name="of all", agent_id=None)
    await _report(bell, other, "queue_length", 100)
    bell.clock.move(seconds=1)
    await _report(bell, bell.agent, "queue_length", 10)
    bell.clock.move(seconds=1)
    await _report(bell, bell.agent, "queue_length", 40)

    bell.clock.move(seconds=20)
    await bell.look()

    firing = {each["config_name"]: each for each in await bell.firing()}
    assert firing.keys() == {"last", "p95", "avg", "of all"}
    assert (firing["last"]["value"], firing["avg"]["value"]) == (40, 25)
    assert firing["p95"]["value"] == pytest.approx(10, rel=0.01)
    await bell.pass_time(minutes=15)
    assert await bell.firing() == []


async def test_a_figure_that_agents_report_is_of_agents(bell: Bell) -> None:
    conditions = {"metric": "queue_length", "agg": "max", "op": ">", "value": 1, "window": "5m"}
    team = await bell.anna.post("/teams", json={"name": "Team", "type": "route"})
    refused = await bell.post(conditions, agent_id=None, team_id=team.json["id"])
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "conditions")


async def test_after_a_pause_of_the_engine_agents_have_one_more_interval(bell: Bell, postgres: Postgres) -> None:
    agent = await _outside(bell)
    await bell.rule({"heartbeat": {"every": "5m", "grace": "2m"}}, agent_id=agent)
    await bell.anna.post(f"/agents/{agent}/heartbeat", json={"status": "online"})
    await _work(bell)
    bell.clock.move(hours=2)  # no worker
    await _work(bell)
    assert await bell.firing() == []

    for _ in range(5):
        bell.clock.move(seconds=59)
        await _work(bell)
    assert await bell.firing() == []
    bell.clock.move(seconds=10)
    await _work(bell)

    (alert,) = await bell.firing()
    assert alert["started_at"].startswith("2027-03-01T09:07:00")


async def _work(bell: Bell) -> None:
    tasks.watch_of(bell.scene.process.resources).wake()
    await bell.scene.owner("UPDATE alert_configs SET next_eval_at = tenant.now() WHERE next_eval_at IS NOT NULL")
    await tasks.work(bell.scene.process.database)


async def test_rules_that_nobody_evaluates_are_told(bell: Bell) -> None:
    await _work(bell)
    vera = bell.scene.cast.vera.http
    fresh = (await vera.get("/alert-status")).json
    assert (fresh["is_late"], fresh["last_sweep_at"]) == (False, "2027-03-01T09:00:00Z")
    assert await tasks.why_late(bell.scene.process.database) is None

    bell.clock.move(seconds=90)

    assert (await vera.get("/alert-status")).json["is_late"] is True
    assert "90 seconds ago" in str(await tasks.why_late(bell.scene.process.database))


async def test_a_monitor_outside_is_told_once_a_minute_while_rules_are_evaluated(
    bell: Bell, receiver: Receiver, pinging: Any
) -> None:
    process = await pinging(receiver.url)
    bell.clock.move(hours=1)
    await bell.scene.owner("UPDATE alert_engine SET last_sweep_at = tenant.now(), last_ping_at = 'epoch'")

    await tasks.ping(process.database)
    await tasks.ping(process.database)
    assert len(receiver.requests) == 1
    bell.clock.move(seconds=61)
    await tasks.ping(process.database)  # nothing was evaluated in the meantime
    assert len(receiver.requests) == 1
    await bell.scene.owner("UPDATE alert_engine SET last_sweep_at = tenant.now()")
    await tasks.ping(process.database)
    assert len(receiver.requests) == 2

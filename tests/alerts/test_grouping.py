"""One message about several alerts, second channels, and what is told when alerts themselves do not work."""

from typing import Any

from tests.alerts.conftest import Bell, Receiver

ERROR = {"status": "error"}


async def _agents(bell: Bell, number: int) -> list[str]:
    return [await bell.scene.agent("Done.", name=f"Agent {place:02}") for place in range(number)]


def _names(body: Any) -> list[str]:
    return [each["target"]["name"] for each in body["data"]["alerts"]]


async def test_alerts_of_one_rule_that_open_together_are_one_message(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    await bell.rule(ERROR, agent_id=None, group_by="agent", channels={"webhook": "hook"})
    await bell.rule(ERROR, name="Other rule", channels={"webhook": "hook"})
    agents = await _agents(bell, 3)
    bell.clock.move(seconds=1)
    for agent in [*agents, bell.agent]:
        await bell.ended("failed", agent=agent)
    await bell.look()

    await bell.pass_time(seconds=11)

    by_rule = {each["data"]["rule"]["name"]: each for each in receiver.bodies}
    assert len(receiver.requests) == 2
    assert sorted(_names(by_rule["Rule"])) == ["Agent 00", "Agent 01", "Agent 02", "Scribe"]
    assert by_rule["Rule"]["data"]["alert_count"] == 4
    assert "alerts" not in by_rule["Other rule"]["data"]
    states = [await bell.deliveries(each["id"]) for each in await bell.firing()]
    assert all(state == [("opened", "sent", None)] for state in states), states


async def test_a_grouped_message_keeps_its_id_and_its_alerts_when_it_is_tried_again(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    await bell.rule(ERROR, agent_id=None, group_by="agent", channels={"webhook": "hook"})
    agents = await _agents(bell, 2)
    receiver.answers = [(500, "down", {}), (200, "ok", {})]
    bell.clock.move(seconds=1)
    for agent in agents:
        await bell.ended("failed", agent=agent)
    await bell.look()
    await bell.pass_time(seconds=11)

    bell.clock.move(seconds=1)
    await bell.ended("completed", agent=agents[0])
    await bell.look()
    await bell.pass_time(seconds=13)
    await bell.pass_time(seconds=13)

    first, again, resolved = receiver.requests
    assert first[0]["webhook-id"] == again[0]["webhook-id"]
    assert first[1] == again[1]
    assert receiver.types == ["alert.opened", "alert.opened", "alert.resolved"]
    assert resolved[0]["webhook-id"] != first[0]["webhook-id"]


async def test_a_storm_of_alerts_is_one_digest_with_a_link(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    bell.clock.move(seconds=1)
    for place in range(25):
        await bell.rule(ERROR, name=f"Rule {place:02}", channels={"webhook": "hook"})
    await bell.ended("failed")
    await bell.look()

    await bell.pass_time(seconds=11)
    assert receiver.types == ["alert.opened"] * 20
    await bell.pass_time(seconds=50)

    assert receiver.types[20:] == ["alert.digest"]
    digest = receiver.bodies[20]["data"]
    assert (digest["alert_count"], len(digest["alerts"])) == (5, 5)
    assert digest["links"]["alerts"].endswith("/alerts")
    states = [(await bell.deliveries(each["id"]))[0][1] for each in await bell.firing()]
    assert states == ["sent"] * 25
    inbox = (await bell.anna.get("/notifications?unread=true&type=alert&limit=200")).json["items"]
    (storm,) = [each for each in inbox if each["title"] == "Many alerts are firing"]
    assert (len(inbox), storm["count"]) == (21, 5)


async def test_a_second_digest_waits_five_minutes_after_the_first(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    bell.clock.move(seconds=1)
    for place in range(22):
        await bell.rule(ERROR, name=f"Rule {place:02}", channels={"webhook": "hook"})
    await bell.ended("failed")
    await bell.look()
    await bell.pass_time(seconds=11)
    await bell.pass_time(seconds=50)
    assert receiver.types[20:] == ["alert.digest"]
    await bell.rule(ERROR, name="Late", channels={"webhook": "hook"})
    await bell.sweep()

    await bell.pass_time(minutes=2)
    assert len(receiver.requests) == 21
    await bell.pass_time(minutes=3)
    assert receiver.types[21:] == ["alert.digest"]


async def test_second_channels_are_told_when_nobody_acknowledges(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    await bell.webhook(receiver, "managers")
    second = {"escalate_after_seconds": 1800, "escalate_channels": {"webhook": ["managers"]}}
    await bell.rule(ERROR, channels={"webhook": "hook"}, **second)
    await bell.ends("failed")
    await bell.pass_time(seconds=11)
    await bell.pass_time(minutes=29)
    assert receiver.types == ["alert.opened"]

    await bell.pass_time(minutes=1)
    assert receiver.types == ["alert.opened", "alert.unacknowledged", "alert.unacknowledged"]
    assert receiver.bodies[1]["data"]["unacknowledged_minutes"] == 30
    await bell.pass_time(minutes=60)
    assert len(receiver.requests) == 3
    await bell.ends("completed")
    await bell.pass_time(seconds=5)
    assert receiver.types[3:] == ["alert.resolved", "alert.resolved"]


async def test_an_acknowledged_alert_is_not_escalated(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    await bell.rule(ERROR, escalate_after_seconds=60, escalate_channels={"webhook": "hook"})
    await bell.ends("failed")
    (alert,) = await bell.firing()
    assert (await bell.anna.post(f"/alerts/{alert['id']}/acknowledge")).status == 200

    await bell.pass_time(minutes=10)

    assert receiver.requests == []


async def test_an_escalation_needs_channels_that_exist(bell: Bell) -> None:
    missing = await bell.post(ERROR, escalate_after_seconds=60)
    unknown = await bell.post(ERROR, escalate_after_seconds=60, escalate_channels={"slack": "#managers"})
    assert (missing.status, missing.json["errors"][0]["field"]) == (422, "escalate_channels")
    assert (unknown.status, unknown.json["errors"][0]["field"]) == (422, "escalate_channels.slack")


async def test_other_channels_are_told_once_that_one_was_disabled(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    other = {"kind": "slack", "name": "#alerts", "url": receiver.url}
    assert (await bell.anna.post("/alert-channels", json=other)).status == 201
    config = await bell.rule(ERROR, channels={"webhook": "hook"}, severity="critical")
    receiver.answers = [(410, "gone", {}), (200, "ok", {})]

    await bell.ends("failed")
    await bell.pass_time(seconds=11)
    await bell.pass_time(seconds=2)

    assert len(receiver.requests) == 2
    assert "CHANNEL DISABLED" in receiver.bodies[1]["text"]
    standing = (await bell.scene.cast.vera.http.get("/alert-status")).json
    assert [(each["kind"], each["name"]) for each in standing["failed_channels"]] == [("webhook", "hook")]
    assert standing["unreachable_rules"] == [{"id": config, "name": "Rule"}]

"""Times in which nothing is sent: maintenance windows, quiet hours, silences of one alert or tag, paused rules."""

from datetime import datetime
from typing import Any

import pytest

from tests.alerts.conftest import Bell, Receiver

ERROR = {"status": "error"}
NIGHT = {"start": "22:00", "end": "07:00", "timezone": "Europe/Berlin"}


async def _window(bell: Bell, **fields: Any) -> Any:
    body = {
        "name": "Upgrade",
        "recurrence": {"frequency": "weekly", "days": [1], "time": "10:00", "timezone": "Europe/Berlin"},
        "duration_minutes": 120,
    }
    made = await bell.anna.post("/alert-maintenance", json=body | fields)
    assert made.status == 201, made.text
    return made.json


async def test_a_maintenance_window_keeps_back_what_still_fires_until_it_ends(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    await bell.rule(ERROR, channels={"webhook": "hook"})
    window = await _window(bell)  # Monday 10:00 to 12:00 in Berlin; it is 09:00 UTC
    assert window["active_until"] == "2027-03-01T11:00:00Z"
    assert window["summary"] == "Every Monday at 10:00, Europe/Berlin"

    await bell.ends("failed")
    await bell.pass_time(minutes=30)
    (alert,) = await bell.firing()
    assert (receiver.requests, alert["is_silenced"]) == ([], True)
    assert await bell.deliveries(alert["id"]) == [("opened", "suppressed", "maintenance window Upgrade")]

    await bell.pass_time(minutes=91)
    await bell.pass_time(seconds=11)
    assert receiver.types == ["alert.unsilenced"]
    found = (await bell.anna.get(f"/alert-maintenance/{window['id']}")).json
    assert (found["active_until"], found["next_start"]) == (None, "2027-03-08T09:00:00Z")


async def test_a_maintenance_window_hides_only_what_matches_it(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    await bell.rule(ERROR, channels={"webhook": "hook"}, severity="critical")
    window = await _window(bell, severity="warning")

    await bell.ends("failed")
    await bell.pass_time(seconds=11)

    assert receiver.types == ["alert.opened"]
    changed = await bell.anna.patch(f"/alert-maintenance/{window['id']}", json={"severity": None, "enabled": False})
    assert (changed.status, changed.json["severity"], changed.json["active_until"]) == (200, None, None)
    assert (await bell.anna.delete(f"/alert-maintenance/{window['id']}")).status == 204
    assert (await bell.anna.get("/alert-maintenance")).json["items"] == []


async def test_a_window_on_the_day_of_the_change_of_clocks_begins_by_the_wall(bell: Bell) -> None:
    http = bell.anna
    bell.clock.move(days=27)
    http.cookies.clear()  # the session is over
    http.csrf_token = None
    http.email = bell.scene.cast.anna.email
    # Sunday 28 March 2027, when Berlin goes from 02:00 to 03:00; 09:00 UTC is 11:00
    daily = {"frequency": "daily", "time": "10:30", "timezone": "Europe/Berlin"}
    window = await _window(bell, recurrence=daily, duration_minutes=60)
    assert window["active_until"] == "2027-03-28T09:30:00Z"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"recurrence": {"frequency": "weekly", "timezone": "UTC"}}, "recurrence.days"),
        ({"recurrence": {"cron": "* * *", "timezone": "UTC"}}, "recurrence.cron"),
        ({"duration_minutes": 0}, "duration_minutes"),
        ({"agent_id": "00000000-0000-7000-8000-0000000000ff"}, "agent_id"),
        ({"config_id": "00000000-0000-7000-8000-0000000000ff"}, "config_id"),
    ],
)
async def test_a_window_that_is_not_valid_is_refused_with_its_field(bell: Bell, fields: Any, problem: str) -> None:
    body = {"name": "Upgrade", "recurrence": {"frequency": "daily", "timezone": "UTC"}, "duration_minutes": 60}
    refused = await bell.anna.post("/alert-maintenance", json=body | fields)
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, problem), refused.text


async def test_viewers_read_maintenance_windows_and_do_not_write_them(bell: Bell) -> None:
    window = await _window(bell)
    vera = bell.scene.cast.vera.http
    assert [each["id"] for each in (await vera.get("/alert-maintenance")).json["items"]] == [window["id"]]
    assert (await vera.patch(f"/alert-maintenance/{window['id']}", json={"enabled": False})).status == 403
    assert (await vera.delete(f"/alert-maintenance/{window['id']}")).status == 403


async def test_in_quiet_hours_only_critical_alerts_are_sent_and_the_others_after_them(
    bell: Bell, receiver: Receiver
) -> None:
    await bell.webhook(receiver, quiet_hours=NIGHT)
    bell.clock.move(hours=13)  # 23:00 in Berlin
    await bell.rule(ERROR, name="Mild", channels={"webhook": "hook"})
    await bell.rule(ERROR, name="Bad", channels={"webhook": "hook"}, severity="critical")

    await bell.ends("failed")
    await bell.pass_time(seconds=11)
    assert [each["data"]["rule"]["name"] for each in receiver.bodies] == ["Bad"]
    (mild,) = [each for each in await bell.firing() if each["config_name"] == "Mild"]
    assert await bell.deliveries(mild["id"]) == [("opened", "queued", "quiet hours")]

    await bell.pass_time(hours=7, minutes=59)
    assert len(receiver.requests) == 1
    await bell.pass_time(minutes=1)
    assert [each["data"]["rule"]["name"] for each in receiver.bodies] == ["Bad", "Mild"]


async def test_what_clears_in_quiet_hours_is_not_sent(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver, quiet_hours=NIGHT)
    bell.clock.move(hours=13)
    await bell.rule(ERROR, channels={"webhook": "hook"})
    await bell.ends("failed")
    await bell.pass_time(hours=1)
    await bell.ends("completed")

    await bell.pass_time(hours=12)

    assert receiver.requests == []


async def test_an_alert_that_becomes_critical_in_quiet_hours_is_sent_at_once(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver, quiet_hours=NIGHT)
    bell.clock.move(hours=13)
    conditions = {"metric": "duration", "agg": "max", "op": ">", "value": 5000, "warn": 500, "window": "1h"}
    await bell.rule(conditions, channels={"webhook": "hook"}, severity="critical")
    await bell.ends("completed")
    await bell.pass_time(minutes=1)
    assert receiver.requests == []

    bell.clock.move(seconds=1)
    await bell.ended("completed", duration_ms=9000)
    await bell.look()
    await bell.deliver()

    assert receiver.types == ["alert.opened", "alert.escalated"]


@pytest.mark.parametrize(
    ("quiet", "field"),
    [
        (NIGHT | {"start": "25:00"}, "quiet_hours.start"),
        (NIGHT | {"timezone": "Berlin"}, "quiet_hours.timezone"),
        (NIGHT | {"end": "22:00"}, "quiet_hours.end"),
    ],
)
async def test_quiet_hours_that_are_not_valid_are_refused(bell: Bell, receiver: Receiver, quiet: Any, field: str) -> None:
    body = {"kind": "webhook", "name": "hook", "url": receiver.url, "quiet_hours": quiet}
    refused = await bell.anna.post("/alert-channels", json=body)
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, field), refused.text


async def test_a_silence_until_an_alert_is_resolved_ends_with_it(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    await bell.rule({"status": "error", "count": 1, "window": "1h"}, channels={"webhook": "hook"}, renotify_seconds=60)
    await bell.ends("failed")
    await bell.pass_time(seconds=11)
    (alert,) = await bell.firing()
    made = await bell.anna.post("/alert-silences", json={"alert_id": alert["id"], "ends_when_resolved": True})
    assert made.status == 201, made.text
    assert made.json["hidden_count"] == 1

    await bell.pass_time(minutes=10)
    assert receiver.types == ["alert.opened"]
    await bell.pass_time(minutes=51)
    (silence,) = (await bell.anna.get("/alert-silences")).json["items"]
    assert datetime.fromisoformat(silence["ends_at"]) == bell.clock.instant
    refused = await bell.anna.post("/alert-silences", json={"alert_id": alert["id"], "ends_when_resolved": True})
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "alert_id")


async def test_a_rule_counts_only_runs_with_its_tag_and_a_silence_may_name_the_tag(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    await bell.rule(ERROR, channels={"webhook": "hook"}, tag="nightly")
    await bell.ends("failed")
    assert await bell.firing() == []
    ends_at = "2027-03-01T10:00:00Z"
    other = await bell.anna.post("/alert-silences", json={"tag": "other", "ends_at": ends_at})
    own = await bell.anna.post("/alert-silences", json={"tag": "nightly", "ends_at": ends_at})
    assert (other.status, own.status) == (201, 201)

    bell.clock.move(seconds=1)
    await bell.ended("failed", tags=["nightly"])
    await bell.look()

    (alert,) = await bell.firing()
    assert await bell.deliveries(alert["id"]) == [("opened", "suppressed", "silenced")]
    refused = await bell.post({"agent_status": "error"}, tag="nightly")
    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "tag")


async def test_a_paused_rule_is_not_evaluated_until_its_pause_ends(bell: Bell) -> None:
    config = await bell.rule({"status": "error", "count": 1, "window": "1d"})
    await bell.ends("failed")
    (alert,) = await bell.firing()

    paused = await bell.anna.patch(f"/alert-configs/{config}", json={"paused_until": "2027-03-01T12:00:00Z"})
    assert (paused.status, paused.json["state"]) == (200, "ok"), paused.text
    assert (await bell.history(alert["id"]))["alert"]["resolved_reason"] == "rule_paused"
    await bell.pass_time(hours=2)
    assert await bell.firing() == []

    await bell.pass_time(hours=1)
    assert len(await bell.firing()) == 1
    assert (await bell.anna.get(f"/alert-configs/{config}")).json["paused_until"] is None
    past = await bell.anna.patch(f"/alert-configs/{config}", json={"paused_until": "2027-03-01T01:00:00Z"})
    assert (past.status, past.json["errors"][0]["field"]) == (422, "paused_until")

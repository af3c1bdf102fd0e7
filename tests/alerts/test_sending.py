"""What is sent about alerts: to real receivers, in order, at least once, and only where it was wanted."""

import random
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from standardwebhooks import Webhook

from retinue.alerts import tasks
from retinue.core.outbound.deliveries import SendResult, next_attempt
from tests.alerts.conftest import MONDAY, Bell, Receiver
from tests.client import Client
from tests.smtp_receiver import Mailbox, text_of

ERROR = {"status": "error"}


async def test_a_webhook_is_signed_as_an_independent_verifier_of_standard_webhooks_demands(
    bell: Bell, receiver: Receiver
) -> None:
    made = await bell.webhook(receiver)
    config = await bell.rule(ERROR, channels={"webhook": "hook"}, runbook_url="https://wiki.example.com/alerts")
    await bell.ends("failed")
    await bell.deliver()
    assert receiver.requests == []  # held for the group wait
    await bell.pass_time(seconds=11)

    ((headers, body),) = receiver.requests
    told = Webhook(made["secret"]).verify(body, headers)
    assert told["type"] == "alert.opened"
    assert told["data"]["rule"] == {"id": config, "name": "Rule", "conditions": ERROR}
    assert told["data"]["target"]["name"] == "Scribe"
    assert told["data"]["links"]["runbook"] == "https://wiki.example.com/alerts"
    (alert,) = await bell.firing()
    (delivery,) = (await bell.history(alert["id"]))["deliveries"]
    assert headers["webhook-id"] == delivery["id"]
    assert [(each["outcome"], each["status_code"], each["response"]) for each in delivery["log"]] == [("sent", 200, "ok")]


async def test_a_rotated_secret_signs_beside_the_former_one_for_a_day(bell: Bell, receiver: Receiver) -> None:
    made = await bell.webhook(receiver)
    path = f"/alert-channels/{made['channel']['id']}"
    rotated = await bell.anna.post(f"{path}/rotate-secret")
    assert rotated.status == 200, rotated.text

    tested = await bell.anna.post(f"{path}/test")

    assert (tested.json["sent"], tested.json["response"]) == (True, "ok")
    ((headers, body),) = receiver.requests
    for secret in (made["secret"], rotated.json["secret"]):
        assert Webhook(secret).verify(body, headers)["type"] == "alert.test"
    assert rotated.json["secret"] != made["secret"]
    assert "whsec" not in (await bell.anna.get(path)).text


@pytest.mark.parametrize("wait", ["²", "soon", "-5"])
async def test_a_retry_after_that_is_no_number_of_seconds_counts_as_none(bell: Bell, receiver: Receiver, wait: str) -> None:
    await bell.webhook(receiver)
    await bell.rule(ERROR, channels={"webhook": "hook"})
    receiver.answers = [(503, "down", {"Retry-After": wait}), (200, "ok", {})]
    await bell.ends("failed")

    await bell.pass_time(seconds=11)
    await bell.pass_time(seconds=13)

    (alert,) = await bell.firing()
    (delivery,) = (await bell.history(alert["id"]))["deliveries"]
    assert [each["outcome"] for each in delivery["log"]] == ["failed", "sent"]


async def test_a_failing_receiver_gets_the_same_id_again_and_nothing_twice_when_it_recovers(
    bell: Bell, receiver: Receiver
) -> None:
    await bell.webhook(receiver)
    await bell.rule(ERROR, channels={"webhook": "hook"})
    receiver.answers = [(500, "down", {}), (503, "down", {"Retry-After": "600"}), (200, "ok", {})]
    await bell.ends("failed")

    await bell.pass_time(seconds=11)
    await bell.pass_time(seconds=13)
    assert len(receiver.requests) == 2
    await bell.pass_time(seconds=300)
    assert len(receiver.requests) == 2  # Retry-After is honoured
    await bell.pass_time(seconds=301)
    await bell.pass_time(hours=1)

    assert len(receiver.requests) == 3
    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1
    (alert,) = await bell.firing()
    (delivery,) = (await bell.history(alert["id"]))["deliveries"]
    assert [each["outcome"] for each in delivery["log"]] == ["failed", "failed", "sent"]
    assert delivery["state"] == "sent"


async def test_what_opened_and_cleared_before_it_was_sent_is_not_sent(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    await bell.rule(ERROR, channels={"webhook": "hook"})

    await bell.ends("failed", "completed")
    await bell.pass_time(minutes=5)

    assert receiver.requests == []
    (alert,) = await bell.alerts()
    reason = "cleared before it was sent"
    assert await bell.deliveries(alert["id"]) == [("opened", "suppressed", reason), ("resolved", "suppressed", reason)]


async def test_a_resolve_goes_only_to_channels_that_heard_of_the_alert(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver, "all")
    await bell.webhook(receiver, "critical", min_severity="critical")
    await bell.webhook(receiver, "ends", send_on=["resolved"])
    await bell.rule(ERROR, channels={"webhook": ["all", "critical", "ends"]})
    await bell.ends("failed")
    await bell.pass_time(seconds=11)

    await bell.ends("completed")
    await bell.pass_time(seconds=5)

    assert receiver.types == ["alert.opened", "alert.resolved"]
    assert [each["data"]["sequence"] for each in receiver.bodies] == [1, 2]


async def test_a_resolve_never_overtakes_what_failed_to_be_sent(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    await bell.rule(ERROR, channels={"webhook": "hook"})
    await bell.ends("failed")
    await bell.pass_time(seconds=11)
    receiver.answers = [(500, "down", {}), (200, "ok", {})]
    await bell.anna.post(f"/alert-deliveries/{await _delivery(bell)}/redeliver")
    await bell.deliver()

    await bell.ends("completed", seconds=0.5)
    await bell.deliver()
    await bell.pass_time(seconds=20)

    assert receiver.types[:2] == ["alert.opened", "alert.opened"]
    assert receiver.types.count("alert.resolved") <= 1


async def _delivery(bell: Bell) -> str:
    (alert,) = await bell.firing()
    return str((await bell.history(alert["id"]))["deliveries"][0]["id"])


async def test_a_delivery_is_sent_again_by_hand_under_its_id(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    await bell.rule(ERROR, channels={"webhook": "hook"})
    await bell.ends("failed")
    delivery = await _delivery(bell)
    assert (await bell.anna.post(f"/alert-deliveries/{delivery}/redeliver")).status == 409
    await bell.pass_time(seconds=11)

    again = await bell.anna.post(f"/alert-deliveries/{delivery}/redeliver")
    assert again.status == 202, again.text
    await bell.deliver()

    assert [headers["webhook-id"] for headers, _ in receiver.requests] == [delivery, delivery]


async def test_a_receiver_that_is_gone_ends_the_channel_and_admins_are_notified(bell: Bell, receiver: Receiver) -> None:
    channel = (await bell.webhook(receiver))["channel"]
    await bell.rule(ERROR, channels={"webhook": "hook"})
    receiver.answers = [(410, "gone", {})]
    await bell.ends("failed")
    await bell.pass_time(seconds=11)

    found = (await bell.anna.get(f"/alert-channels/{channel['id']}")).json
    assert (found["status"], found["dead_count"]) == ("failed", 1)
    notices = (await bell.scene.cast.olga.http.get("/notifications?type=alert")).json["items"]
    assert [each["title"] for each in notices] == ["Alerts are no longer sent to hook"]

    enabled = await bell.anna.patch(f"/alert-channels/{channel['id']}", json={"enabled": True})
    assert (enabled.json["status"], enabled.json["last_error"]) == ("active", None)


@pytest.mark.parametrize(
    ("answer", "status", "attempts"),
    [
        ((404, "no_service"), "failed", 1),
        ((400, "invalid_token"), "failed", 1),
        ((400, "invalid_payload"), "active", 1),
        ((429, "rate_limited"), "active", 1),
    ],
)
async def test_slack_answers_end_the_channel_or_are_tried_again(
    bell: Bell, receiver: Receiver, answer: Any, status: str, attempts: int
) -> None:
    body = {"kind": "slack", "name": "#alerts", "url": receiver.url}
    channel = (await bell.anna.post("/alert-channels", json=body)).json["channel"]
    await bell.rule(ERROR, channels={"slack": "#alerts"})
    receiver.answers = [(*answer, {"Retry-After": "5"})]
    await bell.ends("failed")
    await bell.pass_time(seconds=11)

    assert len(receiver.requests) == attempts
    found = (await bell.anna.get(f"/alert-channels/{channel['id']}")).json
    assert found["status"] == status
    assert found["address"] is None


async def test_a_slack_message_names_the_facts_and_escapes_its_marks(bell: Bell, receiver: Receiver) -> None:
    body = {"kind": "slack", "name": "#alerts", "url": receiver.url}
    await bell.anna.post("/alert-channels", json=body)
    await bell.rule(ERROR, name="Fails <!channel> & more", channels={"slack": "#alerts"}, severity="critical")
    await bell.ends("failed")
    await bell.pass_time(seconds=11)

    (sent,) = receiver.bodies
    assert sent["text"] == "[FIRING] Fails &lt;!channel&gt; &amp; more · Scribe"
    assert sent["attachments"][0]["color"] == "#d92d20"
    text = str(sent["attachments"][0]["blocks"])
    assert [part for part in ("The last run failed", "```It broke.```", "/runs/") if part not in text] == []


async def test_an_address_inside_the_network_is_refused(bell: Bell) -> None:
    body = {"kind": "webhook", "name": "inside", "url": "http://169.254.169.254/latest/meta-data"}
    channel = (await bell.anna.post("/alert-channels", json=body)).json["channel"]

    tested = (await bell.anna.post(f"/alert-channels/{channel['id']}/test")).json

    assert not tested["sent"]
    assert "may not be called" in tested["error"]


async def test_a_redirect_is_not_followed(bell: Bell, receiver: Receiver) -> None:
    channel = (await bell.webhook(receiver))["channel"]
    receiver.answers = [(302, "", {"Location": receiver.url})]

    tested = (await bell.anna.post(f"/alert-channels/{channel['id']}/test")).json

    assert (tested["sent"], tested["status_code"], len(receiver.requests)) == (False, 302, 1)


async def test_a_silence_keeps_back_what_is_sent_when_it_ends(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    config = await bell.rule(ERROR, channels={"webhook": "hook"})
    ends_at = (MONDAY + timedelta(minutes=30)).isoformat()
    made = await bell.anna.post("/alert-silences", json={"config_id": config, "ends_at": ends_at, "reason": "Repair."})
    assert made.status == 201, made.text
    await bell.ends("failed")
    await bell.pass_time(minutes=10)
    (alert,) = await bell.firing()
    assert (receiver.requests, alert["is_silenced"]) == ([], True)
    assert await bell.deliveries(alert["id"]) == [("opened", "suppressed", "silenced")]
    (silence,) = (await bell.anna.get("/alert-silences?current=true")).json["items"]
    assert silence["hidden_count"] == 1

    await bell.pass_time(minutes=20)
    await bell.pass_time(seconds=11)

    assert receiver.types == ["alert.unsilenced"]
    assert receiver.bodies[0]["data"]["was_silenced"] is True
    await bell.ends("completed")
    await bell.pass_time(seconds=5)
    assert receiver.types == ["alert.unsilenced", "alert.resolved"]


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"ends_at": "2027-02-01T00:00:00Z"}, "ends_at"),
        ({"ends_at": "2027-04-15T00:00:00Z"}, "ends_at"),
        ({"ends_at": "2027-03-02T00:00:00Z", "agent_id": "01a20000-0000-7000-8000-000000000000"}, "agent_id"),
    ],
)
async def test_a_silence_has_an_end_within_thirty_days(bell: Bell, fields: Any, problem: str) -> None:
    refused = await bell.anna.post("/alert-silences", json=fields)

    assert refused.status == 422
    assert refused.json["errors"][0]["field"] == problem


async def test_reminders_stop_when_a_person_acknowledges(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    await bell.rule(ERROR, channels={"webhook": "hook"}, renotify_seconds=3600)
    await bell.ends("failed")
    await bell.pass_time(seconds=11)
    for _ in range(7):
        await bell.pass_time(minutes=20)
    assert receiver.types == ["alert.opened", "alert.reminder", "alert.reminder"]

    (alert,) = await bell.firing()
    acknowledged = await bell.anna.post(f"/alerts/{alert['id']}/acknowledge")
    assert acknowledged.json["status"] == "acknowledged"
    assert acknowledged.json["acknowledged_by"] == str(bell.scene.cast.anna.user_id)
    for _ in range(7):
        await bell.pass_time(minutes=20)
    assert receiver.types.count("alert.reminder") == 2

    await bell.ends("completed")
    await bell.pass_time(seconds=5)
    assert receiver.types[-1] == "alert.resolved"


async def test_a_flapping_alert_is_sent_at_most_once_an_hour(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    await bell.rule(ERROR, channels={"webhook": "hook"})

    for _ in range(12):
        await bell.ends("failed", seconds=20)
        await bell.pass_time(seconds=11)
        await bell.ends("completed", seconds=20)
        await bell.pass_time(seconds=11)

    opened = [each for each in receiver.types if each != "alert.resolved"]
    assert opened == ["alert.opened", *["alert.reopened"] * 5]
    assert receiver.bodies[-1]["data"]["alert"]["is_flapping"] is True


async def test_a_lost_attempt_is_recorded_and_made_again(bell: Bell, receiver: Receiver) -> None:
    await bell.webhook(receiver)
    await bell.rule(ERROR, channels={"webhook": "hook"})
    await bell.ends("failed")
    statement = (
        "UPDATE alert_deliveries SET state = 'sending', attempts = 1, next_attempt_at = tenant.now() + interval '90 s'"
    )
    await bell.scene.owner(statement + " WHERE organization_id = %s", bell.scene.cast.acme)
    await bell.pass_time(seconds=60)
    assert receiver.requests == []

    await bell.pass_time(seconds=31)

    (alert,) = await bell.firing()
    (delivery,) = (await bell.history(alert["id"]))["deliveries"]
    assert [(each["number"], each["outcome"]) for each in delivery["log"]] == [(1, "lost"), (2, "sent")]
    assert len(receiver.requests) == 1


async def test_a_delivery_that_loses_each_worker_is_given_up_and_counts_against_its_channel(
    bell: Bell, receiver: Receiver
) -> None:
    channel = (await bell.webhook(receiver))["channel"]
    await bell.rule(ERROR, channels={"webhook": "hook"})
    await bell.ends("failed")
    statement = "UPDATE alert_deliveries SET state = 'sending', attempts = 7, next_attempt_at = tenant.now()"
    await bell.scene.owner(statement + " WHERE organization_id = %s", bell.scene.cast.acme)
    await bell.scene.owner("UPDATE alert_channels SET dead_in_row = 4 WHERE id = %s", channel["id"])

    await bell.pass_time(seconds=1)
    await bell.pass_time(hours=13)

    (alert,) = await bell.firing()
    (delivery,) = (await bell.history(alert["id"]))["deliveries"]
    assert (delivery["state"], delivery["reason"], receiver.requests) == ("dead", "The worker was lost.", [])
    assert [(each["number"], each["outcome"]) for each in delivery["log"]] == [(7, "lost")]
    found = (await bell.anna.get(f"/alert-channels/{channel['id']}")).json
    assert (found["status"], found["dead_count"], found["last_error"]) == ("failed", 1, "The worker was lost.")


async def test_an_alert_is_in_the_inbox_and_says_when_it_is_resolved(bell: Bell) -> None:
    await bell.rule(ERROR, severity="critical")
    await bell.ends("failed")
    (item,) = (await bell.anna.get("/notifications?type=alert")).json["items"]
    assert (item["title"], item["priority"]) == ("Alert: Rule · Scribe", "critical")
    assert (await bell.anna.get("/notifications/count")).json["urgent"] >= 1

    await bell.ends("completed")

    (item,) = (await bell.anna.get("/notifications?type=alert")).json["items"]
    assert (item["title"], item["priority"]) == ("Resolved: Rule · Scribe", "low")


async def test_an_address_gets_alerts_after_it_was_verified(mailed: Bell, mailbox: Mailbox) -> None:
    address = "user@example.com"
    await mailed.rule(ERROR, channels={"email": address})
    (channel,) = (await mailed.anna.get("/alert-channels")).json["items"]
    await mailed.ends("failed")
    await mailed.pass_time(seconds=11)
    assert mailbox.of(address) == []
    await mailed.tick()
    path = f"/alert-channels/{channel['id']}"

    wrong = await mailed.anna.post(f"{path}/verify", json={"code": "AAAAAAAA"})
    assert (wrong.status, wrong.json["code"]) == (422, "verification_code_invalid")
    assert (await mailed.anna.post(f"{path}/test")).status == 422
    verified = await mailed.anna.post(f"{path}/verify", json={"code": mailbox.code_of(address).lower()})
    assert verified.status == 200, verified.text
    assert verified.json["status"] == "active"

    await mailed.ends("completed", "failed")
    await mailed.pass_time(seconds=11)
    message = mailbox.of(address)[-1]
    assert message["Subject"] == "[FIRING AGAIN] Rule · Scribe"
    assert message["Auto-Submitted"] == "auto-generated"
    text = text_of(message)
    assert [part for part in ("What: The last run failed", "It broke.", "/runs/") if part not in text] == []
    (alert,) = await mailed.firing()
    assert f"alert-{alert['id']}@" in message["References"]


async def test_one_click_ends_alerts_to_an_address_until_its_owner_enters_another_code(
    mailed: Bell, mailbox: Mailbox
) -> None:
    address = "tired@example.com"
    await mailed.rule(ERROR, channels={"email": address})
    (channel,) = (await mailed.anna.get("/alert-channels")).json["items"]
    await mailed.tick()
    path = f"/alert-channels/{channel['id']}"
    await mailed.anna.post(f"{path}/verify", json={"code": mailbox.code_of(address)})
    await mailed.ends("failed")
    await mailed.pass_time(seconds=11)
    message = mailbox.of(address)[-1]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert f"List-Unsubscribe: {message['List-Unsubscribe']}\r\n".encode() in mailbox.raw[-1]  # neither folded nor encoded
    link = message["List-Unsubscribe"].removeprefix("<").removesuffix(">").partition("/api/v1")[2]
    anyone = Client(mailed.anna.session, mailed.anna.base_url)

    opened = await anyone.get(link, allow_redirects=False)
    shown = await anyone.get(link.replace("/alerts?", "/alerts/preview?"))
    assert (opened.status, opened.headers["location"].partition("#")[0][-19:]) == (303, "/unsubscribe/alerts")
    assert (shown.json["address"], shown.json["is_done"]) == (address, False)
    ended = await anyone.post(link, data={"List-Unsubscribe": "One-Click"})
    again = await anyone.post(link)

    assert (ended.status, ended.json["is_done"], again.status) == (200, True, 200)
    found = (await mailed.anna.get(path)).json
    assert (found["status"], found["verified_at"]) == ("unverified", None)
    assert found["problem"].startswith("The recipient unsubscribed.")
    assert (found["unsubscribed_at"] is not None, found["last_error"]) == (True, None)
    notices = (await mailed.scene.cast.olga.http.get("/notifications?type=alert")).json["items"]
    assert [each["title"] for each in notices] == [f"Alerts are no longer sent to {address}"]
    await mailed.ends("completed", "failed")
    await mailed.pass_time(seconds=11)
    assert mailbox.of(address)[-1]["Message-ID"] == message["Message-ID"]
    assert (await mailed.anna.post(f"{path}/code")).status == 202
    await mailed.tick()
    verified = await mailed.anna.post(f"{path}/verify", json={"code": mailbox.code_of(address)})
    assert (verified.json["status"], verified.json["unsubscribed_at"], verified.json["problem"]) == ("active", None, None)


@pytest.mark.parametrize("token", ["none", "e30.e30", "²", "WyJhbGVydHMiXQ.AAAAAAAAAAAAAAAAAAAAAA"])
async def test_a_link_that_is_not_signed_ends_nothing(bell: Bell, token: str) -> None:
    for kind in ("alerts", "notifications"):
        refused = await Client(bell.anna.session, bell.anna.base_url).post(f"/unsubscribe/{kind}?token={quote(token)}")
        assert (refused.status, refused.json["code"]) == (404, "unsubscribe_link_invalid")


async def test_a_code_can_be_tried_five_times(mailed: Bell, mailbox: Mailbox) -> None:
    made = await mailed.anna.post("/alert-channels", json={"kind": "email", "name": "other@example.com"})
    path = f"/alert-channels/{made.json['channel']['id']}"
    await mailed.tick()
    for _ in range(5):
        assert (await mailed.anna.post(f"{path}/verify", json={"code": "WRONG"})).status == 422

    right = await mailed.anna.post(f"{path}/verify", json={"code": mailbox.code_of("other@example.com")})

    assert right.status == 422
    assert (await mailed.anna.post(f"{path}/code")).status == 429
    mailed.clock.move(minutes=2)
    assert (await mailed.anna.post(f"{path}/code")).status == 202
    await mailed.tick()
    assert (await mailed.anna.post(f"{path}/verify", json={"code": mailbox.code_of("other@example.com")})).status == 200


async def test_a_mail_server_that_refuses_the_address_is_recorded(mailed: Bell, mailbox: Mailbox) -> None:
    made = await mailed.anna.post("/alert-channels", json={"kind": "email", "name": "third@example.com"})
    path = f"/alert-channels/{made.json['channel']['id']}"
    await mailed.tick()
    await mailed.anna.post(f"{path}/verify", json={"code": mailbox.code_of("third@example.com")})
    mailbox.refusal = "550 No such user"

    tested = (await mailed.anna.post(f"{path}/test")).json

    assert (tested["sent"], tested["status_code"]) == (False, 550)
    assert "No such user" in tested["error"]


async def test_without_a_mail_server_an_address_reports_it(bell: Bell) -> None:
    made = await bell.anna.post("/alert-channels", json={"kind": "email", "name": "user@example.com"})

    assert made.status == 201
    assert "RETINUE_SMTP_HOST" in made.json["channel"]["problem"]
    assert (await bell.anna.post(f"/alert-channels/{made.json['channel']['id']}/code")).status == 422


async def test_a_channel_in_use_is_not_deleted(bell: Bell, receiver: Receiver) -> None:
    channel = (await bell.webhook(receiver))["channel"]
    config = await bell.rule(ERROR, channels={"webhook": ["hook"]})

    refused = await bell.anna.delete(f"/alert-channels/{channel['id']}")
    assert (refused.status, refused.json["code"]) == (409, "alert_channel_used")
    assert "Rule" in refused.json["detail"]

    await bell.anna.patch(f"/alert-configs/{config}", json={"channels": {}})
    assert (await bell.anna.delete(f"/alert-channels/{channel['id']}")).status == 204


def test_attempts_grow_apart_and_end() -> None:
    draw = random.Random(7)  # noqa: S311 - no secret depends on it
    failed = SendResult("failed")
    pauses = [next_attempt(failed, number, now=MONDAY, give_up_at=None, draw=draw) for number in range(1, 8)]

    seconds = [None if each is None else (each - MONDAY).total_seconds() for each in pauses]
    assert seconds[-1] is None
    for found, usual in zip(seconds, (10, 60, 300, 1800, 7200, 21600), strict=False):
        assert found is not None
        assert 0.8 * usual <= found <= 1.2 * usual


async def test_resolved_alerts_go_with_what_was_sent_when_runs_would_and_open_ones_stay(
    bell: Bell, receiver: Receiver
) -> None:
    await bell.webhook(receiver)
    await bell.rule(ERROR, channels={"webhook": "hook"})
    await bell.ends("failed")
    await bell.pass_time(seconds=11)
    (alert,) = await bell.firing()
    database, acme = bell.scene.process.database, bell.scene.cast.acme

    await bell.scene.owner(
        "UPDATE alerts SET triggered_at = triggered_at - interval '91 days' WHERE organization_id = %s", acme
    )
    await tasks.delete_expired(database)
    still = [each["id"] for each in await bell.alerts()]
    resolved = await bell.anna.post(f"/alerts/{alert['id']}/resolve")
    assert resolved.status == 200, resolved.text
    await tasks.delete_expired(database)

    assert still == [alert["id"]]
    assert await bell.alerts() == []
    left = "SELECT (SELECT count(*) FROM {0} WHERE organization_id = %s)"
    for table in ("alert_events", "alert_deliveries", "alert_attempts"):
        assert await bell.scene.owner(left.format(table), acme) == [(0,)], table

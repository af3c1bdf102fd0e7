"""Notifications: who is notified of what, the trigger row by row, the inbox, preferences and e-mail."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest

from retinue.core.outbox import Pump, gather
from retinue.core.timers import Ticker
from retinue.notifications import tasks
from retinue.notifications.feature import feature
from tests.alerts.conftest import Bell
from tests.client import Client
from tests.smtp_receiver import Mailbox, text_of

_FAILED = (
    "INSERT INTO outbox (organization_id, type, payload) VALUES (%s, 'run.failed', jsonb_build_object('run_id', %s::text))"
)
_MANY = """
INSERT INTO notifications (id, organization_id, user_id, type, title, message, priority, read_at, created_at)
SELECT gen_random_uuid(), %s, CASE WHEN n %% 100 = 0 THEN %s ELSE %s END::uuid, 'alert', 'Title', 'Message',
  CASE WHEN n %% 500 = 0 THEN 'critical' ELSE 'low' END, CASE WHEN n %% 20 <> 0 THEN now() END,
  now() - n * interval '1 minute'
FROM generate_series(1, 20000) n
"""


async def _drain(bell: Bell) -> None:
    await Pump(bell.scene.process.database, gather(feature.listens)).drain()


async def _items(client: Client, **query: str) -> list[Any]:
    text = "&".join(f"{name}={value}" for name, value in query.items())
    page = await client.get(f"/notifications?{text}")
    assert page.status == 200, page.text
    return list(page.json["items"])


@pytest.mark.parametrize(
    ("status", "priority"), [("error", "high"), ("active", "medium"), ("paused", "low"), ("inactive", "low")]
)
async def test_a_change_of_an_agents_status_notifies_its_creator(bell: Bell, status: str, priority: str) -> None:
    before = "paused" if status == "active" else "active"
    await bell.scene.owner("UPDATE agents SET status = %s WHERE id = %s", before, bell.agent)
    await bell.anna.post("/notifications/read")

    await bell.scene.owner("UPDATE agents SET status = %s WHERE id = %s", status, bell.agent)

    (item,) = await _items(bell.anna, type="agent_status_change", unread="true")
    assert item["title"] == "Agent Status Updated"
    assert item["message"] == f'Agent "Scribe" status changed from {before} to {status}'
    assert item["data"] == {"agent_id": bell.agent, "old_status": before, "new_status": status}
    assert item["priority"] == priority
    assert await _items(bell.scene.cast.olga.http) == []


async def test_an_update_that_keeps_the_status_notifies_nobody(bell: Bell) -> None:
    await bell.scene.owner("UPDATE agents SET status = status, name = 'Other' WHERE id = %s", bell.agent)

    assert await _items(bell.anna) == []


async def test_without_its_creator_owners_and_admins_are_notified(bell: Bell) -> None:
    await bell.scene.owner("UPDATE agents SET created_by = NULL WHERE id = %s", bell.agent)

    await bell.scene.owner("UPDATE agents SET status = 'error' WHERE id = %s", bell.agent)

    cast = bell.scene.cast
    found = {person.name: len(await _items(person.http)) for person in (cast.olga, cast.adam, cast.anna, cast.vera)}
    assert list(found.values()) == [1, 1, 0, 0]


async def test_a_creator_who_left_is_not_notified(bell: Bell) -> None:
    cast = bell.scene.cast
    await bell.scene.owner("UPDATE agents SET created_by = %s WHERE id = %s", cast.otto.user_id, bell.agent)

    await bell.scene.owner("UPDATE agents SET status = 'error' WHERE id = %s", bell.agent)

    assert len(await _items(cast.olga.http)) == 1
    assert await _items(cast.otto.http) == []


async def test_a_notification_that_fails_does_not_prevent_the_change(bell: Bell) -> None:
    with psycopg.connect(bell.scene.postgres.owner_url) as owner:
        owner.execute("ALTER TABLE notifications ADD CONSTRAINT broken CHECK (type <> 'agent_status_change') NOT VALID")
        owner.execute("UPDATE agents SET status = 'error' WHERE id = %s", (bell.agent,))
        row = owner.execute("SELECT status FROM agents WHERE id = %s", (bell.agent,)).fetchone()
        found = owner.execute("SELECT count(*) FROM notifications WHERE organization_id = %s", (bell.scene.cast.acme,))
        assert (row, found.fetchone()) == (("error",), (0,))
        owner.rollback()


async def test_failed_runs_of_an_agent_count_on_one_notification(bell: Bell) -> None:
    first = await bell.ended("failed", error_message="The model refused.")
    second = await bell.ended("failed")
    for run in (first, second):
        await bell.scene.owner(_FAILED, bell.scene.cast.acme, run)
    await _drain(bell)

    (item,) = await _items(bell.anna, type="agent_error")
    assert (item["title"], item["message"], item["priority"]) == ('Run of agent "Scribe" failed', "It broke.", "high")
    assert (item["count"], item["data"]["run_id"]) == (2, second)


async def test_the_reason_of_a_private_run_is_not_told(bell: Bell) -> None:
    run = await bell.ended("failed", error_message="A secret.", private_to_user_id=bell.scene.cast.vera.user_id)
    await bell.scene.owner(_FAILED, bell.scene.cast.acme, run)
    await _drain(bell)

    (item,) = await _items(bell.anna, type="agent_error")
    assert "A secret." not in str(item)


async def test_a_deployment_notifies_the_person_who_deployed(bell: Bell) -> None:
    from retinue.core.timers import Ticker  # noqa: PLC0415 - only here
    from retinue.deployments.feature import feature as deployments  # noqa: PLC0415 - only here

    made = await bell.anna.post("/deployments", json={"target_id": bell.agent})
    assert made.status == 202, made.text
    ticker = Ticker(bell.scene.process.database, deployments.timers)
    await ticker.drain()
    await ticker.settle()
    await _drain(bell)

    (item,) = await _items(bell.anna, type="deployment_success")
    assert item["title"] == 'Version 1 of "Scribe" deployed'
    assert item["priority"] == "medium"
    assert item["data"]["deployment_id"] == made.json["id"]


async def test_an_api_key_close_to_its_limit_notifies_its_creator(bell: Bell) -> None:
    cast = bell.scene.cast
    made = await cast.olga.http.post("/api-keys", json={"name": "busy", "scopes": ["members:read"]})
    users = await bell.scene.owner("SELECT subscription_tier FROM users WHERE id = %s", cast.olga.user_id)
    key = Client(cast.nobody.session, cast.nobody.base_url, headers={"Authorization": f"Bearer {made.json['key']}"})
    from retinue.identity.users import service as people  # noqa: PLC0415 - only here

    limit = people.requests_per_minute(bell.scene.process.resources, users[0][0])
    counter = f"ratelimit:api:{made.json['id']}"
    await bell.scene.process.resources.kv.take(counter, int(limit * 0.85), most=limit, ttl_seconds=60)

    assert (await key.get("/members")).status == 200
    await _drain(bell)

    (item,) = await _items(cast.olga.http, type="rate_limit_warning")
    assert item["title"] == 'API key "busy" is close to its rate limit'
    assert item["data"]["requests_per_minute"] == limit


async def test_notifications_are_counted_read_and_read_again(bell: Bell) -> None:
    for status in ("error", "active", "paused"):
        await bell.scene.owner("UPDATE agents SET status = %s WHERE id = %s", status, bell.agent)
    assert (await bell.anna.get("/notifications/count")).json == {"unread": 3, "urgent": 1}
    item = (await _items(bell.anna))[0]

    read = await bell.anna.patch(f"/notifications/{item['id']}", json={"read": True})
    assert read.json["read_at"] is not None
    assert (await bell.anna.get("/notifications/count")).json["unread"] == 2
    await bell.anna.patch(f"/notifications/{item['id']}", json={"read": False})
    assert (await bell.anna.post("/notifications/read")).json == {"read": 3}
    assert (await bell.anna.get("/notifications/count")).json == {"unread": 0, "urgent": 0}


async def test_a_notification_is_its_persons_own(bell: Bell) -> None:
    await bell.scene.owner("UPDATE agents SET status = 'error' WHERE id = %s", bell.agent)
    (item,) = await _items(bell.anna)

    for person in (bell.scene.cast.olga, bell.scene.cast.otto):
        assert await _items(person.http) == []
        assert (await person.http.patch(f"/notifications/{item['id']}", json={"read": True})).status == 404


async def test_expired_notifications_are_not_listed_and_are_deleted(bell: Bell) -> None:
    await bell.scene.owner("UPDATE agents SET status = 'error' WHERE id = %s", bell.agent)
    await bell.scene.owner(
        "UPDATE notifications SET expires_at = tenant.now() WHERE user_id = %s", bell.scene.cast.anna.user_id
    )
    assert await _items(bell.anna) == []
    assert (await bell.anna.get("/notifications/count")).json["unread"] == 0

    await tasks.delete_expired(bell.scene.process.database)

    rows = await bell.scene.owner("SELECT FROM notifications WHERE user_id = %s", bell.scene.cast.anna.user_id)
    assert rows == []


async def test_a_muted_type_is_not_written(bell: Bell) -> None:
    muted = await bell.anna.request(
        "PUT", "/notifications/preferences", json={"type": "agent_status_change", "in_app": False}
    )
    assert muted.status == 200, muted.text

    await bell.scene.owner("UPDATE agents SET status = 'error' WHERE id = %s", bell.agent)

    assert await _items(bell.anna) == []
    found = {each["type"]: each for each in (await bell.anna.get("/notifications/preferences")).json["items"]}
    assert found["agent_status_change"]["in_app"] is False
    assert found["agent_error"] == {"type": "agent_error", "in_app": True, "email": "off"}


async def test_email_needs_a_mail_server(bell: Bell) -> None:
    refused = await bell.anna.request("PUT", "/notifications/preferences", json={"type": "agent_error", "email": "instant"})

    assert refused.status == 422
    assert "RETINUE_SMTP_HOST" in refused.json["errors"][0]["remedy"]


async def test_instant_email_and_a_daily_digest(mailed: Bell, mailbox: Mailbox) -> None:
    anna = mailed.scene.cast.anna
    await mailed.anna.request("PUT", "/notifications/preferences", json={"type": "agent_status_change", "email": "daily"})
    for status in ("error", "active"):
        await mailed.scene.owner("UPDATE agents SET status = %s WHERE id = %s", status, mailed.agent)
    await tasks.send_emails(mailed.scene.process.database)
    assert mailbox.of(anna.email) == []

    mailed.clock.move(hours=23)
    await tasks.send_emails(mailed.scene.process.database)
    (digest,) = mailbox.of(anna.email)
    assert digest["Subject"] == "[Retinue] 2 notifications"
    assert "status changed from active to error" in text_of(digest)

    await mailed.anna.request(
        "PUT", "/notifications/preferences", json={"type": "agent_status_change", "email": "instant", "in_app": False}
    )
    await mailed.scene.owner("UPDATE agents SET status = 'paused' WHERE id = %s", mailed.agent)
    await tasks.send_emails(mailed.scene.process.database)
    await tasks.send_emails(mailed.scene.process.database)
    assert [each["Subject"] for each in mailbox.of(anna.email)[1:]] == ["[Retinue] Agent Status Updated"]
    assert len(await _items(mailed.anna)) == 2


async def test_one_click_ends_email_about_the_types_of_a_message_alone(mailed: Bell, mailbox: Mailbox) -> None:
    anna = mailed.scene.cast.anna
    for kind in ("agent_status_change", "agent_error"):
        await mailed.anna.request("PUT", "/notifications/preferences", json={"type": kind, "email": "instant"})
    await mailed.scene.owner("UPDATE agents SET status = 'error' WHERE id = %s", mailed.agent)
    await tasks.send_emails(mailed.scene.process.database)
    message = mailbox.of(anna.email)[-1]
    link = message["List-Unsubscribe"].removeprefix("<").removesuffix(">").partition("/api/v1")[2]
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/unsubscribe/notifications#" in text_of(message)
    anyone = Client(mailed.anna.session, mailed.anna.base_url)

    shown = await anyone.get(link.replace("/notifications?", "/notifications/preview?"))
    await mailed.scene.owner("UPDATE agents SET status = 'paused' WHERE id = %s", mailed.agent)  # waits to be sent
    ended = await anyone.post(link)
    await tasks.send_emails(mailed.scene.process.database)

    assert (shown.json["address"], shown.json["about"], shown.json["is_done"]) == (
        anna.email,
        ["agent_status_change"],
        False,
    )
    assert (ended.status, ended.json["is_done"]) == (200, True)
    assert len(mailbox.of(anna.email)) == 1
    items = (await mailed.anna.get("/notifications/preferences")).json["items"]
    mails = {each["type"]: (each["in_app"], each["email"]) for each in items}
    assert mails["agent_status_change"] == (True, "off")
    assert mails["agent_error"] == (True, "instant")


async def test_slow_mail_server_gets_each_message_once_from_several_workers(mailed: Bell, mailbox: Mailbox) -> None:
    database, loop, people = mailed.scene.process.database, asyncio.get_running_loop(), ("anna", "adam")
    for name in people:
        await mailed.scene.owner(
            "INSERT INTO notifications (id, organization_id, user_id, type, title, message, email_due_at)"
            " SELECT gen_random_uuid(), %s, id, 'alert', 'Title', 'Message', tenant.now() FROM users WHERE email = %s",
            mailed.scene.cast.acme,
            getattr(mailed.scene.cast, name).email,
        )

    async def pass_time() -> None:
        mailed.clock.move(seconds=40)
        if mailbox.messages:  # the second message: another worker looks before it is taken
            mailbox.on_message = None
            await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(tasks.send_emails(database), loop))

    mailbox.on_message = pass_time
    try:
        await tasks.send_emails(database)
    finally:
        mailbox.on_message = None

    assert [len(mailbox.of(getattr(mailed.scene.cast, name).email)) for name in people] == [1, 1]


async def test_email_that_fails_is_tried_again(mailed: Bell, mailbox: Mailbox) -> None:
    anna = mailed.scene.cast.anna
    await mailed.anna.request("PUT", "/notifications/preferences", json={"type": "agent_status_change", "email": "instant"})
    await mailed.scene.owner("UPDATE agents SET status = 'error' WHERE id = %s", mailed.agent)
    mailbox.refusal = "451 Try again later"
    await tasks.send_emails(mailed.scene.process.database)
    mailbox.refusal = None
    await tasks.send_emails(mailed.scene.process.database)
    assert mailbox.of(anna.email) == []

    mailed.clock.move(minutes=2)
    await tasks.send_emails(mailed.scene.process.database)

    assert len(mailbox.of(anna.email)) == 1


@pytest.mark.parametrize(
    ("index", "query"),
    [
        ("notifications_user_id_idx", "SELECT * FROM notifications WHERE user_id = {u} ORDER BY created_at DESC LIMIT 50"),
        ("notifications_unread_idx", "SELECT count(*) FROM notifications WHERE user_id = {u} AND read_at IS NULL"),
        ("notifications_created_at_idx", "SELECT * FROM notifications WHERE created_at < now() - interval '90 days'"),
        ("notifications_priority_idx", "SELECT * FROM notifications WHERE priority = 'critical'"),
    ],
)
def test_each_index_of_the_document_serves_its_query(bell: Bell, index: str, query: str) -> None:
    cast = bell.scene.cast
    with psycopg.connect(bell.scene.postgres.owner_url) as owner:
        owner.execute(_MANY, (cast.acme, cast.vera.user_id, cast.adam.user_id))
        owner.execute("ANALYZE notifications")
        if index == "notifications_user_id_idx":
            query = query.replace("{u}", f"'{cast.vera.user_id}' AND organization_id = '{cast.acme}'")
        plan = owner.execute(f"EXPLAIN {query.format(u=repr(str(cast.vera.user_id)))}".encode()).fetchall()
        owner.rollback()

    assert index in str(plan), str(plan)


async def test_a_snoozed_notification_is_not_unread_until_its_time_has_come(bell: Bell) -> None:
    await bell.scene.owner("UPDATE agents SET status = 'error' WHERE id = %s", bell.agent)
    (item,) = await _items(bell.anna)
    path, until = f"/notifications/{item['id']}", bell.clock.instant + timedelta(hours=1)

    snoozed = await bell.anna.patch(path, json={"snoozed_until": until.isoformat()})

    assert (snoozed.status, snoozed.json["snoozed_until"] is not None) == (200, True)
    assert (await bell.anna.get("/notifications/count")).json == {"unread": 0, "urgent": 0}
    assert (await bell.anna.get("/notifications?unread=true")).json["items"] == []
    assert [each["id"] for each in (await bell.anna.get("/notifications?snoozed=true")).json["items"]] == [item["id"]]
    assert (await bell.anna.post("/notifications/read")).json == {"read": 0}

    bell.clock.move(hours=1)
    await Ticker(bell.scene.process.database, feature.timers).drain()

    (again,) = (await bell.anna.get("/notifications?unread=true")).json["items"]
    assert (again["id"], again["snoozed_until"], again["read_at"]) == (item["id"], None, None)
    assert (await bell.anna.get("/notifications/count")).json["unread"] == 1


async def test_a_read_notification_that_is_snoozed_is_unread_again_then_and_one_snoozed_by_mistake_at_once(
    bell: Bell,
) -> None:
    await bell.scene.owner("UPDATE agents SET status = 'error' WHERE id = %s", bell.agent)
    (item,) = await _items(bell.anna)
    path, until = f"/notifications/{item['id']}", bell.clock.instant + timedelta(days=29)
    await bell.anna.patch(path, json={"read": True})

    await bell.anna.patch(path, json={"snoozed_until": until.isoformat()})
    await bell.anna.patch(path, json={"snoozed_until": None})

    (again,) = (await bell.anna.get("/notifications?unread=true")).json["items"]
    assert datetime.fromisoformat(again["expires_at"]) > until
    timers = "SELECT count(*) FROM due_timers WHERE kind = 'notifications.awaken' AND subject_id = %s"
    assert await bell.scene.owner(timers, item["id"]) == [(0,)]


@pytest.mark.parametrize("by", [timedelta(seconds=-1), timedelta(days=31)])
async def test_a_time_to_snooze_that_is_past_or_too_far_is_refused(bell: Bell, by: timedelta) -> None:
    await bell.scene.owner("UPDATE agents SET status = 'error' WHERE id = %s", bell.agent)
    (item,) = await _items(bell.anna)

    until = (bell.clock.instant + by).isoformat()
    refused = await bell.anna.patch(f"/notifications/{item['id']}", json={"snoozed_until": until})

    assert (refused.status, refused.json["code"], refused.json["errors"][0]["field"]) == (
        422,
        "snooze_invalid",
        "snoozed_until",
    )

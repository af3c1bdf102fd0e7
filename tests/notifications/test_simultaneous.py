"""The inbox when requests come at the same instant: nothing is lost, and nothing is told twice."""

from datetime import timedelta
from typing import Any

from retinue.core.ids import new_id
from retinue.notifications import tasks
from tests.alerts.conftest import Bell
from tests.client import Client, Response
from tests.smtp_receiver import Mailbox
from tests.together import together

_NEW = (
    "INSERT INTO notifications (id, organization_id, user_id, type, title, message) VALUES (%s, %s, %s, 'alert', 'T', 'M')"
)


async def _notifications(bell: Bell, number: int) -> list[str]:
    """Give Anna so many notifications; return their ids."""
    ids = [str(new_id()) for _ in range(number)]
    for each in ids:
        await bell.scene.owner(_NEW, each, bell.scene.cast.acme, bell.scene.cast.anna.user_id)
    assert (await bell.anna.get("/notifications/count")).json["unread"] == number
    return ids


async def test_of_many_requests_to_read_everything_each_notification_is_counted_by_one(bell: Bell) -> None:
    await _notifications(bell, 30)

    answers = await together(8, lambda _: bell.anna.post("/notifications/read"))

    assert {each.status for each in answers} == {200}
    assert sum(next(iter(each.json.values())) for each in answers) == 30
    assert (await bell.anna.get("/notifications/count")).json["unread"] == 0


async def test_simultaneous_reads_and_snoozes_of_one_notification_end_as_one_of_them_says(bell: Bell) -> None:
    (item,) = await _notifications(bell, 1)
    until = (bell.clock.instant + timedelta(hours=1)).isoformat()
    bodies: list[Any] = [{"read": True}, {"snoozed_until": until}] * 4

    answers = await together(8, lambda number: bell.anna.patch(f"/notifications/{item}", json=bodies[number]))

    assert {each.status for each in answers} == {200}
    (row,) = await bell.scene.owner("SELECT read_at, snoozed_until FROM notifications WHERE id = %s", item)
    assert row.count(None) == 1, "it is read, or snoozed, and not both or neither"


async def test_a_snooze_that_comes_with_the_reading_of_everything_is_not_lost(bell: Bell) -> None:
    ids = await _notifications(bell, 6)
    until = (bell.clock.instant + timedelta(hours=1)).isoformat()

    async def act(number: int) -> Response:
        if number == 0:
            return await bell.anna.post("/notifications/read")
        return await bell.anna.patch(f"/notifications/{ids[number - 1]}", json={"snoozed_until": until})

    answers = await together(7, act)
    snoozed = (await bell.anna.get("/notifications?snoozed=true&limit=50")).json["items"]
    bell.clock.move(hours=1, minutes=1)
    await bell.scene.owner("UPDATE notifications SET expires_at = tenant.now() + interval '1 day' WHERE id = ANY (%s)", ids)

    assert {each.status for each in answers} == {200}
    assert {each["id"] for each in snoozed} == set(ids)
    assert (await bell.anna.get("/notifications/count")).json["unread"] == 6


async def test_simultaneous_repetitions_count_on_one_notification_that_is_read_in_the_meantime(bell: Bell) -> None:
    statement = "SELECT tenant.write_notification(%s, %s, 'agent_error', 'Title', 'Message', '{}', 'high', 'the same')"
    values = (bell.scene.cast.acme, bell.scene.cast.anna.user_id)
    await bell.scene.owner(statement, *values)

    async def act(number: int) -> int:
        if number < 3:
            return (await bell.anna.post("/notifications/read")).status
        await bell.scene.owner(statement, *values)
        await bell.anna.get("/notifications/count")
        return 200

    assert set(await together(12, act)) == {200}
    counts = await bell.scene.owner(
        "SELECT sum(count)::int, count(*) FILTER (WHERE read_at IS NULL) FROM notifications"
        " WHERE user_id = %s AND type = 'agent_error'",
        values[1],
    )
    assert counts[0][0] == 10
    assert counts[0][1] <= 1


async def test_a_mute_in_the_inbox_and_a_click_in_a_mail_are_both_kept(mailed: Bell, mailbox: Mailbox) -> None:
    kind = "agent_status_change"
    set_mail = {"type": kind, "email": "instant"}
    await mailed.anna.request("PUT", "/notifications/preferences", json=set_mail)
    await mailed.scene.owner("UPDATE agents SET status = 'error' WHERE id = %s", mailed.agent)
    await tasks.send_emails(mailed.scene.process.database)
    message = mailbox.of(mailed.scene.cast.anna.email)[-1]
    link = message["List-Unsubscribe"].removeprefix("<").removesuffix(">").partition("/api/v1")[2]
    anyone = Client(mailed.anna.session, mailed.anna.base_url)

    async def act(number: int) -> Response:
        if number % 2:
            return await anyone.post(link)
        return await mailed.anna.request("PUT", "/notifications/preferences", json={"type": kind, "in_app": False})

    answers = await together(8, act)

    assert {each.status for each in answers} == {200}
    items = (await mailed.anna.get("/notifications/preferences")).json["items"]
    found = next(each for each in items if each["type"] == kind)
    assert (found["in_app"], found["email"]) == (False, "off")


async def test_the_halves_of_a_preference_that_are_set_at_once_are_both_kept(mailed: Bell) -> None:
    bodies: list[Any] = [{"in_app": False}, {"email": "daily"}] * 4

    async def act(number: int) -> Response:
        body = {"type": "agent_error"} | bodies[number]
        return await mailed.anna.request("PUT", "/notifications/preferences", json=body)

    await mailed.anna.get("/notifications/preferences")
    answers = await together(8, act)

    assert {each.status for each in answers} == {200}
    items = (await mailed.anna.get("/notifications/preferences")).json["items"]
    found = next(each for each in items if each["type"] == "agent_error")
    assert (found["in_app"], found["email"]) == (False, "daily")


async def test_an_address_that_unsubscribes_twice_at_once_is_told_about_once(mailed: Bell, mailbox: Mailbox) -> None:
    address = "twice@example.com"
    await mailed.rule({"status": "error"}, channels={"email": address})
    (channel,) = (await mailed.anna.get("/alert-channels")).json["items"]
    await mailed.tick()
    await mailed.anna.post(f"/alert-channels/{channel['id']}/verify", json={"code": mailbox.code_of(address)})
    await mailed.ends("failed")
    await mailed.pass_time(seconds=11)
    link = mailbox.of(address)[-1]["List-Unsubscribe"].removeprefix("<").removesuffix(">").partition("/api/v1")[2]
    anyone = Client(mailed.anna.session, mailed.anna.base_url)

    answers = await together(6, lambda _: anyone.post(link))

    assert {each.status for each in answers} == {200}
    notices = (await mailed.scene.cast.olga.http.get("/notifications?type=alert")).json["items"]
    assert [(each["title"], each["count"]) for each in notices] == [(f"Alerts are no longer sent to {address}", 1)]
    entries = await mailed.scene.owner(
        "SELECT count(*) FROM audit_log WHERE action = 'alert_channel.unsubscribed' AND target_id = %s", channel["id"]
    )
    assert entries == [(1,)]

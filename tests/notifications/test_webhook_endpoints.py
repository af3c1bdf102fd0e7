"""Webhooks that are sent when runs end: signed, tried again, recorded, and sent again by hand."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from standardwebhooks import Webhook

from retinue.core.outbox import Pump, gather
from retinue.core.timers import Ticker
from retinue.runs.endpoints import sending
from retinue.runs.endpoints.feature import feature
from tests.alerts.conftest import Bell, Receiver
from tests.runs.scene import working


async def _webhook(bell: Bell, receiver: Receiver, **fields: Any) -> Any:
    made = await bell.anna.post("/webhooks", json={"name": "hook", "url": receiver.url} | fields)
    assert made.status == 201, made.text
    return made.json


async def _run(bell: Bell, environ: dict[str, str], agent: str | None = None, *, until: str = "completed") -> str:
    """Carry out a run, for which the clock goes on; then it stands still again."""
    bell.clock.release()
    started = await bell.scene.start(agent or bell.agent, "Write a poem.")
    async with working(environ, bell.scene.tools):
        await bell.scene.until(str(started.json["id"]), until)
    bell.clock.instant = datetime.now(UTC)
    bell.clock.move()
    return str(started.json["id"])


async def _deliver(bell: Bell, **by: float) -> None:
    """Hand on events and send what is due, after some time."""
    if by:
        bell.clock.move(**by)
    database = bell.scene.process.database
    await Pump(database, gather(feature.listens)).drain()
    ticker = Ticker(database, feature.timers)
    await ticker.drain()
    await ticker.settle()
    await sending.postman_of(database).settle()


async def _deliveries(bell: Bell, webhook: Any) -> list[Any]:
    page = await bell.anna.get(f"/webhooks/{webhook['webhook']['id']}/deliveries")
    assert page.status == 200, page.text
    return list(page.json["items"])


async def test_the_end_of_a_run_is_sent_as_an_independent_verifier_demands(
    bell: Bell, receiver: Receiver, environ: dict[str, str]
) -> None:
    webhook = await _webhook(bell, receiver)
    run = await _run(bell, environ)
    await _deliver(bell)

    ((headers, body),) = receiver.requests
    told = Webhook(webhook["secret"]).verify(body, headers)
    assert (told["type"], told["data"]["run"]["id"], told["data"]["run"]["status"]) == ("run.completed", run, "completed")
    assert told["data"]["run"]["output"]["text"] == "Done."
    (delivery,) = await _deliveries(bell, webhook)
    assert (headers["webhook-id"], delivery["state"]) == (delivery["id"], "sent")
    assert [(each["outcome"], each["status_code"]) for each in delivery["log"]] == [("sent", 200)]
    assert "whsec" not in (await bell.anna.get("/webhooks")).text


async def test_failed_and_cancelled_runs_are_sent_to_webhooks_that_want_them(
    bell: Bell, receiver: Receiver, environ: dict[str, str]
) -> None:
    await _webhook(bell, receiver, events=["run.failed", "run.cancelled"], includes_output=False)
    broken = await bell.scene.agent({"error": "invalid_request"}, name="Broken")
    await _run(bell, environ)
    failed = await _run(bell, environ, broken, until="failed")
    started = await bell.scene.start(bell.agent, "Wait.")
    cancelled = started.json["id"]
    assert (await bell.anna.post(f"/runs/{cancelled}/cancel")).status in (200, 202)
    await _deliver(bell)

    told = {each["data"]["run"]["id"]: each for each in receiver.bodies}
    assert {run: each["type"] for run, each in told.items()} == {failed: "run.failed", cancelled: "run.cancelled"}
    assert told[failed]["data"]["run"]["error"]["message"]


async def test_a_webhook_of_one_agent_hears_of_no_other(bell: Bell, receiver: Receiver, environ: dict[str, str]) -> None:
    other = await bell.scene.agent("Done.", name="Other")
    await _webhook(bell, receiver, target_id=other)
    await _run(bell, environ)
    run = await _run(bell, environ, other)
    await _deliver(bell)
    assert [each["data"]["run"]["id"] for each in receiver.bodies] == [run]


async def test_a_failing_receiver_gets_the_same_id_again_until_it_answers(
    bell: Bell, receiver: Receiver, environ: dict[str, str]
) -> None:
    webhook = await _webhook(bell, receiver)
    receiver.answers = [(500, "down", {}), (503, "down", {"Retry-After": "600"}), (200, "ok", {})]
    await _run(bell, environ)
    await _deliver(bell)
    await _deliver(bell, seconds=13)
    await _deliver(bell, seconds=500)
    assert len(receiver.requests) == 2
    await _deliver(bell, seconds=101)

    ids = {headers["webhook-id"] for headers, _ in receiver.requests}
    assert (len(receiver.requests), len(ids), len({body for _, body in receiver.requests})) == (3, 1, 1)
    (delivery,) = await _deliveries(bell, webhook)
    assert [each["outcome"] for each in delivery["log"]] == ["failed", "failed", "sent"]


async def test_an_event_that_is_handed_on_twice_is_sent_once(
    bell: Bell, receiver: Receiver, environ: dict[str, str]
) -> None:
    await _webhook(bell, receiver)
    await _run(bell, environ)
    database = bell.scene.process.database
    first = Pump(database, gather(feature.listens))
    rows = await bell.scene.owner("SELECT id, type, payload FROM outbox WHERE type = 'run.completed'")
    await first.drain()
    for event_id, kind, payload in rows:
        await bell.scene.owner(
            "INSERT INTO outbox (id, organization_id, type, payload) OVERRIDING SYSTEM VALUE"
            " VALUES (%s, %s, %s, %s::text::jsonb)",
            event_id, bell.scene.cast.acme, kind, orjson.dumps(payload).decode(),
        )  # fmt: skip
    await _deliver(bell)
    assert len(receiver.requests) == 1


async def test_a_delivery_is_sent_again_by_hand_under_its_id(
    bell: Bell, receiver: Receiver, environ: dict[str, str]
) -> None:
    webhook = await _webhook(bell, receiver)
    await _run(bell, environ)
    await _deliver(bell)
    (delivery,) = await _deliveries(bell, webhook)
    again = await bell.anna.post(f"/webhook-deliveries/{delivery['id']}/redeliver")
    twice = await bell.anna.post(f"/webhook-deliveries/{delivery['id']}/redeliver")
    assert (again.status, again.json["state"], twice.status) == (202, "queued", 409)

    await _deliver(bell)

    assert len({headers["webhook-id"] for headers, _ in receiver.requests}) == 1
    assert len(receiver.requests) == 2


async def test_a_lost_attempt_is_recorded_and_made_again_under_its_id(
    bell: Bell, receiver: Receiver, environ: dict[str, str]
) -> None:
    webhook = await _webhook(bell, receiver)
    await _run(bell, environ)
    await Pump(bell.scene.process.database, gather(feature.listens)).drain()
    # A worker had claimed it and was lost: the timer is that of the end of its lease.
    await bell.scene.owner(
        "UPDATE webhook_deliveries SET state = 'sending', attempts = 1, next_attempt_at = tenant.now() + interval '45 s'"
    )
    await _deliver(bell)
    assert receiver.requests == []
    await _deliver(bell, seconds=46)
    (delivery,) = await _deliveries(bell, webhook)
    assert [each["outcome"] for each in delivery["log"]] == ["lost", "sent"]


async def test_a_delivery_that_loses_each_worker_is_given_up(
    bell: Bell, receiver: Receiver, environ: dict[str, str]
) -> None:
    webhook = await _webhook(bell, receiver)
    await _run(bell, environ)
    await Pump(bell.scene.process.database, gather(feature.listens)).drain()
    await bell.scene.owner(
        "UPDATE webhook_deliveries SET state = 'sending', attempts = 7, next_attempt_at = tenant.now() + interval '45 s'"
    )
    await _deliver(bell)
    await _deliver(bell, seconds=46)
    (delivery,) = await _deliveries(bell, webhook)
    assert (delivery["state"], delivery["reason"], receiver.requests) == ("dead", "The worker was lost.", [])


async def test_an_attempt_with_a_long_error_is_recorded(bell: Bell, receiver: Receiver, environ: dict[str, str]) -> None:
    webhook = await _webhook(bell, receiver, url=f"http://{'a' * 3000}.example/")
    await _run(bell, environ)
    await _deliver(bell)
    (delivery,) = await _deliveries(bell, webhook)
    assert (delivery["state"], [each["outcome"] for each in delivery["log"]]) == ("queued", ["failed"])
    assert delivery["log"][0]["error"].startswith("The name aaa")


async def test_a_receiver_that_redirects_is_not_followed(bell: Bell, receiver: Receiver, environ: dict[str, str]) -> None:
    webhook = await _webhook(bell, receiver)
    receiver.answers = [(307, "", {"Location": f"{receiver.url}/elsewhere"})]
    await _run(bell, environ)
    await _deliver(bell)
    (delivery,) = await _deliveries(bell, webhook)
    assert [(each["outcome"], each["status_code"]) for each in delivery["log"]] == [("failed", 307)]
    assert len(receiver.requests) == 1


async def test_a_receiver_that_is_gone_ends_the_webhook_and_admins_are_notified(
    bell: Bell, receiver: Receiver, environ: dict[str, str]
) -> None:
    from retinue.notifications.feature import feature as notifications  # noqa: PLC0415 - its name is taken

    webhook = await _webhook(bell, receiver)
    receiver.answers = [(410, "gone", {})]
    await _run(bell, environ)
    await _deliver(bell)
    await Pump(bell.scene.process.database, gather(notifications.listens)).drain()

    found = (await bell.anna.get(f"/webhooks/{webhook['webhook']['id']}")).json
    assert (found["status"], found["last_error"]) == ("failed", "The receiver answered 410.")
    inbox = (await bell.scene.cast.olga.http.get("/notifications?type=webhook_disabled")).json["items"]
    assert [each["title"] for each in inbox] == ['Webhook "hook" was disabled']
    enabled = await bell.anna.patch(f"/webhooks/{webhook['webhook']['id']}", json={"enabled": True})
    assert (enabled.json["status"], enabled.json["last_error"]) == ("active", None)


@pytest.mark.parametrize(
    ("fields", "status", "field"),
    [
        ({"url": "ftp://example.com/"}, 422, "url"),
        ({"events": []}, 422, "events"),
        ({"events": ["run.started"]}, 422, "events.0"),
        ({"target_id": "00000000-0000-7000-8000-0000000000ff"}, 422, "target_id"),
        ({"name": "hook"}, 409, None),
    ],
)
async def test_a_webhook_that_is_not_valid_is_refused(
    bell: Bell, receiver: Receiver, fields: Any, status: int, field: str | None
) -> None:
    await _webhook(bell, receiver)
    refused = await bell.anna.post("/webhooks", json={"name": "other", "url": receiver.url} | fields)
    assert refused.status == status, refused.text
    assert field is None or refused.json["errors"][0]["field"] == field


async def test_a_test_message_is_sent_once_and_a_rotated_secret_signs_beside_the_former(
    bell: Bell, receiver: Receiver
) -> None:
    made = await _webhook(bell, receiver)
    path = f"/webhooks/{made['webhook']['id']}"
    rotated = await bell.anna.post(f"{path}/rotate-secret")
    tested = await bell.anna.post(f"{path}/test")
    assert (tested.status, tested.json["sent"], tested.json["response"]) == (200, True, "ok")
    ((headers, body),) = receiver.requests
    for secret in (made["secret"], rotated.json["secret"]):
        assert Webhook(secret).verify(body, headers)["type"] == "webhook.test"
    assert (await bell.scene.cast.vera.http.get("/webhooks")).status == 403
    assert (await bell.anna.delete(path)).status == 204

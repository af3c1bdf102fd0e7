"""Who hears of an approval, and deciding by the link of an e-mail message."""

import re
from typing import Any

from retinue.core.outbox import Pump, gather
from retinue.notifications import tasks
from retinue.notifications.feature import feature
from tests.alerts.conftest import Bell
from tests.client import Client, Response
from tests.runs.scene import working
from tests.smtp_receiver import Mailbox, text_of
from tests.together import together

_INSTANT = {"type": "approval_requested", "email": "instant"}


async def _drain(bell: Bell) -> None:
    await Pump(bell.scene.process.database, gather(feature.listens)).drain()


async def ask_for_approval(bell: Bell, environ: dict[str, str]) -> Any:
    """Let an agent ask before a call, without going on with what is decided; return the approval."""
    call = {"tool_calls": [{"name": "send", "arguments": {"text": "Hello"}}]}
    agent = await bell.scene.agent(call, "Sent.", tools=("send:approval",), name="Sender")
    started = await bell.scene.start(agent, "Write to Otto.")
    async with working(environ, {"send": lambda _: "ok"}):
        await bell.scene.until(str(started.json["id"]), "waiting")
    page = await bell.anna.get("/approvals?view=mine")
    (approval,) = page.json["items"]
    return approval


async def _unread(client: Client) -> list[Any]:
    page = await client.get("/notifications?unread=true&type=approval_requested")
    return list(page.json["items"])


async def _link(bell: Bell, mailbox: Mailbox, environ: dict[str, str]) -> tuple[Any, str]:
    """Assign an approval to Adam, who wants e-mail; return it and the token of the link."""
    adam = bell.scene.cast.adam
    assert (await adam.http.request("PUT", "/notifications/preferences", json=_INSTANT)).status == 200
    approval = await ask_for_approval(bell, environ)
    assigned = await adam.http.post(f"/approvals/{approval['id']}/assign", json={"assignees": [adam.email]})
    assert assigned.status == 200, assigned.text
    await _drain(bell)
    await tasks.send_emails(bell.scene.process.database)
    (message,) = mailbox.of(adam.email)
    found = re.search(r"/decide#(\S+)", text_of(message).replace("=\n", ""))
    assert found is not None, text_of(message)
    return approval, found.group(1)


async def _decide(bell: Bell, token: str, decision: str = "approve") -> Response:
    nobody = bell.scene.cast.nobody
    return await nobody.post("/approval-links/decide", json={"token": token, "decision": decision, "comment": "By mail."})


async def test_who_started_the_run_hears_of_an_approval_until_it_is_decided(bell: Bell, environ: dict[str, str]) -> None:
    approval = await ask_for_approval(bell, environ)
    await _drain(bell)
    (item,) = await _unread(bell.anna)
    others = await _unread(bell.scene.cast.olga.http)

    await bell.anna.post(f"/approvals/{approval['id']}/decide", json={"decision": "approve"})
    await _drain(bell)

    assert (item["title"], item["priority"]) == ('"send" of Sender waits for your decision', "high")
    assert (item["data"]["approval_id"], others) == (approval["id"], [])
    assert await _unread(bell.anna) == []


async def test_approval_of_a_cancelled_run_waits_for_nobody_in_the_inbox(bell: Bell, environ: dict[str, str]) -> None:
    approval = await ask_for_approval(bell, environ)
    await _drain(bell)
    before = await _unread(bell.anna)

    cancelled = await bell.anna.post(f"/runs/{approval['run_id']}/cancel", json={})
    await _drain(bell)

    assert (len(before), cancelled.status // 100) == (1, 2), cancelled.text
    assert await _unread(bell.anna) == []


async def test_those_to_whom_it_is_assigned_hear_of_it(bell: Bell, environ: dict[str, str]) -> None:
    cast = bell.scene.cast
    approval = await ask_for_approval(bell, environ)

    await cast.olga.http.post(f"/approvals/{approval['id']}/assign", json={"role": "admin"})
    await _drain(bell)

    assert [len(await _unread(each.http)) for each in (cast.olga, cast.adam, cast.vera)] == [1, 1, 0]


async def test_link_shows_what_is_asked_and_changes_nothing(mailed: Bell, mailbox: Mailbox, environ: dict[str, str]) -> None:
    approval, token = await _link(mailed, mailbox, environ)

    shown = await mailed.scene.cast.nobody.post("/approval-links/preview", json={"token": token})
    again = await mailed.scene.cast.nobody.post("/approval-links/preview", json={"token": token})

    assert (shown.status, shown.json["status"]) == (200, "pending"), shown.text
    assert (shown.json["tool_name"], shown.json["prompt"]) == ("send", "Write to Otto.")
    assert again.json == shown.json
    found = await mailed.anna.get(f"/approvals/{approval['id']}")
    assert found.json["approval"]["status"] == "pending"


async def test_double_click_on_a_link_decides_once(mailed: Bell, mailbox: Mailbox, environ: dict[str, str]) -> None:
    approval, token = await _link(mailed, mailbox, environ)

    answers = await together(2, lambda _: _decide(mailed, token))
    later = await _decide(mailed, token, "reject")

    assert sorted(each.status for each in answers) == [200, 409], [each.text for each in answers]
    assert later.status == 409, later.text
    found = await mailed.anna.get(f"/approvals/{approval['id']}")
    (entry,) = found.json["approval"]["decisions"]
    adam = mailed.scene.cast.adam
    assert (entry["user_id"], entry["by_link"], entry["comment"]) == (str(adam.user_id), True, "By mail.")
    audit = await mailed.scene.owner(
        "SELECT count(*) FROM audit_log WHERE action = 'approval.decided' AND actor_id = %s", adam.user_id
    )
    assert audit == [(1,)]


async def test_link_of_one_who_left_is_closed(mailed: Bell, mailbox: Mailbox, environ: dict[str, str]) -> None:
    cast = mailed.scene.cast
    approval, token = await _link(mailed, mailbox, environ)
    await cast.olga.http.delete(f"/members/{cast.adam.user_id}")

    refused = await _decide(mailed, token)
    forged = await _decide(mailed, f"{token[:-4]}AAAA")

    assert (refused.status, refused.json["code"]) == (404, "approval_link_invalid"), refused.text
    assert (forged.status, forged.json["code"]) == (404, "approval_link_invalid"), forged.text
    found = await mailed.anna.get(f"/approvals/{approval['id']}")
    assert found.json["approval"]["status"] == "pending"


async def test_link_of_one_who_is_no_longer_asked_is_closed(mailed: Bell, mailbox: Mailbox, environ: dict[str, str]) -> None:
    cast = mailed.scene.cast
    approval, token = await _link(mailed, mailbox, environ)
    await cast.olga.http.post(f"/approvals/{approval['id']}/assign", json={"assignees": [cast.olga.email]})

    assert (await _decide(mailed, token)).status == 404


async def test_organization_that_requires_a_second_factor_sends_no_links(
    mailed: Bell, mailbox: Mailbox, environ: dict[str, str]
) -> None:
    _, token = await _link(mailed, mailbox, environ)
    await mailed.scene.owner("UPDATE organizations SET require_two_factor = true WHERE id = %s", mailed.scene.cast.acme)

    assert (await _decide(mailed, token)).status == 404


async def test_one_who_may_not_decide_is_sent_no_link(mailed: Bell, mailbox: Mailbox, environ: dict[str, str]) -> None:
    cast = mailed.scene.cast
    assert (await mailed.anna.request("PUT", "/notifications/preferences", json=_INSTANT)).status == 200
    await ask_for_approval(mailed, environ)
    await _drain(mailed)
    assert (await cast.olga.http.patch(f"/members/{cast.anna.user_id}", json={"role": "viewer"})).status == 200

    await tasks.send_emails(mailed.scene.process.database)

    (message,) = mailbox.of(cast.anna.email)
    assert "waits for your decision" in text_of(message)
    assert "/decide#" not in text_of(message)

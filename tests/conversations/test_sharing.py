"""Sharing of conversations by links of their person: what was said so far, to whom they are for, until they end."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from retinue.conversations import sharing
from retinue.process import Process
from tests.cast import PASSWORD
from tests.client import Client, Response
from tests.conversations.test_talking import HandOn, begin, say, upload
from tests.runs.scene import Scene
from tests.serving import serve


async def _talk(played: Scene, hand_on: HandOn, *turns: str) -> str:
    """Have Anna say something as often as there are answers; return the conversation."""
    conversation = await begin(played, *turns)
    for number, _ in enumerate(turns):
        await _said(played, hand_on, conversation, f"Question {number}")
    return conversation


async def _said(played: Scene, hand_on: HandOn, conversation: str, text: str, **fields: Any) -> None:
    said = await say(played, conversation, text, **fields)
    await played.until(said.json["run"]["id"], "completed")
    await hand_on()


async def _share(scene: Scene, conversation: str, *, by: Client | None = None, **body: Any) -> Response:
    return await (by or scene.cast.anna.http).post(f"/conversations/{conversation}/shares", json=body)


async def _link(scene: Scene, conversation: str, **body: Any) -> tuple[str, str]:
    """Create a link; return its id and its token."""
    made = await _share(scene, conversation, **body)
    assert made.status == 201, made.text
    return made.json["share"]["id"], made.json["url"].partition("#")[2]


async def _read(http: Client, token: str) -> Response:
    return await http.get("/shared-conversations", headers={"X-Retinue-Share-Token": token})


def _anyone(scene: Scene) -> Client:
    return Client(scene.cast.anna.http.session, scene.cast.anna.http.base_url)


async def test_anyone_reads_what_was_said_by_a_link_and_not_what_is_said_later(played: Scene, hand_on: HandOn) -> None:
    conversation = await begin(played, "First answer.", "Second answer.")
    file = (await upload(played.cast.anna.http, "notes.txt", b"secret content", "text/plain")).json
    await _said(played, hand_on, conversation, "Question", attachment_ids=[file["id"]])
    made = await _share(played, conversation, audience="anyone", expires_in_days=7)
    await _said(played, hand_on, conversation, "Private question")

    shown = await _read(_anyone(played), made.json["url"].partition("#")[2])

    assert made.status == 201, made.text
    assert (made.json["share"]["audience"], made.json["share"]["message_count"]) == ("anyone", 2)
    assert "/shared#" in made.json["url"]
    assert shown.status == 200, shown.text
    said = [(each["sender_type"], each["content"], each["attachments"]) for each in shown.json["messages"]]
    assert said == [("user", "Question", ["notes.txt"]), ("agent", "First answer.", [])]
    assert (shown.json["partner_name"], shown.json["title"]) == ("Scribe", "Question")
    assert "Private question" not in shown.text
    assert not {"run_id", "user_id", "id", "organization_id"} & shown.json["messages"][0].keys()


async def test_link_for_members_shows_nothing_to_others(played: Scene, hand_on: HandOn) -> None:
    conversation = await _talk(played, hand_on, "Answer.")
    made = await _share(played, conversation)
    token = made.json["url"].partition("#")[2]

    member = await _read(played.cast.vera.http, token)
    stranger = await _read(played.cast.otto.http, token)
    anyone = await _read(_anyone(played), token)

    assert f"?organization={played.cast.acme}#" in made.json["url"]
    assert (member.status, len(member.json["messages"])) == (200, 2)
    assert (stranger.status, stranger.json["code"]) == (404, "conversation_link_invalid")
    assert (anyone.status, anyone.json["code"]) == (404, "conversation_link_invalid")


async def test_link_gives_no_other_door_to_the_conversation(played: Scene, hand_on: HandOn) -> None:
    conversation = await _talk(played, hand_on, "Answer.")
    share, token = await _link(played, conversation)
    vera, olga = played.cast.vera.http, played.cast.olga.http
    assert (await _read(olga, token)).status == 200

    doors = [
        await olga.get(f"/conversations/{conversation}"),
        await olga.get(f"/conversations/{conversation}/messages"),
        await olga.get(f"/conversations/{conversation}/shares"),
        await olga.delete(f"/conversations/{conversation}/shares/{share}"),
        await _share(played, conversation, by=olga),
        await _read(vera, "x" + token[1:]),
    ]

    assert [each.status for each in doors] == [404] * 6
    assert (await _read(olga, token)).status == 200


async def test_revoked_link_shows_nothing_at_once_and_both_acts_are_audited(played: Scene, hand_on: HandOn) -> None:
    conversation = await _talk(played, hand_on, "Answer.")
    share, token = await _link(played, conversation, audience="anyone")
    path = f"/conversations/{conversation}/shares"
    listed = (await played.cast.anna.http.get(path)).json["items"]

    revoked = await played.cast.anna.http.delete(f"{path}/{share}")
    again = await played.cast.anna.http.delete(f"{path}/{share}")

    assert [each["id"] for each in listed] == [share]
    assert token not in str(listed)
    assert (revoked.status, again.status) == (204, 404)
    assert (await _read(_anyone(played), token)).status == 404
    log = (await played.cast.olga.http.get(f"/audit-log?target_id={conversation}")).json["items"]
    assert [each["action"] for each in log] == ["conversation.unshared", "conversation.shared"]
    assert log[1]["after"]["audience"] == "anyone"
    assert token not in str(log)


async def test_expired_link_shows_nothing_and_is_deleted(played: Scene, hand_on: HandOn) -> None:
    conversation = await _talk(played, hand_on, "Answer.")
    share, token = await _link(played, conversation, audience="anyone", expires_in_days=1)
    _, other = await _link(played, conversation, audience="anyone")
    past = datetime.now(UTC) - timedelta(seconds=1)
    await played.owner("UPDATE conversation_shares SET expires_at = %s WHERE id = %s", past, share)

    shown = await _read(_anyone(played), token)
    listed = (await played.cast.anna.http.get(f"/conversations/{conversation}/shares")).json["items"]
    await sharing.delete_expired(played.process.database)

    assert (shown.status, len(listed)) == (404, 1)
    assert await played.owner("SELECT count(*) FROM conversation_shares WHERE conversation_id = %s", conversation) == [(1,)]
    assert (await _read(_anyone(played), other)).status == 200


@pytest.mark.parametrize(
    "end",
    [
        "DELETE FROM memberships WHERE user_id = %(user)s AND organization_id = %(organization)s",
        "UPDATE users SET is_active = false WHERE id = %(user)s",
        "UPDATE organizations SET status = 'deleting' WHERE id = %(organization)s",
    ],
)
async def test_link_of_one_who_left_shows_nothing(played: Scene, hand_on: HandOn, end: str) -> None:
    conversation = await _talk(played, hand_on, "Answer.")
    _, token = await _link(played, conversation, audience="anyone")
    values = {"user": played.cast.anna.user_id, "organization": played.cast.acme}
    with psycopg.connect(played.postgres.owner_url) as owner:
        owner.execute(end.encode(), values)
        owner.commit()

    assert (await _read(_anyone(played), token)).status == 404


async def test_deleted_conversation_takes_its_links_with_it(played: Scene, hand_on: HandOn) -> None:
    conversation = await _talk(played, hand_on, "Answer.")
    _, token = await _link(played, conversation, audience="anyone")

    assert (await played.cast.anna.http.delete(f"/conversations/{conversation}")).status == 204

    assert (await _read(_anyone(played), token)).status == 404
    assert await played.owner("SELECT count(*) FROM conversation_shares WHERE conversation_id = %s", conversation) == [(0,)]


async def test_conversation_in_which_nothing_was_said_and_a_21st_link_are_refused(played: Scene, hand_on: HandOn) -> None:
    empty = await _share(played, await begin(played, "Hello."))
    conversation = await _talk(played, hand_on, "Answer.")
    made = [(await _share(played, conversation)).status for _ in range(20)]
    refused = await _share(played, conversation)
    wrong = await _share(played, conversation, audience="everyone")
    long = await _share(played, conversation, expires_in_days=91)

    assert (empty.status, empty.json["code"]) == (409, "conversation_empty")
    assert set(made) == {201}
    assert (refused.status, refused.json["code"]) == (409, "too_many_shares")
    assert (wrong.status, wrong.json["errors"][0]["field"]) == (422, "audience")
    assert (long.status, long.json["errors"][0]["field"]) == (422, "expires_in_days")


async def test_operator_keeps_conversations_to_members_or_to_their_persons(
    played: Scene, hand_on: HandOn, environ: dict[str, str]
) -> None:
    conversation = await _talk(played, hand_on, "Answer.")
    _, public = await _link(played, conversation, audience="anyone")
    _, inside = await _link(played, conversation)
    found: dict[str, list[int]] = {}
    for allowed in ("members", "off"):
        process = Process(environ | {"RETINUE_CONVERSATION_SHARING": allowed})
        await process.start()
        try:
            async with serve(process) as client:
                vera, anna = (
                    Client(client.session, client.base_url, email=person.email, password=PASSWORD)
                    for person in (played.cast.vera, played.cast.anna)
                )
                found[allowed] = [
                    (await _read(client, public)).status,
                    (await _read(vera, inside)).status,
                    (await _share(played, conversation, by=anna, audience="anyone")).status,
                    (await _share(played, conversation, by=anna)).status,
                ]
        finally:
            await process.stop()

    assert found == {"members": [404, 200, 422, 201], "off": [404, 404, 422, 422]}

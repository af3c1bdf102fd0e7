"""Superusers see how the backups of the installation stand."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from retinue.backups import tasks
from retinue.process import Process
from tests.backups.conftest import Installation
from tests.client import Client

_SUPERUSER = "UPDATE users SET is_superuser = {} WHERE id = '{}' RETURNING 1"
_LEFT = """
INSERT INTO backups (id, trigger, status, host, started_at)
VALUES (gen_random_uuid(), 'daily', 'running', 'gone', tenant.now() - interval '1 hour') RETURNING id::text
"""
_DONE = """
INSERT INTO backups (id, trigger, status, host, started_at, finished_at)
VALUES (gen_random_uuid(), 'daily', 'succeeded', 'gone', tenant.now(), tenant.now()) RETURNING 1
"""
_FAILED = """
INSERT INTO backups (id, trigger, status, host, error, started_at, finished_at)
VALUES (gen_random_uuid(), 'daily', 'failed', 'gone', 'The disk is full.', tenant.now(), tenant.now()) RETURNING 1
"""
_DIFFERS = """
UPDATE backups SET rehearsed_at = tenant.now(), rehearsal_error = '3 differences.' WHERE status = 'succeeded' RETURNING 1
"""


@pytest.fixture
def superuser(installation: Installation) -> Iterator[Client]:
    """Give Adam's client, as a superuser's."""
    adam = installation.cast.adam
    installation.rows(_SUPERUSER.format("true", adam.user_id))
    yield adam.http
    installation.rows(_SUPERUSER.format("false", adam.user_id))


async def test_superuser_sees_each_attempt_and_what_to_look_at(
    installation: Installation, superuser: Client, backup: Path
) -> None:
    before = await superuser.get("/backups")
    ((left,),) = installation.rows(_LEFT)
    installation.rows(_DIFFERS)
    try:
        after = await superuser.get("/backups")
    finally:
        installation.rows("DELETE FROM backups WHERE host = 'gone' RETURNING 1")
        installation.rows("UPDATE backups SET rehearsed_at = NULL, rehearsal_error = NULL RETURNING 1")

    assert before.status == 200, before.text
    made = next(each for each in before.json["items"] if each["place"] == str(backup))
    assert (made["trigger"], made["status"], made["error"]) == ("manual", "succeeded", None)
    assert made["size_bytes"] > 0
    assert (before.json["daily_at"], before.json["is_running"]) == (None, False)
    found = {each["id"]: each for each in after.json["items"]}
    assert (found[left]["status"], found[left]["error"]) == ("failed", "The process that made it ended early.")
    assert found[made["id"]]["rehearsal_error"] == "3 differences."
    (warning,) = after.json["warnings"]
    assert warning.endswith("UTC: 3 differences.")


async def test_nobody_else_sees_the_backups(installation: Installation, superuser: Client) -> None:
    cast = installation.cast
    made = await superuser.post("/api-keys", json={"name": "key", "scopes": ["agents:read"]})
    key = Client(cast.nobody.session, cast.nobody.base_url, headers={"Authorization": f"Bearer {made.json['key']}"})

    assert (await superuser.get("/backups")).status == 200
    assert [(await each.get("/backups")).status for each in (cast.olga.http, cast.vera.http, cast.otto.http, key)] == [
        403
    ] * 4
    assert (await cast.nobody.get("/backups")).status == 401


async def test_superusers_are_notified_once_until_it_is_settled(
    installation: Installation, superuser: Client, place: Path
) -> None:
    process = Process(installation.environ | {"RETINUE_BACKUP_DIR": str(place)})
    await process.start()
    installation.rows(_FAILED)
    try:
        await tasks.tell_superusers(process.database)
        await tasks.tell_superusers(process.database)
        (told,) = (await superuser.get("/notifications?unread=true&type=backup_problem")).json["items"]
        others = (await installation.cast.olga.http.get("/notifications?type=backup_problem")).json["items"]
        installation.rows(_DONE)
        await tasks.tell_superusers(process.database)
        left = (await superuser.get("/notifications?unread=true&type=backup_problem")).json["items"]
    finally:
        installation.rows("DELETE FROM backups WHERE host = 'gone' RETURNING 1")
        installation.rows("DELETE FROM notifications WHERE type = 'backup_problem' RETURNING 1")
        await process.stop()

    assert told["message"].startswith("The daily backup failed: The disk is full.")
    assert (told["priority"], told["count"]) == ("high", 1)
    assert others == left == []

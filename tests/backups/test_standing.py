"""Superusers see how the backups of the installation stand, and ask for one."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from retinue.backups import tasks
from retinue.process import Process
from tests.backups.conftest import CommandLine, Installation
from tests.cast import PASSWORD
from tests.client import Client
from tests.serving import serve

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

_ASKED = "SELECT target_id::text, actor_id FROM audit_log WHERE action = 'backup.requested' AND organization_id IS NULL"


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


async def test_superuser_asks_for_a_backup_and_one_is_made(
    installation: Installation, superuser: Client, retinue: CommandLine, place: Path
) -> None:
    async def work() -> None:
        process = retinue.begin("backup-daily", os.getpid(), program="retinue.cli.entry", RETINUE_BACKUP_DIR=str(place))
        _, errors = await asyncio.to_thread(process.communicate, timeout=100)
        assert process.returncode == 0, errors

    unset = await superuser.post("/backups")
    process = Process(installation.environ | {"RETINUE_BACKUP_DIR": str(place)})
    await process.start(is_serving=False)
    installation.rows(_DONE)  # the daily one is made
    try:
        async with serve(process) as client:
            asking, other = (
                Client(client.session, client.base_url, email=each.email, password=PASSWORD)
                for each in (installation.cast.adam, installation.cast.olga)
            )
            asked = await asking.post("/backups")
            again = await asking.post("/backups")
            denied = await other.post("/backups")
            await work()
            await work()
            after = (await asking.get("/backups")).json
    finally:
        installation.rows("DELETE FROM backups WHERE host = 'gone' RETURNING 1")
        await process.stop()

    assert (unset.status, unset.json["code"]) == (409, "backup_target_missing")
    assert (asked.status, again.status, denied.status) == (202, 202, 403)
    assert asked.json["requested_at"] == again.json["requested_at"] is not None
    assert after["requested_at"] is None
    made = [each for each in after["items"] if each["place"] and each["place"].startswith(str(place))]
    assert [(each["trigger"], each["status"]) for each in made] == [("manual", "succeeded")]
    assert [str(each) for each in place.iterdir()] == [made[0]["place"]]
    assert (made[0]["id"], installation.cast.adam.user_id) in installation.rows(_ASKED)


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

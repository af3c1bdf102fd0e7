"""Rules about the backups of the installation."""

from typing import Any

import pytest

from tests.alerts.conftest import Bell

_BACKUP = """
INSERT INTO backups (id, trigger, status, host, started_at, finished_at, rehearsed_at, rehearsal_error)
VALUES (gen_random_uuid(), 'manual', %s, 'bell', tenant.now(), tenant.now(), CASE WHEN %s THEN tenant.now() END, %s)
"""
_KINDS: list[tuple[str, Any, Any]] = [
    ("backup", ("succeeded", False, None), "No backup has succeeded"),
    ("rehearsal", ("succeeded", True, None), "No rehearsal of a backup has succeeded"),
]


@pytest.fixture
async def installed(bell: Bell) -> Any:
    """Give the bell with an installation that begins now and has no backup."""
    await bell.scene.owner("DELETE FROM backups")
    await bell.scene.owner("UPDATE installation SET created_at = tenant.now()")
    yield bell
    await bell.scene.owner("DELETE FROM backups WHERE host = 'bell'")
    await bell.scene.owner("UPDATE installation SET created_at = now()")


@pytest.mark.parametrize(("kind", "values", "words"), _KINDS)
async def test_rule_fires_while_the_last_success_is_too_old(
    installed: Bell, kind: str, values: tuple[object, ...], words: str
) -> None:
    bell = installed
    async with bell.superuser() as adam:
        rule = {"name": kind, "conditions": {kind: {"older_than": "26h"}}}
        assert (await adam.post("/alert-configs", json=rule)).status == 201
        await bell.look()
        young = await bell.firing()
        bell.clock.move(hours=27)
        await bell.sweep()
        (never,) = await bell.firing()
        await bell.scene.owner(_BACKUP, *values)
        await bell.look()
        recent = await bell.firing()
        bell.clock.move(hours=27)
        await bell.look()
        (old,) = await bell.firing()

    assert young == recent == []
    assert never["details"]["summary"] == f"{words} so far"
    assert old["details"]["summary"] == f"{words} since 2027-03-02 12:00 UTC"


async def test_failed_rehearsal_fires_at_once_and_failed_backup_is_no_success(installed: Bell) -> None:
    bell = installed
    async with bell.superuser() as adam:
        for kind in ("backup", "rehearsal"):
            rule = {"name": kind, "conditions": {kind: {"older_than": "26h"}}}
            assert (await adam.post("/alert-configs", json=rule)).status == 201
        await bell.scene.owner(_BACKUP, "succeeded", True, "3 differences.")
        await bell.look()
        (failed,) = await bell.firing()
        bell.clock.move(hours=27)
        await bell.scene.owner(_BACKUP, "failed", False, None)
        await bell.look()
        names = sorted(each["config_name"] for each in await bell.firing())

    assert failed["details"]["summary"] == "The last rehearsal of a backup failed"
    assert "differences" not in str(failed)
    assert names == ["backup", "rehearsal"]


async def test_rule_is_silent_once_no_superuser_is_a_member(installed: Bell) -> None:
    bell = installed
    async with bell.superuser() as adam:
        rule = {"name": "Backup", "conditions": {"backup": {"older_than": "26h"}}}
        assert (await adam.post("/alert-configs", json=rule)).status == 201
        bell.clock.move(hours=27)
        await bell.look()
        fired = len(await bell.firing())
    others = await bell.scene.owner(
        "SELECT count(*) FROM memberships JOIN users u ON u.id = user_id WHERE organization_id = %s AND u.is_superuser",
        bell.scene.cast.acme,
    )
    await bell.look()

    assert fired == 1
    assert others == [(0,)]
    assert await bell.firing() == []

"""The backups of the installation in the browser, for superusers."""

from collections.abc import AsyncIterator

import psycopg
import pytest
from playwright.async_api import expect

from retinue.backups.settings import BackupSettings
from retinue.process import Process
from tests.cast import Cast
from tests.conftest import Postgres
from tests.web.looks import keep_picture, looks
from tests.web.reader import Reader

_MADE = """
INSERT INTO backups (id, trigger, status, host, place, size_bytes, error, started_at, finished_at, rehearsed_at,
  rehearsal_error)
VALUES
  (gen_random_uuid(), 'manual', 'succeeded', 'shown', '/backups/retinue-1', 5242880, NULL, tenant.now() - interval '2 h',
    tenant.now(), tenant.now(), '3 differences.'),
  (gen_random_uuid(), 'daily', 'failed', 'shown', NULL, NULL, 'The disk is full.', tenant.now() - interval '1 h',
    tenant.now(), NULL, NULL)
"""


@pytest.fixture
async def made(cast: Cast, postgres: Postgres) -> AsyncIterator[None]:
    """Make Olga a superuser of an installation with two attempts."""
    async with await psycopg.AsyncConnection.connect(postgres.owner_url, autocommit=True) as owner:
        await owner.execute("UPDATE users SET is_superuser = true WHERE id = %s", (cast.olga.user_id,))
        await owner.execute(_MADE)
        yield
        await owner.execute("DELETE FROM backups WHERE host = 'shown'")
        await owner.execute("UPDATE installation SET backup_request_id = NULL, backup_requested_at = NULL")
        await owner.execute("UPDATE users SET is_superuser = false WHERE id = %s", (cast.olga.user_id,))


@looks
@pytest.mark.usefixtures("made")
async def test_superuser_asks_for_a_backup(reader: Reader, process: Process) -> None:
    settings = process.resources.settings
    before = settings[BackupSettings]
    settings[BackupSettings] = BackupSettings(backup_dir="/backups")
    try:
        page = await reader.open("/settings/backups")
        await page.get_by_role("button", name="Back up now").click()

        await expect(page.get_by_text("A backup was requested; a worker begins it within a minute")).to_be_visible()
        await expect(page.get_by_role("button", name="Back up now")).to_be_disabled()
        await keep_picture(reader, "backup-requested")
    finally:
        settings[BackupSettings] = before


@looks
@pytest.mark.usefixtures("made")
async def test_superuser_reads_the_outcome_of_each_backup(reader: Reader, axe: str) -> None:
    page = await reader.open("/settings/backups")

    table = page.get_by_role("table", name="Backups")
    manual = table.get_by_role("row").filter(has_text="/backups/retinue-1")
    await expect(manual).to_contain_text("Succeeded")
    await expect(manual).to_contain_text("Failed: 3 differences.")
    await expect(table.get_by_role("row").filter(has_text="The disk is full.")).to_contain_text("Daily")
    await expect(page.get_by_role("note")).to_contain_text("UTC: 3 differences.")
    await expect(page.get_by_text("None: RETINUE_BACKUP_DIR is not set")).to_be_visible()
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "backups")

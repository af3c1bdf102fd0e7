"""Retention in the browser: what a change deletes is shown before it is saved."""

import psycopg
from playwright.async_api import expect

from tests.cast import Cast
from tests.conftest import Postgres
from tests.web.looks import keep_picture, looks
from tests.web.reader import Reader

_OLD = (
    "INSERT INTO audit_log (id, organization_id, actor_kind, action, target_type, target_id, created_at)"
    " SELECT gen_random_uuid(), %s, 'system', 'tried.here', 'agent', gen_random_uuid(), now() - interval '40 days'"
    " FROM generate_series(1, 1234)"
)


@looks
async def test_retention_shows_what_goes_before_it_is_saved(
    reader: Reader, cast: Cast, postgres: Postgres, axe: str
) -> None:
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        owner.execute(_OLD, (cast.acme,))
    page = await reader.open("/settings/retention")
    await expect(page.get_by_label("Audit log")).to_have_value("365")
    await expect(page.get_by_label("Logs")).to_have_attribute("placeholder", "As runs (90)")
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "retention")

    await page.get_by_label("Audit log").fill("7")
    await page.get_by_role("button", name="Preview changes").click()
    await expect(page.get_by_text("must be from 30 to 3650 days")).to_be_visible()
    await page.get_by_label("Audit log").fill("30")
    await page.get_by_role("button", name="Preview changes").click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_role("row", name="Audit log")).to_contain_text("1,234")
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "retention-preview")
    before = (await cast.olga.http.get("/organizations/current")).json["audit_retention_days"]
    await dialog.get_by_role("button", name="Save and delete").click()
    await expect(dialog).to_have_count(0)

    assert before == 365
    assert (await cast.olga.http.get("/organizations/current")).json["audit_retention_days"] == 30
    reader.expect_refusals(422)

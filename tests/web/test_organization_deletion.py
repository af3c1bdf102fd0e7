"""The deletion of an organization in the browser: confirmed by its slug, shown with its progress, cancelled, carried out."""

import re

from playwright.async_api import Browser, Page, expect

from retinue.identity.deletions import tasks
from retinue.process import Process
from tests.cast import Cast
from tests.web.looks import looks
from tests.web.reader import Reader


async def _delete(page: Page, cast: Cast) -> None:
    slug = (await cast.olga.http.get("/organizations/current")).json["slug"]
    await page.get_by_role("button", name="Delete organization").click()
    dialog = page.get_by_role("dialog")
    confirm = dialog.get_by_role("button", name="Delete organization")
    await dialog.get_by_label(f"Type {slug} to confirm").fill("another")
    await expect(confirm).to_be_disabled()
    await dialog.get_by_label(f"Type {slug} to confirm").fill(slug)
    await confirm.click()
    await expect(page).to_have_url(re.compile("/settings/account"))


async def test_deleted_organization_shows_the_time_left_and_is_restored(olga: Reader, cast: Cast) -> None:
    page = await olga.open("/settings")
    await _delete(page, cast)

    row = page.get_by_role("region", name="Deleted organizations").get_by_role("listitem")
    await expect(row).to_contain_text("Deletion scheduled")
    await expect(row).to_contain_text("Everything is deleted in 23h 59m")
    await page.get_by_role("link", name="Runs", exact=True).click()
    await expect(page.get_by_text("You are not a member of an organization")).to_be_visible()

    await page.get_by_role("button", name=re.compile("Cancel deletion of Acme")).click()

    await expect(page.get_by_role("button", name=re.compile("Organization: Acme"))).to_be_visible()
    await page.get_by_role("link", name="Agents", exact=True).click()
    await expect(page.get_by_role("heading", name="Agents", level=1)).to_be_visible()
    assert (await cast.vera.http.get("/members")).status == 200


async def test_deletion_is_started_and_ends_before_the_eyes_of_the_owner(olga: Reader, cast: Cast, process: Process) -> None:
    page = await olga.open("/settings")
    await _delete(page, cast)
    row = page.get_by_role("region", name="Deleted organizations").get_by_role("listitem")

    await row.get_by_role("button", name=re.compile("Delete Acme .* now")).click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Delete now").click()
    await expect(row).to_contain_text("Deleting")
    await tasks.erase(process.database)

    await expect(row).to_contain_text(re.compile(r"\d+ records and \d+ files? deleted"))
    await expect(row).to_contain_text(str(cast.acme))
    await expect(row.get_by_role("button")).to_have_count(0)


async def test_page_of_a_member_goes_to_their_other_organization(
    chromium: Browser, readers: list[Reader], olga: Reader, cast: Cast
) -> None:
    other = (await cast.vera.http.post("/organizations", json={"name": "Vera's own"})).json
    vera = await Reader.sit_down(chromium, cast.vera, readers)
    opened = await vera.open("/runs")
    await opened.evaluate("id => sessionStorage.setItem('retinue.organization', id)", str(cast.acme))
    await opened.reload()
    await expect(opened.get_by_role("button", name=re.compile("Organization: Acme"))).to_be_visible()

    await _delete(await olga.open("/settings"), cast)

    await expect(opened.get_by_role("button", name=f"Organization: {other['name']}")).to_be_visible(timeout=30_000)
    vera.expect_refusals(403, 404)


async def test_only_owners_see_the_way_to_delete(chromium: Browser, readers: list[Reader], cast: Cast) -> None:
    adam = await Reader.sit_down(chromium, cast.adam, readers)
    page = await adam.open("/settings")
    await expect(page.get_by_role("region", name="Details")).to_be_visible()

    await expect(page.get_by_role("button", name="Delete organization")).to_have_count(0)


@looks
async def test_the_deletion_has_no_barriers(reader: Reader, cast: Cast, axe: str) -> None:
    page = await reader.open("/settings")
    await page.get_by_role("button", name="Delete organization").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    assert await reader.barriers(axe) == []
    await page.keyboard.press("Escape")
    await _delete(page, cast)
    await expect(page.get_by_role("region", name="Deleted organizations")).to_be_visible()
    assert await reader.barriers(axe) == []
    await reader.open("/runs")
    await expect(page.get_by_role("button", name=re.compile("Cancel deletion"))).to_be_visible()
    assert await reader.barriers(axe) == []

"""Two-factor authentication and account recovery in the browser: set up, renewed, disabled, required, reset by an owner."""

import re
import time
from pathlib import Path

import psycopg
from playwright.async_api import Browser, Locator, Page, expect

from retinue.identity.two_factor import rules
from tests.cast import PASSWORD, Cast, Person
from tests.conftest import Postgres
from tests.web.looks import looks
from tests.web.reader import Reader

_STEP_SECONDS = 30


def _code(secret: str, steps: int = 0) -> str:
    """Return the code of some steps from now; one step to either side is accepted, and each code once."""
    return rules.code_at(secret, int(time.time()) // _STEP_SECONDS + steps)


async def _enable(person: Person) -> str:
    enrolled = await person.http.post("/auth/two-factor", json={"password": PASSWORD})
    assert enrolled.status == 201, enrolled.text
    secret = str(enrolled.json["secret"])
    assert (await person.http.post("/auth/two-factor/confirm", json={"code": _code(secret, -1)})).status == 200
    return secret


def _words(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split()


async def _set_up(page: Page) -> tuple[str, Locator]:
    """Set it up from the account page; return the secret and the dialog with the recovery codes."""
    await page.get_by_role("region", name="Two-factor authentication").get_by_role("button", name="Set up").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Current password").fill(PASSWORD)
    await dialog.get_by_role("button", name="Continue").click()
    await expect(dialog.get_by_role("img", name="QR code of the key")).to_be_visible()
    secret = re.sub(r"\s", "", await dialog.get_by_test_id("two-factor-key").inner_text())
    await dialog.get_by_label("Code").fill(_code(secret, -1))
    await dialog.get_by_role("button", name="Enable").click()
    await expect(dialog.get_by_role("list", name="Recovery codes").get_by_role("listitem")).to_have_count(10)
    return secret, dialog


async def test_two_factor_is_set_up_its_codes_renewed_and_disabled(olga: Reader) -> None:
    page = await olga.open("/settings/account")
    section = page.get_by_role("region", name="Two-factor authentication")
    secret, dialog = await _set_up(page)
    codes = await dialog.get_by_role("listitem").all_inner_texts()
    await olga.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await dialog.get_by_role("button", name="Copy codes").click()
    await expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    assert (await page.evaluate("navigator.clipboard.readText()")).split() == codes
    async with page.expect_download() as saved:
        await dialog.get_by_role("button", name="Download").click()
    assert _words(await (await saved.value).path()) == codes
    await dialog.get_by_role("button", name="Done").click()
    await expect(section).to_contain_text("10 recovery codes left")
    assert codes[0] not in await page.content()

    await section.get_by_role("button", name="Renew recovery codes").click()
    await dialog.get_by_label("Current password").fill(PASSWORD)
    await dialog.get_by_label("Code").fill(_code(secret))
    await dialog.get_by_role("button", name="Renew codes").click()
    renewed = dialog.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    await expect(renewed).to_have_count(10)
    assert not set(codes) & set(await renewed.all_inner_texts())
    await dialog.get_by_role("button", name="Done").click()

    await section.get_by_role("button", name="Disable").click()
    await dialog.get_by_label("Current password").fill(PASSWORD)
    await dialog.get_by_label("Code").fill("000000")
    await dialog.get_by_role("button", name="Disable").click()
    await expect(dialog.get_by_label("Code")).to_have_attribute("aria-invalid", "true")
    await dialog.get_by_label("Code").fill(_code(secret, 1))
    await dialog.get_by_role("button", name="Disable").click()
    await expect(section).to_contain_text("Not enabled")
    olga.expect_refusals(401, 422)


async def test_member_without_the_required_second_factor_is_led_to_set_it_up(
    chromium: Browser, olga: Reader, readers: list[Reader], cast: Cast
) -> None:
    page = await olga.open("/settings")
    switch = page.get_by_role("switch", name="Require two-factor authentication")
    await expect(switch).to_be_disabled()
    await _enable(cast.olga)
    await page.reload()
    await switch.click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Require").click()
    await expect(switch).to_be_checked()

    anna = await Reader.sit_down(chromium, cast.anna, readers)
    second_page = await anna.open("/runs")
    await expect(second_page.get_by_text("This organization requires two-factor authentication.")).to_be_visible()
    await second_page.get_by_role("main").get_by_role("link", name="Set up two-factor authentication").click()
    await expect(second_page.get_by_role("note").filter(has_text="Set it up below")).to_be_visible()
    _, dialog = await _set_up(second_page)
    await dialog.get_by_role("button", name="Done").click()

    await expect(second_page.get_by_role("note").filter(has_text="Set it up below")).to_have_count(0)
    await second_page.get_by_role("link", name="Runs", exact=True).click()
    await expect(second_page.get_by_role("heading", name="Runs", level=1)).to_be_visible()
    anna.expect_refusals(403)


async def test_owner_resets_the_second_factor_and_the_password_of_a_member(olga: Reader, cast: Cast) -> None:
    await _enable(cast.vera)
    page = await olga.open("/settings/members")
    row = page.get_by_role("row", name=re.compile("Vera"))
    await expect(row).to_contain_text("Two-factor")
    await row.get_by_role("button", name=re.compile("More for Vera")).click()
    await page.get_by_role("menuitem", name="Create password reset link").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Create password reset link").click()
    await expect(dialog.get_by_test_id("secret")).to_contain_text("/reset-password?token=")
    await dialog.get_by_role("button", name="Done").click()

    await row.get_by_role("button", name=re.compile("More for Vera")).click()
    await page.get_by_role("menuitem", name="Reset two-factor").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Reset").click()

    await expect(page.get_by_role("alertdialog")).to_have_count(0)
    await expect(row).not_to_contain_text("Two-factor")


async def test_superuser_deletes_an_account(olga: Reader, cast: Cast, postgres: Postgres) -> None:
    page = await olga.open("/settings")
    await expect(page.get_by_role("link", name="Accounts")).to_have_count(0)
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        owner.execute("UPDATE users SET is_superuser = true WHERE id = %s", (cast.olga.user_id,))
    await page.reload()
    await page.get_by_role("link", name="Accounts").click()
    await page.get_by_role("searchbox", name="Find an account").fill(cast.vera.email)
    row = page.get_by_role("table", name="Accounts").get_by_role("row").filter(has_text=cast.vera.email)
    await row.get_by_role("button", name=re.compile("Delete the account of Vera")).click()

    await page.get_by_role("alertdialog").get_by_role("button", name="Delete account").click()

    await expect(page.get_by_role("alertdialog")).to_have_count(0)
    await expect(row).to_have_count(0)
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        assert owner.execute("SELECT 1 FROM users WHERE id = %s", (cast.vera.user_id,)).fetchone() is None
        owner.execute("UPDATE users SET is_superuser = false WHERE id = %s", (cast.olga.user_id,))


@looks
async def test_setting_up_two_factor_has_no_barriers(reader: Reader, axe: str) -> None:
    page = await reader.open("/settings/account")
    _, dialog = await _set_up(page)
    assert await reader.barriers(axe) == []
    await dialog.get_by_role("button", name="Done").click()
    await page.get_by_role("button", name="Renew recovery codes").click()
    await expect(dialog.get_by_label("Code")).to_be_visible()
    assert await reader.barriers(axe) == []

"""Variables of the organization in the settings of the console."""

from playwright.async_api import expect

from tests.cast import Cast
from tests.web.reader import Reader


async def test_variables_are_created_rotated_shown_in_use_and_deleted(olga: Reader, cast: Cast, axe: str) -> None:
    page = await olga.open("/settings/variables")
    await page.get_by_role("button", name="New variable").click()
    dialog = page.get_by_role("dialog", name="New variable")
    await dialog.get_by_label("Name").fill("crm token")
    await dialog.get_by_label("Value").fill("s3cret-value")
    await dialog.get_by_label("Rotate every").fill("30")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    assert await olga.barriers(axe) == []
    await dialog.get_by_label("Name").fill("crm_token")
    await dialog.get_by_role("button", name="Save").click()
    table = page.get_by_role("table", name="Variables")
    await expect(table).to_contain_text("crm_token")
    await expect(table).not_to_contain_text("s3cret-value")
    tool = {
        "name": "crm",
        "tool_type": "api",
        "configuration": {"method": "GET", "url": "https://crm.example.com/"},
        "credentials": {"type": "bearer", "token": "{{crm_token}}"},
    }
    assert (await cast.olga.http.post("/tools", json=tool)).status == 201

    await table.get_by_role("button", name="Used by: crm_token").click()
    uses = page.get_by_role("dialog", name="Used by: crm_token")
    await expect(uses.get_by_role("link", name="crm")).to_be_visible()
    await uses.get_by_role("button", name="Close", exact=True).last.click()
    await table.get_by_role("button", name="Edit crm_token").click()
    edit = page.get_by_role("dialog", name="Edit crm_token")
    await edit.get_by_label("Description").fill("Signs in to the CRM")
    await edit.get_by_role("button", name="Save").click()
    await expect(table).to_contain_text("Signs in to the CRM")
    await table.get_by_role("button", name="Delete crm_token").click()
    await page.get_by_role("button", name="Delete", exact=True).click()
    await expect(page.get_by_role("alertdialog").or_(page.get_by_role("dialog"))).to_contain_text("the tool crm")

    (kept,) = (await cast.vera.http.get("/variables")).json["items"]
    assert (kept["has_value"], kept["rotation_days"], kept["description"]) == (True, 30, "Signs in to the CRM")
    olga.expect_refusals(422, 409)

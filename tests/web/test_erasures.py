"""Complete erasure in the browser: confirmed by the name, shown with its progress and its certificate."""

import secrets

from playwright.async_api import expect

from retinue.erasures import tasks
from retinue.process import Process
from tests.cast import Cast
from tests.web.looks import keep_picture, looks
from tests.web.reader import Reader


@looks
async def test_agent_is_erased_and_its_certificate_is_read(reader: Reader, cast: Cast, process: Process, axe: str) -> None:
    name = f"Agent {secrets.token_hex(4)}"
    agent = (await cast.olga.http.post("/agents", json={"name": name})).json["id"]
    page = await reader.open("/settings/erasure")
    await page.get_by_role("button", name="Erase…").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("ID of the agent").fill(agent)
    await dialog.get_by_label("Type the agent's name to confirm").fill("another")
    await dialog.get_by_role("button", name="Erase", exact=True).click()
    await expect(dialog).to_contain_text("The confirmation is not the name of what is to be erased.")
    assert await reader.barriers(axe) == []
    await dialog.get_by_label("Type the agent's name to confirm").fill(name)
    await dialog.get_by_role("button", name="Erase", exact=True).click()
    row = page.get_by_role("listitem").filter(has_text=agent)
    await expect(row).to_contain_text("Erasing")
    await tasks.work(process.database)

    await row.get_by_role("button", name=f"Certificate of {agent}").click()

    certificate = page.get_by_role("dialog", name="Certificate of erasure")
    await expect(certificate.get_by_role("row", name="agents", exact=False).first).to_be_visible()
    await expect(certificate).to_contain_text("audit_log")
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "certificate")
    reader.expect_refusals(409)

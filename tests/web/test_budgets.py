"""Budgets in the console: created, shown with what is settled, changed, deleted; a waiting run is allowed more."""

import pytest
from playwright.async_api import expect

from tests.budgets.conftest import Purse
from tests.runs.scene import Scene
from tests.web.looks import keep_picture, looks
from tests.web.reader import Reader


@pytest.fixture
async def spent(played: Scene) -> Scene:
    """Give budgets of which calls have settled a part, one that is used up, and a run that asks for more."""
    purse = Purse(played)
    agent = await played.agent({"text": "Done.", "cost_usd": "0.04"}, name="Ada")
    await purse.budget(name="All agents", limit_usd="0.10", limit_tokens=100_000, at_limit="ask")
    await purse.budget(name="Each run", scope="run", period="total", limit_usd="0.50")
    for _ in range(2):
        await purse.run(agent)
    assert (await purse.run(agent))["status"] == "waiting"
    return played


async def test_budget_is_created_changed_and_deleted(olga: Reader, played: Scene) -> None:
    await played.agent("Done.", name="Ada")
    page = await olga.open("/usage")
    await expect(page.get_by_text("No budgets.")).to_be_visible()

    await page.get_by_role("button", name="New budget").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("Ada's month")
    await dialog.get_by_label("Limits").select_option("agent")
    await dialog.get_by_role("combobox", name="Agent").select_option(label="Ada")
    await dialog.get_by_role("button", name="Create budget").click()
    await expect(dialog.get_by_text("is missing, and so is limit_tokens")).to_be_visible()
    olga.expect_refusals(422)
    await dialog.get_by_label("Limit in US dollars").fill("12.50")
    await dialog.get_by_role("button", name="Create budget").click()

    card = page.get_by_role("region", name="Ada's month")
    await expect(card).to_contain_text("Agent Ada")
    await expect(card).to_contain_text("$12.50")
    await page.get_by_role("button", name="Edit Ada's month").click()
    await dialog.get_by_label("Limit in US dollars").fill("0.25")
    await dialog.get_by_label("At the limit").select_option("ask")
    await dialog.get_by_role("button", name="Save").click()
    await expect(card).to_contain_text("At the limit: a person is asked")
    await page.get_by_role("button", name="Delete Ada's month").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Delete").click()
    await expect(page.get_by_text("No budgets.")).to_be_visible()


async def test_run_that_waits_for_a_budget_is_allowed_an_amount(olga: Reader, spent: Scene) -> None:
    page = await olga.open("/approvals")
    await expect(page.get_by_text("The budget All agents does not allow this model call.")).to_be_visible()
    await page.get_by_label("Amount in US dollars").fill("0.30")
    await page.get_by_role("button", name="Approve", exact=True).click()
    await expect(page.get_by_text("You're all caught up")).to_be_visible()

    await olga.open("/usage")
    await expect(page.get_by_role("region", name="All agents")).to_contain_text("Granted beyond it: $0.30.")


@looks
async def test_budgets_have_no_barriers(reader: Reader, spent: Scene, axe: str) -> None:
    page = await reader.open("/usage")
    await expect(page.get_by_role("region", name="All agents")).to_contain_text("Settled$0.08")
    await keep_picture(reader, "budgets")
    assert await reader.barriers(axe) == []
    await page.get_by_role("button", name="New budget").click()
    await expect(page.get_by_role("dialog")).to_be_visible()
    await keep_picture(reader, "budgets-new")
    assert await reader.barriers(axe) == []
    await reader.open("/approvals")
    await expect(page.get_by_label("Amount in US dollars")).to_be_visible()
    await keep_picture(reader, "budgets-approval")
    assert await reader.barriers(axe) == []

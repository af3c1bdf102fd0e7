"""Creating an agent, active or inactive, and what the console offers for an inactive one."""

from playwright.async_api import expect

from tests.runs.scene import Scene
from tests.web.reader import Reader


async def test_new_agent_is_active_by_the_main_button_and_inactive_by_the_other(olga: Reader, scene: Scene) -> None:
    page = await olga.open("/agents/new")
    await page.get_by_label("Name").fill("Ready")
    await page.get_by_role("button", name="Create and activate").click()
    await expect(page.get_by_role("heading", name="Ready", level=1)).to_be_visible()
    ready = page.url.rpartition("/")[2]
    page = await olga.open("/agents/new")
    await page.get_by_label("Name").fill("Draft")
    await page.get_by_role("button", name="Create", exact=True).click()
    await expect(page.get_by_role("heading", name="Draft", level=1)).to_be_visible()
    draft = page.url.rpartition("/")[2]

    shown = [(await scene.cast.vera.http.get(f"/agents/{each}")).json["status"] for each in (ready, draft)]
    assert shown == ["active", "inactive"]


async def test_inactive_agent_runs_in_its_playground_and_offers_activation_elsewhere(olga: Reader, played: Scene) -> None:
    agent_id = await played.agent("The tide is high.", name="Idle", status="inactive")
    page = await olga.open(f"/agents/{agent_id}")
    trial = page.get_by_role("region", name="Playground")
    await trial.get_by_role("textbox", name="Prompt").fill("How is the tide?")
    await page.keyboard.press("Enter")
    await expect(trial.get_by_role("log")).to_contain_text("The tide is high.")
    await expect(
        page.get_by_role("link", name="Chat", exact=True).and_(page.locator(f"[href*='{agent_id}']"))
    ).to_have_count(0)

    page = await olga.open("/runs")
    await expect(page.get_by_text("Playground", exact=True)).to_be_visible()
    await page.get_by_role("button", name="New run").click()
    choice = page.get_by_role("dialog").get_by_label("Agent")
    await expect(choice.locator("option", has_text="Idle (inactive)")).to_be_disabled()

    page = await olga.open("/agents")
    await expect(page.get_by_role("button", name="Run Idle")).to_have_count(0)
    await page.get_by_role("button", name="Activate Idle").click()
    await expect(page.get_by_role("button", name="Run Idle")).to_be_visible()

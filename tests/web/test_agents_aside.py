"""Beside an agent's form: its newest runs, how programs run it, and two models that answer the same prompt."""

from playwright.async_api import expect

from tests.runs.scene import Scene
from tests.web.looks import keep_picture, looks
from tests.web.reader import Reader


async def test_the_newest_runs_of_an_agent_are_beside_its_form(olga: Reader, played: Scene) -> None:
    agent = await played.agent("The tide is high.", name="Pilot")
    run = await played.started(agent, "How is the tide?")
    await played.until(run)
    page = await olga.open(f"/agents/{agent}?pane=runs")
    item = page.get_by_role("list", name="Newest runs").get_by_role("listitem")
    await expect(item).to_contain_text("How is the tide?")
    await expect(item).to_contain_text("Version 1")
    await item.get_by_role("link").click()

    await expect(page).to_have_url(f"{olga.base_url}/runs/{run}")


async def test_the_ways_to_call_an_agent_name_it_and_lead_to_keys_and_deployments(olga: Reader, scene: Scene) -> None:
    agent = await scene.agent("Done.", name="Pilot")
    page = await olga.open(f"/agents/{agent}")
    await page.get_by_role("tab", name="API").click()
    await expect(page.get_by_role("figure", name="curl example")).to_contain_text(f'"target_id": "{agent}"')
    await page.get_by_role("tab", name="Python").click()
    await expect(page.get_by_role("figure", name="Python example")).to_contain_text("retinue.runs.start(")
    await page.get_by_role("tab", name="Command line").click()
    await expect(page.get_by_role("figure", name="Command line example")).to_contain_text(f"retinue run {agent}")
    await expect(page.get_by_role("link", name="Settings, API keys")).to_have_attribute("href", "/settings/api-keys")

    await page.get_by_role("button", name="Open deployments").click()
    await expect(page.get_by_role("dialog")).to_contain_text("Nothing is deployed.")


async def test_two_models_answer_the_same_prompt(olga: Reader, played: Scene) -> None:
    agent = await played.agent("The tide is high.", name="Pilot")
    page = await olga.open(f"/agents/{agent}")
    trial = page.get_by_role("region", name="Playground")
    await trial.get_by_role("button", name="Compare").click()
    other = trial.get_by_label("Compare with the model")
    await other.select_option(label="echo")
    await trial.get_by_role("textbox", name="Prompt").fill("How is the tide?")
    await page.keyboard.press("Enter")

    for answer in ("The draft's model", "The other model"):
        await expect(trial.get_by_role("group", name=answer).get_by_role("link", name="Open the run")).to_be_visible()
    links = await trial.get_by_role("link", name="Open the run").all()
    runs = [str(await each.get_attribute("href")).rpartition("/")[2] for each in links]
    models = [(await played.until(run))["model"] for run in runs]
    assert len(set(models)) == 2, models
    saved = (await played.cast.vera.http.get(f"/agents/{agent}")).json
    assert saved["version"] == 1, "Comparing saves nothing."

    await trial.get_by_role("button", name="Stop comparing").click()
    await expect(trial.get_by_role("group", name="The other model")).to_have_count(0)


@looks
async def test_the_panes_beside_the_form_have_no_barriers(reader: Reader, played: Scene, axe: str) -> None:
    agent = await played.agent("The tide is high.", name="Pilot")
    run = await played.started(agent, "How is the tide?")
    await played.until(run)
    page = await reader.open(f"/agents/{agent}?pane=runs")
    await expect(page.get_by_role("list", name="Newest runs")).to_be_visible()
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "agent-runs")

    await reader.open(f"/agents/{agent}?pane=api")
    await expect(page.get_by_role("figure", name="curl example")).to_be_visible()
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "agent-api")

    await reader.open(f"/agents/{agent}?pane=try")
    await page.get_by_role("button", name="Compare").click()
    await expect(page.get_by_label("Compare with the model")).to_be_enabled()
    assert await reader.barriers(axe) == []
    await keep_picture(reader, "agent-compare")

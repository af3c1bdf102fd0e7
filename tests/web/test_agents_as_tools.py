"""Agents as tools in the editor of an agent, and their runs in the view of the caller's run."""

from playwright.async_api import expect

from tests.cast import Cast
from tests.runs.scene import Scene
from tests.web.reader import Reader


async def test_an_agent_is_given_another_one_as_a_tool(olga: Reader, cast: Cast, axe: str) -> None:
    research = (await cast.olga.http.post("/agents", json={"name": "Research", "description": "Finds facts."})).json
    caller = (await cast.olga.http.post("/agents", json={"name": "Caller"})).json
    page = await olga.open(f"/agents/{caller['id']}")
    await page.get_by_label("Add an agent or a team").select_option(label="Research")
    row = page.get_by_role("list", name="Agents as tools").get_by_role("listitem", name="Research")
    await expect(row.get_by_label("Tool name")).to_have_value("ask_research")
    await row.get_by_label("Tool name").fill("find facts")
    await row.get_by_label("Require approval").click()
    await row.get_by_role("button", name="Limits of Research").click()
    await row.get_by_label("Maximum steps").fill("7")
    assert await olga.barriers(axe) == []
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(row.get_by_label("Tool name")).to_have_attribute("aria-invalid", "true")
    await row.get_by_label("Tool name").fill("find_facts")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("unsaved changes", exact=True)).to_be_hidden()

    (use,) = (await cast.vera.http.get(f"/agents/{caller['id']}")).json["config"]["agents"]
    assert (use["agent_id"], use["name"], use["requires_approval"]) == (research["id"], "find_facts", True)
    assert use["limits"]["max_steps"] == 7
    olga.expect_refusals(422)


async def test_the_run_of_a_called_agent_is_opened_from_the_run_of_its_caller(olga: Reader, played: Scene) -> None:
    research = await played.agent("Forty-two.", name="Research")
    turn = {"tool_calls": [{"name": "ask", "arguments": {"task": "How many?"}}]}
    config = {"agents": [{"agent_id": research, "name": "ask"}]}
    caller = await played.agent(turn, "It is 42.", name="Caller", config=config)
    run = await played.until(await played.started(caller))

    page = await olga.open(f"/runs/{run['id']}")
    await page.get_by_role("tab", name="Called agents").click()
    await page.get_by_role("list", name="Members").get_by_role("link", name="Research").first.click()

    await expect(page.get_by_text("Forty-two.").first).to_be_visible()

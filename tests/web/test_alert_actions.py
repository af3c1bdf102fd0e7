"""Rules that block: the page of an agent says what refuses its calls, why it is paused, and how that is lifted."""

from playwright.async_api import expect

from retinue.alerts.feature import feature
from retinue.core import outbox as events
from tests.budgets.conftest import Purse
from tests.runs.scene import Scene
from tests.web.looks import keep_picture, looks
from tests.web.reader import Reader


async def _blocked(played: Scene, action: str) -> tuple[str, str]:
    """Have a rule refuse the second run of an agent; return the ids of the agent and of that run."""
    purse = Purse(played)
    await purse.budget(limit_usd="1000")  # so that the worker knows that the organization has budgets
    agent = await played.agent({"text": "Done.", "cost_usd": "0.04"}, name="Ada")
    condition = {"budget": {"usd": 0.05, "period": "day", "action": action}}
    body = {"name": "Ada spends little", "conditions": condition, "agent_id": agent, "severity": "critical"}
    made = await played.cast.olga.http.post("/alert-configs", json=body)
    assert made.status == 201, made.text
    assert (await purse.run(agent))["status"] == "completed"
    run = await purse.run(agent)
    assert run["status"] == "failed", run
    await events.Pump(played.process.database, events.gather(feature.listens)).drain()
    return agent, str(run["id"])


@looks
async def test_page_of_an_agent_says_which_rule_refuses_its_calls_and_paused_it(
    reader: Reader, played: Scene, axe: str
) -> None:
    agent, run = await _blocked(played, "pause_agent")

    page = await reader.open(f"/agents/{agent}")
    await expect(page.get_by_text("The alert rule Ada spends little paused the agent")).to_be_visible()
    await expect(page.get_by_text("refuses model calls of this agent until")).to_be_visible()
    await keep_picture(reader, "action-agent")
    assert await reader.barriers(axe) == []

    await reader.open(f"/runs/{run}")
    await expect(page.get_by_text("Alert rule: Ada spends little").first).to_be_visible()
    await keep_picture(reader, "action-run")


async def test_rule_that_blocks_is_lifted_by_its_budget_and_the_agent_runs_again(olga: Reader, played: Scene) -> None:
    agent, _ = await _blocked(played, "block")
    page = await olga.open(f"/agents/{agent}")
    await page.get_by_role("link", name="Open budgets").click()
    card = page.get_by_role("region", name="Alert rule: Ada spends little")
    await page.get_by_role("button", name="Edit Alert rule: Ada spends little").click()
    await page.get_by_role("dialog").get_by_label("Limit in US dollars").fill("5")
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(card).to_contain_text("$5")

    assert (await Purse(played).run(agent))["status"] == "completed"

"""Rules that block: what the console says of the run, the agent and the rule, and how it is undone."""

from typing import Any

import pytest
from playwright.async_api import expect

from retinue.alerts import engine
from retinue.core.outbox import Pump, gather
from retinue.alerts.feature import feature
from tests.budgets.conftest import Purse
from tests.runs.scene import Scene
from tests.web.looks import keep_picture, looks
from tests.web.reader import Reader


async def _blocked(played: Scene, action: str) -> tuple[str, str, str]:
    """Have a rule refuse the second run of an agent; return the ids of agent, rule and run."""
    agent = await played.agent({"text": "Done.", "cost_usd": "0.04"}, name="Ada")
    condition = {"budget": {"usd": 0.05, "period": "day", "action": action}}
    body = {"name": "Ada spends little", "conditions": condition, "agent_id": agent, "severity": "critical"}
    made = await played.cast.olga.http.post("/alert-configs", json=body)
    assert made.status == 201, made.text
    purse = Purse(played)
    assert (await purse.run(agent))["status"] == "completed"
    run = await purse.run(agent)
    assert run["status"] == "failed", run
    await Pump(played.process.database, gather(feature.listens)).drain()
    await played.owner("UPDATE alert_configs SET next_eval_at = tenant.now()")
    await engine.sweep(played.process.database)
    return agent, made.json["id"], run["id"]


@looks
@pytest.mark.parametrize("action", ["block", "pause_agent"])
async def test_pics(reader: Reader, played: Scene, action: str) -> None:
    agent, rule, run = await _blocked(played, action)
    page = await reader.open(f"/runs/{run}")
    await page.wait_for_timeout(800)
    await keep_picture(reader, f"act-{action}-run")
    await reader.open(f"/agents/{agent}")
    await page.wait_for_timeout(800)
    await keep_picture(reader, f"act-{action}-agent")
    await reader.open(f"/agents")
    await page.wait_for_timeout(800)
    await keep_picture(reader, f"act-{action}-agents")
    await reader.open(f"/alerts")
    await page.wait_for_timeout(800)
    await keep_picture(reader, f"act-{action}-alerts")
    await reader.open(f"/alerts?tab=rules")
    await page.wait_for_timeout(800)
    await keep_picture(reader, f"act-{action}-rules")
    (alert,) = (await played.cast.olga.http.get("/alerts")).json["items"]
    await reader.open(f"/alerts/{alert['id']}")
    await page.wait_for_timeout(800)
    await keep_picture(reader, f"act-{action}-alert")
    await reader.open(f"/chat?agent={agent}")
    await page.wait_for_timeout(800)
    await keep_picture(reader, f"act-{action}-chat")
    await reader.open(f"/usage")
    await page.wait_for_timeout(800)
    await keep_picture(reader, f"act-{action}-usage")

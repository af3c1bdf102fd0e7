"""Budget conditions with an action: the spending guard refuses calls, and the agent is paused where the rule asks for it."""

from typing import Any

import pytest

from retinue.alerts import engine
from retinue.alerts.feature import feature
from retinue.core.outbox import Pump, gather
from tests.budgets.conftest import Purse

_DEAR = {"text": "Done.", "cost_usd": 0.4}


async def _rule(purse: Purse, agent: str | None, action: str, wanted: int = 201, **budget: Any) -> Any:
    await purse.budget(limit_usd="1000")  # so that the worker knows that the organization has budgets
    condition = {"budget": {"usd": 0.5, "period": "month", "at": [1.0], "action": action} | budget}
    body = {"name": "Half a dollar", "conditions": condition} | ({} if agent is None else {"agent_id": agent})
    made = await purse.scene.cast.adam.http.post("/alert-configs", json=body)
    assert made.status == wanted, made.text
    return made.json


async def _alerts(purse: Purse) -> list[tuple[str, str]]:
    scene = purse.scene
    await Pump(scene.process.database, gather(feature.listens)).drain()
    await scene.owner("UPDATE alert_configs SET next_eval_at = tenant.now() WHERE organization_id = %s", scene.cast.acme)
    await engine.sweep(scene.process.database)
    found = (await scene.cast.vera.http.get("/alerts")).json["items"]
    return [(each["status"], each["details"]["summary"]) for each in found]


async def _actions(purse: Purse, target: str) -> list[str]:
    rows = await purse.scene.owner("SELECT action FROM audit_log WHERE target_id = %s ORDER BY created_at, id", target)
    return [row[0] for row in rows]


async def test_block_has_the_guard_refuse_calls_and_the_rule_fires(purse: Purse) -> None:
    agent = await purse.scene.agent(_DEAR)
    rule = await _rule(purse, agent, "block")

    first = await purse.run(agent)
    second = await purse.run(agent)

    assert (first["status"], second["status"], second["error"]["code"]) == ("completed", "failed", "budget_exceeded")
    ((status, summary),) = await _alerts(purse)
    assert (status, summary.partition(":")[0]) == ("open", "Calls are refused")
    assert (await purse.scene.cast.adam.http.get(f"/agents/{agent}")).json["status"] == "active"
    assert rule["summary"] == "100% of $0.5 a month are spent; then calls are refused"
    assert await _actions(purse, rule["budget_id"]) == ["budget.created"]


async def test_pause_agent_also_pauses_the_agent_and_is_in_the_audit_log(purse: Purse) -> None:
    agent = await purse.scene.agent(_DEAR)
    rule = await _rule(purse, agent, "pause_agent")
    await purse.run(agent)
    await purse.run(agent)

    await _alerts(purse)
    await _alerts(purse)

    shown = (await purse.scene.cast.adam.http.get(f"/agents/{agent}")).json
    refused = await purse.scene.start(agent)

    assert (shown["status"], refused.status) == ("paused", 409)
    assert "paused the agent: another model call may pass" in shown["status_reason"]
    assert shown["status_reason"] in refused.json["detail"]
    assert (await _actions(purse, agent))[-1] == "agent.paused"
    assert "alert_config.action_executed" in await _actions(purse, rule["id"])


async def test_an_action_is_undone_with_its_rule(purse: Purse) -> None:
    agent = await purse.scene.agent(_DEAR)
    rule = await _rule(purse, agent, "block")
    adam, path = purse.scene.cast.adam.http, f"/alert-configs/{rule['id']}"
    assert (await adam.get(f"/budgets/{rule['budget_id']}")).json["limit_usd"] == "0.5"

    raised = {"budget": rule["conditions"]["budget"] | {"usd": 2}}
    assert (await adam.patch(path, json={"conditions": raised})).json["budget_id"] == rule["budget_id"]
    assert (await adam.get(f"/budgets/{rule['budget_id']}")).json["limit_usd"] == "2"
    assert (await adam.patch(path, json={"enabled": False})).status == 200
    assert (await adam.get(f"/budgets/{rule['budget_id']}")).json["enabled"] is False
    none = {"budget": raised["budget"] | {"action": "none"}}
    assert (await adam.patch(path, json={"conditions": none, "enabled": True})).json["budget_id"] is None
    assert (await adam.get(f"/budgets/{rule['budget_id']}")).status == 404

    again = (await adam.patch(path, json={"conditions": raised})).json["budget_id"]
    assert (await adam.delete(path)).status == 204
    assert (await adam.get(f"/budgets/{again}")).status == 404


async def test_a_rule_whose_budget_was_deleted_reports_it_until_it_is_saved_again(purse: Purse) -> None:
    agent = await purse.scene.agent(_DEAR)
    rule = await _rule(purse, agent, "block")
    adam, path = purse.scene.cast.adam.http, f"/alert-configs/{rule['id']}"
    assert (await adam.delete(f"/budgets/{rule['budget_id']}")).status == 204
    await _alerts(purse)
    broken = (await adam.get(path)).json

    saved = await adam.patch(path, json={"name": rule["name"]})
    await _alerts(purse)

    assert broken["eval_error"].startswith("The budget by which the rule blocks calls was deleted.")
    assert saved.json["budget_id"] not in (None, rule["budget_id"])
    assert (await adam.get(path)).json["eval_error"] is None


async def test_to_block_calls_the_permission_to_write_budgets_is_needed(purse: Purse) -> None:
    agent = await purse.scene.agent(_DEAR)
    rule = await _rule(purse, agent, "block")
    anna = purse.scene.cast.anna.http
    body = {"name": "Mine", "agent_id": agent, "conditions": rule["conditions"]}

    created = await anna.post("/alert-configs", json=body)
    deleted = await anna.delete(f"/alert-configs/{rule['id']}")

    assert (created.status, deleted.status) == (403, 403)
    assert "budgets:write" in created.json["detail"]
    assert len((await anna.get("/alert-configs")).json["items"]) == 1


@pytest.mark.parametrize(
    ("fields", "budget", "field"),
    [
        ({}, {"action": "pause_agent"}, "conditions.budget.action"),
        ({}, {"action": "block", "period": "week"}, "conditions.budget"),
        ({"tag": "nightly"}, {"action": "block"}, "conditions.budget.action"),
        ({"group_by": "agent"}, {"action": "block"}, "conditions.budget.action"),
        ({}, {"action": "explode"}, "conditions.budget.action"),
    ],
)
async def test_an_action_that_cannot_be_is_refused(purse: Purse, fields: Any, budget: Any, field: str) -> None:
    body = {"name": "Rule", "conditions": {"budget": {"usd": 1} | budget}} | fields
    refused = await purse.scene.cast.adam.http.post("/alert-configs", json=body)

    assert (refused.status, [each["field"] for each in refused.json["errors"]]) == (422, [field])


async def test_an_action_stands_alone(purse: Purse) -> None:
    blocking = {"budget": {"usd": 1, "action": "block"}}
    body = {"name": "Rule", "conditions": {"any": [{"status": "error"}, blocking]}}
    refused = await purse.scene.cast.adam.http.post("/alert-configs", json=body)

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "conditions.any.1.budget.action")

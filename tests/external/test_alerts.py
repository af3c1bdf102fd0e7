"""Alert rules about external agents: what an agent reports by the API, or does not report, fires them."""

from typing import Any

from retinue.alerts import engine
from tests.external.conftest import Outside

_BACK = """
WITH agent AS (
  UPDATE agents SET last_heartbeat = last_heartbeat - interval '1 hour', created_at = created_at - interval '1 hour',
    status_changed_at = status_changed_at - interval '1 hour' WHERE id = %s RETURNING id
) UPDATE status_changes SET changed_at = changed_at - interval '1 hour' WHERE agent_id IN (SELECT id FROM agent)
"""


async def _rule(outside: Outside, conditions: Any) -> str:
    body = {"name": "Probe", "conditions": conditions, "agent_id": outside.agent}
    made = await outside.scene.cast.anna.http.post("/alert-configs", json=body)
    assert made.status == 201, made.text
    return str(made.json["id"])


async def _alerts(outside: Outside, rule: str) -> list[tuple[str, str]]:
    """Evaluate the rule now; return status and summary of its alerts, the earliest first."""
    await outside.scene.owner("UPDATE alert_configs SET next_eval_at = tenant.now() WHERE id = %s", rule)
    await engine.sweep(outside.scene.process.database)
    found = (await outside.scene.cast.vera.http.get(f"/alerts?config_id={rule}")).json["items"]
    return [(each["status"], each["details"]["summary"]) for each in found[::-1]]


async def test_executions_that_an_agent_reports_as_errors_fire_a_rule_and_a_success_resolves_it(outside: Outside) -> None:
    rule = await _rule(outside, {"status": "error", "consecutive_failures": 2})

    await outside.send("executions", 201, status="error", message="The gauge is broken.")
    assert await _alerts(outside, rule) == []
    await outside.send("executions", 201, status="error", message="The gauge is broken.")
    assert await _alerts(outside, rule) == [("open", "The last 2 runs failed")]

    await outside.send("executions", 201, status="success")
    assert [status for status, _ in await _alerts(outside, rule)] == ["resolved"]


async def test_a_warning_that_an_agent_reports_fires_a_rule(outside: Outside) -> None:
    rule = await _rule(outside, {"status": "warning"})

    await outside.send("executions", 201, status="warning", message="The gauge is old.")

    assert await _alerts(outside, rule) == [("open", "The last run had warnings")]


async def test_a_heartbeat_that_stays_away_fires_a_rule_and_the_next_one_resolves_it(outside: Outside) -> None:
    rule = await _rule(outside, {"heartbeat": {"every": "1m", "grace": "30s"}})
    await outside.send("heartbeat")
    assert await _alerts(outside, rule) == []

    await outside.scene.owner(_BACK, outside.agent)
    ((status, summary),) = await _alerts(outside, rule)
    assert (status, summary.partition(" since ")[0]) == ("open", "No heartbeat of Probe")

    await outside.send("heartbeat")
    assert [status for status, _ in await _alerts(outside, rule)] == ["resolved"]


async def test_an_error_in_a_heartbeat_fires_a_rule_about_the_status_of_agents(outside: Outside) -> None:
    rule = await _rule(outside, {"agent_status": "error"})

    await outside.send("heartbeat", status="error")
    assert await _alerts(outside, rule) == [("open", "Agent Probe reports an error in its heartbeats")]

    await outside.send("heartbeat", status="online")
    assert [status for status, _ in await _alerts(outside, rule)] == ["resolved"]

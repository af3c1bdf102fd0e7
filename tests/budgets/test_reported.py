"""What external agents report, forecasts, and calls that the ledger cannot take."""

import asyncio
from typing import Any

import psycopg
import pytest

from retinue.budgets.guard import BudgetGuard
from retinue.core.ids import new_id
from retinue.metrics import tasks as metrics
from tests.runs.scene import Scene


async def _budget(scene: Scene, **fields: Any) -> str:
    body = {"name": "Acme's", "scope": "organization", "limit_usd": "1.00", **fields}
    made = await scene.cast.adam.http.post("/budgets", json=body)
    assert made.status == 201, made.text
    return str(made.json["id"])


async def _outside(scene: Scene) -> str:
    body = {"name": "Outside", "runtime": "external", "webhook_url": "https://agent.example.com/", "status": "active"}
    made = await scene.cast.anna.http.post("/agents", json=body)
    assert made.status == 201, made.text
    return str(made.json["id"])


async def _report(scene: Scene, agent: str, usd: str, name: str) -> None:
    usage = {"input_tokens": 100, "output_tokens": 20, "cost_usd": usd}
    body = {"status": "success", "output": {"text": "Done."}, "usage": usage, "external_execution_id": name}
    sent = await scene.cast.anna.http.post(f"/agents/{agent}/executions", json=body)
    assert sent.status in (200, 201), sent.text


async def _look(scene: Scene, budget_id: str) -> Any:
    await metrics.collect(scene.process.database)
    return (await scene.cast.adam.http.get(f"/budgets/{budget_id}")).json


async def test_what_external_agents_report_counts_against_budgets_once(scene: Scene) -> None:
    agent = await _outside(scene)
    budget = await _budget(scene)
    of_agent = await _budget(scene, name="Of one", scope="agent", subject_id=agent, limit_usd=None, limit_tokens=1000)

    await _report(scene, agent, "0.50003", "one")
    await _report(scene, agent, "0.50003", "one")  # the same execution
    await _report(scene, agent, "0.4", "two")
    found = await _look(scene, budget)
    again = await _look(scene, budget)

    assert (found["settled_usd"], found["settled_tokens"], found["settled_calls"]) == ("0.90003", 240, 2)
    assert (found["reserved_usd"], found["remaining_usd"]) == ("0", "0.09997")
    assert again["settled_usd"] == found["settled_usd"]
    assert (await _look(scene, of_agent))["settled_tokens"] == 240
    told = await scene.owner("SELECT type FROM outbox WHERE organization_id = %s AND type LIKE 'budget.%%'", scene.cast.acme)
    assert told == [("budget.warning",)]


async def test_a_run_that_ends_again_counts_what_was_added(scene: Scene) -> None:
    agent = await _outside(scene)
    budget = await _budget(scene)
    await _report(scene, agent, "0.1", "one")
    await _look(scene, budget)

    usage = '{"cost_usd": "0.25", "input_tokens": 100, "output_tokens": 60}'
    await scene.owner("UPDATE runs SET lease = lease + 1, resource_usage = %s WHERE target_id = %s", usage, agent)
    ending = (
        "INSERT INTO run_endings (organization_id, ended_run_id) SELECT organization_id, id FROM runs WHERE target_id = %s"
    )
    await scene.owner(ending, agent)
    found = await _look(scene, budget)

    assert (found["settled_usd"], found["settled_tokens"]) == ("0.25", 160)


async def test_usage_names_the_budgets_that_limit_it_with_a_forecast(scene: Scene) -> None:
    agent, other = await _outside(scene), await scene.agent("Done.", name="Other")
    budget = await _budget(scene, period="day")
    await _budget(scene, name="Of another", scope="agent", subject_id=other)
    await _report(scene, agent, "0.1", "one")
    found = await _look(scene, budget)
    await scene.owner("UPDATE budget_counters SET settled_usd = 0.1 WHERE budget_id = %s", budget)

    all_of = (await scene.cast.adam.http.get("/usage")).json["budgets"]
    of_agent = (await scene.cast.adam.http.get(f"/usage?agent_id={agent}")).json["budgets"]
    of_vera = await scene.cast.vera.http.get("/usage")

    assert {each["name"] for each in all_of} == {"Acme's", "Of another"}
    assert [(each["id"], each["settled_usd"]) for each in of_agent] == [(budget, "0.1")]
    assert of_vera.status == 403 or of_vera.json["budgets"] == []
    assert found["forecast_usd"] is None or float(found["forecast_usd"]) >= 0.1


async def test_a_call_that_the_ledger_cannot_take_fails_alone(scene: Scene) -> None:
    await _budget(scene)
    agent = await scene.agent("Done.", name="Writer")
    run = await scene.started(agent)
    guard = BudgetGuard(scene.process.database)

    def call(tokens: Any) -> Any:
        return {
            "id": str(new_id()), "organization_id": str(scene.cast.acme), "run_id": run, "step_id": str(new_id()),
            "interrupted_id": str(new_id()), "lease": 1, "model": "m", "usd": "0.01", "tokens": tokens, "seconds": 60,
            "is_downgraded": False, "questions": [],
        }  # fmt: skip

    asked = [guard.reserve(call(tokens)) for tokens in (10, 10**30, 20)]
    first, wrong, last = await asyncio.gather(*asked, return_exceptions=True)

    assert (first, last) == (None, None)
    assert isinstance(wrong, psycopg.DataError)
    with pytest.raises(psycopg.DataError):
        await guard.reserve(call(10**30))
    await guard.stop()

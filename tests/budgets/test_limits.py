"""What a budget does to model calls: counts them, refuses those that do not fit, asks a person, or calls a cheaper model."""

from typing import Any

from retinue.llm.types import SCRIPTED_ID
from tests.budgets.conftest import Purse

CALL: dict[str, Any] = {"tool_calls": [{"name": "note", "arguments": {}}]}


def _paid(text: str, cost: str) -> dict[str, Any]:
    return {"text": text, "cost_usd": cost}


async def test_budget_counts_what_calls_used_to_the_last_digit(purse: Purse) -> None:
    budget = await purse.budget(limit_usd="1.00")
    agent = await purse.scene.agent(_paid("A small answer.", "0.00003"))

    for _ in range(3):
        assert (await purse.run(agent))["status"] == "completed"

    found = await purse.look(budget["id"])
    assert (found["settled_usd"], found["remaining_usd"], found["reserved_usd"]) == ("0.00009", "0.99991", "0")
    assert found["settled_tokens"] > 0
    assert found["resets_at"] is not None


async def test_call_that_does_not_fit_fails_the_run_with_a_remedy(purse: Purse) -> None:
    purse.scene.tools["note"] = lambda _: "noted"
    budget = await purse.budget(name="Tight", limit_usd="0.10")
    agent = await purse.scene.agent({**CALL, "cost_usd": "0.06"}, _paid("Done.", "0.06"), tools=("note",))

    run = await purse.run(agent)

    assert run["status"] == "failed"
    assert run["error"]["code"] == "budget_exceeded"
    assert "The budget Tight does not allow this model call." in run["error"]["message"]
    assert "0.06 of 0.1 USD are used this month" in run["error"]["message"]
    assert "Raise the budget's limit" in run["error"]["remedy"]
    assert (await purse.look(budget["id"]))["settled_usd"] == "0.06"


async def test_run_goes_on_from_its_last_step_once_the_limit_is_raised(purse: Purse) -> None:
    purse.scene.tools["note"] = lambda _: "noted"
    budget = await purse.budget(limit_usd="0.10")
    agent = await purse.scene.agent({**CALL, "cost_usd": "0.06"}, _paid("Done.", "0.06"), tools=("note",))
    run = await purse.run(agent)

    await purse.scene.cast.adam.http.patch(f"/budgets/{budget['id']}", json={"limit_usd": "0.20"})
    await purse.scene.cast.anna.http.post(f"/runs/{run['id']}/resume", json={})
    run = await purse.scene.until(run["id"], "completed")

    assert run["resource_usage"]["cost_usd"] == "0.12"
    assert (await purse.look(budget["id"]))["settled_usd"] == "0.12"


async def test_tokens_are_limited_where_the_price_is_of_no_interest(purse: Purse) -> None:
    budget = await purse.budget(limit_usd=None, limit_tokens=9000)
    agent = await purse.scene.agent("An answer of five words.")

    first = await purse.run(agent)
    await purse.scene.cast.adam.http.patch(f"/budgets/{budget['id']}", json={"limit_tokens": 100})
    second = await purse.run(agent)

    assert (first["status"], second["status"]) == ("completed", "failed")
    assert second["error"]["code"] == "budget_exceeded"
    assert "tokens are used" in second["error"]["message"]


async def test_answer_without_a_limit_is_limited_under_a_budget(purse: Purse) -> None:
    budget = await purse.budget(limit_usd=None, limit_tokens=8192)
    agent = await purse.scene.agent("Anything.")
    bounded = await purse.scene.agent("Anything.", name="Bounded")
    found = (await purse.scene.cast.anna.http.get(f"/agents/{bounded}")).json
    config = {**found["config"], "parameters": {**found["config"]["parameters"], "max_output_tokens": 50}}
    assert (await purse.scene.cast.anna.http.patch(f"/agents/{bounded}", json={"config": config})).status == 200

    refused, made = await purse.run(agent), await purse.run(bounded)

    assert (refused["status"], made["status"]) == ("failed", "completed")
    assert "8,2" in refused["error"]["message"]
    assert (await purse.look(budget["id"]))["settled_calls"] == 1


async def test_person_grants_an_amount_and_the_run_goes_on(purse: Purse) -> None:
    budget = await purse.budget(limit_usd="0.05", at_limit="ask")
    agent = await purse.scene.agent(_paid("Done.", "0.08"))
    cast = purse.scene.cast

    run = await purse.run(agent)
    assert (run["status"], run["waiting_reason"]) == ("waiting", "approval")
    (asked,) = (await cast.adam.http.get("/approvals?status=pending")).json["items"]
    assert (asked["kind"], asked["arguments"]["needed_usd"], asked["arguments"]["amount_usd"]) == ("budget", "0.08", "0.03")
    refused = await cast.anna.http.post(f"/approvals/{asked['id']}/decide", json={"decision": "approve"})
    assert (refused.status, "budgets:write" in refused.text) == (403, True)
    body = {"decision": "approve", "arguments": {"amount_usd": "0.50"}}
    decided = await cast.adam.http.post(f"/approvals/{asked['id']}/decide", json=body)
    assert decided.status == 200, decided.text
    await purse.scene.until(run["id"], "completed")

    found = await purse.look(budget["id"])
    assert (found["granted_usd"], found["settled_usd"], found["remaining_usd"]) == ("0.5", "0.08", "0.47")
    again = await purse.run(agent)
    assert again["status"] == "completed"


async def test_approval_without_an_amount_allows_the_call_it_asks_for(purse: Purse) -> None:
    budget = await purse.budget(limit_usd="0.05", at_limit="ask")
    agent = await purse.scene.agent(_paid("Done.", "0.08"))
    run = await purse.run(agent)

    (asked,) = (await purse.scene.cast.adam.http.get("/approvals?status=pending")).json["items"]
    await purse.scene.cast.adam.http.post(f"/approvals/{asked['id']}/decide", json={"decision": "approve"})
    await purse.scene.until(run["id"], "completed")

    found = await purse.look(budget["id"])
    assert (found["granted_usd"], found["settled_usd"], found["remaining_usd"]) == ("0.03", "0.08", "0")
    (step,) = (await purse.scene.cast.vera.http.get(f"/runs/{run['id']}/steps")).json["items"]
    assert (step["step_type"], step["status"]) == ("llm_call", "completed")


async def test_amount_that_is_too_small_counts_once_and_the_person_is_asked_for_the_rest(purse: Purse) -> None:
    budget = await purse.budget(limit_usd="0.05", at_limit="ask")
    http = purse.scene.cast.adam.http
    run = await purse.run(await purse.scene.agent(_paid("Done.", "0.08")))
    (first,) = (await http.get("/approvals?status=pending")).json["items"]
    small = {"decision": "approve", "arguments": {"amount_usd": "0.01"}}
    assert (await http.post(f"/approvals/{first['id']}/decide", json=small)).status == 200

    pending: list[Any] = []
    while not pending:
        pending = (await http.get("/approvals?status=pending")).json["items"]
    (second,) = pending
    assert second["arguments"]["amount_usd"] == "0.02"
    await http.post(f"/approvals/{second['id']}/decide", json={"decision": "approve"})
    await purse.scene.until(run["id"], "completed")

    found = await purse.look(budget["id"])
    assert (found["granted_usd"], found["settled_usd"]) == ("0.03", "0.08")


async def test_rejected_run_fails_and_tells_what_the_person_said(purse: Purse) -> None:
    await purse.budget(limit_usd="0.05", at_limit="ask")
    run = await purse.run(await purse.scene.agent(_paid("Done.", "0.08")))

    (asked,) = (await purse.scene.cast.adam.http.get("/approvals?status=pending")).json["items"]
    body = {"decision": "reject", "comment": "Not this month."}
    await purse.scene.cast.adam.http.post(f"/approvals/{asked['id']}/decide", json=body)
    run = await purse.scene.until(run["id"], "failed")

    assert run["error"]["code"] == "budget_exceeded"
    assert "Not this month." in run["error"]["message"]


async def test_amount_that_is_none_is_refused_by_its_field(purse: Purse) -> None:
    await purse.budget(limit_usd="0.05", at_limit="ask")
    await purse.run(await purse.scene.agent(_paid("Done.", "0.08")))
    (asked,) = (await purse.scene.cast.adam.http.get("/approvals?status=pending")).json["items"]

    unread = ({"amount_usd": each} for each in ("NaN", "-1", "\u0665", "1_000", "1e-20000"))
    for arguments in (*unread, {"amount_tokens": 1.5}, {"amount": "1"}):
        body = {"decision": "approve", "arguments": arguments}
        response = await purse.scene.cast.adam.http.post(f"/approvals/{asked['id']}/decide", json=body)
        assert (response.status, response.json["code"]) == (422, "arguments_invalid"), arguments
        assert next(iter(arguments)) in response.text


async def test_cheaper_model_is_called_at_the_limit(purse: Purse) -> None:
    budget = await purse.budget(
        limit_usd="0.05", at_limit="downgrade", fallback_provider_id=str(SCRIPTED_ID), fallback_model="echo"
    )
    run = await purse.run(await purse.scene.agent(_paid("Dear.", "0.08")))

    assert run["status"] == "completed"
    assert run["output"] == {"text": "Go."}
    (step,) = (await purse.scene.cast.vera.http.get(f"/runs/{run['id']}/steps")).json["items"]
    assert step["step_name"] == "echo"
    logs = (await purse.scene.cast.vera.http.get(f"/runs/{run['id']}/logs")).json["items"]
    assert any("echo is called instead of" in line["message"] for line in logs)
    assert (await purse.look(budget["id"]))["settled_usd"] == "0"


async def test_failed_call_costs_what_the_provider_counted(purse: Purse) -> None:
    budget = await purse.budget(limit_usd="0.10")
    agent = await purse.scene.agent({"text": "Half an ans", "error": "down", "cost_usd": "0.08"})

    run = await purse.run(agent)

    assert run["status"] == "failed"
    found = await purse.look(budget["id"])
    assert (found["settled_calls"], found["settled_usd"]) == (
        2,
        "0",
    )  # a script's broken call costs nothing; the probe is one
    assert found["settled_tokens"] > 0


async def test_budgets_of_all_scopes_count_the_calls_of_their_own(purse: Purse) -> None:
    scene, cast = purse.scene, purse.scene.cast
    agent, other = await scene.agent(_paid("One.", "0.01")), await scene.agent(_paid("Two.", "0.02"), name="Other")
    await purse.budget()
    of_agent = await purse.budget(scope="agent", subject_id=agent)
    of_user = await purse.budget(scope="user", subject_id=str(cast.anna.user_id))
    of_run = await purse.budget(scope="run", period="total", limit_usd="0.015")

    assert (await purse.run(agent))["status"] == "completed"
    assert (await purse.run(agent))["status"] == "completed"
    refused = await purse.run(other)

    assert (refused["status"], "by this run" in refused["error"]["message"]) == ("failed", True)
    assert (await purse.look(of_agent["id"]))["settled_usd"] == "0.02"
    assert (await purse.look(of_user["id"]))["settled_usd"] == "0.02"
    found = await purse.look(of_run["id"])
    assert (found["settled_usd"], found["remaining_usd"], found["resets_at"]) == ("0", None, None)


async def test_disabled_and_deleted_budgets_limit_nothing(purse: Purse) -> None:
    budget = await purse.budget(limit_usd="0.01")
    agent, http = await purse.scene.agent(_paid("Done.", "0.08")), purse.scene.cast.adam.http

    assert (await purse.run(agent))["status"] == "failed"
    await http.patch(f"/budgets/{budget['id']}", json={"enabled": False})
    assert (await purse.run(agent))["status"] == "completed"
    await http.patch(f"/budgets/{budget['id']}", json={"enabled": True})
    await purse.known()
    assert (await purse.run(agent))["status"] == "failed"
    assert (await http.delete(f"/budgets/{budget['id']}")).status == 204
    assert (await purse.run(agent))["status"] == "completed"

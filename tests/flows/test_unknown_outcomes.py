"""A call whose answer never comes may have taken effect: a dangerous one is put to a person, never made again by itself."""

import asyncio
from typing import Any

import pytest

from retinue.llm.types import SCRIPTED_ID
from tests.agents.conftest import make_agent
from tests.cast import Cast, Person
from tests.tools.conftest import Api, api, make_tool

__all__ = ["api"]

pytestmark = pytest.mark.usefixtures("worker")

_TURNS: list[dict[str, Any]] = [{"tool_calls": [{"name": "pay", "arguments": {}}]}, {"text": "Done."}]


async def _payer(anna: Person, api: Api, *, effect: str = "dangerous", **tool: Any) -> str:
    """Make an agent that pays once; return its id."""
    await make_tool(anna, {"method": "POST", "url": api.url + "/pay"}, name="pay", effect=effect)
    agent = await make_agent(
        anna,
        config={
            "model": {"provider_id": str(SCRIPTED_ID)},
            "parameters": {"script": {"turns": _TURNS}},
            "tools": [{"name": "pay", **tool}],
            "limits": {"tool_timeout_seconds": 1},
        },
    )
    return str(agent["id"])


async def _start(anna: Person, agent_id: str, **fields: Any) -> str:
    body = {"type": "agent", "target_id": agent_id, "input": {"prompt": "Pay."}, **fields}
    started = await anna.http.post("/runs", json=body)
    assert started.status == 202, started.text
    return str(started.json["id"])


async def _still(anna: Person, run_id: str) -> dict[str, Any]:
    """Wait until the run is over or waits."""
    async with asyncio.timeout(60):
        while True:
            run = (await anna.http.get(f"/runs/{run_id}")).json
            if run["status"] not in {"pending", "running"}:
                return run
            await asyncio.sleep(0.05)


async def _question(anna: Person, run_id: str) -> dict[str, Any]:
    """Wait until the run waits for a person, and return the one question that is open."""
    run = await _still(anna, run_id)
    listed = (await anna.http.get(f"/runs/{run_id}/approvals")).json["items"]
    (pending,) = [each for each in listed if each["status"] == "pending"]
    return {**pending, "waiting_reason": run["waiting_reason"]}


async def _answer(anna: Person, question: dict[str, Any], **answer: Any) -> None:
    decided = await anna.http.post(f"/approvals/{question['id']}/decide", json=answer)
    assert decided.status == 200, decided.text


async def _call(anna: Person, run_id: str) -> dict[str, Any]:
    (call,) = (await anna.http.get(f"/runs/{run_id}/tool-calls")).json["items"]
    return call


@pytest.mark.parametrize("is_cutting", [False, True], ids=["no answer in time", "connection cut"])
async def test_a_dangerous_call_without_an_answer_is_put_to_a_person(cast: Cast, api: Api, *, is_cutting: bool) -> None:
    api.held, api.is_cutting = None if is_cutting else asyncio.Event(), is_cutting
    run_id = await _start(cast.anna, await _payer(cast.anna, api))

    question = await _question(cast.anna, run_id)
    state = (await _call(cast.anna, run_id))["state"]
    await _answer(cast.anna, question, decision="approve", result={"paid": True})
    run = await _still(cast.anna, run_id)

    assert (question["kind"], question["waiting_reason"], state) == ("unknown_outcome", "unknown_outcome", "unknown")
    assert "not known" in question["reason"]
    assert (run["status"], len(api.seen)) == ("completed", 1)
    assert (await _call(cast.anna, run_id))["result"] == {"paid": True}


async def test_a_call_that_is_made_again_and_has_no_answer_is_asked_about_again(cast: Cast, api: Api) -> None:
    api.held = asyncio.Event()
    run_id = await _start(cast.anna, await _payer(cast.anna, api, requires_approval=True))

    kinds: list[str] = []
    for _ in range(3):  # may it be made? made again? and the second time?
        question = await _question(cast.anna, run_id)
        kinds.append(question["kind"])
        await _answer(cast.anna, question, decision="approve")
    last = await _question(cast.anna, run_id)
    await _answer(cast.anna, last, decision="reject")
    run = await _still(cast.anna, run_id)

    assert kinds == ["tool_call", "unknown_outcome", "unknown_outcome"]
    assert (run["status"], len(api.seen)) == ("completed", 3)
    assert len({each.headers["Idempotency-Key"] for each in api.seen}) == 1
    assert (await _call(cast.anna, run_id))["state"] == "failed"


async def test_a_call_that_may_be_repeated_is_told_to_the_model_as_failed(cast: Cast, api: Api) -> None:
    api.held = asyncio.Event()
    run_id = await _start(cast.anna, await _payer(cast.anna, api, effect="idempotent"))

    run = await _still(cast.anna, run_id)

    assert (run["status"], len(api.seen)) == ("completed", 1)
    assert (await _call(cast.anna, run_id))["state"] == "failed"


async def test_a_run_whose_time_ended_in_a_dangerous_call_asks_when_it_is_resumed(cast: Cast, api: Api) -> None:
    api.held = asyncio.Event()
    agent_id = await _payer(cast.anna, api)
    run_id = await _start(cast.anna, agent_id, limits={"timeout_seconds": 1, "tool_timeout_seconds": 1})

    failed = await _still(cast.anna, run_id)
    resumed = await cast.anna.http.post(f"/runs/{run_id}/resume")
    question = await _question(cast.anna, run_id)
    await _answer(cast.anna, question, decision="reject")
    run = await _still(cast.anna, run_id)

    assert (failed["status"], failed["error"]["code"], resumed.status) == ("failed", "timeout", 202)
    assert (question["kind"], run["status"], len(api.seen)) == ("unknown_outcome", "completed", 1)

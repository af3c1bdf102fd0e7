"""Resuming a failed run, wherever it failed: it goes on, records each step once, and repeats nothing that is dangerous."""

import asyncio
from typing import Any

from retinue.core.errors import UnavailableError
from retinue.core.json import dumps
from tests.runs.scene import Gate, Scene

_STEPS = "SELECT step_name, status FROM run_steps WHERE run_id = %s ORDER BY sequence"
_STATES = "SELECT tool_name, state FROM tool_calls WHERE run_id = %s ORDER BY tool_name"


def _asking(*names: str) -> dict[str, Any]:
    return {"tool_calls": [{"name": name, "arguments": {}} for name in names]}


class _Tool:
    """A tool that counts its calls, and fails with the platform as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.calls = 0
        self._failures = failures

    def __call__(self, _arguments: object) -> str:
        self.calls += 1
        if self.calls <= self._failures:
            raise UnavailableError("A part of the platform is out.")
        return "done"


async def _resume(scene: Scene, run: str) -> None:
    response = await scene.cast.anna.http.post(f"/runs/{run}/resume")
    assert response.status == 202, response.text


async def _answer(scene: Scene, run: str, **answer: Any) -> str:
    """Answer the one open question of a run that waits; return what kind it was."""
    await scene.until(run, "waiting")
    listed = (await scene.cast.anna.http.get(f"/runs/{run}/approvals")).json["items"]
    (question,) = [each for each in listed if each["status"] == "pending"]
    decided = await scene.cast.anna.http.post(f"/approvals/{question['id']}/decide", json=answer)
    assert decided.status == 200, decided.text
    return str(question["kind"])


async def test_after_the_first_model_call_failed(played: Scene) -> None:
    run = await played.started(await played.agent({"error": "overloaded"}))
    await played.until(run, "failed")
    script = {"script": {"turns": [{"text": "Recovered."}]}}
    statement = "UPDATE runs r SET plan = jsonb_set(control.plan_of(r), '{model,parameters}', %s::jsonb) WHERE id = %s"
    await played.owner(statement, dumps(script).decode(), run)

    await _resume(played, run)
    done = await played.until(run, "completed")

    assert done["output"] == {"text": "Recovered."}
    assert [status for _, status in await played.owner(_STEPS, run)] == ["failed", "completed"]


async def test_after_the_platform_failed_in_a_call_that_may_be_repeated(played: Scene) -> None:
    look = played.tools["look"] = _Tool(failures=1)
    run = await played.started(await played.agent(_asking("look"), "Done.", tools=("look",)))
    failed = await played.until(run, "failed")

    await _resume(played, run)
    await played.until(run, "completed")

    assert (failed["error"]["code"], failed["error"]["step"], look.calls) == ("unavailable", "look", 2)
    assert [status for _, status in await played.owner(_STEPS, run)] == ["completed"] * 3
    assert await played.owner(_STATES, run) == [("look", "succeeded")]


async def test_after_the_platform_failed_in_a_dangerous_call(played: Scene) -> None:
    pay = played.tools["pay"] = _Tool(failures=1)
    run = await played.started(await played.agent(_asking("pay"), "Done.", tools=("pay:dangerous",)))
    await played.until(run, "failed")

    await _resume(played, run)
    kind = await _answer(played, run, decision="approve")
    await played.until(run, "completed")

    assert (kind, pay.calls) == ("unknown_outcome", 2)
    assert [status for _, status in await played.owner(_STEPS, run)] == ["completed"] * 3
    assert await played.owner(_STATES, run) == [("pay", "succeeded")]


async def test_after_its_time_ended_beside_a_finished_sibling(played: Scene) -> None:
    look, gate = _Tool(), Gate()
    played.tools |= {"look": look, "pay": gate.tool}
    agent = await played.agent(_asking("look", "pay"), "Done.", tools=("look", "pay:dangerous"))
    run = await played.started(agent, limits={"timeout_seconds": 1})
    failed = await played.until(run, "failed")

    await _resume(played, run)
    kind = await _answer(played, run, decision="approve", result="paid after all")
    done = await played.until(run, "completed")

    assert (failed["error"]["code"], kind, look.calls, gate.calls) == ("timeout", "unknown_outcome", 1, 1)
    assert [status for _, status in await played.owner(_STEPS, run)] == ["completed"] * 4
    assert done["resource_usage"]["tool_calls"] == 2


async def test_after_its_time_ended_in_a_call_that_may_be_repeated(played: Scene) -> None:
    gate = Gate()
    played.tools["look"] = gate.tool
    run = await played.started(await played.agent(_asking("look"), "Done.", tools=("look",)), limits={"timeout_seconds": 1})
    await played.until(run, "failed")
    gate.opened.set()

    await _resume(played, run)
    done = await played.until(run, "completed")

    assert (gate.calls, done["error"], done["error_message"]) == (2, None, None)
    assert done["completed_at"] > done["started_at"]


async def test_after_the_limit_of_tool_calls(played: Scene) -> None:
    look = played.tools["look"] = _Tool()
    agent = await played.agent(_asking("look"), _asking("look", "look"), "Done.", tools=("look",))
    run = await played.started(agent, limits={"max_tool_calls": 2})
    failed = await played.until(run, "failed")
    before = look.calls

    await _resume(played, run)
    done = await played.until(run, "completed")

    assert (failed["error"]["code"], before, look.calls) == ("limit_tool_calls", 1, 3)
    assert done["resource_usage"]["tool_calls"] == 3


async def test_a_question_that_came_up_beside_a_failure_is_asked_when_the_run_goes_on(played: Scene) -> None:
    look, send = _Tool(failures=1), _Tool()
    played.tools |= {"look": look, "send": send}
    run = await played.started(await played.agent(_asking("send", "look"), "Done.", tools=("send:approval", "look")))
    await played.until(run, "failed")

    await _resume(played, run)
    kind = await _answer(played, run, decision="approve")
    await played.until(run, "completed")

    assert (kind, look.calls, send.calls) == ("tool_call", 2, 1)


async def test_a_run_whose_last_question_was_answered_while_nobody_noticed_goes_on(played: Scene) -> None:
    pay = played.tools["pay"] = _Tool(failures=1)
    run = await played.started(await played.agent(_asking("pay"), "Done.", tools=("pay:dangerous",)))
    await played.until(run, "failed")
    await _resume(played, run)
    await played.until(run, "waiting")
    await played.owner("UPDATE approvals SET status = 'rejected', decided_at = now() WHERE run_id = %s", run)

    async with asyncio.timeout(60):
        while (await played.run(run))["status"] == "waiting":
            await played.owner("SELECT * FROM tenant.reconcile_runs()")
            played.process.bus.job_ready()
            await asyncio.sleep(0.05)
    await played.until(run, "completed")

    assert pay.calls == 1

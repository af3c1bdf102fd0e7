"""Steering runs: cancel stops everything at once, resume and fork go on from what was done, retry starts again."""

import asyncio
from typing import Any

from retinue.core.json import JsonObject, dumps
from tests.runs.scene import Gate, Scene

_CALL: dict[str, Any] = {"tool_calls": [{"name": "count", "arguments": {}}]}


def _counter(scene: Scene) -> list[int]:
    calls = list[int]()

    def count(_arguments: object) -> str:
        calls.append(len(calls))
        return f"call {len(calls)}"

    scene.tools["count"] = count
    return calls


async def test_cancelled_run_stops_before_its_next_step(played: Scene) -> None:
    gate, calls = Gate(), _counter(played)
    played.tools["gate"] = gate.tool
    agent = await played.agent({"tool_calls": [{"name": "gate"}]}, _CALL, "Done.", tools=("gate", "count"))
    run = await played.started(agent)
    following = asyncio.create_task(played.collect(run))
    await gate.wait()

    response = await played.cast.anna.http.post(f"/runs/{run}/cancel")
    sent = await following
    again = await played.cast.anna.http.post(f"/runs/{run}/cancel")
    gate.opened.set()
    running = await played.running()

    assert (response.status, response.json["status"]) == (200, "cancelled")
    assert (again.status, again.json["code"]) == (409, "run_over")
    assert [each.event for each in sent[-2:]] == ["run.cancelled", "end"]
    assert [each.id for each in sent if each.id] == list(range(1, sent[-2].id + 1 if sent[-2].id else 0))
    assert calls == []
    assert running == 0


async def _steps(scene: Scene, run: str, count: int) -> list[Any]:
    """Wait until a run has so many steps: its worker writes the last ones just after a cancellation."""
    async with asyncio.timeout(60):
        while len(steps := (await scene.cast.vera.http.get(f"/runs/{run}/steps")).json["items"]) < count:
            await asyncio.sleep(0.02)
    return steps


async def test_cancel_in_the_middle_of_a_stream_keeps_what_had_arrived(played: Scene) -> None:
    slow = {"text": "word " * 500, "tokens_per_second": 100}
    run = await played.started(await played.agent(slow))
    async for _ in played.events(run, until=lambda sent: sent.event == "token"):
        pass

    await played.cast.anna.http.post(f"/runs/{run}/cancel")
    (step,) = await _steps(played, run, 1)
    cancelled = await played.run(run)

    assert (step["step_type"], step["status"], step["error_message"]) == ("llm_call", "cancelled", None)
    assert step["output"]["is_partial"] is True
    assert step["output"]["text"].startswith("word ")
    assert step["usage"]["is_estimated"] is True
    usage = cancelled["resource_usage"]
    assert (usage["model_calls"], usage["cost_state"], usage["is_estimated"]) == (1, "known", True)
    assert usage["output_tokens"] == step["usage"]["output_tokens"] > 0


async def test_tool_call_under_way_is_a_cancelled_step_when_its_run_is_cancelled(played: Scene) -> None:
    gate = Gate()
    played.tools["gate"] = gate.tool
    run = await played.started(await played.agent({"tool_calls": [{"name": "gate"}]}, "Done.", tools=("gate",)))
    await gate.wait()

    await played.cast.anna.http.post(f"/runs/{run}/cancel")

    steps = await _steps(played, run, 2)
    assert [(step["step_type"], step["status"]) for step in steps] == [("llm_call", "completed"), ("tool", "cancelled")]


async def test_failed_answer_is_still_there_after_its_run_was_resumed(played: Scene) -> None:
    turn = {"text": "The first half", "error": "The provider broke off.", "error_kind": "unavailable"}
    run = await played.started(await played.agent(turn))
    failed = await played.until(run, "failed")
    script: dict[str, Any] = {"script": {"turns": [{"text": "Recovered."}]}}
    await played.owner(
        "UPDATE runs r SET plan = jsonb_set(control.plan_of(r), '{model,parameters}', %s::jsonb) WHERE id = %s",
        dumps(script).decode(),
        run,
    )

    await played.cast.anna.http.post(f"/runs/{run}/resume")
    resumed = await played.until(run, "completed")

    steps = await _steps(played, run, 2)
    assert [(step["status"], step["output"]["text"]) for step in steps] == [
        ("failed", "The first half"),
        ("completed", "Recovered."),
    ]
    used = resumed["resource_usage"]
    assert used["output_tokens"] == failed["resource_usage"]["output_tokens"] + steps[1]["usage"]["output_tokens"]
    assert used["model_calls"] == 2


async def test_a_pending_run_is_cancelled_without_ever_starting(scene: Scene) -> None:
    run = await scene.started(await scene.agent("Done."))

    response = await scene.cast.anna.http.post(f"/runs/{run}/cancel")
    jobs = await scene.owner("SELECT count(*) FROM dispatch.procrastinate_jobs WHERE lock = %s", run)

    assert response.json["status"] == "cancelled"
    assert response.json["started_at"] is None
    assert jobs == [(0,)]


async def test_cancelling_frees_the_slot_for_the_next(played: Scene) -> None:
    await played.slots(1)
    gate = Gate()
    played.tools["gate"] = gate.tool
    holder = await played.started(await played.agent({"tool_calls": [{"name": "gate"}]}, "Done.", tools=("gate",)))
    await gate.wait()
    waiting = await played.started(await played.agent("Done."))

    await played.cast.anna.http.post(f"/runs/{holder}/cancel")

    assert (await played.until(waiting))["status"] == "completed"


async def test_descendants_are_cancelled_with_their_parent(scene: Scene) -> None:
    agent = await scene.agent("Done.")
    runs = [await scene.started(agent) for _ in range(4)]
    for parent, child in ((0, 1), (1, 2)):
        await scene.owner("UPDATE runs SET parent_run_id = %s WHERE id = %s", runs[parent], runs[child])

    await scene.cast.anna.http.post(f"/runs/{runs[0]}/cancel")

    assert [(await scene.run(run))["status"] for run in runs] == ["cancelled"] * 3 + ["pending"]


async def test_a_retry_is_a_new_run_of_the_same_plan(played: Scene) -> None:
    agent = await played.agent("First answer.")
    run = await played.started(agent, "Say it.")
    await played.until(run)
    body = {"config": {"model": {"provider_id": None}}, "name": "Renamed"}
    await played.cast.anna.http.patch(f"/agents/{agent}", json=body)

    response = await played.cast.anna.http.post(f"/runs/{run}/retry")
    retried = await played.until(response.json["id"])

    assert response.status == 202
    assert response.json["id"] != run
    assert {name: retried[name] for name in ("retry_of_run_id", "status", "target_name", "input")} == {
        "retry_of_run_id": run,
        "status": "completed",
        "target_name": "Scribe",
        "input": {"prompt": "Say it."},
    }


async def test_a_running_run_cannot_be_retried_or_forked_or_resumed(scene: Scene) -> None:
    run = await scene.started(await scene.agent("Done."))
    http = scene.cast.anna.http

    retried = await http.post(f"/runs/{run}/retry")
    resumed = await http.post(f"/runs/{run}/resume")
    forked = await http.post(f"/runs/{run}/fork", json={"step_id": run})

    assert [(each.status, each.json["code"]) for each in (retried, resumed, forked)] == [
        (409, "run_not_over"),
        (409, "run_not_failed"),
        (409, "run_not_over"),
    ]


async def test_a_failed_run_goes_on_from_its_last_step(played: Scene) -> None:
    calls = _counter(played)
    agent = await played.agent(_CALL, {"error": "overloaded"}, tools=("count",))
    run = await played.started(agent)
    failed = await played.until(run, "failed")
    script: dict[str, Any] = {"script": {"turns": [_CALL, {"text": "Recovered."}]}}
    await played.owner(
        "UPDATE runs r SET plan = jsonb_set(control.plan_of(r), '{model,parameters}', %s::jsonb) WHERE id = %s",
        dumps(script).decode(),
        run,
    )

    response = await played.cast.anna.http.post(f"/runs/{run}/resume")
    resumed = await played.until(run, "completed")
    sent = await played.collect(run)

    assert failed["error"]["message"]
    assert (response.status, response.json["status"], response.json["error"]) == (202, "pending", None)
    assert "Recovered." in str(resumed["output"])
    assert calls == [0]
    kinds = [each.event for each in sent]
    assert kinds.index("run.failed") < kinds.index("run.resumed") < kinds.index("run.completed")
    assert kinds[-1] == "end"


async def test_a_resumed_run_has_the_limits_its_agent_has_now(played: Scene) -> None:
    _counter(played)
    agent = await played.agent(_CALL, _CALL, _CALL, "Done.", tools=("count",), config={"limits": {"max_steps": 2}})
    run = await played.started(agent)
    failed = await played.until(run, "failed")
    config = (await played.cast.anna.http.get(f"/agents/{agent}")).json["config"]
    config["limits"]["max_steps"] = 20
    patched = await played.cast.anna.http.patch(f"/agents/{agent}", json={"config": config})

    await played.cast.anna.http.post(f"/runs/{run}/resume")

    assert patched.status == 200, patched.text
    assert failed["error"]["code"] == "limit_steps"
    assert (await played.until(run, "completed"))["error"] is None


async def test_a_fork_goes_on_from_a_step_and_repeats_nothing_before_it(played: Scene) -> None:
    calls = _counter(played)
    agent = await played.agent(_CALL, _CALL, "Done.", tools=("count",))
    run = await played.started(agent)
    await played.until(run, "completed")
    http = played.cast.anna.http
    steps = (await http.get(f"/runs/{run}/steps")).json["items"]
    second_call = [step for step in steps if step["step_type"] == "tool"][1]

    response = await http.post(f"/runs/{run}/fork", json={"step_id": second_call["id"]})
    forked = await played.until(response.json["id"], "completed")
    its_steps = (await http.get(f"/runs/{forked['id']}/steps")).json["items"]
    thoughts = (await http.get(f"/runs/{forked['id']}/thoughts")).json["items"]

    assert response.status == 202, response.text
    assert forked["forked_from_run_id"] == run
    assert len(calls) == 3
    assert [step["step_name"] for step in its_steps] == [step["step_name"] for step in steps]
    assert [step["sequence"] for step in its_steps] == [step["sequence"] for step in steps]
    assert {thought["run_id"] for thought in thoughts} == {forked["id"]}


async def test_a_fork_may_be_given_something_else(played: Scene) -> None:
    agent = await played.agent(_CALL, "Done.", tools=("count",))
    calls = _counter(played)
    run = await played.started(agent, "One thing.")
    await played.until(run, "completed")
    http = played.cast.anna.http
    first, call, last = (step["id"] for step in (await http.get(f"/runs/{run}/steps")).json["items"])
    prompt: JsonObject = {"prompt": "Another."}

    again = await http.post(f"/runs/{run}/fork", json={"step_id": first, "input": prompt})
    asked = await http.post(f"/runs/{run}/fork", json={"step_id": last, "input": prompt})
    changed = await http.post(f"/runs/{run}/fork", json={"step_id": call, "arguments": {"other": 1}})
    unfit = await http.post(f"/runs/{run}/fork", json={"step_id": call, "input": prompt})
    missing = await http.post(f"/runs/{run}/fork", json={"step_id": run})

    assert (await played.until(again.json["id"], "completed"))["input"] == prompt
    assert (await played.until(asked.json["id"], "completed"))["output"] is not None
    assert (await played.until(changed.json["id"], "completed"))["output"] is not None
    assert len(calls) == 4
    assert (unfit.status, unfit.json["code"]) == (422, "input_not_forkable")
    assert (missing.status, missing.json["code"]) == (404, "step_missing")


async def test_viewers_and_strangers_steer_nothing(scene: Scene) -> None:
    run = await scene.started(await scene.agent("Done."))

    for verb in ("cancel", "retry", "resume"):
        vera = await scene.cast.vera.http.post(f"/runs/{run}/{verb}")
        otto = await scene.cast.otto.http.post(f"/runs/{run}/{verb}")
        assert (vera.status, otto.status) == (403, 404)

    assert (await scene.run(run))["status"] == "pending"

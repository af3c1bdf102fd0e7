"""Runs that n8n carries out: started, followed, called back, imported, retried, stopped."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.integrations.n8n.conftest import SECRET, Bridge, following
from tests.runs.scene import working
from tests.together import together
from tests.workflows.conftest import document


async def test_run_starts_the_webhook_and_ends_with_what_n8n_did(bridge: Bridge) -> None:
    await bridge.connect(webhook_header="X-Retinue", webhook_secret=SECRET)
    _, workflow = await bridge.linked()
    run_id = await bridge.begun(workflow, {"n": 21})
    assert bridge.n8n.webhook_headers[-1]["x-retinue"] == SECRET
    mark = bridge.n8n.mark_of(run_id)
    assert mark["callback_url"] == f"http://retinue.example.com/api/v1/n8n/callbacks/{run_id}"
    execution = bridge.n8n.of(run_id)
    bridge.n8n.end(execution)

    run = await bridge.scene.until(run_id)

    assert (run["status"], run["output"], run["error"]) == ("completed", {"answer": 42}, None)
    assert (run["external_execution_id"], run["trigger"], run["duration_ms"]) == (execution, "manual", 250)
    told = bridge.n8n.executions[execution]
    assert datetime.fromisoformat(run["started_at"]) == datetime.fromisoformat(told["startedAt"])
    assert datetime.fromisoformat(run["completed_at"]) == datetime.fromisoformat(told["stoppedAt"])
    steps = await bridge.steps(run_id)
    assert [(step["step_name"], step["step_type"], step["status"]) for step in steps] == [
        ("Webhook", "n8n", "completed"),
        ("Edit", "n8n", "completed"),
    ]
    assert steps[1]["output"] == {"answer": 42}
    assert await bridge.counts(workflow) == (1, 1, 0)
    shown = (await bridge.anna.get(f"/n8n/executions/{run_id}")).json
    assert (shown["status"], shown["url"]) == (
        "success",
        f"{bridge.n8n.url}/workflow/{told['workflowId']}/executions/{execution}",
    )
    everything = str((run, steps, shown, await bridge.scene.collect(run_id)))
    assert SECRET not in everything
    assert mark["token"] not in everything


@pytest.mark.parametrize(
    ("status", "ended"),
    [
        *(("success", "completed"), ("error", "failed"), ("crashed", "failed"), ("canceled", "cancelled")),
        *(("new", None), ("running", None), ("waiting", None), ("unknown", None), ("of a later version", None)),
    ],
)
async def test_each_status_of_n8n_is_one_of_a_run(bridge: Bridge, status: str, ended: str | None) -> None:
    _, workflow = await bridge.linked()
    run_id = await bridge.begun(workflow)
    execution = bridge.n8n.of(run_id)
    if ended is None:
        bridge.n8n.executions[execution] |= {"status": status, "waitTill": "2031-01-01T00:00:00.000Z"}
        async with asyncio.timeout(20):
            while (shown := (await bridge.anna.get(f"/n8n/executions/{run_id}")).json)["looked_at"] is None:
                await asyncio.sleep(0.05)
        run = await bridge.scene.run(run_id)
        assert (run["status"], run["waiting_reason"]) == ("waiting", "n8n")
        known = status if status in {"new", "running", "waiting"} else "unknown"
        assert shown["status"] in {known, "running"}
        assert (shown["wait_till"] is not None) == (shown["status"] == "waiting")
        assert await bridge.counts(workflow) == (1, 0, 0)
        return
    bridge.n8n.end(execution, status)
    run = await bridge.scene.until(run_id)
    assert run["status"] == ended
    if ended == "failed":
        assert (run["error"]["code"], run["error"]["message"]) == ("n8n_execution_failed", "No such order")
        assert [step["status"] for step in await bridge.steps(run_id)] == ["completed", "failed"]
    assert await bridge.counts(workflow) == (1, int(ended == "completed"), int(ended == "failed"))


async def test_executions_that_n8n_starts_become_runs_once_each(bridge: Bridge) -> None:
    n8n_id, workflow = await bridge.linked()
    done = bridge.n8n.begin(n8n_id)
    bridge.n8n.end(done, after_ms=1500)
    failed = bridge.n8n.begin(n8n_id)
    bridge.n8n.end(failed, "error")
    going = bridge.n8n.begin(n8n_id)
    tried = bridge.n8n.begin(n8n_id, mode="manual")
    bridge.n8n.end(tried)
    await bridge.look(workflow)
    await bridge.appeared(workflow, 2)
    await bridge.look(workflow)
    bridge.n8n.end(going)
    await bridge.look(workflow)

    runs = await bridge.appeared(workflow, 3)

    by_id = {run["external_execution_id"]: run for run in runs}
    assert set(by_id) == {done, failed, going}, "what was tried in the editor is left out"
    assert [by_id[each]["status"] for each in (done, failed, going)] == ["completed", "failed", "completed"]
    run = by_id[done]
    assert (run["trigger"], run["input"], run["duration_ms"]) == ("n8n", {"rows": 3}, 1500)
    assert run["queued_ms"] == 0
    assert run["created_at"] == run["started_at"]
    assert await bridge.counts(workflow) == (3, 2, 1)


async def test_executions_are_left_to_n8n_when_the_link_imports_none(bridge: Bridge) -> None:
    n8n_id, workflow = await bridge.linked()
    off = await bridge.anna.patch(f"/n8n/links/{workflow}", json={"imports_runs": False})
    assert off.json["imports_runs"] is False
    bridge.n8n.end(bridge.n8n.begin(n8n_id))
    run_id = await bridge.begun(workflow)
    bridge.n8n.end(bridge.n8n.of(run_id))

    await bridge.scene.until(run_id)

    assert [run["id"] for run in await bridge.runs_of(workflow)] == [run_id]


async def test_callback_ends_the_run_while_the_execution_still_runs(bridge: Bridge) -> None:
    _, workflow = await bridge.linked()
    run_id = await bridge.begun(workflow)
    mark, execution = bridge.n8n.mark_of(run_id), bridge.n8n.of(run_id)

    refused = await bridge.call_back(run_id, {"token": "another"}, output={"x": 1})
    assert (refused.status, refused.json["code"]) == (401, "n8n_callback_refused")
    taken = await bridge.call_back(run_id, mark, execution_id=execution, output={"report": "done"})
    assert (taken.status, taken.json["is_replay"]) == (200, False)
    again = await bridge.call_back(run_id, mark, output={"report": "other"})
    assert (again.status, again.json["is_replay"]) == (200, True)

    run = await bridge.scene.until(run_id)
    assert (run["status"], run["output"], run["external_execution_id"]) == ("completed", {"report": "done"}, execution)
    assert (await bridge.call_back(run_id, mark, error="late")).json["is_replay"] is True
    assert await bridge.counts(workflow) == (1, 1, 0)


async def test_callback_with_an_error_fails_the_run(bridge: Bridge) -> None:
    _, workflow = await bridge.linked()
    run_id = await bridge.begun(workflow)
    await bridge.call_back(run_id, bridge.n8n.mark_of(run_id), error="The shelf is empty")
    bridge.n8n.end(bridge.n8n.of(run_id))

    run = await bridge.scene.until(run_id)

    assert (run["status"], run["error"]["message"]) == ("failed", "The shelf is empty")


async def test_callback_ends_a_run_whose_execution_n8n_does_not_keep(bridge: Bridge) -> None:
    _, workflow = await bridge.linked()
    run_id = await bridge.begun(workflow)
    mark, execution = bridge.n8n.mark_of(run_id), bridge.n8n.of(run_id)
    bridge.n8n.executions.clear()
    await bridge.call_back(run_id, mark, execution_id=execution, output=[1, 2])

    run = await bridge.scene.until(run_id)

    assert (run["status"], run["output"]) == ("completed", {"items": [1, 2]})


async def test_counters_are_exact_when_callbacks_and_looks_race(idle: Bridge, environ: dict[str, str]) -> None:
    n8n_id, workflow = await idle.linked()
    count = 12
    async with (
        working(environ, idle.scene.tools) as one,
        working(environ, idle.scene.tools) as two,
        following(one),
        following(two),
    ):
        run_ids = [await idle.begun(workflow) for _ in range(count)]
        marks = [idle.n8n.mark_of(each) for each in run_ids]
        executions = [idle.n8n.of(each) for each in run_ids]
        for number, execution in enumerate(executions):
            idle.n8n.end(execution, "error" if number % 3 == 0 else "success")
        for _ in range(3):
            idle.n8n.end(idle.n8n.begin(n8n_id))

        async def act(number: int) -> None:
            place, what = divmod(number, 3)
            if what == 2:
                await idle.look(workflow)
            else:
                await idle.call_back(run_ids[place], marks[place], execution_id=executions[place], output={"n": place})

        await together(3 * count, act)
        runs = await idle.appeared(workflow, count + 3)

    assert len(runs) == count + 3
    assert sorted(run["external_execution_id"] for run in runs) == sorted(idle.n8n.executions)
    failed = sum(run["status"] == "failed" for run in runs)
    assert failed == count // 3, "n8n's own word counts for more than the callback"
    assert await idle.counts(workflow) == (count + 3, count + 3 - failed, failed)
    for run in runs:
        events = await idle.scene.collect(run["id"])
        assert sum(event.event in {"run.completed", "run.failed"} for event in events) == 1
        assert len(await idle.steps(run["id"])) == 2


async def test_failed_run_is_retried_by_n8n_as_a_new_run(bridge: Bridge) -> None:
    _, workflow = await bridge.linked()
    first = await bridge.begun(workflow)
    execution = bridge.n8n.of(first)
    bridge.n8n.end(execution, "error")
    await bridge.scene.until(first)

    retried = await bridge.anna.post(f"/runs/{first}/retry", json={})

    assert retried.status == 202, retried.text
    run = await bridge.scene.until(retried.json["id"])
    new = run["external_execution_id"]
    assert (run["status"], run["retry_of_run_id"]) == ("completed", first)
    assert bridge.n8n.executions[new]["retryOf"] == execution
    again = await bridge.anna.post(f"/runs/{run['id']}/retry", json={})
    third = await bridge.scene.until(again.json["id"], "waiting")
    assert bridge.n8n.of(third["id"]) != new, "what succeeded is started again by its webhook"
    bridge.n8n.end(bridge.n8n.of(third["id"]))
    await bridge.scene.until(third["id"])
    assert await bridge.counts(workflow) == (3, 2, 1)
    resumed = await bridge.anna.post(f"/runs/{first}/resume", json={})
    assert (resumed.status, resumed.json["code"]) == (409, "run_elsewhere")


async def test_retry_in_n8n_becomes_a_run_that_names_the_one_it_repeats(bridge: Bridge) -> None:
    n8n_id, workflow = await bridge.linked()
    first = bridge.n8n.begin(n8n_id)
    bridge.n8n.end(first, "error")
    await bridge.look(workflow)
    (before,) = await bridge.appeared(workflow)
    second = bridge.n8n.begin(n8n_id, mode="retry")
    bridge.n8n.executions[second]["retryOf"] = first
    bridge.n8n.end(second)
    await bridge.look(workflow)

    runs = await bridge.appeared(workflow, 2)

    assert [run["retry_of_run_id"] for run in runs if run["external_execution_id"] == second] == [before["id"]]


async def test_cancelled_run_is_stopped_in_n8n(bridge: Bridge) -> None:
    _, workflow = await bridge.linked()
    run_id = await bridge.begun(workflow)
    execution = bridge.n8n.of(run_id)

    cancelled = await bridge.anna.post(f"/runs/{run_id}/cancel", json={})

    assert cancelled.status == 200, cancelled.text
    async with asyncio.timeout(20):
        while bridge.n8n.executions[execution]["status"] != "canceled":
            await asyncio.sleep(0.05)
    assert (await bridge.scene.run(run_id))["status"] == "cancelled"
    assert await bridge.counts(workflow) == (1, 0, 0)


async def test_data_that_n8n_withholds_costs_the_steps_alone(bridge: Bridge) -> None:
    _, workflow = await bridge.linked()
    run_id = await bridge.begun(workflow)
    execution = bridge.n8n.of(run_id)
    mark = bridge.n8n.mark_of(run_id)
    bridge.n8n.end(execution)
    bridge.n8n.oversize = True
    await bridge.call_back(run_id, mark, execution_id=execution)
    await bridge.look(workflow)

    run = await bridge.scene.until(run_id)

    assert (run["status"], run["external_execution_id"]) == ("completed", execution)
    assert [each["id"] for each in await bridge.runs_of(workflow)] == [run_id]


async def test_workflow_that_answers_at_its_end_gives_its_answer(bridge: Bridge) -> None:
    _, workflow = await bridge.linked(mode="lastNode")
    run = await bridge.scene.until(await bridge.start(workflow))
    assert (run["status"], run["output"]) == ("completed", {"answer": 42})
    assert run["external_execution_id"] in bridge.n8n.executions

    bridge.n8n.answer = (500, {"message": "Error in workflow"})
    failed = await bridge.scene.until(await bridge.start(workflow))
    assert (failed["status"], failed["error"]["message"]) == ("failed", "No such order")


@pytest.mark.parametrize(
    ("options", "code"),
    [({"is_active": False}, "n8n_inactive"), ({"method": "GET"}, "n8n_no_webhook")],
)
async def test_workflow_that_cannot_start_fails_the_run_with_a_remedy(bridge: Bridge, options: Any, code: str) -> None:
    _, workflow = await bridge.linked(**options)

    run = await bridge.scene.until(await bridge.start(workflow))

    assert (run["status"], run["error"]["code"]) == ("failed", code)
    assert "publish" in run["error"]["remedy"].lower()
    assert await bridge.counts(workflow) == (1, 0, 1)


async def test_start_that_a_lost_worker_may_have_made_is_not_made_again(idle: Bridge, environ: dict[str, str]) -> None:
    n8n_id, workflow = await idle.linked()
    run_id = await idle.start(workflow)
    await idle.scene.owner(
        "INSERT INTO n8n_executions (organization_id, run_id, workflow_id, state, token_hash)"
        " VALUES (%s, %s, %s, 'calling', '\\x00')",
        *(idle.scene.cast.acme, run_id, workflow),
    )
    body = {"input": {"n": 21}, "retinue": {"run_id": run_id, "callback_url": "", "token": "t"}}
    execution = idle.n8n.begin(n8n_id, mode="webhook", body=body)
    idle.n8n.end(execution)

    async with working(environ, idle.scene.tools) as process, following(process):
        run = await idle.scene.until(run_id)

    assert (run["status"], run["external_execution_id"]) == ("completed", execution)
    assert idle.n8n.webhook_headers == []


async def test_outage_of_n8n_is_waited_out(bridge: Bridge) -> None:
    _, workflow = await bridge.linked()
    run_id = await bridge.begun(workflow)
    bridge.n8n.is_down = True
    async with asyncio.timeout(20):
        while (await bridge.anna.get(f"/n8n/executions/{run_id}")).json["last_error"] is None:
            await asyncio.sleep(0.05)
    bridge.n8n.end(bridge.n8n.of(run_id))
    bridge.n8n.is_down = False
    await bridge.look(workflow)

    assert (await bridge.scene.until(run_id))["status"] == "completed"


async def test_execution_of_an_unknown_start_is_not_taken_for_a_run(bridge: Bridge) -> None:
    n8n_id, workflow = await bridge.linked()
    _, other = await bridge.linked("Other")
    run_id = await bridge.begun(other)
    stolen = bridge.n8n.begin(n8n_id, mode="webhook", body={"retinue": {"run_id": run_id}})
    bridge.n8n.end(stolen)
    await bridge.look(workflow)

    (run,) = await bridge.appeared(workflow)

    assert (run["external_execution_id"], run["trigger"]) == (stolen, "n8n")
    assert (await bridge.scene.run(run_id))["status"] == "waiting"


async def test_node_of_a_workflow_waits_for_n8n(bridge: Bridge) -> None:
    _, linked = await bridge.linked()
    nodes = [
        {
            "id": "ask",
            "type": "workflow",
            "workflow": {"id": linked},
            "input": {"n": "{{ input['n'] }}"},
            "output": {"found": "result['answer']"},
        }
    ]
    definition = document(
        nodes, [("START", "ask"), ("ask", "END")], state={"found": {}}, output={"twice": "state['found'] * 2"}
    )
    made = (await bridge.anna.post("/workflows", json={"definition": definition})).json["id"]
    await bridge.anna.post(f"/workflows/{made}/publish", json={})
    run_id = await bridge.start(made, {"n": 21})
    async with asyncio.timeout(20):
        while not bridge.n8n.executions:
            await asyncio.sleep(0.05)
    (execution,) = bridge.n8n.executions
    assert (await bridge.scene.run(run_id))["status"] == "waiting"
    bridge.n8n.end(execution)

    run = await bridge.scene.until(run_id)

    assert (run["status"], run["output"]) == ("completed", {"twice": 84}), run["error"]


async def test_execution_of_n8n_waits_for_a_run_and_is_resumed_with_its_result(bridge: Bridge) -> None:
    agent = await bridge.scene.agent("Three news.")
    bridge.n8n.resume_failures = 1
    url = f"{bridge.n8n.url}/webhook-waiting/17?signature=abc"
    body = {"type": "agent", "target_id": agent, "input": {"prompt": "News?"}, "resume_url": url}

    started = await bridge.anna.post("/n8n/runs", json=body)

    assert (started.status, started.json["trigger"]) == (202, "n8n"), started.text
    run = await bridge.scene.until(started.json["id"])
    async with asyncio.timeout(30):
        while not bridge.n8n.resumed:
            await asyncio.sleep(0.05)
    told = {"run_id": run["id"], "status": "completed", "output": run["output"], "error": None}
    assert bridge.n8n.resumed == [told]
    async with asyncio.timeout(20):
        while (shown := (await bridge.anna.get(f"/n8n/resumes/{run['id']}")).json)["state"] != "sent":
            await asyncio.sleep(0.05)
    assert (shown["attempts"], shown["run_id"]) == (2, run["id"])


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/webhook-waiting/1", "https://example.com/x", "not a url"])
async def test_result_is_sent_to_the_connected_n8n_alone(idle: Bridge, url: str) -> None:
    agent = await idle.scene.agent("-")

    refused = await idle.anna.post(
        "/n8n/runs", json={"type": "agent", "target_id": agent, "input": {"prompt": "-"}, "resume_url": url}
    )

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "resume_url")


async def test_execution_is_known_until_the_next_look_even_after_an_hour(bridge: Bridge) -> None:
    n8n_id, workflow = await bridge.linked()
    old = bridge.n8n.begin(n8n_id)
    started = datetime.fromisoformat(bridge.n8n.executions[old]["startedAt"]) - timedelta(hours=1)
    bridge.n8n.executions[old]["startedAt"] = started.isoformat()
    bridge.n8n.end(old)
    new = bridge.n8n.begin(n8n_id)
    bridge.n8n.end(new)
    await bridge.look(workflow)

    runs = await bridge.appeared(workflow)

    assert [run["external_execution_id"] for run in runs] == [new], "what began before the link is left out"

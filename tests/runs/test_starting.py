"""Starting runs: accepted at once, once per key, within the organization's and the agent's limits, by those who may."""

import asyncio

from tests.runs.scene import Gate, Scene
from tests.together import together


async def test_a_started_run_is_accepted_with_a_place_to_look(played: Scene) -> None:
    agent = await played.agent("Done.")

    response = await played.start(agent, "Write a poem.")
    run = await played.until(response.json["id"])

    assert response.status == 202
    assert response.headers["Location"] == f"/api/v1/runs/{response.json['id']}"
    assert response.json["status"] == "pending"
    assert response.json["triggered_by_name"].startswith("Anna")
    assert response.json["input"] == {"prompt": "Write a poem."}
    assert {name: run[name] for name in ("status", "error_message", "trigger")} == {
        "status": "completed",
        "error_message": None,
        "trigger": "manual",
    }
    assert run["resource_usage"]["model_calls"] == 1
    assert set(response.json) == set(run)


async def test_the_same_key_and_request_give_the_same_run(played: Scene) -> None:
    agent = await played.agent("Done.")
    key = {"Idempotency-Key": "order-17"}

    first = await played.start(agent, headers=key)
    second = await played.start(agent, headers=key)
    other = await played.start(agent, "Something else.", headers=key)

    assert (first.status, second.status, other.status) == (202, 202, 409)
    assert first.json["id"] == second.json["id"]
    assert second.headers["Idempotent-Replay"] == "true"
    assert "Idempotent-Replay" not in first.headers
    assert other.json["code"] == "idempotency_key_reused"


async def test_of_many_simultaneous_requests_under_one_key_one_starts_a_run(scene: Scene) -> None:
    agent = await scene.agent("Done.")
    key = {"Idempotency-Key": "at-once"}

    responses = await together(20, lambda _: scene.start(agent, headers=key))
    made = await scene.owner("SELECT count(*) FROM runs WHERE organization_id = %s", scene.cast.acme)

    assert {response.status for response in responses} == {202}
    assert len({response.json["id"] for response in responses}) == 1
    assert sum("Idempotent-Replay" not in response.headers for response in responses) == 1
    assert made == [(1,)]


async def test_keys_of_organizations_do_not_meet(scene: Scene) -> None:
    agent = await scene.agent("Done.")
    await scene.start(agent, headers={"Idempotency-Key": "mine"})

    otto = await scene.start(agent, by=scene.cast.otto.http, headers={"Idempotency-Key": "mine"})

    assert otto.status == 404


async def test_runs_beyond_the_slots_wait_and_are_admitted_by_priority_then_age(played: Scene) -> None:
    await played.slots(1)
    gate, order = Gate(), list[str]()
    played.tools |= {"gate": gate.tool, "note": lambda arguments: order.append(arguments["text"])}
    holder = await played.started(await played.agent({"tool_calls": [{"name": "gate"}]}, "Done.", tools=("gate",)))
    await gate.wait()
    runs = list[str]()
    for name, priority in (("old", 0), ("young", 0), ("late", -5), ("urgent", 9)):
        turn = {"tool_calls": [{"name": "note", "arguments": {"text": name}}]}
        runs.append(await played.started(await played.agent(turn, "Done.", tools=("note",)), priority=priority))

    statuses = {(await played.run(run))["status"] for run in runs}
    gate.opened.set()
    for run in (holder, *runs):
        await played.until(run, "completed")

    assert statuses == {"pending"}
    assert order == ["urgent", "old", "young", "late"]


async def test_slots_are_never_exceeded_and_never_idle_while_runs_wait(played: Scene) -> None:
    await played.slots(3)
    now, most = 0, 0

    async def work(_arguments: object) -> str:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.01)
        now -= 1
        return "worked"

    played.tools["work"] = work
    agent = await played.agent({"tool_calls": [{"name": "work", "arguments": {}}]}, "Done.", tools=("work",))
    runs = await together(15, lambda _: played.started(agent))

    await asyncio.gather(*(played.until(run, "completed") for run in runs))

    assert most <= 3
    assert await played.running() == 0


async def test_an_agents_own_limit_leaves_room_for_others(scene: Scene) -> None:
    busy = await scene.agent("Done.", deployment={"max_concurrent_runs": 1})
    other = await scene.agent("Done.")

    runs = [await scene.started(agent) for agent in (busy, busy, other)]

    assert await scene.admissible() == [runs[0], runs[2]]


async def test_limits_may_be_tightened_and_not_widened(scene: Scene) -> None:
    agent = await scene.agent("Done.", config={"limits": {"max_steps": 10}})

    tight = await scene.start(agent, limits={"max_steps": 3})
    wide = await scene.start(agent, limits={"max_steps": 30})
    unknown = await scene.start(agent, limits={"max_tokens": 3})
    plan = await scene.owner("SELECT control.plan_of(r) #> '{limits,max_steps}' FROM runs r WHERE id = %s", tight.json["id"])

    assert (tight.status, wide.status, unknown.status) == (202, 422, 422)
    assert plan == [(3,)]
    assert wide.json["errors"][0]["field"] == "limits.max_steps"
    assert unknown.json["errors"][0]["field"] == "limits.max_tokens"


async def test_what_is_not_understood_is_refused_by_name(scene: Scene) -> None:
    agent = await scene.agent("Done.")

    for body, field in (
        ({"prompts": "x"}, "input.prompt"),
        ({"prompt": ""}, "input.prompt.text"),
        ({"prompt": [{"type": "video"}]}, None),
        ({"prompt": "x", "messages": [{"role": "system", "content": "x"}]}, "input.messages.0.role"),
    ):
        response = await scene.start(agent, input=body)
        assert response.status == 422, response.text
        assert field is None or field in {problem["field"] for problem in response.json["errors"]}
    unknown = await scene.start(agent, colour="red")
    workflow = await scene.start(agent, type="workflow")

    assert unknown.json["errors"][0]["field"] == "colour"
    assert (workflow.status, workflow.json["code"]) == (404, "workflow_missing")


async def test_viewers_and_strangers_start_nothing(scene: Scene) -> None:
    agent = await scene.agent("Done.")

    vera = await scene.start(agent, by=scene.cast.vera.http)
    otto = await scene.start(agent, by=scene.cast.otto.http)
    nobody = await scene.start(agent, by=scene.cast.nobody)

    assert (vera.status, otto.status, nobody.status) == (403, 404, 401)


async def test_a_start_is_in_the_audit_log(scene: Scene) -> None:
    run = await scene.started(await scene.agent("Done."))

    rows = await scene.owner(
        "SELECT action, actor_id::text, after ->> 'target_name' FROM audit_log WHERE target_id = %s", run
    )

    assert rows == [("run.started", str(scene.cast.anna.user_id), "Scribe")]

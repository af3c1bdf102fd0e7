"""The URL of a deployed agent: who may call it, what it answers, and that its runs stay on their version."""

import asyncio

import pytest
from aiohttp import web

from retinue.core.json import JsonObject
from tests.deployments.stage import Stage
from tests.runs.scene import Gate, parse


async def test_a_key_calls_the_deployed_version_and_gets_the_finished_run(played: Stage) -> None:
    agent = await played.agent("First.")
    deployment = await played.deploy(agent)
    await played.says(agent, "Second.")
    key = await played.key()

    answered = await played.call(key, agent, order=17)
    run = await played.scene.run(answered.json["id"])

    assert answered.status == 200, answered.text
    assert (answered.json["output"]["text"], answered.json["status"], answered.json["version"]) == ("First.", "completed", 1)
    assert answered.headers["Preference-Applied"] == "wait=30"
    assert run["deployment_id"] == deployment["id"]
    assert run["input"] == {"prompt": "Go.", "order": 17}
    assert run["trigger"] == "api"
    listed = await played.anna.get("/runs", params={"deployment_id": deployment["id"]})
    assert [each["id"] for each in listed.json["items"]] == [run["id"]]


async def test_without_prefer_the_run_is_accepted_and_read_at_its_location(played: Stage) -> None:
    agent = await played.agent("Done.")
    await played.deploy(agent)
    key = await played.key()

    accepted = await key.post(f"/deployed/{agent}/runs", json={"prompt": "Go."})
    await played.scene.until(accepted.json["id"])
    read = await key.get(accepted.headers["Location"])

    assert accepted.status == 202
    assert accepted.json["status"] == "pending"
    assert (read.status, read.json["output"]["text"]) == (200, "Done.")


async def test_the_answer_is_streamed_and_nothing_else(played: Stage) -> None:
    agent = await played.agent("A long answer in words.")
    await played.deploy(agent)
    key = await played.key()

    sent = []
    headers = {"Accept": "text/event-stream"}
    async with (
        asyncio.timeout(60),
        key.stream("POST", f"/deployed/{agent}/runs", json={"prompt": "Go."}, headers=headers) as response,
    ):
        sent = [each async for each in parse(response.content)]

    assert response.status == 200
    assert [each.event for each in (sent[0], *sent[-2:])] == ["run", "run", "end"]
    assert {each.event for each in sent[1:-2]} <= {"token"}
    assert sent[-2].data["output"]["text"] == "A long answer in words."


async def test_the_same_key_and_input_start_one_run_also_across_deployments(played: Stage) -> None:
    agent = await played.agent("First.")
    await played.deploy(agent)
    key, other = await played.key(), await played.key()
    once = {"Idempotency-Key": "order-1"}

    first = await played.call(key, agent, headers=once)
    await played.says(agent, "Second.")
    await played.deploy(agent)
    second = await played.call(key, agent, headers=once)
    third = await played.call(other, agent, headers=once)
    different = await played.call(key, agent, "Something else.", headers=once)

    assert first.json["id"] == second.json["id"]
    assert second.headers["Idempotent-Replay"] == "true"
    assert third.json["output"]["text"] == "Second."
    assert different.status == 409


async def test_the_url_is_for_keys_of_the_organization_with_the_scope(played: Stage) -> None:
    agent = await played.agent()
    await played.deploy(agent)
    unknown = "01a20000-0000-7000-8000-000000000000"

    nobody = await played.call(played.nobody, agent)
    nobody_nowhere = await played.call(played.nobody, unknown)
    without = await played.call(await played.key("runs:write"), agent)
    otto = await played.call(await played.key("deployments:call", by=played.scene.cast.otto), agent)
    nowhere = await played.call(await played.key(), unknown)

    assert (nobody.status, nobody_nowhere.status) == (401, 401)
    assert nobody.json["code"] == nobody_nowhere.json["code"] == "caller_unknown"
    assert (without.status, without.json["code"]) == (403, "permission_denied")
    assert (otto.status, otto.json["code"]) == (404, "not_deployed")
    assert (nowhere.status, nowhere.json["code"]) == (404, "not_deployed")


async def test_a_deployment_for_anyone_is_called_without_a_key_and_limited_by_address(played: Stage) -> None:
    agent = await played.agent("Hello.", callers="anyone", requests_per_minute=2)
    await played.deploy(agent)

    first = await played.call(played.nobody, agent)
    read = await played.nobody.get(f"/deployed/{agent}/runs/{first.json['id']}")
    second = await played.call(played.nobody, agent)
    third = await played.call(played.nobody, agent)
    with_key = await played.call(await played.key(), agent)

    assert (first.status, first.json["output"]["text"]) == (200, "Hello.")
    assert read.json["output"]["text"] == "Hello."
    assert second.status == 200
    assert (third.status, third.json["code"]) == (429, "caller_limited")
    assert int(third.headers["Retry-After"]) >= 1
    assert with_key.status == 200
    entry = await played.scene.owner(
        "SELECT actor_kind, actor_id FROM audit_log WHERE target_id = %s AND action = 'run.started'", first.json["id"]
    )
    assert entry == [("visitor", None)]


async def test_all_callers_without_a_key_together_are_limited_too(played: Stage) -> None:
    agent = await played.agent("Hello.", callers="anyone", anonymous_runs_per_hour=1)
    await played.deploy(agent)

    first, second = await played.call(played.nobody, agent), await played.call(played.nobody, agent)

    assert (first.status, second.status) == (200, 429)


async def test_a_run_of_another_agent_is_not_read_at_this_url(played: Stage) -> None:
    agent, other = await played.agent("Mine.", callers="anyone"), await played.agent("Theirs.", callers="anyone")
    for each in (agent, other):
        await played.deploy(each)
    theirs = await played.call(played.nobody, other)
    own = await played.scene.started(agent)

    for run_id in (theirs.json["id"], own):
        found = await played.nobody.get(f"/deployed/{agent}/runs/{run_id}")
        assert (found.status, found.json["code"]) == (404, "run_missing")


async def test_a_stopped_deployment_answers_no_call_and_its_runs_go_on(played: Stage) -> None:
    gate = Gate()
    played.scene.tools["gate"] = gate.tool
    agent, server = await _with_tool(played, "gate")
    deployment = await played.deploy(agent)
    assert deployment["status"] == "deployed", deployment["error_message"]
    key = await played.key()
    begun = await key.post(f"/deployed/{agent}/runs", json={"prompt": "Go."})
    await gate.wait()

    await played.anna.post(f"/deployments/{deployment['id']}/stop")
    refused = await played.call(key, agent)
    gate.opened.set()
    run = await played.scene.until(begun.json["id"])
    await server.cleanup()

    assert (refused.status, refused.json["code"]) == (404, "not_deployed")
    assert run["status"] == "completed"


async def test_a_paused_run_resumes_on_its_own_version_after_another_was_deployed(played: Stage) -> None:
    played.scene.tools["send"] = lambda _arguments: "sent"
    agent, server = await _with_tool(played, "send:approval")
    await played.deploy(agent)
    key = await played.key()
    waiting = await played.call(key, agent)
    await played.says(agent, "The second version.")
    second = await played.deploy(agent)

    approvals = await played.anna.get("/approvals", params={"status": "pending"})
    decided = await played.anna.post(f"/approvals/{approvals.json['items'][0]['id']}/decide", json={"decision": "approve"})
    run = await played.scene.until(waiting.json["id"])
    newest = await played.call(key, agent)
    await server.cleanup()

    assert (waiting.status, waiting.json["status"]) == (202, "waiting")
    assert second["version"] == 3
    assert decided.status == 200, decided.text
    assert (run["status"], run["output"]["text"], run["agent_version"]) == ("completed", "First version.", 2)
    assert newest.json["output"]["text"] == "The second version."


@pytest.mark.parametrize("way", [{"Accept": "text/event-stream"}, {"Prefer": "wait=60"}])
async def test_an_open_call_ends_when_its_key_is_revoked(stage: Stage, way: dict[str, str]) -> None:
    agent = await stage.agent()
    await stage.deploy(agent)
    key = await stage.key()

    async def call() -> str:
        async with key.stream("POST", f"/deployed/{agent}/runs", json={"prompt": "Go."}, headers=way) as response:
            return (await response.content.read()).decode()

    async with asyncio.timeout(60):
        calling = asyncio.create_task(call())
        while await stage.scene.owner("SELECT count(*) FROM runs WHERE target_id = %s", agent) != [(1,)]:
            await asyncio.sleep(0.02)
        (mine,) = [
            each for each in (await stage.scene.cast.olga.http.get("/api-keys")).json["items"] if each["name"] == "caller"
        ]
        revoked = await stage.scene.cast.olga.http.delete(f"/api-keys/{mine['id']}")
        told = await calling

    assert revoked.status < 300, revoked.text
    assert "unauthenticated" in told


@pytest.mark.parametrize(
    ("body", "field"),
    [({}, "prompt"), ({"prompt": ""}, "prompt"), ({"prompt": 5}, "prompt"), ({"prompt": [{"type": "video"}]}, "prompt")],
)
async def test_a_bad_input_is_refused_with_its_field(stage: Stage, body: dict[str, object], field: str) -> None:
    agent = await stage.agent()
    await stage.deploy(agent)

    refused = await (await stage.key()).post(f"/deployed/{agent}/runs", json=body)

    assert refused.status == 422
    assert refused.json["errors"][0]["field"].startswith(field)


async def _with_tool(stage: Stage, name: str) -> tuple[str, web.AppRunner]:
    """Make an agent that calls a tool, whose host answers, and then says a sentence."""
    server = web.AppRunner(web.Application())
    await server.setup()
    await web.TCPSite(server, "127.0.0.1", 0).start()
    plain = name.partition(":")[0]
    calls: JsonObject = {"tool_calls": [{"name": plain, "arguments": {}}]}
    agent = await stage.scene.agent(calls, "First version.", tools=(name,))
    tools = (await stage.anna.get("/tools", params={"q": plain})).json["items"]
    tool_id = next(each["id"] for each in tools if each["name"] == plain)
    configuration = {"method": "GET", "url": f"http://127.0.0.1:{server.addresses[0][1]}/"}
    changed = await stage.scene.cast.olga.http.patch(f"/tools/{tool_id}", json={"configuration": configuration})
    assert changed.status == 200, changed.text
    await stage.anna.patch(f"/agents/{agent}", json={"description": "With a tool"})
    return agent, server

"""Deploying workflows: with the version comes that of all that its nodes start, and runs stay on all of them."""

from typing import Any

from retinue.core.outbox import Pump, gather
from retinue.deployments import chatting
from retinue.deployments.feature import feature
from tests.clock import HandClock
from tests.deployments.stage import Stage
from tests.teams.conftest import Teams, delegates
from tests.workflows.conftest import document

_ASKS = {
    "type": "object",
    "properties": {"question": {"type": "string"}},
    "required": ["question"],
    "additionalProperties": False,
}


def _starts(kind: str, name: str, node_id: str = "ask") -> Any:
    given = {"question": "{{ input['question'] }}"} if kind == "workflow" else {"prompt": "{{ input['question'] }}"}
    result = "result['answer']" if kind == "workflow" else "result['text']"
    return {"id": node_id, "type": kind, kind: {"name": name}, "input": given, "output": {"answer": result}}


async def _workflow(stage: Stage, *nodes: Any, name: str = "Desk", publish: bool = False, **fields: Any) -> str:
    ids = [each["id"] for each in nodes]
    edges = list(zip(["START", *ids], [*ids, "END"], strict=True))
    output = {"answer": "state['answer']"}
    definition = document(nodes, edges, name=name, input_schema=_ASKS, state={"answer": {}}, output=output)
    made = await stage.anna.post("/workflows", json={"definition": definition, **fields})
    assert made.status == 201, made.text
    if publish:
        published = await stage.anna.post(f"/workflows/{made.json['id']}/publish", json={})
        assert published.status == 200, published.text
    return str(made.json["id"])


async def _deploy(stage: Stage, workflow: str, **fields: Any) -> Any:
    return await stage.deploy(workflow, target_type="workflow", **fields)


async def _call(stage: Stage, workflow: str, question: Any = "Why?") -> Any:
    key = await stage.key()
    return await key.post(f"/deployed/{workflow}/runs", json={"question": question}, headers={"Prefer": "wait=30"})


async def test_a_workflow_is_deployed_and_answers_at_its_url(played: Stage) -> None:
    await played.scene.agent("Because.", name="Clerk")
    workflow = await _workflow(played, _starts("agent", "Clerk"))

    done = await _deploy(played, workflow)
    called = await _call(played, workflow)
    listed = await played.scene.cast.vera.http.get("/runs", params={"deployment_id": done["id"]})

    assert done["status"] == "deployed", done["error_message"]
    assert [check["name"] for check in done["checks"]] == ["definition", "chat", "members", "model", "tools"]
    assert (done["target_type"], done["workflow_id"], done["agent_id"]) == ("workflow", workflow, None)
    assert called.status == 200, called.text
    assert (called.json["output"], called.json["version"]) == ({"answer": "Because."}, 1)
    assert {each["type"] for each in listed.json["items"]} == {"workflow", "agent"}


async def test_an_input_that_does_not_fit_is_refused_and_starts_nothing(stage: Stage) -> None:
    await stage.scene.agent("Because.", name="Clerk")
    workflow = await _workflow(stage, _starts("agent", "Clerk"))
    done = await _deploy(stage, workflow)

    refused = await _call(stage, workflow, question=7)
    unshaped = await (await stage.key()).post(f"/deployed/{workflow}/runs", json=["Why?"])
    listed = await stage.scene.cast.vera.http.get("/runs", params={"deployment_id": done["id"]})

    assert (refused.status, refused.json["code"]) == (422, "workflow_input_invalid")
    assert (unshaped.status, listed.json["items"]) == (422, [])


async def test_a_deployed_workflow_keeps_the_versions_of_all_that_it_starts(played: Stage) -> None:
    agent = await played.scene.agent("Agent first.", name="Clerk")
    member = await played.scene.agent("Member first.", name="Member 1")
    team = await Teams(played.scene).team(delegates(("member-1", "Go.")), "Team.", members=[member], name="Panel")
    inner = await _workflow(played, _starts("agent", "Clerk"), name="Inner", publish=True)
    nodes = (_starts("team", "Panel", "panel"), _starts("workflow", "Inner"))
    workflow = await _workflow(played, *nodes)
    first = await _deploy(played, workflow)
    await played.says(agent, "Agent second.")
    await played.says(member, "Member second.")

    before = await _call(played, workflow)
    second = await _deploy(played, workflow)
    after = await _call(played, workflow)
    await played.anna.post(f"/deployments/{first['id']}/roll-back")
    await played.finish(workflow)
    back = await _call(played, workflow)

    assert [each["version"] for each in first["snapshot"]["targets"]] == [1, 1]
    assert second["snapshot"]["targets"][0]["releases"] == {member: 2}
    for called, wanted in ((before, "first"), (after, "second"), (back, "first")):
        assert called.json["output"] == {"answer": f"Agent {wanted}."}, called.text
        assert await _said(played, called.json["id"], team) == [f"Member {wanted}."]
    assert inner != workflow


async def _said(stage: Stage, run_id: str, team: str) -> list[str]:
    children = (await stage.anna.get("/runs", params={"parent_run_id": run_id})).json["items"]
    of_team = next(each for each in children if each["target_id"] == team)
    members = (await stage.anna.get("/runs", params={"parent_run_id": of_team["id"]})).json["items"]
    return [each["output"]["text"] for each in members]


async def test_a_saved_definition_is_not_served_before_it_is_deployed(played: Stage) -> None:
    await played.scene.agent("Because.", name="Clerk")
    workflow = await _workflow(played, _starts("agent", "Clerk"))
    await _deploy(played, workflow)
    held = (await played.anna.get(f"/workflows/{workflow}")).json["definition"]
    changed = {**held, "output": {"answer": "'New: ' + state['answer']"}}
    saved = await played.anna.patch(f"/workflows/{workflow}", json={"definition": changed})

    before = await _call(played, workflow)
    await _deploy(played, workflow)
    after = await _call(played, workflow)

    assert saved.json["version"] == 2
    assert (before.json["output"], after.json["output"]) == ({"answer": "Because."}, {"answer": "New: Because."})


async def test_a_workflow_is_not_deployed_while_what_it_starts_is_not_ready(stage: Stage) -> None:
    agent = await stage.scene.agent("Because.", name="Clerk")
    workflow = await _workflow(stage, _starts("agent", "Clerk"))
    await stage.anna.post(f"/agents/{agent}/pause")

    on_paused = await _deploy(stage, workflow)
    await stage.anna.post(f"/agents/{agent}/activate")
    await stage.says(agent, "Second.", instructions="Ask {{nobody}}.")
    on_variable = await _deploy(stage, workflow)

    assert (on_paused["status"], on_variable["status"]) == ("failed", "failed")
    assert "paused" in on_paused["error_message"]
    assert "nobody" in on_variable["error_message"]


async def test_a_paused_workflow_begins_no_run_of_its_deployment(stage: Stage) -> None:
    await stage.scene.agent("Because.", name="Clerk")
    workflow = await _workflow(stage, _starts("agent", "Clerk"))
    await _deploy(stage, workflow)
    paused = await stage.anna.patch(f"/workflows/{workflow}", json={"is_paused": True})

    called = await _call(stage, workflow)

    assert paused.status == 200, paused.text
    assert (called.status, called.json["code"]) == (409, "workflow_paused")


async def test_a_deployed_workflow_names_what_was_deleted(stage: Stage) -> None:
    agent = await stage.scene.agent("Because.", name="Clerk")
    workflow = await _workflow(stage, _starts("agent", "Clerk"))
    await _deploy(stage, workflow)
    deleted = await stage.anna.delete(f"/agents/{agent}")
    assert deleted.status == 204, deleted.text

    called = await _call(stage, workflow)

    assert (called.status, called.json["code"]) == (422, "workflow_invalid")
    assert [each["field"] for each in called.json["errors"]] == ["definition.nodes.ask"]
    assert "deleted" in called.json["errors"][0]["message"]


async def test_a_deployed_workflow_names_the_node_of_a_team_that_was_deleted(stage: Stage) -> None:
    member = await stage.scene.agent("Member.", name="Member 1")
    team = await Teams(stage.scene).team(delegates(("member-1", "Go.")), "Team.", members=[member], name="Panel")
    workflow = await _workflow(stage, _starts("team", "Panel", "panel"))
    await _deploy(stage, workflow)
    deleted = await stage.anna.delete(f"/teams/{team}")
    assert deleted.status == 204, deleted.text

    called = await _call(stage, workflow)

    assert (called.status, called.json["code"]) == (422, "workflow_invalid")
    assert [each["field"] for each in called.json["errors"]] == ["definition.nodes.panel"]


async def test_a_visitor_chats_with_a_workflow_whose_input_is_one_text(played: Stage) -> None:
    await played.scene.agent("Because.", name="Clerk")
    workflow = await _workflow(played, _starts("agent", "Clerk"), deployment_config={"chat_page": True})
    await _deploy(played, workflow)

    nobody = played.nobody
    said = await nobody.post(f"/deployed/{workflow}/chat/messages", json={"content": "Why so?"})
    run = await played.scene.until(said.json["run_id"])
    shown = await nobody.get(f"/deployed/{workflow}/chat")

    assert run["input"] == {"question": "Why so?"}
    assert [(each["content"], each["answer"]) for each in shown.json["messages"]] == [("Why so?", "Because.")]


async def test_a_visitors_earlier_messages_are_passed_on_where_the_input_has_messages(played: Stage) -> None:
    await played.scene.agent("Because.", name="Clerk")
    workflow = await _workflow(played, _starts("agent", "Clerk"), deployment_config={"chat_page": True})
    held = (await played.anna.get(f"/workflows/{workflow}")).json["definition"]
    schema = {**_ASKS, "properties": {"question": {"type": "string"}, "messages": {"type": "array"}}}
    await played.anna.patch(f"/workflows/{workflow}", json={"definition": {**held, "input_schema": schema}})
    await _deploy(played, workflow)
    nobody = played.nobody

    for question in ("Why so?", "And why not?"):
        said = await nobody.post(f"/deployed/{workflow}/chat/messages", json={"content": question})
        run = await played.scene.until(said.json["run_id"])

    before = [{"role": "user", "content": "Why so?"}, {"role": "assistant", "content": "Because."}]
    assert run["input"] == {"question": "And why not?", "messages": before}


async def test_a_chat_page_of_a_workflow_that_asks_for_more_than_a_text_is_refused(stage: Stage) -> None:
    adds = {"id": "add", "type": "transform", "set": {"answer": "'none'"}}
    workflow = await _workflow(stage, adds, deployment_config={"chat_page": True})
    held = (await stage.anna.get(f"/workflows/{workflow}")).json["definition"]
    schema = {**_ASKS, "properties": {"question": {"type": "string"}, "order": {"type": "integer"}}, "required": ["order"]}
    await stage.anna.patch(f"/workflows/{workflow}", json={"definition": {**held, "input_schema": schema}})

    done = await _deploy(stage, workflow)

    assert done["status"] == "failed"
    assert "deployment_config.chat_page" in done["error_message"]
    assert (await stage.nobody.get(f"/deployed/{workflow}/chat")).status == 404


async def test_saved_versions_of_a_workflow_are_deployed_after_the_delay(stage: Stage, clock: HandClock) -> None:
    adds = {"id": "add", "type": "transform", "set": {"answer": "'one'"}}
    config = {"auto_deploy": True, "auto_deploy_delay_seconds": 60}
    workflow = await _workflow(stage, adds, deployment_config=config)
    held = (await stage.anna.get(f"/workflows/{workflow}")).json["definition"]
    await stage.anna.patch(f"/workflows/{workflow}", json={"definition": {**held, "output": {"answer": "'two'"}}})
    await Pump(stage.scene.process.database, gather(feature.listens)).drain()

    clock.move(seconds=60)
    await stage.tick()
    await stage.finish(workflow)
    found = await stage.deployments(workflow)

    assert [(each["version"], each["status"], each["trigger_type"]) for each in found] == [(2, "deployed", "config_change")]


async def test_a_workflow_that_is_deleted_takes_its_deployments_and_visitors_along(played: Stage) -> None:
    adds = {"id": "add", "type": "transform", "set": {"answer": "'one'"}}
    workflow = await _workflow(played, adds, deployment_config={"chat_page": True})
    done = await _deploy(played, workflow)
    said = await played.nobody.post(f"/deployed/{workflow}/chat/messages", json={"content": "Hello"})
    await played.scene.until(said.json["run_id"])

    deleted = await played.anna.delete(f"/workflows/{workflow}")

    assert deleted.status == 204, deleted.text
    assert (await played.anna.get(f"/deployments/{done['id']}")).status == 404
    assert await played.scene.owner("SELECT 1 FROM deployment_visitors WHERE target_id = %s", workflow) == []
    await chatting.delete_expired(played.scene.process.database)

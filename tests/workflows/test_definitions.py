"""Workflows as things that are made, changed, published and deleted: findings, versions, triggers, permissions."""

from typing import Any

from tests.client import Client
from tests.workflows.conftest import Workflows, adds, document, edge, numbers

_SAYS = [adds("say", word="'first'")]
_EDGES = [("START", "say"), ("say", "END")]


def _says(word: str, **fields: Any) -> Any:
    return document([adds("say", word=f"'{word}'")], _EDGES, state=numbers(word=""), **fields)


async def test_every_finding_is_told_at_once_with_its_place(workflows: Workflows) -> None:
    await workflows.scene.agent("-", name="Scout")
    definition = document(
        [
            {"id": "look", "type": "agent", "agent": {"name": "Scuot"}, "input": {"prompt": "{{ input['x' }}"}},
            {"id": "pick", "type": "condition"},
            {"id": "hold", "type": "question", "ask": "Well?", "form": {"type": "object"}, "assignees": ["Adam"]},
            {"id": "say", "type": "transform", "set": {"wordx": "1"}, "retry": {"max_attempts": 3}},
        ],
        [
            ("START", "look"),
            ("look", "pick"),
            edge("pick", "say", when="stat['word'] == 1"),
            ("say", "hold"),
            ("hold", "END"),
        ],
        state=numbers(word=""),
    )

    response = await workflows.scene.cast.vera.http.post("/workflows/validate", json={"definition": definition})

    assert response.status == 200, response.text
    found = {(each["path"], each["code"]): each for each in response.json["findings"]}
    assert response.json["is_valid"] is False
    assert set(found) == {
        ("/nodes/0/agent", "unknown_agent"),
        ("/nodes/0/input/prompt", "not_an_expression"),
        ("/nodes/1", "missing_else"),
        ("/nodes/3/set/wordx", "unknown_state_key"),
        ("/nodes/3/retry", "unfit_option"),
        ("/edges/2/when", "unknown_name"),
    }
    assert found["/nodes/0/agent", "unknown_agent"]["suggestion"] == "Did you mean Scout?"
    unknown = found["/edges/2/when", "unknown_name"]
    assert (unknown["line"], unknown["column"], unknown["suggestion"]) == (1, 1, "Did you mean state?")


async def test_wrong_types_are_told_with_line_and_column(workflows: Workflows) -> None:
    kinds = {"count": "integer", "word": "string", "rows": "array", "score": "number"}
    state: Any = {key: {"schema": {"type": kind}} for key, kind in kinds.items()} | {"free": {}}
    nodes = [
        adds("add", count="state['count'] + 'a'"),
        {"id": "which", "type": "condition"},
        {**adds("long", word="state['word'].upper() + state['score']"), "when": "state['count'] > state['word']"},
        adds("fine", free="state['free'] + 1", word="state['word'] + str(len(state['rows']))", score="state['count'] / 2"),
    ]
    edges = [
        ("START", "add"),
        ("add", "which"),
        edge("which", "long", when="state['rows'] < 3"),
        edge("which", "fine", **{"else": True}),
        ("long", "END"),
        ("fine", "END"),
    ]
    definition = document(nodes, edges, state=state)

    told = (await workflows.scene.cast.anna.http.post("/workflows/validate", json={"definition": definition})).json
    refused = await workflows.post(nodes, edges, state=state)

    wrong = [(each["path"], each["node"], each["line"], each["column"]) for each in told["findings"]]
    assert sorted(wrong) == [
        ("/edges/2/when", "which", 1, 1),
        ("/nodes/0/set/count", "add", 1, 1),
        ("/nodes/2/set/word", "long", 1, 1),
        ("/nodes/2/when", "long", 1, 1),
    ], told
    assert {each["code"] for each in told["findings"]} == {"wrong_type"}
    assert refused.status == 422
    assert len(refused.json["errors"]) == 4


async def test_wrong_definition_is_refused_with_all_findings_and_nothing_is_saved(workflows: Workflows) -> None:
    response = await workflows.post([adds("say", wordx="1"), {"id": "ask", "type": "http", "url": "x"}], _EDGES)

    assert (response.status, response.json["code"]) == (422, "workflow_invalid"), response.text
    fields = {each["field"] for each in response.json["errors"]}
    assert fields == {"definition.nodes.0.set.wordx", "definition.nodes.1", "definition.nodes.1.url"}
    listed = await workflows.scene.cast.anna.http.get("/workflows")
    assert listed.json["items"] == []


async def test_moving_a_box_makes_no_version_and_a_change_does(workflows: Workflows) -> None:
    workflow = await workflows.made(_SAYS, _EDGES, state=numbers(word=""))
    drawn = _says("first")
    drawn["nodes"][0]["position"] = {"x": 5, "y": 7}

    moved = await workflows.changed(workflow, definition=drawn)
    changed = await workflows.changed(workflow, definition=_says("second"), note="Say it again")

    assert (moved["version"], moved["definition"]["nodes"][0]["position"]) == (1, {"x": 5, "y": 7})
    assert (changed["version"], changed["active_version"]) == (2, 1)
    versions = await workflows.scene.cast.vera.http.get(f"/workflows/{workflow}/versions")
    kept = [(each["version"], each["note"], each["created_by"]["full_name"]) for each in versions.json["items"]]
    assert [(version, note) for version, note, _ in kept] == [(2, "Say it again"), (1, "")]


async def test_runs_take_the_published_version_and_going_back_is_publishing_an_earlier_one(played: Workflows) -> None:
    workflow = await played.made(_SAYS, _EDGES, state=numbers(word=""))
    await played.changed(workflow, definition=_says("second"))

    before = await played.run(workflow)
    await played.scene.cast.anna.http.post(f"/workflows/{workflow}/publish", json={})
    after = await played.run(workflow)
    back = await played.scene.cast.anna.http.post(f"/workflows/{workflow}/publish", json={"version": 1})
    again = await played.run(workflow)

    assert [each["output"]["word"] for each in (before, after, again)] == ["first", "second", "first"]
    assert back.json["active_version"] == 1


async def test_restored_version_is_a_new_version(workflows: Workflows) -> None:
    workflow = await workflows.made(_SAYS, _EDGES, state=numbers(word=""))
    await workflows.changed(workflow, definition=_says("second"))

    restored = await workflows.scene.cast.anna.http.post(f"/workflows/{workflow}/versions/1/restore")

    assert restored.status == 200, restored.text
    assert (restored.json["version"], restored.json["definition"]) == (3, _says("first"))


async def test_change_from_an_old_version_is_refused(workflows: Workflows) -> None:
    workflow = await workflows.made(_SAYS, _EDGES, state=numbers(word=""))
    await workflows.changed(workflow, definition=_says("second"), version=1)

    late = await workflows.scene.cast.anna.http.patch(
        f"/workflows/{workflow}", json={"definition": _says("third"), "version": 1}
    )

    assert (late.status, late.json["code"]) == (409, "workflow_changed")


async def test_name_is_taken_once(workflows: Workflows) -> None:
    await workflows.made(_SAYS, _EDGES, state=numbers(word=""))

    again = await workflows.post(_SAYS, _EDGES, state=numbers(word=""))

    assert (again.status, again.json["code"]) == (409, "workflow_name_taken")


async def _key(workflows: Workflows) -> Client:
    scopes = ["workflows:read", "runs:write", "runs:read"]
    made = await workflows.scene.cast.olga.http.post("/api-keys", json={"name": "starter", "scopes": scopes})
    assert made.status == 201, made.text
    nobody = workflows.scene.cast.nobody
    return Client(nobody.session, nobody.base_url, headers={"Authorization": f"Bearer {made.json['key']}"})


async def test_key_starts_runs_of_an_active_workflow_only_and_of_one_that_accepts_it(workflows: Workflows) -> None:
    workflow, key = await workflows.made(_SAYS, _EDGES, state=numbers(word="")), await _key(workflows)

    async def code() -> str:
        response = await key.post(f"/workflows/{workflow}/runs", json={})
        return "" if response.status == 202 else str(response.json["code"])

    inactive = await code()
    await workflows.changed(workflow, is_active=True)
    active = await code()
    await workflows.changed(workflow, trigger_config={"manual": True, "api": False})
    refused = await code()
    paused = await workflows.changed(workflow, is_paused=True, trigger_config={"manual": True, "api": True})

    assert [inactive, active, refused, await code()] == ["workflow_inactive", "", "trigger_refused", "workflow_paused"]
    assert paused["status"] == "paused"
    assert (await workflows.start(workflow)).json["code"] == "workflow_paused"


async def test_workflow_without_a_published_version_cannot_be_active(workflows: Workflows) -> None:
    made = await workflows.post(_SAYS, _EDGES, state=numbers(word=""))

    refused = await workflows.scene.cast.anna.http.patch(f"/workflows/{made.json['id']}", json={"is_active": True})

    assert (refused.status, refused.json["code"]) == (409, "workflow_not_published")


async def test_deleting_waits_for_unfinished_runs(workflows: Workflows) -> None:
    workflow = await workflows.made(_SAYS, _EDGES, state=numbers(word=""))
    run_id = await workflows.started(workflow)
    http = workflows.scene.cast.anna.http

    busy = await http.delete(f"/workflows/{workflow}")
    await http.post(f"/runs/{run_id}/cancel")
    gone = await http.delete(f"/workflows/{workflow}")

    assert (busy.status, busy.json["code"], gone.status) == (409, "workflow_busy", 204)
    assert (await http.get(f"/workflows/{workflow}")).status == 404
    assert (await http.get(f"/runs/{run_id}")).json["target_name"] == "Desk"


async def test_start_names_the_node_whose_agent_is_gone(workflows: Workflows) -> None:
    scout = await workflows.scene.agent("-", name="Scout")
    nodes = [{"id": "look", "type": "agent", "agent": {"id": scout}, "input": {"prompt": "Go."}}]
    workflow = await workflows.made(nodes, [("START", "look"), ("look", "END")])
    await workflows.scene.cast.anna.http.delete(f"/agents/{scout}")

    refused = await workflows.start(workflow)

    assert (refused.status, refused.json["code"]) == (422, "workflow_invalid")
    assert refused.json["errors"][0]["field"] == "definition.nodes.0.agent"


async def test_viewers_read_and_managers_write(workflows: Workflows) -> None:
    workflow = await workflows.made(_SAYS, _EDGES, state=numbers(word=""))
    vera = workflows.scene.cast.vera.http

    read = await vera.get(f"/workflows/{workflow}")
    schema = await vera.get("/workflows/schema")
    written = await vera.patch(f"/workflows/{workflow}", json={"is_paused": True})

    assert (read.status, schema.status, written.status) == (200, 200, 403)
    assert schema.json["$schema"] == "https://json-schema.org/draft/2020-12/schema"


async def test_changes_are_in_the_audit_log(workflows: Workflows) -> None:
    workflow = await workflows.made(_SAYS, _EDGES, state=numbers(word=""))
    await workflows.changed(workflow, is_active=True)
    await workflows.scene.cast.anna.http.delete(f"/workflows/{workflow}")

    log = await workflows.scene.cast.olga.http.get("/audit-log?limit=50")

    actions = [each["action"] for each in log.json["items"] if each["action"].startswith("workflow.")]
    assert actions == ["workflow.deleted", "workflow.updated", "workflow.published", "workflow.created"]

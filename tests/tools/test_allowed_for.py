"""Tools that name which agents, teams and workflows may use them: kept when these are saved and when a run starts."""

import uuid
from typing import Any

from tests.agents.conftest import fields_of, make_agent
from tests.cast import Cast, Person
from tests.client import Response
from tests.manifests.conftest import actions, apply, exported, problems
from tests.tools.conftest import make_tool

_URL = "https://api.example.com/pay"
_TOOLS: Any = {"tools": [{"name": "pay"}]}


async def _tool(person: Person, *allowed: tuple[str, str], **fields: Any) -> dict[str, Any]:
    listed = [{"type": kind, "id": caller_id} for kind, caller_id in allowed]
    return await make_tool(person, {"method": "POST", "url": _URL}, name="pay", allowed_for=listed, **fields)


async def _allow(person: Person, tool_id: str, *allowed: tuple[str, str]) -> Response:
    listed = [{"type": kind, "id": caller_id} for kind, caller_id in allowed]
    return await person.http.patch(f"/tools/{tool_id}", json={"allowed_for": listed})


async def _give(person: Person, agent_id: str) -> Response:
    return await person.http.patch(f"/agents/{agent_id}", json={"config": _TOOLS})


async def _start(person: Person, target_id: str, kind: str = "agent") -> Response:
    return await person.http.post("/runs", json={"type": kind, "target_id": target_id, "input": {"prompt": "Pay."}})


def _definition(name: str = "Till") -> Any:
    return {
        "format": "retinue.workflow/1",
        "name": name,
        "nodes": [{"id": "pay", "type": "tool", "tool": {"name": "pay"}, "input": {}}],
        "edges": [{"from": "START", "to": "pay"}, {"from": "pay", "to": "END"}],
    }


async def test_agent_outside_the_list_is_not_saved_with_the_tool_and_one_inside_is(cast: Cast) -> None:
    cashier, other = await make_agent(cast.anna, name="Cashier"), await make_agent(cast.anna, name="Other")
    tool = await _tool(cast.anna, ("agent", cashier["id"]))

    given = await _give(cast.anna, cashier["id"])
    refused = await _give(cast.anna, other["id"])
    created = await fields_of(cast.anna, "POST", "/agents", {"name": "New", "config": _TOOLS})
    copied = await fields_of(cast.anna, "POST", f"/agents/{cashier['id']}/duplicate", None)

    assert tool["allowed_for"] == [{"type": "agent", "id": cashier["id"], "name": "Cashier"}]
    assert given.status == 200, given.text
    assert refused.status == 422
    (error,) = refused.json["errors"]
    assert error["field"] == "config.tools.0.name"
    assert "the agent Cashier" in error["message"]
    assert "allowed_for of the tool pay" in error["remedy"]
    assert created == copied == (422, ["config.tools.0.name"])
    assert (await cast.anna.http.get(f"/agents/{other['id']}")).json["config"]["tools"] == []


async def test_run_of_an_agent_that_was_taken_off_the_list_does_not_start(cast: Cast) -> None:
    tool = await make_tool(cast.anna, {"method": "POST", "url": _URL}, name="pay")
    cashier, other = await make_agent(cast.anna, config=_TOOLS), await make_agent(cast.anna, name="Other")
    assert (await _give(cast.anna, other["id"])).status == 200

    narrowed = await _allow(cast.anna, tool["id"], ("agent", cashier["id"]))
    users = (await cast.anna.http.get(f"/tools/{tool['id']}/used-by")).json["items"]
    started = await _start(cast.anna, other["id"])
    opened = await _allow(cast.anna, tool["id"])
    after = await _start(cast.anna, other["id"])

    assert (narrowed.status, opened.json["allowed_for"]) == (200, [])
    assert {each["name"]: each["is_allowed"] for each in users} == {"Helper": True, "Other": False}
    assert (started.status, [each["field"] for each in started.json["errors"]]) == (422, ["config.tools.0.name"])
    assert after.status != 422
    assert narrowed.json["version"] == opened.json["version"] == tool["version"]


async def test_team_in_the_list_stands_for_its_members_and_those_of_teams_inside_it(cast: Cast) -> None:
    member, outside = await make_agent(cast.anna, name="Member"), await make_agent(cast.anna, name="Outside")
    body: Any = {"name": "Inner", "type": "route", "members": [{"agent_id": member["id"]}]}
    inner = (await cast.anna.http.post("/teams", json=body)).json
    outer = (await cast.anna.http.post("/teams", json={**body, "name": "Outer", "members": [{"team_id": inner["id"]}]})).json
    tool = await _tool(cast.anna, ("team", outer["id"]))

    given, refused = await _give(cast.anna, member["id"]), await _give(cast.anna, outside["id"])
    shown = (await cast.anna.http.get(f"/tools/{tool['id']}/used-by")).json["items"]
    left = await cast.anna.http.patch(f"/teams/{inner['id']}", json={"members": [{"agent_id": outside["id"]}]})
    started = await _start(cast.anna, member["id"])

    assert (given.status, refused.status, left.status) == (200, 422, 200), given.text + refused.text + left.text
    expected = [("team", "Outer", True), ("team", "Inner", True), ("agent", "Member", True)]
    assert [(each["type"], each["name"], each["is_allowed"]) for each in shown] == expected
    assert "the team Outer" in refused.json["errors"][0]["message"]
    assert started.status == 422
    assert (await _give(cast.anna, outside["id"])).status == 200


async def test_workflow_outside_the_list_is_neither_saved_nor_run(cast: Cast) -> None:
    agent = await make_agent(cast.anna)
    tool = await make_tool(cast.anna, {"method": "POST", "url": _URL}, name="pay")
    made = (await cast.anna.http.post("/workflows", json={"definition": _definition()})).json
    published = await cast.anna.http.post(f"/workflows/{made['id']}/publish", json={})

    await _allow(cast.anna, tool["id"], ("agent", agent["id"]))
    saved = await fields_of(cast.anna, "POST", "/workflows", {"definition": _definition("Other")})
    again = await cast.anna.http.post(f"/workflows/{made['id']}/publish", json={})
    started = await _start(cast.anna, made["id"], "workflow")
    await _allow(cast.anna, tool["id"], ("workflow", made["id"]))
    allowed = await _start(cast.anna, made["id"], "workflow")

    assert published.status == 200
    assert saved == (422, ["definition.nodes.0.tool"])
    assert (again.status, started.status, allowed.status) == (422, 422, 202), again.text + started.text + allowed.text
    assert started.json["errors"][0]["field"] == "definition.nodes.pay"


async def test_deleted_agent_leaves_the_tool_to_nobody_rather_than_to_all(cast: Cast) -> None:
    cashier, other = await make_agent(cast.anna, name="Cashier"), await make_agent(cast.anna, name="Other")
    tool = await _tool(cast.anna, ("agent", cashier["id"]))

    assert (await cast.anna.http.request("DELETE", f"/agents/{cashier['id']}")).status == 204
    shown = (await cast.anna.http.get(f"/tools/{tool['id']}")).json
    refused = await _give(cast.anna, other["id"])
    renamed = await cast.anna.http.patch(f"/tools/{tool['id']}", json={"description": "Pays."})

    assert shown["allowed_for"] == [{"type": "agent", "id": cashier["id"], "name": None}]
    assert "what has been deleted since" in refused.json["errors"][0]["message"]
    assert (renamed.status, renamed.json["allowed_for"]) == (200, shown["allowed_for"])


async def test_list_that_cannot_be_kept_is_refused_by_field(cast: Cast) -> None:
    agent, theirs = await make_agent(cast.anna), await make_agent(cast.otto)
    tool = await _tool(cast.anna)
    path = f"/tools/{tool['id']}"

    def listed(*each: tuple[str, str]) -> Any:
        return {"allowed_for": [{"type": kind, "id": caller_id} for kind, caller_id in each]}

    for caller in (("agent", theirs["id"]), ("agent", str(uuid.uuid4())), ("team", agent["id"]), ("workflow", agent["id"])):
        assert await fields_of(cast.anna, "PATCH", path, listed(caller)) == (422, ["allowed_for.0.id"])
    twice = [("agent", agent["id"])] * 2
    assert await fields_of(cast.anna, "PATCH", path, listed(*twice)) == (422, ["allowed_for.1.id"])
    assert (await fields_of(cast.anna, "PATCH", path, listed(("user", agent["id"]))))[0] == 422
    assert (await cast.vera.http.patch(path, json=listed(*twice[:1]))).status == 403
    assert (await cast.anna.http.get(path)).json["allowed_for"] == []


async def test_list_is_audited_and_no_part_of_a_version(cast: Cast) -> None:
    agent = await make_agent(cast.anna)
    tool = await _tool(cast.anna)
    await cast.anna.http.patch(f"/tools/{tool['id']}", json={"description": "Pays."})

    await _allow(cast.anna, tool["id"], ("agent", agent["id"]))
    restored = await cast.anna.http.post(f"/tools/{tool['id']}/versions/1/restore", json={})
    entries = (await cast.olga.http.get(f"/audit-log?target_id={tool['id']}&action=tool.updated")).json["items"]

    assert restored.status == 200, restored.text
    assert [each["id"] for each in restored.json["allowed_for"]] == [agent["id"]]
    assert {"allowed_for": [{"type": "agent", "id": agent["id"]}]} in [
        {"allowed_for": each["after"].get("allowed_for")} for each in entries
    ]


_FILES = (
    (
        "kind: tool\nname: pay\ntool_type: api\nconfiguration: {method: POST, url: https://api.example.com/pay}\n"
        "allowed_for:\n  - agent: Cashier\n  - team: Desk\n  - workflow: Till\n"
    ),
    "kind: agent\nname: Cashier\nconfig:\n  tools:\n    - name: pay\n",
    "kind: agent\nname: Clerk\nconfig:\n  tools:\n    - name: pay\n",
    "kind: team\nname: Desk\ntype: route\nmembers:\n  - agent: Clerk\n",
    (
        "kind: workflow\nname: Till\ndefinition:\n  format: retinue.workflow/1\n  nodes:\n    - {id: pay, type: tool, "
        "tool: {name: pay}, input: {}}\n  edges:\n    - {from: START, to: pay}\n    - {from: pay, to: END}\n"
    ),
)


async def test_files_name_who_may_use_a_tool_that_they_bring_along(cast: Cast) -> None:
    planned = await apply(cast.anna, *_FILES, dry_run=True)
    made = await apply(cast.anna, *_FILES)
    again = await apply(cast.anna, *_FILES)
    files = await exported(cast.anna)
    elsewhere = await apply(cast.otto, *files.values())

    tool = next(text for path, text in files.items() if path == "tools/pay.yaml")
    assert planned["problems"] == []
    assert ("create", "tool", "pay") in actions(made)
    assert planned["digest"] == made["digest"]
    assert {each[0] for each in actions(again)} == {"unchanged"}
    assert "allowed_for:\n  - agent: Cashier\n  - team: Desk\n  - workflow: Till\n" in tool
    assert {each[0] for each in actions(await apply(cast.anna, *files.values()))} == {"unchanged"}
    assert ("create", "tool", "pay") in actions(elsewhere)
    assert await exported(cast.otto) == files


async def test_file_of_an_agent_outside_the_list_is_refused_at_its_line(cast: Cast) -> None:
    tool = _FILES[0].partition("  - team")[0]
    other = "kind: agent\nname: Other\nconfig:\n  tools:\n    - name: pay\n"

    found = await problems(cast.anna, tool, _FILES[1], other)
    unknown = await problems(cast.anna, tool)
    changed = await apply(cast.anna, tool, _FILES[1])
    narrowed = await apply(cast.anna, tool.replace("Cashier", "Other"), "kind: agent\nname: Other\n")

    assert found == [("c.yaml", 5, 7, "config.tools.0.name")]
    assert [(line, field) for _, line, _, field in unknown] == [(6, "allowed_for.0.agent")]
    assert len(changed["changes"]) == 2
    assert ("change", "tool", "pay") in actions(narrowed)


async def test_tool_lists_workflows_and_teams_that_use_it_and_not_those_that_do_not(cast: Cast) -> None:
    tool = await make_tool(cast.anna, {"method": "POST", "url": _URL}, name="pay")
    cashier = await make_agent(cast.anna, name="Cashier", config=_TOOLS)
    other = await make_agent(cast.anna, name="Other")
    team: Any = {"name": "Tills", "type": "route", "members": [{"agent_id": cashier["id"]}, {"agent_id": other["id"]}]}
    without: Any = {"name": "Others", "type": "route", "members": [{"agent_id": other["id"]}]}
    assert [(await cast.anna.http.post("/teams", json=each)).status for each in (team, without)] == [201, 201]
    by_name, by_id, looped, plain = (_definition(name) for name in ("By name", "By id", "In a map", "Without"))
    by_id["nodes"][0]["tool"] = {"id": tool["id"]}
    looped["nodes"] = [{"id": "pay", "type": "map", "over": "[1]", "body": {"nodes": by_id["nodes"]}}]
    plain |= {"state": {"n": {}}, "nodes": [{"id": "pay", "type": "transform", "set": {"n": "1"}}]}
    made = [await cast.anna.http.post("/workflows", json={"definition": each}) for each in (by_name, by_id, looped, plain)]
    assert {each.status for each in made} == {201}, [each.text for each in made]

    path = f"/tools/{tool['id']}/used-by"
    shown = (await cast.vera.http.get(f"{path}?limit=3")).json
    rest = (await cast.vera.http.get(f"{path}?limit=3&cursor={shown['next_cursor']}")).json["items"]
    users = {(each["type"], each["name"]): (each["status"], each["is_allowed"]) for each in shown["items"] + rest}

    assert users == {
        ("workflow", "In a map"): ("inactive", True),
        ("workflow", "By id"): ("inactive", True),
        ("workflow", "By name"): ("inactive", True),
        ("team", "Tills"): ("active", True),
        ("agent", "Cashier"): (cashier["status"], True),
    }
    assert (await _allow(cast.anna, tool["id"], ("workflow", made[0].json["id"]))).status == 200
    marked = (await cast.vera.http.get(path)).json["items"]
    assert {each["name"] for each in marked if each["is_allowed"]} == {"By name"}


async def test_workflow_whose_active_version_alone_calls_a_tool_uses_it(cast: Cast) -> None:
    tool = await make_tool(cast.anna, {"method": "POST", "url": _URL}, name="pay")
    made = (await cast.anna.http.post("/workflows", json={"definition": _definition()})).json
    assert (await cast.anna.http.post(f"/workflows/{made['id']}/publish", json={})).status == 200
    node = {"id": "pay", "type": "transform", "set": {"n": "1"}}
    changed: Any = {**_definition(), "state": {"n": {}}, "nodes": [node]}
    saved = await cast.anna.http.patch(f"/workflows/{made['id']}", json={"definition": changed})
    assert saved.status == 200, saved.text
    path = f"/tools/{tool['id']}/used-by"

    before = [each["name"] for each in (await cast.vera.http.get(path)).json["items"]]
    refused = await cast.anna.http.delete(f"/tools/{tool['id']}")
    renamed = await cast.anna.http.patch(f"/tools/{tool['id']}", json={"name": "pay_more"})
    published = await cast.anna.http.post(f"/workflows/{made['id']}/publish", json={})
    after = (await cast.vera.http.get(path)).json["items"]
    deleted = await cast.anna.http.delete(f"/tools/{tool['id']}")

    assert (before, published.status, after) == (["Till"], 200, [])
    assert [refused.json["code"], renamed.json["code"], deleted.status] == ["tool_in_use", "tool_in_use", 204]
    assert "used by the workflow Till" in refused.json["detail"]

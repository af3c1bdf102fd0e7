"""A call of a workflow that lacks a grant: the run waits for a *connect* request, and goes on when it is given."""

from typing import Any

import pytest

from retinue.llm.types import SCRIPTED_ID
from tests.agents.conftest import make_agent
from tests.cast import Cast
from tests.connections.conftest import connect, make_mail, pending_of, settled
from tests.connections.oauth_server import AuthServer

_ROW = [{"from": "START", "to": "do"}, {"from": "do", "to": "END"}]


async def _start(cast: Cast, node: dict[str, Any], **state: Any) -> str:
    definition = {"format": "retinue.workflow/1", "name": "Desk", "nodes": [{"id": "do", **node}], "edges": _ROW, **state}
    made = await cast.anna.http.post("/workflows", json={"definition": definition})
    assert made.status == 201, made.text
    await cast.anna.http.post(f"/workflows/{made.json['id']}/publish", json={})
    started = await cast.anna.http.post(f"/workflows/{made.json['id']}/runs", json={"input": {}})
    assert started.status == 202, started.text
    return started.json["id"]


@pytest.mark.usefixtures("worker")
async def test_tool_node_waits_until_a_person_connects_and_then_goes_on(cast: Cast, authority: AuthServer) -> None:
    await make_mail(cast.anna, authority)
    state = {"state": {"said": {"default": None}}, "output": {"user": "state['said']['user']"}}
    run_id = await _start(cast, {"type": "tool", "tool": {"name": "mail"}, "output": {"said": "result"}}, **state)
    waiting = await settled(cast.anna, run_id)
    (asked,) = await pending_of(cast.anna, run_id)

    await connect(cast.anna, asked["arguments"]["connection_id"])
    ended = await settled(cast.anna, run_id, in_addition="waiting")
    calls = (await cast.anna.http.get(f"/runs/{run_id}/tool-calls")).json["items"]

    assert (waiting["status"], asked["kind"], asked["tool_name"]) == ("waiting", "connect", "mail")
    assert (ended["status"], ended["output"]) == ("completed", {"user": "one"}), ended["error"]
    assert [each["state"] for each in calls] == ["succeeded"]
    assert len(authority.called) == 1


@pytest.mark.usefixtures("worker")
async def test_refused_connection_of_a_tool_node_is_an_error_that_the_workflow_may_route(
    cast: Cast, authority: AuthServer
) -> None:
    await make_mail(cast.anna, authority)
    node = {"type": "tool", "tool": {"name": "mail"}, "on_error": "continue"}
    run_id = await _start(cast, node)
    await settled(cast.anna, run_id)
    (asked,) = await pending_of(cast.anna, run_id)

    decided = await cast.anna.http.post(f"/approvals/{asked['id']}/decide", json={"decision": "reject"})
    ended = await settled(cast.anna, run_id, in_addition="waiting")

    assert (decided.status, ended["status"], authority.called) == (200, "completed", [])


@pytest.mark.usefixtures("worker")
async def test_agent_node_lets_its_own_run_wait_and_the_workflow_goes_on_after_it(cast: Cast, authority: AuthServer) -> None:
    await make_mail(cast.anna, authority)
    script: dict[str, Any] = {"turns": [{"tool_calls": [{"name": "mail", "arguments": {}}]}, {"text": "Done."}]}
    config: dict[str, Any] = {"model": {"provider_id": str(SCRIPTED_ID)}, "parameters": {"script": script}}
    agent = await make_agent(cast.anna, status="active", config={**config, "tools": [{"name": "mail"}]})
    node = {"type": "agent", "agent": {"id": agent["id"]}, "input": {"prompt": "Go."}}
    run_id = await _start(cast, node)
    waiting = await settled(cast.anna, run_id)
    (child,) = (await cast.anna.http.get(f"/runs?parent_run_id={run_id}")).json["items"]
    child = await settled(cast.anna, child["id"])
    (asked,) = await pending_of(cast.anna, child["id"])

    await connect(cast.anna, asked["arguments"]["connection_id"])
    ended = await settled(cast.anna, run_id, in_addition="waiting")

    assert (waiting["status"], child["status"], asked["kind"]) == ("waiting", "waiting", "connect")
    assert ended["status"] == "completed", ended["error"]
    assert len(authority.called) == 1

"""Approvals of an organization: who may decide, quorums, edits, escalation, and what changes in the meantime."""

import asyncio
import secrets
from typing import Any

import pytest

from retinue.core.permissions import Role
from retinue.engine.ports import ToolResult
from retinue.identity.organizations.members import service as members
from tests.cast import PASSWORD, Person, make_user
from tests.client import Client, Response
from tests.together import together
from tests.workflows.conftest import Workflows, edge, numbers

_ROW = [("START", "ok"), ("ok", "END")]
_EDITABLE = {
    "type": "object",
    "properties": {"amount": {"type": "integer", "maximum": 100}, "to": {"type": "string"}},
    "required": ["amount"],
    "additionalProperties": False,
}


def _approval(**more: Any) -> Any:
    output = {"word": "result['decision']"}
    return {"id": "ok", "name": "Send", "type": "approval", "reason": "Send it?", "output": output, **more}


async def _open(workflows: Workflows, *nodes: Any, given: Any = None, edges: Any = None, **state: Any) -> tuple[str, Any]:
    """Run a workflow of an approval until it waits; return the run's id and the approval."""
    workflow = await workflows.made(nodes, edges or _ROW, state=numbers(word="", **state))
    run_id = await workflows.started(workflow, given)
    await workflows.scene.until(run_id, "waiting")
    page = await workflows.scene.cast.anna.http.get(f"/runs/{run_id}/approvals")
    (approval,) = page.json["items"]
    return run_id, approval


async def _decide(person: Person | Client, approval: Any, decision: str = "approve", **more: Any) -> Response:
    http = person if isinstance(person, Client) else person.http
    return await http.post(f"/approvals/{approval['id']}/decide", json={"decision": decision, **more})


async def _read(person: Person, approval: Any) -> Any:
    response = await person.http.get(f"/approvals/{approval['id']}")
    assert response.status == 200, response.text
    return response.json


async def _mine(person: Person) -> list[str]:
    page = await person.http.get("/approvals?view=mine")
    assert page.status == 200, page.text
    return [each["id"] for each in page.json["items"]]


async def _managers(workflows: Workflows, count: int) -> list[Client]:
    """Let so many more persons manage agents of Acme; return their clients, signed in."""
    cast, mark = workflows.scene.cast, secrets.token_hex(5)
    ids = [await make_user(workflows.scene.process, f"m{number}", mark) for number in range(count)]
    async with workflows.scene.process.database.context(cast.olga.actor) as ctx:
        for each in ids:
            await members.add(ctx, each, Role.AGENT_MANAGER, cast.olga.user_id)
    http = cast.anna.http
    clients = [
        Client(http.session, http.base_url, email=f"m{number}.{mark}@example.com", password=PASSWORD)
        for number in range(count)
    ]
    for each in clients:
        await each.get("/auth/session")
    return clients


async def test_only_the_assigned_may_decide_and_see_it_among_theirs(played: Workflows) -> None:
    cast = played.scene.cast
    run_id, approval = await _open(played, _approval(assignees=[cast.adam.email.upper(), str(cast.anna.user_id)]))
    assert {each["user_id"] for each in approval["assignees"]} == {str(cast.adam.user_id), str(cast.anna.user_id)}
    assert [await _mine(each) for each in (cast.adam, cast.anna)] == [[approval["id"]], [approval["id"]]]
    assert await _mine(cast.olga) == []

    refused = await _decide(cast.olga, approval)
    without = await _decide(cast.vera, approval)
    decided = await _decide(cast.anna, approval, comment="Fine.")

    assert (refused.status, refused.json["code"]) == (403, "not_assigned"), refused.text
    assert cast.adam.name.title() in refused.json["detail"]
    assert (without.status, without.json["code"]) == (403, "permission_denied"), without.text
    assert decided.status == 200, decided.text
    (entry,) = decided.json["decisions"]
    assert (entry["user_id"], entry["status"], entry["comment"]) == (str(cast.anna.user_id), "approved", "Fine.")
    assert (await played.scene.until(run_id, "completed"))["output"] == {"word": "approve"}
    assert await _mine(cast.adam) == []


async def test_role_lets_those_with_it_or_a_higher_one_decide(played: Workflows) -> None:
    cast = played.scene.cast
    run_id, approval = await _open(played, _approval(role="admin"))

    refused = await _decide(cast.anna, approval)
    decided = await _decide(cast.olga, approval, "reject")

    assert (refused.status, refused.json["code"]) == (403, "not_assigned"), refused.text
    assert decided.status == 200, decided.text
    assert (await played.scene.until(run_id, "completed"))["output"] == {"word": "reject"}


async def test_two_of_three_must_approve_and_the_run_waits_until_then(played: Workflows) -> None:
    cast = played.scene.cast
    people = [each.email for each in (cast.olga, cast.adam, cast.anna)]
    run_id, approval = await _open(played, _approval(assignees=people, quorum=2))

    first = await _decide(cast.adam, approval)
    again = await _decide(cast.adam, approval)
    run = await played.scene.until(run_id, "waiting")
    second = await _decide(cast.olga, approval, comment="Go.")
    late = await _decide(cast.anna, approval)

    assert (first.status, first.json["status"], len(first.json["decisions"])) == (200, "pending", 1), first.text
    assert (again.status, again.json["code"]) == (409, "decision_given"), again.text
    assert run["status"] == "waiting"
    assert (second.json["status"], len(second.json["decisions"])) == ("approved", 2), second.text
    assert (late.status, late.json["code"]) == (409, "approval_decided"), late.text
    assert (await played.scene.until(run_id, "completed"))["output"] == {"word": "approve"}


async def test_one_who_rejects_decides_whatever_the_quorum(played: Workflows) -> None:
    run_id, approval = await _open(played, _approval(quorum=3))
    await _decide(played.scene.cast.adam, approval)

    rejected = await _decide(played.scene.cast.anna, approval, "reject", comment="No.")

    assert rejected.json["status"] == "rejected", rejected.text
    assert (await played.scene.until(run_id, "completed"))["output"] == {"word": "reject"}


async def test_later_decision_of_a_person_replaces_their_earlier_one(played: Workflows) -> None:
    cast = played.scene.cast
    node = _approval(quorum=2, input={"amount": 5}, editable=_EDITABLE, output={"word": "result['value']"})
    run_id, approval = await _open(played, node)

    as_it_is = await _decide(cast.adam, approval)
    other = await _decide(cast.anna, approval, value={"amount": 7})
    agreeing = await _decide(cast.adam, approval, value={"amount": 7})

    assert (as_it_is.json["status"], other.json["status"]) == ("pending", "pending")
    assert (agreeing.json["status"], len(agreeing.json["decisions"])) == ("approved", 2), agreeing.text
    assert (await played.scene.until(run_id, "completed"))["output"] == {"word": {"amount": 7}}


@pytest.mark.parametrize("quorum", [1, 3])
async def test_of_a_hundred_simultaneous_decisions_as_many_count_as_must(played: Workflows, quorum: int) -> None:
    clients = await _managers(played, 6)
    run_id, approval = await _open(played, _approval(quorum=quorum))

    answers = await together(100, lambda number: _decide(clients[number % 6], approval, comment=str(number)))

    # Those that wait too long for the others on a busy machine are answered 503, and have decided nothing.
    statuses = [each.status for each in answers]
    assert statuses.count(200) == quorum, statuses
    assert set(statuses) <= {200, 409, 503}
    rows = await played.scene.owner(
        "SELECT count(*), count(DISTINCT user_id) FROM approval_decisions WHERE approval_id = %s", approval["id"]
    )
    assert rows == [(quorum, quorum)]
    assert (await played.scene.until(run_id, "completed"))["output"] == {"word": "approve"}
    events = await played.scene.owner(
        "SELECT count(*) FROM run_event_stream WHERE run_id = %s AND type = 'approval.decided'", run_id
    )
    assert events == [(1,)]


@pytest.mark.parametrize("change", ["removed", "lowered"])
async def test_decision_of_one_who_left_or_may_no_longer_decide_does_not_count(played: Workflows, change: str) -> None:
    cast = played.scene.cast
    people = [each.email for each in (cast.olga, cast.adam, cast.anna)]
    run_id, approval = await _open(played, _approval(assignees=people, quorum=2))
    await _decide(cast.adam, approval)

    path = f"/members/{cast.adam.user_id}"
    if change == "removed":
        changed = await cast.olga.http.delete(path)
    else:
        changed = await cast.olga.http.patch(path, json={"role": "viewer"})
    assert changed.status in (200, 204), changed.text
    refused = await _decide(cast.adam, approval, "reject")
    second = await _decide(cast.anna, approval)
    third = await _decide(cast.olga, approval)

    assert refused.status in (403, 404), refused.text
    assert (second.json["status"], third.json["status"]) == ("pending", "approved"), (second.text, third.text)
    assert (await played.scene.until(run_id, "completed"))["output"] == {"word": "approve"}


async def test_edited_value_must_fit_and_is_shown_as_a_difference(played: Workflows) -> None:
    cast = played.scene.cast
    node = _approval(input={"amount": 5, "to": "Otto"}, editable=_EDITABLE, output={"word": "result['value']['amount']"})
    run_id, approval = await _open(played, node)

    unfit = await _decide(cast.adam, approval, value={"amount": 500})
    wrong = await _decide(cast.adam, approval, "reject", value={"amount": 7})
    decided = await _decide(cast.adam, approval, value={"amount": 7, "to": "Otto"})

    assert (unfit.status, unfit.json["code"], unfit.json["errors"][0]["field"]) == (422, "arguments_invalid", "value")
    assert (wrong.status, wrong.json["code"]) == (422, "decision_unfit"), wrong.text
    assert decided.status == 200, decided.text
    detail = await _read(cast.vera, approval)
    assert detail["changes"] == [{"field": "amount", "before": 5, "after": 7}]
    assert (await played.scene.until(run_id, "completed"))["output"] == {"word": 7}


async def test_value_of_a_node_without_a_schema_cannot_be_edited(played: Workflows) -> None:
    _, approval = await _open(played, _approval(input={"amount": 5}))

    refused = await _decide(played.scene.cast.adam, approval, value={"amount": 7})

    assert (refused.status, refused.json["errors"][0]["field"]) == (422, "value"), refused.text


async def test_expiry_asks_the_next_ones_who_then_decide(played: Workflows) -> None:
    cast = played.scene.cast
    further = {"assignees": [cast.olga.email], "expires": "PT1H"}
    node = _approval(assignees=[cast.anna.email], expires="PT0.5S", on_expiry="escalate", escalate_to=further)
    run_id, approval = await _open(played, node)
    approval = await _escalated(cast.olga, approval)

    refused = await _decide(cast.anna, approval)
    decided = await _decide(cast.olga, approval)

    assert (approval["status"], [each["user_id"] for each in approval["assignees"]]) == ("pending", [str(cast.olga.user_id)])
    assert (refused.status, refused.json["code"]) == (403, "not_assigned"), refused.text
    assert decided.status == 200, decided.text
    assert (await played.scene.until(run_id, "completed"))["output"] == {"word": "approve"}


async def test_nobody_to_escalate_to_are_the_admins_and_then_it_is_denied(played: Workflows) -> None:
    node = _approval(expires="PT0.5S", on_expiry="escalate")
    run_id, approval = await _open(played, node)

    escalated = await _escalated(played.scene.cast.olga, approval)

    run = await played.scene.until(run_id, "completed")
    assert (escalated["role"], run["output"]) == ("admin", {"word": "reject"})


async def _escalated(person: Person, approval: Any) -> Any:
    async with asyncio.timeout(20):
        while (found := (await _read(person, approval))["approval"])["escalated_at"] is None:
            assert found["status"] == "pending"
    return found


async def test_assignees_who_are_no_members_leave_it_to_the_admins(played: Workflows) -> None:
    cast = played.scene.cast
    _, approval = await _open(played, _approval(assignees=["gone@example.com", cast.otto.email, cast.vera.email]))

    assert (approval["assignees"], approval["role"]) == ([], "admin")
    assert await _mine(cast.adam) == [approval["id"]]


async def test_admin_assigns_an_approval_to_others(played: Workflows) -> None:
    cast = played.scene.cast
    _, approval = await _open(played, _approval(assignees=[cast.anna.email]))
    path = f"/approvals/{approval['id']}/assign"

    denied = await cast.anna.http.post(path, json={"assignees": [cast.olga.email]})
    unknown = await cast.adam.http.post(path, json={"assignees": [cast.vera.email]})
    nobody = await cast.adam.http.post(path, json={})
    too_many = await cast.adam.http.post(path, json={"assignees": [cast.olga.email], "quorum": 2})
    assigned = await cast.adam.http.post(path, json={"assignees": [cast.adam.email]})
    decided = await _decide(cast.adam, approval)
    late = await cast.adam.http.post(path, json={"role": "owner"})

    assert denied.status == 403, denied.text
    assert [each.json["errors"][0]["field"] for each in (unknown, nobody, too_many)] == ["assignees", "assignees", "quorum"]
    assert assigned.status == 200, assigned.text
    assert (decided.status, late.status) == (200, 409), (decided.text, late.text)


async def test_decision_given_again_is_enough_once_fewer_must_approve(played: Workflows) -> None:
    cast = played.scene.cast
    run_id, approval = await _open(played, _approval(assignees=[cast.adam.email, cast.anna.email], quorum=2))
    first = await _decide(cast.anna, approval)
    again = await _decide(cast.anna, approval)

    assigned = await cast.adam.http.post(f"/approvals/{approval['id']}/assign", json={"assignees": [cast.anna.email]})
    enough = await _decide(cast.anna, approval)

    assert (first.status, again.status, assigned.status) == (200, 409, 200), (again.text, assigned.text)
    assert (enough.status, enough.json.get("status")) == (200, "approved"), enough.text
    assert (await played.scene.until(run_id, "completed"))["output"] == {"word": "approve"}


async def test_questions_are_for_their_assignees_too(played: Workflows) -> None:
    cast = played.scene.cast
    ask = {"id": "ok", "type": "question", "ask": "Well?", "form": {"type": "object"}, "assignees": [cast.adam.email]}
    _, approval = await _open(played, ask)
    path = f"/approvals/{approval['id']}/answer"

    refused = await cast.anna.http.post(path, json={"answer": {}})
    answered = await cast.adam.http.post(path, json={"answer": {}})

    assert (refused.status, refused.json["code"]) == (403, "not_assigned"), refused.text
    assert answered.status == 200, answered.text


async def test_run_is_not_complete_while_an_approval_is_open_beside_the_way_to_the_end(played: Workflows) -> None:
    quick = {"id": "quick", "type": "transform", "set": {"word": "'quick'"}}
    last = {"id": "last", "type": "transform", "join": "any", "set": {"sum": "1"}}
    edges = [
        ("START", "ok"),
        ("START", "quick"),
        edge("ok", "last"),
        edge("quick", "last"),
        ("last", "END"),
    ]
    node: Any = {**_approval(), "output": {}}
    run_id, approval = await _open(played, node, quick, last, edges=edges, sum=0)
    assert (await played.scene.until(run_id, "waiting"))["output"] is None

    await _decide(played.scene.cast.adam, approval)

    assert (await played.scene.until(run_id, "completed"))["output"] == {"word": "quick", "sum": 1}


async def test_approval_tells_what_was_asked_of_the_run_and_by_whom(played: Workflows) -> None:
    cast = played.scene.cast
    _, approval = await _open(played, _approval(), given={"topic": "Rivers"})

    detail = await _read(cast.vera, approval)

    shown = detail["approval"]
    assert (shown["node_id"], shown["requested_by_name"]) == ("ok", f"Anna {cast.marker}")
    assert "Rivers" in shown["prompt"]
    assert (detail["method"], detail["changes"]) == (None, [])
    missing = await cast.otto.http.get(f"/approvals/{approval['id']}")
    assert missing.status == 404, missing.text


async def _asking_agent(workflows: Workflows, calls: list[Any], approval: Any, **more: Any) -> Response:
    """Ask for an agent that calls a dangerous tool that people approve."""

    def pay(arguments: Any) -> ToolResult:
        calls.append(arguments)
        return ToolResult("Paid.")

    scene = workflows.scene
    scene.tools["pay"] = pay
    call = {"tool_calls": [{"name": "pay", "arguments": {"sum": 5}}]}
    agent = await scene.agent(call, "Done.", tools=("pay:dangerous",), name="Payer")
    found = (await scene.cast.anna.http.get(f"/agents/{agent}")).json
    use: Any = {"name": "pay", "requires_approval": True, "settings": {}, "approval": approval, **more}
    config = found["config"] | {"tools": [use]}
    return await scene.cast.anna.http.patch(f"/agents/{agent}", json={"config": config})


async def _asked(workflows: Workflows) -> tuple[str, Any]:
    scene = workflows.scene
    (agent,) = (await scene.cast.anna.http.get("/agents?q=Payer")).json["items"]
    body = {"type": "agent", "target_id": agent["id"], "input": {"prompt": "Pay."}}
    started = await scene.cast.anna.http.post("/runs", json=body)
    assert started.status == 202, started.text
    run_id = str(started.json["id"])
    await scene.until(run_id, "waiting")
    (approval,) = (await scene.cast.anna.http.get(f"/runs/{run_id}/approvals")).json["items"]
    return run_id, approval


async def test_calls_of_an_agent_s_tool_are_approved_by_its_assignees_and_a_quorum(played: Workflows) -> None:
    calls, cast = list[Any](), played.scene.cast
    approval = {"assignees": [cast.adam.email, cast.olga.email], "quorum": 2}
    changed = await _asking_agent(played, calls, approval)
    assert changed.status == 200, changed.text
    run_id, asked = await _asked(played)

    not_asked = await _decide(cast.anna, asked)
    first = await _decide(cast.adam, asked)
    still = (await cast.vera.http.get(f"/runs/{run_id}")).json
    second = await _decide(cast.olga, asked)
    run = await played.scene.until(run_id)

    assert (asked["kind"], asked["quorum"], asked["tool_name"]) == ("tool_call", 2, "pay")
    assert sorted(each["full_name"].split()[0] for each in asked["assignees"]) == ["Adam", "Olga"]
    assert (not_asked.status, not_asked.json["code"]) == (403, "not_assigned")
    assert (first.status, still["status"], second.status) == (200, "waiting", 200)
    assert (run["status"], calls) == ("completed", [{"sum": 5}])


async def test_call_of_a_tool_that_nobody_approves_in_time_is_not_made(played: Workflows) -> None:
    calls = list[Any]()
    changed = await _asking_agent(played, calls, {"role": "admin", "expires": "PT1S"})
    assert changed.status == 200, changed.text

    run_id, asked = await _asked(played)
    run = await played.scene.until(run_id)

    assert (asked["role"], run["status"], calls) == ("admin", "completed", [])
    steps = await played.steps(run_id)
    assert any("Nobody allowed this call in time." in str(each["output"]) for each in steps), steps


@pytest.mark.parametrize(
    ("approval", "more", "told"),
    [
        ({"role": "admin"}, {"requires_approval": False}, "set requires_approval"),
        ({"assignees": ["adam@acme.example"], "quorum": 2}, {}, "only 1 may approve"),
        ({"role": "admin", "on_expiry": "escalate"}, {}, "has no expires"),
        ({"role": "admin", "escalate_to": {"role": "owner"}}, {}, "for on_expiry escalate"),
        ({"role": "viewer"}, {}, "role"),
    ],
)
async def test_approval_of_a_tool_that_cannot_be_kept_is_refused(
    workflows: Workflows, approval: Any, more: dict[str, Any], told: str
) -> None:
    refused = await _asking_agent(workflows, [], approval, **more)

    assert refused.status == 422, refused.text
    assert told in refused.text
    assert refused.json["errors"][0]["field"].startswith("config.tools.0")

"""Teams as they are defined: who may, what is kept, and which definitions are refused, with the field and the remedy."""

import uuid
from typing import Any

import pytest

from tests.teams.conftest import Teams
from tests.together import together


def _fields(response: Any) -> list[str]:
    return [each["field"] for each in response.json["errors"]]


async def test_team_is_made_changed_and_every_version_is_kept(teams: Teams) -> None:
    one, two = [await teams.scene.agent("-", name=name) for name in ("One", "Two")]
    team = await teams.team("-", members=[one, two], type="broadcast", name="Panel")
    http = teams.scene.cast.anna.http

    made = (await http.get(f"/teams/{team}")).json
    changed = await http.patch(f"/teams/{team}", json={"members": [{"agent_id": two}, {"agent_id": one, "role": "Checks"}]})

    assert (made["type"], [each["name"] for each in made["members"]]) == ("collaborate", ["One", "Two"])
    assert [(each["name"], each["position"], each["role"]) for each in changed.json["members"]] == [
        ("Two", 0, ""),
        ("One", 1, "Checks"),
    ]
    versions = (await http.get(f"/teams/{team}/versions")).json["items"]
    assert [each["version"] for each in versions] == [2, 1]
    restored = (await http.post(f"/teams/{team}/versions/1/restore")).json
    assert (restored["version"], [each["name"] for each in restored["members"]]) == (3, ["One", "Two"])
    actions = (await teams.scene.cast.olga.http.get("/audit-log?limit=20")).json["items"]
    assert [each["action"] for each in actions if each["target_id"] == team] == [
        "team.updated",
        "team.updated",
        "team.created",
    ]


async def test_viewer_sees_teams_and_changes_none(teams: Teams) -> None:
    one = await teams.scene.agent("-", name="One")
    team = await teams.team("-", members=[one])
    vera = teams.scene.cast.vera.http

    assert (await vera.get("/teams")).json["items"][0]["id"] == team
    assert (await vera.post("/teams", json={"name": "X", "type": "route"})).status == 403
    assert (await vera.patch(f"/teams/{team}", json={"name": "X"})).status == 403
    assert (await vera.delete(f"/teams/{team}")).status == 403


async def test_wrong_members_are_named_and_nothing_is_saved(teams: Teams) -> None:
    one = await teams.scene.agent("-", name="One")
    unknown = str(uuid.uuid4())

    response = await teams.post(
        "-", members=[one, {"agent_id": one, "role": "again"}, {"agent_id": one, "team_id": unknown}, {}]
    )
    missing = await teams.post("-", members=[{"team_id": unknown}])

    assert (response.status, _fields(response)) == (422, ["members.1", "members.2", "members.3"])
    assert (missing.status, _fields(missing)) == (422, ["members.0.team_id"])
    assert all(each["remedy"] for each in (*response.json["errors"], *missing.json["errors"]))
    assert (await teams.scene.cast.anna.http.get("/teams")).json["items"] == []


@pytest.mark.parametrize(
    ("config", "type_", "field"),
    [
        ({"leader_writes_task": True}, "coordinate", "config.leader_writes_task"),
        ({"partial_results": {"policy": "quorum", "quorum": 2}}, "collaborate", "config.partial_results.quorum"),
        ({"partial_results": {"policy": "quorum"}}, "collaborate", "config.partial_results"),
        ({"partial_results": {"policy": "all", "seconds": 3}}, "collaborate", "config.partial_results"),
        ({"output_schema": {"type": "array"}}, "route", "config.output_schema.type"),
        ({"max_parallel": 0}, "collaborate", "config.max_parallel"),
        ({"tools": []}, "coordinate", "config.tools"),
    ],
)
async def test_wrong_configuration_is_refused_with_its_field(
    teams: Teams, config: dict[str, Any], type_: str, field: str
) -> None:
    one = await teams.scene.agent("-", name="One")

    response = await teams.post("-", members=[one], type=type_, config=config)

    assert (response.status, _fields(response)) == (422, [field]), response.text


async def test_team_is_never_in_itself_and_nested_three_deep_at_most(teams: Teams) -> None:
    one = await teams.scene.agent("-", name="One")
    low = await teams.team("-", members=[one], name="Low")
    middle = await teams.team("-", members=[{"team_id": low}], name="Middle")
    high = await teams.team("-", members=[{"team_id": middle}], name="High")
    http = teams.scene.cast.anna.http

    itself = await http.patch(f"/teams/{low}", json={"members": [{"team_id": low}]})
    circle = await http.patch(f"/teams/{low}", json={"members": [{"agent_id": one}, {"team_id": high}]})
    deep = await teams.post("-", members=[{"team_id": high}])
    other = await teams.team("-", members=[one], name="Other")
    pushed = await http.patch(f"/teams/{low}", json={"members": [{"team_id": other}]})

    assert (itself.status, _fields(itself)) == (422, ["members.0.team_id"])
    assert (circle.status, _fields(circle)) == (422, ["members.1.team_id"])
    assert (deep.status, _fields(deep)) == (422, ["members.0.team_id"])
    assert (pushed.status, _fields(pushed)) == (422, ["members"])


async def test_two_changes_at_once_make_no_circle(teams: Teams) -> None:
    one = await teams.scene.agent("-", name="One")
    pair = [await teams.team("-", members=[one], name=name) for name in ("Left", "Right")]
    http = teams.scene.cast.anna.http

    def change(number: int) -> Any:
        return http.patch(f"/teams/{pair[number]}", json={"members": [{"team_id": pair[1 - number]}]})

    statuses = sorted(each.status for each in await together(2, change))

    assert statuses == [200, 422]


async def test_a_change_based_on_an_older_version_is_refused(teams: Teams) -> None:
    one = await teams.scene.agent("-", name="One")
    team = await teams.team("-", members=[one])
    http = teams.scene.cast.anna.http

    assert (await http.patch(f"/teams/{team}", json={"name": "B", "version": 1})).status == 200
    late = await http.patch(f"/teams/{team}", json={"name": "C", "version": 1})

    assert (late.status, _fields(late)) == (409, ["version"])


async def test_empty_team_and_team_with_an_inactive_member_cannot_be_run(teams: Teams) -> None:
    inactive = await teams.scene.agent("-", name="Idle", status="inactive")
    empty, sleepy = await teams.team("-", members=[]), await teams.team("-", members=[inactive])
    http = teams.scene.cast.anna.http

    refused = await teams.scene.start(empty, type="team")
    inactive = await teams.scene.start(sleepy, type="team")

    assert (refused.status, _fields(refused)) == (422, ["members"])
    assert (inactive.status, inactive.json["code"]) == (409, "agent_inactive")
    assert (await http.get(f"/teams/{sleepy}")).json["warnings"] == ["Idle is inactive, so runs are refused."]
    assert (await teams.scene.start(sleepy, type="team", playground=True)).status == 202


async def test_team_in_use_or_at_work_is_not_deleted_and_neither_is_its_agent(teams: Teams) -> None:
    one = await teams.scene.agent("-", name="One")
    inner = await teams.team("-", members=[one], name="Inner")
    outer = await teams.team("-", members=[{"team_id": inner}], name="Outer")
    http = teams.scene.cast.anna.http
    run_id = await teams.started(outer)

    used = await http.delete(f"/teams/{inner}")
    busy = await http.delete(f"/teams/{outer}")
    agent = await http.delete(f"/agents/{one}")

    assert (used.status, used.json["code"]) == (409, "team_in_use")
    assert (busy.status, busy.json["code"]) == (409, "team_busy")
    assert (agent.status, agent.json["code"]) == (409, "agent_in_use")
    await http.post(f"/runs/{run_id}/cancel")
    assert [(await http.delete(f"/teams/{each}")).status for each in (outer, inner)] == [204, 204]
    assert (await http.delete(f"/agents/{one}")).status == 204


async def test_preview_names_the_member_that_would_answer_and_starts_no_run(teams: Teams) -> None:
    bills = await teams.scene.agent("-", name="Bills")
    choice = {"tool_calls": [{"name": "delegate", "arguments": {"member": "bills", "confidence": 0.5, "reason": "Money."}}]}
    route, other = await teams.team(choice, members=[bills], type="route"), await teams.team("-", members=[bills])
    http = teams.scene.cast.anna.http

    preview = await http.get(f"/teams/{route}/route-preview?prompt=Did%20I%20pay")
    refused = await http.get(f"/teams/{other}/route-preview?prompt=x")
    longest = await http.get(f"/teams/{route}/route-preview", params={"prompt": "\U0001d538" * 4_000})
    longer = await http.get(f"/teams/{route}/route-preview", params={"prompt": "a" * 4_001})

    assert preview.status == 200, preview.text
    assert (preview.json["member"], preview.json["confidence"]) == (
        {"agent_id": bills, "team_id": None, "name": "Bills"},
        0.5,
    )
    assert (refused.status, refused.json["code"]) == (422, "preview_unsupported")
    assert longest.status == 200, longest.text
    assert (longer.status, longer.json["errors"][0]["field"]) == (422, "prompt")
    assert (await http.get("/runs")).json["items"] == []


async def test_person_talks_with_a_team(played: Teams) -> None:
    one = await played.scene.agent("Fine.", name="One")
    calls = [{"name": "delegate", "arguments": {"member": "one", "task": "a"}}]
    team = await played.team({"tool_calls": calls}, "The team says hello.", members=[one])
    http = played.scene.cast.anna.http

    talk = await http.post("/conversations", json={"team_id": team})
    neither = await http.post("/conversations", json={})
    sent = await http.post(f"/conversations/{talk.json['id']}/messages", json={"content": "Hello?"})
    await played.scene.until(sent.json["run"]["id"])

    assert (talk.json["team_id"], talk.json["agent_id"]) == (team, None)
    assert (neither.status, _fields(neither)) == (422, ["agent_id"])
    messages = (await http.get(f"/conversations/{talk.json['id']}/messages")).json["items"]
    assert [each["content"] for each in messages] == ["Hello?", "The team says hello."]
    assert (await played.scene.cast.vera.http.get(f"/runs/{sent.json['run']['id']}")).status == 404


async def test_team_is_tried_in_another_mode_and_roster_without_being_saved(played: Teams) -> None:
    one, two = [await played.scene.agent(f"{name} answers.", name=name) for name in ("One", "Two")]
    team = await played.team("Both agree.", members=[one], type="route")
    http = played.scene.cast.anna.http
    draft: Any = {"type": "broadcast", "members": [{"agent_id": two}, {"agent_id": one, "role": "Doubts"}]}
    body: Any = {"type": "team", "target_id": team, "input": {"prompt": "Go."}}

    started = await http.post("/runs", json=body | {"team_draft": draft})
    run = await played.scene.until(started.json["id"])
    saved = (await http.get(f"/teams/{team}")).json
    wrong = await http.post("/runs", json=body | {"team_draft": {"members": [{"agent_id": one}, {"agent_id": one}]}})
    empty = await http.post("/runs", json=body | {"team_draft": {"members": []}})
    unknown = await http.post("/runs", json=body | {"team_draft": {"mode": "tasks"}})
    other = await http.post("/runs", json=body | {"draft": {"instructions": "-"}})
    agent = await http.post("/runs", json=body | {"type": "agent", "target_id": one, "team_draft": draft})

    both = await http.post("/runs", json=body | {"team_draft": draft, "draft": {"instructions": "-"}})

    assert run["output"] == {"text": "Both agree."}, run
    assert (both.status, both.json["errors"][0]["field"]) == (422, "team_draft")
    assert [each["target_name"] for each in await played.children(run["id"])] == ["Two", "One"]
    assert (saved["type"], saved["version"], len(saved["members"])) == ("route", 1, 1)
    assert (wrong.status, wrong.json["errors"][0]["field"]) == (422, "team_draft.members.1")
    assert (empty.status, empty.json["errors"][0]["field"]) == (422, "members")
    assert (unknown.status, unknown.json["errors"][0]["field"]) == (422, "team_draft.mode")
    assert [(each.status, each.json["errors"][0]["field"]) for each in (other, agent)] == [
        *((422, "draft"), (422, "team_draft")),
    ]

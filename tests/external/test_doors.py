"""Every door to runs leads to external agents as well: teams, conversations, schedules and workflows."""

import asyncio
from typing import Any

from tests.external.conftest import Outside
from tests.teams.conftest import Teams, delegates
from tests.workflows.conftest import Workflows


async def _answer(outside: Outside, output: Any) -> Any:
    work = await outside.claim(wait_seconds=20)
    await outside.send(f"work/{work['run_id']}/complete", lease=work["lease"], output=output)
    return work


async def test_an_external_agent_answers_as_a_member_of_a_team(outside: Outside) -> None:
    teams = Teams(outside.scene)
    team = await teams.team(delegates(("probe", "Measure.")), "The room has 21 degrees.", members=[outside.agent])
    run = await teams.started(team)
    work = await _answer(outside, {"celsius": 21})
    ended = await outside.scene.until(run)
    (child,) = await teams.children(run)

    assert (ended["status"], ended["output"]) == ("completed", {"text": "The room has 21 degrees."})
    assert (child["id"], child["output"]) == (work["run_id"], {"celsius": 21})


async def test_a_person_talks_with_an_external_agent(outside: Outside) -> None:
    http = outside.scene.cast.anna.http
    begun = await http.post("/conversations", json={"agent_id": outside.agent})
    assert begun.status == 201, begun.text
    path = f"/conversations/{begun.json['id']}/messages"
    sent = await http.post(path, json={"content": "How warm is it?"})
    assert sent.status < 300, sent.text
    run = sent.json["run"]["id"]
    await outside.scene.until(run, "waiting")
    other = await outside.scene.cast.adam.http.post(f"/agents/{outside.agent}/work/claim", json={})
    work = await _answer(outside, "21 degrees.")
    async with asyncio.timeout(20):
        while (messages := (await http.get(path)).json["items"])[-1]["content"] != "21 degrees.":
            await outside.scene.until(work["run_id"])

    assert other.json == {"work": None}  # a conversation is private to its person
    assert (work["run_id"], "How warm is it?" in str(work["input"])) == (run, True)
    assert {each["sender_type"] for each in messages} == {"user", "agent"}


async def test_a_schedule_starts_a_run_of_an_external_agent(outside: Outside) -> None:
    http = outside.scene.cast.anna.http
    timing = {"frequency": "daily", "timezone": "UTC", "input": {"prompt": "Measure."}}
    schedule = await http.post("/schedules", json={"name": "Daily", "target_id": outside.agent, **timing})
    started = await http.post(f"/schedules/{schedule.json['id']}/run")
    work = await _answer(outside, "21 degrees.")

    assert work["run_id"] == started.json["run_id"]
    assert (await outside.scene.until(work["run_id"]))["status"] == "completed"


async def test_a_node_of_a_workflow_is_an_external_agent(outside: Outside) -> None:
    workflows = Workflows(outside.scene)
    ask: Any = {"id": "ask", "type": "agent", "agent": {"id": outside.agent}, "input": {"prompt": "Measure."}}
    ask["output"] = {"celsius": "result['celsius']"}
    workflow = await workflows.made([ask], [("START", "ask"), ("ask", "END")], state={"celsius": {}})
    run = await workflows.started(workflow)
    await _answer(outside, {"celsius": 21})
    ended = await outside.scene.until(run)

    assert (ended["status"], ended["output"]) == ("completed", {"celsius": 21}), ended["error"]

"""Families of runs under one budget: members of a team and items of a map work at once, and do not overspend together."""

from typing import Any

from tests.budgets.conftest import Purse
from tests.teams.conftest import Teams, delegates
from tests.workflows.conftest import Workflows


async def _until_settled(purse: Purse, run_id: str) -> Any:
    return await purse.scene.until(run_id, "completed", "failed")


async def test_members_of_a_team_share_its_budget(purse: Purse) -> None:
    names = [f"Mate {number}" for number in range(4)]
    mates = [await purse.scene.agent({"text": "Mine.", "cost_usd": "0.04", "delay_ms": 50}, name=name) for name in names]
    turn = delegates(*((name.lower().replace(" ", "-"), "Work.") for name in names))
    teams = Teams(purse.scene)
    team = await teams.team({**turn, "cost_usd": "0.01"}, {"text": "All.", "cost_usd": "0.01"}, members=mates)
    budget = await purse.budget(scope="team", subject_id=team, limit_usd="0.10", name="Team's")

    run = await _until_settled(purse, await teams.started(team))

    children = await teams.children(run["id"])
    statuses = sorted(each["status"] for each in children)
    found = await purse.look(budget["id"])
    assert statuses == ["completed", "completed", "failed", "failed"], (statuses, run["error"])
    assert found["settled_usd"] in ("0.09", "0.1")


async def test_items_of_a_map_share_the_workflows_budget(purse: Purse) -> None:
    await purse.scene.agent({"text": "Seen.", "cost_usd": "0.01", "delay_ms": 30}, name="Scout")
    look = {"id": "look", "type": "agent", "agent": {"name": "Scout"}, "input": {"prompt": "Look at {{ item }}."}}
    each = {
        "id": "each",
        "type": "map",
        "over": "input['items']",
        "body": {"nodes": [look]},
        "concurrency": 10,
        "output": {"found": "result"},
    }
    workflows = Workflows(purse.scene)
    workflow = await workflows.made([each], [("START", "each"), ("each", "END")], state={"found": {"default": []}})
    budget = await purse.budget(scope="workflow", subject_id=workflow, limit_usd="0.055", name="Flow's")

    run = await _until_settled(purse, await workflows.started(workflow, {"items": [str(n) for n in range(12)]}))

    found = await purse.look(budget["id"])
    assert run["status"] == "failed"
    assert found["settled_usd"] == "0.05"


async def test_fork_counts_the_calls_that_it_makes(purse: Purse) -> None:
    purse.scene.tools["note"] = lambda _: "noted"
    budget = await purse.budget(limit_usd="1.00")
    call: dict[str, Any] = {"tool_calls": [{"name": "note", "arguments": {}}], "cost_usd": "0.10"}
    agent = await purse.scene.agent(call, {"text": "Done.", "cost_usd": "0.01"}, tools=("note",))
    run = await purse.run(agent)
    http = purse.scene.cast.anna.http
    steps = (await http.get(f"/runs/{run['id']}/steps")).json["items"]
    last = [each for each in steps if each["step_type"] == "llm_call"][-1]

    forked = await http.post(f"/runs/{run['id']}/fork", json={"step_id": last["id"]})
    assert forked.status == 202, forked.text
    await purse.scene.until(forked.json["id"], "completed")
    assert (await purse.look(budget["id"]))["settled_usd"] == "0.12"
    again = await http.post(f"/runs/{run['id']}/retry", json={})
    await purse.scene.until(again.json["id"], "completed")
    assert (await purse.look(budget["id"]))["settled_usd"] == "0.23"

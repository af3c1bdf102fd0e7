"""An inactive agent means the same at every door: it runs in the playground of signed-in persons and nowhere else."""

from datetime import UTC, datetime, timedelta
from typing import Any

from retinue.agents.tasks import review
from retinue.core.ids import new_id
from retinue.process import Process
from tests.agents.conftest import make_agent
from tests.cast import Cast
from tests.client import Response
from tests.runs.scene import Scene

_REMEDY = "Activate the agent, then try again. Until then it runs in the playground of the console only."

_ADD = """
INSERT INTO runs (id, organization_id, type, target_id, target_name, agent_id, status, trigger, playground, plan, input,
  trace_id, created_at)
VALUES (%s, %s, 'agent', %s, 'x', %s, 'failed', 'manual', true, '{}', '{}', 't', %s)
"""


def _refused(response: Response) -> bool:
    problem = response.json
    return (response.status, problem["code"], problem["remedy"]) == (409, "agent_inactive", _REMEDY)


async def _key(cast: Cast) -> dict[str, str]:
    body = {"name": "program", "scopes": ["agents:read", "runs:read", "runs:write"]}
    key = (await cast.olga.http.post("/api-keys", json=body)).json["key"]
    return {"Authorization": f"Bearer {key}"}


async def test_agent_is_created_inactive_unless_the_request_activates_it(cast: Cast) -> None:
    plain = await cast.anna.http.post("/agents", json={"name": "Plain"})
    active = await cast.anna.http.post("/agents", json={"name": "Ready", "status": "active"})
    paused = await cast.anna.http.post("/agents", json={"name": "Held", "status": "paused"})
    copy = await cast.anna.http.post(f"/agents/{active.json['id']}/duplicate")
    actions = (await cast.olga.http.get(f"/audit-log?target_id={active.json['id']}")).json["items"]

    assert [each.json["status"] for each in (plain, active, copy)] == ["inactive", "active", "inactive"]
    assert (paused.status, paused.json["errors"][0]["field"]) == (422, "status")
    assert {each["action"] for each in actions} == {"agent.created", "agent.activated"}


async def test_inactive_agent_is_refused_at_every_door(scene: Scene) -> None:
    cast, agent = scene.cast, await scene.agent("Done.", status="inactive")
    draft = {"instructions": "Tried."}

    run = await scene.start(agent)
    drafted = await scene.start(agent, draft=draft)
    by_key = await scene.start(agent, by=cast.nobody, headers=await _key(cast))
    conversation = await cast.anna.http.post("/conversations", json={"agent_id": agent})

    assert [_refused(each) for each in (run, drafted, by_key, conversation)] == [True] * 4
    assert run.json["detail"] == "Scribe is inactive and does not start runs."


async def test_external_agent_is_refused_while_it_is_inactive(cast: Cast) -> None:
    agent = await make_agent(cast.anna, runtime="external", webhook_url="https://example.com/hook", status="inactive")

    started = await cast.anna.http.post("/runs", json={"target_id": agent["id"], "input": {"prompt": "Go."}})

    assert _refused(started)


async def test_playground_runs_an_inactive_agent_for_a_person_but_not_for_a_key(played: Scene) -> None:
    cast, agent = played.cast, await played.agent("Done.", status="inactive")

    run = await played.start(agent, playground=True)
    by_key = await played.start(agent, by=cast.nobody, headers=await _key(cast), playground=True)
    ended = await played.until(run.json["id"])

    assert (ended["status"], ended["playground"], ended["trigger"]) == ("completed", True, "manual")
    assert (by_key.status, by_key.json["code"]) == (422, "playground_denied")
    assert by_key.json["errors"][0]["field"] == "playground"


async def test_playground_run_is_repeated_in_the_playground_only(played: Scene) -> None:
    cast, agent = played.cast, await played.agent("Done.", status="inactive")
    run = (await played.start(agent, playground=True)).json["id"]
    await played.until(run)
    key = await _key(cast)

    again = await cast.anna.http.post(f"/runs/{run}/retry")
    by_key = await cast.nobody.post(f"/runs/{run}/retry", headers=key)

    assert (again.status, again.json["playground"]) == (202, True)
    assert (by_key.status, by_key.json["code"]) == (422, "playground_denied")


async def test_failed_playground_runs_leave_the_agent_active(scene: Scene, process: Process) -> None:
    agent = await scene.agent("Done.")
    for number in range(5):
        await scene.owner(
            _ADD,
            new_id(),
            scene.cast.acme,
            agent,
            agent,
            datetime.now(UTC) + timedelta(seconds=number + 1),
        )

    await review(process.database)
    shown: Any = (await scene.cast.anna.http.get(f"/agents/{agent}")).json

    assert shown["status"] == "active"

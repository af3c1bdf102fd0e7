"""Deploying teams: with the version comes that of every member, checks cover all of them, and runs stay on both."""

import asyncio
from typing import Any

from retinue.core.outbox import Pump, gather
from retinue.deployments import chatting
from retinue.deployments.feature import feature
from tests.clock import HandClock
from tests.deployments.stage import Stage
from tests.runs.scene import parse
from tests.teams.conftest import Teams, delegates


async def _team(stage: Stage, *members: Any, **fields: Any) -> str:
    asks = delegates(*((f"member-{index}", "Go.") for index, _ in enumerate(members, 1)))
    return await Teams(stage.scene).team(asks, "The team's answer.", members=list(members), **fields)


async def _member(stage: Stage, text: str = "First.", number: int = 1) -> str:
    return await stage.scene.agent(text, name=f"Member {number}")


async def _deploy(stage: Stage, team: str, **fields: Any) -> Any:
    return await stage.deploy(team, target_type="team", **fields)


async def _answers_of_members(stage: Stage, run_id: str) -> list[str]:
    found = await stage.scene.cast.vera.http.get("/runs", params={"parent_run_id": run_id})
    return sorted(each["output"]["text"] for each in found.json["items"])


async def test_a_team_is_deployed_and_answers_at_its_url(played: Stage) -> None:
    team = await _team(played, await _member(played))

    done = await _deploy(played, team)
    called = await played.call(await played.key(), team)
    listed = await played.scene.cast.vera.http.get("/runs", params={"deployment_id": done["id"]})

    assert done["status"] == "deployed", done["error_message"]
    assert [check["name"] for check in done["checks"]] == [
        *("definition", "members", "parameters", "model", "tools", "webhook"),
    ]
    assert (done["target_type"], done["team_id"], done["agent_id"]) == ("team", team, None)
    assert called.status == 200, called.text
    assert (called.json["output"], called.json["version"]) == ({"text": "The team's answer."}, 1)
    assert {each["type"] for each in listed.json["items"]} == {"team", "agent"}


async def test_stream_of_a_deployed_team_goes_on_while_its_members_work(played: Stage) -> None:
    team = await _team(played, await _member(played))
    await _deploy(played, team)
    key, headers = await played.key(), {"Accept": "text/event-stream"}

    async with asyncio.timeout(60):
        async with key.stream("POST", f"/deployed/{team}/runs", json={"prompt": "Go."}, headers=headers) as response:
            sent = [each async for each in parse(response.content)]

    last = sent[-2].data
    assert (sent[-2].event, last["status"], last["output"]) == ("run", "completed", {"text": "The team's answer."})


async def test_a_deployed_team_keeps_its_members_versions_until_it_is_deployed_again(played: Stage) -> None:
    inner = await _member(played, "Inner first.")
    nested = await _team(played, inner, name="Member 2")
    outer = await _member(played, "Outer first.")
    team = await _team(played, outer, {"team_id": nested})
    first = await _deploy(played, team)
    await played.says(inner, "Inner second.")
    await played.says(outer, "Outer second.")
    key = await played.key()

    before = await played.call(key, team)
    second = await _deploy(played, team)
    after = await played.call(key, team)
    await played.anna.post(f"/deployments/{first['id']}/roll-back")
    await played.finish(team)
    back = await played.call(key, team)

    assert first["snapshot"]["releases"] == {outer: 1, nested: 1, inner: 1}
    assert second["snapshot"]["releases"] == {outer: 2, nested: 1, inner: 2}
    for called, wanted in ((before, "first"), (after, "second"), (back, "first")):
        assert called.status == 200, called.text
        assert f"Outer {wanted}." in await _answers_of_members(played, called.json["id"])
        nested_run = next(
            each
            for each in (await played.anna.get("/runs", params={"parent_run_id": called.json["id"]})).json["items"]
            if each["type"] == "team"
        )
        assert await _answers_of_members(played, nested_run["id"]) == [f"Inner {wanted}."]


async def test_a_team_is_not_deployed_while_a_member_is_not_ready(stage: Stage) -> None:
    ready, paused = await _member(stage), await _member(stage, number=2)
    team = await _team(stage, ready, paused)
    await stage.anna.post(f"/agents/{paused}/pause")

    on_paused = await _deploy(stage, team)
    await stage.anna.post(f"/agents/{paused}/activate")
    await stage.says(paused, "Second.", instructions="Ask {{nobody}}.")
    on_variable = await _deploy(stage, team)

    for done, reason in ((on_paused, "paused"), (on_variable, "nobody")):
        assert done["status"] == "failed"
        assert "Member 2" in done["error_message"]
        assert reason in done["error_message"]
        assert [each["name"] for each in done["checks"] if each["status"] == "failed"] == ["members"]


async def test_a_team_without_members_is_not_deployed(stage: Stage) -> None:
    team = await _team(stage)

    done = await _deploy(stage, team)

    assert done["status"] == "failed"
    assert "no members" in done["error_message"]


async def test_a_deployed_team_names_a_member_that_was_deleted(stage: Stage) -> None:
    member = await _member(stage)
    team = await _team(stage, member)
    await _deploy(stage, team)
    await stage.anna.patch(f"/teams/{team}", json={"members": []})
    deleted = await stage.anna.delete(f"/agents/{member}")
    assert deleted.status == 204, deleted.text

    called = await stage.call(await stage.key(), team)
    again = await stage.anna.post("/deployments", json={"target_id": team, "target_type": "team", "version": 1})

    for refused in (called, again):
        assert (refused.status, refused.json["code"]) == (422, "team_not_runnable")
        assert [each["field"] for each in refused.json["errors"]] == ["members.0"]


async def test_saved_versions_of_a_team_are_deployed_after_the_delay(stage: Stage, clock: HandClock) -> None:
    config = {"auto_deploy": True, "auto_deploy_delay_seconds": 60}
    team = await _team(stage, await _member(stage), deployment_config=config)
    await stage.anna.patch(f"/teams/{team}", json={"instructions": "Be brief."})
    await Pump(stage.scene.process.database, gather(feature.listens)).drain()

    clock.move(seconds=60)
    await stage.tick()
    await stage.finish(team)
    found = await stage.deployments(team)

    assert [(each["version"], each["status"], each["trigger_type"]) for each in found] == [(2, "deployed", "config_change")]


async def test_a_visitor_chats_with_a_team_and_its_members_runs_are_deleted_with_the_visitor(
    played: Stage, clock: HandClock
) -> None:
    team = await _team(played, await _member(played), deployment_config={"chat_page": True})
    done = await _deploy(played, team)
    nobody = played.nobody

    said = await nobody.post(f"/deployed/{team}/chat/messages", json={"content": "Hello"})
    await played.scene.until(said.json["run_id"])
    shown = await nobody.get(f"/deployed/{team}/chat")
    before = await played.scene.owner("SELECT id FROM runs WHERE deployment_id = %s", done["id"])
    clock.move(days=31)
    await chatting.delete_expired(played.scene.process.database)
    left = await played.scene.owner("SELECT id FROM runs WHERE deployment_id = %s", done["id"])

    assert [each["answer"] for each in shown.json["messages"]] == ["The team's answer."]
    assert (len(before), left) == (2, [])


async def test_a_team_that_is_deleted_takes_its_deployments_along(stage: Stage) -> None:
    team = await _team(stage, await _member(stage))
    done = await _deploy(stage, team)

    deleted = await stage.anna.delete(f"/teams/{team}")

    assert deleted.status == 204, deleted.text
    assert (await stage.anna.get(f"/deployments/{done['id']}")).status == 404
    assert (await stage.call(await stage.key(), team)).status == 404

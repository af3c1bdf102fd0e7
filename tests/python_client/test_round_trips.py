"""The main resources by the client, against a real installation, with and without an event loop."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from retinue.client import (
    AsyncRetinue,
    ConflictError,
    ForbiddenError,
    InvalidError,
    MissingError,
    Retinue,
    UnauthenticatedError,
)
from retinue.llm.types import SCRIPTED_ID
from tests.cast import PASSWORD, Cast
from tests.python_client.conftest import QUICK, make_key
from tests.runs.scene import Scene

_NOW = datetime.now(UTC)
_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


def _config(*turns: Any) -> dict[str, Any]:
    script = {"turns": [{"text": turn} if isinstance(turn, str) else turn for turn in turns]}
    return {"model": {"provider_id": str(SCRIPTED_ID)}, "parameters": {"script": script}}


async def _agent(owner: AsyncRetinue, *turns: Any, **fields: Any) -> Any:
    named: Any = {"name": "Scribe", "status": "active", "config": _config(*turns), **fields}
    return await owner.agents.create(**named)


async def test_agents_are_created_listed_changed_and_deleted(owner: AsyncRetinue) -> None:
    made = [await _agent(owner, "Written.", name=f"Scribe {number}") for number in range(3)]
    changed = await owner.agents.update(made[0]["id"], description="Writes.")
    found = [each["name"] async for each in owner.agents.iterate(q="Scribe", limit=1)]
    versions = await owner.agents.list_versions(made[0]["id"])
    await owner.agents.delete(made[0]["id"])
    with pytest.raises(MissingError) as missing:
        await owner.agents.get(made[0]["id"])
    with pytest.raises(InvalidError) as invalid:
        await owner.agents.create(name="")

    assert changed["description"] == "Writes."
    assert found == ["Scribe 2", "Scribe 1", "Scribe 0"]
    assert versions["items"][0]["version"] == 2
    assert missing.value.code == "agent_missing"
    assert [each["field"] for each in invalid.value.fields][:1] == ["name"]


async def test_runs_are_started_once_by_key_followed_and_waited_for(owner: AsyncRetinue, played: Scene) -> None:
    agent = await _agent(owner, "Written.")
    key = await make_key(owner, "agents:read", "runs:read", "runs:write")
    async with AsyncRetinue(played.cast.anna.http.base_url, key, retry=QUICK) as retinue:
        body: Any = {"target_id": agent["id"], "input": {"prompt": "Write."}, "tags": ["client"]}
        first = await retinue.runs.start(**body, idempotency_key="one")
        again = await retinue.runs.start(**body, idempotency_key="one")
        events = [event async for event in retinue.runs.stream(first["id"])]
        ended = await retinue.runs.wait(first["id"], timeout_seconds=20)
        waited = await retinue.runs.start(**body, wait_seconds=20)
        listed = [each["id"] async for each in retinue.runs.iterate(tag=["client"])]
        steps = await retinue.runs.list_steps(first["id"])
        with pytest.raises(ForbiddenError):
            await retinue.agents.delete(agent["id"])

    assert first["id"] == again["id"]
    assert (events[0].type, events[-1].type) == ("run.started", "run.completed")
    assert (ended["status"], ended["output"]) == ("completed", {"text": "Written."})
    assert waited["status"] == "completed"
    assert listed == [waited["id"], first["id"]]
    assert steps["items"][0]["status"] == "completed"


async def test_client_without_an_event_loop_does_the_same(owner: AsyncRetinue, played: Scene) -> None:
    key = await make_key(owner, "agents:read", "agents:write", "models:read", "runs:read", "runs:write")

    def act() -> Any:
        with Retinue(played.cast.anna.http.base_url, key, retry=QUICK) as retinue:
            named: Any = {"name": "Scribe", "status": "active", "config": _config("Written.")}
            agent = retinue.agents.create(**named)
            run = retinue.runs.start(target_id=agent["id"], input={"prompt": "Write."})
            kinds = [event.type for event in retinue.runs.stream(run["id"])]
            names = [each["name"] for each in retinue.agents.iterate(q="Scribe", limit=1)]
            return kinds, retinue.runs.wait(run["id"], timeout_seconds=20)["output"], names, retinue.api_keys.get_current()

    kinds, output, names, current = await asyncio.to_thread(act)

    assert (kinds[-1], output, names) == ("run.completed", {"text": "Written."}, ["Scribe"])
    assert current["name"] == "client"


async def test_a_run_that_waits_is_approved(owner: AsyncRetinue, played: Scene) -> None:
    played.tools["look_up"] = lambda arguments: {"found": arguments["text"]}
    call = {"tool_calls": [{"name": "look_up", "arguments": {"text": "x"}}]}
    agent = await played.agent(call, "Done.", tools=("look_up:approval",))
    run = await owner.runs.start(target_id=agent, input={"prompt": "Go."})
    await played.until(run["id"], "waiting")

    (approval,) = (await owner.approvals.list(status="pending"))["items"]
    decided = await owner.approvals.decide(approval["id"], decision="approve", comment="Fine.")
    ended = await owner.runs.wait(run["id"], timeout_seconds=20)
    with pytest.raises(ConflictError):
        await owner.approvals.decide(approval["id"], decision="approve")

    assert (decided["status"], ended["status"]) == ("approved", "completed")


async def test_teams_workflows_and_schedules_are_created_and_deleted(owner: AsyncRetinue) -> None:
    agent = await _agent(owner, "Written.")
    members: Any = [{"agent_id": agent["id"]}]
    team = await owner.teams.create(**_named(name="Desk", type="coordinate", members=members, config=_config("Done.")))
    definition = {
        "format": "retinue.workflow/1",
        "name": "Desk",
        "nodes": [{"id": "do", "type": "transform", "set": {"n": "1"}}],
        "edges": [{"from": "START", "to": "do"}, {"from": "do", "to": "END"}],
        "state": {"n": {"default": 0}},
    }
    workflow = await owner.workflows.create(definition=definition)
    published = await owner.workflows.publish(workflow["id"])
    body = _named(name="Hourly", target_id=agent["id"], frequency="hourly", timezone="UTC", input={"prompt": "Go."})
    schedule = await owner.schedules.create(**body)
    window = await owner.schedules.get_calendar(start=_NOW, end=_NOW + timedelta(hours=3))
    paused = await owner.schedules.pause(schedule["id"])

    assert (await owner.teams.get(team["id"]))["name"] == "Desk"
    assert published["active_version"] == 1
    assert {each["schedule_id"] for each in window["entries"]} == {schedule["id"]}
    assert paused["status"] == "paused"
    await owner.schedules.delete(schedule["id"])
    await owner.workflows.delete(workflow["id"])
    await owner.teams.delete(team["id"])
    assert (await owner.teams.list())["items"] == []


async def test_tools_are_created_called_and_restored(owner: AsyncRetinue) -> None:
    code = "def main(net: float) -> float:\n    return net * 2\n"
    tool = await owner.tools.create(**_named(name="double", tool_type="custom", configuration={"code": code}))
    called = await owner.tools.test(tool["id"], arguments={"net": 4})
    await owner.tools.update(tool["id"], description="Doubles.")
    restored = await owner.tools.restore_version(tool["id"], 1)
    uses = [each async for each in owner.tools.iterate_users(tool["id"])]

    assert (called["ok"], called["output"]) == (True, 8.0)
    assert restored["version"] == 3
    assert uses == []
    await owner.tools.delete(tool["id"])


async def test_conversations_take_files_and_answer(owner: AsyncRetinue, played: Scene, tmp_path: Path) -> None:
    del played
    agent = await _agent(owner, "Seen.", agent_type="assistive")
    note = tmp_path / "note.txt"
    note.write_text("A note.")
    uploaded = await owner.conversations.upload_attachment(note)
    conversation = await owner.conversations.create(agent_id=agent["id"])
    body = _named(content="Look.", attachment_ids=[uploaded["id"]])
    sent = await owner.conversations.send_message(conversation["id"], **body)
    ended = await owner.runs.wait(sent["run"]["id"], timeout_seconds=20)
    messages = await owner.conversations.list_messages(conversation["id"])
    fetched = await owner.conversations.get_attachment_content(uploaded["id"])

    assert ended["status"] == "completed"
    assert {each["sender_type"] for each in messages["items"]} == {"user", "agent"}
    assert (fetched.content, fetched.name) == (b"A note.", "note.txt")
    assert fetched.save(tmp_path).read_bytes() == b"A note."


async def test_alerts_webhooks_and_variables_are_managed(owner: AsyncRetinue) -> None:
    webhook = (await owner.webhooks.create(**_named(name="hook", url="https://hooks.example.com/x")))["webhook"]
    renewed = await owner.webhooks.update(webhook["id"], enabled=False)
    await owner.webhooks.delete(webhook["id"])
    variable = await owner.variables.create(name="region", value="eu")
    found = [each["name"] for each in (await owner.variables.list())["items"]]
    await owner.variables.delete(variable["id"])
    starter = await owner.alerts.create_starter_pack()
    configs = [each async for each in owner.alerts.iterate_configs()]
    await owner.alerts.delete_config(configs[0]["id"])

    assert renewed["status"] == "disabled"
    assert found == ["region"]
    assert starter
    assert configs


async def test_keys_end_at_once_and_a_person_may_sign_in_and_out(owner: AsyncRetinue, cast: Cast) -> None:
    made = await owner.api_keys.create(name="short", scopes=["agents:read"])
    async with AsyncRetinue(cast.olga.http.base_url, made["key"], retry=QUICK) as by_key:
        assert (await by_key.agents.list(q="Scribe"))["items"] == []
        await owner.api_keys.revoke(made["id"])
        with pytest.raises(UnauthenticatedError):
            await by_key.agents.list()
    async with AsyncRetinue(cast.olga.http.base_url, organization_id=str(cast.acme), retry=QUICK) as person:
        await person.auth.sign_in(email=cast.olga.email, password=PASSWORD)
        pictured = await person.users.upload_avatar(("me.png", _PNG))
        picture = await person.users.get_avatar(str(cast.olga.user_id))
        await person.auth.sign_out()
        with pytest.raises(UnauthenticatedError):
            await person.users.get_profile()

    assert pictured["avatar_url"]
    assert picture.media_type.startswith("image/")


async def test_changes_are_followed_live(owner: AsyncRetinue, played: Scene) -> None:
    del played
    agent = await _agent(owner, "Written.")
    changes = owner.live.stream_changes()

    async def first_of_a_run() -> Any:
        async for event in changes:
            if event.data and "run" in str(event.data):
                return event
        return None

    following = asyncio.create_task(first_of_a_run())
    async with asyncio.timeout(20):
        while not following.done():
            await owner.runs.start(target_id=agent["id"], input={"prompt": "Write."}, wait_seconds=5)

    assert (await following) is not None


def _named(**fields: Any) -> Any:
    return fields

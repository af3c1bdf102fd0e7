"""Runs of a conversation are private to its person: what descends from them, what counts them, and what is heard of them."""

import asyncio
from typing import Any

from retinue.agents.tasks import review
from tests.conversations.test_talking import begin, say
from tests.runs.scene import Scene, Sent, parse
from tests.together import together


async def _answered(scene: Scene, *turns: Any, **fields: Any) -> tuple[str, str]:
    """Have a question of Anna answered; return the conversation and its run."""
    conversation = await begin(scene, *(turns or ("Done.",)), **fields)
    said = await say(scene, conversation, "A private question")
    run_id = said.json["run"]["id"]
    await scene.until(run_id)
    return conversation, run_id


async def _agent_of(scene: Scene, conversation: str) -> str:
    return (await scene.cast.anna.http.get(f"/conversations/{conversation}")).json["agent_id"]


async def test_what_descends_from_a_private_run_is_private_and_deleted_with_the_conversation(played: Scene) -> None:
    conversation, run_id = await _answered(played)
    anna = played.cast.anna.http
    step = (await anna.get(f"/runs/{run_id}/steps")).json["items"][0]["id"]
    forked = (await anna.post(f"/runs/{run_id}/fork", json={"step_id": step})).json["id"]
    retried = (await anna.post(f"/runs/{run_id}/retry")).json["id"]
    await played.until(forked)
    again = (await anna.post(f"/runs/{forked}/retry")).json["id"]
    family = {run_id, forked, retried, again}

    for stranger in (played.cast.olga, played.cast.adam, played.cast.vera):
        for each in family:
            assert (await stranger.http.get(f"/runs/{each}")).status == 404
            stream = await stranger.http.get(f"/runs/{each}/events", headers={"Accept": "text/event-stream"})
            assert stream.status == 404
    assert {each["id"] for each in (await anna.get(f"/runs?conversation_id={conversation}")).json["items"]} == family

    assert (await anna.delete(f"/conversations/{conversation}")).status == 204

    assert [(await anna.get(f"/runs/{each}")).status for each in family] == [404] * 4


async def test_run_of_a_colleague_frees_its_slot_for_a_private_run(scene: Scene) -> None:
    await scene.slots(1)
    first = await scene.started(await scene.agent("Done."), by=scene.cast.olga.http)
    said = await say(scene, await begin(scene, "Done."), "Wait for a slot")
    private = said.json["run"]["id"]

    before = await scene.admissible()
    await scene.cast.olga.http.post(f"/runs/{first}/cancel")

    assert (before, await scene.admissible()) == ([first], [private])


async def test_private_runs_count_for_the_limit_of_their_agent(scene: Scene) -> None:
    conversation = await begin(scene, "Done.", deployment={"max_concurrent_runs": 1})
    first = (await say(scene, conversation, "Hold the slot")).json["run"]["id"]
    second = await scene.started(await _agent_of(scene, conversation), by=scene.cast.olga.http)

    before = await scene.admissible()
    await scene.owner("UPDATE runs SET status = 'running' WHERE id = %s", first)

    assert (before, await scene.admissible()) == ([first], [])
    assert second not in before


async def test_agent_with_an_unfinished_private_run_is_not_deleted(scene: Scene) -> None:
    conversation = await begin(scene, "Done.")
    await say(scene, conversation, "Still running")

    refused = await scene.cast.olga.http.delete(f"/agents/{await _agent_of(scene, conversation)}")

    assert (refused.status, refused.json["code"]) == (409, "agent_busy")


async def test_idempotency_key_of_a_private_run_is_taken_for_another_person(scene: Scene) -> None:
    conversation = await begin(scene, "Done.")
    agent = await _agent_of(scene, conversation)
    headers = {"Idempotency-Key": f"key-{conversation}"}
    await say(scene, conversation, "Mine", headers=headers)
    await scene.cast.olga.http.get("/users/me")

    refused = await together(3, lambda _: scene.start(agent, by=scene.cast.olga.http, headers=headers))

    assert {(each.status, each.json["code"]) for each in refused} == {(409, "idempotency_key_reused")}
    assert len(await scene.admissible()) == 1


async def test_live_feed_tells_a_private_run_to_its_person_alone(played: Scene) -> None:
    played.tools["send"] = lambda _: "sent"
    conversation = await begin(
        played, {"tool_calls": [{"name": "send", "arguments": {"text": "x"}}]}, "Done.", tools=("send:approval",)
    )
    public = await played.agent("Done.")
    heard: dict[str, list[Sent]] = {"anna": [], "olga": []}
    ended = {name: asyncio.Event() for name in heard}
    ready = {name: asyncio.Event() for name in heard}
    marks: list[str] = []

    async def listen(name: str) -> None:
        async with getattr(played.cast, name).http.stream("GET", "/live") as response:
            ready[name].set()
            async for sent in parse(response.content):
                heard[name].append(sent)
                if sent.event == "run" and sent.data["id"] in marks and sent.data["status"] == "completed":
                    ended[name].set()

    listeners = [asyncio.create_task(listen(name)) for name in heard]
    async with asyncio.timeout(60):
        for each in ready.values():
            await each.wait()
        private = (await say(played, conversation, "A private question")).json["run"]["id"]
        await played.until(private, "waiting")
        while not any(sent.event == "approval" for sent in heard["anna"]):
            await asyncio.sleep(0.01)
        (asked,) = (await played.cast.anna.http.get("/approvals?status=pending")).json["items"]
        await played.cast.anna.http.post(f"/approvals/{asked['id']}/decide", json={"decision": "approve"})
        await played.until(private, "completed")
        marks.append(await played.started(public))  # everyone hears of this later one
        for each in ended.values():
            await each.wait()
    for listener in listeners:
        listener.cancel()
    await asyncio.gather(*listeners, return_exceptions=True)

    assert private in {sent.data["id"] for sent in heard["anna"] if sent.event == "run"}
    assert all(private not in str(sent.data) for sent in heard["olga"])
    assert {sent.event for sent in heard["olga"]} <= {"run", "agent"}


async def test_approval_of_a_private_run_is_asked_of_its_person_alone(played: Scene) -> None:
    played.tools["send"] = lambda _: "sent"
    conversation = await begin(
        played, {"tool_calls": [{"name": "send", "arguments": {"text": "x"}}]}, "Done.", tools=("send:approval",)
    )
    run_id = (await say(played, conversation, "A private question")).json["run"]["id"]
    await played.until(run_id, "waiting")

    (own,) = (await played.cast.anna.http.get("/approvals?status=pending")).json["items"]
    others = (await played.cast.olga.http.get("/approvals?status=pending")).json["items"]
    refused = await played.cast.olga.http.post(f"/approvals/{own['id']}/decide", json={"decision": "approve"})
    await played.cast.anna.http.post(f"/approvals/{own['id']}/decide", json={"decision": "approve"})

    assert (others, refused.status) == ([], 404)
    assert (await played.until(run_id, "completed"))["status"] == "completed"


async def test_failed_private_runs_do_not_show_their_error_at_the_agent(played: Scene) -> None:
    conversation = await begin(played, {"error": "said something private", "times": 9})
    agent = await _agent_of(played, conversation)
    for _ in range(5):
        await played.until((await say(played, conversation, "Try")).json["run"]["id"], "failed")
    await review(played.process.database)

    seen = (await played.cast.olga.http.get(f"/agents/{agent}")).json

    assert (seen["status"], seen["status_reason"]) == ("error", "Its last five runs failed.")

"""One request starts a run and returns its result, or streams it."""

import asyncio
from typing import Any

import aiohttp
import pytest

from tests.runs.scene import Gate, Scene, Sent, parse
from tests.together import together

_STREAM = {"Accept": "text/event-stream"}


def _body(agent: str) -> dict[str, Any]:
    return {"type": "agent", "target_id": agent, "input": {"prompt": "Go."}}


async def _streamed(scene: Scene, agent: str, **headers: str) -> list[Sent]:
    async with (
        asyncio.timeout(60),
        scene.cast.anna.http.stream("POST", "/runs", json=_body(agent), headers=_STREAM | headers) as response,
    ):
        assert response.status == 200, await response.text()
        assert response.headers["Location"].startswith("/api/v1/runs/")
        return [sent async for sent in parse(response.content)]


async def test_waiting_start_returns_the_finished_run(played: Scene) -> None:
    response = await played.start(await played.agent("Hello there."), headers={"Prefer": "wait=60"})

    assert response.status == 200
    assert (response.json["status"], response.json["output"]) == ("completed", {"text": "Hello there."})
    assert response.headers["Preference-Applied"] == "wait=60"
    assert response.headers["Location"] == f"/api/v1/runs/{response.json['id']}"
    assert response.json == await played.run(response.json["id"])


async def test_waiting_start_returns_a_failed_run_as_well(played: Scene) -> None:
    response = await played.start(await played.agent({"error": "no"}), headers={"Prefer": "wait=60"})

    assert (response.status, response.json["status"]) == (200, "failed")


async def test_waiting_start_returns_202_when_the_time_has_passed(played: Scene) -> None:
    gate = Gate()
    played.tools["gate"] = gate.tool
    agent = await played.agent({"tool_calls": [{"name": "gate"}]}, "Done.", tools=("gate",))

    response = await played.start(agent, headers={"Prefer": "respond-async, wait=0"})
    gate.opened.set()

    assert (response.status, response.json["completed_at"]) == (202, None)
    assert (await played.until(response.json["id"]))["status"] == "completed"


async def test_waiting_start_returns_202_as_soon_as_the_run_waits_for_a_person(played: Scene) -> None:
    played.tools["send"] = lambda _: "sent"
    agent = await played.agent({"tool_calls": [{"name": "send"}]}, "Done.", tools=("send:approval",))

    async with asyncio.timeout(60):
        response = await played.start(agent, headers={"Prefer": "wait=600"})

    assert (response.status, response.json["status"], response.json["waiting_reason"]) == (202, "waiting", "approval")


async def test_waiting_start_that_is_repeated_returns_the_same_run(played: Scene) -> None:
    agent = await played.agent("Hello there.")
    headers = {"Prefer": "wait=60", "Idempotency-Key": "once"}

    first = await played.start(agent, headers=headers)
    second = await played.start(agent, headers=headers)

    assert (first.status, second.status) == (200, 200)
    assert first.json == second.json
    assert second.headers["Idempotent-Replay"] == "true"


async def test_two_waiting_starts_under_one_key_at_once_return_one_run(played: Scene) -> None:
    agent = await played.agent("Hello there.")
    headers = {"Prefer": "wait=60", "Idempotency-Key": "at-once"}

    both = await together(8, lambda _: played.start(agent, headers=headers))

    assert {response.status for response in both} == {200}, [response.text for response in both]
    assert len({response.json["id"] for response in both}) == 1


@pytest.mark.parametrize("value", ["wait=soon", "wait=-1", "wait=1.5", 'wait=""'])
async def test_waiting_time_that_is_no_number_is_refused_by_name(played: Scene, value: str) -> None:
    response = await played.start(await played.agent("Hello."), headers={"Prefer": value})

    assert response.status == 422
    assert response.json["errors"][0]["field"] == "Prefer"
    assert "wait=60" in response.json["remedy"]


async def test_other_preferences_are_ignored(played: Scene) -> None:
    response = await played.start(await played.agent("Hello."), headers={"Prefer": "return=minimal, handling=lenient"})

    assert response.status == 202
    assert "Preference-Applied" not in response.headers


async def test_streaming_start_has_the_run_first_then_every_event_and_the_end(played: Scene) -> None:
    sent = await _streamed(played, await played.agent({"text": "one two three", "tokens_per_second": 200}))

    ids = [each.id for each in sent if each.id is not None]
    assert sent[0].event == "run"
    assert sent[0].data["status"] == "pending"
    assert ids == list(range(1, len(ids) + 1))
    assert [sent[-2].event, sent[-1].event] == ["run.completed", "end"]
    assert "".join(each.data["text"] for each in sent if each.event == "token") == "one two three"
    again = await played.collect(sent[0].data["id"])
    assert [each for each in again if each.id is not None] == [each for each in sent if each.id is not None]


async def test_streaming_start_that_is_repeated_streams_the_same_run(played: Scene) -> None:
    agent = await played.agent("Hello there.")

    first = await _streamed(played, agent, **{"Idempotency-Key": "stream"})
    second = await _streamed(played, agent, **{"Idempotency-Key": "stream"})

    assert first[0].data["id"] == second[0].data["id"]
    assert second[-2].event == "run.completed"


@pytest.mark.parametrize("headers", [_STREAM, {"Prefer": "wait=60"}])
async def test_client_that_disconnects_does_not_cancel_the_run(played: Scene, headers: dict[str, str]) -> None:
    gate = Gate()
    played.tools["gate"] = gate.tool
    agent = await played.agent({"tool_calls": [{"name": "gate"}]}, "Done.", tools=("gate",))
    timeout = aiohttp.ClientTimeout(total=0.5)
    keyed = headers | {"Idempotency-Key": "left"}

    with pytest.raises((asyncio.TimeoutError, aiohttp.ClientError)):
        async with played.cast.anna.http.stream("POST", "/runs", json=_body(agent), headers=keyed, timeout=timeout) as left:
            await left.read()
    await gate.wait()
    gate.opened.set()
    again = await played.start(agent, headers={"Prefer": "wait=60", "Idempotency-Key": "left"})

    assert (again.status, again.json["status"]) == (200, "completed")


async def test_cancelled_run_ends_the_waiting(played: Scene) -> None:
    gate = Gate()
    played.tools["gate"] = gate.tool
    agent = await played.agent({"tool_calls": [{"name": "gate"}]}, "Done.", tools=("gate",))
    waiting = asyncio.create_task(played.start(agent, headers={"Prefer": "wait=60"}))
    await gate.wait()

    (run,) = (await played.cast.anna.http.get(f"/runs?agent_id={agent}")).json["items"]
    await played.cast.anna.http.post(f"/runs/{run['id']}/cancel")
    response = await waiting

    assert (response.status, response.json["status"]) == (200, "cancelled")

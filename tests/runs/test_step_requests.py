"""A model step shows exactly what the model was sent, and is stored by reference to the steps before it."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from retinue.core.ids import new_id
from retinue.engine.ports import ChatModel, DeltaSink, ModelRequest, ModelResponse
from retinue.llm.scripted import ScriptedChatModel
from tests.runs.scene import Scene, working

_TURNS = 50


@dataclass
class Recording(ChatModel):
    """The scripted model, which remembers what it was sent."""

    requests: dict[str, ModelRequest] = field(default_factory=dict[str, ModelRequest])

    async def complete(self, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        self.requests[request.idempotency_key] = request
        return await ScriptedChatModel().complete(request, on_delta)


@pytest.fixture
async def recording(scene: Scene, environ: dict[str, str]) -> AsyncIterator[Recording]:
    """Give the model of the scene's worker."""
    model = Recording()
    async with working(environ, scene.tools, model=model):
        yield model


async def _steps(scene: Scene, run: str) -> list[Any]:
    steps = (await scene.cast.vera.http.get(f"/runs/{run}/steps?limit=200")).json["items"]
    return [step for step in steps if step["step_type"] == "llm_call"]


async def _request(scene: Scene, run: str, step: str) -> Any:
    response = await scene.cast.vera.http.get(f"/runs/{run}/steps/{step}/request")
    assert response.status == 200, response.text
    return response.json


async def _told(scene: Scene, run: str, event: str, number: int) -> None:
    """Follow a run until an event was sent so often."""
    count = 0
    async with asyncio.timeout(60):
        async for sent in scene.events(run):
            count += sent.event == event
            if count == number:
                return
    raise AssertionError(event)


def _messages(request: ModelRequest) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in cast("dict[str, Any]", each).items() if name != "step_id"}
        for each in request.messages
    ]


async def _assert_exact(scene: Scene, recording: Recording, run: str, source: str | None = None) -> int:
    """Compare every model step of a run with what the model was sent; return how many there are."""
    steps = await _steps(scene, run)
    for step in steps:
        keys = [f"{each}:{step['id']}" for each in (run, source) if each is not None]
        shown = await _request(scene, run, step["id"])
        # A failed call that was made again is kept under another id than the one it was made with.
        made = [recording.requests[key] for key in keys if key in recording.requests] or recording.requests.values()
        sent = next(each for each in made if shown["messages"] == _messages(each))
        assert [tool["name"] for tool in shown["tools"]] == [tool.name for tool in sent.tools]
        assert [tool["parameters"] for tool in shown["tools"]] == [tool.parameters for tool in sent.tools]
        assert (shown["model"], shown["parameters"]) == (sent.model.name, sent.model.parameters)
        assert (shown["timeout_seconds"], shown["is_complete"]) == (sent.timeout_seconds, True)
    return len(steps)


async def test_each_step_shows_what_the_model_was_sent(scene: Scene, recording: Recording) -> None:
    scene.tools["count"] = lambda given: f"counted {given}"
    both = {"tool_calls": [{"name": "count", "arguments": {"text": each}} for each in ("a", "b")]}
    agent = await scene.agent(
        both,
        {"text": "Once more.", **both},
        "Done.",
        tools=("count",),
        instructions="You count for {{who}}.",
        variables=[{"name": "who", "value": "Ada"}],
    )
    earlier = [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Good day."}]
    run = await scene.started(agent, input={"prompt": "Count.", "messages": earlier, "unit": "metre"})
    await scene.until(run)

    assert await _assert_exact(scene, recording, run) == 3
    first = await _request(scene, run, (await _steps(scene, run))[0]["id"])
    assert first["messages"][0] == {"role": "system", "content": "You count for Ada."}
    assert first["messages"][1:3] == earlier
    assert '"unit":"metre"' in first["messages"][3]["content"]


async def test_request_is_exact_after_an_approval_a_failure_and_a_fork(scene: Scene, recording: Recording) -> None:
    scene.tools["send"] = lambda _: "sent"
    call = {"tool_calls": [{"name": "send", "arguments": {"text": "x"}}]}
    agent = await scene.agent(call, call, {"error": "down"}, tools=("send:approval",), config={"limits": {"max_steps": 9}})
    run = await scene.started(agent)
    for number in (1, 2):
        await _told(scene, run, "run.waiting", number)
        for approval in (await scene.cast.anna.http.get(f"/runs/{run}/approvals")).json["items"]:
            if approval["status"] == "pending":
                body = {"decision": "approve"}
                await scene.cast.anna.http.post(f"/approvals/{approval['id']}/decide", json=body)
    await _told(scene, run, "run.failed", 1)
    await scene.cast.anna.http.post(f"/runs/{run}/resume")
    await _told(scene, run, "run.failed", 2)

    assert await _assert_exact(scene, recording, run) == 4
    last = (await _steps(scene, run))[-1]["id"]
    body = {"step_id": last, "input": {"prompt": "In French."}}
    fork = (await scene.cast.anna.http.post(f"/runs/{run}/fork", json=body)).json["id"]
    await scene.until(fork, "waiting")
    assert await _assert_exact(scene, recording, fork, source=run) == 3
    told = await _request(scene, fork, (await _steps(scene, fork))[-1]["id"])
    assert told["messages"][-1] == {"role": "user", "content": "In French."}


async def test_records_of_fifty_turns_grow_with_the_messages_and_not_with_their_square(
    scene: Scene, recording: Recording
) -> None:
    scene.tools["count"] = lambda _: "x" * 500
    call = {"text": "y" * 200, "tool_calls": [{"name": "count", "arguments": {"text": "z" * 100}}]}
    limits = {"limits": {"max_steps": 200}}
    run = await scene.started(await scene.agent(*[call] * _TURNS, "Done.", tools=("count",), config=limits))
    await scene.until(run)

    sizes = await scene.owner(
        "SELECT octet_length(input::text) FROM run_steps WHERE run_id = %s AND step_type = 'llm_call' ORDER BY sequence", run
    )
    bytes_of_step = [row[0] for row in sizes]
    assert len(bytes_of_step) == _TURNS + 1
    assert max(bytes_of_step[1:]) - min(bytes_of_step[1:]) < 20
    assert max(bytes_of_step) < 1_000
    assert await _assert_exact(scene, recording, run) == _TURNS + 1
    last = await _request(scene, run, (await _steps(scene, run))[-1]["id"])
    assert len(last["messages"]) == 2 * _TURNS + 1


async def test_picture_is_shown_by_its_size_and_hash(scene: Scene, recording: Recording) -> None:
    picture = b"\x89PNG" + b"0" * 9_000
    image = {"type": "image", "media_type": "image/png", "data": base64.b64encode(picture).decode()}
    run = await scene.started(await scene.agent("Grey."), input={"prompt": [{"type": "text", "text": "Colour?"}, image]})
    await scene.until(run)
    (step,) = await _steps(scene, run)

    shown = (await _request(scene, run, step["id"]))["messages"][-1]["content"]

    sent = next(iter(recording.requests.values())).messages[-1]["content"]
    assert isinstance(sent, list)
    assert cast("dict[str, Any]", sent[1])["data"] == image["data"]
    expected = {"size_bytes": len(picture), "sha256": hashlib.sha256(picture).hexdigest()}
    assert shown[1] == {"type": "image", "media_type": "image/png", **expected}
    assert image["data"] not in str(step["input"])


@pytest.mark.usefixtures("recording")
async def test_step_without_a_request_is_not_found(scene: Scene) -> None:
    scene.tools["count"] = lambda _: 1
    run = await scene.started(await scene.agent({"tool_calls": [{"name": "count"}]}, "Done.", tools=("count",)))
    await scene.until(run)
    steps = (await scene.cast.vera.http.get(f"/runs/{run}/steps")).json["items"]
    tool = next(step["id"] for step in steps if step["step_type"] == "tool")
    model = steps[0]["id"]

    of_tool = await scene.cast.vera.http.get(f"/runs/{run}/steps/{tool}/request")
    of_nothing = await scene.cast.vera.http.get(f"/runs/{run}/steps/{new_id()}/request")
    foreign = await scene.cast.otto.http.get(f"/runs/{run}/steps/{model}/request")

    assert [each.json["code"] for each in (of_tool, of_nothing, foreign)] == ["step_request_missing"] * 2 + ["run_missing"]


@pytest.mark.usefixtures("recording")
async def test_step_of_an_older_version_says_that_its_request_is_not_complete(scene: Scene) -> None:
    scene.tools["count"] = lambda _: 1
    run = await scene.started(await scene.agent({"tool_calls": [{"name": "count"}]}, "Done.", tools=("count",)))
    await scene.until(run)
    await scene.owner("UPDATE run_steps SET input = input - 'after_step_id' WHERE run_id = %s", run)

    shown = [await _request(scene, run, step["id"]) for step in await _steps(scene, run)]

    assert [each["is_complete"] for each in shown] == [True, False]

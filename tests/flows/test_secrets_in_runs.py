"""A secret of an agent that its model has learnt, or another service hands out, is recorded and streamed nowhere."""

import asyncio
import json
from typing import Any

import orjson
import pytest
from aiohttp import web

from tests.agents.conftest import make_agent
from tests.cast import Cast, Person
from tests.conftest import Postgres
from tests.flows.searching import places_of
from tests.llm.openai_server import Answer, event, serving, stream, usage
from tests.tools.conftest import Api, api, make_tool

__all__ = ["api"]

pytestmark = pytest.mark.usefixtures("worker")


async def _agent(adam: Person, url: str, secret: str, *tools: str) -> str:
    """Make an agent with a secret variable, on a model that is served at an address; return its id."""
    provider = await adam.http.post(
        "/model-providers",
        json={
            "name": f"served {secret[-8:]}",
            "kind": "openai_compatible",
            "base_url": url,
            "default_model": "served-model",
            "save_untested": True,
        },
    )
    assert provider.status == 201, provider.text
    agent = await make_agent(
        adam,
        config={"model": {"provider_id": provider.json["id"]}, "tools": [{"name": name} for name in tools]},
        variables=[{"name": "word", "value": secret, "is_secret": True}],
    )
    return str(agent["id"])


async def _start(person: Person, target_id: str, prompt: str = "Open the door.", *, target: str = "agent") -> str:
    body = {"type": target, "target_id": target_id, "input": {"prompt": prompt}}
    started = await person.http.post("/runs", json=body)
    assert started.status == 202, started.text
    return str(started.json["id"])


async def _stream_of(person: Person, run_id: str, connected: asyncio.Event) -> str:
    """Read the run's stream of events to its end."""
    read = ""
    headers = {"Accept": "text/event-stream"}
    async with asyncio.timeout(60), person.http.stream("GET", f"/runs/{run_id}/events", headers=headers) as response:
        async for chunk in response.content.iter_any():
            read += chunk.decode()
            connected.set()
            if "event: end" in read:
                break
    return read


async def _requests(person: Person, run_id: str) -> list[str]:
    """Read what each model step of a run was sent."""
    steps = (await person.http.get(f"/runs/{run_id}/steps")).json["items"]
    models = [step["id"] for step in steps if step["step_type"] == "llm_call"]
    return [(await person.http.get(f"/runs/{run_id}/steps/{each}/request")).text for each in models]


def _chatty(secret: str, connected: asyncio.Event) -> Answer:
    """Make a model that knows the secret: it says it letter by letter, gives it to a tool, and says it again."""

    async def answer(request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        await connected.wait()
        letters = [event({"content": letter}) for letter in f"The word is {secret}, I say {secret}!"]
        if body["messages"][-1]["role"] == "tool":
            return await stream(request, *letters, event({}, "stop"), usage(5, 5))
        function = {"name": "look", "arguments": json.dumps({"word": secret})}
        call = {"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": function}]}
        return await stream(request, *letters, event(call), event({}, "tool_calls"), usage(5, 5))

    return answer


async def test_a_secret_that_the_model_and_a_tool_repeat_is_recorded_and_streamed_nowhere(
    cast: Cast, api: Api, postgres: Postgres
) -> None:
    secret, connected = f"open sesame {cast.marker}", asyncio.Event()
    api.body = orjson.dumps({"heard": secret})
    await make_tool(cast.anna, {"method": "POST", "url": api.url, "body": "{word}"}, name="look", effect="idempotent")

    async with serving(_chatty(secret, connected)) as model:
        run_id = await _start(cast.adam, await _agent(cast.adam, model.url, secret, "look"))
        streamed = await _stream_of(cast.adam, run_id, connected)
    run = (await cast.adam.http.get(f"/runs/{run_id}")).json
    (call,) = (await cast.adam.http.get(f"/runs/{run_id}/tool-calls")).json["items"]
    requests = await _requests(cast.adam, run_id)

    assert run["output"] == {"text": "The word is [secret], I say [secret]!"}
    assert (call["arguments"], call["result"]) == ({"word": "[secret]"}, {"heard": "[secret]"})
    assert secret not in json.dumps(model.bodies) + api.seen[0].body
    assert "event: token" in streamed
    assert secret not in streamed + "".join(requests)
    assert "I say [secret]!" in requests[1]
    assert places_of(postgres, secret) == []


async def test_a_secret_that_a_provider_repeats_in_a_refusal_is_not_in_the_runs_error(
    cast: Cast, postgres: Postgres
) -> None:
    secret = f"open sesame {cast.marker}"

    async def refuse(_request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return web.json_response({"error": {"message": f"I dislike {secret}."}}, status=400)

    async with serving(refuse) as model:
        run_id = await _start(cast.adam, await _agent(cast.adam, model.url, secret))
        await _stream_of(cast.adam, run_id, asyncio.Event())
    run = (await cast.adam.http.get(f"/runs/{run_id}")).json

    assert run["status"] == "failed"
    assert "[secret]" in run["error_message"]
    assert places_of(postgres, secret) == []


async def test_a_secret_that_a_person_types_is_not_in_the_record_of_the_request(cast: Cast) -> None:
    secret, connected = f"open sesame {cast.marker}", asyncio.Event()

    async def answer(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
        return await stream(request, event({"content": "It is open."}), event({}, "stop"), usage(5, 5))

    async with serving(answer) as model:
        run_id = await _start(cast.adam, await _agent(cast.adam, model.url, secret), f"The word is {secret}.")
        await _stream_of(cast.adam, run_id, connected)
    (request,) = await _requests(cast.adam, run_id)
    recorded = (await cast.adam.http.get(f"/runs/{run_id}/steps")).text + (
        await cast.adam.http.get(f"/runs/{run_id}/thoughts")
    ).text

    assert secret in json.dumps(model.bodies)
    assert secret not in request + recorded
    assert "The word is [secret]." in request


async def test_a_secret_of_an_agent_inside_a_workflow_is_recorded_and_streamed_nowhere(
    cast: Cast, api: Api, postgres: Postgres
) -> None:
    secret, connected = f"open sesame {cast.marker}", asyncio.Event()
    api.body = orjson.dumps({"heard": secret})
    await make_tool(cast.anna, {"method": "POST", "url": api.url, "body": "{word}"}, name="look", effect="idempotent")
    node = {"id": "ask", "type": "agent", "run_as": "subgraph", "input": {"prompt": "Open."}, "output": {"said": "result"}}

    async with serving(_chatty(secret, connected)) as model:
        agent_id = await _agent(cast.adam, model.url, secret, "look")
        definition: Any = {
            "format": "retinue.workflow/1",
            "name": "Doors",
            "state": {"said": {}},
            "nodes": [{**node, "agent": {"id": agent_id}}],
            "edges": [{"from": "START", "to": "ask"}, {"from": "ask", "to": "END"}],
        }
        made = await cast.adam.http.post("/workflows", json={"definition": definition})
        assert made.status == 201, made.text
        await cast.adam.http.post(f"/workflows/{made.json['id']}/publish", json={})
        run_id = await _start(cast.adam, made.json["id"], "Open the door.", target="workflow")
        streamed = await _stream_of(cast.adam, run_id, connected)
    run = (await cast.adam.http.get(f"/runs/{run_id}")).json
    (call,) = (await cast.adam.http.get(f"/runs/{run_id}/tool-calls")).json["items"]
    requests = await _requests(cast.adam, run_id)

    assert run["output"] == {"said": {"text": "The word is [secret], I say [secret]!"}}, run["error"]
    assert (call["arguments"], call["result"]) == ({"word": "[secret]"}, {"heard": "[secret]"})
    assert secret not in json.dumps(model.bodies) + api.seen[0].body
    assert "event: token" in streamed
    assert secret not in streamed + "".join(requests)
    assert places_of(postgres, secret) == []

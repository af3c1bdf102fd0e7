"""Agents, tools and runs together: everything real but the model, which follows a script."""

import asyncio
from typing import Any

import pytest

from retinue.llm.types import SCRIPTED_ID
from tests.agents.conftest import make_agent
from tests.cast import Cast, Person
from tests.conftest import Postgres
from tests.flows.searching import places_of
from tests.tools.conftest import Api, api, make_tool

__all__ = ["api"]


async def _run(person: Person, agent_id: str, prompt: str, **fields: Any) -> dict[str, Any]:
    body = {"type": "agent", "target_id": agent_id, "input": {"prompt": prompt}, **fields}
    started = await person.http.post("/runs", json=body)
    assert started.status == 202, started.text
    async with asyncio.timeout(30):
        while True:
            run = (await person.http.get(f"/runs/{started.json['id']}")).json
            if run["status"] not in {"pending", "running"}:
                return run
            await asyncio.sleep(0.05)


@pytest.mark.usefixtures("worker")
async def test_the_starter_agents_work_without_a_key(cast: Cast) -> None:
    starters = {each["name"]: each["id"] for each in (await cast.anna.http.get("/agents")).json["items"]}

    calculated = await _run(cast.anna, starters["Calculator desk"], "What is 12.5 * 8?")
    written = await _run(cast.anna, starters["Note keeper"], "Write a note: buy milk.")
    artifacts = (await cast.anna.http.get(f"/runs/{written['id']}/artifacts")).json["items"]

    assert calculated["status"] == "completed", calculated
    assert "100" in str(calculated["output"])
    assert written["status"] == "completed", written
    assert len(artifacts) == 1


@pytest.mark.usefixtures("worker")
async def test_a_secret_reaches_the_called_api_and_nothing_else(cast: Cast, api: Api, postgres: Postgres) -> None:
    secret = f"k3y-{cast.marker}"
    await make_tool(
        cast.anna,
        {"url": api.url + "/weather/{city}"},
        name="weather",
        credentials={"type": "api_key", "in": "query", "name": "key", "value": "{{key}}"},
    )
    script = {"turns": [{"tool_calls": [{"name": "weather", "arguments": {"city": "Bonn"}}]}, {"text": "Sunny."}]}
    agent = await make_agent(
        cast.anna,
        config={
            "model": {"provider_id": str(SCRIPTED_ID)},
            "parameters": {"script": script},
            "tools": [{"name": "weather"}],
        },
        variables=[{"name": "key", "value": secret, "is_secret": True}],
    )

    run = await _run(cast.anna, agent["id"], "How is the weather?")
    steps = await cast.anna.http.get(f"/runs/{run['id']}/steps")
    calls = await cast.anna.http.get(f"/runs/{run['id']}/tool-calls")

    assert (run["status"], api.seen[0].query) == ("completed", {"key": secret})
    assert "[secret]" in calls.text
    assert secret not in steps.text + calls.text
    assert places_of(postgres, secret) == []


@pytest.mark.usefixtures("worker")
async def test_a_refused_argument_is_told_to_the_model_and_the_run_goes_on(cast: Cast) -> None:
    script = {"turns": [{"tool_calls": [{"name": "calculator", "arguments": {"sum": "1"}}]}, {"text": "I see."}]}
    agent = await make_agent(
        cast.anna,
        config={
            "model": {"provider_id": str(SCRIPTED_ID)},
            "parameters": {"script": script},
            "tools": [{"name": "calculator"}],
        },
    )

    run = await _run(cast.anna, agent["id"], "Go")
    calls = (await cast.anna.http.get(f"/runs/{run['id']}/tool-calls")).json["items"]

    assert run["status"] == "completed"
    assert "'expression' is a required property" in str(calls[0])


async def test_a_run_of_what_cannot_run_is_refused_by_field(cast: Cast) -> None:
    await make_tool(cast.anna, {"url": "https://example.com"}, name="off")
    agent = await make_agent(cast.anna, instructions="Hello {{who}}.", config={"tools": [{"name": "off"}]})
    tool = next(each for each in (await cast.anna.http.get("/tools?q=off")).json["items"] if each["name"] == "off")
    await cast.anna.http.patch(f"/tools/{tool['id']}", json={"is_active": False})
    body = {"type": "agent", "target_id": agent["id"], "input": {"prompt": "x"}}

    unknown = await cast.anna.http.post("/runs", json=body)
    await cast.anna.http.post(f"/agents/{agent['id']}/variables", json={"name": "who", "value": "Ada"})
    inactive = await cast.anna.http.post("/runs", json=body)
    await cast.anna.http.post(f"/agents/{agent['id']}/pause")
    paused = await cast.anna.http.post("/runs", json=body)

    assert [unknown.status, inactive.status, paused.status] == [422, 422, 409]
    assert unknown.json["errors"][0]["field"] == "instructions"
    assert inactive.json["errors"][0]["field"] == "config.tools.0.name"
    assert paused.json["detail"] == "Helper is paused and begins no runs."


@pytest.mark.usefixtures("worker")
async def test_a_run_uploads_a_file_that_it_has_made_and_no_other_runs(cast: Cast, api: Api) -> None:
    schema = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
    upload = {"operationId": "upload", "requestBody": {"content": {"multipart/form-data": {"schema": schema}}}}
    document = {"openapi": "3.0.3", "servers": [{"url": api.url}], "paths": {"/up": {"post": upload}}}
    made = await cast.anna.http.post("/tools/import-openapi", json={"document": document, "create": "all"})
    assert made.status == 200, made.text
    write = {"name": "write_artifact", "arguments": {"name": "note.md", "content": "# Grüße"}}
    send = {"name": "upload", "arguments": {"file": {"artifact": "note.md"}}}

    async def run(turns: list[Any], name: str) -> dict[str, Any]:
        config = {
            "model": {"provider_id": str(SCRIPTED_ID)},
            "parameters": {"script": {"turns": turns}},
            "tools": [{"name": "write_artifact"}, {"name": "upload"}],
        }
        agent = await make_agent(cast.anna, name=name, config=config)
        return await _run(cast.anna, agent["id"], "Upload it.")

    done = await run([{"tool_calls": [write]}, {"tool_calls": [send]}, {"text": "Sent."}], "Writer")
    other = await run([{"tool_calls": [send]}, {"text": "Not sent."}], "Other")

    assert (done["status"], other["status"]) == ("completed", "completed")
    assert len(api.seen) == 1
    assert 'filename="note.md"' in api.seen[0].body
    assert "# Grüße" in api.seen[0].body

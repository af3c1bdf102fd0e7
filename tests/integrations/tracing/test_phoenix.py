"""Traces as Arize Phoenix, from its package, receives and shows them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from tools.environments import PHOENIX

from tests.crash.ground import free_port
from tests.integrations.tracing.conftest import Tracing

_SECONDS = 90.0
_CALLS = {"tool_calls": [{"name": "look", "arguments": {"at": "it"}}]}


@pytest.fixture
async def phoenix(tmp_path: Path) -> AsyncIterator[str]:
    """Start Phoenix with an empty folder; give its URL."""
    python = PHOENIX.find()
    if python is None:
        pytest.skip("Phoenix is not installed: python -m tools.environments install")
    port = free_port()
    environ = {
        "PATH": str(python.parent),
        "HOME": str(tmp_path),
        "PHOENIX_WORKING_DIR": str(tmp_path),
        "PHOENIX_HOST": "127.0.0.1",
        "PHOENIX_PORT": str(port),
        "PHOENIX_GRPC_PORT": str(free_port()),
        "PHOENIX_TELEMETRY_ENABLED": "false",
    }
    with (tmp_path / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            python.parent / "phoenix", "serve", env=environ, stdout=log, stderr=log
        )
    url = f"http://127.0.0.1:{port}"
    try:
        async with aiohttp.ClientSession() as session, asyncio.timeout(_SECONDS):
            while not await _answers(session, f"{url}/healthz"):
                assert process.returncode is None, (tmp_path / "log").read_text()[-2000:]
                await asyncio.sleep(0.1)
        yield url
    finally:
        process.kill()
        await process.wait()


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as answer:
            return answer.status == 200
    except aiohttp.ClientConnectionError:
        return False


async def _spans(url: str, trace_id: str, count: int) -> list[dict[str, Any]]:
    """Return the spans of a trace, once there are so many: Phoenix stores them after it has answered."""
    found: list[dict[str, Any]] = []
    async with aiohttp.ClientSession() as session, asyncio.timeout(_SECONDS):
        while len(found) < count:
            async with session.get(f"{url}/v1/projects/default/spans", params={"trace_id": trace_id}) as answer:
                found = (await answer.json())["data"]
            await asyncio.sleep(0.1)
    return found


async def test_phoenix_shows_the_tree_of_agent_models_and_tools(tracing: Tracing, phoenix: str) -> None:
    exporter = await tracing.exporter(RETINUE_OTLP_ENDPOINT=phoenix, RETINUE_OTLP_CONTENT="true")
    tracing.scene.tools["look"] = lambda _: "found"
    run = await tracing.run(await tracing.scene.agent(_CALLS, "All done.", tools=("look",), name="Finder"), "Look at it.")
    await tracing.export(exporter)

    spans = await _spans(phoenix, run["trace_id"], len(await tracing.steps(run["id"])) + 1)

    seen = {each["name"]: each for each in spans}
    assert sorted((each["name"].split()[0], each["span_kind"]) for each in spans) == [
        ("chat", "LLM"),
        ("chat", "LLM"),
        ("execute_tool", "TOOL"),
        ("invoke_agent", "AGENT"),
    ]
    agent, tool = seen["invoke_agent Finder"], seen["execute_tool look"]
    above = {each["context"]["span_id"]: each for each in spans}
    assert agent["parent_id"] is None
    assert above[tool["parent_id"]]["span_kind"] == "LLM"
    assert tool["attributes"] | {"tool.name": "look", "tool.parameters.at": "it"} == tool["attributes"]
    first, last = sorted((each for each in spans if each["span_kind"] == "LLM"), key=lambda each: each["start_time"])
    assert {first["parent_id"], last["parent_id"]} == {agent["context"]["span_id"]}
    steps = [each for each in await tracing.steps(run["id"]) if each["step_type"] == "llm_call"]
    assert [each["attributes"]["llm.token_count.prompt"] for each in (first, last)] == [
        each["usage"]["input_tokens"] for each in steps
    ]
    assert "Look at it." in str(first["attributes"])
    assert "All done." in str(last["attributes"])

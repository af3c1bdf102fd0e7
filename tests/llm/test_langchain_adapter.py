"""What is the adapter's own, beside the suite that every client must pass."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest

from retinue.engine.ports import ModelRequest, ModelResponse, ModelSpec
from retinue.llm import langchain_adapter
from retinue.llm.langchain_adapter import LangChainChatModel
from retinue.llm.network import open_session
from retinue.llm.types import Endpoint
from tests.llm.provider_servers import TEXT, ProviderServer, serving

pytestmark = pytest.mark.filterwarnings("ignore")  # of the foreign clients, which is not ours to mend


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    async with open_session(private_networks=True) as opened:
        yield opened


def _adapter(session: aiohttp.ClientSession, server: ProviderServer) -> LangChainChatModel:
    async def endpoint_of(_: ModelRequest) -> Endpoint:
        return Endpoint(server.url, "key-1")

    return LangChainChatModel(session, endpoint_of)


async def _ask(
    model: LangChainChatModel, kind: str, name: str, deltas: list[str] | None = None, **parameters: Any
) -> ModelResponse:
    spec = ModelSpec("p", kind, name, None, parameters)
    request = ModelRequest("o", spec, [{"role": "user", "content": "Hello"}], (), 20, "k")
    return await model.complete(request, lambda _kind, chunk: (deltas if deltas is not None else []).append(chunk))


async def test_a_client_that_is_in_use_outlasts_any_number_of_others(session: aiohttp.ClientSession) -> None:
    async with serving("ollama") as server:
        model = _adapter(session, server)
        server.mode = "hang"
        deltas: list[str] = []
        long_call = asyncio.create_task(_ask(model, "ollama", "long", deltas))
        while not deltas:
            await asyncio.sleep(0.005)
        server.mode = "text"

        for number in range(langchain_adapter.CLIENTS + 5):
            await _ask(model, "ollama", f"model-{number}")

        assert not long_call.done()
        assert not server.is_closed.is_set()
        assert len(model._clients) == langchain_adapter.CLIENTS  # pyright: ignore[reportPrivateUsage] - seen from nowhere else
        long_call.cancel()
        await asyncio.wait([long_call])


async def test_parameters_of_one_call_are_not_those_of_the_next(session: aiohttp.ClientSession) -> None:
    async with serving("openai") as server:
        model = _adapter(session, server)
        await _ask(model, "openai", "gpt-4o", temperature=0.5, max_output_tokens=7, stop=["END"])
        await _ask(model, "openai", "gpt-4o", stop=[])

    assert server.bodies[0]["temperature"] == 0.5
    assert not {"temperature", "max_completion_tokens", "stop"} & set(server.bodies[1])


async def test_a_parameter_that_is_not_given_is_left_to_the_provider(session: aiohttp.ClientSession) -> None:
    async with serving("google") as server:
        model = _adapter(session, server)
        await _ask(model, "google", "gemini-2.5-flash")

    assert "temperature" not in server.bodies[0]["generationConfig"]


async def test_compatible_servers_are_called_as_openai_is(session: aiohttp.ClientSession) -> None:
    async with serving("openai") as server:
        answer = await _ask(_adapter(session, server), "openai_compatible", "some-model")

    assert answer.content == "".join(TEXT)
    assert server.bodies[0]["stream_options"] == {"include_usage": True}


@pytest.mark.parametrize(
    ("kind", "variable"),
    [("openai", "OPENAI_BASE_URL"), ("anthropic", "ANTHROPIC_BASE_URL"), ("ollama", "OLLAMA_HOST")],
)
async def test_the_environment_does_not_choose_where_a_key_goes(
    session: aiohttp.ClientSession, kind: str, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(kind) as server, serving(kind) as elsewhere:
        monkeypatch.setenv(variable, elsewhere.url)
        model = _adapter(session, server)
        await _ask(model, kind, "some-model")

    assert (len(server.bodies), len(elsewhere.bodies)) == (1, 0)

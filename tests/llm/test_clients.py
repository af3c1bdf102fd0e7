"""The worker's models over real rows: keys looked up when a call is made, under the tenant of the call."""

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web

from retinue.engine.ports import Message, ModelRequest, ModelResponse
from retinue.llm import clients, service
from retinue.llm.clients import ChatModels
from retinue.llm.service import ProviderMissingError
from retinue.llm.types import SCRIPTED_ID
from retinue.process import Process
from tests.cast import Cast, Person
from tests.llm import provider_servers
from tests.llm.openai_server import event, serving, stream, usage


@asynccontextmanager
async def _open(process: Process) -> AsyncGenerator[ChatModels]:
    models = ChatModels(process.database)
    await models.start()
    try:
        yield models
    finally:
        await models.stop()


@pytest.fixture
async def models(process: Process) -> AsyncGenerator[ChatModels]:
    async with _open(process) as opened:
        yield opened


async def _answer(request: web.Request, _body: dict[str, Any]) -> web.StreamResponse:
    return await stream(request, event({"content": "ok"}, "stop"), usage(3, 1))


async def _add(cast: Cast, **values: Any) -> str:
    answer = await cast.olga.http.post("/model-providers", json={"name": "Ours", "api_key": "key-1", **values})
    assert answer.status == 201, answer.json
    return str(answer.json["id"])


async def _ask(models: ChatModels, process: Process, person: Person, provider_id: Any, name: str = "m") -> ModelResponse:
    async with process.database.context(person.actor) as ctx:
        spec = await service.resolve_model(ctx, provider_id, name, {})
    return await _call(models, person, spec)


async def _call(models: ChatModels, person: Person, spec: Any) -> ModelResponse:
    messages: list[Message] = [{"role": "user", "content": "Hello"}]
    request = ModelRequest(str(person.organization_id), spec, messages, (), 20, "run:step")
    return await models.complete(request, lambda _kind, _chunk: None)


async def test_a_call_goes_to_the_provider_s_address_with_its_key(models: ChatModels, process: Process, cast: Cast) -> None:
    async with serving(_answer) as server:
        provider_id = await _add(cast, kind="openai_compatible", base_url=server.url, models=["m"])

        response = await _ask(models, process, cast.olga, None)

    assert response.content == "ok"
    assert server.headers[0]["Authorization"] == "Bearer key-1"
    assert provider_id not in str(response)


async def test_a_new_key_is_used_soon_after_it_was_entered(process: Process, cast: Cast) -> None:
    async with serving(_answer) as server, _open(process) as models, _open(process) as others:
        provider_id = await _add(cast, kind="openai_compatible", base_url=server.url, models=["m"])
        await _ask(models, process, cast.olga, None)
        await cast.adam.http.patch(f"/model-providers/{provider_id}", json={"api_key": "key-2"})

        await _ask(others, process, cast.olga, None)

    assert [headers["Authorization"] for headers in server.headers] == ["Bearer key-1", "Bearer key-2"]
    assert clients.HELD_SECONDS <= 10


async def test_another_organization_s_provider_is_not_there(models: ChatModels, process: Process, cast: Cast) -> None:
    async with serving(_answer) as server:
        await _add(cast, kind="openai_compatible", base_url=server.url, models=["m"])
        async with process.database.context(cast.olga.actor) as ctx:
            spec = await service.resolve_model(ctx, None, None, {})
        await _call(models, cast.olga, spec)

        with pytest.raises(ProviderMissingError):
            await _call(models, cast.otto, spec)

        assert len(server.bodies) == 1


async def test_a_script_needs_no_provider(models: ChatModels, process: Process, cast: Cast) -> None:
    response = await _ask(models, process, cast.olga, SCRIPTED_ID, "echo")

    assert response.content == "Hello"


@pytest.mark.filterwarnings("ignore")
async def test_other_kinds_are_reached_through_langchain(models: ChatModels, process: Process, cast: Cast) -> None:
    async with provider_servers.serving("ollama") as server:
        await _add(cast, kind="ollama", base_url=server.url, models=["llama3.2"], api_key=None)

        response = await _ask(models, process, cast.olga, None, "llama3.2")

    assert response.content == "".join(provider_servers.TEXT)
    assert "retinue.llm.langchain_adapter" in sys.modules


@pytest.mark.filterwarnings("ignore")
async def test_an_operator_may_ask_for_langchain_s_client_of_openai(environ: dict[str, str], cast: Cast) -> None:
    process = Process({**environ, "RETINUE_MODEL_OPENAI_CLIENT": "langchain"})
    await process.start(is_serving=False)
    try:
        async with provider_servers.serving("openai") as server, _open(process) as models:
            await _add(cast, kind="openai_compatible", base_url=server.url, models=["m"])

            response = await _ask(models, process, cast.olga, None)
    finally:
        await process.stop()

    assert response.content == "".join(provider_servers.TEXT)
    assert "Idempotency-Key" not in server.headers[-1], "that is the lean client's own"


@pytest.mark.filterwarnings("ignore")
async def test_without_private_networks_an_unknown_name_of_ollama_is_named_in_the_error(
    environ: dict[str, str], cast: Cast, process: Process
) -> None:
    closed = Process({**environ, "RETINUE_MODEL_PRIVATE_NETWORKS": "false"})
    await closed.start(is_serving=False)
    try:
        url = "https://ollama.invalid"
        saved = await _add(cast, kind="ollama", base_url=url, models=["m"], api_key=None, save_untested=True)
        async with _open(closed) as models:
            with pytest.raises(Exception, match=r"ollama\.invalid") as failed:
                await _ask(models, process, cast.olga, UUID(saved))
    finally:
        await closed.stop()

    assert type(failed.value).__name__ == "ModelUnavailableError"

"""The worker's models: one ``ChatModel`` that hands each call to the client of its provider's kind.

Keys are looked up when a call is made, under the tenant of the call, and held opened for a few seconds at most so that a
run of several calls does not ask the database each time.
"""

import asyncio
import importlib
import time
from typing import TYPE_CHECKING, cast
from uuid import UUID

import aiohttp

from retinue.core.db.database import Database
from retinue.core.errors import Error
from retinue.core.ids import OrganizationId
from retinue.engine.ports import NOTICE, ChatModel, DeltaSink, ModelRequest, ModelResponse
from retinue.llm import service
from retinue.llm.instruments import BROKEN, CANCELLED, OK, ModelInstruments
from retinue.llm.local_chat import LocalChatModel
from retinue.llm.local_server import LocalModelServer
from retinue.llm.network import open_session
from retinue.llm.provider_client import ProviderChatModel
from retinue.llm.scripted import ScriptedChatModel
from retinue.llm.settings import ModelSettings
from retinue.llm.structured import StructuredOutput
from retinue.llm.types import Endpoint, ProviderKind

if TYPE_CHECKING:
    from retinue.llm.langchain_adapter import LangChainChatModel

HELD_SECONDS = 5.0


class ChatModels:
    """``ChatModel`` over every kind. Opened with the worker, closed with it."""

    def __init__(self, database: Database) -> None:
        """Take the database that holds the providers."""
        self._database = database
        self._settings = database.resources.settings_of(ModelSettings)
        self._instruments = database.resources.telemetry.of(ModelInstruments)
        self._local = LocalModelServer(database.resources.core.data_dir)
        self._structured = StructuredOutput()
        self._held: dict[tuple[str, str], tuple[float, Endpoint]] = {}
        self._sessions: list[aiohttp.ClientSession] = []
        self._langchain: LangChainChatModel | None = None
        self._models: dict[ProviderKind, ChatModel] = {ProviderKind.SCRIPTED: ScriptedChatModel()}

    async def start(self) -> None:
        """Open the HTTP session that all calls share, and one for the model on this machine, which is always open."""
        providers = open_session(private_networks=self._settings.model_private_networks)
        own = open_session(private_networks=True)
        self._sessions = [providers, own]
        self._models[ProviderKind.LOCAL] = ProviderChatModel(own, self._endpoint)
        client = ProviderChatModel(providers, self._endpoint)
        kinds = [ProviderKind.ANTHROPIC, ProviderKind.GOOGLE, ProviderKind.OLLAMA]
        if self._settings.model_openai_client == "lean":
            kinds += [ProviderKind.OPENAI, ProviderKind.OPENAI_COMPATIBLE]
        self._models |= dict.fromkeys(kinds, client)

    async def stop(self) -> None:
        """Close the sessions and stop the local model."""
        while self._sessions:
            await self._sessions.pop().close()
        await self._local.stop()

    async def complete(self, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        """Hand the call to the client of its kind."""
        kind, began, outcome = ProviderKind(request.model.kind), time.perf_counter(), BROKEN
        try:
            response = await self._complete(kind, request, on_delta)
            outcome = OK
        except Error as error:
            outcome = error.code
            raise
        except asyncio.CancelledError:
            outcome = CANCELLED
            raise
        finally:
            self._instruments.count(kind, outcome, time.perf_counter() - began)
        if response.first_token_ms is not None:
            self._instruments.count_first_token(kind, response.first_token_ms)
        return response

    async def _complete(self, kind: ProviderKind, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        model = self._models.get(kind) or await self._other(kind)
        if kind is ProviderKind.LOCAL:
            await self._local.ensure_running(lambda sentence: on_delta(NOTICE, sentence))
            model = LocalChatModel(model)
        return await self._structured.complete(model, request, on_delta)

    async def _other(self, kind: ProviderKind) -> ChatModel:
        if self._langchain is None:
            # Seconds of work for the interpreter: in a thread, so that the runs of other agents go on in the meantime.
            adapter = await asyncio.to_thread(importlib.import_module, "retinue.llm.langchain_adapter")
            if self._langchain is None:
                self._langchain = cast("type[LangChainChatModel]", adapter.LangChainChatModel)(
                    self._sessions[0], self._endpoint
                )
        self._models[kind] = self._langchain
        return self._langchain

    async def _endpoint(self, request: ModelRequest) -> Endpoint:
        if request.model.kind == ProviderKind.LOCAL:
            return Endpoint(*await self._local.ensure_running())
        key = (request.organization_id, request.model.provider_id)
        held = self._held.get(key)
        if held is not None and held[0] > time.monotonic():
            return held[1]
        organization_id, provider_id = OrganizationId(UUID(request.organization_id)), UUID(request.model.provider_id)
        endpoint = await self._database.read(organization_id, lambda ctx: service.open_endpoint(ctx, provider_id))
        self._held = {each: value for each, value in self._held.items() if value[0] > time.monotonic()}
        self._held[key] = (time.monotonic() + HELD_SECONDS, endpoint)
        return endpoint

"""The worker's models: one ``ChatModel`` that hands each call to the client of its provider's kind.

Keys are looked up when a call is made, under the tenant of the call, and held opened for a few seconds at most so that a
run of several calls does not ask the database each time.
"""

import time
from typing import TYPE_CHECKING
from uuid import UUID

import aiohttp

from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.engine.ports import ChatModel, DeltaSink, ModelRequest, ModelResponse
from retinue.llm import service
from retinue.llm.local_chat import fit_local
from retinue.llm.local_server import LocalModelServer
from retinue.llm.openai_client import OpenAIChatModel
from retinue.llm.scripted import ScriptedChatModel
from retinue.llm.types import Endpoint, ProviderKind

if TYPE_CHECKING:
    from retinue.llm.langchain_adapter import LangChainChatModel

_HELD_SECONDS = 5.0


class ChatModels:
    """``ChatModel`` over every kind. Opened with the worker, closed with it."""

    def __init__(self, database: Database) -> None:
        """Take the database that holds the providers."""
        self._database = database
        self._local = LocalModelServer(database.resources.core.data_dir)
        self._held: dict[tuple[str, str], tuple[float, Endpoint]] = {}
        self._session: aiohttp.ClientSession | None = None
        self._langchain: LangChainChatModel | None = None
        self._models: dict[str, ChatModel] = {ProviderKind.SCRIPTED: ScriptedChatModel()}

    async def start(self) -> None:
        """Open the HTTP session that all calls share."""
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=60, ttl_dns_cache=60)
        self._session = aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar())
        client = OpenAIChatModel(self._session, self._endpoint)
        for kind in (ProviderKind.OPENAI, ProviderKind.OPENAI_COMPATIBLE, ProviderKind.LOCAL):
            self._models[kind] = client

    async def stop(self) -> None:
        """Close the session, and let the local model go."""
        if self._session is not None:
            await self._session.close()
        if self._langchain is not None:
            await self._langchain.stop()
        await self._local.stop()

    async def complete(self, request: ModelRequest, on_delta: DeltaSink) -> ModelResponse:
        """Hand the call to the client of its kind."""
        kind = ProviderKind(request.model.kind)
        if kind is ProviderKind.LOCAL:
            return await fit_local(self._models[kind], request, on_delta)
        return await self._of(kind).complete(request, on_delta)

    def _of(self, kind: ProviderKind) -> ChatModel:
        known = self._models.get(kind)
        if known is None:
            # LangChain's clients are heavy; a worker pays for them when an agent first uses one.
            from retinue.llm.langchain_adapter import LangChainChatModel  # noqa: PLC0415

            if self._langchain is None:
                self._langchain = LangChainChatModel(self._endpoint)
            known = self._models[kind] = self._langchain
        return known

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
        self._held[key] = (time.monotonic() + _HELD_SECONDS, endpoint)
        return endpoint

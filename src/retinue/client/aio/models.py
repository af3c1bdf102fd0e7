"""Operations of models, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Unpack

from retinue.client.resource import AsyncResource, path
from retinue.client.types.models import (
    CreateModelProvider,
    ModelList,
    ModelProvider,
    ModelProviderList,
    ModelProviderTest,
    OllamaSearch,
    TestModelProvider,
    UpdateModelProvider,
)


class AsyncModelsApi(AsyncResource):
    """Operations of models."""

    async def list_providers(self) -> ModelProviderList:
        """List the organization's model providers."""
        return await self._connection.json("GET", "/model-providers")

    async def create_provider(self, **body: Unpack[CreateModelProvider]) -> ModelProvider:
        """Test a model provider and add it; the first becomes the default of every agent that names none."""
        return await self._connection.json("POST", "/model-providers", body=body)

    async def find_ollama(self) -> OllamaSearch:
        """Look for an Ollama on the machine of this API, and list its models. Nothing is saved."""
        return await self._connection.json("POST", "/model-providers/find-ollama")

    async def test_provider_values(self, **body: Unpack[TestModelProvider]) -> ModelProviderTest:
        """Test a provider's URL and key without saving them, and list its models."""
        return await self._connection.json("POST", "/model-providers/test", body=body)

    async def update_provider(self, provider_id: str, /, **body: Unpack[UpdateModelProvider]) -> ModelProvider:
        """Update a model provider."""
        return await self._connection.json("PATCH", path("model-providers", provider_id), body=body)

    async def delete_provider(self, provider_id: str, /) -> None:
        """Delete a model provider and its key."""
        await self._connection.nothing("DELETE", path("model-providers", provider_id))

    async def test_provider(self, provider_id: str, /) -> ModelProviderTest:
        """Test the provider's URL and key by listing its models, and store the result."""
        return await self._connection.json("POST", path("model-providers", provider_id, "test"))

    async def list(self) -> ModelList:
        """List every model that agents may use, the default first, with prices where they are known."""
        return await self._connection.json("GET", "/models")

"""Operations of models. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Unpack

from retinue.client.resource import Resource, path
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


class ModelsApi(Resource):
    """Operations of models."""

    def list_providers(self) -> ModelProviderList:
        """List the organization's model providers."""
        return self._connection.json("GET", "/model-providers")

    def create_provider(self, **body: Unpack[CreateModelProvider]) -> ModelProvider:
        """Test a model provider and add it; the first becomes the default of every agent that names none."""
        return self._connection.json("POST", "/model-providers", body=body)

    def find_ollama(self) -> OllamaSearch:
        """Look for an Ollama on the machine of this API, and list its models. Nothing is saved."""
        return self._connection.json("POST", "/model-providers/find-ollama")

    def test_provider_values(self, **body: Unpack[TestModelProvider]) -> ModelProviderTest:
        """Test a provider's URL and key without saving them, and list its models."""
        return self._connection.json("POST", "/model-providers/test", body=body)

    def update_provider(self, provider_id: str, /, **body: Unpack[UpdateModelProvider]) -> ModelProvider:
        """Update a model provider."""
        return self._connection.json("PATCH", path("model-providers", provider_id), body=body)

    def delete_provider(self, provider_id: str, /) -> None:
        """Delete a model provider and its key."""
        self._connection.nothing("DELETE", path("model-providers", provider_id))

    def test_provider(self, provider_id: str, /) -> ModelProviderTest:
        """Test the provider's URL and key by listing its models, and store the result."""
        return self._connection.json("POST", path("model-providers", provider_id, "test"))

    def list(self) -> ModelList:
        """List every model that agents may use, the default first, with prices where they are known."""
        return self._connection.json("GET", "/models")

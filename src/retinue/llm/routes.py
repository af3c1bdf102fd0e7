"""Model providers and models over HTTP."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request

from retinue.core.http.context import actor_of, database_of, open_context
from retinue.engine.ports import ModelOverride
from retinue.llm import service
from retinue.llm.schemas import CreateProvider, TestProvider, UpdateProvider
from retinue.llm.types import ModelList, OllamaSearch, Provider, TestResult

router = APIRouter(tags=["models"])


@dataclass(frozen=True, slots=True)
class ProviderList:
    """The organization's providers, the default first."""

    items: list[Provider]
    next_cursor: str | None


def _values(body: CreateProvider | UpdateProvider | TestProvider) -> dict[str, Any]:
    values = body.model_dump(exclude_unset=isinstance(body, UpdateProvider))
    if values.get("api_key") is not None:
        values["api_key"] = values["api_key"].get_secret_value()
    if values.get("base_url") is not None:
        values["base_url"] = str(values["base_url"]).rstrip("/")
    if values.get("model_overrides") is not None:
        given = {name: ModelOverride.of(each) for name, each in values["model_overrides"].items()}
        values["model_overrides"] = {name: each for name, each in given.items() if each != ModelOverride()}
    return values


@router.get("/model-providers")
async def list_providers(request: Request) -> ProviderList:
    """List the organization's model providers."""
    async with open_context(request) as ctx:
        items = await service.list_providers(ctx)
    return ProviderList(items, None)


@router.post("/model-providers", status_code=201)
async def create_provider(request: Request, body: CreateProvider) -> Provider:
    """Test a model provider and add it; the first becomes the default of every agent that names none.

    A provider whose test fails is refused with `provider_test_failed`, unless `save_untested` is true.
    """
    return await service.create_provider(database_of(request), await actor_of(request), _values(body))


@router.post("/model-providers/test")
async def test_provider_values(request: Request, body: TestProvider) -> TestResult:
    """Test a provider's URL and key without saving them, and list its models."""
    return await service.test_values(database_of(request), await actor_of(request), _values(body))


@router.post("/model-providers/find-ollama")
async def find_ollama(request: Request) -> OllamaSearch:
    """Look for an Ollama on the machine of this API, and list its models. Nothing is saved."""
    return await service.find_ollama(database_of(request), await actor_of(request))


@router.patch("/model-providers/{provider_id}")
async def update_provider(request: Request, provider_id: UUID, body: UpdateProvider) -> Provider:
    """Update a model provider. Omitted fields are not changed. A changed URL or key is tested before it is saved."""
    return await service.update_provider(database_of(request), await actor_of(request), provider_id, _values(body))


@router.delete("/model-providers/{provider_id}", status_code=204)
async def delete_provider(request: Request, provider_id: UUID) -> None:
    """Delete a model provider and its key."""
    async with open_context(request) as ctx:
        await service.delete_provider(ctx, provider_id)


@router.post("/model-providers/{provider_id}/test")
async def test_provider(request: Request, provider_id: UUID) -> TestResult:
    """Test the provider's URL and key by listing its models, and store the result."""
    return await service.test_provider(database_of(request), await actor_of(request), provider_id)


@router.get("/models")
async def list_models(request: Request) -> ModelList:
    """List every model that agents may use, the default first, with prices where they are known."""
    async with open_context(request) as ctx:
        return await service.list_models(ctx)

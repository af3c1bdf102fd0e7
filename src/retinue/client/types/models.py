"""Documents of models. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias, TypedDict

__all__ = [
    "CreateModelProvider",
    "Model",
    "ModelGrade",
    "ModelList",
    "ModelOverride",
    "ModelOverrideInput",
    "ModelProvider",
    "ModelProviderKind",
    "ModelProviderList",
    "ModelProviderTest",
    "OllamaSearch",
    "TestModelProvider",
    "UpdateModelProvider",
]


class ModelOverrideInput(TypedDict):
    """What replaces a model's values in the price list: US dollars per million tokens, and the context length …"""

    cached_input_usd_per_mtok: NotRequired[float | None]
    context_window: NotRequired[int | None]
    input_usd_per_mtok: NotRequired[float | None]
    output_usd_per_mtok: NotRequired[float | None]


class CreateModelProvider(TypedDict):
    """A new provider."""

    api_key: NotRequired[str | None]
    base_url: NotRequired[str | None]
    default_model: NotRequired[str | None]
    is_default: NotRequired[bool]
    kind: Literal["openai", "openai_compatible", "anthropic", "google", "ollama"]
    model_overrides: NotRequired[dict[str, ModelOverrideInput]]
    models: NotRequired[list[str]]
    name: str
    save_untested: NotRequired[bool]


ModelGrade: TypeAlias = Literal["production", "demonstration", "test"]


ModelProviderKind: TypeAlias = Literal["openai", "openai_compatible", "anthropic", "google", "ollama", "local", "scripted"]


class Model(TypedDict):
    """A model that agents of the organization may use."""

    cached_input_usd_per_mtok: float | None
    context_window: int | None
    grade: ModelGrade
    input_usd_per_mtok: float | None
    is_default: bool
    is_installed: bool
    is_overridden: bool
    kind: ModelProviderKind
    name: str
    output_usd_per_mtok: float | None
    provider_id: str
    provider_name: str


class ModelList(TypedDict):
    """Every model that agents may use, the default first."""

    items: list[Model]


class ModelOverride(TypedDict):
    """Prices in US dollars per million tokens and the context length in tokens that an organization sets for …"""

    cached_input_usd_per_mtok: NotRequired[float | None]
    context_window: NotRequired[int | None]
    input_usd_per_mtok: NotRequired[float | None]
    output_usd_per_mtok: NotRequired[float | None]


class ModelProvider(TypedDict):
    """A model provider of an organization. The key itself is never a field."""

    base_url: str | None
    created_at: str
    default_model: str | None
    has_api_key: bool
    id: str
    is_default: bool
    kind: ModelProviderKind
    last_test_error: str | None
    last_test_ok: bool | None
    last_tested_at: str | None
    model_overrides: dict[str, ModelOverride]
    models: list[str]
    name: str
    updated_at: str


class ModelProviderList(TypedDict):
    """The organization's providers, the default first."""

    items: list[ModelProvider]
    next_cursor: str | None


class ModelProviderTest(TypedDict):
    """The result of testing a provider: latency, the chat models it lists and the suggested default, or the …"""

    default_model: str | None
    error: str | None
    error_field: str | None
    latency_ms: int
    models: list[str]
    ok: bool


class OllamaSearch(TypedDict):
    """Whether an Ollama answers on the machine of this API, with its chat models, and otherwise why not."""

    base_url: str
    error: str | None
    found: bool
    models: list[str]
    suggested: str | None


class TestModelProvider(TypedDict):
    """Values of a provider to test without saving them."""

    api_key: NotRequired[str | None]
    base_url: NotRequired[str | None]
    kind: Literal["openai", "openai_compatible", "anthropic", "google", "ollama"]
    model: NotRequired[str | None]


class UpdateModelProvider(TypedDict):
    """Fields to change. Omitted fields are not changed."""

    api_key: NotRequired[str | None]
    base_url: NotRequired[str | None]
    default_model: NotRequired[str | None]
    is_default: NotRequired[bool]
    model_overrides: NotRequired[dict[str, ModelOverrideInput]]
    models: NotRequired[list[str]]
    name: NotRequired[str]
    save_untested: NotRequired[bool]

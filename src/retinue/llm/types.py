"""The package's values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from retinue.engine.ports import ModelOverride


class ProviderKind(StrEnum):
    """What a provider speaks. ``local`` and ``scripted`` are always there and are no rows."""

    OPENAI = "openai"
    OPENAI_COMPATIBLE = "openai_compatible"
    ANTHROPIC = "anthropic"
    GOOGLE = "google"
    OLLAMA = "ollama"
    LOCAL = "local"
    SCRIPTED = "scripted"


class Grade(StrEnum):
    """Quality grade of a model."""

    PRODUCTION = "production"
    DEMONSTRATION = "demonstration"
    TEST = "test"


LOCAL_ID = UUID("00000000-0000-7000-8000-000000000001")
"""The provider that is this machine's own small model."""
SCRIPTED_ID = UUID("00000000-0000-7000-8000-000000000002")
"""The provider that follows scripts."""
LOCAL_MODEL = "smollm2-135m"
"""The local model that is offered before any is installed; a name of ``llm.local.catalogue``."""
SCRIPTED_MODEL = "demo"
"""Uses whichever of the agent's tools fits the prompt."""
ECHO_MODEL = "echo"
"""Says the prompt again."""
SCRIPTED_MODELS = (SCRIPTED_MODEL, ECHO_MODEL)


NO_COUNT = "The provider reported no token counts; usage and cost are estimated."
"""The log line of a call whose usage was estimated."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a call goes, and with which key. Lives only as long as the call; never stored, shown or logged."""

    base_url: str
    api_key: str | None

    def __repr__(self) -> str:
        """Say the address and hide the key."""
        return f"Endpoint({self.base_url!r})"


@dataclass(frozen=True, slots=True)
class Provider:
    """A model provider of an organization. The key itself is never a field.

    ``last_tested_at`` and ``last_test_ok`` are null for a provider that was not tested since its URL or key changed.
    """

    id: UUID
    name: str
    kind: ProviderKind
    base_url: str | None
    has_api_key: bool
    models: list[str]
    default_model: str | None
    is_default: bool
    model_overrides: dict[str, ModelOverride]
    last_tested_at: datetime | None
    last_test_ok: bool | None
    last_test_error: str | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Model:
    """A model that agents of the organization may use. Prices are US dollars per million tokens; null is unknown.

    ``is_overridden`` is true when the organization sets a price or the context length itself.
    """

    provider_id: UUID
    provider_name: str
    kind: ProviderKind
    name: str
    is_default: bool
    grade: Grade
    is_installed: bool
    context_window: int | None
    input_usd_per_mtok: float | None
    cached_input_usd_per_mtok: float | None
    output_usd_per_mtok: float | None
    is_overridden: bool


@dataclass(frozen=True, slots=True)
class ModelList:
    """Every model that agents may use, the default first."""

    items: list[Model]


@dataclass(frozen=True, slots=True)
class OllamaSearch:
    """Whether an Ollama answers on the machine of this API, with its chat models, and otherwise why not.

    ``suggested``: the model that was changed last.
    """

    found: bool
    base_url: str
    models: list[str]
    suggested: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class TestResult:
    """The result of testing a provider: latency, the chat models it lists and the suggested default, or the error.

    ``error`` is a sentence with its remedy, ``error_field`` the field to correct.
    """

    __test__ = False

    ok: bool
    latency_ms: int
    models: list[str]
    default_model: str | None
    error: str | None
    error_field: str | None

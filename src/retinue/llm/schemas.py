"""What comes in over the wire."""

from typing import Annotated, Literal

from pydantic import AnyHttpUrl, Field, SecretStr, StringConstraints

from retinue.core.http.context import Body

Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
ModelName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Kind = Literal["openai", "openai_compatible", "anthropic", "google", "ollama"]


class CreateProvider(Body):
    """A new provider. The first one becomes the organization's default."""

    name: Name
    kind: Kind
    base_url: AnyHttpUrl | None = Field(default=None, description="Needed for openai_compatible; else the kind's own.")
    api_key: SecretStr | None = Field(default=None, description="Stored encrypted; never returned.")
    models: list[ModelName] = Field(default_factory=list[ModelName], max_length=200)
    default_model: ModelName | None = None
    is_default: bool = False


class UpdateProvider(Body):
    """What to change; a field that is left out stays as it is. ``api_key: null`` takes the key away."""

    name: Name | None = None
    base_url: AnyHttpUrl | None = None
    api_key: SecretStr | None = None
    models: Annotated[list[ModelName], Field(max_length=200)] | None = None
    default_model: ModelName | None = None
    is_default: bool | None = None

"""What comes in over the wire."""

from typing import Annotated, Literal

from pydantic import AfterValidator, AnyHttpUrl, Field, SecretStr, StringConstraints

from retinue.core.http.context import Body, Change


def _readable(key: SecretStr) -> SecretStr:
    """Refuse what cannot stand in an HTTP header; blanks around it are most often pasted along."""
    text = key.get_secret_value().strip()
    if not text or not text.isascii() or not text.isprintable():
        raise ValueError("must be printable ASCII characters on one line")
    return SecretStr(text)


def _once(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
ModelName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Models = Annotated[list[ModelName], Field(max_length=200), AfterValidator(_once)]
Key = Annotated[SecretStr, Field(max_length=4000), AfterValidator(_readable)]
Kind = Literal["openai", "openai_compatible", "anthropic", "google", "ollama"]


class CreateProvider(Body):
    """A new provider. The first one becomes the organization's default."""

    name: Name
    kind: Kind
    base_url: AnyHttpUrl | None = Field(default=None, description="Needed for openai_compatible; else the kind's own.")
    api_key: Key | None = Field(default=None, description="Stored encrypted; never returned.")
    models: Models = Field(default_factory=list[ModelName], description="Names that agents may choose.")
    default_model: ModelName | None = None
    is_default: bool = False


class UpdateProvider(Change):
    """What to change; a field that is left out stays as it is.

    ``base_url: null`` turns back to the kind's own address, ``api_key: null`` takes the key away, ``default_model: null``
    leaves the choice to the list. A new address on another server needs the key again.
    """

    clearable = frozenset({"base_url", "api_key", "default_model"})

    name: Name | None = None
    base_url: AnyHttpUrl | None = None
    api_key: Key | None = None
    models: Models | None = None
    default_model: ModelName | None = None
    is_default: bool | None = None

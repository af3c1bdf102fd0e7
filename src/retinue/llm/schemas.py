"""What comes in over the wire."""

from typing import Annotated, Literal

from pydantic import AfterValidator, AnyHttpUrl, Field, SecretStr, StringConstraints

from retinue.core.http.request_models import Body, Change


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


Price = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class Override(Body):
    """What replaces a model's values in the price list: US dollars per million tokens, and the context length in tokens."""

    input_usd_per_mtok: Price | None = None
    cached_input_usd_per_mtok: Price | None = Field(default=None, description="When left out, cached input costs as input.")
    output_usd_per_mtok: Price | None = None
    context_window: int | None = Field(default=None, ge=1, le=2_000_000_000)


ModelOverrides = Annotated[dict[ModelName, Override], Field(max_length=200)]
_OVERRIDES = "Prices and context lengths by model name, in place of those of the price list. Replaces the whole mapping."
_SAVE_UNTESTED = "Save without testing the URL and the key. An untested provider is never the default."


class CreateProvider(Body):
    """A new provider. It is tested and saved only when the test succeeds; the first becomes the organization's default."""

    name: Name
    kind: Kind
    base_url: AnyHttpUrl | None = Field(
        default=None, description="Required for openai_compatible. The default depends on the kind."
    )
    api_key: Key | None = Field(default=None, description="Stored encrypted; never returned.")
    models: Models = Field(
        default_factory=list[ModelName],
        description="Names that agents may choose. When left out, the models that the provider lists are stored.",
    )
    default_model: ModelName | None = None
    is_default: bool = False
    model_overrides: ModelOverrides = Field(default_factory=dict[ModelName, Override], description=_OVERRIDES)
    save_untested: bool = Field(default=False, description=_SAVE_UNTESTED)


class UpdateProvider(Change):
    """Fields to change. Omitted fields are not changed.

    ``base_url: null`` restores the kind's own URL, ``api_key: null`` removes the key, ``default_model: null`` uses the first
    of the list. A URL on another server needs the key again. A changed URL or key is tested before it is saved.
    """

    clearable = frozenset({"base_url", "api_key", "default_model"})

    name: Name | None = None
    base_url: AnyHttpUrl | None = None
    api_key: Key | None = None
    models: Models | None = None
    default_model: ModelName | None = None
    is_default: bool | None = None
    model_overrides: ModelOverrides | None = Field(default=None, description=_OVERRIDES)
    save_untested: bool | None = Field(default=None, description=_SAVE_UNTESTED)


class TestProvider(Body):
    """Values of a provider to test without saving them."""

    __test__ = False

    kind: Kind
    base_url: AnyHttpUrl | None = Field(
        default=None, description="Required for openai_compatible. The default depends on the kind."
    )
    api_key: Key | None = Field(default=None, description="Used for this test and not stored.")
    model: ModelName | None = Field(default=None, description="A model to call where the server lists none.")

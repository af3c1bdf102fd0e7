"""The search provider of the installation, for organizations without one."""

from typing import Literal, TypeVar

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from retinue.core.settings import Settings
from retinue.tools.web_search import rules
from retinue.tools.web_search.types import SearchProvider

ValueT = TypeVar("ValueT")


class WebSearchDefaults(Settings):
    """The search provider of organizations that have not chosen one."""

    web_search_provider: Literal["", "searxng", "brave", "tavily"] = Field(
        default="", description="Provider of the tool web_search: searxng, brave or tavily. An organization may set its own."
    )
    web_search_url: str = Field(
        default="",
        validate_default=True,
        description="URL of a SearXNG server, or of a server that takes the place of Brave's or Tavily's.",
    )
    web_search_api_key: SecretStr = Field(
        default=SecretStr(""),
        validate_default=True,
        description="API key of Brave or Tavily; for SearXNG a bearer token, if it asks for one.",
    )

    @field_validator("web_search_url")
    @classmethod
    def _check_url(cls, url: str, info: ValidationInfo) -> str:
        return _checked(url, info, "url", url, has_key=True)

    @field_validator("web_search_api_key")
    @classmethod
    def _check_key(cls, key: SecretStr, info: ValidationInfo) -> SecretStr:
        return _checked(key, info, "api_key", info.data.get("web_search_url", ""), has_key=bool(key.get_secret_value()))


def _checked(value: ValueT, info: ValidationInfo, field: str, url: str, *, has_key: bool) -> ValueT:
    """Return a value that the provider can do with. Raises ``ValueError``."""
    provider = info.data.get("web_search_provider")
    if provider:
        for each in rules.problems_of(SearchProvider(provider), url, has_key=has_key):
            if each.field == field:
                raise ValueError(each.message)
    return value

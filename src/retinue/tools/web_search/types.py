"""Values of the web search settings as they leave this module. The API key is never among them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from retinue.core.json import JsonObject


class SearchProvider(StrEnum):
    """Whom ``web_search`` asks."""

    SEARXNG = "searxng"
    BRAVE = "brave"
    TAVILY = "tavily"


class SettingsSource(StrEnum):
    """Where the settings come from."""

    ORGANIZATION = "organization"
    INSTALLATION = "installation"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class WebSearchSettings:
    """The search provider of an organization: its own, else that of the installation, else none.

    The URL of a provider that the installation sets is not shown.
    """

    source: SettingsSource
    provider: SearchProvider | None
    url: str | None
    has_api_key: bool
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class WebSearchTest:
    """The result of a trial search: how many results came, or the error with its remedy."""

    ok: bool
    result_count: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Access:
    """How the provider is reached. Lives as long as a call."""

    provider: SearchProvider
    url: str
    api_key: str | None

    def __repr__(self) -> str:
        """Hide the key."""
        return f"Access({self.provider!s}, {self.url!r})"

    def to_credentials(self) -> JsonObject:
        """Return the access as credentials of a call, in which the key alone is secret."""
        return {"type": self.provider, "name": self.url, "value": self.api_key}

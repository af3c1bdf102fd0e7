"""Operations of api keys. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Unpack

from retinue.client.resource import Resource, path
from retinue.client.types.api_keys import ApiKey, ApiKeyPage, CreateApiKey, CurrentKey, IssuedApiKey


class ApiKeysApi(Resource):
    """Operations of api keys."""

    def list(self, *, limit: int | None = None, cursor: str | None = None) -> ApiKeyPage:
        """List the organization's API keys, including revoked keys, newest first."""
        return self._connection.json("GET", "/api-keys", query={"limit": limit, "cursor": cursor})

    def iterate(self, *, limit: int | None = None) -> Iterator[ApiKey]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items("/api-keys", query={"limit": limit})

    def create(self, **body: Unpack[CreateApiKey]) -> IssuedApiKey:
        """Create an API key that acts for you. The key is returned only in this response."""
        return self._connection.json("POST", "/api-keys", body=body)

    def revoke(self, key_id: str, /) -> None:
        """Revoke an API key permanently."""
        self._connection.nothing("DELETE", path("api-keys", key_id))

    def get_current(self) -> CurrentKey:
        """Return the API key of this request: its name, its organization and its effective scopes."""
        return self._connection.json("GET", "/auth/key")

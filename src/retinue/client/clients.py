"""An installation of Retinue, for programs with and without an event loop."""

from types import TracebackType
from typing import Self

import httpx

from retinue.client.aio.everything import AsyncEverything
from retinue.client.api.everything import Everything
from retinue.client.async_connection import AsyncConnection
from retinue.client.calls import Retry
from retinue.client.connection import Connection
from retinue.client.sending import USUAL


class Retinue(Everything):
    """An installation of Retinue, as an API key of an organization may use it, or a person who signs in."""

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        organization_id: str | None = None,
        retry: Retry = USUAL,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Take the installation's URL, such as https://retinue.example.com, and the key.

        Without a key, ``auth.sign_in`` begins a session; ``organization_id`` is that of its requests, where the person has
        several.
        """
        self._connection = Connection(url, api_key, organization_id=organization_id, retry=retry, transport=transport)
        super().__init__(self._connection)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the connection."""
        self.close()


class AsyncRetinue(AsyncEverything):
    """The same for an event loop."""

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        *,
        organization_id: str | None = None,
        retry: Retry = USUAL,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Take the installation's URL and the key, or sign in: see ``Retinue``."""
        self._connection = AsyncConnection(url, api_key, organization_id=organization_id, retry=retry, transport=transport)
        super().__init__(self._connection)

    async def close(self) -> None:
        """Close the connection."""
        await self._connection.close()

    async def __aenter__(self) -> Self:
        """Return itself."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        await self.close()

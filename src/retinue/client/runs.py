"""Starting runs, waiting for them and following them."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx

from retinue.client import calls
from retinue.client.calls import Retry
from retinue.client.connection import AsyncConnection, Connection
from retinue.client.models import Run, RunEvent

_USUAL = Retry()


class Runs:
    """Runs of the organization of the key."""

    def __init__(self, connection: Connection) -> None:
        """Take the connection."""
        self._connection = connection

    def start(
        self,
        target_id: str,
        run_input: dict[str, Any] | str,
        *,
        target_type: str = "agent",
        idempotency_key: str | None = None,
        limits: dict[str, Any] | None = None,
        tags: Sequence[str] = (),
        metadata: Mapping[str, str] | None = None,
    ) -> Run:
        """Start a run; a text is its prompt. The same idempotency key gives the same run."""
        options: dict[str, Any] = {"idempotency_key": idempotency_key, "limits": limits, "tags": tags}
        options |= {"metadata": metadata or {}, "target_type": target_type}
        return self._connection.send(calls.start_run(target_id, run_input, **options))

    def get(self, run_id: str) -> Run:
        """Read a run."""
        return self._connection.send(calls.get_run(run_id))

    def cancel(self, run_id: str) -> Run:
        """Cancel a run."""
        return self._connection.send(calls.cancel_run(run_id))

    def stream(self, run_id: str) -> Iterator[RunEvent]:
        """Follow a run's events from the first to the end of the run."""
        return self._connection.stream(f"/runs/{run_id}/events")

    def wait(self, run_id: str, *, timeout_seconds: float | None = None) -> Run:
        """Wait until a run is over; return it as it is then, or when the time is up."""
        until = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        pause = 0.1
        while True:
            run = self.get(run_id)
            left = None if until is None else until - time.monotonic()
            if run.is_over or (left is not None and left <= 0):
                return run
            time.sleep(pause if left is None else min(pause, left))
            pause = min(2.0, pause * 1.5)


class AsyncRuns:
    """The same for an event loop."""

    def __init__(self, connection: AsyncConnection) -> None:
        """Take the connection."""
        self._connection = connection

    async def start(
        self,
        target_id: str,
        run_input: dict[str, Any] | str,
        *,
        target_type: str = "agent",
        idempotency_key: str | None = None,
        limits: dict[str, Any] | None = None,
        tags: Sequence[str] = (),
        metadata: Mapping[str, str] | None = None,
    ) -> Run:
        """Start a run; a text is its prompt. The same idempotency key gives the same run."""
        options: dict[str, Any] = {"idempotency_key": idempotency_key, "limits": limits, "tags": tags}
        options |= {"metadata": metadata or {}, "target_type": target_type}
        return await self._connection.send(calls.start_run(target_id, run_input, **options))

    async def get(self, run_id: str) -> Run:
        """Read a run."""
        return await self._connection.send(calls.get_run(run_id))

    async def cancel(self, run_id: str) -> Run:
        """Cancel a run."""
        return await self._connection.send(calls.cancel_run(run_id))

    def stream(self, run_id: str) -> AsyncIterator[RunEvent]:
        """Follow a run's events from the first to the end of the run."""
        return self._connection.stream(f"/runs/{run_id}/events")

    async def wait(self, run_id: str, *, timeout_seconds: float | None = None) -> Run:
        """Wait until a run is over; return it as it is then, or when the time is up."""
        until = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        pause = 0.1
        while True:
            run = await self.get(run_id)
            left = None if until is None else until - time.monotonic()
            if run.is_over or (left is not None and left <= 0):
                return run
            await asyncio.sleep(pause if left is None else min(pause, left))
            pause = min(2.0, pause * 1.5)


class Retinue:
    """An installation of Retinue, as an API key of an organization may use it."""

    def __init__(
        self, url: str, api_key: str, *, retry: Retry = _USUAL, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Take the installation's URL, such as https://retinue.example.com, and the key."""
        self._connection = Connection(url, api_key, retry=retry, transport=transport)
        self.runs = Runs(self._connection)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Close the connection."""
        self.close()


class AsyncRetinue:
    """The same for an event loop."""

    def __init__(
        self, url: str, api_key: str, *, retry: Retry = _USUAL, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Take the installation's URL, such as https://retinue.example.com, and the key."""
        self._connection = AsyncConnection(url, api_key, retry=retry, transport=transport)
        self.runs = AsyncRuns(self._connection)

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

"""The buffer of an API process: requests are noted in memory and written together, so that none of them waits for it.

What is in memory when the process is killed is lost: at most what arrived in ``usage_flush_seconds``. A process that stops
in order writes it first. During an outage of the database requests are held up to a number, then later ones are dropped.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

from prometheus_client import CollectorRegistry, Counter

from retinue.core.context import Actor
from retinue.core.db.database import Database
from retinue.core.db.outages import CONNECTION_ERRORS
from retinue.core.errors import UnavailableError
from retinue.core.logging import get_logger
from retinue.usage import repository
from retinue.usage.settings import UsageSettings
from retinue.usage.types import RequestUse

_log = get_logger(__name__)

_BATCH = 1000
_STOP_SECONDS = 5.0
_AGENTS = ("agent_id", "target_id")
"""Path parameters that may name an agent; what is none is left out by the statement that writes it."""


class UsageInstruments:
    """What the process counts of usage."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Make the instruments."""
        text = "Requests that were not written to api_usage: the buffer was full, or the database refused them."
        self.dropped = Counter("retinue_usage_requests_dropped", text, registry=registry)


class RequestBuffer:
    """Requests of one process that are not written yet."""

    def __init__(self, database: Database) -> None:
        """Take where to write; ``run`` writes."""
        self._database = database
        self._settings = database.resources.settings_of(UsageSettings)
        self._dropped = database.resources.telemetry.of(UsageInstruments).dropped
        self._requests: list[RequestUse] = []
        self._is_long = asyncio.Event()

    @property
    def is_empty(self) -> bool:
        """Whether all requests are written."""
        return not self._requests

    def note(self, scope: Any, route: str, status: int, seconds: float) -> None:  # noqa: ANN401 - ASGI's scope
        """Note a request whose sender and organization are known."""
        state = scope["state"]
        actor: Actor | None = state.get("actor")
        if actor is None or actor.organization_id is None:
            return
        if len(self._requests) >= self._settings.usage_buffer_requests:
            self._dropped.inc()
            return
        self._requests.append(
            RequestUse(
                id=state["request_id"],
                organization_id=actor.organization_id,
                user_id=actor.user_id,
                api_key_id=actor.api_key_id,
                agent_id=_agent_of(scope.get("path_params")),
                endpoint=route,
                method=str(scope["method"]),
                status_code=status,
                response_time_ms=round(seconds * 1000),
                created_at=self._database.clock.now(),
            )
        )
        if len(self._requests) >= _BATCH:
            self._is_long.set()

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Write in the background, and what is left at the end."""
        task = asyncio.create_task(self._run(), name="usage")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
            with suppress(TimeoutError):
                async with asyncio.timeout(_STOP_SECONDS):
                    await self.flush()

    async def flush(self) -> None:
        """Write what was noted so far. What an outage kept from being written stays."""
        while self._requests:
            batch = self._requests[:_BATCH]
            try:
                await repository.record_requests(self._database, batch)
            except (*CONNECTION_ERRORS, UnavailableError) as error:
                _log.warning("usage.not_written", requests=len(self._requests), error=str(error).strip())
                return
            except Exception as error:  # noqa: BLE001 - the border of the buffer: a batch that is refused keeps no other back
                self._dropped.inc(len(batch))
                _log.error("usage.refused", requests=len(batch), exc_info=error)
            del self._requests[: len(batch)]

    async def _run(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._settings.usage_flush_seconds):
                    await self._is_long.wait()
            self._is_long.clear()
            await self.flush()


def _agent_of(parameters: dict[str, Any] | None) -> str | None:
    """Return the id of the agent that a path names, if it is one."""
    for name in _AGENTS:
        given = (parameters or {}).get(name)
        with suppress(ValueError):
            if given is not None:
                return str(UUID(str(given)))
    return None

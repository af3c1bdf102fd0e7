"""A call of a model as a number of attempts: what may be made again, when, and how long each waits for what.

Both kinds of clients make their calls through ``attempted``, so they retry, wait and give up alike.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from retinue.core.errors import Error
from retinue.engine.ports import DeltaSink, ModelRequest, ModelResponse
from retinue.llm.errors import ModelLimitedError, ModelQuotaError, ModelTimeoutError, ModelUnavailableError
from retinue.llm.types import Endpoint

EndpointOf = Callable[[ModelRequest], Awaitable[Endpoint]]
"""Finds where a call goes and with which key, at the moment of the call."""

_LONGEST_DELAY_SECONDS = 60.0
_LONGEST_BACK_OFF_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long a call waits for what, in seconds, and how often it is made. The run's own limit stands above all of them."""

    connect_seconds: float = 15.0
    first_byte_seconds: float = 300.0
    idle_seconds: float = 120.0
    attempts: int = 4
    first_delay_seconds: float = 0.5


class Attempt:
    """One attempt of a call, and its result so far."""

    def __init__(self, request: ModelRequest, on_delta: DeltaSink, patience: RetryPolicy, number: int) -> None:
        """Begin to count; ``number`` is 1 for the first."""
        self.request = request
        self.number = number
        self.first_token_ms: int | None = None
        self._on_delta = on_delta
        self._patience = patience
        self._began = time.perf_counter()
        self._has_begun = False
        self._waiting: asyncio.Timeout | None = None

    def pass_on(self, text: str, reasoning: str) -> None:
        """Hand on what arrived, which may be nothing."""
        if not text and not reasoning:
            return
        if self.first_token_ms is None:
            self.first_token_ms = round((time.perf_counter() - self._began) * 1000)
        if reasoning:
            self._on_delta("reasoning", reasoning)
        if text:
            self._on_delta("text", text)

    @asynccontextmanager
    async def watched(self) -> AsyncGenerator[None]:
        """Give up when nothing arrives in time. Raises ``ModelTimeoutError``."""
        waiting = asyncio.timeout(self._patience.first_byte_seconds)
        try:
            async with waiting:
                self._waiting = waiting
                yield
        except TimeoutError:
            if not waiting.expired():
                raise
            raise self._silence() from None

    def has_read(self) -> None:
        """Note that something arrived, so that the waiting starts again."""
        self._has_begun = True
        if self._waiting is not None:
            self._waiting.reschedule(asyncio.get_running_loop().time() + self._patience.idle_seconds)

    def _silence(self) -> ModelTimeoutError:
        if self._has_begun:
            seconds = self._patience.idle_seconds
            return ModelTimeoutError(f"The model fell silent for {seconds:g} s in the middle of its answer.")
        return ModelTimeoutError(f"The model did not begin to answer within {self._patience.first_byte_seconds:g} s.")


async def attempted(
    request: ModelRequest, on_delta: DeltaSink, patience: RetryPolicy, make: Callable[[Attempt], Awaitable[ModelResponse]]
) -> ModelResponse:
    """Make a call until it succeeds, with growing, jittered delays between the attempts.

    Made again only after what ``unavailable`` and ``limited`` mean, only while nothing has been passed on, and only when
    the delay ends before the run's limit. Raises the last attempt's error, and ``ModelTimeoutError`` at that limit.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + request.timeout_seconds
    limit = asyncio.timeout_at(end)
    number = 0
    try:
        async with limit:
            while True:
                number += 1
                attempt = Attempt(request, on_delta, patience, number)
                try:
                    return await make(attempt)
                except (ModelUnavailableError, ModelLimitedError) as error:
                    delay = _delay(number, error, patience.first_delay_seconds)
                    is_pointless = isinstance(error, ModelQuotaError) or attempt.first_token_ms is not None
                    if number >= patience.attempts or is_pointless or loop.time() + delay >= end:
                        raise
                await asyncio.sleep(delay)
    except TimeoutError:
        if not limit.expired():
            raise
        raise ModelTimeoutError(f"The model did not finish within {request.timeout_seconds:g} s.") from None


def _delay(attempt: int, error: Error, first_seconds: float) -> float:
    if error.retry_after_seconds is not None:
        return min(error.retry_after_seconds, _LONGEST_DELAY_SECONDS)
    growing = min(_LONGEST_BACK_OFF_SECONDS, first_seconds * 2 ** (attempt - 1))
    return growing * random.uniform(0.7, 1.3)  # noqa: S311 - jitter, no secret

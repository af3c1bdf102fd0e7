"""Sending calls, sync and async: with the key, time limits, and repetitions of what failed for a while."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any, TypeVar

import httpx

from retinue.client.calls import Call, Retry, error_of, is_passing
from retinue.client.errors import ConnectionFailedError
from retinue.client.models import RunEvent
from retinue.client.streaming import Reader

T = TypeVar("T")

_SECONDS = 30.0
_ERRORS = 400
_USUAL = Retry()
_USER_AGENT = "retinue-python"


def _options(url: str, key: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {key}", "User-Agent": _USER_AGENT}
    return {"base_url": url.rstrip("/") + "/api/v1", "headers": headers, "timeout": _SECONDS}


def _arguments(call: Call[Any]) -> dict[str, Any]:
    given: dict[str, Any] = {"headers": dict(call.headers), "timeout": _SECONDS + call.seconds}
    return given if call.body is None else {**given, "json": call.body}


def _read(call: Call[T], answer: httpx.Response) -> T:
    document = _document(answer)
    if answer.status_code >= _ERRORS:
        raise error_of(answer.status_code, document)
    return call.read(document)


def _document(answer: httpx.Response) -> Any:  # noqa: ANN401 - JSON
    try:
        return answer.json() if answer.content else None
    except ValueError:
        return None


class Connection:
    """A connection that sends one call after the other; safe to share between threads."""

    def __init__(self, url: str, key: str, *, retry: Retry = _USUAL, transport: httpx.BaseTransport | None = None) -> None:
        """Take the installation's URL and a key of the organization or of an agent."""
        self._client = httpx.Client(transport=transport, **_options(url, key))
        self._retry = retry

    def close(self) -> None:
        """Close it."""
        self._client.close()

    def send(self, call: Call[T]) -> T:
        """Send a call, again when it fails for a while. Raises ``ApiError``, ``ConnectionFailedError``."""
        attempt = 1
        while True:
            try:
                answer = self._client.request(call.method, call.path.removeprefix("/"), **_arguments(call))
            except httpx.TransportError as error:
                pause = self._retry.pause(attempt)
                if pause is None:
                    raise ConnectionFailedError(str(error) or type(error).__name__) from error
            else:
                passing = is_passing(answer.status_code)
                pause = self._retry.pause(attempt, answer.headers.get("retry-after")) if passing else None
                if pause is None:
                    return _read(call, answer)
            time.sleep(pause)
            attempt += 1

    def stream(self, path: str) -> Iterator[RunEvent]:
        """Follow a stream of events to its end; go on after a lost connection from the last event."""
        reader, attempt = Reader(), 1
        while True:
            try:
                with self._client.stream(
                    "GET", path.removeprefix("/"), headers=reader.headers, timeout=httpx.Timeout(_SECONDS, read=60)
                ) as answer:
                    if answer.status_code >= _ERRORS:
                        answer.read()
                        raise error_of(answer.status_code, _document(answer))
                    for line in answer.iter_lines():
                        for event in reader.take(line):
                            attempt = 1
                            yield event
            except httpx.TransportError as error:
                problem: Exception | None = error
            else:
                problem = None
            if reader.is_over:
                return
            pause = self._retry.pause(attempt)
            if pause is None:
                raise ConnectionFailedError(str(problem or "The stream ended too soon.")) from problem
            time.sleep(pause)
            attempt += 1


class AsyncConnection:
    """The same for an event loop."""

    def __init__(
        self, url: str, key: str, *, retry: Retry = _USUAL, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        """Take the installation's URL and a key of the organization or of an agent."""
        self._client = httpx.AsyncClient(transport=transport, **_options(url, key))
        self._retry = retry

    async def close(self) -> None:
        """Close it."""
        await self._client.aclose()

    async def send(self, call: Call[T]) -> T:
        """Send a call, again when it fails for a while. Raises ``ApiError``, ``ConnectionFailedError``."""
        attempt = 1
        while True:
            try:
                answer = await self._client.request(call.method, call.path.removeprefix("/"), **_arguments(call))
            except httpx.TransportError as error:
                pause = self._retry.pause(attempt)
                if pause is None:
                    raise ConnectionFailedError(str(error) or type(error).__name__) from error
            else:
                passing = is_passing(answer.status_code)
                pause = self._retry.pause(attempt, answer.headers.get("retry-after")) if passing else None
                if pause is None:
                    return _read(call, answer)
            await asyncio.sleep(pause)
            attempt += 1

    async def stream(self, path: str) -> AsyncIterator[RunEvent]:
        """Follow a stream of events to its end; go on after a lost connection from the last event."""
        reader, attempt = Reader(), 1
        while True:
            problem: Exception | None = None
            try:
                async with self._client.stream(
                    "GET", path.removeprefix("/"), headers=reader.headers, timeout=httpx.Timeout(_SECONDS, read=60)
                ) as answer:
                    if answer.status_code >= _ERRORS:
                        await answer.aread()
                        raise error_of(answer.status_code, _document(answer))
                    async for line in answer.aiter_lines():
                        for event in reader.take(line):
                            attempt = 1
                            yield event
            except httpx.TransportError as error:
                problem = error
            if reader.is_over:
                return
            pause = self._retry.pause(attempt)
            if pause is None:
                raise ConnectionFailedError(str(problem or "The stream ended too soon.")) from problem
            await asyncio.sleep(pause)
            attempt += 1

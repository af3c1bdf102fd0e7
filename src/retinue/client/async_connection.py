"""Sending calls from an event loop: with the key, time limits, and repetitions of what failed for a while."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, TypeVar, Unpack

import httpx

from retinue.client import sending
from retinue.client.calls import Call, Retry
from retinue.client.errors import ConnectionFailedError, error_of
from retinue.client.models import Download, RunEvent
from retinue.client.sending import Attempts, Following, Query

T = TypeVar("T")


class AsyncConnection:
    """A connection for one event loop; any number of calls may be under way."""

    def __init__(
        self,
        url: str,
        key: str | None = None,
        *,
        organization_id: str | None = None,
        retry: Retry = sending.USUAL,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Take the installation's URL and a key of the organization or of an agent; without one, sign in."""
        self._client = httpx.AsyncClient(transport=transport, **sending.options(url, key, organization_id))
        self._retry = retry

    async def close(self) -> None:
        """Close it."""
        await self._client.aclose()

    async def send(self, call: Call[T]) -> T:
        """Send a call, again when it fails for a while. Raises ``ApiError``, ``ConnectionFailedError``."""
        attempts = Attempts(call, self._retry)
        answer = await self._answer(call, attempts)
        return call.read(None) if attempts.is_done(answer) else sending.read(call, answer)

    async def json(self, method: str, path: str, **given: Unpack[sending.Given]) -> Any:  # noqa: ANN401 - the method has its type
        """Send a call and return the answer's JSON."""
        return await self.send(sending.json_call(method, path, **given))

    async def nothing(self, method: str, path: str, **given: Unpack[sending.Given]) -> None:
        """Send a call whose answer says nothing."""
        await self.send(sending.json_call(method, path, **given))

    async def text(self, method: str, path: str, *, query: Query | None = None) -> str:
        """Send a call and return the answer's text."""
        return (await self._content(method, path, query)).text

    async def download(self, method: str, path: str, *, query: Query | None = None) -> Download:
        """Send a call and return the file of the answer."""
        return sending.download_of(await self._content(method, path, query))

    async def items(self, path: str, *, query: Query | None = None) -> AsyncIterator[Any]:
        """Yield the items of all pages."""
        cursor: str | None = None
        while True:
            page = await self.json("GET", path, query={**(query or {}), "cursor": cursor})
            for item in page["items"]:
                yield item
            cursor = page.get("next_cursor")
            if cursor is None:
                return

    async def events(self, path: str, *, query: Query | None = None) -> AsyncIterator[RunEvent]:
        """Follow a stream of events to its end; go on after a lost connection from the last event."""
        following = Following(path, query, self._retry)
        while True:
            failed: httpx.Response | None = None
            problem: httpx.TransportError | None = None
            try:
                async with self._client.stream(**following.request) as answer:
                    if answer.status_code >= sending.ERRORS:
                        await answer.aread()
                        failed = answer
                    else:
                        async for line in answer.aiter_lines():
                            for event in following.take(line):
                                yield event
            except httpx.TransportError as error:
                problem = error
            if following.reader.is_over:
                return
            pause = following.after(failed)
            if pause is None:
                if failed is not None:
                    raise error_of(failed.status_code, sending.document_of(failed))
                raise ConnectionFailedError(str(problem or "The stream ended too soon.")) from problem
            await asyncio.sleep(pause)

    async def _content(self, method: str, path: str, query: Query | None) -> httpx.Response:
        call = sending.json_call(method, path, query=query)
        answer = await self._answer(call, Attempts(call, self._retry))
        if answer.status_code >= sending.ERRORS:
            raise error_of(answer.status_code, sending.document_of(answer))
        return answer

    async def _answer(self, call: Call[Any], attempts: Attempts) -> httpx.Response:
        while True:
            try:
                answer = await self._client.request(call.method, call.path.removeprefix("/"), **sending.arguments(call))
            except httpx.TransportError as error:
                pause = attempts.after_error(error)
                if pause is None:
                    raise ConnectionFailedError(str(error) or type(error).__name__) from error
            else:
                pause = attempts.after(answer)
                if pause is None:
                    token = sending.token_of(answer)
                    if token is not None:
                        self._client.headers["X-CSRF-Token"] = token
                    return answer
            await asyncio.sleep(pause)

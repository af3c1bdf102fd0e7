"""The streams that are open in a process, each with the permission it needs: they end with the process, or with their grant.

A stream outlives its request's check of the credential. So one statement checks the grants of all open streams every
``CHECK_SECONDS``, and at once when the bus tells that a grant changed; a lost message costs promptness alone. Without open
streams nothing is asked.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Protocol, cast

from fastapi import Request
from prometheus_client import Gauge
from starlette.types import Send

from retinue.core.bus.bus import Bus
from retinue.core.context import Actor
from retinue.core.errors import Error, UnauthenticatedError
from retinue.core.http.context import actor_of
from retinue.core.json import dumps
from retinue.core.logging import get_logger
from retinue.core.permissions import PermissionDeniedError

_log = get_logger(__name__)

CHECK_SECONDS = 10.0
_RETRY_SECONDS = 1.0
_GATHER_SECONDS = 0.2
_LAST_WORDS_SECONDS = 2.0


class CheckGrants(Protocol):
    """Say what several actors may do now. Filled by identity at the entry point."""

    async def __call__(self, actors: Sequence[Actor]) -> list[frozenset[str] | None]:
        """Return the permissions of each actor in its organization; None where the key or the session has ended."""
        ...


@dataclass(slots=True, eq=False)
class _Open:
    """A stream, or a request that waits: whose it is, the permission it needs, and why it was ended.

    ``needs`` is None where anybody may read.
    """

    actor: Actor
    needs: str | None
    task: asyncio.Task[Any]
    refusal: Error | None = None
    is_ended: bool = False

    def end(self, refusal: Error | None) -> None:
        if not self.is_ended:
            self.is_ended, self.refusal = True, refusal
            self.task.cancel()


class Streams:
    """The open streams of a process. Their readers stay as long as they like, so a process that ends ends them."""

    def __init__(self, bus: Bus, check: CheckGrants, counted: Gauge) -> None:
        """Take who tells that grants changed, what checks them, and where open streams are counted."""
        self._bus = bus
        self._check = check
        self._counted = counted
        self._open: set[_Open] = set()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def end(self) -> None:
        """End every stream and all waiting; their readers come back, to another process or a later one."""
        for each in list(self._open):
            each.end(None)

    async def send(self, body: Callable[[], Awaitable[None]], send: Send, actor: Actor, needs: str | None) -> None:
        """Send a stream until it, its grant or the process ends; then it is closed as one that is complete.

        When the grant ends, the last event is ``access_ended`` with the code and text of the error that a new request gets.
        """
        with self._counted.track_inprogress(), self._opened(actor, needs) as opened:
            try:
                await body()
            except asyncio.CancelledError:
                if not opened.is_ended or opened.task.uncancel():
                    raise
                with suppress(TimeoutError):  # a reader that takes nothing any more
                    async with asyncio.timeout(_LAST_WORDS_SECONDS):
                        await send({"type": "http.response.body", "body": _last_words(opened.refusal), "more_body": False})

    @contextmanager
    def watching(self, actor: Actor, needs: str | None) -> Generator[None]:
        """Wait inside as long as the actor has a permission; raise the error of a new request when it no longer has.

        A process that ends ends the waiting without an error.
        """
        with self._opened(actor, needs) as opened:
            try:
                yield
            except asyncio.CancelledError:
                if not opened.is_ended or opened.task.uncancel():
                    raise
                if opened.refusal is not None:
                    raise opened.refusal from None

    @contextmanager
    def _opened(self, actor: Actor, needs: str | None) -> Generator[_Open]:
        task = cast("asyncio.Task[Any]", asyncio.current_task())
        opened = _Open(actor, needs, task)
        self._open.add(opened)
        self._begin()
        try:
            yield opened
        finally:
            self._open.discard(opened)
            if not self._open:
                self._rest()

    def _begin(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look_after(), name="grants of streams")
            self._bus.grant_listeners.add(self._wake.set)

    def _rest(self) -> None:
        self._bus.grant_listeners.discard(self._wake.set)
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _look_after(self) -> None:
        pause = CHECK_SECONDS
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            self._wake.clear()
            pause = CHECK_SECONDS
            try:
                await self._check_all()
            except Exception as error:  # noqa: BLE001 - the border of a subscriber; the next look comes soon
                _log.warning("streams.check_failed", error=str(error))
                pause = _RETRY_SECONDS
            await asyncio.sleep(_GATHER_SECONDS)

    async def _check_all(self) -> None:
        opened = [each for each in self._open if each.needs is not None]
        if not opened:
            return
        for each, permissions in zip(opened, await self._check([each.actor for each in opened]), strict=True):
            if permissions is None:
                each.end(UnauthenticatedError())
            elif each.needs not in permissions:
                each.end(PermissionDeniedError(f"This needs the permission {each.needs}."))


def _last_words(refusal: Error | None) -> bytes:
    if refusal is None:
        return b""
    return b"event: access_ended\ndata: " + dumps({"code": refusal.code, "detail": refusal.detail}) + b"\n\n"


@asynccontextmanager
async def watching(request: Request, needs: str | None) -> AsyncGenerator[None]:
    """Wait for something inside on behalf of a request whose sender needs a permission, and only as long as they have it.

    Without ``needs`` anybody may wait.

    A process that ends ends the waiting, and what follows is done as if its time had passed.
    Raises ``UnauthenticatedError`` when the key or session ends in the meantime, and ``PermissionDeniedError``.
    """
    streams: Streams = request.app.state.streams
    with streams.watching(await actor_of(request), needs):
        yield

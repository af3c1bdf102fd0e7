"""Following an organization: how its runs, agents and approvals change, for lists and badges that keep themselves fresh.

Nothing here is durable. Anyone who comes back after a lost connection, or is told to look again, reads the lists again.
"""

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from uuid import UUID

from retinue.core.bus.bus import Bus
from retinue.core.bus.messages import News, RunChanged
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.http import sse
from retinue.core.ids import OrganizationId
from retinue.core.json import dumps
from retinue.core.logging import get_logger
from retinue.core.permissions import require
from retinue.runs.live import repository

_log = get_logger(__name__)

NEEDS = "runs:read"
"""The permission without which nobody follows an organization."""
_GATHER_SECONDS = 0.1
_MAX_BACKLOG = 1000
_RESYNC = sse.frame("resync", b"{}")


def require_readable(ctx: Context) -> OrganizationId:
    """See to it that the actor may follow the organization, and name it."""
    require(ctx, NEEDS)
    return ctx.organization_id


class Subscriber:
    """One who follows an organization: frames wait here until they are sent."""

    def __init__(self, user_id: UUID | None) -> None:
        """Take the person who follows; news of private runs of others is not for them."""
        self.user_id = user_id
        self._frames: deque[bytes] = deque()
        self._arrived = asyncio.Event()

    def put(self, frame: bytes) -> None:
        """Take a frame; a reader that is too slow is told to look again instead."""
        if len(self._frames) >= _MAX_BACKLOG:
            self._frames.clear()
            frame = _RESYNC
        self._frames.append(frame)
        self._arrived.set()

    async def frames(self) -> AsyncIterator[bytes]:
        """Give out what arrives, gathered, and a heartbeat when nothing does."""
        yield sse.OPENING
        while True:
            if not self._frames:
                self._arrived.clear()
                try:
                    async with asyncio.timeout(sse.HEARTBEAT_SECONDS):
                        await self._arrived.wait()
                except TimeoutError:
                    yield sse.HEARTBEAT
                    continue
            frames, self._frames = self._frames, deque()
            yield b"".join(frames)


class _OrganizationFeed:
    """What arrives for one organization: gathered, read once, and given to its watchers."""

    def __init__(self, database: Database, organization_id: OrganizationId) -> None:
        self.watchers: list[Subscriber] = []
        self._database = database
        self._organization_id = organization_id
        self._changed: set[str] = set()
        self._wake = asyncio.Event()
        self._open = ExitStack()

    def open(self, bus: Bus) -> None:
        self._open.enter_context(bus.follow_organization(self._organization_id, self))
        task = asyncio.create_task(self._read(), name="live desk")
        self._open.callback(task.cancel)

    def close(self) -> None:
        self._open.close()

    def on_run_changed(self, moved: RunChanged) -> None:
        if moved.status is not None:
            self._changed.add(moved.run_id)
            self._wake.set()

    def on_news(self, news: News) -> None:
        # What concerns one person names them, and only their own readers hear of it.
        private_to = news.data.get("private_to")
        self._give(sse.frame(news.kind, dumps(news.data)), UUID(private_to) if isinstance(private_to, str) else None)

    def on_resync(self) -> None:
        self._give(_RESYNC)

    async def _read(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            changed, self._changed = self._changed, set()
            try:
                found = await repository.list_news(self._database, self._organization_id, changed)
            except Exception as error:  # noqa: BLE001 - the border of a subscriber
                _log.warning("runs.live_failed", error=str(error))
                self.on_resync()
                found = []
            for news in found:
                self._give(sse.frame(news.kind, news.document.encode()), news.private_to)
            await asyncio.sleep(_GATHER_SECONDS)

    def _give(self, frame: bytes, private_to: UUID | None = None) -> None:
        for watcher in self.watchers:
            if private_to is None or watcher.user_id == private_to:
                watcher.put(frame)


class OrganizationFeeds:
    """The followers of organizations in this process."""

    def __init__(self, database: Database, bus: Bus) -> None:
        """Take where to read, and who tells that there is something."""
        self._database = database
        self._bus = bus
        self._desks: dict[OrganizationId, _OrganizationFeed] = {}

    @asynccontextmanager
    async def follow(self, organization_id: OrganizationId, user_id: UUID | None) -> AsyncGenerator[Subscriber]:
        """Follow an organization. The caller has seen to it that the reader may."""
        desk = self._desks.get(organization_id)
        if desk is None:
            desk = self._desks[organization_id] = _OrganizationFeed(self._database, organization_id)
            desk.open(self._bus)
        watcher = Subscriber(user_id)
        desk.watchers.append(watcher)
        try:
            yield watcher
        finally:
            desk.watchers.remove(watcher)
            if not desk.watchers:
                desk.close()
                del self._desks[organization_id]


def feeds_of(database: Database) -> OrganizationFeeds:
    """Return the process's desk."""
    resources = database.resources
    return resources.part(OrganizationFeeds, lambda: OrganizationFeeds(database, resources.bus))

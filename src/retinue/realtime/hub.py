"""The subscribers of this process: who has joined what, what the feed gives them, and what ends their access."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import timedelta

from retinue.core.db.database import Database
from retinue.core.logging import get_logger
from retinue.realtime import repository, tables
from retinue.realtime.channel import Channel
from retinue.realtime.crowd import Crowd
from retinue.realtime.feed import Feed, pairs
from retinue.realtime.readers import Readers
from retinue.realtime.replay import Replay
from retinue.realtime.settings import RealtimeSettings
from retinue.realtime.subscriptions import Index, Subscription
from retinue.realtime.topics import Topics
from retinue.realtime.types import Table

_log = get_logger(__name__)

POLL_SECONDS = 0.05
_RETRY_SECONDS = 0.5
CHECK_SECONDS = 10.0
_GATHER_SECONDS = 0.2
_RENEW_SECONDS = 60.0
_SETTLE_SECONDS = 3.0
_SETTLE_STEP_SECONDS = 0.02
_HOLD_BEYOND = timedelta(minutes=2)

ENDED = "Unauthorized: the session has ended. Sign in again."
EXPIRED = "InvalidJWTToken: Token has expired"
FORBIDDEN = "Unauthorized: your role no longer allows reading {table}."
INCOMPLETE = "UnableToReplayMessages: changes since then are no longer all there. Read the rows again."


class Hub:
    """The subscribers of a process. Its tasks run while there are any."""

    def __init__(self, database: Database) -> None:
        """Begin with none."""
        self._database = database
        self.settings = database.resources.settings_of(RealtimeSettings)
        self.readers = Readers(database)
        self.crowd = Crowd(self.settings)
        self.topics = Topics(database.resources)
        self._feed = Feed(database)
        self._index = Index()
        self._channels: set[Channel] = set()
        self._tables: dict[str, Table] | None = None
        self._wanted: dict[repository.Wanted, float] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self._wake = asyncio.Event()

    async def tables(self) -> dict[str, Table]:
        """Return the published tables by name."""
        if self._tables is None:
            self._tables = tables.assemble(await repository.describe(self._database))
        return self._tables

    async def add(self, channel: Channel, answer: Callable[[], None]) -> None:
        """Let a channel receive: everything that is committed after ``answer`` was called, and before it what it missed.

        Changes are entered from before that on, so the answer means that the subscription is live.
        """
        await self.want(channel.subscriptions)
        self._begin()
        late = [each for each in channel.subscriptions if each.entry.since is not None]
        async with self._feed.lock:
            if channel.subscriptions:
                await self._feed.start()
            for each in channel.subscriptions:
                if each.entry.since is None:
                    self._index.add(each)
            self._channels.add(channel)
            if channel.reader is not None:
                channel.reader = self.readers.use(channel.reader)
            answer()
        self.topics.join(channel)
        if late:
            await self._catch_up(channel, late)

    async def _catch_up(self, channel: Channel, late: Sequence[Subscription]) -> None:
        since = min(each.entry.since for each in late if each.entry.since is not None)
        replay = Replay(self._database, channel, late, since)
        is_whole = await replay.catch_up()
        async with self._feed.lock:
            await self._feed.advance_locked(self._index)
            if channel not in self._channels:
                return  # it was ended in the meantime
            if is_whole:
                await replay.finish(self._feed)
            else:
                channel.tell("error", INCOMPLETE, "postgres_changes")
            await self._feed.start()
            for each in late:
                self._index.add(each)

    def remove(self, channel: Channel) -> None:
        """Take a channel away. May be repeated."""
        if channel not in self._channels:
            return
        self._channels.discard(channel)
        for each in channel.subscriptions:
            self._index.remove(each)
        self.topics.leave(channel)
        if channel.reader is not None:
            self.readers.leave(channel.reader)
        if not self._index.count:
            self._feed.stop()
        if not self._channels:
            self._rest()

    def end(self, channel: Channel, reason: str) -> None:
        """Close a channel permanently."""
        channel.close(reason)
        channel.connection.channels.pop(channel.topic, None)
        self.remove(channel)

    async def want(self, wanted: Iterable[Subscription]) -> None:
        """Have the changes that subscriptions may receive entered; returns when all later commits are."""
        now = asyncio.get_running_loop().time()
        new = [each for each in pairs(wanted) if self._wanted.get(each, 0.0) <= now]
        if not new:
            return
        hold = timedelta(minutes=self.settings.realtime_replay_minutes) + _HOLD_BEYOND
        entered = await repository.want(self._database, new, hold)
        self._wanted.update(dict.fromkeys(new, now + _RENEW_SECONDS))
        if entered is None:
            return
        with suppress(TimeoutError):  # a transaction that lasts this long holds nobody up
            async with asyncio.timeout(_SETTLE_SECONDS):
                while not await repository.is_settled(self._database, entered):  # noqa: ASYNC110 - no event tells it
                    await asyncio.sleep(_SETTLE_STEP_SECONDS)

    def _begin(self) -> None:
        if not self._tasks:
            self._database.resources.bus.grant_listeners.add(self._wake.set)
            self._tasks = [
                asyncio.create_task(self._poll(), name="realtime feed"),
                asyncio.create_task(self._look_after(), name="realtime grants"),
            ]

    def _rest(self) -> None:
        self._database.resources.bus.grant_listeners.discard(self._wake.set)
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        self._wanted = {}

    async def _poll(self) -> None:
        is_failing = False
        while True:
            try:
                await self._feed.advance(self._index)
                is_failing = False
            except Exception as error:  # noqa: BLE001 - the border of the subscribers: the next round reads on from the same place
                if not is_failing:
                    _log.warning("realtime.reading_failed", error=str(error))
                is_failing = True
            await asyncio.sleep(_RETRY_SECONDS if is_failing else POLL_SECONDS)

    async def _look_after(self) -> None:
        pause = CHECK_SECONDS
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            self._wake.clear()
            try:
                await self._check()
                self.topics.beat()
                pause = CHECK_SECONDS
            except Exception as error:  # noqa: BLE001 - as above; the next look comes soon
                _log.warning("realtime.check_failed", error=str(error))
                pause = 1.0
            await asyncio.sleep(_GATHER_SECONDS)

    async def _check(self) -> None:
        changed = await self.readers.check()
        now = self._database.clock.now().timestamp()
        for channel in list(self._channels):
            reader = channel.reader
            if reader is None:
                continue
            if reader.has_ended:
                self.end(channel, ENDED)
            elif channel.expires_at is not None and channel.expires_at <= now:
                self.end(channel, EXPIRED)
            elif reader in changed:
                lost = [each.table.name for each in channel.subscriptions if not reader.identity(each.table)[1]]
                if lost:
                    self.end(channel, FORBIDDEN.format(table=lost[0]))
        await self.want(each for channel in self._channels for each in channel.subscriptions)


def of(database: Database) -> Hub:
    """Return the process's hub."""
    return database.resources.part(Hub, lambda: Hub(database))

"""Following runs: one feed per process reads each followed run's events once, however many follow it.

Nobody holds a database connection while following. The bus says that a run moved; a slow poll stands behind it. What a
follower has been given is known by its cursor, so nothing is lost or given twice, whatever happens to the connections.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from retinue.core.bus.bus import Bus
from retinue.core.bus.messages import RunChanged, Token
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Page, decode_number, numbered_page_of
from retinue.core.http import sse
from retinue.core.ids import OrganizationId, RunId
from retinue.core.logging import get_logger
from retinue.core.permissions import require
from retinue.runs.events import repository, rules
from retinue.runs.events.types import FollowedEvent, RunEvent

_log = get_logger(__name__)

_MOST = 500
_FIRST_POLL_SECONDS = 1.0
_LAST_POLL_SECONDS = 5.0
_MAX_BACKLOG = 2000


async def list_events(ctx: Context, run_id: UUID, limit: int, *, after: int, cursor: str | None) -> Page[RunEvent]:
    """Return a page of a run's events in their order, from after a sequence, or from a cursor on."""
    require(ctx, "runs:read")
    place = after if cursor is None else decode_number(cursor)
    rows = await repository.list_events(ctx, run_id, place, limit + 1)
    return numbered_page_of(rows, limit, lambda event: event.sequence)


async def wait_until_idle(database: Database, organization_id: OrganizationId, run_id: RunId, seconds: float) -> bool:
    """Wait until a run is over or waits for a person; return whether it did within the given time.

    Holds no connection in the meantime: the bus announces a change of status, with a slow poll as a fallback.
    """
    waiter = _Waiter()
    pause = _FIRST_POLL_SECONDS
    deadline = asyncio.get_running_loop().time() + seconds
    with database.resources.bus.await_run(run_id, waiter):
        while not waiter.is_idle:
            left = deadline - asyncio.get_running_loop().time()
            if left <= 0:
                return False
            with suppress(TimeoutError):
                async with asyncio.timeout(min(pause, left)):
                    await waiter.told.wait()
            waiter.told.clear()
            if not waiter.is_idle and await repository.is_idle(database, organization_id, run_id):
                return True
            pause = min(pause * 1.5, _LAST_POLL_SECONDS)
    return True


async def stream(
    database: Database, organization_id: OrganizationId, run_id: RunId, *, after: int = 0, first: bytes = b""
) -> AsyncIterator[bytes]:
    """Yield the frames of a run's events from after a sequence on, until it is over; ``first`` precedes them."""
    async with feed_of(database).follow(organization_id, run_id, after) as follower:
        if first:
            yield first
        async for frame in follower.frames():
            yield frame


class _Waiter:
    """Anyone who waits for the end of a run only looks at its status."""

    def __init__(self) -> None:
        self.is_idle = False
        self.told = asyncio.Event()

    def on_run_changed(self, moved: RunChanged) -> None:
        if moved.status in rules.IDLE:
            self.is_idle = True
            self.told.set()

    def on_token(self, token: Token) -> None:
        """Leave the text to the run's output."""

    def on_resync(self) -> None:
        self.told.set()


class RunSubscription:
    """One who follows a run: its frames wait here until they are sent.

    Tokens wait while events are known to be on their way, so that a step's text never comes before the events before it.
    """

    def __init__(self, feed: "RunFeed", organization_id: OrganizationId, run_id: RunId, after: int) -> None:
        """Take the place after which to begin."""
        self._feed = feed
        self._run_id = run_id
        self.organization_id = organization_id
        self.run = str(run_id)
        self.cursor = after
        self.is_over = False
        self._is_behind = False
        self._has_lost_text = False
        self._known: int | None = None
        self._early: list[Token] = []
        self._frames: deque[bytes] = deque()
        self._arrived = asyncio.Event()

    def on_run_changed(self, moved: RunChanged) -> None:
        """Have the run's new events read."""
        if moved.sequence > self.cursor:
            if self._known is not None:
                self._known = max(self._known, moved.sequence)
            self._feed.note(self.run)

    def on_resync(self) -> None:
        """Have the run looked at: news of it may have been lost."""
        self._feed.note(self.run)

    def on_token(self, token: Token) -> None:
        """Take a piece of text, unless the run's end overtook it, which has the whole."""
        if self.is_over:
            return
        if self._known is None or self._known > self.cursor:
            self._early.append(token)
        else:
            self._put_token(token)

    def take(self, event: FollowedEvent, frame: bytes) -> bool:
        """Take an event, unless it was given before; false when too much waits already, and the reader must come first."""
        if event.sequence is None or event.sequence <= self.cursor:
            return True
        if len(self._frames) >= _MAX_BACKLOG:
            self._is_behind = True
            return False
        self.cursor = event.sequence
        if self._early and (step_id := rules.ended_step(event)) is not None:
            self._release(step_id)
        self._put(frame)
        return True

    def caught_up(self) -> None:
        """Take note that every event up to the time of a reading is here."""
        self._known = max(self._known or 0, self.cursor)
        if self._known == self.cursor:
            self._release(None)

    def _release(self, step_id: str | None) -> None:
        """Let the tokens go that waited: those of a step, or all."""
        early, self._early = self._early, []
        for token in early:
            if step_id in (None, token.step_id):
                self._put_token(token)
            else:
                self._early.append(token)

    def end(self) -> None:
        """Note that the run is over and every event of it is here."""
        self.is_over = True
        self._arrived.set()

    async def frames(self) -> AsyncIterator[bytes]:
        """Give out what arrives, gathered; a heartbeat when nothing does; ``end`` at the run's end."""
        yield sse.OPENING
        while True:
            if not self._frames and not self.is_over:
                self._arrived.clear()
                try:
                    async with asyncio.timeout(sse.HEARTBEAT_SECONDS):
                        await self._arrived.wait()
                except TimeoutError:
                    yield sse.HEARTBEAT
                    continue
            frames, self._frames = self._frames, deque()
            if frames:
                self._make_good()
                yield b"".join(frames)
            elif self.is_over:
                yield sse.END
                return

    def _put(self, frame: bytes) -> None:
        self._frames.append(frame)
        self._arrived.set()

    def _put_token(self, token: Token) -> None:
        if len(self._frames) >= _MAX_BACKLOG:
            self._has_lost_text = True
        elif not self._has_lost_text:
            self._put(rules.frame_of_token(token))

    def _make_good(self) -> None:
        """Ask for what a reader that was too slow was not given, now that it has caught up."""
        if self._is_behind:
            self._is_behind = False
            self._feed.note(self.run)
        if self._has_lost_text:
            self._has_lost_text = False
            self._feed.give_texts(self, self._run_id)


class RunFeed:
    """The followers of runs in this process. Its task lives as long as there are any."""

    def __init__(self, database: Database, bus: Bus) -> None:
        """Take where to read, and who tells that there is something."""
        self._database = database
        self._bus = bus
        self._followers: defaultdict[str, list[RunSubscription]] = defaultdict(list)
        self._noted: set[str] = set()
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def follow(self, organization_id: OrganizationId, run_id: RunId, after: int) -> AsyncGenerator[RunSubscription]:
        """Follow a run from after a sequence on. The caller has seen to it that the reader may read it."""
        follower = RunSubscription(self, organization_id, run_id, after)
        self._followers[follower.run].append(follower)
        self.note(follower.run)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._read(), name="run feed")
        try:
            with self._bus.follow_run(run_id, follower):
                yield follower
        finally:
            self._leave(follower)

    @property
    def is_busy(self) -> bool:
        """Whether anybody follows a run in this process."""
        return self._task is not None

    def note(self, run: str) -> None:
        """Have a run looked at soon."""
        self._noted.add(run)
        self._wake.set()

    def give_texts(self, follower: RunSubscription, run_id: RunId) -> None:
        """Give a follower the texts of steps in flight from their beginning."""
        self._bus.give_texts(run_id, follower)

    def _leave(self, follower: RunSubscription) -> None:
        followers = self._followers[follower.run]
        followers.remove(follower)
        if not followers:
            del self._followers[follower.run]
        if not self._followers and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _read(self) -> None:
        pause = _FIRST_POLL_SECONDS
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            self._wake.clear()
            noted = self._noted & self._followers.keys() or set(self._followers)
            self._noted.clear()
            try:
                has_news = await self._look_at(noted)
            except Exception as error:  # noqa: BLE001 - the border of a subscriber; the poll tries again
                _log.warning("runs.feed_failed", error=str(error))
                has_news = False
            pause = _FIRST_POLL_SECONDS if has_news else min(pause * 1.5, _LAST_POLL_SECONDS)

    async def _look_at(self, runs: set[str]) -> bool:
        afters = {run: min(each.cursor for each in self._followers[run]) for run in runs}
        organizations = {self._followers[run][0].organization_id for run in runs}
        found: dict[str, list[FollowedEvent]] = {run: [] for run in runs}
        for event in await repository.list_after(self._database, organizations, afters, _MOST):
            found[event.run_id].append(event)
        for run, its in found.items():
            self._give(run, its, afters[run])
        return any(each.sequence is not None for its in found.values() for each in its)

    def _give(self, run: str, its: list[FollowedEvent], after: int) -> None:
        events = [each for each in its if each.sequence is not None]
        framed = [(each, rules.frame_of(each)) for each in events]
        is_all = len(events) < _MOST
        # A run without a row was deleted: there is nothing more to follow.
        is_over = is_all and (not its or its[-1].status in rules.ENDS)
        for follower in self._followers.get(run, ()):
            if follower.cursor < after:  # it came, or began again, while the events were read
                self.note(run)
                continue
            took_all = all(follower.take(event, frame) for event, frame in framed)
            if took_all and is_all:
                follower.caught_up()
            if took_all and is_over:
                follower.end()
        if not is_all:
            self.note(run)


def feed_of(database: Database) -> RunFeed:
    """Return the process's feed."""
    resources = database.resources
    return resources.part(RunFeed, lambda: RunFeed(database, resources.bus))

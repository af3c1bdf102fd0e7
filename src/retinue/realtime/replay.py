"""What subscribers missed while they were away: read for them alone and at their pace, then they receive what is live.

The feed goes on for all others in the meantime. A subscriber catches up window by window, each from the snapshot of the last
one to that of now; the last and short one ends where the feed is, under its lock, so nothing is left out and nothing that is
live is sent twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from retinue.core.db.database import Database
from retinue.realtime import repository
from retinue.realtime.channel import Channel
from retinue.realtime.feed import Feed, route
from retinue.realtime.repository import Sought, Window
from retinue.realtime.subscriptions import Index, Subscription
from retinue.realtime.types import Change

MOST_CHANGES = 20_000
"""That one subscriber is sent again; who missed more reads the rows."""
_OVERLAP = timedelta(seconds=5)
"""A transaction may commit after one that wrote later: a replay begins so much earlier."""
_PAGE = 500
_FEW = 50
_PIECE_CHARACTERS = 100_000
"""Of changes that are sent before the subscriber must have read most of it."""


class Replay:
    """The changes that the subscriptions of a channel missed since an instant."""

    def __init__(self, database: Database, channel: Channel, subscriptions: Sequence[Subscription], since: datetime) -> None:
        """Take whose changes are wanted, since when."""
        self._database = database
        self._channel = channel
        self._index = Index(subscriptions)
        self._wanted = list(_sought(subscriptions))
        self._window = Window(since, _OVERLAP)
        self._count = 0

    async def catch_up(self) -> bool:
        """Send what was missed until little is; say whether everything was there, or the rows must be read again."""
        while True:
            is_whole, count = await self._send(None)
            if not is_whole or self._count > MOST_CHANGES:
                return False
            if count < _FEW or self._channel.connection.cut_reason is not None:
                return True

    async def finish(self, feed: Feed) -> None:
        """Send the rest, up to where the feed is. Its lock is held by the caller."""
        await self._send(await feed.start())

    async def _send(self, upto: str | None) -> tuple[bool, int]:
        """Send a window up to a snapshot, or to that of now; returns whether it is whole, and how many changes it had."""
        count, window = 0, replace(self._window, upto=upto, after=0)
        while True:
            is_whole, seen, changes = await repository.missed(self._database, window, self._wanted, _PAGE)
            for piece in _pieces(changes):
                await route(self._database, piece, self._index)
                await self._channel.connection.drained()
            count += len(changes)
            self._count += len(changes)
            is_over = len(changes) < _PAGE or self._count > MOST_CHANGES or self._channel.connection.cut_reason is not None
            if is_over or not is_whole:
                self._window = replace(self._window, seen=seen)
                return is_whole, count
            window = replace(window, upto=seen, after=changes[-1].id)


def _sought(subscriptions: Sequence[Subscription]) -> Iterator[Sought]:
    """Return what to look for: organization, table, and the value that a filter asks for; each once."""
    seen: set[Sought] = set()
    for each in subscriptions:
        reader, key = each.channel.reader, each.entry.filter.key
        if reader is None:
            continue
        column, text = key or (None, None)
        for place in reader.identity(each.table)[1]:
            sought = place, each.table.name, column, text
            if sought not in seen:
                seen.add(sought)
                yield sought


def _pieces(changes: Sequence[Change]) -> Iterator[Sequence[Change]]:
    """Cut changes where a subscriber should read first."""
    begin = size = 0
    for number, each in enumerate(changes):
        size += len(each.record_text)
        if size > _PIECE_CHARACTERS:
            yield changes[begin : number + 1]
            begin, size = number + 1, 0
    if begin < len(changes):
        yield changes[begin:]

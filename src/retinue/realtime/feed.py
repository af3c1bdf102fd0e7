"""The feed: reads committed changes in their order and gives them to the subscriptions that may have them.

It polls, since a wake-up inside the writing transaction would cost every writer a lock of the cluster. A snapshot of
PostgreSQL is the cursor: each round takes what was committed since the last one, whichever transaction began first, so
nothing is skipped and nothing comes twice. Without subscriptions nothing is read.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence

from retinue.core.db.database import Database
from retinue.core.json import dumps
from retinue.realtime import frames, repository, subscriptions
from retinue.realtime.channel import Channel
from retinue.realtime.readers import Identity
from retinue.realtime.subscriptions import Index, Question, Subscription
from retinue.realtime.types import Change, Operation, Table

MOST_CHANGES = 500
_Told = tuple[int, Operation, tuple[str, ...] | None]


async def route(database: Database, changes: Sequence[Change], index: Index) -> int:
    """Send changes to the subscriptions of an index, by the rights of each reader; returns how many frames were sent."""
    by_table: defaultdict[str, list[Question]] = defaultdict(list)
    for change in changes:
        for subscription in index.concerned(change):
            reader = subscription.channel.reader
            if reader is None or subscription.table.permission not in reader.places.get(change.organization_id, ()):
                continue
            asked = subscriptions.question(subscription, change)
            if asked is not None:
                by_table[change.table].append(asked)
    sent = 0
    for table, questions in by_table.items():
        sees = await _judge(database, table, questions)
        sent += _send(questions, sees)
    return sent


async def _judge(database: Database, table: str, questions: Sequence[Question]) -> set[tuple[Identity, int, bool]]:
    """Return who may read what, as (reader, number of the change, whether as it was before)."""
    images: dict[tuple[int, bool], int] = {}
    texts: list[str] = []
    readers: dict[Identity, int] = {}
    for each in questions:
        identity = _identity(each.subscription)
        readers.setdefault(identity, len(readers))
        change = each.change
        if (change.id, False) not in images:
            images[change.id, False] = len(texts)
            texts.append(change.record_text)
        if each.fitted_before and (change.id, True) not in images and change.before_text is not None:
            images[change.id, True] = len(texts)
            texts.append(change.before_text)
    found = await repository.judge(database, table, texts, list(readers))
    names, keys = list(readers), list(images)
    return {(names[reader], *keys[image]) for reader, image in found}


def _identity(subscription: Subscription) -> Identity:
    reader = subscription.channel.reader
    if reader is None:
        raise RuntimeError
    return reader.identity(subscription.table)


def _send(questions: Sequence[Question], sees: set[tuple[Identity, int, bool]]) -> int:
    told: dict[tuple[Channel, _Told], list[int]] = {}
    sources: dict[int, tuple[Change, Table]] = {}
    for each in questions:
        change, identity = each.change, _identity(each.subscription)
        outcome = subscriptions.outcome(
            each, sees_now=(identity, change.id, False) in sees, saw_before=(identity, change.id, True) in sees
        )
        if outcome is not None:
            key = each.subscription.channel, (change.id, outcome, each.subscription.entry.select)
            told.setdefault(key, []).append(each.subscription.entry.id)
            sources[change.id] = change, each.subscription.table
    encoded: dict[_Told, str] = {}
    for (channel, what), ids in told.items():
        if what not in encoded:
            change, table = sources[what[0]]
            encoded[what] = dumps(subscriptions.document(change, table, what[1], what[2])).decode()
        connection = channel.connection
        connection.send(frames.splice(connection.version, channel.topic, list(dict.fromkeys(ids)), encoded[what]))
    return len(told)


def pairs(wanted: Iterable[Subscription]) -> list[repository.Wanted]:
    """Return the organizations and tables whose changes subscriptions may have."""
    return list({(place, each.table.name): None for each in wanted for place in _identity(each)[1]})


class Feed:
    """Where this process has got to in the changes."""

    def __init__(self, database: Database) -> None:
        """Take where changes are read; it begins with ``start``."""
        self._database = database
        self.seen: str | None = None
        self.lock = asyncio.Lock()
        """Held while changes are given out, and while a channel is added: it then has everything before, and all after."""

    async def start(self) -> str:
        """Begin at the present snapshot, unless begun."""
        if self.seen is None:
            self.seen = await repository.now_seen(self._database)
        return self.seen

    def stop(self) -> None:
        """Forget the place: nobody subscribes."""
        self.seen = None

    async def advance(self, index: Index) -> int:
        """Give out what was committed since the last round; returns how many changes there were."""
        async with self.lock:
            return await self.advance_locked(index)

    async def advance_locked(self, index: Index) -> int:
        """Do what ``advance`` does, for a caller who holds the lock."""
        if self.seen is None:
            return 0
        total, after, upto = 0, 0, None
        while True:
            upto, changes = await repository.read(self._database, self.seen, upto, after, MOST_CHANGES)
            total += len(changes)
            if changes:
                await route(self._database, changes, index)
                after = changes[-1].id
            if len(changes) < MOST_CHANGES:
                break
            await asyncio.sleep(0)
        self.seen = upto
        return total

"""Periodic work of a worker: what is attempted every so often, and what is attempted while the database names it pending."""

import asyncio
import random
from collections.abc import Sequence
from typing import LiteralString

from retinue.core.clock import DatabaseClock
from retinue.core.db.database import Database
from retinue.core.db.patience import of_maintenance, patience
from retinue.core.feature import Periodic
from retinue.core.logging import get_logger

_log = get_logger(__name__)

LOOK_SECONDS = 5.0
"""Between two looks for what is pending: one statement, all that an idle worker asks for all such work."""
_PENDING: LiteralString = "SELECT tenant.pending_work()"


async def repeat(database: Database, clock: DatabaseClock, item: Periodic) -> None:
    """Do a piece of periodic work until cancelled; the first time soon, spread out so that workers take turns."""
    await asyncio.sleep(_first_pause(item.interval_seconds))
    while True:
        await _attempt(database, clock, item)
        await asyncio.sleep(item.interval_seconds)


async def repeat_pending(database: Database, clock: DatabaseClock, items: Sequence[Periodic]) -> None:
    """Do what is pending until cancelled: no piece of work twice at once, nor again before its interval is over."""
    loop, begun, under_way = asyncio.get_running_loop(), dict[str, float](), dict[str, asyncio.Task[None]]()
    await asyncio.sleep(_first_pause(LOOK_SECONDS))
    async with asyncio.TaskGroup() as tasks:
        while True:
            pending = await find_pending(database)
            for item in items:
                before = under_way.get(item.name)
                is_free = before is None or before.done()
                if item.name in pending and is_free and loop.time() - begun.get(item.name, -1e9) >= item.interval_seconds:
                    begun[item.name] = loop.time()
                    under_way[item.name] = tasks.create_task(_attempt(database, clock, item), name=item.name)
            await asyncio.sleep(LOOK_SECONDS)


async def find_pending(database: Database) -> frozenset[str]:
    """Return the names of the periodic work that has something to do; none while the database cannot be asked."""
    try:
        with patience(of_maintenance(database.settings)):
            return frozenset(name for (name,) in await database.statement(_PENDING, ()))
    except Exception as error:  # noqa: BLE001 - the border of periodic work: the next time it is asked again
        _log.warning("periodic.looking_failed", error=str(error))
        return frozenset()


def _first_pause(most_seconds: float) -> float:
    return random.uniform(0, min(most_seconds, LOOK_SECONDS))  # noqa: S311 - no secret depends on it


async def _attempt(database: Database, clock: DatabaseClock, item: Periodic) -> None:
    try:
        if clock.is_off:
            _log.warning("periodic.skipped", name=item.name, reason="the machine's clock is off")
        else:
            with patience(of_maintenance(database.settings)):
                await item.run(database)
    except Exception as error:  # noqa: BLE001 - the border of periodic work: the next time it is tried again
        _log.warning("periodic.failed", name=item.name, error=str(error))

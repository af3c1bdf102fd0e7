"""Claiming with a long poll: a request waits, without a transaction, until a run comes or its time is up."""

import asyncio
import time
from contextlib import suppress
from typing import Final
from uuid import UUID

from retinue.core.bus.messages import News, RunChanged
from retinue.core.context import Actor
from retinue.core.db.database import Database
from retinue.external import service
from retinue.runs.work.types import Work

_LOOK_SECONDS: Final = 2.0
"""Between two looks at most: for a lease that ended, which nobody tells, and for news that was lost."""
_GAP_SECONDS: Final = 0.2
"""Between two looks at least: news of an organization may be of any of its runs."""


class _Waiter:
    """Is woken by whatever moves in the organization."""

    def __init__(self) -> None:
        self.woken = asyncio.Event()

    def on_run_changed(self, moved: RunChanged) -> None:
        del moved
        self.woken.set()

    def on_news(self, news: News) -> None:
        del news

    def on_resync(self) -> None:
        self.woken.set()


async def claim(
    database: Database, actor: Actor, agent_id: UUID, holder: str, *, lease_seconds: float, wait_seconds: float
) -> Work | None:
    """Claim the next run of an agent, waiting for one up to so many seconds. Raises what ``service.claim`` raises."""
    until = time.monotonic() + wait_seconds
    async with database.context(actor) as ctx:
        found = await service.claim(ctx, agent_id, holder, lease_seconds)
        organization_id = ctx.organization_id
    if found is not None or wait_seconds <= 0:
        return found
    waiter = _Waiter()
    with database.resources.bus.follow_organization(organization_id, waiter):
        while True:
            async with database.context(actor) as ctx:
                found = await service.claim(ctx, agent_id, holder, lease_seconds)
            left = until - time.monotonic()
            if found is not None or left <= 0:
                return found
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, _LOOK_SECONDS)):
                    await waiter.woken.wait()
                    waiter.woken.clear()
                    await asyncio.sleep(_GAP_SECONDS)

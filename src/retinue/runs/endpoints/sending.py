"""Sending of webhooks: at least once, signed, and without holding a worker for the answer.

A due timer claims the delivery under a lease in one commit, which sets the timer again for the end of the lease: if the
worker dies, the next one sends again under the same ``webhook-id``. The request is made without a transaction. Another
commit puts down the outcome and when it is sent again.
"""

import asyncio
import time
from collections import Counter
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from retinue.core import outbox as events
from retinue.core import timers
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject
from retinue.core.logging import get_logger
from retinue.core.outbound.deliveries import DEAD_ENOUGH, SendResult, is_used_up, next_attempt, post_signed
from retinue.core.resources import Resources
from retinue.core.timers import Timer
from retinue.runs.endpoints import repository
from retinue.runs.endpoints.events import DISABLED
from retinue.runs.endpoints.repository import Claimed, Sender
from retinue.runs.endpoints.types import WebhookAttempt, WebhookState, WebhookStatus

_log = get_logger(__name__)

SEND: Final = "webhooks.send"
"""Timer: a delivery is to be sent; its subject is the delivery."""
_LEASE: Final = timedelta(seconds=45)
_AT_ONCE: Final = 64
_AT_ONCE_TO_ONE: Final = 4
_BUSY: Final = timedelta(seconds=1)
_LOST: Final = "The worker was lost."


class Postman:
    """The deliveries under way in this process; few at a time to one webhook, so that a slow one does not hold up others."""

    def __init__(self, database: Database) -> None:
        """Take where the outbox is."""
        self._database = database
        self._tasks: set[asyncio.Task[None]] = set()
        self._to: Counter[UUID] = Counter()

    def has_room(self, webhook_id: UUID) -> bool:
        """Whether another delivery to a webhook may begin."""
        return len(self._tasks) < _AT_ONCE and self._to[webhook_id] < _AT_ONCE_TO_ONE

    def start(self, organization_id: OrganizationId, sender: Sender, claimed: Claimed) -> None:
        """Begin to send."""
        self._to[sender.id] += 1
        task = asyncio.create_task(self._send(organization_id, sender, claimed), name="webhook")
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._end(done, sender.id))

    def _end(self, task: asyncio.Task[None], webhook_id: UUID) -> None:
        self._tasks.discard(task)
        self._to[webhook_id] -= 1

    async def settle(self) -> None:
        """Wait until what was begun has ended. For tests, which otherwise could not tell."""
        while self._tasks:
            await asyncio.wait(set(self._tasks))

    async def _send(self, organization_id: OrganizationId, sender: Sender, claimed: Claimed) -> None:
        try:
            began, now = time.monotonic(), self._database.clock.now()
            outcome = await send(self._database.resources, sender, str(claimed.id), claimed.payload, now=now)
            milliseconds = int((time.monotonic() - began) * 1000)
            async with self._database.system_context([organization_id]) as ctx:
                await _put_down(ctx, claimed, outcome, milliseconds)
        except Exception as error:  # noqa: BLE001 - the border of a task: the lease ends by itself, and it is sent again
            _log.warning("webhooks.sending_failed", delivery_id=str(claimed.id), error=str(error))


def postman_of(database: Database) -> Postman:
    """Return the process's one postman."""
    return database.resources.part(Postman, lambda: Postman(database))


async def on_due(database: Database, timer: Timer) -> None:
    """Claim a delivery, and begin to send it. Takes no time itself."""
    postman, delivery_id = postman_of(database), timer.subject_id
    sender, claimed = None, None
    async with database.system_context([timer.organization_id]) as ctx:
        await timers.finish(ctx, timer)
        found = await repository.get_delivery(ctx, delivery_id)
        if found is None:
            return
        if not postman.has_room(found.webhook_id):
            await timers.schedule(ctx, SEND, delivery_id, ctx.now + _BUSY)
            return
        claimed = await repository.claim(ctx, delivery_id, _LEASE)
        if claimed is None:
            again_at = await repository.find_next(ctx, delivery_id)
            if again_at is not None:
                await timers.schedule(ctx, SEND, delivery_id, again_at)
            return
        if claimed.was_lost:
            lost = WebhookAttempt(claimed.attempts - 1, "lost", None, None, _LOST, 0, ctx.now)
            await repository.add_attempt(ctx, claimed.id, lost)
            if is_used_up(lost.number, now=ctx.now, give_up_at=claimed.give_up_at):
                await repository.end(ctx, claimed, WebhookState.DEAD, reason=_LOST)
                await _count_dead(ctx, claimed, _LOST)
                return
        sender = await repository.get_sender(ctx, claimed.endpoint_id)
        if sender is None or sender.status != WebhookStatus.ACTIVE:
            await repository.end(ctx, claimed, WebhookState.DEAD, reason="the webhook is disabled")
            return
        await timers.schedule(ctx, SEND, delivery_id, ctx.now + _LEASE)
    postman.start(timer.organization_id, sender, claimed)


async def send(resources: Resources, sender: Sender, message_id: str, payload: JsonObject, *, now: datetime) -> SendResult:
    """Send once. ``now`` is the instant of the signature."""
    sealed = (sender.secret_encrypted, sender.former_secret_encrypted)
    secrets = [resources.secrets.open(each) for each in sealed if each is not None]
    return await post_signed(resources.outbound, sender.url, secrets, message_id, payload, now=now)


async def _put_down(ctx: Context, claimed: Claimed, outcome: SendResult, milliseconds: int) -> None:
    attempt = WebhookAttempt(
        claimed.attempts, outcome.outcome, outcome.status_code, outcome.response, outcome.error, milliseconds, ctx.now
    )
    if outcome.outcome == "sent":
        if await repository.end(ctx, claimed, WebhookState.SENT):
            await repository.note_sent(ctx, claimed.endpoint_id)
            await repository.add_attempt(ctx, claimed.id, attempt)
            await timers.cancel(ctx, SEND, claimed.id)
        return
    error = outcome.error or "The message could not be sent."
    again_at = next_attempt(outcome, claimed.attempts, now=ctx.now, give_up_at=claimed.give_up_at)
    state = WebhookState.DEAD if again_at is None else WebhookState.QUEUED
    reason = error[:500] if again_at is None else None
    if not await repository.end(ctx, claimed, state, reason=reason, again_at=again_at):
        return
    await repository.add_attempt(ctx, claimed.id, attempt)
    await repository.note_error(ctx, claimed.endpoint_id, error)
    if again_at is not None:
        await timers.schedule(ctx, SEND, claimed.id, again_at)
        return
    await timers.cancel(ctx, SEND, claimed.id)
    await _count_dead(ctx, claimed, error, is_gone=outcome.is_gone)


async def _count_dead(ctx: Context, claimed: Claimed, error: str, *, is_gone: bool = False) -> None:
    in_row = await repository.count_dead(ctx, claimed.endpoint_id)
    if (is_gone or in_row >= DEAD_ENOUGH) and await repository.fail(ctx, claimed.endpoint_id):
        await events.append(ctx, DISABLED, {"webhook_id": str(claimed.endpoint_id), "error": error[:500]})

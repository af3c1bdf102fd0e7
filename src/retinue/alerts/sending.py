"""Sending what waits in the outbox: at least once, in order per alert and channel, each channel by itself.

A delivery is claimed with a lease in a commit of its own, sent without a transaction, and ended in another commit, so a
worker that dies loses nothing: the next one sends it again under the same id. One slow receiver holds up its channel alone.
"""

import asyncio
import time
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from retinue.alerts import repository_channels as channels
from retinue.alerts import repository_deliveries as deliveries
from retinue.alerts import rules, unsubscribing
from retinue.alerts.announcing import announce_failure
from retinue.alerts.channels import email, slack
from retinue.alerts.payloads import joined
from retinue.alerts.repository_channels import ChannelRow
from retinue.alerts.repository_deliveries import Claimed
from retinue.alerts.types import ChannelKind, ChannelStatus, DeliveryAttempt, DeliveryState
from retinue.alerts.watch import watch_of
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject
from retinue.core.logging import get_logger
from retinue.core.mail.settings import MailSettings
from retinue.core.outbound.deliveries import DEAD_ENOUGH, SendResult, is_used_up, next_attempt, post_signed
from retinue.core.resources import Resources
from retinue.notifications import service as notifications
from retinue.notifications.types import News, NotificationType, Priority

_log = get_logger(__name__)

_LEASE = timedelta(seconds=90)
_AT_ONCE = 32
_SLACK_PAUSE_SECONDS = 1.0
_LOST = "The worker was lost."
_OPENING = ("opened", "reopened")
_GROUPED_WITH = {"opened": _OPENING, "reopened": _OPENING, "resolved": ("resolved",)}


class Postman:
    """The deliveries under way in this process: one task a channel."""

    def __init__(self, database: Database) -> None:
        """Take where the outbox is."""
        self._database = database
        self._tasks: dict[UUID, asyncio.Task[None]] = {}

    async def start_due(self) -> None:
        """Begin with each channel that has something to send and is not served already."""
        for organization_id, channel_id in await deliveries.list_due(self._database, 1000):
            if len(self._tasks) >= _AT_ONCE:
                return
            if channel_id not in self._tasks:
                task = asyncio.create_task(self._serve(organization_id, channel_id), name="alerts channel")
                self._tasks[channel_id] = task
                task.add_done_callback(lambda _, channel_id=channel_id: self._end(channel_id))

    def _end(self, channel_id: UUID) -> None:
        del self._tasks[channel_id]
        watch_of(self._database.resources).wake()  # an attempt that failed may be due again soon

    async def settle(self) -> None:
        """Wait until what was begun has ended."""
        while self._tasks:
            await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def _serve(self, organization_id: OrganizationId, channel_id: UUID) -> None:
        try:
            while await self._send_next(organization_id, channel_id):
                pass
        except Exception as error:  # noqa: BLE001 - the border of a task: the lease ends by itself
            _log.warning("alerts.sending_failed", channel_id=str(channel_id), error=str(error))

    async def _send_next(self, organization_id: OrganizationId, channel_id: UUID) -> bool:
        async with self._database.system_context([organization_id]) as ctx:
            channel = await channels.get(ctx, channel_id)
            claimed = None if channel is None else await deliveries.claim(ctx, channel_id, _LEASE)
            if channel is None or claimed is None:
                return False
            if claimed.was_lost:
                lost = DeliveryAttempt(claimed.attempts - 1, "lost", None, None, _LOST, 0, ctx.now)
                await deliveries.add_attempt(ctx, claimed.id, lost)
                if is_used_up(lost.number, now=ctx.now, give_up_at=claimed.give_up_at):
                    await deliveries.end(ctx, claimed, DeliveryState.DEAD, reason=_LOST)
                    await channels.note_error(ctx, channel.id, _LOST)
                    await _count_dead(ctx, channel, claimed, _LOST)
                    return True
            if channel.status is not ChannelStatus.ACTIVE:
                await deliveries.end(ctx, claimed, DeliveryState.SUPPRESSED, reason=f"the channel is {channel.status}")
                return True
            claimed = await _gathered(ctx, claimed)
        began = time.monotonic()
        result = await send(
            self._database.resources, channel, str(claimed.id), claimed.payload, now=self._database.clock.now()
        )
        milliseconds = int((time.monotonic() - began) * 1000)
        async with self._database.system_context([organization_id]) as ctx:
            await _end(ctx, channel, claimed, result, milliseconds)
        if channel.kind is ChannelKind.SLACK:
            await asyncio.sleep(_SLACK_PAUSE_SECONDS)  # Slack takes one message a second
        return True


async def _gathered(ctx: Context, claimed: Claimed) -> Claimed:
    """Make what waits about the same rule part of the first attempt's message, which later attempts repeat."""
    if claimed.attempts > 1 or claimed.event_type not in _GROUPED_WITH:
        return claimed
    if not claimed.is_digest:
        await deliveries.group(ctx, claimed, _GROUPED_WITH[claimed.event_type], rules.GROUP_WAIT, rules.MAX_GROUPED)
    members, total = await deliveries.list_members(ctx, claimed.id, rules.MAX_GROUPED)
    if not total and not claimed.is_digest:
        return claimed
    console = ctx.resources.core.public_url
    payload = joined(claimed.payload, members, total, is_digest=claimed.is_digest, console=console)
    return replace(claimed, payload=await deliveries.set_payload(ctx, claimed.id, payload))


def postman_of(database: Database) -> Postman:
    """Return the process's one postman."""
    return database.resources.part(Postman, lambda: Postman(database))


async def deliver(database: Database) -> None:
    """Begin to send what is due. Every worker attempts it; what one has claimed is not another's."""
    await postman_of(database).start_due()


async def send(
    resources: Resources, channel: ChannelRow, message_id: str, payload: JsonObject, *, now: datetime
) -> SendResult:
    """Send once to a channel. ``now`` is the instant of the signature."""
    if channel.kind is ChannelKind.EMAIL:
        settings = resources.settings_of(MailSettings)
        link = unsubscribing.link_of(resources, channel)
        return await email.send(settings, channel.name, message_id, payload, link)
    if channel.secret_encrypted is None:
        return SendResult("refused", error="The channel has no secret. Save it again.")
    secret = resources.secrets.open(channel.secret_encrypted)
    if channel.kind is ChannelKind.SLACK:
        return await slack.send(resources.outbound, secret, payload)
    secrets_in_use = [secret]
    if channel.former_secret_encrypted is not None:
        secrets_in_use.append(resources.secrets.open(channel.former_secret_encrypted))
    return await post_signed(resources.outbound, channel.address or "", secrets_in_use, message_id, payload, now=now)


async def _end(ctx: Context, channel: ChannelRow, claimed: Claimed, result: SendResult, milliseconds: int) -> None:
    attempt = DeliveryAttempt(
        claimed.attempts, result.outcome, result.status_code, result.response, result.error, milliseconds, ctx.now
    )
    if result.outcome == "sent":
        if await deliveries.end(ctx, claimed, DeliveryState.SENT):
            await channels.count_sent(ctx, channel.id)
            await deliveries.add_attempt(ctx, claimed.id, attempt)
        return
    again_at = next_attempt(result, claimed.attempts, now=ctx.now, give_up_at=claimed.give_up_at)
    error = result.error or "The message could not be sent."
    if again_at is not None:
        is_own = await deliveries.end(ctx, claimed, DeliveryState.QUEUED, again_at=again_at)
    else:
        is_own = await deliveries.end(ctx, claimed, DeliveryState.DEAD, reason=error[:500])
    if not is_own:
        return
    await deliveries.add_attempt(ctx, claimed.id, attempt)
    await channels.note_error(ctx, channel.id, error)
    if again_at is None:
        await _count_dead(ctx, channel, claimed, error, is_gone=result.is_gone)


async def _count_dead(ctx: Context, channel: ChannelRow, claimed: Claimed, error: str, *, is_gone: bool = False) -> None:
    in_row = await channels.count_dead(ctx, channel.id)
    if (is_gone or in_row >= DEAD_ENOUGH) and await channels.fail_channel(ctx, channel.id):
        await _tell_failed(ctx, channel, error)
        await announce_failure(ctx, claimed.alert_id, channel, error[:500])


async def _tell_failed(ctx: Context, channel: ChannelRow, error: str) -> None:
    title = f"Alerts are no longer sent to {channel.name}"
    text = f"The {channel.kind} channel was disabled after errors. {error} Repair it, test it, and enable it again."
    data: JsonObject = {"channel_id": str(channel.id), "kind": channel.kind.value}
    news = News(NotificationType.ALERT, title, text, data, Priority.HIGH, fold=f"alert_channel:{channel.id}")
    await notifications.notify_responsible(ctx, None, news)

"""Ending of alerts to an e-mail address by the link of a message, without signing in.

The channel is unverified from then on: the address gets alerts again only after its owner has entered another code.
"""

from typing import Final
from uuid import UUID

from retinue.alerts import repository_channels as channels
from retinue.alerts.repository_channels import ChannelRow
from retinue.alerts.types import ChannelKind, ChannelStatus
from retinue.core import audit
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject
from retinue.core.mail import unsubscribing
from retinue.core.mail.unsubscribing import UnsubscribeLink, UnsubscribeLinkInvalidError, Unsubscription
from retinue.core.resources import Resources
from retinue.notifications import service as notifications
from retinue.notifications.types import News, NotificationType, Priority

WHAT_FOR: Final = "alerts"


def link_of(resources: Resources, channel: ChannelRow) -> UnsubscribeLink:
    """Return the link by which the recipient of an e-mail channel ends it."""
    return unsubscribing.link_of(resources, WHAT_FOR, str(channel.organization_id), str(channel.id))


async def preview(database: Database, token: str) -> Unsubscription:
    """Return what a link ends. Raises ``UnsubscribeLinkInvalidError``."""
    return await _act(database, token, ends=False)


async def end(database: Database, token: str) -> Unsubscription:
    """End alerts to the address of a link, and notify owners and admins. Raises ``UnsubscribeLinkInvalidError``."""
    return await _act(database, token, ends=True)


async def _act(database: Database, token: str, *, ends: bool) -> Unsubscription:
    organization, channel_id = unsubscribing.parts_of(database.resources, token, WHAT_FOR)
    async with database.system_context([OrganizationId(UUID(organization))]) as ctx:
        channel = await channels.get(ctx, UUID(channel_id), lock=ends)
        if channel is None or channel.kind is not ChannelKind.EMAIL:
            raise UnsubscribeLinkInvalidError
        if ends and channel.status is not ChannelStatus.UNVERIFIED:
            await _end(ctx, channel)
        name = await channels.get_organization_name(ctx)
        return Unsubscription(channel.name, name, ["alert"], ends or channel.status is ChannelStatus.UNVERIFIED)


async def _end(ctx: Context, channel: ChannelRow) -> None:
    await channels.unsubscribe(ctx, channel.id)
    await audit.record(ctx, "alert_channel.unsubscribed", ("alert_channel", channel.id))
    data: JsonObject = {"channel_id": str(channel.id), "kind": channel.kind.value}
    text = "The recipient unsubscribed. They get alerts again when they enter a code that you send to them."
    news = News(NotificationType.ALERT, f"Alerts are no longer sent to {channel.name}", text, data, Priority.HIGH)
    await notifications.notify_responsible(ctx, None, news)

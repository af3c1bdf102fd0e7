"""Channels over HTTP."""

from uuid import UUID

from fastapi import APIRouter, Request

from retinue.alerts import destinations
from retinue.alerts.schemas import CreateAlertChannel, UpdateAlertChannel, VerifyAlertChannel
from retinue.alerts.types import AlertChannel, AlertDelivery, ChannelTest, IssuedChannel
from retinue.core.db.pages import Page
from retinue.core.http.context import actor_of, database_of, open_context

router = APIRouter(tags=["alerts"])


@router.get("/alert-channels")
async def list_alert_channels(request: Request) -> Page[AlertChannel]:
    """List the channels to which alerts are sent."""
    async with open_context(request) as ctx:
        return Page(await destinations.list_all(ctx), None)


@router.post("/alert-channels", status_code=201)
async def create_alert_channel(request: Request, body: CreateAlertChannel) -> IssuedChannel:
    """Create a channel. The signing secret of a webhook is returned only here; an e-mail address is sent a code first."""
    async with open_context(request) as ctx:
        return await destinations.create(ctx, body.to_channel())


@router.get("/alert-channels/{channel_id}")
async def get_alert_channel(request: Request, channel_id: UUID) -> AlertChannel:
    """Return one channel."""
    async with open_context(request) as ctx:
        return await destinations.get(ctx, channel_id)


@router.patch("/alert-channels/{channel_id}")
async def update_alert_channel(request: Request, channel_id: UUID, body: UpdateAlertChannel) -> AlertChannel:
    """Change a channel, or enable one that was disabled after errors."""
    async with open_context(request) as ctx:
        return await destinations.update(ctx, channel_id, body.to_changes())


@router.delete("/alert-channels/{channel_id}", status_code=204)
async def delete_alert_channel(request: Request, channel_id: UUID) -> None:
    """Delete a channel to which no rule sends."""
    async with open_context(request) as ctx:
        await destinations.delete(ctx, channel_id)


@router.post("/alert-channels/{channel_id}/test")
async def test_alert_channel(request: Request, channel_id: UUID) -> ChannelTest:
    """Send a test message once, now, and return the receiver's answer."""
    return await destinations.test(database_of(request), await actor_of(request), channel_id)


@router.post("/alert-channels/{channel_id}/verify")
async def confirm_alert_channel(request: Request, channel_id: UUID, body: VerifyAlertChannel) -> AlertChannel:
    """Verify an e-mail address by the code that was sent to it."""
    return await destinations.verify(database_of(request), await actor_of(request), channel_id, body.code)


@router.post("/alert-channels/{channel_id}/code", status_code=202)
async def send_verification_code(request: Request, channel_id: UUID) -> AlertChannel:
    """Send another verification code to an e-mail address."""
    async with open_context(request) as ctx:
        return await destinations.send_code(ctx, channel_id)


@router.post("/alert-channels/{channel_id}/rotate-secret")
async def renew_channel_secret(request: Request, channel_id: UUID) -> IssuedChannel:
    """Create another signing secret; for 24 hours messages carry a signature of the former one too."""
    async with open_context(request) as ctx:
        return await destinations.rotate_secret(ctx, channel_id)


@router.get("/alert-channels/{channel_id}/deliveries")
async def list_channel_deliveries(request: Request, channel_id: UUID) -> Page[AlertDelivery]:
    """List the newest deliveries to a channel, with each attempt."""
    async with open_context(request) as ctx:
        return Page(await destinations.list_deliveries(ctx, channel_id), None)

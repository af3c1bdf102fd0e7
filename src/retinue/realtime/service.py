"""Realtime subscriptions: where clients connect, and what is deleted when nobody can ask for it any more."""

from datetime import timedelta

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.realtime import repository, tokens
from retinue.realtime.settings import RealtimeSettings
from retinue.realtime.tables import PERMISSIONS
from retinue.realtime.types import RealtimeEndpoint


def endpoint(ctx: Context) -> RealtimeEndpoint:
    """Return the URL, the publishable key and the published tables."""
    url = ctx.resources.core.public_url
    address = f"ws{url.removeprefix('http')}/realtime/v1/websocket"
    return RealtimeEndpoint(url, tokens.publishable_keys(ctx.resources.secrets)[0], address, sorted(PERMISSIONS))


async def delete_expired(database: Database) -> None:
    """Delete changes that are older than they can be asked for. Safe on several workers at once."""
    minutes = database.resources.settings_of(RealtimeSettings).realtime_replay_minutes
    await repository.delete_expired(database, timedelta(minutes=minutes + 1))

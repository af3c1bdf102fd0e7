"""What the client's commands for notifications do."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from retinue.cli.client.actions import all_of
from retinue.cli.client.connection import connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED, USAGE, ClientError
from retinue.cli.client.output import harmless, print_json
from retinue.cli.client.tables import print_notifications


async def list_notifications(given: Credentials, wanted: Mapping[str, str], *, limit: int, as_json: bool) -> int:
    """Print your notifications."""
    async with connected(given) as connection:
        found = await all_of(connection, "/notifications", limit, **wanted)
    print_json(found) if as_json else print_notifications(found)
    return COMPLETED


async def read_notifications(given: Credentials) -> int:
    """Mark all your notifications as read."""
    async with connected(given) as connection:
        told = await connection.post("/notifications/read", None)
    print(f"{told['read']} notifications are marked as read.")
    return COMPLETED


async def snooze(given: Credentials, notification: str, hours: float) -> int:
    """Put a notification off for some hours; 0 lists it again at once."""
    try:
        notification_id = uuid.UUID(notification)
    except ValueError:
        text = f"{notification!r} is no id of a notification. 'retinue notifications list' lists them."
        raise ClientError(text, USAGE) from None
    until = (datetime.now(UTC) + timedelta(hours=hours)).isoformat() if hours else None
    async with connected(given) as connection:
        changed = await connection.patch(f"/notifications/{notification_id}", {"snoozed_until": until})
    at = changed["snoozed_until"]
    print(f"{notification_id} is snoozed until {at[:19]}." if at else f"{notification_id} is listed again.")
    return COMPLETED


async def mute(given: Credentials, kind: str, *, is_muted: bool) -> int:
    """Show a type of notification in the inbox no more, or again."""
    async with connected(given) as connection:
        items = (await connection.get("/notifications/preferences"))["items"]
        known = {each["type"]: each for each in items}
        if kind not in known:
            raise ClientError(f"{kind!r} is no type of notification. Use one of {', '.join(known)}.", USAGE)
        await connection.put("/notifications/preferences", {"type": kind, "in_app": not is_muted})
    print(harmless(f"{kind} is {'muted' if is_muted else 'in your inbox again'}."))
    return COMPLETED

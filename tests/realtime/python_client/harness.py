# pyright: basic, reportMissingImports=false, reportAttributeAccessIssue=false
"""Does with the unmodified Python clients of Supabase what lines of JSON on stdin say, and tells on stdout what happens."""

import asyncio
import json
import logging
import sys
from collections.abc import Sequence
from typing import Any

from supabase_auth import AsyncGoTrueClient
from supabase_auth.errors import AuthApiError

from realtime import AsyncRealtimeClient

_MOST_BYTES = 16 * 1024 * 1024
Told = dict[str, Any]


def tell(document: Told) -> None:
    """Write a line."""
    sys.stdout.write(json.dumps(document, default=str) + "\n")
    sys.stdout.flush()


class Harness:
    """What a program of a user's does with the clients."""

    def __init__(self, url: str, key: str) -> None:
        """Take where Retinue is, and its publishable key."""
        headers = {"apikey": key, "Authorization": f"Bearer {key}"}
        self.auth = AsyncGoTrueClient(url=f"{url}/auth/v1", headers=headers, auto_refresh_token=False)
        self.realtime = AsyncRealtimeClient(f"{url}/realtime/v1", key)
        self.channels: Told = {}

    async def sign_in(self, email: str, password: str) -> Told:
        """Sign in, and use the access token for channels, as the client of Supabase does."""
        try:
            signed = await self.auth.sign_in_with_password({"email": email, "password": password})
        except AuthApiError as error:
            return {"error": error.code}
        await self.realtime.set_auth(signed.session.access_token)
        return {"user": signed.user.id, "error": None}

    async def refresh(self) -> Told:
        """Refresh the session, and give the new token to the channels."""
        refreshed = await self.auth.refresh_session()
        await self.realtime.set_auth(refreshed.session.access_token)
        return {"user": refreshed.user.id}

    async def sign_out(self) -> Told:
        """End the session."""
        await self.auth.sign_out()
        return {}

    async def subscribe(
        self, name: str, changes: Sequence[Told] = (), broadcast: str | None = None, presence: str | None = None
    ) -> Told:
        """Subscribe a channel to changes, an event of broadcasts, and presence under a key."""
        config = {"broadcast": {"ack": False, "self": False}, "presence": {"key": presence or "", "enabled": bool(presence)}}
        channel = self.channels[name] = self.realtime.channel(name, {"config": {**config, "private": False}})
        for number, each in enumerate(changes):
            channel.on_postgres_changes(
                each["event"],
                lambda payload, number=number: tell({"channel": name, "number": number, "change": payload}),
                table=each["table"],
                schema=each["schema"],
                filter=each.get("filter"),
            )
        channel.on_system(lambda payload: tell({"channel": name, "system": payload.model_dump()}))
        if broadcast:
            channel.on_broadcast(broadcast, lambda payload: tell({"channel": name, "broadcast": payload}))
        if presence:
            channel.on_presence_sync(lambda: tell({"channel": name, "present": channel.presence_state()}))
        await channel.subscribe(lambda status, error: tell({"channel": name, "status": status.value, "error": str(error)}))
        return {}

    async def send(self, name: str, event: str, payload: Told) -> Told:
        """Broadcast over the connection."""
        await self.channels[name].send_broadcast(event, payload)
        return {}

    async def http_send(self, name: str, event: str, payload: Told) -> Told:
        """Broadcast by HTTP."""
        await self.channels[name].http_send(event, payload)
        return {}

    async def track(self, name: str, payload: Told) -> Told:
        """Say that this member is there."""
        await self.channels[name].track(payload)
        return {}

    async def untrack(self, name: str) -> Told:
        """Say that this member is no longer there."""
        await self.channels[name].untrack()
        return {}

    async def unsubscribe(self, name: str) -> Told:
        """Leave a channel."""
        await self.channels.pop(name).unsubscribe()
        return {}


async def main() -> None:
    """Read lines until stdin ends."""
    logging.disable(logging.CRITICAL)
    harness = Harness(*sys.argv[1:])
    reader = asyncio.StreamReader(limit=_MOST_BYTES)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        arguments = json.loads(line)
        action = arguments.pop("action")
        tell({"done": action, **await getattr(harness, action)(**arguments)})
    await harness.realtime.remove_all_channels()


asyncio.run(main())

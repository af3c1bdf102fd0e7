"""A bare connection to the realtime endpoint, for what the clients do not send."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from retinue.core.json import dumps, loads
from tests.cast import PASSWORD, Person
from tests.realtime.conftest import Realtime

_SECONDS = 15.0


@dataclass
class Socket:
    """Frames of version 2 as lists."""

    ws: Any
    """A connection of aiohttp."""

    async def send(self, *frame: Any) -> None:
        """Send a frame."""
        await self.ws.send_str(dumps(list(frame)).decode())

    async def receive(self) -> Any:
        """Return the next frame. Fails when the server closes the connection."""
        async with asyncio.timeout(_SECONDS):
            message = await self.ws.receive()
        assert message.type is aiohttp.WSMsgType.TEXT, message
        return loads(message.data)

    async def event(self, name: str) -> list[Any]:
        """Return the next frame of an event, and leave out those before it."""
        while (frame := await self.receive())[3] != name:
            pass
        return frame

    async def closed(self) -> tuple[int | None, str]:
        """Wait until the server closes the connection; returns the code and the reason."""
        async with asyncio.timeout(_SECONDS):
            while (message := await self.ws.receive()).type in {aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY}:
                pass
        return self.ws.close_code, str(message.extra or "")

    async def join(self, topic: str, token: str | None, *changes: dict[str, Any], **config: Any) -> list[Any]:
        """Join a channel; returns the answer."""
        payload: dict[str, Any] = {"config": {"postgres_changes": list(changes), **config}}
        if token is not None:
            payload["access_token"] = token
        await self.send("1", "1", f"realtime:{topic}", "phx_join", payload)
        return await self.event("phx_reply")


async def token_of(realtime: Realtime, person: Person) -> str:
    """Sign a person in; returns the access token."""
    url = f"{realtime.url}/auth/v1/token?grant_type=password"
    body = {"email": person.email, "password": PASSWORD}
    async with person.http.session.post(url, json=body, headers={"apikey": realtime.key}) as response:
        assert response.status == 200, await response.text()
        return (await response.json())["access_token"]


@asynccontextmanager
async def connected(realtime: Realtime, *, base: str | None = None, **options: Any) -> AsyncGenerator[Socket]:
    """Connect until the body is left."""
    url = f"{base or realtime.url}/realtime/v1/websocket"
    parameters = {"apikey": realtime.key, "vsn": "2.0.0"}
    session: Any = realtime.cast.nobody.session
    async with session.ws_connect(url, params=parameters, max_msg_size=0, **options) as ws:
        yield Socket(ws)

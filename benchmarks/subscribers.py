"""Subscribers of row changes for benchmarks and tests: they connect again as clients do, and ask for what they missed."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
import psycopg

from benchmarks.installation import Installation, start

_PASSWORD = "correct horse battery staple"  # noqa: S105 - of this benchmark
_BACK_OFF = (1.0, 2.0, 5.0, 10.0)
"""Seconds before the attempts to connect again, as in the client of JavaScript."""
_HEARTBEAT_SECONDS = 25.0


async def tokens_of_persons(made: Installation, count: int) -> list[str]:
    """Add so many members to the organization; returns an access token of each."""
    shown = await made.call("GET", "/realtime")
    tokens: list[str] = []
    for number in range(count):
        email = f"person{number}@example.com"
        sent = await made.call("POST", "/invitations", {"email": email, "role": "viewer"})
        token = str(sent["accept_url"]).rpartition("token=")[2]
        body = {"token": token, "full_name": f"Person {number}", "password": _PASSWORD + secrets.token_hex(2)}
        async with made.http.post(f"{made.api_url}/api/v1/invitations/accept", json=body) as response:
            if response.status >= 300:
                raise SystemExit(await response.text())
        made.http.cookie_jar.clear()
        url = f"{made.api_url}/auth/v1/token?grant_type=password"
        signed = {"email": email, "password": body["password"]}
        async with made.http.post(url, json=signed, headers={"apikey": shown["publishable_key"]}) as response:
            tokens.append((await response.json())["access_token"])
    return tokens


def text_of(number: int) -> str:
    """Return the description that the change of a number writes: the number, and when."""
    return f"change {number} {time.time()}"


@dataclass
class Subscriber:
    """A client with one channel, which subscribes to the updates of one agent."""

    made: Installation
    key: str
    token: str
    agent: str
    delays: list[float] = field(default_factory=list[float])
    """From before the statement to the frame, in seconds."""
    numbers: Counter[int] = field(default_factory=Counter[int])
    """How often each change came, by its number."""
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    joins: int = 0
    problems: list[str] = field(default_factory=list[str])
    since: str | None = None

    async def run(self) -> None:
        """Receive until cancelled, over any number of connections."""
        attempt = 0
        while True:
            before = self.joins
            with suppress(aiohttp.ClientError, OSError):
                await self._connect()
            self.ready.clear()
            attempt = 0 if self.joins > before else attempt + 1
            await asyncio.sleep(_BACK_OFF[min(attempt, len(_BACK_OFF) - 1)])

    async def _connect(self) -> None:
        url = f"{self.made.api_url}/realtime/v1/websocket?apikey={self.key}&vsn=2.0.0"
        change = {"event": "UPDATE", "schema": "public", "table": "agents", "filter": f"id=eq.{self.agent}"}
        if self.since is not None:
            change["since"] = self.since
        join = ["1", "1", "realtime:a", "phx_join", {"config": {"postgres_changes": [change]}, "access_token": self.token}]
        async with self.made.http.ws_connect(url) as ws:
            await ws.send_str(orjson.dumps(join).decode())
            beating = asyncio.create_task(_beat(ws))
            try:
                async for message in ws:
                    if message.type is not aiohttp.WSMsgType.TEXT:
                        break
                    if not self._take(orjson.loads(message.data)):
                        break
            finally:
                beating.cancel()

    def _take(self, frame: Any) -> bool:
        """Take a frame; say whether the channel is still there."""
        event, payload = frame[3], frame[4]
        if event == "phx_reply" and frame[1] == "1":
            if payload["status"] != "ok":
                self.problems.append(str(payload["response"]))
                return False
            self.joins += 1
            self.ready.set()
        elif event == "system" and payload["status"] != "ok":
            self.problems.append(payload["message"])
        elif event in {"phx_close", "phx_error"}:
            self.problems.append(event)
            return False
        elif event == "postgres_changes":
            data = payload["data"]
            _, number, sent = data["record"]["description"].split(" ")
            self.delays.append(time.time() - float(sent))
            self.numbers[int(number)] += 1
            self.since = data["commit_timestamp"]
        return True


async def _beat(ws: aiohttp.ClientWebSocketResponse) -> None:
    while True:
        await asyncio.sleep(_HEARTBEAT_SECONDS)
        await ws.send_str('[null,"h","phoenix","heartbeat",{}]')


async def subscribed(subscribers: Sequence[Subscriber], seconds: float = 120) -> None:
    """Wait until all have a channel."""
    async with asyncio.timeout(seconds):
        await asyncio.gather(*(each.ready.wait() for each in subscribers))


async def restart(made: Installation, number: int) -> float:
    """End the API by a signal and start it again on the same port; return the seconds until it answered."""
    process, began = made.processes["api"], time.perf_counter()
    process.send_signal(number)
    await asyncio.to_thread(process.wait)
    made.processes["api"] = start(made.environ, "api")
    while True:
        with suppress(aiohttp.ClientError):
            async with made.http.get(f"{made.api_url}/healthz"):
                return time.perf_counter() - began
        await asyncio.sleep(0.02)


@dataclass
class Writer:
    """Changes agents in turns, each in a transaction of its own, at a rate; change n is of agent n modulo their number."""

    owner_url: str
    agents: Sequence[str]
    rate: float
    count: int = 0
    is_stopped: bool = False

    async def run(self, seconds: float) -> None:
        """Change agents for a while, or until ``is_stopped`` is set."""
        began, before = time.perf_counter(), self.count
        async with await psycopg.AsyncConnection.connect(self.owner_url, autocommit=True) as connection:
            while (elapsed := time.perf_counter() - began) < seconds and not self.is_stopped:
                if self.count - before > elapsed * self.rate:
                    await asyncio.sleep(0.002)
                    continue
                statement = "UPDATE agents SET description = %s WHERE id = %s"
                await connection.execute(statement, (text_of(self.count), self.agents[self.count % len(self.agents)]))
                self.count += 1

    def of(self, agent: str, first: int = 0) -> set[int]:
        """Return the numbers of the changes of an agent, from one on."""
        place = self.agents.index(agent)
        return {number for number in range(first, self.count) if number % len(self.agents) == place}

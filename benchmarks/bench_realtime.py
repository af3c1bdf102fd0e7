"""How late is a change at 1,000 subscribers, and what does a subscriber cost?

1,000 connections, each with one channel that subscribes to one of 50 agents by ``id=eq.…``, of ten persons with a session
each. 200 agents a second are changed, each in a transaction of its own and matching 20 subscribers: 4,000 frames a second,
for 20 seconds. The delay is from before the ``UPDATE`` to the frame at the subscriber; all share one machine and one clock.
Memory is the resident size of the API after the joins less before them, divided by the subscribers. ``lost`` counts frames
that did not come.

    python -m benchmarks.bench_realtime
"""

import asyncio
import os
import secrets
import time
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import psycopg

from benchmarks.installation import Installation, installation
from benchmarks.report import Report, percentile

SUBSCRIBERS, AGENTS, PERSONS = 1000, 50, 10
RATE, SECONDS = 200, 20.0
_MARK = "sent "
_PASSWORD = "correct horse battery staple"  # noqa: S105 - of this benchmark
_GOAL_MS = 250


def _resident_kib(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024


async def _persons(made: Installation) -> list[str]:
    """Add members to the organization; returns an access token of each."""
    shown = await made.call("GET", "/realtime")
    tokens: list[str] = []
    for number in range(PERSONS):
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


class _Subscriber:
    def __init__(self) -> None:
        self.delays: list[float] = []
        self.ready = asyncio.Event()

    async def run(self, made: Installation, key: str, token: str, agent: str) -> None:
        url = f"{made.api_url}/realtime/v1/websocket?apikey={key}&vsn=2.0.0"
        changes = [{"event": "UPDATE", "schema": "public", "table": "agents", "filter": f"id=eq.{agent}"}]
        join = ["1", "1", "realtime:a", "phx_join", {"config": {"postgres_changes": changes}, "access_token": token}]
        async with made.http.ws_connect(url, heartbeat=30) as ws:
            await ws.send_str(orjson.dumps(join).decode())
            async for message in ws:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    break
                frame: Any = orjson.loads(message.data)
                if frame[3] == "phx_reply":
                    assert frame[4]["status"] == "ok", frame
                    self.ready.set()
                elif frame[3] == "postgres_changes":
                    text = frame[4]["data"]["record"]["description"]
                    self.delays.append(time.time() - float(text.removeprefix(_MARK)))


async def _change(made: Installation, agents: list[str]) -> int:
    """Change agents at the rate; returns how many."""
    count, began = 0, time.perf_counter()
    async with await psycopg.AsyncConnection.connect(made.owner_url, autocommit=True) as connection:
        while (elapsed := time.perf_counter() - began) < SECONDS:
            if count > elapsed * RATE:
                await asyncio.sleep(0.002)
                continue
            statement = "UPDATE agents SET description = %s WHERE id = %s"
            await connection.execute(statement, (f"{_MARK}{time.time()}", agents[count % AGENTS]))
            count += 1
    return count


async def main() -> None:
    """Measure and tell."""
    report = Report("realtime")
    for whose in ("ADDRESS", "USER"):
        os.environ[f"RETINUE_REALTIME_CONNECTIONS_PER_{whose}"] = str(SUBSCRIBERS)
    async with installation(workers=0) as made:
        ids = [(await made.call("POST", "/agents", {"name": f"Agent {number}"}))["id"] for number in range(AGENTS)]
        tokens = await _persons(made)
        key = (await made.call("GET", "/realtime"))["publishable_key"]
        api = made.processes["api"].pid
        before = _resident_kib(api)
        subscribers = [_Subscriber() for _ in range(SUBSCRIBERS)]
        tasks: list[asyncio.Task[None]] = []
        began = time.perf_counter()
        for number, each in enumerate(subscribers):
            work = each.run(made, key, tokens[number % PERSONS], ids[(number // PERSONS) % AGENTS])
            tasks.append(asyncio.create_task(work))
            if number % 50 == 49:
                await asyncio.gather(*(other.ready.wait() for other in subscribers[: number + 1]))
        report.figure("joins a second", SUBSCRIBERS / (time.perf_counter() - began), "")
        report.figure("memory a subscriber", (_resident_kib(api) - before) / SUBSCRIBERS, "KiB")
        cpu = {part: made.cpu_seconds(part) for part in ("api", "postgres")}
        count = await _change(made, ids)
        await asyncio.sleep(2.0)
        spent = {part: made.cpu_seconds(part) - cpu[part] for part in cpu}
        delays = [delay for each in subscribers for delay in each.delays]
        expected = sum(len(range(index, count, AGENTS)) * (SUBSCRIBERS // AGENTS) for index in range(AGENTS))
        report.figure("changes a second", count / SECONDS, "")
        report.figure("frames", len(delays), "")
        report.figure("lost", expected - len(delays), "", most=0)
        for share in (0.5, 0.95, 0.99):
            most = _GOAL_MS if share == 0.99 else None
            report.figure(f"delay p{share * 100:g}", percentile(delays, share) * 1000, "ms", most=most)
        report.figure("delay, longest", max(delays) * 1000, "ms")
        for part, seconds in spent.items():
            report.figure(f"CPU, {part}", seconds / SECONDS * 100, "% of a core")
        report.figure("memory a subscriber, after", (_resident_kib(api) - before) / SUBSCRIBERS, "KiB")
        for task in tasks:
            task.cancel()
    report.close()


if __name__ == "__main__":
    asyncio.run(main())

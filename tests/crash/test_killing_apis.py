"""The API dies in the middle of a stream: the run goes on, and a client that comes back misses and repeats nothing."""

import asyncio
import json
import signal
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from retinue.core.context import Actor, ActorKind
from retinue.core.ids import RunId
from retinue.core.json import JsonObject
from retinue.core.permissions import Role
from retinue.identity.api_keys import service as api_keys
from retinue.identity.api_keys.types import NewApiKey
from retinue.process import Process
from tests.cast import make_user
from tests.crash.ground import Ground, free_port

_WORDS = 60
_TURNS: list[JsonObject] = [
    {"tool_calls": [{"name": "look", "arguments": {"number": 1}}], "delay_ms": 300},
    {"text": " ".join(f"word{number}" for number in range(_WORDS)), "tokens_per_second": 30},
]


@dataclass
class _Reader:
    """A client that follows a run, as a browser does: it remembers the last id, and each step's text by its offsets."""

    ids: list[int] = field(default_factory=list[int])
    kinds: list[str] = field(default_factory=list[str])
    texts: dict[str, str] = field(default_factory=dict[str, str])

    def take(self, frame: str) -> None:
        fields = dict(line.split(": ", 1) for line in frame.splitlines() if ": " in line)
        if "event" not in fields:
            return
        self.kinds.append(fields["event"])
        if "id" in fields:
            self.ids.append(int(fields["id"]))
        if fields["event"] == "token":
            data: dict[str, Any] = json.loads(fields["data"])
            text = self.texts.get(data["step_id"], "")
            assert data["index"] <= len(text), "text is missing"
            self.texts[data["step_id"]] = text[: data["index"]] + data["text"]


async def _follow(url: str, key: str, run_id: RunId, reader: _Reader) -> bool:
    """Follow until the stream breaks off (False) or ends (True)."""
    headers = {"Authorization": f"Bearer {key}", "Accept": "text/event-stream"}
    if reader.ids:
        headers["Last-Event-ID"] = str(reader.ids[-1])
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{url}/api/v1/runs/{run_id}/events", headers=headers) as response,
        ):
            assert response.status == 200, await response.text()
            buffer = ""
            async for chunk in response.content.iter_any():
                buffer += chunk.decode()
                while "\n\n" in buffer:
                    frame, buffer = buffer.split("\n\n", 1)
                    reader.take(frame)
    except aiohttp.ClientError:
        return False
    return "end" in reader.kinds


async def _key(ground: Ground) -> str:
    process = Process(ground.environ)
    await process.start()
    try:
        user_id = await make_user(process, "olga", "crash")
        ground.rows(
            "INSERT INTO memberships (user_id, organization_id, role) VALUES (%s, %s, 'owner') RETURNING role",
            *(user_id, ground.organization_id),
        )
        permissions = process.resources.permissions_of(Role.OWNER)
        actor = Actor(ActorKind.USER, user_id, ground.organization_id, Role.OWNER, permissions)
        async with process.database.context(actor) as ctx:
            issued = await api_keys.create(ctx, NewApiKey(name="crash", scopes=frozenset({"runs:read"}), expires_at=None))
        return issued.key
    finally:
        await process.stop()


async def _answers(url: str) -> None:
    async with asyncio.timeout(30), aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"{url}/healthz"):
                    return
            except aiohttp.ClientError:
                await asyncio.sleep(0.05)


@pytest.mark.timeout(240)
async def test_stream_goes_on_where_it_broke_off(ground: Ground) -> None:
    key = await _key(ground)
    await ground.worker()
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    api = ground.api(port)
    await _answers(url)
    run_id = ground.start(_TURNS, [ground.tool("look", "GET", "read_only")])
    reader, breaks = _Reader(), 0
    while True:
        following = asyncio.create_task(_follow(url, key, run_id, reader))
        if breaks < 2:
            await asyncio.wait([following], timeout=0.9)
            api.signal(signal.SIGKILL)
            await api.gone()
            breaks += 1
            api = ground.api(port)
            await _answers(url)
        if await following:
            break

    assert await ground.status(run_id) == "completed"
    ground.check_record(run_id, steps=3)
    assert reader.ids == list(range(1, len(reader.ids) + 1))
    assert reader.kinds[-2:] == ["run.completed", "end"]
    (text,) = ground.rows("SELECT output ->> 'text' FROM runs WHERE id = %s", run_id)[0]
    assert len(text.split()) == _WORDS
    for seen in reader.texts.values():
        assert text.startswith(seen)
    assert breaks == 2

"""Fixtures of the tests of external agents: an agent of Acme that runs elsewhere, its key, and a worker of Retinue."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from retinue.core.timers import Ticker
from retinue.external.feature import feature
from retinue.external.pushing import pusher_of
from retinue.process import Process
from tests.cast import Cast
from tests.client import Client, Response
from tests.conftest import Postgres
from tests.runs.scene import Scene, working


@dataclass
class Outside:
    """An external agent of Acme, and what it sends with its own key."""

    scene: Scene
    agent: str
    http: Client
    worker: Process

    async def send(self, path: str, wanted: int = 200, /, **body: Any) -> Any:
        """Send something as the agent."""
        sent = await self.post(path, **body)
        assert sent.status == wanted, sent.text
        return sent.json

    async def post(self, path: str, /, **body: Any) -> Response:
        """Send something as the agent, whatever comes of it."""
        return await self.http.post(f"/agents/{self.agent}/{path}", json=body)

    async def parked(self, prompt: str = "Go.", **options: Any) -> str:
        """Start a run, and wait until it waits for the agent."""
        run = await self.scene.started(self.agent, prompt, **options)
        await self.scene.until(run, "waiting")
        return run

    async def claim(self, **body: Any) -> Any:
        """Claim a run that must be there."""
        work = (await self.send("work/claim", **body))["work"]
        assert work is not None
        return work

    async def lose(self, run: str) -> None:
        """Let the lease of a run end."""
        await self.scene.owner("UPDATE external_work SET lease_until = now() - interval '1 second' WHERE run_id = %s", run)

    async def push(self) -> None:
        """Make the calls that are due, as a worker does."""
        ticker = Ticker(self.worker.database, feature.timers)
        await ticker.drain()
        await ticker.settle()
        await pusher_of(self.worker.database).settle()

    async def push_again(self, run: str) -> None:
        """Make the calls of a run again, as if their time had come."""
        await self.scene.owner("UPDATE due_timers SET due_at = now() WHERE subject_id = %s", run)
        await self.push()


@pytest.fixture
async def outside(cast: Cast, process: Process, postgres: Postgres, environ: dict[str, str]) -> AsyncIterator[Outside]:
    for person in (cast.anna, cast.vera):
        await person.http.get("/auth/session")
    scene = Scene(cast, process, postgres)
    async with working(environ, scene.tools) as worker:
        agent = await external_agent(cast)
        yield Outside(scene, agent, await holding(cast, agent), worker)


async def external_agent(cast: Cast, **fields: Any) -> str:
    """Make an active external agent of Acme; return its id."""
    body = {"name": "Probe", "runtime": "external", "status": "active"}
    made = await cast.anna.http.post("/agents", json=body | fields)
    assert made.status == 201, made.text
    return str(made.json["id"])


async def holding(cast: Cast, agent: str) -> Client:
    """Return a client that sends a new key of an agent."""
    issued = await cast.anna.http.post(f"/agents/{agent}/keys", json={})
    assert issued.status == 201, issued.text
    return with_key(cast, issued.json["key"])


def with_key(cast: Cast, key: str) -> Client:
    """Return a client that sends a key."""
    return Client(cast.nobody.session, cast.nobody.base_url, headers={"Authorization": f"Bearer {key}"})

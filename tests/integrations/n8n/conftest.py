"""Fixtures of the tests of n8n: a scene with a worker that follows n8n, and a stand-in for it."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from retinue.core import outbox as events
from retinue.core.timers import Ticker
from retinue.integrations.n8n.feature import feature
from retinue.process import Process
from tests.cast import Cast
from tests.client import Response
from tests.conftest import Postgres
from tests.integrations.n8n.stand_in import KEY, StandIn, standing_in
from tests.runs.scene import Scene, working

SECRET = "webhook-secret-of-the-tests"


@dataclass
class Bridge:
    """Acme and its n8n."""

    scene: Scene
    n8n: StandIn

    @property
    def anna(self) -> Any:
        """The client of Anna, who manages."""
        return self.scene.cast.anna.http

    async def connect(self, **fields: Any) -> Response:
        """Save Acme's connection."""
        body = {"base_url": self.n8n.url, "api_key": KEY, "callback_url": "http://retinue.example.com"}
        return await self.anna.request("PUT", "/n8n/connection", json=body | fields)

    async def link(self, n8n_workflow_id: str, **fields: Any) -> str:
        """Link a workflow of n8n; return the workflow's id."""
        made = await self.anna.post("/n8n/links", json={"n8n_workflow_id": n8n_workflow_id, **fields})
        assert made.status == 201, made.text
        return str(made.json["workflow_id"])

    async def linked(self, name: str = "Orders", **options: Any) -> tuple[str, str]:
        """Add a workflow to n8n and link it; return its id there and here."""
        n8n_id = self.n8n.add(name, **options)
        return n8n_id, await self.link(n8n_id)

    async def start(self, workflow_id: str, given: Any = None) -> str:
        """Start a run; return its id."""
        started = await self.anna.post(f"/workflows/{workflow_id}/runs", json={"input": given or {"n": 21}})
        assert started.status == 202, started.text
        return str(started.json["id"])

    async def begun(self, workflow_id: str, given: Any = None) -> str:
        """Start a run and wait until n8n carries it out; return its id."""
        run_id = await self.start(workflow_id, given)
        run = await self.scene.until(run_id, "waiting", "failed")
        assert (run["status"], run["waiting_reason"]) == ("waiting", "n8n"), run["error"]
        return run_id

    async def look(self, workflow_id: str) -> None:
        """Have Retinue look at the executions of a linked workflow now."""
        read = await self.anna.post(f"/n8n/links/{workflow_id}/refresh", json={})
        assert read.status == 200, read.text

    async def call_back(self, run_id: str, mark: Any, **fields: Any) -> Response:
        """Send a result as n8n does, without signing in."""
        return await self.scene.cast.nobody.post(f"/n8n/callbacks/{run_id}", json={"token": mark["token"], **fields})

    async def runs_of(self, workflow_id: str) -> list[Any]:
        """Return the runs of a workflow, newest first."""
        page = await self.anna.get("/runs?type=workflow&limit=200")
        return [run for run in page.json["items"] if run["workflow_id"] == workflow_id]

    async def appeared(self, workflow_id: str, count: int = 1) -> list[Any]:
        """Wait until so many runs of a workflow are over; return all of them."""
        async with asyncio.timeout(30):
            while True:
                runs = await self.runs_of(workflow_id)
                if sum(run["completed_at"] is not None for run in runs) >= count:
                    return runs
                await asyncio.sleep(0.05)

    async def steps(self, run_id: str) -> list[Any]:
        """Return the steps of a run."""
        page = await self.anna.get(f"/runs/{run_id}/steps?limit=200")
        return list(page.json["items"])

    async def counts(self, workflow_id: str) -> tuple[int, int, int]:
        """Return how many runs a workflow has had, how many completed, and how many failed."""
        read = (await self.anna.get(f"/workflows/{workflow_id}")).json
        return read["execution_count"], read["success_count"], read["error_count"]


@asynccontextmanager
async def following(process: Process) -> AsyncGenerator[None]:
    """Do what a worker does for n8n beside its runs: timers, and events of the outbox."""
    ticker = Ticker(process.database, feature.timers)
    pump = events.Pump(process.database, events.gather(feature.listens))
    process.bus.on_timer_set, process.bus.on_events_ready = ticker.wake, pump.wake
    tasks = [asyncio.create_task(ticker.run()), asyncio.create_task(pump.run())]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def idle(cast: Cast, process: Process, postgres: Postgres) -> AsyncIterator[Bridge]:
    """Give Acme, connected to a stand-in, without a worker."""
    for person in (cast.anna, cast.vera):
        await person.http.get("/auth/session")
    scene = Scene(cast, process, postgres)
    await scene.owner("DELETE FROM due_timers WHERE kind LIKE 'n8n.%%'")
    async with standing_in() as n8n:
        bridge = Bridge(scene, n8n)
        saved = await bridge.connect()
        assert saved.status == 200, saved.text
        yield bridge


@pytest.fixture
async def bridge(idle: Bridge, environ: dict[str, str]) -> AsyncIterator[Bridge]:
    """Give Acme, connected to a stand-in, with a worker."""
    async with working(environ, idle.scene.tools) as process, following(process):
        yield idle

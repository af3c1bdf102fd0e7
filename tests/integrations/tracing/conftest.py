"""Fixtures of the tests of traces: a scene with a worker, a receiver, and the process that exports."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from retinue.integrations.tracing import exporting
from retinue.process import Process
from tests.cast import Cast
from tests.conftest import Postgres
from tests.integrations.tracing.receiver import Receiver, receiving
from tests.runs.scene import Scene, working
from tests.teams.conftest import Teams


@dataclass
class Tracing:
    """A scene whose runs are exported when a test exports them."""

    scene: Scene
    teams: Teams
    receiver: Receiver
    environ: dict[str, str]
    processes: list[Process] = field(default_factory=list[Process])

    async def exporter(self, **settings: str) -> Process:
        """Start a process that knows a destination, as a worker would; from now on ended runs are queued for it."""
        process = Process(self.environ | settings)
        await process.start(is_serving=False)
        self.processes.append(process)
        await exporting.export(process.database)
        return process

    async def to_collector(self, **settings: str) -> Process:
        """Start a process that exports to the receiver."""
        return await self.exporter(RETINUE_OTLP_ENDPOINT=self.receiver.url, **settings)

    async def export(self, *processes: Process) -> None:
        """Let processes export what is due, all at once."""
        await asyncio.gather(*(exporting.export(process.database) for process in processes))

    async def run(self, agent: str, prompt: str = "Go.", **options: Any) -> Any:
        """Run an agent to its end; return the run."""
        return await self.scene.until(await self.scene.started(agent, prompt, **options))

    async def steps(self, run_id: str) -> list[Any]:
        """Return the steps of a run."""
        page = await self.scene.cast.anna.http.get(f"/runs/{run_id}/steps?limit=200")
        assert page.status == 200, page.text
        return list(page.json["items"])

    async def waiting(self, destination: str = "otlp") -> int:
        """Count the runs of Acme that a destination has yet to receive."""
        query = "SELECT count(*) FROM trace_exports WHERE organization_id = %s AND destination = %s"
        return int((await self.scene.owner(query, self.scene.cast.acme, destination))[0][0])

    async def forget_failure(self) -> None:
        """Let the time pass for which a failure is waited out, and for which another process is thought to export."""
        await self.scene.owner("UPDATE trace_destinations SET retry_at = NULL, held_until = now()")


@pytest.fixture
async def tracing(cast: Cast, process: Process, postgres: Postgres, environ: dict[str, str]) -> AsyncIterator[Tracing]:
    scene = Scene(cast, process, postgres)
    for person in (cast.anna, cast.vera):
        await person.http.get("/auth/session")
    worker = environ | {"RETINUE_WORKER_POLL_SECONDS": "0.2"}
    await scene.owner("UPDATE organizations SET trace_content = true WHERE id = %s", cast.acme)
    async with receiving() as receiver, working(worker, scene.tools):
        made = Tracing(scene, Teams(scene), receiver, environ)
        try:
            yield made
        finally:
            for each in made.processes:
                await each.stop()
            await scene.owner("DELETE FROM trace_exports")
            await scene.owner("DELETE FROM trace_destinations")

"""Fixtures of the tests of workflows: a scene with a worker, and workflows whose agents follow scripts."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from retinue.core.timers import Ticker, gather
from retinue.process import Process
from retinue.runs.approvals.feature import feature as approvals
from retinue.runs.external_events.feature import feature as external_events
from tests.cast import Cast
from tests.client import Response
from tests.conftest import Postgres
from tests.runs.scene import Scene, working


@dataclass
class Workflows:
    """Makes workflows of a scene, and reads what their runs did."""

    scene: Scene

    async def post(self, nodes: Sequence[Any], edges: Sequence[Any], **fields: Any) -> Response:
        """Ask for a workflow."""
        return await self.scene.cast.anna.http.post("/workflows", json={"definition": document(nodes, edges, **fields)})

    async def made(self, nodes: Sequence[Any], edges: Sequence[Any], **fields: Any) -> str:
        """Make a workflow of Acme and publish it; return its id."""
        response = await self.post(nodes, edges, **fields)
        assert response.status == 201, response.text
        workflow_id = str(response.json["id"])
        published = await self.scene.cast.anna.http.post(f"/workflows/{workflow_id}/publish", json={})
        assert published.status == 200, published.text
        return workflow_id

    async def changed(self, workflow_id: str, **changes: Any) -> Any:
        """Change a workflow; return it."""
        response = await self.scene.cast.anna.http.patch(f"/workflows/{workflow_id}", json=changes)
        assert response.status == 200, response.text
        return response.json

    async def read(self, workflow_id: str) -> Any:
        """Read a workflow, as Vera."""
        response = await self.scene.cast.vera.http.get(f"/workflows/{workflow_id}")
        assert response.status == 200, response.text
        return response.json

    async def start(self, workflow_id: str, given: Any = None, **options: Any) -> Response:
        """Ask for a run, as Anna."""
        body: Any = {"input": given or {}, **options}
        return await self.scene.cast.anna.http.post(f"/workflows/{workflow_id}/runs", json=body)

    async def started(self, workflow_id: str, given: Any = None, **options: Any) -> str:
        """Start a run; return its id."""
        response = await self.start(workflow_id, given, **options)
        assert response.status == 202, response.text
        return str(response.json["id"])

    async def run(self, workflow_id: str, given: Any = None, **options: Any) -> Any:
        """Run a workflow to its end; return the run."""
        return await self.scene.until(await self.started(workflow_id, given, **options))

    async def steps(self, run_id: str) -> list[Any]:
        """Return a run's steps."""
        page = await self.scene.cast.anna.http.get(f"/runs/{run_id}/steps?limit=200")
        assert page.status == 200, page.text
        return list(page.json["items"])

    async def children(self, run_id: str) -> list[Any]:
        """Return the runs that a run started, oldest first."""
        page = await self.scene.cast.anna.http.get(f"/runs?parent_run_id={run_id}&limit=200")
        assert page.status == 200, page.text
        return list(reversed(page.json["items"]))


def document(nodes: Sequence[Any], edges: Sequence[Any], **fields: Any) -> Any:
    """Write a definition; an edge is a pair, or a body."""
    drawn: list[Any] = [{"from": each[0], "to": each[1]} if isinstance(each, tuple) else each for each in edges]
    return {"format": "retinue.workflow/1", "name": "Desk", "nodes": list(nodes), "edges": drawn, **fields}


def edge(source: str, target: str, **more: Any) -> Any:
    """Write an edge with conditions."""
    return {"from": source, "to": target, **more}


def adds(name: str, **expressions: str) -> Any:
    """Write a node that computes."""
    return {"id": name, "type": "transform", "set": expressions}


def numbers(**defaults: Any) -> Any:
    """Write a state of keys that hold these at first."""
    return {key: {"default": value} for key, value in defaults.items()}


@pytest.fixture
async def scene(cast: Cast, process: Process, postgres: Postgres) -> Scene:
    """Give a scene without a worker."""
    for person in (cast.anna, cast.vera):
        await person.http.get("/auth/session")
    return Scene(cast, process, postgres)


@pytest.fixture
def workflows(scene: Scene) -> Workflows:
    """Give a scene's workflows, without a worker."""
    return Workflows(scene)


@pytest.fixture
async def played(scene: Scene, environ: dict[str, str]) -> AsyncIterator[Workflows]:
    """Give a scene's workflows, with a worker."""
    async with working(environ, scene.tools) as process, ticking(process):
        yield Workflows(scene)


@asynccontextmanager
async def ticking(process: Process) -> AsyncGenerator[None]:
    """Bring about what expires in runs, as a worker does."""
    ticker = Ticker(process.database, gather(approvals.timers, external_events.timers))
    process.bus.on_timer_set = ticker.wake
    task = asyncio.create_task(ticker.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

"""Fixtures of the tests of metrics: what a worker does from time to time is done when the test asks for it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from retinue.metrics import tasks as metrics
from retinue.process import Process
from retinue.usage import tasks as usage
from retinue.usage.buffer import RequestBuffer
from tests.cast import Cast
from tests.client import Client, Response
from tests.conftest import Postgres
from tests.runs.scene import Scene, working


@dataclass
class Meter:
    """Acme's metrics and usage, read as Anna; the worker's periodic work by hand."""

    scene: Scene
    process: Process

    @property
    def http(self) -> Client:
        """The client of Anna, who manages agents."""
        return self.scene.cast.anna.http

    def sign_in_again(self) -> None:
        """Let Anna sign in at her next request: the clock has moved beyond the end of her session."""
        self.http.cookies.clear()
        self.http.csrf_token = None
        self.http.email = self.scene.cast.anna.email

    async def settle(self) -> None:
        """Write the requests so far, then do all periodic work of a worker once."""
        await self.flush()
        for work in (metrics.collect, usage.add_up, metrics.roll_up):
            await work(self.process.database)

    async def flush(self) -> None:
        """Write the requests so far."""
        await self.process.resources.part(RequestBuffer, lambda: RequestBuffer(self.process.database)).flush()

    async def report(self, agent: str, *points: dict[str, Any], status: int = 202) -> Response:
        """Report points of an agent."""
        sent = await self.http.post(f"/agents/{agent}/metrics", json={"points": list(points)})
        assert sent.status == status, sent.text
        return sent

    async def query(self, metric_type: str, **query: Any) -> Any:
        """Query a metric; without a window, of the last day by the hour."""
        found = await self.http.get("/metrics/query", params={"metric_type": metric_type} | query)
        assert found.status == 200, found.text
        return found.json

    async def value(self, metric_type: str, aggregation: str, **query: Any) -> str | None:
        """Return the value of the one day that has points, in a window of the last two; None without points."""
        window = {"start": (datetime.now(UTC) - timedelta(days=1)).isoformat(), "bucket": "day"}
        found = await self.query(metric_type, aggregation=aggregation, **(window | query))
        points = [point for series in found["series"] for point in series["points"]]
        assert len(points) <= 1, points
        return points[0]["value"] if points else None

    async def usage(self, *groups: str, **query: Any) -> Any:
        """Return the report of usage."""
        found = await self.http.get("/usage", params={"group_by": list(groups)} | query)
        assert found.status == 200, found.text
        return found.json


@pytest.fixture
async def meter(cast: Cast, process: Process, postgres: Postgres) -> Meter:
    """Give Acme without a worker: what is started stays pending."""
    made = Meter(Scene(cast, process, postgres), process)
    await made.settle()  # what earlier tests left
    return made


@pytest.fixture
async def working_meter(meter: Meter, environ: dict[str, str]) -> AsyncIterator[Meter]:
    """Give Acme with a worker that carries out runs and does nothing else."""
    async with working(environ, meter.scene.tools):
        yield meter

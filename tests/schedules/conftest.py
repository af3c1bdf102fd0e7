"""Fixtures of the tests of schedules: a clock that is moved by hand, and the ticker of a worker."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from retinue.core.timers import Ticker
from retinue.process import Process
from retinue.schedules.feature import feature
from tests.cast import Cast
from tests.client import Response
from tests.clock import HandClock, hand_clock
from tests.conftest import Postgres
from tests.runs.scene import Scene

MONDAY = datetime(2027, 3, 1, tzinfo=UTC)
"""The instant at which the clock of these tests stands first: midnight of a Monday."""


@pytest.fixture
def clock(postgres: Postgres) -> Iterator[HandClock]:
    with psycopg.connect(postgres.owner_url, autocommit=True) as owner:
        owner.execute("DELETE FROM due_timers")  # of earlier tests, whose clock was another
        with hand_clock(owner, MONDAY) as hand:
            yield hand


@dataclass
class Plan:
    """Makes schedules of Acme, and is the worker that claims what is due. No run goes on: all stay pending."""

    scene: Scene
    clock: HandClock
    agent: str

    async def post(self, **fields: Any) -> Response:
        """Send a schedule: of the agent, hourly and in UTC unless said otherwise."""
        body = {"name": "Report", "target_id": self.agent, "timezone": "UTC", "input": {"prompt": "Report."}}
        if "cron" not in fields:
            body["frequency"] = "hourly"
        return await self.scene.cast.anna.http.post("/schedules", json=body | fields)

    async def create(self, **fields: Any) -> str:
        """Create a schedule; return its id."""
        made = await self.post(**fields)
        assert made.status == 201, made.text
        return str(made.json["id"])

    async def get(self, schedule: str) -> Any:
        """Read a schedule, as Vera."""
        read = await self.scene.cast.vera.http.get(f"/schedules/{schedule}")
        assert read.status == 200, read.text
        return read.json

    async def send(self, schedule: str, verb: str, status: int = 200, **body: Any) -> Any:
        """Ask for something to be done with a schedule."""
        sent = await self.scene.cast.anna.http.post(f"/schedules/{schedule}/{verb}", json=body)
        assert sent.status == status, sent.text
        return sent.json

    async def patch(self, schedule: str, status: int = 200, **fields: Any) -> Any:
        """Change a schedule."""
        sent = await self.scene.cast.anna.http.patch(f"/schedules/{schedule}", json=fields)
        assert sent.status == status, sent.text
        return sent.json

    async def occurrences(self, schedule: str) -> list[Any]:
        """Read all occurrences of a schedule, the earliest due first."""
        found: list[Any] = []
        cursor: str | None = ""
        while cursor is not None:
            page = await self.scene.cast.vera.http.get(f"/schedules/{schedule}/occurrences?limit=200{cursor}")
            assert page.status == 200, page.text
            found += page.json["items"]
            following = page.json["next_cursor"]
            cursor = None if following is None else f"&cursor={following}"
        return found[::-1]

    async def told(self, schedule: str) -> list[tuple[str, str, str | None]]:
        """Return due time, status and reason of all occurrences of a schedule."""
        return [(each["due_at"][5:16], each["status"], each["reason_code"]) for each in await self.occurrences(schedule)]

    async def tick(self, workers: int = 1) -> None:
        """Let workers claim what is due now, all at once."""
        await asyncio.gather(*(Ticker(self.scene.process.database, feature.timers).drain() for _ in range(workers)))

    async def pass_time(self, **by: float) -> None:
        """Move the clock on, and let a worker claim what is due then."""
        self.clock.move(**by)
        await self.tick()

    async def end(self, run: str) -> None:
        """End a run."""
        sent = await self.scene.cast.anna.http.post(f"/runs/{run}/cancel")
        assert sent.status == 200, sent.text

    async def runs(self, schedule: str) -> list[Any]:
        """Read the runs of a schedule, the newest first."""
        page = await self.scene.cast.vera.http.get(f"/runs?limit=200&metadata=schedule_id:{schedule}")
        assert page.status == 200, page.text
        return list(page.json["items"])


@pytest.fixture
async def plan(clock: HandClock, cast: Cast, process: Process, postgres: Postgres) -> Plan:
    scene = Scene(cast, process, postgres)
    return Plan(scene, clock, await scene.agent("Done.", name="Reporter"))

"""Fixtures of the tests of line protocol: an agent, an API key that may report metrics, and what its points became."""

import io
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from retinue.process import Process
from tests.cast import Cast, Person
from tests.client import Client, Response
from tests.conftest import Postgres
from tests.metrics.conftest import Meter
from tests.runs.scene import Scene


@dataclass
class Influx:
    """Acme's agent Scribe, a key of Acme, and the server as a client of InfluxDB sees it."""

    meter: Meter
    agent_id: str
    key: str

    @property
    def url(self) -> str:
        """The base URL that a client of InfluxDB is given."""
        return self.meter.http.base_url

    async def write(self, lines: str | bytes, path: str = "/api/v2/write", **options: Any) -> Response:
        """Write lines with the key, unless other ``headers`` are given."""
        options.setdefault("headers", {"Authorization": f"Token {self.key}"})
        body = io.BytesIO(lines.encode() if isinstance(lines, str) else lines)
        async with self.meter.http.session.post(f"{self.url}{path}", data=body, **options) as response:
            text = await response.text()
            is_json = "json" in response.headers.get("Content-Type", "")
            return Response(response.status, await response.json() if is_json else None, response.headers, text)

    async def points(self, agent_id: str | None = None) -> list[tuple[str, Decimal, str, dict[str, str]]]:
        """Return metric, value, unit and metadata of the agent's stored points."""
        query = """SELECT metric_type, value, unit, metadata FROM agent_metrics WHERE agent_id = %s
            ORDER BY metric_type, recorded_at, value"""
        rows = await self.meter.scene.owner(query, agent_id or self.agent_id)
        return [(row[0], Decimal(row[1]).normalize(), row[2], row[3]) for row in rows]


async def make_key(person: Person, *scopes: str) -> str:
    """Make an API key of a person's organization."""
    made = await person.http.post("/api-keys", json={"name": "influx", "scopes": list(scopes)})
    assert made.status == 201, made.text
    return str(made.json["key"])


async def make_agent(client: Client, name: str) -> str:
    """Make an agent of a name."""
    made = await client.post("/agents", json={"name": name, "instructions": "Work."})
    assert made.status == 201, made.text
    return str(UUID(made.json["id"]))


@pytest.fixture
async def influx(cast: Cast, process: Process, postgres: Postgres) -> Influx:
    """Give an agent named Support Desk without a worker."""
    meter = Meter(Scene(cast, process, postgres), process)
    agent = await make_agent(cast.olga.http, "Support Desk")
    return Influx(meter, agent, await make_key(cast.olga, "metrics:write"))

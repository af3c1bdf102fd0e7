"""Fixtures of the tests of budgets: a scene with a worker, whose models follow scripts that pretend a price."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from retinue.process import Process
from tests.cast import Cast
from tests.conftest import Postgres
from tests.runs.scene import Scene, working


@dataclass
class Purse:
    """Makes budgets of Acme, and looks what runs did to them."""

    scene: Scene

    async def budget(self, **fields: Any) -> Any:
        """Create a budget, of the organization unless said otherwise, and wait until the worker knows of it."""
        body = {"name": "Acme's", "scope": "organization", "limit_usd": "1.00", **fields}
        response = await self.scene.cast.adam.http.post("/budgets", json=body)
        assert response.status == 201, response.text
        await self.known()
        return response.json

    async def known(self) -> None:
        """Wait until a run that costs nothing was reserved: the worker has been told that the organization has budgets."""
        agent = await self.scene.agent("Free.", name="Probe")
        probe = "SELECT count(*) FROM budget_entries e JOIN runs r ON r.id = e.run_id WHERE r.target_id = %s"
        async with asyncio.timeout(30):
            await self.scene.owner("UPDATE budgets SET enabled = true WHERE organization_id = %s", self.scene.cast.acme)
            while True:
                run = await self.scene.until(await self.scene.started(agent))
                is_asked = "budget" in str(run["error"]) or (await self.scene.owner(probe, agent))[0][0]
                if is_asked or not await self._applies():
                    return

    async def _applies(self) -> bool:
        rows = await self.scene.owner(
            "SELECT count(*) FROM budgets WHERE organization_id = %s AND scope IN ('organization', 'run')",
            self.scene.cast.acme,
        )
        return bool(rows[0][0])

    async def look(self, budget_id: str) -> Any:
        """Return a budget once nothing is reserved under it any more."""
        async with asyncio.timeout(30):
            while True:
                found = (await self.scene.cast.anna.http.get(f"/budgets/{budget_id}")).json
                if found["reserved_tokens"] == 0 and found["reserved_usd"] == "0":
                    return found
                await asyncio.sleep(0.02)

    async def run(self, agent_id: str, **options: Any) -> Any:
        """Run an agent to its end, or until it waits."""
        run_id = await self.scene.started(agent_id, **options)
        return await self.scene.until(run_id, "completed", "failed", "waiting")


@pytest.fixture
async def scene(cast: Cast, process: Process, postgres: Postgres) -> Scene:
    for person in (cast.anna, cast.vera):
        await person.http.get("/auth/session")
    return Scene(cast, process, postgres)


@pytest.fixture
async def purse(scene: Scene, environ: dict[str, str]) -> AsyncIterator[Purse]:
    """Give a purse beside a worker."""
    async with working(environ, scene.tools):
        yield Purse(scene)

"""Fixtures of the tests of teams: a scene with a worker, and one whose teams and members follow scripts."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from retinue.core.json import JsonObject
from retinue.llm.types import SCRIPTED_ID
from retinue.process import Process
from tests.cast import Cast
from tests.client import Response
from tests.conftest import Postgres
from tests.runs.scene import Scene, working


@dataclass
class Teams:
    """Makes teams of a scene, and reads what their members did."""

    scene: Scene

    async def team(self, *turns: Any, members: list[Any], type: str = "coordinate", **fields: Any) -> str:  # noqa: A002 - the field's name
        """Make a team of Acme whose leader says its turns; members are agents' ids, or bodies. Return its id."""
        response = await self.post(*turns, members=members, type=type, **fields)
        assert response.status == 201, response.text
        return str(response.json["id"])

    async def post(self, *turns: Any, members: list[Any], type: str = "coordinate", **fields: Any) -> Response:  # noqa: A002 - as above
        """Ask for a team."""
        script = {"turns": [{"text": turn} if isinstance(turn, str) else turn for turn in turns] or [{"text": "-"}]}
        config: dict[str, Any] = fields.pop("config", {})
        config = {"model": {"provider_id": str(SCRIPTED_ID)}, "parameters": {"script": script}} | config
        roster = [{"agent_id": each} if isinstance(each, str) else each for each in members]
        body = {"name": "Desk", "type": type, "config": config, "members": roster} | fields
        return await self.scene.cast.anna.http.post("/teams", json=body)

    async def started(self, team_id: str, prompt: str = "Go.", **options: Any) -> str:
        """Start a run of a team; return its id."""
        return await self.scene.started(team_id, prompt, type="team", **options)

    async def run(self, team_id: str, prompt: str = "Go.", **options: Any) -> Any:
        """Run a team to its end; return the run."""
        return await self.scene.until(await self.started(team_id, prompt, **options))

    async def children(self, run_id: str) -> list[Any]:
        """Return the runs of a run's members, oldest first."""
        page = await self.scene.cast.anna.http.get(f"/runs?parent_run_id={run_id}&limit=200")
        assert page.status == 200, page.text
        return list(reversed(page.json["items"]))

    async def steps(self, run_id: str, kind: str = "member") -> list[Any]:
        """Return a run's steps of a type."""
        page = await self.scene.cast.anna.http.get(f"/runs/{run_id}/steps?limit=200")
        return [step for step in page.json["items"] if step["step_type"] == kind]


def call(name: str, **arguments: Any) -> JsonObject:
    """Write a call of a script."""
    return {"name": name, "arguments": arguments}


def delegates(*tasks: tuple[str, str]) -> JsonObject:
    """Write a turn in which a leader gives members tasks."""
    return {"tool_calls": [call("delegate", member=member, task=task) for member, task in tasks]}


@pytest.fixture
async def scene(cast: Cast, process: Process, postgres: Postgres) -> Scene:
    """Give a scene without a worker."""
    for person in (cast.anna, cast.vera):
        await person.http.get("/auth/session")
    return Scene(cast, process, postgres)


@pytest.fixture
def teams(scene: Scene) -> Teams:
    """Give a scene's teams, without a worker."""
    return Teams(scene)


@pytest.fixture
async def played(scene: Scene, environ: dict[str, str]) -> AsyncIterator[Teams]:
    """Give a scene's teams, with a worker."""
    async with working(environ, scene.tools):
        yield Teams(scene)

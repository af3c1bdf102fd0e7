"""A stage for deployments: agents that follow scripts, deployed through the API, called by keys and by nobody."""

import asyncio
from dataclasses import dataclass
from typing import Any

from retinue.core.timers import Ticker
from tests.cast import Person
from tests.client import Client, Response
from tests.runs.scene import Scene


@dataclass
class Stage:
    """What a test plays on."""

    scene: Scene
    ticker: Ticker

    @property
    def anna(self) -> Client:
        """Anna, who manages agents."""
        return self.scene.cast.anna.http

    @property
    def nobody(self) -> Client:
        """A client that sends no credential."""
        found = self.scene.cast.nobody
        return Client(found.session, found.base_url)

    async def agent(self, *turns: Any, **options: Any) -> str:
        """Make an agent that says its turns, with options of its ``deployment_config``; return its id."""
        return await self.scene.agent(*(turns or ("First.",)), deployment=options)

    async def says(self, agent_id: str, *turns: Any, **fields: Any) -> int:
        """Save another version of an agent that says other turns; return its number."""
        agent = (await self.anna.get(f"/agents/{agent_id}")).json
        config = agent["config"]
        config["parameters"]["script"] = {"turns": [{"text": turn} if isinstance(turn, str) else turn for turn in turns]}
        saved = await self.anna.patch(f"/agents/{agent_id}", json={"config": config} | fields)
        assert saved.status == 200, saved.text
        return int(saved.json["version"])

    async def tick(self) -> None:
        """Bring about what is due, until nothing is."""
        await self.ticker.drain()
        await self.ticker.settle()

    async def begin(self, agent_id: str, **fields: Any) -> Any:
        """Ask for a deployment; return it as it is accepted."""
        made = await self.anna.post("/deployments", json={"target_id": agent_id} | fields)
        assert made.status == 202, made.text
        return made.json

    async def deploy(self, agent_id: str, **fields: Any) -> Any:
        """Deploy a version and have it checked; return the deployment."""
        made = await self.begin(agent_id, **fields)
        await self.finish(agent_id)
        return await self.deployment(made["id"])

    async def finish(self, target_id: str) -> None:
        """Tick until no deployment of a target is being checked.

        Once is not enough on a busy machine: work that waits too long for a lock or a connection is attempted again later.
        """
        async with asyncio.timeout(60):
            while True:
                await self.tick()
                if all(each["status"] != "deploying" for each in await self.deployments(target_id)):
                    return
                await asyncio.sleep(0.1)

    async def deployment(self, deployment_id: str) -> Any:
        """Read a deployment, as Vera."""
        found = await self.scene.cast.vera.http.get(f"/deployments/{deployment_id}")
        assert found.status == 200, found.text
        return found.json

    async def deployments(self, agent_id: str) -> list[Any]:
        """List the deployments of an agent, newest first."""
        found = await self.scene.cast.vera.http.get("/deployments", params={"target_id": agent_id})
        assert found.status == 200, found.text
        return found.json["items"]

    async def key(self, *scopes: str, by: Person | None = None) -> Client:
        """Make an API key with scopes; return a client that sends it."""
        person = by or self.scene.cast.olga
        made = await person.http.post("/api-keys", json={"name": "caller", "scopes": list(scopes or ("deployments:call",))})
        assert made.status == 201, made.text
        return Client(person.http.session, person.http.base_url, headers={"Authorization": f"Bearer {made.json['key']}"})

    async def call(self, by: Client, agent_id: str, prompt: str = "Go.", **options: Any) -> Response:
        """Call an agent's URL and wait for the result."""
        headers = {"Prefer": "wait=30"} | options.pop("headers", {})
        return await by.post(f"/deployed/{agent_id}/runs", json={"prompt": prompt} | options, headers=headers)

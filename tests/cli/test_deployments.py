"""The commands of deployments against a served installation with a worker that ticks."""

import asyncio
from collections.abc import AsyncIterator

import orjson
import pytest

from retinue.core.timers import Ticker
from retinue.deployments.feature import feature
from tests.cast import PASSWORD
from tests.cli.conftest import Terminal
from tests.runs.scene import Scene
from tests.teams.conftest import Teams
from tests.workflows.conftest import document


@pytest.fixture
async def anna(terminal: Terminal, scene: Scene) -> AsyncIterator[Terminal]:
    said = await terminal("login", terminal.url, "--email", scene.cast.anna.email, given=f"{PASSWORD}\n")
    assert said.code == 0, said.err
    ticker = Ticker(scene.process.database, feature.timers)

    async def tick() -> None:
        while True:
            await ticker.drain()
            await asyncio.sleep(0.05)

    ticking = asyncio.create_task(tick())
    yield terminal
    ticking.cancel()
    await asyncio.gather(ticking, return_exceptions=True)


async def test_a_version_is_deployed_rolled_back_and_stopped(anna: Terminal, scene: Scene) -> None:
    agent = await scene.agent("First.", name="Desk")

    first = await anna("deploy", "desk", "--note", "For the shop")
    await scene.cast.anna.http.patch(f"/agents/{agent}", json={"instructions": "Other."})
    second = await anna("deploy", "desk", "--json")
    back = await anna("deployments", "roll-back", "Desk")
    table = await anna("deployments", "list", "--agent", "Desk")
    stopped = await anna("deployments", "stop", "Desk")
    listed = await anna("deployments", "list", "--agent", "Desk", "--json")

    assert (first.code, first.out) == (0, f"{scene.process.resources.core.public_url}/api/v1/deployed/{agent}/runs\n"), first
    assert "✓ model" in first.err
    assert orjson.loads(second.out)["version"] == 2
    assert back.code == 0, back.err
    assert "deployed" in table.out
    assert "Rolled back to version 1" in table.out
    assert stopped.out == "Version 1 is stopped.\n"
    assert [(each["version"], each["status"]) for each in orjson.loads(listed.out)] == [
        (1, "stopped"),
        (2, "stopped"),
        (1, "stopped"),
    ]


async def test_a_deployment_that_fails_says_why_and_ends_with_1(anna: Terminal, scene: Scene) -> None:
    await scene.agent("First.", name="Desk", instructions="Ask {{nobody}}.")

    failed = await anna("deploy", "Desk")

    assert failed.code == 1
    assert "nobody" in failed.err


async def test_wrong_calls_say_what_to_do(anna: Terminal, scene: Scene) -> None:
    await scene.agent("First.", name="Desk")

    unknown = await anna("deploy", "Nobody")
    past = await anna("deploy", "Desk", "--at", "2020-01-01T00:00:00Z")
    nothing = await anna("deployments", "roll-back", "Desk")
    stopped = await anna("deployments", "stop", "Desk")

    assert (unknown.code, past.code, nothing.code, stopped.code) == (2, 2, 2, 2)
    assert "deploy_at" in past.err
    assert "No other version of this agent" in nothing.err
    assert "deployments list" in stopped.err


async def test_a_team_is_deployed_and_stopped_by_name(anna: Terminal, scene: Scene) -> None:
    member = await scene.agent("First.", name="Finder")
    team = await Teams(scene).team("Done.", members=[member], name="Desk")

    first = await anna("deploy", "desk", "--team")
    listed = await anna("deployments", "list", "--team", "Desk", "--json")
    both = await anna("deployments", "list", "--team", "Desk", "--agent", "Finder")
    nothing = await anna("deployments", "roll-back", "Desk", "--team")
    stopped = await anna("deployments", "stop", "Desk", "--team")

    assert first.code == 0, first.err
    assert first.out.endswith(f"/api/v1/deployed/{team}/runs\n")
    assert [each["target_type"] for each in orjson.loads(listed.out)] == ["team"]
    assert both.code == 2
    assert (nothing.code, "No other version of this team" in nothing.err) == (2, True)
    assert stopped.out == "Version 1 is stopped.\n"


async def test_a_workflow_is_deployed_by_its_name(anna: Terminal, scene: Scene) -> None:
    nodes = [{"id": "add", "type": "transform", "set": {"answer": "'one'"}}]
    definition = document(nodes, [("START", "add"), ("add", "END")], name="Desk", state={"answer": {}})
    made = await scene.cast.anna.http.post("/workflows", json={"definition": definition})

    done = await anna("deploy", "Desk", "--workflow")
    listed = await anna("deployments", "list", "--workflow", "Desk", "--json")
    both = await anna("deploy", "Desk", "--workflow", "--team")
    stopped = await anna("deployments", "stop", "Desk", "--workflow")

    address = f"{scene.process.resources.core.public_url}/api/v1/deployed/{made.json['id']}/runs\n"
    assert (done.code, done.out) == (0, address), done
    assert [each["target_type"] for each in orjson.loads(listed.out)] == ["workflow"]
    assert (both.code, "not both" in both.err) == (2, True)
    assert stopped.code == 0, stopped.err

"""What the commands of deployments do: deploy a version, list, roll back, stop."""

import asyncio
import sys
from dataclasses import dataclass
from typing import Any, Literal

from retinue.cli.client.actions import all_of, find_agent
from retinue.cli.client.connection import Connection, connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED, FAILED, USAGE, ClientError
from retinue.cli.client.output import harmless, print_json
from retinue.cli.client.tables import print_deployments
from retinue.cli.client.teams import find_team
from retinue.cli.client.workflows import find_workflow

_UNDER_WAY = frozenset({"pending", "deploying"})
_POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Target:
    """What is deployed, by its name or id: an agent, a team or a workflow."""

    name: str
    type: Literal["agent", "team", "workflow"] = "agent"

    async def find(self, connection: Connection) -> str:
        """Return its id. Raises ``ClientError`` for none or several."""
        find = {"agent": find_agent, "team": find_team, "workflow": find_workflow}[self.type]
        return await find(connection, self.name)


def target(name: str, *, is_team: bool, is_workflow: bool) -> Target:
    """Return what a command names. Raises ``ClientError`` for both switches."""
    if is_team and is_workflow:
        raise ClientError("Give --team or --workflow, not both.", USAGE)
    return Target(name, "team" if is_team else "workflow" if is_workflow else "agent")


async def deploy(given: Credentials, target: Target, body: dict[str, Any], *, wait: bool, as_json: bool) -> int:
    """Deploy a version of an agent or a team; print the outcome. Exits with 1 when it fails."""
    async with connected(given) as connection:
        body = {"target_type": target.type, "target_id": await target.find(connection), **body}
        made = await connection.post("/deployments", body)
        return await _end(connection, made, wait=wait and made["trigger_type"] != "scheduled", as_json=as_json)


async def list_deployments(
    given: Credentials, target: Target | None, status: str | None, limit: int, *, as_json: bool
) -> int:
    """Print the newest deployments, of one target or of all."""
    async with connected(given) as connection:
        filters: dict[str, Any] = {"status": status}
        if target is not None:
            filters["target_id"] = await target.find(connection)
        found = await all_of(connection, "/deployments", limit, **filters)
    print_json(found) if as_json else print_deployments(found)
    return COMPLETED


async def roll_back(given: Credentials, target: Target, deployment_id: str | None, *, wait: bool, as_json: bool) -> int:
    """Go back to an earlier deployment of a target; without an id, to the one that was deployed before."""
    async with connected(given) as connection:
        chosen = deployment_id or await _before(connection, target)
        made = await connection.post(f"/deployments/{chosen}/roll-back")
        return await _end(connection, made, wait=wait, as_json=as_json)


async def stop(given: Credentials, target: Target, *, as_json: bool) -> int:
    """Stop the deployed version of a target."""
    async with connected(given) as connection:
        target_id = await target.find(connection)
        found = await all_of(connection, "/deployments", 1, target_id=target_id, status="deployed")
        if not found:
            raise ClientError(
                f"No version of this {target.type} is deployed. 'retinue deployments list' shows its deployments.", USAGE
            )
        stopped = await connection.post(f"/deployments/{found[0]['id']}/stop")
    print_json(stopped) if as_json else print(f"Version {stopped['version']} is stopped.")
    return COMPLETED


async def _before(connection: Connection, target: Target) -> str:
    target_id = await target.find(connection)
    found = await all_of(connection, "/deployments", 200, target_id=target_id)
    current = next((each for each in found if each["status"] == "deployed"), None)
    earlier = [
        each
        for each in found
        if each["deployed_at"] and each is not current and (current is None or each["version"] != current["version"])
    ]
    if not earlier:
        raise ClientError(f"No other version of this {target.type} was deployed before. Deploy one with --version.", USAGE)
    return str(max(earlier, key=lambda each: each["deployed_at"])["id"])


async def _end(connection: Connection, made: dict[str, Any], *, wait: bool, as_json: bool) -> int:
    told = set[str]()
    while wait and made["status"] in _UNDER_WAY:
        await asyncio.sleep(_POLL_SECONDS)
        made = await connection.get(f"/deployments/{made['id']}")
        for check in made["checks"]:
            if check["status"] == "passed" and check["name"] not in told:
                told.add(check["name"])
                print(f"✓ {check['name']}", file=sys.stderr)
    if as_json:
        print_json(made)
    elif made["status"] == "failed":
        print(harmless(f"✗ Version {made['version']} is not deployed: {made['error_message']}"), file=sys.stderr)
    elif made["status"] == "deployed":
        print(made["deployment_url"])
        if made["chat_url"]:
            print(made["chat_url"])
    else:
        print(f"{made['id']} is {made['status']}.")
    return FAILED if made["status"] == "failed" else COMPLETED

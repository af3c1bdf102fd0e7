"""What the client's commands for external agents do."""

from collections.abc import Sequence
from typing import Any

from retinue.cli.client.actions import find_agent
from retinue.cli.client.connection import Connection, connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED, USAGE, ClientError
from retinue.cli.client.output import harmless, print_json
from retinue.cli.client.tables import print_table


async def list_keys(given: Credentials, agent: str, *, as_json: bool) -> int:
    """Print the keys of an agent."""
    async with connected(given) as connection:
        found = (await connection.get(f"/agents/{await find_agent(connection, agent)}/keys"))["items"]
    print_json(found) if as_json else _print_keys(found)
    return COMPLETED


def _print_keys(keys: Sequence[Any]) -> None:
    rows = [
        [
            each["prefix"],
            (each["created_at"] or "")[:19],
            (each["last_used_at"] or "never")[:19],
            (each["expires_at"] or "")[:19],
            "revoked" if each["revoked_at"] else "",
            each["id"],
        ]
        for each in keys
    ]
    headings = ["PREFIX", "CREATED (UTC)", "LAST USED", "EXPIRES", "STATE", "ID"]
    print_table(headings, rows, "No keys yet. Create one: retinue agent-keys create.")


async def create_key(given: Credentials, agent: str, *, as_json: bool) -> int:
    """Create a key and print it."""
    async with connected(given) as connection:
        issued = await connection.post(f"/agents/{await find_agent(connection, agent)}/keys")
    print_json(issued) if as_json else print(issued["key"])
    return COMPLETED


async def rotate_key(given: Credentials, agent: str, key: str, overlap: int, *, as_json: bool) -> int:
    """Create a key in place of another and print it."""
    async with connected(given) as connection:
        path = await _path_of_key(connection, agent, key)
        issued = await connection.post(f"{path}/rotate", {"overlap_seconds": overlap})
    print_json(issued) if as_json else print(issued["key"])
    return COMPLETED


async def revoke_key(given: Credentials, agent: str, key: str) -> int:
    """Revoke a key."""
    async with connected(given) as connection:
        await connection.delete(await _path_of_key(connection, agent, key))
    print(f"{harmless(key)} is revoked.")
    return COMPLETED


async def create_webhook_secret(given: Credentials, agent: str, *, as_json: bool) -> int:
    """Create a signing secret and print it."""
    async with connected(given) as connection:
        made = await connection.post(f"/agents/{await find_agent(connection, agent)}/webhook-secret")
    print_json(made) if as_json else print(made["secret"])
    return COMPLETED


async def _path_of_key(connection: Connection, agent: str, key: str) -> str:
    path = f"/agents/{await find_agent(connection, agent)}/keys"
    for each in (await connection.get(path))["items"]:
        if key in {each["id"], each["prefix"]}:
            return f"{path}/{each['id']}"
    raise ClientError(f"The agent has no key {harmless(key)}. 'retinue agent-keys list' lists them.", USAGE)

"""What the client's commands for variables of the organization do."""

from typing import Any

from retinue.cli.client.connection import Connection, connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED, USAGE, ClientError
from retinue.cli.client.output import harmless, print_json
from retinue.cli.client.tables import print_variables


async def list_variables(given: Credentials, *, as_json: bool) -> int:
    """Print the organization's variables."""
    async with connected(given) as connection:
        found = (await connection.get("/variables"))["items"]
    print_json(found) if as_json else print_variables(found)
    return COMPLETED


async def show(given: Credentials, name: str, *, as_json: bool) -> int:
    """Print a variable, and what uses it."""
    async with connected(given) as connection:
        found = await _find(connection, name)
        uses = await connection.get(f"/variables/{found['id']}/uses")
    if as_json:
        print_json({**found, "uses": uses})
        return COMPLETED
    value = "(secret)" if found["is_secret"] else found["value"]
    facts = {"name": found["name"], "description": found["description"], "value": value if found["has_value"] else "(none)"}
    facts |= {"rotated": found["rotated_at"], "due": found["rotation_due_at"]}
    facts["agents"] = ", ".join(each["name"] for each in uses["agents"])
    facts["tools"] = ", ".join(each["name"] for each in uses["tools"])
    for label, fact in facts.items():
        if fact:
            print(f"{label:<12} {harmless(str(fact))}")
    return COMPLETED


async def set_variable(given: Credentials, name: str, body: dict[str, Any], *, as_json: bool) -> int:
    """Create a variable, or change the one of this name."""
    async with connected(given) as connection:
        found = await _found(connection, name)
        if found is None:
            made = await connection.post("/variables", {"name": name} | body)
        else:
            made = await connection.patch(f"/variables/{found['id']}", body)
    print_json(made) if as_json else print(f"{harmless(name)} is {'created' if found is None else 'changed'}.")
    return COMPLETED


async def delete(given: Credentials, name: str) -> int:
    """Delete a variable."""
    async with connected(given) as connection:
        found = await _find(connection, name)
        await connection.delete(f"/variables/{found['id']}")
    print(f"{harmless(name)} is deleted.")
    return COMPLETED


async def _found(connection: Connection, name: str) -> dict[str, Any] | None:
    items = (await connection.get("/variables"))["items"]
    return next((each for each in items if each["name"] == name), None)


async def _find(connection: Connection, name: str) -> dict[str, Any]:
    found = await _found(connection, name)
    if found is None:
        raise ClientError(f"There is no variable named {name!r}. 'retinue variables list' lists them.", USAGE)
    return found

"""What the client's commands for webhooks do."""

import uuid
from typing import Any

from retinue.cli.client.actions import all_of, find_agent
from retinue.cli.client.connection import Connection, connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED, FAILED, USAGE, ClientError
from retinue.cli.client.output import harmless, print_json


async def list_webhooks(given: Credentials, *, as_json: bool) -> int:
    """Print the organization's webhooks."""
    async with connected(given) as connection:
        found = (await connection.get("/webhooks"))["items"]
    if as_json:
        print_json(found)
        return COMPLETED
    for each in found:
        about = f" for {each['target_name']}" if each["target_name"] else ""
        error = f": {each['last_error']}" if each["last_error"] else ""
        print(harmless(f"{each['name']} ({each['status']}{error}) {each['url']} {', '.join(each['events'])}{about}"))
    return COMPLETED


async def add(given: Credentials, body: dict[str, Any], agent: str | None) -> int:
    """Create a webhook and print its secret."""
    async with connected(given) as connection:
        if agent is not None:
            body["target_id"] = await find_agent(connection, agent)
        made = await connection.post("/webhooks", body)
    print(harmless(f"{made['webhook']['id']} is created. Signing secret, shown once: {made['secret']}"))
    return COMPLETED


async def remove(given: Credentials, webhook: str) -> int:
    """Delete a webhook."""
    async with connected(given) as connection:
        found = await _find(connection, webhook)
        await connection.delete(f"/webhooks/{found['id']}")
    print(harmless(f"{found['name']} is deleted."))
    return COMPLETED


async def enable(given: Credentials, webhook: str) -> int:
    """Enable a webhook."""
    async with connected(given) as connection:
        found = await _find(connection, webhook)
        changed = await connection.patch(f"/webhooks/{found['id']}", {"enabled": True})
    print(harmless(f"{changed['name']} is {changed['status']}."))
    return COMPLETED


async def test(given: Credentials, webhook: str) -> int:
    """Send a test message and print the answer."""
    async with connected(given) as connection:
        found = await _find(connection, webhook)
        told = await connection.post(f"/webhooks/{found['id']}/test", None)
    print(harmless(told["response"] or told["error"] or "sent"))
    return COMPLETED if told["sent"] else FAILED


async def list_deliveries(given: Credentials, webhook: str, *, limit: int, as_json: bool) -> int:
    """Print what was sent to a webhook."""
    async with connected(given) as connection:
        found = await _find(connection, webhook)
        rows = await all_of(connection, f"/webhooks/{found['id']}/deliveries", limit)
    if as_json:
        print_json(rows)
        return COMPLETED
    for each in rows:
        last = each["log"][-1] if each["log"] else {"status_code": None, "error": None}
        answer = last["error"] or last["status_code"] or "not yet sent"
        print(harmless(f"{each['id']} {each['created_at'][:19]} {each['event_type']} {each['state']}: {answer}"))
    return COMPLETED


async def redeliver(given: Credentials, delivery: str) -> int:
    """Send a delivery again."""
    try:
        delivery_id = str(uuid.UUID(delivery))
    except ValueError:
        raise ClientError(f"{delivery!r} is no id of a delivery. 'retinue webhooks deliveries' lists them.", USAGE) from None
    async with connected(given) as connection:
        again = await connection.post(f"/webhook-deliveries/{delivery_id}/redeliver", None)
    print(f"{again['id']} is {again['state']}.")
    return COMPLETED


async def _find(connection: Connection, webhook: str) -> dict[str, Any]:
    listed = (await connection.get("/webhooks"))["items"]
    found: list[dict[str, Any]] = [each for each in listed if webhook in {each["id"], each["name"]}]
    if len(found) != 1:
        raise ClientError(f"There is no one webhook named {webhook!r}. 'retinue webhooks list' lists them.", USAGE)
    return found[0]

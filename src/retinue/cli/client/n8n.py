"""What the client's commands for n8n do: connect, list, publish, link."""

from typing import Any
from urllib.parse import quote

from retinue.cli.client.actions import all_of
from retinue.cli.client.connection import connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED, FAILED
from retinue.cli.client.output import harmless, print_json
from retinue.cli.client.tables_n8n import print_n8n_links, print_n8n_workflows
from retinue.cli.client.workflows import find_workflow

_PATH = "/n8n/connection"
_MOST = 500


async def show(given: Credentials, *, as_json: bool) -> int:
    """Print the connection."""
    async with connected(given) as connection:
        found = await connection.get(_PATH)
    if as_json:
        print_json(found)
        return COMPLETED
    header = found["webhook_header"]
    facts = {"url": found["base_url"], "webhooks": found["webhook_url"], "callbacks": found["callback_url"]}
    facts |= {"header": f"{header} (secret)" if header else None, "linked": found["linked_count"]}
    facts["error"] = found["last_error"]
    for label, fact in facts.items():
        if fact is not None:
            print(f"{label:<10} {harmless(str(fact))}")
    return COMPLETED


async def connect(given: Credentials, body: dict[str, Any], *, as_json: bool) -> int:
    """Save the connection and test it; fail when n8n does not answer as it should."""
    async with connected(given) as connection:
        saved = await connection.put(_PATH, body)
        tested = await connection.post(f"{_PATH}/test", {})
    if as_json:
        print_json({**saved, "test": tested})
        return COMPLETED if tested["is_ok"] else FAILED
    print(harmless(f"Saved: {saved['base_url']}."))
    return _print_check(tested)


async def check(given: Credentials, *, as_json: bool) -> int:
    """Test the connection."""
    async with connected(given) as connection:
        tested = await connection.post(f"{_PATH}/test", {})
    if as_json:
        print_json(tested)
        return COMPLETED if tested["is_ok"] else FAILED
    return _print_check(tested)


def _print_check(tested: Any) -> int:
    print(harmless(" ".join(part for part in (tested["message"], tested["remedy"]) if part)))
    return COMPLETED if tested["is_ok"] else FAILED


async def disconnect(given: Credentials) -> int:
    """Delete the connection."""
    async with connected(given) as connection:
        await connection.delete(_PATH)
    print("Disconnected.")
    return COMPLETED


async def list_workflows(given: Credentials, name: str | None, *, as_json: bool) -> int:
    """Print the workflows of n8n."""
    filters = {} if name is None else {"name": name}
    async with connected(given) as connection:
        found = await all_of(connection, "/n8n/workflows", _MOST, **filters)
    print_json(found) if as_json else print_n8n_workflows(found)
    return COMPLETED


async def set_active(given: Credentials, n8n_id: str, verb: str) -> int:
    """Publish a workflow in n8n, or take it back."""
    async with connected(given) as connection:
        found = await connection.post(f"/n8n/workflows/{quote(n8n_id, safe='')}/{verb}", {})
    print(harmless(f"{found['name']} is {'published' if found['is_active'] else 'not published'} in n8n."))
    return COMPLETED


async def link(given: Credentials, body: dict[str, Any], workflow: str | None, *, as_json: bool) -> int:
    """Link a workflow of n8n."""
    async with connected(given) as connection:
        if workflow is not None:
            body["workflow_id"] = await find_workflow(connection, workflow)
        made = await connection.post("/n8n/links", body)
    if as_json:
        print_json(made)
    else:
        print(harmless(f"{made['n8n_name']} carries out the workflow {made['workflow_id']}."))
    return COMPLETED


async def list_links(given: Credentials, *, as_json: bool) -> int:
    """Print the links."""
    async with connected(given) as connection:
        found = (await connection.get("/n8n/links"))["items"]
    print_json(found) if as_json else print_n8n_links(found)
    return COMPLETED


async def refresh(given: Credentials, workflow: str, *, as_json: bool) -> int:
    """Read a linked workflow from n8n again."""
    async with connected(given) as connection:
        found = await connection.post(f"/n8n/links/{await find_workflow(connection, workflow)}/refresh", {})
    if as_json:
        print_json(found)
    else:
        state = "published" if found["n8n_is_active"] else "not published"
        print(harmless(f"{found['n8n_name']}: {len(found['nodes'])} nodes, {state}."))
    return COMPLETED


async def unlink(given: Credentials, workflow: str) -> int:
    """Remove a link."""
    async with connected(given) as connection:
        await connection.delete(f"/n8n/links/{await find_workflow(connection, workflow)}")
    print("Unlinked.")
    return COMPLETED

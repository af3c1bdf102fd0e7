"""What the client's commands for debugging workflows do: runs with pinned results, from a node, dry; costs; differences."""

import uuid
from collections.abc import Sequence
from typing import Any

from retinue.cli.client.actions import checked, follow, read_labels
from retinue.cli.client.connection import connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED, USAGE, ClientError
from retinue.cli.client.output import harmless, print_json
from retinue.cli.client.workflows import find_workflow
from retinue.core.json import loads

_SHOWN_CHARACTERS = 100


def pins_of(given: Sequence[str] | None) -> dict[str, Any]:
    """Read results that are written as ``node=JSON``. Raises ``ClientError``."""
    pins: dict[str, Any] = {}
    for each in given or ():
        node, found, text = each.partition("=")
        if not found or not node:
            raise ClientError(f"{each[:80]!r} is not NODE=JSON.", USAGE)
        pins[node] = json_of(text, f"The pin of {node}")
    return pins


def json_of(text: str, name: str) -> Any:
    """Read JSON; ``name`` is what errors call it. Raises ``ClientError``."""
    try:
        return loads(checked(text, name))
    except ValueError as error:
        raise ClientError(f"{name} is not JSON: {error}.", USAGE) from None


def body_from(
    node: str,
    given_input: str | None,
    pins: dict[str, Any],
    tags: list[str] | None,
    metadata: list[str] | None,
    *,
    dry_run: bool,
    newest: bool,
) -> dict[str, Any]:
    """Return the body that starts a run from a node; ``given_input`` replaces the node's input."""
    body: dict[str, Any] = {"node": node, "pins": pins, "dry_run": dry_run, "version": "newest" if newest else "recorded"}
    if given_input is not None:
        body["input"] = json_of(given_input, "The input")
    if tags or metadata:
        body |= read_labels(tags, metadata)
    return body


def place_of(text: str) -> tuple[str, str]:
    """Read a place that is written as ``RUN:NODE``. Raises ``ClientError``."""
    run_id, found, node = text.partition(":")
    try:
        if found and node:
            return str(uuid.UUID(run_id)), node
    except ValueError:
        pass
    raise ClientError(f"{text[:80]!r} is not RUN:NODE, as the id of a run and the id of a node.", USAGE)


async def start_from(
    given: Credentials, workflow: str, run_id: str, body: dict[str, Any], *, wait: bool, as_json: bool
) -> int:
    """Start a run from a node of a recorded run of a workflow and follow it; print its result."""
    async with connected(given) as connection:
        workflow_id = await find_workflow(connection, workflow)
        recorded = await connection.get(f"/runs/{run_id}")
        if recorded["workflow_id"] != workflow_id:
            raise ClientError(f"{run_id} is a run of {harmless(recorded['target_name'])}, not of this workflow.", USAGE)
        run = await connection.post(f"/runs/{run_id}/run-from", body)
        if not wait:
            print_json(run) if as_json else print(run["id"])
            return COMPLETED
        return await follow(connection, run["id"], as_json=as_json)


async def show_cost(given: Credentials, workflow: str, version: int | None, *, as_json: bool) -> int:
    """Print the most that a run of a workflow may cost, by node."""
    async with connected(given) as connection:
        suffix = "" if version is None else f"?version={version}"
        preview = await connection.get(f"/workflows/{await find_workflow(connection, workflow)}/cost-preview{suffix}")
    if as_json:
        print_json(preview)
        return COMPLETED
    for each in preview["nodes"]:
        cost = "unknown" if each["cost_usd"] is None else f"${each['cost_usd']}"
        print(harmless(f"{cost:>14}  {each['node_id']} ({each['executions']} x {each['reason']})"))
    least = "" if preview["is_complete"] else ", without the nodes whose price is unknown"
    print(f"{'$' + preview['cost_usd']:>14}  at most for version {preview['version']}{least}.")
    if preview["limit_usd"] is not None:
        print(f"{'$' + preview['limit_usd']:>14}  is the limit of a run (max_cost_usd).")
    return COMPLETED


async def show_diff(given: Credentials, workflow: str, before: int, after: int, *, as_json: bool) -> int:
    """Print what changes from one version of a workflow to another."""
    async with connected(given) as connection:
        workflow_id = await find_workflow(connection, workflow)
        diff = await connection.get(f"/workflows/{workflow_id}/versions/{before}/diff/{after}")
    if as_json:
        print_json(diff)
        return COMPLETED
    signs = {"added": "+", "removed": "-", "changed": "~"}
    for each in diff["changes"]:
        print(harmless(f"{signs[each['kind']]} {each['message']}"))
        for field in each["fields"] if each["kind"] == "changed" else ():
            print(harmless(f"    {field['field']}: {_to_text(field['before'])} -> {_to_text(field['after'])}"))
    if not diff["changes"]:
        print(f"Versions {before} and {after} mean the same.")
    return COMPLETED


def _to_text(value: Any) -> str:
    text = str(value) if not isinstance(value, str) else value
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[: _SHOWN_CHARACTERS - 1]}…"

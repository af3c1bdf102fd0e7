"""What the commands of tools do: list, import, connect, test and restore them; list their calls, versions and users."""

import asyncio
import sys
import time
import uuid
from pathlib import Path
from typing import Any

from retinue.cli.client.actions import all_of, checked, find_agent
from retinue.cli.client.connection import Connection, connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED, USAGE, ClientError
from retinue.cli.client.output import harmless, print_json, print_text
from retinue.cli.client.tables import print_operations, print_tool_calls, print_tool_users, print_tool_versions, print_tools
from retinue.cli.client.teams import find_team
from retinue.cli.client.workflows import find_workflow
from retinue.core.json import dumps, loads

FAILED = 1
_PAGE = 100
_ALL = 2000
_LOOK_SECONDS = 1.0


async def list_tools(given: Credentials, *, as_json: bool) -> int:
    """Print the organization's tools and the built-in ones, newest first."""
    found: list[Any] = []
    cursor = ""
    async with connected(given) as connection:
        while True:
            page = await connection.get(f"/tools?limit={_PAGE}{cursor}")
            found += page["items"]
            if not page["next_cursor"]:
                break
            cursor = f"&cursor={page['next_cursor']}"
    print_json(found) if as_json else print_tools(found)
    return COMPLETED


async def import_tools(given: Credentials, source: str, wanted: dict[str, Any], *, bearer: str | None, as_json: bool) -> int:
    """Show the operations of a document, or import those that are chosen. Ends with 1 when one of them failed."""
    body: dict[str, Any] = {**wanted, **_document(source), "limit": _ALL, "with_tools": False}
    if bearer is not None:
        body["credentials"] = {"type": "bearer", "token": sys.stdin.readline().strip() if bearer == "-" else bearer}
    async with connected(given) as connection:
        found = await connection.post("/tools/import-openapi", body)
    for each in found["skipped"]:
        print(harmless(f"Skipped {each['method']} {each['path']}: {each['reason']}"), file=sys.stderr)
    for each in found["warnings"]:
        print(harmless(each), file=sys.stderr)
    if as_json:
        print_json(found)
    elif not wanted["create"]:
        print_operations(found["operations"])
    else:
        for word, tools in (("Created", found["created"]), ("Updated", found["updated"])):
            for tool in tools:
                print(f"{word} {harmless(tool['name'])}")
    chosen = wanted["create"]
    has_failed = chosen and any(chosen == "all" or each["operation_id"] in chosen for each in found["skipped"])
    return FAILED if has_failed else COMPLETED


async def list_calls(given: Credentials, tool: str, state: str | None, most: int, *, as_json: bool) -> int:
    """Print the calls that runs made of a tool, newest first."""
    async with connected(given) as connection:
        found = await all_of(connection, f"/tools/{await _find(connection, tool)}/calls", most, state=state)
    print_json(found) if as_json else print_tool_calls(found)
    return COMPLETED


async def list_versions(given: Credentials, tool: str, most: int, *, as_json: bool) -> int:
    """Print the versions of a tool, newest first."""
    async with connected(given) as connection:
        found = await all_of(connection, f"/tools/{await _find(connection, tool)}/versions", most)
    print_json(found) if as_json else print_tool_versions(found)
    return COMPLETED


async def list_users(given: Credentials, tool: str, most: int, *, as_json: bool) -> int:
    """Print who has a tool."""
    async with connected(given) as connection:
        found = await all_of(connection, f"/tools/{await _find(connection, tool)}/used-by", most)
    print_json(found) if as_json else print_tool_users(found)
    return COMPLETED


async def allow(given: Credentials, tool: str, named: dict[str, list[str]]) -> int:
    """Keep a tool to some agents, teams and workflows; to none of them: let all use it."""
    finders = {"agent": find_agent, "team": find_team, "workflow": find_workflow}
    async with connected(given) as connection:
        listed = [{"type": kind, "id": await finders[kind](connection, each)} for kind in named for each in named[kind]]
        saved = await connection.patch(f"/tools/{await _find(connection, tool)}", {"allowed_for": listed})
    only = ", ".join(f"the {each['type']} {each['name']}" for each in saved["allowed_for"])
    print(harmless(f"{saved['name']} may be used by {only or 'all agents and workflows'}."))
    return COMPLETED


async def restore(given: Credentials, tool: str, version: int) -> int:
    """Restore a version of a tool."""
    async with connected(given) as connection:
        restored = await connection.post(f"/tools/{await _find(connection, tool)}/versions/{version}/restore")
    print(f"Restored version {version} of {harmless(restored['name'])} as version {restored['version']}.")
    return COMPLETED


async def send_test_call(given: Credentials, tool: str, arguments: str, *, as_json: bool) -> int:
    """Call a tool once and print its output. Ends with 1 when the call failed."""
    body = {"arguments": _arguments(sys.stdin.read() if arguments == "-" else arguments)}
    async with connected(given) as connection:
        found = await connection.post(f"/tools/{await _find(connection, tool)}/test", body)
    if as_json:
        print_json(found)
    elif found["ok"]:
        output = found["output"]
        print_text(output if isinstance(output, str) else dumps(output).decode())
    else:
        print(harmless(found["error"]), file=sys.stderr)
    return COMPLETED if found["ok"] else FAILED


async def connect_tool(given: Credentials, tool: str, seconds: int, *, as_json: bool) -> int:
    """Print where a person connects a tool, and wait until they have. Ends with 1 when they have not in time."""
    async with connected(given) as connection:
        found = await connection.get(f"/tools/{await _find(connection, tool)}")
        if found["connection_id"] is None:
            raise ClientError(f"{harmless(found['name'])} has no connection by OAuth.", code=USAGE)
        path = f"/connections/{found['connection_id']}"
        shown = await connection.get(path)
        if shown["status"] != "connected":
            print(f"Open {harmless(shown['connect_url'])} in a browser in which you are signed in.", file=sys.stderr)
        ends_at = time.monotonic() + seconds
        while shown["status"] != "connected" and time.monotonic() < ends_at:
            await asyncio.sleep(_LOOK_SECONDS)
            shown = await connection.get(path)
    is_connected = shown["status"] == "connected"
    if as_json:
        print_json(shown)
    else:
        print(harmless(f"{found['name']} is {'connected to ' if is_connected else 'not connected to '}{shown['name']}."))
    return COMPLETED if is_connected else FAILED


def _arguments(text: str) -> Any:
    try:
        value = loads(checked(text, "The arguments"))
    except ValueError as error:
        raise ClientError(f"The arguments are not valid JSON: {error}.", USAGE) from None
    if not isinstance(value, dict):
        raise ClientError('The arguments must be a JSON object such as {"name": "value"}.', USAGE)
    return value


async def _find(connection: Connection, tool: str) -> str:
    """Return the id of a tool given by id or name. Raises ``ClientError`` when there is none."""
    try:
        return str(uuid.UUID(tool))
    except ValueError:
        found = await all_of(connection, "/tools", _ALL, q=checked(tool, "The tool's name"))
    for each in found:
        if each["name"] == tool:
            return str(each["id"])
    raise ClientError(f"There is no tool named {tool!r}. 'retinue tools list' lists them.", USAGE)


def _document(source: str) -> dict[str, str]:
    """Return the document of a file, or the URL. Raises ``ClientError`` for a file that cannot be read."""
    if source.startswith(("https://", "http://")):
        return {"url": source}
    try:
        return {"document": sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")}
    except UnicodeDecodeError:
        raise ClientError(f"{source} is not UTF-8. Save it as UTF-8.", USAGE) from None
    except OSError as error:
        raise ClientError(f"{source} cannot be read: {error.strerror or error}.", USAGE) from None

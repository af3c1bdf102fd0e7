"""What the commands of tools do: list them, and import them from an OpenAPI document."""

import sys
from pathlib import Path
from typing import Any

from retinue.cli.client.connection import connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED, USAGE, ClientError
from retinue.cli.client.output import harmless, print_json
from retinue.cli.client.tables import print_operations, print_tools

FAILED = 1
_PAGE = 100
_ALL = 2000


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

"""What the client's commands for budgets do."""

from typing import Any

from retinue.cli.client.actions import find_agent
from retinue.cli.client.connection import Connection, connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED, USAGE, ClientError
from retinue.cli.client.output import harmless, print_json
from retinue.cli.client.tables import print_table

_REMOVED = "none"


async def list_budgets(given: Credentials, *, as_json: bool) -> int:
    """Print the organization's budgets."""
    async with connected(given) as connection:
        found = await _all(connection)
    if as_json:
        print_json(found)
        return COMPLETED
    rows = [
        [
            each["name"],
            each["scope"] if each["subject_id"] is None else f"{each['scope']} {each['subject_name'] or each['subject_id']}",
            each["period"],
            _limits(each),
            _amounts(each, "settled"),
            _amounts(each, "reserved"),
            _amounts(each, "remaining"),
            each["at_limit"] if each["enabled"] else "disabled",
            (each["resets_at"] or "—")[:16].replace("T", " "),
        ]
        for each in found
    ]
    heads = ["NAME", "SCOPE", "PERIOD", "LIMIT", "SETTLED", "RESERVED", "REMAINING", "AT LIMIT", "RESETS (UTC)"]
    print_table(heads, rows, "No budgets yet. 'retinue budgets set NAME --usd 50' creates one.")
    return COMPLETED


async def set_budget(given: Credentials, name: str, body: dict[str, Any], *, as_json: bool) -> int:
    """Create a budget, or change the one of this name."""
    _read_limits(body)
    async with connected(given) as connection:
        found = await _found(connection, name)
        if found is None:
            body = {"scope": "organization", **body}
            if body["scope"] == "agent" and "subject_id" in body:
                body["subject_id"] = await find_agent(connection, body["subject_id"])
            made = await connection.post("/budgets", {"name": name} | body)
        elif "scope" in body or "subject_id" in body:
            raise ClientError("What a budget is for cannot change. Remove it, or choose another name.", USAGE)
        else:
            made = await connection.patch(f"/budgets/{found['id']}", body)
    print_json(made) if as_json else print(f"{harmless(name)} is {'created' if found is None else 'changed'}.")
    return COMPLETED


async def remove(given: Credentials, name: str) -> int:
    """Delete a budget."""
    async with connected(given) as connection:
        found = await _found(connection, name)
        if found is None:
            raise ClientError(f"There is no budget named {name!r}. 'retinue budgets list' lists them.", USAGE)
        await connection.delete(f"/budgets/{found['id']}")
    print(f"{harmless(name)} is deleted.")
    return COMPLETED


def _read_limits(body: dict[str, Any]) -> None:
    for limit in ("limit_usd", "limit_tokens"):
        if body.get(limit) == _REMOVED:
            body[limit] = None
    tokens = body.get("limit_tokens")
    if tokens is not None:
        if not tokens.isdecimal():
            raise ClientError("--tokens takes a number of tokens, or none.", USAGE)
        body["limit_tokens"] = int(tokens)


def _limits(budget: dict[str, Any]) -> str:
    return _amounts(budget, "limit")


def _amounts(budget: dict[str, Any], name: str) -> str:
    """Write an amount in the units that the budget limits."""
    parts: list[str] = []
    if budget["limit_usd"] is not None:
        usd = budget[f"{name}_usd"]
        parts.append("—" if usd is None else f"${usd}")
    if budget["limit_tokens"] is not None:
        tokens = budget[f"{name}_tokens"]
        parts.append("—" if tokens is None else f"{tokens:,} tokens")
    return ", ".join(parts)


async def _all(connection: Connection) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = await connection.get("/budgets", limit=100, **({} if cursor is None else {"cursor": cursor}))
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items


async def _found(connection: Connection, name: str) -> dict[str, Any] | None:
    matching = [each for each in await _all(connection) if each["name"] == name]
    if len(matching) > 1:
        raise ClientError(f"{len(matching)} budgets are named {name!r}. Change them in the console.", USAGE)
    return matching[0] if matching else None

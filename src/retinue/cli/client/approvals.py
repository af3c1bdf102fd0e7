"""What the client's commands for approvals do: list, show, decide, answer, assign."""

from typing import Any

from retinue.cli.client.actions import all_of, checked
from retinue.cli.client.connection import Connection, connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED, USAGE, ClientError
from retinue.cli.client.output import harmless, print_json
from retinue.cli.client.tables import print_approvals
from retinue.core.json import dumps, loads

_SHORT = 8
_FACTS = (
    *("id", "status", "kind", "tool_name", "node_id", "target_name", "run_id", "requested_by_name", "reason", "prompt"),
    *("role", "quorum", "created_at", "expires_at", "escalated_at", "decided_by_name", "decided_at", "comment"),
)


async def list_approvals(given: Credentials, view: str, limit: int, *, as_json: bool) -> int:
    """Print approvals: those that wait for you, all that wait, or those that are decided."""
    async with connected(given) as connection:
        filters = {} if view == "all" else {"view": view}
        found = await all_of(connection, "/approvals", limit, **filters)
    print_json(found) if as_json else print_approvals(found)
    return COMPLETED


async def show(given: Credentials, approval: str, *, as_json: bool) -> int:
    """Print an approval: what is asked, of whom, and what was decided."""
    async with connected(given) as connection:
        found = await connection.get(f"/approvals/{await find_approval(connection, approval)}")
    if as_json:
        print_json(found)
        return COMPLETED
    asked = found["approval"]
    for name in _FACTS:
        if asked[name] is not None:
            _print(name, asked[name])
    if found["url"] is not None:
        _print("call", f"{found['method'] or ''} {found['url']}".strip())
    if asked["assignees"]:
        _print("assignees", ", ".join(each["full_name"] or each["user_id"] for each in asked["assignees"]))
    _print("form" if asked["form"] else "arguments", dumps(asked["form"] or asked["arguments"]).decode())
    for each in asked["decisions"]:
        said = f" “{each['comment']}”" if each["comment"] else ""
        _print("decision", f"{each['full_name'] or 'a former member'}: {each['status']}{said}")
    for each in found["changes"]:
        _print("changed", f"{each['field']}: {dumps(each['before']).decode()} → {dumps(each['after']).decode()}")
    return COMPLETED


async def decide(given: Credentials, approval: str, body: dict[str, Any], *, as_json: bool) -> int:
    """Approve or deny, and say whether others must decide too."""
    async with connected(given) as connection:
        path = f"/approvals/{await find_approval(connection, approval)}/decide"
        decided = await connection.post(path, body)
    return _report_decision(decided, as_json=as_json)


async def answer(given: Credentials, approval: str, text: str, *, as_json: bool) -> int:
    """Answer the question of a workflow."""
    async with connected(given) as connection:
        path = f"/approvals/{await find_approval(connection, approval)}/answer"
        answered = await connection.post(path, {"answer": json_of(text, "The answer")})
    return _report_decision(answered, as_json=as_json)


async def assign(given: Credentials, approval: str, body: dict[str, Any], *, as_json: bool) -> int:
    """Let others decide."""
    async with connected(given) as connection:
        path = f"/approvals/{await find_approval(connection, approval)}/assign"
        assigned = await connection.post(path, body)
    print_json(assigned) if as_json else print(f"{assigned['id']} is assigned.")
    return COMPLETED


def json_of(text: str, name: str) -> Any:
    """Read JSON; ``name`` is what errors call it. Raises ``ClientError``."""
    try:
        return loads(checked(text, name))
    except ValueError:
        raise ClientError(f"{name} is not JSON: {text[:80]}", USAGE) from None


async def find_approval(connection: Connection, approval: str) -> str:
    """Find an approval by its id, or by the beginning of the id of one that waits. Raises ``ClientError``."""
    text = checked(approval, "The approval's id").lower()
    if len(text) == len("00000000-0000-0000-0000-000000000000"):
        return text
    if len(text) < _SHORT:
        raise ClientError(f"Give the approval's id, or its first {_SHORT} characters at least.", USAGE)
    found = [each["id"] for each in await all_of(connection, "/approvals", 1000, view="pending")]
    chosen = [each for each in found if each.startswith(text)]
    if len(chosen) == 1:
        return str(chosen[0])
    what = "No approval waits" if not chosen else "Several approvals wait"
    raise ClientError(f"{what} whose id begins with {text}. 'retinue approvals list' lists them.", USAGE)


def _report_decision(decided: Any, *, as_json: bool) -> int:
    if as_json:
        print_json(decided)
    elif decided["status"] == "pending":
        count = len(decided["decisions"])
        print(f"{decided['id']} waits for others: {count} decided, {decided['quorum']} must approve the same.")
    else:
        print(f"{decided['id']} is {decided['status']}.")
    return COMPLETED


def _print(name: str, value: Any) -> None:
    print(f"{name:<18} {harmless(str(value))}")

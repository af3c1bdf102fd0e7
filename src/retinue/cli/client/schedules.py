"""What the client's commands for schedules do."""

import uuid
from typing import Any

from retinue.cli.client.actions import all_of, checked, find_agent
from retinue.cli.client.connection import Connection, connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED, USAGE, ClientError
from retinue.cli.client.output import harmless, print_json
from retinue.cli.client.tables import print_occurrences, print_schedules
from retinue.cli.client.teams import find_team
from retinue.cli.client.workflows import find_workflow, object_of

_MOST_SCHEDULES = 500
_SHOWN = ("id", "name", "status", "target_type", "target_name", "catch_up", "overlap", "last_run", "next_run")


async def list_schedules(given: Credentials, *, as_json: bool) -> int:
    """Print the organization's schedules."""
    async with connected(given) as connection:
        found = await all_of(connection, "/schedules", _MOST_SCHEDULES)
    print_json(found) if as_json else print_schedules(found)
    return COMPLETED


async def show(given: Credentials, schedule: str, *, as_json: bool) -> int:
    """Print a schedule with its next times."""
    async with connected(given) as connection:
        path = f"/schedules/{await find_schedule(connection, schedule)}"
        found = await connection.get(path)
        upcoming = await connection.get(f"{path}/upcoming")
    if as_json:
        print_json(found | {"upcoming": upcoming["times"]})
        return COMPLETED
    for name in _SHOWN:
        if found[name] is not None:
            print(f"{name:<12} {harmless(str(found[name]))}")
    print()
    _print_times(upcoming)
    return COMPLETED


async def preview(given: Credentials, timing: dict[str, Any], *, as_json: bool) -> int:
    """Print when a timing would be due."""
    async with connected(given) as connection:
        found = await connection.post("/schedules/preview", timing)
    print_json(found) if as_json else _print_times(found)
    return COMPLETED


async def create(
    given: Credentials, target: str, body: dict[str, Any], prompt: str | None, given_input: str, *, as_json: bool
) -> int:
    """Create a schedule whose runs get a prompt, an input, or both. Raises ``ClientError``."""
    told = {} if prompt is None else {"prompt": checked(prompt, "The prompt")}
    body = body | {"input": object_of(checked(given_input, "The input"), "The input") | told}
    async with connected(given) as connection:
        find = {"agent": find_agent, "team": find_team, "workflow": find_workflow}[body["target_type"]]
        made = await connection.post("/schedules", body | {"target_id": await find(connection, target)})
    if as_json:
        print_json(made)
    else:
        print(harmless(f"{made['id']} is created. {made['summary']}. Next run: {made['next_run']}."))
    return COMPLETED


async def act(given: Credentials, schedule: str, verb: str, body: dict[str, Any] | None) -> int:
    """Pause or resume a schedule."""
    async with connected(given) as connection:
        changed = await connection.post(f"/schedules/{await find_schedule(connection, schedule)}/{verb}", body)
    print(f"{changed['id']} is {changed['status']}. Next run: {changed['next_run'] or 'none'}.")
    return COMPLETED


async def run_now(given: Credentials, schedule: str, *, as_json: bool) -> int:
    """Start a run at once and print its id."""
    async with connected(given) as connection:
        path = f"/schedules/{await find_schedule(connection, schedule)}/run"
        # The key lets the request be repeated after a lost reply without starting a second run.
        made = await connection.post(path, None, {"Idempotency-Key": str(uuid.uuid4())})
    print_json(made) if as_json else print(made["run_id"])
    return COMPLETED


async def backfill(given: Credentials, schedule: str, window: dict[str, Any]) -> int:
    """Queue the due times of a window."""
    async with connected(given) as connection:
        made = await connection.post(f"/schedules/{await find_schedule(connection, schedule)}/backfill", window)
    print(f"{made['queued']} queued, {made['existing']} were started or queued before.")
    return COMPLETED


async def list_occurrences(given: Credentials, schedule: str, filters: dict[str, Any], limit: int, *, as_json: bool) -> int:
    """Print the outcomes of a schedule's due times."""
    async with connected(given) as connection:
        path = f"/schedules/{await find_schedule(connection, schedule)}/occurrences"
        found = await all_of(connection, path, limit, **filters)
    print_json(found) if as_json else print_occurrences(found)
    return COMPLETED


async def delete(given: Credentials, schedule: str) -> int:
    """Delete a schedule."""
    async with connected(given) as connection:
        schedule_id = await find_schedule(connection, schedule)
        await connection.delete(f"/schedules/{schedule_id}")
    print(f"{schedule_id} is deleted.")
    return COMPLETED


async def find_schedule(connection: Connection, schedule: str) -> str:
    """Find a schedule by its id or its name, whatever the case. Raises ``ClientError`` for none or several."""
    try:
        return str(uuid.UUID(schedule))
    except ValueError:
        found = await all_of(connection, "/schedules", _MOST_SCHEDULES, q=checked(schedule, "The schedule's name"))
    wanted = schedule.casefold()
    chosen = [each for each in found if each["name"].casefold() == wanted]
    chosen = chosen or [each for each in found if wanted in each["name"].casefold()]
    if len(chosen) == 1:
        return str(chosen[0]["id"])
    if not chosen:
        raise ClientError(f"There is no schedule named {schedule!r}. 'retinue schedules list' lists them.", USAGE)
    names = ", ".join(f"{each['name']} ({each['id']})" for each in chosen[:5])
    raise ClientError(f"{schedule!r} may mean several schedules: {names}. Use the id.", USAGE)


def _print_times(preview_: Any) -> None:
    print(harmless(preview_["summary"]))
    for each in preview_["times"]:
        note = "" if each["note"] is None else f"  {each['note']}"
        print(harmless(f"{each['local_time']}{note}"))

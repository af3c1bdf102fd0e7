"""What the client's commands for teams do: list, show, create, delete, preview. Runs of teams are those of ``actions``."""

import uuid
from collections.abc import Sequence
from typing import Any

from retinue.cli.client.actions import all_of, checked, find_agent
from retinue.cli.client.connection import Connection, connected
from retinue.cli.client.credentials import Credentials
from retinue.cli.client.errors import COMPLETED, USAGE, ClientError
from retinue.cli.client.output import harmless, print_json
from retinue.cli.client.tables import print_members, print_teams

_MOST_TEAMS = 200


async def list_teams(given: Credentials, filters: dict[str, Any], *, as_json: bool) -> int:
    """Print the organization's teams."""
    async with connected(given) as connection:
        teams = await all_of(connection, "/teams", _MOST_TEAMS, **filters)
    print_json(teams) if as_json else print_teams(teams)
    return COMPLETED


async def show(given: Credentials, team: str, *, as_json: bool) -> int:
    """Print a team with its members."""
    async with connected(given) as connection:
        found = await connection.get(f"/teams/{await find_team(connection, team)}")
    if as_json:
        print_json(found)
        return COMPLETED
    facts = {name: found[name] for name in ("id", "name", "type", "description", "version")}
    for name, value in facts.items():
        if value:
            print(f"{name:<12} {harmless(str(value))}")
    for warning in found["warnings"]:
        print(f"{'warning':<12} {harmless(warning)}")
    print()
    print_members(found["members"])
    return COMPLETED


async def create(
    given: Credentials, body: dict[str, Any], members: Sequence[str], teams: Sequence[str], *, as_json: bool
) -> int:
    """Create a team; a member is an agent's or a team's name or id, with its role behind ``=``."""
    async with connected(given) as connection:
        roster: list[dict[str, Any]] = []
        for each in members:
            name, _, role = each.partition("=")
            roster.append({"agent_id": await find_agent(connection, name), "role": role})
        for each in teams:
            name, _, role = each.partition("=")
            roster.append({"team_id": await find_team(connection, name), "role": role})
        made = await connection.post("/teams", body | {"members": roster})
    print_json(made) if as_json else print(f"{made['id']} is created.")
    return COMPLETED


async def delete(given: Credentials, team: str) -> int:
    """Delete a team."""
    async with connected(given) as connection:
        team_id = await find_team(connection, team)
        await connection.delete(f"/teams/{team_id}")
    print(f"{team_id} is deleted.")
    return COMPLETED


async def preview(given: Credentials, team: str, sentence: str, *, as_json: bool) -> int:
    """Print which member of a routing team would take a sentence."""
    async with connected(given) as connection:
        team_id = await find_team(connection, team)
        found = await connection.get(f"/teams/{team_id}/route-preview", prompt=checked(sentence, "The sentence"))
    if as_json:
        print_json(found)
    else:
        member, confidence = found["member"], found["confidence"]
        name = "No member" if member is None else member["name"]
        print(harmless(name if confidence is None else f"{name} (confidence {confidence:g})"))
    return COMPLETED


async def find_team(connection: Connection, team: str) -> str:
    """Find a team by its id or its name, whatever the case. Raises ``ClientError`` for none or several."""
    try:
        return str(uuid.UUID(team))
    except ValueError:
        found = await all_of(connection, "/teams", _MOST_TEAMS, q=checked(team, "The team's name"))
    wanted = team.casefold()
    chosen = [each for each in found if each["name"].casefold() == wanted]
    chosen = chosen or [each for each in found if wanted in each["name"].casefold()]
    if len(chosen) == 1:
        return str(chosen[0]["id"])
    if not chosen:
        raise ClientError(f"There is no team named {team!r}. 'retinue teams list' lists them.", USAGE)
    names = ", ".join(f"{each['name']} ({each['id']})" for each in chosen[:5])
    raise ClientError(f"{team!r} may mean several teams: {names}. Use the id.", USAGE)

"""Pure decisions about teams: what makes a definition valid, what a run would be refused for."""

from collections.abc import Mapping, Sequence
from typing import cast
from uuid import UUID

from pydantic import TypeAdapter

from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.engine.spec.schemas import schema_problems
from retinue.engine.spec.team import MAX_DEPTH, Mode
from retinue.teams.errors import TeamInvalidError
from retinue.teams.types import Team, TeamDefinition, TeamMember

_ADAPTER: TypeAdapter[TeamDefinition] = TypeAdapter(TeamDefinition)
_LEADER_ALWAYS_WRITES = (Mode.COORDINATE, Mode.TASKS)


def check_definition(definition: TeamDefinition) -> None:
    """Demand that the parts of a definition fit together. Raises ``TeamInvalidError`` that names each field."""
    problems = [*_member_problems(definition), *_config_problems(definition)]
    if problems:
        raise TeamInvalidError.of(*problems)


def _member_problems(definition: TeamDefinition) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    seen: set[UUID] = set()
    for index, member in enumerate(definition.members):
        field = f"members.{index}"
        target = member.agent_id or member.team_id
        if (member.agent_id is None) == (member.team_id is None) or target is None:
            problems.append(FieldProblem(field, "must name an agent or a team", "Give agent_id or team_id, not both."))
        elif target in seen:
            problems.append(FieldProblem(field, "is a member already", "Take it out; a member stands in a team once."))
        else:
            seen.add(target)
    return problems


def _config_problems(definition: TeamDefinition) -> list[FieldProblem]:
    config, problems = definition.config, list[FieldProblem]()
    if config.output_schema is not None:
        problems += schema_problems(config.output_schema, "config.output_schema")
    if config.leader_writes_task and definition.type in _LEADER_ALWAYS_WRITES:
        message = f"is for route and collaborate; in {definition.type} the leader always writes the tasks"
        problems.append(FieldProblem("config.leader_writes_task", message, "Leave it out."))
    quorum, count = config.partial_results.quorum, len(definition.members)
    if quorum is not None and count and quorum > count:
        message = f"is {quorum}, but the team has {count} members"
        problems.append(FieldProblem("config.partial_results.quorum", message, f"Give at most {count}."))
    return problems


def check_nesting(team_id: UUID | None, members: Mapping[int, UUID], inside: Mapping[UUID, Sequence[UUID]]) -> int:
    """Demand that no team is in itself and that teams are nested at most so deep; return how deep.

    ``members`` are the teams in the team, by their positions; ``inside`` says which teams are in each of them, and in those.
    Raises ``TeamInvalidError``.
    """
    problems: list[FieldProblem] = []
    deepest = 1
    for index, member in members.items():
        depth, has_circle = _depth(member, inside, frozenset({team_id} if team_id else ()))
        deepest = max(deepest, depth + 1)
        if has_circle:
            message = "has this team among its members, or is this team: teams would call each other without end"
            problems.append(FieldProblem(f"members.{index}.team_id", message, "Take it out, or take this team out of it."))
        elif depth + 1 > MAX_DEPTH:
            message = f"makes teams nested {depth + 1} deep; at most {MAX_DEPTH} are allowed"
            problems.append(FieldProblem(f"members.{index}.team_id", message, "Use its members instead."))
    if problems:
        raise TeamInvalidError.of(*problems)
    return deepest


def _depth(team: UUID, inside: Mapping[UUID, Sequence[UUID]], above: frozenset[UUID]) -> tuple[int, bool]:
    if team in above or len(above) > MAX_DEPTH:
        return len(above), team in above
    found = [_depth(each, inside, above | {team}) for each in inside.get(team, ())]
    return 1 + max((depth for depth, _ in found), default=0), any(has_circle for _, has_circle in found)


def warnings_of(members: Sequence[TeamMember]) -> tuple[str, ...]:
    """Say in sentences what would make a run be refused."""
    if not members:
        return ("The team has no members, so runs are refused.",)
    stopped = [each for each in members if each.status in {"inactive", "paused"}]
    return tuple(f"{each.name} is {each.status}, so runs are refused." for each in stopped)


def definition_of(team: Team) -> TeamDefinition:
    """Return what a team is."""
    return read_snapshot(write_snapshot(team))


def write_snapshot(team: TeamDefinition | Team) -> JsonObject:
    """Return a definition as the document that versions keep."""
    return {
        "name": team.name,
        "description": team.description,
        "icon": team.icon,
        "type": str(team.type),
        "instructions": team.instructions,
        "config": cast("JsonObject", team.config.model_dump(mode="json")),
        "members": [
            {
                "agent_id": None if each.agent_id is None else str(each.agent_id),
                "team_id": None if each.team_id is None else str(each.team_id),
                "role": each.role,
                "config": cast("JsonObject", each.config.model_dump(mode="json")),
            }
            for each in team.members
        ],
        "deployment_config": cast("JsonObject", team.deployment_config.model_dump(mode="json")),
    }


def read_snapshot(document: JsonObject) -> TeamDefinition:
    """Read a definition that was kept."""
    return _ADAPTER.validate_python(document)

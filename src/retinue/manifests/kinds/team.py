"""Teams in files. A member is named; versions and runs are not part of a file."""

from typing import Any, cast
from uuid import UUID

from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.json import Json, JsonObject
from retinue.engine.spec.team import TeamConfig
from retinue.manifests.kinds.base import KindWithoutSecrets
from retinue.manifests.kinds.configuration import named_id, provider_name, with_provider_id
from retinue.manifests.models import MemberFile, TeamFile
from retinue.teams import service as teams
from retinue.teams.errors import TeamInvalidError, TeamMissingError
from retinue.teams.types import MemberDefinition, TeamDefinition, TeamMember, mode_of

_PLAIN = ("description", "icon", "type", "instructions")


class TeamKind(KindWithoutSecrets):
    """Teams in files."""

    name = "team"
    folder = "teams"
    model = TeamFile

    async def list_ids(self, ctx: Context, name: str | None) -> list[UUID]:
        """Return the teams, those of one name only when it is given."""
        return await teams.list_ids(ctx, name)

    async def read(self, ctx: Context, resource_id: UUID) -> JsonObject | None:
        """Return a team in the full form of files."""
        try:
            team = await teams.get(ctx, resource_id)
        except TeamMissingError:
            return None
        config = cast("JsonObject", team.config.model_dump(mode="json"))
        provider = await provider_name(ctx, team.config.model.provider_id)
        members: list[Json] = [_member_document(each) for each in team.members]
        return {
            "kind": self.name,
            "name": team.name,
            **{name: getattr(team, name) for name in _PLAIN},
            "config": {**config, "model": {"provider": provider, "name": team.config.model.name}},
            "members": members,
            "deployment_config": cast("JsonObject", team.deployment_config.model_dump(mode="json")),
        }

    async def create(self, ctx: Context, file: TeamFile, note: str) -> UUID:
        """Create a team."""
        return (await teams.create(ctx, TeamDefinition(**await self._values(ctx, file)), note=note)).id

    async def update(self, ctx: Context, resource_id: UUID, file: TeamFile, note: str) -> None:
        """Make a team what a file says."""
        await teams.update(ctx, resource_id, await self._values(ctx, file), version=None, note=note)

    async def delete(self, ctx: Context, resource_id: UUID) -> None:
        """Delete a team that has no unfinished runs and is no member of another."""
        await teams.delete(ctx, resource_id)

    def references(self, file: TeamFile) -> list[tuple[str, str]]:
        """Return the members."""
        return [("agent", each.agent) if each.agent is not None else ("team", str(each.team)) for each in file.members]

    @staticmethod
    async def _values(ctx: Context, file: TeamFile) -> dict[str, Any]:
        config = await with_provider_id(ctx, file.config.model_dump(mode="json"))
        return {
            "name": file.name,
            **{name: getattr(file, name) for name in _PLAIN},
            "type": mode_of(file.type),
            "config": TeamConfig.model_validate(config),
            "members": tuple([await _member(ctx, index, each) for index, each in enumerate(file.members)]),
            "deployment_config": file.deployment_config,
        }


async def _member(ctx: Context, index: int, file: MemberFile) -> MemberDefinition:
    kind, name = ("agent", file.agent) if file.agent is not None else ("team", str(file.team))
    found = await named_id(ctx, kind, name)
    if isinstance(found, UUID):
        ids = {f"{kind}_id": found}
        return MemberDefinition(**ids, role=file.role, config=file.config)
    message, remedy = found
    raise TeamInvalidError.of(FieldProblem(f"members.{index}.{kind}", message, remedy))


def _member_document(member: TeamMember) -> JsonObject:
    return {
        "agent": member.name if member.agent_id is not None else None,
        "team": member.name if member.team_id is not None else None,
        "role": member.role,
        "config": cast("JsonObject", member.config.model_dump(mode="json")),
    }

"""Teams as targets of deployments: which versions there are, and what a version and its members need to run."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from retinue.agents.types import Release
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.errors import Error
from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject
from retinue.deployments.agent_target import AgentChecks
from retinue.deployments.errors import DeploymentInvalidError
from retinue.deployments.inputs import Prompted
from retinue.deployments.ports import Examine
from retinue.engine.spec.agent import ServingConfig
from retinue.llm import service as llm
from retinue.teams import service as teams
from retinue.teams.errors import TeamMissingError
from retinue.teams.types import TeamForRun


class TeamTarget(Prompted):
    """Teams of agents and teams."""

    async def get_saved_config(self, ctx: Context, target_id: UUID) -> ServingConfig | None:
        """Return the ``deployment_config`` that is saved; None when the team is deleted."""
        try:
            return (await teams.get(ctx, target_id)).deployment_config
        except TeamMissingError:
            return None

    async def read(self, ctx: Context, target_id: UUID, version: int | None) -> Release:
        """Return a version of a team with the present versions of its members. Raises as ``teams.get_release`` does."""
        return await teams.get_release(ctx, target_id, version)

    def config_of(self, snapshot: JsonObject) -> ServingConfig:
        """Return a version's ``deployment_config``. Raises ``TeamInvalidError`` for a snapshot of an older form."""
        return teams.read_release(snapshot).deployment_config

    def checks_of(
        self, database: Database, organization_id: OrganizationId, target_id: UUID, release: Release
    ) -> Mapping[str, Examine]:
        """Return the checks of a version, in their order."""
        made = _Checks(database, organization_id, target_id, release)
        return {
            "definition": made.definition,
            "members": made.members,
            "parameters": made.parameters,
            "model": made.model,
            "tools": made.tools,
            "webhook": made.webhook,
        }

    async def start_serving(self, ctx: Context, target_id: UUID) -> None:
        """Do nothing: a team is always in use."""


@dataclass(frozen=True, slots=True)
class _Found:
    """The teams of a release, itself the first, and the checks of each agent in them, by its name."""

    teams: tuple[TeamForRun, ...]
    agents: tuple[tuple[str, AgentChecks], ...]


class _Checks:
    """The checks of one version of a team."""

    def __init__(self, database: Database, organization_id: OrganizationId, team_id: UUID, release: Release) -> None:
        self._database = database
        self._organization_id = organization_id
        self._team_id = team_id
        self._release = release

    async def definition(self) -> None:
        """Check that the snapshot can be read by this version of the program."""
        teams.read_release(self._release.snapshot)

    async def members(self) -> None:
        """Check that there are members, that none was deleted, is inactive or paused, and their variables have values."""
        await self._each(AgentChecks.variables)

    async def parameters(self) -> None:
        """Check that each parameter that a member's template requires has a value."""
        await self._each(AgentChecks.parameters)

    async def model(self) -> None:
        """Check that the models of the leaders and of the members answer a short call."""
        for team in (await self._find()).teams:
            choice = team.config.model
            parameters = team.config.parameters.model_dump(mode="json", exclude_defaults=True)
            async with self._database.system_context([self._organization_id]) as ctx:
                model = await llm.resolve_model(ctx, choice.provider_id, choice.name, parameters)
            await llm.check_answers(self._database, self._organization_id, model)
        await self._each(AgentChecks.model)

    async def tools(self) -> None:
        """Check that the members' tools are enabled, their settings are valid, and their hosts answer."""
        await self._each(AgentChecks.tools)

    async def webhook(self) -> None:
        """Check that the webhooks of external members can be reached."""
        await self._each(AgentChecks.webhook)

    async def _each(self, check: Callable[[AgentChecks], Awaitable[None]]) -> None:
        for name, checks in (await self._find()).agents:
            try:
                await check(checks)
            except Error as error:
                raise DeploymentInvalidError.of_member(name, error) from None

    async def _find(self) -> _Found:
        found: list[TeamForRun] = []
        checks: dict[UUID, tuple[str, AgentChecks]] = {}
        waiting = [(self._team_id, self._release)]
        async with self._database.system_context([self._organization_id]) as ctx:
            while waiting:
                team = await teams.get_for_run(ctx, *waiting.pop())
                found.append(team)
                for each in team.members:
                    if each.release is None:
                        continue
                    if each.team_id is not None:
                        waiting.append((each.team_id, each.release))
                    elif each.agent_id is not None:
                        made = AgentChecks(
                            self._database, self._organization_id, each.agent_id, each.release, may_be_inactive=False
                        )
                        checks[each.agent_id] = (each.name, made)
        return _Found(tuple(found), tuple(checks.values()))

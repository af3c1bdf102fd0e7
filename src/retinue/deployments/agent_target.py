"""Agents as targets of deployments: which versions there are, and what a version needs to run."""

from collections.abc import Mapping
from typing import cast
from uuid import UUID

from retinue.agents import service as agents
from retinue.agents.errors import AgentMissingError, AgentNotRunnableError
from retinue.agents.templates import service as templates
from retinue.agents.templates.errors import TemplateMissingError
from retinue.agents.types import AgentForRun, Release, Runtime, Status
from retinue.agents.variables import service as variables
from retinue.agents.versions import service as versions
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.errors import FieldProblem
from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject
from retinue.core.outbound.client import OutboundFailedError, OutboundRequest, OutboundTimeoutError, OutboundUnreachedError
from retinue.deployments.inputs import Prompted
from retinue.deployments.ports import Examine
from retinue.engine.spec.agent import DeploymentConfig, ServingConfig
from retinue.llm import service as llm
from retinue.tools import service as tools
from retinue.tools.types import CallerType, ToolCaller

_REACH_SECONDS = 10.0


class AgentTarget(Prompted):
    """Agents, hosted and external ones."""

    async def get_saved_config(self, ctx: Context, target_id: UUID) -> ServingConfig | None:
        """Return the ``deployment_config`` that is saved; None when the agent is deleted."""
        try:
            return (await agents.get(ctx, target_id)).deployment_config
        except AgentMissingError:
            return None

    async def read(self, ctx: Context, target_id: UUID, version: int | None) -> Release:
        """Return a version of an agent. Raises ``AgentMissingError`` and ``VersionMissingError``."""
        agent = await agents.get(ctx, target_id)
        kept = await versions.get(ctx, target_id, agent.version if version is None else version)
        return Release(kept.version, kept.snapshot)

    def config_of(self, snapshot: JsonObject) -> DeploymentConfig:
        """Return a version's ``deployment_config``. Raises ``AgentInvalidError`` for a snapshot of an older form."""
        return agents.read_release(snapshot).deployment_config

    def checks_of(
        self, database: Database, organization_id: OrganizationId, target_id: UUID, release: Release
    ) -> Mapping[str, Examine]:
        """Return the checks of a version, in their order."""
        made = AgentChecks(database, organization_id, target_id, release)
        return {
            "definition": made.definition,
            "variables": made.variables,
            "parameters": made.parameters,
            "model": made.model,
            "tools": made.tools,
            "webhook": made.webhook,
        }

    async def start_serving(self, ctx: Context, target_id: UUID) -> None:
        """Activate an agent that was never in use; a paused one stays so."""
        if (await agents.get(ctx, target_id)).status is Status.INACTIVE:
            await agents.activate(ctx, target_id)


class AgentChecks:
    """The checks of one version of an agent, which is a target itself or a member of one."""

    def __init__(
        self,
        database: Database,
        organization_id: OrganizationId,
        agent_id: UUID,
        release: Release,
        *,
        may_be_inactive: bool = True,
    ) -> None:
        self._database = database
        self._organization_id = organization_id
        self._agent_id = agent_id
        self._release = release
        self._may_be_inactive = may_be_inactive

    async def _agent(self) -> AgentForRun:
        async with self._database.system_context([self._organization_id]) as ctx:
            # As in the playground: a target that is inactive is activated by its first deployment.
            is_playground = self._may_be_inactive
            return await agents.get_for_run(ctx, self._agent_id, is_playground=is_playground, release=self._release)

    async def definition(self) -> None:
        """Check that the snapshot can be read by this version of the program."""
        agents.read_release(self._release.snapshot)

    async def variables(self) -> None:
        """Check that the agent is not paused, and that each variable it uses has a value."""
        await self._agent()

    async def parameters(self) -> None:
        """Check that each parameter that the agent's template requires has a value."""
        async with self._database.system_context([self._organization_id]) as ctx:
            agent = await agents.get(ctx, self._agent_id)
            if agent.template_id is None:
                return
            try:
                template = await templates.get(ctx, agent.template_id)
            except TemplateMissingError:  # its organization does not share it any more
                return
            kept = {each.name: each for each in await variables.list_all(ctx, self._agent_id)}
        required = cast("list[str]", template.required_params.get("required", []))
        missing = [name for name in required if name not in kept or not kept[name].has_value]
        if missing:
            raise AgentNotRunnableError.of(
                *(
                    FieldProblem(
                        f"variables.{name}",
                        f"has no value, and the template {template.name} requires it",
                        f"Give the variable {name} a value.",
                    )
                    for name in missing
                )
            )

    async def model(self) -> None:
        """Check that the model answers a short call."""
        agent = await self._agent()
        if agent.runtime is Runtime.EXTERNAL:
            return
        choice, parameters = agent.config.model, agent.config.parameters.model_dump(mode="json", exclude_defaults=True)
        async with self._database.system_context([self._organization_id]) as ctx:
            model = await llm.resolve_model(ctx, choice.provider_id, choice.name, parameters)
        await llm.check_answers(self._database, self._organization_id, model)

    async def tools(self) -> None:
        """Check that the tools are enabled, their settings are valid, and their hosts answer."""
        agent = await self._agent()
        if agent.runtime is Runtime.EXTERNAL:
            return
        async with self._database.system_context([self._organization_id]) as ctx:
            caller = ToolCaller(CallerType.AGENT, agent.id)
            plans = await tools.plan_tools(ctx, caller, agent.config.tools, agent.config.limits, variables=agent.variables)
        await tools.check_reachable(self._database, plans)

    async def webhook(self) -> None:
        """Check that the webhook of an external agent can be reached; one without claims its runs."""
        agent = await self._agent()
        if agent.runtime is not Runtime.EXTERNAL or agent.webhook_url is None:
            return
        request = OutboundRequest("HEAD", agent.webhook_url, timeout_seconds=_REACH_SECONDS, max_redirects=0, is_cut=True)
        try:
            await self._database.resources.outbound.send(request)
        except (OutboundUnreachedError, OutboundTimeoutError) as error:
            remedy = "Check the address, and that its server runs."
            raise AgentNotRunnableError.of(FieldProblem("webhook_url", error.detail.rstrip("."), remedy)) from None
        except OutboundFailedError:  # it answers, though not as a page would
            return

"""Workflows as targets of deployments: which versions there are, and what a version and all that it starts need to run."""

from collections.abc import Awaitable, Callable, Mapping
from uuid import UUID

from retinue.agents.types import Release
from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.errors import Error
from retinue.core.ids import OrganizationId
from retinue.core.json import JsonObject, dumps
from retinue.deployments.agent_target import AgentChecks
from retinue.deployments.errors import DeploymentInvalidError
from retinue.deployments.ports import Examine
from retinue.deployments.team_target import TeamTarget
from retinue.deployments.types import Face
from retinue.engine.plan import WorkflowPlan, read_plan
from retinue.engine.spec.agent import ServingConfig
from retinue.engine.spec.input import PromptInput
from retinue.llm import service as llm
from retinue.runs import service as runs
from retinue.runs.types import RunType
from retinue.tools import service as tools
from retinue.workflows import service as workflows
from retinue.workflows.errors import WorkflowMissingError
from retinue.workflows.types import NodeTarget, Occasion


class WorkflowTarget:
    """Workflows, and all that their nodes start."""

    async def get_saved_config(self, ctx: Context, target_id: UUID) -> ServingConfig | None:
        """Return the ``deployment_config`` that is saved; None when the workflow is deleted."""
        try:
            return (await workflows.get(ctx, target_id)).deployment_config
        except WorkflowMissingError:
            return None

    async def read(self, ctx: Context, target_id: UUID, version: int | None) -> Release:
        """Return a version with the present versions of what its nodes start. Raises as ``workflows.get_release`` does."""
        return await workflows.get_release(ctx, target_id, version)

    def config_of(self, snapshot: JsonObject) -> ServingConfig:
        """Return a version's ``deployment_config``. Raises ``WorkflowInvalidError`` for a snapshot of an older form."""
        return workflows.read_release_config(snapshot)

    def face_of(self, snapshot: JsonObject) -> Face:
        """Return a version's name and description; workflows have no icon."""
        return Face(str(snapshot.get("name") or ""), str(snapshot.get("description") or ""), "")

    def read_input(self, given: JsonObject) -> JsonObject:
        """Return the input as it is given: the start of the run compares it with the workflow's input_schema."""
        return given

    def prompt_of(self, snapshot: JsonObject) -> PromptInput | None:
        """Return the one text that the input asks for; None when it asks for more, or for something else."""
        return workflows.prompt_of(snapshot)

    def checks_of(
        self, database: Database, organization_id: OrganizationId, target_id: UUID, release: Release
    ) -> Mapping[str, Examine]:
        """Return the checks of a version, in their order."""
        made = _Checks(database, organization_id, target_id, release)
        return {
            "definition": made.definition,
            "chat": made.chat,
            "members": made.members,
            "model": made.model,
            "tools": made.tools,
        }

    async def start_serving(self, ctx: Context, target_id: UUID) -> None:
        """Do nothing: a deployment's own URL is its trigger, whatever else may start runs of the workflow."""


_Found = dict[UUID, tuple[str, Mapping[str, Examine]]]
"""The checks of agents and teams, by the id of each, with its name."""


class _Checks:
    """The checks of one version of a workflow."""

    def __init__(self, database: Database, organization_id: OrganizationId, workflow_id: UUID, release: Release) -> None:
        self._database = database
        self._organization_id = organization_id
        self._workflow_id = workflow_id
        self._release = release

    async def definition(self) -> None:
        """Check that a run could begin: all that is referred to is there, and nothing is paused."""
        await self._plans()

    async def chat(self) -> None:
        """Check that a version which offers a chat page asks for one text."""
        config = workflows.read_release_config(self._release.snapshot)
        if config.chat_page and workflows.prompt_of(self._release.snapshot) is None:
            message = "is on, but the workflow's input is not one text"
            remedy = "Let input_schema require one property of type string, or turn the chat page off."
            raise DeploymentInvalidError.of("deployment_config.chat_page", message, remedy)

    async def members(self) -> None:
        """Check what the agents and teams that nodes start need themselves: variables, models, tools, webhooks."""
        found: _Found = {}
        async with self._database.system_context([self._organization_id]) as ctx:
            await self._find(ctx, self._workflow_id, self._release, found)
        for name, checks in found.values():
            for examine in checks.values():
                await _of_member(name, examine)

    async def model(self) -> None:
        """Check that the models of the workflow's own nodes answer a short call."""
        for plan in await self._plans():
            for model in plan.models.values():
                await llm.check_answers(self._database, self._organization_id, model)

    async def tools(self) -> None:
        """Check that the hosts of the tools of the workflow's own nodes answer."""
        plans = await self._plans()
        await tools.check_reachable(self._database, [each for plan in plans for each in plan.tools.values()])

    async def _plans(self) -> list[WorkflowPlan]:
        """Return the plan of the workflow, and those of the workflows inside it."""
        async with self._database.system_context([self._organization_id]) as ctx:
            waiting = [await runs.resolve(ctx, RunType.WORKFLOW, self._workflow_id, self._release)]
        found: list[WorkflowPlan] = []
        while waiting:
            prepared = read_plan(dumps(waiting.pop()).decode())
            if prepared.workflow is not None:
                found.append(prepared.workflow)
            members = () if prepared.team is None else prepared.team.members
            waiting += [each.plan for each in members if each.type == "workflow"]
        return found

    async def _find(self, ctx: Context, workflow_id: UUID, release: Release, found: _Found) -> None:
        for each in (await workflows.get_for_run(ctx, workflow_id, Occasion("api"), release)).targets:
            if each.release is None:
                continue
            if each.kind == "workflow":
                await self._find(ctx, each.id, each.release, found)
            else:
                found[each.id] = (each.name, self._checks_of(each, each.release))

    def _checks_of(self, target: NodeTarget, release: Release) -> Mapping[str, Examine]:
        if target.kind == "team":
            return TeamTarget().checks_of(self._database, self._organization_id, target.id, release)
        made = AgentChecks(self._database, self._organization_id, target.id, release, may_be_inactive=False)
        return {
            "variables": made.variables,
            "parameters": made.parameters,
            "model": made.model,
            "tools": made.tools,
            "webhook": made.webhook,
        }


async def _of_member(name: str, examine: Callable[[], Awaitable[None]]) -> None:
    try:
        await examine()
    except Error as error:
        raise DeploymentInvalidError.of_member(name, error) from None

"""Workflows in files. Versions and runs are not part of a file; the variables are those of the workflow's agent."""

from typing import cast
from uuid import UUID

from retinue.agents import service as agents
from retinue.agents.errors import AgentMissingError
from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.json import Json, JsonObject
from retinue.manifests.kinds.base import KindWithoutSecrets
from retinue.manifests.models import WorkflowFile
from retinue.workflows import service as workflows
from retinue.workflows.errors import WorkflowInvalidError, WorkflowMissingError
from retinue.workflows.types import Workflow, WorkflowDefinition


class WorkflowKind(KindWithoutSecrets):
    """Workflows in files."""

    name = "workflow"
    folder = "workflows"
    model = WorkflowFile

    async def list_ids(self, ctx: Context, name: str | None) -> list[UUID]:
        """Return the workflows, those of one name only when it is given."""
        return await workflows.list_ids(ctx, name)

    async def read(self, ctx: Context, resource_id: UUID) -> JsonObject | None:
        """Return a workflow in the full form of files."""
        try:
            workflow = await workflows.get(ctx, resource_id)
        except WorkflowMissingError:
            return None
        return {
            "kind": self.name,
            "name": workflow.name,
            "agent": await _agent_name(ctx, workflow.agent_id),
            "is_published": workflow.active_version == workflow.version,
            "is_active": workflow.is_active,
            "is_paused": workflow.is_paused,
            "trigger_config": cast("JsonObject", workflow.trigger_config.model_dump(mode="json")),
            "deployment_config": cast("JsonObject", workflow.deployment_config.model_dump(mode="json")),
            "definition": {name: value for name, value in workflow.definition.items() if name != "name"},
        }

    async def create(self, ctx: Context, file: WorkflowFile, note: str) -> UUID:
        """Create a workflow."""
        new = await self._definition(ctx, file)
        made = await workflows.create(ctx, new, note=note, examined=await workflows.examine_in(ctx, new.definition))
        await self._set_standing(ctx, made, file)
        return made.id

    async def update(self, ctx: Context, resource_id: UUID, file: WorkflowFile, note: str) -> None:
        """Make a workflow what a file says."""
        new = await self._definition(ctx, file)
        changes = {
            "definition": new.definition,
            "agent_id": new.agent_id,
            "trigger_config": new.trigger_config,
            "deployment_config": new.deployment_config,
        }
        examined = await workflows.examine_in(ctx, new.definition)
        changed = await workflows.update(ctx, resource_id, changes, version=None, note=note, examined=examined)
        await self._set_standing(ctx, changed, file)

    async def delete(self, ctx: Context, resource_id: UUID) -> None:
        """Delete a workflow that has no unfinished runs."""
        await workflows.delete(ctx, resource_id)

    def references(self, file: WorkflowFile) -> list[tuple[str, str]]:
        """Return the agent whose variables are used, and what nodes name."""
        own = [] if file.agent is None else [("agent", file.agent)]
        return [*own, *_named_in(file.definition)]

    @staticmethod
    async def _definition(ctx: Context, file: WorkflowFile) -> WorkflowDefinition:
        named = file.definition.get("name", file.name)
        if named != file.name:
            message = f"is {str(named)[:80]}, but the file's name is {file.name}"
            raise WorkflowInvalidError.of(FieldProblem("definition.name", message, "Leave it out."))
        definition = {**file.definition, "name": file.name}
        return WorkflowDefinition(definition, await _agent_id(ctx, file.agent), file.trigger_config, file.deployment_config)

    @staticmethod
    async def _set_standing(ctx: Context, workflow: Workflow, file: WorkflowFile) -> None:
        if file.is_published is True and workflow.active_version != workflow.version:
            await workflows.publish(ctx, workflow.id, workflow.version)
        wanted = {"is_active": file.is_active, "is_paused": file.is_paused}
        changes = {name: value for name, value in wanted.items() if value is not None and value != getattr(workflow, name)}
        if changes:
            await workflows.update(ctx, workflow.id, changes, version=None)


def _named_in(value: Json) -> list[tuple[str, str]]:
    if isinstance(value, list):
        return [each for item in value for each in _named_in(item)]
    if not isinstance(value, dict):
        return []
    own = [
        (kind, str(reference["name"]))
        for kind in ("agent", "team", "tool", "workflow")
        if isinstance(reference := value.get(kind), dict) and "name" in reference
    ]
    return own + [each for item in value.values() for each in _named_in(item)]


async def _agent_id(ctx: Context, name: str | None) -> UUID | None:
    if name is None:
        return None
    found = await agents.list_ids(ctx, name)
    if len(found) != 1:
        message = f"names {name}, and {len(found) or 'no'} agents are called so"
        raise WorkflowInvalidError.of(FieldProblem("agent", message, "Name an agent of which there is one."))
    return found[0]


async def _agent_name(ctx: Context, agent_id: UUID | None) -> str | None:
    if agent_id is None:
        return None
    try:
        return (await agents.get(ctx, agent_id)).name
    except AgentMissingError:
        return None

"""Versions of workflows that are deployed: with each goes the version of all that its nodes start, and of what those start.

A release's snapshot is {name, description, definition, agent_id, deployment_config, targets}. Each of ``targets`` is
{node_id, kind, id, name}, with ``version`` unless it is a tool; of a team also ``releases`` (the versions of those below it,
by id), and of a workflow its own ``snapshot``.
"""

from typing import Any, Final, cast
from uuid import UUID

from pydantic import ValidationError

from retinue.agents import service as agents
from retinue.agents.types import Release
from retinue.agents.versions import service as agent_versions
from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.json import Json, JsonObject
from retinue.engine.spec.agent import ServingConfig
from retinue.teams import service as teams
from retinue.workflows import references, repository
from retinue.workflows.errors import WorkflowInvalidError, WorkflowLinkedError, WorkflowNotPublishedError
from retinue.workflows.types import MOST_LEVELS, NodeTarget, Workflow, WorkflowForRun

_REMEDY: Final = "Take the node out, save, and deploy that version."


async def pin(ctx: Context, workflow: Workflow, definition: JsonObject) -> JsonObject:
    """Return the snapshot of a version as it is deployed. Raises as ``workflows.service.get_release`` does."""
    if workflow.n8n_workflow_id is not None:
        raise WorkflowLinkedError("A workflow that n8n carries out is not deployed.", remedy="Publish it in n8n.")
    return await _snapshot(ctx, workflow, definition, 1)


async def _snapshot(ctx: Context, workflow: Workflow, definition: JsonObject, level: int) -> JsonObject:
    if level > MOST_LEVELS:
        message = f"starts workflows nested more than {MOST_LEVELS} levels deep"
        raise WorkflowInvalidError.of(FieldProblem("definition", message, "Take a level out."))
    pinned: list[Json] = [await _pin(ctx, each, level) for each in await references.find_targets(ctx, definition)]
    return {
        "name": str(definition["name"]),
        "description": str(definition.get("description") or ""),
        "definition": definition,
        "agent_id": None if workflow.agent_id is None else str(workflow.agent_id),
        "deployment_config": cast("JsonObject", workflow.deployment_config.model_dump(mode="json")),
        "targets": pinned,
    }


async def _pin(ctx: Context, target: NodeTarget, level: int) -> JsonObject:
    named: JsonObject = {"node_id": target.node_id, "kind": target.kind, "id": str(target.id), "name": target.name}
    if target.kind == "agent":
        return {**named, "version": (await agents.get(ctx, target.id)).version}
    if target.kind == "team":
        release = await teams.get_release(ctx, target.id)
        return {**named, "version": release.version, "releases": release.snapshot["releases"]}
    if target.kind == "workflow":
        inner = await repository.get(ctx, target.id)
        if inner is None or inner.active_version is None:
            raise WorkflowNotPublishedError(f"{target.name}, which a node starts, is not published.")
        definition = await repository.get_definition(ctx, target.id, inner.active_version)
        return {**named, "version": inner.active_version, "snapshot": await _snapshot(ctx, inner, definition, level + 1)}
    return named


def read_config(snapshot: JsonObject) -> ServingConfig:
    """Return how a release may be called. Raises ``WorkflowInvalidError`` for a snapshot of an older form."""
    try:
        return ServingConfig.model_validate(snapshot.get("deployment_config") or {})
    except ValidationError:
        message = "was written in an older form and cannot be used any more"
        raise WorkflowInvalidError.of(FieldProblem("version", message, "Copy what you need from it by hand.")) from None


async def get_for_run(ctx: Context, workflow_id: UUID, release: Release) -> WorkflowForRun:
    """Return a release as a run freezes it. The caller has asked for the permission to run.

    Raises ``WorkflowInvalidError`` when what it starts was deleted.
    """
    snapshot = cast("dict[str, Any]", release.snapshot)
    agent_id = snapshot["agent_id"]
    return WorkflowForRun(
        id=workflow_id,
        name=str(snapshot["name"]),
        version=release.version,
        agent_id=None if agent_id is None else UUID(agent_id),
        definition=snapshot["definition"],
        targets=tuple([await _target(ctx, each) for each in await _there(ctx, snapshot["targets"])]),
    )


async def _there(ctx: Context, pinned: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what was pinned. Raises ``WorkflowInvalidError`` for what there is not any more."""
    known = {
        (each.kind, str(each.id)) for each in await repository.list_known(ctx, [UUID(each["id"]) for each in pinned], [])
    }
    gone = [each for each in pinned if (each["kind"], each["id"]) not in known]
    if gone:
        raise WorkflowInvalidError.of(*(_deleted(each) for each in gone))
    return pinned


async def _target(ctx: Context, pinned: dict[str, Any]) -> NodeTarget:
    kind, target_id = str(pinned["kind"]), UUID(pinned["id"])
    version = int(pinned.get("version") or 0)
    release: Release | None = None
    if kind == "agent":
        release = Release(version, (await agent_versions.get_for_run(ctx, target_id, version)).snapshot)
    elif kind == "team":
        release = await teams.get_kept_release(ctx, target_id, version, pinned["releases"])
    elif kind == "workflow":
        release = Release(version, pinned["snapshot"])
    return NodeTarget(pinned["node_id"], kind, target_id, pinned["name"], release)


def _deleted(pinned: dict[str, Any]) -> FieldProblem:
    message = f"starts the {pinned['kind']} {pinned['name']}, which was deleted"
    return FieldProblem(f"definition.nodes.{pinned['node_id']}", message, _REMEDY)

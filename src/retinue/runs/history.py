"""What a forked run is given instead: one more message of the person, or other arguments of a call."""

from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from retinue.core.context import Context
from retinue.core.errors import FieldProblem
from retinue.core.ids import RunId
from retinue.core.json import Json, JsonObject
from retinue.runs.errors import InputNotForkableError, RunElsewhereError, StepMissingError
from retinue.runs.execution import repository_checkpoints as repository
from retinue.runs.execution.repository_checkpoints import ForkPoint, StoredWrite

_NULL_TASK_ID = "00000000-0000-0000-0000-000000000000"
"""LangGraph's id for writes that no task made; they are applied when the state is loaded (langgraph, NULL_TASK_ID)."""


async def demand_own(ctx: Context, run_id: UUID) -> None:
    """Demand that a run was carried out here, where its places are kept. Raises ``RunElsewhereError``."""
    if await repository.get_runtime(ctx, run_id) == "n8n":
        raise RunElsewhereError


def demand_own_plan(plan: JsonObject) -> None:
    """Demand that a plan is carried out here. Raises ``RunElsewhereError``."""
    if plan.get("runtime") == "n8n":
        raise RunElsewhereError


async def amend(ctx: Context, source: RunId, target: RunId, step_id: UUID, amendment: JsonObject) -> None:
    """Change what a step of a fork is given; its history was copied already and it has no job yet.

    For a model's step {"prompt": text or parts}: one more message of the person. For a tool's step {"arguments": {...}}:
    instead of what the model asked for. Raises ``StepMissingError``, ``InputNotForkableError``.
    """
    point = await repository.get_fork_point(ctx, source, step_id)
    if point is None:
        raise StepMissingError
    if point.step_type not in ("llm_call", "tool"):
        field = FieldProblem("step_id", f"is a step of type {point.step_type}, which takes nothing else", "Send no input.")
        raise InputNotForkableError(fields=(field,))
    wanted = "prompt" if point.step_type == "llm_call" else "arguments"
    value = amendment.get(wanted)
    if set(amendment) != {wanted} or not isinstance(value, (str, list) if wanted == "prompt" else dict):
        field = "input" if wanted == "prompt" else "arguments"
        raise InputNotForkableError(fields=(FieldProblem(field, f"is all that this step takes: {wanted}"),))
    if wanted == "prompt":
        message: Json = {"role": "user", "content": value}
        await repository.add_write(
            ctx, target, point.checkpoint_id, StoredWrite(_NULL_TASK_ID, "messages", ["j", [message]])
        )
    else:
        await _set_arguments(ctx, target, point, value)


async def _set_arguments(ctx: Context, target: RunId, point: ForkPoint, arguments: Json) -> None:
    head = (await repository.load_checkpoint(ctx, target, "", point.checkpoint_id))[0]
    document = cast("dict[str, Any]", head.document)
    for _, asked in document["values"]["__pregel_tasks"][1]:
        if asked["call"]["id"] == point.call_id:
            asked["call"]["arguments"] = arguments
    await repository.replace_document(ctx, target, replace(head, document=document))

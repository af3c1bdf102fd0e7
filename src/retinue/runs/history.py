"""A fork's history: the state a run had before one of its steps, copied to another run that goes on from there."""

from dataclasses import replace
from typing import Any, cast
from uuid import UUID

from retinue.core.context import Context
from retinue.core.errors import ConflictError, FieldProblem, InvalidError, MissingError
from retinue.core.ids import RunId
from retinue.core.json import Json, JsonObject
from retinue.runs import repository_checkpoints as repository
from retinue.runs.repository_checkpoints import Copying, ForkPoint, Selection, StoredWrite

_OUTSIDE = "00000000-0000-0000-0000-000000000000"
"""LangGraph's id for writes that no task made; they are applied when the state is loaded (langgraph, NULL_TASK_ID)."""


class StepMissingError(MissingError):
    """The run has no such step."""

    code = "step_missing"


class HistoryMissingError(ConflictError):
    """The run's history is not kept any more."""

    code = "history_missing"
    remedy = "Retry the run instead: it begins from its input."


class AmendmentInvalidError(InvalidError):
    """The fork's input does not fit the step."""

    code = "amendment_invalid"


async def copy_history(ctx: Context, source: RunId, target: RunId, step_id: UUID, amendment: JsonObject | None) -> None:
    """Give a run that has not begun the history of another one before a step; the step is then done again.

    Siblings of the step that had finished are not done again. ``amendment`` changes what the step is given: for a model's
    step {"prompt": text or parts}, one more message of the person; for a tool's step {"arguments": {...}}, instead of what
    the model asked for. Raises ``StepMissingError``, ``HistoryMissingError``, ``AmendmentInvalidError``.
    """
    point = await repository.get_fork_point(ctx, source, step_id)
    if point is None:
        raise StepMissingError
    if not await repository.copy_checkpoints(ctx, Copying(source, target, point.checkpoint_id, step_id)):
        raise HistoryMissingError
    if amendment:
        await _amend(ctx, target, point, amendment)


async def _amend(ctx: Context, target: RunId, point: ForkPoint, amendment: JsonObject) -> None:
    wanted = "prompt" if point.step_type == "llm_call" else "arguments"
    value = amendment.get(wanted)
    if set(amendment) != {wanted} or not isinstance(value, (str, list) if wanted == "prompt" else dict):
        problem = FieldProblem("input", f"for this step it is {{{wanted!r}: …}}", "Fork at a step of the other kind.")
        raise AmendmentInvalidError(fields=(problem,))
    if wanted == "prompt":
        message: Json = {"role": "user", "content": value}
        await repository.add_write(ctx, target, point.checkpoint_id, StoredWrite(_OUTSIDE, "messages", ["j", [message]]))
    else:
        await _set_arguments(ctx, target, point, value)


async def _set_arguments(ctx: Context, target: RunId, point: ForkPoint, arguments: Json) -> None:
    head = (await repository.load_checkpoints(ctx, target, Selection("", point.checkpoint_id)))[0]
    document = cast("dict[str, Any]", head.document)
    for _, asked in document["values"]["__pregel_tasks"][1]:
        if asked["call"]["id"] == point.call_id:
            asked["call"]["arguments"] = arguments
    await repository.replace_document(ctx, target, replace(head, document=document))

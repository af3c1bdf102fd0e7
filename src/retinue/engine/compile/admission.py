"""Asking the budgets before a model call: it goes on, it pauses for a person, or it is refused."""

# LangGraph leaves generics open in its own signatures.
# pyright: reportUnknownMemberType=false

from dataclasses import dataclass, field, replace
from uuid import UUID

from langgraph.types import interrupt

from retinue.core.json import Json, JsonObject
from retinue.engine.errors import BudgetExceededError
from retinue.engine.ports import ModelRequest
from retinue.engine.scope import RunScope
from retinue.engine.spending import BUDGET, Refusal, Reservation, capped


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a run a call is: its task, and what an interrupt tells of the place (checkpoint, node, parent step)."""

    task_id: UUID
    told: JsonObject = field(default_factory=dict[str, Json])


async def admit(scope: RunScope, request: ModelRequest, place: Place) -> "tuple[ModelRequest, Reservation | None]":
    """Return the call as it may be made, and what is held for it; None where no budget applies.

    Pauses the run when a budget asks a person. Raises ``BudgetExceededError`` when the call may not be made.
    """
    spending = scope.spending
    if spending is None or not spending.is_limited:
        return request, None
    questions: list[str] = []
    while (answer := scope.answers.get(_question_id(place, len(questions)))) is not None:
        if answer.get("decision") != "approve":
            comment = answer.get("comment")
            said = f" They said: {comment}" if comment else ""
            raise BudgetExceededError(f"A person did not allow the run to spend more than its budget.{said}")
        questions.append(_question_id(place, len(questions)))
    bounded = capped(request)
    outcome = await spending.reserve(bounded, place.task_id, tuple(questions))
    if not isinstance(outcome, Refusal):
        return replace(bounded, model=outcome.model), outcome
    if outcome.question is not None:
        asked: JsonObject = {
            "question_id": _question_id(place, len(questions)),
            "kind": BUDGET,
            "tool_name": request.model.name,
            "arguments": outcome.question,
            "reason": outcome.message,
            "step_type": "llm_call",
            **place.told,
        }
        if outcome.expires_at is not None:
            asked |= {"expires_at": outcome.expires_at, "on_expiry": {"decision": "approve", "expired": True}}
        interrupt(asked)  # raises: the task ends here, and begins again once the answer is in the scope
    raise BudgetExceededError(outcome.message, remedy=outcome.remedy)


def _question_id(place: Place, number: int) -> str:
    return f"{place.task_id}:budget:{number + 1}"

"""Approvals as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from retinue.core.json import Json, JsonObject


class ApprovalStatus(StrEnum):
    """Status of an approval. answered: a question that was. expired: its time was up, or its run was cancelled."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    ANSWERED = "answered"
    EXPIRED = "expired"


class Verdict(StrEnum):
    """Decision of a person on an approval."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Approval:
    """A request of a run for a decision by a person, and the decision.

    ``kind`` is tool_call (approve a call), unknown_outcome (a call whose effect is unknown: repeat it or not), node (an
    approval node of a workflow, whose name is ``tool_name`` and whose input is ``arguments``), budget (a model call that a
    budget does not allow; ``arguments`` tell the budget and what is needed) or question (a question node,
    answered by an object that fits the JSON Schema ``form``). ``decision`` is {decision, arguments?, result?, comment?}; of
    a question {answer}; ``expired`` in it tells that it was made because ``expires_at`` had come.
    """

    id: UUID
    run_id: UUID
    step_id: UUID
    target_name: str
    kind: str
    tool_name: str
    arguments: JsonObject
    reason: str
    form: JsonObject | None
    expires_at: datetime | None
    status: ApprovalStatus
    decision: JsonObject | None
    decided_by: UUID | None
    decided_by_name: str | None
    decided_at: datetime | None
    comment: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer. ``arguments`` replace those the model wrote; ``result`` says what an unknown call came to."""

    verdict: Verdict
    arguments: JsonObject | None = None
    comment: str | None = None
    result: Json = None
    has_result: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision did: the event that tells it, and whether the run is pending again."""

    run_id: UUID
    organization_id: UUID
    sequence: int
    is_reopened: bool

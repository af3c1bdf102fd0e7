"""Approvals as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from retinue.core.json import Json, JsonObject


class ApprovalStatus(StrEnum):
    """Where an approval stands; expired: its run was cancelled before anybody decided."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    EXPIRED = "expired"


class Verdict(StrEnum):
    """What a person says to a question of a run."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Approval:
    """A question of a run to a person, and the answer once there is one.

    ``kind`` is tool_call (may this call be made?) or unknown_outcome (it was begun and had no answer, nobody knows whether
    it took effect: shall it be made again?). ``decision`` is {decision, arguments?, result?, comment?}.
    """

    id: UUID
    run_id: UUID
    step_id: UUID
    target_name: str
    kind: str
    tool_name: str
    arguments: JsonObject
    reason: str
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

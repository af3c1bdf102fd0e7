"""Approvals as values."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from retinue.core.diff import FieldDiff
from retinue.core.json import Json, JsonObject
from retinue.core.permissions import Role


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


class ApprovalView(StrEnum):
    """Which approvals a list shows. mine: those that wait for your decision. decided: all that are no longer pending."""

    MINE = "mine"
    PENDING = "pending"
    DECIDED = "decided"


@dataclass(frozen=True, slots=True)
class Approver:
    """A member who is asked."""

    user_id: UUID
    full_name: str | None


@dataclass(frozen=True, slots=True)
class ApprovalDecision:
    """What a person decided: approved, rejected or answered. One that they replaced later is not shown."""

    id: UUID
    user_id: UUID | None
    full_name: str | None
    status: ApprovalStatus
    comment: str | None
    by_link: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Approval:
    """A request of a run for a decision by a person, and the decision.

    ``kind`` is tool_call (approve a call), unknown_outcome (a call whose effect is unknown: repeat it or not), node (an
    approval node of a workflow, whose name is ``tool_name`` and whose input is ``arguments``), budget (a model call that a
    budget does not allow; ``arguments`` tell the budget and what is needed), connect (a call whose connection must be given
    first; ``arguments`` tell ``connection_id``, ``connection``, ``owner``, ``scopes`` and the call's own) or question (a
    question node, answered by an object that fits the JSON Schema ``form``). ``decision`` is {decision,
    arguments?, result?, comment?}; of a question {answer}; ``expired`` in it tells that it was made because ``expires_at``
    had come.
    ``assignees`` and members with ``role`` or a higher one may decide; without both, all who have the permission. ``quorum``
    of them must approve the same; one who rejects decides. ``editable`` is the JSON Schema of the value that may be edited.
    ``prompt`` is the run's input, shortened. ``is_mine``: it waits for your decision.
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
    assignees: list[Approver]
    role: Role | None
    quorum: int
    editable: JsonObject | None
    escalated_at: datetime | None
    node_id: str | None
    prompt: str | None
    requested_by_name: str | None
    decisions: list[ApprovalDecision]
    is_mine: bool


@dataclass(frozen=True, slots=True)
class ApprovalDetail:
    """An approval; of a call of a tool over HTTP its method and URL; and what was edited, field by field."""

    approval: Approval
    method: str | None
    url: str | None
    changes: list[FieldDiff]


@dataclass(frozen=True, slots=True)
class LinkedApproval:
    """What a link from an e-mail message asks of a person; ``my_decision`` is what they decided already."""

    id: UUID
    kind: str
    target_name: str
    tool_name: str
    reason: str
    arguments: JsonObject
    prompt: str | None
    requested_by_name: str | None
    status: ApprovalStatus
    expires_at: datetime | None
    quorum: int
    person_name: str | None
    my_decision: ApprovalStatus | None


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer. ``arguments`` replace those the model wrote; ``result`` says what an unknown call came to.

    ``value`` replaces what a node shows to be edited.
    """

    verdict: Verdict
    arguments: JsonObject | None = None
    comment: str | None = None
    result: Json = None
    has_result: bool = False
    value: Json = None
    has_value: bool = False


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision did: the event that tells it, and whether the run is pending again."""

    run_id: UUID
    organization_id: UUID
    sequence: int
    is_reopened: bool


class Outcome(StrEnum):
    """What came of entering a person's decision."""

    DECIDED = "decided"
    COUNTED = "counted"
    UNASSIGNED = "unassigned"
    GIVEN = "given"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Entered:
    """What came of entering a decision; ``sequence`` is that of the event which tells that the approval is decided."""

    outcome: str
    run_id: UUID
    organization_id: UUID
    sequence: int | None
    is_reopened: bool

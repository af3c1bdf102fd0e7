"""Documents of approvals. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from retinue.client.types.common import Approval, ApprovalStatus, FieldDiff

__all__ = [
    "AnswerQuestion",
    "ApprovalDetail",
    "ApprovalLinkToken",
    "ApprovalView",
    "AssignApproval",
    "DecideApproval",
    "DecideByLink",
    "LinkedApproval",
    "Verdict",
]


class AnswerQuestion(TypedDict):
    """An answer to a question."""

    answer: dict[str, Any]


class ApprovalDetail(TypedDict):
    """An approval; of a call of a tool over HTTP its method and URL; and what was edited, field by field."""

    approval: Approval
    changes: list[FieldDiff]
    method: str | None
    url: str | None


class ApprovalLinkToken(TypedDict):
    """A link from an e-mail message."""

    token: str


ApprovalView: TypeAlias = Literal["mine", "pending", "decided"]


class AssignApproval(TypedDict):
    """Who decides from now on."""

    assignees: NotRequired[list[str]]
    quorum: NotRequired[int]
    role: NotRequired[Literal["owner", "admin", "agent_manager"] | None]


Verdict: TypeAlias = Literal["approve", "reject"]


class DecideApproval(TypedDict):
    """A decision."""

    arguments: NotRequired[dict[str, Any] | None]
    comment: NotRequired[str | None]
    decision: Verdict
    result: NotRequired[Any]
    value: NotRequired[Any]


class DecideByLink(TypedDict):
    """A decision by a link."""

    comment: NotRequired[str | None]
    decision: Verdict
    token: str


class LinkedApproval(TypedDict):
    """What a link from an e-mail message asks of a person; ``my_decision`` is what they decided already."""

    arguments: dict[str, Any]
    expires_at: str | None
    id: str
    kind: str
    my_decision: ApprovalStatus | None
    person_name: str | None
    prompt: str | None
    quorum: int
    reason: str
    requested_by_name: str | None
    status: ApprovalStatus
    target_name: str
    tool_name: str

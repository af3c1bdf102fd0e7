"""Operations of approvals. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Unpack

from retinue.client.resource import Resource, path
from retinue.client.types.approvals import (
    AnswerQuestion,
    ApprovalDetail,
    ApprovalLinkToken,
    ApprovalView,
    AssignApproval,
    DecideApproval,
    DecideByLink,
    LinkedApproval,
)
from retinue.client.types.common import Approval, ApprovalPage, ApprovalStatus


class ApprovalsApi(Resource):
    """Operations of approvals."""

    def decide_link(self, **body: Unpack[DecideByLink]) -> LinkedApproval:
        """Decide by a link from an e-mail message, once."""
        return self._connection.json("POST", "/approval-links/decide", body=body)

    def preview_link(self, **body: Unpack[ApprovalLinkToken]) -> LinkedApproval:
        """Return what a link from an e-mail message asks. Requires no authentication, and changes nothing."""
        return self._connection.json("POST", "/approval-links/preview", body=body)

    def list(
        self,
        *,
        status: ApprovalStatus | None = None,
        view: ApprovalView | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ApprovalPage:
        """List the organization's approvals, newest first. `?view=mine` lists those that wait for your decision."""
        return self._connection.json(
            "GET", "/approvals", query={"status": status, "view": view, "limit": limit, "cursor": cursor}
        )

    def iterate(
        self, *, status: ApprovalStatus | None = None, view: ApprovalView | None = None, limit: int | None = None
    ) -> Iterator[Approval]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items("/approvals", query={"status": status, "view": view, "limit": limit})

    def get(self, approval_id: str, /) -> ApprovalDetail:
        """Return an approval, with the method and URL of a tool over HTTP, and what was edited when it was …"""
        return self._connection.json("GET", path("approvals", approval_id))

    def answer_question(self, approval_id: str, /, **body: Unpack[AnswerQuestion]) -> Approval:
        """Answer the question of a workflow. The run continues with the answer as the node's result."""
        return self._connection.json("POST", path("approvals", approval_id, "answer"), body=body)

    def assign(self, approval_id: str, /, **body: Unpack[AssignApproval]) -> Approval:
        """Let others decide a pending approval, such as when those who were asked have left. They are notified."""
        return self._connection.json("POST", path("approvals", approval_id, "assign"), body=body)

    def decide(self, approval_id: str, /, **body: Unpack[DecideApproval]) -> Approval:
        """Decide an approval. The run continues unless it has other pending approvals."""
        return self._connection.json("POST", path("approvals", approval_id, "decide"), body=body)

"""Operations of approvals, for an event loop. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Unpack

from retinue.client.resource import AsyncResource, path
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


class AsyncApprovalsApi(AsyncResource):
    """Operations of approvals."""

    async def decide_link(self, **body: Unpack[DecideByLink]) -> LinkedApproval:
        """Decide by a link from an e-mail message, once."""
        return await self._connection.json("POST", "/approval-links/decide", body=body)

    async def preview_link(self, **body: Unpack[ApprovalLinkToken]) -> LinkedApproval:
        """Return what a link from an e-mail message asks. Requires no authentication, and changes nothing."""
        return await self._connection.json("POST", "/approval-links/preview", body=body)

    async def list(
        self,
        *,
        status: ApprovalStatus | None = None,
        view: ApprovalView | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> ApprovalPage:
        """List the organization's approvals, newest first. `?view=mine` lists those that wait for your decision."""
        return await self._connection.json(
            "GET", "/approvals", query={"status": status, "view": view, "limit": limit, "cursor": cursor}
        )

    def iterate(
        self, *, status: ApprovalStatus | None = None, view: ApprovalView | None = None, limit: int | None = None
    ) -> AsyncIterator[Approval]:
        """Iterate over what ``list`` lists, page after page."""
        return self._connection.items("/approvals", query={"status": status, "view": view, "limit": limit})

    async def get(self, approval_id: str, /) -> ApprovalDetail:
        """Return an approval, with the method and URL of a tool over HTTP, and what was edited when it was …"""
        return await self._connection.json("GET", path("approvals", approval_id))

    async def answer_question(self, approval_id: str, /, **body: Unpack[AnswerQuestion]) -> Approval:
        """Answer the question of a workflow. The run continues with the answer as the node's result."""
        return await self._connection.json("POST", path("approvals", approval_id, "answer"), body=body)

    async def assign(self, approval_id: str, /, **body: Unpack[AssignApproval]) -> Approval:
        """Let others decide a pending approval, such as when those who were asked have left. They are notified."""
        return await self._connection.json("POST", path("approvals", approval_id, "assign"), body=body)

    async def decide(self, approval_id: str, /, **body: Unpack[DecideApproval]) -> Approval:
        """Decide an approval. The run continues unless it has other pending approvals."""
        return await self._connection.json("POST", path("approvals", approval_id, "decide"), body=body)

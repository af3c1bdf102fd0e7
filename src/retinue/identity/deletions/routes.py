"""The deletion of organizations over HTTP."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.identity.deletions import service
from retinue.identity.deletions.types import Deletion

router = APIRouter(tags=["organizations"])

_MOST_SECONDS = 30 * 86400
Confirm = Annotated[str, Query(max_length=63, description="The organization's slug.")]
Grace = Annotated[
    int | None,
    Query(
        ge=0,
        le=_MOST_SECONDS,
        description="Seconds in which the deletion can be cancelled; 0 deletes now. Without it the installation's setting.",
    ),
]


@router.delete("/organizations/current", status_code=202)
async def delete_organization(
    request: Request, response: Response, confirm: Confirm, grace_seconds: Grace = None
) -> Deletion:
    """Delete the organization with everything in it. For owners; `confirm` must be its slug.

    The organization is disabled immediately: sessions and API keys are refused, and runs are cancelled. Its data is deleted
    in the background when the grace period is over; until then `POST /organization-deletions/{id}/cancel` restores it.
    `Location` names the deletion, which shows the progress.
    """
    async with open_context(request) as ctx:
        deletion = await service.request(ctx, confirm, grace_seconds)
    response.headers["Location"] = f"/api/v1/organization-deletions/{deletion.id}"
    return deletion


@router.get("/organization-deletions")
async def list_organization_deletions(
    request: Request, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Page[Deletion]:
    """List deletions of organizations that you requested or own, newest first. Superusers see all."""
    async with open_context(request) as ctx:
        return await service.list_deletions(ctx, limit, cursor)


@router.get("/organization-deletions/{deletion_id}")
async def get_organization_deletion(request: Request, deletion_id: uuid.UUID) -> Deletion:
    """Return a deletion with its progress. It remains after the organization is deleted, without its name."""
    async with open_context(request) as ctx:
        return await service.get(ctx, deletion_id)


@router.post("/organization-deletions/{deletion_id}/cancel")
async def cancel_organization_deletion(request: Request, deletion_id: uuid.UUID) -> Deletion:
    """Cancel a deletion. Possible until `erase_after`. Runs that were cancelled stay cancelled."""
    async with open_context(request) as ctx:
        return await service.cancel(ctx, deletion_id)


@router.post("/organization-deletions/{deletion_id}/start")
async def start_organization_deletion(request: Request, deletion_id: uuid.UUID) -> Deletion:
    """Delete now, without waiting for `erase_after`. It cannot be cancelled afterwards."""
    async with open_context(request) as ctx:
        return await service.hasten(ctx, deletion_id)

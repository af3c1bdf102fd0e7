"""Erasures over HTTP."""

import uuid

from fastapi import APIRouter, Request, Response

from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.erasures import service
from retinue.erasures.schemas import RequestErasure
from retinue.erasures.types import Certificate, Erasure

router = APIRouter(prefix="/erasures", tags=["organizations"])


@router.post("", status_code=202)
async def create_erasure(request: Request, response: Response, body: RequestErasure) -> Erasure:
    """Erase a person, an agent or an organization completely, in the background. It cannot be cancelled or undone.

    An agent: for owners and admins, with its runs, conversations and files. An organization: for owners; everyone loses
    access at once. A person: for superusers, and for themselves. `confirm` must be the name, the slug or the address.
    `Location` names the erasure, which shows the progress and, when it has finished, has a certificate.
    """
    async with open_context(request) as ctx:
        erasure = await service.request(ctx, body.kind, body.target_id, body.confirm)
    response.headers["Location"] = f"/api/v1/erasures/{erasure.id}"
    return erasure


@router.get("")
async def list_erasures(request: Request, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[Erasure]:
    """List erasures that you requested or of an organization that you administer, newest first. Superusers see all."""
    async with open_context(request) as ctx:
        return await service.list_erasures(ctx, limit, cursor)


@router.get("/{erasure_id}")
async def get_erasure(request: Request, erasure_id: uuid.UUID) -> Erasure:
    """Return an erasure with its progress."""
    async with open_context(request) as ctx:
        return await service.get(ctx, erasure_id)


@router.get("/{erasure_id}/certificate")
async def get_erasure_certificate(request: Request, erasure_id: uuid.UUID) -> Certificate:
    """Return the certificate of a finished erasure: each table and bucket, what was deleted, and what stays and why."""
    async with open_context(request) as ctx:
        return await service.get_certificate(ctx, erasure_id)

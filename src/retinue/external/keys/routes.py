"""Keys and signing secrets of external agents over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field

from retinue.core.http.context import open_context
from retinue.core.http.request_models import Body
from retinue.external.keys import service
from retinue.external.keys.types import AgentKeyList, IssuedAgentKey, WebhookSecret

router = APIRouter(tags=["external agents"])


class RotateAgentKey(Body):
    """How a key is replaced."""

    overlap_seconds: Annotated[int, Field(ge=0, le=604_800)] = Field(
        default=3600, description="How long the replaced key is accepted still."
    )


_ROTATE = RotateAgentKey()


@router.get("/agents/{agent_id}/keys")
async def list_agent_keys(request: Request, agent_id: UUID) -> AgentKeyList:
    """List the keys of an external agent, including revoked keys, newest first."""
    async with open_context(request) as ctx:
        return await service.list_keys(ctx, agent_id)


@router.post("/agents/{agent_id}/keys", status_code=201)
async def create_agent_key(request: Request, agent_id: UUID) -> IssuedAgentKey:
    """Create a key with which an external agent makes its own calls. The key is returned only in this response."""
    async with open_context(request) as ctx:
        return await service.create(ctx, agent_id)


@router.post("/agents/{agent_id}/keys/{agent_key_id}/rotate", status_code=201)
async def rotate_agent_key(
    request: Request, agent_id: UUID, agent_key_id: UUID, body: RotateAgentKey = _ROTATE
) -> IssuedAgentKey:
    """Create a key in place of another, which is accepted for an hour still unless said otherwise."""
    async with open_context(request) as ctx:
        return await service.rotate(ctx, agent_id, agent_key_id, body.overlap_seconds)


@router.delete("/agents/{agent_id}/keys/{agent_key_id}", status_code=204)
async def revoke_agent_key(request: Request, agent_id: UUID, agent_key_id: UUID) -> None:
    """Revoke a key of an external agent permanently."""
    async with open_context(request) as ctx:
        await service.revoke(ctx, agent_id, agent_key_id)


@router.post("/agents/{agent_id}/webhook-secret", status_code=201)
async def create_agent_webhook_secret(request: Request, agent_id: UUID) -> WebhookSecret:
    """Create the secret that signs calls of an external agent, or another one. It is returned only in this response."""
    async with open_context(request) as ctx:
        return await service.set_webhook_secret(ctx, agent_id)

"""API keys over HTTP."""

import uuid

from fastapi import APIRouter, Request

from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.identity.api_keys import service
from retinue.identity.api_keys.schemas import CreateApiKey
from retinue.identity.api_keys.types import ApiKey, CurrentKey, IssuedApiKey, NewApiKey

router = APIRouter(tags=["api keys"])


@router.get("/auth/key")
async def get_current_api_key(request: Request) -> CurrentKey:
    """Return the API key of this request: its name, its organization and its effective scopes."""
    async with open_context(request) as ctx:
        return await service.current(ctx)


@router.get("/api-keys")
async def list_api_keys(request: Request, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[ApiKey]:
    """List the organization's API keys, including revoked keys, newest first."""
    async with open_context(request) as ctx:
        return await service.list_keys(ctx, limit, cursor)


@router.post("/api-keys", status_code=201)
async def create_api_key(request: Request, body: CreateApiKey) -> IssuedApiKey:
    """Create an API key that acts for you. The key is returned only in this response."""
    new = NewApiKey(name=body.name, scopes=frozenset(body.scopes), expires_at=body.expires_at)
    async with open_context(request) as ctx:
        return await service.create(ctx, new)


@router.delete("/api-keys/{key_id}", status_code=204)
async def revoke_api_key(request: Request, key_id: uuid.UUID) -> None:
    """Revoke an API key permanently."""
    async with open_context(request) as ctx:
        await service.revoke(ctx, key_id)

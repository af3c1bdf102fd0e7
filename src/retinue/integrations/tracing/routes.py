"""Traces over HTTP: where they can be looked at, and what leaves with them."""

from fastapi import APIRouter, Request

from retinue.core.http.context import open_context
from retinue.integrations.tracing import service
from retinue.integrations.tracing.schemas import SetTracing
from retinue.integrations.tracing.types import Tracing

router = APIRouter(prefix="/organizations/current/tracing", tags=["organizations"])


@router.get("")
async def get_tracing(request: Request) -> Tracing:
    """Return where traces of runs are sent and can be looked at, and whether content leaves with them."""
    async with open_context(request) as ctx:
        return await service.get(ctx)


@router.put("")
async def set_tracing(request: Request, body: SetTracing) -> Tracing:
    """Allow inputs and outputs of the organization's runs to leave with traces, or not. Holds from now on."""
    async with open_context(request) as ctx:
        return await service.update(ctx, allows_content=body.allows_content)

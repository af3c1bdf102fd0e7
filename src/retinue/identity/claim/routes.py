"""The first owner's one-time link."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from retinue.core.http import csrf
from retinue.core.http.context import database_of, visitor_of
from retinue.core.http.gate import open_to_anyone
from retinue.identity.claim import service
from retinue.identity.claim.schemas import Claim
from retinue.identity.claim.types import Claimant, ClaimState
from retinue.identity.sessions import service as sessions
from retinue.identity.sessions.types import Session

router = APIRouter(prefix="/auth/claim", tags=["auth"])


@router.get("")
@open_to_anyone
async def check_claim_link(request: Request, token: Annotated[str, Query(max_length=200)] = "") -> ClaimState:
    """Return whether the installation has an owner, and whether the first owner's one-time link is valid.

    Requires no authentication.
    """
    async with database_of(request).context(visitor_of(request)) as ctx:
        return await service.get_state(ctx, token)


@router.post("", dependencies=[Depends(csrf.check_origin)])
@open_to_anyone
async def claim_installation(request: Request, response: Response, body: Claim) -> Session:
    """Claim a new installation: create the first user and organization, and sign in."""
    database, visitor = database_of(request), visitor_of(request)
    claimant = Claimant(body.email, body.full_name, body.password, body.organization_name)
    opened = await service.claim(database, visitor, body.token, claimant)
    actor = await sessions.identify(database, opened.token, None, visitor)
    csrf.set_cookies(request, response, opened.token, max_age_seconds=opened.max_age_seconds)
    async with database.context(actor) as ctx:
        return await sessions.describe(ctx, csrf.token_of(opened.token))

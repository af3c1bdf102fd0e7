"""The second factor over HTTP."""

from fastapi import APIRouter, Request

from retinue.core.http.context import actor_of, database_of, open_context
from retinue.identity.sessions import service as sessions
from retinue.identity.two_factor import service
from retinue.identity.two_factor.schemas import Confirm, Enroll, Prove
from retinue.identity.two_factor.types import Enrollment, RecoveryCodes, TwoFactorState

router = APIRouter(prefix="/auth/two-factor", tags=["auth"])


@router.get("")
async def get_two_factor(request: Request) -> TwoFactorState:
    """Return whether a code is required at your sign-in, and how many recovery codes are left."""
    async with open_context(request) as ctx:
        return await service.get_state(ctx)


@router.post("", status_code=201)
async def enroll_two_factor(request: Request, body: Enroll) -> Enrollment:
    """Create a secret for an authenticator app, returned only here. It takes effect by `POST /auth/two-factor/confirm`."""
    await sessions.prove(database_of(request), await actor_of(request), body.password, "password")
    async with open_context(request) as ctx:
        return await service.enroll(ctx)


@router.post("/confirm")
async def confirm_two_factor(request: Request, body: Confirm) -> RecoveryCodes:
    """Enable two-factor authentication by a code of the app. The ten recovery codes are returned only in this response."""
    await sessions.limit_codes(database_of(request), await actor_of(request))
    async with open_context(request) as ctx:
        codes = await service.confirm(ctx, body.code)
    await sessions.reset_code_attempts(database_of(request), await actor_of(request))
    return codes


@router.post("/recovery-codes")
async def renew_recovery_codes(request: Request, body: Prove) -> RecoveryCodes:
    """Replace your recovery codes; asks for the password and a code."""
    await sessions.prove(database_of(request), await actor_of(request), body.password, "password")
    await sessions.limit_codes(database_of(request), await actor_of(request))
    async with open_context(request) as ctx:
        codes = await service.renew_recovery_codes(ctx, body.code)
    await sessions.reset_code_attempts(database_of(request), await actor_of(request))
    return codes


@router.post("/disable", status_code=204)
async def disable_two_factor(request: Request, body: Prove) -> None:
    """Disable two-factor authentication; asks for the password and a code."""
    await sessions.prove(database_of(request), await actor_of(request), body.password, "password")
    await sessions.limit_codes(database_of(request), await actor_of(request))
    async with open_context(request) as ctx:
        await service.disable(ctx, body.code)
    await sessions.reset_code_attempts(database_of(request), await actor_of(request))

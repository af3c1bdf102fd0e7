"""The claim of a fresh installation: a one-time link makes its bearer the first user and owner.

The link is made where Retinue is started (``retinue up``, ``retinue claim-link``); only the hash of its token is stored.
"""

from dataclasses import replace

from retinue.core.context import Actor, ActorKind, Context
from retinue.core.db.database import Database
from retinue.core.ids import UserId, new_id
from retinue.identity.claim import repository
from retinue.identity.claim.errors import AlreadyClaimedError, ClaimInvalidError
from retinue.identity.claim.types import Claimant, ClaimState
from retinue.identity.organizations import service as organizations
from retinue.identity.sessions import service as sessions
from retinue.identity.sessions.types import Opened
from retinue.identity.users import service as users
from retinue.identity.users.types import NewUser, PasswordOwner


async def get_state(ctx: Context, token: str) -> ClaimState:
    """Return whether a claim token is good now, and whether the installation has an owner."""
    is_valid = bool(token) and await repository.is_claim(ctx.tx, sessions.hash_token(token), ctx.now)
    return ClaimState(valid=is_valid, claimed=await users.is_claimed(ctx))


async def claim(database: Database, visitor: Actor, token: str, claimant: Claimant) -> Opened:
    """Use up a claim token: create the first user (a superuser), their organization and a session, in one commit.

    Raises ``AlreadyClaimedError`` when someone has an account, ``ClaimInvalidError`` for a bad token (one of two claims at
    once gets it), and ``PasswordWeakError``.
    """
    token_hash = sessions.hash_token(token)
    async with database.context(visitor) as ctx:
        if await users.is_claimed(ctx):
            raise AlreadyClaimedError
        if not await repository.is_claim(ctx.tx, token_hash, ctx.now):
            raise ClaimInvalidError
    about = PasswordOwner(claimant.email, words=(claimant.full_name, claimant.organization_name))
    hashed = await users.hash_password(database.resources, claimant.password, about=about)
    person = replace(visitor, kind=ActorKind.USER, user_id=UserId(new_id()))
    async with database.context(person) as ctx:
        new = NewUser(email=claimant.email, full_name=claimant.full_name, password_hash=hashed)
        if await users.claim(ctx, token_hash, new) is None:
            raise ClaimInvalidError
        made = await organizations.create(ctx, claimant.organization_name)
        return await sessions.open_session(ctx, made.id)

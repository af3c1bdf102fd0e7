"""Users over HTTP: oneself, and for superusers everyone."""

from fastapi import APIRouter, Request

from retinue.core.db.pages import Page
from retinue.core.http.context import open_context
from retinue.core.http.paging import DEFAULT_LIMIT, Cursor, Limit
from retinue.core.ids import UserId
from retinue.identity.users import service
from retinue.identity.users.schemas import UpdateMe, UpdateUser
from retinue.identity.users.types import Administration, ProfileChange, User

router = APIRouter(prefix="/users", tags=["users"])


@router.get("/me")
async def get_me(request: Request) -> User:
    """Return the person who is signed in, or whose API key it is."""
    async with open_context(request) as ctx:
        return await service.me(ctx)


@router.patch("/me")
async def update_me(request: Request, body: UpdateMe) -> User:
    """Change one's profile. `avatar_url: null` takes the picture away."""
    avatar = "" if "avatar_url" in body.model_fields_set and body.avatar_url is None else None
    change = ProfileChange(
        full_name=body.full_name, username=body.username, avatar_url=str(body.avatar_url) if body.avatar_url else avatar
    )
    async with open_context(request) as ctx:
        return await service.update_me(ctx, change)


@router.get("")
async def list_users(request: Request, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None) -> Page[User]:
    """List the users of the installation, newest first. For superusers."""
    async with open_context(request) as ctx:
        return await service.list_all(ctx, limit, cursor)


@router.patch("/{user_id}")
async def update_user(request: Request, user_id: UserId, body: UpdateUser) -> User:
    """Switch a user on or off, give or take superuser's rights, set the subscription tier. For superusers."""
    change = Administration(body.is_active, body.is_superuser, body.subscription_tier)
    async with open_context(request) as ctx:
        return await service.administer(ctx, user_id, change)

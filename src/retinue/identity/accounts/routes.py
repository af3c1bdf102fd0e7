"""The deletion of accounts over HTTP."""

from fastapi import APIRouter, Request, Response

from retinue.core.http import csrf
from retinue.core.http.context import actor_of, database_of
from retinue.core.ids import UserId
from retinue.identity.accounts import service
from retinue.identity.accounts.schemas import DeleteAccount

router = APIRouter(prefix="/users", tags=["users"])


@router.post("/me/delete", status_code=204)
async def delete_own_account(request: Request, response: Response, body: DeleteAccount) -> None:
    """Delete your account permanently, with your conversations, API keys and sessions; asks for the password.

    Refused while you are the only owner of an organization.
    """
    await service.delete_own(database_of(request), await actor_of(request), body.password)
    csrf.clear_cookies(request, response)


@router.delete("/{user_id}", status_code=204)
async def delete_user(request: Request, user_id: UserId) -> None:
    """Delete a person's account permanently, with their conversations, API keys and sessions. For superusers.

    Refused while the person is the only owner of an organization. Their organizations and the installation get the audit
    entry `user.deleted`.
    """
    await service.delete_user(database_of(request), await actor_of(request), user_id)

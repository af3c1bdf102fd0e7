"""Ending of e-mail over HTTP, by the link of a message."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from retinue.core.http.context import database_of
from retinue.core.http.gate import open_to_anyone
from retinue.core.mail import unsubscribing as links
from retinue.core.mail.unsubscribing import Unsubscription
from retinue.notifications import unsubscribing

router = APIRouter(tags=["notifications"])

Token = Annotated[str, Query(min_length=1, max_length=1000, description="The token of the link.")]


@router.get("/unsubscribe/notifications", status_code=303, response_class=Response)
@open_to_anyone
async def get_notification_link(request: Request, token: Token) -> Response:
    """Redirect to the page that asks whether e-mail ends. Requires no authentication, and changes nothing."""
    return RedirectResponse(links.page_of(database_of(request).resources, unsubscribing.WHAT_FOR, token), 303)


@router.post("/unsubscribe/notifications")
@open_to_anyone
async def stop_notification_emails(request: Request, token: Token) -> Unsubscription:
    """End e-mail about the types of notifications of a link (RFC 8058). Requires no authentication. May be repeated."""
    return await unsubscribing.end(database_of(request), token)


@router.get("/unsubscribe/notifications/preview")
@open_to_anyone
async def preview_notification_emails(request: Request, token: Token) -> Unsubscription:
    """Return what a link ends. Requires no authentication, and changes nothing."""
    return await unsubscribing.preview(database_of(request), token)

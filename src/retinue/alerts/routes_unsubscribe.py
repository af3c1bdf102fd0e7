"""Ending of alerts by e-mail over HTTP, by the link of a message."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse

from retinue.alerts import unsubscribing
from retinue.core.http.context import database_of
from retinue.core.http.gate import open_to_anyone
from retinue.core.mail import unsubscribing as links
from retinue.core.mail.unsubscribing import Unsubscription

router = APIRouter(tags=["alerts"])

Token = Annotated[str, Query(min_length=1, max_length=1000, description="The token of the link.")]


@router.get("/unsubscribe/alerts", status_code=303, response_class=Response)
@open_to_anyone
async def get_alert_link(request: Request, token: Token) -> Response:
    """Redirect to the page that asks whether alerts to an address end. Requires no authentication, and changes nothing."""
    return RedirectResponse(links.page_of(database_of(request).resources, unsubscribing.WHAT_FOR, token), 303)


@router.post("/unsubscribe/alerts")
@open_to_anyone
async def stop_alert_emails(request: Request, token: Token) -> Unsubscription:
    """End alerts to the e-mail address of a link (RFC 8058). Requires no authentication. May be repeated."""
    return await unsubscribing.end(database_of(request), token)


@router.get("/unsubscribe/alerts/preview")
@open_to_anyone
async def preview_alert_emails(request: Request, token: Token) -> Unsubscription:
    """Return what a link ends. Requires no authentication, and changes nothing."""
    return await unsubscribing.preview(database_of(request), token)

"""Cookies of a session, and the two checks that a request with them was meant: its origin, and a token bound to the session.

The token is an HMAC of the session's own token (OWASP's cheat sheet on cross-site request forgery, "signed double-submit
cookie"), so it needs no storage, ends with the session, and a cookie planted by a neighbouring domain does not fit.
"""

import hashlib
import hmac
from urllib.parse import urlsplit

from fastapi import Request, Response

from retinue.core.errors import DeniedError
from retinue.core.settings import CoreSettings

SESSION_COOKIE = "retinue_session"
CSRF_COOKIE = "retinue_csrf"
CSRF_HEADER = "X-CSRF-Token"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class OriginForeignError(DeniedError):
    """The request comes from a page of another site."""

    code = "origin_foreign"
    remedy = "Open the console at its public address; an operator sets it in RETINUE_PUBLIC_URL."


class CsrfTokenError(DeniedError):
    """The header X-CSRF-Token is missing or not that of this session."""

    code = "csrf_token"
    remedy = "Send the csrf_token of GET /api/v1/auth/session in the header X-CSRF-Token."


def token_of(session_token: str) -> str:
    """Return the token that unsafe requests of a session must carry."""
    return hmac.new(session_token.encode(), b"retinue csrf 1", hashlib.sha256).hexdigest()


def is_safe(request: Request) -> bool:
    """Say whether the request's method changes nothing by definition (RFC 9110, section 9.2.1)."""
    return request.method in SAFE_METHODS


def check_origin(request: Request) -> None:
    """Refuse an unsafe request that a browser sends for another site's page. Raises ``OriginForeignError``.

    Programs send neither ``Origin`` nor ``Sec-Fetch-Site`` and pass; browsers cannot leave them out.
    """
    if is_safe(request):
        return
    origin = request.headers.get("origin")
    if origin is None:
        if request.headers.get("sec-fetch-site") in {"cross-site", "same-site"}:
            raise OriginForeignError
        return
    allowed = {_origin(_core(request).public_url), f"{request.url.scheme}://{request.headers.get('host', '')}"}
    if origin not in allowed:
        raise OriginForeignError


def check_token(request: Request, session_token: str) -> None:
    """Demand the session's token of an unsafe request. Raises ``CsrfTokenError``."""
    if is_safe(request):
        return
    given = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode(), token_of(session_token).encode()):
        raise CsrfTokenError


def set_cookies(request: Request, response: Response, session_token: str, *, max_age_seconds: int) -> None:
    """Hand a session to the browser; its token is out of reach of scripts, the other one is meant for them."""
    secure = _core(request).public_url.startswith("https:")
    for name, value in ((SESSION_COOKIE, session_token), (CSRF_COOKIE, token_of(session_token))):
        hidden = name == SESSION_COOKIE
        response.set_cookie(name, value, max_age_seconds, path="/", secure=secure, httponly=hidden, samesite="lax")


def clear_cookies(request: Request, response: Response) -> None:
    """Take the session from the browser."""
    secure = _core(request).public_url.startswith("https:")
    for name in (SESSION_COOKIE, CSRF_COOKIE):
        response.delete_cookie(name, path="/", secure=secure, httponly=name == SESSION_COOKIE, samesite="lax")


def _core(request: Request) -> CoreSettings:
    core: CoreSettings = request.app.state.process.resources.core
    return core


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

"""`/auth/v1`: the endpoints of GoTrue with which the clients of Supabase sign in with a password, refresh and sign out."""

from typing import Any, cast

from fastapi import APIRouter, Request
from fastapi.responses import Response

from retinue import __version__
from retinue.core.db.database import Database
from retinue.core.errors import Error, InvalidError, Kind
from retinue.core.http.context import visitor_of
from retinue.core.json import loads
from retinue.identity.sessions.errors import SessionExpiredError, SignInRefusedError
from retinue.identity.two_factor.errors import SecondFactorNeededError, SecondFactorRefusedError
from retinue.realtime import cors, signing_in, tokens

router = APIRouter(include_in_schema=False)

_LONGEST_BODY = 20_000
_LONGEST_TEXT = 1000
_NEEDS_CODE = (
    "This account has two-factor authentication."
    " Sign in again with the code of the authenticator app as options.captchaToken."
)
_SCOPES = frozenset({"global", "local", "others"})


@router.api_route("/auth/v1/token", methods=["POST", "OPTIONS"])
async def token(request: Request) -> Response:
    """Sign in with a password, or get a new access token for a refresh token."""
    if request.method == "OPTIONS":
        return cors.preflight(request)
    database: Database = request.app.state.database
    if not _has_key(request, database):
        return _no_key()
    try:
        body = await _body(request)
        kind = request.query_params.get("grant_type", "")
        if kind == "password":
            email, password = _text(body, "email"), _text(body, "password")
            session = await signing_in.with_password(database, email, password, _code(body), visitor_of(request))
        elif kind == "refresh_token":
            session = await signing_in.refresh(database, _text(body, "refresh_token"), visitor_of(request))
        else:
            return cors.refuse(400, "validation_failed", "grant_type must be password or refresh_token.")
    except Error as error:
        return _refused(error)
    return cors.answer(session)


@router.api_route("/auth/v1/user", methods=["GET", "OPTIONS"])
async def user(request: Request) -> Response:
    """Return the person of an access token."""
    if request.method == "OPTIONS":
        return cors.preflight(request)
    database: Database = request.app.state.database
    given = cors.bearer(request)
    signed = await signing_in.who(database, given, visitor_of(request)) if given else None
    if signed is None:
        return cors.refuse(403, "bad_jwt", "The access token is invalid or expired, or its session has ended.")
    return cors.answer(signing_in.described(signed.user))


@router.api_route("/auth/v1/logout", methods=["POST", "OPTIONS"])
async def logout(request: Request) -> Response:
    """End the session of an access token (``scope=local``), all of its person (``global``), or all others (``others``)."""
    if request.method == "OPTIONS":
        return cors.preflight(request)
    database: Database = request.app.state.database
    scope = request.query_params.get("scope", "global")
    if scope not in _SCOPES:
        return cors.refuse(400, "validation_failed", "scope must be global, local or others.")
    given = cors.bearer(request)
    signed = await signing_in.who(database, given, visitor_of(request)) if given else None
    if signed is None:
        return cors.refuse(403, "session_not_found", "The session has ended already.")
    try:
        await signing_in.end(database, signed, scope)
    except Error as error:
        return _refused(error)
    return Response(status_code=204, headers=dict(cors.HEADERS))


@router.api_route("/auth/v1/settings", methods=["GET", "OPTIONS"])
async def settings(request: Request) -> Response:
    """Say which ways of signing in there are: an e-mail address with a password, for accounts that exist."""
    if request.method == "OPTIONS":
        return cors.preflight(request)
    return cors.answer({"external": {"email": True}, "disable_signup": True, "mailer_autoconfirm": True})


@router.api_route("/auth/v1/health", methods=["GET", "OPTIONS"])
async def health(request: Request) -> Response:
    """Say that the endpoints are here."""
    if request.method == "OPTIONS":
        return cors.preflight(request)
    return cors.answer({"name": "GoTrue", "version": f"retinue-{__version__}", "description": "Retinue"})


def _has_key(request: Request, database: Database) -> bool:
    key = request.headers.get("apikey") or cors.bearer(request) or ""
    return tokens.is_publishable(database.resources.secrets, key)


def _no_key() -> Response:
    return cors.refuse(401, "no_authorization", "The API key is missing or unknown. Use the publishable key of Settings.")


async def _body(request: Request) -> dict[str, Any]:
    refusal: Error | None = getattr(request.state, "refusal", None)
    if refusal is not None:
        raise refusal
    raw = await request.body()
    try:
        found: Any = loads(raw) if len(raw) <= _LONGEST_BODY else None
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise InvalidError("The body must be a JSON object.")
    return cast("dict[str, Any]", found)


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= _LONGEST_TEXT or "\0" in value:
        raise InvalidError(f"{name} must be a string of up to {_LONGEST_TEXT} characters.")
    return value


def _code(body: dict[str, Any]) -> str | None:
    """Return the code of the second factor: clients have one place for a text beside the password."""
    meta = body.get("gotrue_meta_security")
    code: object = cast("dict[str, Any]", meta).get("captcha_token") if isinstance(meta, dict) else None
    return code if isinstance(code, str) and 0 < len(code) <= _LONGEST_TEXT else None


_CODES: dict[type[Error], tuple[int, str, str | None]] = {
    SignInRefusedError: (400, "invalid_credentials", "Invalid login credentials"),
    SessionExpiredError: (400, "refresh_token_not_found", "Invalid Refresh Token: Refresh Token Not Found"),
    SecondFactorNeededError: (400, "mfa_verification_needed", _NEEDS_CODE),
    SecondFactorRefusedError: (400, "mfa_verification_failed", None),
}
_KINDS: dict[Kind, tuple[int, str]] = {
    Kind.INVALID: (400, "validation_failed"),
    Kind.TOO_LARGE: (413, "validation_failed"),
    Kind.TIMED_OUT: (408, "request_timeout"),
    Kind.LIMITED: (429, "over_request_rate_limit"),
    Kind.UNAVAILABLE: (503, "unexpected_failure"),
}


def _refused(error: Error) -> Response:
    status, code, message = _CODES.get(type(error), (*_KINDS.get(error.kind, (403, error.code)), None))
    return cors.refuse(status, code, message or error.detail, error.retry_after_seconds)

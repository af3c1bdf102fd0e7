"""Requests to token and revocation endpoints (RFC 6749, RFC 7009), over the guarded client and without redirects."""

import base64
from collections.abc import Sequence
from typing import Any, cast
from urllib.parse import quote_plus, urlencode

from retinue.core.errors import Error
from retinue.core.json import loads
from retinue.core.logging import get_logger
from retinue.core.outbound.client import Outbound, OutboundRequest, OutboundResponse
from retinue.tools.oauth import rules
from retinue.tools.oauth.errors import GrantRefusedError, OAuthFailedError
from retinue.tools.oauth.types import Asking, Server, Tokens

_log = get_logger(__name__)
_SECONDS = 20.0
_BYTES = 262_144
_TOKEN_CHARACTERS = 20_000
_TOLD_CHARACTERS = 200
_OK = 200
_SERVER_ERROR = 500
_YEAR_SECONDS = 31_536_000


def by_client(server: Server) -> Asking:
    """Return what asks for a token in the client's own name."""
    return Asking({"grant_type": "client_credentials", **_scope(server), **_audience(server)})


def by_code(server: Server, code: str, verifier: str, redirect_uri: str) -> Asking:
    """Return what exchanges a code for tokens."""
    parameters = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": verifier,
        "redirect_uri": redirect_uri,
        **({"resource": server.resource} if server.resource else {}),
    }
    return Asking(parameters, (code, verifier))


def by_refresh(server: Server, refresh_token: str) -> Asking:
    """Return what asks for new tokens."""
    resource = {"resource": server.resource} if server.resource else {}
    return Asking({"grant_type": "refresh_token", "refresh_token": refresh_token, **resource}, (refresh_token,))


async def ask(outbound: Outbound, server: Server, asking: Asking) -> Tokens:
    """Ask for tokens.

    Raises ``GrantRefusedError`` when the grant is not accepted any more, ``OutboundRefusedError`` for a URL that may not be
    called, and ``OAuthFailedError``, which holds none of the secrets that were sent.
    """
    response = await _post(outbound, server, server.token_url, asking)
    document = _document(response)
    if response.status != _OK:
        raise _refusal(response, document, server, asking)
    return _tokens(document, server)


async def revoke(outbound: Outbound, server: Server, token: str, hint: str) -> None:
    """Tell the authorization server that a token is not used any more; a failure is logged, since ours is deleted anyway."""
    if server.revoke_url is None:
        return
    try:
        await _post(outbound, server, server.revoke_url, Asking({"token": token, "token_type_hint": hint}, (token,)))
    except Error as error:
        _log.info("oauth.not_revoked", error=error.code)


async def _post(outbound: Outbound, server: Server, url: str, asking: Asking) -> OutboundResponse:
    # With Basic too: some servers look a client up by what is in the body.
    parameters = {**asking.parameters, "client_id": server.client_id}
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
    if server.auth_method == "basic":
        pair = f"{quote_plus(server.client_id)}:{quote_plus(server.client_secret or '')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    elif server.auth_method == "post":
        parameters["client_secret"] = server.client_secret or ""
    body = urlencode(parameters).encode()
    request = OutboundRequest(
        "POST", url, headers, body, timeout_seconds=_SECONDS, max_bytes=_BYTES, max_redirects=0, is_exact=True
    )
    return await outbound.send(request)


def _document(response: OutboundResponse) -> dict[str, Any]:
    try:
        found = loads(response.body)
    except ValueError:
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _refusal(response: OutboundResponse, document: dict[str, Any], server: Server, asking: Asking) -> OAuthFailedError:
    code, said = document.get("error"), document.get("error_description")
    if not isinstance(code, str):
        sort = "failed" if response.status >= _SERVER_ERROR else "answered"
        return OAuthFailedError(f"The authorization server {sort} with status {response.status}.")
    told = code if not isinstance(said, str) else f"{code} ({said})"
    told = _without(told, [*asking.secrets, server.client_secret or ""])[:_TOLD_CHARACTERS].rstrip(".")
    if code == "invalid_grant":
        return GrantRefusedError(f"The authorization server no longer accepts the grant: {told}.")
    return OAuthFailedError(f"The authorization server refused: {told}.")


def _without(text: str, secrets: Sequence[str]) -> str:
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[secret]")
    return "".join(mark if mark.isprintable() else " " for mark in text)


def _tokens(document: dict[str, Any], server: Server) -> Tokens:
    access, kind = document.get("access_token"), document.get("token_type", "bearer")
    if not _is_token(access):
        raise OAuthFailedError("The authorization server's answer holds no access token.")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise OAuthFailedError("The authorization server issued a token that is not a bearer token.")
    refresh = document.get("refresh_token")
    scope = document.get("scope")
    return Tokens(
        access_token=cast("str", access),
        refresh_token=cast("str", refresh) if _is_token(refresh) else None,
        expires_in=_seconds(document.get("expires_in")),
        scopes=rules.scopes_of(scope) if isinstance(scope, str) else server.scopes,
    )


def _is_token(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _TOKEN_CHARACTERS and value.isascii() and value.isprintable()


def _seconds(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:12])
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        return None
    return int(min(value, _YEAR_SECONDS))


def _scope(server: Server) -> dict[str, str]:
    return {"scope": " ".join(server.scopes)} if server.scopes else {}


def _audience(server: Server) -> dict[str, str]:
    more = {"audience": server.audience, "resource": server.resource}
    return {name: value for name, value in more.items() if value}

"""Pure decisions about connections: what identifies one, PKCE, the URL that a person is sent to."""

import base64
import hashlib
import itertools
import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from yarl import URL

from retinue.core.json import JsonObject
from retinue.engine.spec.oauth import McpOAuthCredentials, OAuthCredentials, host_of
from retinue.tools.oauth.types import Server

_SCOPE_CHARACTERS: Final = 200
_SCOPES: Final = 100
OAUTH_TYPES: Final = frozenset({"oauth2", "oauth"})


def is_oauth(credentials: "JsonObject | None") -> bool:
    """Tell whether credentials are such that access tokens are issued for."""
    return credentials is not None and credentials.get("type") in OAUTH_TYPES


def digest_of(settings: "OAuthCredentials | McpOAuthCredentials", destination: str) -> str:
    """Return what identifies a connection: all settings but the secret, whether there is one, and who is sent its tokens."""
    document = settings.model_dump(mode="json", exclude={"client_secret"})
    document["has_secret"] = settings.client_secret is not None
    document["scopes"] = sorted(set(document["scopes"]))
    return hashlib.sha256(json.dumps([document, destination], sort_keys=True).encode()).hexdigest()


def name_of(settings: "OAuthCredentials | McpOAuthCredentials", destination: str) -> str:
    """Return what a person is shown of a connection: the host that is asked for its consent, or is called."""
    if isinstance(settings, OAuthCredentials):
        return host_of(settings.authorize_url or settings.token_url)[:300]
    return host_of(destination)[:300]


def server_of(settings: OAuthCredentials) -> Server:
    """Return where tokens are issued, as a tool's credentials name it."""
    return Server(
        token_url=settings.token_url,
        authorize_url=settings.authorize_url,
        revoke_url=settings.revoke_url,
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        auth_method=settings.auth_method or ("basic" if settings.client_secret else "none"),
        scopes=tuple(settings.scopes),
        audience=settings.audience,
        resource=settings.resource,
    )


def is_issuer(server: Server, tokens: JsonObject) -> bool:
    """Tell whether a server issued tokens, and may be sent them: an MCP server may name another one later."""
    return tokens.get("issuer") in {None, server.issuer}


def scopes_of(text: str) -> tuple[str, ...]:
    """Return the first 100 scopes that a server names, without what is none."""
    found = (each for each in text.split() if len(each) <= _SCOPE_CHARACTERS and each.isascii() and each.isprintable())
    return tuple(itertools.islice(found, _SCOPES))


def is_less_safe(url: str, than: str) -> bool:
    """Tell whether a URL goes without TLS where another one, which names it, goes with it."""
    return URL(than, encoded=True).scheme == "https" and URL(url, encoded=True).scheme != "https"


def challenge_of(verifier: str) -> str:
    """Return the S256 challenge of a verifier (RFC 7636)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def authorize_url(server: Server, *, redirect_uri: str, state: str, challenge: str) -> str:
    """Return the URL at which a person consents."""
    more: Mapping[str, str | None] = {
        "scope": " ".join(server.scopes) or None,
        "audience": server.audience,
        "resource": server.resource,
    }
    parameters = {
        "response_type": "code",
        "client_id": server.client_id,
        "redirect_uri": redirect_uri,
        "state": state,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
        **{name: value for name, value in more.items() if value},
    }
    # Parameters that the URL has of its own stay; none of ours may stand there twice.
    url = URL(server.authorize_url or "", encoded=True)
    kept = [(name, value) for name, value in url.query.items() if name not in parameters]
    return f"{url.with_query(None)}?{urlencode([*kept, *parameters.items()])}"

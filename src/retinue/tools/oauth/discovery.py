"""The authorization server of an MCP server, found as the MCP specification says, with client parts of the official SDK.

Protected resource metadata (RFC 9728), authorization server metadata (RFC 8414 or OpenID Connect), registration of the
client (RFC 7591). Each request goes through the guarded client, without redirects, and each URL that is told is checked.
Imported when a person first connects: the SDK is heavy.
"""

from typing import Literal

import httpx2
from mcp.client.auth import OAuthFlowError, OAuthRegistrationError
from mcp.client.auth.utils import (
    build_oauth_authorization_server_metadata_discovery_urls,
    build_protected_resource_metadata_discovery_urls,
    create_client_registration_request,
    create_oauth_metadata_request,
    extract_resource_metadata_from_www_auth,
    extract_scope_from_www_auth,
    get_client_metadata_scopes,
    handle_auth_metadata_response,
    handle_protected_resource_response,
    handle_registration_response,
    validate_metadata_issuer,
)
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthMetadata, ProtectedResourceMetadata
from mcp.shared.auth_utils import check_resource_allowed, resource_url_from_server_url
from pydantic import AnyUrl, TypeAdapter, ValidationError

from retinue.core.errors import Error
from retinue.core.outbound.client import Outbound, OutboundRequest
from retinue.engine.spec.oauth import Endpoint, McpOAuthCredentials
from retinue.tools.oauth import rules
from retinue.tools.oauth.errors import OAuthFailedError
from retinue.tools.oauth.types import Server

_SECONDS = 15.0
_BYTES = 262_144
_NOT_SENT = frozenset({"host", "content-length", "accept-encoding", "connection", "user-agent"})
_PROBE = b'{"jsonrpc":"2.0","id":0,"method":"ping"}'
_HEADERS = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
_METHODS = {"client_secret_basic": "basic", "client_secret_post": "post", "none": "none"}
_ENDPOINT: TypeAdapter[str] = TypeAdapter(Endpoint)


async def discover(
    outbound: Outbound, url: str, settings: McpOAuthCredentials, *, redirect_uri: str, known: Server | None
) -> Server:
    """Return the authorization server of an MCP server, and the client there: the given one, the known one, or a new one.

    Raises ``OAuthFailedError`` that says what is missing, and ``OutboundRefusedError`` for a URL that may not be called.
    """
    sender = _Sender(outbound, url)
    challenge = await sender.send(httpx2.Request("POST", url, headers=_HEADERS, content=_PROBE))
    resource = await _resource(sender, challenge)
    issuer = str(resource.authorization_servers[0]) if resource and resource.authorization_servers else None
    metadata = await _metadata(sender, issuer)
    if "S256" not in (metadata.code_challenge_methods_supported or []):
        raise OAuthFailedError("The authorization server does not support PKCE (S256), which MCP requires.")
    scopes = " ".join(settings.scopes) or get_client_metadata_scopes(
        extract_scope_from_www_auth(challenge), resource, metadata, ["authorization_code", "refresh_token"]
    )
    client = await _client(sender, settings, (metadata, redirect_uri, scopes, known))
    method = _METHODS.get(client.token_endpoint_auth_method or ("client_secret_basic" if client.client_secret else "none"))
    if method is None:
        raise OAuthFailedError(
            f"The authorization server asks for {client.token_endpoint_auth_method}, which is not supported."
        )
    return Server(
        token_url=sender.checked("token endpoint", str(metadata.token_endpoint)),
        authorize_url=sender.checked("authorization endpoint", str(metadata.authorization_endpoint)),
        revoke_url=sender.checked("revocation endpoint", str(metadata.revocation_endpoint))
        if metadata.revocation_endpoint
        else None,
        client_id=client.client_id,
        client_secret=client.client_secret,
        auth_method=method,
        scopes=rules.scopes_of(scopes or ""),
        resource=str(resource.resource) if resource else resource_url_from_server_url(url),
        issuer=str(metadata.issuer),
        names_issuer=bool(metadata.authorization_response_iss_parameter_supported),
        redirect_uri=redirect_uri,
    )


async def _resource(sender: "_Sender", challenge: httpx2.Response) -> ProtectedResourceMetadata | None:
    url = sender.url
    told = extract_resource_metadata_from_www_auth(challenge)
    for each in build_protected_resource_metadata_discovery_urls(told, url):
        found = await handle_protected_resource_response(await sender.send(create_oauth_metadata_request(each)))
        if found is None:
            continue
        if not check_resource_allowed(
            requested_resource=resource_url_from_server_url(url), configured_resource=str(found.resource)
        ):
            raise OAuthFailedError(
                f"The MCP server names the resource {str(found.resource)[:200]}, which is not its own URL."
            )
        return found
    return None


async def _metadata(sender: "_Sender", issuer: str | None) -> OAuthMetadata:
    for each in build_oauth_authorization_server_metadata_discovery_urls(issuer, sender.url):
        goes_on, found = await handle_auth_metadata_response(await sender.send(create_oauth_metadata_request(each)))
        if found is not None:
            if issuer is not None:
                _check_issuer(found, issuer)
            return found
        if not goes_on:
            break
    raise OAuthFailedError("The MCP server names no authorization server whose metadata can be read.")


def _check_issuer(found: OAuthMetadata, issuer: str) -> None:
    for spelling in (issuer, issuer.rstrip("/"), f"{issuer.rstrip('/')}/"):
        try:
            validate_metadata_issuer(found, spelling)
        except OAuthFlowError:
            continue
        return
    raise OAuthFailedError("The metadata of the authorization server names another issuer.")


async def _client(
    sender: "_Sender",
    settings: McpOAuthCredentials,
    facts: tuple[OAuthMetadata, str, str | None, Server | None],
) -> OAuthClientInformationFull:
    metadata, redirect_uri, scopes, known = facts
    if settings.client_id is not None:
        return OAuthClientInformationFull(client_id=settings.client_id, client_secret=settings.client_secret)
    if known is not None and known.issuer == str(metadata.issuer) and known.redirect_uri in {None, redirect_uri}:
        spelt = {ours: theirs for theirs, ours in _METHODS.items()}[known.auth_method]
        return OAuthClientInformationFull(
            client_id=known.client_id, client_secret=known.client_secret, token_endpoint_auth_method=spelt
        )
    if metadata.registration_endpoint is None:
        raise OAuthFailedError(
            "The authorization server registers no clients by itself.",
            remedy=f"Register Retinue there, with the redirect URI {redirect_uri}, and give client_id and client_secret.",
        )
    asked = OAuthClientMetadata(
        redirect_uris=[AnyUrl(redirect_uri)],
        client_name="Retinue",
        scope=scopes,
        application_type="web",
        token_endpoint_auth_method=_preferred(metadata),
    )
    try:
        request = create_client_registration_request(metadata, asked, sender.url)
        return await handle_registration_response(await sender.send(request))
    except OAuthRegistrationError:
        raise OAuthFailedError("The authorization server did not register Retinue as a client.") from None


def _preferred(metadata: OAuthMetadata) -> "Literal['client_secret_basic', 'client_secret_post', 'none']":
    offered = metadata.token_endpoint_auth_methods_supported or ["client_secret_basic"]
    if "client_secret_basic" in offered:
        return "client_secret_basic"
    return "client_secret_post" if "client_secret_post" in offered else "none"


class _Sender:
    """Sends what is asked of an MCP server and of those that it names, which must be reached as safely as itself."""

    def __init__(self, outbound: Outbound, url: str) -> None:
        self._outbound = outbound
        self.url = url

    async def send(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request. Raises ``OAuthFailedError``."""
        self._check_scheme("metadata", str(request.url))
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _NOT_SENT}
        body = request.read() if request.method == "POST" else None
        sent = OutboundRequest(
            request.method, str(request.url), headers, body, timeout_seconds=_SECONDS, max_bytes=_BYTES, max_redirects=0
        )
        try:
            answer = await self._outbound.send(sent)
        except Error as error:
            raise OAuthFailedError(f"{request.url.host} cannot be asked how to connect: {error.detail}") from None
        kept = {name: value for name, value in answer.headers.items() if name in {"www-authenticate", "content-type"}}
        return httpx2.Response(answer.status, headers=kept, content=answer.body)

    def checked(self, what: str, url: str) -> str:
        """Return an endpoint that can be used. Raises ``OAuthFailedError``."""
        self._check_scheme(what, url)
        try:
            return _ENDPOINT.validate_python(url)
        except ValidationError:
            raise OAuthFailedError(f"The {what} that the authorization server names cannot be used.") from None

    def _check_scheme(self, what: str, url: str) -> None:
        if rules.is_less_safe(url, self.url):
            raise OAuthFailedError(f"The MCP server uses https, but the {what} at {url[:200]} does not.")

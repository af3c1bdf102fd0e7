"""Connections by OAuth, for tools that need access tokens and for the package that lets persons connect."""

import asyncio
import importlib
from typing import cast
from uuid import UUID

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.errors import Error
from retinue.core.json import JsonObject, dumps, loads
from retinue.engine.ports import SecretVariables
from retinue.engine.spec.oauth import McpOAuthCredentials, OAuthCredentials
from retinue.tools.oauth import endpoint, repository, rules, servers
from retinue.tools.oauth.access import Access, Place
from retinue.tools.oauth.repository import NewConnection, NewGrant
from retinue.tools.oauth.types import Server, Stored, Tokens

_DISCOVERY = "retinue.tools.oauth.discovery"
"""Imported when a person first connects to an MCP server."""

__all__ = [
    "Access",
    "Place",
    "access_server",
    "ask",
    "authorize_url",
    "by_code",
    "challenge_of",
    "discover",
    "discovered",
    "drop_unused",
    "get",
    "grant",
    "is_oauth",
    "keep",
    "revoke",
    "settings_of",
    "take_tokens",
]

ask = endpoint.ask
by_code = endpoint.by_code
authorize_url = rules.authorize_url
challenge_of = rules.challenge_of
is_oauth = rules.is_oauth
get = repository.get
settings_of = servers.settings_of
access_server = servers.server_of
drop_unused = repository.drop_unused


async def take_tokens(ctx: Context, connection_id: UUID, user_id: UUID | None) -> JsonObject | None:
    """Delete what was granted, and return its tokens, which are to be revoked; None when there were none."""
    found = await repository.get_grant(ctx, connection_id, user_id)
    await repository.delete_grant(ctx, connection_id, user_id)
    if found is None or found.tokens_encrypted is None:
        return None
    return cast("JsonObject", loads(ctx.resources.secrets.open(found.tokens_encrypted)))


async def revoke(database: Database, variables: SecretVariables, stored: Stored, tokens: JsonObject) -> None:
    """Have the authorization server revoke tokens, if it can (RFC 7009): the refresh token, else the access token."""
    try:
        server = await servers.server_of(database, variables, stored)
    except Error:
        return
    if not rules.is_issuer(server, tokens):
        return
    hint = "refresh_token" if isinstance(tokens.get("refresh_token"), str) else "access_token"
    await endpoint.revoke(database.resources.outbound, server, str(tokens[hint]), hint)


async def keep(ctx: Context, credentials: JsonObject, destination: str) -> UUID:
    """Write the connection that valid credentials describe; tools with the same, to the same destination, share it."""
    is_mcp = credentials.get("type") == "oauth"
    kind = McpOAuthCredentials if is_mcp else OAuthCredentials
    settings = kind.model_validate(credentials)
    new = NewConnection(
        digest=rules.digest_of(settings, destination),
        name=rules.name_of(settings, destination),
        kind="mcp" if is_mcp else "api",
        grant_type="authorization_code" if isinstance(settings, McpOAuthCredentials) else settings.grant,
        owner=settings.owner,
        destination=destination,
        scopes=[*settings.scopes],
        settings_encrypted=ctx.resources.secrets.seal(dumps(cast("JsonObject", settings.model_dump(mode="json"))).decode()),
    )
    return await repository.keep(ctx, new)


async def discovered(ctx: Context, stored: Stored, server: Server) -> None:
    """Write what was discovered of a connection's authorization server, and the client that was registered there."""
    document: JsonObject = {
        "token_url": server.token_url,
        "authorize_url": server.authorize_url,
        "revoke_url": server.revoke_url,
        "client_id": server.client_id,
        "client_secret": server.client_secret,
        "auth_method": server.auth_method,
        "scopes": [*server.scopes],
        "audience": server.audience,
        "resource": server.resource,
        "issuer": server.issuer,
        "names_issuer": server.names_issuer,
        "redirect_uri": server.redirect_uri,
    }
    sealed = ctx.resources.secrets.seal(dumps(document).decode())
    await repository.set_server(ctx, stored.id, sealed, [*server.scopes])


async def discover(database: Database, stored: Stored, redirect_uri: str) -> Server:
    """Ask an MCP server for its authorization server, and return that with the client there, which is registered if need be.

    Raises ``OAuthFailedError``.
    """
    secrets = database.resources.secrets
    settings, known = servers.settings_of(secrets, stored), servers.discovered_of(secrets, stored)
    implementation = await asyncio.to_thread(importlib.import_module, _DISCOVERY)
    server = await implementation.discover(
        database.resources.outbound, stored.destination, settings, redirect_uri=redirect_uri, known=known
    )
    return cast("Server", server)


async def grant(ctx: Context, stored: Stored, user_id: UUID | None, tokens: Tokens, issuer: str | None) -> None:
    """Write what an issuer granted, sealed, in place of what had been."""
    sealed = ctx.resources.secrets.seal(dumps(tokens.document(issuer)).decode())
    await repository.put_grant(ctx, NewGrant(stored.id, user_id, sealed, [*tokens.scopes], tokens.expires_in))

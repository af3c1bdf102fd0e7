"""The package's verbs: connections of the organization and its members, and connecting them by OAuth 2 with PKCE.

A person comes back from an authorization server in the session in which they went there, within ten minutes, once. What a
run waits for is then answered by a timer, so that no grant is missed whichever was first.
"""

import json
import secrets
from datetime import timedelta
from typing import Any, Final, cast
from uuid import UUID

from retinue.agents.variables.service import AgentVariables
from retinue.connections import repository, rules
from retinue.connections.errors import (
    AttemptInvalidError,
    ConnectionInUseError,
    ConnectionInvalidError,
    ConsentNotNeededError,
    ConsentRefusedError,
    SessionNeededError,
)
from retinue.connections.permissions import READ, WRITE
from retinue.connections.schemas import ConnectionCallback
from retinue.connections.types import (
    Begun,
    Connection,
    ConnectionAttempt,
    ConnectionGranted,
    ConnectionOwner,
)
from retinue.core import audit
from retinue.core.context import Actor, Context
from retinue.core.db.database import Database
from retinue.core.db.pages import Page, Position, decode, page_of
from retinue.core.errors import FieldProblem
from retinue.core.json import JsonObject
from retinue.core.outbound.addresses import OutboundRefusedError, parse_url
from retinue.core.permissions import require
from retinue.core.resources import Resources
from retinue.core.secrets import SecretUnreadableError
from retinue.core.timers import schedule
from retinue.runs.approvals.service import CONNECTED
from retinue.tools.oauth import service as oauth
from retinue.tools.oauth.errors import ConnectionMissingError
from retinue.tools.oauth.types import Server, Stored

_ATTEMPT: Final = "connection"
"""What the state of an attempt is for."""
_PARTS: Final = 4
_LIFE: Final = timedelta(minutes=10)
_VERIFIER_BYTES: Final = 64
_TOLD_CHARACTERS: Final = 200


async def list_page(ctx: Context, *, cursor: str | None, limit: int) -> Page[Connection]:
    """Return a page of the organization's connections, newest first, each as it is for the actor."""
    require(ctx, READ)
    rows = await repository.list_page(ctx, decode(cursor) if cursor else None, limit)
    return page_of(rows, limit, lambda each: Position(each.created_at, each.id))


async def get(ctx: Context, connection_id: UUID) -> Connection:
    """Return one connection, as it is for the actor. Raises ``ConnectionMissingError``."""
    require(ctx, READ)
    found = await repository.get(ctx, connection_id)
    if found is None:
        raise ConnectionMissingError
    return found


async def create_mcp(database: Database, actor: Actor, url: str, credentials: JsonObject) -> Connection:
    """Write the connection of an MCP server, or return the one with the same settings. Raises ``ConnectionInvalidError``."""
    try:
        parse_url(url)
    except OutboundRefusedError as error:
        raise ConnectionInvalidError(
            fields=(FieldProblem("url", error.detail.rstrip("."), "Give the server's URL."),)
        ) from None
    async with database.context(actor) as ctx:
        require(ctx, WRITE)
        connection = await get(ctx, await oauth.keep(ctx, credentials, url))
        await audit.record(ctx, "connection.created", ("connection", connection.id), after={"name": connection.name})
        return connection


async def authorize(database: Database, actor: Actor, connection_id: UUID, return_to: str) -> ConnectionAttempt:
    """Begin to connect: write an attempt, and return the URL at which the person consents.

    No transaction is open while an MCP server is asked for its authorization server. Raises ``SessionNeededError``,
    ``ConnectionInvalidError`` for a page that is not the console's, ``ConsentNotNeededError``, ``ConnectionMissingError``.
    """
    if not rules.is_own_page(return_to):
        problem = FieldProblem("return_to", "is not a page of the console", "Give a path that begins with one /.")
        raise ConnectionInvalidError(f"return_to {problem.message}.", remedy=problem.remedy, fields=(problem,))
    async with database.context(actor) as ctx:
        connection = await _get_connectable(ctx, connection_id)
        session_id = _session(actor)
        stored = await _stored(ctx, connection.id)
    server = await _server(database, actor, stored)
    verifier = secrets.token_urlsafe(_VERIFIER_BYTES)
    async with database.context(actor) as ctx:
        expires_at = ctx.now + _LIFE
        sealed = ctx.resources.secrets.seal(verifier)
        attempt_id = await repository.begin(
            ctx, stored.id, session_id=session_id, verifier=sealed, return_to=return_to, expires_at=expires_at
        )
        told = [_ATTEMPT, str(attempt_id), str(ctx.organization_id), server.issuer]
        state = ctx.resources.secrets.seal(json.dumps(told)).decode()
    url = oauth.authorize_url(
        server,
        redirect_uri=redirect_uri(database.resources),
        state=state,
        challenge=oauth.challenge_of(verifier),
    )
    return ConnectionAttempt(url, expires_at)


async def callback(database: Database, actor: Actor, answer: ConnectionCallback) -> ConnectionGranted:
    """Finish connecting with what the authorization server sent the browser back with; runs that wait for it go on.

    Raises ``AttemptInvalidError`` for an attempt that was used, is late, or is of another session, ``ConsentRefusedError``,
    and as ``tools.oauth`` does.
    """
    async with database.context(actor) as ctx:
        require(ctx, READ)
        begun, issuer = await _taken(ctx, answer.state)
        stored = await _stored(ctx, begun.connection_id)
        verifier = ctx.resources.secrets.open(begun.verifier_encrypted)
    server = await oauth.access_server(database, AgentVariables(database), stored)
    if server.issuer != issuer:  # the MCP server has named another one since, which must not be sent the code
        raise AttemptInvalidError
    code = _code(answer, server)
    asking = oauth.by_code(server, code, verifier, redirect_uri(database.resources))
    tokens = await oauth.ask(database.resources.outbound, server, asking)
    async with database.context(actor) as ctx:
        await _get_connectable(ctx, stored.id)
        user_id = ctx.user_id if stored.owner == ConnectionOwner.USER else None
        await oauth.grant(ctx, stored, user_id, tokens, server.issuer)
        await schedule(ctx, CONNECTED, stored.id, ctx.now)
        scopes: JsonObject = {"owner": stored.owner, "scopes": [*tokens.scopes]}
        await audit.record(ctx, "connection.granted", ("connection", stored.id), after=scopes)
        return ConnectionGranted(await get(ctx, stored.id), begun.return_to)


async def disconnect(database: Database, actor: Actor, connection_id: UUID) -> None:
    """Delete what was granted to the organization, or to the actor; the authorization server is told to revoke it.

    Raises ``ConnectionMissingError``.
    """
    async with database.context(actor) as ctx:
        await _get_connectable(ctx, connection_id)
        stored = await _stored(ctx, connection_id)
        user_id = ctx.user_id if stored.owner == ConnectionOwner.USER else None
        tokens = await oauth.take_tokens(ctx, connection_id, user_id)
        await audit.record(ctx, "connection.revoked", ("connection", connection_id), before={"owner": stored.owner})
    if tokens is not None:
        await oauth.revoke(database, AgentVariables(database), stored, tokens)


async def delete(ctx: Context, connection_id: UUID) -> None:
    """Delete a connection that no tool uses, with what was granted. Raises ``ConnectionInUseError``."""
    require(ctx, WRITE)
    connection = await get(ctx, connection_id)
    if not await oauth.drop_unused(ctx, connection_id):
        names = ", ".join(each.name for each in connection.tools[:5])
        raise ConnectionInUseError(f"{connection.name} is used by {names}.")
    await audit.record(ctx, "connection.deleted", ("connection", connection_id), before={"name": connection.name})


def redirect_uri(resources: Resources) -> str:
    """Return the one page that authorization servers send browsers back to."""
    return f"{resources.core.public_url}/connect/callback"


async def _get_connectable(ctx: Context, connection_id: UUID) -> Connection:
    """Return a connection that the actor may connect: their own, or the organization's with the permission."""
    connection = await get(ctx, connection_id)
    if connection.owner is ConnectionOwner.ORGANIZATION:
        require(ctx, WRITE)
    return connection


async def _stored(ctx: Context, connection_id: UUID) -> Stored:
    stored = await oauth.get(ctx, connection_id)
    if stored is None:
        raise ConnectionMissingError
    if stored.grant_type == "client_credentials":
        raise ConsentNotNeededError
    return stored


def _session(actor: Actor) -> UUID:
    if actor.session_id is None or actor.user_id is None:
        raise SessionNeededError
    return actor.session_id


async def _server(database: Database, actor: Actor, stored: Stored) -> Server:
    """Return whom the person asks for consent; an MCP server is asked for it each time, since it may have changed."""
    if stored.kind != "mcp":
        return await oauth.access_server(database, AgentVariables(database), stored)
    server = await oauth.discover(database, stored, redirect_uri(database.resources))
    async with database.context(actor) as ctx:
        await _get_connectable(ctx, stored.id)
        await oauth.discovered(ctx, stored, server)
    return server


async def _taken(ctx: Context, state: str) -> tuple[Begun, str | None]:
    """Take an attempt back, and return the issuer that was asked for consent."""
    try:
        told = json.loads(ctx.resources.secrets.open(state.encode()))
    except (SecretUnreadableError, ValueError):
        raise AttemptInvalidError from None
    parts = cast("list[Any]", told) if isinstance(told, list) else []
    if parts[:1] != [_ATTEMPT] or len(parts) != _PARTS:  # one that began before an upgrade names no issuer
        raise AttemptInvalidError
    _, attempt_id, organization_id, issuer = parts
    if UUID(organization_id) != ctx.organization_id:
        raise AttemptInvalidError
    begun = await repository.take(ctx, UUID(attempt_id), _session(ctx.actor))
    if begun is None:
        raise AttemptInvalidError
    return begun, issuer


def _code(answer: ConnectionCallback, server: Server) -> str:
    """Return the code of an answer, which is from the server that was asked (RFC 9207)."""
    if (answer.iss is not None and server.issuer is not None and answer.iss != server.issuer) or (
        answer.iss is None and server.names_issuer
    ):
        raise ConsentRefusedError("The answer does not come from the authorization server that was asked.")
    if answer.error is not None:
        said = f" ({answer.error_description})" if answer.error_description else ""
        told = "".join(mark if mark.isprintable() else " " for mark in f"{answer.error}{said}")
        raise ConsentRefusedError(f"The authorization server refused: {told[:_TOLD_CHARACTERS]}.")
    if not answer.code:
        raise ConsentRefusedError("The authorization server sent no code.")
    return answer.code

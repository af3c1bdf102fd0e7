"""Access tokens for calls: looked up at each use, refreshed once, by the first call that finds them expired.

No transaction is open while the authorization server is asked. Who refreshes holds the grant by a lease in its row; the
others wait for the row to change. A refresh whose worker dies is done again when the lease is over; if the server had
rotated the refresh token by then, it refuses, and the grant must be given again.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from retinue.core.context import Context
from retinue.core.db.database import Database
from retinue.core.errors import Error
from retinue.core.ids import OrganizationId
from retinue.core.json import Json, JsonObject, dumps, loads
from retinue.engine.ports import SecretVariables
from retinue.tools.oauth import endpoint, repository, rules, servers
from retinue.tools.oauth.errors import ConnectionMissingError, ConnectionNeededError, GrantRefusedError, OAuthFailedError
from retinue.tools.oauth.types import Grant, Need, Server, Stored, Tokens

_LEASE_SECONDS = 30.0
"""Longer than a token endpoint may take to answer."""
_WAIT_SECONDS = 0.1
_WAITS = 350


@dataclass(frozen=True, slots=True)
class Place:
    """Whose grant it is: the organization, the connection, and the member whom a grant of their own is for."""

    organization_id: OrganizationId
    connection_id: UUID
    user_id: UUID | None


class Refreshes:
    """The refreshes that this process has under way, by grant: further calls wait for the same one."""

    def __init__(self) -> None:
        """Begin without any."""
        self._tasks: dict[UUID, asyncio.Task[None]] = {}

    async def do(self, grant_id: UUID, work: "Callable[[], asyncio.Task[None]]") -> None:
        """Wait for the grant's refresh, begun if there is none. A caller that is cancelled leaves it to the others."""
        task = self._tasks.get(grant_id)
        if task is None:
            task = self._tasks[grant_id] = work()
            task.add_done_callback(lambda _: self._tasks.pop(grant_id, None))
        await asyncio.shield(task)


class Access:
    """The access token of one grant. ``used`` are the tokens handed out, which must not come back in results."""

    def __init__(self, database: Database, variables: SecretVariables, place: Place) -> None:
        """Take where grants are stored, who knows variables of the organization, and whose grant it is."""
        self._database = database
        self._variables = variables
        self._place = place
        self.used: set[str] = set()

    @property
    def key(self) -> str:
        """What a session under this grant belongs to."""
        return f"{self._place.connection_id}:{self._place.user_id}"

    async def token(self) -> str:
        """Return a token that has not expired. Raises ``ConnectionNeededError`` and ``OAuthFailedError``.

        One that was refreshed in between is used however soon it expires: another would not live longer.
        """
        seen: Grant | None = None
        for _ in range(_WAITS):
            stored, grant = await self._load()
            if grant is None or grant.status != "active":
                raise ConnectionNeededError(self._need(stored))
            is_new = seen is not None and (seen.id, seen.generation) != (grant.id, grant.generation)
            if is_new or not grant.is_expired:
                return self._opened(grant)
            seen = grant
            await self._refresh(stored, grant)
        raise OAuthFailedError("The access token was not refreshed in time.")

    async def renew(self, refused: str) -> str | None:
        """Return another token than the one that a server refused; None when there is none, and a person must connect.

        Raises ``OAuthFailedError``.
        """
        stored, grant = await self._load()
        if grant is None or grant.status != "active":
            return None
        if not grant.is_expired and self._opened(grant) != refused:
            return self._opened(grant)
        if stored.grant_type != "client_credentials" and self._tokens(grant).get("refresh_token") is None:
            await self._end(grant, "The server refused the access token, and there is no refresh token.")
            return None
        await self._refresh(stored, grant)
        try:
            token = await self.token()
        except ConnectionNeededError:
            return None
        if token != refused:
            return token
        _, now = await self._load()
        if now is not None:
            await self._end(now, "The server refuses the access token that the authorization server issued.")
        return None

    async def need(self) -> Need:
        """Return what must be connected."""
        stored, _ = await self._load()
        return self._need(stored)

    async def _load(self) -> tuple[Stored, Grant | None]:
        place = self._place

        async def look(ctx: Context) -> tuple[Stored | None, Grant | None]:
            found = await repository.get(ctx, place.connection_id)
            return found, await repository.get_grant(ctx, place.connection_id, place.user_id)

        stored, grant = await self._database.read(place.organization_id, look)
        if stored is None:
            raise ConnectionMissingError("The tool's connection was deleted. Save its credentials again.")
        if grant is None and stored.grant_type == "client_credentials":
            async with self._database.system_context([place.organization_id]) as ctx:
                await repository.begin_grant(ctx, place.connection_id)
            _, grant = await self._database.read(place.organization_id, look)
        return stored, grant

    def _need(self, stored: Stored) -> Need:
        user_id = None if self._place.user_id is None else str(self._place.user_id)
        who = "The person who started the run" if user_id else "The organization"
        reason = f"{who} is not connected to {stored.name}, or the connection was revoked."
        return Need(str(stored.id), stored.name, stored.owner, tuple(stored.scopes), user_id, reason)

    def _tokens(self, grant: Grant) -> JsonObject:
        if grant.tokens_encrypted is None:
            return {}
        return cast("JsonObject", loads(self._database.resources.secrets.open(grant.tokens_encrypted)))

    def _opened(self, grant: Grant) -> str:
        token = str(self._tokens(grant).get("access_token", ""))
        self.used.add(token)
        return token

    async def _refresh(self, stored: Stored, grant: Grant) -> None:
        refreshes = self._database.resources.part(Refreshes, Refreshes)
        await refreshes.do(grant.id, lambda: asyncio.create_task(self._refresh_once(stored, grant), name="oauth-refresh"))

    async def _refresh_once(self, stored: Stored, grant: Grant) -> None:
        async with self._database.system_context([self._place.organization_id]) as ctx:
            is_ours = await repository.claim_refresh(ctx, grant, _LEASE_SECONDS)
        if not is_ours:
            await self._await_other(grant)
            return
        try:
            tokens = await self._asked(stored, grant)
        except Error as error:
            if isinstance(error, GrantRefusedError) and stored.grant_type != "client_credentials":
                await self._end(grant, error.detail)
                return
            async with self._database.system_context([self._place.organization_id]) as ctx:
                await repository.release_refresh(ctx, grant, error.detail[:1000])
            raise
        else:
            await self._renew(grant, tokens, self._tokens(grant).get("issuer"))

    async def _await_other(self, grant: Grant) -> None:
        """Wait until another process has refreshed a grant, or its lease is over. Rare, so the row is looked at again."""
        for _ in range(_WAITS):
            _, now = await self._load()
            if now is None or now.generation != grant.generation or now.status != "active" or now.refreshing_until is None:
                return
            if now.refreshing_until < self._database.clock.now():
                return
            await asyncio.sleep(_WAIT_SECONDS)

    async def _asked(self, stored: Stored, grant: Grant) -> Tokens:
        server = await self._server(stored)
        outbound = self._database.resources.outbound
        if stored.grant_type == "client_credentials":
            return await endpoint.ask(outbound, server, endpoint.by_client(server))
        kept = self._tokens(grant)
        refresh_token = kept.get("refresh_token")
        if not isinstance(refresh_token, str):
            raise GrantRefusedError("The access token has expired, and there is no refresh token.")
        if not rules.is_issuer(server, kept):
            raise GrantRefusedError("The MCP server now names another authorization server than that of the grant.")
        tokens = await endpoint.ask(outbound, server, endpoint.by_refresh(server, refresh_token))
        if tokens.refresh_token is None:  # it is not rotated: RFC 6749, section 6
            return Tokens(tokens.access_token, refresh_token, tokens.expires_in, tokens.scopes)
        return tokens

    async def _server(self, stored: Stored) -> Server:
        return await servers.server_of(self._database, self._variables, stored)

    async def _renew(self, grant: Grant, tokens: Tokens, issuer: Json) -> None:
        sealed = self._database.resources.secrets.seal(dumps(tokens.document(issuer)).decode())
        async with self._database.system_context([self._place.organization_id]) as ctx:
            await repository.renew(ctx, grant, sealed, [*tokens.scopes], tokens.expires_in)

    async def _end(self, grant: Grant, error: str) -> None:
        async with self._database.system_context([self._place.organization_id]) as ctx:
            await repository.end_grant(ctx, grant, error)

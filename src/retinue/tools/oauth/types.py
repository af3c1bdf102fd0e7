"""Values of connections by OAuth. Tokens and secrets are never fields of what leaves the process."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from retinue.core.json import Json, JsonObject

CONNECT = "connect"
"""The kind of an approval by which a run waits for a grant."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a connection's tokens are issued, and the client that they are issued to.

    ``issuer`` is what an answer must name (RFC 9207) where ``names_issuer``; ``resource`` says whom tokens are for
    (RFC 8707). ``auth_method`` is basic, post or none. ``redirect_uri`` is the one that a client was registered with.
    """

    token_url: str
    authorize_url: str | None
    revoke_url: str | None
    client_id: str
    client_secret: str | None
    auth_method: str
    scopes: tuple[str, ...]
    audience: str | None = None
    resource: str | None = None
    issuer: str | None = None
    names_issuer: bool = False
    redirect_uri: str | None = None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What an authorization server issued. ``expires_in`` counts seconds from the answer; None: not said."""

    access_token: str
    refresh_token: str | None
    expires_in: int | None
    scopes: tuple[str, ...]

    def document(self, issuer: Json) -> JsonObject:
        """Return what is sealed and stored, with the issuer of an MCP server's tokens, which it alone may see again."""
        return {"access_token": self.access_token, "refresh_token": self.refresh_token, "issuer": issuer}


@dataclass(frozen=True, slots=True)
class Stored:
    """A connection as it is stored, its settings still sealed. ``server_encrypted`` is what was discovered, if anything."""

    id: UUID
    organization_id: UUID
    name: str
    kind: str
    grant_type: str
    owner: str
    destination: str
    scopes: list[str]
    settings_encrypted: bytes
    server_encrypted: bytes | None


@dataclass(frozen=True, slots=True)
class Grant:
    """What was granted under a connection, still sealed."""

    id: UUID
    connection_id: UUID
    user_id: UUID | None
    status: str
    tokens_encrypted: bytes | None
    expires_at: datetime | None
    generation: int
    refreshing_until: datetime | None
    is_expired: bool


@dataclass(frozen=True, slots=True)
class Need:
    """What a call lacks: a grant under a connection. ``user_id``: the member who must give it; None: any who may."""

    connection_id: str
    name: str
    owner: str
    scopes: tuple[str, ...]
    user_id: str | None
    reason: str

    def document(self) -> JsonObject:
        """Return what an approval shows."""
        scopes: list[Json] = [*self.scopes]
        return {
            "connection_id": self.connection_id,
            "connection": self.name,
            "owner": self.owner,
            "scopes": scopes,
            "user_id": self.user_id,
        }


@dataclass(frozen=True, slots=True)
class Asking:
    """Parameters of a request to a token endpoint, and those of them that are secret."""

    parameters: Mapping[str, str]
    secrets: tuple[str, ...] = field(default=())

"""Values of connections as they leave this package. Tokens and secrets are never among them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class ConnectionStatus(StrEnum):
    """Whether there is a grant, for the organization or for you: missing: not yet; revoked: it must be given again."""

    CONNECTED = "connected"
    MISSING = "missing"
    REVOKED = "revoked"


class ConnectionKind(StrEnum):
    """Kind of a connection: the API of a tool, or an MCP server."""

    API = "api"
    MCP = "mcp"


class GrantType(StrEnum):
    """How access tokens are issued: to the client itself, or after a person consented."""

    CLIENT_CREDENTIALS = "client_credentials"
    AUTHORIZATION_CODE = "authorization_code"


class ConnectionOwner(StrEnum):
    """Whose grants a connection has: one of the organization, or one of each member."""

    ORGANIZATION = "organization"
    USER = "user"


@dataclass(frozen=True, slots=True)
class ConnectionTool:
    """A tool whose calls are made under a connection."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection by OAuth, shared by tools with the same settings.

    ``name`` is the host that is asked for consent, ``destination`` to whom tokens are sent. With the owner user, ``status``
    and what follows are yours. ``expires_at`` is that of the access token, which is refreshed. ``connect_url`` is the page
    on which a person connects.
    """

    id: UUID
    name: str
    kind: ConnectionKind
    grant_type: GrantType
    owner: ConnectionOwner
    destination: str
    scopes: list[str]
    status: ConnectionStatus
    granted_by: UUID | None
    granted_by_name: str | None
    granted_at: datetime | None
    refreshed_at: datetime | None
    expires_at: datetime | None
    last_error: str | None
    tools: list[ConnectionTool]
    connect_url: str
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ConnectionAttempt:
    """Where a person consents, until when they may."""

    authorize_url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ConnectionGranted:
    """A connection that was granted, and the page of the console on which the person began."""

    connection: Connection
    return_to: str


@dataclass(frozen=True, slots=True)
class Begun:
    """An attempt to connect that comes to its end."""

    connection_id: UUID
    verifier_encrypted: bytes
    return_to: str

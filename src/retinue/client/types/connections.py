"""Documents of connections. Generated from the OpenAPI document by ``python -m tools.client``."""

from __future__ import annotations

from typing import Literal, NotRequired, TypeAlias, TypedDict

__all__ = [
    "AuthorizeConnection",
    "Connection",
    "ConnectionAttempt",
    "ConnectionCallback",
    "ConnectionGranted",
    "ConnectionKind",
    "ConnectionOwner",
    "ConnectionPage",
    "ConnectionStatus",
    "ConnectionTool",
    "CreateMcpConnection",
    "GrantType",
]


class AuthorizeConnection(TypedDict):
    """An attempt to connect."""

    return_to: NotRequired[str]


ConnectionKind: TypeAlias = Literal["api", "mcp"]


ConnectionOwner: TypeAlias = Literal["organization", "user"]


ConnectionStatus: TypeAlias = Literal["connected", "missing", "revoked"]


class ConnectionTool(TypedDict):
    """A tool whose calls are made under a connection."""

    id: str
    name: str


GrantType: TypeAlias = Literal["client_credentials", "authorization_code"]


class Connection(TypedDict):
    """A connection by OAuth, shared by tools with the same settings."""

    connect_url: str
    created_at: str
    destination: str
    expires_at: str | None
    grant_type: GrantType
    granted_at: str | None
    granted_by: str | None
    granted_by_name: str | None
    id: str
    kind: ConnectionKind
    last_error: str | None
    name: str
    owner: ConnectionOwner
    refreshed_at: str | None
    scopes: list[str]
    status: ConnectionStatus
    tools: list[ConnectionTool]
    updated_at: str


class ConnectionAttempt(TypedDict):
    """Where a person consents, until when they may."""

    authorize_url: str
    expires_at: str


class ConnectionCallback(TypedDict):
    """What the authorization server sent the browser back with."""

    code: NotRequired[str | None]
    error: NotRequired[str | None]
    error_description: NotRequired[str | None]
    iss: NotRequired[str | None]
    state: str


class ConnectionGranted(TypedDict):
    """A connection that was granted, and the page of the console on which the person began."""

    connection: Connection
    return_to: str


class ConnectionPage(TypedDict):
    """One page of a list: its items in order, and the cursor of the next page or None at the end."""

    items: list[Connection]
    next_cursor: str | None


class CreateMcpConnection(TypedDict):
    """An MCP server to connect to before its tools are read; it names its authorization server itself."""

    client_id: NotRequired[str | None]
    client_secret: NotRequired[str | None]
    owner: NotRequired[Literal["organization", "user"]]
    scopes: NotRequired[list[str]]
    url: str

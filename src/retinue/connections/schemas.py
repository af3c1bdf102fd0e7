"""What comes in over the wire about connections."""

from typing import Annotated

from pydantic import Field, StringConstraints

from retinue.core.http.request_models import Body
from retinue.engine.spec.oauth import Owner, Scope

_Text = Annotated[str, StringConstraints(max_length=4000)]


class AuthorizeConnection(Body):
    """An attempt to connect."""

    return_to: Annotated[str, StringConstraints(max_length=2000)] = Field(
        default="/tools", description="The page of the console to return to: a path that begins with one /."
    )


class ConnectionCallback(Body):
    """What the authorization server sent the browser back with."""

    state: _Text
    code: _Text | None = None
    error: _Text | None = None
    error_description: _Text | None = None
    iss: _Text | None = None


class CreateMcpConnection(Body):
    """An MCP server to connect to before its tools are read; it names its authorization server itself."""

    url: Annotated[str, StringConstraints(min_length=1, max_length=8192)]
    owner: Owner = Field(default="organization", description="user: each member connects an account of their own.")
    client_id: Annotated[str, StringConstraints(min_length=1, max_length=500)] | None = Field(
        default=None, description="Left out: the client is registered at the authorization server (RFC 7591)."
    )
    client_secret: Annotated[str, StringConstraints(min_length=1, max_length=4000)] | None = None
    scopes: Annotated[list[Scope], Field(max_length=100)] = Field(
        default=[], description="Left out: those that the server names."
    )
